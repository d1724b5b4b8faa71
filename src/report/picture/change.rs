//! What a recorded change says in a box.

use serde_json::Value;

use super::super::{
    text::{Json, Visible},
    view::ChangeView,
};
use super::{Tone, label::clip, story::Say};

/// A box tells so many differences.
const TOLD: usize = 3;

/// What became different, in words: two lines a difference.
pub fn told(changes: &[&ChangeView]) -> Vec<Say> {
    let mut says = Vec::new();
    let mut aspect = "";
    for change in changes.iter().take(TOLD) {
        if change.aspect == "existence" {
            says.push(Say::one(Tone::Name, existence(&change.after)));
            continue;
        }
        if change.aspect != aspect {
            aspect = change.aspect;
            says.push(Say::one(Tone::Name, aspect));
        }
        says.push(Say::one(Tone::Plain, difference(change)));
    }
    if changes.len() > TOLD {
        says.push(Say::one(Tone::Plain, format!("and {} more", changes.len() - TOLD)));
    }
    says
}

/// The same in one sentence, for the table.
pub fn sentence(changes: &[&ChangeView]) -> String {
    let parts = changes.iter().take(12).map(|change| {
        if change.aspect == "existence" {
            return existence(&change.after).to_owned();
        }
        let (before, after) = (change.before.visible(), change.after.visible());
        format!("{}: {} → {}", change.aspect, clip(&before, 60), clip(&after, 60))
    });
    let mut told = parts.collect::<Vec<_>>().join("; ");
    if changes.len() > 12 {
        told.push_str(&format!("; and {} more", changes.len() - 12));
    }
    told
}

/// What the field changed from and to, or what came or went.
fn difference(change: &ChangeView) -> String {
    match (&change.before.0, &change.after.0) {
        (Value::Null, after) => format!("+ {}", called(change, after)),
        (before, Value::Null) => format!("− {}", called(change, before)),
        (Value::Object(_) | Value::Array(_), _) | (_, Value::Object(_) | Value::Array(_)) => {
            format!("{} differs", last(change))
        }
        _ => format!("{} → {}", brief(&change.before), brief(&change.after)),
    }
}

fn brief(value: &Json) -> String {
    clip(&value.visible(), 8)
}

/// What came or went: the name in its pointer, or the value where the pointer names the field.
fn called(change: &ChangeView, value: &Value) -> String {
    let name = last(change);
    match value {
        Value::Object(_) | Value::Array(_) => name,
        _ if change.path.raw().contains("/tags/") => name,
        _ => clip(&Json(value.clone()).visible(), 17),
    }
}

/// The last part of a change's pointer; of an ARN in it, the last part of that.
fn last(change: &ChangeView) -> String {
    let last = change.path.raw().rsplit('/').next().unwrap_or_default();
    let last = last.replace("~1", "/").replace("~0", "~");
    last.rsplit(['/', ':']).next().unwrap_or_default().to_owned()
}

fn existence(after: &Json) -> &'static str {
    match after.0.as_str() {
        Some("ResourceDiscovered") => "first recorded",
        Some("ResourceDeleted") => "recorded as deleted",
        _ => "recorded again",
    }
}
