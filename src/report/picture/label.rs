//! How wide a text is on the page, and what to do when it is too wide.
//!
//! The picture's font is monospaced, so that the width of a text is known where the picture is
//! made: a character is one cell, a wide one two, and one that the page shows by its number is as
//! wide as that.

use unicode_width::UnicodeWidthChar;

use super::super::hidden::{is_hidden, told_apart};

/// The width of a text in cells, as the page shows it.
pub fn cells(text: &str) -> usize {
    let mut width = Width::default();
    told_apart(text).into_iter().map(|letter| width.of(letter)).sum()
}

/// Cells of one character after another.
#[derive(Default)]
struct Width {
    marks: usize,
}

impl Width {
    /// The cells of the next character.
    ///
    /// A mark above or below a letter takes no cell. A second one counts, and a third is wider
    /// than any line: a tower of marks would reach into other lines.
    fn of(&mut self, (character, apart): (char, bool)) -> usize {
        if apart || is_hidden(character) || character == '‹' {
            self.marks = 0;
            // ‹U+202E›
            let code = u32::from(character);
            return 4 + if code > 0xF_FFFF {
                6
            } else if code > 0xFFFF {
                5
            } else {
                4
            };
        }
        match character.width() {
            Some(0) | None => {
                self.marks += 1;
                match self.marks {
                    1 => 0,
                    2 => 1,
                    _ => 1000,
                }
            }
            Some(cells) => {
                self.marks = 0;
                cells
            }
        }
    }
}

/// What the beginning of a text costs by `cost` until `limit` is passed: its end in bytes.
fn fitting(text: &str, limit: usize, mut cost: impl FnMut((char, bool)) -> usize) -> usize {
    let mut used = 0;
    for ((at, _), letter) in text.char_indices().zip(told_apart(text)) {
        used += cost(letter);
        if used > limit {
            return at;
        }
    }
    text.len()
}

/// The text, or its beginning and `…`, in no more than `limit` cells.
pub fn clip(text: &str, limit: usize) -> String {
    if cells(text) <= limit {
        return text.to_owned();
    }
    let mut width = Width::default();
    let end = fitting(text, limit.saturating_sub(1), |letter| width.of(letter));
    format!("{}…", text.get(..end).unwrap_or_default())
}

/// The text in no more than `lines` lines of no more than `limit` cells, broken where words end if
/// possible; what is left over ends in `…`.
pub fn wrap(text: &str, limit: usize, lines: usize) -> Vec<String> {
    let mut rest = text;
    let mut out = Vec::new();
    while out.len() + 1 < lines && cells(rest) > limit {
        let mut width = Width::default();
        let most = fitting(rest, limit, |letter| width.of(letter));
        let least = rest.floor_char_boundary(most / 3);
        let end = breaks(rest).take_while(|at| *at <= most).filter(|at| *at > least).last();
        let end = end.unwrap_or(most);
        if end == 0 {
            break;
        }
        let (line, after) = rest.split_at(end);
        out.push(line.trim_end_matches(' ').to_owned());
        rest = after.trim_start_matches(' ');
    }
    out.push(clip(rest, limit));
    out
}

/// Where a name may be broken: after a separator, and before a capital letter that follows a
/// small one.
fn breaks(text: &str) -> impl Iterator<Item = usize> {
    text.char_indices().zip(text.chars().skip(1)).filter_map(|((at, before), after)| {
        let apart = matches!(before, ' ' | '/' | ':' | '-' | '_' | '@' | ',' | '.' | '=')
            || (before.is_lowercase() && after.is_uppercase());
        apart.then_some(at + before.len_utf8())
    })
}

/// A name of an API without the version that Lambda's calls carry: `UpdateFunctionCode20150331v2`.
pub fn plain_name(name: &str) -> &str {
    let stem = name.rsplit_once('v').map_or(name, |(stem, number)| {
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        if is_number && stem.ends_with(|c: char| c.is_ascii_digit()) { stem } else { name }
    });
    let bare = stem.trim_end_matches(|c: char| c.is_ascii_digit());
    if stem.len() == bare.len() + 8 && !bare.is_empty() { bare } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn cells_are_those_of_what_is_shown() {
        for (text, wide) in [
            ("AKIAQ2NEWKEY4EXAMPLE", 20),
            ("漢字", 4),
            ("e\u{301}", 1),
            ("a\u{202E}b", 10),
            ("\u{E0041}", 9),
            ("\u{10FFFF}", 10),
            ("‹", 8),
            ("ｶﾅ", 2),
            ("o\u{301}\u{302}\u{303}", 10),
        ] {
            assert_eq!(cells(text), wide, "{text:?}");
        }
    }

    #[test]
    fn names_break_where_their_words_end() {
        assert_eq!(wrap("UpdateFunctionCode", 20, 2), ["UpdateFunctionCode"]);
        assert_eq!(wrap("UpdateFunctionConfiguration", 20, 2), ["UpdateFunction", "Configuration"]);
        assert_eq!(
            wrap("CryptoCurrency:Lambda/BitcoinTool.B", 20, 3),
            ["CryptoCurrency:", "Lambda/BitcoinTool.B"]
        );
        assert_eq!(wrap(&"x".repeat(50), 20, 2), ["x".repeat(20), format!("{}…", "x".repeat(19))]);
    }

    #[test]
    fn versions_of_an_api_are_no_part_of_its_name() {
        assert_eq!(plain_name("UpdateFunctionCode20150331v2"), "UpdateFunctionCode");
        assert_eq!(plain_name("ListFunctions20150331"), "ListFunctions");
        assert_eq!(plain_name("AttachRolePolicy"), "AttachRolePolicy");
        assert_eq!(plain_name("20150331"), "20150331");
        assert_eq!(plain_name("Ev2"), "Ev2");
    }

    proptest! {
        #[test]
        fn no_line_is_wider_than_its_limit(
            text in "\\PC{0,60}|[\\x00-\\u{FF}\\u{202E}\\u{E0041}‹漢\\u{301}]{0,60}",
            limit in 12..40_usize,
            lines in 1..4_usize,
        ) {
            prop_assert!(cells(&clip(&text, limit)) <= limit);
            let wrapped = wrap(&text, limit, lines);
            prop_assert!(!wrapped.is_empty() && wrapped.len() <= lines);
            for line in wrapped {
                prop_assert!(cells(&line) <= limit, "{line:?}");
            }
        }
    }
}
