//! Taking in whatever a responder has: bundles, files, folders, archives.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufReader, Cursor, Read, Seek};
use std::path::{Path, PathBuf};

use super::archive::{self, Archive, Kind, is_zip};
use super::attached::{BUNDLE_FOLDER, SUMS_NAME, listed, listed_in_folder};
use super::bounded::{End, Taken, take};
use super::bundle::read_store;
use super::document::{Document, sha256_hex};
use super::error::EvidenceError;
use super::gzip;
use super::limits::{Budget, Limits};
use super::logs::{LogFile, begins_as_log, is_delivered};
use super::manifest::{MANIFEST_NAME, Manifest};
use super::naming::{Found, named_apart};
use super::notice::{Notice, byte_count, grouped, with_causes};
use super::store::{ArchiveStore, Fetched, FolderStore, Store, prefixes_with_manifest};
use super::walk::{shown, special, trouble, walk};

/// The name of the document that was read from standard input.
pub const STDIN_NAME: &str = "standard input";

/// All that was read from the paths given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Intake {
    /// The documents, sorted by name. No two have the same name.
    pub documents: Vec<Document>,
    /// The manifests of the bundles among them, each once, in the order read.
    pub manifests: Vec<Manifest>,
    /// What was skipped, cut or found altered.
    pub notices: Vec<Notice>,
    /// How many different bundles were read.
    pub bundles: usize,
    /// Log files of folders, which are searched and not read as a whole.
    pub logs: Vec<LogFile>,
    /// What was noticed of folders that were given as log folders.
    pub log_notices: Vec<Notice>,
}

/// Reads the paths given, of which `-` is `stdin`.
///
/// A folder or zip with a manifest of ours is read as a bundle, wherever it
/// lies below a path. Everything else is loose: files, folders of any depth,
/// gzip and zip data in one another. A named pipe is read only if it was given
/// itself, as shells do for `<(…)`.
///
/// # Errors
/// If a path given does not exist or cannot be opened, if it is a device, if
/// it is a bundle whose manifest cannot be used, or if standard input fails.
/// What lies below a path given and cannot be read is a notice.
pub fn open(
    paths: &[PathBuf],
    stdin: &mut dyn Read,
    limits: &Limits,
) -> Result<Intake, EvidenceError> {
    let mut intake = Reader::new(limits);
    let mut stdin = Some(stdin);
    for path in paths {
        if path.as_os_str() != "-" {
            intake.given(path)?;
        } else if let Some(stdin) = stdin.take() {
            intake.stdin(stdin)?;
        }
    }
    intake.settle()?;
    Ok(intake.finish())
}

/// Reads files as a whole that were found below a folder. What cannot be read is a notice.
pub fn open_each(files: &[LogFile], limits: &Limits) -> Intake {
    let mut intake = Reader::new(limits);
    for file in files {
        match File::open(&file.path) {
            // A bundle among them cannot stop the others.
            Ok(opened) => {
                if intake.file(&file.name, opened, Asked::ForWhatIsAbove).is_err() {
                    intake.note(&file.name, "it could not be read and was skipped");
                }
            }
            Err(error) => {
                intake.note(&file.name, format!("it could not be opened and was skipped: {error}"));
            }
        }
    }
    intake.finish()
}

struct Reader {
    budget: Budget,
    found: Vec<Found>,
    manifests: Vec<Manifest>,
    manifest_hashes: BTreeSet<String>,
    notices: Vec<Notice>,
    logs: Vec<LogFile>,
    /// Log files that were told by their content, and their names with the path as it was given.
    by_content: Vec<(LogFile, String)>,
    /// The first that no longer fitted into all that may be read, and how
    /// many came after it.
    left_out: Option<(String, u64)>,
    /// Whether as many files were looked at as may be.
    stopped: bool,
}

/// Whether a bundle that cannot be used is a failure or a folder like others.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    ForThis,
    ForWhatIsAbove,
}

impl Reader {
    fn new(limits: &Limits) -> Self {
        Self {
            budget: Budget::new(limits),
            found: Vec::new(),
            manifests: Vec::new(),
            manifest_hashes: BTreeSet::new(),
            notices: Vec::new(),
            logs: Vec::new(),
            by_content: Vec::new(),
            left_out: None,
            stopped: false,
        }
    }

    fn note(&mut self, place: impl Into<String>, reason: impl Into<String>) {
        self.notices.push(Notice::new(place, reason));
    }

    fn stdin(&mut self, stdin: &mut dyn Read) -> Result<(), EvidenceError> {
        self.stream(STDIN_NAME, stdin).map_err(|source| EvidenceError::Stdin { source })
    }

    /// Reads something that has no size and cannot be sought in.
    fn stream(&mut self, name: &str, reader: impl Read) -> io::Result<()> {
        if !self.one_more(name) {
            return Ok(());
        }
        let taken = take(reader, self.budget.document_bytes(), 0);
        if let End::Broken(error) = taken.end {
            return Err(error);
        }
        self.take_in(name, taken, 0, |error, _| error.to_string());
        Ok(())
    }

    fn given(&mut self, path: &Path) -> Result<(), EvidenceError> {
        let name = shown(path);
        let failed = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => EvidenceError::NotFound { path: name.clone() },
            _ => EvidenceError::Open { path: name.clone(), source },
        };
        let metadata = fs::metadata(path).map_err(failed)?;
        if metadata.is_dir() {
            fs::read_dir(path).map_err(failed)?;
            return self.folder(path);
        }
        if metadata.is_file() {
            let file = File::open(path).map_err(failed)?;
            if !self.one_more(&name) {
                return Ok(());
            }
            return self.file(&name, file, Asked::ForThis);
        }
        #[cfg(unix)]
        if std::os::unix::fs::FileTypeExt::is_fifo(&metadata.file_type()) {
            let pipe = File::open(path).map_err(failed)?;
            return self.stream(&name, pipe).map_err(failed);
        }
        Err(EvidenceError::Special { path: name })
    }

    fn folder(&mut self, root: &Path) -> Result<(), EvidenceError> {
        let depth = self.budget.limits.folder_depth;
        let attached = listed_in_folder(root);
        let mut entries = walk(root, depth, true);
        while let Some(entry) = entries.next() {
            let place = match &entry {
                Ok(entry) => shown(entry.path()),
                Err(error) => shown(error.path().unwrap_or(root)),
            };
            if let Ok(entry) = &entry
                && entry.file_type().is_file()
                && is_delivered(entry.path())
            {
                self.logs.push(LogFile::of(root, entry));
                continue;
            }
            if !self.one_more(&place) {
                break;
            }
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    self.note(place, trouble(&error));
                    continue;
                }
            };
            let kind = entry.file_type();
            if kind.is_dir() {
                let asked = match entry.depth() {
                    0 => Asked::ForThis,
                    _ => Asked::ForWhatIsAbove,
                };
                if self.folder_bundle(entry.path(), asked)? {
                    entries.skip_current_dir();
                } else if entry.depth() >= depth {
                    self.note(
                        place,
                        format!(
                            "it lies {} folders deep; what is in it was not read",
                            grouped(depth as u64)
                        ),
                    );
                }
            } else if entry.depth() == 1
                && entry.file_name().to_str().is_some_and(|name| attached.contains(name))
            {
                // The report that was made of the evidence beside it.
            } else if kind.is_file() {
                match File::open(entry.path()).and_then(|mut file| {
                    let is_log = begins_as_log(&mut file)?;
                    Ok((file, is_log))
                }) {
                    Ok((_, true)) => {
                        let log = LogFile::of(root, &entry);
                        self.by_content.push((log, place));
                    }
                    Ok((file, false)) => self.file(&place, file, Asked::ForWhatIsAbove)?,
                    Err(error) => {
                        self.note(
                            place,
                            format!("it could not be opened and was skipped: {error}"),
                        );
                    }
                }
            } else {
                self.note(place, special(kind));
            }
        }
        Ok(())
    }

    /// Leaves log files that were told by their content to be searched where they are many. What
    /// is little is read as a whole: each record that cannot be read is then named.
    fn settle(&mut self) -> Result<(), EvidenceError> {
        let logs = std::mem::take(&mut self.by_content);
        if logs.iter().map(|(log, _)| log.size).sum::<u64>() > self.budget.limits.whole_logs {
            self.logs.extend(logs.into_iter().map(|(log, _)| log));
            return Ok(());
        }
        for (log, place) in logs {
            match File::open(&log.path) {
                Ok(file) => self.file(&place, file, Asked::ForWhatIsAbove)?,
                Err(error) => {
                    self.note(place, format!("it could not be opened and was skipped: {error}"));
                }
            }
        }
        Ok(())
    }

    /// Reads a folder as a bundle if it is one.
    fn folder_bundle(&mut self, folder: &Path, asked: Asked) -> Result<bool, EvidenceError> {
        if FolderStore::manifest_file(folder).is_none() {
            return Ok(false);
        }
        self.bundle(&mut FolderStore::new(folder), asked)
    }

    /// Reads a store as a bundle if its manifest is ours and can be used.
    fn bundle(&mut self, store: &mut dyn Store, asked: Asked) -> Result<bool, EvidenceError> {
        let limit = self.budget.document_bytes();
        let ours = match store.read(MANIFEST_NAME, limit) {
            Fetched::Bytes(bytes, _) => {
                self.budget.spend(bytes.len() as u64);
                Manifest::is_ours(&bytes)
            }
            Fetched::TooLong => {
                self.budget.spend(limit.saturating_add(1));
                false
            }
            Fetched::Missing | Fetched::Refused(_) => false,
        };
        if !ours {
            return Ok(false);
        }
        let bundle = match read_store(store, &mut self.budget) {
            Ok(bundle) => bundle,
            Err(error) if asked == Asked::ForThis => return Err(error),
            Err(error) => {
                self.note(
                    store.place(MANIFEST_NAME),
                    format!(
                        "this bundle was read as loose files, because casefile failed to {}",
                        with_causes(&error)
                    ),
                );
                return Ok(false);
            }
        };
        self.found.extend(
            bundle
                .documents
                .into_iter()
                .map(|document| Found { full_name: store.place(&document.name), document }),
        );
        self.notices.extend(bundle.notices);
        if self.manifest_hashes.insert(bundle.manifest_sha256) {
            self.manifests.push(bundle.manifest);
        }
        Ok(true)
    }

    fn file(&mut self, name: &str, mut file: File, asked: Asked) -> Result<(), EvidenceError> {
        let unreadable =
            |error: &io::Error| format!("it could not be read and was skipped: {error}");
        let mut magic = Vec::new();
        let start = Read::by_ref(&mut file)
            .take(4)
            .read_to_end(&mut magic)
            .and_then(|_| file.rewind())
            .and_then(|()| file.metadata());
        let size = match start {
            Ok(metadata) => metadata.len(),
            Err(error) => {
                self.note(name, unreadable(&error));
                return Ok(());
            }
        };
        if is_zip(&magic) {
            // Read from the disk, member by member: only members need to fit
            // into memory.
            return self.archive(name, BufReader::new(file), 1, asked);
        }
        if self.budget.is_spent() {
            self.leave_out(name);
            return Ok(());
        }
        if size > self.budget.limits.document_bytes {
            self.too_large(name, "it is larger than what is read");
            return Ok(());
        }
        let taken = take(file, self.budget.document_bytes(), size);
        self.take_in(name, taken, 0, |error, read| {
            format!(
                "it could not be read to its end ({error}); {} of it were read",
                byte_count(read as u64)
            )
        });
        Ok(())
    }

    /// Takes what was read of a file, a stream or a member of an archive.
    fn take_in(
        &mut self,
        name: &str,
        taken: Taken,
        around: usize,
        break_reason: impl Fn(&io::Error, usize) -> String,
    ) {
        if matches!(taken.end, End::Whole) && taken.bytes.is_empty() {
            self.note(name, "the file is empty");
        } else if let Some(bytes) = self.keep(name, taken, break_reason)
            && !bytes.is_empty()
        {
            self.unpack(name, bytes, None, around);
        }
    }

    /// `around` is how many archives the bytes were in, and `stored_sha256`
    /// the hash of the gzip data that they came out of.
    fn unpack(&mut self, name: &str, bytes: Vec<u8>, stored_sha256: Option<String>, around: usize) {
        let (packed, zipped) = (gzip::is_gzip(&bytes), is_zip(&bytes));
        if (packed || zipped) && around >= self.budget.limits.nesting {
            self.note(
                name,
                format!(
                    "it is an archive within {} others; it was not unpacked",
                    grouped(around as u64)
                ),
            );
        } else if packed {
            let stored_sha256 = stored_sha256.unwrap_or_else(|| sha256_hex(&bytes));
            let taken = gzip::gunzip(&bytes, self.budget.document_bytes());
            drop(bytes);
            let empty = matches!(taken.end, End::Whole) && taken.bytes.is_empty();
            if empty {
                self.note(name, "the file is empty once it is unpacked");
            } else if let Some(bytes) = self.keep(name, taken, gzip::break_reason)
                && !bytes.is_empty()
            {
                self.unpack(name, bytes, Some(stored_sha256), around + 1);
            }
        } else if zipped {
            let reader = Cursor::new(bytes);
            if let Err(error) = self.archive(name, reader, around + 1, Asked::ForWhatIsAbove) {
                self.note(name, format!("casefile failed to {}", with_causes(&error)));
            }
        } else {
            let stored_sha256 = stored_sha256.unwrap_or_else(|| sha256_hex(&bytes));
            self.found.push(Found {
                full_name: name.to_owned(),
                document: Document {
                    name: name.to_owned(),
                    stored_sha256,
                    bytes,
                    from_bundle: false,
                    request: None,
                },
            });
        }
    }

    /// Reads the bundles in an archive, and the other members as loose files, but for a report that
    /// was made of the bundle beside it.
    /// `around` counts this archive and those that it lies in.
    fn archive<R: Read + Seek>(
        &mut self,
        name: &str,
        reader: R,
        around: usize,
        asked: Asked,
    ) -> Result<(), EvidenceError> {
        let mut archive = match Archive::open(reader, name, &mut self.budget) {
            Ok((archive, notices)) => {
                self.notices.extend(notices);
                archive
            }
            Err(reason) => {
                self.note(name, reason);
                return Ok(());
            }
        };
        if archive.members().iter().all(|member| member.kind == Kind::Folder) {
            self.note(name, "the archive is empty");
        }

        let mut bundles: BTreeSet<String> = BTreeSet::new();
        for prefix in prefixes_with_manifest(&archive) {
            if lies_in(&bundles, &prefix) {
                continue;
            }
            let asked = match prefix.matches('/').count() {
                0 | 1 => asked,
                _ => Asked::ForWhatIsAbove,
            };
            let mut store = ArchiveStore::new(&mut archive, name, &prefix);
            if self.bundle(&mut store, asked)? {
                bundles.insert(prefix);
            }
        }

        let has_bundle = bundles.contains(&format!("{BUNDLE_FOLDER}/"));
        let sums = archive.find(SUMS_NAME).map(|index| archive.read(index, 1 << 20));
        let sums = sums.and_then(Result::ok);
        let attached =
            sums.map(|taken| listed(taken.bytes.as_slice(), has_bundle)).unwrap_or_default();
        for index in 0..archive.members().len() {
            let Some(member) = archive.members().get(index) else {
                break;
            };
            let passed = lies_in(&bundles, &member.name) || attached.contains(&member.name);
            if member.kind == Kind::Folder || passed {
                continue;
            }
            let place = format!("{name}!{}", member.name);
            if member.kind == Kind::Link {
                self.note(place, "it is a symbolic link in an archive; it was not followed");
            } else if self.budget.is_spent() {
                self.leave_out(&place);
            } else {
                match archive.read(index, self.budget.document_bytes()) {
                    Ok(taken) => self.take_in(&place, taken, around, archive::break_reason),
                    Err(reason) => self.note(place, reason),
                }
            }
        }
        Ok(())
    }

    /// Counts what was read, and notes why it is not all there.
    fn keep(
        &mut self,
        name: &str,
        taken: Taken,
        break_reason: impl Fn(&io::Error, usize) -> String,
    ) -> Option<Vec<u8>> {
        let cut_by_total = self.budget.document_bytes() < self.budget.limits.document_bytes;
        self.budget.spend(taken.read);
        match taken.end {
            End::Whole => Some(taken.bytes),
            End::TooLong if cut_by_total => {
                self.leave_out(name);
                None
            }
            End::TooLong => {
                self.too_large(name, "it holds or unpacks to more than is read");
                None
            }
            End::Broken(error) => {
                self.note(name, break_reason(&error, taken.bytes.len()));
                Some(taken.bytes)
            }
        }
    }

    fn too_large(&mut self, name: &str, what: &str) {
        let bound = self.budget.document_bound();
        self.note(name, format!("{what} and was left out whole: {bound} was reached"));
    }

    fn leave_out(&mut self, name: &str) {
        match &mut self.left_out {
            Some((_, more)) => *more += 1,
            None => self.left_out = Some((name.to_owned(), 0)),
        }
    }

    /// Counts one more file; notes once that there were too many.
    fn one_more(&mut self, name: &str) -> bool {
        if self.budget.take_file() {
            return true;
        }
        if !self.stopped {
            self.stopped = true;
            let bound = self.budget.files_bound();
            self.note(
                name,
                format!("it and everything after it was left out: {bound} was reached; give fewer files at a time"),
            );
        }
        false
    }

    fn finish(mut self) -> Intake {
        if let Some((name, more)) = self.left_out.take() {
            let others = match more {
                0 => String::new(),
                _ => format!(" and {} more after it", grouped(more)),
            };
            let bound = self.budget.total_bound();
            self.note(
                name,
                format!("it{others} was left out: {bound} was reached; give fewer files at a time"),
            );
        }
        let mut seen = BTreeSet::new();
        self.notices.retain(|notice| seen.insert(notice.clone()));
        Intake {
            documents: named_apart(self.found),
            bundles: self.manifests.len(),
            manifests: self.manifests,
            notices: self.notices,
            logs: self.logs,
            log_notices: Vec::new(),
        }
    }
}

/// Whether a name is below one of the folders, which are empty for the whole
/// archive or end with `/`.
fn lies_in(folders: &BTreeSet<String>, name: &str) -> bool {
    folders.contains("")
        || name
            .match_indices('/')
            .filter_map(|(at, _)| name.get(..=at))
            .any(|folder| folders.contains(folder))
}

#[cfg(test)]
mod tests;
