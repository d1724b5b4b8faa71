//! What a search has found, as a document: the records, and how they were searched for.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::{
    evidence::{Document, sha256_hex},
    model::Archive,
};

/// The document of that name that holds the records, each as JSON, and what was searched if that is
/// known by now.
pub fn document(name: &str, archive: Option<&Archive>, found: &BTreeSet<String>) -> Document {
    #[derive(Serialize)]
    struct Found<'a> {
        #[serde(rename = "casefileArchive", skip_serializing_if = "Option::is_none")]
        archive: Option<&'a Archive>,
        #[serde(rename = "Records")]
        records: Vec<&'a RawValue>,
    }
    // They are JSON, or they would not have been read.
    let records = found.iter().filter_map(|record| serde_json::from_str(record).ok()).collect();
    let bytes = serde_json::to_vec(&Found { archive, records }).unwrap_or_default();
    Document {
        name: name.to_owned(),
        stored_sha256: sha256_hex(&bytes),
        bytes,
        from_bundle: false,
        request: None,
    }
}
