//! What the templates may do with a value.
//!
//! Texts have no `Display`, so a template in which a filter is forgotten does not compile.

use std::borrow::Cow;
use std::fmt::Write as _;

use askama::filters::HtmlSafeOutput;
use askama::{Result, Values};

use super::{extent::Extent, shown::Shown};
use crate::report::{Citations, Cite, Piece, Report, Text, Visible, When, pieces, readable};

/// A text in running HTML.
#[askama::filter_fn]
pub fn shown<T: Visible>(text: T, _: &dyn Values) -> Result<Shown> {
    Ok(Shown::inline(&text))
}

/// A text whose line feeds count.
#[askama::filter_fn]
pub fn shown_pre<T: Visible>(text: T, _: &dyn Values) -> Result<Shown> {
    Ok(Shown::preformatted(&text))
}

/// A text where no element can stand.
#[askama::filter_fn]
pub fn bare<T: Visible>(text: T, _: &dyn Values) -> Result<Shown> {
    Ok(Shown::bare(&text))
}

/// A word of the report's vocabulary as people write it.
#[askama::filter_fn]
pub fn word(word: &'static str, _: &dyn Values) -> Result<Shown> {
    Ok(Shown::own(&readable(word)))
}

/// The source of a gap, which is one of ours or some other text.
#[askama::filter_fn]
pub fn source<T: Visible>(source: T, _: &dyn Values) -> Result<Shown> {
    Ok(match source.visible().as_ref() {
        ours @ ("guardduty" | "config" | "cloudtrail") => Shown::own(&readable(ours)),
        _ => Shown::inline(&source),
    })
}

/// Why a row is in the timeline.
#[askama::filter_fn]
pub fn why(relation: &'static str, _: &dyn Values) -> Result<Shown> {
    Ok(Shown::own(match relation {
        "finding" => "the finding",
        "subject" => "the function",
        "by_function" => "by the function",
        "role" => "its role",
        "code" => "its code",
        "network" => "its network",
        "stack" => "its stack",
        "trigger" => "its trigger",
        "session" => "a session’s start",
        "actor" => "same actor",
        other => other,
    }))
}

/// A moment in UTC.
#[askama::filter_fn]
pub fn utc(when: &When, _: &dyn Values) -> Result<HtmlSafeOutput<String>> {
    Ok(HtmlSafeOutput(time_element(when)))
}

/// A moment in UTC, and the second clock where there is one.
#[askama::filter_fn]
pub fn clock(when: &When, _: &dyn Values) -> Result<HtmlSafeOutput<String>> {
    let mut html = time_element(when);
    if let Some(local) = &when.local {
        write!(html, " <time class=\"z\">{}</time>", Shown::own(local))?;
    }
    Ok(HtmlSafeOutput(html))
}

/// A sentence, each moment in it on every clock.
#[askama::filter_fn]
pub fn told<T: Visible>(
    sentence: T,
    _: &dyn Values,
    report: &Report,
) -> Result<HtmlSafeOutput<String>> {
    let mut html = String::new();
    for piece in pieces(&sentence.visible(), report.making.clock.as_ref()) {
        match piece {
            Piece::Words(words) => write!(html, "{}", Shown::inline(&Text::from(words)))?,
            Piece::Moment(when) => {
                html.push_str(&time_element(&when));
                if let Some(local) = &when.local {
                    write!(html, " <time class=\"z\">{}</time>", Shown::own(local))?;
                }
            }
        }
    }
    Ok(HtmlSafeOutput(html))
}

/// Links to the records that are cited.
#[askama::filter_fn]
pub fn cited<'e, T: Cited>(
    cited: T,
    _: &dyn Values,
    here: &'e Extent<'e>,
) -> Result<HtmlSafeOutput<String>> {
    let mut html = String::new();
    for (at, cite) in cited.cites().enumerate() {
        if at > 0 {
            html.push(' ');
        }
        let name = cite.to_string();
        match anchor("e-", &name).filter(|_| here.lists(cite)) {
            Some(anchor) => write!(html, "<a href=\"#{anchor}\">{name}</a>")?,
            None => write!(html, "{}", Shown::own(&name))?,
        }
    }
    Ok(HtmlSafeOutput(html))
}

/// The name of a record.
#[askama::filter_fn]
pub fn name(cite: &Cite, _: &dyn Values) -> Result<Shown> {
    Ok(Shown::own(&cite.to_string()))
}

/// The `id` attribute of a record.
#[askama::filter_fn]
pub fn record_id(cite: &Cite, _: &dyn Values) -> Result<HtmlSafeOutput<String>> {
    let id = anchor("e-", &cite.to_string());
    Ok(HtmlSafeOutput(id.map(|id| format!(" id=\"{id}\"")).unwrap_or_default()))
}

/// The `id` attribute of a row of the timeline.
#[askama::filter_fn]
pub fn row_id<T: Visible>(row: T, _: &dyn Values) -> Result<HtmlSafeOutput<String>> {
    let id = anchor("t-", &row.visible());
    Ok(HtmlSafeOutput(id.map(|id| format!(" id=\"{id}\"")).unwrap_or_default()))
}

/// The `id` attribute of a next step, whose id is the fragment too.
#[askama::filter_fn]
pub fn step_id<T: Visible>(step: T, _: &dyn Values) -> Result<HtmlSafeOutput<String>> {
    let id = anchor("", &step.visible());
    Ok(HtmlSafeOutput(id.map(|id| format!(" id=\"{id}\"")).unwrap_or_default()))
}

/// The fragment of a next step; empty when its id cannot be one.
#[askama::filter_fn]
pub fn step_anchor<T: Visible>(step: T, _: &dyn Values) -> Result<HtmlSafeOutput<String>> {
    Ok(HtmlSafeOutput(anchor("", &step.visible()).unwrap_or_default()))
}

/// The fragment of a row of the timeline; empty when its id cannot be one.
#[askama::filter_fn]
pub fn row_anchor<T: Visible>(row: T, _: &dyn Values) -> Result<HtmlSafeOutput<String>> {
    Ok(HtmlSafeOutput(anchor("t-", &row.visible()).unwrap_or_default()))
}

/// Templates reach a text through any number of references.
impl<T: Visible + ?Sized> Visible for &T {
    fn visible(&self) -> Cow<'_, str> {
        (**self).visible()
    }
}

/// What cites records.
pub trait Cited {
    /// The records, in order.
    fn cites(&self) -> impl Iterator<Item = &Cite>;
}

impl Cited for Cite {
    fn cites(&self) -> impl Iterator<Item = &Cite> {
        std::iter::once(self)
    }
}

impl Cited for Citations {
    fn cites(&self) -> impl Iterator<Item = &Cite> {
        self.iter()
    }
}

impl Cited for Vec<Cite> {
    fn cites(&self) -> impl Iterator<Item = &Cite> {
        self.iter()
    }
}

impl<T: Cited> Cited for &T {
    fn cites(&self) -> impl Iterator<Item = &Cite> {
        (**self).cites()
    }
}

/// HTML, too, may write a moment with a blank between date and time, so that the element needs no
/// attribute.
fn time_element(when: &When) -> String {
    format!("<time>{}</time>", Shown::own(&when.utc.replacen('T', " ", 1)))
}

/// An id for use in attributes, or none: only letters, digits and dashes are let through.
fn anchor(prefix: &str, id: &str) -> Option<String> {
    let plain = !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    plain.then(|| format!("{prefix}{id}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_ids_reach_attributes() {
        assert_eq!(anchor("e-", "T-3f2a91bc").as_deref(), Some("e-T-3f2a91bc"));
        for id in ["", "T 1", "a\"b", "a>b", "ä", "a\u{202E}"] {
            assert_eq!(anchor("e-", id), None, "{id:?}");
        }
    }

    #[test]
    fn words_are_readable() {
        assert_eq!(readable("cloudtrail"), "CloudTrail");
        assert_eq!(readable("configuration_item"), "configuration item");
    }
}
