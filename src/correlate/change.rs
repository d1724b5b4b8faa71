//! What changed between two configuration items, and which call changed it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    cause::{Cause, Step},
    copies::Copies,
    difference::{Difference, differences},
    state::{deletes_function, is_dry_run},
    told::leaves,
};
use crate::{
    model::{Case, Event, Item, ItemStatus, Kept, RecordId, Relation, Time},
    resource,
};

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
pub fn changes<'a>(case: &'a Case, copies: &Copies<'a>) -> Changes<'a> {
    let mut by_resource: BTreeMap<(&str, &str), Vec<&Kept<Item>>> = BTreeMap::new();
    for kept in &case.items {
        let item = &kept.fact;
        // An item that does not describe its resource cannot be compared to one that does.
        if item.status == ItemStatus::Deleted || !item.configuration.is_null() {
            by_resource.entry((&item.resource_type, item.name())).or_default().push(kept);
        }
    }
    let mut found = Changes::default();
    for history in by_resource.values() {
        let calls: Vec<&Event> = case
            .events
            .iter()
            .filter(|kept| history.first().is_some_and(|item| concerns(kept, item)))
            .map(|kept| &kept.fact)
            .filter(|event| event.error.is_none() && event.writes() && !is_dry_run(event))
            .filter(|event| !copies.repeats(event))
            .collect();
        found.all.extend(changes_of(history, &calls));
    }
    found.all.sort_by(|a, b| {
        (a.item.captured, &a.item.record, &a.path, a.before.to_string()).cmp(&(
            b.item.captured,
            &b.item.record,
            &b.path,
            b.before.to_string(),
        ))
    });
    found.unrecorded = unrecorded(case, copies, &found.all);
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
            let account = event.account.as_ref().zip(item.fact.account.as_ref());
            event.service() == "iam"
                && event.asked("/roleName") == Some(item.fact.name())
                && account.is_none_or(|(own, other)| own == other)
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
    let mut previous: Option<&Item> = None;
    for kept in history {
        let item = &kept.fact;
        let step = Step::new(item, previous, calls);
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

/// Successful calls about the function that changed something an item records, made while items
/// were recorded, and that no change was tied to.
fn unrecorded<'a>(case: &'a Case, copies: &Copies<'a>, changes: &[Change<'a>]) -> Vec<&'a Event> {
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
        // Items do not record published versions, so neither do they record their deletion.
        .filter(|event| event.action != "DeleteFunction" || deletes_function(event))
        .filter(|event| !causes.contains(&event.record) && !copies.repeats(event))
        .collect()
}
