//! Who is asking, and the finding that they ask for.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use jiff::Timestamp;

use super::{
    CollectError, Order, Watch,
    answer::{Fault, remedy, with_remedy},
    attempt::{Attempt, attempt_words, persist},
    call::Call,
    collection::{Asked, Collection},
    finding::{Looked, Outcome, look},
};
use crate::{
    collect::{
        Operation,
        aws::{Aws, Who},
        region,
    },
    model::Finding,
    source,
};

/// What has come, and who asks.
pub struct Desk {
    /// What time it is.
    pub clock: fn() -> Timestamp,
    /// What has come.
    pub collection: Collection,
    /// The ARN of whoever started casefile.
    pub caller: Option<String>,
    /// Their account.
    pub account: Option<String>,
    /// The shortest time that an answer took.
    pub quickest: Option<Duration>,
    /// Whether any call has succeeded, so that the credentials are good.
    pub let_in: bool,
    /// By how many seconds this machine's clock is behind that of AWS.
    pub behind: i64,
}

impl Desk {
    /// Asks who is asking and, at the same time, GuardDuty in each Region.
    pub async fn who_and_where(
        &mut self,
        aws: &Arc<Aws>,
        regions: &[String],
        order: &Order,
        watch: &mut dyn Watch,
    ) -> Result<Vec<Looked>, CollectError> {
        // Any Region's STS knows the caller, but that of a Region which is not enabled.
        let mut first = match regions {
            [only] => only.as_str(),
            _ => aws.region().unwrap_or_else(|| {
                regions
                    .first()
                    .map_or("us-east-1", |first| region::global(region::partition_of(first)))
            }),
        };
        let detector = order.detector.as_deref();
        let id = &order.reference.id;
        let (mut identity, looked) = tokio::join!(
            persist(aws, Who::Caller, first, &Call::CallerIdentity, self.clock),
            look(aws, regions, detector, id, self.clock),
        );
        let mut told = identity.last().map(|attempt| attempt.answer.clone()).unwrap_or_default();
        let global = region::global(region::partition_of(first));
        if told.fault() == Some(Fault::Unrecognised) && global != first {
            self.keep(identity, first, watch);
            identity = persist(aws, Who::Caller, global, &Call::CallerIdentity, self.clock).await;
            told = identity.last().map(|attempt| attempt.answer.clone()).unwrap_or_default();
            first = global;
        }
        self.caller = told.xml_text("Arn");
        self.account = told.xml_text("Account");
        self.keep(identity, first, watch);
        match told.fault() {
            None => {}
            Some(Fault::Credentials) => {
                return Err(CollectError::Credentials { words: told.words() });
            }
            Some(fault) => self.collection.gap(
                "sts",
                "who is asking (GetCallerIdentity)".to_owned(),
                with_remedy(told.words(), &remedy(fault, Operation::GetCallerIdentity)),
                "The report cannot say in whose name, and of which account, the rest was asked.",
            ),
        }
        let mut answered = Vec::new();
        for mut looked in looked {
            let attempts = std::mem::take(&mut looked.attempts);
            self.keep(attempts, &looked.region, watch);
            answered.push(looked);
        }
        Ok(answered)
    }

    /// Keeps what attempts brought, and says of each that failed before another succeeded that it
    /// is not to be read.
    pub fn keep(&mut self, attempts: Vec<Attempt>, region: &str, watch: &mut dyn Watch) {
        let asked =
            Asked { account: self.account.clone(), region: region.to_owned(), caller: None };
        let last = attempts.len().saturating_sub(1);
        let mut before: Vec<(Call, usize)> = Vec::new();
        for (index, attempt) in attempts.iter().enumerate() {
            self.let_in |= attempt.answer.fault().is_none();
            if let Some(date) = attempt.answer.date {
                self.behind = date.as_second() - attempt.received.as_second();
            }
            let took = attempt.received.duration_since(attempt.sent);
            if let Ok(took) = Duration::try_from(took) {
                self.quickest = Some(self.quickest.map_or(took, |quickest| quickest.min(took)));
            }
            watch.attempt(&attempt_words(
                &attempt.call,
                region,
                attempt.sent,
                attempt.received,
                &attempt.answer,
            ));
            let kept =
                self.collection.keep(&attempt.call, &asked, attempt.received, &attempt.answer);
            if let Some(number) = kept
                && index < last
                && attempt.answer.fault().is_some()
            {
                before.push((attempt.call.clone(), number));
            }
        }
        let again: Vec<usize> = before
            .into_iter()
            .filter(|(call, _)| {
                attempts.iter().any(|a| a.call == *call && a.answer.fault().is_none())
            })
            .map(|(_, number)| number)
            .collect();
        self.collection.supersede(&again);
    }

    /// The finding among what has come, and the Region in which it was found.
    pub fn finding(
        &mut self,
        id: &str,
        looked: &[Looked],
        order: &Order,
        watch: &mut dyn Watch,
    ) -> Result<(Finding, String), CollectError> {
        let found = looked.iter().find(|looked| looked.outcome == Outcome::Found);
        let account = self.account.as_ref();
        let account =
            account.map_or("the caller's account".to_owned(), |own| format!("account {own}"));
        let (mut asked, mut unasked) = (Vec::new(), Vec::new());
        let mut not_enabled: Vec<&str> = Vec::new();
        let mut failed: BTreeMap<(Operation, Fault), Vec<&Looked>> = BTreeMap::new();
        for looked in looked {
            let Looked { region, outcome, .. } = looked;
            match outcome {
                Outcome::Found => {}
                Outcome::Unknown { detectors } => asked.push(format!(
                    "GuardDuty of {account} in {region} (detector {}) does not know it",
                    detectors.join(", ")
                )),
                Outcome::NotEnabled => not_enabled.push(region),
                Outcome::Failed { call, fault, .. } => {
                    let alike = failed.entry((call.operation(), *fault)).or_default();
                    alike.push(looked);
                }
            }
        }
        for ((operation, fault), alike) in &failed {
            let Some(Looked { outcome: Outcome::Failed { words, .. }, .. }) = alike.first() else {
                continue;
            };
            let regions: Vec<&str> = alike.iter().map(|looked| looked.region.as_str()).collect();
            let remedy = remedy(*fault, *operation);
            let (regions, name) = (regions.join(", "), operation.name());
            let said = with_remedy(format!("{name}: {words}"), &remedy);
            unasked.push(format!("{regions} could not be asked: {said}"));
        }
        if !not_enabled.is_empty() {
            asked.push(format!(
                "GuardDuty of {account} is not enabled (it has no detector) in {}",
                not_enabled.join(", ")
            ));
        }
        let answered = looked.len() - failed.values().map(Vec::len).sum::<usize>();
        let named = order.reference.account.as_ref();
        if let Some(named) =
            named.filter(|named| self.account.as_ref().is_some_and(|own| own != *named))
        {
            asked.push(format!("the finding is of account {named}, and {account} was asked"));
        }
        if found.is_none() && order.given.is_empty() {
            // Where nothing was answered, nothing was looked for.
            let first = failed.values().flatten().next();
            if let Some(first) = first.filter(|_| answered == 0)
                && let Outcome::Failed { call, fault, words } = &first.outcome
            {
                return Err(refused(first, looked.len(), call, *fault, words));
            }
            if !order.all_regions {
                asked.push("GuardDuty answers for one Region, for its own account and for its members, and keeps findings for 90 days.".to_owned());
                asked.push("Try --region, --all-regions, or --profile with the account or the administrator of the finding; or give its saved JSON instead of its id.".to_owned());
            } else {
                asked.push("Try --profile with the account or the administrator of the finding, or give its saved JSON instead of its id.".to_owned());
            }
            return Err(CollectError::NotFound { id: id.to_owned(), asked, unasked });
        }
        if found.is_none() {
            for words in asked.iter().chain(&unasked) {
                watch.notice(words);
                self.collection.gap(
                    "guardduty",
                    format!("the finding {id} as it is now (GetFindings)"),
                    words.clone(),
                    "The finding is shown as it was saved; it may have been updated since.",
                );
            }
        }
        let reading = source::read(self.collection.documents());
        // Findings are in the order of their updates, so the last is the latest.
        let mut states = reading.findings.iter().rev();
        let finding = states.find(|finding| finding.id.eq_ignore_ascii_case(id)).cloned();
        let finding = finding.ok_or_else(|| CollectError::Unreadable {
            id: id.to_owned(),
            reasons: reading.first_problems(),
        })?;
        let region = found
            .map(|looked| looked.region.clone())
            .or_else(|| finding.region.clone())
            .or_else(|| looked.first().map(|looked| looked.region.clone()))
            .unwrap_or_default();
        Ok((finding, region))
    }
}

fn refused(
    looked: &Looked,
    regions: usize,
    call: &Call,
    fault: Fault,
    words: &str,
) -> CollectError {
    if fault == Fault::Credentials {
        return CollectError::Credentials { words: words.to_owned() };
    }
    let operation = call.operation();
    let region = match regions {
        1 => looked.region.clone(),
        several => format!("any of {several} Regions (the first: {})", looked.region),
    };
    let remedy = match fault {
        Fault::Refused if words.contains("BadRequest") => {
            "check the id, and the detector if one was given".to_owned()
        }
        _ => remedy(fault, operation),
    };
    let words = with_remedy(words.to_owned(), &remedy);
    CollectError::Refused { region, operation: operation.name(), words }
}
