//! What was searched beside what AWS answered.

use serde::{Deserialize, Serialize};

/// A `CloudTrail` log archive that was searched for the records of a case.
///
/// It is kept with the records that were found, so that a report made again from these says the
/// same. Times are seconds since 1970.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Archive {
    /// Files that may hold records.
    pub files: usize,
    /// How many of them were opened.
    pub opened: usize,
    /// Bytes of these as they lie on the disk.
    pub packed_bytes: u64,
    /// Bytes of these after unpacking.
    pub bytes: u64,
    /// Records in them.
    pub records: usize,
    /// Records that answered a question, and were kept.
    pub found: usize,
    /// How often files were gone through.
    pub passes: usize,
    /// Files of digests, which hold no records.
    pub digests: usize,
    /// Files of Insights events, which are no calls.
    pub insights: usize,
    /// Files that hold the same as another.
    pub copies: usize,
    /// What was there, by account and Region.
    pub places: Vec<ArchivePlace>,
    /// What could not be read, and why.
    pub faults: Vec<ArchiveFault>,
}

/// The log of one account in one Region.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArchivePlace {
    /// The account, when the path or the records say it.
    pub account: Option<String>,
    /// The Region.
    pub region: Option<String>,
    /// Files that were opened.
    pub opened: usize,
    /// Files that were not: nothing that was asked could stand in them.
    pub passed: usize,
    /// Bytes after unpacking.
    pub bytes: u64,
    /// Records.
    pub records: usize,
    /// The first event.
    pub from: Option<i64>,
    /// The last event.
    pub to: Option<i64>,
    /// Whole hours between these in which there is no event.
    pub silent_hours: usize,
    /// The longest stretches of such hours: first moment of the first, first moment after the last.
    pub silences: Vec<(i64, i64)>,
}

/// What is wrong with some files.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArchiveFault {
    /// In words that follow the name of a file.
    pub reason: String,
    /// How many files.
    pub files: usize,
    /// The first of them by name.
    pub names: Vec<String>,
}
