//! Which finding a report is about.

use std::collections::BTreeSet;

use crate::{evidence::Manifest, model::Finding, source::Reading};

/// The outcome of looking for the finding.
#[derive(Debug)]
pub enum Choice {
    /// The finding as it was updated last, and its other states.
    One(Box<Finding>, Vec<Finding>),
    /// Several findings, and nothing says which is meant.
    Several(Vec<Candidate>),
    /// The one that was asked for is not among these.
    NotFound(Vec<Candidate>),
    /// There is none at all.
    None,
}

/// A finding to choose from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Candidate {
    /// Its id.
    pub id: String,
    /// Its type.
    pub kind: String,
    /// What it is about.
    pub resource: String,
}

/// Chooses the finding: the one of that id or ARN, else the only one, else the one that the bundles
/// were collected for.
pub fn choose(reading: &Reading, manifests: &[Manifest], wanted: Option<&str>) -> Choice {
    let mut candidates: Vec<Candidate> = reading.findings.iter().map(candidate).collect();
    candidates.sort();
    candidates.dedup_by(|a, b| a.id == b.id);
    let wanted = wanted.map(|wanted| wanted.trim().rsplit('/').next().unwrap_or(wanted));
    let collected: BTreeSet<&str> = manifests
        .iter()
        .filter_map(|manifest| manifest.finding_id.as_deref())
        .filter(|id| candidates.iter().any(|candidate| candidate.id == *id))
        .collect();
    let id = match (wanted, candidates.as_slice()) {
        (_, []) => return Choice::None,
        (Some(wanted), _) => wanted.to_owned(),
        (None, [only]) => only.id.clone(),
        (None, _) => match collected.first() {
            Some(id) if collected.len() == 1 => (*id).to_owned(),
            _ => return Choice::Several(candidates),
        },
    };
    // Findings are in the order of their updates, so the last is the latest.
    let mut states: Vec<Finding> = reading
        .findings
        .iter()
        .filter(|finding| finding.id.eq_ignore_ascii_case(&id))
        .cloned()
        .collect();
    match states.pop() {
        Some(latest) => Choice::One(Box::new(latest), states),
        None => Choice::NotFound(candidates),
    }
}

fn candidate(finding: &Finding) -> Candidate {
    let function = finding.function.as_ref();
    let resource = function
        .and_then(|function| function.name.clone().or_else(|| function.arn.clone()))
        .or_else(|| finding.resource_name.clone())
        .or_else(|| finding.resource_type.clone());
    Candidate {
        id: finding.id.clone(),
        kind: finding.kind.clone(),
        resource: resource.unwrap_or_else(|| "an unnamed resource".to_owned()),
    }
}
