//! One record of evidence, and the name by which it is cited.

use std::fmt;

use serde_json::Value;

use super::Time;

/// Which service stated a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// Amazon GuardDuty, findings.
    GuardDuty,
    /// AWS Config, configuration items.
    Config,
    /// AWS CloudTrail, events.
    CloudTrail,
}

impl Source {
    /// Every source, in the order in which a report lists them.
    pub const ALL: [Self; 3] = [Self::GuardDuty, Self::Config, Self::CloudTrail];

    /// The word that data outputs use: `guardduty`, `config`, `cloudtrail`.
    pub fn word(self) -> &'static str {
        match self {
            Self::GuardDuty => "guardduty",
            Self::Config => "config",
            Self::CloudTrail => "cloudtrail",
        }
    }

    /// The name that people use.
    pub fn title(self) -> &'static str {
        match self {
            Self::GuardDuty => "GuardDuty",
            Self::Config => "AWS Config",
            Self::CloudTrail => "CloudTrail",
        }
    }

    /// The letter that begins the ids of its records.
    pub fn letter(self) -> char {
        match self {
            Self::GuardDuty => 'F',
            Self::Config => 'C',
            Self::CloudTrail => 'T',
        }
    }
}

/// The name of a record in a report, such as `T-3f2a91bc`: the source's letter and the beginning
/// of the record's SHA-256, so that the same record has the same name in every report.
///
/// A citation is a `RecordId`: nothing can be stated without one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordId(pub String);

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One record as it was received: a finding, a configuration item or an event.
#[derive(Clone, Debug)]
pub struct Record {
    /// The name under which it is cited.
    pub id: RecordId,
    /// Who stated it.
    pub source: Source,
    /// The API call that returned it, where the evidence says so.
    pub operation: Option<String>,
    /// The bundle's document that holds it; loose files are not named, so that a report does not
    /// depend on how the evidence was cut into files.
    pub document: Option<String>,
    /// The JSON pointer of the record in that document.
    pub pointer: Option<String>,
    /// When what it records happened, or was captured.
    pub time: Option<Time>,
    /// SHA-256, lower-case hex, of the record as JSON with sorted keys and without white space,
    /// before anything was redacted.
    pub sha256: String,
    /// The record with its secrets replaced.
    pub body: Value,
}
