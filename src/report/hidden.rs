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

/// No language writes more marks than this onto one letter; what follows would only cover the lines
/// above and below.
const MARKS_ON_ONE: usize = 2;

/// Each character of a text, and whether it has to be told from what it looks like: letters of
/// another alphabet within a word of Latin ones, and marks that pile up on one letter.
pub fn told_apart(text: &str) -> Vec<(char, bool)> {
    let mut characters: Vec<(char, bool)> = text.chars().map(|c| (c, false)).collect();
    if text.is_ascii() {
        return characters;
    }
    let mut marks = 0;
    for (character, apart) in &mut characters {
        marks = if is_combining(*character) { marks + 1 } else { 0 };
        *apart = marks > MARKS_ON_ONE || encloses(*character);
    }
    let in_word = |(c, _): &(char, bool)| c.is_alphanumeric() || is_combining(*c);
    for word in characters.chunk_by_mut(|one, next| in_word(one) && in_word(next)) {
        if word.iter().any(|(c, _)| c.is_ascii_alphabetic()) {
            for (character, apart) in word {
                *apart |= looks_latin(*character);
            }
        }
    }
    characters
}

/// Whether a mark is drawn around the letter, and over its neighbours.
fn encloses(character: char) -> bool {
    matches!(character, '\u{488}' | '\u{489}' | '\u{1ABE}' | '\u{20DD}'..='\u{20E4}' | '\u{A670}'..='\u{A672}')
}

/// Whether a letter belongs to an alphabet that shares shapes with the Latin one: Greek, Cyrillic,
/// Armenian, Georgian, Cherokee, Lisu, and the Latin letters that Unicode has a second time.
fn looks_latin(character: char) -> bool {
    matches!(character,
        '\u{370}'..='\u{58F}' | '\u{10A0}'..='\u{10FF}' | '\u{13A0}'..='\u{13FF}'
        | '\u{1C80}'..='\u{1C8F}' | '\u{1F00}'..='\u{1FFF}' | '\u{2100}'..='\u{218F}'
        | '\u{24B6}'..='\u{24E9}' | '\u{2C80}'..='\u{2CFF}' | '\u{A4D0}'..='\u{A4FF}'
        | '\u{A640}'..='\u{A69F}' | '\u{AB70}'..='\u{ABBF}' | '\u{FF10}'..='\u{FF5A}'
        | '\u{1D400}'..='\u{1D7FF}' | '\u{1F130}'..='\u{1F189}')
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
    fn letters_of_other_alphabets_are_told_apart_only_within_latin_words() {
        let apart = |text: &str| -> String {
            told_apart(text).into_iter().filter_map(|(c, apart)| apart.then_some(c)).collect()
        };
        assert_eq!(apart("r\u{430}ypal-пример ΑΒΓ 漢字abc x\u{FF41}"), "\u{430}\u{FF41}");
        assert_eq!(apart("order-export 5 µs café naïve Ω"), "");
        assert_eq!(apart(&format!("e{}", "\u{301}".repeat(6))).chars().count(), 4);
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
