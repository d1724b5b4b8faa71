//! The attack path: which boxes and lines of the case are drawn, and where.
//!
//! It reads from left to right: where calls came from, who made them, the calls with time running
//! down, what AWS Config recorded, the function and what belongs to it, the finding. A case has
//! more things than a picture can show, so they are folded first and placed after that.

mod address;
mod belonging;
mod call;
mod change;
mod column;
mod credential;
mod draw;
mod effect;
mod facts;
mod fold;
mod gap;
mod item;
mod label;
mod note;
mod path;
mod place;
mod resource;
mod signal;
mod story;

#[cfg(test)]
mod tests;

use super::{
    text::{Cite, Text},
    view::{ChangeView, FindingView, GraphView, Provenance, Report, TimelineRow},
};

/// No picture has more boxes.
pub const MOST_BOXES: usize = 40;

/// No picture has more lines.
pub const MOST_LINES: usize = 80;

/// AWS Config records a change within so many seconds.
const LATE: i64 = 900;

/// What a picture is made from.
pub struct Material<'a> {
    /// Things and their relations.
    pub graph: &'a GraphView,
    /// What happened.
    pub timeline: &'a [TimelineRow],
    /// What AWS Config saw change.
    pub changes: &'a [ChangeView],
    /// The finding.
    pub finding: &'a FindingView,
    /// The calls behind the function and its code.
    pub provenance: &'a Provenance,
}

impl<'a> Material<'a> {
    /// What a report says.
    pub fn of(report: &'a Report) -> Self {
        Self {
            graph: &report.graph,
            timeline: &report.timeline,
            changes: &report.changes,
            finding: &report.finding,
            provenance: &report.provenance,
        }
    }
}

/// The attack path, ready to be drawn; all lengths are in CSS pixels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picture {
    /// Its width.
    pub width: i64,
    /// Its height.
    pub height: i64,
    /// What the columns are called, from left to right.
    pub headings: Vec<Heading>,
    /// The boxes by column, and there from top to bottom.
    pub boxes: Vec<PictureBox>,
    /// What is drawn as lines between boxes.
    pub lines: Vec<PictureLine>,
    /// How these lines run: several that meet in a box share one stroke.
    pub strokes: Vec<Stroke>,
    /// What is folded, with its numbers.
    pub notes: Vec<Text>,
}

impl Picture {
    /// The lines that start at a box, by its place in [`Picture::boxes`].
    pub fn lines_from(&self, at: usize) -> impl Iterator<Item = &PictureLine> {
        self.lines.iter().filter(move |line| line.from == at)
    }
}

/// What a column is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    /// Its name.
    pub title: &'static str,
    /// Its left side.
    pub x: i64,
}

/// A box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PictureBox {
    /// The column's name.
    pub column: &'static str,
    /// Its left side.
    pub x: i64,
    /// Its upper side.
    pub y: i64,
    /// Its width.
    pub width: i64,
    /// Its height.
    pub height: i64,
    /// Whether it is on the path to the finding.
    pub path: bool,
    /// What stands in it.
    pub texts: Vec<Words>,
    /// What it is, in full.
    pub name: Text,
    /// What is to be said of it.
    pub about: Text,
    /// The row of the timeline that it leads to.
    pub row: Option<Text>,
    /// Some of the records behind it.
    pub citations: Vec<Cite>,
    /// How many more there are.
    pub more: usize,
}

/// A line of text in a box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// What it is to the reader.
    pub tone: Tone,
    /// Its baseline, from the upper side of the box.
    pub y: i64,
    /// The text, as long as fits.
    pub text: Text,
    /// How wide it has to be made, where the font cannot be relied on for that.
    pub width: Option<i64>,
}

/// What a line of text in a box is to the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// What tells the box from others.
    Name,
    /// Anything else.
    Plain,
    /// That a call was refused or failed.
    Bad,
}

impl Words {
    /// Whether it tells the box from others.
    pub fn is_name(&self) -> bool {
        self.tone == Tone::Name
    }

    /// Whether it says that a call was refused or failed.
    pub fn is_bad(&self) -> bool {
        self.tone == Tone::Bad
    }
}

/// A relation that is drawn, or several between the same boxes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PictureLine {
    /// The box where it starts, by its place in [`Picture::boxes`].
    pub from: usize,
    /// The box where it ends.
    pub to: usize,
    /// The name of the first.
    pub from_name: Text,
    /// The name of the second.
    pub to_name: Text,
    /// What is said of them.
    pub relation: Text,
    /// How it is known where that is not from a record's words, and how many relations it is.
    pub known: Text,
    /// Whether casefile computed it.
    pub inferred: bool,
    /// Whether it is on the path to the finding.
    pub path: bool,
    /// Some of the records behind it.
    pub citations: Vec<Cite>,
    /// How many more there are.
    pub more: usize,
}

/// Lines that share a box and a look, drawn as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stroke {
    /// SVG path data.
    pub d: String,
    /// SVG path data of its arrowheads.
    pub heads: String,
    /// Whether its lines are on the path to the finding.
    pub path: bool,
    /// Whether its lines are computed.
    pub inferred: bool,
    /// The lines, by their places in [`Picture::lines`].
    pub lines: Vec<usize>,
}

impl Picture {
    /// From the left side of a box to its text.
    pub const INDENT: i64 = 6;

    /// What changed this many days before the first activity is on the path to the finding.
    pub const DAYS: i64 = super::lead::DAYS;
}

/// Draws the attack path.
pub fn picture(material: &Material<'_>) -> Picture {
    let story = story::story(material);
    draw::draw(fold::fold(story))
}
