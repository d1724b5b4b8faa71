//! Gzip data, with any number of members one after another.

use std::io;

use flate2::read::MultiGzDecoder;

use super::bounded::{Taken, take};
use super::notice::byte_count;

/// Whether the bytes begin as gzip data does.
pub(super) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}

/// Unpacks to at most `limit` bytes.
pub(super) fn gunzip(bytes: &[u8], limit: u64) -> Taken {
    take(MultiGzDecoder::new(bytes), limit, bytes.len() as u64)
}

/// What a break in gzip data means, and how much came before it.
pub(super) fn break_reason(error: &io::Error, read: usize) -> String {
    let what = if error.kind() == io::ErrorKind::UnexpectedEof {
        "the gzip data ends too early".to_owned()
    } else {
        format!("the gzip data is damaged ({error})")
    };
    match read {
        0 => format!("{what}; nothing could be read"),
        1 => format!("{what}; the 1 byte before the break was read"),
        _ => format!("{what}; the {} before the break were read", byte_count(read as u64)),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may stop")]
pub(super) mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::super::bounded::End;
    use super::{break_reason, gunzip, is_gzip};

    pub(in super::super) fn gzipped(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn members_that_follow_one_another_are_joined() {
        let mut both = gzipped(b"first line\n");
        both.extend(gzipped(b"second line\n"));
        assert!(is_gzip(&both));
        let taken = gunzip(&both, 1_000);
        assert!(matches!(taken.end, End::Whole));
        assert_eq!(taken.bytes, b"first line\nsecond line\n");
    }

    #[test]
    fn what_came_before_a_cut_is_kept() {
        let mut text = String::new();
        for line in 0..5_000_u64 {
            text.push_str(&format!("line {}\n", line.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
        }
        let whole = gzipped(text.as_bytes());
        let taken = gunzip(&whole[..whole.len() / 2], 1 << 20);
        let End::Broken(error) = taken.end else {
            panic!("a cut file was taken for whole");
        };
        assert!(taken.bytes.len() > 10_000, "{}", taken.bytes.len());
        assert!(text.as_bytes().starts_with(&taken.bytes));
        assert_eq!(
            break_reason(&error, 1_234),
            "the gzip data ends too early; the 1,234 bytes before the break were read"
        );
    }

    #[test]
    fn a_wrong_checksum_is_damage_and_not_a_cut() {
        let mut bytes = gzipped(b"some text");
        let checksum = bytes.len() - 8;
        bytes[checksum] ^= 0xff;
        let taken = gunzip(&bytes, 1_000);
        let End::Broken(error) = taken.end else {
            panic!("a wrong checksum was not seen");
        };
        assert_eq!(taken.bytes, b"some text");
        let reason = break_reason(&error, 9);
        assert!(reason.starts_with("the gzip data is damaged ("), "{reason}");
        assert!(reason.ends_with("the 9 bytes before the break were read"), "{reason}");
    }

    #[test]
    fn a_bomb_is_left_at_the_bound() {
        let bomb = gzipped(&vec![0; 16 << 20]);
        assert!(bomb.len() < 20_000);
        let taken = gunzip(&bomb, 1_000);
        assert!(matches!(taken.end, End::TooLong));
        assert_eq!(taken.read, 1_001);
        assert!(taken.bytes.is_empty());
    }
}
