//! A run that can be watched, signalled and given up.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use assert_cmd::cargo::CommandCargoExt;
use serde_json::Value;
use tempfile::TempDir;

use crate::{
    aws::{CALLER_KEY, Fake, World},
    program::{Run, run, run_in, sample},
};

/// After so long a run hangs. No run takes a tenth of it, unless the machine is very busy.
const PATIENCE: Duration = Duration::from_secs(300);

/// The caller's secret access key and session token, which nobody may ever be told.
pub const SECRET_KEY: &str = "wJalrFaults7SecretKeyOfTheCaller0EXAMPLE";
pub const SESSION_TOKEN: &str = "IQoJb3JpZ2luFaults7SessionTokenOfTheCallerEXAMPLE";

/// A fake AWS, and a folder to work in.
pub struct Case {
    pub fake: Fake,
    pub folder: TempDir,
    printed: TempDir,
}

/// A run under way.
pub struct Started {
    child: Child,
    out: PathBuf,
    err: PathBuf,
}

impl Case {
    pub fn new(world: World) -> Self {
        let fake = Fake::start(world);
        // Several at once on a small machine reach the fake unevenly.
        fake.tolerance(Duration::from_millis(200));
        let [folder, printed] = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
        Self { fake, folder, printed }
    }

    /// A world that is the evidence of a sample.
    pub fn of_sample(name: &str) -> Self {
        Self::new(World::of_bundle(&sample(name)))
    }

    /// Starts the program with these arguments, in the folder, against the fake.
    pub fn start(&self, arguments: &[&str]) -> Started {
        self.start_with(&[arguments, &["--endpoint-url", &self.fake.url()]].concat(), &[])
    }

    /// Starts the program with these arguments and no others, and with more in its environment.
    pub fn start_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Started {
        let number = fs::read_dir(self.printed.path()).expect("the folder").count();
        let [out, err] =
            ["out", "err"].map(|name| self.printed.path().join(format!("{number}.{name}")));
        let create = |path: &Path| Stdio::from(fs::File::create(path).expect("a file"));
        let child = Command::cargo_bin("casefile")
            .expect("the program")
            .args(arguments)
            .current_dir(self.folder.path())
            .env("AWS_ACCESS_KEY_ID", CALLER_KEY)
            .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
            .env("AWS_SESSION_TOKEN", SESSION_TOKEN)
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_CONFIG_FILE", "/nonexistent")
            .env("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
            .env("NO_PROXY", "127.0.0.1")
            .env("RUST_LOG", "trace")
            .env_remove("AWS_REGION")
            .env_remove("AWS_DEFAULT_REGION")
            .env_remove("AWS_PROFILE")
            .env_remove("COLUMNS")
            .env_remove("RUST_BACKTRACE")
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(create(&out))
            .stderr(create(&err))
            .spawn()
            .expect("the program runs");
        Started { child, out, err }
    }

    /// Runs the program to its end.
    pub fn run(&self, arguments: &[&str]) -> Run {
        self.start(arguments).finish()
    }

    /// Runs the program in the folder, without AWS.
    pub fn offline(&self, arguments: &[&str]) -> Run {
        run_in(self.folder.path(), arguments)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).expect("a file")
    }

    pub fn json(&self, name: &str) -> Value {
        serde_json::from_slice(&self.bytes(name)).expect("JSON")
    }

    /// What lies in the folder.
    pub fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).expect("the folder");
        let mut names: Vec<String> = entries
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    /// Waits until so many requests for an operation have been seen.
    pub fn await_requests(&self, operation: &str, count: usize) {
        let begun = Instant::now();
        while self.fake.count(operation) < count {
            assert!(begun.elapsed() < PATIENCE, "no {count} requests for {operation}");
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Started {
    /// Sends it a signal, by name.
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .args([format!("-{name}"), self.child.id().to_string()])
            .status()
            .expect("kill runs");
        assert!(status.success(), "{name} could not be sent");
    }

    /// Waits until its standard error holds these words.
    pub fn await_words(&self, words: &str) {
        let begun = Instant::now();
        while !self.said().contains(words) {
            assert!(begun.elapsed() < PATIENCE, "{words:?} is not said:\n{}", self.said());
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// What it has said so far.
    pub fn said(&self) -> String {
        fs::read_to_string(&self.err).unwrap_or_default()
    }

    /// Waits for its end, however it comes.
    pub fn end(&mut self) -> ExitStatus {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("the program's end") {
                return status;
            }
            let hangs = begun.elapsed() > PATIENCE;
            if hangs {
                self.child.kill().expect("it can be ended");
            }
            assert!(!hangs, "the program hangs; it said:\n{}", self.said());
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits for its end, which comes by itself.
    pub fn finish(mut self) -> Run {
        let status = self.end();
        let err = self.said();
        assert!(!err.contains("panicked"), "{err}");
        let code = status.code().expect("no signal");
        Run { code, out: fs::read(&self.out).expect("its output"), err }
    }
}

/// Does something with each of these, some at a time: most of them wait.
pub fn side_by_side<T: Sync>(things: &[T], work: impl Fn(&T) + Sync) {
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..things.len().min(9) {
            scope.spawn(|| {
                while let Some(thing) = things.get(next.fetch_add(1, Ordering::Relaxed)) {
                    work(thing);
                }
            });
        }
    });
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
    let path = path.to_str().expect("UTF-8");
    let out = run(["render", "-f", "json", "-o", "-", "-q", path]).exits(0).out;
    serde_json::from_slice(&out).expect("JSON")
}
