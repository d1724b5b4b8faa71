//! What is told to whoever waits.

use std::time::Duration;

use crate::model::Source;

/// How far a source has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The source.
    pub source: Source,
    /// Answers that have come.
    pub answers: usize,
    /// Records in them.
    pub records: usize,
    /// Questions that are left, as far as is known by now.
    pub left: usize,
    /// How long these take at the pace that AWS allows.
    pub takes: Duration,
    /// Whether nothing more will be asked.
    pub finished: bool,
}

/// Whoever waits. Bodies and credentials are never among what is told.
pub trait Watch {
    /// A source has come further.
    fn progress(&mut self, progress: &Progress);
    /// Something that must be known at once.
    fn notice(&mut self, words: &str);
    /// One attempt at a call: what was asked where, and what came of it.
    fn attempt(&mut self, words: &str);
}
