//! One spelling for all values that mean the same.
//!
//! AWS says one thing in several ways: a field that is missing, null or empty;
//! 60 and 60.0; lists whose order is chance; one action as a text or as a list
//! of one. Two values mean the same if their canonical texts are equal.

use super::generic::is_tags;
use super::{FieldRole, Resource};
use serde_json::{Number, Value};

/// How a value is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// As configuration.
    Plain,
    /// As part of an IAM policy document, where one text is a list of one and
    /// `true` is `"true"`.
    Policy,
}

/// The canonical text of the value at `path`, or `None` if it means the same as
/// nothing at all. It is JSON, but of the reading's own making: keys and set
/// elements are sorted, bookkeeping fields left out.
///
/// `path` is the list of object keys from the item's root; it is given back as
/// it was.
#[must_use]
pub fn canonical<'a>(
    kind: &dyn Resource,
    path: &mut Vec<&'a str>,
    value: &'a Value,
    reading: Reading,
) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) if text.is_empty() && empty_means_absent(path, reading) => None,
        Value::String(_) => Some(value.to_string()),
        Value::Bool(_) | Value::Number(_) if reading == Reading::Policy => {
            Some(Value::String(value.to_string()).to_string())
        }
        Value::Bool(_) => Some(value.to_string()),
        Value::Number(number) => Some(number_text(number)),
        Value::Array(elements) => array(kind, path, elements, reading),
        Value::Object(fields) => {
            let reading = if is_policy(value) { Reading::Policy } else { reading };
            let mut texts = Vec::new();
            for (key, value) in fields {
                path.push(key);
                if kind.role_of(path) != FieldRole::Bookkeeping
                    && let Some(text) = field(kind, path, value, reading)
                {
                    texts.push(format!("{}:{text}", Value::String(key.clone())));
                }
                path.pop();
            }
            texts.sort_unstable();
            (!texts.is_empty()).then(|| format!("{{{}}}", texts.join(",")))
        }
    }
}

/// Whether a value is an IAM policy document: an object whose statements all
/// have an effect.
#[must_use]
pub fn is_policy(value: &Value) -> bool {
    let statements = statements(value);
    !statements.is_empty() && statements.iter().all(|statement| statement.get("Effect").is_some())
}

/// The statements of a policy document, of which a single one may stand without
/// a list.
#[must_use]
pub fn statements(policy: &Value) -> Vec<&Value> {
    match policy.get("Statement") {
        Some(Value::Array(statements)) => statements.iter().collect(),
        Some(statement @ Value::Object(_)) => vec![statement],
        _ => Vec::new(),
    }
}

fn field<'a>(
    kind: &dyn Resource,
    path: &mut Vec<&'a str>,
    value: &'a Value,
    reading: Reading,
) -> Option<String> {
    let text = canonical(kind, path, value, reading)?;
    let alone = match value {
        Value::Array(_) => false,
        Value::Object(_) => path.last() == Some(&"Statement"),
        _ => true,
    };
    Some(match reading {
        Reading::Policy if alone => format!("[{text}]"),
        _ => text,
    })
}

fn array<'a>(
    kind: &dyn Resource,
    path: &mut Vec<&'a str>,
    elements: &'a [Value],
    reading: Reading,
) -> Option<String> {
    if kind.role_of(path) == FieldRole::Ordered {
        let text = |element| {
            canonical(kind, path, element, reading).unwrap_or_else(|| Value::Null.to_string())
        };
        let texts: Vec<String> = elements.iter().map(text).collect();
        return (!texts.is_empty()).then(|| format!("[{}]", texts.join(",")));
    }
    let mut texts = Vec::new();
    for element in elements {
        let Some(text) = element_text(kind, path, element, reading) else {
            continue;
        };
        // A scalar is in a set or is not; objects are counted.
        let is_set = reading == Reading::Policy || !is_container(element);
        texts.push((is_set, text));
    }
    texts.sort_unstable();
    texts.dedup_by(|one, other| one.0 && one == other);
    // A condition with no values never holds, unlike one that is not there.
    let is_said = !texts.is_empty() || reading == Reading::Policy;
    let texts: Vec<String> = texts.into_iter().map(|(_, text)| text).collect();
    is_said.then(|| format!("[{}]", texts.join(",")))
}

/// The canonical text of an element of the array at `path`, with the key that
/// it is known by where another part of it stands for it.
pub(crate) fn element_text<'a>(
    kind: &dyn Resource,
    path: &mut Vec<&'a str>,
    element: &'a Value,
    reading: Reading,
) -> Option<String> {
    let part = kind.stands_for(path, element);
    let text = canonical(kind, path, part, reading);
    if std::ptr::eq(part, element) {
        return text;
    }
    let key = kind.identity_key(path, element).unwrap_or_default();
    Some(format!("{{{}:{}}}", Value::String(key), text.unwrap_or_else(|| Value::Null.to_string())))
}

fn is_container(value: &Value) -> bool {
    value.is_object() || value.is_array()
}

/// Whether the API gives an empty text where nothing is set.
fn empty_means_absent(path: &[&str], reading: Reading) -> bool {
    if reading == Reading::Policy {
        return path.last() == Some(&"Sid");
    }
    let below_tags = path.iter().any(|key| is_tags(key));
    path.first() == Some(&"configuration")
        && !below_tags
        && matches!(path.last(), Some(&("description" | "vpcId")))
}

/// Whole numbers have one spelling: advanced queries give every number as 60.0.
fn number_text(number: &Number) -> String {
    match number.as_f64() {
        Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < 1e15 => {
            // Adding zero makes a zero of the negative zero.
            format!("{:.0}", float + 0.0)
        }
        _ => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Reading, canonical, is_policy};
    use crate::resource::of_type;
    use serde_json::{Value, json};

    fn text(value: &Value) -> Option<String> {
        let kind = of_type("AWS::Lambda::Function");
        canonical(kind, &mut Vec::new(), value, Reading::Plain)
    }

    #[test]
    fn what_means_the_same_is_spelled_the_same() {
        for (one, other) in [
            (json!({"a": 60}), json!({"a": 60.0})),
            (json!({"a": 0}), json!({"a": -0.0})),
            (json!({"a": 1, "b": 2}), json!({"b": 2, "a": 1})),
            (json!({"a": null, "b": [], "c": {"d": {}}}), json!(null)),
            (json!(["b", "a", "a"]), json!(["a", "b"])),
            (json!({"configuration": {"description": ""}}), json!({"configuration": {}})),
            (
                json!({"configuration": {"tags": [{"key": "a", "value": "x"}, {"key": "b", "value": "y"}]}}),
                json!({"configuration": {"tags": [{"value": "y", "key": "b"}, {"key": "a", "value": "x"}]}}),
            ),
            (
                json!({"Statement": {"Effect": "Allow", "Sid": "", "Action": "a", "Principal": {"AWS": ["x", "y"]}}}),
                json!({"Statement": [{"Effect": ["Allow"], "Action": ["a"], "Principal": {"AWS": ["y", "x"]}}]}),
            ),
            (
                json!({"Statement": {"Effect": "Deny", "Condition": {"Bool": {"aws:SecureTransport": false}}}}),
                json!({"Statement": {"Effect": "Deny", "Condition": {"Bool": {"aws:SecureTransport": ["false"]}}}}),
            ),
        ] {
            assert_eq!(text(&one), text(&other), "{one} {other}");
        }
    }

    #[test]
    fn what_means_something_else_is_spelled_apart() {
        for (one, other) in [
            (json!({"a": 60}), json!({"a": 60.5})),
            (json!({"a": "1"}), json!({"a": 1})),
            (json!({"a": ""}), json!({})),
            (json!([{"a": 1}, {"a": 1}]), json!([{"a": 1}])),
            (json!({"tags": {"description": ""}}), json!({"tags": {}})),
            (
                json!({"tags": [{"key": "a", "value": "x"}]}),
                json!({"tags": [{"key": "b", "value": "x"}]}),
            ),
            (
                json!({"Statement": {"Effect": "Allow", "Condition": {"StringEquals": {"a": []}}}}),
                json!({"Statement": {"Effect": "Allow"}}),
            ),
            (json!({"a": ["x"]}), json!({"a": "x"})),
        ] {
            assert_ne!(text(&one), text(&other), "{one} {other}");
        }
    }

    #[test]
    fn a_policy_is_known_by_its_statements() {
        assert!(is_policy(&json!({"Statement": [{"Effect": "Allow"}]})));
        assert!(is_policy(&json!({"Statement": {"Effect": "Deny"}})));
        for other in [
            json!(null),
            json!({"Statement": []}),
            json!({"Statement": "x"}),
            json!({"Statement": ["x"]}),
        ] {
            assert!(!is_policy(&other), "{other}");
        }
    }
}
