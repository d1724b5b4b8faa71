//! When it likely began, and whether it is known to have ended.

use super::{
    naming::{at, caller, readable, times},
    scene::Scene,
    text::{Citations, When},
    view::{Activity, Beginning},
};
use crate::model::{Event, Source, Time};

/// The beginning and the end of the activity, as far as records tell.
pub fn activity(scene: &Scene<'_, '_>, when: &dyn Fn(Time) -> When) -> Activity {
    let (state, text, citations) = end(scene);
    let no_start = match (&scene.function, scene.was_read(Source::CloudTrail)) {
        (None, _) => "not looked for: casefile follows Lambda functions",
        (_, false) => "not established: no CloudTrail record was read",
        (_, true) => {
            "not established: no call that changed what ran was seen before the first activity"
        }
    };
    Activity { start: start(scene, when), no_start, state, text: text.into(), citations }
}

/// The first step of the path to the call that changed what ran: that call itself, or what gave
/// out the credentials for it; else the call that put the running code in place, however long
/// before the first activity that was.
fn start(scene: &Scene<'_, '_>, when: &dyn Fn(Time) -> When) -> Option<Beginning> {
    let worked = scene.worked;
    let who = |event: &Event| caller(worked.actors.who(event), event);
    if let Some(anchor) = scene.path.anchor {
        let chain = worked.sessions.chain(anchor);
        let steps = chain
            .iter()
            .filter(|start| scene.path.calls.iter().any(|call| call.record == start.event.record));
        let first = steps.min_by_key(|start| start.event.time);
        let running = worked.provenance.running.as_ref();
        let ran = running.filter(|running| running.event.record == anchor.record);
        let known = match ran {
            Some(running) => format!(
                "{} by {}, which put the running code in place ({}{})",
                anchor.name,
                who(anchor),
                running.confidence.word(),
                running
                    .method
                    .map(|method| format!(", by {}", readable(method.word())))
                    .unwrap_or_default()
            ),
            None => format!(
                "{} by {}, the last change of what runs before it",
                anchor.name,
                who(anchor)
            ),
        };
        let citations = Citations::one(&anchor.record);
        return Some(match first {
            Some(first) => Beginning {
                time: when(first.event.time),
                text: format!("{}, the first step seen on the way to {known}", first.event.name)
                    .into(),
                citations: Citations::one(&first.event.record).with(&citations),
            },
            None => Beginning { time: when(anchor.time), text: known.into(), citations },
        });
    }
    let running = worked.provenance.running.as_ref()?;
    Some(Beginning {
        time: when(running.event.time),
        text: format!(
            "{} by {}, which put the running code in place ({}); nothing later that led up to the finding was seen",
            running.event.name,
            who(running.event),
            running.confidence.word()
        )
        .into(),
        citations: Citations::one(&running.event.record).and(running.through.iter().copied()),
    })
}

fn end(scene: &Scene<'_, '_>) -> (&'static str, String, Citations) {
    let finding = scene.finding();
    let counted = finding.last_seen.or(finding.first_seen).or(finding.created);
    let stated = scene.stated();
    if finding.sample {
        let text =
            "GuardDuty marks the finding as a sample: nothing of what it describes took place.";
        return ("sample", text.to_owned(), stated);
    }
    let function = scene.function.as_ref();
    if let Some(deleted) = function.and_then(|function| function.deleted.as_ref()) {
        let (time, who) = &deleted.what;
        let by = who.as_ref().map_or_else(String::new, |who| format!(" by {who}"));
        let how = if who.is_some() { "deleted" } else { "recorded as deleted" };
        let text = format!(
            "The function was {how} at {}{by}. What it sent before, and credentials that left it, are not undone by that.",
            at(*time)
        );
        return ("no", text, deleted.citations.clone().with(&stated));
    }
    let mut text = String::new();
    let mut citations = stated;
    let mut state = "not known";
    if let Some(set) = function.and_then(|function| function.concurrency.as_ref())
        && let (Some(0), time, who) = &set.what
    {
        let after = counted.filter(|counted| counted > time);
        text.push_str(&format!(
            "Reserved concurrency was set to 0 at {} by {who}, and no later setting was seen",
            at(*time)
        ));
        match after {
            Some(counted) => {
                text.push_str(&format!("; activity was counted after that, at {}. ", at(counted)))
            }
            None => {
                state = "stopped";
                text.push_str(". ");
            }
        }
        citations = set.citations.clone().with(&citations);
    }
    for key in scene.path.keys.iter().filter(|key| key.what.ended.is_some()).take(3) {
        if let Some((time, record)) = &key.what.ended {
            text.push_str(&format!(
                "Access key {} was deactivated or deleted at {}. ",
                key.what.id,
                at(*time)
            ));
            citations.push(record);
        }
    }
    if state == "not known" {
        match (counted, finding.count) {
            (Some(counted), Some(count)) if finding.last_seen.is_some() => text.push_str(&format!(
                "GuardDuty last counted it at {} ({} in all); treat it as active until shown otherwise.",
                at(counted),
                times(count)
            )),
            (Some(counted), _) => text.push_str(&format!(
                "Last known at {}; treat it as active until shown otherwise.",
                at(counted)
            )),
            (None, _) => text.push_str("No time is stated; treat it as active until shown otherwise."),
        }
    } else {
        text.push_str("Check that it is still so.");
    }
    (state, text, citations)
}
