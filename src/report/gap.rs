//! What the evidence as a whole does not show.

use std::collections::BTreeSet;

use super::{
    archive,
    naming::{at, clipped},
    text::{Cite, Text},
    view::GapView,
};
use crate::{
    correlate::{Correlation, subject_calls, subject_items},
    model::{Case, Coverage, Gap, Relation, Source},
};

/// The gaps that the collection and the reading declared, and those that follow from what is not
/// among the records; sorted, each once.
pub fn gaps(case: &Case, worked: &Correlation<'_>) -> Vec<GapView> {
    let mut all: BTreeSet<Gap> = case.gaps.iter().cloned().collect();
    all.extend(missing(case, worked));
    all.extend(archive::gaps(case));
    all.into_iter().map(view).collect()
}

fn view(gap: Gap) -> GapView {
    GapView {
        source: Text::from(gap.source),
        asked: Text::from(gap.asked),
        reason: Text::from(gap.reason),
        consequence: Text::from(gap.consequence),
        citations: gap.records.iter().map(Cite::from).collect(),
    }
}

fn read(case: &Case, source: Source) -> Option<&Coverage> {
    case.coverage.iter().find(|coverage| coverage.source == source && coverage.records > 0)
}

fn missing(case: &Case, worked: &Correlation<'_>) -> Vec<Gap> {
    let Some(subject) = &case.subject else {
        let kind = case.finding.resource_type.as_deref().unwrap_or("a type that it does not state");
        return vec![Gap::new(
            "guardduty",
            format!("the history of the finding's resource, {kind}"),
            "casefile follows Lambda functions; the history of other resources is not followed yet",
            "Who made or changed the resource is not looked for in this report.",
        )];
    };
    let name = clipped(&subject.name);
    let mut gaps = Vec::new();
    match read(case, Source::Config) {
        None => gaps.push(Gap::new(
            "config",
            format!("the configuration history of {name}"),
            "no configuration item was among the evidence",
            "What the function was at any time, and whether it changed, is known from calls only, if at all.",
        )),
        Some(_) if subject_items(case).next().is_none() && !case.items.iter().any(|kept| kept.relation == Relation::Subject) => gaps.push(Gap::new(
            "config",
            format!("the configuration history of {name}"),
            "configuration items were read, and none of them is of this function in this account and region",
            "What the function was at any time, and whether it changed, is known from calls only, if at all.",
        )),
        Some(_) => {}
    }
    match read(case, Source::CloudTrail) {
        None => gaps.push(Gap::new(
            "cloudtrail",
            format!("the calls about {name}"),
            "no CloudTrail record was among the evidence",
            "Who created or changed the function, and from where, cannot be told.",
        )),
        Some(coverage) => {
            if subject_calls(case).next().is_none() {
                gaps.push(Gap::new(
                    "cloudtrail",
                    format!("the calls about {name}"),
                    "CloudTrail records were read, and none of them is about this function in this account and region",
                    "Who created or changed the function, and from where, cannot be told.",
                ));
            }
            if worked.provenance.created.is_none()
                && let Some(from) = coverage.from
            {
                gaps.push(Gap::new(
                    "cloudtrail",
                    format!("the creation of {name}"),
                    format!("no successful CreateFunction for it was among the records, the earliest of which is of {}", at(from)),
                    "The creation may be older than the records, or its record may not have been saved.",
                ));
            }
            gaps.push(Gap::new(
                "cloudtrail",
                format!("data events: invocations of {name} and reads and writes of objects"),
                "look-ups of the event history never return them, and trails record them only where that is switched on",
                "Who invoked the function and which data it read or wrote may not be among the records.",
            ));
        }
    }
    let role_items = case.items.iter().any(|kept| kept.fact.resource_type == "AWS::IAM::Role");
    if !role_items && read(case, Source::Config).is_some() {
        gaps.push(Gap::new(
            "config",
            "the configuration history of the function's role",
            "no item of it was among the evidence",
            "What the function was allowed to do, and whether that was widened, is known from calls only, if at all.",
        ));
    }
    let seen = worked.changes.all.iter().any(|change| change.aspect == "environment");
    let any = read(case, Source::Config).is_some() || read(case, Source::CloudTrail).is_some();
    if any && !seen {
        gaps.push(Gap::new(
            "config",
            format!("the environment variables of {name}"),
            "AWS Config does not record them, and CloudTrail leaves their values out",
            "A change of behaviour by way of the environment would not be seen.",
        ));
    }
    gaps
}
