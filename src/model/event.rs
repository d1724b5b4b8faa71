//! `CloudTrail` records.

use serde_json::Value;

use super::{Identity, RecordId, Time};

/// One API call as `CloudTrail` recorded it.
///
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html>
#[derive(Clone, Debug)]
pub struct Event {
    /// The record that states it.
    pub record: RecordId,
    /// `eventID`.
    pub id: Option<String>,
    /// `eventTime`, whole seconds.
    pub time: Time,
    /// `eventName` as recorded, with any date suffix.
    pub name: String,
    /// `eventName` without its date suffix: the name of the API action.
    pub action: String,
    /// `eventSource`, such as `lambda.amazonaws.com`.
    pub source: String,
    /// `awsRegion`.
    pub region: Option<String>,
    /// `recipientAccountId`: the account whose trail recorded it.
    pub account: Option<String>,
    /// `userIdentity`.
    pub identity: Identity,
    /// `sourceIPAddress`: an address, or the name of an AWS service.
    pub source_ip: Option<String>,
    /// `userAgent`, chosen by the caller.
    pub user_agent: Option<String>,
    /// `errorCode` and `errorMessage`.
    pub error: Option<CallError>,
    /// `readOnly`.
    pub read_only: Option<bool>,
    /// `requestParameters`.
    pub request: Value,
    /// `responseElements`.
    pub response: Value,
    /// `additionalEventData`.
    pub additional: Value,
    /// `resources`.
    pub touched: Vec<Touched>,
    /// `sharedEventID`: the same call in another account's trail.
    pub shared_id: Option<String>,
    /// `sessionCredentialFromConsole`.
    pub console_session: bool,
}

impl Event {
    /// What `CloudFormation` does for a stack operation, it does within so many seconds of it.
    pub const STACK_OPERATION: i64 = 3600;

    /// Whether the call had its effect.
    pub fn outcome(&self) -> Outcome {
        match &self.error {
            None => Outcome::Ok,
            Some(error) if error.is_denial() => Outcome::Denied,
            Some(_) => Outcome::Failed,
        }
    }

    /// Whether the call could change something: it says so, or, in records too old to say, its name
    /// does not begin like that of a read. An invocation is recorded as a write, and changes
    /// nothing of what it invokes.
    pub fn writes(&self) -> bool {
        if self.action.starts_with("Invoke") {
            return false;
        }
        match self.read_only {
            Some(read_only) => !read_only,
            None => !["Get", "List", "Describe", "Lookup", "BatchGet", "Head", "Search", "Select"]
                .iter()
                .any(|verb| self.action.starts_with(verb)),
        }
    }

    /// Whether the call gives somebody a session; such calls are recorded as reads.
    pub fn starts_session(&self) -> bool {
        self.service() == "sts"
            && (self.action.starts_with("AssumeRole")
                || self.action == "GetFederationToken"
                || self.action == "GetSessionToken")
    }

    /// The service without its domain: `lambda` of `lambda.amazonaws.com`.
    pub fn service(&self) -> &str {
        self.source.split('.').next().unwrap_or(&self.source)
    }

    /// Whether this is a successful call of `action` to `service`.
    pub fn did(&self, service: &str, action: &str) -> bool {
        self.error.is_none() && self.service() == service && self.action == action
    }

    /// The text at a JSON pointer of `requestParameters`.
    pub fn asked(&self, pointer: &str) -> Option<&str> {
        self.request.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// The text at a JSON pointer of `responseElements`.
    pub fn answered(&self, pointer: &str) -> Option<&str> {
        self.response.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty())
    }
}

/// `errorCode` and `errorMessage`.
#[derive(Clone, Debug)]
pub struct CallError {
    /// `errorCode`.
    pub code: String,
    /// `errorMessage`.
    pub message: Option<String>,
}

impl CallError {
    /// Whether the call was refused for lack of permission, as distinct from failing.
    pub fn is_denial(&self) -> bool {
        let code = self.code.to_ascii_lowercase();
        code.contains("accessdenied")
            || code.contains("unauthorized")
            || code.contains("notauthorized")
            || code == "forbidden"
            || code == "client.unauthorizedoperation"
    }
}

/// What became of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It had no error.
    Ok,
    /// It was refused for lack of permission.
    Denied,
    /// It failed for another reason.
    Failed,
}

impl Outcome {
    /// `ok`, `denied` or `failed`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Denied => "denied",
            Self::Failed => "failed",
        }
    }
}

/// One entry of `resources`.
#[derive(Clone, Debug)]
pub struct Touched {
    /// `ARN`.
    pub arn: Option<String>,
    /// `accountId`.
    pub account: Option<String>,
    /// `type`.
    pub kind: Option<String>,
}
