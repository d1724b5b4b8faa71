//! Who is measured: casefile, and what a responder would use instead.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

use crate::corpus::{Fallible, Truth, kept};

/// Everything has one program, one question and a right answer.
pub struct Contestant {
    /// Its name in the table, and for `--only`.
    pub name: &'static str,
    /// The command that is run.
    pub command: Vec<String>,
    /// How it is shown.
    pub shown: String,
    /// What its output must tell.
    pub answer: Answer,
}

/// What is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// As many bytes as the archive holds.
    Bytes,
    /// Nothing is asked.
    Nothing,
    /// How often the function's name stands in the archive.
    Mentions,
    /// How many records name the function in `requestParameters`.
    Records,
    /// The events that the case is made of, in a report in JSON.
    Case,
}

/// How an answer compares with the truth.
pub struct Verdict {
    /// In a few words.
    pub words: String,
    /// Whether it is right.
    pub right: bool,
}

/// Those that are present, and the names of those that are not.
pub fn all(folder: &Path, truth: &Truth) -> Fallible<(Vec<Contestant>, Vec<String>)> {
    let path = |name: &str| folder.join(name).display().to_string();
    let (archive, case, name) = (path("archive"), path("case"), truth.function.name.as_str());
    let mut absent = Vec::new();
    let this = env::current_exe()?.display().to_string();
    let mut all = vec![Contestant {
        name: "libdeflate",
        command: vec![this, crate::INFLATE.to_owned(), archive.clone()],
        shown: "each file inflated in process, nothing else".to_owned(),
        answer: Answer::Bytes,
    }];
    let casefile = env!("CARGO_BIN_EXE_casefile");
    let help = Command::new(casefile).args(["render", "--help"]).output()?;
    if String::from_utf8_lossy(&help.stdout).contains("--cloudtrail") {
        let arguments = ["render", "-q", &case, "--cloudtrail", &archive, "-f", "json", "-o", "-"];
        all.push(Contestant {
            name: "casefile",
            command: [casefile].iter().chain(&arguments).map(|&part| part.to_owned()).collect(),
            shown: "casefile render case/ --cloudtrail archive/ -f json -o -".to_owned(),
            answer: Answer::Case,
        });
    } else {
        absent.push("casefile render --cloudtrail".to_owned());
    }
    let mut shell = |name: &'static str, tools: &[&str], line: &str, answer: Answer| {
        if let Some(tool) = tools.iter().find(|tool| !is_present(tool)) {
            absent.push((*tool).to_owned());
            return;
        }
        let command = ["sh", "-c", line, "sh", &archive].map(str::to_owned).to_vec();
        let shown = line.replace("\"$1\"", "archive/");
        all.push(Contestant { name, command, shown, answer });
    };
    let files = "find \"$1\" -type f -print0 | xargs -0";
    shell("gzip", &["gzip"], &format!("{files} gzip -dc > /dev/null"), Answer::Nothing);
    let line = format!("rg -z -a --no-filename -o -F -e '{name}' \"$1\" | wc -l");
    shell("ripgrep", &["rg"], &line, Answer::Mentions);
    let filter = format!(
        ".Records[] | select(.requestParameters | tostring | contains(\"{name}\")) | .eventID"
    );
    let line = format!("{files} gzip -dc | jq -r '{filter}' | wc -l");
    shell("jq", &["gzip", "jq"], &line, Answer::Records);

    let mut python = |name: &'static str, module: &str, code: String| -> bool {
        let has = Command::new("python3").args(["-c", &format!("import {module}")]).output();
        if !has.is_ok_and(|output| output.status.success()) {
            return false;
        }
        all.push(Contestant {
            name,
            shown: code.replace(&archive, "archive").trim().to_owned(),
            command: ["python3", "-c", &code].map(str::to_owned).to_vec(),
            answer: Answer::Records,
        });
        true
    };
    if !python("DuckDB", "duckdb", duckdb(&archive, name)) {
        absent.push("duckdb (module of Python)".to_owned());
    }
    if !python("Python", "gzip, json", loop_of("json", &archive, name)) {
        absent.push("python3".to_owned());
    }
    if !python("Python, orjson", "orjson", loop_of("orjson", &archive, name)) {
        absent.push("orjson (module of Python)".to_owned());
    }
    Ok((all, absent))
}

fn duckdb(archive: &str, name: &str) -> String {
    format!(
        r#"
import duckdb
duckdb.sql("SET enable_progress_bar = false")
print(duckdb.sql("""
    SELECT count(*) FROM (
        SELECT unnest(Records) AS record
        FROM read_json('{archive}/**/*.json.gz', columns = {{Records: 'JSON[]'}},
                       maximum_object_size = 268435456)
    ) WHERE contains(record ->> '$.requestParameters', '{name}')
""").fetchall()[0][0])
"#
    )
}

fn loop_of(module: &str, archive: &str, name: &str) -> String {
    let imports = if module == "json" { "json" } else { "json, orjson" };
    format!(
        r#"
import glob, gzip, {imports}
count = 0
for path in glob.glob('{archive}/**/*.json.gz', recursive=True):
    with gzip.open(path) as file:
        for record in {module}.loads(file.read())['Records']:
            if '{name}' in json.dumps(record.get('requestParameters')):
                count += 1
print(count)
"#
    )
}

fn is_present(tool: &str) -> bool {
    let folders = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&folders).any(|folder: PathBuf| folder.join(tool).is_file())
}

impl Contestant {
    /// Holds the output of a run against the truth.
    pub fn judge(&self, output: &Path, truth: &Truth) -> Fallible<Verdict> {
        let text = fs::read_to_string(output)?;
        let count = |right: u64, what: &str| {
            let told = text.trim();
            // What is spelt otherwise in damaged companions, only a reader of all of it counts.
            let right = told == right.to_string() || !truth.damage.is_empty();
            Verdict { words: format!("{told} {what}"), right }
        };
        Ok(match self.answer {
            Answer::Nothing => Verdict { words: String::new(), right: true },
            Answer::Bytes => count(truth.whole.bytes, "bytes"),
            Answer::Mentions => count(truth.mentions, "mentions"),
            Answer::Records => count(truth.records_naming, "records name it"),
            Answer::Case => events(&serde_json::from_str(&text)?, truth),
        })
    }
}

/// Recall and precision of what a report keeps.
fn events(report: &Value, truth: &Truth) -> Verdict {
    let found = kept(report);
    let (must, may) = (truth.must_be_kept(), truth.may_be_kept());
    let hits = must.intersection(&found).count();
    let wrong: Vec<&String> =
        found.iter().filter(|id| !must.contains(*id) && !may.contains(*id)).collect();
    for id in must.difference(&found) {
        eprintln!("casefile misses {}", described(id, truth));
    }
    for id in &wrong {
        eprintln!("casefile keeps {}", described(id, truth));
    }
    let part = |of: usize, all: usize| 100.0 * of as f64 / all.max(1) as f64;
    Verdict {
        words: format!(
            "{} events: recall {:.0} %, precision {:.0} %",
            found.len(),
            part(hits, must.len()),
            part(found.len() - wrong.len(), found.len())
        ),
        right: hits == must.len() && wrong.is_empty(),
    }
}

/// An event, and why it is in the archive.
fn described(id: &str, truth: &Truth) -> String {
    let near = truth.near_misses.iter().find(|miss| miss.place.id == id);
    let companion = truth.damage.iter().find(|companion| {
        let lists = [&companion.kept, &companion.may_be_kept, &companion.not_kept];
        lists.into_iter().flatten().any(|known| known == id)
    });
    let why = match (near, companion) {
        (Some(miss), _) => format!("near miss: {}", miss.kind),
        (None, Some(companion)) => companion.kind.clone(),
        (None, None) if truth.kept.iter().any(|place| place.id == id) => "the case's".to_owned(),
        (None, None) if truth.left.iter().any(|place| place.id == id) => {
            "of the sample, not of its report".to_owned()
        }
        (None, None) => "noise".to_owned(),
    };
    format!("{id} ({why})")
}
