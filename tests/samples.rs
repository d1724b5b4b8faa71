//! The samples are the demo, the fixtures and the documentation: what each says it shows is
//! checked here against what the program makes of it.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops where something is not as it must be"
)]

mod discovery;

use std::{fs, path::PathBuf, process::Command};

use assert_cmd::cargo::CommandCargoExt;
use discovery::Discovery;
use serde_json::Value;

fn samples() -> Vec<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("samples");
    let mut samples: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the samples")
        .map(|entry| entry.expect("a sample").path())
        .filter(|path| path.is_dir())
        .collect();
    samples.sort();
    samples
}

fn render(sample: &PathBuf, format: &str) -> Vec<u8> {
    let output = Command::cargo_bin("casefile")
        .expect("the program")
        .args(["render", "-f", format, "-o", "-"])
        .arg(sample)
        .output()
        .expect("the program runs");
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{}: {complaint}", sample.display());
    output.stdout
}

fn json(sample: &PathBuf) -> Value {
    serde_json::from_slice(&render(sample, "json")).expect("JSON")
}

#[test]
fn there_is_a_sample_for_every_lambda_finding_type_and_both_of_the_users_findings() {
    let kinds: Vec<String> = samples()
        .iter()
        .map(|sample| json(sample)["finding"]["type"].as_str().expect("a type").to_owned())
        .collect();
    for kind in [
        "Backdoor:Lambda/C&CActivity.B",
        "CryptoCurrency:Lambda/BitcoinTool.B",
        "Trojan:Lambda/BlackholeTraffic",
        "Trojan:Lambda/DropPoint",
        "UnauthorizedAccess:Lambda/MaliciousIPCaller.Custom",
        "UnauthorizedAccess:Lambda/TorClient",
        "UnauthorizedAccess:Lambda/TorRelay",
    ] {
        assert!(kinds.iter().any(|found| found == kind), "no sample of {kind}");
    }
    assert_eq!(kinds.len(), 10);
}

#[test]
fn every_sample_shows_what_its_note_says() {
    let mut wrong = Vec::new();
    for sample in samples() {
        let report = json(&sample);
        let note = fs::read_to_string(sample.join("README.md")).expect("a note");
        let discoveries = Discovery::all(&note);
        assert!(!discoveries.is_empty(), "{} discovers nothing", sample.display());
        for discovery in discoveries {
            if let Err(reason) = discovery.check(&report) {
                let name = sample.file_name().expect("a name").to_string_lossy();
                wrong.push(format!("{name}: {reason}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} rows do not hold:\n{}", wrong.len(), wrong.join("\n"));
}
