//! What is not set up: GuardDuty, AWS Config's recorder, a Region.

use super::investigated::{ACCOUNT, HOME, Investigated, id, report};
use crate::aws::{Recorder, World};
use crate::case::{Case, side_by_side};

/// Exits with 3 and says all of this, and leaves nothing behind.
fn is_not_found(options: &[&str], change: fn(&mut World), words: &[&str]) {
    let (case, run) = report(options, |case| case.fake.change(change));
    let run = run.exits(3);
    for words in words {
        assert!(run.err.contains(words), "{words:?} is not in\n{}", run.err);
    }
    assert_eq!(case.names(), Vec::<String>::new());
}

#[test]
fn guardduty_may_not_be_enabled() {
    let off = |world: &mut World| {
        world.remove_detectors(ACCOUNT, HOME);
    };
    let said = ["not enabled", HOME, ACCOUNT, "--region", "--all-regions"];
    is_not_found(&[], off, &said);
    is_not_found(
        &["--all-regions"],
        off,
        &["not enabled", HOME, "eu-west-1", ACCOUNT, "--profile"],
    );
}

#[test]
fn the_finding_may_be_unknown() {
    let gone = |world: &mut World| {
        world.remove_findings(|_| true);
    };
    let detector = "5ac3f2a9e1d04b7c8f6e2d1b0a998877";
    is_not_found(&[], gone, &[&id(), HOME, ACCOUNT, detector, "90 days", "--all-regions"]);
}

#[test]
fn the_detector_may_be_another_accounts() {
    let other = ["--detector-id", "00112233445566778899aabbccddeeff"];
    let (_, run) = report(&other, |_| {});
    let run = run.exits(1);
    for words in [HOME, "not owned by the current account", "check the id, and the detector"] {
        assert!(run.err.contains(words), "{words}: {}", run.err);
    }
}

#[test]
fn the_findings_region_may_not_be_enabled() {
    let (case, run) = report(&[], |case| {
        case.fake.change(|world| {
            world.disable(HOME);
        });
    });
    let run = run.exits(1);
    assert!(run.err.contains(HOME), "{}", run.err);
    assert!(run.err.contains("whether the Region is enabled"), "{}", run.err);
    assert_eq!(case.names(), Vec::<String>::new());
}

/// A state of AWS Config: what it is called, how it comes, what is said of it, and whether it
/// leaves what was recorded before.
type Recording = (&'static str, fn(&mut World), &'static [&'static str], bool);

const RECORDINGS: [Recording; 6] = [
    (
        "no recorder",
        |world| {
            world.remove_recorder(ACCOUNT, HOME).remove_items(|_| true);
        },
        &["config | ", "no configuration recorder in this Region", "set one up"],
        false,
    ),
    (
        "stopped",
        |world| {
            let stopped = Recorder::of_everything().stopped(1_795_000_000.0);
            world.add_recorder(ACCOUNT, HOME, stopped);
        },
        &["config | ", "recorder is stopped since 2026-11-18T11:06:40Z", "start it"],
        true,
    ),
    (
        "failing",
        |world| {
            let failing = Recorder::of_everything().failing("AccessDenied", "no such bucket");
            world.add_recorder(ACCOUNT, HOME, failing);
        },
        &["config | ", "recorder fails", "AccessDenied", "no such bucket"],
        true,
    ),
    (
        "functions left out",
        |world| {
            world
                .add_recorder(ACCOUNT, HOME, Recorder::except(&["AWS::Lambda::Function"]))
                .remove_items(|item| item["resourceType"] == "AWS::Lambda::Function");
        },
        &["config | ", "leaves AWS::Lambda::Function out", "add the type"],
        false,
    ),
    (
        "roles left out",
        |world| {
            world
                .add_recorder(ACCOUNT, HOME, Recorder::only(&["AWS::Lambda::Function"]))
                .remove_items(|item| item["resourceType"] == "AWS::IAM::Role");
        },
        &["config | ", "the configuration history of the function's role", "no item of it"],
        false,
    ),
    (
        "not discovered",
        |world| {
            world.remove_items(|_| true);
        },
        &["config | ", "GetResourceConfigHistory", HOME, "ResourceNotDiscoveredException"],
        false,
    ),
];

#[test]
fn what_config_does_not_record_is_said() {
    side_by_side(&RECORDINGS, |(name, change, said, stays)| {
        let options = ["--max-lookups", "8"];
        let made = Investigated::with(&options, |case: &Case| case.fake.change(change));
        made.must_say(name, said);
        made.has_facts(name, &["finding", "headline", "provenance"]);
        if *stays {
            made.has_facts(name, &["changes", "subject"]);
        }
    });
}
