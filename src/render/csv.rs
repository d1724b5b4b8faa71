//! The timeline as CSV, for spreadsheets and Timesketch.

use super::links::broken;
use super::timesketch::{Event, events};
use super::{Format, RenderError, cell};
use crate::report::Report;

/// The whole timeline, one row a line below a line of names. Links in texts are [`broken`], because
/// spreadsheets make them.
///
/// Six lines of RFC 4180 suffice, since every cell is quoted and none holds a line feed any more; a
/// crate would not know of formulas either.
pub struct Csv;

impl Format for Csv {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn about(&self) -> &'static str {
        "the timeline, for spreadsheets and Timesketch"
    }

    fn extension(&self) -> &'static str {
        "csv"
    }

    fn packed(&self) -> &'static str {
        "timeline.csv"
    }

    fn render(&self, report: &Report) -> Result<Vec<u8>, RenderError> {
        let zone = report.timeline.iter().any(|row| row.time.local.is_some());
        let names = COLUMNS.iter().filter(|(name, _)| zone || *name != "local_time");
        let columns: Vec<_> = names.collect();
        let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
        let mut csv = names.join(",") + "\n";
        for event in events(report) {
            csv.push_str(&cell::line(columns.iter().map(|(_, value)| value(&event))));
        }
        Ok(csv.into_bytes())
    }
}

type Column = (&'static str, fn(&Event<'_>) -> String);

const COLUMNS: &[Column] = &[
    ("message", |event| broken(&event.message)),
    ("datetime", |event| event.datetime.clone()),
    ("timestamp_desc", |event| broken(event.timestamp_desc)),
    ("time", |event| event.time.to_owned()),
    ("local_time", |event| event.local_time.unwrap_or_default().to_owned()),
    ("source", |event| event.source.to_owned()),
    ("name", |event| broken(&event.name)),
    ("actor", |event| broken(event.actor.as_deref().unwrap_or_default())),
    ("target", |event| broken(event.target.as_deref().unwrap_or_default())),
    ("outcome", |event| event.outcome.to_owned()),
    ("access", |event| event.access.unwrap_or_default().to_owned()),
    ("relation", |event| event.relation.to_owned()),
    ("key", |event| event.key.to_string()),
    ("row", |event| event.row.to_string()),
    ("record", |event| event.record.clone()),
    ("tag", |event| list(&event.tag)),
];

/// A JSON list of our own words.
fn list(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    format!("[{}]", words.join(","))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop")]
mod tests {
    use serde_json::Value;

    use super::super::cell::tests::{read, unguard};
    use super::super::{example, hidden::is_hidden};
    use super::*;

    #[test]
    fn a_report_of_tricks_keeps_its_rows_columns_and_values() {
        for report in [example::calm(), example::hostile(), example::empty()] {
            let csv = String::from_utf8(Csv.render(&report).unwrap()).unwrap();
            assert!(!csv.chars().any(|c| is_hidden(c) && c != '\n'));
            let (names, rows) = csv.split_once('\n').unwrap();
            let names: Vec<&str> = names.split(',').collect();
            assert_eq!(names.get(..3), Some(&["message", "datetime", "timestamp_desc"][..]));
            let rows = read(rows);
            assert_eq!(rows.len(), report.timeline.len());
            for (row, event) in rows.iter().zip(events(&report)) {
                let event = serde_json::to_value(event).unwrap();
                assert_eq!(row.len(), names.len());
                for (name, cell) in names.iter().zip(row) {
                    let written = match event.get(*name).unwrap() {
                        Value::String(text) => broken(text),
                        Value::Null => String::new(),
                        other => other.to_string(),
                    };
                    assert_eq!(unguard(cell), written, "{name}");
                }
            }
        }
    }

    #[test]
    fn the_columns_are_the_members_of_a_row() {
        let report = example::calm();
        let event = events(&report).next().unwrap();
        let event = serde_json::to_value(event).unwrap();
        let members: Vec<&str> = event.as_object().unwrap().keys().map(String::as_str).collect();
        let columns: Vec<&str> = COLUMNS.iter().map(|(name, _)| *name).collect();
        assert_eq!(columns, members);
    }
}
