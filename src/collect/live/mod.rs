//! A live collection: the finding first, then what it makes one ask.

mod answer;
mod call;
mod collection;
mod finding;
mod investigation;
mod lane;
mod missed;
mod progress;
pub mod recent;
mod recorder;

pub use progress::{Progress, Watch};
pub(super) use {
    answer::{Answer, Trouble},
    call::Call,
};

use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::watch;

use self::{
    answer::{Fault, remedy},
    collection::{Asked, Collection},
    finding::{Attempt, Looked, Outcome, look, persist},
    investigation::{Bounds, Investigation, Place},
};
use super::{
    Operation, Part, Reference, Scope,
    aws::{Aws, Role, Who},
    policy, region, role_arn,
};
use crate::{
    evidence::{Document, FORMAT, Intake, Manifest, ManifestOptions, Tool},
    model::{Arn, Finding, Subject, Time},
    source::{self, Span, subject},
};

/// `CloudTrail`'s event history reaches back so many seconds.
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html>
const EVENT_HISTORY: i64 = 90 * DAY;

/// `CloudTrail` delivers events within so many seconds, as a rule.
const DELIVERY: i64 = 15 * 60;

const DAY: i64 = 24 * 3600;

/// What to collect.
#[derive(Clone, Debug)]
pub struct Order {
    /// Which finding, as far as the user said.
    pub reference: Reference,
    /// Saved evidence that states the finding.
    pub given: Vec<Document>,
    /// Whether to look for it in every Region.
    pub all_regions: bool,
    /// The detector to ask instead of the account's own.
    pub detector: Option<String>,
    /// The role in the function's account, as an ARN that may hold `{account}`.
    pub role: Option<String>,
    /// What that role's trust policy may ask for.
    pub external_id: Option<String>,
    /// Days before the activity to look back.
    pub lookback_days: u32,
    /// At most so many look-ups of `CloudTrail`.
    pub max_lookups: usize,
    /// Minutes around an actor's change within which its other calls matter.
    pub around_minutes: u32,
}

/// What a collection needs of the world.
pub struct Surroundings<'a> {
    /// What time it is.
    pub clock: fn() -> Timestamp,
    /// Who waits.
    pub watch: &'a mut dyn Watch,
    /// Becomes true when nothing more shall be asked.
    pub stop: watch::Receiver<bool>,
}

/// A finished collection.
#[derive(Debug)]
pub struct Collected {
    /// The manifest of the evidence.
    pub manifest: Manifest,
    /// The evidence.
    pub documents: Vec<Document>,
}

impl Collected {
    /// The evidence as it is read again from its bundle.
    pub fn into_intake(self) -> Intake {
        let manifests = vec![self.manifest];
        Intake { documents: self.documents, manifests, notices: Vec::new(), bundles: 1 }
    }
}

/// Why there is nothing to report. Messages fit after "failed to".
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// Nothing says which Region to ask.
    #[error(
        "know which Region to ask: an id alone does not tell; give --region REGION, set AWS_REGION, \
         or try them all with --all-regions"
    )]
    NoRegion,
    /// Something stands where a Region's name should.
    #[error("use {0:?} as a Region: its name is letters, digits and dashes, such as eu-west-1")]
    NotARegion(String),
    /// There are no credentials, or they are not accepted.
    #[error(
        "sign in to AWS: {words}; credentials are found as every AWS tool finds them: sign in (for \
         example `aws sso login`), name a --profile, or set AWS_PROFILE"
    )]
    Credentials {
        /// What AWS or the SDK says.
        words: String,
    },
    /// GuardDuty does not know the finding.
    #[error("find the finding {id}{}", told(.asked, .unasked))]
    NotFound {
        /// Its id.
        id: String,
        /// Each place that was asked and what it said.
        asked: Vec<String>,
        /// What could not be asked.
        unasked: Vec<String>,
    },
    /// GuardDuty could not be asked.
    #[error("ask GuardDuty in {region} for the finding: {words}; {remedy}")]
    Refused {
        /// The Region.
        region: String,
        /// What AWS says.
        words: String,
        /// What can be done.
        remedy: String,
    },
    /// What GuardDuty answered could not be read as a finding.
    #[error("read the finding {id} in what GuardDuty answered{}", told(.reasons, &[]))]
    Unreadable {
        /// Its id.
        id: String,
        /// What is wrong with it.
        reasons: Vec<String>,
    },
    /// The user stopped it before there was anything to report.
    #[error("collect anything: it was stopped before the finding had come")]
    Stopped,
}

/// What was said where, and what to try.
fn told(asked: &[String], unasked: &[String]) -> String {
    let mut words = String::new();
    for line in asked.iter().chain(unasked) {
        words.push_str("\n  ");
        words.push_str(line);
    }
    words
}

/// Collects the evidence of one finding.
///
/// # Errors
/// When there is no finding to report on. Everything else that fails is a gap.
pub async fn collect(
    aws: Arc<Aws>,
    order: &Order,
    around: &mut Surroundings<'_>,
) -> Result<Collected, CollectError> {
    let regions = regions(&aws, order)?;
    let mut desk = Desk {
        clock: around.clock,
        collection: Collection::default(),
        caller: None,
        account: None,
    };
    for document in &order.given {
        desk.collection.keep_given(document);
    }
    let id = &order.reference.id;
    let mut stop = around.stop.clone();
    let looked = tokio::select! {
        // Whoever could stop it being gone, nobody stops it.
        Ok(_) = stop.wait_for(|stop| *stop) => return Err(CollectError::Stopped),
        looked = desk.who_and_where(&aws, &regions, order, around.watch) => looked?,
    };
    let (finding, region) = desk.finding(id, &looked, order, around.watch)?;
    let started = whole_seconds((around.clock)());
    let Some(subject) = subject(&finding) else {
        return Ok(desk.finish(&aws, order, &finding, &region, true));
    };
    let home = subject.region.clone().unwrap_or_else(|| region.clone());
    let whole = Span::new(back(finding.signal().unwrap_or(started), order.lookback_days), started);
    let Some(whole) = whole else {
        return Ok(desk.finish(&aws, order, &finding, &region, true));
    };
    let complete = match desk.reader(&aws, order, &finding, &subject, &home, around.watch).await {
        Some((who, account, caller)) => {
            desk.say_bounds(&finding, whole);
            let place = Place {
                who,
                partition: region::partition_of(&home).to_owned(),
                global: region::global(region::partition_of(&home)).to_owned(),
                asked: Asked { account: Some(account), region: home, caller },
            };
            let bounds = Bounds {
                whole,
                trail: trail(whole, &finding),
                scope: Scope {
                    around: i64::from(order.around_minutes) * 60,
                    collectors: place.asked.caller.iter().chain(&desk.caller).cloned().collect(),
                },
                max_lookups: order.max_lookups,
            };
            let collection = std::mem::take(&mut desk.collection);
            let investigation =
                Investigation::new(Arc::clone(&aws), place, bounds, &finding, &subject, collection);
            let (collection, complete) = investigation.run(around).await;
            desk.collection = collection;
            complete
        }
        None => true,
    };
    Ok(desk.finish(&aws, order, &finding, &region, complete))
}

fn whole_seconds(time: Timestamp) -> Time {
    Time::from(Timestamp::from_second(time.as_second()).unwrap_or_default())
}

/// So many days before a moment, in whole seconds.
fn back(time: Time, days: u32) -> Time {
    whole_seconds(time.timestamp()).plus_seconds(-i64::from(days) * DAY)
}

/// The part of what is looked at that `CloudTrail`'s event history can have held when the finding
/// was made.
fn trail(whole: Span, finding: &Finding) -> Span {
    let from = finding.signal().map(|time| back(time, 90));
    Span::new(from.map_or(whole.from, |from| from.max(whole.from)), whole.to).unwrap_or(whole)
}

/// The Regions in which to look for the finding.
fn regions(aws: &Aws, order: &Order) -> Result<Vec<String>, CollectError> {
    let named = order.reference.region.as_deref().or(aws.region());
    if let Some(named) = named.filter(|named| !region::is_name(named)) {
        return Err(CollectError::NotARegion(named.to_owned()));
    }
    if order.all_regions {
        let partition = match (&order.reference.partition, named) {
            (Some(partition), _) => partition.as_str(),
            (None, Some(named)) => region::partition_of(named),
            (None, None) => "aws",
        };
        let mut all: Vec<String> = region::all(partition).iter().map(|&r| r.to_owned()).collect();
        all.extend(
            named
                .map(str::to_owned)
                .filter(|named| !region::all(partition).contains(&named.as_str())),
        );
        return Ok(all);
    }
    named.map(|region| vec![region.to_owned()]).ok_or(CollectError::NoRegion)
}

/// What has come, and who asks.
struct Desk {
    clock: fn() -> Timestamp,
    collection: Collection,
    /// The ARN of whoever started casefile.
    caller: Option<String>,
    /// Their account.
    account: Option<String>,
}

impl Desk {
    /// Asks who is asking and, at the same time, GuardDuty in each Region.
    async fn who_and_where(
        &mut self,
        aws: &Arc<Aws>,
        regions: &[String],
        order: &Order,
        watch: &mut dyn Watch,
    ) -> Result<Vec<Looked>, CollectError> {
        // Any Region's STS knows the caller, but that of a Region which is not enabled.
        let first = match regions {
            [only] => only,
            _ => aws.region().unwrap_or_else(|| {
                regions
                    .first()
                    .map_or("us-east-1", |first| region::global(region::partition_of(first)))
            }),
        };
        let detector = order.detector.as_deref();
        let id = &order.reference.id;
        let (identity, looked) = tokio::join!(
            persist(aws, Who::Caller, first, &Call::CallerIdentity, self.clock),
            look(aws, regions, detector, id, self.clock),
        );
        let told = identity.last().map(|attempt| attempt.answer.clone()).unwrap_or_default();
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

    fn keep(&mut self, attempts: Vec<Attempt>, region: &str, watch: &mut dyn Watch) {
        let asked =
            Asked { account: self.account.clone(), region: region.to_owned(), caller: None };
        let last = attempts.len().saturating_sub(1);
        let mut before: Vec<(Call, usize)> = Vec::new();
        for (index, attempt) in attempts.iter().enumerate() {
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
    fn finding(
        &mut self,
        id: &str,
        looked: &[Looked],
        order: &Order,
        watch: &mut dyn Watch,
    ) -> Result<(Finding, String), CollectError> {
        let found = looked.iter().find(|looked| looked.outcome == Outcome::Found);
        let account = self.account.clone().unwrap_or_else(|| "the caller".to_owned());
        let (mut asked, mut unasked) = (Vec::new(), Vec::new());
        for Looked { region, outcome, .. } in looked {
            match outcome {
                Outcome::Found => {}
                Outcome::Unknown { detectors } => asked.push(format!(
                    "GuardDuty of account {account} in {region} (detector {}) does not know it",
                    detectors.join(", ")
                )),
                Outcome::NotEnabled => asked.push(format!(
                    "GuardDuty is not enabled in {region} of account {account}: it has no detector there"
                )),
                Outcome::Failed { call, words, .. } => unasked.push(format!(
                    "{region} could not be asked: {}: {words}",
                    call.operation().name()
                )),
            }
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

    /// Who reads in the function's account: the caller, or the role there. `None` when nobody can,
    /// which is said.
    async fn reader(
        &mut self,
        aws: &Arc<Aws>,
        order: &Order,
        finding: &Finding,
        subject: &Subject,
        home: &str,
        watch: &mut dyn Watch,
    ) -> Option<(Who, String, Option<String>)> {
        if !region::is_name(home) {
            self.unread(format!("{home:?} is no name of a Region"), watch);
            return None;
        }
        let account = finding.account.clone().or_else(|| subject.account.clone());
        let Some(account) = account.or_else(|| self.account.clone()) else {
            self.unread("neither the finding nor STS tells which account to ask".to_owned(), watch);
            return None;
        };
        let Some(template) = &order.role else {
            if self.account.as_ref().is_some_and(|own| *own != account) {
                let own = self.account.clone().unwrap_or_default();
                let arn = format!("arn:{}:iam::{{account}}:role/NAME", region::partition_of(home));
                self.unread(
                    format!(
                        "the finding is of account {account}, and the caller's is {own}; AWS Config and CloudTrail answer in {account} alone. \
                         Run: casefile report {} --region {} --role-arn '{arn}', where NAME is a role there that the caller may assume (`casefile policy --role` prints what it needs)",
                        order.reference.id,
                        finding.region.as_deref().unwrap_or(home),
                    ),
                    watch,
                );
                return None;
            }
            return Some((Who::Caller, account, None));
        };
        let arn = match role_arn(template, &account) {
            Ok(arn) => arn,
            Err(error) => {
                self.unread(format!("it failed to {error}"), watch);
                return None;
            }
        };
        let policy = policy(Part::Member, template).map(|policy| policy.to_string());
        let role = Role {
            arn: arn.clone(),
            external_id: order.external_id.clone(),
            policy: policy.unwrap_or_default(),
        };
        if let Err(answer) = assume(aws, home, &role).await {
            let words = answer.words();
            let remedy = answer.fault().map(|fault| remedy(fault, Operation::AssumeRole));
            let mut reason = format!("the role {arn} could not be assumed: {words}");
            if let Some(remedy) = remedy.filter(|remedy| !remedy.is_empty()) {
                reason = format!(
                    "{reason}; {remedy}, and the role must trust the caller{}",
                    if order.external_id.is_none() {
                        " (an --external-id may be wanted)"
                    } else {
                        ""
                    }
                );
            }
            self.unread(reason, watch);
            return None;
        }
        let identity = persist(aws, Who::Member, home, &Call::CallerIdentity, self.clock).await;
        let told = identity.last().map(|attempt| attempt.answer.clone()).unwrap_or_default();
        let caller = told.xml_text("Arn").or(Some(arn));
        let own = self.account.replace(account.clone());
        self.keep(identity, home, watch);
        self.account = own;
        Some((Who::Member, account, caller))
    }

    /// Nobody can read in the function's account.
    fn unread(&mut self, reason: String, watch: &mut dyn Watch) {
        watch.notice(&format!("AWS Config and CloudTrail were not asked: {reason}"));
        for (source, what, consequence) in [
            (
                "config",
                "the configuration history of the function (GetResourceConfigHistory)",
                "What the function was at any time, and whether it changed, is not known.",
            ),
            (
                "cloudtrail",
                "the calls about the function (LookupEvents)",
                "Who created or changed the function, and from where, is not known.",
            ),
        ] {
            self.collection.gap(source, what.to_owned(), reason.clone(), consequence);
        }
    }

    /// What no question can reach.
    fn say_bounds(&mut self, finding: &Finding, whole: Span) {
        let oldest = whole.to.plus_seconds(-EVENT_HISTORY);
        if whole.from < oldest {
            self.collection.gap(
                "cloudtrail",
                format!("calls before {oldest}"),
                "LookupEvents reaches back 90 days and no further".to_owned(),
                "Who created or changed something before that is not among the records; a trail's log files may hold it.",
            );
        }
        let latest = finding.last_seen.max(finding.updated);
        if latest.is_some_and(|latest| whole.to.seconds_since(latest) < DELIVERY) {
            self.collection.gap(
                "cloudtrail",
                format!("calls of the quarter of an hour before {}", whole.to),
                "CloudTrail delivers events some minutes after the call".to_owned(),
                "The latest calls may be missing; collect once more a little later.",
            );
        }
    }

    fn finish(
        self,
        aws: &Aws,
        order: &Order,
        finding: &Finding,
        region: &str,
        complete: bool,
    ) -> Collected {
        let gaps = self.collection.gaps.clone();
        let documents = self.collection.into_documents();
        let arn = finding.arn.as_deref().and_then(Arn::parse);
        let account = finding.account.clone().or(arn.map(|arn| arn.account.to_owned()));
        let manifest = Manifest {
            format: FORMAT.to_owned(),
            tool: Tool {
                name: env!("CARGO_PKG_NAME").to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
            },
            created: (self.clock)(),
            finding_id: Some(finding.id.clone()),
            account,
            region: Some(region.to_owned()),
            caller_arn: self.caller,
            complete,
            options: ManifestOptions {
                around_minutes: Some(order.around_minutes),
                lookback_days: Some(order.lookback_days),
                endpoints: aws.foreign_origins(),
            },
            documents: documents.iter().filter_map(|document| document.request.clone()).collect(),
            gaps,
        };
        Collected { manifest, documents }
    }
}

/// Takes the role, and tries again when the failure may pass.
async fn assume(aws: &Aws, region: &str, role: &Role) -> Result<(), Answer> {
    let mut outcome = aws.assume(region, role).await;
    for _ in 0..3 {
        match &outcome {
            Err(answer) if answer.fault().is_some_and(Fault::passes) => {
                tokio::time::sleep(std::time::Duration::from_millis(500)).await;
                outcome = aws.assume(region, role).await;
            }
            _ => break,
        }
    }
    outcome
}

/// An attempt in one line, without anything of its body.
pub(super) fn attempt_words(
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
