//! STS: who is calling, and becoming somebody else.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{
    call::Call,
    refusal::Refusal,
    world::{Principal, World},
};

/// Who is calling.
pub fn get_caller_identity(_: &World, call: &Call) -> Result<Value, Refusal> {
    Ok(json!({
        "Arn": call.caller,
        "UserId": format!("AROA{}:session", marks(&call.caller)),
        "Account": call.account,
    }))
}

/// Gives out the key of a role.
pub fn assume_role(world: &mut World, call: &Call) -> Result<Value, Refusal> {
    let text = |name: &str| call.parameters.get(name).and_then(Value::as_str);
    let invalid = |message: &str| Refusal::new("ValidationError", message);
    let role = text("RoleArn").ok_or_else(|| invalid("RoleArn must not be null"))?;
    let session = text("RoleSessionName")
        .filter(|name| (2..=64).contains(&name.len()))
        .filter(|name| name.chars().all(|c| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c)))
        .ok_or_else(|| invalid("RoleSessionName must satisfy [\\w+=,.@-]{2,64}"))?;
    let seconds = text("DurationSeconds").map_or(Ok(3600), str::parse::<i64>);
    let seconds = seconds
        .ok()
        .filter(|seconds| (900..=43200).contains(seconds))
        .ok_or_else(|| invalid("DurationSeconds must be between 900 and 43200"))?;
    match world.roles.get(role) {
        Some(None) => {}
        Some(Some(external_id)) if text("ExternalId") == Some(external_id) => {}
        _ => {
            let message = format!(
                "User: {} is not authorized to perform: sts:AssumeRole on resource: {role}",
                call.caller
            );
            return Err(Refusal::new("AccessDenied", message).status(403));
        }
    }

    let marks = marks(role);
    let key = format!("ASIA{marks}");
    let account = role.split(':').nth(4).unwrap_or_default().to_owned();
    let name = role.rsplit('/').next().unwrap_or_default();
    let arn = format!("arn:aws:sts::{account}:assumed-role/{name}/{session}");
    let principal = Principal { account, arn: arn.clone(), needs_token: true };
    world.keys.insert(key.clone(), principal);
    // Credentials are used in real time, whatever time it is in the world.
    let expiration = Timestamp::now() + SignedDuration::from_secs(seconds);
    Ok(json!({
        "Credentials": {
            "AccessKeyId": key,
            "SecretAccessKey": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "SessionToken": format!("EXAMPLETOKEN{marks}"),
            "Expiration": expiration.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        },
        "AssumedRoleUser": {
            "AssumedRoleId": format!("AROA{marks}:{session}"),
            "Arn": arn,
        },
    }))
}

/// Sixteen capital letters that belong to a text.
fn marks(text: &str) -> String {
    Sha256::digest(text).iter().take(16).map(|byte| char::from(b'A' + byte % 26)).collect()
}
