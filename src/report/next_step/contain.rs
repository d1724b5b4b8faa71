//! Stopping what goes on, in ways that destroy no evidence.

use super::{Command, Piece, Step, Steps, aws, guardduty, in_account, lambda, owner};
use crate::report::{
    naming::{at, clipped},
    scene::{
        Function, Key, Network, Noted, Opened, Placement, PolicyKind, Scene, Session, Trigger,
    },
};

/// Denies everything to sessions that began before the moment at which the command is run.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html>
const DENY_OLDER: [&str; 2] = [
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"DateLessThan":{"aws:TokenIssueTime":""#,
    r#""}}}]}"#,
];

pub fn steps(scene: &Scene<'_, '_>, steps: &mut Steps) {
    drill(scene, steps);
    let Some(function) = &scene.function else {
        return not_followed(scene, steps);
    };
    if let Some(deleted) = &function.deleted {
        gone(scene, function, &deleted.what.0.to_string(), steps);
    } else {
        concurrency(scene, function, steps);
    }
    for key in &scene.path.keys {
        self::key(scene, key, steps);
    }
    for session in &scene.path.sessions {
        self::session(scene, session, steps);
    }
    if function.deleted.is_none() {
        triggers(scene, function, steps);
        network(scene, function, steps);
    }
    role_sessions(scene, function, steps);
    policies(scene, steps);
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
fn gone(scene: &Scene<'_, '_>, function: &Function, time: &str, steps: &mut Steps) {
    let Some(deleted) = &function.deleted else { return };
    steps.add(Step {
        kind: "gone",
        of: None,
        text: format!(
            "Check that {} is still deleted, as recorded at {}: the command must be refused with ResourceNotFoundException. There is nothing left to stop in it.",
            clipped(&function.name),
            time.replacen('T', " ", 1)
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

fn key(scene: &Scene<'_, '_>, key: &Noted<Key>, steps: &mut Steps) {
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
    let first = of.is_behind && scene.path.is_fresh && !steps.has_first_credential();
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

fn session(scene: &Scene<'_, '_>, session: &Noted<Session>, steps: &mut Steps) {
    let of = &session.what;
    let account = in_account(of.account.as_deref());
    let (call, time) = &of.used;
    let first = of.is_behind && scene.path.is_fresh && !steps.has_first_credential();
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
fn role_sessions(scene: &Scene<'_, '_>, function: &Function, steps: &mut Steps) {
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

fn triggers(scene: &Scene<'_, '_>, function: &Function, steps: &mut Steps) {
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

fn network(scene: &Scene<'_, '_>, function: &Function, steps: &mut Steps) {
    let Network::Inside(placed) = &scene.content.network else { return };
    let Placement { id, subnets, .. } = &placed.what;
    let agreement = format!("{}, and whoever runs the network", owner(function));
    let given = Piece::Later("EMPTY_GROUP_ID", "the GroupId that creating the empty group printed");
    let group = aws(scene, "ec2", "create-security-group")
        .own("--group-name", "casefile-no-traffic")
        .own("--description", "Isolation: no rule in, no rule out")
        .value("--vpc-id", id.as_deref(), "VPC_ID");
    steps.add(Step {
        kind: "group",
        of: None,
        text: format!(
            "Make a security group without rules in {}, for isolating {} if it must keep running.",
            id.as_deref().unwrap_or("its VPC"),
            clipped(&function.name)
        ),
        command: Some(group),
        effect: "Makes a group that lets nothing in and, until its outbound rule is removed, everything out; prints its GroupId."
            .to_owned(),
        risk: "None: nothing uses it yet.".to_owned(),
        agreement: agreement.clone(),
        first: None,
        citations: placed.citations.clone(),
    });
    steps.add(Step {
        kind: "group-rule",
        of: None,
        text: "Remove the outbound rule that AWS puts into every new security group.".to_owned(),
        command: Some(
            aws(scene, "ec2", "revoke-security-group-egress")
                .option("--group-id", &[given])
                .own("--protocol", "all")
                .own("--cidr", "0.0.0.0/0"),
        ),
        effect: "The group lets nothing out. In a VPC with IPv6, remove the rule for ::/0 as well."
            .to_owned(),
        risk: "None: nothing uses it yet.".to_owned(),
        agreement: agreement.clone(),
        first: None,
        citations: placed.citations.clone(),
    });
    let mut shorthand = vec![Piece::Own("SubnetIds=")];
    for (index, subnet) in subnets.iter().enumerate() {
        if index > 0 {
            shorthand.push(Piece::Own(","));
        }
        shorthand.push(Piece::Id(Some(subnet), "SUBNET_ID"));
    }
    if subnets.is_empty() {
        shorthand.push(Piece::Id(None, "SUBNET_ID"));
    }
    shorthand.extend([Piece::Own(",SecurityGroupIds="), given]);
    steps.add(Step {
        kind: "network",
        of: None,
        text: format!(
            "Put {} into that group alone. Save code and configuration first (see Preserve): this writes a new revision.",
            clipped(&function.name)
        ),
        command: Some(
            lambda(scene, function, "update-function-configuration")
                .option("--vpc-config", &shorthand),
        ),
        effect: "Invocations that begin after the update reach nothing over the network; until it is through, they run with the groups of before."
            .to_owned(),
        risk: "The function fails at whatever it needs the network for. Published versions keep their groups."
            .to_owned(),
        agreement,
        first: None,
        citations: placed.citations.clone(),
    });
}

/// Policies that came to the role lately.
fn policies(scene: &Scene<'_, '_>, steps: &mut Steps) {
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
