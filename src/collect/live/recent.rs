//! Recent findings, to choose from.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;
use tokio::task::JoinSet;

use super::{
    CollectError,
    answer::{Fault, remedy, with_remedy},
    attempt::{Attempt, attempt_words, persist},
    call::Call,
    collection::{Asked, Collection},
    finding::{Outcome, detectors},
    progress::Watch,
};
use crate::{
    collect::{
        aws::{Aws, Who},
        region,
    },
    model::Finding,
    source,
};

/// Which findings to list.
#[derive(Clone, Debug)]
pub struct Order {
    /// Those of every Region.
    pub all_regions: bool,
    /// The detector to ask instead of the account's own.
    pub detector: Option<String>,
    /// Of Lambda functions alone.
    pub lambda: bool,
    /// At most so many.
    pub limit: usize,
}

/// Recent findings, those updated last first.
///
/// # Errors
/// When no Region is known, or none of them could be asked.
pub async fn recent(
    aws: &Arc<Aws>,
    order: &Order,
    clock: fn() -> Timestamp,
    watch: &mut dyn Watch,
) -> Result<Vec<Finding>, CollectError> {
    let own = aws.region().map(str::to_owned);
    if let Some(own) = own.as_ref().filter(|own| !region::is_name(own)) {
        return Err(CollectError::NotARegion(own.clone()));
    }
    let regions: Vec<String> = match (&own, order.all_regions) {
        (own, true) => {
            let partition = own.as_deref().map_or("aws", region::partition_of);
            region::all(partition).iter().map(|&region| region.to_owned()).collect()
        }
        (Some(own), false) => vec![own.clone()],
        (None, false) => return Err(CollectError::NoRegion),
    };
    let mut asking = JoinSet::new();
    for region in regions {
        let (aws, order) = (Arc::clone(aws), order.clone());
        asking.spawn(async move {
            let mut attempts = Vec::new();
            let outcome = newest(&aws, &region, &order, clock, &mut attempts).await;
            (region, attempts, outcome)
        });
    }
    let mut collection = Collection::default();
    let mut failed = Vec::new();
    let mut answered = false;
    while let Some(done) = asking.join_next().await {
        let Ok((region, attempts, outcome)) = done else { continue };
        let asked = Asked { account: None, region: region.clone(), caller: None };
        for Attempt { call, sent, received, answer } in attempts {
            watch.attempt(&attempt_words(&call, &region, sent, received, &answer));
            collection.keep(&call, &asked, received, &answer);
        }
        match outcome {
            Ok(()) => answered = true,
            Err(Outcome::NotEnabled) => {
                answered = true;
                if !order.all_regions {
                    watch.notice(&format!("GuardDuty is not enabled in {region}"));
                }
            }
            Err(Outcome::Failed { call, fault, words }) => {
                failed.push((region, call, fault, words))
            }
            Err(Outcome::Found | Outcome::Unknown { .. }) => {}
        }
    }
    if let Some((region, call, fault, words)) = failed.first().filter(|_| !answered) {
        if *fault == Fault::Credentials {
            return Err(CollectError::Credentials { words: words.clone() });
        }
        return Err(CollectError::Refused {
            region: region.clone(),
            operation: call.operation().name(),
            words: with_remedy(words.clone(), &remedy(*fault, call.operation())),
        });
    }
    for (region, call, _, words) in failed {
        watch.notice(&format!("{} in {region}: {words}", call.operation().name()));
    }
    let mut findings = source::read(collection.documents()).findings;
    findings.sort_by(|one, other| (other.updated, &one.id).cmp(&(one.updated, &other.id)));
    findings.truncate(order.limit);
    Ok(findings)
}

/// Asks one Region for the newest ids and then for their findings.
async fn newest(
    aws: &Aws,
    region: &str,
    order: &Order,
    clock: fn() -> Timestamp,
    attempts: &mut Vec<Attempt>,
) -> Result<(), Outcome> {
    let detectors = match &order.detector {
        Some(detector) => vec![detector.clone()],
        None => detectors(aws, region, clock, attempts).await?,
    };
    let Some(detector) = detectors.into_iter().next() else {
        return Err(Outcome::NotEnabled);
    };
    let mut ids: Vec<String> = Vec::new();
    let mut token = None;
    while ids.len() < order.limit {
        let lambda = order.lambda;
        let call = Call::FindingIds { detector: detector.clone(), lambda, token: token.take() };
        let page = match ask(aws, region, call, clock, attempts).await {
            Ok(page) => page,
            // The newest have come: they are worth listing without the rest.
            Err(_) if !ids.is_empty() => break,
            Err(outcome) => return Err(outcome),
        };
        let listed = page.get("findingIds").and_then(Value::as_array);
        let before = ids.len();
        ids.extend(listed.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned));
        token = page.get("nextToken").and_then(Value::as_str).map(str::to_owned);
        if token.as_ref().is_none_or(String::is_empty) || ids.len() == before {
            break;
        }
    }
    ids.truncate(order.limit);
    for ids in ids.chunks(50) {
        let call = Call::Findings { detector: detector.clone(), ids: ids.to_vec() };
        ask(aws, region, call, clock, attempts).await?;
    }
    Ok(())
}

async fn ask(
    aws: &Aws,
    region: &str,
    call: Call,
    clock: fn() -> Timestamp,
    attempts: &mut Vec<Attempt>,
) -> Result<Value, Outcome> {
    attempts.extend(persist(aws, Who::Caller, region, &call, clock).await);
    let answer = attempts.last().map(|attempt| attempt.answer.clone()).unwrap_or_default();
    match answer.fault() {
        Some(fault) => Err(Outcome::Failed { call, fault, words: answer.words() }),
        None => Ok(answer.json().unwrap_or_default()),
    }
}
