//! JSON inside of JSON.
//!
//! AWS Config gives `configuration` as a text that holds JSON, the values of
//! `supplementaryConfiguration` likewise and some of them twice over, and IAM
//! gives policy documents as URL-encoded JSON (RFC 3986).

use super::generic::is_tags;
use percent_encoding::percent_decode_str;
use serde_json::Value;
use std::borrow::Cow;

/// How many texts may lie one in another. AWS uses two or three.
const MOST_FOLDS: usize = 8;

/// How deep the result may be: as deep as `serde_json` reads.
const MOST_DEPTH: usize = 128;

/// The longest text that is looked into, in bytes. A configuration item is far
/// below it.
const LONGEST: usize = 8 << 20;

/// The object or array that a text holds, however often it is wrapped in JSON
/// text or in URL encoding. `None` if it holds none; `null` is none.
#[must_use]
pub fn parse(text: &str) -> Option<Value> {
    let mut text = Cow::Borrowed(text);
    for _ in 0..MOST_FOLDS {
        if text.len() > LONGEST {
            return None;
        }
        let inner = match text.trim_start().as_bytes() {
            [b'{' | b'[', ..] => return serde_json::from_str(&text).ok(),
            [b'"', ..] => serde_json::from_str(&text).ok()?,
            // What can begin an encoded `{`, `[`, `"`, or `%`.
            [b'%', b'7' | b'5' | b'2', ..] => percent_decode_str(&text)
                .decode_utf8()
                .ok()
                .map(Cow::into_owned)
                .filter(|inner| inner.len() < text.len())?,
            _ => return None,
        };
        text = Cow::Owned(inner);
    }
    None
}

/// The value with every text that holds an object or array replaced by it, at
/// any depth. A text that would make the result too deep or too large stays, and
/// so do descriptions and the values of tags: a person wrote them, perhaps as
/// JSON, and every character of theirs counts.
#[must_use]
pub fn unfold(value: &Value) -> Value {
    Place::default().unfold(value)
}

/// Where in the value a part of it stands.
#[derive(Clone, Copy, Default)]
struct Place<'a> {
    /// The nearest object key above it.
    key: &'a str,
    below_tags: bool,
    depth: usize,
    folds: usize,
}

impl<'a> Place<'a> {
    fn unfold(self, value: &'a Value) -> Value {
        match value {
            Value::Object(fields) if self.depth < MOST_DEPTH => fields
                .iter()
                .map(|(key, value)| (key.clone(), self.field(key).unfold(value)))
                .collect(),
            Value::Array(elements) if self.depth < MOST_DEPTH => {
                elements.iter().map(|element| self.field(self.key).unfold(element)).collect()
            }
            Value::String(text) if self.folds < MOST_FOLDS && !self.is_own_text() => {
                match parse(text) {
                    Some(inner) if self.depth + depth_of(&inner) <= MOST_DEPTH => {
                        Place { folds: self.folds + 1, ..self }.unfold(&inner)
                    }
                    _ => value.clone(),
                }
            }
            _ => value.clone(),
        }
    }

    fn field(self, key: &'a str) -> Self {
        Self {
            key,
            below_tags: self.below_tags || is_tags(self.key),
            depth: self.depth + 1,
            ..self
        }
    }

    fn is_own_text(self) -> bool {
        self.below_tags || self.key.eq_ignore_ascii_case("description")
    }
}

/// How many objects and arrays lie one in another.
fn depth_of(value: &Value) -> usize {
    match value {
        Value::Object(fields) => 1 + fields.values().map(depth_of).max().unwrap_or(0),
        Value::Array(elements) => 1 + elements.iter().map(depth_of).max().unwrap_or(0),
        _ => 0,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop")]
mod tests {
    use super::{MOST_DEPTH, depth_of, parse, unfold};
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    use proptest::prelude::*;
    use serde_json::{Value, json};

    #[test]
    fn texts_are_unfolded_however_they_are_wrapped() {
        let policy = json!({"Version": "2012-10-17", "Statement": []});
        let once = policy.to_string();
        let twice = json!(once).to_string();
        let encoded = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%5D%7D";
        for text in [once.as_str(), twice.as_str(), encoded] {
            assert_eq!(parse(text).as_ref(), Some(&policy), "{text}");
        }
        let item = json!({
            "configuration": json!({"policyDocument": encoded, "handler": "a.b"}).to_string(),
            "supplementaryConfiguration": {"Policy": twice, "Tags": "{\"a\":\"b\"}"},
        });
        assert_eq!(
            unfold(&item),
            json!({
                "configuration": {"policyDocument": policy, "handler": "a.b"},
                "supplementaryConfiguration": {"Policy": policy, "Tags": {"a": "b"}},
            })
        );
    }

    #[test]
    fn texts_that_only_look_like_json_stay() {
        for text in [
            "null",
            "true",
            "12",
            "\"x\"",
            "",
            "[::1]",
            "{x}",
            "{} {}",
            "%7Bx",
            "%7B%FF%7D",
            "100%",
            "%",
            "%2",
        ] {
            assert_eq!(unfold(&json!(text)), json!(text), "{text}");
        }
    }

    #[test]
    fn the_texts_of_people_stay() {
        let item = json!({
            "configuration": "{\"description\":\"{}\",\"tags\":[{\"key\":\"a\",\"value\":\"[1]\"}]}",
            "supplementaryConfiguration": {"Tags": "{\"note\":\"[1]\"}", "Other": "[1]"},
            "tags": {"note": "[1]"},
        });
        assert_eq!(
            unfold(&item),
            json!({
                "configuration": {"description": "{}", "tags": [{"key": "a", "value": "[1]"}]},
                "supplementaryConfiguration": {"Tags": {"note": "[1]"}, "Other": [1]},
                "tags": {"note": "[1]"},
            })
        );
    }

    #[test]
    fn the_result_is_bounded_in_depth() {
        let mut text = "1".to_owned();
        for _ in 0..100 {
            text = format!("[{text}]");
        }
        let deep = json!([[[text]]]);
        assert_eq!(depth_of(&unfold(&deep)), 103);
        let deeper: Value =
            serde_json::from_str(&format!("{}{}{}", "[".repeat(60), json!(text), "]".repeat(60)))
                .unwrap();
        assert_eq!(unfold(&deeper), deeper);
        // Lists in texts in lists, encoded so that they hardly grow.
        let mut nested = "[]".to_owned();
        for _ in 0..40 {
            let text = utf8_percent_encode(&nested, NON_ALPHANUMERIC).to_string();
            nested = json!([text]).to_string();
        }
        assert!(depth_of(&unfold(&json!(nested))) <= MOST_DEPTH);
    }

    proptest! {
        #[test]
        fn any_text_is_survived_and_unfolding_keeps_what_is_unfolded(
            text in "([\\[\\]{}\",:\\\\]|%7B|%5B|%22|%25|a|1){0,60}"
        ) {
            let once = unfold(&json!(text));
            prop_assert!(depth_of(&once) <= MOST_DEPTH);
            if !once.is_string() {
                prop_assert_eq!(parse(&text).map(|inner| unfold(&inner)), Some(once));
            }
        }
    }
}
