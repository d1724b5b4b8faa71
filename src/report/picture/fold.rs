//! To a number of boxes and lines that a picture can hold.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use super::{
    MOST_BOXES, MOST_LINES, Tone,
    column::Column,
    story::{Draft, Link, Say, Story},
};

/// Folds what would be missed least, column by column, until all fits.
pub fn fold(mut story: Story) -> Story {
    let keep = room(&story);
    let mut columns: BTreeMap<Column, Vec<usize>> = BTreeMap::new();
    for (at, draft) in story.drafts.iter().enumerate() {
        columns.entry(draft.column).or_default().push(at);
    }
    // Where each box goes.
    let mut into: Vec<usize> = (0..story.drafts.len()).collect();
    for (column, mut all) in columns {
        let most = keep.get(&column).copied().unwrap_or_default();
        if all.len() <= most {
            continue;
        }
        all.sort_by_key(|at| {
            let draft = story.drafts.get(*at);
            let (rank, order) = draft.map_or((u8::MAX, ""), |draft| (draft.rank, &draft.order.1));
            (rank, Reverse(order), *at)
        });
        let rest = all.split_off(most.saturating_sub(1));
        let together: Vec<&Draft> = rest.iter().filter_map(|at| story.drafts.get(*at)).collect();
        let more = crowd(column, &together);
        story.counts.crowded.push((column.things(), rest.len()));
        for at in rest {
            if let Some(place) = into.get_mut(at) {
                *place = story.drafts.len();
            }
        }
        story.drafts.push(more);
        into.push(story.drafts.len() - 1);
    }
    let mut links: BTreeMap<(usize, usize), Link> = BTreeMap::new();
    for ((from, to), link) in std::mem::take(&mut story.links) {
        let ends = (into.get(from).copied(), into.get(to).copied());
        if let (Some(from), Some(to)) = ends
            && from != to
        {
            add(links.entry((from, to)).or_default(), link);
        }
    }
    story.counts.cut_lines = cut(&mut links, &story.drafts);
    drop_folded(story, &into, links)
}

/// How many boxes each column keeps.
fn room(story: &Story) -> BTreeMap<Column, usize> {
    let mut keep: BTreeMap<Column, usize> = BTreeMap::new();
    for column in Column::ALL {
        let count = story.drafts.iter().filter(|draft| draft.column == column).count();
        keep.insert(column, count.min(column.bounds().0));
    }
    while keep.values().sum::<usize>() > MOST_BOXES {
        let over = |column: Column, kept: usize| kept.saturating_sub(column.bounds().1);
        let most = keep.iter().max_by_key(|(column, kept)| (over(**column, **kept), **column));
        let Some(column) = most.map(|(column, _)| *column) else { break };
        keep.entry(column).and_modify(|kept| *kept = kept.saturating_sub(1));
    }
    keep
}

/// One box for many.
fn crowd(column: Column, all: &[&Draft]) -> Draft {
    let mut times: Vec<&str> = all.iter().map(|draft| draft.order.1.as_str()).collect();
    times.retain(|time| !time.is_empty());
    times.sort_unstable();
    let moment =
        |time: &str| time.replacen('T', " ", 1).split('.').next().map(|at| format!("{at}Z"));
    let first = times.first().copied().and_then(moment);
    let title = format!("{} more {}", all.len(), column.things());
    let timed = column.is_timed();
    let mut says = Vec::new();
    if timed {
        says.extend(first.clone().map(|first| Say::one(Tone::Plain, first)));
    }
    says.push(Say { tone: Tone::Name, text: title.clone(), lines: 2 });
    let last = times.last().copied().and_then(moment).filter(|last| Some(last) != first.as_ref());
    if let Some(last) = last.filter(|_| says.len() > 1) {
        says.push(Say::one(
            Tone::Plain,
            format!("until {}", last.split(' ').next().unwrap_or(&last)),
        ));
    }
    let names: Vec<&str> = all.iter().map(|draft| draft.name.as_str()).take(20).collect();
    let mut about = names.join("; ");
    if all.len() > names.len() {
        about.push_str(&format!("; and {} more", all.len() - names.len()));
    }
    let first = times.first().copied().unwrap_or_default();
    Draft {
        column,
        says,
        name: moment(first)
            .filter(|_| !first.is_empty())
            .map_or_else(|| title.clone(), |at| format!("{title} ({at})")),
        about,
        order: (if timed { 0 } else { u8::MAX }, first.to_owned(), String::new()),
        rank: 5,
        path: false,
        row: None,
        citations: all.iter().flat_map(|draft| draft.citations.iter().cloned()).collect(),
        nodes: all.iter().flat_map(|draft| draft.nodes.iter().copied()).collect(),
    }
}

fn add(link: &mut Link, other: Link) {
    link.relations.extend(other.relations);
    link.methods.extend(other.methods);
    link.stated |= other.stated;
    link.path |= other.path;
    link.citations.extend(other.citations);
    link.count += other.count;
}

/// Takes the lines of the least weight out, and says how many.
fn cut(links: &mut BTreeMap<(usize, usize), Link>, drafts: &[Draft]) -> usize {
    let over = links.len().saturating_sub(MOST_LINES);
    if over > 0 {
        let rank = |at: usize| drafts.get(at).map_or(u8::MAX, |draft| draft.rank);
        let mut all: Vec<(bool, u8, (usize, usize))> = links
            .iter()
            .map(|((from, to), link)| (!link.path, rank(*from).max(rank(*to)), (*from, *to)))
            .collect();
        all.sort_unstable();
        let rest: BTreeSet<(usize, usize)> =
            all.into_iter().skip(MOST_LINES).map(|(_, _, ends)| ends).collect();
        links.retain(|ends, _| !rest.contains(ends));
    }
    over
}

/// Keeps the boxes that stand for themselves.
fn drop_folded(story: Story, into: &[usize], links: BTreeMap<(usize, usize), Link>) -> Story {
    let mut places: BTreeMap<usize, usize> = BTreeMap::new();
    let mut drafts = Vec::new();
    for (at, draft) in story.drafts.into_iter().enumerate() {
        if into.get(at) == Some(&at) {
            places.insert(at, drafts.len());
            drafts.push(draft);
        }
    }
    let links = links
        .into_iter()
        .filter_map(|((from, to), link)| Some(((*places.get(&from)?, *places.get(&to)?), link)));
    Story { drafts, links: links.collect(), counts: story.counts }
}
