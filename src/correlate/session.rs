//! From a session or key outward to whoever started it.

use std::collections::{BTreeMap, BTreeSet};

use super::link::{Confidence, Method, Strength};
use crate::model::{Case, Event, Identity, RecordId, Time};

/// Nobody assumes more roles in a row than this; a longer chain is a loop in forged records.
const LONGEST_CHAIN: usize = 10;

/// A session lasts at most twelve hours.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use.html>
const LONGEST_SESSION: i64 = 12 * 3600;

/// `CloudFormation` assumes a stack's role within this many seconds of the operation.
const STACK_OPERATION: i64 = 3600;

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
    by_arn: BTreeMap<&'a str, Vec<&'a Event>>,
    stack_operations: Vec<&'a Event>,
}

impl<'a> Sessions<'a> {
    /// Finds them among the events of the case.
    pub fn of(case: &'a Case) -> Self {
        let mut sessions =
            Self { by_key: BTreeMap::new(), by_arn: BTreeMap::new(), stack_operations: Vec::new() };
        for event in case.events.iter().map(|kept| &kept.fact).filter(|e| e.error.is_none()) {
            let key = event
                .answered("/credentials/accessKeyId")
                .or_else(|| event.answered("/accessKey/accessKeyId"));
            if let Some(key) = key {
                sessions.by_key.entry(key).or_insert(event);
            }
            if let Some(arn) = event.answered("/assumedRoleUser/arn") {
                sessions.by_arn.entry(arn).or_default().push(event);
            }
            if event.service() == "cloudformation" && event.asked("/roleARN").is_some() {
                sessions.stack_operations.push(event);
            }
        }
        sessions
    }

    /// The call that started the session in which `event` was made, or made its key.
    fn start(&self, identity: &Identity, used: Time) -> Option<(&'a Event, Strength)> {
        if let Some(event) = identity.access_key.as_deref().and_then(|key| self.by_key.get(key)) {
            return Some((event, (Method::AccessKeyId, Confidence::Exact)));
        }
        let begun = self.by_arn.get(identity.arn.as_deref()?)?;
        if let Some(created) = identity.session_created
            && let Some(event) = begun.iter().find(|event| event.time.same_second(created))
        {
            return Some((event, (Method::SessionArn, Confidence::Strong)));
        }
        let latest = begun.iter().rfind(|event| {
            let before = used.seconds_since(event.time);
            (0..=LONGEST_SESSION).contains(&before)
        })?;
        Some((latest, (Method::SessionArn, Confidence::Probable)))
    }

    /// For a session that a service started with a stack's role: who asked for the operation.
    fn stack_operation(&self, assumed: &Event) -> Option<&'a Event> {
        let role = assumed.asked("/roleArn")?;
        self.stack_operations.iter().copied().rfind(|event| {
            let before = assumed.time.seconds_since(event.time);
            event.asked("/roleARN") == Some(role) && (-60..=STACK_OPERATION).contains(&before)
        })
    }

    /// The steps from the identity of a call outward, nearest first.
    pub fn chain(&self, event: &'a Event) -> Vec<Start<'a>> {
        let mut chain = Vec::new();
        let mut seen: BTreeSet<&RecordId> = BTreeSet::new();
        let mut at = event;
        for depth in 0..LONGEST_CHAIN {
            let next = match self.start(&at.identity, at.time) {
                Some(found) => Some(found),
                None if depth > 0 && at.starts_session() => self
                    .stack_operation(at)
                    .map(|operation| (operation, (Method::StackRole, Confidence::Probable))),
                None => None,
            };
            let Some((start, strength)) = next else { break };
            if start.record == at.record || !seen.insert(&start.record) {
                break;
            }
            chain.push(Start { event: start, strength, depth });
            at = start;
        }
        chain
    }

    /// Whether a call of the case started the session in which `event` was made.
    pub fn knows_start(&self, event: &Event) -> bool {
        self.start(&event.identity, event.time).is_some()
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
