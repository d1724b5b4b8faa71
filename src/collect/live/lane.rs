//! The pace at which one service of one Region is asked.

use std::{collections::BTreeSet, time::Duration};

use tokio::time::{Interval, MissedTickBehavior, interval};

use super::answer::Fault;
use crate::collect::Operation;

/// `CloudTrail` allows two look-ups a second in an account and Region, of all who ask there. A
/// little more than half a second between two keeps a third out of every second, although some
/// take longer on their way than others.
/// <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html>
const LOOKUPS: Duration = Duration::from_millis(535);

/// AWS Config states no limit; this is well within what its console does.
const OTHERS: Duration = Duration::from_millis(50);

/// How often a call is made again that was throttled, and that failed otherwise.
const THROTTLES: u32 = 6;
const FAILURES: u32 = 3;

/// A service of a Region.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LaneId {
    /// `cloudtrail`, `config`.
    pub service: &'static str,
    /// The Region.
    pub region: String,
}

/// The pace of one service of one Region: how soon the next call may be made, and whether any.
#[derive(Debug)]
pub struct Lane {
    /// Taken away while somebody waits for its tick.
    pacer: Option<Interval>,
    /// Calls under way.
    pub under_way: usize,
    /// Until a rest is over, nothing is asked.
    pub resting: bool,
    /// Rests in a row without an answer between.
    strain: u32,
    /// Calls in a row that were given up.
    given_up: u32,
    /// Operations that are not called any more, since they are refused whatever is asked.
    closed: BTreeSet<Operation>,
}

impl Lane {
    /// A lane in which nothing has been asked.
    pub fn new(id: &LaneId) -> Self {
        let mut pacer = interval(Self::pace(id));
        // After a while without questions they still do not come at once.
        pacer.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            pacer: Some(pacer),
            under_way: 0,
            resting: false,
            strain: 0,
            given_up: 0,
            closed: BTreeSet::new(),
        }
    }

    /// The time between two calls.
    pub fn pace(id: &LaneId) -> Duration {
        if id.service == "cloudtrail" { LOOKUPS } else { OTHERS }
    }

    /// Takes the pacer, in order to wait for its tick, when one more call may be made.
    pub fn take_pacer(&mut self) -> Option<Interval> {
        // An answer takes less than three seconds, or there is no use in asking more.
        if self.resting || self.under_way >= 6 { None } else { self.pacer.take() }
    }

    /// Gives the pacer back.
    pub fn give_pacer(&mut self, pacer: Interval) {
        self.pacer = Some(pacer);
    }

    /// Whether the operation may be called.
    pub fn is_open(&self, operation: Operation) -> bool {
        !self.closed.contains(&operation)
    }

    /// Calls the operation no more.
    pub fn close(&mut self, operation: Operation) {
        self.closed.insert(operation);
    }

    /// An answer has come.
    pub fn answered(&mut self) {
        (self.strain, self.given_up) = (0, 0);
    }

    /// What to do about a fault that may pass, met at the given attempt (the first is 0): rest for
    /// so long and try again; nothing when it has been tried often enough.
    pub fn rest(&mut self, fault: Fault, attempt: u32) -> Option<Duration> {
        if attempt >= if fault == Fault::Throttled { THROTTLES } else { FAILURES } {
            return None;
        }
        let first = if fault == Fault::Throttled { 500 } else { 200 };
        let rest = Duration::from_millis(first << self.strain.min(4));
        self.strain += 1;
        self.resting = true;
        Some(rest)
    }

    /// A call was given up. Whether the operation is worth no further call.
    pub fn gave_up(&mut self, operation: Operation) -> bool {
        self.given_up += 1;
        if self.given_up >= 2 {
            self.closed.insert(operation);
        }
        self.given_up >= 2
    }
}
