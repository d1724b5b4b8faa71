//! What people read on standard error, and the exit codes.

use std::io::{self, Write};

use anstream::eprintln;
use anstyle::{AnsiColor, Style};
#[cfg(feature = "live")]
use casefile::collect::live::CollectError;
use casefile::{collect::Candidate, error::Error, render::plain};

/// Nothing that was asked for could be made.
pub const FAILED: u8 = 1;
/// The command was wrong.
pub const WRONG_USAGE: u8 = 2;
/// The finding is not there.
pub const NOT_FOUND: u8 = 3;
/// Written, but things were not seen.
pub const GAPS: u8 = 4;

pub const ERROR: Style = AnsiColor::Red.on_default().bold();
pub const STRONG: Style = Style::new().bold();

pub fn print(bytes: &[u8]) -> u8 {
    match to_stdout(bytes) {
        Ok(()) => 0,
        Err(error) => complain(&format!("write to standard output: {error}"), FAILED),
    }
}

/// Writes to standard output. A reader that has seen enough, such as `head`, is no failure.
pub fn to_stdout(bytes: &[u8]) -> io::Result<()> {
    match io::stdout().lock().write_all(bytes) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

pub fn complain(what: &str, code: u8) -> u8 {
    eprintln!("{ERROR}error:{ERROR:#} failed to {}", plain(what));
    code
}

/// Prints the error with its causes and gives the exit code.
pub fn complain_of(error: &Error) -> u8 {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text.push_str(&format!(": {inner}"));
        cause = inner.source();
    }
    let lines: Vec<String> = text.lines().map(plain).collect();
    eprintln!("{ERROR}error:{ERROR:#} failed to {}", lines.join("\n"));
    match error {
        Error::SeveralFindings(candidates) => {
            list(candidates);
            WRONG_USAGE
        }
        Error::FindingNotFound { candidates, .. } => {
            list(candidates);
            NOT_FOUND
        }
        #[cfg(feature = "live")]
        Error::Collect(CollectError::NotFound { .. }) => NOT_FOUND,
        #[cfg(feature = "live")]
        Error::Collect(CollectError::NoRegion | CollectError::NotARegion(_)) => WRONG_USAGE,
        _ => FAILED,
    }
}

fn list(candidates: &[Candidate]) {
    for candidate in candidates {
        eprintln!(
            "  {}  {}  {}",
            plain(&candidate.id),
            plain(&candidate.kind),
            plain(&candidate.resource)
        );
    }
}
