//! What invokes the function.

use crate::report::{
    naming::clipped,
    next_step::{Step, Steps, aws, lambda, owner},
    scene::{Function, Opened, Scene, Trigger},
};

/// Stops each trigger in the way that keeps its definition.
pub fn triggers(scene: &Scene<'_, '_>, function: &Function, steps: &mut Steps) {
    for trigger in &scene.triggers {
        let step = match &trigger.what {
            Trigger::Rule { name, bus, enabled: true, .. } => {
                let command =
                    aws(scene, "events", "disable-rule").value("--name", &**name, "RULE_NAME");
                let command = match bus {
                    Some(bus) => command.value("--event-bus-name", &**bus, "EVENT_BUS"),
                    None => command,
                };
                Some((
                    "rule",
                    name.clone(),
                    format!(
                        "Disable the EventBridge rule {}, which invokes {}.",
                        clipped(name),
                        clipped(&function.name)
                    ),
                    command,
                    "The rule matches nothing until it is enabled again; its definition stays.",
                    "Other targets of the rule are not called either.",
                ))
            }
            Trigger::Mapping { uuid: Some(uuid), enabled: true, .. } => Some((
                "mapping",
                uuid.clone(),
                format!(
                    "Switch off the event source mapping {}, which invokes {}.",
                    clipped(uuid),
                    clipped(&function.name)
                ),
                aws(scene, "lambda", "update-event-source-mapping")
                    .value("--uuid", &**uuid, "MAPPING_ID")
                    .flag("--no-enabled"),
                "Lambda stops reading from the source; a stream is read on from the same place later.",
                "Messages older than the source retains are lost.",
            )),
            Trigger::Url { auth, .. } if auth.as_deref() != Some("AWS_IAM") => Some((
                "url",
                "url".to_owned(),
                format!(
                    "Close the function URL of {} to callers without AWS credentials.",
                    clipped(&function.name)
                ),
                lambda(scene, function, "update-function-url-config").own("--auth-type", "AWS_IAM"),
                "The URL stays and refuses calls that are not signed.",
                "Whoever calls the URL without credentials is refused.",
            )),
            Trigger::Statement { sid: Some(sid), opened, who, .. } if *opened != Opened::Inside => {
                Some((
                    "permission",
                    sid.clone(),
                    format!(
                        "Remove the statement {} from the resource policy of {}, which lets in {}. Save the policy first (see Preserve).",
                        clipped(sid),
                        clipped(&function.name),
                        if *opened == Opened::Everybody {
                            "everybody".to_owned()
                        } else {
                            clipped(who)
                        }
                    ),
                    lambda(scene, function, "remove-permission").value(
                        "--statement-id",
                        &**sid,
                        "STATEMENT_ID",
                    ),
                    "Whom the statement lets in can no longer invoke the function.",
                    "The statement is gone; restoring it takes its saved text.",
                ))
            }
            _ => None,
        };
        let Some((kind, of, text, command, effect, risk)) = step else { continue };
        steps.add(Step {
            kind,
            of: (kind != "url").then_some(&*of),
            text,
            command: Some(command),
            effect: effect.to_owned(),
            risk: risk.to_owned(),
            agreement: owner(function),
            first: None,
            citations: trigger.citations.clone(),
        });
    }
}
