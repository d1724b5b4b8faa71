//! The times of events, read without parsing their records.

use std::collections::BTreeSet;

use jiff::{Timestamp, civil::DateTime, tz::Offset};
use memchr::memmem;

use crate::model::Time;

const HOUR: i64 = 3600;

/// When events took place, in seconds since 1970, and how many there were.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// Events.
    pub events: usize,
    /// The first and the last moment; `None` where no event says one.
    pub span: Option<(i64, i64)>,
    /// Hours since 1970 in which there was one.
    pub hours: BTreeSet<i64>,
}

impl Times {
    /// Reads them from text in which no name of a member is written with escapes.
    ///
    /// Each record has its time once: events are counted by it. A member of that name within a
    /// record's parameters would be counted too.
    pub fn read(text: &[u8]) -> Self {
        let mut times = Self::default();
        let mut last: Option<([u8; 20], i64)> = None;
        for at in memmem::find_iter(text, b"\"eventTime\"") {
            let rest = text.get(at + 11..).unwrap_or_default();
            let Some(rest) = rest.trim_ascii_start().strip_prefix(b":") else { continue };
            let Some(rest) = rest.trim_ascii_start().strip_prefix(b"\"") else { continue };
            times.events += 1;
            let written = rest.first_chunk::<20>();
            let same = last.filter(|(known, _)| Some(known) == written);
            let second = same.map(|(_, second)| second).or_else(|| second_of(rest));
            let Some(second) = second else { continue };
            if same.is_none() {
                times.at(second);
            }
            last = written.map(|written| (*written, second));
        }
        times
    }

    /// Counts an event.
    pub fn add(&mut self, second: Option<i64>) {
        self.events += 1;
        if let Some(second) = second {
            self.at(second);
        }
    }

    fn at(&mut self, second: i64) {
        let (first, last) = self.span.unwrap_or((second, second));
        self.span = Some((first.min(second), last.max(second)));
        self.hours.insert(second.div_euclid(HOUR));
    }

    /// Both together.
    pub fn join(&mut self, other: &Self) {
        self.events += other.events;
        if let Some((first, last)) = other.span {
            self.at(first);
            self.at(last);
        }
        self.hours.extend(&other.hours);
    }

    /// Stretches of whole hours without an event between the first and the last: the beginnings of
    /// the first hour and of the one after the last.
    pub fn silences(&self) -> Vec<(i64, i64)> {
        self.hours
            .iter()
            .zip(self.hours.iter().skip(1))
            .filter(|(hour, next)| **next > **hour + 1)
            .map(|(hour, next)| ((hour + 1) * HOUR, next * HOUR))
            .collect()
    }
}

/// `2026-11-20T02:11:47Z`, or whatever else `CloudTrail` and other writers write.
fn second_of(rest: &[u8]) -> Option<i64> {
    if let Some(written) = rest.first_chunk::<20>()
        && let [
            y1,
            y2,
            y3,
            y4,
            b'-',
            m1,
            m2,
            b'-',
            d1,
            d2,
            b'T',
            h1,
            h2,
            b':',
            n1,
            n2,
            b':',
            s1,
            s2,
            b'Z',
        ] = *written
    {
        let number = |digits: &[u8]| {
            digits.iter().try_fold(0_i16, |number, digit| {
                digit.is_ascii_digit().then(|| number * 10 + i16::from(digit - b'0'))
            })
        };
        let small = |digits: &[u8]| number(digits).and_then(|number| i8::try_from(number).ok());
        let date = DateTime::new(
            number(&[y1, y2, y3, y4])?,
            small(&[m1, m2])?,
            small(&[d1, d2])?,
            small(&[h1, h2])?,
            small(&[n1, n2])?,
            small(&[s1, s2])?,
            0,
        );
        return date
            .ok()
            .and_then(|date| Offset::UTC.to_timestamp(date).ok())
            .map(Timestamp::as_second);
    }
    let end = memchr::memchr(b'"', rest)?.min(64);
    let text = std::str::from_utf8(rest.get(..end)?).ok()?;
    Some(Time::parse(text)?.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_either_layout() {
        let compact = br#"{"Records":[{"eventTime":"2026-11-20T02:11:47Z"},{"eventTime":"2026-11-20T05:00:00Z"},{"eventTime":"2026-11-20T02:11:47Z"}]}"#;
        let pretty = b"{\"Records\": [{\n  \"eventTime\" : \"2026-11-20T02:11:47Z\"}, {\"eventTime\": \"2026-11-20T05:00:00Z\"}, {\"eventTime\": \"2026-11-20T02:11:47.000Z\"}]}";
        let times = Times::read(compact);
        assert_eq!(times, Times::read(pretty));
        assert_eq!(times.events, 3);
        assert_eq!(times.span, Some((1_795_140_707, 1_795_150_800)));
        let hour = 1_795_140_000 / HOUR * HOUR;
        assert_eq!(times.silences(), [(hour + HOUR, hour + 3 * HOUR)]);
    }

    #[test]
    fn what_is_no_time_is_counted_and_no_more() {
        let times = Times::read(br#"{"eventTime":"soon"},{"eventTime":5},{"x":"\"eventTime\":\"2026-11-20T02:11:47Z\""},{"eventTime":"2026-13-20T02:11:47Z"}"#);
        assert_eq!((times.events, times.span), (2, None));
    }
}
