//! One call that several records tell.

use std::collections::BTreeMap;

use crate::model::{Case, Event, IdentityKind, RecordId};

/// Which records of the case repeat a call that another record tells better.
///
/// A call from one account to another is recorded in the trails of both, under one
/// `sharedEventID`; the copy of the account that was called names only the caller's account. And a
/// record that was exported in two ways has one `eventID` and two contents.
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html>
#[derive(Debug, Default)]
pub struct Copies<'a> {
    originals: BTreeMap<&'a RecordId, &'a Event>,
}

impl<'a> Copies<'a> {
    /// Finds them among the events of the case.
    pub fn of(case: &'a Case) -> Self {
        let mut calls: BTreeMap<(&str, &str), Vec<&'a Event>> = BTreeMap::new();
        for event in case.events.iter().map(|kept| &kept.fact) {
            if let Some(id) = event.shared_id.as_deref().or(event.id.as_deref()) {
                calls.entry((id, &event.name)).or_default().push(event);
            }
        }
        let mut originals = BTreeMap::new();
        for records in calls.values() {
            let Some(original) = records.iter().copied().min_by_key(|event| poverty(event)) else {
                continue;
            };
            for copy in records.iter().filter(|copy| copy.record != original.record) {
                if copy.time.same_second(original.time) {
                    originals.insert(&copy.record, original);
                }
            }
        }
        Self { originals }
    }

    /// The record that tells the call best: often the event itself.
    pub fn original<'e>(&self, event: &'e Event) -> &'e Event
    where
        'a: 'e,
    {
        self.originals.get(&event.record).copied().unwrap_or(event)
    }

    /// Whether another record tells the same call better.
    pub fn repeats(&self, event: &Event) -> bool {
        self.originals.contains_key(&event.record)
    }
}

/// How little a record says of its call; the least comes first.
fn poverty(event: &Event) -> (bool, bool, bool, &RecordId) {
    let identity = &event.identity;
    let nameless = matches!(identity.kind, IdentityKind::Account | IdentityKind::Unknown);
    (nameless, identity.arn.is_none(), event.response.is_null(), &event.record)
}
