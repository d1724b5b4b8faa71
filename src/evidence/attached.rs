//! An attachment: a report in all its forms, and the evidence that it was made of beside them.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;

use super::store::FolderStore;

/// The list of hashes in an attachment.
pub(super) const SUMS_NAME: &str = "SHA256SUMS";

/// Where the bundle lies in an attachment.
pub(super) const BUNDLE_FOLDER: &str = "evidence";

/// The report that every attachment holds.
const REPORT_NAME: &str = "report.json";

/// The records that every attachment holds: its evidence, when no bundle lies in it.
const RECORDS_NAME: &str = "evidence.jsonl";

/// A longer list is none of ours.
const LONGEST: u64 = 1 << 20;

/// The files beside the folders of an attachment that its list names and that are no evidence: the
/// forms of a report, and the records where the bundle that they came from is there too. A file
/// that somebody has put there since is not among them.
pub(super) fn listed(sums: impl Read, has_bundle: bool) -> BTreeSet<String> {
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
    if ![REPORT_NAME, RECORDS_NAME].iter().all(|name| listed.contains(*name)) {
        return BTreeSet::new();
    }
    if !has_bundle {
        listed.remove(RECORDS_NAME);
    }
    listed.insert(SUMS_NAME.to_owned());
    listed
}

/// The same for a folder into which an attachment was unpacked.
pub(super) fn listed_in_folder(folder: &Path) -> BTreeSet<String> {
    let has_bundle = FolderStore::manifest_file(&folder.join(BUNDLE_FOLDER)).is_some();
    let sums = std::fs::File::open(folder.join(SUMS_NAME));
    sums.map(|sums| listed(sums, has_bundle)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::listed;

    #[test]
    fn the_list_names_what_lies_beside_the_bundle() {
        let hash = "0".repeat(64);
        let sums = format!(
            "{hash}  report.json\n{hash}  evidence.jsonl\n{hash}  evidence/x.json\nshort  y\n{hash} z\n"
        );
        let names = |has_bundle| -> Vec<String> {
            listed(sums.as_bytes(), has_bundle).into_iter().collect()
        };
        assert_eq!(names(true), ["SHA256SUMS", "evidence.jsonl", "report.json"]);
        assert_eq!(names(false), ["SHA256SUMS", "report.json"]);
        let others = format!("{hash}  finding.json\n{hash}  report.json\n");
        for none in [&b"\xFF"[..], b"something else\n", others.as_bytes()] {
            assert!(listed(none, true).is_empty());
        }
    }
}
