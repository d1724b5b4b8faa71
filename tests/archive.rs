//! Log archives: whoever answers the questions, the facts are the same.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test may stop")]

#[allow(dead_code, reason = "shared with other tests")]
mod program;
#[path = "archive/sown.rs"]
mod sown;

use std::{fs, path::Path};

use program::{run_in, sample, samples};
use serde_json::{Value, json};
use sown::{Sown, gzipped};

/// The report as JSON.
fn report(folder: &Path, arguments: &[&str]) -> Value {
    let all = ["render"].iter().chain(arguments).chain(&["-q", "-f", "json", "-o", "-"]);
    serde_json::from_slice(&run_in(folder, all).exits(0).out).expect("a report")
}

/// What a report states beside where it looked.
fn facts(report: &Value) -> Value {
    let mut facts = report.clone();
    let members = facts.as_object_mut().expect("an object");
    for apart in ["archives", "gaps", "coverage", "generator"] {
        members.remove(apart);
    }
    facts
}

/// The samples that hold calls.
fn with_calls() -> Vec<String> {
    samples().into_iter().filter(|name| sample(name).join("manifest.json").exists()).collect()
}

fn gaps(report: &Value) -> String {
    report["gaps"].to_string()
}

#[test]
fn an_archive_and_saved_records_state_the_same_facts() {
    for name in with_calls() {
        let sown = Sown::of(&sample(&name));
        let saved = report(sown.folder(), &["case", "saved.json"]);
        let asked = report(sown.folder(), &["case", "--cloudtrail", "logs"]);
        assert_eq!(facts(&asked), facts(&saved), "{name}");
        assert_eq!(report(sown.folder(), &["case", "logs"]), asked, "{name}");
        sown.flatten();
        let flat = report(sown.folder(), &["case", "--cloudtrail", "flat"]);
        assert_eq!(facts(&flat), facts(&saved), "{name}, flat");
        let count = |of: &Value| of["archives"][0]["records"].clone();
        assert_eq!(count(&flat), json!(sown.events.len()), "{name}");
        let read = |of: &Value| {
            let all = of["coverage"].as_array().expect("coverage").iter();
            all.clone().find(|one| one["source"] == "cloudtrail").expect("CloudTrail")["records"]
                .clone()
        };
        // With its paths, logs of accounts of which nothing is asked are not opened.
        assert_eq!(read(&flat), read(&saved), "{name}");
        assert!(read(&asked).as_u64() <= read(&saved).as_u64(), "{name}");
    }
}

#[test]
fn how_records_are_cut_into_files_and_written_does_not_show() {
    let sown = Sown::of(&sample("bitcoin-tool"));
    let one = facts(&report(sown.folder(), &["case", "--cloudtrail", "logs"]));
    let records: Vec<Value> =
        sown.events.iter().map(|event| serde_json::from_str(event).expect("JSON")).collect();
    let pretty = serde_json::to_string_pretty(&json!({ "Records": records })).expect("JSON");
    let escaped =
        sown.joined().replace("order-export", "order\\u002Dexp\\u006frt").replace('/', "\\/");
    let beside = format!(
        "{{\"a\":[{{\"Records\":[]}}],\"Records\":[{}],\"z\":1}}",
        sown.events.join(" ,\n")
    );
    let (first, rest) = sown.events.split_at(7);
    let list = |events: &[String]| format!("{{\"Records\":[{}]}}", events.join(","));
    let members = [gzipped(list(first).as_bytes()), gzipped(list(rest).as_bytes())].concat();
    for (what, name, bytes) in [
        ("plain", "a.json", sown.joined().into_bytes()),
        ("pretty", "a.json.gz", gzipped(pretty.as_bytes())),
        ("escaped", "a.json.gz", gzipped(escaped.as_bytes())),
        ("other members", "a.json.gz", gzipped(beside.as_bytes())),
        ("two members of gzip", "a.json.gz", members),
        ("without an ending", "a", gzipped(sown.joined().as_bytes())),
        ("with a mark", "a", [b"\xEF\xBB\xBF", sown.joined().as_bytes()].concat()),
        ("as lines", "a.jsonl", sown.events.join("\n").into_bytes()),
    ] {
        let folder = sown.other(what);
        fs::write(folder.join(name), bytes).expect("a file");
        let path = folder.to_str().expect("a path");
        assert_eq!(facts(&report(sown.folder(), &["case", "--cloudtrail", path])), one, "{what}");
    }
}

#[test]
fn what_cannot_be_read_is_named_and_costs_only_itself() {
    let sown = Sown::of(&sample("bitcoin-tool"));
    let whole = facts(&report(sown.folder(), &["case", "--cloudtrail", "logs"]));
    let folder = sown.folder().join("logs");
    let noise = format!("{{\"Records\":[{}]}}", vec![noise(); 400].join(","));
    let packed = gzipped(noise.as_bytes());
    let mut bad = packed.clone();
    let middle = bad.len() / 2;
    bad[middle] ^= 0xff;
    let mut sum = packed.clone();
    let at = sum.len() - 8;
    sum[at] ^= 1;
    let deep = format!(
        "{{\"Records\":[{{\"eventName\":\"x\",\"eventTime\":\"2026-11-19T00:00:00Z\",\"a\":{}{},\"b\":\"order-export\"}}]}}",
        "[".repeat(200_000),
        "]".repeat(200_000)
    );
    for (name, bytes) in [
        ("cut.json.gz", &packed[..packed.len() / 2]),
        ("bad.json.gz", &bad),
        ("sum.json.gz", &sum),
        ("empty.json.gz", b""),
        ("none.json.gz", &gzipped(b"{\"Records\":[]}")),
        ("broken.json.gz", &gzipped(&noise.as_bytes()[..noise.len() - 300])),
        ("deep.json.gz", &gzipped(deep.as_bytes())),
        ("digest.json.gz", &gzipped(b"{\"awsAccountId\":\"111122223333\",\"digestStartTime\":\"2026-11-19T00:00:00Z\",\"digestS3Object\":\"x\"}")),
        ("insight.json.gz", &gzipped(b"{\"Records\":[{\"eventType\":\"AwsCloudTrailInsight\",\"eventTime\":\"2026-11-19T00:00:00Z\"}]}")),
        ("twice-1.json.gz", &packed),
        ("twice-2.json.gz", &packed),
    ] {
        fs::write(folder.join(name), bytes).expect("a file");
    }
    #[cfg(unix)]
    {
        use std::os::unix::{ffi::OsStrExt, fs::symlink};
        symlink(&folder, folder.join("loop")).expect("a link");
        symlink(folder.join("gone"), folder.join("dangling")).expect("a link");
        let odd = std::ffi::OsStr::from_bytes(b"odd-\xff.json.gz");
        fs::write(folder.join(odd), gzipped(noise.as_bytes())).expect("a file");
    }
    let damaged = report(sown.folder(), &["case", "--cloudtrail", "logs"]);
    assert_eq!(facts(&damaged), whole);
    let gaps = gaps(&damaged);
    for (name, reason) in [
        ("cut.json.gz", "its gzip data ends too early; the "),
        ("bad.json.gz", "its gzip data is damaged"),
        ("sum.json.gz", "its gzip data is damaged"),
        ("empty.json.gz", "is empty"),
        ("broken.json.gz", "it breaks off within its list; the 399 records before that were read"),
        ("deep.json.gz", "is nested more than 127 levels deep"),
        #[cfg(unix)]
        ("loop", "symbolic link that leads back to"),
        #[cfg(unix)]
        ("dangling", "it could not be opened and was skipped"),
    ] {
        assert!(gaps.contains(name) && gaps.contains(reason), "{name}: {gaps}");
    }
    let archive = &damaged["archives"][0];
    assert_eq!((&archive["digests"], &archive["insights"]), (&json!(1), &json!(1)));
    // The second of the same, and the one with the odd name.
    assert_eq!(archive["copies"], json!(if cfg!(unix) { 2 } else { 1 }));
}

/// A call that has nothing to do with the case, and much that looks like it.
fn noise() -> String {
    json!({
        "eventVersion": "1.11", "eventTime": "2026-11-19T03:00:00Z", "eventSource": "ec2.amazonaws.com",
        "eventName": "DescribeInstances", "awsRegion": "ap-northeast-1", "recipientAccountId": "111122223333",
        "userAgent": "order-export", "errorMessage": "order-export-2 }]{\"Records\":[ my-order-export",
        "userIdentity": {"type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/other/order-export-2"},
        "requestParameters": {"tag": "order-export", "x": "\\\"}"}, "eventID": "00000000-0000-4000-8000-000000000000",
    })
    .to_string()
}

#[test]
fn logs_of_other_accounts_are_left_unopened_until_something_leads_there() {
    let sown = Sown::of(&sample("bitcoin-tool"));
    let other = sown.folder().join("logs/AWSLogs/999988887777/CloudTrail/eu-west-1/2026/01/05");
    fs::create_dir_all(&other).expect("a folder");
    // What is not opened cannot fail.
    fs::write(other.join("999988887777_CloudTrail_eu-west-1_20260105T0000Z_x.json.gz"), b"no gzip")
        .expect("a file");
    let report = report(sown.folder(), &["case", "--cloudtrail", "logs"]);
    let archive = &report["archives"][0];
    let (files, opened) = (archive["files"].as_u64(), archive["opened"].as_u64());
    assert_eq!(files.expect("files") - opened.expect("files"), 1);
    assert_eq!(archive["faults"], json!([]));
    let places = archive["places"].as_array().expect("places");
    let passed = places.iter().find(|place| place["account"] == "999988887777").expect("the place");
    assert_eq!((&passed["opened"], &passed["passed"]), (&json!(0), &json!(1)));
}

#[test]
fn of_a_finding_about_no_function_nothing_is_looked_for_and_that_is_said() {
    let sown = Sown::of(&sample("bitcoin-tool"));
    let finding = json!({"Findings": [{
        "Id": "f", "AccountId": "111122223333", "Region": "eu-west-1", "SchemaVersion": "2.0",
        "Type": "Backdoor:EC2/C&CActivity.B", "Severity": 8,
        "CreatedAt": "2026-11-20T00:00:00Z", "UpdatedAt": "2026-11-20T00:00:00Z",
        "Arn": "arn:aws:guardduty:eu-west-1:111122223333:detector/d/finding/f",
        "Resource": {"ResourceType": "Instance", "InstanceDetails": {"InstanceId": "i-0abc"}},
        "Service": {"ServiceName": "guardduty"},
    }]});
    fs::write(sown.folder().join("ec2.json"), finding.to_string()).expect("a file");
    let report = report(sown.folder(), &["ec2.json", "--cloudtrail", "logs"]);
    let (files, archive) = (sown.files(), &report["archives"][0]);
    assert_eq!((&archive["files"], &archive["opened"]), (&json!(files), &json!(0)));
    let asked = format!("the {files} log files that were given");
    let all = report["gaps"].as_array().expect("gaps").iter();
    let gaps: Vec<&Value> = all.filter(|gap| gap["asked"] == json!(asked)).collect();
    assert_eq!(gaps.len(), 1, "{}", report["gaps"]);
    assert!(gaps[0]["reason"].to_string().contains("the finding is about no function"));
    let page = run_in(sown.folder(), ["render", "ec2.json", "logs", "-q", "-o", "-"]).exits(0).out;
    let page = String::from_utf8(page).expect("UTF-8");
    assert!(page.contains(&format!("the {files} log files were not searched")), "{page}");
}

#[test]
fn an_hour_without_events_is_said_and_not_taken_for_one_without_calls() {
    let sown = Sown::of(&sample("bitcoin-tool"));
    let report = report(sown.folder(), &["case", "--cloudtrail", "logs"]);
    let gaps = gaps(&report);
    assert!(
        gaps.contains("whole hours between holds no event, the longest stretch from "),
        "{gaps}"
    );
    assert!(gaps.contains("one without calls, or one whose log is missing"), "{gaps}");
}

#[test]
fn a_folder_that_is_not_there_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let finding = sample("outside-vpc");
    let arguments = ["render", finding.to_str().expect("a path"), "--cloudtrail", "nowhere"];
    let run = run_in(folder.path(), arguments).exits(1);
    assert!(run.err.contains("nowhere: there is no such file or folder"), "{}", run.err);
}

#[test]
fn a_folder_without_files_is_a_gap() {
    let sown = Sown::of(&sample("bitcoin-tool"));
    sown.other("none");
    let report = report(sown.folder(), &["case", "--cloudtrail", "none"]);
    let gaps = gaps(&report);
    assert!(gaps.contains("none\",\"reason\":\"it holds no file"), "{gaps}");
}

#[test]
fn the_page_says_what_was_searched() {
    let sown = Sown::of(&sample("bitcoin-tool"));
    let page =
        run_in(sown.folder(), ["render", "case", "--cloudtrail", "logs", "-q", "-o", "-"]).exits(0);
    let page = String::from_utf8(page.out).expect("UTF-8");
    let files = sown.files();
    assert!(page.contains(&format!("all {files} log files were opened")), "{page}");
    assert!(page.contains("Hours between without an event"));
}
