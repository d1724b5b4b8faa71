//! The one sentence at the top.

use super::{
    defang::defang_words,
    naming::{briefly, clipped, from_where, remote, shortened, stretch},
};
use crate::{
    correlate::{Correlation, Doubt, places_code, subject_calls},
    model::{Case, Event},
};

/// A headline is read at a glance; what is longer is left to the page.
const LONGEST: usize = 140;

/// A change so long before the first activity says nothing about it.
const RECENT: i64 = 7 * 86_400;

/// What the function did, after what change, by whom, from where: from records only, in a fixed
/// grammar, shortened from its end until it fits.
pub fn headline(case: &Case, worked: &Correlation<'_>) -> String {
    let finding = &case.finding;
    let sample = if finding.sample { "Sample finding: " } else { "" };
    let Some((subject, remote)) = case.subject.as_ref().zip(remote(finding)) else {
        let own = finding.title.as_deref().or(finding.description.as_deref());
        return own.map_or_else(
            || format!("{sample}{}", clipped(&finding.kind)),
            |own| format!("{sample}{}", defang_words(&clipped(own))),
        );
    };
    let name = clipped(&subject.name);
    let what = format!("{sample}{name} {} {remote}", finding.contact());
    let Some((event, change)) = last_change(case, worked) else { return what };
    // What two records tell differently is no headline.
    let contested = worked.provenance.doubts.iter().any(|doubt| {
        matches!(doubt, Doubt::ToldTwice(one, other)
            if one.record == event.record || **other == event.record)
    });
    if contested {
        return what;
    }
    let Some(signal) = finding.first_seen else { return what };
    let gap = stretch(signal.seconds_since(event.time));
    let who = worked.actors.who(event).map_or_else(|| "somebody unknown".to_owned(), briefly);
    let place = from_where(event);
    // A name is shortened before anything is left out.
    let short = |name: &str| match name.contains('“') {
        true => name.to_owned(),
        false => shortened(name, 24),
    };
    let what_short = format!("{sample}{} {} {remote}", short(&name), finding.contact());
    [
        format!("{what} {gap} after {who} {change}{place}"),
        format!("{what} {gap} after {} {change}{place}", short(&who)),
        format!("{what_short} {gap} after {} {change}{place}", short(&who)),
        format!("{what_short} {gap} after {} {change}", short(&who)),
        format!("{what_short} {gap} after a call {change}"),
    ]
    .into_iter()
    .find(|sentence| sentence.chars().count() <= LONGEST)
    .unwrap_or(what)
}

/// The last successful call before the first activity that changed what the function runs: of a
/// published version or an alias, only the one that put its code there.
fn last_change<'a>(case: &'a Case, worked: &Correlation<'a>) -> Option<(&'a Event, &'static str)> {
    let signal = case.finding.first_seen?;
    let version = case.subject.as_ref().and_then(|subject| subject.version.as_deref());
    let fixed = version.is_some_and(|version| version != "$LATEST");
    let running = worked.provenance.running.as_ref().map(|running| &running.event.record);
    subject_calls(case)
        .filter(|event| event.error.is_none() && event.time <= signal)
        .filter(|event| signal.seconds_since(event.time) <= RECENT)
        .filter(|event| !fixed || Some(&event.record) == running)
        .filter_map(|event| Some((event, change(event)?)))
        .last()
}

fn change(event: &Event) -> Option<&'static str> {
    let asked = |name: &str| event.request.get(name).is_some_and(|value| !value.is_null());
    match event.action.as_str() {
        "CreateFunction" => Some("created it"),
        "UpdateFunctionCode" if places_code(event) => Some("replaced its code"),
        "UpdateFunctionConfiguration" if asked("layers") => Some("changed its layers"),
        "UpdateFunctionConfiguration" if asked("role") => Some("changed its role"),
        _ => None,
    }
}
