//! Looking a finding up in GuardDuty.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;
use tokio::task::JoinSet;

use super::{
    answer::Fault,
    attempt::{Attempt, persist},
    call::Call,
};
use crate::collect::aws::{Aws, Who};

/// What came of looking in one Region.
#[derive(Debug)]
pub struct Looked {
    /// The Region.
    pub region: String,
    /// Every attempt, in order.
    pub attempts: Vec<Attempt>,
    /// The outcome.
    pub outcome: Outcome,
}

/// What came of looking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The finding is there.
    Found,
    /// GuardDuty does not know it.
    Unknown {
        /// The detectors that were asked.
        detectors: Vec<String>,
    },
    /// There is no detector.
    NotEnabled,
    /// A call failed for good.
    Failed {
        /// Which.
        call: Call,
        /// Of what.
        fault: Fault,
        /// How.
        words: String,
    },
}

/// Looks for a finding in each of some Regions at once. `detector` is asked instead of the
/// account's own, when given.
pub async fn look(
    aws: &Arc<Aws>,
    regions: &[String],
    detector: Option<&str>,
    id: &str,
    clock: fn() -> Timestamp,
) -> Vec<Looked> {
    let mut looking = JoinSet::new();
    for region in regions {
        let (aws, region) = (Arc::clone(aws), region.clone());
        let (detector, id) = (detector.map(str::to_owned), id.to_owned());
        looking.spawn(async move { look_in(&aws, region, detector, id, clock).await });
    }
    let mut looked = Vec::new();
    while let Some(done) = looking.join_next().await {
        looked.extend(done.ok());
    }
    looked.sort_by(|one, other| one.region.cmp(&other.region));
    looked
}

async fn look_in(
    aws: &Aws,
    region: String,
    detector: Option<String>,
    id: String,
    clock: fn() -> Timestamp,
) -> Looked {
    let mut attempts = Vec::new();
    let detectors = match detector {
        Some(detector) => vec![detector],
        None => match detectors(aws, &region, clock, &mut attempts).await {
            Ok(detectors) => detectors,
            Err(outcome) => return Looked { region, attempts, outcome },
        },
    };
    if detectors.is_empty() {
        return Looked { region, attempts, outcome: Outcome::NotEnabled };
    }
    for detector in &detectors {
        let call = Call::Findings { detector: detector.clone(), ids: vec![id.clone()] };
        attempts.extend(persist(aws, Who::Caller, &region, &call, clock).await);
        let answer = attempts.last().map(|attempt| &attempt.answer);
        match answer.map(|answer| (answer.fault(), answer)) {
            Some((None, answer)) => {
                let found = answer.json().is_some_and(|json| {
                    json.get("findings").and_then(Value::as_array).is_some_and(|f| !f.is_empty())
                });
                if found {
                    return Looked { region, attempts, outcome: Outcome::Found };
                }
            }
            Some((Some(fault), answer)) => {
                let outcome = Outcome::Failed { call, fault, words: answer.words() };
                return Looked { region, attempts, outcome };
            }
            None => {}
        }
    }
    Looked { region, attempts, outcome: Outcome::Unknown { detectors } }
}

/// The detectors of a Region: one, or none.
pub async fn detectors(
    aws: &Aws,
    region: &str,
    clock: fn() -> Timestamp,
    attempts: &mut Vec<Attempt>,
) -> Result<Vec<String>, Outcome> {
    attempts.extend(persist(aws, Who::Caller, region, &Call::Detectors, clock).await);
    let answer = attempts.last().map(|attempt| &attempt.answer);
    let Some(answer) = answer else { return Ok(Vec::new()) };
    if let Some(fault) = answer.fault() {
        return Err(Outcome::Failed { call: Call::Detectors, fault, words: answer.words() });
    }
    let json = answer.json().unwrap_or_default();
    let ids = json.get("detectorIds").and_then(Value::as_array);
    let ids = ids.into_iter().flatten().filter_map(Value::as_str);
    Ok(ids.map(str::to_owned).collect())
}
