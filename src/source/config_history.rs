//! AWS Config's configuration items, in the spellings of its API, its notifications, its history
//! and snapshot files and its console.

use serde_json::Value;

use super::{
    Misread,
    field::{Fields, Moment},
};
use crate::{
    model::{Item, ItemStatus, RecordId, Relationship},
    resource::embedded::unfold,
};

/// Reads one configuration item.
///
/// # Errors
/// When it lacks its resource type, its resource id or its capture time.
pub fn read(record: &Value, id: RecordId, notes: &mut Vec<String>) -> Result<Item, Misread> {
    let item = Fields::of(record);
    let captured = match item.time("configurationItemCaptureTime") {
        Moment::At(time) => time,
        Moment::Absent => return Err(Misread::missing("configurationItemCaptureTime")),
        Moment::Unreadable(text) => {
            return Err(Misread::BadTime { field: "configurationItemCaptureTime", text });
        }
    };
    let configuration = match item.get("configuration") {
        Some(Value::String(text)) if text == "null" || text.is_empty() => Value::Null,
        Some(value) => unfold(value),
        None => Value::Null,
    };
    let status = status(item.text("configurationItemStatus"));
    if !configuration.is_object() && status != ItemStatus::Deleted {
        return Err(Misread::NoConfiguration);
    }
    Ok(Item {
        record: id,
        resource_type: item.text("resourceType").ok_or(Misread::missing("resourceType"))?,
        resource_id: item
            .text("resourceId")
            .or_else(|| item.text("resourceName"))
            .ok_or(Misread::missing("resourceId"))?,
        resource_name: item.text("resourceName"),
        arn: item.text("arn"),
        account: super::account_or_note(item, "accountId", notes)
            .or_else(|| super::account_or_note(item, "awsAccountId", notes)),
        region: item.text("awsRegion"),
        captured,
        status,
        state_id: item.whole("configurationStateId"),
        created: super::time_or_note(
            item.time("resourceCreationTime"),
            "resourceCreationTime",
            notes,
        ),
        configuration: if configuration.is_object() { configuration } else { Value::Null },
        supplementary: item.get("supplementaryConfiguration").map_or(Value::Null, unfold),
        tags: item.get("tags").cloned().unwrap_or(Value::Null),
        relationships: item.list("relationships").iter().filter_map(relationship).collect(),
    })
}

fn status(text: Option<String>) -> ItemStatus {
    match text.as_deref() {
        Some("OK") => ItemStatus::Ok,
        Some("ResourceDiscovered") => ItemStatus::Discovered,
        Some("ResourceDeleted" | "ResourceDeletedNotRecorded") => ItemStatus::Deleted,
        other => ItemStatus::Other(other.unwrap_or("not stated").to_owned()),
    }
}

fn relationship(value: &Value) -> Option<Relationship> {
    let relationship = Fields::of(value);
    Some(Relationship {
        resource_type: relationship.text("resourceType")?,
        resource_id: relationship.text("resourceId"),
        resource_name: relationship.text("resourceName"),
        name: relationship
            .text("relationshipName")
            .or_else(|| relationship.text("name"))
            .map(|name| name.trim().to_owned()),
    })
}
