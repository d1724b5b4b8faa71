//! `CloudTrail` records.

use serde_json::Value;

use super::{
    Misread,
    field::{Fields, Moment},
};
use crate::{
    model::{CallError, Event, Identity, IdentityKind, Issuer, RecordId, Scope, Touched},
    resource::{action, embedded::unfold},
};

/// Reads one record, as every log file, look-up and EventBridge event holds it.
///
/// A record without an id or an identity is kept and noted: what it says of a call is worth more
/// than what it leaves out.
///
/// # Errors
/// When it has no time or no event name, or is not the record of a call.
pub fn read(record: &Value, id: RecordId, notes: &mut Vec<String>) -> Result<Event, Misread> {
    let event = Fields::of(record);
    let insight = event.text("eventCategory").as_deref() == Some("Insight")
        || event.text("eventType").as_deref() == Some("AwsCloudTrailInsight");
    if insight {
        return Err(Misread::Insight);
    }
    let time = match event.time("eventTime") {
        Moment::At(time) => time,
        Moment::Absent if event.get("@timestamp").is_some() => return Err(Misread::IndexTime),
        Moment::Absent => return Err(Misread::missing("eventTime")),
        Moment::Unreadable(text) => {
            return Err(Misread::BadTime { field: "eventTime", text });
        }
    };
    let name = event.text("eventName").ok_or(Misread::missing("eventName"))?;
    if event.get("eventID").is_none() {
        notes.push("has no eventID".to_owned());
    }
    if event.object("userIdentity").members().is_none_or(serde_json::Map::is_empty) {
        notes.push("has no userIdentity, so who made the call is not known".to_owned());
    }
    if event.get("eventSource").is_none() {
        notes.push("has no eventSource, so the service that was called is not known".to_owned());
    }
    for field in ["eventSource", "awsRegion", "eventName", "sourceIPAddress", "userAgent"] {
        if event.get(field).is_some_and(|value| !value.is_string()) {
            notes.push(format!("has something other than text as its {field}"));
        }
    }
    Ok(Event {
        record: id,
        id: event.text("eventID"),
        time,
        action: action(&name).to_owned(),
        name,
        source: event.text("eventSource").unwrap_or_default(),
        region: event.text("awsRegion"),
        account: super::account_or_note(event, "recipientAccountId", notes),
        identity: identity(event.object("userIdentity"), notes),
        source_ip: event.text("sourceIPAddress"),
        user_agent: event.text("userAgent"),
        error: event
            .text("errorCode")
            .map(|code| CallError { code, message: event.text("errorMessage") }),
        read_only: event.flag("readOnly"),
        request: event.get("requestParameters").map_or(Value::Null, object),
        response: event.get("responseElements").map_or(Value::Null, object),
        additional: event.get("additionalEventData").map_or(Value::Null, object),
        touched: event.list("resources").iter().map(touched).collect(),
        shared_id: event.text("sharedEventID"),
        console_session: event.flag("sessionCredentialFromConsole").unwrap_or(false),
    })
}

/// Parameters stand as an object in a record, and as text in what a query engine gives back.
fn object(value: &Value) -> Value {
    if value.is_string() { unfold(value) } else { value.clone() }
}

fn touched(value: &Value) -> Touched {
    let resource = Fields::of(value);
    Touched {
        arn: resource.text("ARN"),
        account: resource.account("accountId"),
        kind: resource.text("type"),
    }
}

fn identity(identity: Fields<'_>, notes: &mut Vec<String>) -> Identity {
    let context = identity.object("sessionContext");
    let issuer = context.object("sessionIssuer");
    let attributes = context.object("attributes");
    let scope = identity.object("inScopeOf");
    Identity {
        kind: match identity.text("type").as_deref() {
            Some("Root") => IdentityKind::Root,
            Some("IAMUser") => IdentityKind::IamUser,
            Some("AssumedRole" | "Role") => IdentityKind::AssumedRole,
            Some("FederatedUser") => IdentityKind::FederatedUser,
            Some("AWSAccount") => IdentityKind::Account,
            Some("AWSService") => IdentityKind::Service,
            Some("IdentityCenterUser") => IdentityKind::IdentityCenterUser,
            Some("SAMLUser") => IdentityKind::SamlUser,
            Some("WebIdentityUser") => IdentityKind::WebIdentityUser,
            // Records without a type that name a service were made by it.
            None if identity.get("invokedBy").is_some() => IdentityKind::Service,
            _ => IdentityKind::Unknown,
        },
        principal_id: identity.text("principalId"),
        arn: identity.text("arn"),
        account: super::account_or_note(identity, "accountId", notes),
        access_key: identity.text("accessKeyId"),
        user_name: identity.text("userName"),
        issuer: issuer.members().filter(|members| !members.is_empty()).map(|_| Issuer {
            kind: issuer.text("type"),
            principal_id: issuer.text("principalId"),
            arn: issuer.text("arn"),
            account: issuer.account("accountId"),
            name: issuer.text("userName"),
        }),
        session_created: super::time_or_note(
            attributes.time("creationDate"),
            "creationDate",
            notes,
        ),
        mfa: attributes.flag("mfaAuthenticated"),
        source_identity: context.text("sourceIdentity"),
        invoked_by: identity.text("invokedBy"),
        provider: identity
            .text("identityProvider")
            .or_else(|| context.object("webIdFederationData").text("federatedProvider")),
        on_behalf_of: identity.object("onBehalfOf").text("userId"),
        scope: identity.get("inScopeOf").map(|_| Scope {
            issuer_type: scope.text("issuerType"),
            source_arn: scope.text("sourceArn"),
            issued_to: scope.text("credentialsIssuedTo"),
        }),
    }
}
