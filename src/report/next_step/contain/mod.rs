//! Stopping what goes on, in ways that destroy no evidence.

mod credential;
mod network;
mod trigger;

use super::{Piece, Step, Steps, guardduty, in_account, lambda, owner};
use crate::{
    model::Time,
    report::{
        naming::{at, clipped},
        scene::{Function, Noted, Scene},
    },
};

pub fn steps(scene: &Scene<'_, '_>, steps: &mut Steps) {
    drill(scene, steps);
    let Some(function) = &scene.function else {
        return not_followed(scene, steps);
    };
    match &function.deleted {
        Some(deleted) => gone(scene, function, deleted, steps),
        None => concurrency(scene, function, steps),
    }
    for key in &scene.path.keys {
        credential::key(scene, key, steps);
    }
    for session in &scene.path.sessions {
        credential::session(scene, session, steps);
    }
    credential::role_sessions(scene, function, steps);
    credential::policies(scene, steps);
    if function.deleted.is_none() {
        trigger::triggers(scene, function, steps);
        network::network(scene, function, steps);
    }
}

/// A sample finding is a drill until somebody says otherwise.
fn drill(scene: &Scene<'_, '_>, steps: &mut Steps) {
    if !scene.finding().sample {
        return;
    }
    let command = guardduty(scene, "get-findings")
        .option("--finding-ids", &[Piece::Value(Some(&scene.finding().id), "FINDING_ID")]);
    steps.add(Step {
        kind: "drill",
        of: None,
        text: "Check first that this is a drill: GuardDuty marks the finding as a sample. Ask who made it; when it is confirmed as a drill, do none of the steps below."
            .to_owned(),
        command: Some(command),
        effect: "Shows the finding again; service.additionalInfo tells that it is a sample.".to_owned(),
        risk: "None: it reads.".to_owned(),
        agreement: "whoever runs drills here".to_owned(),
        first: Some("check that it is a drill".to_owned()),
        citations: scene.stated(),
    });
}

/// What can be said of a resource that casefile does not follow.
fn not_followed(scene: &Scene<'_, '_>, steps: &mut Steps) {
    let finding = scene.finding();
    let kind =
        finding.resource_type.as_deref().unwrap_or("a resource of a type that is not stated");
    let name = finding.resource_name.as_ref().map_or_else(String::new, |name| format!(" {name}"));
    steps.add(Step {
        kind: "resource",
        of: None,
        text: format!(
            "Contain {kind}{name}{} by the procedure for its service: casefile follows Lambda functions and has no command for it.",
            in_account(finding.account.as_deref())
        ),
        command: None,
        effect: "Depends on the procedure.".to_owned(),
        risk: "Depends on the procedure; save the state of the resource before anything is changed.".to_owned(),
        agreement: "the owner of the resource".to_owned(),
        first: (!finding.sample).then(|| format!("contain {kind}")),
        citations: scene.stated(),
    });
}

/// The function is deleted: see that it is, and stays so.
fn gone(
    scene: &Scene<'_, '_>,
    function: &Function,
    deleted: &Noted<(Time, Option<String>)>,
    steps: &mut Steps,
) {
    steps.add(Step {
        kind: "gone",
        of: None,
        text: format!(
            "Check that {} is still deleted, as recorded at {}: the command must be refused with ResourceNotFoundException. There is nothing left to stop in it.",
            clipped(&function.name),
            at(deleted.what.0)
        ),
        command: Some(lambda(scene, function, "get-function-configuration")),
        effect: "Shows whether a function of that name is there again.".to_owned(),
        risk: "None: it reads.".to_owned(),
        agreement: "nobody’s".to_owned(),
        first: urgent(scene, || format!("check that {} is still deleted", clipped(&function.name))),
        citations: deleted.citations.clone(),
    });
}

fn concurrency(scene: &Scene<'_, '_>, function: &Function, steps: &mut Steps) {
    let name = clipped(&function.name);
    let set = function.concurrency.as_ref();
    if let Some(set) = set
        && let (Some(0), time, who) = &set.what
    {
        steps.add(Step {
            kind: "concurrency",
            of: None,
            text: format!(
                "Check that the reserved concurrency of {name} is still 0: {who} set it at {}.",
                at(*time)
            ),
            command: Some(lambda(scene, function, "get-function-concurrency")),
            effect: "Shows the setting. While it is 0, Lambda starts no invocation.".to_owned(),
            risk: "None: it reads.".to_owned(),
            agreement: "nobody’s".to_owned(),
            first: urgent(scene, || "check that reserved concurrency is still 0".to_owned()),
            citations: set.citations.clone(),
        });
        return;
    }
    let mut citations = scene.stated();
    let running = function.timeout.as_ref().map_or_else(
        || "its timeout".to_owned(),
        |timeout| {
            citations = citations.clone().with(&timeout.citations);
            format!("its timeout ({} seconds, as last recorded)", timeout.what)
        },
    );
    let before = match set {
        Some(set) => {
            citations = citations.with(&set.citations);
            match set.what.0 {
                Some(number) => format!(" It was set to {number} before; note that for later."),
                None => String::new(),
            }
        }
        None => String::new(),
    };
    steps.add(Step {
        kind: "concurrency",
        of: None,
        text: format!(
            "Stop {name} by setting its reserved concurrency to 0. This changes neither code nor configuration, so it can be done before they are saved.{before}"
        ),
        command: Some(
            lambda(scene, function, "put-function-concurrency")
                .number("--reserved-concurrent-executions", 0),
        ),
        effect: format!(
            "Lambda starts no new invocation of any version or alias. One that is running goes on for at most {running}."
        ),
        risk: "What relies on the function stops. Asynchronous events go to its dead-letter queue or failure destination without a retry, and are lost where it has neither; queues and streams keep theirs as long as they retain them. It is refused while provisioned concurrency is configured."
            .to_owned(),
        agreement: owner(function),
        first: urgent(scene, || format!("set the reserved concurrency of {name} to 0")),
        citations,
    });
}

/// The words for a step to do first; a drill is confirmed before anything else.
fn urgent(scene: &Scene<'_, '_>, words: impl FnOnce() -> String) -> Option<String> {
    (!scene.finding().sample).then(words)
}
