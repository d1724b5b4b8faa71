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
    tags: Vec<(&'a Text, &'a Text)>,
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

impl Rows<'_> {
    /// Whether the table is long enough to be passed over while it is out of sight.
    fn is_full(&self) -> bool {
        self.rows.len() == ROWS
    }
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
            tags: tags.collect(),
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
        let html = html.replace(CSS, "").replace("<!DOCTYPE html>", "");
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
        assert!(rest.trim().is_empty(), "an attribute without quotes: {tag}");
        all
    }

    fn counts(html: &str) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for tag in tags(html) {
            let name = tag.split(' ').next().unwrap_or_default();
            if !name.trim_start_matches('/').eq("mark") {
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
    fn the_policy_names_the_hash_of_the_style_as_written() {
        let html = page(&example::hostile());
        let style = between(&html, "<style>", "</style>");
        let hash = STANDARD.encode(Sha256::digest(style));
        let policy = format!(
            "<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" \
             content=\"default-src 'none'; style-src 'sha256-{hash}'; img-src data:; \
             base-uri 'none'; form-action 'none'\">"
        );
        assert!(html.contains(&policy), "{}", html.get(..600).unwrap());
        assert!(style.len() <= 8 * 1024, "the style has {} bytes", style.len());
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
                    !["script", "iframe", "object", "embed", "base", "form", "img", "svg"]
                        .contains(&name),
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
        assert_eq!(counts(&html), counts(&page(&example::calm())));
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
        "blocked",
        "actor.calls",
        "actor.denied",
        "complete",
        "count",
        "css|safe",
        "incomplete",
        "json_sha256",
        "label",
        "port",
        "record.cut",
        "report.actors.len()",
        "report.changes.len()",
        "report.coverage.len()",
        "report.coverage.len() - complete - incomplete",
        "report.evidence.len()",
        "report.gaps.len()",
        "report.generator.name",
        "report.generator.version",
        "report.graph.edges.len()",
        "report.graph.nodes.len()",
        "report.indicators.len()",
        "report.making.around_minutes",
        "report.schema",
        "report.timeline.len()",
        "requests",
        "row.outcome",
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
                        "shown" | "shown_pre" | "bare" | "cited" | "clock" | "utc" | "word" | "why"
                        | "source" | "name" | "record_id" | "row_id" | "row_anchor",
                    )) => true,
                    _ => PLAIN.contains(&shown),
                };
                assert!(known, "{path}: {{{{ {shown} }}}}");
            }
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
            "No record of the function’s creation was seen. No CloudTrail record was read.",
            "No record of a deletion was seen. No CloudTrail record was read.",
            "No AWS Config record was read, so nothing can be said about changes.",
            "No CloudTrail record was read, so nothing can be said about who acted.",
            "No gap is known.",
        ] {
            assert!(none_read.contains(sentence), "{sentence}");
        }
        let mut report = example::calm();
        report.changes.clear();
        report.actors.clear();
        let none_found = page(&report);
        for sentence in [
            "No change was found in the AWS Config records that were read.",
            "in the CloudTrail records that were read.",
            "No record of a deletion was seen.",
        ] {
            assert!(none_found.contains(sentence), "{sentence}");
        }
        assert!(!none_found.contains("record was read"));
    }

    #[test]
    fn a_record_is_closed_with_its_hash_and_says_what_is_cut() {
        let report = example::calm();
        let html = page(&report);
        let record = between(&html, "<details id=\"e-F-9f2c41d0\">", "</details>");
        assert!(record.contains(report.evidence.first().unwrap().sha256.raw()));
        assert!(record.contains("<pre tabindex=\"0\">{\n  &quot;eventVersion&quot;: "));
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
    fn the_page_names_the_hash_of_the_json_report_and_is_the_same_each_time() {
        let report = example::calm();
        let html = page(&report);
        let json = super::super::by_name("json").unwrap().render(&report).unwrap();
        assert!(html.contains(&hex(&Sha256::digest(json))));
        assert_eq!(html, page(&report));
    }
}
