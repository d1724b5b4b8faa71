//! The execution role, its policies and who may take it.

use serde_json::Value;

use super::{super::lead::SHORTLY, Latest, Noted, list, text};
use crate::{
    correlate::Correlation,
    model::{Arn, Case, Event, Item, ItemStatus, Relation, Time},
    report::{naming::caller, text::Citations},
};

/// What is attached so many seconds after a role was made belongs to its making.
const MAKING: i64 = 600;

/// The execution role.
#[derive(Clone, Debug)]
pub struct Role {
    /// Its name without its path.
    pub name: String,
    /// Its ARN.
    pub arn: Option<String>,
    /// The records that say that the function runs as it.
    pub citations: Citations,
    /// When its last configuration item was captured; `None` when none was read.
    pub recorded: Option<Noted<Time>>,
    /// Its policies: those of the last item, and those that calls attached or wrote since.
    pub policies: Vec<Policy>,
    /// What it had and lost, in words of when.
    pub lost: Vec<Policy>,
    /// Who may take it, as its trust policy says: `lambda.amazonaws.com`, `account 1234…`.
    pub trusted: Vec<Noted<String>>,
    /// Its permissions boundary.
    pub boundary: Option<Noted<String>>,
}

/// What a policy is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PolicyKind {
    /// Of its own, attached by ARN.
    Managed,
    /// Written into the role.
    Inline,
}

/// One policy of the role.
#[derive(Clone, Debug)]
pub struct Policy {
    /// What it is.
    pub kind: PolicyKind,
    /// Its name.
    pub name: String,
    /// The ARN of a managed one.
    pub arn: Option<String>,
    /// How it came to the role, or went, where a record tells.
    pub added: Option<Added>,
    /// The records that state it.
    pub citations: Citations,
}

/// When and by whom a policy was attached, written or taken away.
#[derive(Clone, Debug)]
pub struct Added {
    /// When the call was made, or the item that shows it was captured.
    pub time: Time,
    /// Who, where a call was seen.
    pub who: Option<String>,
    /// Whether that was within a week before the first activity, or after it.
    pub lately: bool,
}

pub fn role(case: &Case, worked: &Correlation<'_>, latest: Option<&Latest<'_>>) -> Option<Role> {
    let details = case.finding.function.as_ref();
    let recorded = latest.and_then(|latest| Some((text(latest.configuration, "/role")?, latest)));
    let (arn, citations) = match details.and_then(|details| details.role.as_deref()) {
        Some(arn) => (arn, Citations::one(&case.finding.record)),
        None => {
            let (arn, latest) = recorded.as_ref()?;
            (*arn, Citations::one(latest.record))
        }
    };
    let parsed = Arn::parse(arn);
    let name = parsed.as_ref().map_or(arn, Arn::name);
    let account = parsed.as_ref().map(|arn| arn.account);
    let item = case
        .items
        .iter()
        .map(|kept| &kept.fact)
        .filter(|item| item.resource_type == "AWS::IAM::Role" && item.name() == name)
        .filter(|item| item.account.as_deref().zip(account).is_none_or(|(a, b)| a == b))
        .rfind(|item| item.status != ItemStatus::Deleted);
    let mut role = Role {
        name: name.to_owned(),
        arn: parsed.is_some().then(|| arn.to_owned()),
        citations,
        recorded: None,
        policies: Vec::new(),
        lost: Vec::new(),
        trusted: Vec::new(),
        boundary: None,
    };
    if let Some(item) = item {
        role.read(item, case, worked);
    }
    role.follow(case, worked);
    Some(role)
}

impl Role {
    fn read(&mut self, item: &Item, case: &Case, worked: &Correlation<'_>) {
        let citations = Citations::one(&item.record);
        let configuration = &item.configuration;
        self.recorded = Some(Noted { what: item.captured, citations: citations.clone() });
        for policy in list(configuration, "/attachedManagedPolicies") {
            let arn = text(policy, "/policyArn");
            let name =
                text(policy, "/policyName").or(arn.and_then(|arn| Some(Arn::parse(arn)?.name())));
            let Some(name) = name else { continue };
            self.policies.push(Policy {
                kind: PolicyKind::Managed,
                name: name.to_owned(),
                arn: arn.map(str::to_owned),
                added: None,
                citations: citations.clone(),
            });
        }
        for policy in list(configuration, "/rolePolicyList") {
            let Some(name) = text(policy, "/policyName") else { continue };
            self.policies.push(Policy {
                kind: PolicyKind::Inline,
                name: name.to_owned(),
                arn: None,
                added: None,
                citations: citations.clone(),
            });
        }
        let statements = configuration.pointer("/assumeRolePolicyDocument/Statement");
        for statement in one_or_many(statements) {
            if text(statement, "/Effect") != Some("Allow") {
                continue;
            }
            for who in principals(statement.get("Principal")) {
                let narrowed =
                    if statement.get("Condition").is_some() { ", on a condition" } else { "" };
                let what = format!("{who}{narrowed}");
                self.trusted.push(Noted { what, citations: citations.clone() });
            }
        }
        let boundary = text(configuration, "/permissionsBoundary/permissionsBoundaryArn");
        self.boundary =
            boundary.map(|arn| Noted { what: arn.to_owned(), citations: citations.clone() });
        self.differences(item, case, worked);
    }

    /// What the items before the last one show of policies that came and went.
    fn differences(&mut self, item: &Item, case: &Case, worked: &Correlation<'_>) {
        let of_role = worked.changes.all.iter().filter(|change| {
            change.item.resource_type == item.resource_type
                && change.item.name() == item.name()
                && matches!(change.aspect, "attached policies" | "inline policies")
        });
        for change in of_role {
            let cause = change.cause.map(|cause| cause.event);
            let time = cause.map_or(change.item.captured, |event| event.time);
            let added = Added {
                time,
                who: cause.map(|event| caller(worked.actors.who(event), event)),
                lately: lately(case, time),
            };
            let shown = Citations::one(&change.item.record).and(cause.map(|event| &event.record));
            let named = |value: &Value| {
                let arn = text(value, "/policyArn");
                let name = text(value, "/policyName").or(arn).or(value.as_str())?;
                Some((name.to_owned(), arn.map(str::to_owned)))
            };
            match (named(&change.before), named(&change.after)) {
                (None, Some((name, arn))) => {
                    let known = self
                        .policies
                        .iter_mut()
                        .find(|policy| policy.name == name && (arn.is_none() || policy.arn == arn));
                    if let Some(policy) = known {
                        policy.added = Some(added);
                        policy.citations = shown;
                    }
                }
                (Some((name, arn)), None) => {
                    let kind = if arn.is_some() { PolicyKind::Managed } else { PolicyKind::Inline };
                    let still = self.policies.iter().any(|policy| policy.name == name);
                    if !still {
                        let added = Some(added);
                        self.lost.push(Policy { kind, name, arn, added, citations: shown });
                    }
                }
                _ => {}
            }
        }
    }

    /// What calls did to the role's policies: those since the last item changed what it shows,
    /// those before it tell how what it shows came to be.
    fn follow(&mut self, case: &Case, worked: &Correlation<'_>) {
        let since = self.recorded.as_ref().map(|recorded| recorded.what);
        let calls = case
            .events
            .iter()
            .filter(|kept| kept.relation == Relation::Role)
            .map(|kept| &kept.fact)
            .filter(|event| event.error.is_none() && event.service() == "iam")
            .filter(|event| event.asked("/roleName") == Some(&self.name));
        let calls: Vec<&Event> = calls.collect();
        let made = calls.iter().find(|event| event.action == "CreateRole").map(|event| event.time);
        for event in calls {
            let arn = event.asked("/policyArn");
            let (kind, name) = match event.action.as_str() {
                "AttachRolePolicy" | "DetachRolePolicy" => {
                    (PolicyKind::Managed, arn.and_then(|arn| Some(Arn::parse(arn)?.name())).or(arn))
                }
                "PutRolePolicy" | "DeleteRolePolicy" => {
                    (PolicyKind::Inline, event.asked("/policyName"))
                }
                _ => continue,
            };
            let Some(name) = name else { continue };
            // What a role is given when it is made is what it is meant to have.
            let of_making =
                made.is_some_and(|made| (0..=MAKING).contains(&event.time.seconds_since(made)));
            let added = Added {
                time: event.time,
                who: Some(caller(worked.actors.who(event), event)),
                lately: lately(case, event.time) && !of_making,
            };
            let takes = event.action.starts_with("Detach") || event.action.starts_with("Delete");
            let known = self.policies.iter().position(|policy| {
                policy.kind == kind
                    && policy.name == name
                    && (arn.is_none() || policy.arn.as_deref() == arn)
            });
            if since.is_none_or(|since| event.time > since) {
                if let Some(known) = known {
                    self.policies.remove(known);
                }
                let citations = Citations::one(&event.record);
                let arn = arn.map(str::to_owned);
                let policy =
                    Policy { kind, name: name.to_owned(), arn, added: Some(added), citations };
                self.lost.retain(|lost| (lost.kind, &lost.name) != (kind, &policy.name));
                if takes {
                    self.lost.push(policy);
                } else {
                    self.policies.push(policy);
                }
            } else if let Some(policy) = known.and_then(|known| self.policies.get_mut(known))
                && !takes
                && policy.added.is_none()
            {
                policy.added = Some(added);
                policy.citations.push(&event.record);
            }
        }
    }
}

fn lately(case: &Case, time: Time) -> bool {
    case.finding.signal().is_none_or(|signal| signal.seconds_since(time) <= SHORTLY)
}

/// A statement, or the statements of a list.
pub fn one_or_many(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    let many = value.and_then(Value::as_array);
    let one = value.filter(|value| value.is_object());
    many.into_iter().flatten().chain(one)
}

/// Whom a policy statement speaks of, each as it is written there.
pub fn principals(principal: Option<&Value>) -> Vec<String> {
    let texts = |value: &Value| match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(all) => all.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    };
    match principal {
        Some(Value::Object(kinds)) => kinds.values().flat_map(texts).collect(),
        Some(other) => texts(other),
        None => Vec::new(),
    }
}
