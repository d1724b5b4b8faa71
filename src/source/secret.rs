//! Secrets are taken out of a record before anything else sees it.
//!
//! AssumeRole records carry live session tokens, request parameters carry passwords, and error
//! messages repeat headers. Facts are read from the redacted record, so that no output can leak
//! what no fact holds; the record's SHA-256 is taken before, so that it can still be found.

use std::sync::LazyLock;

use percent_encoding::percent_decode_str;
use regex_lite::{Captures, Regex};
use serde_json::{Map, Value};

use super::secret_name::{is_environment, is_name, is_secret};
use crate::evidence::sha256_hex;

/// Strings nested in strings are followed this far.
const DEPTH: usize = 16;

/// What is a secret wherever it stands, and a part of it without which it is not worth looking.
#[expect(clippy::expect_used, reason = "the patterns are constants, and a test compiles them")]
static ANYWHERE: LazyLock<Vec<(&str, Regex)>> = LazyLock::new(|| {
    // What the first group matches stays; the rest is the secret.
    [
        (
            "PRIVATE KEY",
            r"-----BEGIN [A-Z ]*PRIVATE KEY[A-Z ]*-----(?s:.*?)(?:-----END [A-Z ]*-----|$)",
        ),
        ("://", r"([a-zA-Z][a-zA-Z0-9+.-]*://[^/\s:@]*:)[^/\s]+@"),
        ("earer ", r"([Bb]earer )[A-Za-z0-9._~+/-]{16,}=*"),
        ("asic ", r"([Bb]asic )[A-Za-z0-9+/]{16,}=*"),
        // The first characters of every AWS session token of the last years.
        ("oJb3JpZ2lu", r"\bIQoJb3JpZ2lu[A-Za-z0-9+/=_%-]{20,}"),
        ("oGZXIvYXdz", r"\bF[wQ]oGZXIvYXdz[A-Za-z0-9+/=_%-]{20,}"),
        ("oDYXdz", r"\bFQoDYXdz[A-Za-z0-9+/=_%-]{20,}"),
        // JSON Web Tokens, and the tokens that say by their beginning whose they are.
        ("eyJ", r"\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}(?:\.[A-Za-z0-9_-]*)*"),
        ("gh", r"\bgh[pousr]_[A-Za-z0-9]{20,}"),
        ("github_pat_", r"\bgithub_pat_[A-Za-z0-9_]{20,}"),
        ("glpat-", r"\bglpat-[A-Za-z0-9_-]{16,}"),
        ("xox", r"\bxox[abprs]-[A-Za-z0-9-]{10,}"),
        ("sk_live_", r"\bsk_live_[A-Za-z0-9]{10,}"),
    ]
    .into_iter()
    .map(|(part, pattern)| (part, Regex::new(pattern).expect("a constant pattern")))
    .collect()
});

/// Replaces every secret by its length and the beginning of its SHA-256, so that two records with
/// the same secret can still be seen to have the same.
pub fn redact(record: &mut Value) {
    value("", record, DEPTH);
}

fn value(name: &str, record: &mut Value, depth: usize) {
    match record {
        Value::Object(members) => object(members, depth),
        Value::Array(elements) => {
            elements.iter_mut().for_each(|element| value(name, element, depth));
        }
        Value::String(string) => {
            if let Some(redacted) = text(name, string, depth) {
                *string = redacted;
            }
        }
        _ => {}
    }
}

fn object(members: &mut Map<String, Value>, depth: usize) {
    // Tags, headers and parameters name their secret in one member and hold it in the other.
    let is = |key: &str, names: &[&str]| names.iter().any(|name| key.eq_ignore_ascii_case(name));
    let names_a_secret = members.iter().any(|(key, member)| {
        let Some(word) = member.as_str() else {
            return false;
        };
        is(key, &["key", "name", "parameterKey", "parameterName"]) && is_secret(word)
            || is(key, &["type"]) && word == "SecureString"
    });
    for (key, member) in members {
        let holds = || {
            let key = key.to_ascii_lowercase();
            key.ends_with("value") || key.ends_with("values")
        };
        if is_secret(key) || (names_a_secret && holds()) {
            mask_all(member);
        } else if is_environment(key) {
            environment(key, member, depth);
        } else {
            value(key, member, depth);
        }
    }
}

/// The values of environment variables: an object of names and values, a list of objects with a
/// name and a value (`CodeBuild`, ECS), or Lambda's `variables` around such.
fn environment(name: &str, member: &mut Value, depth: usize) {
    let variables = name.to_ascii_lowercase().contains("variable");
    match member {
        Value::Object(members) if variables => members.values_mut().for_each(mask_all),
        Value::Object(members) => {
            for (key, inner) in members {
                if key.to_ascii_lowercase().ends_with("variables") {
                    environment(key, inner, depth);
                } else {
                    value(key, inner, depth);
                }
            }
        }
        Value::Array(elements) => {
            for element in elements {
                match element {
                    Value::Object(pair) => {
                        let values =
                            pair.iter_mut().filter(|(key, _)| key.eq_ignore_ascii_case("value"));
                        values.for_each(|(_, inner)| mask_all(inner));
                    }
                    Value::String(_) if variables => mask_all(element),
                    other => value(name, other, depth),
                }
            }
        }
        Value::String(text) => match embedded(text).filter(|_| depth > 0) {
            Some(mut inner) => {
                environment(name, &mut inner, depth - 1);
                *text = inner.to_string();
            }
            None if variables => mask_all(member),
            None => value(name, member, depth),
        },
        _ => {}
    }
}

/// Replaces every text and number below a secret member; the shape stays visible.
fn mask_all(member: &mut Value) {
    match member {
        Value::Object(members) => members.values_mut().for_each(mask_all),
        Value::Array(elements) => elements.iter_mut().for_each(mask_all),
        Value::String(secret) if !secret.is_empty() && !is_mask(secret) => *secret = mask(secret),
        Value::Number(secret) => *member = Value::String(mask(&secret.to_string())),
        _ => {}
    }
}

/// What stands in the place of a secret.
fn mask(secret: &str) -> String {
    let hash = sha256_hex(secret.as_bytes());
    let beginning = hash.get(..12).unwrap_or(&hash);
    format!("[redacted: {} characters, SHA-256 {beginning}…]", secret.chars().count())
}

/// Whether this is a mask already: ours, or one that AWS puts where it leaves a secret out.
fn is_mask(text: &str) -> bool {
    (text.starts_with("[redacted: ") && text.ends_with(']'))
        || text == "HIDDEN_DUE_TO_SECURITY_REASONS"
        || text == "<sensitiveDataRemoved>"
        || text.bytes().all(|byte| byte == b'*')
}

/// Redacts inside a text: JSON within it, also when it is percent-encoded as in IAM's policies;
/// what is a secret anywhere; and pairs of a secret's name and its value. `None` when there is
/// nothing to redact.
fn text(name: &str, string: &str, depth: usize) -> Option<String> {
    if depth > 0
        && let Some(inner) = embedded(string)
    {
        let mut redacted = inner.clone();
        value(name, &mut redacted, depth - 1);
        return (redacted != inner).then(|| redacted.to_string());
    }
    let mut changed = None;
    for (part, pattern) in ANYWHERE.iter() {
        let now = changed.as_deref().unwrap_or(string);
        if now.contains(part) {
            changed = Some(pattern.replace_all(now, masked).into_owned());
        }
    }
    let paired = pairs(name, changed.as_deref().unwrap_or(string));
    paired.or(changed).filter(|changed| changed != string)
}

/// What a pattern found, with all but its first group masked.
fn masked(found: &Captures<'_>) -> String {
    let whole = found.get(0).map_or("", |m| m.as_str());
    let kept = found.get(1).map_or("", |m| m.as_str());
    let secret = whole.strip_prefix(kept).unwrap_or(whole);
    let (secret, tail) = secret.strip_suffix('@').map_or((secret, ""), |password| (password, "@"));
    if secret.contains("[redacted") {
        whole.to_owned()
    } else {
        format!("{kept}{}{tail}", mask(secret))
    }
}

fn embedded(string: &str) -> Option<Value> {
    let start = string.trim_start();
    if start.starts_with(['{', '[']) {
        return serde_json::from_str(string).ok();
    }
    if start.starts_with("%7B") || start.starts_with("%5B") {
        return serde_json::from_str(&percent_decode_str(start).decode_utf8().ok()?).ok();
    }
    None
}

/// Masks the value of every `name=value`, `name: value` and `"name": "value"` whose name is a
/// secret's.
fn pairs(member: &str, string: &str) -> Option<String> {
    let mut out = String::new();
    let mut done = 0;
    for (at, separator) in separators(string) {
        if at < done {
            continue;
        }
        let Some(before) = string.get(done..at) else {
            continue;
        };
        let name = before.trim_end_matches(|c: char| c.is_whitespace() || is_quote(c));
        let name = name.strip_suffix("%22").unwrap_or(name);
        let (word, key) = last_word(name);
        let equals = matches!(separator, "=" | "%3D" | "%3d");
        if !(is_secret(key) || equals && is_signature(key)) {
            continue;
        }
        // What follows the colon in `arn:…:reset-password:1` is a version.
        if !equals && (word.starts_with("arn:") || is_name(member)) {
            continue;
        }
        let from = at + separator.len();
        let (quotes, value) = value_of(key, string.get(from..).unwrap_or_default());
        if value.is_empty() || value.starts_with("[redacted") || is_mask(value) {
            continue;
        }
        out.push_str(before);
        out.push_str(separator);
        out.push_str(quotes);
        out.push_str(&mask(value));
        done = from + quotes.len() + value.len();
    }
    out.push_str(string.get(done..).filter(|_| done > 0)?);
    Some(out)
}

fn separators(string: &str) -> impl Iterator<Item = (usize, &str)> {
    string.match_indices(['=', ':', '%']).filter_map(|(at, found)| match found {
        "%" => {
            let code = string.get(at..at + 3)?;
            matches!(code, "%3D" | "%3d" | "%3A" | "%3a").then_some((at, code))
        }
        _ => Some((at, found)),
    })
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\'' | '\\')
}

/// The last word of a text, and the name at its end.
fn last_word(text: &str) -> (&str, &str) {
    let apart = |c: char| {
        c.is_whitespace() || is_quote(c) || matches!(c, '(' | '[' | '{' | ',' | ';' | '=')
    };
    let word = text.rsplit(apart).next().unwrap_or_default();
    let of_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '%');
    let key = word.rsplit(|c| !of_name(c)).next().unwrap_or_default();
    (word, key)
}

fn is_signature(key: &str) -> bool {
    key.to_ascii_lowercase().ends_with("signature") || key == "sig"
}

/// The quotes before a value, and the value: up to the quote that closes it; of a header, up to
/// the end of the line; else up to the next white space.
fn value_of<'a>(key: &str, rest: &'a str) -> (&'a str, &'a str) {
    let bare = rest.trim_start_matches(|c: char| c == ' ' || is_quote(c));
    let bare = bare.strip_prefix("%22").unwrap_or(bare);
    let (quotes, _) = rest.split_at(rest.len() - bare.len());
    let end = match quotes.chars().rev().find(|c| matches!(c, '"' | '\'')) {
        Some(quote) => bare.find(quote).map(|end| {
            let value = bare.get(..end).unwrap_or_default();
            value.trim_end_matches('\\').len()
        }),
        None if key.to_ascii_lowercase().ends_with("authorization") => bare.find(['\r', '\n']),
        None if quotes.ends_with("%22") => bare.find("%22"),
        None => bare.find(|c: char| c.is_whitespace() || is_quote(c) || matches!(c, '&' | ';')),
    };
    (quotes, bare.get(..end.unwrap_or(bare.len())).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn redacted(record: &Value) -> Value {
        let mut record = record.clone();
        redact(&mut record);
        record
    }

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
        let redacted = redacted(&record).to_string();
        assert!(!redacted.contains(planted), "{redacted}");
        for kept in ["ASIAEXAMPLE", "prod/db", "example.com", "db_password", "23 characters"] {
            assert!(redacted.contains(kept), "{kept} in {redacted}");
        }
    }

    #[test]
    fn redacting_twice_changes_nothing_more() {
        let record = json!({"a": "password: abc def", "password": "x", "environment": [{"name": "N", "value": "v"}]});
        let once = redacted(&record);
        assert_eq!(redacted(&once), once);
    }

    #[test]
    fn a_record_without_secrets_is_left_as_it_is() {
        let record =
            json!({"functionName": "password-rotator", "nextToken": "abc", "environment": {}});
        assert_eq!(redacted(&record), record);
    }
}
