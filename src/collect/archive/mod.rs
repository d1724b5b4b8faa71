//! `CloudTrail` log archives: folders of log files of any size, searched for what a case asks.
//!
//! The questions are the same as for saved evidence and for AWS ([`crate::collect::rounds`]); only
//! who answers differs. Each round of new questions is one pass over those files in which answers
//! can stand: the first opens the log of the function's account, later ones only files of the time
//! that is asked about. What answers is kept as it stands in its file, and becomes a document like
//! any other.

mod inflate;
mod layout;
mod log_file;
mod pass;
mod plan;
mod splitter;
mod times;
mod told;
mod words;

use std::collections::BTreeSet;

use self::{
    layout::{Beside, Layout},
    log_file::{Asked, Kind},
    pass::{Passed, pass},
    plan::Plan,
    words::Words,
};
use super::{
    Scope,
    rounds::{self, Round},
};
use crate::{
    evidence::{Document, LogFile},
    model::{Event, Finding, Subject},
    source::{Question, Reader},
};

/// The name of the document that holds what was found.
const DOCUMENT: &str = "CloudTrail log archive";

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

/// Searches log files for what the case asks, round by round. Gives the records that answer, and
/// what was searched, as one document.
///
/// `given` is the rest of the evidence.
pub fn search(
    logs: Vec<LogFile>,
    given: &[Document],
    finding: &Finding,
    subject: &Subject,
    scope: &Scope,
    around: &mut Surroundings<'_>,
) -> Document {
    let mut reader = Reader::default();
    given.iter().for_each(|document| reader.add(document));
    let mut search = Search {
        files: logs.into_iter().map(File::new).collect(),
        all: Passed::default(),
        asked: BTreeSet::new(),
        passes: 0,
    };
    loop {
        let gathered = rounds::gather(reader.reading(), finding, subject, scope);
        let new: Vec<Question> =
            gathered.questions.into_iter().filter(|it| !search.asked.contains(it)).collect();
        if new.is_empty() {
            break;
        }
        let events: Vec<&Event> = gathered.events.iter().map(|kept| &kept.fact).collect();
        let plan = Plan::of(&new, subject, &events, search.passes == 0);
        let found = search.pass(&plan, &new, scope, around.watch);
        search.asked.extend(new);
        if !found.is_empty() {
            reader.add(&told::document(None, &found));
        }
        let others = search.take_others();
        if !others.is_empty() {
            (around.open)(others).iter().for_each(|document| reader.add(document));
        }
    }
    told::document(Some(&told::archive(&search)), &search.all.found)
}

struct Search {
    files: Vec<File>,
    all: Passed,
    asked: BTreeSet<Question>,
    passes: usize,
}

impl File {
    fn new(log: LogFile) -> Self {
        let (layout, beside) = (Layout::of(&log.path), Beside::of(&log.path));
        Self { log, layout, beside, seen: None, handed_on: false }
    }
}

impl Search {
    /// One pass, if anything is to be asked of any file; gives what was not found before.
    fn pass(
        &mut self,
        plan: &Plan,
        questions: &[Question],
        scope: &Scope,
        watch: &mut dyn FnMut(Progress),
    ) -> BTreeSet<String> {
        let wanted: Vec<usize> = self
            .files
            .iter()
            .enumerate()
            .filter(|(_, file)| plan.wants(file))
            .map(|(at, _)| at)
            .collect();
        if wanted.is_empty() {
            return BTreeSet::new();
        }
        let round = Round::of(questions.iter());
        let answers = |event: &Event| {
            !scope.is_own(event) && (round.may_be_answered_by(event) || plan.keeps(event))
        };
        let words = Words::new(plan.words());
        let asked = Asked { words: &words, any: plan.any(), answers: &answers };
        self.passes += 1;
        let passed = pass(&self.files, wanted, &asked, watch, self.passes);
        for (at, seen) in &passed.files {
            if let Some(file) = self.files.get_mut(*at) {
                file.seen = Some(*seen);
            }
        }
        let new = passed.found.difference(&self.all.found).cloned().collect();
        self.all.join(Passed { files: Vec::new(), ..passed });
        new
    }

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
