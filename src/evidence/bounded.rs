//! Reading from something that may be endless, damaged or both.

use std::io::{self, Read};

/// What came out of a reader.
#[derive(Debug)]
pub(super) struct Taken {
    /// Everything up to the end or the break; nothing if it was too long.
    pub bytes: Vec<u8>,
    pub end: End,
    /// How many bytes were read, kept or not.
    pub read: u64,
}

#[derive(Debug)]
pub(super) enum End {
    Whole,
    TooLong,
    Broken(io::Error),
}

/// Reads at most `limit` bytes, and one more to learn whether there is more.
///
/// `expected` saves growing the buffer; it need not be true.
pub(super) fn take(reader: impl Read, limit: u64, expected: u64) -> Taken {
    let room = expected.min(limit).saturating_add(1);
    let mut bytes = Vec::with_capacity(usize::try_from(room).unwrap_or(0));
    let outcome = reader.take(limit.saturating_add(1)).read_to_end(&mut bytes);
    let read = bytes.len() as u64;
    let end = match outcome {
        _ if read > limit => End::TooLong,
        Ok(_) => End::Whole,
        Err(error) => End::Broken(error),
    };
    if matches!(end, End::TooLong) {
        bytes = Vec::new();
    }
    bytes.shrink_to_fit();
    Taken { bytes, end, read }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Read};

    use super::{End, take};

    #[test]
    fn the_bound_itself_is_allowed_and_one_more_is_not() {
        let whole = take(&b"abcd"[..], 4, 0);
        assert!(matches!(whole.end, End::Whole));
        assert_eq!(whole.bytes, b"abcd");

        let long = take(io::repeat(b'x'), 4, u64::from(u32::MAX));
        assert!(matches!(long.end, End::TooLong));
        assert!(long.bytes.is_empty());
        assert_eq!(long.read, 5, "an endless reader is not read any further");
    }

    #[test]
    fn bytes_before_a_failure_are_kept() {
        struct Fails;
        impl Read for Fails {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("gone"))
            }
        }
        let broken = take(b"abc".chain(Fails), 10, 3);
        assert!(matches!(broken.end, End::Broken(_)));
        assert_eq!(broken.bytes, b"abc");
    }
}
