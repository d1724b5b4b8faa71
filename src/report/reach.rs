//! What the function could reach, beside what its credentials did.

use std::collections::BTreeMap;

use super::{
    defang::{defang, defang_words},
    naming::{at, clipped},
    scene::{Network, Noted, Opened, Policy, PolicyKind, Role, Scene, Trigger},
    sentence::target,
    text::{Citations, Text, When},
    view::{Reach, ReachCall, ReachFact, ReachPart},
};
use crate::model::{Event, Outcome, Relation, Source, Time};

/// How many targets of one call are named.
const TARGETS: usize = 5;

/// How many facts of one aspect, and calls of different names, are listed.
const LISTED: usize = 60;

/// What is recorded of the function's reach.
pub fn reach(scene: &Scene<'_, '_>, when: &dyn Fn(Time) -> When) -> Reach {
    if scene.function.is_none() {
        return Reach {
            none: Some(
                "Not looked for: casefile follows Lambda functions, and this finding is about something else.",
            ),
            ..Reach::default()
        };
    }
    let did = did(scene, when);
    Reach {
        none: None,
        could: vec![
            role(scene),
            policies(scene),
            trust(scene),
            triggers(scene),
            network(scene),
            environment(scene),
            layers(scene),
            file_systems(scene),
            code(scene),
        ],
        did_left: did.len().saturating_sub(LISTED),
        did: did.into_iter().take(LISTED).collect(),
    }
}

fn fact(text: impl Into<Text>, citations: &Citations) -> ReachFact {
    ReachFact { text: text.into(), change: None, citations: citations.clone() }
}

/// An aspect, and what is said where nothing is recorded of it: a sentence, and the source of
/// which it has to be told whether it was asked at all.
fn part(
    title: &'static str,
    facts: impl IntoIterator<Item = ReachFact>,
    none: (&'static str, Option<Source>),
) -> ReachPart {
    let mut facts: Vec<ReachFact> = facts.into_iter().collect();
    let left = facts.len().saturating_sub(LISTED);
    facts.truncate(LISTED);
    if let Some(last) = facts.last_mut().filter(|_| left > 0) {
        last.text = format!("{} (and {left} more)", last.text.raw()).into();
    }
    let none = facts.is_empty().then_some(none);
    ReachPart {
        title,
        facts,
        none: none.map(|(sentence, _)| sentence),
        source: none.and_then(|(_, source)| Some(source?.word())),
    }
}

fn role(scene: &Scene<'_, '_>) -> ReachPart {
    let mut facts = Vec::new();
    if let Some(role) = &scene.role {
        let name = role.arn.as_deref().unwrap_or(&role.name);
        facts.push(fact(name, &role.citations));
        if let Some(boundary) = &role.boundary {
            let text = format!("Permissions boundary {}", boundary.what);
            facts.push(fact(text, &boundary.citations));
        }
    }
    part("Execution role", facts, ("No record names its role.", Some(Source::Config)))
}

fn policies(scene: &Scene<'_, '_>) -> ReachPart {
    let none = match &scene.role {
        Some(Role { recorded: Some(_), .. }) => {
            ("Its last configuration item holds no policy.", None)
        }
        _ => {
            ("No item of the role and no call about its policies was found.", Some(Source::Config))
        }
    };
    let all = scene.role.iter().flat_map(|role| {
        let had = role.policies.iter().map(|policy| (policy, true));
        had.chain(role.lost.iter().map(|policy| (policy, false)))
    });
    part("Policies", all.map(|(policy, has)| policy_fact(policy, has)), none)
}

fn policy_fact(policy: &Policy, has: bool) -> ReachFact {
    let mut text = match (policy.kind, &policy.arn) {
        (PolicyKind::Managed, Some(arn)) => format!("Managed policy {} ({arn})", policy.name),
        (PolicyKind::Managed, None) => format!("Managed policy {}", policy.name),
        (PolicyKind::Inline, _) => format!("Inline policy {}", policy.name),
    };
    let change = policy.added.as_ref().filter(|added| added.lately || !has);
    if let Some(added) = &policy.added {
        let verb = if has { "added" } else { "taken away" };
        let by = added
            .who
            .as_ref()
            .map_or_else(|| ", by a call that was not seen".to_owned(), |who| format!(" by {who}"));
        let by = if added.who.is_none() {
            format!(", recorded {}{by}", at(added.time))
        } else {
            format!(" {}{by}", at(added.time))
        };
        text.push_str(&format!("; {verb}{by}"));
    }
    ReachFact {
        text: text.into(),
        change: change.map(|_| if has { "added" } else { "removed" }),
        citations: policy.citations.clone(),
    }
}

fn trust(scene: &Scene<'_, '_>) -> ReachPart {
    let trusted = scene.role.iter().flat_map(|role| &role.trusted);
    let facts = trusted.map(|who| fact(who.what.clone(), &who.citations));
    let none = match &scene.role {
        Some(Role { recorded: Some(_), .. }) => {
            ("The role’s last configuration item allows nobody.", None)
        }
        _ => ("No item of the role was found.", Some(Source::Config)),
    };
    part("Who may take the role", facts, none)
}

/// A trigger in words.
fn trigger_words(trigger: &Trigger) -> String {
    match trigger {
        Trigger::Statement { sid, who, source, opened } => {
            let who = match opened {
                Opened::Everybody => "everybody".to_owned(),
                Opened::Account => format!("{}, of another account", clipped(who)),
                Opened::Inside => clipped(who),
            };
            let name = sid.as_ref().map_or_else(String::new, |sid| format!(" {}", clipped(sid)));
            let source = source
                .as_ref()
                .map_or_else(String::new, |source| format!(" for {}", clipped(source)));
            format!("Resource policy statement{name} lets in {who}{source}")
        }
        Trigger::Url { url, auth } => {
            let url =
                url.as_ref().map_or_else(String::new, |url| format!(" {}", defang_words(url)));
            match auth.as_deref() {
                Some("NONE") => format!("Function URL{url}, without authorisation"),
                Some(auth) => format!("Function URL{url}, authorised by {auth}"),
                None => format!("Function URL{url}"),
            }
        }
        Trigger::Mapping { uuid, source, enabled } => {
            let id = uuid.as_ref().map_or_else(String::new, |id| format!(" {}", clipped(id)));
            let source = source
                .as_ref()
                .map_or_else(String::new, |source| format!(" reads {}", clipped(source)));
            let state = if *enabled { "" } else { ", switched off" };
            format!("Event source mapping{id}{source}{state}")
        }
        Trigger::Rule { name, bus, schedule, enabled } => {
            let bus = bus
                .as_ref()
                .map_or_else(String::new, |bus| format!(" on the bus {}", clipped(bus)));
            let schedule =
                schedule.as_ref().map_or_else(String::new, |when| format!(", {}", clipped(when)));
            let state = if *enabled { "" } else { ", switched off" };
            format!("EventBridge rule {}{bus}{schedule}{state}", clipped(name))
        }
    }
}

fn triggers(scene: &Scene<'_, '_>) -> ReachPart {
    let words = |trigger: &Noted<Trigger>| fact(trigger_words(&trigger.what), &trigger.citations);
    let none = "None was found. AWS Config records the resource policy alone; event source mappings, URLs and rules are known from calls.";
    let none = (none, Some(Source::CloudTrail));
    part("What may invoke it", scene.triggers.iter().map(words), none)
}

fn network(scene: &Scene<'_, '_>) -> ReachPart {
    let facts = match &scene.content.network {
        Network::Inside(placed) => {
            let vpc = &placed.what;
            let mut facts = Vec::new();
            let id = vpc.id.as_ref().map_or_else(
                || "a VPC whose id is not recorded".to_owned(),
                |id| format!("VPC {id}"),
            );
            facts.push(fact(
                format!(
                    "In {id}: it reaches what the routes and security groups there let it reach"
                ),
                &placed.citations,
            ));
            if !vpc.subnets.is_empty() {
                facts.push(fact(format!("Subnets {}", vpc.subnets.join(", ")), &placed.citations));
            }
            if !vpc.security_groups.is_empty() {
                let groups = vpc.security_groups.join(", ");
                facts.push(fact(format!("Security groups {groups}"), &placed.citations));
            }
            facts
        }
        Network::Outside(citations) => vec![fact(
            "No VPC is recorded: it reaches the internet directly, through Lambda’s own network",
            citations,
        )],
        Network::Unknown => Vec::new(),
    };
    part("Network", facts, ("No record describes where it runs.", Some(Source::Config)))
}

fn environment(scene: &Scene<'_, '_>) -> ReachPart {
    let names = scene.content.environment.iter();
    let facts = names.map(|names| fact(names.what.join(", "), &names.citations));
    part(
        "Environment variables, by name",
        facts,
        (
            "None was found. AWS Config does not record them, and CloudTrail leaves them out, so there may be some.",
            None,
        ),
    )
}

/// What is said where the function’s description holds nothing of a kind.
fn undescribed(scene: &Scene<'_, '_>) -> (&'static str, Option<Source>) {
    if scene.content.described.is_some() {
        ("Its last description holds none.", None)
    } else {
        ("No record describes the function as a whole.", Some(Source::Config))
    }
}

fn layers(scene: &Scene<'_, '_>) -> ReachPart {
    let facts = scene.content.layers.iter().map(|layer| {
        let (arn, new) = &layer.what;
        ReachFact { change: new.then_some("added"), ..fact(arn.as_str(), &layer.citations) }
    });
    part("Layers", facts, undescribed(scene))
}

fn file_systems(scene: &Scene<'_, '_>) -> ReachPart {
    let facts = scene.content.file_systems.iter().map(|system| {
        let (arn, mount) = &system.what;
        let at = mount.as_ref().map_or_else(String::new, |mount| format!(", mounted at {mount}"));
        fact(format!("{arn}{at}"), &system.citations)
    });
    part("File systems", facts, undescribed(scene))
}

fn code(scene: &Scene<'_, '_>) -> ReachPart {
    let mut facts = Vec::new();
    if let Some(code) = &scene.content.code {
        let origin = &code.what;
        let text = match (origin.kind, &origin.bucket, &origin.key, &origin.image_uri) {
            ("s3", Some(bucket), key, _) => {
                let key = key.as_deref().unwrap_or("an object that is not recorded");
                let version = origin.version.as_ref().map_or_else(
                    || ", no object version recorded".to_owned(),
                    |version| format!(", object version {version}"),
                );
                Some(format!("Bucket {bucket}, {key}{version}"))
            }
            (_, _, _, Some(image)) => Some(format!("Image {image}")),
            ("zip", ..) => Some("A zip file sent with the call".to_owned()),
            _ => None,
        };
        facts.extend(text.map(|text| fact(text, &code.citations)));
    }
    if let Some(hash) = &scene.content.hash {
        facts.push(fact(format!("SHA-256 {}", hash.what), &hash.citations));
    }
    part(
        "Where its code came from",
        facts,
        ("No call that put its code in place was found.", Some(Source::CloudTrail)),
    )
}

fn did(scene: &Scene<'_, '_>, when: &dyn Fn(Time) -> When) -> Vec<ReachCall> {
    let mut calls: BTreeMap<(&str, &str), Vec<&Event>> = BTreeMap::new();
    for kept in scene.case.events.iter().filter(|kept| kept.relation == Relation::ByFunction) {
        calls.entry((kept.fact.service(), &kept.fact.action)).or_default().push(&kept.fact);
    }
    let rows = calls.into_iter().filter_map(|((service, action), events)| {
        let (first, last) = (*events.first()?, *events.last()?);
        let of = |outcome| events.iter().filter(move |event| event.outcome() == outcome);
        let mut targets: Vec<String> = Vec::new();
        for event in &events {
            let target = target(event, Relation::ByFunction).map(|target| defang(&target));
            if let Some(target) = target.filter(|target| !targets.contains(target)) {
                targets.push(target);
            }
        }
        let rest = targets.len().saturating_sub(TARGETS);
        targets.truncate(TARGETS);
        if rest > 0 {
            targets.push(format!("and {rest} more"));
        }
        let refused = of(Outcome::Denied).next();
        Some(ReachCall {
            call: format!("{service} {action}").into(),
            count: events.len(),
            denied: of(Outcome::Denied).count(),
            failed: of(Outcome::Failed).count(),
            first: when(first.time),
            last: when(last.time),
            targets: targets.into_iter().map(Text::from).collect(),
            citations: Citations::one(&first.record)
                .and([&last.record])
                .and(refused.map(|event| &event.record)),
        })
    });
    rows.collect()
}
