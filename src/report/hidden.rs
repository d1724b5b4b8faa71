//! Characters that a reader does not see, or that change what he sees.

use unicode_width::UnicodeWidthChar as _;

/// Whether a character is invisible, moves others, or has no shape of its own: everything that
/// could make a text look like another.
///
/// These are the general categories Cc, Cf, Zl, Zp and Co, the noncharacters, and the characters
/// that Unicode 16 calls default-ignorable or that are drawn blank although they are letters.
/// Line feed and tab count too: whoever shows preformatted text lets them through.
pub fn is_hidden(character: char) -> bool {
    character.is_control() || is_noncharacter(character) || in_table(character)
}

/// Whether a character is drawn onto the one before it. Many in a row pile up over the lines around
/// them.
pub fn is_combining(character: char) -> bool {
    character.width() == Some(0) && !is_hidden(character)
}

/// The last two code points of every plane, and U+FDD0 to U+FDEF.
fn is_noncharacter(character: char) -> bool {
    let code = u32::from(character);
    code & 0xFFFE == 0xFFFE || (0xFDD0..=0xFDEF).contains(&code)
}

fn in_table(character: char) -> bool {
    HIDDEN
        .binary_search_by(|&(first, last)| {
            if last < character {
                std::cmp::Ordering::Less
            } else if first > character {
                std::cmp::Ordering::Greater
            } else {
                std::cmp::Ordering::Equal
            }
        })
        .is_ok()
}

/// First and last of each range, ascending.
const HIDDEN: &[(char, char)] = &[
    ('\u{AD}', '\u{AD}'),         // soft hyphen
    ('\u{34F}', '\u{34F}'),       // combining grapheme joiner
    ('\u{600}', '\u{605}'),       // Arabic number signs
    ('\u{61C}', '\u{61C}'),       // Arabic letter mark
    ('\u{6DD}', '\u{6DD}'),       // Arabic end of ayah
    ('\u{70F}', '\u{70F}'),       // Syriac abbreviation mark
    ('\u{890}', '\u{891}'),       // Arabic currency marks
    ('\u{8E2}', '\u{8E2}'),       // Arabic disputed end of ayah
    ('\u{115F}', '\u{1160}'),     // Hangul fillers
    ('\u{17B4}', '\u{17B5}'),     // Khmer inherent vowels
    ('\u{180B}', '\u{180F}'),     // Mongolian variation selectors and vowel separator
    ('\u{200B}', '\u{200F}'),     // zero-width space and joiners, direction marks
    ('\u{2028}', '\u{202E}'),     // line and paragraph separators, embeddings and overrides
    ('\u{2060}', '\u{206F}'),     // word joiner, invisible operators, isolates
    ('\u{2800}', '\u{2800}'),     // blank Braille pattern
    ('\u{3164}', '\u{3164}'),     // Hangul filler
    ('\u{E000}', '\u{F8FF}'),     // private use
    ('\u{FE00}', '\u{FE0F}'),     // variation selectors
    ('\u{FEFF}', '\u{FEFF}'),     // byte order mark
    ('\u{FFA0}', '\u{FFA0}'),     // half-width Hangul filler
    ('\u{FFF0}', '\u{FFFC}'),     // unassigned ignorables, annotations, object replacement
    ('\u{110BD}', '\u{110BD}'),   // Kaithi number sign
    ('\u{110CD}', '\u{110CD}'),   // Kaithi number sign above
    ('\u{13430}', '\u{1343F}'),   // hieroglyph format controls
    ('\u{1BCA0}', '\u{1BCA3}'),   // shorthand format controls
    ('\u{1D159}', '\u{1D159}'),   // musical null note head
    ('\u{1D173}', '\u{1D17A}'),   // musical format controls
    ('\u{E0000}', '\u{E0FFF}'),   // tags, more variation selectors
    ('\u{F0000}', '\u{FFFFD}'),   // private use
    ('\u{100000}', '\u{10FFFD}'), // private use
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_ascends() {
        assert!(HIDDEN.windows(2).all(|pair| match pair {
            [(first, last), (next, _)] => first <= last && last < next,
            _ => false,
        }));
    }

    #[test]
    fn tricks_are_known_and_ordinary_text_is_left_alone() {
        for trick in [
            '\0',
            '\n',
            '\t',
            '\r',
            '\u{1B}',
            '\u{7F}',
            '\u{9B}',
            '\u{AD}',
            '\u{200B}',
            '\u{200D}',
            '\u{2028}',
            '\u{202E}',
            '\u{2066}',
            '\u{2800}',
            '\u{3164}',
            '\u{E000}',
            '\u{FE0F}',
            '\u{FEFF}',
            '\u{FFFE}',
            '\u{E0041}',
            '\u{10FFFF}',
        ] {
            assert!(is_hidden(trick), "U+{:04X}", u32::from(trick));
        }
        let ordinary = "Az09 ~ é ß я 漢字 かな 한글 עברית العربية हिन्दी ไทย e\u{301} — “” ‹› \u{A0}\u{3000} 🦀\u{FFFD}";
        for character in ordinary.chars() {
            assert!(!is_hidden(character), "U+{:04X}", u32::from(character));
        }
    }
}
