//! From a result to the bytes of an answer, as each protocol has them.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{
    call::{Call, Protocol},
    http::Response,
    refusal::Refusal,
    time::http_date,
};

/// What every answer says beside its content.
pub(super) struct Envelope<'a> {
    /// The call that is answered.
    pub call: &'a Call,
    /// The id of the request, which nothing else has.
    pub request_id: &'a str,
    /// By how many seconds the clock is ahead.
    pub ahead: i64,
}

impl Envelope<'_> {
    /// An answer.
    pub fn ok(&self, result: &Value) -> Response {
        match self.call.protocol {
            Protocol::Query => {
                let operation = &self.call.operation;
                let (result, id) = (elements(result), self.request_id);
                self.xml(
                    200,
                    &format!(
                        "<{operation}Response xmlns=\"{NAMESPACE}\"><{operation}Result>{result}\
                     </{operation}Result><ResponseMetadata><RequestId>{id}</RequestId>\
                     </ResponseMetadata></{operation}Response>"
                    ),
                )
            }
            _ => self.json(200, result),
        }
    }

    /// An error.
    pub fn refused(&self, refusal: &Refusal) -> Response {
        let Refusal { status, code, body_code, message, with_header } = refusal;
        let mut response = match self.call.protocol {
            Protocol::Query => {
                let (code, message, id) = (escaped(code), escaped(message), self.request_id);
                self.xml(*status, &format!(
                    "<ErrorResponse xmlns=\"{NAMESPACE}\"><Error><Type>Sender</Type><Code>{code}\
                     </Code><Message>{message}</Message></Error><RequestId>{id}</RequestId>\
                     </ErrorResponse>"
                ))
            }
            _ => self.json(*status, &json!({"__type": body_code, "message": message})),
        };
        if *with_header && self.call.protocol != Protocol::Query {
            response.headers.push(("x-amzn-ErrorType", code.clone()));
        }
        response
    }

    /// A body that is nobody's protocol.
    pub fn foreign(&self, status: u16, body: &str) -> Response {
        let kind = if body.starts_with('<') { "text/html" } else { "text/plain" };
        self.response(status, kind, body.as_bytes().to_vec())
    }

    fn json(&self, status: u16, body: &Value) -> Response {
        let kind = match self.call.protocol {
            Protocol::AwsJson => "application/x-amz-json-1.1",
            _ => "application/json",
        };
        self.response(status, kind, body.to_string().into_bytes())
    }

    fn xml(&self, status: u16, body: &str) -> Response {
        self.response(status, "text/xml", body.as_bytes().to_vec())
    }

    fn response(&self, status: u16, kind: &str, body: Vec<u8>) -> Response {
        let date = Timestamp::now() + SignedDuration::from_secs(self.ahead);
        Response {
            status,
            headers: vec![
                ("x-amzn-requestid", self.request_id.to_owned()),
                ("date", http_date(date)),
                ("content-type", kind.to_owned()),
            ],
            body,
        }
    }
}

const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// The members of an object as elements.
fn elements(value: &Value) -> String {
    match value {
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| format!("<{name}>{}</{name}>", elements(value)))
            .collect(),
        Value::String(text) => escaped(text),
        other => escaped(&other.to_string()),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
