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
/// any key: whoever answers takes note of them in the first round, so that a key which comes to
/// light later need not be looked for everywhere.
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
    /// Access keys of the function's account whose making and changing is asked for: the account's
    /// calls about keys name them.
    pub keys: Vec<String>,
    /// Whether it is the first round.
    pub first: bool,
    /// The function's account.
    pub account: Option<&'a str>,
    round: Round,
    scope: &'a Scope,
}

impl Asked<'_> {
    /// Whether an event answers.
    pub fn is_answered_by(&self, event: &Event) -> bool {
        !self.scope.is_own(event) && self.round.may_be_answered_by(event)
    }

    /// What finds the function's account's calls about access keys: who has no index of them looks
    /// for these in the first round, and keeps what comes for when a key is asked for.
    pub fn of_keys(&self) -> impl Iterator<Item = Search> {
        let account = self.account.map(str::to_owned);
        OF_KEYS.into_iter().map(move |name| Search {
            word: Some(name.to_owned()),
            span: None,
            account: account.clone(),
        })
    }
}

/// The keys that a call of [`OF_KEYS`] makes, changes or removes.
pub fn keys_of(event: &Event) -> impl Iterator<Item = &str> {
    let of_keys = event.service() == "iam" && OF_KEYS.contains(&event.action.as_str());
    let named = [event.answered("/accessKey/accessKeyId"), event.asked("/accessKeyId")];
    named.into_iter().flatten().filter(move |_| of_keys)
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
        let round = Round::of(new.iter());
        let (mut searches, mut keys) = (Vec::new(), Vec::new());
        for question in &new {
            match of_question(question, subject, &events) {
                Some(Sought::By(search)) => searches.push(search),
                Some(Sought::Key(key)) => keys.push(key),
                None => {}
            }
        }
        searches.sort();
        searches.dedup();
        let (first, account) = (asked.is_empty(), subject.account.as_deref());
        let round = Asked { searches, keys, first, account, round, scope };
        for document in answers.answer(&round) {
            reader.add(&document);
        }
        asked.extend(new);
    }
}

/// How answers are found.
enum Sought {
    By(Search),
    /// Among the calls about access keys of the function's account.
    Key(String),
}

/// What to look for in order to answer a question. `events` belong to the case by now.
fn of_question(question: &Question, subject: &Subject, events: &[&Event]) -> Option<Sought> {
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
            let account = uses().find_map(|event| event.identity.account.clone());
            if account.is_none() || account == subject.account {
                return Some(Sought::Key(key.clone()));
            }
            search.account = account;
        }
    }
    Some(Sought::By(search))
}
