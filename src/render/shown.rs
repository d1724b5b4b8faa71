//! The one way from a foreign text to a reader.
//!
//! Whoever chose a text may have put characters into it that hide, turn or end what follows. They
//! are shown by their number, so that what is seen is what is there, and different texts look
//! different.

use std::fmt::{self, Write as _};

use askama::filters::HtmlSafe;

use super::hidden::{is_hidden, told_apart};
use crate::report::Visible;

/// A text as HTML: `<mark>U+202E</mark>` stands for a hidden character, and nothing in it is
/// markup but that.
///
/// It is made from what is [`Visible`] alone, so that an address cannot miss its brackets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown(String);

impl Shown {
    /// A text in running HTML, where every hidden character is marked. What is longer than any
    /// honest value is cut, and the cut is marked.
    pub fn inline(text: &(impl Visible + ?Sized)) -> Self {
        Self::cut(&text.visible(), 2_000, is_hidden)
    }

    /// A text in `<pre>` and its like, where line feeds and tabs do their work. Quotes, of which
    /// JSON is full, stay as they are, so it may not stand in an attribute.
    pub fn preformatted(text: &(impl Visible + ?Sized)) -> Self {
        let marked = |c: char| is_hidden(c) && !matches!(c, '\n' | '\t');
        let Self(html) = Self::cut(&text.visible(), 10_000, marked);
        Self(html.replace("&quot;", "\"").replace("&#39;", "'"))
    }

    fn cut(text: &str, longest: usize, marked: impl Fn(char) -> bool) -> Self {
        let Some((at, _)) = text.char_indices().nth(longest) else {
            return Self(html(text, marked));
        };
        let (kept, rest) = text.split_at(at);
        let mut html = html(kept, marked);
        // Writing to a String does not fail.
        let _ = write!(html, "<mark>and {} characters more</mark>", rest.chars().count());
        Self(html)
    }

    /// A text in `<title>`, where no element can stand: as [`plain`], escaped.
    pub fn bare(text: &(impl Visible + ?Sized)) -> Self {
        Self(html(&plain(&text.visible()), |_| false))
    }

    /// One of casefile's own words, which nobody else chose.
    pub(super) fn own(text: &str) -> Self {
        Self(html(text, is_hidden))
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Shown {}

fn html(text: &str, marked: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for (character, apart) in told_apart(text) {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            hidden if apart || marked(hidden) => {
                out.push_str("<mark>");
                push_number(&mut out, hidden);
                out.push_str("</mark>");
            }
            other => out.push(other),
        }
    }
    out
}

/// A text for a terminal: `‹U+001B›` stands for a hidden character.
///
/// An opening `‹` of the text's own is written by its number too, so that nothing can be mistaken
/// for a mark. Line feeds and tabs are marked as well: a message is one line.
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (character, apart) in told_apart(text) {
        if apart || is_hidden(character) || character == '‹' {
            out.push('‹');
            push_number(&mut out, character);
            out.push('›');
        } else {
            out.push(character);
        }
    }
    out
}

pub(super) fn push_number(out: &mut String, character: char) {
    // Writing to a String does not fail.
    let _ = write!(out, "U+{:04X}", u32::from(character));
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop")]
pub(super) mod tests {
    use super::*;
    use crate::report::{Address, Text};
    use proptest::prelude::*;

    /// Any text, with as many tricks and as much markup as ordinary letters.
    pub fn any_text() -> impl Strategy<Value = String> {
        let trick = prop::sample::select(vec![
            '\0',
            '\n',
            '\t',
            '\r',
            '\u{1B}',
            '\u{9B}',
            '\u{200B}',
            '\u{202E}',
            '\u{2066}',
            '\u{FEFF}',
            '\u{E0041}',
            '<',
            '>',
            '&',
            '"',
            '\'',
            '‹',
            '›',
            'U',
            '+',
            '2',
            ';',
        ]);
        let character = prop_oneof![any::<char>(), trick];
        prop::collection::vec(character, 0..24).prop_map(|all| all.into_iter().collect())
    }

    /// Reads HTML of ours back; `None` when it holds anything that we never write, such as a bare
    /// quote in what may stand in an attribute.
    fn unescape(mut html: &str, quoted: bool) -> Option<String> {
        let mut text = String::new();
        while let Some(first) = html.chars().next() {
            if let Some(rest) = html.strip_prefix("<mark>U+") {
                let (number, rest) = rest.split_once("</mark>")?;
                text.push(u32::from_str_radix(number, 16).ok().and_then(char::from_u32)?);
                html = rest;
            } else if first == '&' {
                let (name, rest) = html.split_once(';')?;
                text.push(match name {
                    "&amp" => '&',
                    "&lt" => '<',
                    "&gt" => '>',
                    "&quot" => '"',
                    "&#39" => '\'',
                    _ => return None,
                });
                html = rest;
            } else if matches!(first, '<' | '>') || quoted && matches!(first, '"' | '\'') {
                return None;
            } else {
                text.push(first);
                html = html.strip_prefix(first)?;
            }
        }
        Some(text)
    }

    /// Reads a text back from its marks.
    pub fn unmark(mut plain: &str) -> Option<String> {
        let mut text = String::new();
        while let Some(first) = plain.chars().next() {
            if let Some(rest) = plain.strip_prefix("‹U+") {
                let (number, rest) = rest.split_once('›')?;
                text.push(u32::from_str_radix(number, 16).ok().and_then(char::from_u32)?);
                plain = rest;
            } else {
                text.push(first);
                plain = plain.strip_prefix(first)?;
            }
        }
        Some(text)
    }

    #[test]
    fn every_hidden_code_point_is_marked_wherever_it_stands() {
        for character in (0..=0x10FFFF).filter_map(char::from_u32).filter(|c| is_hidden(*c)) {
            let text = Text::new(format!("a{character}b"));
            let number = format!("U+{:04X}", u32::from(character));
            assert_eq!(Shown::inline(&text).to_string(), format!("a<mark>{number}</mark>b"));
            assert_eq!(Shown::bare(&text).to_string(), format!("a‹{number}›b"));
            assert_eq!(plain(text.raw()), format!("a‹{number}›b"));
            let kept = matches!(character, '\n' | '\t');
            assert_eq!(Shown::preformatted(&text).to_string().contains(character), kept);
        }
    }

    #[test]
    fn markup_and_terminal_commands_are_text() {
        let text = Text::from("<b onclick='x'>\u{1B}]8;;x\u{7}\u{202E}&amp;");
        assert_eq!(
            Shown::inline(&text).to_string(),
            "&lt;b onclick=&#39;x&#39;&gt;<mark>U+001B</mark>]8;;x<mark>U+0007</mark>\
             <mark>U+202E</mark>&amp;amp;"
        );
        assert_eq!(Shown::inline(&Address::new("198.51.100.7")).to_string(), "198[.]51[.]100[.]7");
        assert_eq!(plain("‹U+001B›"), "‹U+2039›U+001B›");
    }

    #[test]
    fn marks_that_pile_up_are_told_by_their_number() {
        let text = Text::new(format!("Z{}y\u{301}", "\u{301}".repeat(6)));
        let kept = "\u{301}".repeat(2);
        let marks = "<mark>U+0301</mark>".repeat(4);
        assert_eq!(Shown::inline(&text).to_string(), format!("Z{kept}{marks}y\u{301}"));
        assert_eq!(plain(text.raw()), format!("Z{kept}{}y\u{301}", "‹U+0301›".repeat(4)));
    }

    proptest! {
        #[test]
        fn html_holds_nothing_hidden_and_reads_back(text in any_text()) {
            let shown = Shown::inline(&Text::new(text.clone())).to_string();
            prop_assert!(!shown.chars().any(is_hidden));
            prop_assert_eq!(unescape(&shown, true).unwrap(), text.clone());
            let shown = Shown::preformatted(&Text::new(text.clone())).to_string();
            prop_assert!(!shown.chars().any(|c| is_hidden(c) && c != '\n' && c != '\t'));
            prop_assert_eq!(unescape(&shown, false).unwrap(), text);
        }

        #[test]
        fn titles_and_terminals_hold_nothing_hidden_and_read_back(text in any_text()) {
            let plain = plain(&text);
            prop_assert!(!plain.chars().any(is_hidden));
            prop_assert_eq!(unmark(&plain).unwrap(), text.clone());
            let bare = Shown::bare(&Text::new(text)).to_string();
            prop_assert!(!bare.contains('<'));
            prop_assert_eq!(unescape(&bare, true).unwrap(), plain);
        }
    }
}
