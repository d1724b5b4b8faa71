//! `CloudTrail` log archives: folders of log files of any size, searched for what a case asks.
//!
//! The questions are the same as for saved evidence and for AWS ([`crate::collect::gather`]); only
//! who answers differs ([`super::Answers`]). Each round of new questions is one pass over those
//! files in which answers can stand: the first opens the log of the function's account, later ones
//! only files of the time that is asked about. What answers is kept as it stands in its file, and
//! becomes a document like any other.

mod inflate;
mod layout;
mod log_file;
mod pass;
mod plan;
mod splitter;
mod structure;
mod times;
mod told;
mod words;

use std::collections::BTreeSet;

use self::{
    layout::{Beside, Layout},
    log_file::{Kind, Wish},
    pass::{Passed, pass},
    words::Words,
};
use super::{
    found, region,
    search::{Answers, Asked, OF_KEYS},
};
use crate::{
    evidence::{Document, LogFile, Notice},
    model::{self, Event},
    source::Search,
};

/// The path in a bundle of the document that holds what was found.
pub const DOCUMENT: &str = "cloudtrail/log-archive.json";

/// What a bundle calls the search, which is no operation of `CloudTrail`'s.
pub const OPERATION: &str = "SearchLogFiles";

/// How far a pass has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Which pass it is, from 1.
    pub pass: usize,
    /// Bytes read, as they lie on the disk.
    pub done: u64,
    /// Bytes to read.
    pub total: u64,
    /// Files to read.
    pub files: usize,
}

/// A file of the archive.
struct File {
    log: LogFile,
    layout: Layout,
    /// What it is, by where it lies.
    beside: Option<Beside>,
    /// What was seen of it when it was opened.
    seen: Option<Seen>,
    /// Whether it was given away to be read as a whole.
    handed_on: bool,
}

/// What was seen of a file.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    kind: Kind,
    /// When its first and last event took place.
    span: Option<(i64, i64)>,
    /// Its length and checksum.
    sum: Option<(u64, u32)>,
}

/// What a search needs of the world.
pub struct Surroundings<'a> {
    /// Reads files as a whole that turn out to hold something else than a log: other evidence.
    pub open: &'a mut dyn FnMut(Vec<LogFile>) -> Vec<Document>,
    /// Is told how far it has come.
    pub watch: &'a mut dyn FnMut(Progress),
}

/// Log files that answer questions.
pub struct Archive<'a> {
    files: Vec<File>,
    all: Passed,
    passes: usize,
    /// The Region in which calls to IAM are recorded.
    global: Option<&'static str>,
    around: Surroundings<'a>,
}

impl<'a> Archive<'a> {
    /// Nothing has been opened yet. `home` is the function's Region.
    pub fn new(logs: Vec<LogFile>, home: Option<&str>, around: Surroundings<'a>) -> Self {
        let files = logs.into_iter().map(File::new).collect();
        let global = home.map(|home| region::global(region::partition_of(home)));
        Self { files, all: Passed::default(), passes: 0, global, around }
    }

    /// What was found and searched, once nothing more is asked. `noticed` is what was noticed of the
    /// folders.
    pub fn finish(self, noticed: Vec<Notice>) -> Searched {
        let mut searched = Searched { archive: told::archive(&self), found: self.all.found };
        searched.note(noticed);
        searched
    }
}

/// What a search has given.
pub struct Searched {
    archive: model::Archive,
    found: BTreeSet<String>,
}

impl Searched {
    /// Keeps what was noticed of files beside what the search noticed.
    pub fn note(&mut self, notices: Vec<Notice>) {
        for Notice { place, reason } in notices {
            told::note(&mut self.archive.faults, place, reason);
        }
    }

    /// All that was found, and what was searched.
    pub fn document(&self) -> Document {
        found::document(DOCUMENT, Some(&self.archive), &self.found)
    }
}

impl Answers for Archive<'_> {
    fn answer(&mut self, asked: &Asked<'_>) -> Vec<Document> {
        let with_keys = |at: usize| {
            asked
                .keys
                .iter()
                .any(|key| self.all.keys.get(key).is_some_and(|files| files.contains(&at)))
        };
        let wanted: Vec<usize> = self
            .files
            .iter()
            .enumerate()
            .filter(|(at, file)| {
                plan::wants(&asked.searches, file)
                    || asked.first && plan::wants(&[of_keys(asked)], file)
                    || with_keys(*at)
            })
            .map(|(at, _)| at)
            .collect();
        if wanted.is_empty() {
            return Vec::new();
        }
        let words = asked.searches.iter().filter_map(|search| search.word.clone());
        let words: Vec<String> = words.chain(asked.keys.iter().cloned()).collect();
        let names = OF_KEYS.map(str::to_owned);
        let with_keys = asked.first.then(|| Words::new(words.iter().cloned().chain(names)));
        let words = Words::new(words);
        let wish = Wish {
            words: &words,
            with_keys: with_keys.as_ref(),
            global: self.global,
            any: asked.searches.iter().any(|search| search.word.is_none()),
            answers: &|event: &Event| asked.is_answered_by(event),
        };
        self.passes += 1;
        let passed = pass(&self.files, wanted, &wish, self.around.watch, self.passes);
        for (at, seen) in &passed.files {
            if let Some(file) = self.files.get_mut(*at) {
                file.seen = Some(*seen);
            }
        }
        let new: BTreeSet<String> = passed.found.difference(&self.all.found).cloned().collect();
        self.all.join(Passed { files: Vec::new(), ..passed });
        let mut documents = Vec::new();
        if !new.is_empty() {
            documents.push(found::document(DOCUMENT, None, &new));
        }
        let others = self.take_others();
        if !others.is_empty() {
            documents.extend((self.around.open)(others));
        }
        documents
    }
}

/// Calls about access keys of the function's account, at any time.
fn of_keys(asked: &Asked<'_>) -> Search {
    Search { word: None, span: None, account: asked.account.map(str::to_owned) }
}

impl File {
    fn new(log: LogFile) -> Self {
        let (layout, beside) = (Layout::of(&log.path), Beside::of(&log.path));
        Self { log, layout, beside, seen: None, handed_on: false }
    }
}

impl Archive<'_> {
    /// Files that hold something else than a log, each once.
    fn take_others(&mut self) -> Vec<LogFile> {
        let other = |file: &&mut File| {
            !file.handed_on && file.seen.is_some_and(|seen| seen.kind == Kind::Other)
        };
        let others = self.files.iter_mut().filter(other);
        others
            .map(|file| {
                file.handed_on = true;
                file.log.clone()
            })
            .collect()
    }
}
