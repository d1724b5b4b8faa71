//! Every JSON value in a text, and what can be saved of one that breaks off.

use std::{borrow::Cow, fmt};

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::unwrap::plain;
use crate::model::Time;

/// One JSON value and where it stands.
pub struct Piece<'a> {
    /// A JSON pointer, after the line's number where a text holds several values; empty for the
    /// whole text.
    pub place: String,
    /// The value's own text.
    pub raw: &'a RawValue,
    /// The break, by its index, from before which the value was saved.
    pub saved: Option<usize>,
}

/// A place where the text stops being JSON.
pub struct Break {
    /// The line, from 1, and the element of the list where there is one.
    pub place: String,
    /// What is wrong there.
    pub reason: String,
    /// Whether anything could be read after it.
    pub resumed: bool,
}

impl Break {
    /// What is told of it, when so many records before it were read.
    pub fn sentence(&self, saved: usize) -> String {
        let saved = match saved {
            0 => String::new(),
            1 => "; the one record before it was read".to_owned(),
            _ => format!("; the {saved} records before it were read"),
        };
        let after = if self.resumed { "; reading went on after it" } else { "" };
        format!("the JSON breaks off here ({}){saved}{after}", self.reason)
    }
}

/// The text without the time stamps that CloudWatch Logs puts before each line of an export.
pub fn without_stamps(text: &str) -> Cow<'_, str> {
    let stamped = |line: &str| {
        let (stamp, rest) = line.split_once([' ', '\t'])?;
        let rest = rest.trim_start();
        (rest.starts_with('{') && Time::parse(stamp).is_some()).then_some(line.len() - rest.len())
    };
    match text.trim_start().lines().next().and_then(stamped) {
        None => Cow::Borrowed(text),
        Some(_) => {
            let bare = |line| stamped(line).and_then(|at| line.get(at..)).unwrap_or(line);
            Cow::Owned(text.split('\n').map(bare).collect::<Vec<_>>().join("\n"))
        }
    }
}

/// Breaks cost a second look at what they interrupt, and hostile text can make that all of it
/// again and again; so much more than the text itself is read at most.
const LOOKS: usize = 8;

/// Reads one value, or several one after the other (JSON lines, concatenated documents).
///
/// Where a value breaks, the complete elements of its lists are kept. Reading goes on after the
/// broken element where its end can be found in the same line; else at the next line that begins
/// with a bracket in its first column, which in JSON lines is the next record; else after the
/// broken element wherever it ends.
pub fn pieces(text: &str) -> (Vec<Piece<'_>>, Vec<Break>) {
    let mut found: Vec<Piece<'_>> = Vec::new();
    let mut breaks: Vec<Break> = Vec::new();
    let mut lines = LineCounter::new(text);
    let mut looks = text.len().saturating_mul(LOOKS).saturating_add(1 << 20);
    let mut at = 0;
    while let Some(rest) = text.get(at..) {
        let before = found.len();
        let broke = values(text, at, rest, &mut lines, &mut found);
        if !breaks.is_empty() {
            // Names and numbers from between the elements of a list whose beginning was lost.
            let kept: Vec<_> = found.drain(before..).filter(|p| is_bracket(p.raw.get())).collect();
            found.extend(kept);
        }
        let Some(start) = broke else { break };
        let broken = text.get(start..).unwrap_or_default();
        if !breaks.is_empty() {
            // Among the elements of a list whose beginning was lost.
            let between = |c: char| c.is_ascii_whitespace() || matches!(c, ',' | ']' | '}');
            let skipped = broken.len() - broken.trim_start_matches(between).len();
            if skipped > 0 {
                at = start + skipped;
                continue;
            }
            if !is_bracket(broken) {
                match next_line(broken) {
                    Some(next) => at = start + next,
                    None => break,
                }
                continue;
            }
        }
        let line = lines.at(start);
        let mut pointer = String::new();
        let mut saved = Saved {
            line,
            pointer: String::new(),
            index: breaks.len(),
            last: &mut pointer,
            found: &mut found,
        };
        let mut again = serde_json::Deserializer::from_str(broken);
        let error = DeserializeSeed::deserialize(&mut saved, &mut again).err();
        let (offset, newlines) = error.as_ref().map_or((0, 0), |error| position(broken, error));
        let next = resume(broken, offset).filter(|next| *next > 0);
        let line = line + newlines;
        breaks.push(Break {
            place: if pointer.is_empty() {
                format!("line {line}")
            } else {
                format!("line {line} ({pointer})")
            },
            reason: error.as_ref().map_or_else(|| "it is not JSON".to_owned(), plain),
            resumed: next.is_some(),
        });
        looks = looks.saturating_sub(offset);
        match next {
            Some(next) if looks > 0 => at = start + next,
            Some(_) => {
                breaks.push(Break {
                    place: format!("line {line}"),
                    reason: "too many places like this; nothing after it was read".to_owned(),
                    resumed: false,
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

fn is_bracket(text: &str) -> bool {
    text.starts_with(['{', '['])
}

/// Reads whole values until the text ends, or gives where the value begins that is not whole.
fn values<'a>(
    text: &str,
    at: usize,
    rest: &'a str,
    lines: &mut LineCounter<'_>,
    found: &mut Vec<Piece<'a>>,
) -> Option<usize> {
    let mut stream = serde_json::Deserializer::from_str(rest).into_iter::<&RawValue>();
    let mut good = 0;
    loop {
        let after = text.get(at + good..).unwrap_or_default();
        let start = at + good + (after.len() - after.trim_start().len());
        match stream.next()? {
            Ok(raw) => {
                found.push(Piece { place: format!("line {}", lines.at(start)), raw, saved: None });
                good = stream.byte_offset();
            }
            Err(_) => return Some(start),
        }
    }
}

/// The offset of an error, and how many lines come before it.
fn position(text: &str, error: &serde_json::Error) -> (usize, usize) {
    let newlines = error.line().saturating_sub(1);
    let line: usize = text.split_inclusive('\n').take(newlines).map(str::len).sum();
    let offset = text.floor_char_boundary((line + error.column()).min(text.len()));
    // A text that a line's end breaks off is reported at the beginning of the next line.
    let ended = text.get(..offset).is_some_and(|before| before.ends_with('\n'));
    if ended { (offset - 1, newlines.saturating_sub(1)) } else { (offset, newlines) }
}

/// Where to go on after the break at `offset`.
fn resume(text: &str, offset: usize) -> Option<usize> {
    let after = text.get(offset..)?;
    let line_end = after.find('\n').map_or(text.len(), |newline| offset + newline);
    element_end(text.get(..line_end)?, offset)
        .or_else(|| next_line(after).map(|next| offset + next))
        .or_else(|| element_end(text, offset))
}

/// The next line that begins with a bracket in its first column.
fn next_line(text: &str) -> Option<usize> {
    text.match_indices('\n')
        .map(|(newline, _)| newline + 1)
        .find(|begin| text.get(*begin..).is_some_and(|line| line.starts_with(['{', '['])))
}

/// The end of the element, of the outermost list, in which `offset` lies: brackets are counted,
/// those within texts are not.
fn element_end(text: &str, offset: usize) -> Option<usize> {
    let mut open: Vec<u8> = Vec::new();
    let mut element = None;
    let (mut quoted, mut escaped) = (false, false);
    for (at, byte) in text.bytes().enumerate() {
        if at == offset {
            // The list around the element is the first; the element itself is open too.
            let list = open.iter().position(|bracket| *bracket == b'[')?;
            element = Some(list + 1).filter(|depth| open.len() > *depth);
            element?;
        }
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => open.push(byte),
            b'}' | b']' if !quoted => {
                open.pop()?;
                if element == Some(open.len()) {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
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
            let passed = self.text.as_bytes().get(self.offset..offset).unwrap_or_default();
            self.line += passed.iter().filter(|byte| **byte == b'\n').count();
            self.offset = offset;
        }
        self.line
    }
}

/// Collects the complete elements of every list on the way to the break.
struct Saved<'s, 'a> {
    line: usize,
    pointer: String,
    index: usize,
    /// The element that was being read.
    last: &'s mut String,
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
        loop {
            *self.last = format!("{}/{index}", self.pointer);
            let Some(raw) = elements.next_element::<&'a RawValue>()? else {
                break;
            };
            let place = format!("line {}{}", self.line, self.last);
            self.found.push(Piece { place, raw, saved: Some(self.index) });
            index += 1;
        }
        self.last.clear();
        Ok(())
    }

    fn visit_map<A: MapAccess<'a>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(key) = members.next_key::<String>()? {
            members.next_value_seed(&mut Saved {
                line: self.line,
                pointer: format!("{}/{key}", self.pointer),
                index: self.index,
                last: &mut *self.last,
                found: &mut *self.found,
            })?;
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
