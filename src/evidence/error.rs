//! Why evidence could not be read, checked or written at all.

use std::io;

use super::manifest::FORMAT;

/// A failure that leaves nothing to go on with. The text fits after "failed to".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvidenceError {
    /// A path given does not exist.
    #[error("open {path}: there is no such file or folder; check the path")]
    NotFound {
        /// The path as it was given.
        path: String,
    },
    /// A path given exists and cannot be opened.
    #[error("open {path}; check that you may read it")]
    Open {
        /// The path as it was given.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// A path given is a device or a socket.
    #[error(
        "read {path}: it is neither a file nor a folder nor a pipe; save its content to a file and give that"
    )]
    Special {
        /// The path as it was given.
        path: String,
    },
    /// Standard input could not be read.
    #[error("read standard input; save the data to a file and give that")]
    Stdin {
        /// What the system said.
        source: io::Error,
    },
    /// A `.zip` given as a bundle is none, or is damaged.
    #[error("read {place}: {reason}; fetch or pack it again")]
    Archive {
        /// The archive.
        place: String,
        /// What is the matter with it.
        reason: String,
    },
    /// No manifest was found where a bundle was expected.
    #[error(
        "read {place} as an evidence bundle: there is no manifest.json in it or in a single folder at its top; give the folder or .zip that was collected"
    )]
    NotABundle {
        /// The folder or archive.
        place: String,
    },
    /// The manifest is there and cannot be read.
    #[error("read {place}: {reason}; take the bundle from its source again")]
    ManifestUnreadable {
        /// The manifest.
        place: String,
        /// What is the matter with it.
        reason: String,
    },
    /// The manifest is of another version, or not a manifest of ours.
    #[error(
        "read {place}: its format is {format:?} and this version reads {FORMAT:?}; use the version of casefile that wrote it, or a newer one"
    )]
    Format {
        /// The manifest.
        place: String,
        /// What it says of itself, cut to a reasonable length.
        format: String,
    },
    /// The manifest is not what a manifest of its version is.
    #[error(
        "read {place}: it is not a whole manifest of {FORMAT:?}; take the bundle from its source again"
    )]
    Manifest {
        /// The manifest.
        place: String,
        /// Where in the JSON, and what.
        source: serde_json::Error,
    },
    /// The manifest lists a path that no bundle has.
    #[error(
        "trust {place}: it lists the path {path:?}, which {reason}; somebody has altered it, so take the bundle from its source again"
    )]
    Path {
        /// The manifest.
        place: String,
        /// The path that it lists.
        path: String,
        /// What is wrong with the path.
        reason: &'static str,
    },
    /// The folder to write is there already.
    #[error(
        "write the evidence bundle {path}: it exists already and is not an empty folder; choose another name, or move it away first"
    )]
    Exists {
        /// The folder to write.
        path: String,
    },
    /// The documents handed over are not those that the manifest lists.
    #[error(
        "write the evidence bundle: the manifest and the documents disagree about {path:?} ({reason}); this is a defect of casefile, please report it"
    )]
    Disagree {
        /// The document's path in the bundle.
        path: String,
        /// In what they disagree.
        reason: &'static str,
    },
    /// The bundle could not be written; nothing of it was left behind.
    #[error(
        "write {path}; check that the folder around it exists, that you may write there and that there is space"
    )]
    Write {
        /// The file or folder.
        path: String,
        /// What the system said.
        source: io::Error,
    },
}
