//! The pace at which one service of one Region is asked.

use std::{collections::BTreeSet, time::Duration};

use tokio::time::{Interval, MissedTickBehavior, interval};

use super::answer::Fault;
use crate::collect::Operation;

/// `CloudTrail` allows two look-ups a second in an account and Region, of all who ask there. A lane
/// has two pacers of a little more than a second each: so no second sees three, although some take
/// longer on their way than others.
/// <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html>
const LOOKUPS: (usize, Duration) = (2, Duration::from_millis(1_060));

/// AWS Config states no limit; this is well within what its console does.
const OTHERS: (usize, Duration) = (1, Duration::from_millis(50));

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
    /// Each is taken away while somebody waits for its tick.
    pacers: Vec<Interval>,
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
        let (several, period) = Self::allowed(id);
        let pacer = || {
            let mut pacer = interval(period);
            // After a while without questions they still do not come at once.
            pacer.set_missed_tick_behavior(MissedTickBehavior::Delay);
            pacer
        };
        Self {
            pacers: std::iter::repeat_with(pacer).take(several).collect(),
            under_way: 0,
            resting: false,
            strain: 0,
            given_up: 0,
            closed: BTreeSet::new(),
        }
    }

    /// How many calls may be made in what time.
    fn allowed(id: &LaneId) -> (usize, Duration) {
        if id.service == "cloudtrail" { LOOKUPS } else { OTHERS }
    }

    /// The time that so many calls take.
    pub fn time_of(id: &LaneId, calls: u32) -> Duration {
        let (several, period) = Self::allowed(id);
        period * calls / u32::try_from(several).unwrap_or(1)
    }

    /// Takes the pacer, in order to wait for its tick, when one more call may be made.
    pub fn take_pacer(&mut self) -> Option<Interval> {
        // An answer takes less than three seconds, or there is no use in asking more.
        if self.resting || self.under_way >= 6 { None } else { self.pacers.pop() }
    }

    /// Gives the pacer back.
    pub fn give_pacer(&mut self, pacer: Interval) {
        self.pacers.push(pacer);
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
