//! Who put the function and its code there, and who took it away.

use super::{
    copies::Copies,
    link::{Confidence, Method},
    running::running,
    state::{deletes_function, subject_calls, subject_items},
};
use crate::{
    model::{Case, Event, Outcome, RecordId, Time},
    resource::FunctionState,
};

/// The calls behind the function, and what could not be told about them.
#[derive(Debug, Default)]
pub struct Provenance<'a> {
    /// The call that succeeded in creating the function that the finding is about.
    pub created: Option<Origin<'a>>,
    /// Attempts to create it that did not succeed, before it was created.
    pub attempts: Vec<&'a Event>,
    /// The call that put in place the code that ran when the finding was first seen.
    pub running: Option<Origin<'a>>,
    /// The hash of that code and the record that states it.
    pub code: Option<(String, &'a RecordId)>,
    /// The call that deleted the function.
    pub deleted: Option<Origin<'a>>,
    /// When an earlier function of the same name was deleted: calls up to then were about that
    /// one.
    pub earlier_until: Option<Time>,
    /// What could not be told, and why.
    pub doubts: Vec<Doubt<'a>>,
}

/// A call in the function's history and how it was matched.
#[derive(Clone, Debug)]
pub struct Origin<'a> {
    /// The call.
    pub event: &'a Event,
    /// What was compared; `None` when the record names the function and nothing had to be.
    pub method: Option<Method>,
    /// How sure the match is.
    pub confidence: Confidence,
    /// Records that the match rests on, beside the call's own.
    pub through: Vec<&'a RecordId>,
}

/// Why a part of the provenance is missing or less than sure.
#[derive(Clone, Debug)]
pub enum Doubt<'a> {
    /// The function was deleted after the last creation that was seen, and before the finding.
    CreatedAgainUnseen(&'a RecordId),
    /// The only creation that was seen came after the finding's first activity.
    CreatedLater(&'a Event),
    /// The code that ran is known by its hash, and no call in the evidence put it there.
    DeployedUnseen {
        /// The hash.
        code_sha256: String,
        /// The record that states it.
        stated: &'a RecordId,
    },
    /// A later call put other code in place before the first activity, though the finding names
    /// the earlier state: which of the two ran is not said.
    ReplacedBefore(&'a Event),
    /// The finding describes the function after the first activity, so it cannot tell what ran.
    DetailsAreLater,
    /// The finding names a published version or an alias, and what that held was not seen.
    VersionUnseen(&'a str),
    /// Another record has the same event id and tells the call differently.
    ToldTwice(&'a Event, &'a RecordId),
    /// The function was modified after the last deployment that was seen, by a call not seen.
    ModifiedUnseen(Time),
}

/// Works out the provenance of the case's function.
pub fn provenance<'a>(case: &'a Case, copies: &Copies<'a>) -> Provenance<'a> {
    let mut found = Provenance::default();
    let Some(subject) = &case.subject else { return found };
    let calls: Vec<&Event> = subject_calls(case).filter(|event| !copies.repeats(event)).collect();
    let signal = case.finding.signal();
    let before_signal = |time: Time| signal.is_none_or(|signal| time <= signal);
    let did = |action: &str| {
        let action = action.to_owned();
        calls.iter().copied().filter(move |event| event.did("lambda", &action))
    };
    let deletions = || did("DeleteFunction").filter(|event| deletes_function(event));

    let creation = did("CreateFunction").rfind(|event| before_signal(event.time));
    // The time at which GuardDuty made the finding is no time of activity: what was deleted before
    // it may have been active until then.
    let first_seen = case.finding.first_seen;
    let ended = deletions().find(|event| {
        first_seen.is_some_and(|seen| event.time <= seen)
            && creation.is_some_and(|creation| event.time > creation.time)
    });
    let last_end = deletions().rfind(|event| match first_seen {
        Some(seen) => event.time <= seen,
        None => creation.is_some_and(|creation| event.time <= creation.time),
    });
    match (creation, ended) {
        (Some(_), Some(end)) => found.doubts.push(Doubt::CreatedAgainUnseen(&end.record)),
        (Some(event), None) => found.created = Some(Origin::plain(event)),
        (None, _) => {
            found.doubts.extend(did("CreateFunction").next().map(Doubt::CreatedLater));
        }
    }
    // The function that the finding is about has lived since its creation or, where that was not
    // seen, since some time after the last deletion.
    let created = found.created.as_ref().map(|created| created.event.time);
    let since = created.or(last_end.map(|event| event.time));
    found.earlier_until = last_end.map(|event| event.time);
    found.attempts = calls
        .iter()
        .copied()
        .filter(|event| event.action == "CreateFunction" && event.outcome() != Outcome::Ok)
        .filter(|event| created.is_none_or(|time| event.time <= time) && before_signal(event.time))
        .filter(|event| last_end.is_none_or(|end| event.time >= end.time))
        .collect();
    found.deleted = deletions()
        .find(|event| {
            since.is_none_or(|since| event.time > since)
                && first_seen.is_none_or(|seen| event.time > seen)
        })
        .map(Origin::plain);
    running(case, subject, copies, since, &mut found);
    found.contradict(case);
    found
}

impl<'a> Provenance<'a> {
    /// Doubts what another record of the same event tells differently: one of the two is not as
    /// `CloudTrail` wrote it, and nothing says which.
    fn contradict(&mut self, case: &'a Case) {
        let origins = [&mut self.created, &mut self.running, &mut self.deleted];
        for origin in origins.into_iter().flatten() {
            let event = origin.event;
            let other = case.events.iter().map(|kept| &kept.fact).find(|other| {
                event.id.is_some() && other.id == event.id && other.record != event.record
            });
            let Some(other) = other else { continue };
            origin.confidence = Confidence::Candidate;
            let known = |doubt: &Doubt<'_>| matches!(doubt, Doubt::ToldTwice(one, _) if one.record == event.record);
            if !self.doubts.iter().any(known) {
                self.doubts.push(Doubt::ToldTwice(event, &other.record));
            }
        }
    }

    /// The calls that created the function, put the code there that ran, and deleted it, as far as
    /// they were found.
    pub fn calls(&self) -> impl Iterator<Item = &'a Event> {
        let origins = [&self.created, &self.running, &self.deleted];
        origins.into_iter().flatten().map(|origin| origin.event)
    }

    /// Whether what happened then happened to an earlier function of the same name.
    pub fn was_earlier_function(&self, time: Time) -> bool {
        self.earlier_until.is_some_and(|until| time <= until)
    }
}

impl<'a> Origin<'a> {
    /// A call whose record names the function, so that nothing had to be matched.
    fn plain(event: &'a Event) -> Self {
        Self { event, method: None, confidence: Confidence::Exact, through: Vec::new() }
    }
}

/// The state of the function when the finding was first seen, as far as items tell: the last that
/// began before it, else the first that is known.
pub fn recorded_state(case: &Case) -> Option<(FunctionState, &RecordId)> {
    let signal = case.finding.signal();
    let states: Vec<_> = subject_items(case)
        .filter_map(|item| {
            let state = FunctionState::read(&item.configuration)?;
            let at = state.last_modified.unwrap_or(item.captured);
            Some((at, state, &item.record))
        })
        .collect();
    let (_, state, record) = states
        .iter()
        .rfind(|(at, ..)| signal.is_none_or(|signal| *at <= signal))
        .or_else(|| states.first())?;
    Some((state.clone(), *record))
}
