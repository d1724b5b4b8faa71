//! What can stop a run, one variant a stage.

use std::path::PathBuf;

use crate::{collect::Candidate, evidence::EvidenceError, render::RenderError};

/// A failure to make a report. Messages are fragments that fit after "failed to".
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The evidence could not be opened.
    #[error("open the evidence")]
    Evidence(#[from] EvidenceError),
    /// No finding could be read.
    #[error(
        "find a GuardDuty finding among {documents} documents; give the finding's JSON too, for \
         example the output of `aws guardduty get-findings`{}",
        reasons(.problems)
    )]
    NoFinding {
        /// Documents that were read.
        documents: usize,
        /// The first problems that reading met, in words.
        problems: Vec<String>,
    },
    /// Several findings, and nothing says which is meant.
    #[error("choose among {} findings; say which with --finding ID", .0.len())]
    SeveralFindings(Vec<Candidate>),
    /// The finding that was asked for is not there.
    #[error("find the finding {wanted} among the {} that were read", .candidates.len())]
    FindingNotFound {
        /// What was asked for.
        wanted: String,
        /// What is there.
        candidates: Vec<Candidate>,
    },
    /// The evidence could not be collected.
    #[cfg(feature = "live")]
    #[error(transparent)]
    Collect(#[from] crate::collect::live::CollectError),
    /// The report could not be rendered.
    #[error("render the report")]
    Render(#[from] RenderError),
    /// The report could not be written.
    #[error("write {}", .path.display())]
    Write {
        /// Where to.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
}

fn reasons(problems: &[String]) -> String {
    problems.iter().map(|problem| format!("\n  {problem}")).collect()
}
