//! How much of a report one page holds.
//!
//! Whatever is left out is counted, and the data outputs have it.

use std::collections::BTreeSet;

use crate::report::{
    ActorView, ChangeView, Cite, EvidenceView, GapView, Indicator, Report, Text, TimelineRow,
};

/// What a page may hold.
#[derive(Clone, Copy, Debug)]
pub struct Allowance {
    /// Rows of the timeline; of a longer one only the key rows are shown.
    rows: usize,
    /// Records in the list of evidence.
    entries: usize,
    /// Lines of any other list.
    lines: usize,
    /// Bytes of records as they were received.
    bodies: usize,
}

/// From the most that a browser takes with ease to the least that is still a report: a page that
/// would be larger than a ticket takes is made again with the next.
pub const ALLOWANCES: [Allowance; 3] = [
    Allowance { rows: 10_000, entries: 1_000, lines: 300, bodies: 1_500_000 },
    Allowance { rows: 2_000, entries: 500, lines: 100, bodies: 500_000 },
    Allowance { rows: 200, entries: 100, lines: 30, bodies: 100_000 },
];

/// The part of a report that stands on the page.
pub struct Extent<'a> {
    /// The rows of the timeline.
    pub rows: Vec<Row<'a>>,
    /// The records.
    pub records: Vec<Entry<'a>>,
    /// The actors.
    pub actors: Vec<&'a ActorView>,
    /// The indicators.
    pub indicators: Vec<&'a Indicator>,
    /// The changes.
    pub changes: Vec<&'a ChangeView>,
    /// The gaps.
    pub gaps: Vec<&'a GapView>,
    /// How many lines a box of statements has at most.
    pub lines: usize,
    listed: BTreeSet<&'a Cite>,
}

/// A row of the timeline.
pub struct Row<'a> {
    /// The row.
    pub view: &'a TimelineRow,
    /// The silence before it, unless a row between was left out.
    pub silence: Option<&'a Text>,
}

/// A record.
pub struct Entry<'a> {
    /// The record.
    pub view: &'a EvidenceView,
    /// Whether its body is on the page.
    pub whole: bool,
}

impl<'a> Extent<'a> {
    /// The part that an allowance leaves: what led to the finding and what is said of it before
    /// anything else.
    pub fn of(report: &'a Report, allowance: Allowance) -> Self {
        let first = told(report);
        let listed: BTreeSet<&Cite> = if report.evidence.len() > allowance.entries {
            first
        } else {
            report.evidence.iter().map(|record| &record.id).collect()
        };
        let on_page = report.evidence.iter().filter(|record| listed.contains(&record.id));
        let mut left = allowance.bodies;
        let records = on_page.take(allowance.entries).map(|view| {
            let whole = view.shown.raw().len() <= left;
            left -= if whole { view.shown.raw().len() } else { 0 };
            Entry { view, whole }
        });
        let records: Vec<Entry<'a>> = records.collect();
        let listed = records.iter().map(|record| &record.view.id).collect();
        let key = report.timeline.iter().filter(|row| row.key).map(|row| &row.citation);
        let key: BTreeSet<&Cite> = key.collect();
        let most = allowance.lines;
        Self {
            rows: rows(report, allowance.rows),
            actors: first_of(&report.actors, most, |actor| {
                key.contains(&actor.citation) || actor.acts.len() > 1
            }),
            indicators: first_of(&report.indicators, most, |indicator| {
                indicator.citations.iter().any(|cite| key.contains(cite))
            }),
            changes: first_of(&report.changes, most, |change| {
                change.citations.iter().any(|cite| key.contains(cite))
            }),
            gaps: first_of(&report.gaps, most, |_| true),
            lines: most,
            records,
            listed,
        }
    }

    /// Whether a record is in the list of evidence.
    pub fn lists(&self, cite: &Cite) -> bool {
        self.listed.contains(cite)
    }

    /// The row of that id, if it is on the page.
    pub fn row<'t>(&self, id: Option<&'t Text>) -> Option<&'t Text> {
        id.filter(|id| self.rows.iter().any(|row| row.view.id == **id))
    }
}

/// All of a list, or as many as there may be, in its order: those that matter before others.
fn first_of<T>(all: &[T], most: usize, matters: impl Fn(&T) -> bool) -> Vec<&T> {
    let (first, others): (Vec<_>, Vec<_>) =
        all.iter().enumerate().partition(|(_, one)| all.len() <= most || matters(one));
    let mut kept: Vec<(usize, &T)> = first.into_iter().chain(others).take(most).collect();
    kept.sort_by_key(|(at, _)| *at);
    kept.into_iter().map(|(_, one)| one).collect()
}

/// The records behind all that is said outside the timeline, and behind its key rows.
fn told(report: &Report) -> BTreeSet<&Cite> {
    let mut told: BTreeSet<&Cite> = BTreeSet::from([&report.finding.citation]);
    told.extend(report.subject.iter().flat_map(|subject| subject.citations.iter()));
    told.extend(report.statements.iter().flat_map(|statement| statement.citations.iter()));
    let provenance = &report.provenance;
    let origins = [&provenance.created, &provenance.running, &provenance.deleted];
    told.extend(origins.into_iter().flatten().flat_map(|origin| origin.citations.iter()));
    for change in &report.changes {
        told.extend(change.citations.iter());
        told.extend(change.caused_by.as_ref().map(|cause| &cause.citation));
    }
    for actor in &report.actors {
        told.insert(&actor.citation);
        told.extend(actor.chain.iter().map(|link| &link.citation));
    }
    told.extend(report.next_steps.iter().flat_map(|step| step.citations.iter()));
    let could = report.reach.could.iter().flat_map(|part| &part.facts);
    told.extend(could.flat_map(|fact| fact.citations.iter()));
    told.extend(report.reach.did.iter().flat_map(|call| call.citations.iter()));
    told.extend(report.activity.citations.iter());
    told.extend(report.activity.start.iter().flat_map(|start| start.citations.iter()));
    told.extend(report.gaps.iter().flat_map(|gap| &gap.citations));
    told.extend(report.timeline.iter().filter(|row| row.key).map(|row| &row.citation));
    told
}

fn rows(report: &Report, most: usize) -> Vec<Row<'_>> {
    if report.timeline.len() <= most {
        let whole = report.timeline.iter();
        return whole.map(|view| Row { view, silence: view.silence.as_ref() }).collect();
    }
    let mut before_is_shown = true;
    let mut rows = Vec::new();
    for view in &report.timeline {
        if view.key && rows.len() < most {
            rows.push(Row { view, silence: view.silence.as_ref().filter(|_| before_is_shown) });
        }
        before_is_shown = view.key;
    }
    rows
}
