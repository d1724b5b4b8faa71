//! The tokens of the pages: each says where it goes on, and belongs to the parameters it was given
//! for.

use std::collections::BTreeMap;

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{call::Call, refusal::Refusal};

/// A token for the next page of `call`.
pub fn issue(call: &Call, position: impl Into<Value>) -> String {
    let content = json!({"of": fingerprint(call), "at": position.into()});
    BASE64_STANDARD.encode(content.to_string())
}

/// Where `call` goes on, if it brought a token; refused when the token is not one for it.
pub fn open(call: &Call, name: &str) -> Result<Option<Value>, Refusal> {
    let Some(token) = call.text(name)? else { return Ok(None) };
    let content = BASE64_STANDARD.decode(token).ok();
    let content = content.and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
    match content {
        Some(content) if content.get("of") == Some(&fingerprint(call).into()) => {
            Ok(content.get("at").cloned())
        }
        _ => Err(Refusal::next_token()),
    }
}

/// What must be the same from page to page.
fn fingerprint(call: &Call) -> String {
    let parameters: BTreeMap<&String, &Value> = call
        .parameters
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(name, _)| !name.eq_ignore_ascii_case("nextToken"))
        .collect();
    let whole = json!([call.operation, call.account, call.region, parameters]);
    let hash = Sha256::digest(whole.to_string());
    hash.iter().take(12).map(|byte| format!("{byte:02x}")).collect()
}
