//! Who acted, with whose credentials, and what was refused.

use std::collections::BTreeMap;

use super::{ITEMS_TOLD, Writer, capital, recorded_before};
use crate::{
    correlate::Method,
    model::{Event, Outcome, PrincipalKind, RecordId, Relation, Time},
    report::{
        defang::defang,
        naming::{self, actor, at},
        sentence::sentence,
        text::Citations,
    },
};

impl<'a> Writer<'_, 'a> {
    pub(super) fn denied(&mut self) {
        let mut refused: BTreeMap<String, Vec<&Event>> = BTreeMap::new();
        let made = self.case.events.iter().filter(|kept| kept.relation != Relation::ByFunction);
        for event in made.map(|kept| &kept.fact).filter(|e| e.outcome() == Outcome::Denied) {
            let who = self.worked.actors.who(event).map_or_else(String::new, actor);
            refused.entry(who).or_default().push(event);
        }
        for (who, events) in refused {
            let Some((first, more)) = events.split_first() else { continue };
            let mut names: Vec<&str> = events.iter().map(|event| event.action.as_str()).collect();
            names.sort_unstable();
            names.dedup();
            let count = naming::calls(events.len());
            let text = format!("{} was refused {count}: {}.", capital(&who), names.join(", "));
            let citations =
                Citations::one(&first.record).and(more.iter().map(|event| &event.record));
            self.seen(text, citations);
        }
    }

    /// Who started the sessions, or made the keys, with which the function was created, given the
    /// code that ran, or deleted, and with which the told changes were made.
    pub(super) fn sessions(&mut self) {
        let mut calls: Vec<&Event> = self.worked.provenance.calls().collect();
        let recorded = recorded_before(self.case, self.worked);
        let told = recorded.values().skip(recorded.len().saturating_sub(ITEMS_TOLD));
        calls.extend(told.flatten().filter_map(|change| Some(change.cause?.event)));
        calls.sort_by_key(|event| event.time);
        let mut told: Vec<&RecordId> = Vec::new();
        for event in calls {
            let mut step = event;
            for start in self.worked.sessions.chain(event) {
                let led_to = step;
                step = start.event;
                if told.contains(&&step.record) {
                    continue;
                }
                told.push(&step.record);
                let (method, confidence) = start.strength;
                let link = match method {
                    Method::StackRole => {
                        "it names the role that CloudFormation then assumed".to_owned()
                    }
                    Method::SessionArn => format!(
                        "{} of {} was made in a session of that name",
                        led_to.name,
                        at(led_to.time)
                    ),
                    _ => format!(
                        "{} of {} was made with the credentials that this gave out",
                        led_to.name,
                        at(led_to.time)
                    ),
                };
                let text = format!(
                    "{} {} at {}; {link} ({}).",
                    capital(&self.who(step)),
                    sentence(step, Relation::Session, false),
                    at(step.time),
                    confidence.word()
                );
                let citations = Citations::one(&step.record).and([&led_to.record]);
                self.inferred(text, method.word(), citations);
            }
        }
    }

    /// Successful calls that created, changed or deleted the function or its role.
    fn touching(&self) -> Vec<&'a Event> {
        self.case
            .events
            .iter()
            .filter(|kept| matches!(kept.relation, Relation::Subject | Relation::Role))
            .map(|kept| &kept.fact)
            .filter(|event| event.error.is_none() && event.writes())
            .collect()
    }

    pub(super) fn own_calls(&mut self) {
        let calls: Vec<&Event> = self
            .case
            .events
            .iter()
            .filter(|kept| kept.relation == Relation::ByFunction)
            .map(|kept| &kept.fact)
            .collect();
        let Some((first, more)) = calls.split_first() else { return };
        let mut names: Vec<String> =
            calls.iter().map(|event| format!("{} {}", event.service(), event.action)).collect();
        names.sort();
        names.dedup();
        let shown = names.len().min(8);
        let rest = names.len() - shown;
        let mut list = names.into_iter().take(shown).collect::<Vec<_>>().join(", ");
        if rest > 0 {
            list.push_str(&format!(" and {rest} more"));
        }
        let stated = calls.iter().all(|event| event.identity.scope.is_some());
        let citations = Citations::one(&first.record).and(more.iter().map(|event| &event.record));
        let count = naming::calls(calls.len());
        let mut addresses: Vec<String> =
            calls.iter().filter_map(|event| event.source_ip.as_deref()).map(defang).collect();
        addresses.sort();
        addresses.dedup();
        let from = if addresses.is_empty() {
            String::new()
        } else {
            format!(" from {}", addresses.join(", "))
        };
        if stated {
            let text = format!("With credentials issued to the function: {count}{from}: {list}.");
            self.seen(text, citations);
        } else {
            let text = format!(
                "With credentials of the function: {count}{from}: {list}. The session is of its role and bears its name: the function's own work, or that of somebody who took its credentials (probable)."
            );
            self.inferred(text, Method::FunctionSession.word(), citations);
        }
    }

    /// Temporary credentials that changed the function and whose beginning was not seen.
    pub(super) fn unseen_starts(&mut self) {
        let mut met: Vec<(Option<&str>, Option<Time>)> = Vec::new();
        let mut unseen: BTreeMap<String, Vec<&Event>> = BTreeMap::new();
        for event in self.touching() {
            let maker = self.worked.actors.who(event);
            let is_session = event.identity.session_name().is_some();
            let service = maker.is_none_or(|maker| maker.principal.kind == PrincipalKind::Service);
            let session = (event.identity.arn.as_deref(), event.identity.session_created);
            if is_session
                && !service
                && !self.worked.sessions.knows_start(event)
                && !met.contains(&session)
            {
                met.push(session);
                unseen.entry(self.who(event)).or_default().push(event);
            }
        }
        for (who, events) in unseen {
            // A pipeline has a session for each of its runs.
            if let [first, .., last] = events.as_slice()
                && events.len() > ITEMS_TOLD
            {
                let text = format!(
                    "Who started the {} sessions in which {who} made changes from {} to {} is not known: the calls that started them are not in the evidence.",
                    events.len(),
                    at(first.time),
                    at(last.time)
                );
                let citations = events.iter().skip(1).map(|event| &event.record);
                self.unknown(text, Citations::one(&first.record).and(citations));
                continue;
            }
            for event in events {
                let text = format!(
                    "Who started the session in which {who} called {} at {} is not known: the call that started it is not in the evidence.",
                    event.name,
                    at(event.time)
                );
                self.unknown(text, Citations::one(&event.record));
            }
        }
    }
}
