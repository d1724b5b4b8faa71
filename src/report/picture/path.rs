//! Which calls led to the finding.

use std::collections::BTreeSet;

use super::super::view::Provenance;
use super::facts::{Facts, NodeAt};

/// The calls on the path to the finding.
#[derive(Default)]
pub struct Path {
    /// The call that put the running code in place, the key steps of the days before the first
    /// activity, and the calls that handed out the credentials for these.
    pub calls: BTreeSet<NodeAt>,
    /// Those of them without which there is no story: the first, or the latest step where it is
    /// not known, with what handed out its credentials.
    pub core: BTreeSet<NodeAt>,
}

/// Finds the path.
pub fn path(facts: &Facts<'_>, provenance: &Provenance) -> Path {
    let running = provenance.running.as_ref().and_then(|origin| origin.citations.iter().next());
    let steps: Vec<NodeAt> = facts
        .of_kind("call")
        .filter(|call| {
            facts.row(*call).is_some_and(|row| {
                Some(&row.citation) == running
                    || (row.key && row.outcome == "ok" && facts.is_shortly_before(Some(&row.time)))
            })
        })
        .collect();
    let runs = |call: &NodeAt| facts.row(*call).map(|row| &row.citation) == running;
    let time = |call: &NodeAt| facts.row(*call).and_then(|row| super::facts::time(&row.time));
    let core = steps.iter().copied().find(|call| running.is_some() && runs(call));
    let core = core.or_else(|| steps.iter().copied().max_by_key(|call| (time(call), *call)));
    Path { core: with_starts(facts, core.into_iter().collect()), calls: with_starts(facts, steps) }
}

/// Calls, and those that handed out the credentials for them.
fn with_starts(facts: &Facts<'_>, mut open: Vec<NodeAt>) -> BTreeSet<NodeAt> {
    let mut path = BTreeSet::new();
    while let Some(call) = open.pop() {
        if !path.insert(call) {
            continue;
        }
        let credentials: Vec<NodeAt> = facts
            .into(call)
            .filter(|made| made.view.relation == "made")
            .flat_map(|made| std::iter::once(made.from).chain(facts.key_used(made.from, call)))
            .collect();
        let starts = credentials.into_iter().flat_map(|credential| facts.into(credential));
        open.extend(
            starts
                .filter(|start| matches!(start.view.relation, "started" | "made key"))
                .map(|start| start.from)
                .filter(|start| facts.row(*start).is_some_and(|row| row.key)),
        );
    }
    path
}
