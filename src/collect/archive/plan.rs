//! Which files can hold answers.

use jiff::{ToSpan, tz::TimeZone};

use super::{File, layout::Beside, log_file::Kind};
use crate::{model::Time, source::Search};

/// An event is delivered some time after it took place: so many days later at most is its file
/// looked for, where a file was not opened yet.
const LATE: i32 = 2;

/// Whether what is looked for can stand in a file.
pub fn wants(searches: &[Search], file: &File) -> bool {
    if matches!(file.beside, Some(Beside::Digest | Beside::Insight))
        || file.seen.is_some_and(|seen| seen.kind != Kind::Log)
    {
        return false;
    }
    searches.iter().any(|search| {
        let account = search.account.as_ref().zip(file.layout.account.as_ref());
        account.is_none_or(|(asked, own)| asked == own)
            && search.span.is_none_or(|span| reaches(file, span.from, span.to))
    })
}

/// Whether a file holds, or may hold, events of that time.
fn reaches(file: &File, from: Time, to: Time) -> bool {
    if let Some(seen) = file.seen {
        return seen.span.is_some_and(|(first, last)| {
            first <= to.timestamp().as_second() && from.timestamp().as_second() <= last
        });
    }
    let Some(day) = file.layout.day else { return true };
    let date = |time: Time| time.timestamp().to_zoned(TimeZone::UTC).date();
    let (from, to) = (date(from), date(to));
    from <= day && day <= to.checked_add(LATE.days()).unwrap_or(to)
}
