//! The indicators as CSV, for people who look for them and programs that do.

use super::links::broken;
use super::{Format, RenderError, cell};
use crate::report::{Report, Visible};

/// One indicator a line. A program takes `value_live`; a reader takes `value_defanged`, which
/// stands before it and cannot be clicked.
pub struct Iocs;

const NAMES: &str = "type,value_defanged,value_live,context,records\n";

impl Format for Iocs {
    fn name(&self) -> &'static str {
        "iocs"
    }

    fn about(&self) -> &'static str {
        "the indicators as CSV, defanged and live"
    }

    fn extension(&self) -> &'static str {
        "iocs.csv"
    }

    fn packed(&self) -> &'static str {
        "iocs.csv"
    }

    fn render(&self, report: &Report) -> Result<Vec<u8>, RenderError> {
        let mut csv = NAMES.to_owned();
        for indicator in &report.indicators {
            let records: Vec<String> =
                indicator.citations.iter().map(ToString::to_string).collect();
            csv.push_str(&cell::line([
                indicator.kind,
                &broken(&indicator.value.visible()),
                indicator.value.raw(),
                &broken(&indicator.context.visible()),
                &records.join(" "),
            ]));
        }
        Ok(csv.into_bytes())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop")]
mod tests {
    use super::super::cell::tests::{read, unguard};
    use super::super::{example, hidden::is_hidden};
    use super::*;

    #[test]
    fn every_indicator_is_a_line_with_both_values() {
        for report in [example::calm(), example::hostile(), example::empty()] {
            let csv = String::from_utf8(Iocs.render(&report).unwrap()).unwrap();
            assert!(!csv.chars().any(|c| is_hidden(c) && c != '\n'));
            let rows = read(csv.strip_prefix(NAMES).unwrap());
            assert_eq!(rows.len(), report.indicators.len());
            for (row, indicator) in rows.iter().zip(&report.indicators) {
                let read: Vec<String> = row.iter().map(|cell| unguard(cell)).collect();
                let records: Vec<String> =
                    indicator.citations.iter().map(ToString::to_string).collect();
                let told = [
                    indicator.kind,
                    &broken(&indicator.value.visible()),
                    indicator.value.raw(),
                    &broken(indicator.context.raw()),
                    &records.join(" "),
                ];
                assert_eq!(read, told);
            }
        }
    }

    #[test]
    fn an_address_is_there_for_the_eye_and_for_the_machine() {
        let csv = String::from_utf8(Iocs.render(&example::calm()).unwrap()).unwrap();
        assert!(csv.contains("\"ip\",\"198[.]51[.]100[.]140\",\"198.51.100.140\","), "{csv}");
        assert!(csv.contains("\"domain\",\"pool[.]example[.]com\",\"pool.example.com\","), "{csv}");
    }
}
