//! Attempts at a call.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::sleep;

use super::{
    answer::{Answer, Fault},
    call::Call,
};
use crate::collect::aws::{Aws, Who};

/// How often a call is made in all, at most, while there is nothing else to do.
const ATTEMPTS: u32 = 4;

/// One attempt at a call: when it was sent, and what came back when.
#[derive(Debug)]
pub struct Attempt {
    /// The call.
    pub call: Call,
    /// When it was made.
    pub sent: Timestamp,
    /// When the answer had come.
    pub received: Timestamp,
    /// The answer.
    pub answer: Answer,
}

/// Makes a call until it succeeds, fails for good or has failed too often. All attempts are given
/// back; the last is what came of it.
pub async fn persist(
    aws: &Aws,
    who: Who,
    region: &str,
    call: &Call,
    clock: fn() -> Timestamp,
) -> Vec<Attempt> {
    let mut attempts = Vec::new();
    let mut rest = Duration::from_millis(200);
    loop {
        let begun = clock();
        let answer = aws.send(who, region, call).await;
        let sent = answer.sent.unwrap_or(begun);
        let passes = answer.fault().is_some_and(Fault::passes);
        attempts.push(Attempt { call: call.clone(), sent, received: clock(), answer });
        if !passes || attempts.len() >= ATTEMPTS as usize {
            return attempts;
        }
        sleep(rest).await;
        rest *= 3;
    }
}

/// An attempt in one line, without anything of its body.
pub fn attempt_words(
    call: &Call,
    region: &str,
    sent: Timestamp,
    received: Timestamp,
    answer: &Answer,
) -> String {
    let operation = call.operation();
    let took = received.as_millisecond() - sent.as_millisecond();
    let came = match (answer.status, answer.fault()) {
        (Some(status), None) => format!("{status}"),
        (Some(status), Some(_)) => {
            format!("{status} {}", answer.code().unwrap_or_else(|| "broken".to_owned()))
        }
        (None, _) => "no answer".to_owned(),
    };
    let size = answer.body.as_ref().map_or(0, Vec::len);
    let id = answer.request_id.as_deref().unwrap_or("-");
    format!(
        "{} {} {region}: {came}, {size} bytes, {took} ms, request {id}",
        operation.service(),
        operation.name()
    )
}
