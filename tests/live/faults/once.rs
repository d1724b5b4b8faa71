//! What goes wrong once is overcome: nothing is missing, and nothing is said to be.

use std::time::Duration;

use super::{
    investigated::{Investigated, OPERATIONS, untroubled},
    kind::{Kind, PASSING},
};
use crate::aws::{ANY, Fault};
use crate::case::side_by_side;

#[test]
fn each_operation_may_fail_once() {
    untroubled();
    side_by_side(&PASSING, |kind| {
        let Kind { name, fault, has_body, .. } = kind;
        let options: &[&str] = if *name == "no answer" { &["--timeout", "2"] } else { &[] };
        // The first request for each operation.
        let options = [options, &["-vvv"]].concat();
        let made = Investigated::with(&options, |case| case.fake.fail(ANY, 0..1, fault()));
        made.has_all_facts(name);
        made.says_no_more(name);
        assert_eq!(made.manifest["complete"], true, "{name}");
        for operation in OPERATIONS {
            assert!(made.case.fake.count(operation) >= 2, "{name}: {operation}");
        }
        // Where something came, it is kept.
        if *has_body {
            assert_eq!(made.superseded(), OPERATIONS, "{name}");
        }
        let documents = made.manifest["documents"].as_array().expect("documents");
        let refused = documents.iter().filter(|document| document["status"] != 200);
        for document in refused {
            assert_eq!(document["superseded"], true, "{name}: {document}");
        }
    });
}

#[test]
fn an_answer_may_come_slowly() {
    let made = Investigated::with(&["--max-lookups", "9", "--timeout", "3"], |case| {
        // The first too slowly.
        case.fake.fail("LookupEvents", 0..1, Fault::Slow(Duration::from_secs(6)));
        case.fake.fail("LookupEvents", 1.., Fault::Slow(Duration::from_millis(500)));
        case.fake.fail("GetFindings", 0.., Fault::Slow(Duration::from_millis(500)));
    });
    made.has_facts("slow", &["finding", "headline", "provenance"]);
    assert!(!made.says(&["LookupEvents", "in time"]), "{:#?}", made.gaps());
}
