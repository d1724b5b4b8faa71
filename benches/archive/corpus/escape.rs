//! Text as AWS writes it into log files.

/// Escapes what the writer of `CloudTrail` escapes within strings: `=` is `\u003d` there. These
/// signs stand nowhere else in JSON.
pub fn as_aws(json: &str) -> String {
    let mut out = String::with_capacity(json.len() + 16);
    for sign in json.chars() {
        match sign {
            '=' => out.push_str("\\u003d"),
            '&' => out.push_str("\\u0026"),
            '\'' => out.push_str("\\u0027"),
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            sign => out.push(sign),
        }
    }
    out
}
