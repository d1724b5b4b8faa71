//! The rounds of a case, put to whoever holds all of `CloudTrail`'s records: log files, a query
//! engine. The questions are those of [`super::rounds`]; only who answers differs.

use std::collections::BTreeSet;

use super::{
    Scope,
    rounds::{self, Round},
};
use crate::{
    evidence::Document,
    model::{Event, Finding, Subject},
    source::{LONGEST_KEY, Question, Reader, Search, Span},
};

/// The calls that make, change and remove access keys. They are few, and one of them may be behind
/// any key, so the first round keeps all of the function's account.
pub const OF_KEYS: [&str; 3] = ["CreateAccessKey", "UpdateAccessKey", "DeleteAccessKey"];

/// Clocks of services may differ by so many seconds.
const APART: i64 = 300;

/// Who answers.
pub trait Answers {
    /// Records that have what a round looks for, in documents as any that hold records. Records
    /// that were given before may be left out.
    fn answer(&mut self, asked: &Asked<'_>) -> Vec<Document>;
}

/// What a round asks for.
pub struct Asked<'a> {
    /// What the answers have, and when and where they lie.
    pub searches: Vec<Search>,
    round: Round,
    first: bool,
    scope: &'a Scope,
}

impl Asked<'_> {
    /// Whether an event answers, or may be needed to answer what is asked next.
    pub fn is_answered_by(&self, event: &Event) -> bool {
        let of_keys = || event.service() == "iam" && OF_KEYS.contains(&event.action.as_str());
        !self.scope.is_own(event)
            && (self.round.may_be_answered_by(event) || self.first && of_keys())
    }
}

/// Asks, and asks what the answers raise, until nothing new is raised.
///
/// `given` is the rest of the evidence.
pub fn search(
    given: &[Document],
    finding: &Finding,
    subject: &Subject,
    scope: &Scope,
    answers: &mut dyn Answers,
) {
    let mut reader = Reader::default();
    given.iter().for_each(|document| reader.add(document));
    let mut asked: BTreeSet<Question> = BTreeSet::new();
    loop {
        let gathered = rounds::gather(reader.reading(), finding, subject, scope);
        let new: Vec<Question> =
            gathered.questions.into_iter().filter(|question| !asked.contains(question)).collect();
        if new.is_empty() {
            return;
        }
        let events: Vec<&Event> = gathered.events.iter().map(|kept| &kept.fact).collect();
        let first = asked.is_empty();
        let searches = searches(&new, subject, &events, first);
        let round = Round::of(new.iter());
        for document in answers.answer(&Asked { searches, round, first, scope }) {
            reader.add(&document);
        }
        asked.extend(new);
    }
}

fn searches(
    questions: &[Question],
    subject: &Subject,
    events: &[&Event],
    first: bool,
) -> Vec<Search> {
    let mut searches: Vec<Search> =
        questions.iter().filter_map(|question| of_question(question, subject, events)).collect();
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
    searches
}

/// What to look for in order to answer a question. `events` belong to the case by now.
fn of_question(question: &Question, subject: &Subject, events: &[&Event]) -> Option<Search> {
    let mut search = question.search(subject)?;
    if let Question::Key(key) = question {
        let uses =
            || events.iter().filter(|event| event.identity.access_key.as_deref() == Some(key));
        if key.starts_with("ASIA") {
            // It was given out before its first use, and no longer ago than it lasts.
            let first = uses().map(|event| event.time).min()?;
            let from = first.plus_seconds(-LONGEST_KEY - APART);
            search.span = Span::new(from, first.plus_seconds(APART));
        } else if key.starts_with("AKIA") {
            // Those of the function's account were kept by the first round.
            let account = uses().find_map(|event| event.identity.account.clone());
            if account.is_none() || account == subject.account {
                return None;
            }
            search.account = account;
        }
    }
    Some(search)
}
