//! Zip archives: their members, each read within a bound.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Bound;
use std::rc::Rc;

use zip::ZipArchive;
use zip::result::ZipError;

use super::bounded::{End, Taken, take};
use super::limits::Budget;
use super::notice::{Notice, byte_count, grouped};

/// A member's directory entry takes about a hundred bytes and its name; a
/// directory that needs far more than this is there to exhaust the reader.
const DIRECTORY_BYTES_PER_MEMBER: u64 = 512;
const DIRECTORY_BYTES_AT_LEAST: u64 = 1 << 20;

/// An opened zip archive.
pub(super) struct Archive<R> {
    zip: ZipArchive<Metered<R>>,
    members: Vec<Member>,
    /// Where in `members` each name stands.
    index: BTreeMap<String, usize>,
}

/// One entry of an archive's directory.
#[derive(Debug)]
pub(super) struct Member {
    /// The name as the archive has it, with `/` where a packer on Windows put
    /// `\\`. It is only ever shown, never used as a path.
    pub name: String,
    pub kind: Kind,
    /// Where the directory of the archive has it.
    position: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Folder,
    Link,
}

/// Whether the bytes begin as a zip archive does.
pub(super) fn is_zip(bytes: &[u8]) -> bool {
    [b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"].iter().any(|magic| bytes.starts_with(*magic))
}

impl<R: Read + Seek> Archive<R> {
    /// Opens an archive and reads its directory.
    ///
    /// The notices say which members were left out. The error is a reason for
    /// a notice.
    pub fn open(
        reader: R,
        place: &str,
        budget: &mut Budget,
    ) -> Result<(Self, Vec<Notice>), String> {
        let allowance = (budget.limits.archive_members as u64)
            .saturating_mul(DIRECTORY_BYTES_PER_MEMBER)
            .saturating_add(DIRECTORY_BYTES_AT_LEAST);
        let allowance = Rc::new(Cell::new(allowance));
        let reader = Metered { reader, allowance: Rc::clone(&allowance) };
        let zip = ZipArchive::new(reader).map_err(|error| {
            if allowance.get() == 0 {
                format!(
                    "the zip archive has far more members than {}; nothing of it was read",
                    budget.members_bound()
                )
            } else {
                format!(
                    "the zip archive is damaged or cut ({}); nothing of it was read",
                    plain(&error)
                )
            }
        })?;
        allowance.set(u64::MAX);

        let mut notices = Vec::new();
        if zip.has_duplicate_names() {
            notices.push(Notice::new(
                place,
                "the zip archive holds several members of one name; only the last of them was read",
            ));
        }
        let granted = budget.take_members(zip.len());
        if granted < zip.len() {
            notices.push(Notice::new(
                place,
                format!(
                    "{} of its {} members were left out: {} was reached",
                    grouped((zip.len() - granted) as u64),
                    grouped(zip.len() as u64),
                    budget.members_bound()
                ),
            ));
        }
        let mut members: Vec<Member> = Vec::with_capacity(granted);
        let mut index = BTreeMap::new();
        for position in 0..granted {
            let Ok(entry) = zip.by_index_data(position) else {
                continue;
            };
            let name = entry
                .name()
                .map_or_else(
                    |_| String::from_utf8_lossy(entry.name_raw()).into_owned(),
                    std::borrow::Cow::into_owned,
                )
                .replace('\\', "/");
            if index.contains_key(&name) {
                notices.push(Notice::new(
                    format!("{place}!{name}"),
                    "the archive holds another member of this name; this one was not read",
                ));
                continue;
            }
            index.insert(name.clone(), members.len());
            let kind = if entry.is_symlink() {
                Kind::Link
            } else if entry.is_dir() || name.ends_with('/') {
                Kind::Folder
            } else {
                Kind::File
            };
            members.push(Member { name, kind, position });
        }
        Ok((Self { zip, members, index }, notices))
    }

    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// The place in `members` of a name.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.index.get(name).copied()
    }

    /// The names that begin with `prefix`, sorted, and their places.
    pub fn below<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, usize)> {
        self.index
            .range::<str, _>((Bound::Included(prefix), Bound::Unbounded))
            .map(|(name, index)| (name.as_str(), *index))
            .take_while(move |(name, _)| name.starts_with(prefix))
    }

    /// Unpacks one member to at most `limit` bytes. The error is a reason for
    /// a notice.
    pub fn read(&mut self, index: usize, limit: u64) -> Result<Taken, String> {
        let Some(member) = self.members.get(index) else {
            return Err("it is not in the archive".to_owned());
        };
        let taken = match self.zip.by_index(member.position) {
            Ok(member) => take(member, limit, 0),
            Err(ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED)) => {
                return Err(
                    "it is protected by a password and was not read; unpack it and give the files"
                        .to_owned(),
                );
            }
            Err(error) => {
                return Err(format!("it is damaged and was not read ({})", plain(&error)));
            }
        };
        match &taken.end {
            End::Broken(error) if error.kind() == io::ErrorKind::Unsupported => Err(format!(
                "it is packed in a way that is not supported ({error}) and was not read; unpack it and give the files"
            )),
            _ => Ok(taken),
        }
    }
}

/// What a break within a member means, and how much came before it.
pub(super) fn break_reason(error: &io::Error, read: usize) -> String {
    match read {
        0 => format!("it is damaged ({error}); nothing could be read"),
        _ => format!("it is damaged ({error}); {} of it could be read", byte_count(read as u64)),
    }
}

fn plain(error: &ZipError) -> String {
    match error {
        ZipError::InvalidArchive(what) => what.to_string(),
        ZipError::UnsupportedArchive(what) => (*what).to_owned(),
        other => other.to_string(),
    }
}

/// A reader that gives no more than it is allowed to.
struct Metered<R> {
    reader: R,
    allowance: Rc<Cell<u64>>,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.allowance.get();
        if left == 0 {
            return Err(io::Error::other("the directory of the archive is too large"));
        }
        let read = self.reader.read(buffer)?;
        self.allowance.set(left.saturating_sub(read as u64));
        Ok(read)
    }
}

impl<R: Seek> Seek for Metered<R> {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.reader.seek(position)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop")]
pub(super) mod tests {
    use std::io::{Cursor, Write};

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::super::bounded::End;
    use super::super::limits::{Budget, Limits};
    use super::{Archive, Kind, is_zip};

    pub(in super::super) fn zipped(members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in members {
            writer.start_file(*name, SimpleFileOptions::default()).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    /// Overwrites `old` by `new` wherever it stands, in local headers as in
    /// the directory.
    pub(in super::super) fn patched(mut bytes: Vec<u8>, old: &[u8], new: &[u8]) -> Vec<u8> {
        assert_eq!(old.len(), new.len());
        let places: Vec<usize> =
            (0..bytes.len() - old.len()).filter(|&at| bytes[at..].starts_with(old)).collect();
        assert!(!places.is_empty());
        for at in places {
            bytes[at..at + new.len()].copy_from_slice(new);
        }
        bytes
    }

    /// Sets the flags and the method of every member, in both headers.
    fn with_header(mut bytes: Vec<u8>, flag: u8, method: u8) -> Vec<u8> {
        for at in 0..bytes.len() - 12 {
            let flags = match &bytes[at..at + 4] {
                b"PK\x03\x04" => at + 6,
                b"PK\x01\x02" => at + 8,
                _ => continue,
            };
            bytes[flags] |= flag;
            bytes[flags + 2] = method;
        }
        bytes
    }

    fn opened(bytes: Vec<u8>) -> Archive<Cursor<Vec<u8>>> {
        let mut budget = Budget::new(&Limits::default());
        Archive::open(Cursor::new(bytes), "x.zip", &mut budget).unwrap().0
    }

    #[test]
    fn members_are_read_and_bounded() {
        let bytes = zipped(&[("a/", b""), ("a/b.json", b"{}"), ("zeros", &[0; 1 << 20])]);
        assert!(is_zip(&bytes));
        let mut archive = opened(bytes);
        assert_eq!(archive.members()[0].kind, Kind::Folder);
        assert_eq!(archive.members()[1].name, "a/b.json");
        assert_eq!(archive.read(1, 100).unwrap().bytes, b"{}");
        assert!(matches!(archive.read(2, 1_000).unwrap().end, End::TooLong));
        assert_eq!(archive.read(2, 1 << 20).unwrap().bytes.len(), 1 << 20);
    }

    #[test]
    fn passwords_and_strange_methods_are_named() {
        let plain = zipped(&[("secret.json", b"{}")]);
        let locked = opened(with_header(plain.clone(), 1, 8)).read(0, 100).unwrap_err();
        assert!(locked.contains("password"), "{locked}");
        let strange = opened(with_header(plain, 0, 99)).read(0, 100).unwrap_err();
        assert!(strange.contains("not supported"), "{strange}");
    }

    #[test]
    fn a_wrong_checksum_keeps_the_bytes() {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        let stored =
            SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        writer.start_file("a", stored).unwrap();
        writer.write_all(b"twelve bytes").unwrap();
        let bytes = writer.finish().unwrap().into_inner();
        let taken = opened(patched(bytes, b"twelve", b"eleven")).read(0, 100).unwrap();
        assert!(matches!(taken.end, End::Broken(_)));
        assert_eq!(taken.bytes, b"eleven bytes");
    }

    #[test]
    fn several_members_of_one_name_are_noted() {
        let bytes = patched(zipped(&[("a1", b"old"), ("a2", b"new")]), b"a2", b"a1");
        let mut budget = Budget::new(&Limits::default());
        let (mut archive, notices) =
            Archive::open(Cursor::new(bytes), "x.zip", &mut budget).unwrap();
        assert_eq!(archive.members().len(), 1);
        assert_eq!(archive.read(0, 10).unwrap().bytes, b"new");
        assert!(notices[0].reason.contains("several members of one name"));
    }

    #[test]
    fn names_that_differ_in_the_slash_alone_are_noted() {
        let bytes = zipped(&[("a\\b", b"1"), ("a/b", b"2"), ("a/c", b"3")]);
        let mut budget = Budget::new(&Limits::default());
        let (mut archive, notices) =
            Archive::open(Cursor::new(bytes), "x.zip", &mut budget).unwrap();
        assert_eq!(notices[0].place, "x.zip!a/b");
        assert_eq!(archive.below("a/").map(|(name, _)| name).collect::<Vec<_>>(), ["a/b", "a/c"]);
        let last = archive.find("a/c").unwrap();
        assert_eq!(archive.read(last, 10).unwrap().bytes, b"3");
    }

    #[test]
    fn a_cut_archive_is_a_reason_and_not_a_panic() {
        let bytes = zipped(&[("a", b"text")]);
        for length in 0..bytes.len() {
            let mut budget = Budget::new(&Limits::default());
            let cut = Cursor::new(bytes[..length].to_vec());
            let reason = Archive::open(cut, "x.zip", &mut budget).err().unwrap();
            assert!(reason.contains("damaged or cut"), "{reason}");
        }
    }

    #[test]
    fn a_directory_beyond_all_bounds_is_not_loaded() {
        let names: Vec<String> = (0..12_000).map(|number| format!("{number:0>80}")).collect();
        let members: Vec<(&str, &[u8])> =
            names.iter().map(|name| (name.as_str(), &b""[..])).collect();
        let limits = Limits { archive_members: 10, ..Limits::default() };
        let reader = Cursor::new(zipped(&members));
        let reason = Archive::open(reader, "x.zip", &mut Budget::new(&limits)).err().unwrap();
        assert!(reason.contains("the bound of 10 archive members"), "{reason}");
    }
}
