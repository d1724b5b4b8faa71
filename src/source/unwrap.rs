//! From whatever a responder saved to single records.
//!
//! The content decides, never a name: answers of the API and of the AWS CLI, EventBridge events,
//! SNS messages, S3 exports, history and snapshot files, log files, and these inside the wrappers
//! that other tools put around them.

use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::{Value, value::RawValue};

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
        self.any(place, raw, DEPTH, STRANGE);
        if before == self.progress() {
            self.strange.push(place.to_owned());
        }
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
            self.unread.push((place.to_owned(), "is wrapped too many times".to_owned()));
            return;
        };
        match raw.get().as_bytes().first() {
            Some(b'[') => match serde_json::from_str::<Vec<&RawValue>>(raw.get()) {
                Ok(elements) => {
                    for (index, element) in elements.iter().enumerate() {
                        self.any(&format!("{place}/{index}"), element, depth, strange);
                    }
                }
                Err(error) => self.unread.push((place.to_owned(), error.to_string())),
            },
            Some(b'{') => match Members::read(raw) {
                Ok(members) => self.object(place, raw, &members, depth, strange),
                Err(error) => self.unread.push((place.to_owned(), error.to_string())),
            },
            _ => {}
        }
    }

    /// A member that must be a list of records of one kind.
    fn list(&mut self, place: &str, name: &str, raw: &RawValue, kind: Option<Kind>, depth: usize) {
        let place = format!("{place}/{name}");
        match serde_json::from_str::<Vec<&RawValue>>(raw.get()) {
            Ok(elements) if elements.is_empty() => self.empty_pages += 1,
            Ok(elements) => {
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
            Err(_) if raw.get() == "null" => self.empty_pages += 1,
            Err(_) => self.unread.push((place, "is not a list of records".to_owned())),
        }
    }

    /// Text that is a JSON document of its own, as in SNS messages and rule events.
    fn text(&mut self, place: &str, name: &str, raw: &RawValue, depth: usize) {
        let place = format!("{place}/{name}");
        if raw.get().starts_with('{') {
            return self.any(&place, raw, depth, STRANGE);
        }
        let inner = serde_json::from_str::<String>(raw.get())
            .and_then(|text| serde_json::from_str::<Box<RawValue>>(&text));
        match inner {
            Ok(inner) => self.any(&place, &inner, depth, STRANGE),
            Err(error) => self.unread.push((place, format!("is text that is no JSON: {error}"))),
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
        if let Some(list) = members.get("Records") {
            return self.list(place, "Records", list, None, depth);
        }
        for name in ["findings", "Findings"] {
            if let Some(list) = members.get(name) {
                return self.list(place, name, list, None, depth);
            }
        }
        for name in ["configurationItems", "ConfigurationItems", "baseConfigurationItems"] {
            if let Some(list) = members.get(name) {
                return self.list(place, name, list, Some(Kind::Item), depth);
            }
        }
        if members.has_any(&["CloudTrailEvent"]) {
            return self.lookup(place, raw);
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
        if members.has_any(&["eventName"])
            && members.has_any(&["eventSource", "eventVersion", "userIdentity", "eventID"])
        {
            return self.record(place, Kind::Event, raw);
        }
        if members.has_any(&["Events"]) && !members.has_any(&["Type"]) {
            for name in ["Events", "events"] {
                if let Some(list) = members.get(name) {
                    return self.list(place, name, list, None, depth);
                }
            }
        }
        if members.has_any(&["ProductArn"]) && members.has_any(&["AwsAccountId"]) {
            return self.record(place, Kind::SecurityHubFinding, raw);
        }
        if members.has_any(&["resource"])
            && members.has_any(&["service"])
            && members.has_any(&["type", "schemaVersion"])
        {
            return self.record(place, Kind::Finding, raw);
        }
        for name in ["configurationItem", "configurationItemSummary"] {
            if let Some(item) = members.get(name).filter(|item| item.get() != "null") {
                return self.record(&format!("{place}/{name}"), Kind::Item, item);
            }
        }
        if members.has_any(&["resourceType"])
            && members.has_any(&["configurationItemStatus", "configurationItemCaptureTime"])
        {
            return self.record(place, Kind::Item, raw);
        }
        if let Some(what) = members.unused_answer() {
            self.unused.push(what);
            return;
        }
        for name in ["invokingEvent", "Message", "body"] {
            if let Some(inner) = members.get(name)
                && inner.get().starts_with(['{', '"'])
            {
                return self.text(place, name, inner, depth);
            }
        }
        if let Some(strange) = strange.checked_sub(1) {
            for (name, inner) in &members.0 {
                self.any(&format!("{place}/{name}"), inner, depth, strange);
            }
        }
    }

    /// One event of `lookup-events`: the record is text inside.
    fn lookup(&mut self, place: &str, raw: &RawValue) {
        let place = format!("{place}/CloudTrailEvent");
        let text = Members::read(raw).ok().and_then(|members| {
            let (_, text) =
                members.0.into_iter().find(|(name, _)| name.eq_ignore_ascii_case("CloudTrailEvent"))?;
            Some(text)
        });
        let Some(text) = text else { return };
        if text.get().starts_with('{') {
            return self.record(&place, Kind::Event, text);
        }
        match serde_json::from_str::<String>(text.get()) {
            Ok(text) => match serde_json::from_str::<&RawValue>(&text) {
                Ok(record) => self.record(&place, Kind::Event, record),
                Err(error) => self.unread.push((place, format!("is text that is no JSON: {error}"))),
            },
            Err(_) => self.unread.push((place, "holds no record".to_owned())),
        }
    }

    fn record(&mut self, place: &str, kind: Kind, raw: &RawValue) {
        match serde_json::from_str::<Value>(raw.get()) {
            Ok(value) if value.is_object() => {
                self.found.push(Found { kind, place: place.to_owned(), value });
            }
            Ok(_) => self.unread.push((place.to_owned(), "is not an object".to_owned())),
            Err(error) => {
                let reason = error.to_string();
                let reason = if reason.contains("recursion limit") {
                    "is nested more than 127 levels deep".to_owned()
                } else {
                    reason
                };
                self.unread.push((place.to_owned(), reason));
            }
        }
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

    fn has_any(&self, names: &[&str]) -> bool {
        self.0.iter().any(|(key, raw)| {
            raw.get() != "null" && names.iter().any(|name| key.eq_ignore_ascii_case(name))
        })
    }

    /// Answers and files of the three services that hold no finding, item or event.
    fn unused_answer(&self) -> Option<&'static str> {
        let known: &[(&[&str], &str)] = &[
            (&["digestStartTime", "digestS3Object"], "a CloudTrail digest file"),
            (&["resourceIdentifiers"], "a list of discovered resources"),
            (&["EvaluationResults", "ComplianceByConfigRules"], "a compliance answer"),
            (&["ConfigurationRecorders", "ConfigurationRecordersStatus"], "a recorder description"),
            (&["RetentionConfigurations"], "a retention description"),
            (&["DetectorIds", "FindingIds"], "a list of GuardDuty ids"),
            (&["FunctionName", "FunctionArn", "CodeSha256"], "an answer of Lambda itself"),
        ];
        known.iter().find_map(|(names, what)| {
            let all = *what == "an answer of Lambda itself" || *what == "a CloudTrail digest file";
            let has = |name: &&str| self.has_any(&[name]);
            (if all { names.iter().all(has) } else { names.iter().any(has) }).then_some(*what)
        })
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
            (format!(r#"{{"detail":{event},"detail-type":"AWS API Call via CloudTrail"}}"#), "/detail"),
            (format!(r#"{{"Events":[{{"EventId":"1","CloudTrailEvent":{quoted}}}]}}"#), "/Events/0/CloudTrailEvent"),
            (format!(r#"{{"hits":{{"hits":[{{"_source":{event}}}]}}}}"#), "/hits/hits/0/_source"),
            (format!(r#"{{"Type":"Notification","Message":{quoted}}}"#), "/Message"),
        ] {
            let unwrapped = unwrap(&wrapper);
            let found: Vec<_> = unwrapped.found.iter().map(|f| (f.kind, f.place.as_str())).collect();
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
        assert_eq!(unwrapped.unread, [("/Records/0".to_owned(), "is nested more than 127 levels deep".to_owned())]);
    }

    #[test]
    fn an_empty_page_is_an_answer_and_an_unknown_object_is_said() {
        assert_eq!(unwrap(r#"{"configurationItems":[],"nextToken":"x"}"#).empty_pages, 1);
        assert_eq!(unwrap(r#"{"hello":{"world":1}}"#).strange.len(), 1);
    }
}
