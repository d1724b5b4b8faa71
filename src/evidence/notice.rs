//! What could not be read, or only in part, in words for the report.

/// One thing that was skipped, cut or found altered while evidence was read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Notice {
    /// The file, folder or archive member, as a [`super::Document`] would name it.
    pub place: String,
    /// What is the matter and what was done about it, without a full stop.
    pub reason: String,
}

impl Notice {
    pub(crate) fn new(place: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { place: place.into(), reason: reason.into() }
    }
}

/// An error and its causes in one line, for a notice.
pub(super) fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// `1234567` as `1,234,567`.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 byte`, `1,234 bytes`.
pub(super) fn byte_count(bytes: u64) -> String {
    match bytes {
        1 => "1 byte".to_owned(),
        _ => format!("{} bytes", grouped(bytes)),
    }
}

/// A bound in the largest unit that says it exactly: `256 MiB`, `1,000 bytes`.
pub(super) fn size(bytes: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    UNITS.iter().find(|(unit, _)| bytes >= *unit && bytes.is_multiple_of(*unit)).map_or_else(
        || byte_count(bytes),
        |(unit, name)| format!("{} {name}", grouped(bytes / unit)),
    )
}

#[cfg(test)]
mod tests {
    use super::{byte_count, grouped, size};

    #[test]
    fn numbers_are_grouped_by_three() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_234), "1,234");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(byte_count(1), "1 byte");
        assert_eq!(byte_count(0), "0 bytes");
    }

    #[test]
    fn sizes_are_said_exactly() {
        assert_eq!(size(256 << 20), "256 MiB");
        assert_eq!(size(4 << 30), "4 GiB");
        assert_eq!(size(1_000), "1,000 bytes");
        assert_eq!(size(1_025), "1,025 bytes");
    }
}
