//! What changed between two configuration items, and which call changed it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    difference::{Difference, differences},
    link::{Confidence, Method, Strength},
    state::{deletes_function, is_dry_run},
};
use crate::{
    model::{Case, Event, Item, ItemStatus, Kept, RecordId, Relation, Time},
    resource::{self, FunctionState},
};

/// Lambda's last-modified time and `CloudTrail`'s event time of one call differ by up to a few
/// seconds in real records.
const CLOCKS_APART: i64 = 15;

/// One field of one resource, before and after.
#[derive(Clone, Debug)]
pub struct Change<'a> {
    /// The item that shows it.
    pub item: &'a Item,
    /// The item before, if there is one.
    pub previous: Option<&'a Item>,
    /// Why the resource belongs to the case.
    pub relation: Relation,
    /// JSON pointer in the item.
    pub path: String,
    /// The field in the field's own word.
    pub aspect: &'static str,
    /// Before; null when absent.
    pub before: Value,
    /// After; null when absent.
    pub after: Value,
    /// The call behind it.
    pub cause: Option<Cause<'a>>,
}

/// The call behind a change.
#[derive(Clone, Copy, Debug)]
pub struct Cause<'a> {
    /// The call.
    pub event: &'a Event,
    /// How it was matched.
    pub strength: Strength,
}

/// Changes, and the calls for which no change was recorded.
#[derive(Debug, Default)]
pub struct Changes<'a> {
    /// In the order of time.
    pub all: Vec<Change<'a>>,
    /// Successful calls that should have changed the function's item, within the time that items
    /// cover, and are the cause of no change.
    pub unrecorded: Vec<&'a Event>,
}

/// Compares consecutive items of every resource of the case.
pub fn changes(case: &Case) -> Changes<'_> {
    let mut by_resource: BTreeMap<(&str, &str), Vec<&Kept<Item>>> = BTreeMap::new();
    for kept in &case.items {
        let item = &kept.fact;
        by_resource.entry((&item.resource_type, item.name())).or_default().push(kept);
    }
    let mut found = Changes::default();
    for history in by_resource.values() {
        let calls: Vec<&Event> = case
            .events
            .iter()
            .filter(|kept| history.first().is_some_and(|item| concerns(kept, item)))
            .map(|kept| &kept.fact)
            .filter(|event| event.error.is_none() && event.writes() && !is_dry_run(event))
            .collect();
        found.all.extend(changes_of(history, &calls));
    }
    found.all.sort_by(|a, b| {
        (a.item.captured, &a.item.record, &a.path, a.before.to_string())
            .cmp(&(b.item.captured, &b.item.record, &b.path, b.before.to_string()))
    });
    found.unrecorded = unrecorded(case, &found.all);
    found
}

/// Whether the call is about the item's resource.
fn concerns(kept: &Kept<Event>, item: &Kept<Item>) -> bool {
    let event = &kept.fact;
    match item.fact.resource_type.as_str() {
        "AWS::Lambda::Function" => {
            kept.relation == Relation::Subject && event.service() == "lambda"
        }
        "AWS::IAM::Role" => {
            event.service() == "iam" && event.asked("/roleName") == Some(item.fact.name())
        }
        _ => {
            let fact = &item.fact;
            let names = [Some(fact.name()), Some(fact.resource_id.as_str()), fact.arn.as_deref()];
            names.iter().flatten().any(|name| leaves(&event.request).contains(name))
        }
    }
}

fn changes_of<'a>(history: &[&'a Kept<Item>], calls: &[&'a Event]) -> Vec<Change<'a>> {
    let mut changes = Vec::new();
    let revisions: BTreeSet<&str> = history
        .iter()
        .filter_map(|kept| kept.fact.configuration.get("revisionId")?.as_str())
        .collect();
    let mut previous: Option<&Item> = None;
    for kept in history {
        let item = &kept.fact;
        let step = Step { item, previous, calls, revisions: &revisions };
        let alive = previous.filter(|previous| previous.status != ItemStatus::Deleted);
        let change = |difference: Difference, cause| Change {
            item,
            previous,
            relation: kept.relation,
            path: difference.path,
            aspect: difference.aspect,
            before: difference.before,
            after: difference.after,
            cause,
        };
        let existence = |before: Value, after: Value| Difference {
            path: "/configurationItemStatus".to_owned(),
            aspect: "existence",
            before,
            after,
        };
        match (&item.status, alive) {
            (ItemStatus::Deleted, _) => {
                if alive.is_some() || previous.is_none() {
                    let before = alive.map_or(Value::Null, |alive| word(&alive.status));
                    changes.push(change(existence(before, word(&item.status)), step.deletion()));
                }
            }
            (_, Some(alive)) => {
                let kind = resource::of_type(&item.resource_type);
                for difference in differences(kind, &alive.content(), &item.content()) {
                    let cause = step.cause(&difference);
                    changes.push(change(difference, cause));
                }
            }
            (_, None) => {
                let cause = step.creation();
                if item.status == ItemStatus::Discovered || cause.is_some() {
                    changes.push(change(existence(Value::Null, word(&item.status)), cause));
                }
            }
        }
        previous = Some(item);
    }
    changes
}

fn word(status: &ItemStatus) -> Value {
    Value::String(
        match status {
            ItemStatus::Ok => "OK",
            ItemStatus::Discovered => "ResourceDiscovered",
            ItemStatus::Deleted => "ResourceDeleted",
            ItemStatus::Other(other) => other,
        }
        .to_owned(),
    )
}

/// One item, the one before it, and the calls that may lie between.
struct Step<'s, 'a> {
    item: &'a Item,
    previous: Option<&'a Item>,
    calls: &'s [&'a Event],
    /// Revision ids of all the resource's items.
    revisions: &'s BTreeSet<&'a str>,
}

impl<'a> Step<'_, 'a> {
    /// The successful calls that may have led from the previous item to this one: after the state
    /// that the previous item shows began, and before this item was captured.
    fn between(&self) -> impl Iterator<Item = &'a Event> + '_ {
        let from = self.previous.map(|previous| {
            FunctionState::read(&previous.configuration)
                .and_then(|state| state.last_modified)
                .map_or(previous.captured, |modified| modified.min(previous.captured))
        });
        self.calls.iter().copied().filter(move |event| {
            event.time <= self.item.captured.plus_seconds(CLOCKS_APART)
                && from.is_none_or(|from| event.time >= from)
        })
    }

    fn state(&self) -> FunctionState {
        FunctionState::read(&self.item.configuration).unwrap_or_default()
    }

    fn previous_state(&self) -> FunctionState {
        self.previous
            .and_then(|previous| FunctionState::read(&previous.configuration))
            .unwrap_or_default()
    }

    fn best(candidates: impl Iterator<Item = Cause<'a>>) -> Option<Cause<'a>> {
        candidates.min_by(|a, b| {
            (a.strength.1, a.strength.0, std::cmp::Reverse((a.event.time, &a.event.record)))
                .cmp(&(b.strength.1, b.strength.0, std::cmp::Reverse((b.event.time, &b.event.record))))
        })
    }

    /// The call that caused one difference.
    fn cause(&self, difference: &Difference) -> Option<Cause<'a>> {
        let kind = resource::of_type(&self.item.resource_type);
        let may_cause = |event: &Event| {
            kind.aspects_changed_by(&event.action, &event.request)
                .is_none_or(|aspects| aspects.contains(&difference.aspect) || difference.aspect == "revision")
        };
        let candidates = self.between().filter(|event| may_cause(event)).filter_map(|event| {
            Some(Cause { event, strength: self.strength(event, difference)? })
        });
        Self::best(candidates)
    }

    fn strength(&self, event: &Event, difference: &Difference) -> Option<Strength> {
        let (now, before) = (self.state(), self.previous_state());
        let answer = FunctionState::read(&event.response).unwrap_or_default();
        let revised = now.revision_id != before.revision_id;
        if revised && now.revision_id.is_some() && now.revision_id == answer.revision_id {
            return Some((Method::RevisionId, Confidence::Exact));
        }
        let after = difference.after.as_str();
        if difference.aspect == "code" && after.is_some() && after == answer.code_sha256.as_deref() {
            return Some((Method::CodeSha256, Confidence::Strong));
        }
        if asked_for(event, difference) {
            return Some((Method::Value, Confidence::Strong));
        }
        // A call whose state another item shows is that item's and not this one's; so is one
        // whose hash is not the recorded one.
        let elsewhere = answer.revision_id.as_deref().is_some_and(|revision| {
            self.revisions.contains(revision) && now.revision_id.as_deref() != Some(revision)
        });
        let other_code = difference.aspect == "code"
            && difference.path.ends_with("/codeSha256")
            && answer.code_sha256.is_some();
        if elsewhere || other_code {
            return None;
        }
        let modified = now.last_modified.filter(|_| now.last_modified != before.last_modified);
        if let Some(modified) = modified
            && difference.path.starts_with("/configuration/")
        {
            let close = modified.seconds_since(event.time).abs() <= CLOCKS_APART
                || answer.last_modified.is_some_and(|own| own.same_second(modified));
            return close.then_some((Method::LastModified, Confidence::Probable));
        }
        let after_previous = self.previous.is_none_or(|previous| event.time > previous.captured);
        (after_previous && event.time <= self.item.captured)
            .then_some((Method::Time, Confidence::Candidate))
    }

    /// The call that created a resource, for its first item.
    fn creation(&self) -> Option<Cause<'a>> {
        let now = self.state();
        let discovered = self.item.status == ItemStatus::Discovered;
        let creates = self.between().filter(|event| {
            event.action == "CreateFunction" || event.action == "CreateRole" || event.action == "CreateStack"
        });
        let candidates = creates.filter_map(|event| {
            let answer = FunctionState::read(&event.response).unwrap_or_default();
            let same = |own: &Option<String>, other: &Option<String>| own.is_some() && own == other;
            let near = now
                .last_modified
                .is_some_and(|modified| modified.seconds_since(event.time).abs() <= CLOCKS_APART);
            let strength = if same(&now.revision_id, &answer.revision_id) {
                (Method::RevisionId, Confidence::Exact)
            } else if same(&now.code_sha256, &answer.code_sha256) && near {
                (Method::CodeSha256, Confidence::Strong)
            } else if near {
                (Method::LastModified, Confidence::Probable)
            } else if discovered && (now.last_modified.is_none() || now.last_modified.is_some_and(|modified| modified >= event.time)) {
                (Method::Time, Confidence::Candidate)
            } else {
                return None;
            };
            Some(Cause { event, strength })
        });
        Self::best(candidates)
    }

    /// The call that deleted the resource.
    fn deletion(&self) -> Option<Cause<'a>> {
        let deletes = |event: &Event| match self.item.resource_type.as_str() {
            "AWS::Lambda::Function" => deletes_function(event),
            "AWS::IAM::Role" => event.action == "DeleteRole",
            "AWS::CloudFormation::Stack" => event.action == "DeleteStack",
            _ => event.action.starts_with("Delete"),
        };
        let candidates = self.between().filter(|event| deletes(event)).map(|event| Cause {
            event,
            strength: (Method::Value, Confidence::Strong),
        });
        Self::best(candidates)
    }
}

/// Whether the call's own parameters or answer hold exactly what was recorded: the same field
/// with the same value, or the name of the element that came or went.
fn asked_for(event: &Event, difference: &Difference) -> bool {
    let field = difference.path.rsplit('/').next().unwrap_or_default();
    if difference.after.is_number() || difference.after.is_boolean() || difference.after.is_string() {
        let asked = event
            .request
            .as_object()
            .into_iter()
            .flatten()
            .any(|(name, value)| name.eq_ignore_ascii_case(field) && equal(value, &difference.after));
        if asked {
            return true;
        }
    }
    let present = if difference.after.is_null() { &difference.before } else { &difference.after };
    let names: Vec<&str> = match present {
        Value::String(element) => vec![element],
        Value::Object(members) => ["Sid", "policyArn", "PolicyArn", "policyName", "PolicyName", "arn", "groupId"]
            .iter()
            .filter_map(|name| members.get(*name)?.as_str())
            .collect(),
        _ => Vec::new(),
    };
    let asked = leaves(&event.request);
    let element = names.iter().any(|name| asked.contains(name));
    // A tag is named by its key, which is the last step of the path.
    let tag = difference.aspect == "tags"
        && (event.request.pointer(&format!("/tags/{field}")).is_some_and(|value| equal(value, present))
            || difference.after.is_null() && asked.contains(unescape(field).as_str()));
    element || tag
}

fn equal(one: &Value, other: &Value) -> bool {
    one == other || one.as_f64().zip(other.as_f64()).is_some_and(|(one, other)| (one - other).abs() < f64::EPSILON)
}

fn unescape(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}

/// Every text in a value.
fn leaves(value: &Value) -> BTreeSet<&str> {
    fn collect<'v>(value: &'v Value, depth: usize, found: &mut BTreeSet<&'v str>) {
        let Some(depth) = depth.checked_sub(1) else { return };
        match value {
            Value::String(text) => {
                found.insert(text);
            }
            Value::Array(elements) => elements.iter().for_each(|e| collect(e, depth, found)),
            Value::Object(members) => members.values().for_each(|m| collect(m, depth, found)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    collect(value, 16, &mut found);
    found
}

/// Successful calls about the function that changed something an item records, made while items
/// were recorded, and that no change was tied to.
fn unrecorded<'a>(case: &'a Case, changes: &[Change<'a>]) -> Vec<&'a Event> {
    let function = "AWS::Lambda::Function";
    let captured: Vec<Time> = case
        .items
        .iter()
        .filter(|kept| kept.relation == Relation::Subject)
        .map(|kept| kept.fact.captured)
        .collect();
    let Some((first, last)) = captured.first().zip(captured.last()) else { return Vec::new() };
    let causes: BTreeSet<&RecordId> =
        changes.iter().filter_map(|change| Some(&change.cause?.event.record)).collect();
    let kind = resource::of_type(function);
    case.events
        .iter()
        .filter(|kept| kept.relation == Relation::Subject)
        .map(|kept| &kept.fact)
        .filter(|event| event.service() == "lambda" && event.error.is_none() && event.writes())
        .filter(|event| !is_dry_run(event) && event.time >= *first && event.time <= *last)
        .filter(|event| {
            kind.aspects_changed_by(&event.action, &event.request)
                .is_none_or(|aspects| !aspects.is_empty())
        })
        .filter(|event| !causes.contains(&event.record))
        .collect()
}
