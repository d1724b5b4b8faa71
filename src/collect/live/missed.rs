//! What was asked in vain, or not at all, told so that a hundred things of one cause are one gap.

use std::collections::BTreeMap;

use super::{
    answer::{Fault, with_remedy},
    call::Call,
    collection::Collection,
};
use crate::collect::Operation;

/// Why something was not seen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// The call failed for good.
    Failed {
        /// Of what.
        fault: Fault,
        /// How, in words.
        words: String,
        /// What can be done.
        remedy: String,
    },
    /// There was more than was looked at.
    Cut(String),
    /// The bound of so many look-ups was reached.
    Bound(usize),
    /// It was not tried, since the same had failed for good before.
    NotTried,
    /// The user stopped it.
    Stopped,
}

/// What tells one gap from another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Cause {
    Failed(Fault),
    Cut(String),
    Bound,
    Stopped,
}

/// The gaps of a collection, by operation, Region and cause.
#[derive(Debug, Default)]
pub struct Missed {
    gaps: BTreeMap<(Operation, String, Cause), (Reason, Vec<String>)>,
    not_tried: BTreeMap<(Operation, String), Vec<String>>,
}

/// Of so many things of one cause each is named.
const NAMED: usize = 6;

impl Missed {
    /// Adds something that was not seen: `about` says what it would have told.
    pub fn add(&mut self, call: &Call, region: &str, about: &str, reason: Reason) {
        let (operation, region) = (call.operation(), region.to_owned());
        let cause = match &reason {
            Reason::Failed { fault, .. } => Cause::Failed(*fault),
            Reason::Cut(words) => Cause::Cut(words.clone()),
            Reason::Bound(_) => Cause::Bound,
            Reason::Stopped => Cause::Stopped,
            Reason::NotTried => {
                self.not_tried.entry((operation, region)).or_default().push(about.to_owned());
                return;
            }
        };
        let gap = self.gaps.entry((operation, region, cause));
        let (_, abouts) = gap.or_insert_with(|| (reason, Vec::new()));
        if !abouts.iter().any(|known| known == about) {
            abouts.push(about.to_owned());
        }
    }

    /// Says all of it.
    pub fn say(mut self, collection: &mut Collection) {
        // What was not tried is told with the failure for which it was not tried.
        for ((operation, region), abouts) in std::mem::take(&mut self.not_tried) {
            let own = self.gaps.keys().find(|(other, place, cause)| {
                matches!(cause, Cause::Failed(_)) && *other == operation && *place == region
            });
            // Credentials that have expired do so for every operation.
            let credentials = || {
                self.gaps.iter().find_map(|((.., cause), (reason, _))| match cause {
                    Cause::Failed(Fault::Credentials | Fault::Unrecognised) => Some(reason.clone()),
                    _ => None,
                })
            };
            let key = own.cloned();
            let key = key.unwrap_or((operation, region, Cause::Failed(Fault::Credentials)));
            let reason = credentials().unwrap_or(Reason::Stopped);
            let (_, known) = self.gaps.entry(key).or_insert_with(|| (reason, Vec::new()));
            for about in abouts {
                if !known.contains(&about) {
                    known.push(about);
                }
            }
        }
        for ((operation, region, _), (reason, abouts)) in self.gaps {
            let service = operation.service();
            let why = match reason {
                Reason::Failed { words, remedy, .. } => with_remedy(words, &remedy),
                Reason::Cut(words) => words,
                Reason::Bound(most) => format!(
                    "the bound of {most} look-ups was reached before these were answered in full; raise --max-lookups"
                ),
                Reason::Stopped | Reason::NotTried => {
                    "the collection was stopped before it was asked".to_owned()
                }
            };
            let reason = format!("{} in {region}: {why}", operation.name());
            let consequence = match service {
                "cloudtrail" => {
                    "Calls that this would have shown may have been made, and are not in this report."
                }
                _ => {
                    "States and changes that this would have shown may have been, and are not in this report."
                }
            };
            collection.gap(service, listed(&abouts), reason, consequence);
        }
    }
}

fn listed(abouts: &[String]) -> String {
    let more = abouts.len().saturating_sub(NAMED);
    let named: Vec<&str> = abouts.iter().take(NAMED).map(String::as_str).collect();
    match more {
        0 => named.join("; "),
        _ => format!("{}; and {more} more", named.join("; ")),
    }
}
