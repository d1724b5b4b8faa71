//! GuardDuty: detectors and findings.

use std::cmp::Ordering;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    call::Call,
    refusal::Refusal,
    token,
    world::{World, place},
};

/// The detector of the caller's account in the Region, if there is one.
pub fn list_detectors(world: &World, call: &Call) -> Result<Value, Refusal> {
    page_size(call)?;
    let ids = world.detectors.get(&place(&call.account, &call.region));
    Ok(json!({"detectorIds": ids.map(Vec::as_slice).unwrap_or_default()}))
}

/// The findings with these ids; there is none for an id that nobody knows.
pub fn get_findings(world: &World, call: &Call) -> Result<Value, Refusal> {
    let findings = findings(world, call)?;
    let ids = call.texts("findingIds")?.unwrap_or_default();
    if !(1..=50).contains(&ids.len()) || ids.iter().any(|id| !(1..=300).contains(&id.len())) {
        return Err(bad("BadRequestException", "the parameter findingIds has an invalid value."));
    }
    let by_id = |id: &&str| {
        findings
            .iter()
            .copied()
            .find(|finding| finding.get("id").and_then(Value::as_str) == Some(id))
    };
    let mut found: Vec<&Value> = ids.iter().filter_map(by_id).collect();
    sort(call, &mut found);
    Ok(json!({"findings": found}))
}

/// The ids of the findings that fit, sorted as asked.
pub fn list_findings(world: &World, call: &Call) -> Result<Value, Refusal> {
    let mut found = findings(world, call)?;
    let size = page_size(call)?;
    let from = match call.text("nextToken")? {
        None | Some("") => 0,
        Some(_) => token::open(call, "nextToken")
            .map_err(|_| {
                bad("BadRequestException", "the parameter nextToken has an invalid value.")
            })?
            .and_then(|at| at.as_u64()?.try_into().ok())
            .unwrap_or(0),
    };
    let criteria = call.parameters.pointer("/findingCriteria/criterion");
    for (path, condition) in criteria.and_then(Value::as_object).into_iter().flatten() {
        for (test, wanted) in condition.as_object().into_iter().flatten() {
            if !TESTS.contains(&test.as_str()) {
                return Err(bad(
                    "BadRequestException",
                    "the parameter findingCriteria has an invalid value.",
                ));
            }
            found.retain(|finding| passes(member(finding, path), test, wanted));
        }
    }
    sort(call, &mut found);
    let ids = found.iter().filter_map(|finding| finding.get("id"));
    let page: Vec<&Value> = ids.skip(from).take(size).collect();
    let next = from + page.len();
    let mut answer = json!({"findingIds": page});
    if next < found.len() {
        answer["nextToken"] = token::issue(call, next).into();
    }
    Ok(answer)
}

/// What the detector of the call sees: the findings of its own account and of its members.
fn findings<'a>(world: &'a World, call: &Call) -> Result<Vec<&'a Value>, Refusal> {
    let detector = call.text("detectorId")?.unwrap_or_default();
    if !(1..=300).contains(&detector.len()) {
        return Err(bad("InvalidInputException", "the parameter detectorId has an invalid value."));
    }
    let own = world.detectors.get(&place(&call.account, &call.region));
    if !own.is_some_and(|own| own.iter().any(|own| own == detector)) {
        return Err(bad(
            "InvalidInputException",
            "the input detectorId is not owned by the current account.",
        ));
    }
    let is_seen = |finding: &&Value| {
        let text = |name| finding.get(name).and_then(Value::as_str).unwrap_or_default();
        let account = text("accountId");
        let administrator = world.administrators.get(account);
        text("region") == call.region
            && (account == call.account || administrator == Some(&call.account))
    };
    Ok(world.findings.iter().filter(is_seen).collect())
}

/// GuardDuty's way to refuse: the header says one thing, the body may say another.
fn bad(body_code: &str, why: &str) -> Refusal {
    let why = why.trim_end_matches('.');
    Refusal {
        body_code: body_code.to_owned(),
        ..Refusal::new("BadRequestException", format!("The request is rejected because {why}."))
    }
}

fn page_size(call: &Call) -> Result<usize, Refusal> {
    let size = call.whole("maxResults")?.unwrap_or(50);
    usize::try_from(size)
        .ok()
        .filter(|size| (1..=50).contains(size))
        .ok_or_else(|| bad("BadRequestException", "the parameter maxResults has an invalid value."))
}

/// The conditions, in the old spelling and the new.
const TESTS: [&str; 12] = [
    "eq",
    "equals",
    "neq",
    "notEquals",
    "gt",
    "greaterThan",
    "gte",
    "greaterThanOrEqual",
    "lt",
    "lessThan",
    "lte",
    "lessThanOrEqual",
];

fn passes(value: Option<&Value>, test: &str, wanted: &Value) -> bool {
    let is_one = || {
        let text =
            value.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        let mut wanted = wanted.as_array().into_iter().flatten();
        wanted.any(|wanted| wanted.as_str() == text.as_deref())
    };
    let against = || value.and_then(number)?.partial_cmp(&wanted.as_f64()?);
    match test {
        "eq" | "equals" => is_one(),
        "neq" | "notEquals" => !is_one(),
        "gt" | "greaterThan" => against() == Some(Ordering::Greater),
        "gte" | "greaterThanOrEqual" => against().is_some_and(Ordering::is_ge),
        "lt" | "lessThan" => against() == Some(Ordering::Less),
        _ => against().is_some_and(Ordering::is_le),
    }
}

/// What is compared: a time is the number of its milliseconds.
fn number(value: &Value) -> Option<f64> {
    if let Some(text) = value.as_str() {
        let time: Timestamp = text.parse().ok()?;
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of this age fit")]
        return Some(time.as_millisecond() as f64);
    }
    value.as_f64()
}

fn member<'a>(finding: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(finding, |value, name| value.get(name))
}

/// By `sortCriteria`, or as they are.
fn sort(call: &Call, findings: &mut [&Value]) {
    let criterion = |name: &str| call.parameters.get("sortCriteria")?.get(name)?.as_str();
    let Some(attribute) = criterion("attributeName") else { return };
    findings.sort_by(|one, other| {
        let (one, other) = (member(one, attribute), member(other, attribute));
        let numbers = one.and_then(number).zip(other.and_then(number));
        let by_number = numbers.and_then(|(one, other)| one.partial_cmp(&other));
        by_number.unwrap_or_else(|| one.map(Value::to_string).cmp(&other.map(Value::to_string)))
    });
    if criterion("orderBy") == Some("DESC") {
        findings.reverse();
    }
}
