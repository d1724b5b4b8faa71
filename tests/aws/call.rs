//! From a request to a call: which operation of which service, by whom, with which parameters.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::{http::Request, refusal::Refusal};

/// How a service speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// GuardDuty: the operation is in method and path.
    RestJson,
    /// Config, `CloudTrail` and Athena: the operation is in the header `X-Amz-Target`.
    AwsJson,
    /// STS: a form goes in, XML comes out.
    Query,
}

/// A call of an operation.
#[derive(Clone, Debug)]
pub struct Call {
    /// How it is spoken.
    pub protocol: Protocol,
    /// `guardduty`, `config`, `cloudtrail`, `sts`: the service of the operation.
    pub service: String,
    /// `LookupEvents`.
    pub operation: String,
    /// The service for which the request was signed.
    pub signed_for: String,
    /// The Region for which the request was signed.
    pub region: String,
    /// The account of the caller; empty when nobody has the key.
    pub account: String,
    /// The ARN of the caller; empty when nobody has the key.
    pub caller: String,
    /// The access key id with which the request was signed; empty when it was not.
    pub access_key: String,
    /// Whether a session token came with it.
    pub has_token: bool,
    /// When the request was signed.
    pub signed: Option<Timestamp>,
    /// The header `User-Agent`.
    pub user_agent: String,
    /// The parameters, spelled as on the wire; GuardDuty's `detectorId` is among them. Those of
    /// STS are all text.
    pub parameters: Value,
    /// How many requests for this operation came before.
    pub nth: usize,
}

impl Call {
    /// Reads it. The caller's account and ARN, and the count, are not in the request.
    pub fn read(request: &Request) -> Self {
        let header = |name| request.header(name).unwrap_or_default();
        let (protocol, service, operation, parameters) = spoken(request);
        let mut scope = header("authorization")
            .split_once("Credential=")
            .map(|(_, credential)| credential.split([',', ' ']).next().unwrap_or_default())
            .unwrap_or_default()
            .split('/');
        let access_key = scope.next().unwrap_or_default().to_owned();
        let _day = scope.next();
        Self {
            protocol,
            service,
            operation,
            region: scope.next().unwrap_or_default().to_owned(),
            signed_for: scope.next().unwrap_or_default().to_owned(),
            account: String::new(),
            caller: String::new(),
            access_key,
            has_token: request.header("x-amz-security-token").is_some(),
            signed: DateTime::strptime("%Y%m%dT%H%M%SZ", header("x-amz-date"))
                .and_then(|time| time.to_zoned(TimeZone::UTC))
                .map(|time| time.timestamp())
                .ok(),
            user_agent: header("user-agent").to_owned(),
            parameters,
            nth: 0,
        }
    }

    /// A parameter that is a text.
    pub fn text(&self, name: &str) -> Result<Option<&str>, Refusal> {
        self.member(name, Value::as_str)
    }

    /// A parameter that is a whole number.
    pub fn whole(&self, name: &str) -> Result<Option<i64>, Refusal> {
        self.member(name, Value::as_i64)
    }

    /// A parameter that is true or false.
    pub fn truth(&self, name: &str) -> Result<Option<bool>, Refusal> {
        self.member(name, Value::as_bool)
    }

    /// A parameter that is a list of texts.
    pub fn texts(&self, name: &str) -> Result<Option<Vec<&str>>, Refusal> {
        self.member(name, |value| value.as_array()?.iter().map(Value::as_str).collect())
    }

    /// A parameter that is a time: a number of seconds. In milliseconds.
    pub fn time(&self, name: &str) -> Result<Option<i64>, Refusal> {
        self.member(name, super::time::milliseconds)
    }

    fn member<'a, T>(
        &'a self,
        name: &str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, Refusal> {
        match self.parameters.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => read(value).map(Some).ok_or_else(|| Refusal::serialization(name)),
        }
    }
}

fn spoken(request: &Request) -> (Protocol, String, String, Value) {
    if let Some(target) = request.header("x-amz-target") {
        let (service, operation) = target.rsplit_once('.').unwrap_or(("", target));
        let service = match service.rsplit('.').next() {
            Some("StarlingDoveService") => "config",
            Some("CloudTrail_20131101") => "cloudtrail",
            Some("AmazonAthena") => "athena",
            _ => service,
        };
        let body = json(&request.body);
        return (Protocol::AwsJson, service.to_owned(), operation.to_owned(), body);
    }
    let form = request.header("content-type").is_some_and(|kind| kind.contains("form-urlencoded"));
    if form {
        let form = String::from_utf8_lossy(&request.body).into_owned();
        let mut parameters = pairs(&form);
        let operation = match parameters.remove("Action") {
            Some(Value::String(operation)) => operation,
            _ => "?".to_owned(),
        };
        parameters.remove("Version");
        return (Protocol::Query, "sts".to_owned(), operation, parameters.into());
    }
    let mut parameters = pairs(&request.query);
    if let Some(size) = parameters.get_mut("maxResults")
        && let Some(number) = size.as_str().and_then(|text| text.parse::<i64>().ok())
    {
        *size = number.into();
    }
    if let Value::Object(body) = json(&request.body) {
        parameters.extend(body);
    }
    let steps: Vec<String> = request.path.split('/').skip(1).map(unescaped).collect();
    let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
    let (operation, detector) = match (request.method.as_str(), steps.as_slice()) {
        ("GET", ["detector"]) => ("ListDetectors".to_owned(), None),
        ("POST", ["detector", id, "findings", "get"]) => ("GetFindings".to_owned(), Some(*id)),
        ("POST", ["detector", id, "findings"]) => ("ListFindings".to_owned(), Some(*id)),
        (method, _) => (format!("{method} {}", request.path), None),
    };
    if let Some(detector) = detector {
        parameters.insert("detectorId".to_owned(), detector.into());
    }
    (Protocol::RestJson, "guardduty".to_owned(), operation, parameters.into())
}

/// No body is as good as an empty one; what is not JSON stays away from everything that reads it.
fn json(body: &[u8]) -> Value {
    if body.is_empty() {
        return Value::Object(Map::new());
    }
    serde_json::from_slice(body).unwrap_or_default()
}

fn pairs(form: &str) -> Map<String, Value> {
    form.split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (decoded(name), Value::String(decoded(value))))
        .collect()
}

fn decoded(text: &str) -> String {
    unescaped(&text.replace('+', " "))
}

fn unescaped(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}
