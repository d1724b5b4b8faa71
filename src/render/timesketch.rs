//! The timeline as Timesketch takes it in.
//!
//! Timesketch asks for `message`, `datetime` and `timestamp_desc`, and keeps every other column as
//! it comes. It reads the times of a CSV in the form of the first of them and drops rows in another,
//! so all have six decimals here; `time` has those that the source gave. An empty cell of the column
//! `tag` would become a tag called `nan`, so tags are a JSON list, of which both readers know.

use std::borrow::Cow;

use serde::Serialize;

use crate::report::{Report, TimelineRow, Visible};

/// A row of the timeline. The names of the members are those of the columns.
#[derive(Debug, Serialize)]
pub struct Event<'a> {
    /// What happened, in one sentence.
    pub message: String,
    /// When, in UTC with six decimals and its offset.
    pub datetime: String,
    /// What moment that is.
    pub timestamp_desc: &'a str,
    /// When, with the decimals that the source gave.
    pub time: &'a str,
    /// The same on the second clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local_time: Option<&'a str>,
    /// guardduty | config | cloudtrail.
    pub source: &'static str,
    /// The event's name, the item's status, or the finding's moment.
    pub name: Cow<'a, str>,
    /// Who did it.
    pub actor: Option<Cow<'a, str>>,
    /// On what.
    pub target: Option<Cow<'a, str>>,
    /// ok | denied | failed.
    pub outcome: &'static str,
    /// read | write.
    pub access: Option<&'static str>,
    /// Why it is here.
    pub relation: &'static str,
    /// Whether it belongs to what led to the finding.
    pub key: bool,
    /// The row's id.
    pub row: Cow<'a, str>,
    /// The id of its record.
    pub record: String,
    /// `key`, `denied`, `failed`.
    pub tag: Vec<&'static str>,
}

/// Every row of the timeline.
pub fn events(report: &Report) -> impl Iterator<Item = Event<'_>> {
    report.timeline.iter().map(event)
}

fn event(row: &TimelineRow) -> Event<'_> {
    let mut tag = Vec::new();
    tag.extend(row.key.then_some("key"));
    tag.extend((row.outcome != "ok").then_some(row.outcome));
    Event {
        message: message(row),
        datetime: six_decimals(&row.time.utc),
        timestamp_desc: match row.source {
            "config" => "configuration captured",
            "cloudtrail" => "call made",
            _ => row.name.raw(),
        },
        time: &row.time.utc,
        local_time: row.time.local.as_deref(),
        source: row.source,
        name: row.name.visible(),
        actor: row.actor.as_ref().map(Visible::visible),
        target: row.target.as_ref().map(Visible::visible),
        outcome: row.outcome,
        access: row.access,
        relation: row.relation,
        key: row.key,
        row: row.id.visible(),
        record: row.citation.to_string(),
        tag,
    }
}

/// Who did what; of a configuration item, what it is of and what it says.
fn message(row: &TimelineRow) -> String {
    let text = row.text.visible();
    match (&row.actor, &row.target) {
        (Some(actor), _) => format!("{} {text}", actor.visible()),
        (None, Some(target)) if row.source == "config" => format!("{}: {text}", target.visible()),
        _ => text.into_owned(),
    }
}

/// `2026-11-20T02:11:47.120000+00:00` for `2026-11-20T02:11:47.12Z`; finer decimals are cut off.
fn six_decimals(utc: &str) -> String {
    let Some(moment) = utc.strip_suffix('Z') else { return utc.to_owned() };
    let (seconds, decimals) = moment.split_once('.').unwrap_or((moment, ""));
    let decimals: String = decimals.chars().chain(std::iter::repeat('0')).take(6).collect();
    format!("{seconds}.{decimals}+00:00")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_time_has_six_decimals_and_its_offset() {
        for (utc, datetime) in [
            ("2026-11-20T02:11:47Z", "2026-11-20T02:11:47.000000+00:00"),
            ("2026-11-20T02:11:47.1Z", "2026-11-20T02:11:47.100000+00:00"),
            ("2026-11-20T02:11:47.123456789Z", "2026-11-20T02:11:47.123456+00:00"),
        ] {
            assert_eq!(six_decimals(utc), datetime);
        }
    }
}
