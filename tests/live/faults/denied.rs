//! Access denied, on each operation in turn.

use casefile::collect::Operation;

use super::{
    investigated::{ACCOUNT, HOME, Investigated, report, world},
    kind::refused_plainly,
    secret,
};
use crate::aws::Fault;
use crate::case::{Case, side_by_side};

/// The role in the function's account.
const ROLE: &str = "arn:aws:iam::{account}:role/casefile";

fn trust(case: &Case) {
    let role = ROLE.replace("{account}", ACCOUNT);
    case.fake.change(|world| {
        world.trust(&role, None);
    });
}

#[test]
fn the_missing_permission_is_named() {
    side_by_side(&Operation::ALL, |operation| {
        let (name, permission) = (operation.name(), operation.permission());
        match operation {
            Operation::ListDetectors | Operation::GetFindings => {
                let (case, run) = report(&["-vvv"], |case| {
                    case.fake.fail(name, 0.., refused_plainly());
                });
                says(&run.exits(1).err, &[&permission, HOME, "casefile policy"]);
                assert_eq!(case.fake.count(name), 1, "{name} is asked again in vain");
                assert_eq!(case.names(), Vec::<String>::new(), "{name}");
            }
            Operation::ListFindings => {
                let case = Case::new(world());
                case.fake.fail(name, 0.., refused_plainly());
                let run = case.run(&["list", "--region", HOME, "-vvv"]).exits(1);
                says(&run.err, &[&permission, HOME, "casefile policy"]);
                assert_eq!(run.out, b"");
                secret::is_not_told(&case, &run);
            }
            Operation::AssumeRole => {
                let made = Investigated::with(&["--role-arn", ROLE, "-vvv"], |case| {
                    trust(case);
                    case.fake.fail(name, 0.., refused_plainly());
                });
                let role = ROLE.replace("{account}", ACCOUNT);
                for source in ["cloudtrail | ", "config | "] {
                    made.must_say(name, &[source, &permission, &role, "must trust the caller"]);
                }
                says(&made.run.err, &[&permission, &role]);
                made.has_facts(name, &["finding"]);
                assert_eq!(made.case.fake.count("LookupEvents"), 0);
            }
            // Nobody needs a permission for this one.
            Operation::GetCallerIdentity => {
                let made = Investigated::with(&["-vvv", "--max-lookups", "8"], |case| {
                    case.fake.fail(name, 0.., refused_plainly());
                });
                made.must_say(name, &["sts | ", name, "Access denied"]);
                made.has_facts(name, &["finding", "headline", "provenance", "subject"]);
            }
            _ => {
                let options = ["-vvv", "--max-lookups", "6"];
                let made = Investigated::with(&options, |case| {
                    case.fake.fail(name, 0.., refused_plainly());
                });
                let grant = format!("grant {permission}");
                made.must_say(name, &[operation.service(), name, HOME, &grant, "casefile policy"]);
                made.has_facts(name, &["finding"]);
                // Once a Region, and what was under way.
                let count = made.case.fake.count(name);
                assert!(count <= 12, "{name} is asked {count} times, in vain");
            }
        }
    });
}

#[track_caller]
fn says(err: &str, words: &[&str]) {
    for words in words {
        assert!(err.contains(words), "{words:?} is not in\n{err}");
    }
}

#[test]
fn a_role_is_tried_again_and_then_used() {
    let options = ["--role-arn", ROLE, "-vvv", "--max-lookups", "8"];
    let made = Investigated::with(&options, |case| {
        trust(case);
        case.fake.fail("AssumeRole", 0..2, Fault::Throttle);
    });
    made.has_facts("role", &["finding", "headline", "provenance", "subject"]);
    assert!(!made.says(&["AssumeRole"]) && !made.says(&["could not be assumed"]));
    assert_eq!(made.case.fake.count("AssumeRole"), 3);
    let reader = format!("arn:aws:sts::{ACCOUNT}:assumed-role/casefile/casefile");
    let asked = made.case.fake.requests();
    let mut lookups = asked.iter().filter(|seen| seen.call.operation == "LookupEvents");
    assert!(lookups.all(|seen| seen.call.caller == reader));
}

#[test]
fn gaps_can_be_told_by_the_exit_code() {
    let options = ["--fail-on-gaps", "--max-lookups", "2"];
    let (case, run) = report(&options, |case| {
        case.fake.fail("DescribeConfigurationRecorders", 0.., refused_plainly());
    });
    let made = Investigated::read(case, run.exits(4));
    made.must_say("gaps", &["grant config:DescribeConfigurationRecorders"]);
}
