//! The evidence of a sample as single records, and the program run over what tests make of it.

use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use assert_cmd::cargo::CommandCargoExt;
use serde_json::{Value, json};

/// A finding, configuration items and events, each once and in the spelling of the API.
#[derive(Clone)]
pub struct Evidence {
    pub finding: Value,
    pub items: Vec<Value>,
    pub events: Vec<Value>,
}

impl Evidence {
    pub fn of_sample(name: &str) -> Self {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("samples").join(name);
        let findings = documents(&folder.join("guardduty"));
        let mut items = BTreeMap::new();
        for page in documents(&folder.join("config")) {
            for item in list(&page["configurationItems"]) {
                items.insert(item.to_string(), item);
            }
        }
        let mut events = BTreeMap::new();
        for page in documents(&folder.join("cloudtrail")) {
            for event in list(&page["Events"]) {
                let record = event["CloudTrailEvent"].as_str().expect("a record");
                let record: Value = serde_json::from_str(record).expect("a record");
                events.insert(record["eventID"].to_string(), record);
            }
        }
        assert!(!items.is_empty() && events.len() > 20, "{name} is too small to show anything");
        Self {
            finding: findings[0]["findings"][0].clone(),
            items: items.into_values().collect(),
            events: events.into_values().collect(),
        }
    }

    /// The three files that a responder who saved the calls' answers would have.
    pub fn files(&self) -> Vec<(&'static str, Vec<u8>)> {
        vec![
            ("finding.json", bytes(&json!({"findings": [self.finding]}))),
            ("config.json", bytes(&json!({"configurationItems": self.items}))),
            ("trail.json", bytes(&json!({"Records": self.events}))),
        ]
    }
}

fn documents(folder: &Path) -> Vec<Value> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    paths
        .iter()
        .map(|path| serde_json::from_slice(&fs::read(path).expect("a file")).expect("JSON"))
        .collect()
}

pub fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}

pub fn bytes(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

/// What the program did.
pub struct Run {
    pub code: i32,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

impl Run {
    /// The JSON report that it wrote.
    pub fn report(&self) -> Value {
        assert_eq!(self.code, 0, "{}", self.stderr);
        serde_json::from_slice(&self.stdout).expect("JSON")
    }
}

/// Renders the paths in one form.
pub fn render(format: &str, paths: &[&Path], more: &[&str], stdin: Option<&[u8]>) -> Run {
    let mut child = Command::cargo_bin("casefile")
        .expect("the program")
        .args(["render", "-f", format, "-o", "-"])
        .args(more)
        .args(paths)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut input = child.stdin.take().expect("its input");
    // A program that fails early does not read its input.
    drop(input.write_all(stdin.unwrap_or_default()));
    drop(input);
    let output = child.wait_with_output().expect("the program ends");
    let stderr = String::from_utf8(output.stderr).expect("its messages are text");
    assert!(!stderr.contains("panicked"), "{stderr}");
    Run { code: output.status.code().expect("an exit code"), stdout: output.stdout, stderr }
}

/// Writes files into a new folder, and folders for them.
pub fn folder(files: &[(impl AsRef<str>, impl AsRef<[u8]>)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, bytes) in files {
        let path = folder.path().join(name.as_ref());
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, bytes).expect("a file");
    }
    folder
}

/// Renders a folder that holds these files.
pub fn render_files(format: &str, files: &[(impl AsRef<str>, impl AsRef<[u8]>)]) -> Run {
    render(format, &[folder(files).path()], &[], None)
}

/// What a report says, without the names of records, which depend on how AWS spelled them.
pub fn facts(report: &Value) -> Value {
    let mut facts = json!({});
    for part in [
        "headline",
        "finding",
        "subject",
        "provenance",
        "changes",
        "actors",
        "timeline",
        "indicators",
    ] {
        facts[part] = report[part].clone();
    }
    strip(&mut facts);
    // Entries of one moment stand in the order of their records' names.
    for part in ["changes", "actors", "timeline", "indicators"] {
        if let Some(entries) = facts[part].as_array_mut() {
            entries.sort_by_key(ToString::to_string);
        }
    }
    facts
}

fn strip(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for name in ["citation", "citations"] {
                members.remove(name);
            }
            if members.contains_key("outcome") || members.contains_key("session_names") {
                members.remove("id");
            }
            members.values_mut().for_each(strip);
        }
        Value::Array(elements) => elements.iter_mut().for_each(strip),
        _ => {}
    }
}
