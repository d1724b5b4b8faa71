//! Foreign text in the body of a ticket.
//!
//! Whoever pastes a ticket's body does not know which language it will be read as. GitHub and Jira
//! Cloud read Markdown, Jira Data Center its own wiki text, ServiceNow shows the text and makes links
//! of what looks like one, and each of them tells people whose names it finds.

use super::hidden::is_hidden;
use super::links::broken;
use super::shown::push_number;

/// A text as a code span, in which Markdown looks for nothing, and that is harmless where code
/// spans are not known.
///
/// * Hidden characters are marked, and so is what means something within a span or to wiki text:
///   backticks, backslashes, angle brackets, braces, opening brackets, exclamation marks, entities,
///   emoticons, characters that begin an emphasis, and blanks other than the ordinary one. A span
///   of ours therefore needs no longer fence than one backtick.
/// * What would become a link or call somebody is defanged: [`broken`] links, and `@`.
/// * The dash of what looks like an issue's key (`OPS-12`) is marked.
/// * Marks above and below letters are marked themselves from the third on.
/// * Letters that are written from right to left are marked, because they turn what stands beside
///   them and no mark of their own could be used against that here.
///
/// A `‹` of the text's own is marked, so that every mark is ours.
pub fn span(text: &str) -> String {
    if text.is_empty() {
        return "(empty)".to_owned();
    }
    format!("`{}`", harmless(text))
}

/// The text between the backticks of a [`span`].
pub fn harmless(text: &str) -> String {
    let all: Vec<char> = broken(text).chars().collect();
    let mut out = String::with_capacity(text.len() + 16);
    let mut at = 0;
    while let Some(&character) = all.get(at) {
        // What was marked is no letter any more.
        let place = Place { all: &all, at, word: !out.ends_with(char::is_alphanumeric) };
        if character == '[' && place.is_bracketed() {
            out.extend(all.get(at..at + 3).unwrap_or_default());
            at += 3;
            continue;
        }
        if character == '@' {
            out.push_str("[@]");
        } else if place.is_marked(character) {
            out.push('‹');
            push_number(&mut out, character);
            out.push('›');
        } else {
            out.push(character);
        }
        at += 1;
    }
    out
}

/// A place in a text.
struct Place<'a> {
    all: &'a [char],
    at: usize,
    /// Whether a word could begin here.
    word: bool,
}

/// What wiki text draws as small pictures.
const SIGNS: [&str; 18] = [
    "(!)",
    "(+)",
    "(-)",
    "(?)",
    "(/)",
    "(*)",
    "(*r)",
    "(*g)",
    "(*b)",
    "(*y)",
    "(x)",
    "(y)",
    "(n)",
    "(i)",
    "(on)",
    "(off)",
    "(flag)",
    "(flagoff)",
];

impl Place<'_> {
    fn is_marked(&self, character: char) -> bool {
        match character {
            '‹' | '`' | '\\' | '<' | '{' | '[' | '!' => true,
            '&' => self.is_entity(),
            '-' if self.is_in_key() => true,
            '*' | '_' | '+' | '-' | '^' | '~' => {
                self.word && self.next(1).is_some_and(|c| c != ' ')
            }
            '?' => self.next(1) == Some('?'),
            '(' => SIGNS.iter().any(|sign| self.starts(sign)),
            ':' | ';' => self.is_smile(),
            ' ' => self.at == 0 || self.at + 1 == self.all.len(),
            other => {
                other.is_whitespace()
                    || is_hidden(other)
                    || is_right_to_left(other)
                    || is_stacked(other) && self.is_high()
            }
        }
    }

    fn next(&self, distance: usize) -> Option<char> {
        self.all.get(self.at + distance).copied()
    }

    /// Whether these words begin here, in capitals or not.
    fn starts(&self, words: &str) -> bool {
        words.chars().enumerate().all(|(distance, expected)| {
            self.next(distance).is_some_and(|c| c.eq_ignore_ascii_case(&expected))
        })
    }

    /// Whether a dot, colon or at sign is taken in brackets here already.
    fn is_bracketed(&self) -> bool {
        matches!(self.next(1), Some('.' | ':' | '@')) && self.next(2) == Some(']')
    }

    /// Whether the dash here stands in what looks like an issue's key.
    fn is_in_key(&self) -> bool {
        let before = self.all.get(..self.at).unwrap_or_default();
        let key = |c: &&char| c.is_ascii_uppercase() || c.is_ascii_digit() || **c == '_';
        let length = before.iter().rev().take_while(key).count();
        let project = before.get(self.at - length..).unwrap_or_default();
        length > 1
            && project.iter().any(char::is_ascii_uppercase)
            && !(project == ['S', 'H', 'A'] && self.starts("-256"))
            && self.next(1).is_some_and(|next| next.is_ascii_digit())
    }

    /// Whether the name or the number of a character begins here.
    fn is_entity(&self) -> bool {
        let name = self.all.get(self.at + 1..).unwrap_or_default();
        let length = name.iter().take(40).take_while(|c| c.is_ascii_alphanumeric()).count();
        name.first() == Some(&'#') || length > 0 && name.get(length) == Some(&';')
    }

    /// Whether a letter bears two marks already: a heap of them covers the lines around it.
    fn is_high(&self) -> bool {
        let below = self.at.checked_sub(2).and_then(|at| self.all.get(at..self.at));
        below.is_some_and(|below| below.iter().all(|c| is_stacked(*c)))
    }

    /// Whether a smile begins here.
    fn is_smile(&self) -> bool {
        let mouth = if self.next(1) == Some('-') { 2 } else { 1 };
        match self.next(mouth) {
            Some(')' | '(') => true,
            Some('D' | 'P' | 'p') => {
                self.word && !self.next(mouth + 1).is_some_and(char::is_alphanumeric)
            }
            _ => false,
        }
    }
}

/// Marks that stand above or below a letter.
fn is_stacked(character: char) -> bool {
    matches!(
        character,
        '\u{300}'..='\u{36F}'
            | '\u{483}'..='\u{489}'
            | '\u{E31}'
            | '\u{E34}'..='\u{E3A}'
            | '\u{E47}'..='\u{E4E}'
            | '\u{1AB0}'..='\u{1AFF}'
            | '\u{1DC0}'..='\u{1DFF}'
            | '\u{20D0}'..='\u{20FF}'
            | '\u{3099}'..='\u{309A}'
            | '\u{FE20}'..='\u{FE2F}'
    )
}

/// Hebrew, Arabic and their kin.
fn is_right_to_left(character: char) -> bool {
    matches!(
        character,
        '\u{590}'..='\u{8FF}'
            | '\u{FB1D}'..='\u{FDFF}'
            | '\u{FE70}'..='\u{FEFF}'
            | '\u{10800}'..='\u{10FFF}'
            | '\u{1E800}'..='\u{1EFFF}'
    )
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop")]
mod tests {
    use proptest::prelude::*;

    use super::super::shown::tests::{any_text, unmark};
    use super::*;

    fn any_trick() -> impl Strategy<Value = String> {
        let trick = prop::sample::select(vec![
            "@", "[@]", "[", "]", "{", "}", "://", "http", "s3", "www.", "WwW.", "mailto:", "`",
            "\\", "!", "*", "_", "-", "--", "^", "~", "??", "(x)", ":)", ":D", "OPS-1", "GH-", "1",
            "&", "#8238;", "amp;", "<", "|", " ", "\u{A0}", "א", "ء", "‹", "a", "\n", "\u{202E}",
        ]);
        let piece = prop_oneof![4 => trick.prop_map(str::to_owned), 1 => any_text()];
        prop::collection::vec(piece, 0..10).prop_map(|all| all.concat())
    }

    fn refang(text: &str) -> String {
        text.replace("[.]", ".").replace("[:]", ":").replace("[@]", "@")
    }

    #[test]
    fn ordinary_sentences_are_as_they_were() {
        for text in [
            "User ci-deployer replaced the code of the function with s3://order-artifacts-example/order-export/build-1187.zip (version x8vQ1Zr0mT3pWc9LkD5sHb2NfYjE7uAg) from 192[.]0[.]2[.]40 (user agent: AWS CLI) at 2026-11-20 02:11:47Z.",
            "order-export contacted 198[.]51[.]100[.]83:8333; it names the threat list Amazon.",
            "arn:aws:iam::111122223333:role/service-role/order-export-role, $LATEST, 2001[:]db8::7",
            "code went from Itg7tffg… to 4jjm5aDS… (strong), UTF-8, SHA-256, T-a33dcf43",
        ] {
            let expected = text.replace("UTF-8", "UTF‹U+002D›8");
            assert_eq!(harmless(text), expected);
        }
    }

    #[test]
    fn tricks_are_marked_or_defanged() {
        for (text, written) in [
            ("maria@example.com", "maria[@]example.com"),
            ("https://evil.example/x", "https[:]//evil[.]example/x"),
            ("אwww.evil.example", "‹U+05D0›www[.]evil.example"),
            ("א*b* א_x_", "‹U+05D0›‹U+002A›b* ‹U+05D0›‹U+005F›x_"),
            ("e\u{301}\u{302}\u{303}\u{304}", "e\u{301}\u{302}‹U+0303›‹U+0304›"),
            ("[~admin]", "‹U+005B›‹U+007E›admin]"),
            ("{code}", "‹U+007B›code}"),
            ("!x.png!", "‹U+0021›x.png‹U+0021›"),
            ("OPS-12 gh-1 GH-1", "OPS‹U+002D›12 gh-1 GH‹U+002D›1"),
            ("a `b` \\c", "a ‹U+0060›b‹U+0060› ‹U+005C›c"),
            ("&#8238; &lt; C&C;", "‹U+0026›#8238; ‹U+0026›lt; C‹U+0026›C;"),
            ("Backdoor:Lambda/C&CActivity.B", "Backdoor:Lambda/C&CActivity.B"),
            ("-x- *y* my_name a-b", "‹U+002D›x- ‹U+002A›y* my_name a-b"),
            ("(x) :) :D arn:D", "‹U+0028›x) ‹U+003A›) ‹U+003A›D arn:D"),
            (" x ", "‹U+0020›x‹U+0020›"),
            ("\u{202E}a\nb", "‹U+202E›a‹U+000A›b"),
            ("א", "‹U+05D0›"),
        ] {
            assert_eq!(harmless(text), written, "{text:?}");
        }
        assert_eq!(span(""), "(empty)");
        assert_eq!(span("x"), "`x`");
    }

    proptest! {
        #[test]
        fn nothing_is_left_that_any_ticket_reads(text in any_trick()) {
            let safe = harmless(&text);
            prop_assert!(!safe.chars().any(|c| is_hidden(c) || is_right_to_left(c)), "{}", safe);
            prop_assert!(!safe.contains(['`', '\\', '<', '{', '!']), "{}", safe);
            // What stood before a defanged sign and after it does not touch.
            let bare = safe.replace("[.]", "·").replace("[:]", "·").replace("[@]", "·");
            let bare = refang(&bare);
            prop_assert!(!bare.contains(['[', '@']), "{}", safe);
            prop_assert!(!bare.replace("s3://", "").contains("://"), "{}", safe);
            let lower = safe.to_lowercase();
            prop_assert!(!lower.starts_with("www.") && !lower.contains(" www."), "{}", safe);
            prop_assert!(!lower.contains("mailto:") && !lower.contains("http://"), "{}", safe);
            prop_assert!(!safe.starts_with(' ') && !safe.ends_with(' '), "{}", safe);
        }

        #[test]
        fn it_reads_back_but_for_what_is_defanged(text in any_trick()) {
            prop_assert_eq!(refang(&unmark(&harmless(&text)).unwrap()), refang(&text));
        }
    }
}
