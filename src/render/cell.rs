//! Cells of a spreadsheet.

use super::shown::plain;

/// A cell as CSV writes it: in quotes, hidden characters marked, and nothing in it that a
/// spreadsheet would calculate.
///
/// A text that begins with a formula character gets a `'` before it. Blanks and quotes before that
/// character do not count, because programs take them off. The same is done after a comma, a
/// semicolon and a bar within the text: a program that was told of another separator than ours
/// begins a cell there.
///
/// A text that is longer than a cell may be is cut, and says so: a spreadsheet would go on with the
/// rest of it in another cell.
pub fn cell(text: &str) -> String {
    let text = fitting(plain(text));
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    let mut begins = true;
    for (at, character) in text.char_indices() {
        if begins && calculates(text.get(at..).unwrap_or_default()) {
            out.push('\'');
        }
        if character == '"' {
            out.push('"');
        }
        out.push(character);
        begins = matches!(character, ',' | ';' | '|');
    }
    out.push('"');
    out
}

/// Excel's cells hold 32,767 units of UTF-16; some are left for guards.
const LONGEST: usize = 30_000;

fn fitting(text: String) -> String {
    let mut units = 0;
    let end = text.char_indices().find(|(_, character)| {
        units += character.len_utf16();
        units > LONGEST
    });
    let Some((end, _)) = end else { return text };
    let (kept, left) = text.split_at(end);
    format!("{kept}… (cut: {} more characters are in the JSON report)", left.chars().count())
}

/// Whether a cell of this text could be taken for a formula. Tab, line feed and NUL, which some
/// programs take for the beginning of one, are marked before and are none any more.
fn calculates(text: &str) -> bool {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '\'' | '"'));
    text.starts_with([
        '=', '+', '-', '@', '|', '%', '＝', '＋', '－', '＠', '｜', '％', '﹢', '﹣', '﹦', '﹫',
        '﹪', '\u{2212}',
    ])
}

/// A line of cells, with its line feed.
pub fn line<T: AsRef<str>>(cells: impl IntoIterator<Item = T>) -> String {
    let cells: Vec<String> = cells.into_iter().map(|text| cell(text.as_ref())).collect();
    cells.join(",") + "\n"
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop")]
pub mod tests {
    use proptest::prelude::*;

    use super::super::{hidden::is_hidden, shown::tests::unmark};
    use super::*;

    /// Reads CSV as RFC 4180 has it.
    pub fn read(csv: &str) -> Vec<Vec<String>> {
        let mut rows = Vec::new();
        let mut row = Vec::new();
        let mut rest = csv;
        while !rest.is_empty() {
            let mut text = String::new();
            rest = rest.strip_prefix('"').unwrap();
            loop {
                let (before, after) = rest.split_once('"').unwrap();
                text.push_str(before);
                rest = after;
                match rest.strip_prefix('"') {
                    Some(after) => rest = after,
                    None => break,
                }
                text.push('"');
            }
            row.push(text);
            match rest.strip_prefix(',') {
                Some(after) => rest = after,
                None => {
                    rest = rest.strip_prefix('\n').unwrap();
                    rows.push(std::mem::take(&mut row));
                }
            }
        }
        rows
    }

    /// Takes the guards off a cell that was read.
    pub fn unguard(cell: &str) -> String {
        let mut text = String::new();
        let mut begins = true;
        let mut rest = cell;
        while let Some(first) = rest.chars().next() {
            if begins && first == '\'' && calculates(rest) {
                rest = rest.strip_prefix('\'').unwrap();
                begins = false;
                continue;
            }
            text.push(first);
            rest = rest.strip_prefix(first).unwrap();
            begins = matches!(first, ',' | ';' | '|');
        }
        unmark(&text).unwrap()
    }

    fn any_cell() -> impl Strategy<Value = String> {
        let trick = prop::sample::select(vec![
            '=', '+', '-', '@', '|', '%', '＝', '\t', '\r', '\n', '\0', '\'', '"', ',', ';', ' ',
            '\u{A0}', '\u{200B}', '\u{FEFF}', '‹', 'a', '1',
        ]);
        let character = prop_oneof![2 => trick, 1 => any::<char>()];
        prop::collection::vec(character, 0..16).prop_map(|all| all.into_iter().collect())
    }

    #[test]
    fn formulas_are_text_and_other_texts_are_as_they_were() {
        for (text, written) in [
            ("order-export", "\"order-export\""),
            ("", "\"\""),
            ("=1+1", "\"'=1+1\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("-2", "\"'-2\""),
            ("＝cmd", "\"'＝cmd\""),
            (" \"=1", "\"' \"\"=1\""),
            ("'=1", "\"''=1\""),
            ("\t=1", "\"‹U+0009›=1\""),
            ("\u{200B}=1", "\"‹U+200B›=1\""),
            ("a;=cmd|' /C calc'!A0", "\"a;'=cmd|' /C calc'!A0\""),
            ("a, b; c", "\"a, b; c\""),
            ("Mozilla/5.0 (X11; -x)", "\"Mozilla/5.0 (X11;' -x)\""),
        ] {
            assert_eq!(cell(text), written, "{text:?}");
        }
    }

    #[test]
    fn a_text_that_fits_no_cell_is_cut_and_says_so() {
        let long = cell(&"𝒳".repeat(20_000));
        assert!(long.ends_with("𝒳… (cut: 5000 more characters are in the JSON report)\""));
        assert!(long.encode_utf16().count() < 32_767);
        assert_eq!(cell(&"x".repeat(LONGEST)).len(), LONGEST + 2);
    }

    proptest! {
        #[test]
        fn lines_read_back_and_no_cell_calculates_under_any_separator(
            cells in prop::collection::vec(any_cell(), 1..5),
        ) {
            let line = line(&cells);
            prop_assert_eq!(line.matches('\n').count(), 1);
            prop_assert!(!line.chars().any(|c| is_hidden(c) && c != '\n'));
            let read = read(&line);
            prop_assert_eq!(read.len(), 1);
            for (read, cell) in read.concat().iter().zip(&cells) {
                prop_assert_eq!(&unguard(read), cell);
            }
            prop_assert_eq!(read.concat().len(), cells.len());
            // A program with another separator, or without respect for quotes, cuts it elsewhere.
            for piece in line.split(['\n', ',', ';', '|']) {
                let piece = piece.trim_start_matches(|c: char| c.is_whitespace() || c == '"');
                prop_assert!(!calculates(piece) || piece.starts_with('\''), "{}", piece);
            }
        }
    }
}
