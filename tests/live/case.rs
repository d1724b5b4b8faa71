//! One run of the program against a fake AWS.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;

use crate::{
    aws::{CALLER_KEY, Fake, World},
    program::{Run, run, run_in, run_in_with, sample},
};

/// A fake AWS and a folder to work in.
pub struct Case {
    pub fake: Fake,
    pub folder: TempDir,
}

/// What a run made, and how long it took.
pub struct Made {
    pub run: Run,
    pub took: Duration,
}

impl Case {
    pub fn new(world: World) -> Self {
        Self { fake: Fake::start(world), folder: tempfile::tempdir().expect("a folder") }
    }

    pub fn of_sample(name: &str) -> Self {
        Self::new(World::of_bundle(&sample(name)))
    }

    /// Runs the program with these arguments, in the folder, against the fake.
    pub fn run(&self, arguments: &[&str]) -> Made {
        self.run_with(arguments, &[])
    }

    /// The same with more in the environment.
    pub fn run_with(&self, arguments: &[&str], more: &[(&str, &str)]) -> Made {
        let url = self.fake.url();
        let mut arguments = arguments.to_vec();
        arguments.extend(["--endpoint-url", &url]);
        let mut environment = vec![
            ("AWS_ACCESS_KEY_ID", CALLER_KEY),
            ("AWS_SECRET_ACCESS_KEY", "secret-of-the-test"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("AWS_CONFIG_FILE", "/nonexistent"),
            ("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent"),
            ("NO_PROXY", "127.0.0.1"),
        ];
        environment.extend(more);
        let begun = Instant::now();
        let run = run_in_with(self.folder.path(), arguments, &environment);
        Made { run, took: begun.elapsed() }
    }

    /// Runs the program in the folder, without AWS.
    pub fn offline(&self, arguments: &[&str]) -> Run {
        run_in(self.folder.path(), arguments)
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.file(name)).expect("a file")
    }

    pub fn json(&self, name: &str) -> Value {
        serde_json::from_slice(&self.bytes(name)).expect("JSON")
    }
}

/// The id and Region of a sample's finding.
pub fn finding(name: &str) -> (String, String) {
    let manifest = fs::read(sample(name).join("manifest.json")).expect("a manifest");
    let manifest: Value = serde_json::from_slice(&manifest).expect("JSON");
    let text = |name: &str| manifest[name].as_str().expect("text").to_owned();
    (text("finding_id"), text("region"))
}

/// The report as JSON of what lies at a path.
pub fn rendered(path: &Path) -> Value {
    let out = crate::program::run([
        "render",
        "-f",
        "json",
        "-o",
        "-",
        "-q",
        path.to_str().expect("UTF-8"),
    ])
    .exits(0)
    .out;
    serde_json::from_slice(&out).expect("JSON")
}
