//! From a session or key outward to whoever started it.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    copies::Copies,
    link::{Confidence, Method, Strength},
    means::means,
    running::CLOCKS_APART,
};
use crate::model::{Case, Event, Identity, IdentityKind, RecordId};

/// Nobody assumes more roles in a row than this; a longer chain is a loop in forged records.
const LONGEST_CHAIN: usize = 10;

/// The call that started a session or made a key, and how it was found.
#[derive(Clone, Copy, Debug)]
pub struct Start<'a> {
    /// `AssumeRole` and its relatives, `GetFederationToken`, `CreateAccessKey`, or the stack
    /// operation for which a service assumed the role.
    pub event: &'a Event,
    /// How it was found.
    pub strength: Strength,
    /// How many steps outward.
    pub depth: usize,
}

/// Every call of the case that gave somebody credentials, by what it gave out.
pub struct Sessions<'a> {
    by_key: BTreeMap<&'a str, &'a Event>,
    /// In the order of time.
    by_arn: BTreeMap<&'a str, Vec<&'a Event>>,
    /// By the role that they were given, in the order of time.
    stack_operations: BTreeMap<&'a str, Vec<&'a Event>>,
}

impl<'a> Sessions<'a> {
    /// Finds them among the events of the case.
    pub fn of(case: &'a Case, copies: &Copies<'a>) -> Self {
        let mut sessions = Self {
            by_key: BTreeMap::new(),
            by_arn: BTreeMap::new(),
            stack_operations: BTreeMap::new(),
        };
        for event in case.events.iter().map(|kept| &kept.fact).filter(|e| e.error.is_none()) {
            // A copy may hold the answer that the better record of the call lacks.
            let call = copies.original(event);
            if let Some(key) = key_given(event) {
                sessions.by_key.entry(key).or_insert(call);
            }
            if copies.repeats(event) {
                continue;
            }
            if let Some(arn) = event.answered("/assumedRoleUser/arn") {
                sessions.by_arn.entry(arn).or_default().push(event);
            }
            if event.service() == "cloudformation"
                && let Some(role) = event.asked("/roleARN")
            {
                sessions.stack_operations.entry(role).or_default().push(event);
            }
        }
        sessions
    }

    /// The call that started the session in which `event` was made, or made its key.
    fn start(&self, event: &Event) -> Option<(&'a Event, Strength)> {
        let identity = &event.identity;
        let by_key = identity.access_key.as_deref().and_then(|key| self.by_key.get(key));
        if let Some(start) = by_key {
            // What is used before it is given out was not given out by that call.
            let used_later = event.time.seconds_since(start.time) >= -CLOCKS_APART;
            return used_later.then_some((*start, (Method::AccessKeyId, Confidence::Exact)));
        }
        if identity.kind != IdentityKind::AssumedRole {
            return None;
        }
        let begun = self.by_arn.get(identity.arn.as_deref()?)?;
        // A session is created by the call that started it, so both bear one time; without it,
        // any call within the longest life of a session may have been the one.
        let (from, to, confidence) = match identity.session_created {
            Some(created) => {
                (created.plus_seconds(-1), created.plus_seconds(1), Confidence::Strong)
            }
            None => (
                event.time.plus_seconds(-Identity::LONGEST_SESSION),
                event.time,
                Confidence::Probable,
            ),
        };
        let first = begun.partition_point(|start| start.time < from);
        let possible = begun
            .iter()
            .skip(first)
            .take_while(|start| start.time <= to)
            .filter(|start| !gave_another_key(start, event));
        Some((of_one_caller(possible.copied())?, (Method::SessionArn, confidence)))
    }

    /// For a session that `CloudFormation` started with a stack's role: who asked for the
    /// operation, unless several did.
    fn stack_operation(&self, assumed: &Event) -> Option<&'a Event> {
        if assumed.identity.invoked_by.as_deref() != Some("cloudformation.amazonaws.com") {
            return None;
        }
        let operations = self.stack_operations.get(assumed.asked("/roleArn")?)?;
        of_one_caller(operations.iter().copied().filter(|event| {
            (-1..=Event::STACK_OPERATION).contains(&assumed.time.seconds_since(event.time))
        }))
    }

    /// The steps from the identity of a call outward, nearest first.
    pub fn chain(&self, event: &Event) -> Vec<Start<'a>> {
        let mut chain: Vec<Start<'a>> = Vec::new();
        let mut seen: BTreeSet<RecordId> = BTreeSet::from([event.record.clone()]);
        let mut next = self.start(event);
        while let Some((start, strength)) = next {
            let depth = chain.len();
            if depth == LONGEST_CHAIN || !seen.insert(start.record.clone()) {
                break;
            }
            chain.push(Start { event: start, strength, depth });
            next = self.start(start).or_else(|| {
                let operation = self.stack_operation(start)?;
                Some((operation, (Method::StackRole, Confidence::Probable)))
            });
        }
        chain
    }

    /// Whether a call of the case started the session in which `event` was made.
    pub fn knows_start(&self, event: &Event) -> bool {
        self.start(event).is_some()
    }

    /// Whether somebody, and no service, is seen to have started the session in which `event` was
    /// made.
    pub fn was_started_by_somebody(&self, event: &Event) -> bool {
        self.start(event).is_some_and(|(start, _)| start.identity.kind != IdentityKind::Service)
    }

    /// Sessions that another identity provider vouched for in SAML, by their ARN: these are
    /// humans.
    pub fn saml(&self) -> BTreeSet<&'a str> {
        self.by_arn
            .iter()
            .filter(|(_, begun)| begun.iter().any(|event| event.action == "AssumeRoleWithSAML"))
            .map(|(arn, _)| *arn)
            .collect()
    }
}

/// The access key that a call gave out.
fn key_given(event: &Event) -> Option<&str> {
    event.answered("/credentials/accessKeyId").or_else(|| event.answered("/accessKey/accessKeyId"))
}

/// Whether the start gave out a key, and the event used another one. Consoles and services derive
/// keys of their own from a session's; everybody else uses what was given.
fn gave_another_key(start: &Event, event: &Event) -> bool {
    let keys = key_given(start).zip(event.identity.access_key.as_deref());
    let derives = event.identity.invoked_by.is_some()
        || matches!(means(event).via, "console" | "service" | "cloudformation");
    keys.is_some_and(|(given, used)| given != used) && !derives
}

/// The latest of the calls, if one caller made them all.
fn of_one_caller<'a>(calls: impl Iterator<Item = &'a Event>) -> Option<&'a Event> {
    let caller = |event: &'a Event| {
        let identity = &event.identity;
        (&identity.arn, &identity.principal_id, &identity.user_name, &identity.invoked_by)
    };
    let mut latest: Option<&'a Event> = None;
    for call in calls {
        if latest.is_some_and(|other| caller(other) != caller(call)) {
            return None;
        }
        latest = Some(call);
    }
    latest
}
