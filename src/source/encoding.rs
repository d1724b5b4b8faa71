//! Bytes to text.

use std::borrow::Cow;

/// The text of a document and what had to be said about its bytes.
pub struct Decoded<'a> {
    /// The text, without a byte order mark.
    pub text: Cow<'a, str>,
    /// A sentence when some bytes could not be read as text.
    pub notice: Option<String>,
}

/// Reads UTF-8 with or without a byte order mark, and UTF-16 with one, as PowerShell writes it.
///
/// Bytes that are neither are shown as U+FFFD and said; `None` when the bytes are plainly binary.
pub fn decode(bytes: &[u8]) -> Option<Decoded<'_>> {
    if let Some(rest) = bytes.strip_prefix(&[0xFF, 0xFE]) {
        return Some(utf16(rest, u16::from_le_bytes));
    }
    if let Some(rest) = bytes.strip_prefix(&[0xFE, 0xFF]) {
        return Some(utf16(rest, u16::from_be_bytes));
    }
    let bytes = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(Decoded { text: Cow::Borrowed(text), notice: None }),
        Err(_) if bytes.contains(&0) => None,
        Err(error) => Some(Decoded {
            text: String::from_utf8_lossy(bytes),
            notice: Some(format!(
                "holds bytes that are not UTF-8, the first at byte {}; they are shown as U+FFFD",
                error.valid_up_to()
            )),
        }),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Decoded<'static> {
    let (pairs, odd) = bytes.as_chunks::<2>();
    let units = pairs.iter().map(|pair| unit(*pair));
    let mut broken = !odd.is_empty();
    let text = char::decode_utf16(units)
        .map(|read| {
            read.unwrap_or_else(|_| {
                broken = true;
                char::REPLACEMENT_CHARACTER
            })
        })
        .collect::<String>();
    Decoded {
        text: Cow::Owned(text),
        notice: broken
            .then(|| "holds UTF-16 that is damaged; the damage is shown as U+FFFD".to_owned()),
    }
}
