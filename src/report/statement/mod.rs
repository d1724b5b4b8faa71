//! What was seen, what is inferred, and what is not known.
//!
//! The three are never mixed: a sentence stands under *seen* only when the records it cites say
//! all of it.

mod change;
mod history;
mod people;
mod unknown;

use std::collections::BTreeMap;

use super::{
    lead::can_lead,
    naming::{at, caller, clipped, remote, times},
    text::Citations,
    view::{Statement, StatementKind},
};
use crate::{
    correlate::{Change, Correlation},
    model::{Case, Event, Kept, RecordId, Relation, Time},
};

/// How many items with changes are told as sentences; all changes stand in their table.
const ITEMS_TOLD: usize = 4;

/// All statements: seen first, then inferred, then unknown.
pub fn statements(case: &Case, worked: &Correlation<'_>) -> Vec<Statement> {
    let mut writer = Writer { case, worked, statements: Vec::new() };
    writer.signal();
    if case.subject.is_some() {
        writer.provenance();
        writer.acts();
        writer.changes();
        writer.changes_before_calls();
        writer.denied();
        writer.sessions();
        writer.own_calls();
        writer.doubts();
        writer.unseen_starts();
        writer.unrecorded();
    } else {
        writer.not_followed();
    }
    writer.traffic();
    // A case may have as many statements as actors, and more events than both.
    let events: BTreeMap<&RecordId, &Kept<Event>> =
        case.events.iter().rev().map(|kept| (&kept.fact.record, kept)).collect();
    writer.statements.sort_by_cached_key(|statement| rank(case, worked, &events, statement));
    writer.statements
}

/// Where a statement stands among those of its kind: what can have led to the finding first, the
/// nearest to the first activity before others, a call before the item that shows it. What GuardDuty
/// says stands above the boxes already, so it comes last.
fn rank(
    case: &Case,
    worked: &Correlation<'_>,
    events: &BTreeMap<&RecordId, &Kept<Event>>,
    statement: &Statement,
) -> (StatementKind, u8, u64, bool) {
    const LAST: u64 = u64::MAX;
    let kind = statement.kind;
    let cited = statement.citations.iter().next().map(|cite| RecordId(cite.to_string()));
    let Some((id, signal)) = cited.zip(case.finding.signal()) else {
        return (kind, 0, LAST, false);
    };
    if kind == StatementKind::Unknown {
        return (kind, 0, LAST, false);
    }
    let far = |time: Time| signal.seconds_since(time).unsigned_abs();
    let leads = |event: &Event| event.error.is_none() && can_lead(case, worked, event);
    if let Some(kept) = events.get(&id) {
        let led = kept.relation != Relation::ByFunction && leads(&kept.fact);
        return (kind, u8::from(!led), far(kept.fact.time), false);
    }
    let change = worked.changes.all.iter().find(|change| change.item.record == id);
    match change.map(|change| (change, change.cause)) {
        Some((_, Some(cause))) => {
            (kind, u8::from(!leads(cause.event)), far(cause.event.time), true)
        }
        Some((change, None)) => (kind, 0, far(change.item.captured), true),
        None => (kind, 2, LAST, false),
    }
}

struct Writer<'w, 'a> {
    case: &'a Case,
    worked: &'w Correlation<'a>,
    statements: Vec<Statement>,
}

impl<'a> Writer<'_, 'a> {
    fn seen(&mut self, text: String, citations: Citations) {
        self.say(StatementKind::Seen, text, None, citations);
    }

    fn inferred(&mut self, text: String, method: &'static str, citations: Citations) {
        self.say(StatementKind::Inferred, text, Some(method), citations);
    }

    fn unknown(&mut self, text: impl Into<String>, citations: Citations) {
        self.say(StatementKind::Unknown, text.into(), None, citations);
    }

    fn say(
        &mut self,
        kind: StatementKind,
        mut text: String,
        method: Option<&'static str>,
        citations: Citations,
    ) {
        // What is cut short ends in dots enough.
        if text.ends_with("….") {
            text.pop();
        }
        self.statements.push(Statement { kind, text: text.into(), citations, method });
    }

    /// The moment that everything is measured against; a finding that does not say when the
    /// activity was first seen still says when it was made.
    fn activity(&self) -> &'static str {
        if self.case.finding.first_seen.is_some() {
            "the first activity"
        } else {
            "the making of the finding"
        }
    }

    fn finding(&self) -> Citations {
        Citations::one(&self.case.finding.record)
    }

    fn who(&self, event: &Event) -> String {
        caller(self.worked.actors.who(event), event)
    }

    fn signal(&mut self) {
        let finding = &self.case.finding;
        let name = self.case.subject.as_ref().map(|subject| clipped(&subject.name));
        let name = name.or_else(|| finding.resource_name.clone());
        let name = name.unwrap_or_else(|| "the resource".to_owned());
        let mut text = match remote(finding) {
            Some(remote) => format!("GuardDuty reports that {name} {} {remote}", finding.contact()),
            None => format!("GuardDuty reports {} for {name}", finding.kind),
        };
        match (finding.first_seen, finding.last_seen, finding.count) {
            (Some(first), Some(last), Some(count)) if count > 1 && last >= first => {
                text.push_str(&format!(
                    "; it counted the activity {} between {} and {}",
                    times(count),
                    at(first),
                    at(last)
                ));
            }
            (Some(first), ..) => text.push_str(&format!(", first at {}", at(first))),
            _ => {}
        }
        let lists: Vec<&str> =
            finding.threat_lists.iter().filter_map(|list| list.name.as_deref()).collect();
        match lists.as_slice() {
            [] => {}
            [list] => text.push_str(&format!("; it names the threat list {list}")),
            lists => text.push_str(&format!("; it names the threat lists {}", lists.join(", "))),
        }
        self.seen(format!("{text}."), self.finding());
    }
}

/// The changes of the function and its role that were recorded or caused before the first
/// activity, by the item that shows them. What was captured only afterwards, without a call that
/// dates it, may have happened later.
fn recorded_before<'w, 'a>(
    case: &Case,
    worked: &'w Correlation<'a>,
) -> BTreeMap<(Time, &'a RecordId), Vec<&'w Change<'a>>> {
    let signal = case.finding.signal();
    let mut recorded: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for change in &worked.changes.all {
        let before = signal.is_none_or(|signal| {
            change.item.captured <= signal
                || change.cause.is_some_and(|cause| cause.event.time <= signal)
        });
        let about = matches!(change.relation, Relation::Subject | Relation::Role);
        let earlier = worked.provenance.was_earlier_function(change.item.captured);
        if about && before && !earlier && change.aspect != "existence" {
            recorded.entry((change.item.captured, &change.item.record)).or_default().push(change);
        }
    }
    recorded
}

/// A sentence begins with a capital, unless its first word is a name.
fn capital(text: &str) -> String {
    for start in ["user ", "role ", "the ", "account ", "somebody ", "federated "] {
        if let Some(rest) = text.strip_prefix(start) {
            let mut letters = start.chars();
            let first = letters.next().map(|c| c.to_ascii_uppercase()).into_iter();
            return first.chain(letters).chain(rest.chars()).collect();
        }
    }
    text.to_owned()
}
