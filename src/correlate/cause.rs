//! Which call led from one configuration item to the next.

use super::{
    difference::Difference,
    link::{Confidence, Method, Strength},
    running::CLOCKS_APART,
    state::deletes_function,
    told::{Told, told},
};
use crate::{
    model::{Event, Item, ItemStatus},
    resource::{self, FunctionState},
};

/// The call behind a change.
#[derive(Clone, Copy, Debug)]
pub struct Cause<'a> {
    /// The call.
    pub event: &'a Event,
    /// How it was matched.
    pub strength: Strength,
}

/// One item, the one before it, and the calls that may lie between.
pub struct Step<'s, 'a> {
    item: &'a Item,
    now: FunctionState,
    before: FunctionState,
    previous: Option<&'a Item>,
    /// Successful calls about the resource, in the order of time.
    calls: &'s [&'a Event],
}

impl<'s, 'a> Step<'s, 'a> {
    /// The step from `previous` to `item`.
    pub fn new(item: &'a Item, previous: Option<&'a Item>, calls: &'s [&'a Event]) -> Self {
        let state = |item: &Item| FunctionState::read(&item.configuration).unwrap_or_default();
        let before = previous.map(state).unwrap_or_default();
        Self { item, now: state(item), before, previous, calls }
    }

    /// The calls that may have led here: after the state that the previous item shows began, and
    /// before this item was captured.
    fn between(&self) -> impl Iterator<Item = &'a Event> + use<'a, 's> {
        let from = self.previous.map(|previous| {
            let modified = self.before.last_modified;
            modified.map_or(previous.captured, |modified| modified.min(previous.captured))
        });
        let to = self.item.captured.plus_seconds(CLOCKS_APART);
        let first = from.map_or(0, |from| self.calls.partition_point(|event| event.time < from));
        self.calls.iter().copied().skip(first).take_while(move |event| event.time <= to)
    }

    /// Whether a call came too late for what the item shows: the item was captured after the call,
    /// but describes the function as it was modified before.
    fn is_too_late(&self, event: &Event) -> bool {
        let Some(shown) = self.now.last_modified else { return false };
        match answer(event).last_modified {
            Some(own) => own > shown && !own.same_second(shown),
            None => event.time > shown.plus_seconds(CLOCKS_APART),
        }
    }

    /// The call that caused one difference, if one alone can have.
    pub fn cause(&self, difference: &Difference) -> Option<Cause<'a>> {
        let kind = resource::of_type(&self.item.resource_type);
        // What moves the last-modified time can be told apart by it.
        let of_configuration = difference.path.starts_with("/configuration/");
        let may_cause = |event: &Event| {
            // What deletes a resource, or a version of a function, changes no field.
            let deletes = matches!(event.action.as_str(), "DeleteFunction" | "DeleteRole");
            !deletes
                && kind.aspects_changed_by(&event.action, &event.request).is_none_or(|aspects| {
                    aspects.contains(&difference.aspect)
                        || difference.aspect == "revision" && !aspects.is_empty()
                })
        };
        // The call that put the field right, the calls before it that may have, and whether it
        // was right before any call that could have done it.
        let (mut settled, mut silent, mut already) = (None, Vec::new(), false);
        for event in self.between().filter(|event| !(of_configuration && self.is_too_late(event))) {
            match told(event, difference, kind) {
                Told::Denies => {
                    (settled, already) = (None, false);
                    silent.clear();
                }
                Told::Shows if settled.is_some() || already => {}
                Told::Shows if may_cause(event) => settled = Some(event),
                Told::Shows => already = true,
                Told::Elsewhere => {}
                Told::Silent if settled.is_some() || already || !may_cause(event) => {}
                // What was done before the previous item was captured, it would show.
                Told::Silent if of_configuration || self.is_after_previous(event) => {
                    silent.push(event)
                }
                Told::Silent => {}
            }
        }
        if let Some(event) = settled {
            let (method, confidence) = self.worth(event, difference);
            // Another call may have done it already.
            let confidence = if silent.is_empty() { confidence } else { Confidence::Probable };
            return Some(Cause { event, strength: (method, confidence) });
        }
        let possible = silent.into_iter().filter_map(|event| {
            let strength = self.circumstance(event, of_configuration)?;
            Some(Cause { event, strength })
        });
        only(possible)
    }

    /// What it is worth that a call shows the field as the item does.
    fn worth(&self, event: &Event, difference: &Difference) -> Strength {
        if self.is_answered_with(event) {
            (Method::RevisionId, Confidence::Exact)
        } else if difference.path == "/configuration/codeSha256" {
            (Method::CodeSha256, Confidence::Strong)
        } else {
            (Method::Value, Confidence::Strong)
        }
    }

    /// Whether the call was answered with this item's own revision.
    fn is_answered_with(&self, event: &Event) -> bool {
        let own = answer(event).revision_id;
        own.is_some() && own == self.now.revision_id && own != self.before.revision_id
    }

    /// Whether revision or time allow a call that does not speak of the field.
    fn circumstance(&self, event: &Event, of_configuration: bool) -> Option<Strength> {
        if of_configuration && self.is_answered_with(event) {
            return Some((Method::RevisionId, Confidence::Exact));
        }
        let modified = self.now.last_modified.filter(|now| Some(*now) != self.before.last_modified);
        if let Some(modified) = modified.filter(|_| of_configuration) {
            let close = modified.seconds_since(event.time).abs() <= CLOCKS_APART
                || answer(event).last_modified.is_some_and(|own| own.same_second(modified));
            return close.then_some((Method::LastModified, Confidence::Probable));
        }
        (self.is_after_previous(event) && event.time <= self.item.captured)
            .then_some((Method::Time, Confidence::Candidate))
    }

    fn is_after_previous(&self, event: &Event) -> bool {
        self.previous.is_none_or(|previous| event.time > previous.captured)
    }

    /// The call that created a resource, for its first item.
    pub fn creation(&self) -> Option<Cause<'a>> {
        let discovered = self.item.status == ItemStatus::Discovered;
        let creates = self.between().filter(|event| {
            matches!(event.action.as_str(), "CreateFunction" | "CreateRole" | "CreateStack")
        });
        // What was created last is what the item shows.
        let event = creates.filter(|event| !self.is_too_late(event)).last()?;
        let answer = answer(event);
        let same = |own: &Option<String>, other: &Option<String>| own.is_some() && own == other;
        let modified = self.now.last_modified;
        let near = modified
            .is_some_and(|modified| modified.seconds_since(event.time).abs() <= CLOCKS_APART);
        let strength = if same(&self.now.revision_id, &answer.revision_id) {
            (Method::RevisionId, Confidence::Exact)
        } else if same(&self.now.code_sha256, &answer.code_sha256) && near {
            (Method::CodeSha256, Confidence::Strong)
        } else if near {
            (Method::LastModified, Confidence::Probable)
        } else if discovered && modified.is_none_or(|modified| modified >= event.time) {
            (Method::Time, Confidence::Candidate)
        } else {
            return None;
        };
        Some(Cause { event, strength })
    }

    /// The call that deleted the resource.
    pub fn deletion(&self) -> Option<Cause<'a>> {
        let deletes = |event: &Event| match self.item.resource_type.as_str() {
            "AWS::Lambda::Function" => deletes_function(event),
            "AWS::IAM::Role" => event.action == "DeleteRole",
            "AWS::CloudFormation::Stack" => event.action == "DeleteStack",
            _ => event.action.starts_with("Delete"),
        };
        let event = self.between().filter(|event| deletes(event)).last()?;
        Some(Cause { event, strength: (Method::Value, Confidence::Strong) })
    }
}

/// The function that a call was answered with.
fn answer(event: &Event) -> FunctionState {
    FunctionState::read(&event.response).unwrap_or_default()
}

/// The one cause that is better than all others; none when several are alike.
fn only<'a>(possible: impl Iterator<Item = Cause<'a>>) -> Option<Cause<'a>> {
    let mut causes: Vec<Cause<'a>> = possible.collect();
    causes.sort_by_key(|cause| (cause.strength.1, cause.strength.0));
    let (best, others) = causes.split_first()?;
    let alike = others.first().is_some_and(|other| other.strength == best.strength);
    (!alike).then_some(*best)
}
