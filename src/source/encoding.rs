//! Bytes to text.

use std::borrow::Cow;

/// The text of a document and what had to be said about its bytes.
pub struct Decoded<'a> {
    /// The text, without a byte order mark.
    pub text: Cow<'a, str>,
    /// A sentence when some bytes could not be read as text.
    pub notice: Option<String>,
}

/// Reads UTF-8 and UTF-16, as PowerShell writes it, with or without a byte order mark.
///
/// Bytes that are neither are shown as U+FFFD and said.
///
/// # Errors
/// When the bytes are plainly binary: what they are, in words.
pub fn decode(bytes: &[u8]) -> Result<Decoded<'_>, String> {
    if let Some(rest) = bytes.strip_prefix(&[0xFF, 0xFE]) {
        return Ok(utf16(rest, u16::from_le_bytes));
    }
    if let Some(rest) = bytes.strip_prefix(&[0xFE, 0xFF]) {
        return Ok(utf16(rest, u16::from_be_bytes));
    }
    match bytes {
        [b'{' | b'[', 0, ..] => return Ok(utf16(bytes, u16::from_le_bytes)),
        [0, b'{' | b'[', ..] => return Ok(utf16(bytes, u16::from_be_bytes)),
        _ => {}
    }
    if let Some(what) = packed(bytes) {
        return Err(format!("is {what}; casefile opens gzip and zip alone, so unpack it first"));
    }
    let bytes = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Decoded { text: Cow::Borrowed(text), notice: None }),
        Err(_) if bytes.contains(&0) => Err("is binary, and neither gzip nor zip".to_owned()),
        Err(error) => {
            let first = error.valid_up_to();
            let before = bytes.get(..first).unwrap_or_default();
            let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
            Ok(Decoded {
                text: String::from_utf8_lossy(bytes),
                notice: Some(format!(
                    "holds bytes that are no text, the first in line {line} at byte {first}; they \
                     are shown as U+FFFD"
                )),
            })
        }
    }
}

/// Archives that responders have and casefile does not open.
fn packed(bytes: &[u8]) -> Option<&'static str> {
    let known: [(usize, &[u8], &str); 6] = [
        (257, b"ustar", "a tar archive"),
        (0, &[0x28, 0xB5, 0x2F, 0xFD], "zstd data"),
        (0, b"BZh", "bzip2 data"),
        (0, b"7z\xBC\xAF\x27\x1C", "a 7z archive"),
        (0, &[0xFD, b'7', b'z', b'X', b'Z', 0], "xz data"),
        (0, b"PAR1", "a Parquet file"),
    ];
    known
        .iter()
        .find(|(at, magic, _)| bytes.get(*at..).is_some_and(|rest| rest.starts_with(magic)))
        .map(|(_, _, what)| *what)
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
