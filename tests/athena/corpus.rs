//! The records of all samples, as a trail of an organisation would hold them.

use std::fs;

use serde_json::{Map, Value};

use crate::program::{sample, samples};

/// Every record of every sample, each once.
pub fn records() -> Vec<Value> {
    let mut records: Vec<Value> = Vec::new();
    for name in samples() {
        let Ok(folder) = fs::read_dir(sample(&name).join("cloudtrail")) else { continue };
        for entry in folder {
            let bytes = fs::read(entry.expect("an entry").path()).expect("a file");
            let Ok(page) = serde_json::from_slice::<Value>(&bytes) else { continue };
            for event in page["Events"].as_array().into_iter().flatten() {
                let text = event["CloudTrailEvent"].as_str().unwrap_or_default();
                // What is damaged in a sample is in no trail.
                let Ok(record) = serde_json::from_str::<Value>(text) else { continue };
                if record["eventTime"].is_string() && !records.contains(&record) {
                    records.push(record);
                }
            }
        }
    }
    records
}

/// Members of a user identity that the standard table holds.
const IDENTITY: [&str; 9] = [
    "type",
    "principalId",
    "arn",
    "accountId",
    "invokedBy",
    "accessKeyId",
    "userName",
    "onBehalfOf",
    "sessionContext",
];

/// Members of a session context that it holds.
const CONTEXT: [&str; 4] =
    ["attributes", "sessionIssuer", "ec2RoleDelivery", "webIdFederationData"];

/// Members of a record that it does not hold.
const LACKING: [&str; 2] = ["managementEvent", "edgeDeviceDetails"];

/// What of a record the standard table can give back.
pub fn as_the_table_holds(record: &Value) -> Value {
    let mut kept = record.as_object().cloned().unwrap_or_default();
    kept.retain(|name, _| !LACKING.contains(&name.as_str()));
    if let Some(identity) = kept.get_mut("userIdentity").and_then(Value::as_object_mut) {
        identity.retain(|name, _| IDENTITY.contains(&name.as_str()));
        if let Some(context) = identity.get_mut("sessionContext").and_then(Value::as_object_mut) {
            context.retain(|name, _| CONTEXT.contains(&name.as_str()));
        }
        *identity = without_nothing(std::mem::take(identity));
    }
    kept.retain(|_, value| !value.is_null() && *value != Value::Object(Map::new()));
    Value::Object(kept)
}

fn without_nothing(members: Map<String, Value>) -> Map<String, Value> {
    let members = members.into_iter().map(|(name, value)| match value {
        Value::Object(inner) => (name, Value::Object(without_nothing(inner))),
        value => (name, value),
    });
    members.filter(|(_, value)| !value.is_null() && *value != Value::Object(Map::new())).collect()
}

/// Columns of the standard table that are structures.
const NESTED: [&str; 3] = ["useridentity", "resources", "tlsdetails"];

/// What a query that selects these columns gives of the records.
pub fn rows(records: &[Value], columns: &[String]) -> Vec<Vec<Option<String>>> {
    let row = |record: &Value| {
        let held = as_the_table_holds(record);
        let held = held.as_object().expect("a record");
        let value = |column: &String| {
            let (_, value) = held.iter().find(|(name, _)| name.to_lowercase() == *column)?;
            Some(match value {
                Value::String(text) => text.clone(),
                nested if NESTED.contains(&column.as_str()) => lower(nested).to_string(),
                other => other.to_string(),
            })
        };
        columns.iter().map(value).collect()
    };
    records.iter().map(row).collect()
}

/// The same with every name in lower case, as Athena gives structures.
fn lower(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            members.iter().map(|(name, value)| (name.to_lowercase(), lower(value))).collect()
        }
        Value::Array(all) => all.iter().map(lower).collect(),
        other => other.clone(),
    }
}
