//! Who made the calls, and with what: one box an access key, or a session name of a principal.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::{Facts, NodeAt};

/// An access key, the sessions of one name of one principal, or a principal of which neither is
/// recorded.
#[derive(Default)]
pub struct Credential {
    /// What it is.
    pub kind: &'static str,
    /// What it is called.
    pub label: String,
    /// Whose it is.
    pub owner: String,
    /// Whether a call on the path to the finding was made with it.
    pub path: bool,
    /// How many sessions it stands for.
    pub sessions: usize,
    /// Its calls.
    pub calls: Vec<NodeAt>,
    /// The things of the graph that it stands for.
    pub nodes: BTreeSet<NodeAt>,
    /// Whether nobody but an AWS service holds it.
    pub service: bool,
}

/// The credentials, and where each thing of the graph went.
#[derive(Default)]
pub struct Credentials {
    /// In the order of their owners and names.
    pub all: Vec<Credential>,
    /// Of a session, key or principal, the credential; where there are two, that on the path.
    pub of: BTreeMap<NodeAt, usize>,
}

/// Owner, session name, access key, and whether it is on the path.
type Key = (String, String, String, bool);

/// Groups the calls by what they were made with.
pub fn credentials(facts: &Facts<'_>, path: &BTreeSet<NodeAt>) -> Credentials {
    let makers: Vec<(NodeAt, NodeAt, NodeAt)> = facts
        .of_kind("call")
        .filter_map(|call| {
            let maker =
                facts.into(call).find(|edge| matches!(edge.view.relation, "made" | "called"))?;
            let credential = match facts.kind(maker.from) {
                "session" | "function" => maker.from,
                _ => facts.key_used(maker.from, call).unwrap_or(maker.from),
            };
            Some((call, maker.from, credential))
        })
        .collect();
    let on_path: BTreeSet<(NodeAt, NodeAt)> = makers
        .iter()
        .filter(|(call, ..)| path.contains(call))
        .map(|(_, maker, credential)| (*maker, *credential))
        .collect();
    let mut found: BTreeMap<Key, Credential> = BTreeMap::new();
    let mut of: BTreeMap<NodeAt, Key> = BTreeMap::new();
    for (call, maker, node) in makers {
        let is_on_path = on_path.contains(&(maker, node));
        let (kind, label, owner, service) = names(facts, call, maker, node);
        let key = match kind {
            "SESSION" => (owner.clone(), label.clone(), String::new(), is_on_path),
            "ACCESS KEY" => (owner.clone(), String::new(), label.clone(), is_on_path),
            _ => (label.clone(), String::new(), String::new(), is_on_path),
        };
        let credential = found.entry(key.clone()).or_default();
        (credential.kind, credential.service) = (kind, service);
        (credential.label, credential.owner) = (label, owner);
        credential.path = is_on_path;
        credential.calls.push(call);
        if facts.kind(maker) != "function" {
            credential.nodes.extend([maker, node]);
            credential.nodes.extend(facts.key_used(maker, call));
        }
        for node in [node, maker] {
            if is_on_path {
                of.insert(node, key.clone());
            } else {
                of.entry(node).or_insert_with(|| key.clone());
            }
        }
    }
    let places: BTreeMap<Key, usize> =
        found.keys().enumerate().map(|(at, key)| (key.clone(), at)).collect();
    let of = of.into_iter().filter_map(|(node, key)| Some((node, *places.get(&key)?)));
    let of = of.collect();
    let all = found.into_values().map(|mut credential| {
        let sessions = credential.nodes.iter().filter(|node| facts.kind(**node) == "session");
        credential.sessions = sessions.count();
        credential
    });
    Credentials { all: all.collect(), of }
}

/// Kind, name and owner of what a call was made with, and whether an AWS service made it.
fn names(
    facts: &Facts<'_>,
    call: NodeAt,
    maker: NodeAt,
    node: NodeAt,
) -> (&'static str, String, String, bool) {
    let label = facts.label(node);
    let actor = facts.row(call).and_then(|row| row.actor.as_ref()).map_or("", |actor| actor.raw());
    match facts.kind(node) {
        "function" => ("THE FUNCTION ITSELF", label.to_owned(), "by its role".to_owned(), false),
        "session" => {
            let name = label.strip_prefix("session ").unwrap_or(label);
            let owner = facts.into(maker).find(|edge| edge.view.relation == "acted in");
            let owner = owner.map_or("", |edge| facts.label(edge.from));
            // What is in brackets after a federated human's own name is the role.
            let role = owner.strip_prefix(name).and_then(|rest| rest.strip_prefix(" ("));
            let role = role.and_then(|rest| rest.strip_suffix(')')).unwrap_or(owner);
            ("SESSION", name.to_owned(), format!("of {role}"), false)
        }
        "access_key" => {
            let owner = if actor.is_empty() { facts.label(maker) } else { actor };
            ("ACCESS KEY", label.to_owned(), format!("of {owner}"), false)
        }
        _ => {
            // A federated human, and the role that he or she came into.
            if let Some((name, role)) =
                label.strip_suffix(')').and_then(|label| label.rsplit_once(" ("))
            {
                return ("FEDERATED USER", name.to_owned(), format!("in {role}"), false);
            }
            let service = actor == label && label.ends_with(".amazonaws.com");
            let kind = match actor.split(' ').next() {
                _ if service => "AWS SERVICE",
                Some("user") => "USER",
                Some("role") => "ROLE",
                Some("federated") => "FEDERATED USER",
                Some("account") => "ACCOUNT",
                Some("the") => "ROOT USER",
                _ => "PRINCIPAL",
            };
            (kind, label.to_owned(), String::new(), service)
        }
    }
}
