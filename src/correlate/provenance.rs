//! Who put the function and its code there, and who took it away.

use super::{
    link::{Confidence, Method},
    state::{Observed, deletes_function, observed, places_code, subject_calls, subject_items},
};
use crate::{
    model::{Case, Event, Outcome, RecordId, Time},
    resource::FunctionState,
};

/// Lambda's last-modified time and `CloudTrail`'s event time of one call differ by up to a few
/// seconds in real records.
const CLOCKS_APART: i64 = 15;

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
    /// the earlier state.
    ReplacedBefore(&'a Event),
    /// The finding describes the function after the first activity, so it cannot tell what ran.
    DetailsAreLater,
    /// The finding names a published version whose publication was not seen.
    VersionUnseen(&'a str),
    /// The function was modified after the last deployment that was seen, by a call not seen.
    ModifiedUnseen(Time),
}

/// Works out the provenance of the case's function.
pub fn provenance(case: &Case) -> Provenance<'_> {
    let mut found = Provenance::default();
    let Some(subject) = &case.subject else { return found };
    let signal = case.finding.signal();
    let before_signal = |time: Time| signal.is_none_or(|signal| time <= signal);
    let calls: Vec<&Event> = subject_calls(case).collect();
    let succeeded = |action: &str| {
        let action = action.to_owned();
        calls.iter().copied().filter(move |event| event.did("lambda", &action))
    };

    let creation = succeeded("CreateFunction").rfind(|event| before_signal(event.time));
    let deletion_between = succeeded("DeleteFunction").find(|event| {
        deletes_function(event)
            && before_signal(event.time)
            && creation.is_some_and(|creation| event.time > creation.time)
    });
    let last_deletion = succeeded("DeleteFunction")
        .rfind(|event| deletes_function(event) && before_signal(event.time));
    match (creation, deletion_between) {
        (Some(_), Some(deletion)) => found.doubts.push(Doubt::CreatedAgainUnseen(&deletion.record)),
        (Some(event), None) => {
            found.created = Some(Origin {
                event,
                method: None,
                confidence: Confidence::Exact,
                through: Vec::new(),
            });
        }
        (None, _) => {
            found.doubts.extend(succeeded("CreateFunction").next().map(Doubt::CreatedLater));
        }
    }
    // The function that the finding is about has lived since its creation or, where that was not
    // seen, since some time after the last deletion.
    let born = found.created.as_ref().map(|created| created.event.time);
    let since = born.or(last_deletion.map(|event| event.time));

    let created = found.created.as_ref().map(|origin| origin.event.time);
    let earlier_end = succeeded("DeleteFunction")
        .rfind(|event| deletes_function(event) && created.is_some_and(|time| event.time < time))
        .map(|event| event.time);
    found.attempts = calls
        .iter()
        .copied()
        .filter(|event| {
            event.action == "CreateFunction"
                && event.outcome() != Outcome::Ok
                && created.is_none_or(|time| event.time <= time)
                && earlier_end.is_none_or(|end| event.time > end)
                && before_signal(event.time)
        })
        .collect();
    found.deleted = succeeded("DeleteFunction")
        .find(|event| {
            deletes_function(event)
                && since.is_none_or(|since| event.time >= since)
                && signal.is_none_or(|signal| event.time > signal)
        })
        .map(|event| Origin {
            event,
            method: None,
            confidence: Confidence::Exact,
            through: Vec::new(),
        });

    let deployments: Vec<&Event> = calls
        .iter()
        .copied()
        .filter(|event| event.error.is_none() && places_code(event))
        .filter(|event| before_signal(event.time) && since.is_none_or(|since| event.time >= since))
        .collect();
    let mut states = observed(case);
    states.retain(|state| before_signal(state.at) && since.is_none_or(|since| state.at.plus_seconds(CLOCKS_APART) >= since));
    let search = Search { case, signal, deployments, states };
    match subject.published_version() {
        Some(version) => search.published(version, &mut found),
        None => search.latest(&mut found),
    }
    found
}

/// Looking for the call behind the code that ran.
struct Search<'a> {
    case: &'a Case,
    signal: Option<Time>,
    /// Successful calls that put code in place, before the first activity, in the order of time.
    deployments: Vec<&'a Event>,
    /// States of the function that began before the first activity, in the order of time.
    states: Vec<Observed<'a>>,
}

impl<'a> Search<'a> {
    /// The finding names a published version: its code is what was current when it was published.
    fn published(&self, version: &'a str, found: &mut Provenance<'a>) {
        let publication =
            self.states.iter().find(|state| state.state.version.as_deref() == Some(version));
        let Some(publication) = publication else {
            found.doubts.push(Doubt::VersionUnseen(version));
            return;
        };
        self.by_state(publication, self.finding_method(&publication.state), found);
    }

    /// The finding names `$LATEST`, or no version: its own revision and last-modified time lead to
    /// the state, and failing these the last state before the first activity does.
    fn latest(&self, found: &mut Provenance<'a>) {
        let details = self.case.finding.function.as_ref();
        let modified = details.and_then(|details| details.last_modified);
        let later = modified.zip(self.signal).is_some_and(|(modified, signal)| modified > signal);
        if later {
            found.doubts.push(Doubt::DetailsAreLater);
        } else {
            let candidates = || self.states.iter().rev().filter(|state| state.state.is_latest() || state.event.is_some());
            let by = |wanted: Method| {
                // A call that put code there says more than an item or a later call of the state.
                candidates()
                    .filter(|state| self.finding_method(&state.state) == Some(wanted))
                    .max_by_key(|state| state.event.is_some_and(places_code))
            };
            for method in [Method::RevisionId, Method::LastModified] {
                if let Some(state) = by(method) {
                    return self.by_state(state, Some(method), found);
                }
            }
        }
        self.by_time(modified.filter(|_| !later), found);
    }

    /// How the finding's own details tie it to a state.
    fn finding_method(&self, state: &FunctionState) -> Option<Method> {
        let details = self.case.finding.function.as_ref()?;
        if details.revision_id.is_some() && details.revision_id == state.revision_id {
            return Some(Method::RevisionId);
        }
        let (named, own) = (details.last_modified?, state.last_modified?);
        named.same_second(own).then_some(Method::LastModified)
    }

    /// From a state of the function that the finding is tied to back to the call that put its
    /// code there.
    fn by_state(&self, state: &Observed<'a>, tie: Option<Method>, found: &mut Provenance<'a>) {
        let hash = state.state.code_sha256.as_deref();
        if let Some(hash) = hash {
            found.code = Some((hash.to_owned(), state.record));
        }
        let reach = state.event.map_or(state.at, |event| event.time).plus_seconds(CLOCKS_APART);
        let mut confidence = match tie {
            Some(Method::RevisionId) => Confidence::Exact,
            Some(_) => Confidence::Probable,
            None => Confidence::Strong,
        };
        // What was put in place after that state and before the first activity contradicts it.
        let own = state.event.map(|event| &event.record);
        let is_after = |event: &&&Event| event.time > reach && Some(&event.record) != own;
        if let Some(after) = self.deployments.iter().find(is_after)
            && self.case.subject.as_ref().is_some_and(|s| s.published_version().is_none())
        {
            found.doubts.push(Doubt::ReplacedBefore(after));
            confidence = Confidence::Probable;
        }
        if let Some(event) = state.event.filter(|event| places_code(event)) {
            let method = tie.unwrap_or(Method::CodeSha256);
            found.running =
                Some(Origin { event, method: Some(method), confidence, through: Vec::new() });
            return;
        }
        let before: Vec<&Event> =
            self.deployments.iter().copied().filter(|event| event.time <= reach).collect();
        let placed = before.last().copied();
        let answer = placed.and_then(|event| event.answered("/codeSha256"));
        match (placed, hash, answer) {
            (Some(event), Some(hash), Some(answer)) if hash == answer => {
                let (method, worth) = match tie {
                    Some(Method::LastModified) => (Method::LastModified, Confidence::Probable),
                    _ => (Method::CodeSha256, Confidence::Strong),
                };
                let confidence = confidence.max(worth);
                let through = vec![state.record];
                found.running = Some(Origin { event, method: Some(method), confidence, through });
            }
            (Some(event), _, None) | (Some(event), None, _) => {
                let near = state.at.seconds_since(event.time).abs() <= CLOCKS_APART;
                let (method, worth) = if near {
                    (Method::LastModified, Confidence::Probable)
                } else {
                    (Method::Time, Confidence::Candidate)
                };
                let through = vec![state.record];
                found.running = Some(Origin { event, method: Some(method), confidence: worth, through });
            }
            (_, Some(hash), _) => found.doubts.push(Doubt::DeployedUnseen {
                code_sha256: hash.to_owned(),
                stated: state.record,
            }),
            (None, None, _) => {}
        }
    }

    /// Only time speaks: the last call that put code in place before the first activity, unless
    /// a state observed after it shows other code.
    fn by_time(&self, modified: Option<Time>, found: &mut Provenance<'a>) {
        let last_state = self
            .states
            .iter()
            .rfind(|state| state.state.is_latest() && state.state.code_sha256.is_some());
        // The finding's own last-modified time bounds what its function can have been.
        let placed = self.deployments.iter().copied().rfind(|event| {
            modified.is_none_or(|modified| event.time <= modified.plus_seconds(CLOCKS_APART))
        });
        let Some(event) = placed else {
            if let Some((state, hash)) = last_state
                .and_then(|state| Some((state, state.state.code_sha256.clone()?)))
            {
                found.doubts.push(Doubt::DeployedUnseen { code_sha256: hash, stated: state.record });
            }
            return;
        };
        let own = event.answered("/codeSha256");
        if let Some(state) = last_state
            && state.at > event.time.plus_seconds(CLOCKS_APART)
            && let (Some(seen), Some(own)) = (state.state.code_sha256.as_deref(), own)
            && seen != own
        {
            found.doubts.push(Doubt::DeployedUnseen {
                code_sha256: seen.to_owned(),
                stated: state.record,
            });
            return;
        }
        let near = modified
            .is_some_and(|modified| modified.seconds_since(event.time).abs() <= CLOCKS_APART);
        if let Some(modified) = modified
            && !near
            && !self.explains(modified)
        {
            found.doubts.push(Doubt::ModifiedUnseen(modified));
        }
        let (method, confidence) = if near {
            (Method::LastModified, Confidence::Probable)
        } else {
            (Method::Time, Confidence::Candidate)
        };
        if let Some(hash) = own
            && near
        {
            found.code = Some((hash.to_owned(), &event.record));
        }
        found.running =
            Some(Origin { event, method: Some(method), confidence, through: Vec::new() });
    }

    /// Whether some successful call about the function was made at that moment.
    fn explains(&self, modified: Time) -> bool {
        subject_calls(self.case).any(|event| {
            event.error.is_none()
                && event.writes()
                && modified.seconds_since(event.time).abs() <= CLOCKS_APART
        })
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
