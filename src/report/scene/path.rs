//! Who led up to the finding, and with which credentials.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::{Noted, latest_moment};
use crate::{
    correlate::{Correlation, is_dry_run, subject_calls},
    model::{Case, Event, Identity, IdentityKind, PrincipalKind, RecordId, Relation, Time},
    report::{
        lead::{SHORTLY, can_lead},
        naming::actor,
        text::Citations,
    },
};

/// Who changed what ran within so many seconds before the first activity is asked about first.
const FRESH: i64 = 86_400;

/// The calls that led up to the finding and the credentials behind them.
pub struct Path<'a> {
    /// In the order of time: what changed the function, its role or its triggers within a week
    /// before the first activity, and what gave out the credentials for it.
    pub calls: Vec<&'a Event>,
    /// The last of them that changed what ran.
    pub anchor: Option<&'a Event>,
    /// Whether that was within a day before the first activity.
    pub is_fresh: bool,
    /// Access keys of users.
    pub keys: Vec<Noted<Key>>,
    /// Sessions of roles.
    pub sessions: Vec<Noted<Session>>,
    /// Everybody who made one of the calls, in words, with what they called and when last.
    pub people: Vec<Noted<Person>>,
}

/// Somebody who made calls of the path.
#[derive(Clone, Debug)]
pub struct Person {
    /// In words.
    pub name: String,
    /// Names of the calls.
    pub calls: Vec<String>,
    /// The first of them.
    pub first: Time,
    /// The last of them.
    pub last: Time,
}

/// An access key of an IAM user.
#[derive(Clone, Debug)]
pub struct Key {
    /// Its id.
    pub id: String,
    /// Its user.
    pub user: String,
    /// The user's account.
    pub account: Option<String>,
    /// The last call of the path that it made; `None` for a key that was made and not used.
    pub used: Option<(String, Time)>,
    /// When it was made, if that is part of the path.
    pub made: Option<Time>,
    /// When it was seen to be deactivated or deleted.
    pub ended: Option<(Time, RecordId)>,
    /// Whether it made the call that changed what ran, or gave out what that was made with.
    pub is_behind: bool,
    /// Whether it made that call itself.
    pub is_nearest: bool,
}

/// A session of a role.
#[derive(Clone, Debug)]
pub struct Session {
    /// The role's name.
    pub role: String,
    /// The role's account.
    pub account: Option<String>,
    /// The session's name.
    pub name: String,
    /// Whether IAM Identity Center manages the role.
    pub is_identity_center: bool,
    /// The account of whoever started it, where that is another than the function's.
    pub from_account: Option<String>,
    /// The last call of the path in it.
    pub used: (String, Time),
    /// Whether the call that changed what ran was made in it, or what that was made with.
    pub is_behind: bool,
    /// Whether it had ended by the latest moment of which the evidence knows.
    pub is_over: bool,
}

impl<'a> Path<'a> {
    pub fn of(case: &'a Case, worked: &Correlation<'a>) -> Self {
        let calls = calls(case, worked);
        let anchor = anchor(case, worked, &calls);
        Self {
            keys: keys(case, worked, &calls, anchor),
            sessions: sessions(case, worked, &calls, anchor),
            people: people(worked, &calls),
            is_fresh: anchor
                .zip(case.finding.signal())
                .is_some_and(|(anchor, signal)| signal.seconds_since(anchor.time) <= FRESH),
            calls,
            anchor,
        }
    }
}

fn calls<'a>(case: &'a Case, worked: &Correlation<'a>) -> Vec<&'a Event> {
    let Some(signal) = case.finding.signal() else { return Vec::new() };
    if case.subject.is_none() {
        return Vec::new();
    }
    let within = |time: Time| (0..=SHORTLY).contains(&signal.seconds_since(time));
    let made = case
        .events
        .iter()
        .filter(|kept| {
            matches!(kept.relation, Relation::Subject | Relation::Role | Relation::Trigger)
        })
        .map(|kept| &kept.fact)
        .filter(|event| event.error.is_none() && event.writes() && !is_dry_run(event))
        .filter(|event| within(event.time) && !worked.provenance.was_earlier_function(event.time))
        .filter(|event| can_lead(case, worked, event));
    let mut found: BTreeMap<(Time, &RecordId), &'a Event> = BTreeMap::new();
    for event in made {
        found.insert((event.time, &event.record), event);
        for start in worked.sessions.chain(event) {
            found.insert((start.event.time, &start.event.record), start.event);
        }
    }
    found.into_values().filter(|event| event.identity.kind != IdentityKind::Service).collect()
}

/// The last call of the path that changed what ran: of a published version or an alias, the one
/// that put its code there.
fn anchor<'a>(case: &'a Case, worked: &Correlation<'a>, calls: &[&'a Event]) -> Option<&'a Event> {
    let version = case.subject.as_ref()?.version.as_deref();
    let running = worked.provenance.running.as_ref().map(|running| running.event);
    let path: BTreeSet<&RecordId> = calls.iter().map(|call| &call.record).collect();
    let on_path = |event: &&Event| path.contains(&event.record);
    if version.is_some_and(|version| version != "$LATEST") {
        return running.filter(on_path);
    }
    let asked = |event: &Event, name: &str| event.request.get(name).is_some_and(|v| !v.is_null());
    subject_calls(case)
        .filter(on_path)
        .filter(|event| match event.action.as_str() {
            "CreateFunction" | "UpdateFunctionCode" => true,
            "UpdateFunctionConfiguration" => asked(event, "layers") || asked(event, "role"),
            _ => false,
        })
        .last()
}

/// Whether the event is the anchor, or gave out what the anchor was made with.
fn behind(worked: &Correlation<'_>, anchor: Option<&Event>) -> BTreeSet<RecordId> {
    let Some(anchor) = anchor else { return BTreeSet::new() };
    let chain = worked.sessions.chain(anchor);
    let mut records: BTreeSet<RecordId> =
        chain.iter().map(|start| start.event.record.clone()).collect();
    records.insert(anchor.record.clone());
    records
}

fn keys(
    case: &Case,
    worked: &Correlation<'_>,
    calls: &[&Event],
    anchor: Option<&Event>,
) -> Vec<Noted<Key>> {
    let behind = behind(worked, anchor);
    let mut found: BTreeMap<String, Noted<Key>> = BTreeMap::new();
    for event in calls {
        let identity = &event.identity;
        let principal = worked.actors.who(event).map(|actor| &actor.principal);
        if let (Some(id), Some(user)) = (identity.access_key.as_deref(), principal)
            && user.kind == PrincipalKind::User
        {
            let known = found.entry(id.to_owned()).or_insert_with(|| {
                key(case, id, user.name.clone(), user.account.clone(), &event.record)
            });
            known.what.used = Some((event.name.clone(), event.time));
            known.what.is_behind |= behind.contains(&event.record);
            known.what.is_nearest |= anchor.is_some_and(|anchor| anchor.record == event.record);
            known.citations.push_last(&event.record);
        }
        if let Some(id) = event.answered("/accessKey/accessKeyId") {
            let user = event.answered("/accessKey/userName").or_else(|| event.asked("/userName"));
            let user = user.map(str::to_owned).or_else(|| Some(principal?.name.clone()));
            let Some(user) = user else { continue };
            let known = found
                .entry(id.to_owned())
                .or_insert_with(|| key(case, id, user, event.account.clone(), &event.record));
            known.what.made = Some(event.time);
            known.citations.push_last(&event.record);
        }
    }
    let mut keys: Vec<Noted<Key>> = found.into_values().collect();
    keys.sort_by_key(|key| {
        let of = &key.what;
        (!of.is_nearest, !of.is_behind, Reverse(of.used.as_ref().map(|(_, time)| *time)))
    });
    keys
}

/// A key of which nothing but its user is told yet.
fn key(
    case: &Case,
    id: &str,
    user: String,
    account: Option<String>,
    record: &RecordId,
) -> Noted<Key> {
    Noted {
        what: Key {
            id: id.to_owned(),
            user,
            account,
            used: None,
            made: None,
            ended: ended(case, id),
            is_behind: false,
            is_nearest: false,
        },
        citations: Citations::one(record),
    }
}

/// When a call of the case deactivated or deleted the key, unless it was activated again.
fn ended(case: &Case, id: &str) -> Option<(Time, RecordId)> {
    let mut about = case.events.iter().map(|kept| &kept.fact).filter(|event| {
        event.error.is_none() && event.service() == "iam" && event.asked("/accessKeyId") == Some(id)
    });
    let last = about
        .rfind(|event| matches!(event.action.as_str(), "UpdateAccessKey" | "DeleteAccessKey"))?;
    let ends = last.action == "DeleteAccessKey" || last.asked("/status") == Some("Inactive");
    ends.then(|| (last.time, last.record.clone()))
}

fn sessions(
    case: &Case,
    worked: &Correlation<'_>,
    calls: &[&Event],
    anchor: Option<&Event>,
) -> Vec<Noted<Session>> {
    let known_until = latest_moment(case);
    let own = case.subject.as_ref().and_then(|subject| subject.account.as_deref());
    let behind = behind(worked, anchor);
    let mut found: BTreeMap<(String, String), Noted<Session>> = BTreeMap::new();
    for event in calls {
        let Some(maker) = worked.actors.who(event) else { continue };
        if !matches!(maker.principal.kind, PrincipalKind::Role | PrincipalKind::Federated) {
            continue;
        }
        let Some(name) = event.identity.session_name() else { continue };
        let chain = worked.sessions.chain(event);
        let is_over = is_over(event, chain.first().map(|start| start.event), known_until);
        let principal = &maker.principal;
        let from_account = chain
            .iter()
            .filter_map(|start| start.event.identity.account.as_deref())
            .find(|account| own.is_some_and(|own| own != *account));
        let is_behind = behind.contains(&event.record);
        let session =
            found.entry((principal.name.clone(), name.to_owned())).or_insert_with(|| Noted {
                what: Session {
                    role: principal.name.clone(),
                    account: principal.account.clone(),
                    name: name.to_owned(),
                    is_identity_center: principal.name.starts_with("AWSReservedSSO_"),
                    from_account: from_account.map(str::to_owned),
                    used: (event.name.clone(), event.time),
                    is_behind,
                    is_over,
                },
                citations: Citations::one(&event.record),
            });
        session.what.used = (event.name.clone(), event.time);
        session.what.is_behind |= is_behind;
        session.citations.push_last(&event.record);
    }
    let mut sessions: Vec<Noted<Session>> = found.into_values().collect();
    sessions.sort_by_key(|session| (!session.what.is_behind, Reverse(session.what.used.1)));
    sessions
}

/// Whether the session had ended by the latest moment of which the evidence knows: by what its
/// credentials were given out with, else by the longest life of a session.
fn is_over(event: &Event, start: Option<&Event>, until: Option<Time>) -> bool {
    let Some(until) = until else { return false };
    let stated = start.and_then(|start| Time::parse(start.answered("/credentials/expiration")?));
    let begun = event.identity.session_created.or_else(|| Some(start?.time));
    let ends = stated.or_else(|| Some(begun?.plus_seconds(Identity::LONGEST_SESSION)));
    let ends = ends.unwrap_or_else(|| event.time.plus_seconds(Identity::LONGEST_SESSION));
    ends < until
}

fn people(worked: &Correlation<'_>, calls: &[&Event]) -> Vec<Noted<Person>> {
    let mut found: Vec<Noted<Person>> = Vec::new();
    for event in calls {
        let Some(maker) = worked.actors.who(event) else { continue };
        if matches!(maker.principal.kind, PrincipalKind::Service | PrincipalKind::Function) {
            continue;
        }
        let name = actor(maker);
        let call = event.action.clone();
        match found.iter_mut().find(|person| person.what.name == name) {
            Some(person) => {
                if !person.what.calls.contains(&call) {
                    person.what.calls.push(call);
                }
                person.what.last = event.time;
                person.citations.push_last(&event.record);
            }
            None => found.push(Noted {
                what: Person { name, calls: vec![call], first: event.time, last: event.time },
                citations: Citations::one(&event.record),
            }),
        }
    }
    found
}
