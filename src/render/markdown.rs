//! The body of a ticket: what a reader needs in half a minute, and where the rest is.

use std::collections::BTreeSet;

use sha2::{Digest as _, Sha256};

use super::html::hex;
use super::ticket::{harmless, span};
use super::{Format, RenderError, json, stem};
use crate::report::{Cite, Piece, Report, Statement, StatementKind, Visible, When, pieces};

/// The report in at most thirty lines.
///
/// It is one list, which Markdown, Jira's wiki text and the eye read alike. Words of casefile's own
/// stand bare; everything that anybody else could have chosen stands in a [`span`].
pub struct Markdown;

/// How much of each part is told.
const SEEN: usize = 4;
const INFERRED: usize = 3;
const UNKNOWN: usize = 2;
const GAPS: usize = 2;
const INDICATORS: usize = 8;
const CITED: usize = 10;
const HASHES: usize = 12;

/// A sentence that is longer, in characters, is left to the report.
const LONGEST: usize = 300;

impl Format for Markdown {
    fn name(&self) -> &'static str {
        "md"
    }

    fn about(&self) -> &'static str {
        "the body of a ticket, at most 30 lines"
    }

    fn extension(&self) -> &'static str {
        "md"
    }

    fn packed(&self) -> &'static str {
        "summary.md"
    }

    fn render(&self, report: &Report) -> Result<Vec<u8>, RenderError> {
        let json = hex(&Sha256::digest(json::Json.render(report)?));
        let mut body = Body { report, lines: Vec::new(), cited: Vec::new() };
        body.headline();
        body.severity();
        body.affected();
        body.when();
        body.active();
        body.statements("Seen in the records", StatementKind::Seen, SEEN);
        body.statements("Inferred", StatementKind::Inferred, INFERRED);
        body.statements("Not known", StatementKind::Unknown, UNKNOWN);
        body.cause();
        body.impact();
        body.first();
        body.indicators();
        body.gaps();
        body.evidence(&json);
        body.attachment();
        Ok((body.lines.join("\n") + "\n").into_bytes())
    }
}

struct Body<'a> {
    report: &'a Report,
    lines: Vec<String>,
    /// The records cited so far.
    cited: Vec<&'a Cite>,
}

impl<'a> Body<'a> {
    fn headline(&mut self) {
        let headline = self.sentence(&self.report.headline);
        let cited = self.cite([&self.report.finding.citation]);
        self.lines.push(format!("{headline} {cited}"));
        self.lines.push(String::new());
    }

    fn severity(&mut self) {
        let finding = &self.report.finding;
        let severity = match (finding.severity_label, finding.severity) {
            (Some(label), Some(number)) => format!("{label} {number:.1}"),
            (_, Some(number)) => format!("{number:.1}"),
            _ => "not stated".to_owned(),
        };
        let sample = if finding.sample { " (a sample finding)" } else { "" };
        let kind = span(&finding.kind.visible());
        let cited = self.cite([&finding.citation]);
        let confidence = match &self.report.provenance.running {
            Some(running) => {
                format!("{} for where the code came from", running.confidence)
            }
            None => "where the code came from is not established".to_owned(),
        };
        self.item(format!(
            "Severity: {severity}{sample}, {kind} {cited}. Confidence: {confidence}"
        ));
    }

    fn affected(&mut self) {
        let finding = &self.report.finding;
        let mut parts = Vec::new();
        if let Some(subject) = &self.report.subject {
            parts.push(format!("Lambda function {}", span(&subject.name.visible())));
            let version = subject.version.iter().map(|text| ("version", text));
            let role = subject.role_arn.iter().map(|text| ("role", text));
            for (word, text) in version.chain(role) {
                parts.push(format!("{word} {}", span(&text.visible())));
            }
        } else if let Some(kind) = &finding.resource_type {
            parts.push(format!("resource of type {}", span(&kind.visible())));
        }
        let account = finding.account.iter().map(|text| ("account", text));
        let region = finding.region.iter().map(|text| ("Region", text));
        for (word, text) in account.chain(region) {
            parts.push(format!("{word} {}", span(&text.visible())));
        }
        let cited = match &self.report.subject {
            Some(subject) => self.cite(subject.citations.iter()),
            None => self.cite([&finding.citation]),
        };
        self.item(format!("Affected: {} {cited}", parts.join(", ")));
    }

    fn when(&mut self) {
        let finding = &self.report.finding;
        let mut parts = Vec::new();
        let moments = [("first seen", &finding.first_seen), ("last seen", &finding.last_seen)];
        for (word, when) in moments {
            parts.extend(when.iter().map(|when| format!("{word} {}", clock(when))));
        }
        parts.extend(finding.count.map(|count| match count {
            1 => "counted once".to_owned(),
            count => format!("counted {count} times"),
        }));
        if parts.is_empty() {
            parts.push("not stated".to_owned());
        }
        let cited = self.cite([&finding.citation]);
        let start = match &self.report.activity.start {
            Some(start) => {
                let cited = self.cite(start.citations.iter());
                format!("Likely start {} {cited}", clock(&start.time))
            }
            None => "Likely start not established".to_owned(),
        };
        self.item(format!("When: {} {cited}. {start}", parts.join(", ")));
    }

    fn active(&mut self) {
        let activity = &self.report.activity;
        let text = self.sentence(&activity.text);
        let cited = self.cite(activity.citations.iter());
        self.item(format!("Still active: {}. {text} {cited}", activity.state));
    }

    fn statements(&mut self, title: &str, kind: StatementKind, most: usize) {
        let report = self.report;
        let all: Vec<&Statement> = report.statements.iter().filter(|s| s.kind == kind).collect();
        self.title(title, all.len(), most);
        for statement in all.into_iter().take(most) {
            let text = self.sentence(&statement.text);
            let cited = self.cite(statement.citations.iter());
            self.lines.push(format!("  - {text} {cited}"));
        }
    }

    fn cause(&mut self) {
        let Some(running) = &self.report.provenance.running else {
            let cited = self.cite([&self.report.finding.citation]);
            self.item(format!(
                "Root cause: not established, nor which call put the code in place {cited}"
            ));
            return;
        };
        let cited = self.cite(running.citations.iter());
        self.item(format!(
            "Root cause: not established. The code that ran was put in place by {} with {} {} ({}) {cited}",
            span(&running.actor.visible()),
            span(&running.event_name.visible()),
            clock(&running.time),
            running.confidence,
        ));
    }

    fn impact(&mut self) {
        let cited = self.cite([&self.report.finding.citation]);
        self.item(format!(
            "Impact: unknown. Nothing is concluded about data that was read, changed or sent {cited}"
        ));
    }

    fn first(&mut self) {
        let steps = self.report.first_steps();
        if steps.is_empty() {
            self.item("Do first: no step was worked out".to_owned());
            return;
        }
        self.item("Do first:".to_owned());
        for step in steps {
            let text = self.sentence(&step.text);
            let cited = self.cite(step.citations.iter());
            let command = match step.command.as_ref().map(Visible::visible) {
                Some(command) if is_typed_so(&command) => format!(": `{command}`"),
                Some(_) => ". The command is in the report".to_owned(),
                None => String::new(),
            };
            self.lines.push(format!("  - {text} {cited}{command}"));
        }
    }

    fn indicators(&mut self) {
        const KINDS: [&str; 8] = [
            "ip",
            "domain",
            "access_key_id",
            "code_sha256",
            "s3_object",
            "image_uri",
            "layer_arn",
            "account_id",
        ];
        let report = self.report;
        let told: Vec<_> = KINDS
            .iter()
            .flat_map(|kind| report.indicators.iter().filter(move |one| one.kind == *kind))
            .take(INDICATORS)
            .collect();
        if told.is_empty() {
            self.item(format!("Indicators (0 of {})", report.indicators.len()));
            return;
        }
        let texts: Vec<String> = told
            .iter()
            .map(|one| {
                let cited = self.cite(one.citations.iter());
                let kind = one.kind.replace('_', " ");
                format!("{kind} {} {cited}", span(&cut(&one.value.visible())))
            })
            .collect();
        let (some, all) = (told.len(), report.indicators.len());
        self.item(format!("Indicators ({some} of {all}): {}", texts.join(", ")));
    }

    fn gaps(&mut self) {
        let report = self.report;
        self.title("Not seen", report.gaps.len(), GAPS);
        for gap in report.gaps.iter().take(GAPS) {
            let asked = self.sentence(&gap.asked);
            let reason = self.sentence(&gap.reason);
            let cited = self.cite(gap.citations.iter());
            let line = format!("  - {} {asked}: {reason} {cited}", span(&gap.source.visible()));
            self.lines.push(line.trim_end().to_owned());
        }
    }

    fn evidence(&mut self, json: &str) {
        let report = self.report;
        let counts: Vec<String> = report
            .coverage
            .iter()
            .map(|source| {
                let of_it = report.evidence.iter().filter(|one| one.source == source.source);
                format!("{} {}", source.title, of_it.count())
            })
            .collect();
        let cited: BTreeSet<&Cite> = self.cited.iter().copied().collect();
        let mut told: Vec<_> =
            report.evidence.iter().filter(|one| cited.contains(&one.id)).collect();
        told.sort_by_key(|one| self.cited.iter().position(|cite| **cite == one.id));
        let hashes: Vec<String> = told
            .iter()
            .take(HASHES)
            .map(|one| {
                let hash: String = one.sha256.visible().chars().take(16).collect();
                format!("{} {}…", one.id, span(&hash))
            })
            .collect();
        self.item(format!(
            "Evidence: {} ({}). SHA256 of the JSON report {}; of records cited here ({} of {}): {}",
            match report.evidence.len() {
                1 => "1 record".to_owned(),
                count => format!("{count} records"),
            },
            counts.join(", "),
            span(json),
            hashes.len(),
            cited.len(),
            hashes.join(", "),
        ));
    }

    fn attachment(&mut self) {
        let name = stem(self.report.finding.id.raw());
        self.item(format!(
            "Attached: the report {}, which has everything that is left out here, by {} {}",
            span(&name),
            self.report.generator.name,
            self.report.generator.version,
        ));
    }

    fn item(&mut self, text: String) {
        self.lines.push(format!("- {text}"));
    }

    fn title(&mut self, title: &str, all: usize, most: usize) {
        let count = if all > most { format!("{most} of {all}") } else { all.to_string() };
        let colon = if all == 0 { "" } else { ":" };
        self.item(format!("{title} ({count}){colon}"));
    }

    /// A sentence, with the second clock after each of its moments.
    fn sentence(&self, text: &impl Visible) -> String {
        let visible = text.visible();
        let pieces = pieces(&visible, self.report.making.clock.as_ref());
        let told: String = pieces
            .iter()
            .map(|piece| match piece {
                Piece::Words(words) => (*words).to_owned(),
                Piece::Moment(when) => clock(when),
            })
            .collect();
        span(&cut(&told))
    }

    /// The records behind a sentence.
    fn cite(&mut self, cites: impl IntoIterator<Item = &'a Cite>) -> String {
        let cites: Vec<&Cite> = cites.into_iter().collect();
        if cites.is_empty() {
            return String::new();
        }
        let mut names: Vec<String> = cites.iter().take(CITED).map(ToString::to_string).collect();
        if cites.len() > CITED {
            names.push(format!("and {} more", cites.len() - CITED));
        }
        for cite in cites {
            if !self.cited.contains(&cite) {
                self.cited.push(cite);
            }
        }
        format!("({})", names.join(", "))
    }
}

/// Whether a ticket shows a command as it must be typed: otherwise it is not shown at all. The two
/// dashes of an option mean something to wiki text, but nothing that could hurt.
fn is_typed_so(command: &str) -> bool {
    let command = command.replace(" --", " ");
    harmless(&command) == command
}

/// `2026-11-20 02:11:47Z`, and the second clock behind it.
fn clock(when: &When) -> String {
    let utc = when.utc.replacen('T', " ", 1);
    match &when.local {
        Some(local) => format!("{utc} ({local})"),
        None => utc,
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop")]
mod tests {
    use super::super::{example, hidden::is_hidden};
    use super::*;

    fn body(report: &Report) -> String {
        String::from_utf8(Markdown.render(report).unwrap()).unwrap()
    }

    #[test]
    fn it_is_never_longer_than_thirty_lines() {
        for mut report in [example::calm(), example::hostile(), example::empty()] {
            for _ in 0..4 {
                report.statements.extend(report.statements.clone());
                report.gaps.extend(report.gaps.clone());
                report.indicators.extend(report.indicators.clone());
            }
            let lines = body(&report).lines().count();
            assert!(lines <= 30, "{lines}");
        }
    }

    #[test]
    fn outside_of_code_spans_stand_words_of_ours_alone() {
        let hostile = body(&example::hostile());
        assert!(!hostile.chars().any(|c| is_hidden(c) && c != '\n'));
        for line in hostile.lines() {
            assert_eq!(line.matches('`').count() % 2, 0, "{line}");
            for own in line.split('`').step_by(2) {
                let plain = |c: char| c.is_ascii_alphanumeric() || " -,.:;()…+".contains(c);
                assert!(own.chars().all(plain), "{own}");
                assert!(!own.contains("//") && !own.contains("www."), "{own}");
            }
        }
    }

    #[test]
    fn a_command_is_shown_whole_or_not_at_all() {
        let mut report = example::calm();
        let command = "aws lambda put-function-concurrency --function-name 'order-export' --reserved-concurrent-executions 0";
        let first = report.next_steps.iter_mut().find(|step| step.first).unwrap();
        first.command = Some(command.into());
        assert!(body(&report).contains(&format!(": `{command}`")));
        for command in ["aws x --y '`a`'", "aws x\nrm y", "aws x --y '{\"z\":1}'"] {
            let first = report.next_steps.iter_mut().find(|step| step.first).unwrap();
            first.command = Some(command.into());
            assert!(body(&report).contains(". The command is in the report"), "{command}");
        }
    }

    #[test]
    fn the_second_clock_stands_beside_utc() {
        assert!(
            body(&example::calm()).contains("2026-11-20 02:11:47Z (2026-11-20 11:11:47+09:00)")
        );
    }
}
