//! From whatever a responder saved to single records.
//!
//! The content decides, never a name: answers of the API and of the AWS CLI, EventBridge events,
//! SNS messages, S3 exports, history and snapshot files, log files, and these inside the wrappers
//! that other tools put around them.

use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::{Value, value::RawValue};

use crate::model::Source;

/// How deeply wrappers may stand in wrappers.
const DEPTH: usize = 12;

/// How many levels of objects that casefile does not know are searched for records.
const STRANGE: usize = 4;

/// What a piece of evidence is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A finding as GuardDuty writes it.
    Finding,
    /// A finding in the format of Security Hub.
    SecurityHubFinding,
    /// A configuration item of AWS Config.
    Item,
    /// A record of `CloudTrail`.
    Event,
}

impl Kind {
    /// The service that states it.
    pub fn source(self) -> Source {
        match self {
            Self::Finding | Self::SecurityHubFinding => Source::GuardDuty,
            Self::Item => Source::Config,
            Self::Event => Source::CloudTrail,
        }
    }

    /// What people call it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Finding => "GuardDuty finding",
            Self::SecurityHubFinding => "Security Hub finding",
            Self::Item => "configuration item",
            Self::Event => "CloudTrail record",
        }
    }
}

/// A record and where it was found.
#[derive(Debug)]
pub struct Found {
    /// What it is.
    pub kind: Kind,
    /// JSON pointer, with a line number before it where a document holds several values.
    pub place: String,
    /// The record.
    pub value: Value,
}

/// What came out of a document beside records.
#[derive(Default, Debug)]
pub struct Unwrapped {
    /// The records, in the document's order.
    pub found: Vec<Found>,
    /// Pieces that could not be read: where, and why.
    pub unread: Vec<(String, String)>,
    /// Pages and lists that were recognised and held no record.
    pub empty_pages: usize,
    /// Recognised answers that a report does not use, by what they are.
    pub unused: Vec<&'static str>,
    /// Pieces in which nothing was recognised.
    pub strange: Vec<String>,
}

impl Unwrapped {
    /// Unwraps one JSON value.
    pub fn read(&mut self, place: &str, raw: &RawValue) {
        let before = self.progress();
        if raw.get().starts_with('[') {
            self.list(place, raw, None, DEPTH);
        } else {
            self.any(place, raw, DEPTH, STRANGE);
        }
        if before == self.progress() {
            self.strange.push(place.to_owned());
        }
    }

    /// Unwraps what was saved of a value that breaks off: any part of a record may be among it, so
    /// that what is not recognised is no loss of its own.
    pub fn read_part(&mut self, place: &str, raw: &RawValue) {
        self.any(place, raw, DEPTH, 0);
    }

    /// How much was said so far: what does not add to it would be lost in silence.
    fn progress(&self) -> usize {
        self.found.len()
            + self.unread.len()
            + self.empty_pages
            + self.unused.len()
            + self.strange.len()
    }

    fn any(&mut self, place: &str, raw: &RawValue, depth: usize, strange: usize) {
        let Some(depth) = depth.checked_sub(1) else {
            self.unread.push((
                place.to_owned(),
                format!(
                    "is more than {DEPTH} lists or wrappers deep, and what is below was not read"
                ),
            ));
            return;
        };
        match raw.get().as_bytes().first() {
            Some(b'[') => match serde_json::from_str::<Vec<&RawValue>>(raw.get()) {
                Ok(elements) => {
                    for (index, element) in elements.iter().enumerate() {
                        self.any(&format!("{place}/{index}"), element, depth, strange);
                    }
                }
                Err(error) => self.unread.push((place.to_owned(), plain(&error))),
            },
            Some(b'{') => match Members::read(raw) {
                Ok(members) => self.object(place, raw, &members, depth, strange),
                Err(error) => self.unread.push((place.to_owned(), plain(&error))),
            },
            Some(b'"') => self.text(place, raw, depth, strange),
            _ => {}
        }
    }

    /// A list whose elements should all be records, of one kind if it is given. An element in
    /// which nothing is recognised is said.
    fn list(&mut self, place: &str, raw: &RawValue, kind: Option<Kind>, depth: usize) {
        let elements = match serde_json::from_str::<Vec<&RawValue>>(raw.get()) {
            Ok(elements) => elements,
            Err(error) => return self.unread.push((place.to_owned(), plain(&error))),
        };
        if elements.is_empty() {
            self.empty_pages += 1;
        }
        for (index, element) in elements.iter().enumerate() {
            let place = format!("{place}/{index}");
            let before = self.progress();
            match kind {
                Some(kind) => self.record(&place, kind, element),
                None => self.any(&place, element, depth, STRANGE),
            }
            if before == self.progress() {
                self.strange.push(place);
            }
        }
    }

    /// Text that is a JSON document of its own, as in SNS messages, rule events, log lines and
    /// the rows of queries.
    fn text(&mut self, place: &str, raw: &RawValue, depth: usize, strange: usize) {
        let Ok(text) = serde_json::from_str::<String>(raw.get()) else {
            return;
        };
        let object = text.trim_start().starts_with('{');
        if !object && !text.trim_start().starts_with('[') {
            return;
        }
        match serde_json::from_str::<&RawValue>(&text) {
            Ok(inner) => self.any(place, inner, depth, strange),
            Err(error) if object => {
                let reason =
                    format!("is text that begins like JSON and is none ({})", plain(&error));
                self.unread.push((place.to_owned(), reason));
            }
            // Much that people log begins with a bracket.
            Err(_) => {}
        }
    }

    fn object(
        &mut self,
        place: &str,
        raw: &RawValue,
        members: &Members<'_>,
        depth: usize,
        strange: usize,
    ) {
        if let Some((name, text)) = members.find("CloudTrailEvent") {
            let place = format!("{place}/{name}");
            let before = self.progress();
            self.any(&place, text, depth, STRANGE);
            if before == self.progress() {
                self.unread.push((place, "holds no record".to_owned()));
            }
            return;
        }
        if members.get("EventId").is_some() && members.get("EventName").is_some() {
            self.unread.push((
                place.to_owned(),
                "is an event of lookup-events without its CloudTrailEvent, so most of it is \
                 missing; save the command's whole output"
                    .to_owned(),
            ));
            return;
        }
        if let Some(kind) = members.kind() {
            return self.record(place, kind, raw);
        }
        if let Some((name, item)) = members.find("configurationItem") {
            // The notifications of 2014 held a list.
            if item.get().starts_with('[') {
                return self.list(&format!("{place}/{name}"), item, Some(Kind::Item), depth);
            }
            return self.record(&format!("{place}/{name}"), Kind::Item, item);
        }
        if let Some((name, _)) = members.find("configurationItemSummary") {
            self.unread.push((
                format!("{place}/{name}"),
                "is the summary of a configuration item that was too large for a message; the \
                 item itself is in the S3 object that the message names"
                    .to_owned(),
            ));
            return;
        }
        if let Some(what) = members.unused() {
            self.unused.push(what);
        }
        // A wrapper, known or not: whatever it holds is looked at, so that no member hides another.
        for (name, inner) in &members.0 {
            let place = format!("{place}/{name}");
            // What was searched is no record.
            if name == "casefileArchive" {
                continue;
            }
            match list_of(name) {
                Some(_) if inner.get() == "null" => self.empty_pages += 1,
                Some(kind) if inner.get().starts_with('[') => {
                    self.list(&place, inner, kind, depth);
                }
                _ => {
                    if let Some(strange) = strange.checked_sub(1) {
                        self.any(&place, inner, depth, strange);
                    }
                }
            }
        }
    }

    fn record(&mut self, place: &str, kind: Kind, raw: &RawValue) {
        match serde_json::from_str::<Value>(raw.get()) {
            Ok(value) if value.is_object() => {
                self.found.push(Found { kind, place: place.to_owned(), value });
            }
            Ok(_) => self.unread.push((place.to_owned(), "is not an object".to_owned())),
            Err(error) => self.unread.push((place.to_owned(), reason(&error))),
        }
    }
}

/// Why a record cannot be read.
pub fn reason(error: &serde_json::Error) -> String {
    let reason = plain(error);
    if reason.contains("recursion limit") {
        "is nested more than 127 levels deep".to_owned()
    } else {
        format!("cannot be read ({reason})")
    }
}

/// The error in its own words, without a position: that counts from the beginning of a part.
pub fn plain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or(&text).to_owned()
}

/// The member names under which lists of records stand, and the kind of their elements where the
/// name decides it.
fn list_of(name: &str) -> Option<Option<Kind>> {
    match name {
        "Records" | "findings" | "Findings" | "Events" | "events" | "logEvents" => Some(None),
        "configurationItems"
        | "ConfigurationItems"
        | "baseConfigurationItems"
        | "BaseConfigurationItems" => Some(Some(Kind::Item)),
        _ => None,
    }
}

/// The members of an object, each still text.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'a> Members<'a> {
    fn read(raw: &'a RawValue) -> Result<Self, serde_json::Error> {
        struct Pairs;
        impl<'a> Visitor<'a> for Pairs {
            type Value = Vec<(String, &'a RawValue)>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'a>>(self, mut members: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = members.next_entry()? {
                    pairs.push(pair);
                }
                Ok(pairs)
            }
        }
        serde_json::Deserializer::from_str(raw.get()).deserialize_map(Pairs).map(Self)
    }

    fn get(&self, name: &str) -> Option<&'a RawValue> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, raw)| *raw)
    }

    /// The member of that name in any casing, unless it is null.
    fn find(&self, name: &str) -> Option<(&str, &'a RawValue)> {
        self.0
            .iter()
            .find(|(key, raw)| raw.get() != "null" && key.eq_ignore_ascii_case(name))
            .map(|(key, raw)| (key.as_str(), *raw))
    }

    fn has_any(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.find(name).is_some())
    }

    /// Whether a member of that name holds a text or a number; the same words are keys of objects
    /// in schemas and service models.
    fn says(&self, name: &str) -> bool {
        self.find(name).is_some_and(|(_, raw)| !raw.get().starts_with(['{', '[']))
    }

    /// What record this object is. A record that lacks a part is one all the same, so that what
    /// it lacks can be said.
    fn kind(&self) -> Option<Kind> {
        let of_event = ["eventName", "eventSource", "eventTime", "eventID", "eventVersion"];
        let marks = of_event.iter().filter(|name| self.says(name)).count()
            + usize::from(self.has_any(&["userIdentity"]));
        if marks >= 2 && !self.is_notification() {
            return Some(Kind::Event);
        }
        if self.says("ProductArn") && self.says("AwsAccountId") {
            return Some(Kind::SecurityHubFinding);
        }
        let arn = self.find("arn").is_some_and(|(_, arn)| arn.get().contains(":guardduty:"));
        let parts = self.has_any(&["resource"]) && self.has_any(&["service"]);
        if (parts || arn) && (self.says("type") || self.says("schemaVersion")) {
            return Some(Kind::Finding);
        }
        let captured =
            self.says("configurationItemStatus") || self.says("configurationItemCaptureTime");
        (captured && self.has_any(&["resourceType", "resourceId", "configuration"]))
            .then_some(Kind::Item)
    }

    /// Whether this is what S3, DynamoDB or Kinesis tell a function: it has the names of a
    /// `CloudTrail` record's members, and is no call.
    fn is_notification(&self) -> bool {
        self.find("eventSource").is_some_and(|(_, source)| source.get().starts_with("\"aws:"))
    }

    /// Answers and files of the three services that hold no finding, item or event.
    fn unused(&self) -> Option<&'static str> {
        if self.is_notification() && self.says("eventName") {
            return Some("a notification of another AWS service and no CloudTrail record");
        }
        if self.says("digestStartTime") && self.says("digestS3Object") {
            return Some("a CloudTrail digest file");
        }
        if self.says("FunctionName") && self.says("FunctionArn") && self.says("CodeSha256") {
            return Some("an answer of Lambda itself");
        }
        let known: &[(&[&str], &str)] = &[
            (&["resourceIdentifiers"], "a list of discovered resources"),
            (&["EvaluationResults", "ComplianceByConfigRules"], "a compliance answer"),
            (&["ConfigurationRecorders", "ConfigurationRecordersStatus"], "a recorder description"),
            (&["RetentionConfigurations"], "a retention description"),
            (&["DetectorIds", "FindingIds"], "a list of GuardDuty ids"),
        ];
        known.iter().find_map(|(names, what)| self.has_any(names).then_some(*what))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop")]
mod tests {
    use super::*;

    fn unwrap(text: &str) -> Unwrapped {
        let raw: &RawValue = serde_json::from_str(text).unwrap();
        let mut unwrapped = Unwrapped::default();
        unwrapped.read("", raw);
        unwrapped
    }

    #[test]
    fn every_wrapper_gives_its_records_and_their_place() {
        let event = r#"{"eventName":"X","eventSource":"s"}"#;
        let quoted = serde_json::to_string(event).unwrap();
        for (wrapper, place) in [
            (event.to_owned(), ""),
            (format!("[{event}]"), "/0"),
            (format!(r#"{{"Records":[{event}]}}"#), "/Records/0"),
            (
                format!(r#"{{"detail":{event},"detail-type":"AWS API Call via CloudTrail"}}"#),
                "/detail",
            ),
            (
                format!(r#"{{"Events":[{{"EventId":"1","CloudTrailEvent":{quoted}}}]}}"#),
                "/Events/0/CloudTrailEvent",
            ),
            (format!(r#"{{"hits":{{"hits":[{{"_source":{event}}}]}}}}"#), "/hits/hits/0/_source"),
            (format!(r#"{{"Type":"Notification","Message":{quoted}}}"#), "/Message"),
        ] {
            let unwrapped = unwrap(&wrapper);
            let found: Vec<_> =
                unwrapped.found.iter().map(|f| (f.kind, f.place.as_str())).collect();
            assert_eq!(found, [(Kind::Event, place)], "{wrapper}");
            assert!(unwrapped.unread.is_empty() && unwrapped.strange.is_empty());
        }
    }

    #[test]
    fn a_record_that_is_nested_too_deeply_costs_only_itself() {
        let bomb = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
        let unwrapped = unwrap(&format!(
            r#"{{"Records":[{{"eventName":"X","eventSource":"s","x":{bomb}}},{{"eventName":"Y","eventSource":"s"}}]}}"#
        ));
        assert_eq!(unwrapped.found.len(), 1);
        assert_eq!(
            unwrapped.unread,
            [("/Records/0".to_owned(), "is nested more than 127 levels deep".to_owned())]
        );
    }

    #[test]
    fn an_empty_page_is_an_answer_and_an_unknown_object_is_said() {
        assert_eq!(unwrap(r#"{"configurationItems":[],"nextToken":"x"}"#).empty_pages, 1);
        assert_eq!(unwrap(r#"{"hello":{"world":1}}"#).strange.len(), 1);
    }
}
