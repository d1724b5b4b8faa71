//! Recomputing the hashes of a bundle.

use std::collections::BTreeSet;
use std::path::Path;

use super::document::sha256_hex;
use super::error::EvidenceError;
use super::limits::{Budget, Limits};
use super::manifest::{DocumentEntry, MANIFEST_NAME, Manifest};
use super::notice::Notice;
use super::store::{Fetched, Store, with_store};

/// What a bundle's documents are, compared with what its manifest says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// The manifest.
    pub manifest: Manifest,
    /// SHA-256 of `manifest.json` itself. Who keeps this one hash elsewhere
    /// can prove the whole bundle.
    pub manifest_sha256: String,
    /// Every document that the manifest lists, in its order.
    pub documents: Vec<CheckedDocument>,
    /// Files of the bundle that the manifest does not list, sorted. They are
    /// never read. `README.md` is not among them.
    pub unlisted: Vec<String>,
    /// What could not be looked at.
    pub notices: Vec<Notice>,
}

/// One document and its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedDocument {
    /// The path in the manifest.
    pub path: String,
    /// What was found there.
    pub check: Check,
}

/// What was found in the place of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Check {
    /// The bytes that were collected.
    Ok,
    /// Other bytes.
    Differs {
        /// The hash in the manifest.
        expected_sha256: String,
        /// The hash of what lies there.
        found_sha256: String,
        /// The size in the manifest.
        expected_bytes: u64,
        /// The size of what lies there.
        found_bytes: u64,
    },
    /// Nothing.
    Missing,
    /// Something that could not be read, or not to its end.
    Unreadable {
        /// What is the matter.
        reason: String,
    },
}

impl Verification {
    /// Whether every document that the manifest lists is there unaltered.
    /// Files beside them do not count, because they are never read.
    #[must_use]
    pub fn is_intact(&self) -> bool {
        self.documents.iter().all(|document| document.check == Check::Ok)
    }
}

/// Recomputes every hash of a bundle, in a folder or a zip archive.
///
/// # Errors
/// If there is no bundle, or its manifest cannot be used. A document that is
/// altered or missing is part of the result.
pub fn verify(path: &Path) -> Result<Verification, EvidenceError> {
    // One document is held at a time, so a large bundle is not refused.
    let mut budget = Budget::new(&Limits { total_bytes: u64::MAX, ..Limits::default() });
    with_store(path, &mut budget, |store, mut notices, budget| {
        let (manifest, manifest_sha256) = read_manifest(store, budget)?;
        let documents = manifest
            .documents
            .iter()
            .map(|entry| CheckedDocument {
                path: entry.path.clone(),
                check: check(store, entry, budget).0,
            })
            .collect();
        let (unlisted, troubles) = unlisted(store, &manifest, budget);
        notices.extend(troubles);
        Ok(Verification { manifest, manifest_sha256, documents, unlisted, notices })
    })
}

/// The manifest of a bundle, and the hash of its bytes.
pub(super) fn read_manifest(
    store: &mut dyn Store,
    budget: &mut Budget,
) -> Result<(Manifest, String), EvidenceError> {
    let place = store.place(MANIFEST_NAME);
    let unreadable =
        |reason: String| EvidenceError::ManifestUnreadable { place: place.clone(), reason };
    match store.read(MANIFEST_NAME, budget.document_bytes()) {
        Fetched::Bytes(bytes, None) => {
            budget.spend(bytes.len() as u64);
            Ok((Manifest::parse(&bytes, &place)?, sha256_hex(&bytes)))
        }
        Fetched::Bytes(_, Some(reason)) | Fetched::Refused(reason) => Err(unreadable(reason)),
        Fetched::TooLong => Err(unreadable(format!("it is beyond {}", budget.document_bound()))),
        Fetched::Missing => Err(unreadable("it is not there any more".to_owned())),
    }
}

/// Compares one document with its entry; gives its bytes if there are any.
pub(super) fn check(
    store: &mut dyn Store,
    entry: &DocumentEntry,
    budget: &mut Budget,
) -> (Check, Option<Vec<u8>>) {
    let unreadable = |reason| Check::Unreadable { reason };
    let limit = budget.document_bytes();
    let (bytes, broken) = match store.read(&entry.path, limit) {
        Fetched::Bytes(bytes, broken) => (bytes, broken),
        Fetched::Missing => return (Check::Missing, None),
        Fetched::Refused(reason) => return (unreadable(reason), None),
        Fetched::TooLong => {
            let bound = if limit < budget.limits.document_bytes {
                budget.total_bound()
            } else {
                budget.document_bound()
            };
            budget.spend(limit.saturating_add(1));
            return (unreadable(format!("it was left out: {bound} was reached")), None);
        }
    };
    budget.spend(bytes.len() as u64);
    if let Some(reason) = broken {
        return (unreadable(reason), Some(bytes));
    }
    let found_sha256 = sha256_hex(&bytes);
    let found_bytes = bytes.len() as u64;
    let same = found_sha256.eq_ignore_ascii_case(&entry.sha256) && found_bytes == entry.bytes;
    let check = if same {
        Check::Ok
    } else {
        Check::Differs {
            expected_sha256: entry.sha256.clone(),
            found_sha256,
            expected_bytes: entry.bytes,
            found_bytes,
        }
    };
    (check, Some(bytes))
}

/// The files that the manifest does not list, and what could not be listed.
pub(super) fn unlisted(
    store: &mut dyn Store,
    manifest: &Manifest,
    budget: &Budget,
) -> (Vec<String>, Vec<Notice>) {
    let listed: BTreeSet<&str> = manifest
        .documents
        .iter()
        .map(|entry| entry.path.as_str())
        .chain([MANIFEST_NAME, "README.md"])
        .collect();
    let (mut names, notices) = store.names(&budget.limits);
    names.retain(|name| !listed.contains(name.as_str()));
    (names, notices)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop")]
mod tests {
    use std::fs;

    use super::super::archive::tests::zipped;
    use super::super::document::sha256_hex;
    use super::super::manifest::tests::manifest_of;
    use super::super::write::write_bundle;
    use super::{Check, verify};

    const DOCUMENTS: [(&str, &[u8]); 2] = [
        ("cloudtrail/events.json", br#"{"Events":[]}"#),
        ("guardduty/get-findings.json", br#"{"findings":[]}"#),
    ];

    #[test]
    fn a_written_bundle_is_intact_until_it_is_touched() {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("case.evidence");
        write_bundle(&dir, &manifest_of(&DOCUMENTS), &DOCUMENTS).unwrap();

        let fresh = verify(&dir).unwrap();
        assert!(fresh.is_intact());
        assert!(fresh.unlisted.is_empty(), "{:?}", fresh.unlisted);
        assert_eq!(fresh.manifest, manifest_of(&DOCUMENTS));
        assert_eq!(fresh.manifest_sha256, sha256_hex(fs::read(dir.join("manifest.json")).unwrap()));

        fs::write(dir.join("README.md"), "notes").unwrap();
        fs::write(dir.join("cloudtrail/more.json"), "{}").unwrap();
        let beside = verify(&dir).unwrap();
        assert!(beside.is_intact());
        assert_eq!(beside.unlisted, ["cloudtrail/more.json"]);

        fs::write(dir.join("cloudtrail/events.json"), r#"{"Events":{}}"#).unwrap();
        fs::remove_file(dir.join("guardduty/get-findings.json")).unwrap();
        let altered = verify(&dir).unwrap();
        assert!(!altered.is_intact());
        assert_eq!(
            altered.documents[0].check,
            Check::Differs {
                expected_sha256: sha256_hex(DOCUMENTS[0].1),
                found_sha256: sha256_hex(r#"{"Events":{}}"#),
                expected_bytes: 13,
                found_bytes: 13,
            }
        );
        assert_eq!(altered.documents[1].check, Check::Missing);
    }

    #[test]
    fn a_wrong_size_beside_the_right_hash_is_a_difference() {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("case.evidence");
        write_bundle(&dir, &manifest_of(&DOCUMENTS), &DOCUMENTS).unwrap();
        let mut manifest = manifest_of(&DOCUMENTS);
        manifest.documents[0].bytes += 1;
        manifest.documents[1].sha256.make_ascii_uppercase();
        fs::write(dir.join("manifest.json"), manifest.to_json().unwrap()).unwrap();
        let result = verify(&dir).unwrap();
        assert!(matches!(result.documents[0].check, Check::Differs { .. }));
        assert_eq!(result.documents[1].check, Check::Ok);
    }

    #[test]
    fn a_zip_is_verified_at_its_root_or_in_its_top_folder() {
        let home = tempfile::tempdir().unwrap();
        let manifest = manifest_of(&DOCUMENTS).to_json().unwrap();
        for top in ["", "case.evidence/"] {
            let path = home.path().join("case.zip");
            let names = [
                format!("{top}manifest.json"),
                format!("{top}{}", DOCUMENTS[0].0),
                format!("{top}{}", DOCUMENTS[1].0),
                format!("{top}extra.txt"),
            ];
            let members = [
                (names[0].as_str(), manifest.as_slice()),
                (names[1].as_str(), DOCUMENTS[0].1),
                (names[2].as_str(), b"altered"),
                (names[3].as_str(), b"x"),
            ];
            fs::write(&path, zipped(&members)).unwrap();
            let result = verify(&path).unwrap();
            assert_eq!(result.documents[0].check, Check::Ok);
            assert!(matches!(result.documents[1].check, Check::Differs { .. }));
            assert_eq!(result.unlisted, ["extra.txt"]);
        }
    }

    #[test]
    fn what_is_no_bundle_is_said() {
        let home = tempfile::tempdir().unwrap();
        let error = verify(home.path()).unwrap_err().to_string();
        assert!(error.contains("there is no manifest.json"), "{error}");
        let error = verify(&home.path().join("gone")).unwrap_err().to_string();
        assert!(error.contains("no such file"), "{error}");
        let file = home.path().join("x.json");
        fs::write(&file, "{}").unwrap();
        assert!(verify(&file).is_err());
    }

    #[test]
    #[cfg(unix)]
    fn a_link_out_of_the_bundle_is_not_followed() {
        let home = tempfile::tempdir().unwrap();
        let secret = home.path().join("secret");
        fs::write(&secret, DOCUMENTS[0].1).unwrap();
        let dir = home.path().join("case.evidence");
        write_bundle(&dir, &manifest_of(&DOCUMENTS), &DOCUMENTS).unwrap();
        fs::remove_file(dir.join(DOCUMENTS[0].0)).unwrap();
        std::os::unix::fs::symlink(&secret, dir.join(DOCUMENTS[0].0)).unwrap();
        let result = verify(&dir).unwrap();
        assert!(
            matches!(&result.documents[0].check, Check::Unreadable { reason } if reason.contains("leads out")),
            "{:?}",
            result.documents[0]
        );
    }
}
