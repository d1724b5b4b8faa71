//! What a program took: asked of the system by a process that waits for this program alone.

use std::{
    env,
    fs::File,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

use serde::{Deserialize, Serialize};

use crate::corpus::Fallible;

/// The argument that makes this program one that waits.
pub const WAIT: &str = "--wait-for";

/// What a run took.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Taken {
    /// Seconds of processor time, of the user and the system, of it and all that it started.
    pub cpu: f64,
    /// Seconds that went by.
    pub wall: f64,
    /// The most memory that one process of it held, in bytes.
    pub memory: u64,
    /// Its exit code; -1 after a signal.
    pub code: i32,
}

/// Runs a command in a waiting process, with its output in a file, and tells what it took.
pub fn run(command: &[String], output: &Path) -> Fallible<Taken> {
    let mut waiting = Command::new(env::current_exe()?);
    waiting.arg(WAIT).arg(output).args(command).stdin(Stdio::null());
    let told = waiting.stderr(Stdio::inherit()).output()?;
    if !told.status.success() {
        return Err(format!("{command:?} could not be run").into());
    }
    Ok(serde_json::from_slice(&told.stdout)?)
}

/// Where a command's standard error goes, whose output is in that file.
pub fn complaints(output: &Path) -> PathBuf {
    output.with_extension("errors")
}

/// The waiting process: `arguments` are the file for the output, and the command.
#[cfg(unix)]
pub fn wait(arguments: &[String]) -> Fallible<()> {
    use nix::sys::{
        resource::{UsageWho, getrusage},
        time::TimeValLike,
    };

    let [output, program, arguments @ ..] = arguments else { return Err("no command".into()) };
    let started = Instant::now();
    let status = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(File::create(output)?)
        .stderr(File::create(complaints(Path::new(output)))?)
        .status()?;
    let wall = started.elapsed().as_secs_f64();
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let cpu = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    // Kilobytes, but on macOS bytes.
    let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
    let taken = Taken {
        cpu: cpu as f64 / 1e6,
        wall,
        memory: u64::try_from(usage.max_rss())? * unit,
        code: status.code().unwrap_or(-1),
    };
    println!("{}", serde_json::to_string(&taken)?);
    Ok(())
}

/// Elsewhere nothing tells it.
#[cfg(not(unix))]
pub fn wait(_: &[String]) -> Fallible<()> {
    Err("processor time is measured on Unix alone".into())
}
