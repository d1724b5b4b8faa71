//! One text for one JSON value, however it was written.

use serde_json::Value;

/// JSON with its keys sorted and no white space: equal values give equal text, whichever tool
/// saved them.
pub fn text(value: &Value) -> String {
    let mut sorted = value.clone();
    sorted.sort_all_objects();
    sorted.to_string()
}
