//! Questions put to saved records, until no answer raises another.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    collect::Scope,
    model::{Event, Finding, IdentityKind, Item, Kept, Principal, Relation, Subject},
    source::{Question, Reading},
};

/// After so many rounds nothing that is found can still be about the finding.
const MOST_ROUNDS: usize = 16;

/// The items and events that belong to the case, with the reason for each.
#[derive(Default)]
pub struct Gathered {
    /// Configuration items.
    pub items: Vec<Kept<Item>>,
    /// Events.
    pub events: Vec<Kept<Event>>,
    /// Every question that was put.
    pub questions: BTreeSet<Question>,
    /// Whether questions were left when the rounds were used up.
    pub cut_off: bool,
}

/// Asks, and asks what the answers raise, until nothing new is raised.
pub fn gather(reading: &Reading, finding: &Finding, subject: &Subject, scope: &Scope) -> Gathered {
    let home = Home::of(reading, subject);
    let handles = reading
        .events
        .iter()
        .map(|event| if scope.is_own(event) { Vec::new() } else { Handle::of_event(event) });
    let handles: Vec<Vec<Handle>> = handles.collect();
    let mut asked: BTreeSet<Question> = BTreeSet::new();
    let mut open: BTreeSet<Question> = Question::first(finding, subject).into_iter().collect();
    let mut items: Vec<Option<Relation>> = vec![None; reading.items.len()];
    let mut events: Vec<Option<Relation>> = vec![None; reading.events.len()];
    let mut cut_off = true;
    for _ in 0..MOST_ROUNDS {
        let round = Round::of(open.iter().filter(|question| !asked.contains(question)));
        if round.0.is_empty() {
            cut_off = false;
            break;
        }
        asked.append(&mut open);
        for (item, kept) in reading.items.iter().zip(&mut items) {
            let answers = round.with(&Handle::Anything).filter(|question| {
                home.may_hold_item(question, item) && question.admits_item(item)
            });
            if let Some(relation) = stronger(*kept, answers.map(Question::relation).min()) {
                *kept = Some(relation);
                open.extend(Question::raised_by_item(item, subject));
            }
        }
        for ((event, handles), kept) in reading.events.iter().zip(&handles).zip(&mut events) {
            let answers = handles.iter().flat_map(|handle| round.with(handle)).filter(|question| {
                // What is kept for a stronger reason need not be asked about again.
                kept.is_none_or(|kept| question.relation() < kept)
                    && home.may_hold_event(question, event)
                    && question.admits_event(event)
            });
            if let Some(relation) = stronger(*kept, answers.map(Question::relation).min()) {
                *kept = Some(relation);
                open.extend(Question::raised_by_event(event, relation, subject, scope.around));
            }
        }
    }
    Gathered {
        items: kept(&reading.items, items),
        events: kept(&reading.events, events),
        questions: asked,
        cut_off,
    }
}

/// The new reason, if it is one or better than the old.
fn stronger(old: Option<Relation>, new: Option<Relation>) -> Option<Relation> {
    new.filter(|new| old.is_none_or(|old| *new < old))
}

/// What an answer to a question must bear, so that each event is held against those questions
/// alone that it may answer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Handle {
    /// Any event may answer.
    Anything,
    /// It gives out, or is about, that access key.
    Key(String),
    /// It starts, or signs in to, the session of that ARN.
    Session(String),
    /// It is a stack operation, made with that key or for that role.
    Operation(String),
    /// That principal made it, in whichever session.
    Actor(Principal),
}

impl Handle {
    fn of_question(question: &Question) -> Self {
        match question {
            Question::Key(key) => Self::Key(key.clone()),
            Question::Session { arn, .. } => Self::Session(arn.clone()),
            Question::StackOperation { by, .. } => Self::Operation(by.clone()),
            Question::Actor { principal, .. } => {
                Self::Actor(Principal { session: None, ..principal.clone() })
            }
            _ => Self::Anything,
        }
    }

    fn of_event(event: &Event) -> Vec<Self> {
        let text = |text: &str| text.to_owned();
        let keys = [
            event.answered("/credentials/accessKeyId"),
            event.answered("/accessKey/accessKeyId"),
            event.asked("/accessKeyId"),
        ];
        let signs_in = (event.action == "ConsoleLogin").then_some(event.identity.arn.as_deref());
        let sessions = [
            event.answered("/assumedRoleUser/arn"),
            event.answered("/federatedUser/arn"),
            signs_in.flatten(),
        ];
        let operations = (event.service() == "cloudformation")
            .then(|| [event.identity.access_key.as_deref(), event.asked("/roleARN")]);
        let actor = Principal { session: None, ..Principal::of(&event.identity) };
        let mut handles = vec![Self::Anything, Self::Actor(actor)];
        handles.extend(keys.into_iter().flatten().map(text).map(Self::Key));
        handles.extend(sessions.into_iter().flatten().map(text).map(Self::Session));
        handles.extend(operations.into_iter().flatten().flatten().map(text).map(Self::Operation));
        handles
    }
}

/// The questions of a round, by what their answers bear.
pub struct Round(BTreeMap<Handle, Vec<Question>>);

impl Round {
    /// Takes the questions in their order, with those whose windows touch made one: an actor with
    /// a thousand changes is asked about once and not a thousand times.
    pub fn of<'a>(questions: impl Iterator<Item = &'a Question>) -> Self {
        let mut round: BTreeMap<Handle, Vec<Question>> = BTreeMap::new();
        for question in questions {
            let asked = round.entry(Handle::of_question(question)).or_default();
            match asked.last_mut().and_then(|last| Some((last.joined(question)?, last))) {
                Some((joined, last)) => *last = joined,
                None => asked.push(question.clone()),
            }
        }
        Self(round)
    }

    /// Whether an event answers one of the questions, as far as it tells by itself.
    pub fn may_be_answered_by(&self, event: &Event) -> bool {
        let handles = Handle::of_event(event);
        handles
            .iter()
            .flat_map(|handle| self.with(handle))
            .any(|question| question.admits_event(event))
    }

    fn with(&self, handle: &Handle) -> impl Iterator<Item = &Question> {
        self.0.get(handle).into_iter().flatten()
    }
}

/// What the records that were read tell beside one another: where the function lives, and whose
/// hands its role's sessions are in.
struct Home<'a> {
    subject: &'a Subject,
    /// Whether functions of the same name in other accounts or regions were recorded.
    has_namesakes: bool,
    /// Access keys that somebody who is no service obtained by assuming a role.
    lent: BTreeSet<&'a str>,
}

impl<'a> Home<'a> {
    fn of(reading: &'a Reading, subject: &'a Subject) -> Self {
        let has_namesakes = reading.items.iter().any(|item| {
            item.resource_type == "AWS::Lambda::Function"
                && item.name() == subject.name
                && !lives(subject, item.account.as_ref(), item.region.as_ref())
        });
        let lent = reading
            .events
            .iter()
            .filter(|event| event.starts_session() && event.identity.kind != IdentityKind::Service)
            .filter_map(|event| event.answered("/credentials/accessKeyId"))
            .collect();
        Self { subject, has_namesakes, lent }
    }

    /// Whether the event can answer that question at all.
    fn may_hold_event(&self, question: &Question, event: &Event) -> bool {
        match question {
            // Names of rules and stacks are unique in one account and region only.
            Question::Rule(_) | Question::Stack(_) | Question::StackOperation { .. } => {
                lives(self.subject, event.account.as_ref(), event.region.as_ref())
            }
            Question::Role { .. } => !Question::is_for_another_function(event, self.subject),
            Question::ByFunction { .. } => {
                let key = event.identity.access_key.as_deref();
                event.identity.scope.is_some() || !key.is_some_and(|key| self.lent.contains(key))
            }
            _ => true,
        }
    }

    /// Whether the item can answer that question at all. The item of a deleted function may say
    /// nothing of its account: then it may be a namesake's.
    fn may_hold_item(&self, question: &Question, item: &Item) -> bool {
        match question {
            Question::Function(_) => {
                !self.has_namesakes || item.account.is_some() && item.region.is_some()
            }
            Question::Rule(_) | Question::Stack(_) => {
                lives(self.subject, item.account.as_ref(), item.region.as_ref())
            }
            _ => true,
        }
    }
}

/// Whether account and region are the subject's, wherever both are known.
fn lives(subject: &Subject, account: Option<&String>, region: Option<&String>) -> bool {
    let agrees = |own: Option<&String>, other: Option<&String>| {
        own.zip(other).is_none_or(|(own, other)| own == other)
    };
    agrees(subject.account.as_ref(), account) && agrees(subject.region.as_ref(), region)
}

fn kept<T: Clone>(facts: &[T], relations: Vec<Option<Relation>>) -> Vec<Kept<T>> {
    facts
        .iter()
        .zip(relations)
        .filter_map(|(fact, relation)| Some(Kept { fact: fact.clone(), relation: relation? }))
        .collect()
}
