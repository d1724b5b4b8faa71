//! Words in bytes that have not been parsed.

use aho_corasick::{AhoCorasick, packed};

use crate::source::is_of_word;

/// Beyond so many, or where one is shorter than so much, the fast searcher is of no use.
const MOST_PACKED: usize = 48;

/// Words to find. Each has to stand by itself: an escape, a quote, or anything else that can be no
/// part of a word, on either side.
pub struct Words {
    all: Vec<Vec<u8>>,
    searcher: Option<Searcher>,
}

enum Searcher {
    /// Compares many bytes at once.
    Packed(packed::Searcher),
    Automaton(AhoCorasick),
}

impl Words {
    /// Prepares to find words; none is empty.
    pub fn new(words: impl IntoIterator<Item = String>) -> Self {
        let mut all: Vec<Vec<u8>> = words.into_iter().map(String::into_bytes).collect();
        all.sort();
        all.dedup();
        let packed = (all.len() <= MOST_PACKED)
            .then(|| packed::Searcher::new(&all))
            .flatten()
            .map(Searcher::Packed);
        // Words are far fewer than would make an automaton too large.
        let searcher = packed.or_else(|| AhoCorasick::new(&all).ok().map(Searcher::Automaton));
        Self { searcher: searcher.filter(|_| !all.is_empty()), all }
    }

    /// Where words stand, from left to right: gives `met` the place of the first byte, and the word.
    pub fn each<'t>(&self, bytes: &'t [u8], mut met: impl FnMut(usize, &'t [u8])) {
        let mut at = 0;
        while let Some(start) = self.next(bytes, at) {
            if let Some(word) = self.stands_at(bytes, start) {
                met(start, word);
            }
            at = start + 1;
        }
    }

    /// The next place where the letters of a word stand, alone or not.
    fn next(&self, bytes: &[u8], at: usize) -> Option<usize> {
        let span = aho_corasick::Span { start: at, end: bytes.len() };
        let found = match self.searcher.as_ref()? {
            Searcher::Packed(searcher) => searcher.find_in(bytes, span)?,
            Searcher::Automaton(automaton) => {
                automaton.find(aho_corasick::Input::new(bytes).span(span))?
            }
        };
        Some(found.start())
    }

    /// The word that stands there by itself.
    fn stands_at<'t>(&self, bytes: &'t [u8], start: usize) -> Option<&'t [u8]> {
        let rest = bytes.get(start..).unwrap_or_default();
        let run = rest.split(|byte| !is_of_word(*byte)).next().unwrap_or_default();
        let known = self.all.binary_search_by(|word| word.as_slice().cmp(run)).is_ok();
        (known && begins_at(bytes, start)).then_some(run)
    }
}

/// Whether no word that began before goes on here.
fn begins_at(bytes: &[u8], start: usize) -> bool {
    let before = bytes.get(..start).unwrap_or_default();
    match before {
        [.., b'\\', b'b' | b'f' | b'n' | b'r' | b't'] => true,
        [.., b'\\', b'u', a, b, c, d] => [a, b, c, d].iter().all(|digit| digit.is_ascii_hexdigit()),
        [.., last] => !is_of_word(*last),
        [] => true,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(words: &[&str], text: &str) -> Vec<usize> {
        let mut found = Vec::new();
        Words::new(words.iter().map(|&word| word.to_owned()))
            .each(text.as_bytes(), |at, _| found.push(at));
        found
    }

    #[test]
    fn a_word_stands_by_itself() {
        for text in [
            "order-export",
            "\"order-export\"",
            "function:order-export:live",
            "x\\norder-export\\n",
            "\\u000aorder-export\\u0022",
            "role/order-export/x",
        ] {
            assert_eq!(found(&["order-export"], text).len(), 1, "{text}");
        }
        for text in ["order-export-2", "my-order-export", "order-exports", "xorder-export_", ""] {
            assert!(found(&["order-export"], text).is_empty(), "{text}");
        }
    }

    #[test]
    fn one_word_hides_no_other() {
        assert_eq!(found(&["order", "order-export"], "order-export"), [0]);
        assert_eq!(found(&["order-export", "export"], "order-export,export"), [0, 13]);
        assert_eq!(found(&["aa", "a"], "aaa a aa"), [4, 6]);
    }

    proptest! {
        /// As many words as it takes for either searcher, against going through every place.
        #[test]
        fn every_word_is_found(
            words in prop::collection::btree_set("[ab-]{1,4}", 1..80),
            text in "[ab:\\\\nu0-]{0,60}",
        ) {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let bytes = text.as_bytes();
            let ends = |at: usize| bytes.get(at).is_none_or(|next| !is_of_word(*next));
            let slow: Vec<usize> = (0..bytes.len())
                .filter(|at| words.iter().any(|word| {
                    bytes.get(*at..).unwrap().starts_with(word.as_bytes())
                        && ends(at + word.len())
                        && begins_at(bytes, *at)
                }))
                .collect();
            prop_assert_eq!(found(&words, &text), slow);
        }
    }
}
