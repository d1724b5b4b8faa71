//! The configuration history of a resource, seven days a call.

use serde_json::{Value, json};

use super::{
    call::Call,
    refusal::Refusal,
    resources::{available, items_of, page_size},
    time::WEEK,
    token,
    world::World,
};

/// Where a walk through the weeks stands.
struct Position {
    /// The end of the whole span, in milliseconds: it must not move while somebody walks.
    later: i64,
    /// How many weeks are done.
    week: i64,
    /// How many items of this week are done.
    items: usize,
}

/// The items of a resource: those of one week, or fewer.
pub fn get_resource_config_history(world: &World, call: &Call) -> Result<Value, Refusal> {
    let required = |name: &str| {
        call.text(name)?.filter(|text| !text.is_empty()).ok_or_else(|| {
            Refusal::validation(format!(
                "1 validation error detected: Value null at '{name}' failed to satisfy \
                 constraint: Member must not be null"
            ))
        })
    };
    let (kind, id) = (required("resourceType")?, required("resourceId")?);
    if id.chars().count() > 768 {
        return Err(Refusal::validation("resourceId has at most 768 characters"));
    }
    let forward = match call.text("chronologicalOrder")? {
        None | Some("Reverse") => false,
        Some("Forward") => true,
        Some(other) => {
            return Err(Refusal::validation(format!(
                "1 validation error detected: Value '{other}' at 'chronologicalOrder' failed to \
                 satisfy constraint: Member must satisfy enum value set: [Reverse, Forward]"
            )));
        }
    };
    let limit = page_size(call, 10)?;
    let (earlier, later) = (call.time("earlierTime")?, call.time("laterTime")?);
    if earlier.zip(later).is_some_and(|(earlier, later)| earlier > later) {
        return Err(Refusal::new(
            "InvalidTimeRangeException",
            "The specified time range is not valid: the earlier time is after the later time.",
        ));
    }
    let given = token::open(call, "nextToken")?;
    available(world, call)?;
    let mut items = items_of(world, call, kind);
    items.retain(|item| item.body.get("resourceId").and_then(Value::as_str) == Some(id));
    items.sort_by_key(|item| item.captured);
    let Some(first) = items.first() else {
        return Err(Refusal::new(
            "ResourceNotDiscoveredException",
            format!("Resource {id} of resourceType:{kind} is unknown or has not been discovered"),
        ));
    };

    let at = given.as_ref().map_or_else(
        || Position { later: later.unwrap_or(i64::MAX).min(world.now()), week: 0, items: 0 },
        |given| Position {
            later: given["later"].as_i64().unwrap_or_default(),
            week: given["week"].as_i64().unwrap_or_default(),
            items: given["items"].as_u64().and_then(|n| n.try_into().ok()).unwrap_or_default(),
        },
    );
    let earlier = earlier.unwrap_or(first.captured);
    let (from, to, is_last) = if forward {
        let from = earlier.saturating_add(at.week * WEEK);
        (from, (from + WEEK - 1).min(at.later), from + WEEK > at.later)
    } else {
        let to = at.later - at.week * WEEK;
        ((to - WEEK + 1).max(earlier), to, to - WEEK < earlier)
    };
    items.retain(|item| (from..=to).contains(&item.captured));
    if !forward {
        items.reverse();
    }

    let page: Vec<&Value> =
        items.iter().skip(at.items).take(limit).map(|item| &item.body).collect();
    let done = at.items + page.len();
    let next = if done < items.len() {
        Some(json!({"later": at.later, "week": at.week, "items": done}))
    } else if is_last {
        None
    } else {
        Some(json!({"later": at.later, "week": at.week + 1, "items": 0}))
    };
    let mut answer = json!({"configurationItems": page});
    if let Some(next) = next {
        answer["nextToken"] = token::issue(call, next).into();
    }
    Ok(answer)
}
