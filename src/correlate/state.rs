//! Every state of the function that some record describes.

use std::collections::BTreeSet;

use super::copies::Copies;
use crate::{
    model::{Arn, Case, Event, Item, ItemStatus, Kept, RecordId, Relation, Time},
    resource::FunctionState,
};

/// A state of the function and the record that describes it.
#[derive(Clone, Debug)]
pub struct Observed<'a> {
    /// The state.
    pub state: FunctionState,
    /// When it began: last-modified, else the time of the record.
    pub at: Time,
    /// The record.
    pub record: &'a RecordId,
    /// The call, when it is one that was answered with the state.
    pub event: Option<&'a Event>,
}

/// All observed states of the subject, in the order of time.
pub fn observed<'a>(case: &'a Case, copies: &Copies<'a>) -> Vec<Observed<'a>> {
    let items = subject_items(case).filter_map(|item| {
        let state = FunctionState::read(&item.configuration)?;
        let at = state.last_modified.unwrap_or(item.captured);
        Some(Observed { state, at, record: &item.record, event: None })
    });
    let events = subject_calls(case)
        .filter(|event| event.error.is_none() && !is_dry_run(event) && !copies.repeats(event));
    let events = events.filter_map(|event| {
        let state = FunctionState::read(&event.response)?;
        let at = state.last_modified.unwrap_or(event.time);
        Some(Observed { state, at, record: &event.record, event: Some(event) })
    });
    let mut all: Vec<Observed<'_>> = items.chain(events).collect();
    all.sort_by(|a, b| (a.at, a.record).cmp(&(b.at, b.record)));
    all
}

/// The items of the function itself that describe it, in the order of time.
pub fn subject_items(case: &Case) -> impl Iterator<Item = &Item> {
    case.items
        .iter()
        .filter(|kept| kept.relation == Relation::Subject)
        .map(|kept| &kept.fact)
        .filter(|item| item.status != ItemStatus::Deleted)
}

/// The calls to Lambda about the function, successful or not.
pub fn subject_calls(case: &Case) -> impl Iterator<Item = &Event> {
    case.events
        .iter()
        .filter(|kept| kept.relation == Relation::Subject)
        .map(|Kept { fact, .. }| fact)
        .filter(|event| event.service() == "lambda")
}

/// The names of all roles that the function is recorded to have run as.
pub fn roles_of_subject(case: &Case) -> BTreeSet<String> {
    let finding = case.finding.function.iter().filter_map(|details| details.role.clone());
    let items =
        subject_items(case).filter_map(|item| FunctionState::read(&item.configuration)?.role);
    let calls = subject_calls(case)
        .filter(|event| event.error.is_none())
        .filter_map(|event| FunctionState::read(&event.response)?.role);
    let all = finding.chain(items).chain(calls);
    all.map(|role| Arn::parse(&role).map_or_else(|| role.clone(), |arn| arn.name().to_owned()))
        .collect()
}

/// Whether the call only tried whether it could be made, and changed nothing.
pub fn is_dry_run(event: &Event) -> bool {
    let flag = event.request.get("dryRun");
    flag.is_some_and(|flag| flag.as_bool() == Some(true) || flag.as_str() == Some("true"))
}

/// Whether the call, had it no error, put code in place.
pub fn places_code(event: &Event) -> bool {
    matches!(event.action.as_str(), "CreateFunction" | "UpdateFunctionCode") && !is_dry_run(event)
}

/// Whether the call, had it no error, moved the function's last-modified time.
pub fn changes_function(event: &Event) -> bool {
    places_code(event) || event.action == "UpdateFunctionConfiguration"
}

/// Whether the call removes the whole function, and not one version of it.
pub fn deletes_function(event: &Event) -> bool {
    let named = event.asked("/functionName").and_then(crate::resource::FunctionRef::parse);
    event.action == "DeleteFunction"
        && event.asked("/qualifier").is_none()
        && named.is_none_or(|named| named.qualifier.is_none())
}
