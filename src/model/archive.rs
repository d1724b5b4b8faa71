//! What was searched beside what AWS answered.

use serde::{Deserialize, Serialize};

/// A `CloudTrail` log archive that was searched for the records of a case.
///
/// It is kept with the records that were found, so that a report made again from these says the
/// same. Times are seconds since 1970.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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
    /// What was asked of a query engine that holds it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub queries: Vec<ArchiveQuery>,
}

/// A query.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArchiveQuery {
    /// `athena`.
    pub engine: String,
    /// The table, as `database.table`.
    pub table: String,
    /// Under which id the engine knows it.
    pub id: Option<String>,
    /// The statement.
    pub sql: String,
    /// Rows that it gave.
    pub rows: usize,
    /// Rows that could not be read.
    pub unread: usize,
    /// Bytes that the engine read for it.
    pub scanned_bytes: u64,
    /// Its price at 5 US dollars a terabyte, which is that of most Regions.
    pub millionths_of_usd: u64,
    /// Why it gave nothing, or not all.
    pub failed: Option<String>,
    /// The only accounts that could be asked.
    pub accounts: Vec<String>,
    /// What of a record the table has no column for.
    pub lacking: Vec<String>,
    /// Where no time was asked for, nothing older was.
    pub from: Option<i64>,
}

/// The log of one account in one Region.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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
