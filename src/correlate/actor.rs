//! Everybody who acted, once, however the records spell them.

use std::collections::{BTreeMap, BTreeSet};

use super::session::{Sessions, Start};
use crate::model::{
    Arn, Case, Event, IdentityKind, Kept, Outcome, Principal, PrincipalKind, RecordId, Relation,
    Time,
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
    by_record: BTreeMap<&'a RecordId, Principal>,
}

impl<'a> Actors<'a> {
    /// Finds everybody who made a call of the case.
    pub fn of(case: &'a Case, sessions: &Sessions<'a>) -> Self {
        let saml = sessions.saml();
        let names = names_of_ids(case);
        let mut by_record = BTreeMap::new();
        let mut calls: BTreeMap<Principal, Vec<&'a Event>> = BTreeMap::new();
        for kept in &case.events {
            let principal = principal(kept, case, &saml, &names);
            by_record.insert(&kept.fact.record, principal.clone());
            calls.entry(principal).or_default().push(&kept.fact);
        }
        let mut all: Vec<Actor<'a>> = calls
            .into_iter()
            .filter_map(|(principal, calls)| actor(principal, calls, sessions))
            .collect();
        all.sort_by(|a, b| (a.first, &a.principal).cmp(&(b.first, &b.principal)));
        Self { all, by_record }
    }

    /// Who made the call.
    pub fn who(&self, event: &Event) -> Option<&Actor<'a>> {
        let principal = self.by_record.get(&event.record)?;
        self.all.iter().find(|actor| actor.principal == *principal)
    }
}

/// The principal behind a call, with what the rest of the case tells of it.
fn principal(
    kept: &Kept<Event>,
    case: &Case,
    saml: &BTreeSet<&str>,
    names: &BTreeMap<&str, (String, Option<String>)>,
) -> Principal {
    let event = &kept.fact;
    if kept.relation == Relation::ByFunction
        && let Some(subject) = &case.subject
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
    let mut principal = Principal::of(&event.identity);
    if let Some(arn) = event.identity.arn.as_deref().filter(|arn| saml.contains(arn)) {
        return human(principal, arn);
    }
    // A record that lacks names still has the unique id that other records put a name to.
    if let Some(id) = event.identity.unique_id()
        && principal.name == id
        && let Some((name, account)) = names.get(id)
    {
        principal.name.clone_from(name);
        principal.account = principal.account.or_else(|| account.clone());
    }
    principal
}

fn human(principal: Principal, arn: &str) -> Principal {
    let session = arn.rsplit('/').next().unwrap_or(arn);
    Principal {
        kind: PrincipalKind::Federated,
        session: Some(session.to_owned()),
        ..principal
    }
}

/// Unique ids (`AROA…`, `AIDA…`) and the names that records give them.
fn names_of_ids(case: &Case) -> BTreeMap<&str, (String, Option<String>)> {
    let mut names = BTreeMap::new();
    for event in case.events.iter().map(|kept| &kept.fact) {
        let principal = Principal::of(&event.identity);
        if let Some(id) = event.identity.unique_id()
            && principal.name != id
            && matches!(principal.kind, PrincipalKind::User | PrincipalKind::Role)
        {
            names.entry(id).or_insert((principal.name, principal.account));
        }
    }
    names
}

fn actor<'a>(
    principal: Principal,
    calls: Vec<&'a Event>,
    sessions: &Sessions<'a>,
) -> Option<Actor<'a>> {
    let (first, last) = (calls.first()?.time, calls.last()?.time);
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
    chain.sort_by(|a, b| (a.depth, a.event.time, &a.event.record).cmp(&(b.depth, b.event.time, &b.event.record)));
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
        first,
        last,
        principal,
        calls,
        chain,
    })
}

/// The ARN by which responders know a principal: a role's or user's own, a human's session, an
/// account's root; a service has none, so its name stands there.
fn arn(principal: &Principal, calls: &[&Event], issuer: Option<&str>) -> Option<String> {
    let recorded = || calls.iter().find_map(|event| event.identity.arn.clone());
    let account = principal.account.as_deref();
    match principal.kind {
        PrincipalKind::Role => issuer.map(str::to_owned).or_else(|| {
            Some(format!("arn:aws:iam::{}:role/{}", account?, principal.name))
        }),
        PrincipalKind::Federated => {
            let sessions = || calls.iter().filter_map(|event| {
                event.identity.arn.clone().or_else(|| event.answered("/assumedRoleUser/arn").map(str::to_owned))
            });
            sessions().find(|arn| arn.contains(":assumed-role/")).or_else(|| sessions().next())
        }
        PrincipalKind::Service => Some(principal.name.clone()),
        PrincipalKind::Account => Some(format!("arn:aws:iam::{}:root", principal.name)),
        PrincipalKind::Function => {
            let region = calls.iter().find_map(|event| event.identity.scope.as_ref()?.source_arn.clone());
            region.or_else(|| recorded().filter(|arn| Arn::parse(arn).is_some()))
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
