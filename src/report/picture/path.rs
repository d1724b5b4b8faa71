//! Which calls led to the finding.

use std::collections::BTreeSet;

use super::super::view::Provenance;
use super::facts::{Facts, NodeAt};

/// The call that put the running code in place, the key steps of the days before the first
/// activity, and the calls that handed out the credentials for these.
pub fn path(facts: &Facts<'_>, provenance: &Provenance) -> BTreeSet<NodeAt> {
    let running = provenance.running.as_ref().and_then(|origin| origin.citations.iter().next());
    let mut path = BTreeSet::new();
    let mut open: Vec<NodeAt> = facts
        .of_kind("call")
        .filter(|call| {
            facts.row(*call).is_some_and(|row| {
                Some(&row.citation) == running
                    || (row.key && row.outcome == "ok" && facts.is_shortly_before(Some(&row.time)))
            })
        })
        .collect();
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
