//! Every JSON value in a text, and what can be saved of one that breaks off.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// One JSON value and where it stands.
pub struct Piece<'a> {
    /// A JSON pointer, after the line's number where a text holds several values; empty for the
    /// whole text.
    pub place: String,
    /// The value's own text.
    pub raw: &'a RawValue,
}

/// After so many breaks a text is not worth reading on: each costs a scan of what follows.
const MOST_BREAKS: usize = 64;

/// A place where the text stops being JSON.
pub struct Break {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub reason: String,
    /// How many elements of lists were read before it.
    pub saved: usize,
}

/// Reads one value, or several one after the other (JSON lines, concatenated documents).
///
/// Where a value breaks off, the complete elements of its lists are kept, and reading goes on at
/// the next line that begins with a bracket in its first column: in JSON lines that is the next
/// record, and in indented JSON there is none inside a document.
pub fn pieces(text: &str) -> (Vec<Piece<'_>>, Vec<Break>) {
    let mut found: Vec<Piece<'_>> = Vec::new();
    let mut breaks = Vec::new();
    let mut lines = LineCounter::new(text);
    let mut at = 0;
    while let Some(rest) = text.get(at..) {
        let mut stream = serde_json::Deserializer::from_str(rest).into_iter::<&RawValue>();
        let mut good = 0;
        let error = loop {
            let blank = rest.get(good..).map_or(0, |r| r.len() - r.trim_start().len());
            let start = at + good + blank;
            match stream.next() {
                None => break None,
                Some(Ok(raw)) => {
                    found.push(Piece { place: format!("line {}", lines.at(start)), raw });
                    good = stream.byte_offset();
                }
                Some(Err(error)) => break Some((start, error)),
            }
        };
        let Some((start, error)) = error else { break };
        let broken = text.get(start..).unwrap_or_default();
        let line = lines.at(start);
        let before = found.len();
        let mut saved = Saved { place: format!("line {line}"), found: &mut found };
        let mut again = serde_json::Deserializer::from_str(broken);
        // The error is the one that is already known.
        drop(DeserializeSeed::deserialize(&mut saved, &mut again));
        breaks.push(Break {
            line: line + error.line().saturating_sub(count_lines(text, at, start)).max(1) - 1,
            reason: plain(&error),
            saved: found.len() - before,
        });
        let next = broken.match_indices('\n').find_map(|(newline, _)| {
            let begin = newline + 1;
            broken.get(begin..)?.starts_with(['{', '[']).then_some(start + begin)
        });
        match next {
            Some(next) if breaks.len() < MOST_BREAKS => at = next,
            Some(_) => {
                breaks.push(Break {
                    line,
                    reason: format!("{MOST_BREAKS} breaks, after which nothing more was read"),
                    saved: 0,
                });
                break;
            }
            None => break,
        }
    }
    if let [only] = found.as_mut_slice()
        && breaks.is_empty()
    {
        only.place.clear();
    }
    (found, breaks)
}

/// The error in its own words, without the position that `serde_json` adds and that counts from
/// somewhere else.
fn plain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or(&text).to_owned()
}

fn count_lines(text: &str, from: usize, to: usize) -> usize {
    text.get(from..to).map_or(0, |part| part.matches('\n').count())
}

/// Line numbers for offsets that only grow, so that a long file is counted once.
struct LineCounter<'a> {
    text: &'a str,
    offset: usize,
    line: usize,
}

impl<'a> LineCounter<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, offset: 0, line: 1 }
    }

    fn at(&mut self, offset: usize) -> usize {
        if offset > self.offset {
            self.line += count_lines(self.text, self.offset, offset);
            self.offset = offset;
        }
        self.line
    }
}

/// Collects the complete elements of every list on the way to the break.
struct Saved<'s, 'a> {
    place: String,
    found: &'s mut Vec<Piece<'a>>,
}

impl<'a> DeserializeSeed<'a> for &mut Saved<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for &mut Saved<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut elements: A) -> Result<(), A::Error> {
        let mut index = 0;
        while let Some(raw) = elements.next_element::<&'a RawValue>()? {
            self.found.push(Piece { place: format!("{}/{index}", self.place), raw });
            index += 1;
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'a>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(key) = members.next_key::<String>()? {
            let place = format!("{}/{key}", self.place);
            members.next_value_seed(&mut Saved { place, found: self.found })?;
        }
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}
