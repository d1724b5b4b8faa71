//! Records told from one another byte by byte, in data that comes in pieces.

/// The longest record that is taken, in bytes. `CloudTrail` cuts its own at 256 KB.
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html>
pub const LONGEST: usize = 16 << 20;

/// Finds the elements of the list `Records` in JSON that comes in pieces, in one object or in
/// several one after another.
///
/// It holds one record and no more, follows no recursion, and gives each record when its last byte
/// has come, so that what stands before a break is not lost.
#[derive(Default)]
pub struct Splitter {
    place: Place,
    depth: usize,
    in_text: bool,
    escaped: bool,
    /// The last text at the first level, which may be the name of a member.
    name: Vec<u8>,
    /// What has come of the record.
    record: Vec<u8>,
    /// Records that were longer than is taken.
    too_long: usize,
    skipping: bool,
    /// Whether a list of records has been met.
    lists: usize,
    /// Whether something stood outside any object, or an object without the list.
    strange: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    /// Before an object, or after it.
    #[default]
    Outside,
    /// In the object, before its list.
    Before,
    /// In the list, between records.
    Between,
    /// In a record.
    Within,
    /// In the object, after its list.
    After,
}

/// How the data ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Whether the last object was closed.
    pub whole: bool,
    /// Records that were longer than [`LONGEST`] and not taken.
    pub too_long: usize,
    /// Lists of records.
    pub lists: usize,
    /// Whether there was something else than objects with a list of records.
    pub strange: bool,
}

impl Splitter {
    /// Takes the next piece; gives `record` each record that ends in it.
    pub fn push(&mut self, piece: &[u8], mut record: impl FnMut(&[u8])) {
        for &byte in piece {
            self.byte(byte, &mut record);
        }
    }

    /// Nothing more comes.
    pub fn finish(self) -> Ended {
        let Self { place, too_long, lists, strange, .. } = self;
        Ended { whole: place == Place::Outside, too_long, lists, strange }
    }

    fn byte(&mut self, byte: u8, record: &mut impl FnMut(&[u8])) {
        if self.place == Place::Within && !self.skipping {
            if self.record.len() == LONGEST {
                self.skipping = true;
                self.too_long += 1;
                self.record.clear();
            } else {
                self.record.push(byte);
            }
        }
        if self.in_text {
            match (self.escaped, byte) {
                (true, _) => self.escaped = false,
                (false, b'\\') => self.escaped = true,
                (false, b'"') => self.in_text = false,
                (false, _) => {}
            }
            if self.place == Place::Before && self.depth == 1 && self.in_text {
                self.name.push(byte);
                self.name.truncate(64);
            }
            return;
        }
        match byte {
            b'"' => {
                self.in_text = true;
                self.strange |= self.place == Place::Outside;
                if self.place == Place::Before && self.depth == 1 {
                    self.name.clear();
                }
            }
            b'{' | b'[' => self.open(byte),
            b'}' | b']' => self.close(record),
            b' ' | b'\t' | b'\r' | b'\n' => {}
            // A byte order mark.
            0xEF | 0xBB | 0xBF if self.place == Place::Outside => {}
            _ => self.strange |= self.place == Place::Outside,
        }
    }

    fn open(&mut self, byte: u8) {
        self.depth += 1;
        match (self.place, byte) {
            (Place::Outside, b'{') => self.place = Place::Before,
            (Place::Outside, _) => self.strange = true,
            (Place::Before, b'[') if self.depth == 2 && self.name == b"Records" => {
                self.place = Place::Between;
                self.lists += 1;
            }
            (Place::Between, _) => {
                self.place = Place::Within;
                self.skipping = false;
                self.record.clear();
                self.record.push(byte);
            }
            _ => {}
        }
    }

    fn close(&mut self, record: &mut impl FnMut(&[u8])) {
        self.depth = self.depth.saturating_sub(1);
        match (self.place, self.depth) {
            (Place::Within, 2) => {
                self.place = Place::Between;
                if !self.skipping {
                    record(&self.record);
                }
            }
            (Place::Between, _) => self.place = Place::After,
            (Place::Before, 0) => {
                self.place = Place::Outside;
                self.strange = true;
            }
            (Place::After, 0) => self.place = Place::Outside,
            _ => {}
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop")]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn split(text: &str, piece: usize) -> (Vec<String>, Ended) {
        let mut splitter = Splitter::default();
        let mut records = Vec::new();
        for piece in text.as_bytes().chunks(piece) {
            splitter
                .push(piece, |record| records.push(String::from_utf8(record.to_vec()).unwrap()));
        }
        (records, splitter.finish())
    }

    #[test]
    fn records_end_where_they_end() {
        let text = r#" {"a":{"Records":[1]},"Records" : [ {"x":"}]{\"Records\":[{"} , {"y":[{}]},{"z":"\\"}],"b":"["}
            {"Records":[]} "#;
        let (records, ended) = split(text, 7);
        assert_eq!(records, [r#"{"x":"}]{\"Records\":[{"}"#, r#"{"y":[{}]}"#, r#"{"z":"\\"}"#]);
        assert_eq!(ended, Ended { whole: true, too_long: 0, lists: 2, strange: false });
    }

    #[test]
    fn what_stands_before_a_break_is_given() {
        let (records, ended) = split(r#"{"Records":[{"a":1},{"b":2"#, 3);
        assert_eq!(records, [r#"{"a":1}"#]);
        assert!(!ended.whole);
    }

    #[test]
    fn a_record_that_is_too_long_costs_itself() {
        let long = "x".repeat(LONGEST);
        let text = format!(r#"{{"Records":[{{"a":"{long}"}},{{"b":2}}]}}"#);
        let (records, ended) = split(&text, 1 << 16);
        assert_eq!(records, [r#"{"b":2}"#]);
        assert_eq!((ended.too_long, ended.whole), (1, true));
    }

    #[test]
    fn depth_costs_nothing() {
        let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
        let (records, _) = split(&format!(r#"{{"Records":[{{"a":{deep}}},{{"b":2}}]}}"#), 4096);
        assert_eq!(records.len(), 2);
    }

    #[test]
    fn what_is_no_log_is_told() {
        for text in ["[]", "{}", r#"{"records":[{}]}"#, "hello", r#"{"eventName":"x"}"#, "\"x\""] {
            let (records, ended) = split(text, 5);
            assert!(records.is_empty() && ended.strange, "{text}");
        }
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<i32>().prop_map(Value::from),
            "[\"\\\\{}\\[\\]:,a-z/\u{e9}]{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[\"{}a-cR]{0,7}", inner, 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        /// Against a parser, with records of any content, in pieces of any length.
        #[test]
        fn it_agrees_with_a_parser(
            records in prop::collection::vec(prop::collection::btree_map("[a-z\"]{1,6}", values(), 0..4), 0..6),
            before in values(), after in values(), piece in 1..50_usize, pretty in any::<bool>(),
        ) {
            let log = json!({"before": before, "Records": records, "after": after});
            let text = if pretty { serde_json::to_string_pretty(&log) } else { serde_json::to_string(&log) }.unwrap();
            let (split, ended) = split(&text, piece);
            let split: Vec<Value> = split.iter().map(|record| serde_json::from_str(record).unwrap()).collect();
            prop_assert_eq!(Value::from(split), serde_json::to_value(&records).unwrap());
            prop_assert!(ended.whole && !ended.strange && ended.lists == 1);
        }
    }
}
