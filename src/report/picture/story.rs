//! From the graph to boxes and lines that say what happened, before any has a place.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{
    defang::defang,
    text::{Cite, Text, When},
    view::{ChangeView, TimelineRow},
};
use super::{
    Material, Tone, change,
    column::Column,
    credential::{Credential, Credentials, credentials},
    facts::{Facts, NodeAt},
    label::plain_name,
    note::Counts,
    path::path,
    resource::{self, Resource, resources},
};

/// A line of text in a box, before it is known how much room there is.
#[derive(Clone, Debug)]
pub struct Say {
    /// What it is to the reader.
    pub tone: Tone,
    /// The text.
    pub text: String,
    /// How many lines it may take.
    pub lines: usize,
}

impl Say {
    /// A text of one line.
    pub fn one(tone: Tone, text: impl Into<String>) -> Self {
        Self { tone, text: text.into(), lines: 1 }
    }

    fn name(text: impl Into<String>) -> Self {
        Self { tone: Tone::Name, text: text.into(), lines: 2 }
    }

    fn plain(text: impl Into<String>) -> Self {
        Self::one(Tone::Plain, text)
    }
}

/// A box to be.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Its column.
    pub column: Column,
    /// What stands in it.
    pub says: Vec<Say>,
    /// What it is, in full.
    pub name: String,
    /// What is to be said of it.
    pub about: String,
    /// Its place among those of its column, as far as nothing else decides: its time first.
    pub order: (u8, String, String),
    /// How little it would be missed.
    pub rank: u8,
    /// Whether it is on the path to the finding.
    pub path: bool,
    /// The row of the timeline that it leads to.
    pub row: Option<Text>,
    /// The records behind it.
    pub citations: BTreeSet<Cite>,
    /// The things of the graph that it stands for.
    pub nodes: BTreeSet<NodeAt>,
}

/// A line to be.
#[derive(Clone, Debug, Default)]
pub struct Link {
    /// What is said.
    pub relations: BTreeSet<&'static str>,
    /// The methods of what was computed, and how sure they are.
    pub methods: BTreeSet<(&'static str, &'static str)>,
    /// Whether a record states it.
    pub stated: bool,
    /// Whether it is on the path to the finding.
    pub path: bool,
    /// The records behind it.
    pub citations: BTreeSet<Cite>,
    /// How many relations of the graph it stands for.
    pub count: usize,
}

/// Boxes and lines, before folding to a number.
#[derive(Default)]
pub struct Story {
    /// The boxes.
    pub drafts: Vec<Draft>,
    /// The lines, by the boxes at their ends.
    pub links: BTreeMap<(usize, usize), Link>,
    /// What went where.
    pub counts: Counts,
}

/// Tells the story of a case.
pub fn story(material: &Material<'_>) -> Story {
    let facts = Facts::new(material);
    let path = path(&facts, material.provenance);
    let credentials = credentials(&facts, &path);
    let mut teller = Teller {
        material,
        changes: BTreeMap::new(),
        story: Story::default(),
        calls: BTreeMap::new(),
        people: BTreeMap::new(),
        things: BTreeMap::new(),
        resources: resources(&facts, &path),
        facts: &facts,
        path: &path,
        credentials: &credentials,
    };
    let mut sorted: Vec<&ChangeView> = material.changes.iter().collect();
    sorted.sort_by_key(|change| (&change.time.utc, change.path.raw()));
    for change in sorted {
        if let Some(item) = change.citations.iter().next() {
            teller.changes.entry(item.to_string()).or_default().push(change);
        }
    }
    teller.signals();
    teller.belongings();
    teller.people();
    teller.addresses();
    teller.items();
    teller.effects();
    let mut story = teller.story;
    story.counts.things = facts.nodes.len();
    story.counts.relations = facts.edges.len();
    story
}

struct Teller<'t, 'a> {
    material: &'t Material<'a>,
    facts: &'t Facts<'a>,
    path: &'t BTreeSet<NodeAt>,
    credentials: &'t Credentials,
    resources: Vec<Resource>,
    /// By the item's record.
    changes: BTreeMap<String, Vec<&'a ChangeView>>,
    story: Story,
    /// The box of each call that has one.
    calls: BTreeMap<NodeAt, usize>,
    /// The box of each credential that has one.
    people: BTreeMap<usize, usize>,
    /// The box of each thing in the last three columns.
    things: BTreeMap<NodeAt, usize>,
}

impl Teller<'_, '_> {
    fn add(&mut self, draft: Draft) -> usize {
        self.story.drafts.push(draft);
        self.story.drafts.len() - 1
    }

    fn is_path(&self, draft: usize) -> bool {
        self.story.drafts.get(draft).is_some_and(|draft| draft.path)
    }

    /// Draws a relation, or adds it to the line that is there.
    fn link(&mut self, from: usize, to: usize, relation: &'static str, path: bool) -> &mut Link {
        let link = self.story.links.entry((from, to)).or_default();
        link.relations.insert(relation);
        link.path |= path;
        link.count += 1;
        link
    }

    fn link_edge(
        &mut self,
        from: usize,
        to: usize,
        relation: &'static str,
        path: bool,
        edge: super::facts::Fact<'_>,
    ) {
        let link = self.link(from, to, relation, path);
        match edge.view.method.filter(|_| edge.view.inferred) {
            Some(method) => {
                link.methods.insert((method, edge.view.confidence));
            }
            None => link.stated = true,
        }
        link.citations.extend(edge.view.citations.iter().cloned());
    }

    /// The finding, what it names, and the lines between these and the function.
    fn signals(&mut self) {
        let facts = self.facts;
        let finding = self.material.finding;
        let citations = BTreeSet::from([finding.citation.clone()]);
        let seen = format!("{}-first-seen", finding.citation);
        let row = self.material.timeline.iter().any(|row| row.id.raw() == seen);
        let row = row.then(|| Text::from(seen));
        for node in facts.of_kind("finding") {
            let mut says = vec![
                Say::plain("FINDING"),
                Say { tone: Tone::Name, text: facts.label(node).to_owned(), lines: 3 },
            ];
            let word = finding.severity_label.unwrap_or_default();
            let number = finding.severity.map(|number| format!("{number:.1}")).unwrap_or_default();
            if !word.is_empty() || !number.is_empty() {
                says.push(Say::plain(format!("{word} {number}").trim()));
            }
            says.extend(finding.first_seen.as_ref().map(|when| Say::plain(moment(when))));
            let draft = self.add(Draft {
                says,
                about: finding.title.as_ref().map_or_else(String::new, |title| {
                    super::super::text::Visible::visible(title).into_owned()
                }),
                row: row.clone(),
                citations: citations.clone(),
                ..self.draft(Column::Signal, "finding", node, (0, true))
            });
            self.things.insert(node, draft);
        }
        let named: BTreeSet<NodeAt> = facts
            .of_kind("address")
            .filter(|node| facts.into(*node).any(|edge| edge.view.relation != "came from"))
            .collect();
        for node in named {
            let label = facts.label(node);
            let remote = finding.remotes.iter().find(|remote| {
                [&remote.ip, &remote.domain].into_iter().flatten().any(|name| name.raw() == label)
            });
            let mut says = vec![Say::plain("REMOTE HOST"), Say::name(defang(label))];
            let port = remote.and_then(|remote| remote.port);
            says.extend(port.map(|port| Say::plain(format!("port {port}"))));
            let draft = self.add(Draft {
                says,
                row: row.clone(),
                citations: citations.clone(),
                ..self.draft(Column::Signal, "remote host", node, (1, true))
            });
            self.things.insert(node, draft);
        }
        for node in facts.of_kind("threat_list") {
            let draft = self.add(Draft {
                says: vec![Say::plain("THREAT LIST"), Say::name(facts.label(node))],
                citations: citations.clone(),
                row: row.clone(),
                ..self.draft(Column::Signal, "threat list", node, (2, false))
            });
            self.things.insert(node, draft);
        }
    }

    /// A box of one thing, without what stands in it.
    fn draft(&self, column: Column, kind: &str, node: NodeAt, (group, path): (u8, bool)) -> Draft {
        let label = self.facts.label(node);
        let label =
            if self.facts.kind(node) == "address" { defang(label) } else { label.to_owned() };
        let when = self.facts.when(node);
        Draft {
            column,
            says: Vec::new(),
            name: format!("{kind} {label}"),
            about: String::new(),
            order: (group, when.map(|when| key(when)).unwrap_or_default(), label),
            rank: if path { 0 } else { 3 },
            path,
            row: None,
            citations: BTreeSet::new(),
            nodes: BTreeSet::from([node]),
        }
    }

    /// The function and what belongs to it.
    fn belongings(&mut self) {
        let facts = self.facts;
        let boxes = std::mem::take(&mut self.resources);
        let places = resource::places(&boxes);
        let mut drafts = Vec::new();
        for (group, one) in boxes.iter().enumerate() {
            let Some(first) = one.nodes.first().copied() else { continue };
            let (word, many) = resource::word(one.kind);
            let is_function = one.kind == "function";
            let draft = Draft {
                row: one.nodes.iter().find_map(|node| self.row_about(*node)),
                citations: self.citations_about(&one.nodes),
                rank: if is_function { 0 } else { 3 },
                ..self.draft(
                    Column::Resource,
                    &word.to_lowercase(),
                    first,
                    (u8::try_from(group).unwrap_or(u8::MAX), is_function),
                )
            };
            let draft = match one.nodes.as_slice() {
                [_] => Draft { says: self.resource_says(word, first), ..draft },
                several => {
                    let labels: Vec<String> =
                        several.iter().map(|node| shorter(facts.label(*node))).collect();
                    let mut says =
                        vec![Say::plain(word), Say::name(format!("{} {many}", several.len()))];
                    says.extend(labels.iter().take(2).map(|label| Say::plain(label.as_str())));
                    Draft {
                        says,
                        name: format!("{} {many}", several.len()),
                        about: labels.join(", "),
                        nodes: several.iter().copied().collect(),
                        ..draft
                    }
                }
            };
            drafts.push(self.add(draft));
        }
        for (node, at) in places {
            if let Some(draft) = drafts.get(at) {
                self.things.insert(node, *draft);
            }
        }
        self.ties();
    }

    fn resource_says(&mut self, word: &'static str, node: NodeAt) -> Vec<Say> {
        let facts = self.facts;
        let mut says = vec![Say::plain(word), Say::name(shorter(facts.label(node)))];
        if facts.kind(node) != "function" {
            return says;
        }
        for edge in facts.out(node) {
            match edge.view.relation {
                "has version" => {
                    let version = facts.label(edge.to).rsplit(' ').next().unwrap_or_default();
                    says.push(Say::plain(format!("version {version}")));
                    self.story.counts.written += 1;
                }
                "ran" => {
                    let hash: String = facts.label(edge.to).chars().take(8).collect();
                    says.push(Say::plain(format!("ran code {hash}…")));
                }
                _ => {}
            }
        }
        says
    }

    /// Lines among the function, what belongs to it, and the finding.
    fn ties(&mut self) {
        let facts = self.facts;
        for edge in &facts.edges {
            let ends = (self.things.get(&edge.from), self.things.get(&edge.to));
            let (Some(&from), Some(&to)) = ends else { continue };
            if from == to {
                continue;
            }
            let to_signal = |draft: usize, story: &Story| {
                story.drafts.get(draft).is_some_and(|draft| draft.column == Column::Signal)
            };
            let path = self.is_path(from) && self.is_path(to);
            match edge.view.relation {
                // Read from left to right.
                "is about" => self.link_edge(to, from, "is what the finding is about:", path, *edge),
                relation => {
                    let path = path
                        && to_signal(to, &self.story)
                        && facts.kind(edge.from) == "function";
                    self.link_edge(from, to, relation, path, *edge);
                }
            }
        }
    }

    /// The row of the timeline that first tells of a thing.
    fn row_about(&self, node: NodeAt) -> Option<Text> {
        let edges = self.facts.into(node).chain(self.facts.out(node));
        let rows = edges.flat_map(|edge| edge.view.citations.iter());
        rows.filter_map(|cite| self.facts.row_of(cite)).next().map(|row| row.id.clone())
    }

    fn citations_about(&self, nodes: &[NodeAt]) -> BTreeSet<Cite> {
        let edges = nodes.iter().flat_map(|node| {
            self.facts.into(*node).chain(self.facts.out(*node)).filter(|edge| {
                matches!(self.facts.kind(edge.from), "function" | "role" | "finding" | "stack")
                    || self.facts.kind(edge.to) == "function"
            })
        });
        edges.flat_map(|edge| edge.view.citations.iter()).cloned().collect()
    }

    /// Whether a call did something to the function, its role, or what belongs to them.
    fn touches(&self, call: NodeAt) -> bool {
        let about = |row: &TimelineRow| {
            row.key || !matches!(row.relation, "actor" | "session" | "finding")
        };
        self.path.contains(&call)
            || self.facts.row(call).is_some_and(about)
            || self.facts.out(call).any(|edge| {
                edge.view.relation != "came from" && self.things.contains_key(&edge.to)
            })
    }

    /// Who made calls, and the calls.
    fn people(&mut self) {
        let credentials = self.credentials;
        for (at, credential) in credentials.all.iter().enumerate() {
            let touched: Vec<bool> =
                credential.calls.iter().map(|call| self.touches(*call)).collect();
            let is_key = |call: &NodeAt| self.facts.row(*call).is_some_and(|row| row.key);
            if credential.service && !credential.path && !credential.calls.iter().any(is_key) {
                self.story.counts.by_services += credential.calls.len();
                continue;
            }
            if !touched.contains(&true) {
                self.story.counts.strangers += 1;
                self.story.counts.by_strangers += credential.calls.len();
                continue;
            }
            let person = self.person(credential);
            self.people.insert(at, person);
            self.made(credential, person);
        }
        let alone = self.facts.of_kind("call").filter(|call| {
            !self.facts.into(*call).any(|edge| matches!(edge.view.relation, "made" | "called"))
        });
        let (alone, strange): (Vec<NodeAt>, Vec<NodeAt>) =
            alone.partition(|call| self.touches(*call));
        self.story.counts.by_nobody += strange.len();
        self.made(&Credential { calls: alone, ..Credential::default() }, usize::MAX);
    }

    fn person(&mut self, credential: &Credential) -> usize {
        let facts = self.facts;
        let mut says = vec![Say::plain(credential.kind), Say::name(&credential.label)];
        if !credential.owner.is_empty() {
            says.push(Say::plain(&credential.owner));
        }
        if credential.sessions > 1 {
            says.push(Say::plain(format!("×{} sessions", credential.sessions)));
            self.story.counts.sessions += credential.sessions;
            self.story.counts.session_boxes += 1;
        }
        let first = credential.calls.iter().filter_map(|call| facts.row(*call));
        let first = first.min_by_key(|row| key(&row.time));
        let records = credential.calls.iter().filter_map(|call| facts.row(*call));
        let count = credential.calls.len();
        let calls = if count == 1 { "1 call".to_owned() } else { format!("{count} calls") };
        let kind = credential.kind.to_lowercase();
        let owner = &credential.owner;
        self.add(Draft {
            column: Column::Identity,
            says,
            name: format!("{kind} {} {owner}", credential.label).trim_end().to_owned(),
            about: calls,
            order: (
                0,
                first.map(|row| key(&row.time)).unwrap_or_default(),
                format!("{} {}", credential.label, credential.owner),
            ),
            rank: if credential.path { 0 } else { 3 },
            path: credential.path,
            row: first.map(|row| row.id.clone()),
            citations: records.map(|row| row.citation.clone()).collect(),
            nodes: credential.nodes.clone(),
        })
    }

    /// The calls of a credential, grouped so that each box says one thing.
    fn made(&mut self, credential: &Credential, person: usize) {
        let facts = self.facts;
        let mut groups: BTreeMap<(u8, String), Vec<NodeAt>> = BTreeMap::new();
        for call in &credential.calls {
            groups.entry(self.group(*call)).or_default().push(*call);
        }
        for ((sort, _), mut calls) in groups {
            calls.sort_by_key(|call| (facts.when(*call).map(key), *call));
            let draft = self.group_draft(sort, &calls);
            let path = draft.path;
            let at = self.add(draft);
            for call in calls {
                self.calls.insert(call, at);
                let made = facts.into(call);
                let made = made.filter(|edge| matches!(edge.view.relation, "made" | "called"));
                for edge in made.take(1).filter(|_| person != usize::MAX) {
                    self.link_edge(person, at, edge.view.relation, path, edge);
                }
            }
        }
    }

    /// Which calls share a box: those on the path none, key steps and what changed something those
    /// of one name, target and outcome, all others those of one outcome.
    fn group(&self, call: NodeAt) -> (u8, String) {
        if self.path.contains(&call) {
            return (0, format!("{call:09}"));
        }
        let Some(row) = self.facts.row(call) else {
            return (1, self.facts.label(call).to_owned());
        };
        let verbs = self.facts.out(call).map(|edge| edge.view.relation);
        let reads = match row.access {
            Some(access) => access == "read",
            None => verbs.filter(|verb| *verb != "came from").any(|verb| verb.ends_with("read")),
        };
        if row.key || (!reads && self.touches(call)) {
            let target = row.target.as_ref().map_or("", |target| target.raw());
            return (1, format!("{}\0{target}\0{}", row.name.raw(), row.outcome));
        }
        match row.outcome {
            "denied" => (2, String::new()),
            "failed" => (3, String::new()),
            _ if reads => (4, String::new()),
            _ => (5, String::new()),
        }
    }

    fn group_draft(&mut self, sort: u8, calls: &[NodeAt]) -> Draft {
        let facts = self.facts;
        let count = calls.len();
        let names: BTreeSet<&str> = calls.iter().map(|call| plain_name(facts.label(*call))).collect();
        let listed = names.iter().copied().collect::<Vec<_>>().join(", ");
        let first = calls.first().copied().unwrap_or_default();
        let last = calls.last().copied().unwrap_or_default();
        let row = facts.row(first);
        let outcome = row.map_or("ok", |row| row.outcome);
        let times = (facts.when(first), facts.when(last));
        let mut says = vec![Say::plain(times.0.map_or_else(|| "no time".to_owned(), moment))];
        let what = match sort {
            _ if names.len() == 1 => String::new(),
            2 => format!("{count} denied calls"),
            3 => format!("{count} failed calls"),
            4 => format!("{count} reading calls"),
            _ => format!("{count} other calls"),
        };
        if what.is_empty() {
            says.push(Say::name(&listed));
        } else {
            says.push(Say::name(&what));
            says.push(Say::plain(&listed));
        }
        if outcome != "ok" && what.is_empty() {
            says.push(Say::one(Tone::Bad, outcome));
        }
        if count > 1 {
            let until = until(times.0, times.1);
            let number = if what.is_empty() { format!("×{count} ") } else { String::new() };
            says.push(Say::plain(format!("{number}{until}")));
            let counts = &mut self.story.counts;
            let (folded, boxes) = match sort {
                0 | 1 => (&mut counts.repeated, &mut counts.repeated_boxes),
                2 | 3 => (&mut counts.refused, &mut counts.refused_boxes),
                4 => (&mut counts.reads, &mut counts.read_boxes),
                _ => (&mut counts.others, &mut counts.other_boxes),
            };
            *folded += count;
            *boxes += 1;
        } else if sort == 4 {
            says.push(Say::plain("reads only"));
        }
        let path = sort == 0;
        let at = times.0.map_or_else(|| "at an unknown time".to_owned(), moment);
        let about = match (count, row) {
            (1, Some(row)) => {
                let who = row.actor.as_ref().map_or("somebody", |actor| actor.raw());
                format!("{who} {}", row.text.raw())
            }
            _ => format!("{listed}; {count} calls, {}", until(times.0, times.1)),
        };
        let is_key = calls.iter().any(|call| facts.row(*call).is_some_and(|row| row.key));
        let name = if what.is_empty() { &listed } else { &what };
        let times_made = if count > 1 && what.is_empty() { format!(" ×{count}") } else { String::new() };
        Draft {
            column: Column::Call,
            says,
            name: format!("{name}{times_made} ({at})"),
            about,
            order: (0, times.0.map(key).unwrap_or_default(), format!("{first:09}")),
            rank: match sort {
                0 => 0,
                _ if is_key => 1,
                1 => 2,
                _ => 4,
            },
            path,
            row: row.map(|row| row.id.clone()),
            citations: calls
                .iter()
                .filter_map(|call| Some(facts.row(*call)?.citation.clone()))
                .collect(),
            nodes: calls.iter().copied().collect(),
        }
    }

    /// Where calls came from.
    fn addresses(&mut self) {
        let facts = self.facts;
        // By address: the boxes that its calls lead to, and the relations that say so.
        type Met<'a> = BTreeMap<usize, (bool, BTreeSet<Cite>, usize)>;
        let mut met: BTreeMap<NodeAt, Met<'_>> = BTreeMap::new();
        let makers: BTreeMap<usize, usize> = self
            .story
            .links
            .keys()
            .filter(|(from, _)| self.people.values().any(|person| person == from))
            .map(|(from, to)| (*to, *from))
            .collect();
        let mut unused = 0;
        for node in facts.of_kind("address") {
            let mut drawn = false;
            for edge in facts.into(node).filter(|edge| edge.view.relation == "came from") {
                let Some(&call) = self.calls.get(&edge.from) else { continue };
                let to = makers.get(&call).copied().unwrap_or(call);
                let found = met.entry(node).or_default().entry(to).or_default();
                found.0 |= self.is_path(call);
                found.1.extend(edge.view.citations.iter().cloned());
                found.2 += 1;
                drawn = true;
            }
            unused += usize::from(!drawn && !self.things.contains_key(&node));
        }
        self.story.counts.unused_addresses += unused;
        // Those that are not on the path and lead to the same boxes share one.
        let mut groups: BTreeMap<(bool, usize, Vec<usize>), Vec<NodeAt>> = BTreeMap::new();
        for (node, found) in &met {
            let path = found.values().any(|(path, ..)| *path);
            let alone = if path { *node } else { usize::MAX };
            let to = found.keys().copied().collect();
            groups.entry((path, alone, to)).or_default().push(*node);
        }
        for ((path, _, _), nodes) in groups {
            let count: usize = nodes.iter().filter_map(|node| met.get(node)).flat_map(BTreeMap::values).map(|found| found.2).sum();
            let calls = if count == 1 { "1 call".to_owned() } else { format!("{count} calls") };
            let first = nodes.first().copied().unwrap_or_default();
            let labels: Vec<String> = nodes.iter().map(|node| defang(facts.label(*node))).collect();
            let listed = labels.join(", ");
            let mut says = vec![Say::plain(if labels.len() == 1 { "ADDRESS" } else { "ADDRESSES" })];
            let mut draft = self.draft(Column::Source, "address", first, (0, path));
            if labels.len() == 1 {
                says.push(Say::name(&listed));
            } else {
                says.push(Say::name(format!("{} addresses", labels.len())));
                says.extend(labels.iter().take(2).map(Say::plain));
                draft.name = format!("{} addresses", labels.len());
                draft.nodes = nodes.iter().copied().collect();
                self.story.counts.addresses += labels.len();
                self.story.counts.address_boxes += 1;
            }
            says.push(Say::plain(&calls));
            draft.says = says;
            draft.about = if labels.len() == 1 { calls } else { format!("{listed}; {calls}") };
            let found = nodes.iter().filter_map(|node| met.get(node)).flatten();
            let found: Vec<_> = found.map(|(to, found)| (*to, found.clone())).collect();
            draft.citations = found.iter().flat_map(|(_, found)| found.1.iter().cloned()).collect();
            let rows = draft.citations.iter().filter_map(|cite| facts.row_of(cite));
            let rows = rows.min_by_key(|row| (key(&row.time), row.id.raw()));
            draft.row = rows.map(|row| row.id.clone());
            let at = self.add(draft);
            for (to, (path, citations, count)) in found {
                let link = self.link(at, to, "is where calls came from:", path);
                link.stated = true;
                link.citations.extend(citations);
                link.count += count - 1;
            }
        }
    }

    /// What AWS Config recorded.
    fn items(&mut self) {
        let facts = self.facts;
        type Key<'k> = (bool, usize, Vec<&'k str>, Vec<usize>, usize);
        let mut groups: BTreeMap<Key<'_>, Vec<NodeAt>> = BTreeMap::new();
        for node in facts.of_kind("configuration_item") {
            let of = facts.into(node).find(|edge| edge.view.relation == "was recorded as");
            let of = of.and_then(|edge| self.things.get(&edge.from).copied());
            let led: Vec<_> = facts.into(node).filter(|edge| edge.view.relation == "led to").collect();
            let causes: BTreeSet<usize> =
                led.iter().filter_map(|edge| self.calls.get(&edge.from).copied()).collect();
            let changes = self.changes_of(node);
            let aspects: BTreeSet<&str> = changes.iter().map(|change| change.aspect).collect();
            let says_nothing = aspects.iter().all(|aspect| *aspect == "existence")
                && causes.is_empty()
                && !changes.iter().any(|change| change.after.0 == "ResourceDeleted");
            let Some(of) = of.filter(|_| !says_nothing) else {
                self.story.counts.still += 1;
                continue;
            };
            let path = causes.iter().any(|call| self.is_path(*call))
                || (facts.is_shortly_before(facts.when(node))
                    && facts.row(node).is_some_and(|row| row.key));
            let alone = if path { node } else { usize::MAX };
            let aspects: Vec<&str> = aspects.into_iter().collect();
            groups.entry((path, of, aspects, causes.into_iter().collect(), alone)).or_default().push(node);
        }
        for ((path, of, aspects, _, _), mut nodes) in groups {
            nodes.sort_by_key(|node| (facts.when(*node).map(key), *node));
            let draft = self.item_draft(path, of, &aspects, &nodes);
            let at = self.add(draft);
            for node in nodes {
                self.things.insert(node, at);
                for edge in facts.into(node) {
                    match edge.view.relation {
                        "was recorded as" => {
                            self.link_edge(at, of, "is a recorded state of", path, edge);
                        }
                        "led to" => {
                            if let Some(&call) = self.calls.get(&edge.from) {
                                let path = path && self.is_path(call);
                                self.link_edge(call, at, "led to", path, edge);
                            }
                        }
                        _ => {}
                    }
                }
            }
        }
    }

    fn changes_of(&self, item: NodeAt) -> &[&ChangeView] {
        let record = self.facts.nodes.get(item).map_or("", |node| node.key.raw());
        self.changes.get(record).map(Vec::as_slice).unwrap_or_default()
    }

    fn item_draft(&mut self, path: bool, of: usize, aspects: &[&str], nodes: &[NodeAt]) -> Draft {
        let facts = self.facts;
        let first = nodes.first().copied().unwrap_or_default();
        let last = nodes.last().copied().unwrap_or_default();
        let when = facts.when(first);
        let mut says = vec![Say::plain(when.map_or_else(|| "no time".to_owned(), moment))];
        let mut about = String::new();
        match nodes {
            [node] => {
                says.extend(change::told(self.changes_of(*node)));
                about = change::sentence(self.changes_of(*node));
                if says.len() == 1 {
                    says.push(Say::one(Tone::Name, "recorded"));
                }
            }
            several => {
                says.push(Say::name(aspects.join(", ").replace("existence", "recorded")));
                let until = until(when, facts.when(last));
                says.push(Say::plain(format!("×{} {until}", several.len())));
                let parts = several.iter().map(|node| {
                    let at = facts.when(*node).map_or_else(String::new, moment);
                    format!("{at} {}", change::sentence(self.changes_of(*node)))
                });
                about.push_str(&parts.take(12).collect::<Vec<_>>().join("; "));
                self.story.counts.changes += several.len();
                self.story.counts.change_boxes += 1;
            }
        }
        let at = when.map_or_else(|| "at an unknown time".to_owned(), moment);
        let thing = self.story.drafts.get(of).map_or("", |draft| draft.name.as_str());
        let times = if nodes.len() > 1 { format!(" ×{}", nodes.len()) } else { String::new() };
        let is_key = nodes.iter().any(|node| facts.row(*node).is_some_and(|row| row.key));
        Draft {
            name: format!("change of {thing}{times} ({at})"),
            says,
            about,
            order: (0, when.map(key).unwrap_or_default(), format!("{first:09}")),
            rank: if path { 0 } else { if is_key { 1 } else { 2 } },
            row: facts.row(first).map(|row| row.id.clone()),
            citations: nodes.iter().filter_map(|node| Some(facts.row(*node)?.citation.clone())).collect(),
            nodes: nodes.iter().copied().collect(),
            ..self.draft(Column::Change, "", first, (0, path))
        }
    }

    /// What calls did to resources, where no recorded change stands between, and which credentials
    /// they handed out.
    fn effects(&mut self) {
        let facts = self.facts;
        let calls: Vec<(NodeAt, usize)> = self.calls.iter().map(|(c, d)| (*c, *d)).collect();
        let through: BTreeSet<(usize, usize)> = self
            .story
            .links
            .iter()
            .filter(|(_, link)| link.relations.contains("led to"))
            .flat_map(|((call, item), _)| {
                let after = self.story.links.range((*item, 0)..(*item, usize::MAX));
                after.map(|((_, thing), _)| (*call, *thing))
            })
            .collect();
        for (node, call) in calls {
            let path = self.path.contains(&node);
            for edge in facts.out(node) {
                match edge.view.relation {
                    "came from" | "led to" => {}
                    "started" | "made key" => {
                        let to = self.credentials.of.get(&edge.to).and_then(|at| self.people.get(at));
                        let to = match (to, facts.kind(edge.to)) {
                            (Some(to), _) => Some(*to),
                            (None, "access_key") => Some(self.unused_key(edge.to, edge)),
                            _ => None,
                        };
                        if let Some(to) = to {
                            let path = path && self.is_path(to);
                            self.link_edge(call, to, edge.view.relation, path, edge);
                        }
                    }
                    relation => {
                        let Some(&to) = self.things.get(&edge.to) else { continue };
                        if through.contains(&(call, to)) {
                            self.story.counts.through += 1;
                        } else {
                            let heavy = path && matches!(facts.kind(edge.to), "function" | "role");
                            self.link_edge(call, to, relation, heavy, edge);
                        }
                    }
                }
            }
        }
    }

    /// A key that a call made and no call used.
    fn unused_key(&mut self, node: NodeAt, edge: super::facts::Fact<'_>) -> usize {
        if let Some(draft) = self.things.get(&node) {
            return *draft;
        }
        let draft = self.add(Draft {
            says: vec![
                Say::plain("ACCESS KEY"),
                Say::name(self.facts.label(node)),
                Say::plain("no use was seen"),
            ],
            citations: edge.view.citations.iter().cloned().collect(),
            row: self.facts.row(edge.from).map(|row| row.id.clone()),
            about: "made by a call; no call with it is in the evidence".to_owned(),
            ..self.draft(Column::Identity, "access key", node, (1, false))
        });
        self.things.insert(node, draft);
        draft
    }
}

/// A moment to the second, as it stands in a box.
pub fn moment(when: &When) -> String {
    let utc = when.utc.replacen('T', " ", 1);
    match utc.split_once('.') {
        Some((seconds, _)) => format!("{seconds}Z"),
        None => utc,
    }
}

/// A moment for sorting: fractions of a second after the second itself.
fn key(when: &When) -> String {
    when.utc.trim_end_matches('Z').to_owned()
}

/// `until 2026-11-10`, or the time where the day is the same.
pub fn until(first: Option<&When>, last: Option<&When>) -> String {
    let (Some(first), Some(last)) = (first, last) else { return String::new() };
    let (first, last) = (moment(first), moment(last));
    match (first.split_once(' '), last.split_once(' ')) {
        (Some((day, _)), Some((same, time))) if day == same => format!("until {time}"),
        (_, Some((day, _))) => format!("until {day}"),
        _ => String::new(),
    }
}

/// An ARN without what stands before the name.
fn shorter(label: &str) -> String {
    match label.strip_prefix("arn:").map(|rest| rest.splitn(5, ':').last()) {
        Some(Some(name)) => name.to_owned(),
        _ => label.to_owned(),
    }
}
