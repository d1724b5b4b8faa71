//! An attachment that holds a bundle: the report that was made of it lies beside it.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;

use super::store::FolderStore;

/// The list of hashes in an attachment.
pub(super) const SUMS_NAME: &str = "SHA256SUMS";

/// Where the bundle lies in an attachment.
pub(super) const BUNDLE_FOLDER: &str = "evidence";

/// A longer list is none of ours.
const LONGEST: u64 = 1 << 20;

/// The files beside the folders of an attachment that its list names: the forms of a report, which
/// are no evidence. A file that somebody has put there since is not among them.
pub(super) fn listed(sums: impl Read) -> BTreeSet<String> {
    let mut text = String::new();
    if sums.take(LONGEST).read_to_string(&mut text).is_err() {
        return BTreeSet::new();
    }
    let names = text.lines().filter_map(|line| {
        let (hash, name) = line.split_once("  ")?;
        let ours = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        (ours && !name.contains('/')).then(|| name.to_owned())
    });
    let mut listed: BTreeSet<String> = names.collect();
    if !listed.is_empty() {
        listed.insert(SUMS_NAME.to_owned());
    }
    listed
}

/// The same for a folder into which an attachment was unpacked.
pub(super) fn listed_in_folder(folder: &Path) -> BTreeSet<String> {
    if FolderStore::manifest_file(&folder.join(BUNDLE_FOLDER)).is_none() {
        return BTreeSet::new();
    }
    std::fs::File::open(folder.join(SUMS_NAME)).map(listed).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::listed;

    #[test]
    fn the_list_names_what_lies_beside_the_bundle() {
        let hash = "0".repeat(64);
        let sums = format!("{hash}  report.json\n{hash}  evidence/x.json\nshort  y\n{hash} z\n");
        let names: Vec<String> = listed(sums.as_bytes()).into_iter().collect();
        assert_eq!(names, ["SHA256SUMS", "report.json"]);
        assert!(listed(&b"\xFF"[..]).is_empty());
        assert!(listed(&b"something else\n"[..]).is_empty());
    }
}
