//! Each sample, investigated live: the same facts as offline, at the pace that is allowed.

use std::{fs, thread, time::Duration};

use serde_json::Value;

use crate::{
    case::{Case, finding, rendered},
    program::{FACTS, sample},
};

/// The samples that are bundles, and what beyond the defaults finds all of their facts.
const SAMPLES: [(&str, &[&str]); 7] = [
    ("bitcoin-tool", &[]),
    ("blackhole-traffic", &[]),
    ("c2-activity", &[]),
    ("drop-point", &[]),
    ("malicious-ip-caller", &[]),
    ("tor-client", &[]),
    // AWS Config knew the function for two years.
    ("tor-relay", &["--lookback", "700d"]),
];

#[test]
fn each_is_investigated_live_with_the_facts_of_its_bundle() {
    // Each waits most of the time.
    for some in SAMPLES.chunks(4) {
        thread::scope(|scope| {
            for (name, options) in some {
                scope.spawn(move || investigate(name, options));
            }
        });
    }
}

fn investigate(name: &str, options: &[&str]) {
    let case = Case::of_sample(name);
    let (id, region) = finding(name);
    let fixed = ["report", &id, "--region", &region, "-f", "json", "-f", "html", "-o", "out.json"];
    let run = case.run(&[&fixed, options].concat()).exits(0);

    let (live, offline) = (case.json("out.json"), rendered(&sample(name)));
    for fact in FACTS {
        assert_eq!(live[fact], offline[fact], "{name}: {fact}\n{}", run.err);
    }

    // The bundle gives the same bytes, in each form.
    let bundle = format!("casefile-{}.evidence", id.get(..8).expect("an id"));
    for (form, made) in [("json", "out.json"), ("html", "out.html")] {
        let again = case.offline(&["render", &bundle, "-q", "-f", form, "-o", "-"]).exits(0).out;
        assert!(again == case.bytes(made), "{name}: {form} of the bundle is another");
    }
    case.offline(&["verify", &bundle]).exits(0);
    every_answer_is_kept(&case, name, &bundle);
    nothing_is_asked_twice(&case, name);
    assert_eq!(case.fake.exceeded(), 0, "{name}");
    assert_eq!(case.fake.unknown(), Vec::<String>::new(), "{name}");
}

/// Each body lies in the bundle, byte for byte, under its request id.
fn every_answer_is_kept(case: &Case, name: &str, bundle: &str) {
    let manifest = case.json(&format!("{bundle}/manifest.json"));
    let documents = manifest["documents"].as_array().expect("documents");
    let requests = case.fake.requests();
    assert_eq!(documents.len(), requests.len(), "{name}");
    for seen in requests {
        let document = documents.iter().find(|document| document["request_id"] == seen.request_id);
        let document = document.expect("its document");
        let path = document["path"].as_str().expect("a path");
        assert!(case.bytes(&format!("{bundle}/{path}")) == seen.body, "{name}: {path}");
        assert_eq!(document["operation"], seen.call.operation, "{name}: {path}");
        assert_eq!(document["region"], seen.call.region, "{name}: {path}");
        assert_eq!(document["status"], seen.status.expect("a status"), "{name}: {path}");
        if seen.call.service != "sts" {
            let (kept, sent) =
                (times_in_whole(&document["request"]), times_in_whole(&seen.call.parameters));
            assert_eq!(kept, sent, "{name}: {path}");
        }
    }
}

/// Numbers without their fractions: the SDK writes whole seconds with or without a point.
fn times_in_whole(value: &Value) -> Value {
    match value {
        Value::Number(number) => {
            number.as_f64().map_or(Value::Null, |n| Value::from(n.round() as i64))
        }
        Value::Array(list) => list.iter().map(times_in_whole).collect(),
        Value::Object(members) => {
            members.iter().map(|(name, value)| (name.clone(), times_in_whole(value))).collect()
        }
        other => other.clone(),
    }
}

fn nothing_is_asked_twice(case: &Case, name: &str) {
    let mut asked = Vec::new();
    for seen in case.fake.requests() {
        let this = (seen.call.operation, seen.call.region, seen.call.parameters);
        assert!(!asked.contains(&this), "{name}: asked twice: {this:?}");
        asked.push(this);
    }
}

#[test]
fn a_typical_finding_takes_few_look_ups() {
    for name in ["bitcoin-tool", "malicious-ip-caller", "tor-client"] {
        let case = Case::of_sample(name);
        let (id, region) = finding(name);
        case.run(&["report", &id, "--region", &region, "-q"]).exits(0);
        let lookups = case.fake.count("LookupEvents");
        assert!(lookups <= 25, "{name}: {lookups}");
    }
}

#[test]
fn look_ups_are_never_closer_than_two_in_a_second_whatever_the_latency() {
    let case = Case::of_sample("bitcoin-tool");
    case.fake.tolerance(Duration::ZERO);
    case.fake.latency(Duration::from_millis(700));
    let (id, region) = finding("bitcoin-tool");
    case.run(&["report", &id, "--region", &region, "-q"]).exits(0);
    assert_eq!(case.fake.exceeded(), 0);
}

#[test]
fn a_bound_is_kept_and_said() {
    let case = Case::of_sample("bitcoin-tool");
    let (id, region) = finding("bitcoin-tool");
    let arguments = ["report", &id, "--region", &region, "--max-lookups", "6", "-o", "out.json"];
    case.run(&arguments).exits(0);
    assert_eq!(case.fake.count("LookupEvents"), 6);
    let report = case.json("out.json");
    let gaps = report["gaps"].as_array().expect("gaps");
    let said = gaps.iter().filter(|gap| {
        gap["reason"].as_str().is_some_and(|r| r.contains("the bound of 6 look-ups"))
    });
    assert!(said.count() >= 1, "{gaps:#?}");
    // What matters most was asked first.
    assert_eq!(report["provenance"]["running"]["event_name"], "UpdateFunctionCode20150331v2");
    let bundle = fs::read_dir(case.folder.path()).expect("a folder").count();
    assert_eq!(bundle, 2, "the report and its bundle");
}
