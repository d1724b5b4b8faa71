//! The JSON Schema of the report.

use schemars::{Schema, generate::SchemaSettings, transform::RecursiveTransform};
use serde_json::Value;

use super::view::Report;

/// The JSON Schema (draft 2020-12) that every JSON report keeps to. It is made from the types of
/// the report itself; members that it does not name do not occur.
pub fn schema() -> Value {
    let closed = |schema: &mut Schema| {
        if schema.get("properties").is_some() && schema.get("additionalProperties").is_none() {
            schema.insert("additionalProperties".to_owned(), Value::Bool(false));
        }
    };
    let settings = SchemaSettings::draft2020_12().for_serialize().with_transform(RecursiveTransform(closed));
    settings.into_generator().into_root_schema_for::<Report>().to_value()
}
