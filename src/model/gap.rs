//! What was asked for and not seen.

use super::RecordId;

/// Something that was asked for and not seen, and what that could hide.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// `guardduty`, `config`, `cloudtrail` or `input`.
    pub source: String,
    /// What was asked, or where it should have been.
    pub asked: String,
    /// Why it was not seen.
    pub reason: String,
    /// What a reader must therefore not conclude.
    pub consequence: String,
    /// The records that show it, if any.
    pub records: Vec<RecordId>,
}

impl Gap {
    /// A gap of `source`, shown by no particular record.
    pub fn new(
        source: &str,
        asked: impl Into<String>,
        reason: impl Into<String>,
        consequence: impl Into<String>,
    ) -> Self {
        Self {
            source: source.to_owned(),
            asked: asked.into(),
            reason: reason.into(),
            consequence: consequence.into(),
            records: Vec::new(),
        }
    }
}
