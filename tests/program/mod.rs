//! The program as a user runs it, and the samples.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use assert_cmd::cargo::CommandCargoExt;

/// What a report states, beside how its evidence was come by.
pub const FACTS: [&str; 11] = [
    "actors",
    "changes",
    "finding",
    "graph",
    "headline",
    "indicators",
    "insights",
    "provenance",
    "statements",
    "subject",
    "timeline",
];

/// What a run printed, and how it ended.
#[derive(Debug)]
pub struct Run {
    /// Exit code.
    pub code: i32,
    /// Standard output.
    pub out: Vec<u8>,
    /// Standard error.
    pub err: String,
}

impl Run {
    /// The exit code, which must be this one.
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}", self.err);
        self
    }
}

/// Runs the program in that folder.
pub fn run_in<A: AsRef<OsStr>>(folder: &Path, arguments: impl IntoIterator<Item = A>) -> Run {
    run_in_with(folder, arguments, &[])
}

/// Runs the program in that folder, with more in its environment.
pub fn run_in_with<A: AsRef<OsStr>>(
    folder: &Path,
    arguments: impl IntoIterator<Item = A>,
    environment: &[(&str, &str)],
) -> Run {
    let mut command = Command::cargo_bin("casefile").expect("the program");
    command.args(arguments).current_dir(folder).env_remove("COLUMNS").env_remove("RUST_BACKTRACE");
    command.envs(environment.iter().copied());
    let Output { status, stdout, stderr } = command.output().expect("the program runs");
    let err = String::from_utf8(stderr).expect("UTF-8");
    Run { code: status.code().expect("no signal"), out: stdout, err }
}

/// Runs the program in the project's folder.
pub fn run<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Run {
    run_in(&root(), arguments)
}

/// The project's folder.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The samples by name.
pub fn samples() -> Vec<String> {
    let entries = fs::read_dir(root().join("samples")).expect("the samples");
    let mut samples: Vec<String> = entries
        .map(|entry| entry.expect("a sample").path())
        .filter(|path| path.is_dir())
        .map(|path| path.file_name().expect("a name").to_string_lossy().into_owned())
        .collect();
    samples.sort();
    assert!(!samples.is_empty());
    samples
}

/// Where a sample is.
pub fn sample(name: &str) -> PathBuf {
    root().join("samples").join(name)
}
