//! Everything that the kept evidence states about one finding.

use std::collections::BTreeMap;

use super::{Archive, Event, Finding, Gap, Item, Record, RecordId, Source, Subject, Time};

/// The facts of one case: the finding, what belongs to it, and what was not seen.
///
/// Items and events are in the order of their time; equal times are ordered by record id, so that
/// the order of files never shows.
#[derive(Clone, Debug)]
pub struct Case {
    /// The finding.
    pub finding: Finding,
    /// The function that it is about; `None` for a finding of another resource type.
    pub subject: Option<Subject>,
    /// Configuration items that belong to the case.
    pub items: Vec<Kept<Item>>,
    /// Events that belong to the case.
    pub events: Vec<Kept<Event>>,
    /// The records behind all of these, by id.
    pub records: BTreeMap<RecordId, Record>,
    /// What was read and left out because nothing ties it to the finding.
    pub left: Left,
    /// What was not seen.
    pub gaps: Vec<Gap>,
    /// What was looked at, source by source.
    pub coverage: Vec<Coverage>,
    /// The log archives that were searched.
    pub archives: Vec<Archive>,
}

/// A fact and the reason why it is in the case.
#[derive(Clone, Debug)]
pub struct Kept<T> {
    /// The fact.
    pub fact: T,
    /// Why it is here.
    pub relation: Relation,
}

/// Why a record belongs to the case.
///
/// The order is that of strength: a record that belongs for two reasons is kept for the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Relation {
    /// It is the finding.
    Finding,
    /// It is about the function.
    Subject,
    /// The function itself made the call.
    ByFunction,
    /// It is about the function's role.
    Role,
    /// It is about the code object or a layer.
    Code,
    /// It is about the function's subnets, security groups or VPC.
    Network,
    /// It is about the `CloudFormation` stack that manages the function.
    Stack,
    /// It is about what invokes the function.
    Trigger,
    /// It started a session, or made a key, that an actor of the case used.
    Session,
    /// An actor of the case made the call around its changes.
    Actor,
}

impl Relation {
    /// The word that data outputs use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Finding => "finding",
            Self::Subject => "subject",
            Self::ByFunction => "by_function",
            Self::Role => "role",
            Self::Code => "code",
            Self::Network => "network",
            Self::Stack => "stack",
            Self::Trigger => "trigger",
            Self::Session => "session",
            Self::Actor => "actor",
        }
    }
}

/// How many records were read and not kept, by source.
#[derive(Clone, Copy, Debug, Default)]
pub struct Left {
    /// Other findings.
    pub findings: usize,
    /// Configuration items of other resources.
    pub items: usize,
    /// Events of other resources and actors.
    pub events: usize,
}

/// What was looked at in one source.
#[derive(Clone, Debug)]
pub struct Coverage {
    /// The source.
    pub source: Source,
    /// Time of the earliest record read.
    pub from: Option<Time>,
    /// Time of the latest record read.
    pub to: Option<Time>,
    /// API answers read, when the evidence is a bundle that says so.
    pub requests: Option<usize>,
    /// Records read, before any was left out.
    pub records: usize,
    /// Whether everything that was asked of this source came; `None` when nothing says what was
    /// asked.
    pub complete: Option<bool>,
}
