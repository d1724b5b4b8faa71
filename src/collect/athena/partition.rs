//! The columns by which a table is partitioned, and how a stretch of time is told by them.
//!
//! Athena charges for what it reads, and reads those partitions alone that a condition on these
//! columns leaves.

use jiff::{ToSpan, civil::Date, tz::TimeZone};

use super::quote::Sql;
use crate::model::Time;

/// An event is delivered some time after it took place: its partition is looked for up to so many
/// days later.
const LATE: i32 = 2;

/// A column by which a table is partitioned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its name, in lower case.
    pub name: String,
    /// What it tells.
    pub kind: Kind,
    /// Whether its values have to be named in each query.
    /// <https://docs.aws.amazon.com/athena/latest/ug/partition-projection-dynamic-id-partitioning.html>
    pub injected: bool,
}

/// What a partition's value tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The account whose log it is.
    Account,
    /// The Region.
    Region,
    /// The year of delivery.
    Year,
    /// The month of the year.
    Month,
    /// The day of the month.
    Day,
    /// The day of delivery.
    Date(Format),
    /// Something that says nothing of what is looked for.
    Other,
}

impl Kind {
    /// What a column of that name tells; `by_parts` is whether year and month are columns too.
    pub fn of_name(name: &str, by_parts: bool) -> Self {
        match name.to_lowercase().as_str() {
            "account" | "accountid" | "account_id" | "aws_account_id" => Self::Account,
            "region" | "aws_region" => Self::Region,
            "year" => Self::Year,
            "month" => Self::Month,
            "day" if by_parts => Self::Day,
            "timestamp" | "date" | "dt" | "day" | "partition_date" | "event_date" => {
                Self::Date(Format::default())
            }
            _ => Self::Other,
        }
    }
}

impl Key {
    /// Reads what somebody says of a table's partitions: names with commas between them, a date
    /// with its format after `=` where that is another than `yyyy/MM/dd`; `none`.
    ///
    /// # Errors
    /// What is wrong with it, as a sentence.
    pub fn parse_all(text: &str) -> Result<Vec<Self>, String> {
        if text == "none" {
            return Ok(Vec::new());
        }
        let names = || text.split(',').map(|part| part.split('=').next().unwrap_or(part).trim());
        let by_parts = names().any(|name| name == "year") && names().any(|name| name == "month");
        text.split(',')
            .map(|part| {
                let (name, format) = match part.split_once('=') {
                    Some((name, format)) => (name.trim(), Some(format.trim())),
                    None => (part.trim(), None),
                };
                let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
                if name.is_empty() || !is_name {
                    return Err(format!("{part:?} is no partition: give the names of the columns"));
                }
                let kind = match format {
                    None => Kind::of_name(name, by_parts),
                    Some(format) => Kind::Date(Format::parse(format).ok_or_else(|| {
                        format!("{format:?} is no format whose dates can be compared as text")
                    })?),
                };
                Ok(Self { name: name.to_lowercase(), kind, injected: false })
            })
            .collect()
    }
}

/// How dates are written: year, month and day in this order, so that texts are in the order of
/// their dates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Format(String);

impl Default for Format {
    fn default() -> Self {
        Self("yyyy/MM/dd".to_owned())
    }
}

impl Format {
    /// Reads a format such as `yyyy/MM/dd` or `yyyy-MM-dd-HH`; `None` for one whose texts are not
    /// in the order of their dates.
    pub fn parse(text: &str) -> Option<Self> {
        let mut letters: Vec<&str> = Vec::new();
        let mut rest = text;
        while let Some(next) = rest.chars().next() {
            let part = ["yyyy", "MM", "dd", "HH", "mm", "ss"]
                .into_iter()
                .find(|part| rest.starts_with(part))
                .or_else(|| (!next.is_alphanumeric() && next != '\'').then_some(""))?;
            letters.extend(Some(part).filter(|part| !part.is_empty()));
            rest = rest.get(part.len().max(next.len_utf8())..)?;
        }
        let all = ["yyyy", "MM", "dd", "HH", "mm", "ss"];
        let in_order = letters.len() >= 2 && all.starts_with(&letters);
        in_order.then(|| Self(text.to_owned()))
    }

    fn has_day(&self) -> bool {
        self.0.contains("dd")
    }

    /// The first moment of a day.
    fn write(&self, day: Date) -> String {
        self.0
            .replace("yyyy", &format!("{:04}", day.year()))
            .replace("MM", &format!("{:02}", day.month()))
            .replace("dd", &format!("{:02}", day.day()))
            .replace("HH", "00")
            .replace("mm", "00")
            .replace("ss", "00")
    }
}

/// From one moment to another, both included; without end where there is no second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stretch {
    /// The first moment.
    pub from: Time,
    /// The last moment, if there is one.
    pub to: Option<Time>,
}

impl Stretch {
    /// The condition on the table's partitions that holds for all in which events of that time may
    /// lie; `None` where nothing is told by them.
    pub fn among(self, keys: &[Key]) -> Option<Sql> {
        if let Some((key, format)) = keys.iter().find_map(|key| match &key.kind {
            Kind::Date(format) => Some((key, format)),
            _ => None,
        }) {
            let sql = Sql::of("(").name(&key.name).words(" >= ").text(&format.write(self.first()));
            let Some(last) = self.last() else { return Some(sql.words(")")) };
            let sql = sql.words(" AND ").name(&key.name);
            let sql = if format.has_day() {
                sql.words(" < ").text(&format.write(last.checked_add(1.day()).unwrap_or(last)))
            } else {
                sql.words(" <= ").text(&format.write(last))
            };
            return Some(sql.words(")"));
        }
        let (value, parts) = number_of(keys)?;
        let number = |day: Date| {
            let parts = [i64::from(day.year()), i64::from(day.month()), i64::from(day.day())]
                .into_iter()
                .take(parts);
            parts.fold(0, |number, part| number * 100 + part)
        };
        let sql = Sql::of("(").then(&value).words(" >= ").number(number(self.first()));
        let Some(last) = self.last() else { return Some(sql.words(")")) };
        Some(sql.words(" AND ").then(&value).words(" <= ").number(number(last)).words(")"))
    }

    fn first(self) -> Date {
        self.from.timestamp().to_zoned(TimeZone::UTC).date()
    }

    fn last(self) -> Option<Date> {
        let last = self.to?.timestamp().to_zoned(TimeZone::UTC).date();
        Some(last.checked_add(LATE.days()).unwrap_or(last))
    }
}

/// The number that year, month and day make, and how many of these there are. Their values may be
/// numbers or texts, with leading zeros or without.
fn number_of(keys: &[Key]) -> Option<(Sql, usize)> {
    let named = |wanted: Kind| keys.iter().find(|key| key.kind == wanted);
    let part = |key: &Key| Sql::of("CAST(").name(&key.name).words(" AS integer)");
    let mut value = part(named(Kind::Year)?);
    let mut parts = 1;
    for kind in [Kind::Month, Kind::Day] {
        let Some(key) = named(kind) else { break };
        value = Sql::of("(").then(&value).words(" * 100 + ").then(&part(key)).words(")");
        parts += 1;
    }
    Some((value, parts))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop")]
mod tests {
    use super::*;

    fn told(keys: &str, to: Option<&str>) -> Option<String> {
        let from = Time::parse("2026-08-30T23:59:00Z").unwrap();
        let stretch = Stretch { from, to: to.map(|to| Time::parse(to).unwrap()) };
        stretch.among(&Key::parse_all(keys).unwrap()).map(|sql| sql.to_string())
    }

    #[test]
    fn a_stretch_is_told_by_whatever_the_partitions_are() {
        let to = Some("2026-08-31T00:00:01Z");
        for (keys, expected) in [
            ("timestamp", r#"("timestamp" >= '2026/08/30' AND "timestamp" < '2026/09/03')"#),
            ("dt=yyyyMMdd", r#"("dt" >= '20260830' AND "dt" < '20260903')"#),
            ("dt=yyyy-MM", r#"("dt" >= '2026-08' AND "dt" <= '2026-09')"#),
            ("dt=yyyy/MM/dd/HH", r#"("dt" >= '2026/08/30/00' AND "dt" < '2026/09/03/00')"#),
            (
                "region,year,month,day",
                r#"(((CAST("year" AS integer) * 100 + CAST("month" AS integer)) * 100 + CAST("day" AS integer)) >= 20260830 AND ((CAST("year" AS integer) * 100 + CAST("month" AS integer)) * 100 + CAST("day" AS integer)) <= 20260902)"#,
            ),
            (
                "year,month",
                r#"((CAST("year" AS integer) * 100 + CAST("month" AS integer)) >= 202608 AND (CAST("year" AS integer) * 100 + CAST("month" AS integer)) <= 202609)"#,
            ),
        ] {
            assert_eq!(told(keys, to).as_deref(), Some(expected), "{keys}");
        }
        assert_eq!(told("timestamp", None).as_deref(), Some(r#"("timestamp" >= '2026/08/30')"#));
        assert_eq!(told("none", to), None);
        assert_eq!(told("region,team", to), None);
    }

    #[test]
    fn only_formats_in_the_order_of_time_are_taken() {
        for format in ["yyyy/MM/dd", "yyyy-MM-dd", "yyyyMMdd", "yyyy/MM", "yyyy/MM/dd/HH"] {
            assert!(Format::parse(format).is_some(), "{format}");
        }
        for format in ["dd/MM/yyyy", "MM/yyyy", "yyyy", "yyyy'T'MM", "yyyy/dd", "yy/MM/dd", ""] {
            assert!(Format::parse(format).is_none(), "{format}");
        }
        assert!(Key::parse_all("dt=dd-MM-yyyy").is_err());
        assert!(Key::parse_all("a b").is_err());
        assert!(Key::parse_all("").is_err());
    }
}
