//! A log archive beside what AWS answers, and instead of its look-ups.

use std::thread;

use crate::{
    case::{Case, finding, rendered},
    program::{FACTS, sample},
    sown::Sown,
};

/// Samples whose configuration history, asked for by the finding alone, is that of the bundle.
const SAMPLES: [&str; 4] = ["bitcoin-tool", "c2-activity", "drop-point", "malicious-ip-caller"];

#[test]
fn it_stands_in_for_look_ups_with_the_same_facts() {
    thread::scope(|scope| {
        for name in SAMPLES {
            scope.spawn(move || stands_in(name));
        }
    });
}

fn stands_in(name: &str) {
    let case = Case::of_sample(name);
    let sown = Sown::of(&sample(name));
    let logs = sown.folder().join("logs");
    let (id, region) = finding(name);
    let logs = ["--max-lookups", "0", "--cloudtrail", logs.to_str().expect("a path")];
    let fixed = ["report", &id, "--region", &region, "-f", "json", "-f", "html", "-o", "out.json"];
    case.run(&[&fixed[..], &logs].concat()).exits(0);
    assert_eq!(case.fake.count("LookupEvents"), 0, "{name}");

    let (live, offline) = (case.json("out.json"), rendered(&sample(name)));
    for fact in FACTS {
        assert_eq!(live[fact], offline[fact], "{name}: {fact}");
    }
    assert_eq!(live["archives"].as_array().map(Vec::len), Some(1), "{name}");

    // The bundle holds what was found and what was searched.
    let bundle = format!("casefile-{}.evidence", id.get(..8).expect("an id"));
    case.offline(&["verify", &bundle]).exits(0);
    for (form, made) in [("json", "out.json"), ("html", "out.html")] {
        let again = case.offline(&["render", &bundle, "-q", "-f", form, "-o", "-"]).exits(0).out;
        assert!(again == case.bytes(made), "{name}: {form} of the bundle is another");
    }
}

#[test]
fn beside_look_ups_it_adds_nothing_that_they_have_found() {
    let name = "bitcoin-tool";
    let case = Case::of_sample(name);
    let sown = Sown::of(&sample(name));
    let logs = sown.folder().join("logs");
    let (id, region) = finding(name);
    let logs = logs.to_str().expect("a path");
    case.run(&["report", &id, "--region", &region, "--cloudtrail", logs, "-o", "out.json"])
        .exits(0);
    let (live, offline) = (case.json("out.json"), rendered(&sample(name)));
    for fact in FACTS {
        assert_eq!(live[fact], offline[fact], "{fact}");
    }
}
