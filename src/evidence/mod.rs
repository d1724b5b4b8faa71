//! Evidence: the bytes that everything else is made from, and their hashes.
//!
//! [`open()`] reads whatever a responder has: evidence bundles, saved files,
//! folders of logs, `.gz` and `.zip` in any mixture. What is found is told by
//! content, never by name. [`write_bundle`] keeps what was collected, and
//! [`verify()`] recomputes the hashes later.
//!
//! Nothing is left out in silence: each file that was skipped, cut or found
//! altered is a [`Notice`], and each bound of [`Limits`] that was reached is
//! one too.

mod archive;
mod attached;
mod bounded;
mod bundle;
mod document;
mod error;
mod gzip;
mod input;
mod limits;
mod logs;
mod manifest;
mod naming;
mod notice;
mod store;
mod stored;
mod verify;
mod walk;
mod write;

pub use bundle::{Bundle, read_bundle};
pub use document::{Document, sha256_hex};
pub use error::EvidenceError;
pub use input::{Intake, STDIN_NAME, open, open_each};
pub use limits::Limits;
pub use logs::LogFile;
pub use manifest::{DocumentEntry, FORMAT, Manifest, ManifestGap, ManifestOptions, Tool};
pub use notice::Notice;
pub use stored::each_stored;
pub use verify::{Check, CheckedDocument, Verification, verify};
pub use write::write_bundle;
