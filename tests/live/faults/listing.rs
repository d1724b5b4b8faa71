//! `list`, while something goes wrong.

use std::time::Duration;

use super::{
    investigated::{ACCOUNT, HOME, id, world},
    kind::{Make, server_error},
    secret,
};
use crate::case::{Case, side_by_side};
use crate::{
    aws::{ANY, Fault},
    program::Run,
};

fn list(trouble: impl FnOnce(&Case)) -> (Case, Run) {
    let case = Case::new(world());
    trouble(&case);
    let run = case.run(&["list", "--region", HOME, "--timeout", "1", "-vvv"]);
    secret::is_not_told(&case, &run);
    (case, run)
}

#[test]
fn once_is_overcome() {
    let faults = [server_error as Make, || Fault::CutBody, || Fault::Throttle];
    side_by_side(&faults, |fault| {
        let (_, run) = list(|case| case.fake.fail(ANY, 0..1, fault()));
        let run = run.exits(0);
        assert!(String::from_utf8_lossy(&run.out).contains(&id()), "{}", run.err);
    });
}

#[test]
fn for_good_is_said() {
    let faults: [(Make, &str); 4] = [
        (server_error, "An internal error occurred"),
        (|| Fault::Hang(Duration::from_secs(60)), "no answer came in time"),
        (|| Fault::ExpiredToken, "sign in to AWS"),
        (|| Fault::CutJson, "the answer broke off"),
    ];
    let operations = ["ListDetectors", "ListFindings", "GetFindings"];
    let cases: Vec<(&str, &(Make, &str))> =
        faults.iter().flat_map(|fault| operations.map(|operation| (operation, fault))).collect();
    side_by_side(&cases, |(operation, (fault, said))| {
        let (case, run) = list(|case| case.fake.fail(operation, 0.., fault()));
        assert_eq!(run.code, 1, "{operation}: {}", run.err);
        assert!(run.err.contains(said), "{operation}: {}", run.err);
        assert_eq!(run.out, b"", "{operation}");
        assert!(case.fake.count(operation) <= 4, "{operation}");
    });
}

#[test]
fn a_token_that_comes_again_is_no_reason_to_go_on() {
    let page = br#"{"findingIds":[],"nextToken":"same"}"#;
    let (case, run) =
        list(|case| case.fake.fail("ListFindings", 0.., Fault::RawBody(page.to_vec())));
    run.exits(0);
    assert!(case.fake.count("ListFindings") <= 3);
}

#[test]
fn guardduty_may_not_be_enabled() {
    let (_, run) = list(|case| {
        case.fake.change(|world| {
            world.remove_detectors(ACCOUNT, HOME);
        });
    });
    let run = run.exits(0);
    assert!(run.err.contains(&format!("GuardDuty is not enabled in {HOME}")), "{}", run.err);
}
