//! Log files that are too many to be read into memory: only their names are taken in.

use std::path::{Path, PathBuf};

use super::{
    error::EvidenceError,
    limits::Limits,
    notice::{Notice, grouped},
    walk::{shown, special, trouble, walk},
};

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

/// Every file in a folder, as a log file.
///
/// # Errors
/// If the folder cannot be opened. What lies below it and cannot be looked at is a notice.
pub fn logs_in(folder: &Path) -> Result<(Vec<LogFile>, Vec<Notice>), EvidenceError> {
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
            let size = entry.metadata().map_or(0, |metadata| metadata.len());
            files.push(LogFile { path: entry.into_path(), name, size });
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
    Ok((files, notices))
}

/// A path as it is shown below the folder that was given, wherever that lies.
pub(super) fn below(folder: &Path, path: &Path) -> String {
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
