//! Stopped by the user, or by force.

use std::{
    os::unix::process::ExitStatusExt,
    process::Command,
    thread::sleep,
    time::{Duration, Instant},
};

use super::investigated::{HOME, Investigated, bundle, id, start, world};
use crate::aws::Fault;
use crate::case::Case;

/// Nothing answers for that long: whoever waits for it hangs.
const LONG: Duration = Duration::from_secs(200);

#[test]
fn what_has_come_is_written() {
    let case = Case::new(world());
    case.fake.fail("LookupEvents", 6.., Fault::Hang(LONG));
    let started = start(&case, &["--timeout", "600"]);
    case.await_requests("LookupEvents", 7);
    let stopped = Instant::now();
    started.signal("INT");
    started.await_words("stopping: what has come is written");
    let run = started.finish().exits(0);
    assert!(stopped.elapsed() < LONG / 2, "it waited for the answers");

    let made = Investigated::read(case, run);
    assert_eq!(made.manifest["complete"], false);
    made.must_say("stopped", &["input | ", "interrupted"]);
    made.must_say("stopped", &["cloudtrail | ", "LookupEvents", HOME, "was stopped before"]);
    made.has_facts("stopped", &["finding", "headline", "provenance"]);
    assert!(made.case.fake.count("LookupEvents") <= 16, "it went on asking");
}

#[test]
fn the_bundle_alone_is_written_too() {
    let case = Case::new(world());
    case.fake.fail("LookupEvents", 2.., Fault::Hang(LONG));
    let started = case.start(&["collect", &id(), "--region", HOME, "--timeout", "600"]);
    case.await_requests("LookupEvents", 3);
    started.signal("TERM");
    let run = started.finish().exits(0);
    assert!(run.err.contains("stopped before"), "{}", run.err);
    assert_eq!(case.names(), [bundle()]);
    assert_eq!(case.json(&format!("{}/manifest.json", bundle()))["complete"], false);
    case.offline(&["verify", &bundle()]).exits(0);
    case.offline(&["render", &bundle(), "-q", "--fail-on-gaps", "-o", "-"]).exits(4);
}

#[test]
fn the_second_time_it_quits_at_once() {
    let case = Case::new(world());
    // Whoever writes to a named pipe waits until somebody reads it.
    let pipe = case.folder.path().join("pipe.html");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
    let arguments = ["report", &id(), "--region", HOME, "--max-lookups", "0", "-o", "pipe.html"];
    let mut started = case.start(&arguments);
    while !case.names().contains(&bundle()) {
        sleep(Duration::from_millis(20));
    }
    started.signal("INT");
    started.await_words("once more to quit at once");
    let again = Instant::now();
    started.signal("INT");
    assert_eq!(started.end().code(), Some(130), "{}", started.said());
    assert!(again.elapsed() < LONG / 2);
}

#[test]
fn a_role_that_is_waited_for_is_waited_for_no_more() {
    let case = Case::new(world());
    let role = "arn:aws:iam::{account}:role/casefile";
    case.fake.fail("AssumeRole", 0.., Fault::Hang(LONG));
    let started = start(&case, &["--timeout", "600", "--role-arn", role]);
    case.await_requests("AssumeRole", 1);
    started.signal("INT");
    let made = Investigated::read(case, started.finish().exits(0));
    assert_eq!(made.manifest["complete"], false);
}

#[test]
fn before_the_finding_there_is_nothing_to_write() {
    for operation in ["ListDetectors", "GetFindings"] {
        let case = Case::new(world());
        case.fake.fail(operation, 0.., Fault::Hang(LONG));
        let started = start(&case, &["--timeout", "600"]);
        case.await_requests(operation, 1);
        started.signal("INT");
        let run = started.finish().exits(1);
        assert!(run.err.contains("stopped before the finding had come"), "{}", run.err);
        assert_eq!(case.names(), Vec::<String>::new());
    }
}

#[test]
fn by_force_nothing_is_left() {
    let case = Case::new(world());
    case.fake.fail("LookupEvents", 2.., Fault::Hang(LONG));
    let mut started = start(&case, &["--timeout", "600"]);
    case.await_requests("LookupEvents", 3);
    started.signal("KILL");
    assert_eq!(started.end().signal(), Some(9));
    assert_eq!(case.names(), Vec::<String>::new());
}
