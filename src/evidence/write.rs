//! Writing an evidence bundle: whole or not at all.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::document::sha256_hex;
use super::error::EvidenceError;
use super::manifest::{FORMAT, MANIFEST_NAME, Manifest};
use super::walk::shown;

/// Writes a bundle as the folder `dir`, which must not exist or be empty.
///
/// `documents` are the stored bytes by manifest path, in any order. The bundle
/// is built in a hidden folder beside `dir`, brought to the disk and renamed,
/// so `dir` holds a whole bundle or does not exist. On Unix only the owner may
/// read it (folders 0700, files 0600): records of AssumeRole carry live
/// session tokens.
///
/// # Errors
/// If `dir` is there and not an empty folder, if manifest and documents are
/// not about the same bytes, or if something cannot be written.
pub fn write_bundle(
    dir: &Path,
    manifest: &Manifest,
    documents: &[(&str, &[u8])],
) -> Result<(), EvidenceError> {
    agree(manifest, documents)?;
    let failed = |path: &Path| {
        let path = shown(path);
        move |source| EvidenceError::Write { path, source }
    };

    // A link to an empty folder elsewhere is filled there.
    let target =
        if dir.is_symlink() { fs::canonicalize(dir).map_err(failed(dir))? } else { dir.to_owned() };
    let exists = is_there(&target).map_err(failed(dir))?;
    if exists && !is_empty_folder(&target) {
        return Err(EvidenceError::Exists { path: shown(dir) });
    }
    let json = manifest.to_json().map_err(|error| failed(dir)(io::Error::other(error)))?;

    let partial = Partial::beside(&target).map_err(failed(dir))?;
    for (path, bytes) in documents {
        partial.add(path, bytes).map_err(failed(&dir.join(path)))?;
    }
    partial.add(MANIFEST_NAME, &json).map_err(failed(&dir.join(MANIFEST_NAME)))?;
    sync_folders(&partial.path).map_err(failed(dir))?;
    if exists {
        fs::remove_dir(&target).map_err(failed(dir))?;
    }
    partial.become_whole(&target).map_err(failed(dir))
}

/// Whether manifest and documents are about the same bytes.
fn agree(manifest: &Manifest, documents: &[(&str, &[u8])]) -> Result<(), EvidenceError> {
    let disagree = |path: &str, reason| EvidenceError::Disagree { path: path.to_owned(), reason };
    if manifest.format != FORMAT {
        return Err(disagree(MANIFEST_NAME, "another format is named"));
    }
    manifest.check_paths(MANIFEST_NAME)?;
    let mut given: BTreeMap<&str, &[u8]> = BTreeMap::new();
    for (path, bytes) in documents {
        if given.insert(path, bytes).is_some() {
            return Err(disagree(path, "it was handed over twice"));
        }
    }
    for entry in &manifest.documents {
        let bytes = given
            .remove(entry.path.as_str())
            .ok_or_else(|| disagree(&entry.path, "it was not handed over"))?;
        if bytes.len() as u64 != entry.bytes || sha256_hex(bytes) != entry.sha256 {
            return Err(disagree(&entry.path, "size or hash is another"));
        }
    }
    match given.keys().next() {
        Some(path) => Err(disagree(path, "it is not listed")),
        None => Ok(()),
    }
}

fn is_there(path: &Path) -> io::Result<bool> {
    match fs::symlink_metadata(path) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn is_empty_folder(path: &Path) -> bool {
    fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none())
}

/// A bundle in the making, which is removed unless it becomes whole.
struct Partial {
    path: PathBuf,
}

impl Partial {
    fn beside(target: &Path) -> io::Result<Self> {
        let name = target.file_name().ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidInput, "the path does not end in a name")
        })?;
        let mut attempt = 0_u32;
        loop {
            let mut hidden = OsString::from(".");
            hidden.push(name);
            hidden.push(format!(".partial-{}-{attempt}", std::process::id()));
            let path = target.with_file_name(hidden);
            match folder_builder().create(&path) {
                Ok(()) => return Ok(Self { path }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && attempt < 100 => {
                    attempt += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn add(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.path.join(path);
        if let Some(folder) = path.parent() {
            folder_builder().recursive(true).create(folder)?;
        }
        let mut file = file_options().write(true).create_new(true).open(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    }

    fn become_whole(self, target: &Path) -> io::Result<()> {
        fs::rename(&self.path, target)?;
        match target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => sync_folder(parent),
            _ => sync_folder(Path::new(".")),
        }
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        // After the rename there is nothing under this path any more.
        let _ = fs::remove_dir_all(&self.path);
    }
}

fn folder_builder() -> DirBuilder {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "only Unix has modes"))]
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

fn file_options() -> OpenOptions {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "only Unix has modes"))]
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn sync_folders(root: &Path) -> io::Result<()> {
    for entry in walkdir::WalkDir::new(root).contents_first(true) {
        let entry = entry?;
        if entry.file_type().is_dir() {
            sync_folder(entry.path())?;
        }
    }
    Ok(())
}

/// Brings the names in a folder to the disk, where the system can do that.
fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        match File::open(path)?.sync_all() {
            // Some network file systems have no such thing for folders.
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported
                ) =>
            {
                Ok(())
            }
            outcome => outcome,
        }
    } else {
        Ok(())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop")]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::super::error::EvidenceError;
    use super::super::manifest::tests::manifest_of;
    use super::write_bundle;

    const DOCUMENTS: [(&str, &[u8]); 1] = [("guardduty/get-findings.json", b"{}")];

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(dir)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    #[cfg(unix)]
    fn only_the_owner_may_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("case.evidence");
        write_bundle(&dir, &manifest_of(&DOCUMENTS), &DOCUMENTS).unwrap();
        let mode = |path: &str| {
            let path = dir.join(path);
            fs::metadata(path).unwrap().permissions().mode() & 0o7777
        };
        assert_eq!(mode(""), 0o700);
        assert_eq!(mode("guardduty"), 0o700);
        assert_eq!(mode("manifest.json"), 0o600);
        assert_eq!(mode("guardduty/get-findings.json"), 0o600);
    }

    #[test]
    fn an_empty_folder_is_filled_and_anything_else_is_left_alone() {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("case.evidence");
        fs::create_dir(&dir).unwrap();
        write_bundle(&dir, &manifest_of(&DOCUMENTS), &DOCUMENTS).unwrap();
        assert_eq!(names(&dir), ["guardduty", "manifest.json"]);

        let again = write_bundle(&dir, &manifest_of(&[]), &[]);
        assert!(matches!(again, Err(EvidenceError::Exists { .. })));
        assert_eq!(names(&dir), ["guardduty", "manifest.json"]);

        let file = home.path().join("file");
        fs::write(&file, "mine").unwrap();
        let onto_file = write_bundle(&file, &manifest_of(&[]), &[]);
        assert!(matches!(onto_file, Err(EvidenceError::Exists { .. })));
        assert_eq!(names(home.path()), ["case.evidence", "file"]);
    }

    #[test]
    fn a_failure_leaves_nothing_behind() {
        let home = tempfile::tempdir().unwrap();
        // The second needs a folder where the first has put a file.
        let documents: [(&str, &[u8]); 2] = [("a", b"1"), ("a/b", b"2")];
        let dir = home.path().join("case.evidence");
        let outcome = write_bundle(&dir, &manifest_of(&documents), &documents);
        assert!(matches!(outcome, Err(EvidenceError::Write { .. })), "{outcome:?}");
        assert!(names(home.path()).is_empty());

        let nowhere = home.path().join("gone/case.evidence");
        assert!(write_bundle(&nowhere, &manifest_of(&[]), &[]).is_err());
        assert!(names(home.path()).is_empty());
    }

    #[test]
    fn documents_that_the_manifest_does_not_describe_are_refused() {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("case.evidence");
        let manifest = manifest_of(&DOCUMENTS);
        let wrong: [&[(&str, &[u8])]; 4] = [
            &[],
            &[("guardduty/get-findings.json", b"[]")],
            &[("guardduty/get-findings.json", b"{}"), ("x", b"")],
            &[("guardduty/get-findings.json", b"{}"), ("guardduty/get-findings.json", b"{}")],
        ];
        for documents in wrong {
            let outcome = write_bundle(&dir, &manifest, documents);
            assert!(matches!(outcome, Err(EvidenceError::Disagree { .. })), "{outcome:?}");
        }
        let outside: [(&str, &[u8]); 1] = [("../x", b"1")];
        let outcome = write_bundle(&dir, &manifest_of(&outside), &outside);
        assert!(matches!(outcome, Err(EvidenceError::Path { .. })));
        assert!(names(home.path()).is_empty());
    }
}
