//! A call that is to be made, once or several times, and its pages.

use std::collections::BTreeSet;

use super::{call::Call, lane::LaneId};
use crate::{
    collect::Operation,
    model::Time,
    source::{Ask, Planned, Rank},
};

/// A call that is to be made, or under way.
#[derive(Clone, Debug)]
pub struct Job {
    /// How soon.
    pub rank: Rank,
    /// The call.
    pub call: Call,
    /// The Region.
    pub region: String,
    /// What it tells, in words.
    pub about: String,
    /// What was planned, when it is a page of that.
    pub origin: Option<Ask>,
    /// The page, from 0.
    pub page: usize,
    /// How many there may be.
    pub pages: usize,
    /// How often it has failed.
    pub attempt: u32,
    /// Whether it began anew after its page token was refused.
    pub restarted: bool,
    /// The tokens that were met.
    pub tokens: BTreeSet<String>,
    /// The time of the oldest record of its pages.
    pub oldest: Option<Time>,
    /// The documents of its failed attempts.
    pub failures: Vec<usize>,
}

impl Job {
    /// The first page of what is planned.
    pub fn of(planned: Planned) -> Self {
        Self {
            rank: planned.rank,
            pages: planned.pages,
            origin: Some(planned.ask.clone()),
            ..Self::once(
                planned.ask.region().to_owned(),
                Call::Evidence { ask: planned.ask, token: None },
                planned.about,
            )
        }
    }

    /// A call that has no pages, to be made before all others.
    pub fn once(region: String, call: Call, about: String) -> Self {
        Self {
            rank: Rank::FIRST,
            call,
            region,
            about,
            origin: None,
            page: 0,
            pages: 1,
            attempt: 0,
            restarted: false,
            tokens: BTreeSet::new(),
            oldest: None,
            failures: Vec::new(),
        }
    }

    /// The operation that is called.
    pub fn operation(&self) -> Operation {
        self.call.operation()
    }

    /// The lane in which it is made.
    pub fn lane(&self) -> LaneId {
        LaneId { service: self.operation().service(), region: self.region.clone() }
    }

    /// What comes first of several: what has failed, then what is most useful.
    pub fn order(&self) -> (bool, Rank) {
        (self.attempt == 0, self.rank.of_page(self.page))
    }
}
