//! One plain sentence for one call.

use serde_json::Value;

use super::{
    defang::defang_words,
    naming::{clipped, from_where, means as means_in_words, quoted, short, shortened},
};
use crate::{
    correlate::{code_origin, deletes_function, is_dry_run, means, places_code},
    model::{Event, IdentityKind, Outcome, Relation},
};

/// What a call did, without who did it: `created the function from s3://…, through
/// CloudFormation`, `was refused when it tried to …`.
///
/// `earlier` says that the call was about an earlier function of the same name.
pub fn sentence(event: &Event, relation: Relation, earlier: bool) -> String {
    let (infinitive, past) = phrase(event, relation, earlier);
    let place = from_where(event);
    // Of a service that acts for itself, its name says it all.
    let own = event.identity.kind == IdentityKind::Service;
    let tool = if own { "" } else { means_in_words(means(event)) };
    match (event.outcome(), &event.error) {
        (Outcome::Ok, _) | (_, None) => format!("{past}{place}{tool}"),
        (Outcome::Denied, Some(error)) => {
            format!(
                "was refused permission to {infinitive}{place}{tool} ({})",
                clipped(&error.code)
            )
        }
        (Outcome::Failed, Some(error)) => {
            let why = error.message.as_deref().map_or_else(String::new, |message| {
                format!(": {}", quoted(&defang_words(&shortened(message, 160))))
            });
            format!("failed to {infinitive}{place}{tool} ({}{why})", clipped(&error.code))
        }
    }
}

/// On what a call was made.
pub fn target(event: &Event, relation: Relation) -> Option<String> {
    let asked = [
        "/functionName",
        "/roleName",
        "/roleArn",
        "/resource",
        "/userName",
        "/stackName",
        "/rule",
        "/bucketName",
        "/policyArn",
        "/name",
        "/layerName",
        "/groupId",
        "/logGroupName",
        "/tableName",
        "/queueUrl",
        "/topicArn",
        "/secretId",
        "/keyId",
        "/instanceId",
    ];
    let named = asked.iter().find_map(|pointer| event.asked(pointer));
    let touched = || event.touched.iter().find_map(|touched| touched.arn.as_deref());
    let refused = || event.error.as_ref().and_then(|error| refused_on(error.message.as_deref()?));
    named
        .or_else(touched)
        .or_else(refused)
        .map(|name| match (event.service(), relation) {
            ("lambda", Relation::Subject) => function_name(name),
            ("lambda", _) => elsewhere(event, name),
            _ => short(name),
        })
        .filter(|target| !target.is_empty())
}

/// The resource that a refusal names in its message, where the parameters are not recorded:
/// `… is not authorized to perform: lambda:UpdateFunctionCode on resource: arn:… because …`.
fn refused_on(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("on resource: ")?;
    rest.split_whitespace().next().filter(|arn| arn.starts_with("arn:"))
}

/// A function that is not the finding's: its name may be the same, so where it lives is said.
fn elsewhere(event: &Event, name: &str) -> String {
    let region = event.region.as_deref().unwrap_or("an unknown region");
    let account = event.account.as_deref().unwrap_or("unknown");
    format!("{} in {region} (account {account})", function_name(name))
}

/// A function's name out of any spelling of it.
fn function_name(text: &str) -> String {
    let name = text.split_once(":function:").map_or(text, |(_, name)| name);
    clipped(name)
}

/// The call as an infinitive and in the past tense.
fn phrase(event: &Event, relation: Relation, earlier: bool) -> (String, String) {
    let asked = |pointer: &str| event.asked(pointer).map(short);
    let both = |infinitive: &str, past: &str, rest: String| {
        (format!("{infinitive}{rest}"), format!("{past}{rest}"))
    };
    let of = |pointer: &str, word: &str| {
        asked(pointer).map_or_else(String::new, |name| format!(" {word}{name}"))
    };
    let function = match (relation, event.asked("/functionName")) {
        (Relation::Subject, _) if earlier => "an earlier function of that name".to_owned(),
        (Relation::Subject, _) => "the function".to_owned(),
        (_, Some(name)) => format!("another function, {}", elsewhere(event, name)),
        (_, None) => "another function".to_owned(),
    };
    match (event.service(), event.action.as_str()) {
        ("lambda", "CreateFunction") => {
            both("create", "created", format!(" {function}{}", code(event, "code from ")))
        }
        ("lambda", "UpdateFunctionCode") if is_dry_run(event) => both(
            "try out",
            "tried out (dry run, nothing changed)",
            format!(" new code for {function}"),
        ),
        ("lambda", "UpdateFunctionCode") => {
            let published = event.answered("/version").filter(|version| *version != "$LATEST");
            let published = published
                .map_or_else(String::new, |version| format!(" and published version {version}"));
            both(
                "replace",
                "replaced",
                format!(" the code of {function}{}{published}", code(event, "")),
            )
        }
        ("lambda", "UpdateFunctionConfiguration") => {
            both("set", "set", format!(" {} of {function}", settings(event)))
        }
        ("lambda", "DeleteFunction") if deletes_function(event) => {
            both("delete", "deleted", format!(" {function}"))
        }
        ("lambda", "DeleteFunction") => {
            both("delete", "deleted", format!(" one version of {function}"))
        }
        ("lambda", "CreateAlias" | "UpdateAlias") => {
            let version =
                event.answered("/functionVersion").or_else(|| event.asked("/functionVersion"));
            let version =
                version.map_or_else(String::new, |version| format!(" at version {version}"));
            both(
                "point",
                "pointed",
                format!(" the alias{} of {function}{version}", of("/name", "")),
            )
        }
        ("lambda", "PublishVersion") => {
            let version = event.answered("/version").unwrap_or_default();
            both(
                "publish",
                "published",
                format!(" version {version} of {function}").replace("  ", " "),
            )
        }
        ("lambda", "AddPermission") => both(
            "allow",
            "allowed",
            format!(" {} to call {function}{}", principal(event), conditions(event)),
        ),
        ("lambda", "RemovePermission") => {
            both("withdraw", "withdrew", format!(" a permission on {function}"))
        }
        ("lambda", "CreateFunctionUrlConfig") => {
            let open = event.asked("/authType") == Some("NONE");
            let how = if open { " that needs no authorisation" } else { "" };
            both("give", "gave", format!(" {function} a URL{how}"))
        }
        ("lambda", "CreateEventSourceMapping") => {
            both("connect", "connected", format!(" {function} to{}", of("/eventSourceArn", "")))
        }
        ("lambda", "TagResource") => both("tag", "tagged", format!(" {function}")),
        ("iam", "AttachRolePolicy") => both(
            "attach",
            "attached",
            format!(" the policy{} to the role{}", of("/policyArn", ""), of("/roleName", "")),
        ),
        ("iam", "DetachRolePolicy") => both(
            "detach",
            "detached",
            format!(" the policy{} from the role{}", of("/policyArn", ""), of("/roleName", "")),
        ),
        ("iam", "PutRolePolicy") => both(
            "write",
            "wrote",
            format!(
                " the inline policy{} of the role{}",
                of("/policyName", ""),
                of("/roleName", "")
            ),
        ),
        ("iam", "CreateRole") => {
            both("create", "created", format!(" the role{}", of("/roleName", "")))
        }
        ("iam", "DeleteRole") => {
            both("delete", "deleted", format!(" the role{}", of("/roleName", "")))
        }
        ("iam", "UpdateAssumeRolePolicy") => {
            both("change", "changed", format!(" who may assume the role{}", of("/roleName", "")))
        }
        ("iam", "CreateAccessKey") => {
            let key = event.answered("/accessKey/accessKeyId");
            let key = key.map_or_else(String::new, |key| format!(" {key}"));
            let own = event.identity.user_name.as_deref();
            let whom = match event.asked("/userName") {
                Some(user) if Some(user) != own => format!("user {user}"),
                _ => "itself".to_owned(),
            };
            both("make", "made", format!(" a new access key{key} for {whom}"))
        }
        ("iam", "AttachUserPolicy") => both(
            "attach",
            "attached",
            format!(" the policy{} to the user{}", of("/policyArn", ""), of("/userName", "")),
        ),
        ("sts", "AssumeRole" | "AssumeRoleWithSAML" | "AssumeRoleWithWebIdentity") => both(
            "assume",
            "assumed",
            format!(" the role{}{}", of("/roleArn", ""), of("/roleSessionName", "as session ")),
        ),
        ("sts", "GetCallerIdentity") => both("ask", "asked", " who it is".to_owned()),
        ("sts", "GetFederationToken") => {
            both("start", "started", format!(" a federated session{}", of("/name", "")))
        }
        ("signin", "ConsoleLogin") => {
            // What an identity provider asked of somebody is not recorded here.
            let own = matches!(event.identity.kind, IdentityKind::IamUser | IdentityKind::Root);
            let mfa = match event.additional.get("MFAUsed").and_then(Value::as_str) {
                Some("Yes") if own => " with MFA",
                Some("No") if own => " without MFA",
                _ => "",
            };
            both("sign in", "signed in", format!(" to the console{mfa}"))
        }
        ("events", "PutRule") => {
            let schedule = event
                .asked("/scheduleExpression")
                .map_or_else(String::new, |rate| format!(" ({rate})"));
            both("write", "wrote", format!(" the rule{}{schedule}", of("/name", "")))
        }
        ("events", "PutTargets") => {
            both("point", "pointed", format!(" the rule{} at its targets", of("/rule", "")))
        }
        ("cloudformation", action) => both(
            "call",
            "called",
            format!(
                " {action} on the stack{}",
                asked("/stackName").map_or_else(String::new, |name| format!(
                    " {}",
                    name.split('/').next().unwrap_or(&name)
                ))
            ),
        ),
        (service, action) => {
            let on =
                target(event, relation).map_or_else(String::new, |target| format!(" on {target}"));
            let service = if service.is_empty() { "an unknown service" } else { service };
            both("call", "called", format!(" {} {}{on}", clipped(service), clipped(action)))
        }
    }
}

/// ` with code from s3://bucket/key`, as far as it is recorded.
fn code(event: &Event, from: &str) -> String {
    let origin = code_origin(event);
    match (origin.kind, origin.bucket, origin.key, origin.image_uri) {
        ("s3", Some(bucket), Some(key), _) => {
            let version =
                origin.version.map_or_else(String::new, |v| format!(" (version {})", clipped(&v)));
            let place = clipped(&format!("s3://{bucket}/{key}"));
            format!(" with {from}{place}{version}")
        }
        ("image", _, _, Some(image)) => format!(" with the image {}", clipped(&image)),
        ("zip", ..) if places_code(event) => " with an uploaded zip".to_owned(),
        _ => String::new(),
    }
}

/// The settings that a configuration update names.
fn settings(event: &Event) -> String {
    let words = |name: &str| match name {
        "memorySize" => "memory".to_owned(),
        "vpcConfig" => "network".to_owned(),
        "layers" => "layers".to_owned(),
        other => other.to_owned(),
    };
    let named: Vec<String> = event
        .request
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(name, value)| {
            *name != "functionName" && !value.as_object().is_some_and(serde_json::Map::is_empty)
        })
        .map(|(name, value)| match value {
            Value::Number(number) => format!("{} to {number}", words(name)),
            Value::String(text) => format!("{} to {}", words(name), short(text)),
            Value::Array(elements) if name == "layers" => {
                let layers: Vec<&str> = elements.iter().filter_map(Value::as_str).collect();
                let layers = if layers.is_empty() {
                    "none".to_owned()
                } else {
                    shortened(
                        &layers.iter().map(|layer| clipped(layer)).collect::<Vec<_>>().join(", "),
                        400,
                    )
                };
                format!("layers to {layers}")
            }
            _ => words(name),
        })
        .collect();
    if named.is_empty() { "the configuration".to_owned() } else { named.join(", ") }
}

/// What narrows a permission: whoever reads "everybody" must read this too.
fn conditions(event: &Event) -> String {
    let narrowing = [
        "sourceArn",
        "sourceAccount",
        "principalOrgID",
        "eventSourceToken",
        "functionUrlAuthType",
        "invokedViaFunctionUrl",
    ];
    let named: Vec<String> = narrowing
        .into_iter()
        .filter_map(|name| match event.request.get(name)? {
            Value::String(text) => Some(format!("{name} {}", short(text))),
            Value::Null => None,
            other => Some(format!("{name} {other}")),
        })
        .collect();
    if named.is_empty() {
        String::new()
    } else {
        format!(" on the condition of {}", named.join(", "))
    }
}

fn principal(event: &Event) -> String {
    match event.asked("/principal") {
        Some("*") => "everybody".to_owned(),
        Some(other) => clipped(other),
        None => "somebody".to_owned(),
    }
}
