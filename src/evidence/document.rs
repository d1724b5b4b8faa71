//! One document: bytes, where they came from, and their hash.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::manifest::DocumentEntry;

/// One piece of evidence, unpacked and ready to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The path in the manifest for a document of a bundle; otherwise the path
    /// as it was given, joined with what lies below it, and with `!member` for
    /// a member of an archive (`logs.zip!a/b.json.gz`). Not two documents of
    /// one intake have the same name.
    pub name: String,
    /// SHA-256 of the bytes as they lay on disk or in the archive member, that
    /// is before they were unpacked: 64 lower-case hexadecimal digits.
    pub stored_sha256: String,
    /// The bytes after gunzip.
    pub bytes: Vec<u8>,
    /// Whether the document is one that the manifest of a bundle lists.
    pub from_bundle: bool,
    /// What the manifest says of the document: who was asked what, and when.
    pub request: Option<DocumentEntry>,
}

/// SHA-256 of some bytes, as 64 lower-case hexadecimal digits.
#[must_use]
pub fn sha256_hex(bytes: impl AsRef<[u8]>) -> String {
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(bytes.as_ref()) {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::sha256_hex;

    #[test]
    fn hashes_are_those_of_fips_180() {
        assert_eq!(
            sha256_hex("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(
            sha256_hex([]),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }
}
