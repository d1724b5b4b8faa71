//! One log file: its records counted, and those that may answer taken out.

use std::{collections::BTreeSet, io::Read};

use memchr::memmem;

use super::{
    inflate::Inflated,
    splitter::{Ended, Splitter},
    structure::{list_of, records_with},
    times::Times,
    words::Words,
};
use crate::{
    collect::search::{OF_KEYS, keys_of},
    model::Event,
    source::{is_of_word, read_event},
};

/// What the id of an access key of a user begins with.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html>
const KEY: &[u8] = b"AKIA";

/// What is asked of every file of a pass.
#[derive(Clone, Copy)]
pub struct Wish<'a> {
    /// What a record has that may answer.
    pub words: &'a Words,
    /// The same, and the names of calls about access keys, which are noted; where these can stand.
    pub with_keys: Option<&'a Words>,
    /// The Region in which calls about access keys are recorded.
    pub global: Option<&'a str>,
    /// Whether any record may answer.
    pub any: bool,
    /// Whether a record answers.
    pub answers: &'a (dyn Fn(&Event) -> bool + Sync),
}

/// What a file held.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// What it is.
    pub kind: Kind,
    /// Bytes after unpacking.
    pub bytes: u64,
    /// Its events.
    pub times: Times,
    /// The account and Region that its first record names.
    pub place: (Option<String>, Option<String>),
    /// The records that answer, as they stand there.
    pub found: Vec<String>,
    /// Access keys that calls about keys name.
    pub keys: BTreeSet<String>,
    /// What is wrong with it, in words that follow its name.
    pub faults: Vec<String>,
}

/// What a file is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// Records of events.
    #[default]
    Log,
    /// The hashes of log files.
    Digest,
    /// Insights events.
    Insight,
    /// Something else, which is not searched.
    Other,
    /// Nothing at all.
    Empty,
    /// What could not be read at all.
    Unreadable,
}

/// So many bytes are unpacked at once.
const PIECE: usize = 64 << 10;

impl Told {
    /// Reads a file.
    pub fn of(inflated: Inflated<'_>, wish: &Wish<'_>) -> Self {
        match inflated {
            Inflated::Whole(text) => Self::whole(text, wish),
            Inflated::Piecewise(reader) => Self::piecewise(reader, wish),
        }
    }

    fn whole(text: &[u8], wish: &Wish<'_>) -> Self {
        let mut told = Self { kind: kind(text), bytes: text.len() as u64, ..Self::default() };
        if told.kind != Kind::Log {
            return told;
        }
        // Words, and names of members, may be written with escapes: then nothing is searched
        // for, and every record is parsed. So it is where the list is not all that there is.
        if has_odd_escapes(text) || !ends_as_log(text) {
            return Self::piecewise(Box::new(text), wish);
        }
        told.times = Times::read(text);
        told.place = place_of(text);
        if wish.any {
            let mut splitter = Splitter::default();
            splitter.push(text, |record| told.record(&String::from_utf8_lossy(record), wish));
            return told;
        }
        let (mut places, mut of_keys) = (Vec::new(), Vec::new());
        wish.with_keys.unwrap_or(wish.words).each(text, |at, word| {
            places.push(at);
            of_keys.push(
                wish.with_keys.is_some() && OF_KEYS.iter().any(|name| name.as_bytes() == word),
            );
        });
        if places.is_empty() {
            return told;
        }
        let mut of_keys = of_keys.into_iter();
        let bounded = records_with(text, &places, |record, within| {
            let others = of_keys.by_ref().take(within).filter(|of_keys| !of_keys).count();
            if others == 0 {
                told.keys_in(record);
            } else {
                told.record(&String::from_utf8_lossy(record), wish);
            }
        });
        match bounded {
            Some(()) => told,
            // Some stand in no record, or after what is no JSON.
            None => Self::piecewise(Box::new(text), wish),
        }
    }

    /// Notes whatever can be an access key in a record that names a call about keys.
    fn keys_in(&mut self, record: &[u8]) {
        for at in memmem::find_iter(record, KEY) {
            let rest = record.get(at..).unwrap_or_default();
            let run = rest.split(|byte| !is_of_word(*byte)).next().unwrap_or_default();
            self.keys.insert(String::from_utf8_lossy(run).into_owned());
        }
    }

    /// Reads as far as there is something to read, and takes every record apart.
    fn piecewise(mut reader: Box<dyn Read + '_>, wish: &Wish<'_>) -> Self {
        let mut told = Self::default();
        let mut splitter = Splitter::default();
        let mut piece = vec![0; PIECE];
        let mut head = Vec::new();
        let broken = loop {
            match reader.read(&mut piece) {
                Ok(0) => break None,
                Ok(read) => {
                    let piece = piece.get(..read).unwrap_or_default();
                    told.bytes += piece.len() as u64;
                    if head.len() < PIECE {
                        head.extend_from_slice(piece);
                    }
                    splitter.push(piece, |record| {
                        let record = String::from_utf8_lossy(record);
                        told.counted(&record, wish);
                    });
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => break Some(error),
            }
        };
        let ended = splitter.finish();
        let events = told.times.events;
        if ended.lists == 0 {
            told.kind = match kind(&head) {
                // It breaks off before its list.
                Kind::Log => Kind::Other,
                other => other,
            };
        }
        told.ended(ended, events);
        if let Some(error) = broken {
            let what = if error.kind() == std::io::ErrorKind::UnexpectedEof {
                "its gzip data ends too early".to_owned()
            } else {
                format!("its gzip data is damaged ({error})")
            };
            told.faults.retain(|fault| !fault.starts_with("it breaks off"));
            told.faults.push(format!("{what}; {}", before(events)));
        }
        told
    }

    fn ended(&mut self, ended: Ended, events: usize) {
        if ended.lists == 0 {
            return;
        }
        if !ended.whole {
            self.faults.push(format!("it breaks off within its list; {}", before(events)));
        }
        if ended.too_long > 0 {
            self.faults.push(
                "it holds records that are longer than any of CloudTrail, which were not read"
                    .to_owned(),
            );
        }
        if ended.strange {
            self.faults.push(
                "it holds something else beside a list of records, which was not read".to_owned(),
            );
        }
    }

    /// Counts a record, and takes it if it answers.
    fn counted(&mut self, record: &str, wish: &Wish<'_>) {
        match read_event(record) {
            Ok(event) => {
                self.times.add(Some(event.time.timestamp().as_second()));
                if self.place == (None, None) {
                    self.place = (event.account.clone(), event.region.clone());
                }
                self.taken(record, &event, wish);
            }
            Err(reason) => {
                self.times.add(None);
                self.fault(&reason);
            }
        }
    }

    fn record(&mut self, record: &str, wish: &Wish<'_>) {
        match read_event(record) {
            Ok(event) => self.taken(record, &event, wish),
            Err(reason) => self.fault(&reason),
        }
    }

    fn taken(&mut self, record: &str, event: &Event, wish: &Wish<'_>) {
        if (wish.answers)(event) {
            self.found.push(record.to_owned());
        }
        if wish.with_keys.is_some() {
            self.keys.extend(keys_of(event).map(str::to_owned));
        }
    }

    fn fault(&mut self, reason: &str) {
        let fault = format!("it holds a record that {reason}");
        if !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }
}

fn before(records: usize) -> String {
    match records {
        0 => "no record could be read".to_owned(),
        1 => "the record before that was read".to_owned(),
        several => format!("the {several} records before that were read"),
    }
}

/// Whether nothing follows the list.
fn ends_as_log(text: &[u8]) -> bool {
    let before = text.trim_ascii_end().strip_suffix(b"}");
    before.is_some_and(|before| before.trim_ascii_end().ends_with(b"]"))
}

/// What a file is, by how it begins.
fn kind(text: &[u8]) -> Kind {
    let text = text.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(text);
    let start = text.trim_ascii_start();
    let Some(object) = start.strip_prefix(b"{") else {
        return if start.is_empty() { Kind::Empty } else { Kind::Other };
    };
    let head = object.get(..object.len().min(2048)).unwrap_or_default();
    let list = list_of(start);
    let says = |word: &[u8]| memmem::find(head, word).is_some();
    match list {
        Some(_) if says(b"\"AwsCloudTrailInsight\"") => Kind::Insight,
        // What S3 and others tell a function comes in a list of the same name.
        Some(rest) if rest.trim_ascii_start().starts_with(b"]") => Kind::Log,
        Some(_) if memmem::find(object, b"\"eventTime\"").is_some() || has_odd_escapes(object) => {
            Kind::Log
        }
        None if says(b"\"digestStartTime\"") => Kind::Digest,
        _ => Kind::Other,
    }
}

/// Whether a letter that can be part of a word is written as `\u0061`, as no writer that
/// `CloudTrail` is known to use does.
fn has_odd_escapes(text: &[u8]) -> bool {
    memmem::find_iter(text, b"\\u00").any(|at| {
        let digits = text.get(at + 4..at + 6).and_then(|digits| std::str::from_utf8(digits).ok());
        digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()).is_some_and(is_of_word)
    })
}

/// The account and Region that the first record names.
fn place_of(text: &[u8]) -> (Option<String>, Option<String>) {
    let value = |name: &[u8]| {
        let at = memmem::find(text, name)? + name.len();
        let rest = text.get(at..at + 64.min(text.len() - at))?;
        let rest = rest.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start();
        let rest = rest.strip_prefix(b"\"")?;
        let end = memchr::memchr(b'"', rest)?;
        let plain = rest.get(..end)?;
        let is_plain = plain.iter().all(|byte| is_of_word(*byte));
        is_plain.then(|| String::from_utf8_lossy(plain).into_owned())
    };
    (value(b"\"recipientAccountId\""), value(b"\"awsRegion\""))
}
