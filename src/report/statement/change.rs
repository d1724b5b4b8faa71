//! A change of configuration in few words.

use serde_json::Value;

use crate::{
    correlate::Change,
    report::{
        naming::{brief_hash, clipped, quoted, short, shortened},
        text::{Json, Visible},
    },
};

/// A difference in words: `timeout went from 3 to 900`.
pub(super) fn difference(change: &Change<'_>) -> String {
    let named = match change.path.rsplit_once('/') {
        Some((_, key)) if change.aspect == "tags" => {
            format!("tag {}", key.replace("~1", "/").replace("~0", "~"))
        }
        _ => change.aspect.to_owned(),
    };
    let aspect = change.aspect;
    match (&change.before, &change.after) {
        (Value::Null, after) => format!("{named}: {} was added", brief(after, aspect)),
        (before, Value::Null) => format!("{named}: {} was removed", brief(before, aspect)),
        (before, after) => {
            format!("{named} went from {} to {}", brief(before, aspect), brief(after, aspect))
        }
    }
}

/// A value in few words: a policy by its name, a policy statement by whom it allows what.
fn brief(value: &Value, aspect: &str) -> String {
    let member = |name: &str| {
        value.get(name).map(|member| match member {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        })
    };
    if let Some(arn) = member("policyArn") {
        return short(&arn);
    }
    if let Some(name) = member("policyName") {
        return clipped(&name);
    }
    if let (Some(effect), Some(action)) = (member("Effect"), member("Action")) {
        let who = value.get("Principal").map_or_else(String::new, |principal| match principal {
            Value::String(who) => format!(" to {}", clipped(who)),
            Value::Object(kinds) => {
                let who: Vec<String> =
                    kinds.values().map(|who| Json(who.clone()).visible().into_owned()).collect();
                format!(" to {}", clipped(&who.join(", ")))
            }
            _ => String::new(),
        });
        let name = member("Sid").map_or_else(String::new, |sid| format!(" {}", clipped(&sid)));
        let narrowed = if value.get("Condition").is_some() { ", on a condition" } else { "" };
        let allowed = format!("{} {}", clipped(&effect), quoted(&shortened(&action, 60)));
        return format!("the statement{name} ({allowed}{who}{narrowed})");
    }
    let text = Json(value.clone()).visible().split_whitespace().collect::<Vec<_>>().join(" ");
    if aspect == "code" {
        return brief_hash(&text);
    }
    quoted(&shortened(&text, 60))
}
