//! The resources that Config has discovered.

use serde_json::{Value, json};

use super::{
    call::Call,
    refusal::Refusal,
    token,
    world::{Item, World, place},
};

/// The ids and names of the resources of a type.
pub fn list_discovered_resources(world: &World, call: &Call) -> Result<Value, Refusal> {
    let kind = call
        .text("resourceType")?
        .ok_or_else(|| Refusal::validation("Member resourceType must not be null"))?;
    let (ids, name) = (call.texts("resourceIds")?, call.text("resourceName")?);
    if ids.is_some() && name.is_some() {
        return Err(Refusal::validation(
            "You can specify either resource IDs or a resource name, but not both.",
        ));
    }
    if ids.as_ref().is_some_and(|ids| ids.len() > 20) {
        return Err(Refusal::validation("You can specify at most 20 resource IDs."));
    }
    let limit = page_size(call, 100)?;
    let with_deleted = call.truth("includeDeletedResources")?.unwrap_or(false);
    let from = token::open(call, "nextToken")?.and_then(|at| at.as_u64()).unwrap_or(0);
    let from = usize::try_from(from).unwrap_or(usize::MAX);
    available(world, call)?;

    let mut items = items_of(world, call, kind);
    items.sort_by_key(|item| item.captured);
    let mut known: Vec<&str> = Vec::new();
    for id in items.iter().filter_map(|item| text(item, "resourceId")) {
        if !known.contains(&id) {
            known.push(id);
        }
    }
    let mut found = Vec::new();
    for id in known {
        let own = || items.iter().filter(|item| text(item, "resourceId") == Some(id));
        let own_name = own().rev().find_map(|item| text(item, "resourceName"));
        if ids.as_ref().is_some_and(|ids| !ids.contains(&id))
            || name.is_some_and(|name| own_name != Some(name))
        {
            continue;
        }
        let mut identifier = json!({"resourceType": kind, "resourceId": id});
        if let Some(own_name) = own_name {
            identifier["resourceName"] = own_name.into();
        }
        let last = own().next_back();
        let deleted = last.filter(|item| {
            text(item, "configurationItemStatus")
                .is_some_and(|status| status.starts_with("ResourceDeleted"))
        });
        if let Some(item) = deleted {
            identifier["resourceDeletionTime"] = item.body["configurationItemCaptureTime"].clone();
            if !with_deleted {
                continue;
            }
        }
        found.push(identifier);
    }
    let page: Vec<&Value> = found.iter().skip(from).take(limit).collect();
    let next = from.saturating_add(page.len());
    let mut answer = json!({"resourceIdentifiers": page});
    if next < found.len() {
        answer["nextToken"] = token::issue(call, next).into();
    }
    Ok(answer)
}

/// The items of a type that the Config of the call's account and Region has by now.
pub(super) fn items_of<'a>(world: &'a World, call: &Call, kind: &str) -> Vec<&'a Item> {
    let (place, now) = (place(&call.account, &call.region), world.now());
    let mut items: Vec<&Item> = world.items.iter().collect();
    items.retain(|item| {
        item.place == place && item.captured <= now && text(item, "resourceType") == Some(kind)
    });
    items
}

/// Config answers about resources only where there is a recorder, recording or not.
pub(super) fn available(world: &World, call: &Call) -> Result<(), Refusal> {
    if world.recorders.contains_key(&place(&call.account, &call.region)) {
        return Ok(());
    }
    Err(Refusal::new(
        "NoAvailableConfigurationRecorderException",
        "Configuration recorder is not available to provide the role needed to describe your \
         resources.",
    ))
}

/// The parameter `limit`: 0 to 100, 0 being as good as none.
pub(super) fn page_size(call: &Call, usual: usize) -> Result<usize, Refusal> {
    match call.whole("limit")? {
        None | Some(0) => Ok(usual),
        Some(limit) => usize::try_from(limit).ok().filter(|limit| *limit <= 100).ok_or_else(|| {
            Refusal::new(
                "InvalidLimitException",
                "The specified limit is outside the allowable range.",
            )
        }),
    }
}

fn text<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.body.get(name)?.as_str()
}
