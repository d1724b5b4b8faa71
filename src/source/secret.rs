//! Secrets are taken out of a record before anything else sees it.
//!
//! AssumeRole records carry live session tokens, request parameters carry passwords, and error
//! messages repeat headers. Facts are read from the redacted record, so that no output can leak
//! what no fact holds; the record's SHA-256 is taken before, so that it can still be found.

use std::sync::LazyLock;

use regex_lite::Regex;
use serde_json::{Map, Value};

use crate::evidence::sha256_hex;

/// Strings nested in strings are followed this far.
const DEPTH: usize = 16;

/// Words that make the value of a member secret, compared with the member's letters and digits in
/// lower case.
const SECRET_WORDS: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "secretaccesskey",
    "secretkey",
    "sessiontoken",
    "securitytoken",
    "authorization",
    "secretstring",
    "secretbinary",
    "privatekey",
    "apikey",
    "apitoken",
    "accesstoken",
    "refreshtoken",
    "idtoken",
    "authtoken",
    "bearertoken",
    "webidentitytoken",
    "samlassertion",
    "clientsecret",
    "amzsignature",
    "plaintext",
    "credentialstoken",
    "connectionstring",
];

/// Endings that make such a member the name of a secret, or a fact about it, and not the secret.
const HARMLESS_ENDINGS: &[&str] =
    &["id", "arn", "name", "lastused", "required", "policy", "lastchanged", "enabled", "version"];

#[expect(clippy::expect_used, reason = "the patterns are constants, and a test compiles them")]
static IN_TEXT: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    // What the first group matches stays; the rest is the secret.
    [
        r"(?i)(x-amz-(?:security-token|signature)\s*[=:]\s*)[^&\s,;]+",
        r"(?i)(authorization\s*[=:]\s*(?:aws4-hmac-sha256\s+|bearer\s+|basic\s+)?)\S[^\r\n]*",
        r"(?i)(bearer\s+)[a-z0-9._~+/-]{16,}=*",
        r#"(?i)((?:[a-z0-9]+[_-])*(?:password|passwd|passphrase|secret[_-]?access[_-]?key|session[_-]?token|security[_-]?token|api[_-]?key|client[_-]?secret|access[_-]?token|private[_-]?key)["']?\s*[=:]\s*["']?)[^\s"'&,;}]+"#,
        r"([a-zA-Z][a-zA-Z0-9+.-]*://[^/\s:@]*:)[^/\s@]+@",
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*(?:-----END [A-Z ]*PRIVATE KEY-----)?",
        // The first characters of every AWS session token of the last years.
        r"\b(?:IQoJb3JpZ2lu|FwoGZXIvYXdz|FQoGZXIvYXdz|FQoDYXdz)[A-Za-z0-9+/=_%-]{20,}",
    ]
    .into_iter()
    .map(|pattern| Regex::new(pattern).expect("a constant pattern"))
    .collect()
});

/// The record with every secret replaced by its length and the beginning of its SHA-256, so that
/// two records with the same secret can still be seen to have the same.
pub fn redact(record: &Value) -> Value {
    value(record, DEPTH)
}

fn value(record: &Value, depth: usize) -> Value {
    match record {
        Value::Object(members) => Value::Object(object(members, depth)),
        Value::Array(elements) => {
            Value::Array(elements.iter().map(|element| value(element, depth)).collect())
        }
        Value::String(string) => Value::String(text(string, depth)),
        other => other.clone(),
    }
}

fn object(members: &Map<String, Value>, depth: usize) -> Map<String, Value> {
    // Tags and parameters name their secret in one member and hold it in the other.
    let names_a_secret = ["key", "Key", "name", "Name", "parameterKey", "ParameterKey"]
        .iter()
        .filter_map(|key| members.get(*key)?.as_str())
        .any(is_secret);
    members
        .iter()
        .map(|(key, member)| {
            let redacted = if is_secret(key)
                || (names_a_secret && key.to_ascii_lowercase().ends_with("value"))
            {
                mask_all(member)
            } else if key.eq_ignore_ascii_case("environment") {
                environment(member, depth)
            } else {
                value(member, depth)
            };
            (key.clone(), redacted)
        })
        .collect()
}

/// The values of environment variables, which Lambda keeps under `variables` and `CodeBuild` and
/// ECS in lists of names and values.
fn environment(member: &Value, depth: usize) -> Value {
    match member {
        Value::Object(members) => Value::Object(
            members
                .iter()
                .map(|(key, inner)| {
                    let redacted = match inner {
                        Value::Object(variables) if key.eq_ignore_ascii_case("variables") => {
                            Value::Object(
                                variables
                                    .iter()
                                    .map(|(name, secret)| (name.clone(), mask_all(secret)))
                                    .collect(),
                            )
                        }
                        other => value(other, depth),
                    };
                    (key.clone(), redacted)
                })
                .collect(),
        ),
        Value::Array(elements) => Value::Array(
            elements
                .iter()
                .map(|element| match element {
                    Value::Object(pair) => Value::Object(
                        pair.iter()
                            .map(|(key, inner)| {
                                let secret = key.eq_ignore_ascii_case("value");
                                (key.clone(), if secret { mask_all(inner) } else { inner.clone() })
                            })
                            .collect(),
                    ),
                    other => value(other, depth),
                })
                .collect(),
        ),
        other => value(other, depth),
    }
}

fn is_secret(key: &str) -> bool {
    let letters: String =
        key.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    SECRET_WORDS.iter().any(|word| letters.contains(word))
        && !HARMLESS_ENDINGS.iter().any(|ending| letters.ends_with(ending))
}

/// Replaces every text and number below a secret member; the shape stays visible.
fn mask_all(member: &Value) -> Value {
    match member {
        Value::Object(members) => Value::Object(
            members.iter().map(|(key, inner)| (key.clone(), mask_all(inner))).collect(),
        ),
        Value::Array(elements) => Value::Array(elements.iter().map(mask_all).collect()),
        Value::String(secret) if secret.is_empty() || is_mask(secret) => member.clone(),
        Value::String(secret) => Value::String(mask(secret)),
        Value::Number(secret) => Value::String(mask(&secret.to_string())),
        other => other.clone(),
    }
}

/// What stands in the place of a secret.
fn mask(secret: &str) -> String {
    let hash = sha256_hex(secret.as_bytes());
    let beginning = hash.get(..12).unwrap_or(&hash);
    format!("[redacted: {} characters, SHA-256 {beginning}…]", secret.chars().count())
}

fn is_mask(text: &str) -> bool {
    text.starts_with("[redacted: ") && text.ends_with(']')
}

/// Redacts inside a text: JSON within it, header-like pairs, URLs with a password, private keys.
fn text(string: &str, depth: usize) -> String {
    let trimmed = string.trim_start();
    if depth > 0
        && (trimmed.starts_with('{') || trimmed.starts_with('['))
        && let Ok(inner) = serde_json::from_str::<Value>(string)
    {
        let redacted = value(&inner, depth - 1);
        return if redacted == inner { string.to_owned() } else { redacted.to_string() };
    }
    let mut string = string.to_owned();
    for pattern in IN_TEXT.iter() {
        let replaced = pattern.replace_all(&string, |found: &regex_lite::Captures<'_>| {
            let whole = found.get(0).map_or("", |m| m.as_str());
            let kept = found.get(1).map_or("", |m| m.as_str());
            let secret = whole.strip_prefix(kept).unwrap_or(whole);
            let (secret, tail) =
                secret.strip_suffix('@').map_or((secret, ""), |password| (password, "@"));
            if secret.is_empty() || secret.starts_with("[redacted") {
                whole.to_owned()
            } else {
                format!("{kept}{}{tail}", mask(secret))
            }
        });
        string = replaced.into_owned();
    }
    string
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn secrets_of_every_shape_are_gone_and_names_stay() {
        let planted = "hunter2-hunter2-hunter2";
        let record = json!({
            "responseElements": {"credentials": {"accessKeyId": "ASIAEXAMPLE", "sessionToken": planted}},
            "requestParameters": {
                "environment": {"variables": {"DB": planted}},
                "masterUserPassword": planted,
                "passwordResetRequired": true,
                "secretId": "prod/db",
                "X-Amz-Security-Token": planted,
                "url": format!("https://user:{planted}@example.com/?X-Amz-Signature={planted}"),
                "templateBody": format!("{{\"Password\": \"{planted}\"}}"),
                "tagSet": [{"key": "db_password", "value": planted}],
            },
            "errorMessage": format!("header Authorization: AWS4-HMAC-SHA256 Credential=x, Signature={planted}"),
            "userAgent": format!("curl password={planted}"),
        });
        let redacted = redact(&record).to_string();
        assert!(!redacted.contains(planted), "{redacted}");
        for kept in ["ASIAEXAMPLE", "prod/db", "example.com", "db_password", "23 characters"] {
            assert!(redacted.contains(kept), "{kept} in {redacted}");
        }
    }

    #[test]
    fn redacting_twice_changes_nothing_more() {
        let record = json!({"a": "password: abc def", "password": "x", "environment": [{"name": "N", "value": "v"}]});
        let once = redact(&record);
        assert_eq!(redact(&once), once);
    }

    #[test]
    fn a_record_without_secrets_is_left_as_it_is() {
        let record = json!({"functionName": "password-rotator", "nextToken": "abc", "environment": {}});
        assert_eq!(redact(&record), record);
    }
}
