//! Two look-ups a second, for each account and Region.

use std::{
    collections::{BTreeMap, VecDeque},
    time::{Duration, Instant},
};

use super::world::Place;

/// How many are let through in a second.
const ALLOWED: usize = 2;

/// When the last ones were let through.
#[derive(Debug, Default)]
pub struct Rate {
    /// By how much a second may be shorter.
    pub tolerance: Duration,
    /// How many were refused.
    pub exceeded: usize,
    admitted: BTreeMap<Place, VecDeque<Instant>>,
}

impl Rate {
    /// Whether one more is let through. One that is refused does not count against the next.
    pub fn admits(&mut self, place: Place, at: Instant) -> bool {
        let second = Duration::from_secs(1).saturating_sub(self.tolerance);
        let admitted = self.admitted.entry(place).or_default();
        while admitted.front().is_some_and(|first| at.saturating_duration_since(*first) >= second) {
            admitted.pop_front();
        }
        let admits = admitted.len() < ALLOWED;
        if admits {
            admitted.push_back(at);
        } else {
            self.exceeded += 1;
        }
        admits
    }
}
