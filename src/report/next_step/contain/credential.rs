//! The credentials behind the finding: keys, sessions, and what the role was given lately.

use super::urgent;
use crate::report::{
    naming::{at, clipped},
    next_step::{Command, Piece, Step, Steps, aws, in_account},
    scene::{Function, Key, Noted, PolicyKind, Scene, Session},
};

/// Denies everything to sessions that began before the moment at which the command is run.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html>
const DENY_OLDER: [&str; 2] = [
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"DateLessThan":{"aws:TokenIssueTime":""#,
    r#""}}}]}"#,
];

pub fn key(scene: &Scene<'_, '_>, key: &Noted<Key>, steps: &mut Steps) {
    let of = &key.what;
    let user = clipped(&of.user);
    let account = in_account(of.account.as_deref());
    if let Some((time, record)) = &of.ended {
        steps.add(Step {
            kind: "key",
            of: Some(&of.id),
            text: format!(
                "Check that access key {} of user {user}{account} is still inactive or deleted, as recorded at {}.",
                clipped(&of.id),
                at(*time)
            ),
            command: Some(aws(scene, "iam", "list-access-keys").value("--user-name", &*of.user, "USER_NAME")),
            effect: "Lists the user’s keys with their status.".to_owned(),
            risk: "None: it reads.".to_owned(),
            agreement: "nobody’s".to_owned(),
            first: None,
            citations: key.citations.clone().and([record]),
        });
        return;
    }
    let why = match (&of.made, &of.used) {
        (Some(made), Some((call, time))) => {
            format!("it was made at {} and used for {call} at {}", at(*made), at(*time))
        }
        (Some(made), None) => format!("it was made at {} on the way to the finding", at(*made)),
        (None, Some((call, time))) => format!("it was used for {call} at {}", at(*time)),
        (None, None) => "it belongs to what led up to the finding".to_owned(),
    };
    // The key that made the change, and the one that this was made with: whoever holds that can
    // make another.
    let first = of.is_behind && scene.path.is_fresh && steps.first_credentials() < 2;
    steps.add(Step {
        kind: "key",
        of: Some(&of.id),
        text: format!(
            "Deactivate access key {} of user {user}{account}, unless its owner confirms what it did: {why}.",
            clipped(&of.id)
        ),
        command: Some(
            aws(scene, "iam", "update-access-key")
                .value("--user-name", &*of.user, "USER_NAME")
                .value("--access-key-id", &*of.id, "ACCESS_KEY_ID")
                .own("--status", "Inactive"),
        ),
        effect: "Calls with the key are refused; it can be activated again. Sessions that it started before go on until they end."
            .to_owned(),
        risk: "Whatever else uses the key stops: deployments, scripts, partners.".to_owned(),
        agreement: format!("the owner of user {user}"),
        first: urgent(scene, || format!("deactivate access key {}", clipped(&of.id))).filter(|_| first),
        citations: key.citations.clone(),
    });
}

pub fn session(scene: &Scene<'_, '_>, session: &Noted<Session>, steps: &mut Steps) {
    let of = &session.what;
    let account = in_account(of.account.as_deref());
    let (call, time) = &of.used;
    let first = of.is_behind && scene.path.is_fresh && steps.first_credentials() == 0;
    let from = of.from_account.as_ref().map_or_else(String::new, |from| {
        format!(" It was started from account {from}: whoever may take the role there can start another.")
    });
    if of.is_identity_center {
        steps.add(Step {
            kind: "person",
            of: Some(&format!("{} {}", clipped(&of.role), clipped(&of.name))),
            text: format!(
                "Have the administrator of IAM Identity Center end the sessions of {} (role {}{account}) and disable the user, unless the person confirms what was done: {call} at {} was made in one of them.",
                clipped(&of.name),
                clipped(&of.role),
                at(*time)
            ),
            command: None,
            effect: "The person’s sessions in the access portal end and no new ones start. Sessions of the role that are open go on until they end, unless the permission set denies them."
                .to_owned(),
            risk: "The person cannot work in any account.".to_owned(),
            agreement: "the administrator of IAM Identity Center".to_owned(),
            first: urgent(scene, || format!("end the sessions of {}", clipped(&of.name))).filter(|_| first),
            citations: session.citations.clone(),
        });
        return;
    }
    if of.is_over {
        return closed(scene, session, &from, first, steps);
    }
    steps.add(Step {
        kind: "session",
        of: Some(&of.role),
        text: format!(
            "Deny the sessions of role {}{account} that began before now, unless the owner of session {} confirms what was done: {call} at {} was made in it.{from}",
            clipped(&of.role),
            clipped(&of.name),
            at(*time)
        ),
        command: Some(deny_older(scene, &of.role)),
        effect: "Every session of the role that is open is refused everything; a session that begins later works."
            .to_owned(),
        risk: "Everybody else who works in a session of that role has to start a new one.".to_owned(),
        agreement: format!("the owner of role {}", clipped(&of.role)),
        first: urgent(scene, || format!("deny the open sessions of role {}", clipped(&of.role))).filter(|_| first),
        citations: session.citations.clone(),
    });
}

/// A session that has ended leaves nothing to deny; whoever could start it can start another.
fn closed(
    scene: &Scene<'_, '_>,
    session: &Noted<Session>,
    from: &str,
    first: bool,
    steps: &mut Steps,
) {
    let of = &session.what;
    let (call, time) = &of.used;
    if !of.is_behind {
        return;
    }
    steps.add(Step {
        kind: "role",
        of: Some(&of.role),
        text: format!(
            "Close role {}{}, unless the owner of session {} confirms what was done: {call} at {} was made in it. That session has ended.{from}",
            clipped(&of.role),
            in_account(of.account.as_deref()),
            clipped(&of.name),
            at(*time)
        ),
        command: Some(
            aws(scene, "iam", "put-role-policy")
                .value("--role-name", &*of.role, "ROLE_NAME")
                .own("--policy-name", "casefile-deny-all")
                .own(
                    "--policy-document",
                    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}"#,
                ),
        ),
        effect: "Every session of the role, open or new, is refused everything until the policy casefile-deny-all is deleted."
            .to_owned(),
        risk: "Everything that works through the role stops: deployments, other people.".to_owned(),
        agreement: format!("the owner of role {}", clipped(&of.role)),
        first: urgent(scene, || format!("close role {}", clipped(&of.role))).filter(|_| first),
        citations: session.citations.clone(),
    });
}

/// An inline policy on the role, as the console’s “revoke active sessions” writes it.
fn deny_older(scene: &Scene<'_, '_>, role: &str) -> Command {
    let [before, after] = DENY_OLDER;
    aws(scene, "iam", "put-role-policy")
        .value("--role-name", role, "ROLE_NAME")
        .own("--policy-name", "casefile-deny-older-sessions")
        .option("--policy-document", &[Piece::Own(before)])
        .now()
        .more(&[Piece::Own(after)])
}

/// The function’s own sessions, whose credentials may have left it.
pub fn role_sessions(scene: &Scene<'_, '_>, function: &Function, steps: &mut Steps) {
    let Some(role) = &scene.role else { return };
    let order = if function.deleted.is_some() {
        String::new()
    } else {
        format!(
            " Do it after {} is stopped: as long as it runs, Lambda gives it new credentials.",
            clipped(&function.name)
        )
    };
    steps.add(Step {
        kind: "role-sessions",
        of: None,
        text: format!(
            "Deny the sessions of the execution role {} that began before now, in case its credentials were taken out of {}.{order}",
            clipped(&role.name), clipped(&function.name)
        ),
        command: Some(deny_older(scene, &role.name)),
        effect: "Credentials that the function held, wherever they are now, are refused everything.".to_owned(),
        risk: "Everything else that runs as this role fails until it is given new credentials.".to_owned(),
        agreement: format!("the owner of role {}", clipped(&role.name)),
        first: None,
        citations: role.citations.clone(),
    });
}

/// Policies that came to the role lately.
pub fn policies(scene: &Scene<'_, '_>, steps: &mut Steps) {
    let Some(role) = &scene.role else { return };
    for policy in &role.policies {
        let Some(added) = policy.added.as_ref().filter(|added| added.lately) else { continue };
        let who = added.who.as_ref().map_or_else(String::new, |who| format!(" by {who}"));
        let (kind, of, verb, command) = match (policy.kind, &policy.arn) {
            (PolicyKind::Managed, arn) => (
                "detach",
                arn.as_deref().unwrap_or(&policy.name),
                "Detach",
                aws(scene, "iam", "detach-role-policy")
                    .value("--role-name", &*role.name, "ROLE_NAME")
                    .value("--policy-arn", arn.as_deref(), "POLICY_ARN"),
            ),
            (PolicyKind::Inline, _) => (
                "inline",
                &*policy.name,
                "Save (see Preserve) and then delete",
                aws(scene, "iam", "delete-role-policy")
                    .value("--role-name", &*role.name, "ROLE_NAME")
                    .value("--policy-name", &*policy.name, "POLICY_NAME"),
            ),
        };
        steps.add(Step {
            kind,
            of: Some(of),
            text: format!(
                "{verb} the policy {} from role {}, unless it is meant to have it: it was added{who} at {}.",
                clipped(&policy.name),
                clipped(&role.name),
                at(added.time)
            ),
            command: Some(command),
            effect: "The role loses what this policy allows; a managed policy itself stays.".to_owned(),
            risk: "Whatever runs as this role and needs the policy fails.".to_owned(),
            agreement: format!("the owner of role {}", clipped(&role.name)),
            first: None,
            citations: policy.citations.clone(),
        });
    }
}
