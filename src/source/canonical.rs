//! One text for one JSON value, however it was written.

use serde_json::Value;

/// JSON with its keys sorted and no white space: equal values give equal text, whichever tool
/// saved them.
pub fn text(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Object(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_by(|a, b| a.0.cmp(b.0));
            out.push('{');
            for (index, (key, member)) in sorted.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                push(out, &Value::String(key.clone()));
                out.push(':');
                write(member, out);
            }
            out.push('}');
        }
        Value::Array(elements) => {
            out.push('[');
            for (index, element) in elements.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(element, out);
            }
            out.push(']');
        }
        scalar => push(out, scalar),
    }
}

fn push(out: &mut String, scalar: &Value) {
    out.push_str(&scalar.to_string());
}
