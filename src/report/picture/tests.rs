//! The geometry of pictures of made-up cases of any size, as it is drawn.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test may stop"
)]

use proptest::prelude::*;
use serde_json::json;

use super::super::{
    text::{Address, Citations, Cite, Json, Text, When},
    view::{
        ChangeView, EdgeView, FindingView, GraphView, NodeView, Origin, Provenance, RemoteView,
        TimelineRow,
    },
};
use super::{label::cells, *};
use crate::model::{RecordId, Time};

/// Numbers that follow from a seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides.max(1)
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.roll(from.len())]
    }

    fn shuffle<T>(&mut self, all: &mut [T]) {
        for at in (1..all.len()).rev() {
            let other = self.roll(at + 1);
            all.swap(at, other);
        }
    }
}

#[derive(Clone)]
struct World {
    graph: GraphView,
    timeline: Vec<TimelineRow>,
    changes: Vec<ChangeView>,
    finding: FindingView,
    provenance: Provenance,
}

impl World {
    fn picture(&self) -> Picture {
        picture(&Material {
            graph: &self.graph,
            timeline: &self.timeline,
            changes: &self.changes,
            finding: &self.finding,
            provenance: &self.provenance,
        })
    }
}

const LABELS: &[&str] = &[
    "UpdateFunctionCode20150331v2",
    "GetFunction20150331v2",
    "ListBuckets",
    "x",
    "",
    "session a-session-of-somebody@example.com",
    "PutEverythingThatAnybodyEverThoughtOfIntoOneCallWithoutASeparator",
    "漢字の長い名前がここに入りますがどこかで切れます",
    "</text><script>alert(1)</script>\"'&",
    "\u{202E}gnp.exe\u{200B}\u{0}\u{1B}[31m",
    "Z\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}algo\u{301}\u{302}",
    "שלום עולם مرحبا بالعالم",
    "🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀",
    "⸻⸻⸻⸻⸻⸻⸻⸻⸻⸻⸻⸻⸻⸻⸻⸻⸻⸻⸻⸻⸻⸻",
    "﷽﷽﷽﷽﷽﷽﷽﷽﷽﷽﷽﷽﷽﷽﷽﷽﷽﷽﷽﷽﷽﷽﷽",
    "arn:aws:lambda:eu-west-1:111122223333:layer:telemetry:3",
    "2001:db8:1234:5678:9abc:def0:1234:5678",
    "203.0.113.44",
];

fn when(second: usize) -> When {
    let start = Time::parse("2026-11-01T00:00:00Z").unwrap();
    When::new(start.plus_seconds(i64::try_from(second).unwrap()), None)
}

fn world(seed: u64, size: usize) -> World {
    let dice = &mut Dice(seed);
    let span = dice.pick(&[600, 86_400, 86_400 * 30]);
    let kinds = [
        "call",
        "call",
        "call",
        "call",
        "call",
        "call",
        "configuration_item",
        "session",
        "access_key",
        "principal",
        "address",
        "policy",
        "network",
        "layer",
        "code",
        "stack",
        "trigger",
        "role",
        "threat_list",
        "version",
    ];
    let most = dice.pick(&[2, 5, 30, size]);
    let people = 1 + dice.roll(most);
    let mut nodes = Vec::new();
    let mut node = |kind: &'static str, label: String, time: Option<When>| {
        let at = nodes.len();
        nodes.push(NodeView {
            id: format!("N-{at:08x}").into(),
            kind,
            label: label.into(),
            time,
            key: format!("{}-{at:08x}", if kind == "configuration_item" { "C" } else { "T" })
                .into(),
        });
        at
    };
    let finding = node("finding", "Trojan:Lambda/DropPoint".to_owned(), Some(when(span)));
    let function = node("function", dice.pick(LABELS).to_owned(), None);
    let remote = node("address", "198.51.100.7".to_owned(), None);
    for _ in 3..size {
        let kind = dice.pick(&kinds);
        let timed = matches!(kind, "call" | "configuration_item") && dice.roll(40) > 0;
        let label = match dice.roll(3) {
            0 => dice.pick(LABELS).to_owned(),
            _ => format!("{}{}", dice.pick(LABELS), dice.roll(people)),
        };
        let time = when(dice.roll(span + span / 4));
        node(kind, label, timed.then_some(time));
    }
    let of = |kind: &str| -> Vec<usize> {
        let all = nodes.iter().enumerate();
        all.filter(|(_, node)| node.kind == kind).map(|(at, _)| at).collect()
    };
    let addresses = of("address");
    let keys = of("access_key");
    let (calls, items) = (of("call"), of("configuration_item"));
    let makers: Vec<usize> = [of("principal"), of("session")].concat();
    let mut edges: Vec<EdgeView> = Vec::new();
    let mut edge = |from: usize, relation: &'static str, to: usize, inferred: bool, cite: usize| {
        let record = |at: usize| RecordId(nodes[at].key.raw().to_owned());
        edges.push(EdgeView {
            from: nodes[from].id.clone(),
            to: nodes[to].id.clone(),
            relation,
            inferred,
            method: inferred.then_some("time"),
            confidence: if inferred { "probable" } else { "exact" },
            citations: Citations::one(&record(cite)).and([&record(from)]),
        });
    };
    edge(finding, "is about", function, false, finding);
    edge(function, "contacted", remote, false, finding);
    for list in of("threat_list") {
        edge(list, "lists", remote, false, finding);
    }
    for role in of("role") {
        edge(function, if dice.roll(2) > 0 { "runs as" } else { "ran as" }, role, false, role);
    }
    for call in &calls {
        if !makers.is_empty() && dice.roll(20) > 0 {
            let maker = makers[dice.roll(makers.len().min(people))];
            edge(maker, "made", *call, false, *call);
            if !keys.is_empty() && dice.roll(2) > 0 {
                edge(maker, "used", keys[dice.roll(keys.len().min(people))], false, *call);
            }
        } else if dice.roll(2) > 0 {
            edge(function, "called", *call, true, *call);
        }
        if dice.roll(10) > 0 {
            edge(
                *call,
                "came from",
                addresses[dice.roll(addresses.len().min(people))],
                false,
                *call,
            );
        }
        if dice.roll(2) > 0 {
            let verb = dice.pick(&["replaced code of", "read", "tried to change", "deleted"]);
            edge(*call, verb, function, false, *call);
        }
        if !items.is_empty() && dice.roll(4) == 0 {
            edge(*call, "led to", items[dice.roll(items.len())], true, *call);
        }
        if !makers.is_empty() && dice.roll(12) == 0 {
            edge(*call, "started", makers[dice.roll(makers.len())], true, *call);
        }
    }
    for item in &items {
        edge(function, "was recorded as", *item, false, *item);
    }
    // Whatever else: any relation between any things, themselves too.
    let relations = [
        "uses",
        "is placed in",
        "manages",
        "has policy",
        "made key",
        "named",
        "took code from",
        "put in place",
        "invokes",
        "acted in",
        "started",
        "led to",
        "was recorded as",
        "names",
    ];
    for _ in 0..size / 2 {
        let (from, to) = (dice.roll(size.max(3)), dice.roll(size.max(3)));
        edge(from, dice.pick(&relations), to, dice.roll(3) == 0, from);
    }
    let mut timeline = Vec::new();
    for at in calls.iter().chain(&items) {
        if dice.roll(30) == 0 {
            continue;
        }
        let node = &nodes[*at];
        let is_call = node.kind == "call";
        timeline.push(TimelineRow {
            id: node.key.clone(),
            time: node.time.clone().unwrap_or_else(|| when(7)),
            source: if is_call { "cloudtrail" } else { "config" },
            name: node.label.clone(),
            actor: Some(format!("user {}", dice.pick(LABELS)).into()),
            text: dice.pick(LABELS).into(),
            target: (dice.roll(2) > 0).then(|| dice.pick(LABELS).into()),
            outcome: if is_call {
                dice.pick(&["ok", "ok", "ok", "denied", "failed"])
            } else {
                "ok"
            },
            access: dice.pick(&[Some("read"), Some("write"), None]),
            relation: dice.pick(&["subject", "role", "actor", "actor", "session", "by_function"]),
            key: dice.roll(4) == 0,
            citation: Cite::from(&RecordId(node.key.raw().to_owned())),
            silence: None,
        });
    }
    let mut changes = Vec::new();
    for item in &items {
        for _ in 0..dice.roll(6) {
            let record = RecordId(nodes[*item].key.raw().to_owned());
            let number = changes.len();
            changes.push(ChangeView {
                time: nodes[*item].time.clone().unwrap_or_else(|| when(7)),
                path: format!("/configuration/{number}/{}", dice.pick(LABELS)).into(),
                aspect: dice.pick(&["code", "memory", "environment variables", "existence"]),
                before: Json(
                    dice.pick(&[None, Some("a"), Some("漢字の長い名前")])
                        .map_or(json!(null), |b| json!(b)),
                ),
                after: Json(
                    dice.pick(&[json!(null), json!(3008), json!({"a": 1})].each_ref()).clone(),
                ),
                citations: Citations::one(&record),
                caused_by: None,
                resource: "".into(),
            });
        }
    }
    let signal = when(span);
    let running = calls.first().map(|call| origin(nodes[*call].key.raw()));
    World {
        finding: finding_view(signal),
        graph: GraphView { nodes, edges },
        timeline,
        changes,
        provenance: Provenance { running, ..Provenance::default() },
    }
}

fn origin(record: &str) -> Origin {
    Origin {
        time: when(5),
        event_name: "".into(),
        actor: "".into(),
        principal_arn: None,
        principal_kind: "user",
        session_issuer_arn: None,
        session_name: None,
        access_key_id: None,
        source_ip: None,
        user_agent: None,
        via: "unknown",
        code: super::super::view::CodeView::default(),
        code_sha256: None,
        revision_id: None,
        matched_by: None,
        confidence: "exact",
        citations: Citations::one(&RecordId(record.to_owned())),
    }
}

fn finding_view(first_seen: When) -> FindingView {
    FindingView {
        id: "f".into(),
        arn: None,
        kind: "Trojan:Lambda/DropPoint".into(),
        severity: Some(8.0),
        severity_label: Some("High"),
        account: None,
        region: None,
        title: None,
        description: None,
        count: Some(2),
        first_seen: Some(first_seen),
        last_seen: None,
        created: None,
        updated: None,
        archived: None,
        sample: false,
        resource_type: None,
        action_type: None,
        direction: None,
        protocol: None,
        blocked: None,
        remotes: vec![RemoteView {
            ip: Some(Address::new("198.51.100.7")),
            domain: None,
            port: Some(443),
            country: None,
            asn: None,
            org: None,
        }],
        threat_lists: Vec::new(),
        citation: Cite::from(&RecordId("F-00000000".to_owned())),
    }
}

type Point = (i64, i64);

/// The pieces of a path, as they are drawn, each a list of points close to each other.
fn drawn(d: &str) -> Vec<Vec<Point>> {
    let mut all: Vec<Vec<Point>> = Vec::new();
    let mut here = (0, 0);
    let mut rest = d;
    while let Some(command) = rest.chars().next() {
        rest = &rest[1..];
        let end = rest.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let numbers: Vec<i64> =
            rest[..end].split(' ').map(|number| number.parse().unwrap()).collect();
        rest = &rest[end..];
        let from = here;
        match (command, numbers.as_slice()) {
            ('M', [x, y]) => {
                here = (*x, *y);
                all.push(vec![here]);
                continue;
            }
            ('H', [x]) => here.0 = *x,
            ('V', [y]) => here.1 = *y,
            ('Q', [cx, cy, x, y]) => {
                here = (*x, *y);
                for step in 1..8 {
                    let t = f64::from(step) / 8.0;
                    let at = |a: i64, b: i64, c: i64| {
                        let (a, b, c) = (a as f64, b as f64, c as f64);
                        ((1.0 - t) * (1.0 - t) * a + 2.0 * t * (1.0 - t) * b + t * t * c).round()
                            as i64
                    };
                    all.last_mut().unwrap().push((at(from.0, *cx, *x), at(from.1, *cy, *y)));
                }
            }
            other => unreachable!("{other:?}"),
        }
        let steps = (here.0 - from.0).abs().max((here.1 - from.1).abs());
        if command != 'Q' {
            for step in 1..steps {
                let at = |a: i64, b: i64| a + (b - a) * step / steps;
                all.last_mut().unwrap().push((at(from.0, here.0), at(from.1, here.1)));
            }
        }
        all.last_mut().unwrap().push(here);
    }
    all
}

fn inside(one: &PictureBox, (x, y): Point) -> bool {
    one.x < x && x < one.x + one.width && one.y < y && y < one.y + one.height
}

/// Whether a point lies at a side of a box, or where the tip of an arrow there begins.
fn at_side(one: &PictureBox, (x, y): Point) -> bool {
    let near = (one.x - 4..=one.x).contains(&x)
        || (one.x + one.width..=one.x + one.width + 4).contains(&x);
    near && (one.y..=one.y + one.height).contains(&y)
}

fn check(picture: &Picture) {
    assert!(picture.boxes.len() <= MOST_BOXES, "{} boxes", picture.boxes.len());
    assert!(picture.lines.len() <= MOST_LINES, "{} lines", picture.lines.len());
    assert!(picture.width <= 1140, "{} wide", picture.width);
    for (at, one) in picture.boxes.iter().enumerate() {
        assert!(one.x >= 0 && one.x + one.width <= picture.width, "{one:?}");
        assert!(one.y >= 24 && one.y + one.height <= picture.height, "{one:?}");
        for other in &picture.boxes[at + 1..] {
            let apart = one.x + one.width + 10 <= other.x
                || other.x + other.width + 10 <= one.x
                || one.y + one.height + 8 <= other.y
                || other.y + other.height + 8 <= one.y;
            assert!(apart, "{one:?}\n{other:?}");
        }
        assert!(!one.name.raw().is_empty() && !one.texts.is_empty());
        for (line, words) in one.texts.iter().enumerate() {
            // The widest monospaced fonts take 0.625 of their 12 pixels for a character.
            let wide = i64::try_from(cells(words.text.raw())).unwrap() * 75;
            let wide = words.width.map_or(wide, |width| width * 10);
            assert!(Picture::INDENT * 10 + wide <= one.width * 10, "{words:?}");
            assert!(words.text.raw().is_ascii() || words.width.is_some() || wide == 0, "{words:?}");
            assert!(words.y - 12 >= 0 && words.y + 4 <= one.height, "{words:?}");
            assert!(line == 0 || words.y - one.texts[line - 1].y >= 15);
        }
    }
    for stroke in &picture.strokes {
        for point in drawn(&stroke.d).into_iter().flatten() {
            assert!(
                (0..=picture.width).contains(&point.0) && (24..=picture.height).contains(&point.1)
            );
            let behind = picture.boxes.iter().find(|one| inside(one, point));
            assert!(behind.is_none(), "{stroke:?} runs behind {behind:?}");
        }
        assert!(!stroke.lines.is_empty());
        for line in &stroke.lines {
            let line = &picture.lines[*line];
            assert_eq!((line.path, line.inferred), (stroke.path, stroke.inferred));
        }
        for head in stroke.heads.split('M').skip(1) {
            let (x, rest) = head.split_once(' ').unwrap();
            let tip = (x.parse().unwrap(), rest.split_once('l').unwrap().0.parse().unwrap());
            let reached = |line: &&usize| at_side(&picture.boxes[picture.lines[**line].to], tip);
            assert!(stroke.lines.iter().any(|line| reached(&line)), "{stroke:?}");
        }
    }
    for (at, line) in picture.lines.iter().enumerate() {
        let (from, to) = (&picture.boxes[line.from], &picture.boxes[line.to]);
        assert_eq!((&from.name, &to.name), (&line.from_name, &line.to_name));
        assert!(!line.citations.is_empty() && !line.relation.raw().is_empty());
        assert_eq!(line.inferred, line.known.raw().starts_with(", inferred"));
        // From box to box without a break, along the strokes of this line.
        let own = picture.strokes.iter().filter(|stroke| stroke.lines.contains(&at));
        let mut left: Vec<Vec<Point>> = own.flat_map(|stroke| drawn(&stroke.d)).collect();
        let starts = |piece: &Vec<Point>| piece.iter().any(|point| at_side(from, *point));
        let (mut reached, rest): (Vec<Vec<Point>>, Vec<Vec<Point>>) =
            left.into_iter().partition(starts);
        left = rest;
        loop {
            let touches = |piece: &Vec<Point>| {
                let ends = [piece[0], piece[piece.len() - 1]];
                reached.iter().any(|other| {
                    let others = [other[0], other[other.len() - 1]];
                    ends.iter().any(|end| other.contains(end))
                        || others.iter().any(|end| piece.contains(end))
                })
            };
            let (more, rest): (Vec<Vec<Point>>, Vec<Vec<Point>>) =
                left.into_iter().partition(touches);
            left = rest;
            if more.is_empty() {
                break;
            }
            reached.extend(more);
        }
        let arrives = reached.iter().flatten().any(|point| at_side(to, *point));
        assert!(arrives, "{line:?} does not arrive");
    }
    let times: Vec<&str> = picture
        .boxes
        .iter()
        .filter(|one| one.column.starts_with("API"))
        .map(|one| one.texts[0].text.raw())
        .filter(|time| time.ends_with('Z'))
        .collect();
    assert!(times.is_sorted(), "{times:?}");
}

#[test]
fn a_case_without_anything_has_no_picture() {
    let mut world = world(1, 5);
    world.graph = GraphView::default();
    assert_eq!(world.picture(), Picture::default());
}

#[test]
fn what_is_folded_is_counted() {
    let picture = world(7, 3000).picture();
    check(&picture);
    let notes: Vec<&str> = picture.notes.iter().map(Text::raw).collect();
    let first =
        format!("{} boxes and {} lines for 3000 things", picture.boxes.len(), picture.lines.len());
    assert!(notes[0].starts_with(&first), "{notes:?}");
    assert!(notes[1].starts_with("Folded: "), "{notes:?}");
}

#[test]
fn the_call_behind_the_running_code_is_drawn_with_who_made_it() {
    let mut world = world(11, 2000);
    let running = RecordId("T-running".to_owned());
    let (maker, call) = ("N-somebody", "N-running");
    let node = |id: &str, kind, label: &str, key: &str| NodeView {
        id: id.into(),
        kind,
        label: label.into(),
        time: (kind == "call").then(|| when(1)),
        key: key.into(),
    };
    world.graph.nodes.push(node(maker, "principal", "mallory", "mallory"));
    world.graph.nodes.push(node(call, "call", "UpdateFunctionCode", &running.0));
    let mut made = world.graph.edges[0].clone();
    (made.from, made.to, made.relation) = (maker.into(), call.into(), "made");
    made.citations = Citations::one(&running);
    world.graph.edges.push(made);
    let mut row = world.timeline[0].clone();
    (row.id, row.time, row.outcome) = (running.0.as_str().into(), when(1), "ok");
    row.citation = Cite::from(&running);
    world.timeline.push(row);
    world.provenance.running = Some(origin(&running.0));
    let picture = world.picture();
    check(&picture);
    let line = picture.lines.iter().find(|line| {
        line.from_name.raw().contains("mallory")
            && line.to_name.raw().contains("UpdateFunctionCode")
    });
    assert!(line.is_some_and(|line| line.path), "{:#?}", picture.lines);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn no_box_overlaps_no_line_hides_and_all_arrive(seed in any::<u64>(), size in 5..400_usize) {
        check(&world(seed, size).picture());
    }

    #[test]
    fn the_order_of_what_is_known_does_not_matter(seed in any::<u64>(), size in 5..200_usize) {
        let world = world(seed, size);
        let mut shuffled = world.clone();
        let mut dice = Dice(seed ^ 0x5EED);
        dice.shuffle(&mut shuffled.graph.nodes);
        dice.shuffle(&mut shuffled.graph.edges);
        dice.shuffle(&mut shuffled.timeline);
        dice.shuffle(&mut shuffled.changes);
        prop_assert_eq!(world.picture(), shuffled.picture());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, ..ProptestConfig::default() })]

    #[test]
    fn five_thousand_things_fit_as_well(seed in any::<u64>(), size in 4000..=5000_usize) {
        check(&world(seed, size).picture());
    }
}
