//! The page: one file that asks the network for nothing and is whole without its script.

use askama::Template;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha256};

use super::{
    Format, RenderError,
    extent::{ALLOWANCES, Allowance, Extent, Row},
    filters, json,
};
use crate::report::{Picture, Report, Statement, StatementKind, Text, TimeBar};

/// The report as one HTML file.
pub struct Html;

const CSS: &str = include_str!("../../templates/report.css");

const SCRIPT: &str = include_str!("../../templates/report.js");

/// Tables of the timeline are no longer than this, so that a browser can pass over those that
/// nobody looks at.
const ROWS: usize = 100;

/// Tickets, mail and browsers take a file of this many bytes.
const LARGEST: usize = 5_000_000;

/// What is read above the fold in each box: about this many characters, and the rest on request.
const GLANCE: usize = 320;

impl Format for Html {
    fn name(&self) -> &'static str {
        "html"
    }

    fn about(&self) -> &'static str {
        "the report as one page"
    }

    fn extension(&self) -> &'static str {
        "html"
    }

    fn packed(&self) -> &'static str {
        "report.html"
    }

    fn render(&self, report: &Report) -> Result<Vec<u8>, RenderError> {
        let json_sha256 = hex(&Sha256::digest(json::Json.render(report)?));
        let mut page = Vec::new();
        for allowance in ALLOWANCES {
            let drawn = Page::new(report, &json_sha256, allowance).render();
            page = drawn.map(String::into_bytes).map_err(RenderError::Page)?;
            if page.len() <= LARGEST {
                break;
            }
        }
        Ok(page)
    }
}

/// Style or script as it is written into the page: without indentation, empty lines and comments
/// that fill a line.
fn packed(source: &str) -> String {
    let lines = source.lines().map(str::trim_start);
    let kept =
        lines.filter(|line| !line.is_empty() && !line.starts_with("//") && !line.starts_with("/*"));
    kept.collect::<Vec<_>>().join("\n")
}

/// The style as it is written into the page: of the blanks, too, only those that mean something.
/// The file holds no text in quotes in which they could.
fn style() -> String {
    let blanks = [(" {", "{"), ("{ ", "{"), (": ", ":"), (", ", ","), ("; ", ";"), (";}", "}")];
    blanks.iter().fold(packed(CSS), |css, (written, meant)| css.replace(written, meant))
}

/// What the templates see.
#[derive(Template)]
#[template(path = "report.html", whitespace = "minimize")]
struct Page<'a> {
    report: &'a Report,
    /// What of the report is on this page.
    here: Extent<'a>,
    css: String,
    style_sha256: String,
    script: String,
    script_sha256: String,
    json_sha256: &'a str,
    tags: Vec<(&'a Text, &'a Text)>,
    boxes: [StatementBox<'a>; 3],
}

/// What was seen, what is inferred, or what is not known.
struct StatementBox<'a> {
    kind: &'static str,
    title: &'static str,
    none: &'static str,
    first: Vec<&'a Statement>,
    more: Vec<&'a Statement>,
    /// How many the page has no room for.
    left: usize,
}

impl<'a> StatementBox<'a> {
    fn new(
        report: &'a Report,
        lines: usize,
        kind: StatementKind,
        (word, title, none): (&'static str, &'static str, &'static str),
    ) -> Self {
        let all: Vec<&Statement> = report.statements.iter().filter(|s| s.kind == kind).collect();
        let mut read = 0;
        let at_a_glance = all.iter().take_while(|statement| {
            let before = read;
            read += statement.text.raw().chars().count();
            before == 0 || read <= GLANCE
        });
        let (first, more) = all.split_at(at_a_glance.count());
        let shown = more.len().min(lines);
        let more = more.iter().take(lines).copied().collect();
        let left = all.len() - first.len() - shown;
        Self { kind: word, title, none, first: first.to_vec(), more, left }
    }
}

/// A table of the timeline.
struct Rows<'p> {
    first: usize,
    last: usize,
    rows: &'p [Row<'p>],
}

impl Rows<'_> {
    /// Whether the table is long enough to be passed over while it is out of sight.
    fn is_full(&self) -> bool {
        self.rows.len() == ROWS
    }
}

impl<'a> Page<'a> {
    fn new(report: &'a Report, json_sha256: &'a str, allowance: Allowance) -> Self {
        let (css, script) = (style(), packed(SCRIPT));
        let here = Extent::of(report, allowance);
        let lines = here.lines;
        let tags = report.subject.iter().flat_map(|subject| &subject.tags);
        Self {
            report,
            here,
            style_sha256: STANDARD.encode(Sha256::digest(&css)),
            css,
            script_sha256: STANDARD.encode(Sha256::digest(&script)),
            script,
            json_sha256,
            tags: tags.collect(),
            boxes: [
                StatementBox::new(
                    report,
                    lines,
                    StatementKind::Seen,
                    ("seen", "Seen in the records", "Nothing is stated."),
                ),
                StatementBox::new(
                    report,
                    lines,
                    StatementKind::Inferred,
                    ("inferred", "Inferred", "Nothing is inferred."),
                ),
                StatementBox::new(
                    report,
                    lines,
                    StatementKind::Unknown,
                    ("unknown", "Not known", "Nothing beyond the gaps listed below."),
                ),
            ],
        }
    }

    /// The tables of the timeline.
    fn tables(&self) -> impl Iterator<Item = Rows<'_>> {
        self.here.rows.chunks(ROWS).enumerate().map(|(at, rows)| Rows {
            first: at * ROWS + 1,
            last: at * ROWS + rows.len(),
            rows,
        })
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop")]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::fs;
    use std::path::Path;

    use super::super::{example, hidden::is_hidden};
    use super::*;
    use crate::model::RecordId;

    fn page(report: &Report) -> String {
        String::from_utf8(Html.render(report).unwrap()).unwrap()
    }

    fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
        text.split_once(start).unwrap().1.split_once(end).unwrap().0
    }

    /// Every tag of the page, without its angle brackets. A page of ours has no `<` or `>` but
    /// those of tags, once its document type and style are taken out.
    fn tags(html: &str) -> Vec<String> {
        let html = html.replace(&style(), "").replace(&packed(SCRIPT), "");
        let html = html.replace("<!DOCTYPE html>", "");
        html.split('<').skip(1).map(|tag| tag.split_once('>').unwrap().0.to_owned()).collect()
    }

    /// Names and values of a tag's attributes.
    fn attributes(tag: &str) -> Vec<(String, String)> {
        let (_, mut rest) = tag.split_once(' ').unwrap_or((tag, ""));
        let mut all = Vec::new();
        while let Some((name, after)) = rest.split_once("=\"") {
            let (value, after) = after.split_once('"').unwrap();
            all.push((name.trim().to_owned(), value.to_owned()));
            rest = after;
        }
        let rest = rest.trim().trim_end_matches('/');
        assert!(["", "hidden", "checked"].contains(&rest), "an attribute without quotes: {tag}");
        all
    }

    fn counts(html: &str) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for tag in tags(html) {
            let name = tag.split(' ').next().unwrap_or_default();
            // The lines of a box of the picture are as many as its texts take.
            if !["mark", "text"].contains(&name.trim_start_matches('/')) {
                *counts.entry(name.to_owned()).or_default() += 1;
            }
        }
        counts
    }

    fn ids(html: &str) -> Vec<String> {
        let all = tags(html).into_iter().flat_map(|tag| attributes(&tag));
        all.filter(|(name, _)| name == "id").map(|(_, value)| value).collect()
    }

    fn templates() -> Vec<(String, String)> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
        let entries = [root.clone(), root.join("partials")].map(|dir| fs::read_dir(dir).unwrap());
        let paths = entries.into_iter().flatten().map(|entry| entry.unwrap().path());
        let html = paths.filter(|path| path.extension().is_some_and(|end| end == "html"));
        html.map(|path| (path.display().to_string(), fs::read_to_string(path).unwrap())).collect()
    }

    #[test]
    fn the_policy_names_the_hashes_of_style_and_script_as_written() {
        let html = page(&example::hostile());
        let style = between(&html, "<style>", "</style>");
        let script = between(&html, "<script>", "</script>");
        let [style_hash, script_hash] =
            [style, script].map(|text| STANDARD.encode(Sha256::digest(text)));
        let policy = format!(
            "<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" \
             content=\"default-src 'none'; style-src 'sha256-{style_hash}'; \
             script-src 'sha256-{script_hash}'; img-src data:; base-uri 'none'; \
             form-action 'none'; require-trusted-types-for 'script'\">"
        );
        assert!(html.contains(&policy), "{}", html.get(..700).unwrap());
        assert!(style.len() <= 8 * 1024, "the style has {} bytes", style.len());
        assert!(script.len() <= 6 * 1024, "the script has {} bytes", script.len());
        for word in ["innerHTML", "eval", "fetch", "Function(", "import", "storage", "http:", "<"] {
            let script = script.replace(" < ", "");
            assert!(!script.contains(word), "{word} in the script");
        }
        for word in ["url(", "@import", "http", "<"] {
            assert!(!style.contains(word), "{word} in the style");
        }
    }

    #[test]
    fn tags_hold_nothing_that_runs_or_leads_out_of_the_page() {
        for report in [example::calm(), example::hostile(), example::empty()] {
            let html = page(&report);
            for tag in tags(&html) {
                let name = tag.split(' ').next().unwrap_or_default();
                assert!(
                    !["iframe", "object", "embed", "base", "form", "img"].contains(&name)
                        && !tag.starts_with("script "),
                    "{tag}"
                );
                for (name, value) in attributes(&tag) {
                    assert!(!name.starts_with("on") && name != "style" && name != "src", "{tag}");
                    assert!(!value.contains("http") && !value.contains("//"), "{tag}");
                    let inside = value.starts_with('#') || value == "data:,";
                    assert!(name != "href" || inside, "{tag}");
                }
            }
        }
    }

    #[test]
    fn hostile_texts_change_no_element_and_show_what_they_hide() {
        let html = page(&example::hostile());
        let mut calm = example::calm();
        // What is folded depends on lengths.
        for (statement, hostile) in calm.statements.iter_mut().zip(example::hostile().statements) {
            statement.text = "x".repeat(hostile.text.raw().chars().count()).into();
        }
        assert_eq!(counts(&html), counts(&page(&calm)));
        assert!(!html.chars().any(|c| is_hidden(c) && c != '\n' && c != '\t'));
        assert!(tags(&html).iter().all(|tag| !tag.contains("evil")));
        assert!(html.contains("<mark>U+202E</mark>"));
        let title = between(&html, "<title>", "</title>");
        assert!(title.contains("‹U+202E›") && !title.contains("mark>"), "{title}");
    }

    #[test]
    fn every_id_is_there_once_and_every_link_arrives() {
        for report in [example::calm(), example::hostile()] {
            let html = page(&report);
            let ids = ids(&html);
            let known: BTreeSet<&String> = ids.iter().collect();
            assert_eq!(ids.len(), known.len());
            for (name, value) in tags(&html).iter().flat_map(|tag| attributes(tag)) {
                let targets = match name.as_str() {
                    "href" if value.starts_with('#') => value.trim_start_matches('#'),
                    "aria-labelledby" => &value,
                    _ => continue,
                };
                assert!(known.contains(&targets.to_owned()), "{name} {value}");
            }
        }
    }

    #[test]
    fn an_id_that_is_no_id_becomes_text() {
        let mut report = example::calm();
        let odd = RecordId("\"><b onclick=x>\u{202E}".to_owned());
        for row in &mut report.timeline {
            row.id = Text::from("\"><b onclick=x>\u{202E}");
            row.citation = (&odd).into();
        }
        for record in &mut report.evidence {
            record.id = (&odd).into();
        }
        let html = page(&report);
        assert!(!html.contains("<b onclick") && !html.contains('\u{202E}'));
        assert!(html.contains("&quot;&gt;&lt;b onclick=x&gt;<mark>U+202E</mark>"));
        assert!(!ids(&html).iter().any(|id| id.starts_with("t-") || id.starts_with("e-")));
    }

    /// Whatever is neither a text nor a moment nor a citation: numbers, words of ours, hashes.
    const PLAIN: &[&str] = &[
        "Picture::DAYS",
        "heading.title",
        "heading.x",
        "line.more",
        "one.column",
        "one.height",
        "one.more",
        "one.width",
        "one.x",
        "one.x + Picture::INDENT",
        "one.y",
        "one.y + words.y",
        "report.picture.boxes.len()",
        "report.picture.height",
        "report.picture.lines.len()",
        "report.picture.width",
        "stroke.d",
        "stroke.heads",
        "width",
        "answers",
        "blocked",
        "actor.calls",
        "act.count",
        "act.outcome",
        "actor.denied",
        "complete",
        "count",
        "TimeBar::HEIGHT",
        "TimeBar::WIDTH",
        "bar.height",
        "call.count",
        "call.denied",
        "call.failed",
        "change",
        "none",
        "part.title",
        "phase.none",
        "report.activity.no_start",
        "report.reach.did_left",
        "report.activity.state",
        "phase.title",
        "bar.x",
        "bar.y",
        "css|safe",
        "days",
        "entry.view.cut",
        "group.kind",
        "group.left",
        "group.more.len()",
        "group.none",
        "archive.places.len()",
        "archive.shown().len()",
        "place.opened",
        "place.passed",
        "place.records",
        "place.silent_hours",
        "query.rows",
        "query.scanned_bytes",
        "group.title",
        "loop.index",
        "here.actors.len()",
        "here.changes.len()",
        "here.gaps.len()",
        "here.indicators.len()",
        "here.records.len()",
        "here.rows.len()",
        "report.evidence.len() - here.records.len()",
        "report.timeline.len() - here.rows.len()",
        "row.view.outcome",
        "script_sha256",
        "script|safe",
        "x",
        "incomplete",
        "json_sha256",
        "label",
        "port",
        "report.actors.len()",
        "report.changes.len()",
        "report.coverage.len()",
        "report.coverage.len() - complete - incomplete",
        "report.evidence.len()",
        "report.gaps.len()",
        "report.generator.name",
        "report.generator.version",
        "report.indicators.len()",
        "report.making.around_minutes",
        "report.schema",
        "report.timeline.len()",
        "requests",
        "severity|fmt(\"{:.1}\")",
        "source.kept",
        "source.records",
        "source.title",
        "style_sha256",
        "table.first",
        "table.last",
    ];

    #[test]
    fn templates_show_texts_through_their_filter_alone() {
        let templates = templates();
        assert!(templates.len() > 10);
        for (path, text) in templates {
            for shown in text.split("{{").skip(1) {
                let shown = shown.split_once("}}").unwrap().0.trim();
                let known = match shown.rsplit_once('|') {
                    Some((
                        _,
                        "shown" | "shown_pre" | "bare" | "cited(here)" | "told(report)" | "clock"
                        | "utc" | "word" | "why" | "source" | "name" | "record_id" | "row_id"
                        | "row_anchor" | "step_id" | "step_anchor",
                    )) => true,
                    _ => PLAIN.contains(&shown),
                };
                assert!(known, "{path}: {{{{ {shown} }}}}");
            }
            let text = text.replace("<script>{{ script|safe }}</script>", "");
            for word in ["<!--", "<script", " style=", "http:", "https:", "src="] {
                assert!(!text.contains(word), "{path}: {word}");
            }
        }
    }

    #[test]
    fn headings_descend_one_by_one_from_one_title() {
        let html = page(&example::calm());
        let levels = tags(&html).into_iter().filter_map(|tag| {
            let level = tag.strip_prefix('h')?.split(' ').next()?;
            level.parse::<u8>().ok()
        });
        let levels: Vec<u8> = levels.collect();
        assert_eq!(levels.first(), Some(&1));
        assert_eq!(levels.iter().filter(|level| **level == 1).count(), 1);
        for pair in levels.windows(2) {
            assert!(matches!(pair, [above, below] if *below <= above + 1), "{levels:?}");
        }
    }

    #[test]
    fn what_was_not_seen_is_not_said_to_be_absent() {
        let other_resource = page(&example::empty());
        assert!(other_resource.contains("Not looked for: casefile follows"));
        let mut unread = example::empty();
        unread.subject = example::calm().subject;
        let none_read = page(&unread);
        for sentence in [
            "No record of the function’s creation was seen. Nothing was asked of this source.",
            "No record of a deletion was seen. Nothing was asked of this source.",
            "No change was found. Nothing was asked of this source.",
            "Nobody was found to have acted on this function. Nothing was asked of this source.",
            "No gap is known.",
        ] {
            assert!(none_read.contains(sentence), "{sentence}");
        }
        let mut report = example::calm();
        report.changes.clear();
        report.actors.clear();
        let none_found = page(&report);
        for sentence in [
            "No change was found. None is among the 3 AWS Config records read,",
            "None is among the 214 CloudTrail records read,",
            "No record of a deletion was seen.",
        ] {
            assert!(none_found.contains(sentence), "{sentence}");
        }
        assert!(!none_found.contains("Nothing was asked"));
    }

    #[test]
    fn a_record_is_closed_with_its_hash_and_says_what_is_cut() {
        let report = example::calm();
        let html = page(&report);
        let record = between(&html, "<details id=\"e-F-9f2c41d0\">", "</details>");
        assert!(record.contains(report.evidence.first().unwrap().sha256.raw()));
        assert!(record.contains("<pre tabindex=\"0\">{\n  \"eventVersion\": "));
        assert!(record.contains("1234 more bytes are in the JSON report."));
    }

    #[test]
    fn a_long_timeline_is_cut_into_tables_and_stays_small() {
        let mut report = example::calm();
        let before = page(&report).len();
        let rows = report.timeline.clone();
        for row in rows.iter().cycle().take(492) {
            let mut row = row.clone();
            row.id = Text::new(format!("{}-{}", row.id.raw(), report.timeline.len()));
            report.timeline.push(row);
        }
        let html = page(&report);
        assert_eq!(html.matches("<table class=\"timeline\">").count(), 5);
        assert!(html.contains("Rows 401 to 500 of 500"));
        let each = (html.len() - before) / 492;
        assert!(each <= 500, "a row has {each} bytes");
    }

    #[test]
    fn a_page_is_never_larger_than_a_ticket_takes_and_counts_what_it_leaves_out() {
        let mut report = example::calm();
        let (row, actor) = (report.timeline.first().unwrap(), report.actors.first().unwrap());
        let (row, actor) = (row.clone(), actor.clone());
        let indicator = report.indicators.first().unwrap().clone();
        for at in 0..12_000 {
            let mut row = row.clone();
            row.id = Text::new(format!("T-{at:08}"));
            row.text = Text::new("x".repeat(900));
            row.key = at % 10 == 0;
            report.timeline.push(row);
            let mut actor = actor.clone();
            actor.name = Text::new(format!("actor {at} {}", "y".repeat(900)));
            report.actors.push(actor);
            report.indicators.push(indicator.clone());
        }
        let html = page(&report);
        assert!(html.len() <= LARGEST, "{} bytes", html.len());
        let (rows, actors) = (report.timeline.len(), report.actors.len());
        assert!(html.contains(&format!("The timeline has {rows} rows.")));
        assert!(html.contains(&format!(" of {actors} are on this page; the JSON report has all.")));
    }

    #[test]
    fn the_page_names_the_hash_of_the_json_report_and_is_the_same_each_time() {
        let report = example::calm();
        let html = page(&report);
        let json = super::super::by_name("json").unwrap().render(&report).unwrap();
        assert!(html.contains(&hex(&Sha256::digest(json))));
        assert_eq!(html, page(&report));
    }
}
