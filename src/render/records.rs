//! The records of a report, for an attachment.

use super::{RenderError, json};
use crate::report::Report;

/// Every record of the report, one JSON object a line: redacted as in the report, and with the hash
/// of the record as it was before.
///
/// # Errors
/// When a record cannot become JSON.
pub fn records(report: &Report) -> Result<Vec<u8>, RenderError> {
    let mut lines = Vec::new();
    for record in &report.evidence {
        json::write_line(&mut lines, record).map_err(RenderError::Json)?;
    }
    Ok(lines)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop")]
mod tests {
    use serde_json::Value;

    use super::super::{example, hidden::is_hidden};
    use super::*;

    #[test]
    fn the_records_are_those_of_the_json_report() {
        for report in [example::calm(), example::hostile()] {
            let text = String::from_utf8(records(&report).unwrap()).unwrap();
            assert!(!text.chars().any(|c| is_hidden(c) && c != '\n'));
            let lines: Vec<Value> =
                text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            assert_eq!(Value::from(lines), serde_json::to_value(&report.evidence).unwrap());
        }
    }
}
