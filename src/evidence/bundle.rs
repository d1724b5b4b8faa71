//! Reading an evidence bundle.

use std::path::Path;

use super::bounded::End;
use super::document::{Document, sha256_hex};
use super::error::EvidenceError;
use super::gzip;
use super::limits::{Budget, Limits};
use super::manifest::{DocumentEntry, Manifest};
use super::notice::{Notice, byte_count};
use super::store::{Store, with_store};
use super::verify::{Check, check, read_manifest, unlisted};

/// A bundle that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    /// The manifest.
    pub manifest: Manifest,
    /// SHA-256 of `manifest.json` itself.
    pub manifest_sha256: String,
    /// The documents that could be read, in the manifest's order.
    pub documents: Vec<Document>,
    /// What is missing, altered, unlisted or too large.
    pub notices: Vec<Notice>,
}

/// Reads the bundle in a folder or a zip archive that has `manifest.json` at
/// its root or in a single folder at its top.
///
/// Altered documents are read all the same, with a notice. Files that the
/// manifest does not list are noted and not read, `README.md` excepted.
///
/// # Errors
/// If there is no bundle, or its manifest cannot be used.
pub fn read_bundle(path: &Path, limits: &Limits) -> Result<Bundle, EvidenceError> {
    let mut budget = Budget::new(limits);
    with_store(path, &mut budget, |store, notices, budget| {
        let mut bundle = read_store(store, budget)?;
        bundle.notices.splice(0..0, notices);
        Ok(bundle)
    })
}

/// Reads the bundle of a store.
pub(super) fn read_store(
    store: &mut dyn Store,
    budget: &mut Budget,
) -> Result<Bundle, EvidenceError> {
    let (manifest, manifest_sha256) = read_manifest(store, budget)?;
    let mut documents = Vec::new();
    let mut notices = Vec::new();
    for (index, entry) in manifest.documents.iter().enumerate() {
        let place = store.place(&entry.path);
        if !budget.take_file() || budget.is_spent() {
            let bound = if budget.is_spent() { budget.total_bound() } else { budget.files_bound() };
            let left = manifest.documents.len() - index;
            notices.push(Notice::new(
                place,
                format!("it and {} after it were left out: {bound} was reached", left - 1),
            ));
            break;
        }
        let (state, bytes) = check(store, entry, budget);
        if let Some(reason) = reason_for(&state) {
            notices.push(Notice::new(&place, reason));
        }
        if let Some(bytes) = bytes {
            documents.extend(unpack(entry, bytes, place, budget, &mut notices));
        }
    }
    let (names, troubles) = unlisted(store, &manifest, budget);
    notices.extend(names.iter().map(|name| {
        Notice::new(store.place(name), "the manifest does not list this file; it was not read")
    }));
    notices.extend(troubles);
    Ok(Bundle { manifest, manifest_sha256, documents, notices })
}

fn reason_for(state: &Check) -> Option<String> {
    match state {
        Check::Ok => None,
        Check::Missing => Some("the manifest lists this document, and it is not there".to_owned()),
        Check::Unreadable { reason } => Some(reason.clone()),
        Check::Differs { expected_sha256, found_sha256, expected_bytes, found_bytes } => {
            let size = if expected_bytes == found_bytes {
                String::new()
            } else {
                format!(
                    ", and it has {} instead of {}",
                    byte_count(*found_bytes),
                    byte_count(*expected_bytes)
                )
            };
            Some(format!(
                "it is not what was collected: its SHA-256 is {found_sha256} and the manifest says {expected_sha256}{size}; it was read all the same"
            ))
        }
    }
}

/// The document of an entry; nothing if it unpacks to more than is read.
fn unpack(
    entry: &DocumentEntry,
    bytes: Vec<u8>,
    place: String,
    budget: &mut Budget,
    notices: &mut Vec<Notice>,
) -> Option<Document> {
    let stored_sha256 = sha256_hex(&bytes);
    let bytes = if gzip::is_gzip(&bytes) {
        let taken = gzip::gunzip(&bytes, budget.document_bytes());
        budget.spend(taken.read);
        match taken.end {
            End::Whole => {}
            End::Broken(error) => {
                notices.push(Notice::new(place, gzip::break_reason(&error, taken.bytes.len())));
            }
            End::TooLong => {
                let bound = budget.document_bound();
                notices.push(Notice::new(
                    place,
                    format!(
                        "it unpacks to more than is read and was left out: {bound} was reached"
                    ),
                ));
                return None;
            }
        }
        taken.bytes
    } else {
        bytes
    };
    Some(Document {
        name: entry.path.clone(),
        stored_sha256,
        bytes,
        from_bundle: true,
        request: Some(entry.clone()),
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop")]
mod tests {
    use std::fs;

    use super::super::archive::tests::zipped;
    use super::super::document::sha256_hex;
    use super::super::error::EvidenceError;
    use super::super::gzip::tests::gzipped;
    use super::super::limits::Limits;
    use super::super::manifest::tests::manifest_of;
    use super::super::write::write_bundle;
    use super::read_bundle;

    #[test]
    fn documents_come_in_the_manifest_order_with_their_requests() {
        let log = gzipped(br#"{"Records":[]}"#);
        let documents: [(&str, &[u8]); 3] = [
            ("guardduty/get-findings.json", br#"{"findings":[]}"#),
            ("cloudtrail/b.json", &log),
            ("cloudtrail/a.json", br#"{"Events":[]}"#),
        ];
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("case.evidence");
        let manifest = manifest_of(&documents);
        write_bundle(&dir, &manifest, &documents).unwrap();

        let bundle = read_bundle(&dir, &Limits::default()).unwrap();
        assert_eq!(bundle.manifest, manifest);
        assert_eq!(bundle.notices, []);
        let names: Vec<&str> = bundle.documents.iter().map(|d| d.name.as_str()).collect();
        assert_eq!(
            names,
            ["guardduty/get-findings.json", "cloudtrail/b.json", "cloudtrail/a.json"]
        );
        assert_eq!(bundle.documents[1].bytes, br#"{"Records":[]}"#);
        assert_eq!(bundle.documents[1].stored_sha256, sha256_hex(&log));
        assert_eq!(bundle.documents[0].request.as_ref(), Some(&manifest.documents[0]));
        assert!(bundle.documents.iter().all(|document| document.from_bundle));
    }

    #[test]
    fn what_is_missing_altered_or_unlisted_is_noted_and_the_rest_is_read() {
        let documents: [(&str, &[u8]); 3] =
            [("a/altered.json", b"1234"), ("a/missing.json", b"5678"), ("a/whole.json", b"90")];
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("case.evidence");
        write_bundle(&dir, &manifest_of(&documents), &documents).unwrap();
        fs::write(dir.join("a/altered.json"), b"12345").unwrap();
        fs::remove_file(dir.join("a/missing.json")).unwrap();
        fs::write(dir.join("a/unlisted.json"), b"{}").unwrap();
        fs::write(dir.join("README.md"), b"notes").unwrap();

        let bundle = read_bundle(&dir, &Limits::default()).unwrap();
        let names: Vec<&str> = bundle.documents.iter().map(|d| d.name.as_str()).collect();
        assert_eq!(names, ["a/altered.json", "a/whole.json"]);
        assert_eq!(bundle.documents[0].bytes, b"12345");
        let [altered, missing, unlisted] = bundle.notices.as_slice() else {
            unreachable!("{:?}", bundle.notices);
        };
        assert!(altered.place.ends_with("case.evidence/a/altered.json"), "{altered:?}");
        assert!(altered.reason.contains(&sha256_hex("12345")), "{altered:?}");
        assert!(altered.reason.contains(&sha256_hex("1234")), "{altered:?}");
        assert!(altered.reason.contains("5 bytes instead of 4 bytes"), "{altered:?}");
        assert!(missing.place.ends_with("a/missing.json"), "{missing:?}");
        assert!(missing.reason.contains("not there"), "{missing:?}");
        assert!(unlisted.place.ends_with("a/unlisted.json"), "{unlisted:?}");
    }

    #[test]
    fn a_manifest_that_leads_out_of_the_zip_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("evil.zip");
        let json = manifest_of(&[("../../etc/passwd", b"x")]).to_json().unwrap();
        fs::write(&path, zipped(&[("manifest.json", &json)])).unwrap();
        assert!(matches!(read_bundle(&path, &Limits::default()), Err(EvidenceError::Path { .. })));
    }

    #[test]
    fn bounds_are_said() {
        let bomb = gzipped(&vec![0; 1 << 20]);
        let documents: [(&str, &[u8]); 3] =
            [("bomb.json", &bomb), ("large.json", &[b' '; 5_000]), ("small.json", b"{}")];
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("case.evidence");
        write_bundle(&dir, &manifest_of(&documents), &documents).unwrap();
        let limits = Limits { document_bytes: 4_096, ..Limits::default() };
        let bundle = read_bundle(&dir, &limits).unwrap();
        assert_eq!(bundle.documents.len(), 1);
        assert_eq!(bundle.documents[0].name, "small.json");
        assert_eq!(bundle.notices.len(), 2);
        assert!(bundle.notices[0].reason.contains("the bound of 4 KiB a document"));
        assert!(bundle.notices[1].reason.contains("the bound of 4 KiB a document"));
    }
}
