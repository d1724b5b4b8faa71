//! What is true of an archive: written beside it as `truth.json`.

use std::{collections::BTreeSet, fs, path::Path};

use serde::{Deserialize, Serialize};

use super::Fallible;

/// Everything that is known of an archive.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
pub struct Truth {
    /// `casefile-corpus/1`.
    pub format: String,
    /// What it was made from, and how large.
    pub made: Made,
    /// What a report must be about.
    pub function: Function,
    /// The sound log files, together. Damaged companions are counted in `damage` alone.
    pub whole: Extent,
    /// Each account and Region.
    pub streams: Vec<Stream>,
    /// What a report must keep, no more and no less. What companions add stands with them.
    pub kept: Vec<Place>,
    /// What the sample holds beside it, and its report leaves out.
    pub left: Vec<Place>,
    /// What was made to be mistaken, and must not be kept.
    pub near_misses: Vec<NearMiss>,
    /// In how many records `requestParameters` holds the function's name, as a text.
    pub records_naming: u64,
    /// How often the name stands in the JSON.
    pub mentions: u64,
    /// Damaged and unusual companions.
    pub damage: Vec<Companion>,
}

/// The options of an archive.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct Made {
    /// The sample.
    pub case: String,
    /// About how many bytes of JSON.
    pub size: u64,
    /// The seed.
    pub seed: u64,
    /// How many days it spans.
    pub days: u32,
    /// Near misses of each kind.
    pub misses: usize,
    /// Whether it has damaged companions.
    pub damage: bool,
    /// Whether all files lie in one folder, under names that tell nothing.
    pub flat: bool,
}

/// The function.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct Function {
    /// Its account.
    pub account: String,
    /// Its Region.
    pub region: String,
    /// Its name.
    pub name: String,
}

/// How much there is.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq, Eq)]
pub struct Extent {
    /// Log files.
    pub files: u64,
    /// Bytes of JSON.
    pub bytes: u64,
    /// Bytes of gzip.
    pub packed: u64,
    /// Records.
    pub records: u64,
}

/// The log files of an account and Region.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct Stream {
    /// The account.
    pub account: String,
    /// The Region.
    pub region: String,
    /// How much there is.
    #[serde(flatten)]
    pub extent: Extent,
    /// The first `eventTime`.
    pub first: String,
    /// The last `eventTime`.
    pub last: String,
}

/// A record, and the file that it was sown into.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct Place {
    /// `eventID`.
    pub id: String,
    /// The file, from the archive's folder.
    pub file: String,
}

/// A record that looks like one of the case's.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct NearMiss {
    /// In what it is near.
    pub kind: String,
    /// Which.
    #[serde(flatten)]
    pub place: Place,
}

/// A file that is damaged or unusual.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct Companion {
    /// A short name of what it is.
    pub kind: String,
    /// What it is, in a sentence.
    pub what: String,
    /// Where: from the archive's folder; bytes that are no text stand as U+FFFD.
    pub file: String,
    /// Events of the case that can be read from it, and must be kept.
    pub kept: Vec<String>,
    /// Events of the case that may be kept: how much is saved from damage is not decided here.
    pub may_be_kept: Vec<String>,
    /// Events of the case that are lost, or are no events: they must not be kept.
    pub not_kept: Vec<String>,
    /// Whether a report must name it or count it among what it could not read.
    pub to_be_told: bool,
}

impl Truth {
    /// Reads it.
    pub fn read(file: &Path) -> Fallible<Self> {
        Ok(serde_json::from_slice(&fs::read(file)?)?)
    }

    /// The events that a report must keep.
    pub fn must_be_kept(&self) -> BTreeSet<String> {
        let companions = self.damage.iter().flat_map(|companion| &companion.kept);
        self.kept.iter().map(|place| &place.id).chain(companions).cloned().collect()
    }

    /// The events beside them that it may keep.
    pub fn may_be_kept(&self) -> BTreeSet<String> {
        self.damage.iter().flat_map(|companion| &companion.may_be_kept).cloned().collect()
    }

    /// Writes it.
    pub fn write(&self, file: &Path) -> Fallible<()> {
        let mut json = serde_json::to_vec_pretty(self)?;
        json.push(b'\n');
        Ok(fs::write(file, json)?)
    }
}
