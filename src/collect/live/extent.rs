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

/// What is known of the function's beginning.
#[derive(Clone, Copy, Debug)]
pub struct Beginning {
    /// Whether a call that created it was seen.
    pub call: bool,
    /// Whether configuration items of it were seen.
    pub items: bool,
    /// Whether that first state is among them.
    pub first_item: bool,
}

/// Says what lies beyond the look-back and beyond what `CloudTrail` has by now, where it matters.
pub fn say(
    collection: &mut Collection,
    finding: &Finding,
    whole: Span,
    lookback_days: u32,
    beginning: Beginning,
) {
    let bound = format!("the look-back of {lookback_days} days ends there; raise --lookback");
    let oldest = back(whole.to, EVENT_HISTORY);
    if !beginning.call {
        let (from, reason) = if whole.from < oldest {
            (oldest, "LookupEvents reaches back 90 days and no further".to_owned())
        } else {
            (whole.from, bound.clone())
        };
        collection.gap(
            "cloudtrail",
            format!("calls before {from}"),
            reason,
            "Who created or changed something before that is not among the records; a trail's log files may hold it.",
        );
    }
    if beginning.items && !beginning.first_item {
        collection.gap(
            "config",
            format!("configuration items of the function from before {}", whole.from),
            bound,
            "Of the states before that, the last is shown at most.",
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

/// Says that other Regions were not looked at.
pub fn say_regions(collection: &mut Collection, asked: &[String]) {
    let mut asked = asked.to_vec();
    asked.dedup();
    let asked = asked.join(" and ");
    collection.gap(
        "cloudtrail",
        format!("calls in other Regions than {asked}"),
        "LookupEvents answers for one Region, and others were not asked".to_owned(),
        "What the actors of this case did elsewhere, and sessions that they started elsewhere, are not in this report; a trail of all Regions would hold them.",
    );
}
