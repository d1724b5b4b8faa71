//! What goes wrong for good: a sentence where there is no finding, a gap where there is one.

use std::time::Duration;

use super::{
    investigated::{GLOBAL, HOME, Investigated, report, untroubled},
    kind::{Kind, Make, PASSING, refused_plainly, server_error},
    secret,
};
use crate::aws::{ANY, Call, Fault};
use crate::case::{Case, side_by_side};

/// What is asked once the finding is known.
const EVIDENCE: [&str; 5] = [
    "DescribeConfigurationRecorders",
    "DescribeConfigurationRecorderStatus",
    "GetResourceConfigHistory",
    "ListDiscoveredResources",
    "LookupEvents",
];

fn is_evidence(call: &Call) -> bool {
    call.service == "config" || call.service == "cloudtrail"
}

#[test]
fn without_the_finding_one_sentence_says_why() {
    let both = ["ListDetectors", "GetFindings"];
    let cases: Vec<(&Kind, &str)> =
        PASSING.iter().flat_map(|kind| both.map(|operation| (kind, operation))).collect();
    side_by_side(&cases, |(kind, operation)| {
        let Kind { name, fault, said, .. } = kind;
        let (case, run) = report(&["--timeout", "1", "-vvv"], |case| {
            case.fake.fail(operation, 0.., fault());
        });
        assert_eq!(run.code, 1, "{name} of {operation}: {}", run.err);
        let errors: Vec<&str> =
            run.err.lines().filter(|line| line.starts_with("error: ")).collect();
        assert_eq!(errors.len(), 1, "{name} of {operation}: {}", run.err);
        let error = errors[0];
        for words in ["ask GuardDuty", HOME, said, "collect once more"] {
            assert!(error.contains(words), "{name} of {operation}: {words:?} in {error}");
        }
        // Again and again, but not for ever.
        assert_eq!(case.fake.count(operation), 4, "{name} of {operation}");
        assert_eq!(case.names(), Vec::<String>::new(), "{name} of {operation}");
        secret::is_not_told(&case, &run);
    });
}

#[test]
fn expired_credentials_end_in_how_to_sign_in() {
    side_by_side(&["GetCallerIdentity", "ListDetectors", "GetFindings"], |operation| {
        let (case, run) = report(&["-vvv"], |case| {
            case.fake.fail(operation, 0.., Fault::ExpiredToken);
        });
        assert_eq!(run.code, 1, "{operation}: {}", run.err);
        for words in ["sign in to AWS", "expired", "aws sso login", "--profile"] {
            assert!(run.err.contains(words), "{operation}: {words:?} in {}", run.err);
        }
        assert_eq!(case.names(), Vec::<String>::new(), "{operation}");
        secret::is_not_told(&case, &run);
    });
}

#[test]
fn keys_that_nobody_has_end_in_what_to_check() {
    let (case, run) = report(&[], |case| case.fake.change(|world| world.keys.clear()));
    let run = run.exits(1);
    assert!(run.err.contains("check the credentials"), "{}", run.err);
    assert_eq!(case.names(), Vec::<String>::new());
}

#[test]
fn with_everything_down_after_the_finding_each_operation_is_named() {
    let faults: [(&str, Make, &str); 5] = [
        ("an error of the service", server_error, "An internal error occurred"),
        ("no answer", || Fault::Hang(Duration::from_secs(60)), "no answer came in time"),
        ("a connection that is reset", || Fault::Reset, "connection closed"),
        ("no body", || Fault::RawBody(Vec::new()), "the answer broke off"),
        ("refused", refused_plainly, "Access denied"),
    ];
    side_by_side(&faults, |(name, fault, said)| {
        let made = Investigated::with(&["--timeout", "1", "-vvv"], |case| {
            case.fake.fail_if(ANY, is_evidence, fault());
        });
        for operation in EVIDENCE {
            made.must_say(name, &[operation, HOME, said]);
        }
        made.must_say(name, &["LookupEvents", GLOBAL, said]);
        made.has_facts(name, &["finding"]);
        // What it may hide is said of what matters most.
        made.must_say(name, &["the configuration history of traffic-simulation", "not"]);
        made.must_say(name, &["the calls about traffic-simulation", "cannot be told"]);
        // Nobody asks a hundred times in vain.
        for operation in EVIDENCE {
            let count = made.case.fake.count(operation);
            assert!(count <= 40, "{name}: {operation} is asked {count} times");
        }
    });
}

#[test]
fn a_throttle_that_lasts_is_given_up() {
    let cases: [(&[&str], &str, usize); 2] = [
        (&[], "Rate exceeded", untroubled().case.fake.count("LookupEvents") * 2),
        // What is asked again counts once.
        (&["--max-lookups", "5"], "LookupEvents", 30),
    ];
    side_by_side(&cases, |(options, said, most)| {
        let made = Investigated::with(options, |case| {
            case.fake.fail("LookupEvents", 0.., Fault::Throttle);
        });
        made.must_say("throttled", &["cloudtrail", "LookupEvents", HOME, said]);
        made.has_facts("throttled", &["finding", "subject"]);
        assert!(made.case.fake.count("LookupEvents") <= *most);
    });
}

#[test]
fn who_asks_may_stay_unknown() {
    side_by_side(&[server_error as Make, || Fault::CutBody], |fault| {
        let made = Investigated::with(&["--max-lookups", "8"], |case| {
            case.fake.fail("GetCallerIdentity", 0.., fault());
        });
        made.has_facts("who asks", &["finding", "headline", "provenance", "subject"]);
        made.must_say("who asks", &["sts", "GetCallerIdentity", "in whose name"]);
    });
}

#[test]
fn one_region_may_be_down() {
    let elsewhere = |call: &Call| call.region == GLOBAL && is_evidence(call);
    let faults: [(&str, Make, &str); 3] = [
        ("an error of the service", server_error, "An internal error occurred"),
        ("refused", refused_plainly, "grant cloudtrail:LookupEvents"),
        ("a body that is cut", || Fault::CutBody, "the answer broke off"),
    ];
    side_by_side(&faults, |(name, fault, said)| {
        let options = ["--max-lookups", "12"];
        let made = Investigated::with(&options, |case| case.fake.fail_if(ANY, elsewhere, fault()));
        made.must_say(name, &["cloudtrail", "LookupEvents", GLOBAL, said]);
        // What is recorded in the function's Region is all there.
        made.has_facts(name, &["finding", "headline", "provenance", "subject"]);
        assert!(!made.says(&[&format!("LookupEvents in {HOME}"), said]), "{name}");
    });
}

#[test]
fn a_region_may_not_be_enabled() {
    let made = Investigated::with(&["--max-lookups", "12"], |case| {
        let code = "UnrecognizedClientException";
        let message = "The security token included in the request is invalid.";
        // Not the very first, with which the credentials themselves may be wrong.
        let later = |call: &Call| call.region == GLOBAL && call.nth > 2;
        case.fake.fail_if("LookupEvents", later, Fault::error(code, message));
    });
    let said = ["cloudtrail", GLOBAL, "whether the Region is enabled"];
    made.must_say("not enabled", &said);
    made.has_facts("not enabled", &["finding", "headline", "provenance", "subject"]);
    let asked = made.case.fake.requests();
    let refused = asked.iter().filter(|seen| {
        seen.call.region == GLOBAL && seen.call.operation == "LookupEvents" && seen.call.nth > 2
    });
    assert!(refused.count() <= 3, "it went on asking");
}

#[test]
fn what_came_before_a_fault_is_kept() {
    let faults: [(&str, Make, &str); 3] = [
        ("an error of the service", server_error, "An internal error occurred"),
        ("a connection that is reset", || Fault::Reset, "connection closed"),
        ("expired", || Fault::ExpiredToken, "sign in again"),
    ];
    side_by_side(&faults, |(name, fault, said)| {
        let trouble = |case: &Case| case.fake.fail("LookupEvents", 6.., fault());
        let made = Investigated::with(&["--timeout", "1"], trouble);
        made.must_say(name, &["cloudtrail", "LookupEvents", HOME, said]);
        made.has_facts(name, &["finding", "headline", "provenance"]);
        assert!(
            made.case.fake.count("LookupEvents") < untroubled().case.fake.count("LookupEvents")
        );
    });
}

#[test]
fn expired_credentials_are_used_no_more() {
    let made = Investigated::with(&[], |case| {
        case.fake.fail_if(ANY, is_evidence, Fault::ExpiredToken);
    });
    made.must_say("expired", &[HOME, "ExpiredTokenException", "sign in again"]);
    made.has_facts("expired", &["finding"]);
    // Those that were under way when it was learnt.
    let count = made.case.fake.requests().len();

    assert!(count <= 30, "{count} requests");
}
