//! What can go wrong, and when.

use std::{ops::RangeBounds, sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{call::Call, refusal::Refusal, time::amz_date};

/// Stands for every operation.
pub const ANY: &str = "*";

/// Something that goes wrong.
pub enum Fault {
    /// An error as AWS answers it, with or without the header that names it.
    Error {
        /// The HTTP status.
        status: u16,
        /// The code.
        code: &'static str,
        /// The sentence.
        message: &'static str,
        /// Whether the header `x-amzn-ErrorType` comes with it.
        with_header: bool,
    },
    /// Too many requests, as the service says it. It does not count as exceeded.
    Throttle,
    /// The credentials have expired.
    ExpiredToken,
    /// No policy allows the call.
    AccessDenied,
    /// The clock of AWS is that many seconds ahead of this one (behind it, if negative). What is
    /// signed more than five minutes away from it is refused.
    Skew(i64),
    /// That status, with a body that is no API's: HTML or plain text.
    Status(u16, &'static str),
    /// Half of the body, and then the end of the connection.
    CutBody,
    /// Half of the body, as if it were whole.
    CutJson,
    /// The connection is closed without an answer.
    Reset,
    /// Nothing for that long; then the connection is closed.
    Hang(Duration),
    /// The right answer, in pieces that take that long.
    Slow(Duration),
    /// The right answer, altered. For STS the value is the result's content.
    Body(Box<dyn Fn(Value) -> Value + Send + Sync>),
    /// These bytes, with status 200.
    RawBody(Vec<u8>),
}

impl Fault {
    /// An error of an awsJson service, with its header.
    pub fn error(code: &'static str, message: &'static str) -> Self {
        Self::Error { status: 400, code, message, with_header: true }
    }

    /// The right answer, altered.
    pub fn body(alter: impl Fn(Value) -> Value + Send + Sync + 'static) -> Self {
        Self::Body(Box::new(alter))
    }

    /// The right answer, with one member set.
    pub fn member(name: &'static str, value: impl Into<Value>) -> Self {
        let value = value.into();
        Self::body(move |mut body| {
            body[name] = value.clone();
            body
        })
    }

    /// What the service says instead of an answer, if it says anything.
    pub(super) fn refusal(&self, call: &Call) -> Option<Refusal> {
        match self {
            Self::Error { status, code, message, with_header } => Some(Refusal {
                with_header: *with_header,
                ..Refusal::new(code, *message).status(*status)
            }),
            Self::Throttle => Some(Refusal::throttled(call.protocol)),
            Self::ExpiredToken => Some(Refusal::expired(call.protocol)),
            Self::AccessDenied => Some(Refusal::denied(call)),
            Self::Skew(seconds) => skewed(call, *seconds),
            _ => None,
        }
    }
}

/// What AWS says about a signature, when its clock is that many seconds ahead.
fn skewed(call: &Call, seconds: i64) -> Option<Refusal> {
    const LEEWAY: SignedDuration = SignedDuration::from_mins(5);
    let clock = Timestamp::now() + SignedDuration::from_secs(seconds);
    let signed = call.signed?;
    let (signed_text, clock_text) = (amz_date(signed), amz_date(clock));
    let message = if signed < clock - LEEWAY {
        let limit = amz_date(clock - LEEWAY);
        format!(
            "Signature expired: {signed_text} is now earlier than {limit} ({clock_text} - 5 min.)"
        )
    } else if signed > clock + LEEWAY {
        let limit = amz_date(clock + LEEWAY);
        format!(
            "Signature not yet current: {signed_text} is still later than {limit} ({clock_text} + 5 min.)"
        )
    } else {
        return None;
    };
    Some(Refusal::signature(call.protocol, message))
}

/// When a fault happens.
type When = Box<dyn Fn(&Call) -> bool + Send + Sync>;

/// A fault, its operation, and when it happens.
struct Rule {
    operation: String,
    when: When,
    fault: Arc<Fault>,
}

/// The faults of a fake, in the order in which they were set.
#[derive(Default)]
pub(super) struct Faults(Vec<Rule>);

impl Faults {
    /// Sets one.
    pub fn set(
        &mut self,
        operation: &str,
        when: impl Fn(&Call) -> bool + Send + Sync + 'static,
        fault: Fault,
    ) {
        let operation = operation.to_owned();
        self.0.push(Rule { operation, when: Box::new(when), fault: Arc::new(fault) });
    }

    /// The first that happens to a call.
    pub fn of(&self, call: &Call) -> Option<Arc<Fault>> {
        let happens = |rule: &&Rule| {
            (rule.operation == ANY || rule.operation == call.operation) && (rule.when)(call)
        };
        self.0.iter().find(happens).map(|rule| Arc::clone(&rule.fault))
    }
}

/// Whether a call is among these, by its number.
pub(super) fn among(
    attempts: impl RangeBounds<usize> + Send + Sync + 'static,
) -> impl Fn(&Call) -> bool + Send + Sync + 'static {
    move |call| attempts.contains(&call.nth)
}
