//! What to ask of AWS so that the questions of a case are answered, most useful first.
//!
//! Saved evidence is held against a [`Question`] as it is; AWS answers narrower things: events by
//! one attribute in one Region, the history of one resource under its id. [`asks`] says which of
//! these are left to ask, given all that is known by now. It is called again after every answer,
//! so that an answer may make another question unnecessary.

mod wanted;

use std::collections::{BTreeMap, BTreeSet};

use super::span::{Span, joined};
use super::{Question, Reading, names_function};
use crate::model::{Event, Finding, Subject, Time};
use wanted::Wanted;

/// One thing to ask of AWS. Answers may come in pages.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ask {
    /// Events of `CloudTrail`'s event history.
    Lookup(Lookup),
    /// Configuration items of a resource.
    History(History),
    /// The ids under which AWS Config knows a name.
    Discovery(Discovery),
}

impl Ask {
    /// The Region that is asked.
    pub fn region(&self) -> &str {
        match self {
            Self::Lookup(lookup) => &lookup.region,
            Self::History(history) => &history.region,
            Self::Discovery(discovery) => &discovery.region,
        }
    }
}

/// Events with one attribute, in one Region.
///
/// <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html>
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lookup {
    /// The Region.
    pub region: String,
    /// The attribute.
    pub attribute: Attribute,
    /// Its value.
    pub value: String,
    /// When the events took place.
    pub span: Span,
}

/// `LookupAttribute.AttributeKey`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Attribute {
    /// `ResourceName`.
    ResourceName,
    /// `Username`; of a role's session, the session's name.
    Username,
    /// `AccessKeyId`: the key that signed the call.
    AccessKeyId,
    /// `EventName`, with its version.
    EventName,
    /// `EventSource`, such as `sts.amazonaws.com`.
    EventSource,
}

impl Attribute {
    /// As the API spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::ResourceName => "ResourceName",
            Self::Username => "Username",
            Self::AccessKeyId => "AccessKeyId",
            Self::EventName => "EventName",
            Self::EventSource => "EventSource",
        }
    }
}

/// Configuration items of a resource, newest first.
///
/// <https://docs.aws.amazon.com/config/latest/APIReference/API_GetResourceConfigHistory.html>
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct History {
    /// The Region.
    pub region: String,
    /// The resource's type, such as `AWS::Lambda::Function`.
    pub resource_type: String,
    /// The resource's id, which for a function is its name.
    pub resource_id: String,
    /// When the items were captured: a week at most, which is as much as one call spans.
    pub span: Span,
}

/// The ids of the resources of a type that have, or had, a name.
///
/// <https://docs.aws.amazon.com/config/latest/APIReference/API_ListDiscoveredResources.html>
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Discovery {
    /// The Region.
    pub region: String,
    /// The resources' type.
    pub resource_type: String,
    /// Their name.
    pub name: String,
}

/// How soon to ask: what is smaller comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank {
    /// What it is about: the function, then those who changed it, then what surrounds it.
    tier: u8,
    /// Seconds between what it is about and the finding's activity.
    distance: i64,
    /// The order within these.
    step: u8,
}

impl Rank {
    /// Before everything else.
    pub const FIRST: Self = Self { tier: 0, distance: 0, step: 0 };

    /// The rank of a later page: what fills many pages must wait for what is asked for the first
    /// time.
    pub fn of_page(self, page: usize) -> Self {
        let later = u8::try_from(page.saturating_mul(4)).unwrap_or(u8::MAX);
        Self { tier: self.tier.saturating_add(later), ..self }
    }
}

/// Something to ask, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// How soon.
    pub rank: Rank,
    /// What.
    pub ask: Ask,
    /// At most so many pages.
    pub pages: usize,
    /// What the answer tells, in words: `the calls that name order-export`.
    pub about: String,
}

/// What is known when it is decided what to ask next.
#[derive(Debug)]
pub struct Known<'a> {
    /// The finding.
    pub finding: &'a Finding,
    /// Its function.
    pub subject: &'a Subject,
    /// The partition of the account, such as `aws`.
    pub partition: &'a str,
    /// The account in which the function lives.
    pub account: &'a str,
    /// The function's Region.
    pub home: &'a str,
    /// The Region in which IAM and the global STS endpoint are recorded.
    pub global: &'a str,
    /// How far to look back, and until when.
    pub whole: Span,
    /// The part of it that `CloudTrail`'s event history can hold.
    pub trail: Span,
    /// Everything that was read.
    pub reading: &'a Reading,
    /// The events that belong to the case.
    pub events: Vec<&'a Event>,
    /// What has been asked, whatever became of it.
    pub asked: &'a BTreeSet<Ask>,
    /// What has been answered, or given up.
    pub done: &'a BTreeSet<Ask>,
    /// The ids that discoveries have found.
    pub discovered: &'a BTreeMap<Discovery, Vec<String>>,
    /// Seconds between the activity and the change of the function that lies nearest to it.
    pub nearest: Option<i64>,
}

impl Known<'_> {
    /// Finds the change of the function that lies nearest to the activity.
    pub fn find_nearest(&mut self) {
        let changes = self.events.iter().filter(|event| {
            event.error.is_none()
                && event.service() == "lambda"
                && event.writes()
                && names_function(event, self.subject)
        });
        self.nearest = changes.map(|event| self.distance(event.time)).min();
    }

    /// When the activity was that the finding is about.
    fn activity(&self) -> Time {
        self.finding.signal().unwrap_or(self.whole.to)
    }

    /// Seconds from the activity; what came after it counts as twice as far.
    fn distance(&self, time: Time) -> i64 {
        let before = self.activity().seconds_since(time);
        if before >= 0 { before } else { before.saturating_mul(-2) }
    }

    /// Whether that look-up is done, in one or several parts.
    fn has_looked(&self, region: &str, attribute: Attribute, value: &str, span: Span) -> bool {
        let done = looked_at(self.done, region, attribute, value);
        span.within(self.trail).is_none_or(|span| span.is_in(&done))
    }

    /// The Regions in which calls may be recorded: the function's, and the global one.
    fn regions(&self) -> Vec<&str> {
        if self.home == self.global { vec![self.home] } else { vec![self.home, self.global] }
    }
}

/// The time that look-ups of one attribute span, in as few stretches as possible.
fn looked_at(asks: &BTreeSet<Ask>, region: &str, attribute: Attribute, value: &str) -> Vec<Span> {
    joined(asks.iter().filter_map(|ask| match ask {
        Ask::Lookup(lookup)
            if lookup.region == region
                && lookup.attribute == attribute
                && lookup.value == value =>
        {
            Some(lookup.span)
        }
        _ => None,
    }))
}

/// What is left to ask for those questions, best first. Nothing of it has been asked before: of a
/// look-up whose time was looked at in part, only the rest is there.
pub fn asks<'a>(
    questions: impl IntoIterator<Item = &'a Question>,
    known: &Known<'_>,
) -> Vec<Planned> {
    let mut wanted = Wanted::default();
    for question in questions {
        wanted.question(question, known);
    }
    wanted.finish(known);
    let mut planned = wanted.others;
    planned.retain(|planned| !known.asked.contains(&planned.ask));
    for ((region, attribute, value), wishes) in wanted.lookups {
        let asked = looked_at(known.asked, &region, attribute, &value);
        let whole = wishes.iter().filter_map(|wish| wish.span.within(known.trail));
        for span in joined(whole) {
            let mut behind =
                wishes.iter().filter(|wish| wish.span.within(span).is_some()).collect::<Vec<_>>();
            behind.sort_by_key(|wish| wish.rank);
            let Some(first) = behind.first() else { continue };
            let pages = behind.iter().map(|wish| wish.pages).max().unwrap_or(first.pages);
            for span in span.without(&asked) {
                planned.push(Planned {
                    rank: first.rank,
                    ask: Ask::Lookup(Lookup {
                        region: region.clone(),
                        attribute,
                        value: value.clone(),
                        span,
                    }),
                    pages,
                    about: first.about.clone(),
                });
            }
        }
    }
    planned.sort_by(|one, other| (one.rank, &one.ask).cmp(&(other.rank, &other.ask)));
    planned.dedup_by(|one, other| one.ask == other.ask);
    planned
}
