//! The command line: what it writes where, and how it ends.

#![expect(clippy::expect_used, reason = "a test may stop")]

#[allow(dead_code, reason = "shared with other tests")]
mod program;

use std::{
    fs,
    path::{Path, PathBuf},
};

use program::{Run, run, run_in, sample, samples};
use serde_json::Value;
use tempfile::TempDir;

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

fn path(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

fn text(run: Run) -> String {
    String::from_utf8(run.out).expect("UTF-8")
}

fn render(folder: &Path, name: &str, options: &[&str]) -> Run {
    let sample = sample(name);
    run_in(folder, ["render", path(&sample)].iter().chain(options))
}

fn bundles() -> Vec<PathBuf> {
    let bundles: Vec<PathBuf> = samples()
        .iter()
        .map(|name| sample(name))
        .filter(|sample| sample.join("manifest.json").exists())
        .collect();
    assert_eq!(bundles.len(), 8);
    bundles
}

/// The file names in a folder, sorted.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<String> = entries
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for name in names(from) {
        let (from, to) = (from.join(&name), to.join(&name));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).expect("a copy");
        }
    }
}

#[test]
fn the_help_is_as_it_was_read_and_approved() {
    let offline = ["render", "verify", "policy", "schema", "completions"];
    let live: &[&str] =
        if cfg!(feature = "live") { &["", "report", "collect", "list"] } else { &[] };
    for command in offline.iter().chain(live) {
        let arguments = [*command, "--help"].into_iter().filter(|argument| !argument.is_empty());
        let help = text(run(arguments).exits(0));
        insta::assert_snapshot!(format!("help-{command}").trim_end_matches('-'), help);
    }
}

#[test]
fn html_is_the_default_and_is_named_after_the_finding() {
    let folder = folder();
    let run = render(folder.path(), "malicious-ip-caller", &[]).exits(0);
    assert!(run.out.is_empty());
    let names = names(folder.path());
    assert_eq!(names.len(), 1, "{names:?}");
    let name = names.first().expect("a file");
    assert!(name.starts_with("casefile-") && name.ends_with(".html"), "{name}");
    assert!(run.err.contains(name), "{}", run.err);
    let html = fs::read_to_string(folder.path().join(name)).expect("a page");
    assert!(html.starts_with("<!doctype html>") || html.starts_with("<!DOCTYPE html>"));
}

#[test]
fn two_forms_are_two_files() {
    let folder = folder();
    render(folder.path(), "bitcoin-tool", &["-f", "json", "-f", "html"]).exits(0);
    assert_eq!(names(folder.path()), ["casefile-0f4be27a.html", "casefile-0f4be27a.json"]);
}

#[test]
fn two_forms_cannot_share_standard_output() {
    let folder = folder();
    let run = render(folder.path(), "bitcoin-tool", &["-f", "json", "-f", "html", "-o", "-"]);
    assert!(run.exits(2).out.is_empty());
}

#[test]
fn the_ending_of_the_output_says_which_form_it_is() {
    let folder = folder();
    render(folder.path(), "bitcoin-tool", &["-o", "x.json"]).exits(0);
    let json = fs::read(folder.path().join("x.json")).expect("the report");
    let report: Value = serde_json::from_slice(&json).expect("JSON");
    assert_eq!(report.get("schema").and_then(Value::as_str), Some("casefile-report/1"));
    let printed = render(folder.path(), "bitcoin-tool", &["-f", "json", "-o", "-"]).exits(0);
    assert!(printed.out == json, "file and standard output differ");
}

#[test]
fn a_second_clock_is_shown_with_its_offset() {
    let folder = folder();
    let page = |options: &[&str]| {
        let options = [&["-f", "html", "-o", "-"], options].concat();
        text(render(folder.path(), "malicious-ip-caller", &options).exits(0))
    };
    assert!(!page(&[]).contains("+09:00"));
    assert!(page(&["--timezone", "Asia/Tokyo"]).contains("+09:00"));
}

#[test]
fn quiet_says_nothing() {
    let folder = folder();
    let run = render(folder.path(), "in-vpc", &["-q"]).exits(0);
    assert!(run.out.is_empty() && run.err.is_empty(), "{run:?}");
}

#[test]
fn wrong_usage_exits_2() {
    let folder = folder();
    let zone = render(folder.path(), "in-vpc", &["--timezone", "Nowhere/Atall"]).exits(2);
    assert!(zone.err.contains("Nowhere/Atall"), "{}", zone.err);
    render(folder.path(), "in-vpc", &["-f", "pdf"]).exits(2);
    run(["render"]).exits(2);
    run(["conjure"]).exits(2);
    assert!(names(folder.path()).is_empty());
}

#[test]
fn several_findings_are_listed_and_exit_2_until_one_is_chosen() {
    let folder = folder();
    let (one, other) = (sample("in-vpc"), sample("outside-vpc"));
    let arguments = ["render", path(&one), path(&other)];
    let listed = run_in(folder.path(), arguments).exits(2);
    for id in ["38c3d6b2cfb45cf0fddb730a7dd2b225", "46c3e04136785b91811ba1f87b5b1e9a"] {
        assert!(listed.err.contains(id), "{}", listed.err);
        run_in(folder.path(), arguments.iter().chain(&["--finding", id])).exits(0);
    }
    assert_eq!(names(folder.path()), ["casefile-38c3d6b2.html", "casefile-46c3e041.html"]);
}

#[test]
fn no_finding_exits_1_and_another_finding_exits_3() {
    let folder = folder();
    fs::write(folder.path().join("events.json"), r#"{"Events":[]}"#).expect("a file");
    run_in(folder.path(), ["render", "events.json"]).exits(1);
    run_in(folder.path(), ["render", "missing.json"]).exits(1);
    let run = render(folder.path(), "in-vpc", &["--finding", "ffffffff"]).exits(3);
    assert!(run.err.contains("38c3d6b2cfb45cf0fddb730a7dd2b225"), "{}", run.err);
    assert_eq!(names(folder.path()), ["events.json"]);
}

#[test]
fn gaps_exit_4_when_that_is_asked_and_the_report_is_written_all_the_same() {
    let folder = folder();
    render(folder.path(), "in-vpc", &["--fail-on-gaps", "-o", "x.html"]).exits(4);
    assert_eq!(names(folder.path()), ["x.html"]);
}

#[test]
fn every_bundle_is_as_it_was_collected() {
    for bundle in bundles() {
        run(["verify", path(&bundle)]).exits(0);
    }
}

#[test]
fn one_changed_byte_is_found_and_named() {
    for bundle in bundles() {
        let folder = folder();
        let bundle_copy = folder.path().join("bundle");
        copy(&bundle, &bundle_copy);
        let document = "guardduty/get-findings.json";
        let file = bundle_copy.join(document);
        let mut bytes = fs::read(&file).expect("a document");
        let byte = bytes.iter_mut().find(|byte| byte.is_ascii_digit()).expect("a digit");
        *byte = if *byte == b'0' { b'1' } else { b'0' };
        fs::write(&file, bytes).expect("the change");
        let run = run(["verify", path(&bundle_copy)]).exits(1);
        let about: Vec<&str> = run.err.lines().filter(|line| line.contains(".json")).collect();
        assert_eq!(about.len(), 1, "{}", run.err);
        assert!(about.iter().all(|line| line.contains(document)), "{}", run.err);
    }
}

#[test]
fn a_missing_document_is_named_and_a_folder_without_manifest_is_no_bundle() {
    let folder = folder();
    let bundle = folder.path().join("bundle");
    copy(&sample("tor-relay"), &bundle);
    fs::remove_file(bundle.join("guardduty/get-findings.json")).expect("removed");
    let run_missing = run(["verify", path(&bundle)]).exits(1);
    assert!(run_missing.err.contains("guardduty/get-findings.json"), "{}", run_missing.err);
    let loose = sample("in-vpc");
    run(["verify", path(&loose)]).exits(1);
}

#[test]
fn completions_know_the_commands() {
    for shell in ["bash", "zsh", "fish"] {
        let script = text(run(["completions", shell]).exits(0));
        for command in ["render", "verify", "schema"] {
            assert!(script.contains(command), "{shell}: {command}");
        }
    }
}

#[test]
fn the_version_is_that_of_the_package() {
    let version = text(run(["--version"]).exits(0));
    assert_eq!(version, format!("casefile {}\n", env!("CARGO_PKG_VERSION")));
}
