//! Everybody who acted, once, however the records spell them.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    copies::Copies,
    session::{Sessions, Start},
    state::roles_of_subject,
};
use crate::model::{
    Case, Event, IdentityKind, Kept, Outcome, Principal, PrincipalKind, RecordId, Relation, Time,
};

/// One principal and everything the case's calls say of it.
#[derive(Clone, Debug)]
pub struct Actor<'a> {
    /// Who.
    pub principal: Principal,
    /// Its ARN.
    pub arn: Option<String>,
    /// ARN of the role whose sessions these are.
    pub issuer_arn: Option<String>,
    /// Session names.
    pub sessions: BTreeSet<&'a str>,
    /// Access key ids.
    pub keys: BTreeSet<&'a str>,
    /// Addresses and names of services.
    pub addresses: BTreeSet<&'a str>,
    /// User agents.
    pub agents: BTreeSet<&'a str>,
    /// Whether its sessions had MFA: `None` when no record says, false when any had none.
    pub mfa: Option<bool>,
    /// First call.
    pub first: Time,
    /// Last call.
    pub last: Time,
    /// The record of its first call.
    pub record: &'a RecordId,
    /// Its calls, in the order of time.
    pub calls: Vec<&'a Event>,
    /// Steps outward from its sessions, nearest first.
    pub chain: Vec<Start<'a>>,
}

/// Who made which call.
#[derive(Debug)]
pub struct Actors<'a> {
    /// Everybody, in the order of their first call.
    pub all: Vec<Actor<'a>>,
    /// Positions in `all`.
    by_record: BTreeMap<&'a RecordId, usize>,
}

impl<'a> Actors<'a> {
    /// Finds everybody who made a call of the case.
    pub fn of(case: &'a Case, copies: &Copies<'a>, sessions: &Sessions<'a>) -> Self {
        let known = Known {
            case,
            sessions,
            saml: sessions.saml(),
            names: names_of_ids(case),
            roles: roles_of_subject(case),
        };
        let mut calls: BTreeMap<Principal, Vec<&'a Event>> = BTreeMap::new();
        let mut told: Vec<(&'a RecordId, Principal)> = Vec::new();
        for kept in &case.events {
            let principal = known.principal(copies.original(&kept.fact), kept);
            told.push((&kept.fact.record, principal.clone()));
            let calls = calls.entry(principal).or_default();
            if !copies.repeats(&kept.fact) {
                calls.push(&kept.fact);
            }
        }
        let mut all: Vec<Actor<'a>> = calls
            .into_iter()
            .filter_map(|(principal, calls)| actor(principal, calls, sessions))
            .collect();
        all.sort_by(|a, b| (a.first, &a.principal).cmp(&(b.first, &b.principal)));
        let positions: BTreeMap<&Principal, usize> =
            all.iter().enumerate().map(|(position, actor)| (&actor.principal, position)).collect();
        let by_record = told
            .iter()
            .filter_map(|(record, principal)| Some((*record, *positions.get(principal)?)))
            .collect();
        Self { all, by_record }
    }

    /// Who made the call.
    pub fn who(&self, event: &Event) -> Option<&Actor<'a>> {
        self.all.get(*self.by_record.get(&event.record)?)
    }
}

/// What the rest of the case tells of whoever made a call.
struct Known<'k, 'a> {
    case: &'a Case,
    sessions: &'k Sessions<'a>,
    saml: BTreeSet<&'a str>,
    names: BTreeMap<&'a str, Principal>,
    roles: BTreeSet<String>,
}

impl Known<'_, '_> {
    /// The principal behind a call: `event` is the record that tells the call best, `kept` the
    /// one that is asked about.
    fn principal(&self, event: &Event, kept: &Kept<Event>) -> Principal {
        if (kept.relation == Relation::ByFunction || self.is_own_work(event))
            && let Some(subject) = &self.case.subject
        {
            return Principal {
                kind: PrincipalKind::Function,
                account: subject.account.clone(),
                name: subject.name.clone(),
                session: None,
            };
        }
        // The human who signs in and the session that this starts are one.
        if event.action == "AssumeRoleWithSAML"
            && let Some(arn) = event.answered("/assumedRoleUser/arn")
            && let Some(session) = Principal::of_arn(arn)
        {
            return human(session, arn);
        }
        let principal = Principal::of(&event.identity);
        if let Some(arn) = event.identity.arn.as_deref().filter(|arn| self.saml.contains(arn)) {
            return human(principal, arn);
        }
        // A record that lacks a name or an account still has the unique id that other records put
        // both to.
        match event.identity.unique_id().and_then(|id| Some((id, self.names.get(id)?))) {
            Some((id, named))
                if principal.kind == named.kind
                    && (principal.name == id || principal.name == named.name)
                    && principal
                        .account
                        .as_ref()
                        .is_none_or(|account| named.account.as_ref() == Some(account)) =>
            {
                Principal { session: principal.session, ..named.clone() }
            }
            _ => principal,
        }
    }

    /// Whether the function itself made a call about itself.
    fn is_own_work(&self, event: &Event) -> bool {
        let Some(subject) = &self.case.subject else { return false };
        self.roles.iter().any(|role| Principal::is_function(&event.identity, subject, role))
            && (event.identity.scope.is_some() || !self.sessions.was_started_by_somebody(event))
    }
}

fn human(principal: Principal, arn: &str) -> Principal {
    let session = arn.split_once(":assumed-role/").and_then(|(_, rest)| rest.split_once('/'));
    let session = session.map_or(arn, |(_, session)| session);
    Principal { kind: PrincipalKind::Federated, session: Some(session.to_owned()), ..principal }
}

/// Unique ids (`AROA…`, `AIDA…`) and the users and roles that records name with them.
fn names_of_ids(case: &Case) -> BTreeMap<&str, Principal> {
    let mut names: BTreeMap<&str, Principal> = BTreeMap::new();
    for event in case.events.iter().map(|kept| &kept.fact) {
        let principal = Principal::of(&event.identity);
        if let Some(id) = event.identity.unique_id()
            && principal.name != id
            && matches!(principal.kind, PrincipalKind::User | PrincipalKind::Role)
            && names.get(id).is_none_or(|known| known.account.is_none())
        {
            names.insert(id, principal);
        }
    }
    names
}

fn actor<'a>(
    principal: Principal,
    calls: Vec<&'a Event>,
    sessions: &Sessions<'a>,
) -> Option<Actor<'a>> {
    let (first_call, last) = (*calls.first()?, calls.last()?.time);
    let identities = || calls.iter().map(|event| &event.identity);
    let issuer_arn = identities()
        .filter(|identity| identity.kind == IdentityKind::AssumedRole)
        .find_map(|identity| identity.issuer.as_ref()?.arn.clone());
    let mfa = identities().filter_map(|identity| identity.mfa).reduce(|all, one| all && one);
    let mut chain: Vec<Start<'a>> = Vec::new();
    let mut started = BTreeSet::new();
    for event in &calls {
        let session = (event.identity.access_key.as_deref(), event.identity.session_created);
        if started.insert(session) {
            chain.extend(sessions.chain(event));
        }
    }
    chain.sort_by(|a, b| {
        (a.depth, a.event.time, &a.event.record).cmp(&(b.depth, b.event.time, &b.event.record))
    });
    let mut linked = BTreeSet::new();
    chain.retain(|start| linked.insert(&start.event.record));
    Some(Actor {
        arn: arn(&principal, &calls, issuer_arn.as_deref()),
        issuer_arn,
        sessions: identities().filter_map(|identity| identity.session_name()).collect(),
        keys: identities().filter_map(|identity| identity.access_key.as_deref()).collect(),
        addresses: calls.iter().filter_map(|event| event.source_ip.as_deref()).collect(),
        agents: calls.iter().filter_map(|event| event.user_agent.as_deref()).collect(),
        mfa,
        first: first_call.time,
        last,
        record: &first_call.record,
        principal,
        calls,
        chain,
    })
}

/// The ARN by which responders know a principal: a role's or user's own, a human's session; a
/// service and an account have none, so the name stands there. None is made up: a role's ARN holds its path, which
/// only the record of the role itself tells.
fn arn(principal: &Principal, calls: &[&Event], issuer: Option<&str>) -> Option<String> {
    let recorded = || calls.iter().find_map(|event| event.identity.arn.clone());
    match principal.kind {
        PrincipalKind::Role => issuer.map(str::to_owned).or_else(recorded),
        PrincipalKind::Federated => {
            // What a provider's user was answered with is its own session only where the two are
            // one and the same person.
            let answered = |event: &&Event| {
                let arn = event.answered("/assumedRoleUser/arn");
                arn.filter(|_| principal.session.is_some()).map(str::to_owned)
            };
            let sessions = || {
                calls
                    .iter()
                    .filter_map(|event| event.identity.arn.clone().or_else(|| answered(event)))
            };
            sessions().find(|arn| arn.contains(":assumed-role/")).or_else(|| sessions().next())
        }
        PrincipalKind::Service | PrincipalKind::Account => Some(principal.name.clone()),
        PrincipalKind::Function => {
            let scoped =
                calls.iter().find_map(|event| event.identity.scope.as_ref()?.source_arn.clone());
            scoped.or_else(recorded)
        }
        PrincipalKind::User | PrincipalKind::Root | PrincipalKind::Unknown => recorded(),
    }
}

impl Actor<'_> {
    /// How many of its calls were refused for lack of permission.
    pub fn denied(&self) -> usize {
        self.calls.iter().filter(|event| event.outcome() == Outcome::Denied).count()
    }
}
