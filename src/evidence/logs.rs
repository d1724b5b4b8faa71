//! Log files that are too many to be read into memory: only their names are taken in.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use super::{
    error::EvidenceError,
    gzip::is_gzip,
    input::Intake,
    limits::Limits,
    notice::{Notice, grouped},
    walk::{shown, special, trouble, walk},
};

/// So much of a file is looked at to tell what it is.
const HEAD: usize = 4096;

/// A file that may hold `CloudTrail` records, and was not opened yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFile {
    /// Where it lies.
    pub path: PathBuf,
    /// Its path below the folder that was given, as it is shown.
    pub name: String,
    /// Its size on the disk, in bytes.
    pub size: u64,
}

impl LogFile {
    /// A file that was met below a folder.
    pub(super) fn of(folder: &Path, entry: &walkdir::DirEntry) -> Self {
        Self {
            path: entry.path().to_owned(),
            name: below(folder, entry.path()),
            size: entry.metadata().map_or(0, |metadata| metadata.len()),
        }
    }
}

impl Intake {
    /// Adds every file in these folders, as log files.
    ///
    /// # Errors
    /// If a folder cannot be opened.
    pub fn add_logs(&mut self, folders: &[PathBuf]) -> Result<(), EvidenceError> {
        for folder in folders {
            let (logs, notices) = logs_in(folder)?;
            self.logs.extend(logs);
            self.log_notices.extend(notices);
        }
        Ok(())
    }
}

/// Every file in a folder, as a log file.
/// What lies below it and cannot be looked at is a notice.
fn logs_in(folder: &Path) -> Result<(Vec<LogFile>, Vec<Notice>), EvidenceError> {
    let failed = |source| EvidenceError::Open { path: shown(folder), source };
    let metadata = folder.metadata().map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => EvidenceError::NotFound { path: shown(folder) },
        _ => failed(source),
    })?;
    if metadata.is_file() {
        let name = folder.file_name().map_or_else(|| shown(folder), |name| shown(Path::new(name)));
        let file = LogFile { path: folder.to_owned(), name, size: metadata.len() };
        return Ok((vec![file], Vec::new()));
    }
    folder.read_dir().map_err(failed)?;
    let depth = Limits::default().folder_depth;
    let (mut files, mut notices) = (Vec::new(), Vec::new());
    for entry in walk(folder, depth, true) {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                let place = below(folder, error.path().unwrap_or(folder));
                notices.push(Notice::new(place, trouble(&error)));
                continue;
            }
        };
        let kind = entry.file_type();
        let name = below(folder, entry.path());
        if kind.is_file() {
            files.push(LogFile::of(folder, &entry));
        } else if !kind.is_dir() {
            notices.push(Notice::new(name, special(kind)));
        } else if entry.depth() >= depth {
            let deep = grouped(depth as u64);
            notices.push(Notice::new(
                name,
                format!("it lies {deep} folders deep; what is in it was not read"),
            ));
        }
    }
    if files.is_empty() && notices.is_empty() {
        let name = folder.file_name().map_or_else(|| shown(folder), |name| shown(Path::new(name)));
        notices.push(Notice::new(name, "it holds no file".to_owned()));
    }
    Ok((files, notices))
}

/// A path as it is shown below the folder that was given, wherever that lies.
fn below(folder: &Path, path: &Path) -> String {
    shown(path.strip_prefix(folder).unwrap_or(path))
}

/// Whether a file in a folder is a log as `CloudTrail` delivers it, by its path: a folder of that
/// name in an account's, or the name that every log file is given.
pub(super) fn is_delivered(path: &Path) -> bool {
    let is_account =
        |text: &str| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    let steps: Vec<&str> = path.iter().filter_map(|step| step.to_str()).collect();
    let in_folder = steps.iter().zip(steps.iter().skip(1)).any(|(account, step)| {
        is_account(account)
            && matches!(*step, "CloudTrail" | "CloudTrail-Digest" | "CloudTrail-Insight")
    });
    let named =
        steps.last().and_then(|name| name.split_once('_')).is_some_and(|(account, rest)| {
            is_account(account)
                && (rest.starts_with("CloudTrail_") || rest.starts_with("CloudTrail-"))
        });
    in_folder || named
}

/// Whether a file is a log by how its content begins, packed or not: the list `Records` of calls.
pub(super) fn begins_as_log(file: &mut File) -> io::Result<bool> {
    let mut head = Vec::with_capacity(HEAD);
    Read::by_ref(file).take(HEAD as u64).read_to_end(&mut head)?;
    file.rewind()?;
    if is_gzip(&head) {
        let mut unpacked = Vec::with_capacity(HEAD);
        // The end of what was read is no end of the data.
        let _ = MultiGzDecoder::new(head.as_slice()).take(HEAD as u64).read_to_end(&mut unpacked);
        head = unpacked;
    }
    let after =
        |text: &[u8], mark: &[u8]| text.trim_ascii_start().strip_prefix(mark).map(<[u8]>::to_vec);
    let records = after(&head, b"{")
        .and_then(|rest| after(&rest, b"\"Records\""))
        .and_then(|rest| after(&rest, b":"))
        .and_then(|rest| after(&rest, b"["))
        .and_then(|rest| after(&rest, b"{"));
    let Some(record) = records else { return Ok(false) };
    let says = |word: &str| record.windows(word.len()).any(|part| part == word.as_bytes());
    // What S3 and others tell a function comes in a list of that name, too.
    let notification = ["\"eventSource\":\"aws:", "\"eventSource\": \"aws:"];
    Ok(!notification.iter().any(|mark| says(mark))
        && ["\"eventVersion\"", "\"userIdentity\"", "\"eventTime\""].iter().any(|name| says(name)))
}
