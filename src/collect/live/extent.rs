//! How far back a case is looked at, and what lies beyond.

use jiff::Timestamp;

use super::collection::Collection;
use crate::{
    model::{Finding, Time},
    source::Span,
};

/// `CloudTrail`'s event history reaches back so many days.
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html>
const EVENT_HISTORY: u32 = 90;

/// `CloudTrail` delivers events within so many seconds, as a rule.
const DELIVERY: i64 = 15 * 60;

const DAY: i64 = 24 * 3600;

/// From so many days before the activity until now.
pub fn whole(finding: &Finding, lookback_days: u32, now: Timestamp) -> Span {
    let now = whole_seconds(now);
    let activity = finding.signal().unwrap_or(now);
    // Where this machine's clock is behind, the activity is still looked at.
    let to = now.max(finding.last_seen.unwrap_or(activity)).max(activity);
    Span { from: back(activity, lookback_days), to }
}

/// The part of what is looked at that `CloudTrail`'s event history can have held when the finding
/// was made.
pub fn trail(whole: Span, finding: &Finding) -> Span {
    let from = finding.signal().map(|time| back(time, EVENT_HISTORY));
    Span::new(from.map_or(whole.from, |from| from.max(whole.from)), whole.to).unwrap_or(whole)
}

fn whole_seconds(time: Timestamp) -> Time {
    Time::from(Timestamp::from_second(time.as_second()).unwrap_or_default())
}

/// So many days before a moment, in whole seconds.
fn back(time: Time, days: u32) -> Time {
    whole_seconds(time.timestamp()).plus_seconds(-i64::from(days) * DAY)
}

/// Says what no question can reach.
pub fn say(collection: &mut Collection, finding: &Finding, whole: Span) {
    let oldest = back(whole.to, EVENT_HISTORY);
    if whole.from < oldest {
        collection.gap(
            "cloudtrail",
            format!("calls before {oldest}"),
            "LookupEvents reaches back 90 days and no further".to_owned(),
            "Who created or changed something before that is not among the records; a trail's log files may hold it.",
        );
    }
    let latest = finding.last_seen.max(finding.updated);
    if latest.is_some_and(|latest| whole.to.seconds_since(latest) < DELIVERY) {
        collection.gap(
            "cloudtrail",
            format!("calls of the quarter of an hour before {}", whole.to),
            "CloudTrail delivers events some minutes after the call".to_owned(),
            "The latest calls may be missing; collect once more a little later.",
        );
    }
}
