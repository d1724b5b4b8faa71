//! Moments, with the precision their source had.

use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
};

use jiff::{Timestamp, ToSpan, civil::DateTime, fmt::strtime, tz::TimeZone};

/// A moment in UTC that remembers how many decimals of a second its source gave.
///
/// `CloudTrail` says whole seconds, AWS Config milliseconds, Lambda's `lastModified` milliseconds
/// with an offset that lacks its colon. A report repeats that precision and adds none.
///
/// Two moments are equal when they are the same moment, however many decimals each was given.
#[derive(Clone, Copy)]
pub struct Time {
    at: Timestamp,
    digits: u8,
}

impl Time {
    /// Reads every spelling that the three services use: RFC 3339, offsets without a colon
    /// (`+0000`), the basic form `20131102T010628Z`, the STS expiration
    /// `Jul 10, 2023, 12:09:47 PM` (UTC), and epoch seconds or milliseconds in text.
    ///
    /// A text without an offset is refused rather than guessed at.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Ok(at) = text.parse::<Timestamp>() {
            // No record is older than AWS, and no clock is a day away from UTC.
            let far = text.get(19..).and_then(|rest| rest.rsplit_once(['+', '-']));
            let far = far.and_then(|(_, offset)| offset.get(..2)?.parse::<u8>().ok());
            if at.as_second() < 0 || far.is_some_and(|hours| hours > 14) {
                return None;
            }
            return Some(Self { at, digits: precision(at, decimals(text)) });
        }
        if let Ok(at) = strtime::parse("%Y%m%dT%H%M%SZ", text).and_then(|parts| parts.to_datetime())
        {
            return Self::utc(at);
        }
        for expiration in ["%b %d, %Y, %I:%M:%S %p", "%b %d, %Y %I:%M:%S %p"] {
            if let Ok(at) = strtime::parse(expiration, text).and_then(|parts| parts.to_datetime()) {
                return Self::utc(at);
            }
        }
        Self::from_epoch(text)
    }

    /// Reads epoch seconds with an optional fraction (`1539799966.921`), or whole epoch
    /// milliseconds, from the number's own text, so that no decimal is invented.
    pub fn from_epoch(number: &str) -> Option<Self> {
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let whole: i64 = whole.parse().ok()?;
        if !fraction.bytes().all(|digit| digit.is_ascii_digit()) {
            return None;
        }
        // No service of these kept records before 2001: a smaller number is a date without its
        // dashes, a count, or anything else.
        if whole < 1_000_000_000 {
            return None;
        }
        // Beyond the year 5138 in seconds, and 1973 in milliseconds.
        if whole >= 100_000_000_000 {
            return Timestamp::from_millisecond(whole).ok().map(|at| Self { at, digits: 3 });
        }
        let nanoseconds: i32 = format!("{fraction:0<9}").get(..9)?.parse().ok()?;
        let at = Timestamp::new(whole, nanoseconds).ok()?;
        Some(Self { at, digits: precision(at, 0) })
    }

    fn utc(at: DateTime) -> Option<Self> {
        let zoned = at.to_zoned(TimeZone::UTC).ok()?;
        Some(Self { at: zoned.timestamp(), digits: 0 })
    }

    /// The moment itself.
    pub fn timestamp(self) -> Timestamp {
        self.at
    }

    /// Whole seconds from `earlier` to this moment; negative when this moment is the earlier one.
    pub fn seconds_since(self, earlier: Self) -> i64 {
        self.at.as_second() - earlier.at.as_second()
    }

    /// Whether both moments lie in the same second, which is as much as two sources that differ in
    /// precision can agree on.
    pub fn same_second(self, other: Self) -> bool {
        self.at.as_second() == other.at.as_second()
    }

    /// This moment moved by whole seconds, or unchanged at the ends of time.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        let at = self.at.checked_add(seconds.seconds()).unwrap_or(self.at);
        Self { at, digits: self.digits }
    }

    /// The same moment on the clock of another time zone, with its offset.
    pub fn in_zone(self, zone: &TimeZone) -> String {
        let zoned = self.at.to_zoned(zone.clone());
        zoned.strftime("%Y-%m-%d %H:%M:%S%:z").to_string()
    }
}

impl From<Timestamp> for Time {
    fn from(at: Timestamp) -> Self {
        Self { at, digits: precision(at, 0) }
    }
}

impl fmt::Debug for Time {
    /// The moment, without its precision: what is equal looks equal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.at, f)
    }
}

impl PartialEq for Time {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}

impl Eq for Time {}

impl PartialOrd for Time {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Time {
    fn cmp(&self, other: &Self) -> Ordering {
        self.at.cmp(&other.at)
    }
}

impl Hash for Time {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.at.hash(state);
    }
}

/// The decimals that say something: those that stand there, in steps of three. A number drops the
/// zeros at its end (`.92` of 920 milliseconds), and Python adds them (`.920000`).
fn precision(at: Timestamp, written: u8) -> u8 {
    let nanoseconds = at.subsec_nanosecond().unsigned_abs();
    let needed = [(1_000_000_000, 0), (1_000_000, 3), (1_000, 6)]
        .into_iter()
        .find(|(unit, _)| nanoseconds.is_multiple_of(*unit))
        .map_or(9, |(_, digits)| digits);
    needed.max(written.min(3))
}

fn decimals(text: &str) -> u8 {
    let fraction = text.split_once(['.', ',']).map_or("", |(_, rest)| rest);
    let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
    u8::try_from(digits.min(9)).unwrap_or(9)
}

impl fmt::Display for Time {
    /// RFC 3339 in UTC, with the decimals that the source had.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.*}", usize::from(self.digits), self.at)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop")]
mod tests {
    use super::*;

    #[test]
    fn one_moment_in_every_spelling_reads_alike() {
        for text in [
            "2026-11-20T02:11:47.920Z",
            "2026-11-20T02:11:47.920+0000",
            "2026-11-20T11:11:47.920000+09:00",
            "1795140707.92",
            "1795140707920",
        ] {
            assert_eq!(
                Time::parse(text).unwrap().to_string(),
                "2026-11-20T02:11:47.920Z",
                "{text}"
            );
        }
        for text in ["20261120T021147Z", "Nov 20, 2026, 02:11:47 AM", "1795140707", "1795140707.0"]
        {
            assert_eq!(Time::parse(text).unwrap().to_string(), "2026-11-20T02:11:47Z", "{text}");
        }
        // What stands there is not cut: Lambda's rounded times keep their zeros.
        assert_eq!(
            Time::parse("2026-11-20T02:11:47.000+0000").unwrap().to_string(),
            "2026-11-20T02:11:47.000Z"
        );
        assert_eq!(
            Time::parse("1795140707.920000123").unwrap().to_string(),
            "2026-11-20T02:11:47.920000123Z"
        );
    }

    #[test]
    fn what_is_no_date_of_aws_is_refused() {
        for text in [
            "",
            "yesterday",
            "20261120",
            "12",
            "-1795140707",
            "0",
            "2026-11-20",
            "2026-11-20 02:11:47",
            "2026-13-20T02:11:47Z",
            "99999999999999999999",
            "1e9",
            "NaN",
            "1795140707.9x",
        ] {
            assert!(Time::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn precision_does_not_tell_moments_apart() {
        assert_eq!(Time::parse("2026-11-20T02:11:47Z"), Time::parse("2026-11-20T02:11:47.000Z"));
    }
}
