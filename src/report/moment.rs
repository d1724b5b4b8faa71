//! The moments that stand in a sentence.

use std::sync::LazyLock;

use jiff::tz::TimeZone;
use regex_lite::Regex;

use super::When;
use crate::model::Time;

/// A moment as sentences write it, `2026-11-20 02:11:47.345Z`.
static MOMENT: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,9})?Z").ok());

/// A piece of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Words as they stand.
    Words(&'a str),
    /// A moment, on every clock of the report.
    Moment(When),
}

/// Cuts a sentence at its moments, so that each can be shown on the second clock too.
///
/// A moment has a blank in it, and what somebody else chose and has a blank stands in quotes: what
/// is quoted is left as it is.
pub fn pieces<'a>(sentence: &'a str, zone: Option<&TimeZone>) -> Vec<Piece<'a>> {
    let mut pieces = Vec::new();
    for part in sentence.split_inclusive(['“', '”']) {
        if part.ends_with('”') {
            pieces.push(Piece::Words(part));
        } else {
            moments(part, zone, &mut pieces);
        }
    }
    pieces.retain(|piece| *piece != Piece::Words(""));
    pieces
}

fn moments<'a>(sentence: &'a str, zone: Option<&TimeZone>, pieces: &mut Vec<Piece<'a>>) {
    let mut rest = sentence;
    while let Some(found) = MOMENT.as_ref().and_then(|moment| moment.find(rest)) {
        let (before, from) = rest.split_at(found.start());
        let (written, after) = from.split_at(found.len());
        let time = Time::parse(&written.replacen(' ', "T", 1));
        let when = time.map(|time| When::new(time, zone)).filter(|when| {
            // Only what reads back as it was written.
            when.utc.replacen('T', " ", 1) == written
        });
        match when {
            Some(when) => {
                pieces.push(Piece::Words(before));
                pieces.push(Piece::Moment(when));
            }
            None => pieces.extend([Piece::Words(before), Piece::Words(written)]),
        }
        rest = after;
    }
    pieces.push(Piece::Words(rest));
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn joined(pieces: &[Piece<'_>]) -> String {
        let text = |piece: &Piece<'_>| match piece {
            Piece::Words(words) => (*words).to_owned(),
            Piece::Moment(when) => when.utc.replacen('T', " ", 1),
        };
        pieces.iter().map(text).collect()
    }

    #[test]
    fn moments_stand_on_both_clocks_and_nothing_else_does() {
        let tokyo = TimeZone::get("Asia/Tokyo").unwrap();
        let cut = pieces("at 2026-11-20 02:11:47.340Z, 20 minutes before it", Some(&tokyo));
        let [Piece::Words("at "), Piece::Moment(when), Piece::Words(", 20 minutes before it")] =
            cut.as_slice()
        else {
            unreachable!("{cut:?}")
        };
        assert_eq!(when.local.as_deref(), Some("2026-11-20 11:11:47+09:00"));
        for odd in [
            "x “at 2026-11-20 02:11:47Z” y",
            "2026-13-40 99:99:99Z",
            "2026-11-20T02:11:47Z",
            "2026-11-20 02:11:47",
            "",
        ] {
            let moments = pieces(odd, Some(&tokyo));
            assert!(moments.iter().all(|piece| matches!(piece, Piece::Words(_))), "{moments:?}");
            assert_eq!(joined(&moments), odd);
        }
    }

    proptest! {
        #[test]
        fn nothing_is_lost(text in r"([0-9: .Z-]|\PC|2026-1[0-9]-[0-3][0-9] [0-2][0-9]:00:0[0-9](\.[0-9]{0,10})?Z){0,12}") {
            prop_assert_eq!(joined(&pieces(&text, None)), text);
        }
    }
}
