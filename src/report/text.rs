//! Text on its way to a reader.
//!
//! Every string of the evidence may have been chosen by the person under investigation, so none
//! of these types can be printed as it is: they have no `Display`. A renderer shows what
//! [`Visible::visible`] gives, through the one place where it marks hidden characters.

use std::{borrow::Cow, collections::BTreeSet};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::model::{RecordId, Time};

/// Something that a reader sees.
pub trait Visible {
    /// The text to show, which may still hold any character.
    fn visible(&self) -> Cow<'_, str>;
}

/// Any text.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Text(String);

impl Text {
    /// Marks a string as text for a reader.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text for comparing and composing, not for showing.
    pub fn raw(&self) -> &str {
        &self.0
    }
}

impl Visible for Text {
    fn visible(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.0)
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(text)
    }
}

/// An address or a domain: data outputs have it as it is, a reader sees it defanged.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Address(String);

impl Address {
    /// Marks a string as an address.
    pub fn new(address: impl Into<String>) -> Self {
        Self(address.into())
    }

    /// The address for comparing and composing, not for showing.
    pub fn raw(&self) -> &str {
        &self.0
    }
}

impl Visible for Address {
    fn visible(&self) -> Cow<'_, str> {
        Cow::Owned(super::defang::defang(&self.0))
    }
}

/// A sentence of somebody else, quoted: data outputs have it as it is, a reader sees the
/// addresses in it defanged.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Quote(String);

impl From<&str> for Quote {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl Visible for Quote {
    fn visible(&self) -> Cow<'_, str> {
        Cow::Owned(super::defang::defang_words(&self.0))
    }
}

/// A JSON value before or after a change.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Json(pub Value);

impl Visible for Json {
    /// A text without its quotes, everything else as JSON.
    fn visible(&self) -> Cow<'_, str> {
        match &self.0 {
            Value::String(text) => Cow::Borrowed(text),
            Value::Null => Cow::Borrowed("(absent)"),
            Value::Object(_) => Cow::Owned(format!("{:#}", self.0)),
            other => Cow::Owned(other.to_string()),
        }
    }
}

/// A moment in UTC, and on a second clock when one was asked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct When {
    /// RFC 3339 in UTC, with the decimals that the source had.
    pub utc: String,
    /// The same moment in the other time zone, with its offset.
    pub local: Option<String>,
}

impl When {
    /// `time` in UTC, and in `zone` if there is one.
    pub fn new(time: Time, zone: Option<&jiff::tz::TimeZone>) -> Self {
        Self { utc: time.to_string(), local: zone.map(|zone| time.in_zone(zone)) }
    }
}

impl Serialize for When {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.utc)
    }
}

impl JsonSchema for When {
    fn schema_name() -> Cow<'static, str> {
        "Time".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "format": "date-time",
            "pattern": "Z$",
            "description": "RFC 3339 in UTC, with the decimals that the source had.",
        })
    }
}

/// The id of a record in the report's evidence, such as `T-3f2a91bc`: letters, digits and a dash
/// only, so it may stand anywhere.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Cite(String);

impl From<&RecordId> for Cite {
    fn from(id: &RecordId) -> Self {
        Self(id.0.clone())
    }
}

impl std::fmt::Display for Cite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The records behind a statement: at least one, each once, in the order given.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Citations(#[schemars(length(min = 1))] Vec<Cite>);

impl Citations {
    /// Cites one record.
    pub fn one(record: &RecordId) -> Self {
        Self(vec![record.into()])
    }

    /// Cites one record and more.
    #[must_use]
    pub fn and<'a>(mut self, more: impl IntoIterator<Item = &'a RecordId>) -> Self {
        let mut cited: BTreeSet<Cite> = self.0.iter().cloned().collect();
        for cite in more.into_iter().map(Cite::from) {
            if cited.insert(cite.clone()) {
                self.0.push(cite);
            }
        }
        self
    }

    /// Cites one record more.
    pub fn push(&mut self, record: &RecordId) {
        let cite = Cite::from(record);
        if !self.0.contains(&cite) {
            self.0.push(cite);
        }
    }

    /// Cites one record more of many of one kind: the first few and the last are enough.
    pub fn push_last(&mut self, record: &RecordId) {
        const MOST: usize = 8;
        if self.0.len() >= MOST && !self.0.contains(&Cite::from(record)) {
            self.0.pop();
        }
        self.push(record);
    }

    /// Cites what another statement cites, too.
    #[must_use]
    pub fn with(mut self, other: &Self) -> Self {
        for cite in &other.0 {
            if !self.0.contains(cite) {
                self.0.push(cite.clone());
            }
        }
        self
    }

    /// The ids.
    pub fn iter(&self) -> std::slice::Iter<'_, Cite> {
        self.0.iter()
    }
}
