//! What stands around the function: its role, what invokes it, where it runs, what it is made of,
//! and who led up to the finding, each with the records that say so.
//!
//! The reach of the function, the state of the case and the next steps are all told from this.

mod content;
mod path;
mod role;
mod trigger;

use serde_json::Value;

pub use content::{Content, Network, Placement};
pub use path::{Key, Path, Session};
pub use role::{Policy, PolicyKind, Role};
pub use trigger::{Opened, Trigger};

use super::{lead::SHORTLY, naming::caller, text::Citations};
use crate::{
    correlate::{Correlation, is_dry_run, subject_calls, subject_items},
    model::{Arn, Case, Event, Finding, ItemStatus, RecordId, Relation, Source, Time},
};

/// A fact and the records that state it.
#[derive(Clone, Debug)]
pub struct Noted<T> {
    /// The fact.
    pub what: T,
    /// The records.
    pub citations: Citations,
}

/// What stands around the function of a case.
pub struct Scene<'s, 'a> {
    /// The case.
    pub case: &'a Case,
    /// What follows from its records.
    pub worked: &'s Correlation<'a>,
    /// The function.
    pub function: Option<Function>,
    /// Its execution role.
    pub role: Option<Role>,
    /// What may invoke it.
    pub triggers: Vec<Noted<Trigger>>,
    /// What it is made of.
    pub content: Content,
    /// Who led up to the finding.
    pub path: Path<'a>,
}

/// The function, as commands name it.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// Its unqualified ARN, which holds account and Region, so that a command cannot meet another
    /// function of that name.
    pub arn: Option<String>,
    /// The version that the finding names.
    pub version: Option<String>,
    /// When it was deleted, by whom as far as a call says.
    pub deleted: Option<Noted<(Time, Option<String>)>>,
    /// The last setting of its reserved concurrency, when, and by whom.
    pub concurrency: Option<Noted<(Option<u64>, Time, String)>>,
    /// Whether it was created within a week before the first activity.
    pub is_new: Option<Noted<()>>,
    /// Its longest run in seconds, as last recorded.
    pub timeout: Option<Noted<u64>>,
}

impl<'s, 'a> Scene<'s, 'a> {
    /// Reads it from the records of the case.
    pub fn of(case: &'a Case, worked: &'s Correlation<'a>) -> Self {
        let latest = latest(case);
        let path = Path::of(case, worked);
        Self {
            case,
            worked,
            function: function(case, worked, latest.as_ref()),
            role: role::role(case, worked, latest.as_ref()),
            triggers: trigger::triggers(case),
            content: content::content(case, worked, latest.as_ref()),
            path,
        }
    }

    /// The finding.
    pub fn finding(&self) -> &'a Finding {
        &self.case.finding
    }

    /// The finding's record.
    pub fn stated(&self) -> Citations {
        Citations::one(&self.case.finding.record)
    }

    /// The Region that commands name.
    pub fn region(&self) -> Option<&'a str> {
        self.case.finding.region.as_deref()
    }

    /// Whether any record of that source was read.
    pub fn was_read(&self, source: Source) -> bool {
        was_read(self.case, source)
    }
}

/// Whether any record of that source was read.
pub fn was_read(case: &Case, source: Source) -> bool {
    case.coverage.iter().any(|coverage| coverage.source == source && coverage.records > 0)
}

/// The latest moment of which the evidence knows.
pub fn latest_moment(case: &Case) -> Option<Time> {
    let finding = [case.finding.updated, case.finding.last_seen, case.finding.created];
    let seen = case.coverage.iter().filter_map(|coverage| coverage.to);
    finding.into_iter().flatten().chain(seen).max()
}

/// The last record that describes the function as a whole: a configuration item, or the answer of
/// a call.
pub struct Latest<'a> {
    /// The description, in the shape of Lambda's `FunctionConfiguration`.
    pub configuration: &'a Value,
    /// When it was recorded.
    pub time: Time,
    /// By which record.
    pub record: &'a RecordId,
}

fn latest(case: &Case) -> Option<Latest<'_>> {
    let describes = |value: &Value| {
        ["functionName", "functionArn"].iter().any(|name| value.get(name).is_some())
    };
    let items = subject_items(case).map(|item| Latest {
        configuration: &item.configuration,
        time: item.captured,
        record: &item.record,
    });
    let calls = done(case).filter(|event| event.writes()).map(|event| Latest {
        configuration: &event.response,
        time: event.time,
        record: &event.record,
    });
    items.chain(calls).filter(|one| describes(one.configuration)).max_by_key(|one| one.time)
}

/// Successful calls to Lambda about the function, in the order of time.
fn done(case: &Case) -> impl Iterator<Item = &Event> {
    subject_calls(case).filter(|event| event.error.is_none() && !is_dry_run(event))
}

fn function(
    case: &Case,
    worked: &Correlation<'_>,
    latest: Option<&Latest<'_>>,
) -> Option<Function> {
    let subject = case.subject.as_ref()?;
    let partition = case.finding.arn.as_deref().and_then(Arn::parse).map(|arn| arn.partition);
    let signal = case.finding.signal();
    let created = worked.provenance.created.as_ref().filter(|created| {
        signal.is_none_or(|signal| signal.seconds_since(created.event.time) <= SHORTLY)
    });
    let timeout = latest.and_then(|latest| {
        Some(Noted {
            what: latest.configuration.get("timeout")?.as_u64()?,
            citations: Citations::one(latest.record),
        })
    });
    Some(Function {
        name: subject.name.clone(),
        arn: subject.arn(partition.unwrap_or("aws")),
        version: subject.version.clone(),
        deleted: deleted(case, worked),
        concurrency: concurrency(case, worked),
        is_new: created
            .map(|created| Noted { what: (), citations: Citations::one(&created.event.record) }),
        timeout,
    })
}

/// The deletion by a call, else by the last item that AWS Config has.
fn deleted(case: &Case, worked: &Correlation<'_>) -> Option<Noted<(Time, Option<String>)>> {
    if let Some(deleted) = &worked.provenance.deleted {
        let event = deleted.event;
        let who = caller(worked.actors.who(event), event);
        return Some(Noted {
            what: (event.time, Some(who)),
            citations: Citations::one(&event.record).and(deleted.through.iter().copied()),
        });
    }
    let last = case.items.iter().rfind(|kept| kept.relation == Relation::Subject)?;
    let item = &last.fact;
    let after = case.finding.first_seen.is_none_or(|seen| item.captured > seen);
    (item.status == ItemStatus::Deleted && after)
        .then(|| Noted { what: (item.captured, None), citations: Citations::one(&item.record) })
}

fn concurrency(
    case: &Case,
    worked: &Correlation<'_>,
) -> Option<Noted<(Option<u64>, Time, String)>> {
    let event = done(case)
        .filter(|event| !worked.provenance.was_earlier_function(event.time))
        .filter(|event| {
            matches!(event.action.as_str(), "PutFunctionConcurrency" | "DeleteFunctionConcurrency")
        })
        .last()?;
    let set = event.request.get("reservedConcurrentExecutions").and_then(Value::as_u64);
    let set = set.filter(|_| event.action.starts_with("Put"));
    Some(Noted {
        what: (set, event.time, caller(worked.actors.who(event), event)),
        citations: Citations::one(&event.record),
    })
}

/// A text member that is not empty.
fn text<'v>(value: &'v Value, pointer: &str) -> Option<&'v str> {
    value.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// The elements of a list member.
fn list<'v>(value: &'v Value, pointer: &str) -> impl Iterator<Item = &'v Value> {
    value.pointer(pointer).and_then(Value::as_array).into_iter().flatten()
}
