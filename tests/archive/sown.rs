//! The calls of a sample, sown into a log archive as `CloudTrail` lays it out.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A folder with `case/` (everything but the calls), `saved.json` (the calls, as one file that is
/// read as a whole) and `logs/` (the same calls, as an archive).
pub struct Sown {
    folder: TempDir,
    /// The calls, each as it stands in its files.
    pub events: Vec<String>,
}

impl Sown {
    /// Sows the calls of a bundle.
    pub fn of(sample: &Path) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let read = |path: &Path| -> Value {
            serde_json::from_slice(&fs::read(path).expect("a file")).expect("JSON")
        };
        let manifest = read(&sample.join("manifest.json"));
        fs::create_dir(folder.path().join("case")).expect("a folder");
        let (mut events, mut known) = (Vec::new(), BTreeSet::new());
        for (number, document) in
            manifest["documents"].as_array().expect("a list").iter().enumerate()
        {
            let path = sample.join(document["path"].as_str().expect("a path"));
            if document["service"] != "cloudtrail" {
                let name = format!("case/{number}.json");
                fs::copy(&path, folder.path().join(name)).expect("copied");
            } else if document["operation"] == "LookupEvents" && document["status"] == 200 {
                for event in read(&path)["Events"].as_array().into_iter().flatten() {
                    let text = event["CloudTrailEvent"].as_str().expect("text");
                    // What is no record of a call at all cannot stand in a log file either.
                    let Ok(record) = serde_json::from_str::<Value>(text) else { continue };
                    if record.is_object() && known.insert(record.to_string()) {
                        events.push(text.to_owned());
                    }
                }
            }
        }
        let sown = Self { folder, events };
        fs::write(sown.folder().join("saved.json"), sown.joined()).expect("a file");
        for (name, events) in sown.by_file() {
            let path = sown.folder().join("logs").join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            let list = format!("{{\"Records\":[{}]}}", events.join(","));
            fs::write(path, gzipped(list.as_bytes())).expect("a file");
        }
        sown
    }

    /// Where it lies.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// All calls in one log file's text.
    pub fn joined(&self) -> String {
        format!("{{\"Records\":[{}]}}", self.events.join(","))
    }

    /// How many log files there are.
    pub fn files(&self) -> usize {
        self.by_file().len()
    }

    /// Puts the same files into `flat/`, under names that tell nothing.
    pub fn flatten(&self) {
        let flat = self.other("flat");
        for (number, name) in self.by_file().keys().enumerate() {
            let from = self.folder().join("logs").join(name);
            fs::copy(from, flat.join(number.to_string())).expect("copied");
        }
    }

    /// A new folder beside these.
    pub fn other(&self, name: &str) -> PathBuf {
        let folder = self.folder().join(name);
        fs::create_dir(&folder).expect("a folder");
        folder
    }

    /// The calls by account, Region and hour.
    fn by_file(&self) -> BTreeMap<String, Vec<String>> {
        let mut files: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for event in &self.events {
            let record: Value = serde_json::from_str(event).expect("JSON");
            let of = |name: &str, otherwise: &str| {
                let value = record.get(name).unwrap_or(&json!(otherwise)).clone();
                value.as_str().filter(|value| value.is_ascii()).unwrap_or(otherwise).to_owned()
            };
            let (account, region) =
                (of("recipientAccountId", "111122223333"), of("awsRegion", "us-east-1"));
            let time = of("eventTime", "2026-11-20T00:00:00Z");
            let (day, hour) =
                (time.get(..10).unwrap_or("2026-11-20"), time.get(11..13).unwrap_or("00"));
            let (compact, slashed) = (day.replace('-', ""), day.replace('-', "/"));
            let name = format!(
                "AWSLogs/{account}/CloudTrail/{region}/{slashed}/{account}_CloudTrail_{region}_{compact}T{hour}05Z_mUzmPLvVlVqPcQdr.json.gz"
            );
            files.entry(name).or_default().push(event.clone());
        }
        files
    }
}

/// Packs as `CloudTrail` does.
pub fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("packed");
    encoder.finish().expect("packed")
}
