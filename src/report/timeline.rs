//! Everything that happened, merged in the order of time.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    lead::{SHORTLY, can_lead, lasts},
    naming,
    sentence::{sentence, target},
    text::{Cite, Text, When},
    view::TimelineRow,
};
use crate::{
    correlate::{Change, Correlation, is_dry_run, subject_calls},
    model::{Case, Event, ItemStatus, Kept, Outcome, RecordId, Relation, Source, Time},
};

/// A silence of this many seconds is a row of its own.
const SILENCE: i64 = 3600;

/// The rows of the timeline.
pub fn timeline(
    case: &Case,
    worked: &Correlation<'_>,
    when: &dyn Fn(Time) -> When,
) -> Vec<TimelineRow> {
    let key = key_records(case, worked);
    let mut rows: Vec<(Time, TimelineRow)> = finding_rows(case, when);
    rows.extend(item_rows(case, worked, &key, when));
    rows.extend(case.events.iter().map(|kept| {
        (kept.fact.time, event_row(kept, worked, key.contains(&kept.fact.record), when))
    }));
    rows.sort_by(|a, b| (a.0, a.1.source, &a.1.id).cmp(&(b.0, b.1.source, &b.1.id)));
    let mut previous: Option<Time> = None;
    rows.into_iter()
        .map(|(time, mut row)| {
            row.silence = previous.filter(|previous| time.seconds_since(*previous) >= SILENCE).map(
                |previous| format!("no record for {}", naming::silence(previous, time)).into(),
            );
            previous = Some(time);
            row
        })
        .collect()
}

/// The records of what led to the finding: the provenance, what changed the function before the
/// first activity, and the starts of the sessions in which that was done.
fn key_records(case: &Case, worked: &Correlation<'_>) -> BTreeSet<RecordId> {
    let signal = case.finding.signal();
    let provenance = &worked.provenance;
    let led = |event: &&Event| signal.is_none_or(|signal| event.time <= signal);
    let mut calls: Vec<&Event> = provenance.calls().filter(led).collect();
    let mut key: BTreeSet<RecordId> = BTreeSet::new();
    for change in in_force(case, worked) {
        let before = signal.is_none_or(|signal| change.item.captured <= signal);
        let about = matches!(change.relation, Relation::Subject | Relation::Role)
            && change.aspect != "tags"
            && change.cause.is_none_or(|cause| can_lead(case, worked, cause.event))
            && (lasts(change.aspect)
                || signal
                    .is_none_or(|signal| signal.seconds_since(change.item.captured) <= SHORTLY));
        if let Some(cause) = change.cause
            && about
            && !provenance.was_earlier_function(cause.event.time)
            && (before || signal.is_some_and(|signal| cause.event.time <= signal))
        {
            calls.push(cause.event);
            key.insert(change.item.record.clone());
        }
    }
    calls.extend(shortly_before(case, worked));
    for call in calls {
        key.insert(call.record.clone());
        key.extend(worked.sessions.chain(call).iter().map(|start| start.event.record.clone()));
    }
    key
}

/// Of the changes of one field, the last up to the first activity: those before it were undone or
/// replaced.
fn in_force<'w, 'a>(case: &Case, worked: &'w Correlation<'a>) -> Vec<&'w Change<'a>> {
    let signal = case.finding.signal();
    let mut last: BTreeMap<(&str, &str, &str), &Change<'a>> = BTreeMap::new();
    for change in &worked.changes.all {
        let made = change.cause.map_or(change.item.captured, |cause| cause.event.time);
        if signal.is_none_or(|signal| made <= signal) {
            last.insert((&change.item.resource_type, change.item.name(), &change.path), change);
        }
    }
    last.into_values().collect()
}

/// Successful calls that changed something about the function shortly before the first activity.
pub fn shortly_before<'a>(case: &'a Case, worked: &Correlation<'a>) -> Vec<&'a Event> {
    let Some(signal) = case.finding.signal() else { return Vec::new() };
    subject_calls(case)
        .filter(|event| event.outcome() == Outcome::Ok && event.writes() && !is_dry_run(event))
        .filter(|event| event.time <= signal && signal.seconds_since(event.time) <= SHORTLY)
        .filter(|event| !worked.provenance.was_earlier_function(event.time))
        .filter(|event| can_lead(case, worked, event))
        .collect()
}

fn finding_rows(case: &Case, when: &dyn Fn(Time) -> When) -> Vec<(Time, TimelineRow)> {
    let finding = &case.finding;
    let thing = case.subject.as_ref().map(|subject| naming::clipped(&subject.name));
    let thing = thing.or_else(|| finding.resource_name.clone());
    let contact = naming::remote(finding).map_or_else(
        || "showed the activity of the finding".to_owned(),
        |remote| format!("{} {remote}", finding.contact()),
    );
    let count = finding.count.map_or_else(String::new, |count| format!(", {count} times in all"));
    let moments = [
        ("first seen", finding.first_seen, format!("{contact} for the first time")),
        (
            "last seen",
            finding.last_seen.filter(|last| Some(*last) != finding.first_seen),
            format!("{contact} for the last time that GuardDuty counted{count}"),
        ),
        ("finding created", finding.created, "GuardDuty made the finding".to_owned()),
        (
            "finding updated",
            finding.updated.filter(|updated| Some(*updated) != finding.created),
            "GuardDuty updated the finding".to_owned(),
        ),
    ];
    moments
        .into_iter()
        .filter_map(|(name, time, text)| {
            let time = time?;
            let row = TimelineRow {
                id: format!("{}-{}", finding.record, name.replace(' ', "-")).into(),
                time: when(time),
                source: Source::GuardDuty.word(),
                name: name.into(),
                actor: if name.ends_with("seen") { thing.clone().map(Text::from) } else { None },
                text: text.into(),
                target: thing.clone().map(Text::from),
                outcome: Outcome::Ok.word(),
                access: None,
                relation: Relation::Finding.word(),
                key: name == "first seen",
                citation: Cite::from(&finding.record),
                silence: None,
            };
            Some((time, row))
        })
        .collect()
}

fn item_rows(
    case: &Case,
    worked: &Correlation<'_>,
    key: &BTreeSet<RecordId>,
    when: &dyn Fn(Time) -> When,
) -> Vec<(Time, TimelineRow)> {
    let mut changed: BTreeMap<&RecordId, Vec<&Change<'_>>> = BTreeMap::new();
    for change in &worked.changes.all {
        changed.entry(&change.item.record).or_default().push(change);
    }
    let mut met: BTreeSet<(&str, &str)> = BTreeSet::new();
    case.items
        .iter()
        .map(|kept| {
            let item = &kept.fact;
            let first = met.insert((&item.resource_type, item.name()));
            let mut aspects: Vec<&str> = changed
                .get(&item.record)
                .into_iter()
                .flatten()
                .map(|change| change.aspect)
                .filter(|aspect| *aspect != "existence")
                .collect();
            aspects.dedup();
            let (name, text) = match &item.status {
                ItemStatus::Discovered => {
                    ("ResourceDiscovered".to_owned(), "recorded for the first time".to_owned())
                }
                ItemStatus::Deleted => {
                    ("ResourceDeleted".to_owned(), "recorded as deleted".to_owned())
                }
                ItemStatus::Ok if first => {
                    ("OK".to_owned(), "recorded; this is the first item that was read".to_owned())
                }
                ItemStatus::Ok if aspects.is_empty() => {
                    ("OK".to_owned(), "recorded, with no difference to the item before".to_owned())
                }
                ItemStatus::Ok => {
                    ("OK".to_owned(), format!("recorded a change of {}", aspects.join(", ")))
                }
                ItemStatus::Other(status) => (status.clone(), format!("recorded as {status}")),
            };
            let row = TimelineRow {
                id: item.record.0.clone().into(),
                time: when(item.captured),
                source: Source::Config.word(),
                name: name.into(),
                actor: None,
                text: text.into(),
                target: Some(
                    format!(
                        "{} {}",
                        naming::clipped(&item.resource_type),
                        naming::clipped(item.name())
                    )
                    .into(),
                ),
                outcome: Outcome::Ok.word(),
                access: None,
                relation: kept.relation.word(),
                key: key.contains(&item.record),
                citation: Cite::from(&item.record),
                silence: None,
            };
            (item.captured, row)
        })
        .collect()
}

fn event_row(
    kept: &Kept<Event>,
    worked: &Correlation<'_>,
    key: bool,
    when: &dyn Fn(Time) -> When,
) -> TimelineRow {
    let event = &kept.fact;
    let earlier = worked.provenance.was_earlier_function(event.time);
    TimelineRow {
        id: event.record.0.clone().into(),
        time: when(event.time),
        source: Source::CloudTrail.word(),
        name: event.name.clone().into(),
        actor: Some(naming::caller(worked.actors.who(event), event).into()),
        text: sentence(event, kept.relation, earlier).into(),
        target: target(event, kept.relation).map(Text::from),
        outcome: event.outcome().word(),
        access: event.read_only.map(|read_only| if read_only { "read" } else { "write" }),
        relation: kept.relation.word(),
        key,
        citation: Cite::from(&event.record),
        silence: None,
    }
}
