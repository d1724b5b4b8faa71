//! Times: milliseconds since 1970 inside, as each wire has them outside.

use jiff::{Timestamp, tz::TimeZone};
use serde_json::Value;

/// Seven days.
pub const WEEK: i64 = 7 * DAY;
/// A day.
pub const DAY: i64 = 24 * 60 * 60 * 1000;

/// A number of seconds, with or without a fraction.
pub fn milliseconds(seconds: &Value) -> Option<i64> {
    let seconds = seconds.as_f64()?;
    #[expect(clippy::cast_possible_truncation, reason = "every time that is used here fits")]
    Some((seconds * 1000.0).round() as i64)
}

/// The header `Date`.
pub fn http_date(time: Timestamp) -> String {
    time.to_zoned(TimeZone::UTC).strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// The header `X-Amz-Date`.
pub fn amz_date(time: Timestamp) -> String {
    time.to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%SZ").to_string()
}
