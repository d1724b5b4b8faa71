//! The pace at which one service of one Region is asked.

use std::{collections::BTreeSet, time::Duration};

use super::answer::Fault;
use crate::collect::Operation;

/// `CloudTrail` allows so many look-ups a second in an account and Region, of all who ask there.
/// <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html>
const LOOKUPS: usize = 2;

/// AWS Config states no limit; so many calls a second are within what its console does.
const OTHERS: usize = 20;

/// The time in which so many calls may be made: a second, and a little for unevenness.
const PERIOD: Duration = Duration::from_millis(1_030);

/// How long after a call another is made in its place, although no answer has come.
pub const LATE: Duration = Duration::from_millis(1_120);

/// At most so many calls of a lane wait for their answers.
const UNDER_WAY: usize = 12;

/// After so many answers a lane that was throttled asks more again.
const CALM: usize = 8;

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
    /// How many calls may be made in [`PERIOD`] by what the service states.
    most: usize,
    /// How many calls may be made in [`PERIOD`], by what the service bore so far, and how many of
    /// them now.
    width: usize,
    slots: usize,
    /// Answers since the width was changed.
    calm: usize,
    /// Calls under way.
    under_way: usize,
    /// The shortest time that an answer took, here and, before any came here, elsewhere.
    quickest: Option<Duration>,
    elsewhere: Option<Duration>,
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
    /// A lane in which nothing has been asked. `elsewhere` is how long the quickest answer took that
    /// came from elsewhere.
    pub fn new(id: &LaneId, elsewhere: Option<Duration>) -> Self {
        Self {
            most: Self::at_once(id),
            width: Self::at_once(id),
            slots: Self::at_once(id),
            calm: 0,
            under_way: 0,
            quickest: None,
            elsewhere,
            resting: false,
            strain: 0,
            given_up: 0,
            closed: BTreeSet::new(),
        }
    }

    fn at_once(id: &LaneId) -> usize {
        if id.service == "cloudtrail" { LOOKUPS } else { OTHERS }
    }

    /// The time that so many calls take.
    pub fn time_of(id: &LaneId, calls: u32) -> Duration {
        PERIOD * calls / u32::try_from(Self::at_once(id)).unwrap_or(1)
    }

    /// Whether a call may be made now.
    pub fn is_free(&self) -> bool {
        !self.resting && self.slots > 0 && self.under_way < UNDER_WAY
    }

    /// A call is made.
    pub fn begin(&mut self) {
        self.slots = self.slots.saturating_sub(1);
        self.under_way += 1;
    }

    /// The answer to a call has come, after so long. Gives how long to wait before another is made
    /// in its place.
    ///
    /// What counts is when the call arrived, which nobody here knows: at the latest as long before
    /// its answer came as the quickest of all answers took. Where all take alike, that is when it
    /// was sent, and no time is lost.
    pub fn end(&mut self, took: Duration) -> Duration {
        self.under_way = self.under_way.saturating_sub(1);
        let quickest = self.quickest.or(self.elsewhere).map_or(took, |quickest| quickest.min(took));
        self.quickest = Some(self.quickest.map_or(took, |quickest| quickest.min(took)));
        PERIOD.saturating_sub(quickest)
    }

    /// Another call may be made in the place of one that was.
    pub fn free(&mut self) {
        if self.slots < self.width {
            self.slots += 1;
        }
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
        self.calm += 1;
        if self.calm >= CALM && self.width < self.most {
            (self.calm, self.width) = (0, self.width + 1);
            self.free();
        }
    }

    /// What to do about a fault that may pass, met at the given attempt (the first is 0): rest for
    /// so long and try again; nothing when it has been tried often enough.
    pub fn rest(&mut self, fault: Fault, attempt: u32) -> Option<Duration> {
        let throttled = fault == Fault::Throttled;
        if attempt >= if throttled { THROTTLES } else { FAILURES } {
            return None;
        }
        // Others ask there too, or nobody answers.
        (self.calm, self.width) = (0, (self.width / 2).max(1));
        self.slots = self.slots.min(self.width);
        let first = if throttled { 500 } else { 200 };
        let rest = Duration::from_millis(first << self.strain.min(4));
        self.strain += 1;
        self.resting = true;
        Some(rest)
    }

    /// A call was given up; after the second in a row the operation is worth no further call.
    pub fn gave_up(&mut self, operation: Operation) {
        self.given_up += 1;
        if self.given_up >= 2 {
            self.close(operation);
        }
    }
}
