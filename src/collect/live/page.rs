//! A page of an answer, as far as it tells what to ask next.

use serde_json::Value;

use super::call::Call;
use crate::{model::Time, source::Ask};

/// What a page says beside its records.
#[derive(Debug, Default)]
pub struct Page {
    /// How many records it holds.
    pub records: usize,
    /// The token of the next page.
    pub next: Option<String>,
    /// The time of the oldest record.
    pub oldest: Option<Time>,
    /// The ids that it lists.
    pub ids: Vec<String>,
}

impl Page {
    /// Reads the answer to a call.
    pub fn read(call: &Call, answer: &Value) -> Self {
        let list = |name: &str| answer.get(name).and_then(Value::as_array).into_iter().flatten();
        let next = |name: &str| {
            let token = answer.get(name).and_then(Value::as_str);
            token.filter(|token| !token.is_empty()).map(str::to_owned)
        };
        let Call::Evidence { ask, .. } = call else { return Self::default() };
        match ask {
            Ask::Lookup(_) => Self {
                records: list("Events").count(),
                next: next("NextToken"),
                oldest: list("Events").filter_map(|event| time(event, "EventTime")).min(),
                ids: Vec::new(),
            },
            Ask::History(_) => Self {
                records: list("configurationItems").count(),
                next: next("nextToken"),
                oldest: list("configurationItems")
                    .filter_map(|item| time(item, "configurationItemCaptureTime"))
                    .min(),
                ids: Vec::new(),
            },
            Ask::Discovery(_) => Self {
                next: next("nextToken"),
                ids: list("resourceIdentifiers")
                    .filter_map(|one| Some(one.get("resourceId")?.as_str()?.to_owned()))
                    .collect(),
                ..Self::default()
            },
        }
    }
}

fn time(record: &Value, name: &str) -> Option<Time> {
    let time = record.get(name)?;
    Time::parse(&time.as_str().map_or_else(|| time.to_string(), str::to_owned))
}
