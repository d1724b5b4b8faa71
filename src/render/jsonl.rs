//! The timeline as JSON Lines, for Timesketch and other machines.

use super::timesketch::events;
use super::{Format, RenderError, json};
use crate::report::Report;

/// The whole timeline, one JSON object a line, with the values as they are.
pub struct Jsonl;

impl Format for Jsonl {
    fn name(&self) -> &'static str {
        "jsonl"
    }

    fn about(&self) -> &'static str {
        "the timeline with its values as they are, for Timesketch"
    }

    fn extension(&self) -> &'static str {
        "jsonl"
    }

    fn packed(&self) -> &'static str {
        "timeline.jsonl"
    }

    fn render(&self, report: &Report) -> Result<Vec<u8>, RenderError> {
        let mut lines = Vec::new();
        for event in events(report) {
            json::write_line(&mut lines, &event).map_err(RenderError::Json)?;
        }
        Ok(lines)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop")]
mod tests {
    use serde_json::Value;

    use super::super::{example, hidden::is_hidden};
    use super::*;

    #[test]
    fn a_report_of_tricks_reads_back_line_by_line() {
        for report in [example::calm(), example::hostile(), example::empty()] {
            let text = String::from_utf8(Jsonl.render(&report).unwrap()).unwrap();
            assert!(!text.chars().any(|c| is_hidden(c) && c != '\n'));
            let lines: Vec<Value> =
                text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            let events: Vec<Value> =
                events(&report).map(|event| serde_json::to_value(event).unwrap()).collect();
            assert_eq!(lines, events);
            assert_eq!(lines.len(), report.timeline.len());
        }
    }
}
