//! What was seen, what is inferred, and what is not known.
//!
//! The three are never mixed: a sentence stands under *seen* only when the records it cites say all of it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    naming::{actor, at, brief_hash, caller, contact, remote, short, stretch},
    sentence::sentence,
    text::{Citations, Json, Visible},
    view::{Statement, StatementKind},
};
use crate::{
    correlate::{Change, Correlation, Doubt, Method, Origin},
    model::{
        Case, Event, Outcome, PrincipalKind, RecordId, Relation, Source, Time,
    },
};

/// How many items with changes are told as sentences; all changes stand in their table.
const ITEMS_TOLD: usize = 4;

/// All statements: seen first, then inferred, then unknown.
pub fn statements(case: &Case, worked: &Correlation<'_>) -> Vec<Statement> {
    let mut writer = Writer { case, worked, statements: Vec::new() };
    writer.signal();
    if case.subject.is_some() {
        writer.provenance();
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
    writer.statements.sort_by_key(|statement| statement.kind);
    writer.statements
}

struct Writer<'w, 'a> {
    case: &'a Case,
    worked: &'w Correlation<'a>,
    statements: Vec<Statement>,
}

impl<'a> Writer<'_, 'a> {
    fn seen(&mut self, text: String, citations: Citations) {
        let text = text.into();
        self.statements.push(Statement { kind: StatementKind::Seen, text, citations, method: None });
    }

    fn inferred(&mut self, text: String, method: &'static str, citations: Citations) {
        let kind = StatementKind::Inferred;
        self.statements.push(Statement { kind, text: text.into(), citations, method: Some(method) });
    }

    fn unknown(&mut self, text: impl Into<String>, citations: Citations) {
        let text = text.into().into();
        self.statements.push(Statement { kind: StatementKind::Unknown, text, citations, method: None });
    }

    fn finding(&self) -> Citations {
        Citations::one(&self.case.finding.record)
    }

    fn who(&self, event: &Event) -> String {
        caller(self.worked.actors.who(event), event)
    }

    fn signal(&mut self) {
        let finding = &self.case.finding;
        let name = self.case.subject.as_ref().map(|subject| subject.name.clone());
        let name = name.or_else(|| finding.resource_name.clone());
        let name = name.unwrap_or_else(|| "the resource".to_owned());
        let mut text = match remote(finding) {
            Some(remote) => format!("GuardDuty reports that {name} {} {remote}", contact(finding)),
            None => format!("GuardDuty reports {} for {name}", finding.kind),
        };
        match (finding.first_seen, finding.last_seen, finding.count) {
            (Some(first), Some(last), Some(count)) if count > 1 => {
                text.push_str(&format!(" {count} times between {} and {}", at(first), at(last)));
            }
            (Some(first), ..) => text.push_str(&format!(", first at {}", at(first))),
            _ => {}
        }
        if let Some(list) = finding.threat_lists.iter().find_map(|list| list.name.as_deref()) {
            text.push_str(&format!("; the threat list {list} names that host"));
        }
        self.seen(format!("{text}."), self.finding());
    }

    fn provenance(&mut self) {
        let provenance = &self.worked.provenance;
        if let Some(created) = &provenance.created {
            self.told(created.event);
        }
        if let Some((last, before)) = provenance.attempts.split_last() {
            let attempts = provenance.attempts.len();
            let mut codes: Vec<&str> =
                provenance.attempts.iter().filter_map(|e| Some(e.error.as_ref()?.code.as_str())).collect();
            codes.dedup();
            let times = if attempts == 1 { "once".to_owned() } else { format!("{attempts} times") };
            let text = format!(
                "Creating the function was tried {times} without success before ({}), first at {}.",
                codes.join(", "),
                at(before.first().unwrap_or(last).time)
            );
            let citations = Citations::one(&last.record).and(before.iter().map(|event| &event.record));
            self.seen(text, citations);
        }
        if let Some(running) = &provenance.running {
            self.running(running);
        }
        if let Some(deleted) = &provenance.deleted {
            self.told(deleted.event);
        }
    }

    /// A call as its own record tells it.
    fn told(&mut self, event: &Event) {
        let text = format!(
            "{} {} at {}.",
            capital(&self.who(event)),
            sentence(event, Relation::Subject),
            at(event.time)
        );
        self.seen(text, Citations::one(&event.record));
    }

    fn running(&mut self, running: &Origin<'a>) {
        let event = running.event;
        let created = self.worked.provenance.created.as_ref();
        if created.is_none_or(|created| created.event.record != event.record) {
            self.told(event);
        }
        let before = self.case.finding.signal().map_or_else(String::new, |signal| {
            format!(", {} before it", stretch(signal.seconds_since(event.time)))
        });
        let method = running.method.map_or("time", |method| method.word());
        let how = match method {
            "revision_id" => "the finding's revision is the one that this call was answered with",
            "code_sha256" => "the hash of the finding's revision is the one that this call was answered with",
            "last_modified" => "its last-modified time is that of this call",
            _ => "it is the last such call before it; only the time says so",
        };
        let text = format!(
            "The code that ran at the first activity was put in place by {} with {} at {}{before}: {how} ({}).",
            self.who(event),
            event.name,
            at(event.time),
            running.confidence.word()
        );
        let citations = Citations::one(&event.record)
            .and(running.through.iter().copied())
            .and([&self.case.finding.record]);
        self.inferred(text, method, citations);
    }

    /// The last recorded changes of the function and its role before the first activity, and the
    /// calls behind them.
    fn changes(&mut self) {
        let recorded = recorded_before(self.case, self.worked);
        for changes in recorded.values().skip(recorded.len().saturating_sub(ITEMS_TOLD)) {
            let Some(first) = changes.first() else { continue };
            let (item, previous) = (first.item, first.previous.map(|previous| &previous.record));
            let told: Vec<String> = changes.iter().map(|change| difference(change)).collect();
            let text =
                format!("AWS Config recorded of {} at {}: {}.", item.name(), at(item.captured), told.join("; "));
            self.seen(text, Citations::one(&item.record).and(previous));
            let mut causes: BTreeMap<Option<(&RecordId, &str)>, Vec<&Change<'_>>> = BTreeMap::new();
            for change in changes {
                let cause = change.cause.map(|c| (&c.event.record, c.strength.0.word()));
                causes.entry(cause).or_default().push(change);
            }
            for together in causes.into_values() {
                self.cause(&together);
            }
        }
    }

    /// Changes recorded before the earliest call that was read, which no call can explain.
    fn changes_before_calls(&mut self) {
        let earliest = self.earliest_call();
        let recorded = recorded_before(self.case, self.worked);
        let mut items = recorded
            .iter()
            .filter(|(_, changes)| changes.iter().any(|change| change.cause.is_none()))
            .map(|(item, _)| *item)
            .filter(|(captured, _)| earliest.is_none_or(|earliest| *captured < earliest));
        let Some((first, record)) = items.next() else { return };
        let more: Vec<(Time, &RecordId)> = items.collect();
        let last = more.last().map_or(first, |(captured, _)| *captured);
        let when = if more.is_empty() {
            format!("at {}", at(first))
        } else {
            format!("{} times between {} and {}", more.len() + 1, at(first), at(last))
        };
        let why = earliest.map_or_else(
            || "no call was read".to_owned(),
            |earliest| format!("the earliest call that was read is of {}", at(earliest)),
        );
        let text = format!("Who made the changes that AWS Config recorded {when} is not known: {why}.");
        self.unknown(text, Citations::one(record).and(more.into_iter().map(|(_, record)| record)));
    }

    fn earliest_call(&self) -> Option<Time> {
        let calls = self.case.coverage.iter().find(|c| c.source == Source::CloudTrail)?;
        calls.from
    }

    /// The call behind changes that one item shows.
    fn cause(&mut self, changes: &[&Change<'_>]) {
        let Some(first) = changes.first() else { return };
        let item = first.item;
        let mut aspects: Vec<&str> = changes.iter().map(|change| change.aspect).collect();
        aspects.dedup();
        let what = format!("{} of {} recorded at {}", aspects.join(" and "), item.name(), at(item.captured));
        match &first.cause {
            Some(cause) => {
                let (method, confidence) = cause.strength;
                let event = cause.event;
                let text = format!(
                    "The change of {what} came from {} by {} at {} ({}).",
                    event.name,
                    self.who(event),
                    at(event.time),
                    confidence.word()
                );
                let citations = Citations::one(&event.record).and([&item.record]);
                self.inferred(text, method.word(), citations);
            }
            // What lies before the first call that was read is told together.
            None if self.earliest_call().is_none_or(|earliest| item.captured < earliest) => {}
            None => {
                let text = format!("No call in the evidence explains the change of {what}.");
                let previous = first.previous.map(|previous| &previous.record);
                self.unknown(text, Citations::one(&item.record).and(previous));
            }
        }
    }

    fn denied(&mut self) {
        let mut refused: BTreeMap<String, Vec<&Event>> = BTreeMap::new();
        let calls = self.case.events.iter().filter(|kept| kept.relation != Relation::ByFunction);
        for event in calls.map(|kept| &kept.fact).filter(|e| e.outcome() == Outcome::Denied) {
            let who = self.worked.actors.who(event).map_or_else(String::new, actor);
            refused.entry(who).or_default().push(event);
        }
        for (who, events) in refused {
            let Some((first, more)) = events.split_first() else { continue };
            let mut names: Vec<&str> = events.iter().map(|event| event.action.as_str()).collect();
            names.sort_unstable();
            names.dedup();
            let count = if more.is_empty() { "one call".to_owned() } else { format!("{} calls", events.len()) };
            let text = format!("{} was refused {count}: {}.", capital(&who), names.join(", "));
            let citations = Citations::one(&first.record).and(more.iter().map(|event| &event.record));
            self.seen(text, citations);
        }
    }

    /// Who started the sessions, or made the keys, with which the function was created, given the
    /// code that ran, or deleted, and with which the told changes were made.
    fn sessions(&mut self) {
        let provenance = &self.worked.provenance;
        let origins = [&provenance.created, &provenance.running, &provenance.deleted];
        let mut calls: Vec<&Event> = origins.into_iter().flatten().map(|origin| origin.event).collect();
        let recorded = recorded_before(self.case, self.worked);
        let told = recorded.values().skip(recorded.len().saturating_sub(ITEMS_TOLD));
        calls.extend(told.flatten().filter_map(|change| Some(change.cause?.event)));
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
                    Method::StackRole => format!(
                        "it names the role for which {} was called",
                        led_to.name
                    ),
                    _ => format!("{} was called with the credentials of that", led_to.name),
                };
                let text = format!(
                    "{} {} at {}; {link} ({}).",
                    capital(&self.who(step)),
                    sentence(step, Relation::Session),
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

    fn own_calls(&mut self) {
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
        let count = if more.is_empty() { "one".to_owned() } else { calls.len().to_string() };
        if stated {
            self.seen(format!("The function itself made {count} of the recorded calls: {list}."), citations);
        } else {
            let text = format!(
                "The function itself made {count} of the recorded calls: {list}. The session is of its role and bears its name."
            );
            self.inferred(text, Method::FunctionSession.word(), citations);
        }
    }

    fn doubts(&mut self) {
        let provenance = &self.worked.provenance;
        let (created, running) = (provenance.created.is_some(), provenance.running.is_some());
        let mut explained = false;
        for doubt in &provenance.doubts {
            match doubt {
                Doubt::CreatedAgainUnseen(record) => self.unknown(
                    "Who created the function is not known: it was deleted after the last creation that was seen, and before the first activity, so it was created once more by a call that is not in the evidence.",
                    Citations::one(record),
                ),
                Doubt::CreatedLater(event) => self.unknown(
                    format!("Who created the function is not known: the only creation in the evidence, at {}, came after the first activity.", at(event.time)),
                    Citations::one(&event.record),
                ),
                Doubt::DeployedUnseen { code_sha256, stated } => {
                    explained = true;
                    self.unknown(
                        format!("Who put in place the code that ran (hash {}) is not known: no call in the evidence was answered with that hash.", brief_hash(code_sha256)),
                        Citations::one(stated).and([&self.case.finding.record]),
                    );
                }
                Doubt::ReplacedBefore(event) => self.unknown(
                    format!("Which code ran is not certain: the finding names the state before {} at {}, which replaced the code before the first activity.", event.name, at(event.time)),
                    Citations::one(&event.record).and([&self.case.finding.record]),
                ),
                Doubt::DetailsAreLater => self.unknown(
                    "The finding describes the function as it was modified after the first activity, so its revision does not tell what ran then.",
                    self.finding(),
                ),
                Doubt::VersionUnseen(version) => {
                    explained = true;
                    self.unknown(
                        format!("Which code ran is not known: the finding names version {version}, and the call that published it is not in the evidence."),
                        self.finding(),
                    );
                }
                Doubt::ModifiedUnseen(time) => self.unknown(
                    format!("The function was modified at {} by a call that is not in the evidence; it may have changed the code.", at(*time)),
                    self.finding(),
                ),
            }
        }
        let told_creation = provenance
            .doubts
            .iter()
            .any(|doubt| matches!(doubt, Doubt::CreatedAgainUnseen(_) | Doubt::CreatedLater(_)));
        if !created && !told_creation {
            self.unknown("Who created the function, when and from what code is not known: no successful CreateFunction call for it is in the evidence.", self.finding());
        }
        if !running && !explained {
            self.unknown("Who put in place the code that ran at the first activity is not known: no call that did so is in the evidence.", self.finding());
        }
    }

    /// Temporary credentials that changed the function and whose beginning was not seen.
    fn unseen_starts(&mut self) {
        let mut told: Vec<(Option<&str>, Option<Time>)> = Vec::new();
        for event in self.touching() {
            let maker = self.worked.actors.who(event);
            let is_session = event.identity.session_name().is_some();
            let service = maker.is_none_or(|maker| maker.principal.kind == PrincipalKind::Service);
            let session = (event.identity.arn.as_deref(), event.identity.session_created);
            if !is_session || service || self.worked.sessions.knows_start(event) || told.contains(&session) {
                continue;
            }
            told.push(session);
            let text = format!(
                "Who started the session in which {} called {} at {} is not known: the call that started it is not in the evidence.",
                self.who(event),
                event.name,
                at(event.time)
            );
            self.unknown(text, Citations::one(&event.record));
        }
    }

    fn unrecorded(&mut self) {
        let calls = &self.worked.changes.unrecorded;
        let Some((first, more)) = calls.split_first() else { return };
        let mut names: Vec<String> =
            calls.iter().map(|event| format!("{} at {}", event.name, at(event.time))).collect();
        let rest = names.len().saturating_sub(8);
        names.truncate(8);
        let mut list = names.join(", ");
        if rest > 0 {
            list.push_str(&format!(" and {rest} more"));
        }
        let text = format!("AWS Config recorded no change that was tied to these calls: {list}.");
        let citations = Citations::one(&first.record).and(more.iter().map(|event| &event.record));
        self.unknown(text, citations);
    }

    fn not_followed(&mut self) {
        let kind = self.case.finding.resource_type.as_deref().unwrap_or("another resource type");
        let text = format!("The history of this resource ({kind}) is not followed yet: casefile follows Lambda functions.");
        self.unknown(text, self.finding());
    }

    fn traffic(&mut self) {
        if self.case.finding.remotes.is_empty() {
            return;
        }
        self.unknown("What was sent and received is not known: GuardDuty, AWS Config and CloudTrail do not record the content of connections.", self.finding());
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
        if about && before && change.aspect != "existence" {
            recorded.entry((change.item.captured, &change.item.record)).or_default().push(change);
        }
    }
    recorded
}

/// A difference in words: `timeout went from 3 to 900`.
fn difference(change: &Change<'_>) -> String {
    let named = match change.path.rsplit_once('/') {
        Some((_, key)) if change.aspect == "tags" => {
            format!("tag {}", key.replace("~1", "/").replace("~0", "~"))
        }
        _ => change.aspect.to_owned(),
    };
    let aspect = change.aspect;
    match (&change.before, &change.after) {
        (Value::Null, after) => format!("{named}: {} was added", brief(after, aspect)),
        (before, Value::Null) => format!("{named}: {} was removed", brief(before, aspect)),
        (before, after) => {
            format!("{named} went from {} to {}", brief(before, aspect), brief(after, aspect))
        }
    }
}

/// A value in few words: a policy by its name, a policy statement by whom it allows what.
fn brief(value: &Value, aspect: &str) -> String {
    let member = |name: &str| value.get(name).map(|member| match member {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    });
    if let Some(arn) = member("policyArn") {
        return short(&arn);
    }
    if let Some(name) = member("policyName") {
        return name;
    }
    if let (Some(effect), Some(action)) = (member("Effect"), member("Action")) {
        let who = value.get("Principal").map_or_else(String::new, |principal| match principal {
            Value::String(who) => format!(" to {who}"),
            Value::Object(kinds) => {
                let who: Vec<String> = kinds.values().map(|who| Json(who.clone()).visible().into_owned()).collect();
                format!(" to {}", who.join(", "))
            }
            _ => String::new(),
        });
        let name = member("Sid").map_or_else(String::new, |sid| format!(" {sid}"));
        return format!("the statement{name} ({effect} {action}{who})");
    }
    let text = Json(value.clone()).visible().split_whitespace().collect::<Vec<_>>().join(" ");
    if aspect == "code" {
        return brief_hash(&text);
    }
    let cut: String = text.chars().take(100).collect();
    if cut.len() < text.len() { format!("{cut}…") } else { cut }
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
