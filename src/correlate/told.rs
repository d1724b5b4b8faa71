//! What the record of a call says of one field after it.

use std::collections::BTreeSet;

use serde_json::Value;

use super::difference::Difference;
use crate::{
    model::{Arn, Event},
    resource::{
        FunctionState, Resource,
        canonical::{Reading, canonical, statements},
        embedded::unfold,
    },
};

/// What a call says of a field that differs between two items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// After the call the field was as the later item shows it.
    Shows,
    /// After the call the field was something else.
    Denies,
    /// The call was about another element of the same set.
    Elsewhere,
    /// The record does not say.
    Silent,
}

impl Told {
    fn is(shows: bool) -> Self {
        if shows { Self::Shows } else { Self::Denies }
    }
}

/// Reads it from the call's answer, its parameters, and the policies that are text in them.
pub fn told(event: &Event, difference: &Difference, kind: &dyn Resource) -> Told {
    let field = difference.path.strip_prefix("/configuration/");
    if let Some(field) = field {
        // Lambda answers with the whole configuration.
        let answer = FunctionState::read(&event.response).map(|_| &event.response);
        let told = answer
            .into_iter()
            .chain([&event.request])
            .find_map(|holder| compare(holder, field, difference));
        // Lambda gives a new revision by itself too, when a change has come through.
        let bookkeeping = matches!(field, "revisionId" | "lastModified");
        match told {
            Some(Told::Denies) if bookkeeping => return Told::Silent,
            Some(told) => return told,
            None if event.service() == "lambda" => return Told::Silent,
            None => {}
        }
    }
    by_statements(event, difference, kind)
        .or_else(|| by_name(event, difference))
        .unwrap_or(Told::Silent)
}

/// The field in what a call asked for or was answered, against what the later item shows.
fn compare(holder: &Value, field: &str, difference: &Difference) -> Option<Told> {
    let mut steps = field.split('/').map(unescape);
    let name = steps.next()?;
    let members = holder.as_object()?;
    let (_, mut value) = members.iter().find(|(member, _)| member.eq_ignore_ascii_case(&name))?;
    for step in steps {
        if value.is_array() {
            break;
        }
        value = value.get(step)?;
    }
    match (value, &difference.before, &difference.after) {
        (Value::Null, ..) => None,
        (Value::Array(_), Value::String(before), Value::Null) => {
            Some(Told::is(!leaves(value).contains(before.as_str())))
        }
        (Value::Array(_), _, Value::String(after)) => {
            Some(Told::is(leaves(value).contains(after.as_str())))
        }
        (Value::Object(_), ..) | (_, _, Value::Null) => None,
        (value, _, after) => Some(Told::is(equal(value, after))),
    }
}

/// For a statement of a policy, or a policy: whether the policy that the call wrote holds it.
fn by_statements(event: &Event, difference: &Difference, kind: &dyn Resource) -> Option<Told> {
    let came = !difference.after.is_null();
    let present = if came { &difference.after } else { &difference.before };
    let wanted: Vec<&Value> = match present.get("policyDocument") {
        Some(document) => statements(document),
        None if present.get("Effect").is_some() => vec![present],
        None => return None,
    };
    // An inline policy is told by its name, a trust policy by the calls that write it.
    let path = difference.path.strip_prefix("/configuration/").unwrap_or_default();
    let mut steps = path.split('/').map(unescape);
    let writes_it = match steps.next().as_deref() {
        Some("rolePolicyList") => event.asked("/policyName") == steps.next().as_deref(),
        Some("assumeRolePolicyDocument") => {
            matches!(event.action.as_str(), "UpdateAssumeRolePolicy" | "CreateRole")
        }
        _ => true,
    };
    if !writes_it {
        return None;
    }
    let text = |statement: &Value| {
        let mut path = vec!["configuration", "policyDocument", "Statement"];
        canonical(kind, &mut path, statement, Reading::Policy)
    };
    let (request, answer) = (unfold(&event.request), unfold(&event.response));
    let documents = ["policyDocument", "assumeRolePolicyDocument"];
    let whole: Vec<&Value> =
        documents.iter().filter_map(|name| request.get(name)).flat_map(statements).collect();
    let one = answer.get("statement").filter(|statement| statement.get("Effect").is_some());
    let written: BTreeSet<Option<String>> = whole.iter().copied().chain(one).map(text).collect();
    let held = wanted.iter().filter(|statement| written.contains(&text(statement))).count();
    // AWS may have written it down in other words, so what is not found is not denied.
    match (came, whole.is_empty()) {
        (true, _) => (held == wanted.len() && held > 0).then_some(Told::Shows),
        (false, false) => Some(Told::is(held == 0)),
        (false, true) => None,
    }
}

/// For an element of a set: whether the call put in place, or took away, what bears its name.
fn by_name(event: &Event, difference: &Difference) -> Option<Told> {
    let came = !difference.after.is_null();
    let present = if came { &difference.after } else { &difference.before };
    let last = difference.path.rsplit('/').next().map(unescape).unwrap_or_default();
    if difference.aspect == "tags" {
        let value = event.request.get("tags").and_then(|tags| tags.get(&last));
        let untagged =
            event.action.starts_with("Untag") && leaves(&event.request).contains(last.as_str());
        return match value {
            Some(value) => Some(Told::is(came && equal(value, present))),
            None => untagged.then(|| Told::is(!came)),
        };
    }
    if present.is_number() || present.is_boolean() {
        let members = event.request.as_object()?;
        let (_, value) = members.iter().find(|(member, _)| member.eq_ignore_ascii_case(&last))?;
        return Some(Told::is(equal(value, present)));
    }
    let names: Vec<&str> = match present {
        Value::String(element) => vec![element],
        Value::Object(members) => [
            "Sid",
            "policyArn",
            "PolicyArn",
            "policyName",
            "PolicyName",
            "arn",
            "groupId",
            "resourceId",
            "resourceName",
        ]
        .iter()
        .filter_map(|name| members.get(*name)?.as_str())
        .collect(),
        _ => Vec::new(),
    };
    let asked = leaves(&event.request);
    let short: BTreeSet<&str> =
        asked.iter().filter_map(|text| Some(Arn::parse(text)?.name())).collect();
    let named = names.iter().any(|name| asked.contains(name) || short.contains(name));
    let takes = ["Detach", "Delete", "Remove", "Untag", "Revoke", "Disassociate"];
    let takes = takes.iter().any(|verb| event.action.starts_with(verb));
    // A call that names its element is about that one alone.
    let one = ["/statementId", "/policyArn", "/policyName"];
    let ours = |name: &str| difference.path.split('/').any(|step| unescape(step) == name);
    let another = present.is_object()
        && one.iter().any(|name| event.asked(name).is_some_and(|asked| !ours(asked)));
    if named { Some(Told::is(came != takes)) } else { another.then_some(Told::Elsewhere) }
}

fn equal(one: &Value, other: &Value) -> bool {
    let number = |value: &Value| value.as_f64().or_else(|| value.as_str()?.parse().ok());
    one == other
        || number(one)
            .zip(number(other))
            .is_some_and(|(one, other)| (one - other).abs() < f64::EPSILON)
}

fn unescape(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}

/// Every text in a value.
pub fn leaves(value: &Value) -> BTreeSet<&str> {
    fn collect<'v>(value: &'v Value, depth: usize, found: &mut BTreeSet<&'v str>) {
        let Some(depth) = depth.checked_sub(1) else { return };
        match value {
            Value::String(text) => {
                found.insert(text);
            }
            Value::Array(elements) => elements.iter().for_each(|e| collect(e, depth, found)),
            Value::Object(members) => members.values().for_each(|m| collect(m, depth, found)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    collect(value, 16, &mut found);
    found
}
