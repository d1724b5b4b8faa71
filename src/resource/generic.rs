//! What all configuration items have in common, and the type that stands for
//! those without a file of their own.

use super::{FieldRole, Resource};
use serde_json::Value;

/// Any resource type that has no file of its own.
pub struct Other;

impl Resource for Other {
    fn config_type(&self) -> &'static str {
        ""
    }

    fn noun(&self) -> &'static str {
        "resource"
    }

    fn aspect(&self, path: &[&str]) -> &'static str {
        aspect(path).unwrap_or("other")
    }

    fn aspects_changed_by(&self, action: &str, _request: &Value) -> Option<Vec<&'static str>> {
        only_reads(action).then(Vec::new)
    }
}

/// The item's own fields: whose and which item it is, and when it was taken, in
/// the spellings of the API, of notifications and of files.
const ENVELOPE: &[&str] = &[
    "ARN",
    "accountId",
    "arn",
    "availabilityZone",
    "availibilityZone",
    "awsAccountId",
    "awsRegion",
    "configurationItemCaptureTime",
    "configurationItemDeliveryTime",
    "configurationItemMD5Hash",
    "configurationItemMd5Hash",
    "configurationItemStatus",
    "configurationItemVersion",
    "configurationStateID",
    "configurationStateId",
    "configurationStateMd5Hash",
    "recordingFrequency",
    "relatedEvents",
    "resourceCreationTime",
    "resourceId",
    "resourceName",
    "resourceType",
    "snapshotVersion",
    "version",
];

/// The aspect of a field that every type has.
pub fn aspect(path: &[&str]) -> Option<&'static str> {
    match path {
        ["relationships", ..] => Some("relationships"),
        ["tags", ..] => Some("tags"),
        ["configuration" | "supplementaryConfiguration", field, ..] if is_tags(field) => {
            Some("tags")
        }
        ["configuration", field] if is_revision(field) => Some("revision"),
        ["configurationItemStatus" | "resourceCreationTime"] => Some("existence"),
        _ => None,
    }
}

/// The role of a field that every type has.
pub fn role_of(path: &[&str]) -> FieldRole {
    match path {
        [field] if ENVELOPE.contains(field) => FieldRole::Bookkeeping,
        ["configuration", field] if is_revision(field) => FieldRole::Bookkeeping,
        _ => FieldRole::Plain,
    }
}

/// The key of a tag, a relationship or a policy statement.
pub fn identity_key(path: &[&str], element: &Value) -> Option<String> {
    match path {
        ["relationships"] => {
            let field = |name| text(element, name).filter(|text| !text.is_empty());
            let of_type = field("resourceType").unwrap_or_default();
            field("resourceId")
                .or_else(|| field("resourceName"))
                .map(|which| format!("{of_type}/{which}"))
        }
        [.., "Statement"] => text(element, "Sid").filter(|sid| !sid.is_empty()).map(str::to_owned),
        [.., last] if is_tags(last) => {
            text(element, "key").or_else(|| text(element, "Key")).map(str::to_owned)
        }
        _ => None,
    }
}

/// The value of a tag in a list of tags; otherwise the element itself.
pub fn stands_for<'a>(path: &[&str], element: &'a Value) -> &'a Value {
    if path.last().is_some_and(|last| is_tags(last)) && identity_key(path, element).is_some() {
        let value = element.get("value").or_else(|| element.get("Value"));
        return value.filter(|value| value.is_string()).unwrap_or(element);
    }
    element
}

/// Whether an action is named as the APIs name those that change nothing.
pub fn only_reads(action: &str) -> bool {
    ["Get", "List", "Describe", "BatchGet", "Lookup", "Simulate"]
        .iter()
        .any(|prefix| action.starts_with(prefix))
}

/// The text at a field of an object.
pub fn text<'a>(element: &'a Value, field: &str) -> Option<&'a str> {
    element.get(field).and_then(Value::as_str)
}

/// Whether a field holds the tags of a resource, as a map or as a list.
pub fn is_tags(field: &str) -> bool {
    field.eq_ignore_ascii_case("tags") || field.eq_ignore_ascii_case("tagSet")
}

fn is_revision(field: &str) -> bool {
    field.eq_ignore_ascii_case("revisionId") || field.eq_ignore_ascii_case("lastModified")
}
