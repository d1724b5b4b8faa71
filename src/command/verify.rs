//! `casefile verify`.

use std::path::Path;

use anstream::eprintln;
use casefile::{
    error::Error,
    evidence::{self, Check},
    render::plain,
};

use super::terminal::{ERROR, FAILED, complain_of};

/// Recomputes the hashes of a bundle and names what differs.
pub fn verify(bundle: &Path) -> u8 {
    let verification = match evidence::verify(bundle) {
        Ok(verification) => verification,
        Err(error) => return complain_of(&Error::from(error)),
    };
    for document in &verification.documents {
        let path = plain(&document.path);
        match &document.check {
            Check::Ok => {}
            Check::Differs { expected_sha256, found_sha256, expected_bytes, found_bytes } => {
                eprintln!("{ERROR}differs{ERROR:#}  {path}");
                eprintln!(
                    "  the manifest says {expected_bytes} bytes, SHA-256 {}",
                    plain(expected_sha256)
                );
                eprintln!("  the file has     {found_bytes} bytes, SHA-256 {found_sha256}");
            }
            Check::Missing => eprintln!("{ERROR}missing{ERROR:#}  {path}"),
            Check::Unreadable { reason } => {
                eprintln!("{ERROR}unread{ERROR:#}   {path}: {}", plain(reason));
            }
        }
    }
    for path in &verification.unlisted {
        eprintln!("unlisted {}", plain(path));
    }
    for notice in &verification.notices {
        eprintln!("{}: {}", plain(&notice.place), plain(&notice.reason));
    }
    let count = verification.documents.len();
    if verification.is_intact() {
        eprintln!("{count} documents, all as they were collected");
        0
    } else {
        eprintln!("{ERROR}the bundle is not as it was collected{ERROR:#}");
        FAILED
    }
}
