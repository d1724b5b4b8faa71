//! From the graph to boxes and lines that say what happened, before any has a place.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{
    defang::defang,
    text::{Cite, Text, When},
    view::ChangeView,
};
use super::{
    Material, Tone,
    column::Column,
    credential::{Credentials, credentials},
    facts::{Facts, NodeAt},
    note::Counts,
    path::{Path, path},
    resource::{Resource, resources},
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

    /// What tells a box from others.
    pub fn name(text: impl Into<String>) -> Self {
        Self { tone: Tone::Name, text: text.into(), lines: 2 }
    }

    /// One line of anything else.
    pub fn plain(text: impl Into<String>) -> Self {
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
    let credentials = credentials(&facts, &path.calls);
    let mut teller = Teller {
        material,
        changes: BTreeMap::new(),
        story: Story::default(),
        calls: BTreeMap::new(),
        people: BTreeMap::new(),
        things: BTreeMap::new(),
        resources: resources(&facts, &path.calls),
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

/// What is told so far, and what it is told from.
pub struct Teller<'t, 'a> {
    pub(super) material: &'t Material<'a>,
    pub(super) facts: &'t Facts<'a>,
    pub(super) path: &'t Path,
    pub(super) credentials: &'t Credentials,
    pub(super) resources: Vec<Resource>,
    /// By the item's record.
    pub(super) changes: BTreeMap<String, Vec<&'a ChangeView>>,
    pub(super) story: Story,
    /// The box of each call that has one.
    pub(super) calls: BTreeMap<NodeAt, usize>,
    /// The box of each credential that has one.
    pub(super) people: BTreeMap<usize, usize>,
    /// The box of each thing in the last three columns.
    pub(super) things: BTreeMap<NodeAt, usize>,
}

impl Teller<'_, '_> {
    pub(super) fn add(&mut self, draft: Draft) -> usize {
        self.story.drafts.push(draft);
        self.story.drafts.len() - 1
    }

    pub(super) fn is_path(&self, draft: usize) -> bool {
        self.story.drafts.get(draft).is_some_and(|draft| draft.path)
    }

    /// How little calls on the path, or what belongs to them, would be missed.
    pub(super) fn rank(&self, calls: impl IntoIterator<Item = NodeAt>) -> u8 {
        u8::from(!calls.into_iter().any(|call| self.path.core.contains(&call)))
    }

    /// Draws a relation, or adds it to the line that is there.
    pub(super) fn link(
        &mut self,
        from: usize,
        to: usize,
        relation: &'static str,
        path: bool,
    ) -> &mut Link {
        let link = self.story.links.entry((from, to)).or_default();
        link.relations.insert(relation);
        link.path |= path;
        link.count += 1;
        link
    }

    pub(super) fn link_edge(
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

    /// A box of one thing, without what stands in it.
    pub(super) fn draft(
        &self,
        column: Column,
        kind: &str,
        node: NodeAt,
        (group, path): (u8, bool),
    ) -> Draft {
        let label = self.facts.label(node);
        let label =
            if self.facts.kind(node) == "address" { defang(label) } else { label.to_owned() };
        let when = self.facts.when(node);
        Draft {
            column,
            says: Vec::new(),
            name: format!("{kind} {label}"),
            about: String::new(),
            order: (group, when.map(key).unwrap_or_default(), label),
            rank: if path { 0 } else { 3 },
            path,
            row: None,
            citations: BTreeSet::new(),
            nodes: BTreeSet::from([node]),
        }
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
pub fn key(when: &When) -> String {
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
