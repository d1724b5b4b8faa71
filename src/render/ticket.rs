//! Foreign text in the body of a ticket.
//!
//! Whoever pastes a ticket's body does not know which language it will be read as. GitHub and Jira
//! Cloud read Markdown, Jira Data Center its own wiki text, ServiceNow shows the text and makes links
//! of what looks like one, and each of them tells people whose names it finds.

use super::hidden::is_hidden;
use super::shown::push_number;

/// A text as a code span, in which Markdown looks for nothing, and that is harmless where code
/// spans are not known.
///
/// * Hidden characters are marked, and so is what means something within a span or to wiki text:
///   backticks, backslashes, angle brackets, braces, opening brackets, exclamation marks, entities,
///   emoticons, characters that begin an emphasis, and blanks other than the ordinary one. A span
///   of ours therefore needs no longer fence than one backtick.
/// * What would become a link or call somebody is defanged: `@`, schemes, `www.`.
/// * The dash of what looks like an issue's key (`OPS-12`) is marked.
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
    let all: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len() + 16);
    let mut at = 0;
    // Whether what stands here is the host of an address, whose dots are taken in brackets.
    let mut host = false;
    while let Some(&character) = all.get(at) {
        // What was marked is no letter any more.
        let word = !out.ends_with(char::is_alphanumeric);
        let place = Place { all: &all, at, word };
        if character == ':' && place.is_scheme() {
            out.push_str("[:]//");
            at += 3;
            host = true;
            continue;
        }
        if character == '/' && place.starts("//") && place.previous() != Some(':') {
            out.push_str("//");
            at += 2;
            host = true;
            continue;
        }
        host &= !(character.is_whitespace() || "/?#\"',;()<>".contains(character));
        if host && character == '.' {
            out.push_str("[.]");
            at += 1;
            continue;
        }
        let (written, length) = match place.act(character) {
            Act::Keep(length) => (None, length),
            Act::Write(written, length) => (Some(written), length),
            Act::Mark => {
                out.push('‹');
                push_number(&mut out, character);
                out.push('›');
                at += 1;
                continue;
            }
        };
        match written {
            Some(written) => out.push_str(written),
            None => out.extend(all.get(at..at + length).unwrap_or_default()),
        }
        at += length;
    }
    out
}

/// What becomes of the characters at a place.
enum Act {
    /// So many stand as they are.
    Keep(usize),
    /// So many are written like this.
    Write(&'static str, usize),
    /// The next is marked.
    Mark,
}

/// A place in a text.
struct Place<'a> {
    all: &'a [char],
    at: usize,
    /// Whether a word could begin here.
    word: bool,
}

/// Schemes that make a link without two slashes.
const SCHEMES: [&str; 17] = [
    "mailto",
    "xmpp",
    "tel",
    "sms",
    "sip",
    "sips",
    "im",
    "callto",
    "skype",
    "facetime",
    "news",
    "geo",
    "magnet",
    "file",
    "javascript",
    "vbscript",
    "data",
];

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
    fn act(&self, character: char) -> Act {
        let word = self.word;
        match character {
            '[' if self.is_bracketed() => return Act::Keep(3),
            '@' => return Act::Write("[@]", 1),
            'w' | 'W' if word && self.starts("www.") => {
                return if character == 'w' && self.starts_exactly("www.") {
                    Act::Write("www[.]", 4)
                } else {
                    Act::Mark
                };
            }
            ':' if SCHEMES.iter().any(|scheme| self.ends(scheme)) => {
                return Act::Write("[:]", 1);
            }
            _ => {}
        }
        let marked = match character {
            '‹' | '`' | '\\' | '<' | '{' | '[' | '!' => true,
            '&' => self.is_entity(),
            '-' if self.is_in_key() => true,
            '*' | '_' | '+' | '-' | '^' | '~' => word && self.next(1).is_some_and(|c| c != ' '),
            '?' => self.next(1) == Some('?'),
            '(' => SIGNS.iter().any(|sign| self.starts(sign)),
            ':' | ';' => self.is_smile(),
            ' ' => self.at == 0 || self.at + 1 == self.all.len(),
            other => other.is_whitespace() || is_hidden(other) || is_right_to_left(other),
        };
        if marked { Act::Mark } else { Act::Keep(1) }
    }

    fn previous(&self) -> Option<char> {
        self.all.get(self.at.checked_sub(1)?).copied()
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

    fn starts_exactly(&self, words: &str) -> bool {
        words.chars().enumerate().all(|(distance, expected)| self.next(distance) == Some(expected))
    }

    /// Whether this word ends before here. `mailto` is one in the middle of another, too.
    fn ends(&self, word: &str) -> bool {
        let Some(start) = self.at.checked_sub(word.len()) else { return false };
        let before = Place { all: self.all, at: start, word: true };
        let bounded = !before.previous().is_some_and(char::is_alphanumeric);
        before.starts(word) && (bounded || word == "mailto")
    }

    /// Whether an address begins after here. Nothing opens one of S3.
    fn is_scheme(&self) -> bool {
        self.starts("://") && !self.ends("s3")
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
            && self.next(1).is_some_and(|next| next.is_ascii_digit())
    }

    /// Whether the name or the number of a character begins here.
    fn is_entity(&self) -> bool {
        let name = self.all.get(self.at + 1..).unwrap_or_default();
        let length = name.iter().take(40).take_while(|c| c.is_ascii_alphanumeric()).count();
        name.first() == Some(&'#') || length > 0 && name.get(length) == Some(&';')
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
            "code went from Itg7tffg… to 4jjm5aDS… (strong), UTF-8, T-a33dcf43",
        ] {
            let expected = text.replace("UTF-8", "UTF‹U+002D›8");
            assert_eq!(harmless(text), expected);
        }
    }

    #[test]
    fn tricks_are_marked_or_defanged() {
        for (text, written) in [
            ("maria@example.com", "maria[@]example.com"),
            ("see https://evil.example/x.y.", "see https[:]//evil[.]example/x.y."),
            ("hxxp://c2[.]evil.example", "hxxp[:]//c2[.]evil[.]example"),
            ("//evil.example/x.y", "//evil[.]example/x.y"),
            ("א*b* א_x_", "‹U+05D0›‹U+002A›b* ‹U+05D0›‹U+005F›x_"),
            ("xs3://y.z s3://y.z", "xs3[:]//y[.]z s3://y.z"),
            ("WWW.evil.example", "‹U+0057›WW.evil.example"),
            ("www.evil.example", "www[.]evil.example"),
            ("MailTo:x", "MailTo[:]x"),
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
            let bare = refang(&safe.replace("[.]", "").replace("[:]", "").replace("[@]", ""));
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
