//! What a call did to the function.

use super::{
    state::{deletes_function, places_code},
    told::leaves,
};
use crate::{
    model::{Event, Outcome, Relation, Subject},
    resource::FunctionRef,
};

/// What the call did to the function, in the active voice.
pub fn verb(event: &Event, relation: Relation, names: &dyn Fn() -> bool) -> Option<&'static str> {
    match relation {
        Relation::Subject if event.service() == "lambda" => {}
        // Another service's call that mentions the function does nothing to it.
        Relation::Subject => return Some("named"),
        Relation::Trigger if event.action == "PutTargets" && event.error.is_none() && names() => {
            return Some("named as target");
        }
        _ => return None,
    }
    if event.action.starts_with("Invoke") {
        return Some(if event.error.is_none() { "invoked" } else { "tried to invoke" });
    }
    let tried = event.outcome() != Outcome::Ok;
    Some(match (event.action.as_str(), tried) {
        ("CreateFunction", false) => "created",
        ("CreateFunction", true) => "tried to create",
        ("UpdateFunctionCode", false) if places_code(event) => "replaced code of",
        ("UpdateFunctionCode", false) => "tried out new code for",
        ("UpdateFunctionCode", true) => "tried to replace code of",
        ("UpdateFunctionConfiguration", false) => "reconfigured",
        ("UpdateFunctionConfiguration", true) => "tried to reconfigure",
        ("DeleteFunction", false) if deletes_function(event) => "deleted",
        ("DeleteFunction", false) => "deleted a version of",
        ("DeleteFunction", true) => "tried to delete",
        ("PublishVersion", false) => "published a version of",
        ("AddPermission", false) => "granted access to",
        ("RemovePermission", false) => "withdrew access to",
        ("CreateFunctionUrlConfig", false) => "gave a URL to",
        (_, true) if event.writes() => "tried to change",
        (_, false) if event.writes() => "changed",
        (_, true) => "tried to read",
        (_, false) => "read",
    })
}

/// Whether the call's parameters hold the function's whole ARN.
pub fn names_in_full(event: &Event, subject: &Subject) -> bool {
    let wanted = FunctionRef {
        account: subject.account.clone(),
        region: subject.region.clone(),
        name: subject.name.clone(),
        qualifier: None,
    };
    leaves(&event.request)
        .iter()
        .flat_map(|text| FunctionRef::mentioned_in(text))
        .any(|found| wanted.same_function(&found))
}
