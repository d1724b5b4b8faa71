//! Who is asking, and the finding that they ask for.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;

use super::{
    CollectError, Order, Watch,
    answer::{Fault, remedy},
    attempt::{Attempt, attempt_words, persist},
    call::Call,
    collection::{Asked, Collection},
    finding::{Looked, Outcome, look},
};
use crate::{
    collect::{
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
            Some(_) => self.collection.gap(
                "sts",
                "who is asking (GetCallerIdentity)".to_owned(),
                told.words(),
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
        let account = self.account.clone().unwrap_or_else(|| "the caller".to_owned());
        let (mut asked, mut unasked) = (Vec::new(), Vec::new());
        let mut not_enabled: Vec<&str> = Vec::new();
        for Looked { region, outcome, .. } in looked {
            match outcome {
                Outcome::Found => {}
                Outcome::Unknown { detectors } => asked.push(format!(
                    "GuardDuty of account {account} in {region} (detector {}) does not know it",
                    detectors.join(", ")
                )),
                Outcome::NotEnabled => not_enabled.push(region),
                Outcome::Failed { call, words, .. } => unasked.push(format!(
                    "{region} could not be asked: {}: {words}",
                    call.operation().name()
                )),
            }
        }
        if !not_enabled.is_empty() {
            asked.push(format!(
                "GuardDuty of account {account} is not enabled (it has no detector) in {}",
                not_enabled.join(", ")
            ));
        }
        let named = order.reference.account.as_ref();
        if let Some(named) =
            named.filter(|named| self.account.as_ref().is_some_and(|own| own != *named))
        {
            asked.push(format!("the finding is of account {named}, and {account} was asked"));
        }
        if found.is_none() && order.given.is_empty() {
            if let ([only], []) = (looked, asked.as_slice())
                && let Outcome::Failed { call, fault, words } = &only.outcome
            {
                return Err(self.refused(only, call, *fault, words));
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
        let mut states: Vec<Finding> = reading
            .findings
            .into_iter()
            .filter(|finding| finding.id.eq_ignore_ascii_case(id))
            .collect();
        let finding = states.pop().ok_or_else(|| CollectError::Unreadable {
            id: id.to_owned(),
            reasons: reading
                .gaps
                .iter()
                .take(5)
                .map(|gap| format!("{}: {}", gap.asked, gap.reason))
                .collect(),
        })?;
        let region = found
            .map(|looked| looked.region.clone())
            .or_else(|| finding.region.clone())
            .or_else(|| looked.first().map(|looked| looked.region.clone()))
            .unwrap_or_default();
        Ok((finding, region))
    }

    fn refused(&self, looked: &Looked, call: &Call, fault: Fault, words: &str) -> CollectError {
        match fault {
            Fault::Credentials => CollectError::Credentials { words: words.to_owned() },
            _ => CollectError::Refused {
                region: looked.region.clone(),
                words: words.to_owned(),
                remedy: match fault {
                    Fault::Refused => "check the id, and the detector if one was given".to_owned(),
                    _ => remedy(fault, call.operation()),
                },
            },
        }
    }
}
