//! Moments, as `CloudTrail` and its log files write them.

use jiff::{Timestamp, tz::TimeZone};

use super::Fallible;

fn form(second: i64, form: &str) -> String {
    let at = Timestamp::from_second(second).expect("a moment of this century");
    at.to_zoned(TimeZone::UTC).strftime(form).to_string()
}

/// `2026-11-20T02:11:47Z`.
pub fn iso(second: i64) -> String {
    form(second, "%Y-%m-%dT%H:%M:%SZ")
}

/// `20261120T0215Z`, as in the names of log files.
pub fn stamp(second: i64) -> String {
    form(second, "%Y%m%dT%H%MZ")
}

/// `2026/11/20`, as in their folders.
pub fn folders(second: i64) -> String {
    form(second, "%Y/%m/%d")
}

/// `Nov 20, 2026, 2:11:47 AM`, as in what some services answer.
pub fn spoken(second: i64) -> String {
    form(second, "%b %-d, %Y, %-I:%M:%S %p")
}

/// Reads `2026-11-20T02:11:47Z`.
pub fn seconds(text: &str) -> Fallible<i64> {
    Ok(text.parse::<Timestamp>()?.as_second())
}
