//! Which calls can have led to a finding.

use crate::{
    correlate::Correlation,
    model::{Case, Event},
};

/// How many days before the first activity a change may have to do with it.
pub const DAYS: i64 = 7;

/// The same in seconds.
pub const SHORTLY: i64 = DAYS * 86_400;

/// Whether a successful call about the function, its role or its triggers can have to do with what
/// ran.
///
/// Tags change nothing that runs. And where the finding names a published version, a change of
/// `$LATEST` that came after that version had its code ran elsewhere, if at all.
pub fn can_lead(case: &Case, worked: &Correlation<'_>, event: &Event) -> bool {
    if matches!(event.action.as_str(), "TagResource" | "UntagResource") {
        return false;
    }
    let published = case.subject.as_ref().is_some_and(|s| s.published_version().is_some());
    let running = worked.provenance.running.as_ref();
    let of_latest = event.answered("/version").is_none_or(|version| version == "$LATEST");
    !(published
        && of_latest
        && matches!(event.action.as_str(), "UpdateFunctionCode" | "UpdateFunctionConfiguration")
        && running.is_some_and(|running| event.time > running.event.time))
}

/// Whether a change of that kind stays of interest however long before the finding it was made:
/// settings and words come and go.
pub fn lasts(aspect: &str) -> bool {
    ![
        "tags",
        "memory",
        "timeout",
        "description",
        "existence",
        "revision",
        "logging",
        "tracing",
        "snap start",
        "storage",
        "signing",
        "other",
    ]
    .contains(&aspect)
}
