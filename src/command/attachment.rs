//! One attachment for a ticket: the report in every form, its records, and the hashes of them.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, Cursor, Seek, Write},
    path::{Path, PathBuf},
};

use casefile::{
    error::Error,
    evidence::{each_stored, sha256_hex},
    render::{self, RenderError},
    report::Report,
};
use zip::{DateTime, ZipWriter, result::ZipError, write::SimpleFileOptions};

/// What a document may end in: mail programs and ticket systems refuse the rest, or run it.
const ENDINGS: [&str; 7] = [".json", ".jsonl", ".gz", ".csv", ".log", ".txt", ".xml"];

/// Writes the attachment to a file, whole or not at all.
///
/// `bundle` is the evidence bundle to put into it, as it is; then only the owner may read the file.
pub fn write(report: &Report, bundle: Option<&Path>, path: &Path) -> Result<(), Error> {
    let failed = |source| Error::Write { path: path.to_owned(), source };
    let partial = beside(path).map_err(failed)?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if bundle.is_some() {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    let file = options.open(&partial).map_err(failed)?;
    let written = pack(report, bundle, file)
        .and_then(|file: File| file.sync_all().map_err(Stop::from))
        .and_then(|()| fs::rename(&partial, path).map_err(Stop::from));
    written.map_err(|stop| {
        // The first error is the one to tell.
        let _ = fs::remove_file(&partial);
        stop.of(path)
    })
}

/// The attachment as bytes, for standard output.
pub fn bytes(report: &Report, bundle: Option<&Path>) -> Result<Vec<u8>, Error> {
    let packed = pack(report, bundle, Cursor::new(Vec::new()));
    packed.map(Cursor::into_inner).map_err(|stop| stop.of(Path::new("standard output")))
}

/// A hidden name in the same folder, so that the file can be renamed.
fn beside(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().ok_or_else(|| {
        io::Error::new(io::ErrorKind::InvalidInput, "the path does not end in a name")
    })?;
    let mut hidden = OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".partial-{}", std::process::id()));
    Ok(path.with_file_name(hidden))
}

/// Why packing stopped.
enum Stop {
    Made(Error),
    Write(io::Error),
}

impl Stop {
    fn of(self, path: &Path) -> Error {
        match self {
            Self::Made(error) => error,
            Self::Write(source) => Error::Write { path: path.to_owned(), source },
        }
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Write(error)
    }
}

impl From<ZipError> for Stop {
    fn from(error: ZipError) -> Self {
        Self::Write(io::Error::from(error))
    }
}

impl From<RenderError> for Stop {
    fn from(error: RenderError) -> Self {
        Self::Made(Error::from(error))
    }
}

/// The members in a fixed order, each with a fixed time and mode: the same report and the same
/// bundle make the same bytes. Nothing is held but the member that is being written.
fn pack<W: Write + Seek>(report: &Report, bundle: Option<&Path>, writer: W) -> Result<W, Stop> {
    let mut pack = Pack { zip: ZipWriter::new(writer), sums: String::new() };
    for format in render::ALL {
        pack.add(format.packed(), &format.render(report)?)?;
    }
    pack.add("evidence.jsonl", &render::records(report)?)?;
    if let Some(bundle) = bundle {
        let mut stopped = None;
        let mut take = |name: &str, bytes: &[u8]| {
            let taken = if may_be_packed(name) {
                pack.add(&format!("evidence/{name}"), bytes)
            } else {
                Err(io::Error::other(format!(
                    "the bundle's document {name} has a name that no attachment should hold"
                )))
            };
            taken.map_err(|error| {
                stopped = Some(error);
                io::ErrorKind::Other.into()
            })
        };
        let taken = each_stored(bundle, &mut take);
        if let Some(error) = stopped {
            return Err(Stop::Write(error));
        }
        taken.map_err(|error| Stop::Made(Error::from(error)))?;
    }
    let sums = std::mem::take(&mut pack.sums);
    pack.add("SHA256SUMS", sums.as_bytes())?;
    Ok(pack.zip.finish()?)
}

struct Pack<W: Write + Seek> {
    zip: ZipWriter<W>,
    /// What `sha256sum -c` reads.
    sums: String,
}

impl<W: Write + Seek> Pack<W> {
    fn add(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let options = SimpleFileOptions::default()
            .last_modified_time(DateTime::default())
            .unix_permissions(0o600);
        self.zip.start_file(name, options).map_err(io::Error::from)?;
        self.zip.write_all(bytes)?;
        self.sums.push_str(&format!("{}  {name}\n", sha256_hex(bytes)));
        Ok(())
    }
}

/// Whether a document's path in a bundle, which anybody may have written, is harmless in an archive
/// that others unpack: plain letters, no hidden file, no program.
fn may_be_packed(path: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.+=@/".contains(c);
    path.chars().all(plain)
        && path.len() <= 200
        && !path.split('/').any(|step| step.is_empty() || step.starts_with(['.', '-']))
        && ENDINGS.iter().any(|ending| path.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::may_be_packed;

    #[test]
    fn only_plain_documents_are_packed() {
        for path in ["manifest.json", "guardduty/get-findings.json", "a/b_1.json.gz", "x.log"] {
            assert!(may_be_packed(path), "{path}");
        }
        for path in [
            "x.js",
            "x.exe",
            "x.html",
            "x",
            "a/.json",
            "-rf.json",
            "a//b.json",
            "/a.json",
            "a b.json",
            "\u{202E}x.json",
            "a\\b.json",
            "ä.json",
        ] {
            assert!(!may_be_packed(path), "{path}");
        }
        assert!(!may_be_packed(&("a".repeat(200) + ".json")));
    }
}
