//! Which call put in place the code that ran when the finding was first seen.

use super::{
    copies::Copies,
    link::{Confidence, Method},
    provenance::{Doubt, Origin, Provenance},
    state::{Observed, changes_function, observed, places_code, subject_calls},
};
use crate::{
    model::{Case, Event, FunctionDetails, Subject, Time},
    resource::FunctionState,
};

/// Two services' times of one call, such as Lambda's last-modified and `CloudTrail`'s event time,
/// differ by up to a few seconds in real records.
pub const CLOCKS_APART: i64 = 15;

/// Looks for the call among those of the function that has lived since `since`.
pub fn running<'a>(
    case: &'a Case,
    subject: &'a Subject,
    copies: &Copies<'a>,
    since: Option<Time>,
    found: &mut Provenance<'a>,
) {
    let signal = case.finding.signal();
    let in_life = |time: Time| since.is_none_or(|since| time.plus_seconds(CLOCKS_APART) >= since);
    let before_signal = |time: Time| signal.is_none_or(|signal| time <= signal);
    let deployments = subject_calls(case)
        .filter(|event| event.error.is_none() && places_code(event) && !copies.repeats(event))
        .filter(|event| before_signal(event.time) && since.is_none_or(|since| event.time >= since))
        .collect();
    let (states, later) = observed(case, copies)
        .into_iter()
        .filter(|state| in_life(state.at))
        .partition(|state| before_signal(state.at));
    let details = case.finding.function.as_ref();
    let search = Search { case, details, deployments, states, later };
    match subject.version.as_deref() {
        None | Some("" | "$LATEST") => search.latest(found),
        Some(number) if subject.published_version().is_some() => search.published(number, found),
        Some(alias) => search.aliased(alias, found),
    }
}

struct Search<'a> {
    case: &'a Case,
    /// What the finding says of the function.
    details: Option<&'a FunctionDetails>,
    /// Successful calls that put code in place, before the first activity, in the order of time.
    deployments: Vec<&'a Event>,
    /// States of the function that began before the first activity, in the order of time.
    states: Vec<Observed<'a>>,
    /// States that began after it.
    later: Vec<Observed<'a>>,
}

impl<'a> Search<'a> {
    /// The finding names a published version: its code is what was current when it was published.
    fn published(&self, version: &'a str, found: &mut Provenance<'a>) {
        let publication =
            self.states.iter().find(|state| state.state.version.as_deref() == Some(version));
        match publication {
            Some(state) => self.by_state(state, self.tie(&state.state), found),
            None => found.doubts.push(Doubt::VersionUnseen(version)),
        }
    }

    /// The finding names an alias, which may have stood for any version.
    fn aliased(&self, alias: &'a str, found: &mut Provenance<'a>) {
        match self.tied(|_| true) {
            Some((state, tie)) => self.by_state(state, Some(tie), found),
            None => found.doubts.push(Doubt::VersionUnseen(alias)),
        }
    }

    /// The finding names `$LATEST`, or no version: its own revision and last-modified time lead to
    /// the state, and failing these the last state before the first activity does.
    fn latest(&self, found: &mut Provenance<'a>) {
        let modified = self.details.and_then(|details| details.last_modified);
        let signal = self.case.finding.signal();
        let later = modified.zip(signal).is_some_and(|(modified, signal)| modified > signal)
            || self.later.iter().any(|state| self.tie(&state.state) == Some(Method::RevisionId));
        if later {
            found.doubts.push(Doubt::DetailsAreLater);
            return self.by_time(None, found);
        }
        let tied = self.tied(|state| state.state.is_latest() || state.event.is_some());
        let Some((state, tie)) = tied else { return self.by_time(modified, found) };
        match self.replaced_after(state) {
            Some(after) => found.doubts.push(Doubt::ReplacedBefore(after)),
            None => self.by_state(state, Some(tie), found),
        }
    }

    /// The state that the finding's own details lead to, and how.
    fn tied(&self, may_be: impl Fn(&Observed<'a>) -> bool) -> Option<(&Observed<'a>, Method)> {
        [Method::RevisionId, Method::LastModified].into_iter().find_map(|wanted| {
            let tied = self
                .states
                .iter()
                .rev()
                .filter(|state| may_be(state) && self.tie(&state.state) == Some(wanted));
            // A call that put code there says more than an item or a later call of the state.
            let state = tied.max_by_key(|state| state.event.is_some_and(places_code))?;
            Some((state, wanted))
        })
    }

    /// How the finding's own details tie it to a state.
    fn tie(&self, state: &FunctionState) -> Option<Method> {
        let details = self.details?;
        if details.revision_id.is_some() && details.revision_id == state.revision_id {
            return Some(Method::RevisionId);
        }
        let (named, own) = (details.last_modified?, state.last_modified?);
        named.same_second(own).then_some(Method::LastModified)
    }

    /// A call that put other code in place after the state and before the first activity.
    fn replaced_after(&self, state: &Observed<'a>) -> Option<&'a Event> {
        let hash = state.state.code_sha256.as_deref();
        self.deployments.iter().copied().find(|event| {
            let same_code = hash.is_some() && event.answered("/codeSha256") == hash;
            is_after(event, state) && !same_code
        })
    }

    /// From a state of the function that the finding is tied to back to the call that put its
    /// code there.
    fn by_state(&self, state: &Observed<'a>, tie: Option<Method>, found: &mut Provenance<'a>) {
        let hash = state.state.code_sha256.as_deref();
        found.code = hash.map(|hash| (hash.to_owned(), state.record));
        let worth = match tie {
            Some(Method::RevisionId) => Confidence::Exact,
            Some(_) => Confidence::Probable,
            None => Confidence::Strong,
        };
        if let Some(event) = state.event.filter(|event| places_code(event)) {
            let method = Some(tie.unwrap_or(Method::CodeSha256));
            found.running = Some(Origin { event, method, confidence: worth, through: Vec::new() });
            return;
        }
        let placed = self.deployments.iter().copied().rfind(|event| !is_after(event, state));
        let answer = placed.and_then(|event| event.answered("/codeSha256"));
        let (event, method, strength) = match (placed, hash, answer) {
            (Some(event), Some(hash), Some(answer)) if hash == answer => match tie {
                Some(Method::LastModified) => (event, Method::LastModified, Confidence::Probable),
                _ => (event, Method::CodeSha256, Confidence::Strong),
            },
            (_, Some(hash), Some(_)) | (None, Some(hash), _) => {
                let code_sha256 = hash.to_owned();
                found.doubts.push(Doubt::DeployedUnseen { code_sha256, stated: state.record });
                return;
            }
            // One of the hashes is not recorded.
            (Some(event), ..) if state.at.seconds_since(event.time).abs() <= CLOCKS_APART => {
                (event, Method::LastModified, Confidence::Probable)
            }
            (Some(event), ..) => (event, Method::Time, Confidence::Candidate),
            (None, None, _) => return,
        };
        let confidence = worth.max(strength);
        let through = vec![state.record];
        found.running = Some(Origin { event, method: Some(method), confidence, through });
    }

    /// Only time speaks: the last call that put code in place before the first activity, unless
    /// a state observed after it shows other code.
    fn by_time(&self, modified: Option<Time>, found: &mut Provenance<'a>) {
        let shown = self
            .states
            .iter()
            .rfind(|state| state.state.is_latest() && state.state.code_sha256.is_some())
            .and_then(|state| Some((state, state.state.code_sha256.as_deref()?)));
        let unseen = |state: &Observed<'a>, hash: &str| Doubt::DeployedUnseen {
            code_sha256: hash.to_owned(),
            stated: state.record,
        };
        let Some(event) = self.deployments.last().copied() else {
            found.doubts.extend(shown.map(|(state, hash)| unseen(state, hash)));
            return;
        };
        let own = event.answered("/codeSha256");
        if let Some((state, hash)) = shown
            && state.at > event.time.plus_seconds(CLOCKS_APART)
            && own.is_some_and(|own| own != hash)
        {
            found.doubts.push(unseen(state, hash));
            return;
        }
        let near = modified
            .is_some_and(|modified| modified.seconds_since(event.time).abs() <= CLOCKS_APART);
        if let Some(modified) = modified.filter(|_| !near) {
            if modified < event.time {
                // The finding describes the function as it was before the call.
                found.doubts.push(Doubt::ReplacedBefore(event));
                return;
            }
            if !self.explains(modified) {
                found.doubts.push(Doubt::ModifiedUnseen(modified));
            }
        }
        let (method, confidence) = if near {
            found.code = own.map(|hash| (hash.to_owned(), &event.record));
            (Method::LastModified, Confidence::Probable)
        } else {
            (Method::Time, Confidence::Candidate)
        };
        let method = Some(method);
        found.running = Some(Origin { event, method, confidence, through: Vec::new() });
    }

    /// Whether some successful call that changes the function was made at that moment.
    fn explains(&self, modified: Time) -> bool {
        subject_calls(self.case).any(|event| {
            event.error.is_none()
                && changes_function(event)
                && modified.seconds_since(event.time).abs() <= CLOCKS_APART
        })
    }
}

/// Whether the call was made after the state had begun. Times of two calls can be compared; a
/// call and an item agree to within seconds only, unless the call tells its own last-modified time.
fn is_after(event: &Event, state: &Observed<'_>) -> bool {
    if let Some(own) = state.event {
        return event.record != own.record && event.time > own.time;
    }
    match FunctionState::read(&event.response).and_then(|answer| answer.last_modified) {
        Some(modified) => modified > state.at && !modified.same_second(state.at),
        None => event.time > state.at.plus_seconds(CLOCKS_APART),
    }
}
