//! Which files can hold answers, and what to look for in them.

use jiff::{ToSpan, tz::TimeZone};

use super::{File, layout::Beside, log_file::Kind};
use crate::{
    model::{Event, Subject, Time},
    source::{LONGEST_KEY, Question, Search},
};

/// The calls that make, change and remove access keys. They are few, and one of them may be behind
/// any key, so the first pass keeps them all.
const OF_KEYS: [&str; 3] = ["CreateAccessKey", "UpdateAccessKey", "DeleteAccessKey"];

/// Clocks of services may differ by so many seconds.
const APART: i64 = 300;

/// An event is delivered some time after it took place: so many days later at most is its file
/// looked for, where a file was not opened yet.
const LATE: i32 = 2;

/// What a pass looks for, and where.
pub struct Plan {
    searches: Vec<Search>,
    keys: bool,
}

impl Plan {
    /// For new questions. `events` are those that belong to the case by now.
    pub fn of(questions: &[Question], subject: &Subject, events: &[&Event], first: bool) -> Self {
        let mut searches: Vec<Search> =
            questions.iter().filter_map(|question| search(question, subject, events)).collect();
        if first {
            let account = subject.account.clone();
            searches.extend(OF_KEYS.map(|word| Search {
                word: Some(word.to_owned()),
                span: None,
                account: account.clone(),
            }));
        }
        searches.sort();
        searches.dedup();
        Self { searches, keys: first }
    }

    /// What to look for.
    pub fn words(&self) -> impl Iterator<Item = String> {
        self.searches.iter().filter_map(|search| search.word.clone())
    }

    /// Whether any record may answer.
    pub fn any(&self) -> bool {
        self.searches.iter().any(|search| search.word.is_none())
    }

    /// Whether an event is kept that answers no question yet.
    pub fn keeps(&self, event: &Event) -> bool {
        self.keys && event.service() == "iam" && OF_KEYS.contains(&event.action.as_str())
    }

    /// Whether answers can stand in a file.
    pub fn wants(&self, file: &File) -> bool {
        if matches!(file.beside, Some(Beside::Digest | Beside::Insight))
            || file.seen.is_some_and(|seen| seen.kind != Kind::Log)
        {
            return false;
        }
        self.searches.iter().any(|search| {
            let account = search.account.as_ref().zip(file.layout.account.as_ref());
            account.is_none_or(|(asked, own)| asked == own)
                && search.span.is_none_or(|span| reaches(file, span.from, span.to))
        })
    }
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
    // A file of a day may begin with events of the day before.
    from <= day && day <= to.checked_add(LATE.days()).unwrap_or(to)
}

/// What to look for in order to answer a question.
fn search(question: &Question, subject: &Subject, events: &[&Event]) -> Option<Search> {
    let mut search = question.search(subject)?;
    if let Question::Key(key) = question {
        let uses = || {
            events.iter().filter(|event| event.identity.access_key.as_deref() == Some(key))
        };
        if key.starts_with("ASIA") {
            // It was given out before its first use, and no longer ago than it lasts.
            let first = uses().map(|event| event.time).min()?;
            let from = first.plus_seconds(-LONGEST_KEY - APART);
            search.span = crate::source::Span::new(from, first.plus_seconds(APART));
        } else if key.starts_with("AKIA") {
            // Those of the function's account were kept by the first pass.
            let account = uses().find_map(|event| event.identity.account.clone());
            if account.is_none() || account == subject.account {
                return None;
            }
            search.account = account;
        }
    }
    Some(search)
}
