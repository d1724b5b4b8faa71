//! The JSON Schema of the report.

use schemars::{Schema, generate::SchemaSettings, transform::RecursiveTransform};
use serde_json::{Map, Value};

use super::view::Report;

/// The words that a field takes, by the field's name. A name means the same words wherever it
/// stands.
const VOCABULARY: &[(&str, &[&str])] = &[
    ("access", &["read", "write"]),
    ("confidence", &["exact", "strong", "probable", "candidate"]),
    ("matched_by", &["revision_id", "code_sha256", "last_modified", "time"]),
    ("outcome", &["ok", "denied", "failed"]),
    (
        "principal_kind",
        &["root", "user", "role", "federated", "service", "account", "function", "unknown"],
    ),
    ("schema", &["casefile-report/1"]),
    ("severity_label", &["Low", "Medium", "High", "Critical"]),
    (
        "via",
        &[
            "console",
            "cli",
            "sdk",
            "cloudformation",
            "terraform",
            "cdk",
            "sam",
            "service",
            "unknown",
        ],
    ),
];

/// The JSON Schema (draft 2020-12) that every JSON report keeps to. It is made from the types of
/// the report itself; members that it does not name do not occur.
pub fn schema() -> Value {
    let closed = |schema: &mut Schema| {
        if schema.get("properties").is_some() && schema.get("additionalProperties").is_none() {
            schema.insert("additionalProperties".to_owned(), Value::Bool(false));
        }
        if let Some(Value::Object(properties)) = schema.get_mut("properties") {
            for (name, words) in VOCABULARY {
                if let Some(Value::Object(property)) = properties.get_mut(*name) {
                    name_words(property, words);
                }
            }
        }
    };
    let settings =
        SchemaSettings::draft2020_12().for_serialize().with_transform(RecursiveTransform(closed));
    settings.into_generator().into_root_schema_for::<Report>().to_value()
}

/// Closes a property to these words, and null where it may be absent.
fn name_words(property: &mut Map<String, Value>, words: &[&str]) {
    let mut allowed: Vec<Value> = words.iter().map(|word| Value::from(*word)).collect();
    if property.get("type").is_some_and(Value::is_array) {
        allowed.push(Value::Null);
    }
    property.insert("enum".to_owned(), Value::Array(allowed));
}
