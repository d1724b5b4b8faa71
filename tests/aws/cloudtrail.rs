//! The event history of `CloudTrail`.

use serde_json::{Value, json};

use super::{
    call::Call,
    refusal::Refusal,
    time::DAY,
    token,
    world::{Event, World},
};

/// What an event can be looked up by.
const KEYS: [&str; 8] = [
    "EventId",
    "EventName",
    "ReadOnly",
    "Username",
    "ResourceType",
    "ResourceName",
    "EventSource",
    "AccessKeyId",
];

/// The events of the last 90 days that are asked for, newest first.
pub fn lookup_events(world: &World, call: &Call) -> Result<Value, Refusal> {
    let attribute = attribute(call)?;
    let (start, end) = (call.time("StartTime")?, call.time("EndTime")?);
    if start.zip(end).is_some_and(|(start, end)| start > end) {
        return Err(Refusal::new(
            "InvalidTimeRangeException",
            "The specified time range is invalid. StartTime must not be after EndTime.",
        ));
    }
    let size = call.whole("MaxResults")?.unwrap_or(50);
    let size =
        usize::try_from(size).ok().filter(|size| (1..=50).contains(size)).ok_or_else(|| {
            Refusal::new("InvalidMaxResultsException", "MaxResults must be between 1 and 50.")
        })?;
    let only_insights = match call.text("EventCategory")? {
        None => false,
        Some("insight") => true,
        Some(_) => {
            return Err(Refusal::new(
                "InvalidEventCategoryException",
                "The specified EventCategory is invalid.",
            ));
        }
    };
    let from = token::open(call, "NextToken")?.and_then(|at| at.as_u64()).unwrap_or(0);
    let from = usize::try_from(from).unwrap_or(usize::MAX);

    let now = world.now();
    let start = start.unwrap_or(i64::MIN).max(now - 90 * DAY);
    let end = end.unwrap_or(i64::MAX).min(now);
    let mut events: Vec<&Event> = world
        .events
        .iter()
        .filter(|_| !only_insights)
        .filter(|event| event.place.0 == call.account && event.place.1 == call.region)
        .filter(|event| (start..=end).contains(&event.time))
        .filter(|event| attribute.is_none_or(|(key, value)| has(&event.entry, key, value)))
        .collect();
    events.sort_by_key(|event| std::cmp::Reverse(event.time));

    let page: Vec<&Value> = events.iter().skip(from).take(size).map(|event| &event.entry).collect();
    let next = from.saturating_add(page.len());
    let mut answer = json!({"Events": page});
    if next < events.len() {
        answer["NextToken"] = token::issue(call, next).into();
    }
    Ok(answer)
}

/// Key and value, if something is asked for.
fn attribute(call: &Call) -> Result<Option<(&str, &str)>, Refusal> {
    let invalid = |message: &str| Refusal::new("InvalidLookupAttributesException", message);
    let attributes = match call.parameters.get("LookupAttributes") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Array(attributes)) => attributes,
        Some(_) => return Err(Refusal::serialization("LookupAttributes")),
    };
    let attribute = match attributes.as_slice() {
        [] => return Ok(None),
        [attribute] => attribute,
        _ => return Err(invalid("You can only specify one lookup attribute.")),
    };
    let member = |name| attribute.get(name).and_then(Value::as_str);
    let (Some(key), Some(value)) = (member("AttributeKey"), member("AttributeValue")) else {
        return Err(invalid("A lookup attribute has a key and a value."));
    };
    if !KEYS.contains(&key) {
        return Err(invalid("The specified lookup attribute key is not valid."));
    }
    // Some characters count twice.
    let length = value.chars().map(|c| if matches!(c, '_' | ' ' | ',' | '\n') { 2 } else { 1 });
    if !(1..=2000).contains(&length.sum::<usize>()) {
        return Err(invalid("The value of a lookup attribute has 1 to 2000 characters."));
    }
    Ok(Some((key, value)))
}

/// Whether an entry has that attribute.
fn has(entry: &Value, key: &str, value: &str) -> bool {
    if key.starts_with("Resource") {
        let mut resources = entry.get("Resources").and_then(Value::as_array).into_iter().flatten();
        return resources.any(|resource| resource.get(key).and_then(Value::as_str) == Some(value));
    }
    entry.get(key).and_then(Value::as_str) == Some(value)
}
