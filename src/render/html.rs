//! The page: one file without script, which asks the network for nothing.

use askama::Template;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha256};

use super::{Format, RenderError, filters, json};
use crate::report::{Report, Statement, StatementKind, Text, TimelineRow};

/// The report as one HTML file.
pub struct Html;

/// Written between `<style>` and `</style>` byte for byte, since the page's policy holds its hash.
const CSS: &str = include_str!("../../templates/report.css");

/// Tables of the timeline are no longer than this, so that a browser can pass over those that
/// nobody looks at.
const ROWS: usize = 100;

impl Format for Html {
    fn name(&self) -> &'static str {
        "html"
    }

    fn extension(&self) -> &'static str {
        "html"
    }

    fn render(&self, report: &Report) -> Result<Vec<u8>, RenderError> {
        let json = json::Json.render(report)?;
        let page = Page::new(report, hex(&Sha256::digest(&json)));
        page.render().map(String::into_bytes).map_err(RenderError::Page)
    }
}

/// What the templates see.
#[derive(Template)]
#[template(path = "report.html", whitespace = "minimize")]
struct Page<'a> {
    report: &'a Report,
    css: &'static str,
    style_sha256: String,
    json_sha256: String,
    tags: Vec<(Text, &'a Text)>,
    seen: Vec<&'a Statement>,
    inferred: Vec<&'a Statement>,
    unknown: Vec<&'a Statement>,
    rows: Vec<Rows<'a>>,
    /// Sources of which everything asked for came.
    complete: usize,
    /// Sources of which something asked for did not come.
    incomplete: usize,
    config_records: usize,
    cloudtrail_records: usize,
}

/// A table of the timeline.
struct Rows<'a> {
    first: usize,
    last: usize,
    rows: &'a [TimelineRow],
}

impl<'a> Page<'a> {
    fn new(report: &'a Report, json_sha256: String) -> Self {
        let stated = |kind| report.statements.iter().filter(move |s| s.kind == kind).collect();
        let completeness = |complete| {
            report.coverage.iter().filter(|source| source.complete == Some(complete)).count()
        };
        let records = |word| {
            report.coverage.iter().filter(|s| s.source == word).map(|s| s.records).sum::<usize>()
        };
        let tags = report.subject.iter().flat_map(|subject| &subject.tags);
        let rows = report.timeline.chunks(ROWS).enumerate().map(|(at, rows)| Rows {
            first: at * ROWS + 1,
            last: at * ROWS + rows.len(),
            rows,
        });
        Self {
            report,
            css: CSS,
            style_sha256: STANDARD.encode(Sha256::digest(CSS)),
            json_sha256,
            tags: tags.map(|(key, value)| (Text::new(key.clone()), value)).collect(),
            seen: stated(StatementKind::Seen),
            inferred: stated(StatementKind::Inferred),
            unknown: stated(StatementKind::Unknown),
            rows: rows.collect(),
            complete: completeness(true),
            incomplete: completeness(false),
            config_records: records("config"),
            cloudtrail_records: records("cloudtrail"),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
