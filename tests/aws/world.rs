//! What there is to be asked about: accounts, detectors, findings, configuration items, events.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{athena::Athena, call::Call, recorder::Recorder, time::milliseconds};

/// The access key id of the caller in every world; its secret is not looked at.
pub const CALLER_KEY: &str = "AKIAIOSFODNN7EXAMPLE";

/// An account and a Region.
pub type Place = (String, String);

/// Who holds an access key.
#[derive(Clone, Debug)]
pub struct Principal {
    /// The account.
    pub account: String,
    /// The ARN, as STS names the caller.
    pub arn: String,
    /// Whether the key is worth nothing without a session token.
    pub needs_token: bool,
}

/// A configuration item, where it is recorded.
#[derive(Clone, Debug)]
pub struct Item {
    /// The account and the Region whose Config has it.
    pub place: Place,
    /// When the state was captured, in milliseconds.
    pub captured: i64,
    /// The item, as it is answered.
    pub body: Value,
}

/// An event, where it is logged.
#[derive(Clone, Debug)]
pub struct Event {
    /// The account and the Region whose event history has it.
    pub place: Place,
    /// When it happened, in milliseconds.
    pub time: i64,
    /// The entry, as it is answered: the record is the text in `CloudTrailEvent`.
    pub entry: Value,
}

/// What there is. Everything may be altered, before and while it is asked.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// When it is; the real time when there is none. Nothing is recorded later.
    pub now: Option<Timestamp>,
    /// Who holds which access key.
    pub keys: BTreeMap<String, Principal>,
    /// Roles that the caller may become, and the external id that each asks for.
    pub roles: BTreeMap<String, Option<String>>,
    /// The detectors of GuardDuty.
    pub detectors: BTreeMap<Place, Vec<String>>,
    /// The accounts whose findings another one sees: administrators by member.
    pub administrators: BTreeMap<String, String>,
    /// The findings of GuardDuty.
    pub findings: Vec<Value>,
    /// The recorders of Config.
    pub recorders: BTreeMap<Place, Recorder>,
    /// The configuration items.
    pub items: Vec<Item>,
    /// The events of `CloudTrail`.
    pub events: Vec<Event>,
    /// Regions that are not enabled.
    pub disabled: BTreeSet<String>,
    /// The tables and queries of Athena.
    pub athena: Athena,
}

impl World {
    /// An empty one, in which the caller is this one, with the key [`CALLER_KEY`].
    pub fn new(caller_arn: &str) -> Self {
        let mut world = Self::default();
        world.call_as(caller_arn);
        world
    }

    /// Makes another one the caller.
    pub fn call_as(&mut self, arn: &str) -> &mut Self {
        let account = arn.split(':').nth(4).unwrap_or_default().to_owned();
        let caller = Principal { account, arn: arn.to_owned(), needs_token: false };
        self.keys.insert(CALLER_KEY.to_owned(), caller);
        self
    }

    /// Lets the caller become that role, if it gives the external id that is asked for.
    pub fn trust(&mut self, role_arn: &str, external_id: Option<&str>) -> &mut Self {
        self.roles.insert(role_arn.to_owned(), external_id.map(str::to_owned));
        self
    }

    /// Lets `administrator` see the findings of `member`.
    pub fn administer(&mut self, administrator: &str, member: &str) -> &mut Self {
        self.administrators.insert(member.to_owned(), administrator.to_owned());
        self
    }

    /// Turns GuardDuty on.
    pub fn add_detector(&mut self, account: &str, region: &str, id: &str) -> &mut Self {
        self.detectors.entry(place(account, region)).or_default().push(id.to_owned());
        self
    }

    /// Turns GuardDuty off.
    pub fn remove_detectors(&mut self, account: &str, region: &str) -> &mut Self {
        self.detectors.remove(&place(account, region));
        self
    }

    /// Disables a Region: no service there knows any key.
    pub fn disable(&mut self, region: &str) -> &mut Self {
        self.disabled.insert(region.to_owned());
        self
    }

    /// Adds a finding; its own `accountId` and `region` say where.
    pub fn add_finding(&mut self, finding: Value) -> &mut Self {
        self.findings.push(finding);
        self
    }

    /// Removes the findings of which that is true.
    pub fn remove_findings(&mut self, gone: impl Fn(&Value) -> bool) -> &mut Self {
        self.findings.retain(|finding| !gone(finding));
        self
    }

    /// Sets what records there.
    pub fn add_recorder(
        &mut self,
        account: &str,
        region: &str,
        recorder: impl Into<Recorder>,
    ) -> &mut Self {
        self.recorders.insert(place(account, region), recorder.into());
        self
    }

    /// Takes the recorder away.
    pub fn remove_recorder(&mut self, account: &str, region: &str) -> &mut Self {
        self.recorders.remove(&place(account, region));
        self
    }

    /// Adds a configuration item to what the Config of that Region has.
    pub fn add_item(&mut self, account: &str, region: &str, body: Value) -> &mut Self {
        let captured = body.get("configurationItemCaptureTime").and_then(milliseconds);
        let captured = captured.expect("configurationItemCaptureTime in seconds");
        self.items.push(Item { place: place(account, region), captured, body });
        self
    }

    /// Removes the items of which that is true.
    pub fn remove_items(&mut self, gone: impl Fn(&Value) -> bool) -> &mut Self {
        self.items.retain(|item| !gone(&item.body));
        self
    }

    /// Adds an event, as an entry of `Events`, where its record says that it belongs. One that is
    /// there already, by its id, is not added again.
    pub fn add_event(&mut self, entry: Value) -> &mut Self {
        let id = entry.get("EventId");
        if self.events.iter().any(|event| event.entry.get("EventId") == id) {
            return self;
        }
        let record = entry.get("CloudTrailEvent").and_then(Value::as_str).unwrap_or("null");
        let record: Value = serde_json::from_str(record).expect("a record");
        let text = |name| record.get(name).and_then(Value::as_str).expect("its home");
        let place = place(text("recipientAccountId"), text("awsRegion"));
        let time = entry.get("EventTime").and_then(milliseconds).expect("EventTime in seconds");
        self.events.push(Event { place, time, entry });
        self
    }

    /// Adds an event for a record, with an entry as `CloudTrail` makes it from the record.
    pub fn add_record(&mut self, record: &Value) -> &mut Self {
        let of = |pointer: &str| record.pointer(pointer).cloned().unwrap_or_default();
        let time: Timestamp =
            of("/eventTime").as_str().and_then(|time| time.parse().ok()).expect("eventTime");
        let resources: Vec<Value> = of("/resources")
            .as_array()
            .into_iter()
            .flatten()
            .map(|resource| json!({"ResourceType": resource["type"], "ResourceName": resource["ARN"]}))
            .collect();
        let principal = of("/userIdentity/principalId");
        let session = principal.as_str().and_then(|id| id.split_once(':')).map(|(_, name)| name);
        let user = of("/userIdentity/userName");
        let mut entry = json!({
            "EventId": of("/eventID"),
            "EventName": of("/eventName"),
            "ReadOnly": of("/readOnly").as_bool().unwrap_or_default().to_string(),
            "AccessKeyId": of("/userIdentity/accessKeyId"),
            "EventTime": time.as_second(),
            "EventSource": of("/eventSource"),
            "Username": user.as_str().or(session),
            "Resources": resources,
            "CloudTrailEvent": record.to_string(),
        });
        if let Some(entry) = entry.as_object_mut() {
            entry.retain(|_, value| !value.is_null());
        }
        self.add_event(entry)
    }

    /// Removes the events of whose record that is true.
    pub fn remove_events(&mut self, gone: impl Fn(&Value) -> bool) -> &mut Self {
        self.events.retain(|event| {
            let record = event.entry.get("CloudTrailEvent").and_then(Value::as_str);
            !gone(&record.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default())
        });
        self
    }

    /// Who makes that call, if anybody has the key.
    pub(super) fn principal(&self, call: &Call) -> Option<&Principal> {
        let principal = self.keys.get(&call.access_key)?;
        (!principal.needs_token || call.has_token).then_some(principal)
    }

    /// When it is, in milliseconds.
    pub(super) fn now(&self) -> i64 {
        self.now.unwrap_or_else(Timestamp::now).as_millisecond()
    }
}

/// An account and a Region.
pub(super) fn place(account: &str, region: &str) -> Place {
    (account.to_owned(), region.to_owned())
}
