//! Asking what the finding makes one ask, and what the answers make one ask, until nothing is
//! left or a bound is reached.
//!
//! After each answer the questions are worked out anew from all that has come, exactly as they are
//! for saved evidence ([`crate::collect::rounds`]), and what is most useful of them is asked next.
//! Each service of each Region is a [`Lane`] with its own pace; lanes run side by side.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use jiff::Timestamp;
use tokio::{task::JoinSet, time::sleep};

use super::{
    Surroundings,
    answer::{Answer, Fault, remedy},
    attempt::attempt_words,
    call::Call,
    collection::{Asked, Collection},
    extent::Beginning,
    job::Job,
    lane::{LATE, Lane, LaneId},
    missed::{Missed, Reason},
    page::Page,
    progress::Progress,
    recorder,
};
use crate::{
    collect::{
        Operation, Scope,
        aws::{Aws, Who},
        rounds,
    },
    model::{Finding, ItemStatus, Source, Subject, Time},
    source::{Ask, Discovery, History, Known, Planned, Rank, Reader, Span, asks, names_function},
};

/// The type of the functions whose history is asked for.
const FUNCTION: &str = "AWS::Lambda::Function";

/// A rest of so long is said.
const LONG: Duration = Duration::from_secs(2);

/// Whose records are read, and where.
#[derive(Clone, Debug)]
pub struct Place {
    /// In whose name.
    pub who: Who,
    /// The partition.
    pub partition: String,
    /// The Region in which IAM and the global STS endpoint are recorded.
    pub global: String,
    /// The function's account.
    pub account: String,
    /// The account and the Region that are asked, and who asks.
    pub asked: Asked,
}

/// How far to go.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// How far to look back, and until when.
    pub whole: Span,
    /// The part of it that `CloudTrail`'s event history can hold.
    pub trail: Span,
    /// What shapes the case.
    pub scope: Scope,
    /// At most so many look-ups.
    pub max_lookups: usize,
}

/// What came before.
#[derive(Debug)]
pub struct Before {
    /// What has come.
    pub collection: Collection,
    /// The shortest time that an answer took.
    pub quickest: Option<Duration>,
    /// Whether any call has succeeded, so that the credentials are good.
    pub let_in: bool,
}

/// A call whose answer has not come.
struct UnderWay {
    /// Whether another was made in its place.
    replaced: bool,
    call: Call,
    region: String,
    about: String,
}

/// What happens while waiting.
enum Happening {
    /// Another call may be made in the place of one that was.
    Free(LaneId),
    /// The answer to a call has not come for long.
    Late(LaneId, usize),
    /// A lane has rested.
    Rested(LaneId),
    /// An attempt has ended.
    Ended {
        number: usize,
        job: Box<Job>,
        sent: Timestamp,
        received: Timestamp,
        answer: Box<Answer>,
    },
}

/// What came of it.
pub struct Investigated {
    /// Everything that has come.
    pub collection: Collection,
    /// Whether it went to its end without being stopped.
    pub complete: bool,
    /// What is known of the function's beginning.
    pub beginning: Beginning,
}

/// The rounds of one case.
pub struct Investigation<'a> {
    aws: Arc<Aws>,
    place: Place,
    bounds: Bounds,
    finding: &'a Finding,
    subject: &'a Subject,
    collection: Collection,
    /// What has been read of it, for the plan, and how many documents that were.
    reader: Reader,
    read: usize,
    lanes: BTreeMap<LaneId, Lane>,
    /// Pages and attempts that follow others.
    following: Vec<Job>,
    /// What is planned and has not been asked, best first.
    planned: Vec<Planned>,
    /// Whether an answer has come since the plan was made.
    stale: bool,
    asked: BTreeSet<Ask>,
    done: BTreeSet<Ask>,
    discovered: BTreeMap<Discovery, Vec<String>>,
    /// Resources that AWS Config does not know.
    undiscovered: BTreeSet<Resource>,
    /// Look-ups made.
    lookups: usize,
    /// Whether the credentials are of no more use.
    locked_out: bool,
    /// Whether any call has succeeded.
    let_in: bool,
    missed: Missed,
    counts: BTreeMap<Source, (usize, usize)>,
    /// How long the quickest answer took before.
    quickest: Option<Duration>,
    /// Calls made so far, and those whose answers have not come.
    calls: usize,
    under_way: BTreeMap<usize, UnderWay>,
    waiting: JoinSet<Happening>,
}

impl<'a> Investigation<'a> {
    /// Before anything was asked.
    pub fn new(
        aws: Arc<Aws>,
        place: Place,
        bounds: Bounds,
        finding: &'a Finding,
        subject: &'a Subject,
        before: Before,
    ) -> Self {
        let home = &place.asked.region;
        let following = [Call::Recorders, Call::RecorderStatus]
            .map(|call| {
                let about = "whether AWS Config records functions".to_owned();
                Job::once(home.clone(), call, about)
            })
            .to_vec();
        Self {
            aws,
            place,
            bounds,
            finding,
            subject,
            collection: before.collection,
            reader: Reader::default(),
            read: 0,
            lanes: BTreeMap::new(),
            following,
            planned: Vec::new(),
            stale: true,
            asked: BTreeSet::new(),
            done: BTreeSet::new(),
            discovered: BTreeMap::new(),
            undiscovered: BTreeSet::new(),
            lookups: 0,
            locked_out: false,
            let_in: before.let_in,
            missed: Missed::default(),
            counts: BTreeMap::new(),
            quickest: before.quickest,
            calls: 0,
            under_way: BTreeMap::new(),
            waiting: JoinSet::new(),
        }
    }

    /// Asks until nothing is left to ask.
    pub async fn run(mut self, around: &mut Surroundings<'_>) -> Investigated {
        let mut stop = around.stop.clone();
        let mut interrupted = false;
        loop {
            if self.stale {
                self.plan();
            }
            self.start(around.clock);
            self.tell(around, false);
            let waits = !self.waiting.is_empty() && !self.lanes_to_ask().is_empty();
            if self.under_way.is_empty() && !waits {
                break;
            }
            tokio::select! {
                biased;
                // Whoever could stop it being gone, nobody stops it.
                Ok(_) = stop.wait_for(|stop| *stop) => {
                    interrupted = true;
                    break;
                }
                happening = self.waiting.join_next() => {
                    if let Some(Ok(happening)) = happening {
                        self.happened(happening, around);
                    }
                }
            }
        }
        self.waiting.abort_all();
        self.tell(around, true);
        self.leave(interrupted);
        let beginning = self.beginning();
        Investigated { collection: self.collection, complete: !interrupted, beginning }
    }

    /// Reads what has come since.
    fn read_on(&mut self) {
        for document in self.collection.documents().iter().skip(self.read) {
            self.reader.add(document);
        }
        self.read = self.collection.documents().len();
    }

    /// Works out what is left to ask, from all that has come.
    fn plan(&mut self) {
        self.stale = false;
        self.read_on();
        let reading = self.reader.reading();
        let gathered = rounds::gather(reading, self.finding, self.subject, &self.bounds.scope);
        let mut known = Known {
            finding: self.finding,
            subject: self.subject,
            partition: &self.place.partition,
            account: &self.place.account,
            home: &self.place.asked.region,
            global: &self.place.global,
            whole: self.bounds.whole,
            trail: self.bounds.trail,
            reading,
            events: gathered.events.iter().map(|kept| &kept.fact).collect(),
            asked: &self.asked,
            done: &self.done,
            discovered: &self.discovered,
            nearest: None,
        };
        known.find_nearest();
        self.planned = asks(&gathered.questions, &known);
        self.planned.retain(|planned| {
            resource(&planned.ask).is_none_or(|it| !self.undiscovered.contains(&it))
        });
    }

    /// The lanes that have something to ask.
    fn lanes_to_ask(&self) -> BTreeSet<LaneId> {
        let planned = self.planned.iter().map(|planned| lane_of(&planned.ask));
        let planned = planned.filter(|(id, operation)| self.may_ask(id, *operation));
        let following = self.following.iter().filter(|job| self.may_do(job)).map(Job::lane);
        following.chain(planned.map(|(id, _)| id)).collect()
    }

    /// Makes as many calls as may be made now.
    fn start(&mut self, clock: fn() -> Timestamp) {
        for id in self.lanes_to_ask() {
            let quickest = self.quickest;
            self.lanes.entry(id.clone()).or_insert_with(|| Lane::new(&id, quickest));
            while self.lanes.get(&id).is_some_and(Lane::is_free)
                && let Some(job) = self.next(&id)
            {
                self.make(&id, job, clock);
            }
        }
    }

    fn make(&mut self, id: &LaneId, job: Job, clock: fn() -> Timestamp) {
        if let Some(lane) = self.lanes.get_mut(id) {
            lane.begin();
        }
        // What is asked again has been counted.
        if job.operation() == Operation::LookupEvents && job.attempt == 0 {
            self.lookups += 1;
        }
        let number = self.calls;
        self.calls += 1;
        let (call, region, about) = (job.call.clone(), job.region.clone(), job.about.clone());
        self.under_way.insert(number, UnderWay { replaced: false, call, region, about });
        let (aws, who, job) = (Arc::clone(&self.aws), self.place.who, Box::new(job));
        self.waiting.spawn(async move {
            let begun = clock();
            let answer = Box::new(aws.send(who, &job.region, &job.call).await);
            let sent = answer.sent.unwrap_or(begun);
            Happening::Ended { number, job, sent, received: clock(), answer }
        });
        self.wait(LATE, Happening::Late(id.clone(), number));
    }

    /// Lets something happen a while from now.
    fn wait(&mut self, time: Duration, happening: Happening) {
        self.waiting.spawn(async move {
            sleep(time).await;
            happening
        });
    }

    fn may_ask(&self, id: &LaneId, operation: Operation) -> bool {
        (operation != Operation::LookupEvents || self.lookups < self.bounds.max_lookups)
            && self.is_open(id, operation)
    }

    fn is_open(&self, id: &LaneId, operation: Operation) -> bool {
        !self.locked_out && self.lanes.get(id).is_none_or(|lane| lane.is_open(operation))
    }

    /// Whether a job may be done: what is asked again is within the bound already.
    fn may_do(&self, job: &Job) -> bool {
        if job.attempt > 0 {
            self.is_open(&job.lane(), job.operation())
        } else {
            self.may_ask(&job.lane(), job.operation())
        }
    }

    /// The rank up to which look-ups may still be made: those of all Regions draw on one bound, the
    /// most useful first. `None` when there are no more than the bound allows.
    fn last_rank(&self) -> Option<Rank> {
        let left = self.bounds.max_lookups.saturating_sub(self.lookups);
        let is_lookup = |(id, operation): &(LaneId, Operation)| {
            *operation == Operation::LookupEvents && self.may_ask(id, *operation)
        };
        let following = self
            .following
            .iter()
            .filter(|job| job.attempt == 0 && is_lookup(&(job.lane(), job.operation())));
        let planned = self.planned.iter().filter(|planned| is_lookup(&lane_of(&planned.ask)));
        let mut ranks: Vec<Rank> =
            following.map(|job| job.order().1).chain(planned.map(|planned| planned.rank)).collect();
        if ranks.len() <= left {
            return None;
        }
        ranks.sort_unstable();
        left.checked_sub(1).and_then(|last| ranks.get(last).copied())
    }

    /// The most useful call that a lane can make now.
    fn next(&mut self, id: &LaneId) -> Option<Job> {
        let last = if id.service == "cloudtrail" { self.last_rank() } else { None };
        let may = |rank: Rank| last.is_none_or(|last| rank <= last);
        let following = self
            .following
            .iter()
            .enumerate()
            .filter(|(_, job)| job.lane() == *id && self.may_do(job))
            .filter(|(_, job)| job.attempt > 0 || may(job.order().1))
            .min_by_key(|(_, job)| job.order())
            .map(|(index, job)| (index, job.order()));
        let planned = self
            .planned
            .iter()
            .position(|planned| {
                let (lane, operation) = lane_of(&planned.ask);
                lane == *id && self.may_ask(id, operation) && may(planned.rank)
            })
            .and_then(|index| Some((index, (true, self.planned.get(index)?.rank))));
        match (following, planned) {
            (Some((index, order)), planned) if planned.is_none_or(|(_, new)| order <= new) => {
                Some(self.following.remove(index))
            }
            (_, Some((index, _))) => {
                let planned = self.planned.remove(index);
                self.asked.insert(planned.ask.clone());
                Some(Job::of(planned))
            }
            _ => None,
        }
    }

    fn happened(&mut self, happening: Happening, around: &mut Surroundings<'_>) {
        match happening {
            Happening::Rested(id) => {
                if let Some(lane) = self.lanes.get_mut(&id) {
                    lane.resting = false;
                }
            }
            Happening::Free(id) => {
                if let Some(lane) = self.lanes.get_mut(&id) {
                    lane.free();
                }
            }
            Happening::Late(id, number) => {
                if let Some(call) = self.under_way.get_mut(&number)
                    && let Some(lane) = self.lanes.get_mut(&id)
                {
                    call.replaced = true;
                    lane.free();
                }
            }
            Happening::Ended { number, job, sent, received, answer } => {
                let words = attempt_words(&job.call, &job.region, sent, received, &answer);
                around.watch.attempt(&words);
                let id = job.lane();
                let replaced = self.under_way.remove(&number).is_some_and(|call| call.replaced);
                let took = Duration::try_from(received.duration_since(sent)).unwrap_or_default();
                let rest = self.lanes.get_mut(&id).map(|lane| lane.end(took));
                if let Some(rest) = rest.filter(|_| !replaced) {
                    self.wait(rest, Happening::Free(id.clone()));
                }
                let operation = job.operation().name();
                if let Some(rest) = self.ended(*job, received, &answer)
                    && rest >= LONG
                {
                    let (region, why, rest) = (&id.region, answer.words(), rest.as_secs());
                    around.watch.notice(&format!(
                        "{operation} in {region}: {why}; asked again in {rest} s"
                    ));
                }
            }
        }
    }

    /// Gives how long it is waited before the call is made again, if it is.
    fn ended(&mut self, mut job: Job, received: Timestamp, answer: &Answer) -> Option<Duration> {
        let asked = Asked { region: job.region.clone(), ..self.place.asked.clone() };
        let number = self.collection.keep(&job.call, &asked, received, answer);
        let id = job.lane();
        self.stale = true;
        match answer.fault() {
            None => {
                self.let_in = true;
                if let Some(lane) = self.lanes.get_mut(&id) {
                    lane.answered();
                }
                self.collection.supersede(&job.failures);
                self.answered(job, answer);
                None
            }
            Some(fault) => {
                job.failures.extend(number);
                self.failed(job, &id, fault, answer)
            }
        }
    }

    /// Reads a page as far as that tells what to ask next.
    fn answered(&mut self, job: Job, answer: &Answer) {
        let json = answer.json().unwrap_or_default();
        let page = Page::read(&job.call, &json);
        let counted = self.counts.entry(source_of(&job.call)).or_default();
        counted.0 += 1;
        counted.1 += page.records;
        let history = || format!("the configuration history of {}", self.subject.name);
        match &job.call {
            Call::Recorders => {
                if let Some((reason, consequence)) = recorder::holes(&json, FUNCTION) {
                    self.collection.gap("config", history(), reason, consequence);
                }
            }
            Call::RecorderStatus => {
                if let Some(reason) = recorder::silence(&json) {
                    let consequence = "What changed while nothing was recorded is known from calls only, if at all.";
                    self.collection.gap("config", history(), reason, consequence);
                }
            }
            Call::Evidence { ask: Ask::Discovery(discovery), .. } => {
                self.discovered.entry(discovery.clone()).or_default().extend(page.ids);
            }
            _ => {}
        }
        match page.next {
            Some(token) => self.next_page(job, &token, page.oldest),
            None => self.done.extend(job.origin),
        }
    }

    fn next_page(&mut self, mut job: Job, next: &str, oldest: Option<Time>) {
        job.oldest = oldest.or(job.oldest);
        job.page += 1;
        let cut = if !job.tokens.insert(next.to_owned()) {
            Some("the service gave the same page token again".to_owned())
        } else if job.page >= job.pages {
            Some(format!("only the newest {} pages were looked at", job.pages))
        } else {
            None
        };
        if let Some(words) = cut {
            self.missed.add(&job.call, &job.region, &job.about, Reason::Cut(words));
            self.done.extend(job.origin);
            return;
        }
        if let Call::Evidence { token, .. } = &mut job.call {
            *token = Some(next.to_owned());
        }
        job.attempt = 0;
        job.failures.clear();
        self.following.push(job);
    }

    fn failed(
        &mut self,
        mut job: Job,
        id: &LaneId,
        fault: Fault,
        answer: &Answer,
    ) -> Option<Duration> {
        let lane = self.lanes.get_mut(id)?;
        if fault.passes()
            && let Some(rest) = lane.rest(fault, job.attempt)
        {
            job.attempt += 1;
            self.following.push(job);
            self.wait(rest, Happening::Rested(id.clone()));
            return Some(rest);
        }
        // The last attempt may hold a part of what was asked for; the others hold no more.
        let worthless = answer.body.as_deref().is_none_or(|body| body.trim_ascii().is_empty());
        let keep = usize::from(!worthless && fault == Fault::Lost);
        let given_up = job.failures.len().saturating_sub(keep);
        self.collection.supersede(job.failures.get(..given_up).unwrap_or_default());
        let operation = job.operation();
        match fault {
            Fault::Token if !job.restarted => {
                self.restart(job);
                return None;
            }
            Fault::Throttled | Fault::Server | Fault::Lost | Fault::Skewed => {
                lane.gave_up(operation);
            }
            Fault::Denied | Fault::NoRecorder => lane.close(operation),
            Fault::Credentials => self.locked_out = true,
            // What was good elsewhere is not known here: the Region is not enabled.
            Fault::Unrecognised if self.let_in => lane.close(operation),
            Fault::Unrecognised => self.locked_out = true,
            Fault::NotDiscovered => {
                self.undiscovered.extend(job.origin.as_ref().and_then(resource));
            }
            Fault::Token | Fault::Misshapen | Fault::Refused => {}
        }
        let reason =
            Reason::Failed { fault, words: answer.words(), remedy: remedy(fault, operation) };
        self.missed.add(&job.call, &job.region, &job.about, reason);
        self.done.extend(job.origin);
        None
    }

    /// Asks anew for what lies before the oldest record that has come, since the token of the next
    /// page is refused.
    fn restart(&mut self, mut job: Job) {
        job.restarted = true;
        job.attempt = 0;
        // The service may give the same token once more.
        job.tokens.clear();
        if let Call::Evidence { ask, token } = &mut job.call {
            *token = None;
            match (ask, job.oldest) {
                (Ask::Lookup(lookup), Some(oldest)) => lookup.span.to = oldest,
                (Ask::History(history), Some(oldest)) => history.span.to = oldest,
                _ => {}
            }
        }
        self.following.push(job);
    }

    fn beginning(&mut self) -> Beginning {
        self.read_on();
        let reading = self.reader.reading();
        let first = reading
            .items
            .iter()
            .find(|item| item.resource_type == FUNCTION && item.name() == self.subject.name);
        Beginning {
            call: reading.events.iter().any(|event| {
                event.did("lambda", "CreateFunction") && names_function(event, self.subject)
            }),
            items: first.is_some(),
            first_item: first.is_some_and(|item| item.status == ItemStatus::Discovered),
        }
    }

    /// Says what was not asked, and why.
    fn leave(&mut self, interrupted: bool) {
        let left: Vec<(Call, String, String)> = self
            .following
            .drain(..)
            .map(|job| (job.call, job.region, job.about))
            .chain(
                std::mem::take(&mut self.under_way)
                    .into_values()
                    .map(|call| (call.call, call.region, call.about)),
            )
            .chain(self.planned.drain(..).map(|planned| {
                let region = planned.ask.region().to_owned();
                (Call::Evidence { ask: planned.ask, token: None }, region, planned.about)
            }))
            .collect();
        for (call, region, about) in left {
            let bound = call.operation() == Operation::LookupEvents
                && self.lookups >= self.bounds.max_lookups;
            let id = LaneId { service: call.operation().service(), region: region.clone() };
            let closed = self.locked_out
                || self.lanes.get(&id).is_some_and(|lane| !lane.is_open(call.operation()));
            let reason = match (interrupted, closed) {
                (true, _) => Reason::Stopped,
                (false, false) if bound => Reason::Bound(self.bounds.max_lookups),
                _ => Reason::NotTried,
            };
            self.missed.add(&call, &region, &about, reason);
        }
        std::mem::take(&mut self.missed).say(&mut self.collection);
    }

    fn tell(&self, around: &mut Surroundings<'_>, finished: bool) {
        for (source, service) in [(Source::Config, "config"), (Source::CloudTrail, "cloudtrail")] {
            let mut left: BTreeMap<LaneId, u32> = BTreeMap::new();
            let following = self.following.iter().map(|job| (job.lane(), job.operation()));
            let planned = self.planned.iter().map(|planned| lane_of(&planned.ask));
            for (id, operation) in following.chain(planned) {
                if id.service == service && self.may_ask(&id, operation) {
                    *left.entry(id).or_default() += 1;
                }
            }
            let takes = left.iter().map(|(id, left)| Lane::time_of(id, *left)).max();
            let (answers, records) = self.counts.get(&source).copied().unwrap_or_default();
            around.watch.progress(&Progress {
                source,
                answers,
                records,
                left: left.values().map(|left| *left as usize).sum(),
                takes: takes.unwrap_or_default(),
                finished,
            });
        }
    }
}

/// A resource of AWS Config: its Region, type and id.
type Resource = (String, String, String);

fn resource(ask: &Ask) -> Option<Resource> {
    match ask {
        Ask::History(History { region, resource_type, resource_id, .. }) => {
            Some((region.clone(), resource_type.clone(), resource_id.clone()))
        }
        Ask::Lookup(_) | Ask::Discovery(_) => None,
    }
}

fn lane_of(ask: &Ask) -> (LaneId, Operation) {
    let operation = Call::Evidence { ask: ask.clone(), token: None }.operation();
    (LaneId { service: operation.service(), region: ask.region().to_owned() }, operation)
}

fn source_of(call: &Call) -> Source {
    match call.operation().service() {
        "cloudtrail" => Source::CloudTrail,
        "config" => Source::Config,
        _ => Source::GuardDuty,
    }
}
