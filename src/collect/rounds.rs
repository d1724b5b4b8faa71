//! Questions put to saved records, until no answer raises another.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    collect::Scope,
    model::{Event, Finding, Item, Kept, Principal, Relation, Subject, Time},
    source::{Question, Reading},
};

/// After so many rounds nothing that is found can still be about the finding.
const MOST_ROUNDS: usize = 16;

/// The items and events that belong to the case, with the reason for each.
pub fn gather(
    reading: &Reading,
    finding: &Finding,
    subject: &Subject,
    scope: Scope,
) -> (Vec<Kept<Item>>, Vec<Kept<Event>>) {
    let mut asked: BTreeSet<Question> = BTreeSet::new();
    let mut open: BTreeSet<Question> = Question::first(finding, subject).into_iter().collect();
    let mut items: Vec<Option<Relation>> = vec![None; reading.items.len()];
    let mut events: Vec<Option<Relation>> = vec![None; reading.events.len()];
    for _ in 0..MOST_ROUNDS {
        let round: Vec<Question> = merged(open.iter().filter(|question| !asked.contains(question)));
        if round.is_empty() {
            break;
        }
        asked.append(&mut open);
        for (item, kept) in reading.items.iter().zip(&mut items) {
            let answers = round.iter().filter(|question| question.admits_item(item));
            if let Some(relation) = stronger(*kept, answers.map(Question::relation).min()) {
                *kept = Some(relation);
                open.extend(Question::raised_by_item(item, subject));
            }
        }
        for (event, kept) in reading.events.iter().zip(&mut events) {
            let answers = round.iter().filter(|question| {
                // What is kept for a stronger reason need not be asked about again.
                kept.is_none_or(|kept| question.relation() < kept) && question.admits_event(event)
            });
            if let Some(relation) = stronger(*kept, answers.map(Question::relation).min()) {
                *kept = Some(relation);
                open.extend(Question::raised_by_event(event, relation, subject, scope.around));
            }
        }
    }
    (kept(&reading.items, items), kept(&reading.events, events))
}

/// The new reason, if it is one or better than the old.
fn stronger(old: Option<Relation>, new: Option<Relation>) -> Option<Relation> {
    new.filter(|new| old.is_none_or(|old| *new < old))
}

/// The questions of a round, with the windows of each actor that touch made one: an actor with a
/// thousand changes is asked about once and not a thousand times.
fn merged<'a>(questions: impl Iterator<Item = &'a Question>) -> Vec<Question> {
    let mut windows: BTreeMap<&Principal, Vec<(Time, Time)>> = BTreeMap::new();
    let mut round = Vec::new();
    for question in questions {
        match question {
            Question::Actor { principal, from, to } => {
                windows.entry(principal).or_default().push((*from, *to));
            }
            other => round.push(other.clone()),
        }
    }
    for (principal, mut stretches) in windows {
        stretches.sort_unstable();
        let mut union: Vec<(Time, Time)> = Vec::new();
        for (from, to) in stretches {
            match union.last_mut() {
                Some(last) if from <= last.1 => last.1 = last.1.max(to),
                _ => union.push((from, to)),
            }
        }
        round.extend(union.into_iter().map(|(from, to)| Question::Actor {
            principal: principal.clone(),
            from,
            to,
        }));
    }
    round
}

fn kept<T: Clone>(facts: &[T], relations: Vec<Option<Relation>>) -> Vec<Kept<T>> {
    facts
        .iter()
        .zip(relations)
        .filter_map(|(fact, relation)| Some(Kept { fact: fact.clone(), relation: relation? }))
        .collect()
}
