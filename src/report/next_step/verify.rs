//! Finding out whether it was meant, whether it has stopped, and who else is touched.

use super::{Piece, Step, Steps, aws, guardduty, in_account, lambda};
use crate::{
    model::Source,
    report::{
        naming::{at, clipped, remote},
        scene::{Function, Scene},
    },
};

pub fn steps(scene: &Scene<'_, '_>, steps: &mut Steps) {
    people(scene, steps);
    counted(scene, steps);
    others(scene, steps);
    let Some(function) = &scene.function else { return };
    stopped(scene, function, steps);
    keys(scene, steps);
    calls(scene, function, steps);
    same(scene, steps);
    data(scene, function, steps);
}

const READS: &str = "None: it reads.";
const NOBODY: &str = "nobody’s";

/// The question that settles most cases.
fn people(scene: &Scene<'_, '_>, steps: &mut Steps) {
    for person in &scene.path.people {
        let of = &person.what;
        let when = if of.first == of.last {
            format!("at {}", at(of.first))
        } else {
            format!("between {} and {}", at(of.first), at(of.last))
        };
        steps.add(Step {
            kind: "ask",
            of: Some(&of.name),
            text: format!(
                "Ask whoever answers for {}, by a way that does not run through this account, whether they meant to make these calls {when}: {}.",
                of.name,
                named(&of.calls)
            ),
            command: None,
            effect: "Tells a planned change from somebody else’s.".to_owned(),
            risk: "Whoever did it may be the one who is asked.".to_owned(),
            agreement: NOBODY.to_owned(),
            first: None,
            citations: person.citations.clone(),
        });
    }
}

/// The first few names of calls, and how many more.
fn named(calls: &[String]) -> String {
    const MOST: usize = 12;
    let mut names: Vec<String> = calls.iter().take(MOST).map(|call| clipped(call)).collect();
    let left = calls.len().saturating_sub(MOST);
    if left > 0 {
        names.push(format!("and {left} more"));
    }
    names.join(", ")
}

fn counted(scene: &Scene<'_, '_>, steps: &mut Steps) {
    let finding = scene.finding();
    if finding.sample {
        return;
    }
    let known = match (finding.count, finding.last_seen) {
        (Some(count), Some(last)) => format!(
            "service.count was {count} and service.eventLastSeen {} when this report’s evidence was collected",
            at(last)
        ),
        (_, Some(last)) => format!(
            "service.eventLastSeen was {} when this report’s evidence was collected",
            at(last)
        ),
        _ => "the finding states neither a count nor a last time".to_owned(),
    };
    steps.add(Step {
        kind: "count",
        of: None,
        text: format!(
            "See whether GuardDuty goes on counting after containment: {known}. It updates a finding with a delay, so look again after an hour."
        ),
        command: Some(
            guardduty(scene, "get-findings")
                .option("--finding-ids", &[Piece::Value(Some(&finding.id), "FINDING_ID")])
                .own("--query", "Findings[].Service.[Count,EventLastSeen]"),
        ),
        effect: "Shows the count and the last time.".to_owned(),
        risk: READS.to_owned(),
        agreement: NOBODY.to_owned(),
        first: None,
        citations: scene.stated(),
    });
}

fn others(scene: &Scene<'_, '_>, steps: &mut Steps) {
    let finding = scene.finding();
    let host = remote(finding).map_or_else(String::new, |host| {
        format!(" Look above all for {host} and for the resources and identities of this report.")
    });
    steps.add(Step {
        kind: "findings",
        of: None,
        text: format!(
            "List the other findings that are not archived{}, and repeat it in the other Regions in use.{host}",
            in_account(finding.account.as_deref())
        ),
        command: Some(
            guardduty(scene, "list-findings")
                .own("--finding-criteria", r#"{"Criterion":{"service.archived":{"Eq":["false"]}}}"#),
        ),
        effect: "Lists finding ids; guardduty get-findings shows what they say.".to_owned(),
        risk: READS.to_owned(),
        agreement: NOBODY.to_owned(),
        first: None,
        citations: scene.stated(),
    });
}

fn stopped(scene: &Scene<'_, '_>, function: &Function, steps: &mut Steps) {
    if function.deleted.is_some() {
        return;
    }
    steps.add(Step {
        kind: "stopped",
        of: None,
        text: format!("Check that {} is stopped.", clipped(&function.name)),
        command: Some(lambda(scene, function, "get-function-concurrency")),
        effect: "Shows ReservedConcurrentExecutions, which must be 0.".to_owned(),
        risk: READS.to_owned(),
        agreement: NOBODY.to_owned(),
        first: None,
        citations: scene.stated(),
    });
}

fn keys(scene: &Scene<'_, '_>, steps: &mut Steps) {
    for key in &scene.path.keys {
        let of = &key.what;
        steps.add(Step {
            kind: "key",
            of: Some(&of.id),
            text: format!(
                "Look up what else was done with access key {} of user {}, in every Region in use and in us-east-1 for IAM and sign-in.",
                clipped(&of.id), clipped(&of.user)
            ),
            command: Some(aws(scene, "cloudtrail", "lookup-events").option(
                "--lookup-attributes",
                &[
                    Piece::Own("AttributeKey=AccessKeyId,AttributeValue="),
                    Piece::Id(Some(&of.id), "ACCESS_KEY_ID"),
                ],
            )),
            effect: "Lists management events of the last 90 days in that Region.".to_owned(),
            risk: "None: it reads, two calls a second at most.".to_owned(),
            agreement: NOBODY.to_owned(),
            first: None,
            citations: key.citations.clone(),
        });
    }
}

/// What happened to the function since.
fn calls(scene: &Scene<'_, '_>, function: &Function, steps: &mut Steps) {
    let read = if scene.was_read(Source::CloudTrail) {
        "since this report’s evidence was collected"
    } else {
        "at any time"
    };
    steps.add(Step {
        kind: "calls",
        of: None,
        text: format!(
            "Look up what was done to {} {read}, to see whether somebody undoes the containment.",
            clipped(&function.name)
        ),
        command: Some(aws(scene, "cloudtrail", "lookup-events").option(
            "--lookup-attributes",
            &[
                Piece::Own("AttributeKey=ResourceName,AttributeValue="),
                Piece::Id(Some(&function.name), "FUNCTION_NAME"),
            ],
        )),
        effect:
            "Lists management events that name the function; events come minutes after the call."
                .to_owned(),
        risk: "None: it reads, two calls a second at most.".to_owned(),
        agreement: NOBODY.to_owned(),
        first: None,
        citations: scene.stated(),
    });
}

/// Functions that run as the same role or have the same code.
fn same(scene: &Scene<'_, '_>, steps: &mut Steps) {
    let arn = scene.role.as_ref().and_then(|role| role.arn.as_deref());
    let hash = scene.content.hash.as_ref();
    let role = [Piece::Own("Role==`\""), Piece::Value(arn, "ROLE_ARN"), Piece::Own("\"`")];
    let code = [
        Piece::Own("CodeSha256==`\""),
        Piece::Value(hash.map(|hash| hash.what.as_str()), "CODE_SHA256"),
        Piece::Own("\"`"),
    ];
    let (what, test) = match (arn, hash) {
        (Some(_), Some(_)) => (
            "run as the same role or have the same code",
            [&role[..], &[Piece::Own(" || ")], &code].concat(),
        ),
        (Some(_), None) => ("run as the same role", role.to_vec()),
        (None, Some(_)) => ("have the same code", code.to_vec()),
        (None, None) => return,
    };
    let mut citations =
        scene.role.as_ref().map_or_else(|| scene.stated(), |role| role.citations.clone());
    if let Some(hash) = hash {
        citations = citations.with(&hash.citations);
    }
    let query =
        [&[Piece::Own("Functions[?")], &test[..], &[Piece::Own("].[FunctionArn,Role,CodeSha256]")]]
            .concat();
    steps.add(Step {
        kind: "same",
        of: None,
        text: format!(
            "List the other functions that {what}: what this one could do or did, they may too. Repeat it in the other Regions and accounts in use."
        ),
        command: Some(aws(scene, "lambda", "list-functions").option("--query", &query)),
        effect: "Lists their ARNs, roles and code hashes, in that Region.".to_owned(),
        risk: READS.to_owned(),
        agreement: NOBODY.to_owned(),
        first: None,
        citations,
    });
}

fn data(scene: &Scene<'_, '_>, function: &Function, steps: &mut Steps) {
    steps.add(Step {
        kind: "data",
        of: None,
        text: format!(
            "Find out whether a trail records data events, and look there for what the credentials of {} read and wrote and for who invoked it: look-ups of the event history never return data events.",
            clipped(&function.name)
        ),
        command: Some(aws(scene, "cloudtrail", "describe-trails")),
        effect: "Lists the trails and their buckets; cloudtrail get-event-selectors shows what each records.".to_owned(),
        risk: READS.to_owned(),
        agreement: NOBODY.to_owned(),
        first: None,
        citations: scene.stated(),
    });
}
