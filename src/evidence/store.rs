//! Where the files of a bundle lie: in a folder or in a zip archive.

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek};
use std::path::{Path, PathBuf};

use super::archive::{self, Archive, Kind};
use super::bounded::{End, Taken, take};
use super::error::EvidenceError;
use super::limits::{Budget, Limits};
use super::manifest::MANIFEST_NAME;
use super::notice::Notice;
use super::walk::{shown, special, trouble, walk};

/// The files of one bundle.
pub(super) trait Store {
    /// Reads the file of a path that [`super::Manifest::parse`] let through.
    fn read(&mut self, path: &str, limit: u64) -> Fetched;

    /// The names of all files, sorted, and what could not be listed.
    fn names(&mut self, limits: &Limits) -> (Vec<String>, Vec<Notice>);

    /// A path in the bundle as a notice names it.
    fn place(&self, path: &str) -> String;
}

/// What a store has for a path.
pub(super) enum Fetched {
    /// The bytes, and why there are no more of them if it broke off.
    Bytes(Vec<u8>, Option<String>),
    TooLong,
    Missing,
    /// It is there and was not read, for this reason.
    Refused(String),
}

/// A bundle in a folder.
pub(super) struct FolderStore {
    root: PathBuf,
}

impl FolderStore {
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// The folder itself, if it has a manifest.json, whoever wrote that.
    pub fn manifest_file(root: &Path) -> Option<PathBuf> {
        let path = root.join(MANIFEST_NAME);
        path.is_file().then_some(path)
    }

    fn fetch(&self, path: &str, limit: u64) -> io::Result<Fetched> {
        let path = self.root.join(path);
        let kind = fs::metadata(&path)?;
        // A link to a file of this machine would otherwise end up in a report
        // on a bundle that somebody sent.
        if !fs::canonicalize(&path)?.starts_with(fs::canonicalize(&self.root)?) {
            return Ok(Fetched::Refused(
                "it is a symbolic link that leads out of the bundle; it was not followed"
                    .to_owned(),
            ));
        }
        if kind.is_dir() {
            return Ok(Fetched::Refused("it is a folder and not a file".to_owned()));
        }
        if !kind.is_file() {
            return Ok(Fetched::Refused(special(kind.file_type())));
        }
        Ok(Fetched::from_taken(take(File::open(&path)?, limit, kind.len()), |error, _| {
            format!("it could not be read to its end: {error}")
        }))
    }
}

impl Fetched {
    fn from_taken(taken: Taken, reason: impl Fn(&io::Error, usize) -> String) -> Self {
        match taken.end {
            End::Whole => Self::Bytes(taken.bytes, None),
            End::TooLong => Self::TooLong,
            End::Broken(error) => {
                let reason = reason(&error, taken.bytes.len());
                Self::Bytes(taken.bytes, Some(reason))
            }
        }
    }
}

impl Store for FolderStore {
    fn read(&mut self, path: &str, limit: u64) -> Fetched {
        match self.fetch(path, limit) {
            Ok(fetched) => fetched,
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) =>
            {
                Fetched::Missing
            }
            Err(error) => Fetched::Refused(format!("it could not be opened: {error}")),
        }
    }

    fn names(&mut self, limits: &Limits) -> (Vec<String>, Vec<Notice>) {
        let mut names = Vec::new();
        let mut notices = Vec::new();
        for (index, entry) in walk(&self.root, limits.folder_depth, false).enumerate() {
            if index > limits.files {
                notices.push(Notice::new(
                    shown(&self.root),
                    "it holds more files than are looked at; files that the manifest does not list may lie there",
                ));
                break;
            }
            match entry {
                Ok(entry) if entry.file_type().is_dir() => {}
                Ok(entry) => {
                    if let Ok(below) = entry.path().strip_prefix(&self.root) {
                        names.push(shown(below));
                    }
                }
                Err(error) => {
                    let path = error.path().unwrap_or(&self.root);
                    notices.push(Notice::new(shown(path), trouble(&error)));
                }
            }
        }
        names.sort_unstable();
        (names, notices)
    }

    fn place(&self, path: &str) -> String {
        shown(&self.root.join(path))
    }
}

/// A bundle in a zip archive, or in one folder of it.
pub(super) struct ArchiveStore<'a, R> {
    archive: &'a mut Archive<R>,
    place: String,
    prefix: String,
}

impl<'a, R: Read + Seek> ArchiveStore<'a, R> {
    /// `place` names the archive; `prefix` is empty or ends with `/`.
    pub fn new(archive: &'a mut Archive<R>, place: &str, prefix: &str) -> Self {
        Self { archive, place: place.to_owned(), prefix: prefix.to_owned() }
    }

    fn kind(&self, index: usize) -> Option<Kind> {
        self.archive.members().get(index).map(|member| member.kind)
    }
}

/// The folders of an archive that have a manifest.json, outermost first: each
/// empty or ending with `/`.
pub(super) fn prefixes_with_manifest<R: Read + Seek>(archive: &Archive<R>) -> Vec<String> {
    let mut prefixes: Vec<String> = archive
        .members()
        .iter()
        .filter(|member| member.kind == Kind::File)
        .filter_map(|member| member.name.strip_suffix(MANIFEST_NAME))
        .filter(|prefix| prefix.is_empty() || prefix.ends_with('/'))
        .map(str::to_owned)
        .collect();
    prefixes.sort_by_cached_key(|prefix| (prefix.matches('/').count(), prefix.clone()));
    prefixes
}

impl<R: Read + Seek> Store for ArchiveStore<'_, R> {
    fn read(&mut self, path: &str, limit: u64) -> Fetched {
        let Some(index) = self.archive.find(&format!("{}{path}", self.prefix)) else {
            return Fetched::Missing;
        };
        match self.kind(index) {
            Some(Kind::File) => {}
            Some(Kind::Link) => {
                return Fetched::Refused("it is a symbolic link; it was not followed".to_owned());
            }
            Some(Kind::Folder) | None => return Fetched::Missing,
        }
        match self.archive.read(index, limit) {
            Ok(taken) => Fetched::from_taken(taken, archive::break_reason),
            Err(reason) => Fetched::Refused(reason),
        }
    }

    fn names(&mut self, _: &Limits) -> (Vec<String>, Vec<Notice>) {
        let names = self
            .archive
            .below(&self.prefix)
            .filter(|(_, index)| self.kind(*index) != Some(Kind::Folder))
            .filter_map(|(name, _)| name.strip_prefix(self.prefix.as_str()))
            .map(str::to_owned)
            .collect();
        (names, Vec::new())
    }

    fn place(&self, path: &str) -> String {
        format!("{}!{}{path}", self.place, self.prefix)
    }
}

/// Finds the bundle that a path is, and does something with it.
///
/// The manifest lies at the root of the folder or archive, or in a single
/// folder at its top.
pub(super) fn with_store<T>(
    path: &Path,
    budget: &mut Budget,
    then: impl FnOnce(&mut dyn Store, Vec<Notice>, &mut Budget) -> Result<T, EvidenceError>,
) -> Result<T, EvidenceError> {
    let place = shown(path);
    let open_failed = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => EvidenceError::NotFound { path: place.clone() },
        _ => EvidenceError::Open { path: place.clone(), source },
    };
    let none = || EvidenceError::NotABundle { place: place.clone() };

    let kind = fs::metadata(path).map_err(open_failed)?;
    if kind.is_dir() {
        let root = folder_with_manifest(path).map_err(open_failed)?;
        let mut store = FolderStore::new(&root.ok_or_else(none)?);
        return then(&mut store, Vec::new(), budget);
    }
    if !kind.is_file() {
        return Err(none());
    }
    let mut file = File::open(path).map_err(open_failed)?;
    let mut magic = Vec::new();
    Read::by_ref(&mut file)
        .take(4)
        .read_to_end(&mut magic)
        .and_then(|_| file.rewind())
        .map_err(open_failed)?;
    if !archive::is_zip(&magic) {
        return Err(none());
    }
    let (mut archive, notices) = Archive::open(BufReader::new(file), &place, budget)
        .map_err(|reason| EvidenceError::Archive { place: place.clone(), reason })?;
    let prefixes = prefixes_with_manifest(&archive);
    let prefix = match prefixes.as_slice() {
        [root, ..] if root.is_empty() => root,
        [only] if only.matches('/').count() == 1 => only,
        [first, second, ..]
            if first.matches('/').count() == 1 && second.matches('/').count() > 1 =>
        {
            first
        }
        _ => return Err(none()),
    };
    let mut store = ArchiveStore::new(&mut archive, &place, prefix);
    then(&mut store, notices, budget)
}

/// The folder, or the only one directly in it that has a manifest.
fn folder_with_manifest(path: &Path) -> io::Result<Option<PathBuf>> {
    if FolderStore::manifest_file(path).is_some() {
        return Ok(Some(path.to_owned()));
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(path)? {
        let below = entry?.path();
        if below.is_dir() && FolderStore::manifest_file(&below).is_some() {
            found.push(below);
        }
    }
    Ok(match found.as_slice() {
        [only] => Some(only.clone()),
        _ => None,
    })
}
