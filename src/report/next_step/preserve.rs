//! Saving what the rest would change or what expires, before it is changed.

use super::{Piece, Step, Steps, aws, guardduty, lambda, owner};
use crate::{
    model::Source,
    report::{
        naming::clipped,
        scene::{Function, Network, PolicyKind, Scene, Trigger},
    },
};

/// No more layers and inline policies than these are saved by a step of their own.
const MOST: usize = 6;

/// What is said of a file with the function's whole configuration.
const SECRET: &str =
    "holds the values of the environment variables: keep it where only the responders can read it.";

/// Logs from so many milliseconds before the first step on.
const MARGIN: i64 = 3_600_000;

pub fn steps(scene: &Scene<'_, '_>, steps: &mut Steps) {
    finding(scene, steps);
    let Some(function) = &scene.function else { return };
    if function.deleted.is_some() {
        source(scene, function, steps);
    } else {
        configuration(scene, function, steps);
        code(scene, function, steps);
        rules(scene, steps);
    }
    role(scene, steps);
    layers(scene, function, steps);
    logs(scene, function, steps);
    if function.deleted.is_none() {
        source(scene, function, steps);
    }
    flows(scene, steps);
    collect(scene, function, steps);
}

/// A step that reads and writes what it reads to a file.
fn saving(
    kind: &'static str,
    text: String,
    command: super::Command,
    effect: &str,
    scene: &Scene<'_, '_>,
) -> Step<'static> {
    Step {
        kind,
        of: None,
        text,
        command: Some(command),
        effect: effect.to_owned(),
        risk: "None: it reads.".to_owned(),
        agreement: "nobody’s".to_owned(),
        first: None,
        citations: scene.stated(),
    }
}

fn finding(scene: &Scene<'_, '_>, steps: &mut Steps) {
    let command = guardduty(scene, "get-findings")
        .option("--finding-ids", &[Piece::Value(Some(&scene.finding().id), "FINDING_ID")])
        .into_file("finding.json");
    steps.add(saving(
        "finding",
        "Save the finding as it is now: GuardDuty goes on counting, and deletes findings after 90 days.".to_owned(),
        command,
        "Writes finding.json.",
        scene,
    ));
}

/// Everything that Lambda tells of the function, but its code.
fn configuration(scene: &Scene<'_, '_>, function: &Function, steps: &mut Steps) {
    let told = |operation| lambda(scene, function, operation);
    let (version, shown) = version(function);
    let mut command = told("get-function")
        .option("--qualifier", &[version])
        .into_file("function.json")
        .then(told("get-policy").into_file("policy.json"))
        .then(told("list-aliases").into_file("aliases.json"))
        .then(told("list-versions-by-function").into_file("versions.json"))
        .then(told("list-event-source-mappings").into_file("event-source-mappings.json"));
    let mut citations = scene.stated();
    for alias in &scene.content.aliases {
        citations = citations.with(&alias.citations);
    }
    let mut url = "";
    for trigger in &scene.triggers {
        match &trigger.what {
            Trigger::Url { .. } if url.is_empty() => {
                command = command.then(told("get-function-url-config").into_file("url.json"));
                url = ", function URL";
            }
            Trigger::Url { .. } | Trigger::Statement { .. } => {}
            _ => continue,
        }
        citations = citations.with(&trigger.citations);
    }
    steps.add(Step {
        citations,
        risk: format!("None: it reads. function.json and versions.json {SECRET}"),
        agreement: owner(function),
        ..saving(
            "configuration",
            format!(
                "Save the configuration of {}, version {shown}, its resource policy{url}, aliases, versions and event source mappings, before anything but its concurrency is changed.",
                clipped(&function.name)
            ),
            command,
            "Writes a file for each. get-policy is refused with ResourceNotFoundException where there is none.",
            scene,
        )
    });
}

/// The version that the finding is about: for a command, and as it is shown.
fn version(function: &Function) -> (Piece<'_>, String) {
    let stated = function.version.as_deref().filter(|version| !version.is_empty());
    let version = stated.unwrap_or("$LATEST");
    (Piece::Value(Some(version), "VERSION"), clipped(version))
}

fn code(scene: &Scene<'_, '_>, function: &Function, steps: &mut Steps) {
    let name = clipped(&function.name);
    let (qualifier, shown) = version(function);
    let get = lambda(scene, function, "get-function").option("--qualifier", &[qualifier]);
    let query = if scene.content.is_image { "Code.ResolvedImageUri" } else { "Code.Location" };
    let get = get.own("--query", query).own("--output", "text");
    if scene.content.is_image {
        steps.add(saving(
            "code",
            format!("Note the digest of the image that {name} runs, then pull that digest and keep it; a tag may be moved to another image, and a lifecycle rule may delete it."),
            get.into_file("image.txt"),
            "Writes the image’s address with its digest to image.txt.",
            scene,
        ));
        return;
    }
    let mut citations = scene.stated();
    let compare = scene.content.hash.as_ref().map_or_else(String::new, |hash| {
        citations = citations.clone().with(&hash.citations);
        format!(
            " Its SHA-256, in base64, should be {} if it is the code that ran.",
            clipped(&hash.what)
        )
    });
    steps.add(Step {
        citations,
        risk: "It is the code that is under suspicion: do not run it.".to_owned(),
        agreement: owner(function),
        ..saving(
            "code",
            format!("Save the code of {name}, version {shown}, before it is replaced.{compare}"),
            get.downloaded("code.zip"),
            "Fetches the code to code.zip.",
            scene,
        )
    });
}

/// The rules that call the function: they are of another service.
fn rules(scene: &Scene<'_, '_>, steps: &mut Steps) {
    for trigger in &scene.triggers {
        let Trigger::Rule { name, bus, .. } = &trigger.what else { continue };
        let command = aws(scene, "events", "describe-rule").value("--name", &**name, "RULE_NAME");
        let command = match bus {
            Some(bus) => command.value("--event-bus-name", &**bus, "EVENT_BUS"),
            None => command,
        };
        steps.add(Step {
            of: Some(name),
            citations: trigger.citations.clone(),
            ..saving(
                "rule",
                format!("Save the EventBridge rule {}.", clipped(name)),
                command.into_file("rule.json"),
                "Writes rule.json.",
                scene,
            )
        });
    }
}

fn role(scene: &Scene<'_, '_>, steps: &mut Steps) {
    let Some(role) = &scene.role else { return };
    let of_role =
        |operation| aws(scene, "iam", operation).value("--role-name", &*role.name, "ROLE_NAME");
    let mut command = of_role("get-role")
        .into_file("role.json")
        .then(of_role("list-attached-role-policies").into_file("role-attached.json"))
        .then(of_role("list-role-policies").into_file("role-inline.json"));
    let mut citations = role.citations.clone();
    let inline = role.policies.iter().filter(|policy| policy.kind == PolicyKind::Inline);
    let mut known = "";
    for (policy, file) in inline.zip(INLINE) {
        let of_policy =
            of_role("get-role-policy").value("--policy-name", &*policy.name, "POLICY_NAME");
        command = command.then(of_policy.into_file(file));
        citations = citations.with(&policy.citations);
        known = ", the inline policies that are known";
    }
    steps.add(Step {
        citations,
        ..saving(
            "role",
            format!(
                "Save the role {} with its trust policy{known} and the lists of its policies; save each further inline policy named there with iam get-role-policy.",
                clipped(&role.name)
            ),
            command,
            "Writes a file for each.",
            scene,
        )
    });
}

/// File names for inline policies, whose own names may be anything.
const INLINE: [&str; MOST] = [
    "role-inline-1.json",
    "role-inline-2.json",
    "role-inline-3.json",
    "role-inline-4.json",
    "role-inline-5.json",
    "role-inline-6.json",
];

fn layers(scene: &Scene<'_, '_>, function: &Function, steps: &mut Steps) {
    const FILES: [&str; MOST] =
        ["layer-1.zip", "layer-2.zip", "layer-3.zip", "layer-4.zip", "layer-5.zip", "layer-6.zip"];
    for (layer, file) in scene.content.layers.iter().zip(FILES) {
        let (arn, new) = &layer.what;
        let new = if *new { ", which was added lately" } else { "" };
        steps.add(Step {
            of: Some(arn),
            citations: layer.citations.clone(),
            risk: "It is code that is under suspicion: do not run it. Its owner can take it away at any time.".to_owned(),
            ..saving(
                "layer",
                format!("Save the layer {} of {}{new}.", clipped(arn), clipped(&function.name)),
                aws(scene, "lambda", "get-layer-version-by-arn")
                    .value("--arn", &**arn, "LAYER_ARN")
                    .own("--query", "Content.Location")
                    .own("--output", "text")
                    .downloaded(file),
                "Fetches the layer’s code to the file.",
                scene,
            )
        });
    }
}

fn logs(scene: &Scene<'_, '_>, function: &Function, steps: &mut Steps) {
    let first = scene.path.calls.first().map(|event| event.time);
    let since = first.or(scene.finding().signal());
    let mut citations = scene.stated();
    let command = aws(scene, "logs", "filter-log-events");
    let command = match &scene.content.log_group {
        Some(group) => {
            citations = citations.with(&group.citations);
            command.value("--log-group-name", &*group.what, "LOG_GROUP")
        }
        None => command.option(
            "--log-group-name",
            &[Piece::Own("/aws/lambda/"), Piece::Value(Some(&function.name), "FUNCTION_NAME")],
        ),
    };
    let command = match since {
        Some(since) => command
            .number("--start-time", since.timestamp().as_millisecond().saturating_sub(MARGIN)),
        None => command,
    };
    let named = if scene.content.log_group.is_some() {
        ""
    } else {
        " The group is the one that Lambda uses unless told otherwise."
    };
    steps.add(Step {
        citations,
        risk: "None: it reads. The logs may hold secrets and personal data, and a long time of them takes long.".to_owned(),
        ..saving(
            "logs",
            format!("Save the logs of {} from an hour before the first step on; a retention setting may delete them.{named}", clipped(&function.name)),
            command.into_file("logs.json"),
            "Writes logs.json.",
            scene,
        )
    });
}

/// Where the code came from.
fn source(scene: &Scene<'_, '_>, function: &Function, steps: &mut Steps) {
    let Some(code) = &scene.content.code else { return };
    let origin = &code.what;
    if let Some(bucket) = &origin.bucket {
        let mut command = aws(scene, "s3api", "get-object")
            .value("--bucket", &**bucket, "BUCKET")
            .value("--key", origin.key.as_deref(), "KEY");
        if let Some(version) = &origin.version {
            command = command.value("--version-id", &**version, "OBJECT_VERSION");
        }
        let caution = if origin.version.is_some() {
            ""
        } else {
            " The call names no object version, so the object may have been replaced since: compare its hash with that of the code."
        };
        steps.add(Step {
            of: None,
            citations: code.citations.clone(),
            risk: "None: it reads. It is the code that is under suspicion: do not run it."
                .to_owned(),
            agreement: "the owner of the bucket".to_owned(),
            ..saving(
                "source",
                format!(
                    "Save the object that the code of {} came from, in bucket {}.{caution}",
                    clipped(&function.name),
                    clipped(bucket)
                ),
                command.word(&[Piece::Own("code-source.zip")]),
                "Fetches the object to code-source.zip.",
                scene,
            )
        });
    }
    if let Some(image) = &origin.image_uri {
        steps.add(Step {
            kind: "image",
            of: None,
            text: format!("Pull and keep the image {}, which the call that put the code in place names; it may be deleted or its tag moved.", clipped(image)),
            command: None,
            effect: "Keeps the code for examination.".to_owned(),
            risk: "It is the code that is under suspicion: do not run it.".to_owned(),
            agreement: "the owner of the repository".to_owned(),
            first: None,
            citations: code.citations.clone(),
        });
    }
}

fn flows(scene: &Scene<'_, '_>, steps: &mut Steps) {
    let Network::Inside(placed) = &scene.content.network else { return };
    steps.add(Step {
        citations: placed.citations.clone(),
        ..saving(
            "flows",
            "Find out whether the VPC has flow logs, and keep those of the time of the finding: they tell how much was sent.".to_owned(),
            aws(scene, "ec2", "describe-flow-logs").option(
                "--filter",
                &[
                    Piece::Own("Name=resource-id,Values="),
                    Piece::Id(placed.what.id.as_deref(), "VPC_ID"),
                ],
            ),
            "Lists the flow logs of the VPC and where they go; those of single subnets and interfaces are listed under their own ids.",
            scene,
        )
    });
}

/// Records that were not read, while they are still there.
fn collect(scene: &Scene<'_, '_>, function: &Function, steps: &mut Steps) {
    let unread: Vec<&str> = [Source::Config, Source::CloudTrail]
        .into_iter()
        .filter(|source| !scene.was_read(*source))
        .map(Source::title)
        .collect();
    if unread.is_empty() {
        return;
    }
    let command = super::Command::of("casefile report")
        .word(&[Piece::Value(Some(&scene.finding().id), "FINDING_ID")])
        .value("--region", scene.region(), "REGION");
    steps.add(Step {
        agreement: "whoever may read GuardDuty, AWS Config and CloudTrail".to_owned(),
        ..saving(
            "records",
            format!(
                "Collect the records of {} about {}: none was read for this report, and CloudTrail’s event history holds 90 days only.",
                unread.join(" and "),
                clipped(&function.name)
            ),
            command,
            "Writes a new report, and beside it every answer as evidence.",
            scene,
        )
    });
}
