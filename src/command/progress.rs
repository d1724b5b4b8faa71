//! How far a collection has come, on standard error: one line a source.

use std::{
    collections::BTreeMap,
    io::{IsTerminal, stderr},
    time::Duration,
};

use anstream::eprintln;
use casefile::{
    collect::live::{Progress, Watch},
    model::Source,
    render::plain,
};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Without a terminal, a source's line is repeated after so many answers.
const EVERY: usize = 20;

/// Tells how far a collection has come: lines that change on a terminal, a few plain lines
/// elsewhere, none when nothing shall be said.
pub struct Lines {
    quiet: bool,
    verbose: bool,
    bars: Option<MultiProgress>,
    sources: BTreeMap<Source, Line>,
}

#[derive(Default)]
struct Line {
    bar: Option<ProgressBar>,
    said: Option<usize>,
    finished: bool,
}

impl Lines {
    /// Nothing has been told yet.
    pub fn new(quiet: bool, verbose: bool) -> Self {
        let bars = (!quiet && stderr().is_terminal())
            .then(|| MultiProgress::with_draw_target(ProgressDrawTarget::stderr()));
        Self { quiet, verbose, bars, sources: BTreeMap::new() }
    }

    /// Says a line above those that change.
    fn say(&self, words: &str) {
        match &self.bars {
            Some(bars) => bars.suspend(|| eprintln!("{words}")),
            None => eprintln!("{words}"),
        }
    }
}

impl Watch for Lines {
    fn progress(&mut self, progress: &Progress) {
        if self.quiet {
            return;
        }
        let words = words(progress);
        let line = self.sources.entry(progress.source).or_default();
        if line.finished {
            return;
        }
        line.finished = progress.finished;
        if let Some(bars) = &self.bars {
            let bar = line.bar.get_or_insert_with(|| {
                let style = ProgressStyle::with_template("{spinner} {msg}");
                let bar = bars.add(ProgressBar::new_spinner());
                bar.enable_steady_tick(Duration::from_millis(120));
                style.map(|style| bar.clone().with_style(style)).unwrap_or(bar)
            });
            if !progress.finished {
                bar.set_message(words);
                return;
            }
            bar.finish_and_clear();
        }
        let due = line.said.is_none_or(|said| progress.answers >= said + EVERY);
        let begins = line.said.is_none() && progress.left == 0 && !progress.finished;
        if progress.finished || due && !begins {
            line.said = Some(progress.answers);
            self.say(&words);
        }
    }

    fn notice(&mut self, words: &str) {
        if !self.quiet {
            self.say(&format!("  {}", plain(words)));
        }
    }

    fn attempt(&mut self, words: &str) {
        if self.verbose {
            self.say(&format!("  {}", plain(words)));
        }
    }
}

fn words(progress: &Progress) -> String {
    let Progress { source, answers, records, left, takes, finished } = progress;
    let count = |number: usize, one: &str| match number {
        1 => format!("1 {one}"),
        _ => format!("{number} {one}s"),
    };
    let (answers, records) = (count(*answers, "answer"), count(*records, "record"));
    let came = format!("  {:<11} {answers}, {records}", source.title());
    match (finished, left) {
        (true, _) => format!("{came}, done"),
        (false, 0) => came,
        (false, left) if *source == Source::CloudTrail => {
            format!("{came}; {left} more to ask, about {} s", takes.as_secs() + 1)
        }
        (false, left) => format!("{came}; {left} more to ask"),
    }
}
