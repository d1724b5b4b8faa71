//! The JSON report: the canonical form.

use std::io;

use serde_json::ser::{CharEscape, CompactFormatter, Formatter, PrettyFormatter, Serializer};

use super::hidden::is_hidden;
use super::{Format, RenderError};
use crate::report::Report;

/// The report as JSON, indented by two spaces.
pub struct Json;

impl Format for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn about(&self) -> &'static str {
        "everything, for programs"
    }

    fn extension(&self) -> &'static str {
        "json"
    }

    fn packed(&self) -> &'static str {
        "report.json"
    }

    fn render(&self, report: &Report) -> Result<Vec<u8>, RenderError> {
        let mut bytes = write(report).map_err(RenderError::Json)?;
        bytes.push(b'\n');
        Ok(bytes)
    }
}

fn write(value: &impl serde::Serialize) -> Result<Vec<u8>, serde_json::Error> {
    let mut bytes = Vec::with_capacity(64 * 1024);
    let formatter = Escaping(PrettyFormatter::new());
    value.serialize(&mut Serializer::with_formatter(&mut bytes, formatter))?;
    Ok(bytes)
}

/// Writes a value as one line, and the line feed after it.
pub fn write_line(
    bytes: &mut Vec<u8>,
    value: &impl serde::Serialize,
) -> Result<(), serde_json::Error> {
    let formatter = Escaping(CompactFormatter);
    value.serialize(&mut Serializer::with_formatter(&mut *bytes, formatter))?;
    bytes.push(b'\n');
    Ok(())
}

/// Writes every character that a reader would not see as an escape: the value is the same, and
/// neither a terminal nor an editor can be fooled by it.
struct Escaping<F>(F);

impl<F: Formatter> Formatter for Escaping<F> {
    fn write_string_fragment<W>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()>
    where
        W: ?Sized + io::Write,
    {
        let mut rest = fragment;
        while let Some((at, hidden)) = rest.char_indices().find(|(_, c)| is_hidden(*c)) {
            let (before, from) = rest.split_at(at);
            writer.write_all(before.as_bytes())?;
            for unit in hidden.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = from.get(hidden.len_utf8()..).unwrap_or_default();
        }
        writer.write_all(rest.as_bytes())
    }

    fn write_char_escape<W>(&mut self, writer: &mut W, escape: CharEscape) -> io::Result<()>
    where
        W: ?Sized + io::Write,
    {
        self.0.write_char_escape(writer, escape)
    }

    fn begin_array<W>(&mut self, writer: &mut W) -> io::Result<()>
    where
        W: ?Sized + io::Write,
    {
        self.0.begin_array(writer)
    }

    fn end_array<W>(&mut self, writer: &mut W) -> io::Result<()>
    where
        W: ?Sized + io::Write,
    {
        self.0.end_array(writer)
    }

    fn begin_array_value<W>(&mut self, writer: &mut W, first: bool) -> io::Result<()>
    where
        W: ?Sized + io::Write,
    {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W>(&mut self, writer: &mut W) -> io::Result<()>
    where
        W: ?Sized + io::Write,
    {
        self.0.end_array_value(writer)
    }

    fn begin_object<W>(&mut self, writer: &mut W) -> io::Result<()>
    where
        W: ?Sized + io::Write,
    {
        self.0.begin_object(writer)
    }

    fn end_object<W>(&mut self, writer: &mut W) -> io::Result<()>
    where
        W: ?Sized + io::Write,
    {
        self.0.end_object(writer)
    }

    fn begin_object_key<W>(&mut self, writer: &mut W, first: bool) -> io::Result<()>
    where
        W: ?Sized + io::Write,
    {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W>(&mut self, writer: &mut W) -> io::Result<()>
    where
        W: ?Sized + io::Write,
    {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W>(&mut self, writer: &mut W) -> io::Result<()>
    where
        W: ?Sized + io::Write,
    {
        self.0.end_object_value(writer)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop")]
mod tests {
    use super::*;
    use crate::render::example;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn text(value: &Value) -> String {
        String::from_utf8(write(value).unwrap()).unwrap()
    }

    #[test]
    fn ordinary_values_are_written_as_serde_json_does() {
        let value = json!({"a": [], "b": {}, "c": [1, 2.5, null, true], "d": "é漢\"\\/\n\u{1}"});
        assert_eq!(text(&value), serde_json::to_string_pretty(&value).unwrap());
    }

    #[test]
    fn hidden_characters_are_escapes_in_keys_and_values() {
        let value = json!({"k\u{202E}": "\u{7F}\u{9B}\u{2028}x\u{E0041}\u{10FFFF}"});
        assert_eq!(
            text(&value),
            "{\n  \"k\\u202e\": \"\\u007f\\u009b\\u2028x\\udb40\\udc41\\udbff\\udfff\"\n}"
        );
    }

    #[test]
    fn a_report_of_tricks_reads_back_and_ends_its_line() {
        let report = example::hostile();
        let bytes = Json.render(&report).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.ends_with("}\n"));
        assert!(!text.chars().any(|c| is_hidden(c) && c != '\n'));
        let read: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read, serde_json::to_value(&report).unwrap());
    }

    proptest! {
        #[test]
        fn every_text_reads_back(key in any::<String>(), value in prop::collection::vec(any::<char>(), 0..32)) {
            let value: String = value.into_iter().collect();
            let value = json!({key: [value]});
            let text = text(&value);
            prop_assert!(!text.chars().any(|c| is_hidden(c) && c != '\n'));
            prop_assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        }
    }
}
