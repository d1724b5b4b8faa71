//! From a folded story to a picture: widths, places and ways.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use super::super::text::{Cite, Text};
use super::{
    Heading, Picture, PictureBox, PictureLine, Stroke, Words,
    column::Column,
    gap::{Look, Net, Segment, Side, route},
    label::{cells, wrap},
    note::notes,
    place::{Item, place},
    story::{Draft, Link, Story},
};

/// The widest picture: it fits a page of 1,200 pixels as it is.
const WIDTH: i64 = 1140;

/// The widest box.
const WIDEST: i64 = 230;

/// The room for a character. Those of the usual monospaced fonts take 0.6 of their 12 pixels, the
/// widest of them 0.625.
const CELL_TENTHS: i64 = 75;

/// From one line of text to the next.
const LINE: i64 = 15;

/// Where the boxes begin below the headings.
const TOP: i64 = 28;

/// Around the picture.
const EDGE: i64 = 6;

/// Of the records behind a box or a line, so many are named: the rows of the timeline and of the
/// other tables name each of them again.
const CITED: usize = 1;

/// Draws a story whose boxes and lines are few enough.
pub fn draw(story: Story) -> Picture {
    let Story { drafts, links, counts } = story;
    let drawn: BTreeSet<Column> = drafts.iter().map(|draft| draft.column).collect();
    let columns: Vec<Column> = drawn.into_iter().collect();
    if drafts.is_empty() {
        return Picture::default();
    }
    let count = i64::try_from(columns.len()).unwrap_or(1);
    let width = WIDEST.min((WIDTH - 2 * EDGE - 36 * (count - 1)) / count);
    let limit = usize::try_from((width - Picture::INDENT - 2) * 10 / CELL_TENTHS).unwrap_or(20);
    let texts: Vec<Vec<Words>> = drafts.iter().map(|draft| texts(draft, limit)).collect();
    let column_of = |draft: usize| {
        let column = drafts.get(draft).map(|draft| draft.column);
        columns.iter().position(|other| Some(*other) == column).unwrap_or_default()
    };
    let mut items: Vec<Item> = drafts
        .iter()
        .zip(&texts)
        .enumerate()
        .map(|(at, (draft, texts))| Item {
            column: column_of(at),
            height: LINE * i64::try_from(texts.len()).unwrap_or(1) + 8,
            order: draft.order.clone(),
            timed: draft.column.is_timed(),
            y: 0,
        })
        .collect();
    let ways = ways(&links, &mut items);
    let pivot = [Column::Call, Column::Change, Column::Resource, Column::Signal];
    let pivot = pivot.iter().find_map(|pivot| columns.iter().position(|column| column == pivot));
    let ties: Vec<(usize, usize, i64)> = ways.ties.clone();
    place(&mut items, &ties, columns.len(), pivot.unwrap_or_default(), TOP);
    let gaps: Vec<(Vec<Net>, usize)> =
        ways.gaps(columns.len()).iter().map(|gap| route(gap, &items, drafts.len())).collect();
    let lanes: Vec<usize> = gaps.iter().map(|(_, lanes)| *lanes).collect();
    let xs = Xs::new(width, count, &lanes);
    let strokes = strokes(&gaps, &xs, width, drafts.len());
    let height = items.iter().map(|item| item.y + item.height).max().unwrap_or(TOP) + EDGE;
    let headings = columns
        .iter()
        .zip(&xs.columns)
        .map(|(column, x)| Heading { title: column.title(), x: *x })
        .collect();
    // By column, and there from top to bottom.
    let mut order: Vec<usize> = (0..drafts.len()).collect();
    order.sort_by_key(|at| items.get(*at).map(|item| (item.column, item.y)));
    let mut new_place = vec![0; drafts.len()];
    for (place, at) in order.iter().enumerate() {
        if let Some(slot) = new_place.get_mut(*at) {
            *slot = place;
        }
    }
    let (lines, strokes) = sorted(&drafts, &links, strokes, &new_place);
    let mut texts = texts;
    let boxes: Vec<PictureBox> = order
        .iter()
        .filter_map(|at| {
            let (draft, item) = (drafts.get(*at)?, items.get(*at)?);
            let (citations, more) = cited(&draft.citations);
            Some(PictureBox {
                column: draft.column.title(),
                x: *xs.columns.get(item.column)?,
                y: item.y,
                width,
                height: item.height,
                path: draft.path,
                texts: std::mem::take(texts.get_mut(*at)?),
                name: draft.name.clone().into(),
                about: draft.about.clone().into(),
                row: draft.row.clone(),
                citations,
                more,
            })
        })
        .collect();
    Picture {
        width: xs.width,
        height,
        headings,
        notes: notes(&counts, boxes.len(), lines.len()),
        boxes,
        lines,
        strokes,
    }
}

/// The lines of a box, broken and shortened to their room.
fn texts(draft: &Draft, limit: usize) -> Vec<Words> {
    let mut lines = Vec::new();
    for say in &draft.says {
        for line in wrap(&say.text, limit, say.lines) {
            let y = LINE * i64::try_from(lines.len()).unwrap_or(0) + 15;
            // Other fonts than the monospaced one may have to help out.
            let tenths = i64::try_from(cells(&line)).unwrap_or(0) * 72;
            let width = (!line.is_ascii()).then_some(tenths / 10).filter(|width| *width > 0);
            lines.push(Words { tone: say.tone, y, text: Text::from(line), width });
        }
    }
    lines
}

fn cited(all: &BTreeSet<Cite>) -> (Vec<Cite>, usize) {
    let first: Vec<Cite> = all.iter().take(CITED).cloned().collect();
    let more = all.len() - first.len();
    (first, more)
}

/// The ways of all lines: which gaps they lie in, and where they pass through a column.
#[derive(Default)]
struct Ways {
    segments: BTreeMap<usize, Vec<Segment>>,
    ties: Vec<(usize, usize, i64)>,
}

impl Ways {
    fn gaps(&self, columns: usize) -> Vec<Vec<Segment>> {
        (0..columns).map(|gap| self.segments.get(&gap).cloned().unwrap_or_default()).collect()
    }

    fn add(&mut self, gap: usize, line: usize, from: (usize, Side), to: (usize, Side), look: Look) {
        self.segments.entry(gap).or_default().push(Segment { line, from, to, look });
    }
}

/// Lines that pass through a column do so where nothing else is; those that lead to one box in one
/// look pass together.
fn ways(links: &BTreeMap<(usize, usize), Link>, items: &mut Vec<Item>) -> Ways {
    let mut ways = Ways::default();
    let mut passes: BTreeMap<(usize, usize, Look), usize> = BTreeMap::new();
    for (line, ((from, to), link)) in links.iter().enumerate() {
        let column = |at: usize, items: &[Item]| items.get(at).map_or(0, |item| item.column);
        let (start, end) = (column(*from, items), column(*to, items));
        let look = (link.path, !link.stated);
        let weight = if link.path { 4 } else { 1 };
        if start == end {
            ways.add(start, line, (*from, Side::Left), (*to, Side::Left), look);
            ways.ties.push((*from, *to, 1));
            continue;
        }
        let forth = start < end;
        let between: Vec<usize> =
            if forth { (start + 1..end).collect() } else { (end + 1..start).rev().collect() };
        let mut here = *from;
        for column in between {
            let pass = *passes.entry((column, *to, look)).or_insert_with(|| {
                let order = items.get(*to).map_or_else(Default::default, |item| item.order.clone());
                items.push(Item { column, height: 2, order, timed: false, y: 0 });
                items.len() - 1
            });
            hop(&mut ways, line, here, pass, (items, forth), look);
            ways.ties.push((here, pass, weight));
            here = pass;
        }
        hop(&mut ways, line, here, *to, (items, forth), look);
        ways.ties.push((here, *to, weight));
    }
    ways
}

/// From an item to one in a column beside it.
fn hop(
    ways: &mut Ways,
    line: usize,
    from: usize,
    to: usize,
    (items, forth): (&[Item], bool),
    look: Look,
) {
    let column = |at: usize| items.get(at).map_or(0, |item| item.column);
    // Several lines that pass together are one from there on.
    if forth {
        ways.add(column(from), line, (from, Side::Left), (to, Side::Right), look);
    } else {
        ways.add(column(to), line, (from, Side::Right), (to, Side::Left), look);
    }
}

/// Where columns and lanes lie.
struct Xs {
    columns: Vec<i64>,
    /// Of each gap: its left side, its right side, its first lane, and from lane to lane in tenths.
    gaps: Vec<(i64, i64, i64, i64)>,
    width: i64,
}

impl Xs {
    /// Gives each gap the room that its lanes need.
    fn new(width: i64, count: i64, lanes: &[usize]) -> Self {
        const CLEAR: i64 = 11;
        let room = |step: i64| -> Vec<i64> {
            let last = lanes.len().saturating_sub(1);
            let need = |(at, lanes): (usize, &usize)| {
                let lanes = i64::try_from(*lanes).unwrap_or(0);
                let upright = (lanes - 1).max(0) * step;
                match (at == last, lanes) {
                    (true, 0) => 0,
                    (true, _) => CLEAR + upright + 3,
                    (false, _) => 2 * CLEAR + upright,
                }
            };
            lanes.iter().enumerate().map(need).collect()
        };
        let most = WIDTH - width * count - 2 * EDGE;
        let steps = [7, 6, 5, 4, 3, 2, 1];
        let fits = steps.into_iter().find(|step| room(*step).iter().sum::<i64>() <= most);
        let mut gaps = room(fits.unwrap_or(1));
        let inner = (count - 1).max(0);
        let spare = (most - gaps.iter().sum::<i64>()).max(0);
        if inner > 0 {
            let each = (spare / inner).min(26);
            let inner = usize::try_from(inner).unwrap_or(0);
            for gap in gaps.iter_mut().take(inner) {
                *gap += each;
            }
        }
        let mut x = EDGE;
        let mut xs = Self { columns: Vec::new(), gaps: Vec::new(), width: 0 };
        for (gap, lanes) in gaps.iter().zip(lanes) {
            xs.columns.push(x);
            let left = x + width;
            x = left + gap;
            let lanes = i64::try_from(*lanes).unwrap_or(0);
            // Lanes lie in the middle of their gap, at most so far apart.
            let inside = (gap - 2 * CLEAR).max(0);
            let step = if lanes > 1 { (inside * 10 / (lanes - 1)).min(80) } else { 0 };
            let used = step * (lanes - 1).max(0) / 10;
            let last = xs.gaps.len() + 1 == usize::try_from(count).unwrap_or(0);
            let first = if last { left + CLEAR } else { left + CLEAR + (inside - used) / 2 };
            let step = if last && lanes > 1 { (gap - CLEAR - 3) * 10 / (lanes - 1) } else { step };
            xs.gaps.push((left, x, first, step));
        }
        xs.width = x + EDGE;
        xs
    }
}

/// All ways as SVG path data.
fn strokes(gaps: &[(Vec<Net>, usize)], xs: &Xs, width: i64, first_pass: usize) -> Vec<Stroke> {
    let mut all = Vec::new();
    for ((nets, _), (left, right, first, step)) in gaps.iter().zip(&xs.gaps) {
        for net in nets {
            let lane = i64::try_from(net.lane.unwrap_or(0)).unwrap_or(0);
            let lane = first + step * lane / 10;
            let mut stroke = Stroke {
                d: String::new(),
                heads: String::new(),
                path: net.look.0,
                inferred: net.look.1,
                lines: net.lines.iter().copied().collect(),
            };
            // Writing to a String does not fail.
            let mut ends: Vec<(i64, i64)> = Vec::new();
            for port in &net.ports {
                let passes = port.end.0 >= first_pass;
                let (edge, out) = match port.end.1 {
                    Side::Left => (*left, 1),
                    Side::Right => (*right, -1),
                };
                let x = match port.end.1 {
                    Side::Right if passes => edge + width,
                    _ if port.reached && !passes => edge + 4 * out,
                    _ => edge,
                };
                ends.push((port.y, x));
                if port.reached && !passes {
                    let _ = write!(stroke.heads, "M{edge} {}l{} -4v8z", port.y, 7 * out);
                }
            }
            stroke.d = way(&mut ends, lane);
            all.push(stroke);
        }
    }
    all
}

/// A tree: level from each end to the lane, upright there, rounded where it turns.
fn way(ends: &mut [(i64, i64)], lane: i64) -> String {
    ends.sort_unstable();
    let mut d = String::new();
    let (Some(&(top, from)), Some(&(bottom, to))) = (ends.first(), ends.last()) else { return d };
    if top == bottom {
        let _ = write!(d, "M{from} {top}H{to}");
        return d;
    }
    // A turn ends where the next way branches off.
    let turn = |next: Option<&(i64, i64)>, from: i64| {
        next.map_or(0, |(y, _)| (y - from).abs().min((bottom - top) / 2).min(5))
    };
    let (high, low) = (turn(ends.get(1), top), turn(ends.iter().rev().nth(1), bottom));
    let before = |x: i64, turn: i64| if x < lane { lane - turn } else { lane + turn };
    let _ = write!(
        d,
        "M{from} {top}H{}Q{lane} {top} {lane} {}V{}Q{lane} {bottom} {} {bottom}H{to}",
        before(from, high),
        top + high,
        bottom - low,
        before(to, low)
    );
    let inner = ends.iter().skip(1).rev().skip(1);
    for (y, x) in inner {
        let _ = write!(d, "M{lane} {y}H{x}");
    }
    d
}

/// Lines by their boxes from left to right and top to bottom, and the strokes that draw them.
fn sorted(
    drafts: &[Draft],
    links: &BTreeMap<(usize, usize), Link>,
    mut strokes: Vec<Stroke>,
    places: &[usize],
) -> (Vec<PictureLine>, Vec<Stroke>) {
    let place = |at: usize| places.get(at).copied().unwrap_or_default();
    let name = |at: usize| drafts.get(at).map_or("", |draft| draft.name.as_str()).into();
    let mut lines: Vec<(usize, PictureLine)> = links
        .iter()
        .enumerate()
        .map(|(at, ((from, to), link))| {
            let (citations, more) = cited(&link.citations);
            let relations: Vec<&str> = link.relations.iter().copied().collect();
            let line = PictureLine {
                from: place(*from),
                to: place(*to),
                from_name: name(*from),
                to_name: name(*to),
                relation: relations.join(", ").into(),
                known: known(link).into(),
                inferred: !link.stated,
                path: link.path,
                citations,
                more,
            };
            (at, line)
        })
        .collect();
    lines.sort_by_key(|(_, line)| (line.from, line.to));
    let mut moved = vec![0; lines.len()];
    for (new, (old, _)) in lines.iter().enumerate() {
        if let Some(slot) = moved.get_mut(*old) {
            *slot = new;
        }
    }
    for stroke in &mut strokes {
        for line in &mut stroke.lines {
            *line = moved.get(*line).copied().unwrap_or_default();
        }
        stroke.lines.sort_unstable();
    }
    // What is on the path is drawn last, above the others.
    strokes.sort_by_key(|stroke| stroke.path);
    (lines.into_iter().map(|(_, line)| line).collect(), strokes)
}

/// How a line is known, in words; nothing where its records state it.
fn known(link: &Link) -> String {
    let methods: Vec<String> = link
        .methods
        .iter()
        .map(|(method, confidence)| format!("{} ({confidence})", method.replace('_', " ")))
        .collect();
    let mut told = match (link.stated, methods.is_empty()) {
        (true, true) => String::new(),
        (true, false) => ", partly inferred".to_owned(),
        (false, _) => ", inferred".to_owned(),
    };
    if !methods.is_empty() {
        let _ = write!(told, " by {}", methods.join(", "));
    }
    if link.count > 1 {
        let _ = write!(told, ", {} relations", link.count);
    }
    told
}
