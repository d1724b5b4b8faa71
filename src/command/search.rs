//! How far the search of log files has come, on standard error.

use std::io::{IsTerminal, stderr};

use casefile::collect::archive::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// One bar a pass, on a terminal only.
pub struct Search {
    shown: bool,
    pass: usize,
    bar: Option<ProgressBar>,
}

impl Search {
    /// Nothing is shown where nobody looks.
    pub fn new(quiet: bool) -> Self {
        Self { shown: !quiet && stderr().is_terminal(), pass: 0, bar: None }
    }

    /// Shows bytes, rate and time left.
    pub fn tell(&mut self, progress: Progress) {
        if !self.shown {
            return;
        }
        if self.pass != progress.pass {
            self.clear();
            self.pass = progress.pass;
            let bar =
                ProgressBar::with_draw_target(Some(progress.total), ProgressDrawTarget::stderr());
            let style = ProgressStyle::with_template(
                "  {msg} {bar:24} {bytes}/{total_bytes}  {bytes_per_sec}  {eta} left",
            );
            if let Ok(style) = style {
                bar.set_style(style);
            }
            bar.set_message(format!("logs, pass {}: {} files", progress.pass, progress.files));
            self.bar = Some(bar);
        }
        if let Some(bar) = &self.bar {
            bar.set_position(progress.done);
        }
        // Others have something to tell between passes.
        if progress.done >= progress.total {
            self.clear();
        }
    }

    fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

impl Drop for Search {
    fn drop(&mut self) {
        self.clear();
    }
}
