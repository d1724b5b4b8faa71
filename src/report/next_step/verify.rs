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
    same_role(scene, steps);
    same_code(scene, steps);
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
                "Ask whoever answers for {}, by a way that does not run through this account, whether these calls {when} were theirs and meant: {}.",
                clipped(&of.name),
                clipped(&of.calls.join(", "))
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

fn same_role(scene: &Scene<'_, '_>, steps: &mut Steps) {
    let Some(role) = &scene.role else { return };
    let Some(arn) = &role.arn else { return };
    steps.add(Step {
        kind: "role",
        of: None,
        text: format!(
            "List the functions that run as the same role {}: what this one could do, they can.",
            clipped(&role.name)
        ),
        command: Some(aws(scene, "lambda", "list-functions").option(
            "--query",
            &[
                Piece::Own("Functions[?Role==`\""),
                Piece::Value(Some(arn), "ROLE_ARN"),
                Piece::Own("\"`].FunctionArn"),
            ],
        )),
        effect: "Lists their ARNs, in that Region.".to_owned(),
        risk: READS.to_owned(),
        agreement: NOBODY.to_owned(),
        first: None,
        citations: role.citations.clone(),
    });
}

fn same_code(scene: &Scene<'_, '_>, steps: &mut Steps) {
    let Some(hash) = &scene.content.hash else { return };
    steps.add(Step {
        kind: "code",
        of: None,
        text: "List the functions that have the same code, and repeat it in the other Regions and accounts in use.".to_owned(),
        command: Some(aws(scene, "lambda", "list-functions").option(
            "--query",
            &[
                Piece::Own("Functions[?CodeSha256==`\""),
                Piece::Value(Some(&hash.what), "CODE_SHA256"),
                Piece::Own("\"`].FunctionArn"),
            ],
        )),
        effect: "Lists their ARNs, in that Region.".to_owned(),
        risk: READS.to_owned(),
        agreement: NOBODY.to_owned(),
        first: None,
        citations: hash.citations.clone(),
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
