//! A bundle's files as they lie there.

use std::io;
use std::path::Path;

use super::error::EvidenceError;
use super::limits::{Budget, Limits};
use super::manifest::MANIFEST_NAME;
use super::store::{Fetched, with_store};
use super::verify::read_manifest;

/// Hands over the files of a bundle byte for byte, one at a time: the manifest, then the documents
/// that it lists, in its order.
///
/// Nothing is unpacked and nothing checked. What the manifest does not list, and what is missing or
/// cannot be read to its end, is passed over: reading the bundle has said so, and checking it will.
///
/// # Errors
/// If there is no bundle, if its manifest cannot be used, or if `take` fails.
pub fn each_stored(
    path: &Path,
    take: &mut dyn FnMut(&str, &[u8]) -> io::Result<()>,
) -> Result<(), EvidenceError> {
    let mut budget = Budget::new(&Limits { total_bytes: u64::MAX, ..Limits::default() });
    with_store(path, &mut budget, |store, _, budget| {
        let (manifest, _) = read_manifest(store, budget)?;
        let documents = manifest.documents.iter().map(|entry| entry.path.as_str());
        for name in [MANIFEST_NAME].into_iter().chain(documents) {
            if let Fetched::Bytes(bytes, None) = store.read(name, budget.document_bytes()) {
                take(name, &bytes)
                    .map_err(|source| EvidenceError::Write { path: name.to_owned(), source })?;
            }
        }
        Ok(())
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop")]
mod tests {
    use std::{fs, io};

    use super::super::manifest::tests::manifest_of;
    use super::super::write_bundle;
    use super::each_stored;

    #[test]
    fn the_listed_files_come_as_they_lie_there() {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("case.evidence");
        let documents: [(&str, &[u8]); 2] = [("b.json", b"{}"), ("a/x.json.gz", b"\x1f\x8bnone")];
        write_bundle(&dir, &manifest_of(&documents), &documents).unwrap();
        fs::write(dir.join("unlisted.json"), "{}").unwrap();
        fs::write(dir.join("b.json"), "altered").unwrap();
        let mut met = Vec::new();
        let mut take = |name: &str, bytes: &[u8]| {
            met.push((name.to_owned(), bytes.to_vec()));
            Ok(())
        };
        each_stored(&dir, &mut take).unwrap();
        let manifest = fs::read(dir.join("manifest.json")).unwrap();
        let expected = [
            ("manifest.json".to_owned(), manifest),
            ("b.json".to_owned(), b"altered".to_vec()),
            ("a/x.json.gz".to_owned(), b"\x1f\x8bnone".to_vec()),
        ];
        assert_eq!(met, expected);
        assert!(each_stored(&dir, &mut |_, _| Err(io::Error::other("full"))).is_err());
        assert!(each_stored(home.path().join("b.json").as_path(), &mut |_, _| Ok(())).is_err());
    }
}
