//! What may invoke the function.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    Noted, done,
    role::{one_or_many, principals},
    text,
};
use crate::{
    correlate::subject_items,
    model::{Arn, Case, Event, RecordId, Relation},
    report::text::Citations,
};

/// Something that may invoke the function.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trigger {
    /// A statement of its resource policy.
    Statement {
        /// Its id, by which it is removed.
        sid: Option<String>,
        /// Whom it lets in.
        who: String,
        /// For which source alone.
        source: Option<String>,
        /// To whom it opens the function.
        opened: Opened,
    },
    /// Its URL.
    Url {
        /// The URL.
        url: Option<String>,
        /// `NONE` or `AWS_IAM`.
        auth: Option<String>,
    },
    /// A queue, stream or topic that Lambda reads for it.
    Mapping {
        /// The mapping's id.
        uuid: Option<String>,
        /// What is read.
        source: Option<String>,
        /// Whether it was last set to read.
        enabled: bool,
    },
    /// A rule of `EventBridge`.
    Rule {
        /// Its name.
        name: String,
        /// Its event bus, where it is not the default one.
        bus: Option<String>,
        /// `rate(10 minutes)`.
        schedule: Option<String>,
        /// Whether it was last set to run.
        enabled: bool,
    },
}

/// To whom a statement opens the function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Opened {
    /// An AWS service, or a principal of the function's own account.
    Inside,
    /// A principal of another account.
    Account,
    /// Everybody.
    Everybody,
}

pub fn triggers(case: &Case) -> Vec<Noted<Trigger>> {
    let mut found = statements(case);
    found.extend(url(case));
    found.extend(mappings(case));
    found.extend(rules(case));
    found.sort_by(|a, b| a.what.cmp(&b.what));
    found
}

/// The statements of the last item's resource policy, and what calls added to it and took away
/// since.
fn statements(case: &Case) -> Vec<Noted<Trigger>> {
    let account = case.subject.as_ref().and_then(|subject| subject.account.as_deref());
    let item = subject_items(case).last();
    let mut held: Vec<(Option<String>, Vec<Noted<Trigger>>)> = Vec::new();
    if let Some(item) = item {
        for statement in one_or_many(item.supplementary.pointer("/Policy/Statement")) {
            held.push(admitted(statement, account, &item.record));
        }
    }
    let since = item.map(|item| item.captured);
    for event in done(case).filter(|event| since.is_none_or(|since| event.time > since)) {
        let sid = event.asked("/statementId").map(str::to_owned);
        match event.action.as_str() {
            "AddPermission" => held.push(asked(event, account)),
            "RemovePermission" => held.retain(|(known, _)| *known != sid),
            "DeleteFunction" | "DeleteResourcePolicy" => held.clear(),
            _ => {}
        }
    }
    held.into_iter().flat_map(|(_, triggers)| triggers).collect()
}

fn admitted(
    statement: &Value,
    account: Option<&str>,
    record: &RecordId,
) -> (Option<String>, Vec<Noted<Trigger>>) {
    let sid = text(statement, "/Sid").map(str::to_owned);
    if text(statement, "/Effect") != Some("Allow") {
        return (sid, Vec::new());
    }
    let source = source(statement.get("Condition"));
    let triggers = principals(statement.get("Principal"))
        .into_iter()
        .map(|who| Noted {
            what: Trigger::Statement {
                opened: opened(&who, account),
                sid: sid.clone(),
                who,
                source: source.clone(),
            },
            citations: Citations::one(record),
        })
        .collect();
    (sid, triggers)
}

/// The statement that a call added, as its parameters tell it.
fn asked(event: &Event, account: Option<&str>) -> (Option<String>, Vec<Noted<Trigger>>) {
    let sid = event.asked("/statementId").map(str::to_owned);
    let source = event.asked("/sourceArn").or_else(|| event.asked("/sourceAccount"));
    let trigger = event.asked("/principal").map(|who| Noted {
        what: Trigger::Statement {
            sid: sid.clone(),
            who: who.to_owned(),
            source: source.map(str::to_owned),
            opened: opened(who, account),
        },
        citations: Citations::one(&event.record),
    });
    (sid, trigger.into_iter().collect())
}

fn opened(who: &str, account: Option<&str>) -> Opened {
    let of = Arn::parse(who).map(|arn| arn.account.to_owned());
    let of = of.or_else(|| who.bytes().all(|b| b.is_ascii_digit()).then(|| who.to_owned()));
    match of {
        _ if who == "*" => Opened::Everybody,
        Some(of) if account.is_some_and(|own| own != of) => Opened::Account,
        _ => Opened::Inside,
    }
}

/// The `AWS:SourceArn` or account of a statement's condition, whatever its capitals.
fn source(condition: Option<&Value>) -> Option<String> {
    let operators = condition?.as_object()?.values().filter_map(Value::as_object);
    let keys = operators.flatten();
    let mut sources = keys.filter(|(key, _)| {
        ["aws:sourcearn", "aws:sourceaccount"].contains(&key.to_ascii_lowercase().as_str())
    });
    sources.find_map(|(_, value)| value.as_str().map(str::to_owned))
}

fn url(case: &Case) -> Option<Noted<Trigger>> {
    let mut found: Option<Noted<Trigger>> = None;
    for event in done(case) {
        match event.action.as_str() {
            "CreateFunctionUrlConfig" | "UpdateFunctionUrlConfig" => {
                let said = |name: &str| event.answered(name).or_else(|| event.asked(name));
                let what = Trigger::Url {
                    url: said("/functionUrl").map(str::to_owned),
                    auth: said("/authType").map(str::to_owned),
                };
                found = Some(Noted { what, citations: Citations::one(&event.record) });
            }
            "DeleteFunctionUrlConfig" | "DeleteFunction" => found = None,
            _ => {}
        }
    }
    found
}

fn mappings(case: &Case) -> Vec<Noted<Trigger>> {
    let mut found: BTreeMap<String, Noted<Trigger>> = BTreeMap::new();
    let calls = case.events.iter().filter(|kept| {
        matches!(kept.relation, Relation::Subject | Relation::Trigger)
            && kept.fact.service() == "lambda"
            && kept.fact.error.is_none()
    });
    for event in calls.map(|kept| &kept.fact) {
        let uuid = ["/uUID", "/uuid", "/UUID"]
            .iter()
            .find_map(|name| event.answered(name).or_else(|| event.asked(name)));
        let said = |name: &str| event.answered(name).or_else(|| event.asked(name));
        let key = uuid.unwrap_or(&event.record.0).to_owned();
        match event.action.as_str() {
            "CreateEventSourceMapping" | "UpdateEventSourceMapping" => {
                let enabled = event.request.get("enabled").and_then(Value::as_bool);
                let source = said("/eventSourceArn").map(str::to_owned);
                let what = Trigger::Mapping {
                    uuid: uuid.map(str::to_owned),
                    source,
                    enabled: enabled.unwrap_or(true),
                };
                found.insert(key, Noted { what, citations: Citations::one(&event.record) });
            }
            "DeleteEventSourceMapping" | "LambdaESMDisabled" => {
                found.remove(&key);
            }
            _ => {}
        }
    }
    found.into_values().collect()
}

/// A rule as the calls about it leave it.
#[derive(Default)]
struct Rule<'a> {
    schedule: Option<&'a str>,
    disabled: bool,
    gone: bool,
    aims: bool,
    records: Vec<&'a RecordId>,
}

fn rules(case: &Case) -> Vec<Noted<Trigger>> {
    let mut rules: BTreeMap<(&str, Option<&str>), Rule<'_>> = BTreeMap::new();
    let calls = case
        .events
        .iter()
        .filter(|kept| kept.relation == Relation::Trigger && kept.fact.service() == "events")
        .map(|kept| &kept.fact)
        .filter(|event| event.error.is_none() && event.writes());
    for event in calls {
        let Some(name) = event.asked("/rule").or_else(|| event.asked("/name")) else { continue };
        let bus = event.asked("/eventBusName").filter(|bus| *bus != "default");
        let rule = rules.entry((name, bus)).or_default();
        match event.action.as_str() {
            "PutRule" => {
                rule.schedule = event.asked("/scheduleExpression");
                rule.disabled = event.asked("/state") == Some("DISABLED");
                rule.gone = false;
            }
            "PutTargets" => rule.aims = true,
            "EnableRule" => rule.disabled = false,
            "DisableRule" => rule.disabled = true,
            "DeleteRule" => rule.gone = true,
            _ => continue,
        }
        rule.records.push(&event.record);
    }
    rules
        .into_iter()
        .filter(|(_, rule)| !rule.gone && rule.aims)
        .filter_map(|((name, bus), rule)| {
            let (first, more) = rule.records.split_first()?;
            let mut citations = Citations::one(first);
            more.iter().for_each(|record| citations.push_last(record));
            Some(Noted {
                what: Trigger::Rule {
                    name: name.to_owned(),
                    bus: bus.map(str::to_owned),
                    schedule: rule.schedule.map(str::to_owned),
                    enabled: !rule.disabled,
                },
                citations,
            })
        })
        .collect()
}
