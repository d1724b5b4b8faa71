//! From everything that was read to the case of one finding.
//!
//! The questions come from [`crate::source::Question`]; here they are put, round after round, to
//! whoever has the answers: saved evidence answers from memory, AWS in the module `live`.

pub mod archive;
pub mod athena;
#[cfg(feature = "live")]
mod aws;
mod choice;
mod found;
#[cfg(feature = "live")]
pub mod live;
mod operation;
mod policy;
mod reference;
pub mod region;
mod role;
mod rounds;
mod search;
mod together;

#[cfg(feature = "live")]
pub use aws::{Aws, Settings};
pub use choice::{Candidate, Choice, choose};
pub use operation::{Operation, Part};
pub use policy::policy;
pub use reference::{Reference, ReferenceError};
pub use role::{RoleError, role_arn};
pub use rounds::{Gathered, gather};
pub use search::{Answers, Asked, search};
pub use together::Together;

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    evidence::Manifest,
    model::{Case, Event, Finding, Gap, Left, RecordId, Source},
    source::{Reading, subject},
};

/// What shapes a case beside its evidence.
#[derive(Clone, Debug)]
pub struct Scope {
    /// Seconds before and after an actor's change within which its other calls belong to the case.
    pub around: i64,
    /// The ARNs of those who collected: what they asked by means of casefile is no part of the case.
    pub collectors: BTreeSet<String>,
}

impl Scope {
    /// Whether casefile itself made the call: in the name of whoever collected, by its user agent,
    /// and nothing that it does not ask.
    fn is_own(&self, event: &Event) -> bool {
        let agent = event.user_agent.as_deref();
        agent.is_some_and(|agent| agent.contains("app/casefile-"))
            && event.identity.arn.as_ref().is_some_and(|arn| self.collectors.contains(arn))
            && (Operation::ALL.iter().any(|operation| {
                (operation.service(), operation.name()) == (event.service(), &event.action)
            }) || event.service() == "athena"
                && athena::OPERATIONS.contains(&event.action.as_str()))
    }
}

/// Everybody who collected what these manifests list.
pub fn collectors(manifests: &[Manifest]) -> BTreeSet<String> {
    manifests
        .iter()
        .flat_map(|manifest| {
            let documents = manifest.documents.iter();
            documents.map(|document| &document.caller_arn).chain([&manifest.caller_arn])
        })
        .flatten()
        .cloned()
        .collect()
}

/// Builds the case of `finding` from what was read: keeps what belongs to it, with the reason, and
/// counts the rest.
///
/// `earlier` are other states of the same finding.
pub fn case(
    mut reading: Reading,
    finding: Finding,
    earlier: Vec<Finding>,
    manifests: &[Manifest],
    scope: Scope,
) -> Case {
    let subject = subject(&finding);
    let gathered = subject
        .as_ref()
        .map(|subject| rounds::gather(&reading, &finding, subject, &scope))
        .unwrap_or_default();
    let (items, events) = (gathered.items, gathered.events);
    let left = Left {
        findings: reading.findings.len().saturating_sub(1 + earlier.len()),
        items: reading.items.len() - items.len(),
        events: reading
            .coverage
            .iter()
            .find(|coverage| coverage.source == Source::CloudTrail)
            .map_or(reading.events.len(), |coverage| coverage.records)
            .saturating_sub(events.len()),
    };
    let mut gaps = std::mem::take(&mut reading.gaps);
    gaps.extend(manifests.iter().flat_map(declared));
    gaps.extend(reading.archives.iter().flat_map(athena::gaps));
    if gathered.cut_off {
        gaps.push(Gap::new(
            Source::CloudTrail.word(),
            "who was behind the sessions behind the sessions of this case",
            "the records lead outward further than they are followed",
            "Calls further out are counted as belonging to others.",
        ));
    }
    if !earlier.is_empty() {
        gaps.push(Gap {
            source: Source::GuardDuty.word().to_owned(),
            asked: format!("the finding {}", finding.id),
            reason: match earlier.len() {
                1 => "another state of the same finding was met; the one updated last is shown"
                    .to_owned(),
                several => format!(
                    "{several} other states of the same finding were met; the one updated last is shown"
                ),
            },
            consequence: "GuardDuty overwrites a finding when its activity goes on: what the \
                          others say of the first activity is in the evidence only."
                .to_owned(),
            records: earlier.iter().map(|finding| finding.record.clone()).collect(),
        });
    }
    let kept: Vec<RecordId> = std::iter::once(&finding.record)
        .chain(earlier.iter().map(|finding| &finding.record))
        .chain(items.iter().map(|item| &item.fact.record))
        .chain(events.iter().map(|event| &event.fact.record))
        .cloned()
        .collect();
    let records = kept
        .into_iter()
        .filter_map(|id| reading.records.remove_entry(&id))
        .collect::<BTreeMap<_, _>>();
    // A gap may cite a record that belongs to nothing here.
    for gap in &mut gaps {
        gap.records.retain(|record| records.contains_key(record));
    }
    Case {
        finding,
        subject,
        items,
        events,
        records,
        left,
        gaps,
        coverage: complete(reading.coverage, manifests),
        archives: reading.archives,
    }
}

/// The gaps that the collection itself declared.
fn declared(manifest: &Manifest) -> Vec<Gap> {
    let mut gaps: Vec<Gap> = manifest
        .gaps
        .iter()
        .map(|gap| Gap::new(&gap.source, &gap.asked, &gap.reason, &gap.consequence))
        .collect();
    if !manifest.complete {
        gaps.push(Gap::new(
            "input",
            "the whole evidence bundle",
            "the collection was interrupted and the bundle says that it is incomplete",
            "Whatever was not asked before the interruption is missing.",
        ));
    }
    gaps
}

/// A source is complete when a bundle asked it and declared no gap of it; nothing says so of
/// loose files.
fn complete(
    coverage: Vec<crate::model::Coverage>,
    manifests: &[Manifest],
) -> Vec<crate::model::Coverage> {
    coverage
        .into_iter()
        .map(|mut source| {
            let declared = manifests.iter().flat_map(|manifest| &manifest.gaps);
            let gap = declared.into_iter().any(|gap| gap.source == source.source.word())
                || manifests.iter().any(|manifest| !manifest.complete);
            source.complete = match source.requests {
                Some(_) => Some(!gap),
                None if gap => Some(false),
                None => None,
            };
            source
        })
        .collect()
}
