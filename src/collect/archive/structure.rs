//! Records told from one another in text that is all there, many bytes at a time.

use wide::u8x16;

/// So many bytes are looked at together: a bit for each.
const BLOCK: usize = 64;

/// Gives `each` those records of a log in which one of the `places` lies, and how many of these do,
/// in ascending order.
///
/// `places` are in ascending order. The text is that of a log file whose first member is its list;
/// what the list's records are is not looked at. Gives `None` when the text does not begin so, or
/// ends before the record with the last of the places.
pub fn records_with(
    text: &[u8],
    places: &[usize],
    mut each: impl FnMut(&[u8], usize),
) -> Option<()> {
    let mut left = places;
    let begin = text.len() - list_of(text)?.len();
    let mut state = State::default();
    let (mut depth, mut start) = (0_usize, 0);
    for (number, block) in text.get(begin..)?.chunks(BLOCK).enumerate() {
        let mut marks = state.marks(block);
        while marks.any != 0 {
            let bit = marks.any.trailing_zeros();
            marks.any &= marks.any - 1;
            let at = begin + number * BLOCK + bit as usize;
            if marks.opens & (1 << bit) != 0 {
                if depth == 0 {
                    start = at;
                }
                depth += 1;
                continue;
            }
            // The list itself ends, and places are left that lie in no record.
            depth = depth.checked_sub(1)?;
            if depth > 0 {
                continue;
            }
            // None lies between records, where there are no words.
            let within = left.partition_point(|place| *place <= at);
            if within > 0 {
                each(text.get(start..=at)?, within);
                left = left.get(within..)?;
            }
            if left.is_empty() {
                return Some(());
            }
        }
    }
    None
}

/// What follows the opening bracket of the list, if the text is an object that begins with it.
pub fn list_of(text: &[u8]) -> Option<&[u8]> {
    let rest = text.trim_ascii_start().strip_prefix(b"{")?;
    let rest = rest.trim_ascii_start().strip_prefix(b"\"Records\"")?;
    let rest = rest.trim_ascii_start().strip_prefix(b":")?;
    rest.trim_ascii_start().strip_prefix(b"[")
}

/// What goes over from one block to the next.
#[derive(Default)]
struct State {
    /// All ones within a text.
    in_text: u64,
    /// Whether the first byte is escaped.
    escaped: u64,
}

/// Brackets outside texts, a bit for each byte.
struct Marks {
    any: u64,
    opens: u64,
}

impl State {
    fn marks(&mut self, block: &[u8]) -> Marks {
        let mut padded = [b' '; BLOCK];
        let bytes: &[u8; BLOCK] = match block.first_chunk() {
            Some(whole) => whole,
            None => {
                padded.iter_mut().zip(block).for_each(|(to, from)| *to = *from);
                &padded
            }
        };
        let (mut quotes, mut slashes, mut opens, mut closes) = (0, 0, 0, 0);
        for (part, bytes) in bytes.as_chunks::<16>().0.iter().enumerate() {
            let bytes = u8x16::from(*bytes);
            // `[` and `{`, and `]` and `}`, differ in one bit.
            let folded = bytes | u8x16::splat(0x20);
            let mask = |bytes: u8x16, byte: u8| {
                let equal = bytes.simd_eq(u8x16::splat(byte));
                u64::from(equal.to_bitmask()) << (16 * part)
            };
            quotes |= mask(bytes, b'"');
            slashes |= mask(bytes, b'\\');
            opens |= mask(folded, b'{');
            closes |= mask(folded, b'}');
        }
        let texts = prefix_xor(quotes & !self.escaped(slashes)) ^ self.in_text;
        self.in_text = if texts >> (BLOCK - 1) == 1 { u64::MAX } else { 0 };
        Marks { any: (opens | closes) & !texts, opens }
    }

    /// The bytes that are escaped: those after a backslash that is not escaped itself.
    fn escaped(&mut self, slashes: u64) -> u64 {
        const EVEN: u64 = 0x5555_5555_5555_5555;
        if slashes == 0 {
            return std::mem::take(&mut self.escaped);
        }
        let slashes = slashes & !self.escaped;
        let follows = slashes << 1 | self.escaped;
        let odd_starts = slashes & !EVEN & !follows;
        let (runs, over) = odd_starts.overflowing_add(slashes);
        self.escaped = u64::from(over);
        (EVEN ^ (runs << 1)) & follows
    }
}

/// Each bit is that of all bits up to it, added without carrying.
fn prefix_xor(mut bits: u64) -> u64 {
    for step in [1, 2, 4, 8, 16, 32] {
        bits ^= bits << step;
    }
    bits
}

#[cfg(test)]
#[expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test may stop"
)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json, value::RawValue};

    use super::*;

    fn with(text: &str, places: &[usize]) -> Option<Vec<String>> {
        let mut records = Vec::new();
        let whole = records_with(text.as_bytes(), places, |record, _| {
            records.push(String::from_utf8(record.to_vec()).unwrap());
        });
        whole.map(|()| records)
    }

    #[test]
    fn records_are_bounded_whatever_their_texts_hold() {
        let text = r#"{"Records":[{"a":"}]{\"Records\":[{\\"},{"b":["x",{}]} , {"c":"\\\\\""}]}"#;
        let at = |word: &str| text.find(word).unwrap();
        assert_eq!(with(text, &[at("\"a\"")]).unwrap(), [r#"{"a":"}]{\"Records\":[{\\"}"#]);
        assert_eq!(with(text, &[at("\"x\"")]).unwrap(), [r#"{"b":["x",{}]}"#]);
        assert_eq!(with(text, &[at("\"x\""), at("\"c\"")]).unwrap().len(), 2);
        // After the list, and in a record that does not end.
        assert_eq!(with(text, &[text.len() - 1]), None);
        assert_eq!(with(r#"{"Records":[{"a":1"#, &[13]), None);
        assert_eq!(with(r#"{"x":1,"Records":[{"a":1}]}"#, &[20]), None);
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<i32>().prop_map(Value::from),
            "[\"\\\\{}\\[\\]:,a-z/\u{e9}]{0,40}".prop_map(Value::from),
            "\\\\{0,70}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[\"{}a-c\\\\]{0,7}", inner, 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        /// Against a parser: each place gives the record that it lies in.
        #[test]
        fn it_agrees_with_a_parser(
            records in prop::collection::vec(
                prop::collection::btree_map("[a-z\"\\\\]{1,6}", values(), 0..4), 1..8),
            picks in prop::collection::vec(any::<prop::sample::Index>(), 1..6), pretty in any::<bool>(),
        ) {
            let log = json!({ "Records": records });
            let text = if pretty { serde_json::to_string_pretty(&log) } else { serde_json::to_string(&log) }.unwrap();
            #[derive(serde::Deserialize)]
            #[serde(rename_all = "PascalCase")]
            struct Log<'a> { #[serde(borrow)] records: Vec<&'a RawValue> }
            let parsed: Log<'_> = serde_json::from_str(&text).unwrap();
            let bounds: Vec<(usize, usize)> = parsed.records.iter().map(|record| {
                let start = record.get().as_ptr().addr() - text.as_ptr().addr();
                (start, start + record.get().len())
            }).collect();
            let mut places: Vec<usize> = picks.iter().map(|pick| {
                let (start, end) = bounds[pick.index(bounds.len())];
                start + pick.index(end - start)
            }).collect();
            places.sort_unstable();
            let expected: Vec<&str> = bounds.iter()
                .filter(|(start, end)| places.iter().any(|place| (*start..*end).contains(place)))
                .map(|(start, end)| &text[*start..*end])
                .collect();
            prop_assert_eq!(with(&text, &places).unwrap(), expected);
        }
    }
}
