//! What was done to the function, and what was recorded of it.

use std::collections::{BTreeMap, BTreeSet};

use super::{ITEMS_TOLD, Writer, capital, change::difference, recorded_before};
use crate::{
    correlate::{Change, Method, Origin},
    model::{Event, RecordId, Relation, Source, Time},
    report::{
        naming::{at, clipped, stretch, times},
        sentence::sentence,
        text::Citations,
        timeline::shortly_before,
    },
};

/// How many of the last such calls are told as sentences; all stand in the timeline.
const ACTS_TOLD: usize = 5;

/// How many differences of one item are told in its sentence, so that no sentence pushes
/// others out of sight; all stand in the table of changes.
const DIFFERENCES_TOLD: usize = 3;

impl<'a> Writer<'_, 'a> {
    pub(super) fn provenance(&mut self) {
        let provenance = &self.worked.provenance;
        if let Some(created) = &provenance.created {
            self.told(created.event);
        }
        if let Some((last, before)) = provenance.attempts.split_last() {
            let attempts = times(provenance.attempts.len() as u64);
            let mut codes: Vec<&str> = provenance
                .attempts
                .iter()
                .filter_map(|e| Some(e.error.as_ref()?.code.as_str()))
                .collect();
            codes.dedup();
            let first = before.first().unwrap_or(last);
            let then = if provenance.created.is_some() { " before that" } else { "" };
            let text = format!(
                "Creating the function was tried {attempts} without success{then} ({}), first by {} at {}.",
                codes.join(", "),
                self.who(first),
                at(first.time)
            );
            let citations =
                Citations::one(&last.record).and(before.iter().map(|event| &event.record));
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
            sentence(event, Relation::Subject, false),
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
        let method = running.method.unwrap_or(Method::Time);
        let published = self.case.subject.as_ref().and_then(|subject| subject.published_version());
        let how = match method {
            Method::RevisionId => {
                "the finding's revision is the one that this call was answered with"
            }
            Method::CodeSha256 if published.is_some() => {
                "the version that the finding names has the hash that this call was answered with"
            }
            Method::CodeSha256 => {
                "the hash of the finding's revision is the one that this call was answered with"
            }
            Method::LastModified => "its last-modified time is that of this call",
            _ => "it is the last such call before it; only the time says so",
        };
        let text = format!(
            "The code that ran at {} was put in place by {} with {} at {}{before}: {how} ({}).",
            self.activity(),
            self.who(event),
            event.name,
            at(event.time),
            running.confidence.word()
        );
        let citations = Citations::one(&event.record)
            .and(running.through.iter().copied())
            .and([&self.case.finding.record]);
        self.inferred(text, method.word(), citations);
    }

    /// What else was done to the function shortly before the first activity, call by call.
    pub(super) fn acts(&mut self) {
        let told: BTreeSet<&RecordId> =
            self.worked.provenance.calls().map(|event| &event.record).collect();
        let acts: Vec<&Event> = shortly_before(self.case, self.worked)
            .into_iter()
            .filter(|event| !told.contains(&event.record))
            .collect();
        for event in acts.iter().skip(acts.len().saturating_sub(ACTS_TOLD)) {
            self.told(event);
        }
    }

    /// The resource of a change; items describe `$LATEST`, which is said where the finding is
    /// about something else.
    fn recorded_name(&self, change: &Change<'_>) -> String {
        let name = clipped(change.item.name());
        let published = self.case.subject.as_ref().and_then(|subject| subject.published_version());
        match published {
            Some(version) if change.relation == Relation::Subject => {
                format!("{name} ($LATEST; the finding names version {version})")
            }
            _ => name,
        }
    }

    /// The last recorded changes of the function and its role before the first activity, and the
    /// calls behind them.
    pub(super) fn changes(&mut self) {
        let recorded = recorded_before(self.case, self.worked);
        for changes in recorded.values().skip(recorded.len().saturating_sub(ITEMS_TOLD)) {
            let Some(first) = changes.first() else { continue };
            let (item, previous) = (first.item, first.previous.map(|previous| &previous.record));
            let told = changes.iter().take(DIFFERENCES_TOLD);
            let mut told: Vec<String> = told.map(|change| difference(change)).collect();
            if let Some(more) = changes.len().checked_sub(DIFFERENCES_TOLD).filter(|more| *more > 0)
            {
                told.push(format!("and {more} more differences"));
            }
            let text = format!(
                "AWS Config's item of {} of {}: {}.",
                self.recorded_name(first),
                at(item.captured),
                told.join("; ")
            );
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
    pub(super) fn changes_before_calls(&mut self) {
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
        let count = more.len() + 1;
        let when = if more.is_empty() {
            format!("at {}", at(first))
        } else {
            format!("between {} and {}", at(first), at(last))
        };
        let why = earliest.map_or_else(
            || "no call was read".to_owned(),
            |earliest| format!("the earliest call that was read is of {}", at(earliest)),
        );
        let changes =
            if count == 1 { "the change".to_owned() } else { format!("the {count} changes") };
        let text =
            format!("Who made {changes} that AWS Config recorded {when} is not known: {why}.");
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
        let what = format!(
            "{} of {} recorded at {}",
            aspects.join(" and "),
            self.recorded_name(first),
            at(item.captured)
        );
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
}
