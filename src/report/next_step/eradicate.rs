//! Taking away what was brought in, once it is saved and understood.

use super::{Piece, Step, Steps, aws, in_account, lambda, owner};
use crate::{
    model::Outcome,
    report::{
        naming::{at, clipped},
        scene::{Function, Scene},
    },
};

pub fn steps(scene: &Scene<'_, '_>, steps: &mut Steps) {
    let Some(function) = &scene.function else { return };
    if function.deleted.is_none() {
        code(scene, function, steps);
        aliases(scene, function, steps);
        layers(scene, function, steps);
        settings(scene, function, steps);
        stack(scene, function, steps);
    }
    keys(scene, steps);
    trust(scene, steps);
    secrets(scene, function, steps);
    if function.deleted.is_none() {
        delete(scene, function, steps);
    }
}

/// What every step here has in common: it changes the function, so all of it is saved first.
const SAVED: &str = "Everything under Preserve has to be done before.";

fn code(scene: &Scene<'_, '_>, function: &Function, steps: &mut Steps) {
    let content = &scene.content;
    let mut citations = scene.stated();
    let before = match &content.hash_before {
        Some(hash) => {
            citations = citations.with(&hash.citations);
            format!(
                " The code that AWS Config recorded before the changes of the week before the first activity has the hash {}.",
                hash.what
            )
        }
        None => String::new(),
    };
    if let Some(code) = &content.code {
        citations = citations.with(&code.citations);
    }
    steps.add(Step {
        kind: "code",
        of: None,
        text: format!(
            "Build {} anew from a source that is known to be good, and deploy it by its usual way. {SAVED}{before}",
            clipped(&function.name)
        ),
        command: None,
        effect: "Replaces the code that ran when the finding was first seen.".to_owned(),
        risk: "The cause comes back if the source, the pipeline or its credentials are what was misused; check these first.".to_owned(),
        agreement: owner(function),
        first: None,
        citations,
    });
}

fn aliases(scene: &Scene<'_, '_>, function: &Function, steps: &mut Steps) {
    for alias in &scene.content.aliases {
        let of = &alias.what;
        // Another version helps only where the alias names the one that the finding names.
        let Some(before) =
            of.before.as_ref().filter(|_| function.version.as_ref() == Some(&of.version))
        else {
            continue;
        };
        steps.add(Step {
            kind: "alias",
            of: Some(&of.name),
            text: format!(
                "Point the alias {} of {} back to version {before}, if the code of that version is known to be good: it names version {}, as the finding does. {SAVED}",
                clipped(&of.name), clipped(&function.name), of.version
            ),
            command: Some(
                lambda(scene, function, "update-alias")
                    .value("--name", &*of.name, "ALIAS")
                    .value("--function-version", &**before, "VERSION"),
            ),
            effect: format!("Whoever invokes the function by this alias gets version {before}."),
            risk: "Version-dependent callers and data may not fit the older version.".to_owned(),
            agreement: owner(function),
            first: None,
            citations: alias.citations.clone(),
        });
    }
}

fn layers(scene: &Scene<'_, '_>, function: &Function, steps: &mut Steps) {
    let Some(before) = &scene.content.layers_before else { return };
    let new: Vec<&str> = scene
        .content
        .layers
        .iter()
        .filter(|layer| layer.what.1)
        .map(|layer| layer.what.0.as_str())
        .collect();
    if new.is_empty() {
        return;
    }
    let mut command = lambda(scene, function, "update-function-configuration");
    command = if before.what.is_empty() {
        command.own("--layers", "[]")
    } else {
        before.what.iter().fold(command.flag("--layers"), |command, arn| {
            command.word(&[Piece::Value(Some(arn), "LAYER_ARN")])
        })
    };
    let mut citations = before.citations.clone();
    for layer in scene.content.layers.iter().filter(|layer| layer.what.1) {
        citations = citations.with(&layer.citations);
    }
    steps.add(Step {
        kind: "layers",
        of: None,
        text: format!(
            "Put the layers of {} back to what they were before {} was added. {SAVED}",
            clipped(&function.name),
            clipped(&new.join(", "))
        ),
        command: Some(command),
        effect: match before.what.len() {
            0 => "The function has no layer, as before.".to_owned(),
            _ => format!(
                "The function has these layers, as before: {}.",
                clipped(&before.what.join(", "))
            ),
        },
        risk: "Code that has come to need the layer fails. Published versions keep theirs."
            .to_owned(),
        agreement: owner(function),
        first: None,
        citations,
    });
}

fn settings(scene: &Scene<'_, '_>, function: &Function, steps: &mut Steps) {
    let before = &scene.content.settings_before;
    let Some(first) = before.first() else { return };
    let mut command = lambda(scene, function, "update-function-configuration");
    let mut citations = first.citations.clone();
    let mut words = Vec::new();
    for setting in before {
        let (option, number) = setting.what;
        command = command.number(option, number);
        citations = citations.with(&setting.citations);
        words.push(match option {
            "--timeout" => format!("timeout {number} seconds"),
            _ => format!("memory {number} MB"),
        });
    }
    steps.add(Step {
        kind: "settings",
        of: None,
        text: format!(
            "Put back the settings of {} that were changed, unless the change was meant: {}. {SAVED}",
            clipped(&function.name),
            words.join(", ")
        ),
        command: Some(command),
        effect: "The function has the settings of before its last change.".to_owned(),
        risk: "Work that takes longer or more memory than that fails.".to_owned(),
        agreement: owner(function),
        first: None,
        citations,
    });
}

fn stack(scene: &Scene<'_, '_>, function: &Function, steps: &mut Steps) {
    let Some(stack) = &scene.content.stack else { return };
    steps.add(Step {
        kind: "stack",
        of: None,
        text: format!(
            "Restore {} through its stack {} and not by hand beside it: compare what is there with the template first.",
            clipped(&function.name), clipped(&stack.what)
        ),
        command: Some(
            aws(scene, "cloudformation", "detect-stack-drift")
                .value("--stack-name", &*stack.what, "STACK_NAME"),
        ),
        effect: "Starts a comparison; cloudformation describe-stack-resource-drifts shows its result.".to_owned(),
        risk: "None: it reads. Until the template is right, the next operation on the stack can bring the change back, or undo yours.".to_owned(),
        agreement: "the owner of the stack".to_owned(),
        first: None,
        citations: stack.citations.clone(),
    });
}

fn keys(scene: &Scene<'_, '_>, steps: &mut Steps) {
    for key in &scene.path.keys {
        let of = &key.what;
        let made = of.made.map_or_else(String::new, |made| format!(", made at {},", at(made)));
        steps.add(Step {
            kind: "key",
            of: Some(&of.id),
            text: format!(
                "Delete access key {}{made} of user {}{} once it is inactive, nothing needs it, and what it did is known; give the user a new one only if one is needed.",
                clipped(&of.id),
                clipped(&of.user),
                in_account(of.account.as_deref())
            ),
            command: Some(
                aws(scene, "iam", "delete-access-key")
                    .value("--user-name", &*of.user, "USER_NAME")
                    .value("--access-key-id", &*of.id, "ACCESS_KEY_ID"),
            ),
            effect: "The key is gone for good.".to_owned(),
            risk: "It cannot be restored, and its last use can no longer be looked up.".to_owned(),
            agreement: format!("the owner of user {}", clipped(&of.user)),
            first: None,
            citations: key.citations.clone(),
        });
    }
}

/// Roles that somebody of another account took.
fn trust(scene: &Scene<'_, '_>, steps: &mut Steps) {
    for session in &scene.path.sessions {
        let of = &session.what;
        let Some(from) = &of.from_account else { continue };
        steps.add(Step {
            kind: "trust",
            of: Some(&of.role),
            text: format!(
                "Take account {from} out of the trust policy of role {}{}, unless it is meant to be there. Save the role first.",
                clipped(&of.role),
                in_account(of.account.as_deref())
            ),
            command: Some(
                aws(scene, "iam", "get-role").value("--role-name", &*of.role, "ROLE_NAME"),
            ),
            effect: "Shows the role with its trust policy; iam update-assume-role-policy writes another.".to_owned(),
            risk: "None: it reads. Changing the trust policy stops whatever in that account uses the role.".to_owned(),
            agreement: format!("the owner of role {}", clipped(&of.role)),
            first: None,
            citations: session.citations.clone(),
        });
    }
}

/// What the function could read and hand on.
fn secrets(scene: &Scene<'_, '_>, function: &Function, steps: &mut Steps) {
    let reads =
        ["GetParameter", "GetParameters", "GetParametersByPath", "GetSecretValue", "Decrypt"];
    let mut citations = scene.stated();
    let mut names: Vec<&str> = Vec::new();
    let did = scene.case.events.iter().filter(|kept| {
        kept.relation == crate::model::Relation::ByFunction
            && kept.fact.outcome() == Outcome::Ok
            && reads.contains(&kept.fact.action.as_str())
    });
    for event in did.map(|kept| &kept.fact) {
        if !names.contains(&event.action.as_str()) {
            names.push(&event.action);
            citations.push(&event.record);
        }
    }
    let read = if names.is_empty() {
        String::new()
    } else {
        format!(" Its credentials were used for {} (see Reach).", names.join(", "))
    };
    let held = scene.content.environment.as_ref().map_or_else(
        || "in its environment variables".to_owned(),
        |environment| {
            citations = citations.clone().with(&environment.citations);
            format!("in its environment variables ({})", clipped(&environment.what.join(", ")))
        },
    );
    steps.add(Step {
        kind: "secrets",
        of: None,
        text: format!(
            "Replace the secrets that {} could read: {held}, in its code, and in parameters and secrets that its role allows.{read}",
            clipped(&function.name)
        ),
        command: None,
        effect: "What may have been taken is of no use any more.".to_owned(),
        risk: "Whatever uses the same secrets has to be given the new ones.".to_owned(),
        agreement: "the owner of each secret".to_owned(),
        first: None,
        citations,
    });
}

/// Offered last, and only for a function that is as new as what led to the finding.
fn delete(scene: &Scene<'_, '_>, function: &Function, steps: &mut Steps) {
    let Some(new) = &function.is_new else { return };
    steps.add(Step {
        kind: "delete",
        of: None,
        text: format!(
            "Delete {} last, if at all: only when its owner says that nobody needs it and when code, configuration, policy and logs are saved. It was created within a week before the first activity.",
            clipped(&function.name)
        ),
        command: Some(lambda(scene, function, "delete-function")),
        effect: "The function, its versions and its aliases are gone; its logs stay.".to_owned(),
        risk: "It cannot be undone, and what was not saved is lost as evidence.".to_owned(),
        agreement: format!("{}, and whoever leads the investigation", owner(function)),
        first: None,
        citations: new.citations.clone(),
    });
}
