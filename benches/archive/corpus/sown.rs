//! Records that are sown into the noise, and why.

use serde_json::Value;

use super::{Fallible, case::Case, moment};

/// One record.
#[derive(Clone, Debug)]
pub struct Sown {
    /// Why it is there.
    pub why: Why,
    /// `eventID`.
    pub id: String,
    /// The account whose trail it is in.
    pub account: String,
    /// The Region.
    pub region: String,
    /// `eventTime`.
    pub time: i64,
    /// The record as it stands in the file.
    pub text: String,
    /// Whether the name of the case's function stands in `requestParameters`.
    pub names: bool,
    /// How often it stands in the record.
    pub mentions: u64,
}

/// Why a record is sown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The case's: it must be kept.
    Kept,
    /// The sample holds it, and its report leaves it out.
    Left,
    /// Made to be mistaken: it must not be kept.
    Near(&'static str),
}

impl Sown {
    /// Reads what must be known of a record.
    pub fn of(why: Why, text: String, case: &Case) -> Fallible<Self> {
        let record: Value = serde_json::from_str(&text)?;
        let part = |name: &str| -> Fallible<String> {
            let part = record[name].as_str().ok_or_else(|| format!("a record without {name}"))?;
            Ok(part.to_owned())
        };
        Ok(Self {
            why,
            id: part("eventID")?,
            account: part("recipientAccountId")?,
            region: part("awsRegion")?,
            time: moment::seconds(&part("eventTime")?)?,
            names: record["requestParameters"].to_string().contains(&case.function),
            mentions: text.matches(&case.function).count() as u64,
            text,
        })
    }
}
