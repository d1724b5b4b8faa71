//! The forms of a report beside the page and the JSON: they say the same facts, whatever anybody put
//! into a name, and fit into one attachment.

#![expect(clippy::expect_used, reason = "a test may stop")]

#[allow(dead_code, reason = "shared with other tests")]
mod program;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{Cursor, Read as _},
    path::Path,
    sync::LazyLock,
};

use casefile::evidence::sha256_hex;
use program::{run, run_in, run_in_with, sample, samples};
use serde_json::Value;
use tempfile::TempDir;
use zip::ZipArchive;

/// The forms, how each ends, and what it is called in an attachment.
const FORMS: [(&str, &str, &str); 8] = [
    ("html", "html", "report.html"),
    ("json", "json", "report.json"),
    ("md", "md", "summary.md"),
    ("csv", "csv", "timeline.csv"),
    ("jsonl", "jsonl", "timeline.jsonl"),
    ("iocs", "iocs.csv", "iocs.csv"),
    ("dot", "dot", "graph.dot"),
    ("graphml", "graphml", "graph.graphml"),
];

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

fn path(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<String> = entries
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// Every form of every sample, as one run writes them.
static WRITTEN: LazyLock<BTreeMap<String, BTreeMap<&str, String>>> = LazyLock::new(|| {
    let written = |name: String| {
        let folder = folder();
        let sample = sample(&name);
        let arguments = ["render", path(&sample), "-q", "-o", "x.html"];
        let forms = FORMS.iter().flat_map(|(form, _, _)| ["-f", form]);
        run_in(folder.path(), arguments.into_iter().chain(forms)).exits(0);
        let read = |ending| fs::read_to_string(folder.path().join(format!("x.{ending}")));
        let forms = FORMS.iter().map(|(form, ending, _)| (*form, read(ending).expect("a form")));
        let forms: BTreeMap<&str, String> = forms.collect();
        (name, forms)
    };
    samples().into_iter().map(written).collect()
});

fn form(name: &str, form: &str) -> &'static str {
    WRITTEN.get(name).and_then(|forms| forms.get(form)).expect("a form")
}

fn form_with(name: &str, form: &str, options: &[&str]) -> String {
    let sample = sample(name);
    let arguments = ["render", path(&sample), "-q", "-f", form, "-o", "-"];
    let out = run(arguments.iter().chain(options)).exits(0).out;
    String::from_utf8(out).expect("UTF-8")
}

fn json(name: &str) -> Value {
    serde_json::from_str(form(name, "json")).expect("JSON")
}

fn list<'a>(report: &'a Value, pointer: &str) -> &'a [Value] {
    report.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value.get(member).and_then(Value::as_str).unwrap_or_default()
}

fn citations(value: &Value) -> Vec<&str> {
    list(value, "/citations").iter().filter_map(Value::as_str).collect()
}

/// Reads CSV whose every cell is quoted, below a line of bare names.
fn table(csv: &str) -> Vec<BTreeMap<&str, String>> {
    let (names, rows) = csv.split_once('\n').expect("a line of names");
    let names: Vec<&str> = names.split(',').collect();
    rows.lines()
        .map(|line| {
            let mut cells = vec![String::new()];
            let mut quoted = false;
            let mut characters = line.chars().peekable();
            while let Some(character) = characters.next() {
                let cell = cells.last_mut().expect("a cell");
                match character {
                    '"' if quoted && characters.next_if_eq(&'"').is_some() => cell.push('"'),
                    '"' => quoted = !quoted,
                    ',' if !quoted => cells.push(String::new()),
                    other => cell.push(other),
                }
            }
            assert!(!quoted, "{line:?}");
            assert_eq!(cells.len(), names.len(), "{line:?}");
            names.iter().copied().zip(cells).collect()
        })
        .collect()
}

/// What looks like a record's id.
fn ids(text: &str) -> BTreeSet<&str> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    let id = |word: &&str| {
        word.len() == 10
            && ["F-", "C-", "T-"].iter().any(|start| word.starts_with(start))
            && word.chars().skip(2).all(|c| c.is_ascii_hexdigit())
    };
    words.filter(id).collect()
}

/// Characters that no form may hold as they are: a sample of those that hide or turn.
fn hidden(text: &str) -> Vec<char> {
    let hidden = |c: &char| {
        (c.is_control() && *c != '\n' && *c != '\t')
            || matches!(c, '\u{AD}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
    };
    text.chars().filter(hidden).collect()
}

#[test]
fn no_form_of_any_sample_holds_a_hidden_character() {
    for name in samples() {
        for (form_name, _, _) in FORMS {
            let text = form(&name, form_name);
            assert!(hidden(text).is_empty(), "{name} {form_name}: {:?}", hidden(text));
        }
    }
}

#[test]
fn the_timeline_is_whole_in_both_of_its_forms() {
    for name in samples() {
        let report = json(&name);
        let rows = list(&report, "/timeline");
        let table_text = form(&name, "csv");
        assert!(table_text.starts_with("message,datetime,timestamp_desc,"));
        let table = table(table_text);
        let lines = form(&name, "jsonl");
        let lines: Vec<Value> =
            lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        assert_eq!((table.len(), lines.len()), (rows.len(), rows.len()), "{name}");
        for ((row, cells), line) in rows.iter().zip(&table).zip(&lines) {
            for (member, column) in [("id", "row"), ("time", "time"), ("citation", "record")] {
                assert_eq!(cells.get(column).map(String::as_str), Some(text(row, member)));
                assert_eq!(text(line, column), text(row, member));
            }
            for member in ["source", "name", "actor", "target", "outcome", "access", "relation"] {
                assert_eq!(line.get(member), row.get(member), "{name} {member}");
            }
            assert!(text(line, "message").ends_with(text(row, "text")), "{line}");
            assert!(!text(line, "timestamp_desc").is_empty());
            // One form for all, or pandas drops those that differ from the first.
            let datetime = text(line, "datetime");
            assert_eq!(datetime.len(), "2026-11-20T02:11:47.000000+00:00".len(), "{datetime}");
            assert!(datetime.ends_with("+00:00"), "{datetime}");
            assert_eq!(cells.get("datetime").map(String::as_str), Some(datetime));
            let tags = cells.get("tag").map(|tags| serde_json::from_str::<Value>(tags));
            assert_eq!(tags.expect("tags").expect("a list"), line["tag"]);
        }
    }
}

#[test]
fn every_indicator_is_there_with_its_records() {
    for name in samples() {
        let report = json(&name);
        let indicators = list(&report, "/indicators");
        let csv = form(&name, "iocs");
        let rows = table(csv);
        assert_eq!(rows.len(), indicators.len(), "{name}");
        for (row, indicator) in rows.iter().zip(indicators) {
            assert_eq!(row.get("type").map(String::as_str), Some(text(indicator, "type")));
            let records = citations(indicator).join(" ");
            assert_eq!(row.get("records"), Some(&records));
        }
    }
}

#[test]
fn no_cell_calculates() {
    for name in samples() {
        for form_name in ["csv", "iocs"] {
            for row in table(form(&name, form_name)) {
                for cell in row.values() {
                    let first = cell.trim_start_matches([' ', '"']);
                    assert!(
                        !first.starts_with(['=', '+', '-', '@', '|', '%', '\t', '\r']),
                        "{cell}"
                    );
                }
            }
        }
    }
}

#[test]
fn the_graph_is_whole_in_both_of_its_forms() {
    for name in samples() {
        let report = json(&name);
        let (nodes, edges) = (list(&report, "/graph/nodes"), list(&report, "/graph/edges"));
        let (dot, xml) = (form(&name, "dot"), form(&name, "graphml"));
        assert_eq!(dot.matches(" -> ").count(), edges.len(), "{name}");
        assert_eq!(dot.matches("style=dashed").count(), xml.matches(">true<").count(), "{name}");
        assert_eq!(xml.matches("<node ").count(), nodes.len(), "{name}");
        assert_eq!(xml.matches("<edge ").count(), edges.len(), "{name}");
        for node in nodes {
            let id = text(node, "id");
            assert_eq!(dot.matches(&format!("\n  \"{id}\" [")).count(), 1, "{name} {id}");
            assert_eq!(xml.matches(&format!("<node id=\"{id}\">")).count(), 1, "{name} {id}");
        }
        for edge in edges {
            let (from, to) = (text(edge, "from"), text(edge, "to"));
            assert!(dot.contains(&format!("\"{from}\" -> \"{to}\"")), "{name}");
            assert!(xml.contains(&format!("source=\"{from}\" target=\"{to}\"")), "{name}");
            let records = citations(edge).join(" ");
            assert!(dot.contains(&records) && xml.contains(&records), "{name}");
        }
    }
}

#[test]
fn a_ticket_is_short_and_each_of_its_sentences_cites_what_the_report_cites() {
    for name in samples() {
        let report = json(&name);
        let evidence: BTreeSet<&str> =
            list(&report, "/evidence").iter().map(|record| text(record, "id")).collect();
        let ticket = form(&name, "md");
        assert!(ticket.lines().count() <= 30, "{name}");
        assert!(ids(ticket).is_subset(&evidence), "{name}");
        for (title, kind) in
            [("Seen in the records", "seen"), ("Inferred", "inferred"), ("Not known", "unknown")]
        {
            let told: Vec<&Value> = list(&report, "/statements")
                .iter()
                .filter(|statement| text(statement, "kind") == kind)
                .collect();
            let mut lines =
                ticket.lines().skip_while(|line| !line.starts_with(&format!("- {title} (")));
            let head = lines.next().expect("a title");
            let count = format!("{})", told.len());
            assert!(head.trim_end_matches(':').ends_with(&count), "{name}: {head}");
            for (line, statement) in lines.take_while(|line| line.starts_with("  - ")).zip(told) {
                let (_, cited) = line.rsplit_once('`').expect("a sentence");
                let cites = citations(statement);
                let expected: BTreeSet<&str> = cites.iter().take(10).copied().collect();
                assert_eq!(ids(cited), expected, "{name}: {line}");
            }
        }
        let gaps = list(&report, "/gaps").len();
        assert!(ticket.lines().any(|line| {
            line.trim_end_matches(':').ends_with(&format!("{gaps})"))
                && line.starts_with("- Not seen (")
        }));
        let hash = sha256_hex(form(&name, "json"));
        assert!(ticket.contains(&hash), "{name}");
    }
}

#[test]
fn outside_of_code_spans_a_ticket_has_words_of_casefile_alone() {
    for name in samples() {
        for line in form_with(&name, "md", &["--timezone", "Asia/Tokyo"]).lines() {
            let parts: Vec<&str> = line.split('`').collect();
            assert_eq!(parts.len() % 2, 1, "{name}: {line}");
            for own in parts.iter().step_by(2) {
                let plain = |c: char| c.is_ascii_alphanumeric() || " -,.:;()…+".contains(c);
                assert!(own.chars().all(plain), "{name}: {own}");
            }
            for span in parts.iter().skip(1).step_by(2) {
                assert!(
                    !span.contains(['\\', '<', '{', '!']) && !span.is_empty(),
                    "{name}: {span}"
                );
                let defanged = ["[.]", "[:]", "[@]"]
                    .iter()
                    .fold((*span).to_owned(), |text, brackets| text.replace(brackets, ""));
                assert!(!defanged.contains(['[', '@']), "{name}: {span}");
                assert!(!defanged.replace("s3://", "").contains("://"), "{name}: {span}");
            }
        }
    }
}

#[test]
fn a_second_clock_is_in_the_forms_that_people_read() {
    let zone = ["--timezone", "Asia/Tokyo"];
    for form_name in ["md", "csv", "jsonl", "dot"] {
        assert!(!form("bitcoin-tool", form_name).contains("+09:00"), "{form_name}");
        assert!(form_with("bitcoin-tool", form_name, &zone).contains("+09:00"), "{form_name}");
    }
    for row in table(&form_with("bitcoin-tool", "csv", &zone)) {
        assert!(row.get("local_time").is_some_and(|time| time.ends_with("+09:00")));
    }
}

#[test]
fn each_form_has_its_ending_and_each_ending_its_form() {
    let folder = folder();
    let sample = sample("in-vpc");
    let forms: Vec<&str> = FORMS.iter().flat_map(|(form, _, _)| ["-f", form]).collect();
    let arguments = ["render", path(&sample), "-q"];
    run_in(folder.path(), arguments.iter().chain(&forms)).exits(0);
    let stem = "casefile-38c3d6b2";
    let written = names(folder.path());
    assert_eq!(written.len(), FORMS.len(), "{written:?}");
    for name in &written {
        let bytes = fs::read(folder.path().join(name)).expect("a form");
        let ending = name.strip_prefix(stem).expect("the finding's name");
        let again = format!("again{ending}");
        run_in(folder.path(), arguments.iter().chain(&["-o", &again])).exits(0);
        assert!(fs::read(folder.path().join(&again)).expect("a form") == bytes, "{again}");
    }
    // Several forms of one name, whose ending is one of theirs.
    let several = ["-o", "x.iocs.csv", "-f", "csv", "-f", "iocs", "-f", "csv"];
    run_in(folder.path(), arguments.iter().chain(&several)).exits(0);
    let written: Vec<String> =
        names(folder.path()).into_iter().filter(|name| name.starts_with('x')).collect();
    assert_eq!(written, ["x.csv", "x.iocs.csv"]);
}

fn unzipped(bytes: Vec<u8>) -> BTreeMap<String, Vec<u8>> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).expect("a zip");
    let mut members = BTreeMap::new();
    for index in 0..archive.len() {
        let mut member = archive.by_index(index).expect("a member");
        assert_eq!(member.unix_mode().map(|mode| mode & 0o7777), Some(0o600));
        let time = member.last_modified().expect("a time");
        assert_eq!((time.year(), time.month(), time.day()), (1980, 1, 1));
        let name = member.name().expect("a name").into_owned();
        let mut bytes = Vec::new();
        member.read_to_end(&mut bytes).expect("a member");
        assert!(members.insert(name, bytes).is_none());
    }
    members
}

/// What `sha256sum -c` would find.
fn sums_agree(members: &BTreeMap<String, Vec<u8>>) {
    let sums = members.get("SHA256SUMS").expect("hashes");
    let sums = String::from_utf8(sums.clone()).expect("UTF-8");
    let listed: BTreeMap<String, String> = sums
        .lines()
        .map(|line| line.split_once("  ").expect("a hash and a name"))
        .map(|(hash, name)| (name.to_owned(), hash.to_owned()))
        .collect();
    assert_eq!(listed.len(), members.len() - 1);
    for (name, bytes) in members.iter().filter(|(name, _)| *name != "SHA256SUMS") {
        assert_eq!(listed.get(name), Some(&sha256_hex(bytes)), "{name}");
    }
}

#[test]
fn an_attachment_has_every_form_the_redacted_records_and_their_hashes() {
    for name in samples() {
        let folder = folder();
        let sample = sample(&name);
        let arguments = ["render", path(&sample), "-q", "--zip"];
        run_in(folder.path(), arguments).exits(0);
        let written = names(folder.path());
        assert_eq!(written.len(), 1, "{written:?}");
        let file = written.first().expect("an attachment");
        assert!(file.starts_with("casefile-") && file.ends_with(".zip"), "{file}");
        let bytes = fs::read(folder.path().join(file)).expect("an attachment");
        let printed = run(arguments.iter().chain(&["-o", "-"])).exits(0).out;
        assert!(printed == bytes, "{name}: file and standard output differ");

        let members = unzipped(bytes);
        sums_agree(&members);
        assert_eq!(members.len(), FORMS.len() + 2, "{:?}", members.keys());
        for (form_name, _, packed) in FORMS {
            let member = members.get(packed).expect("a form");
            assert!(member == form(&name, form_name).as_bytes(), "{name} {packed}");
        }
        let records = members.get("evidence.jsonl").expect("records");
        let records: Vec<Value> = String::from_utf8_lossy(records)
            .lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect();
        assert_eq!(records, list(&json(&name), "/evidence"), "{name}");
    }
}

#[test]
fn the_evidence_as_it_was_collected_is_packed_only_when_asked() {
    let folder = folder();
    let sample = sample("bitcoin-tool");
    let arguments = ["render", path(&sample), "-q", "-o", "x.zip", "--raw-evidence"];
    run_in(folder.path(), arguments).exits(0);
    assert_eq!(names(folder.path()), ["x.zip"]);
    let file = folder.path().join("x.zip");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(&file).expect("an attachment").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let members = unzipped(fs::read(&file).expect("an attachment"));
    sums_agree(&members);
    let raw: Vec<&String> = members.keys().filter(|name| name.starts_with("evidence/")).collect();
    assert_eq!(raw.len(), 22, "{raw:?}");
    for name in raw {
        let stored = sample.join(name.strip_prefix("evidence/").expect("a document"));
        assert!(members.get(name) == fs::read(stored).ok().as_ref(), "{name}");
    }
    run_in(folder.path(), ["verify", "x.zip"]).exits(0);
    // The report is made again from the bundle, and not from the report beside it.
    let unpacked = folder.path().join("unpacked");
    for (name, bytes) in &members {
        let file = unpacked.join(name);
        fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        fs::write(file, bytes).expect("a file");
    }
    for attachment in ["x.zip", "unpacked"] {
        run_in(folder.path(), ["render", attachment, "-q", "-o", "again.json"]).exits(0);
        let again = fs::read(folder.path().join("again.json")).expect("a report");
        assert!(members.get("report.json") == Some(&again), "{attachment} tells another report");
    }
    // What was put there later is evidence like any other.
    let other = program::sample("in-vpc").join("lambda-in-vpc.json");
    fs::copy(other, unpacked.join("more.json")).expect("a copy");
    let run = run_in(folder.path(), ["render", "unpacked"]).exits(0);
    assert!(run.err.contains("GuardDuty 1 of 2"), "{}", run.err);
}

#[test]
fn what_cannot_be_packed_is_said_and_nothing_is_left_behind() {
    let folder = folder();
    let (loose, bundle) = (sample("in-vpc"), sample("bitcoin-tool"));
    let raw = ["--zip", "--raw-evidence"];
    let run = run_in(folder.path(), ["render", path(&loose)].iter().chain(&raw)).exits(1);
    assert!(run.err.contains("manifest.json"), "{}", run.err);
    run_in(folder.path(), ["render", path(&loose), path(&bundle)].iter().chain(&raw)).exits(2);
    run_in(folder.path(), ["render", path(&bundle), "--raw-evidence"]).exits(2);
    assert!(names(folder.path()).is_empty());

    // A document that mail programs refuse, and some computers run.
    let copy = folder.path().join("bundle");
    fs::create_dir_all(copy.join("guardduty")).expect("a folder");
    let finding = fs::read(bundle.join("guardduty/get-findings.json")).expect("a finding");
    fs::write(copy.join("guardduty/finding.js"), &finding).expect("a document");
    let manifest = serde_json::json!({
        "format": "casefile-evidence/1",
        "tool": {"name": "casefile", "version": "0"},
        "created": "2026-11-20T04:00:00Z",
        "documents": [{
            "path": "guardduty/finding.js", "service": "guardduty", "operation": "GetFindings",
            "bytes": finding.len(), "sha256": sha256_hex(&finding),
        }],
    });
    fs::write(copy.join("manifest.json"), manifest.to_string()).expect("a manifest");
    let run = run_in(folder.path(), ["render", "bundle"].iter().chain(&raw)).exits(1);
    assert!(run.err.contains("finding.js"), "{}", run.err);
    assert_eq!(names(folder.path()), ["bundle"]);
}

#[test]
fn an_attachment_stands_beside_the_forms_that_are_asked_for() {
    for (options, expected) in [
        (&["--zip", "-f", "md"][..], &["casefile-38c3d6b2.md", "casefile-38c3d6b2.zip"][..]),
        (&["--zip", "-o", "x.html"], &["x.html", "x.zip"]),
        (&["-f", "json", "-o", "x.zip"], &["x.json", "x.zip"]),
        (&["--zip", "-o", "x"], &["x"]),
    ] {
        let folder = folder();
        let sample = sample("in-vpc");
        run_in(folder.path(), ["render", path(&sample), "-q"].iter().chain(options)).exits(0);
        assert_eq!(names(folder.path()), expected, "{options:?}");
    }
    let sample = sample("in-vpc");
    run(["render", path(&sample), "--zip", "-f", "md", "-o", "-"]).exits(2);
}

/// A program that opens pages and says which.
#[cfg(target_os = "linux")]
fn opener(folder: &Path, code: i32) -> String {
    use std::os::unix::fs::PermissionsExt as _;
    let programs = folder.join("bin");
    fs::create_dir(&programs).expect("a folder");
    for name in ["xdg-open", "gio", "gnome-open", "kde-open", "wslview"] {
        let file = programs.join(name);
        let script = format!(
            "#!/bin/sh\nprintf '%s\\n' \"$@\" > \"{}/opened\"\nexit {code}\n",
            path(folder)
        );
        fs::write(&file, script).expect("a program");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).expect("a program");
    }
    path(&programs).to_owned()
}

#[cfg(target_os = "linux")]
#[test]
fn the_page_is_opened_when_that_is_asked_and_only_then() {
    let folder = folder();
    let programs = opener(folder.path(), 0);
    let sample = sample("in-vpc");
    let arguments = ["render", path(&sample), "-q", "-o", "./-x.html"];
    let environment = [("PATH", programs.as_str())];
    run_in_with(folder.path(), arguments, &environment).exits(0);
    assert!(!folder.path().join("opened").exists());
    run_in_with(folder.path(), arguments.iter().chain(&["--open"]), &environment).exits(0);
    let opened = fs::read_to_string(folder.path().join("opened")).expect("a page");
    assert_eq!(opened.trim_end(), path(&folder.path().join("-x.html")));
    // The page beside an attachment, for the eye.
    let zip = ["render", path(&sample), "-q", "--zip", "--open"];
    run_in_with(folder.path(), zip, &environment).exits(0);
    let opened = fs::read_to_string(folder.path().join("opened")).expect("a page");
    assert_eq!(opened.trim_end(), path(&folder.path().join("casefile-38c3d6b2.html")));
}

#[cfg(target_os = "linux")]
#[test]
fn a_page_that_cannot_be_opened_is_written_all_the_same() {
    let folder = folder();
    let programs = opener(folder.path(), 3);
    let sample = sample("in-vpc");
    let arguments = ["render", path(&sample), "-q", "--open"];
    let run = run_in_with(folder.path(), arguments, &[("PATH", programs.as_str())]).exits(1);
    assert!(run.err.contains("casefile-38c3d6b2.html"), "{}", run.err);
    assert!(folder.path().join("casefile-38c3d6b2.html").exists());
    let options = ["-f", "json"];
    run_in(folder.path(), arguments.iter().chain(&options)).exits(2);
}
