//! The clock of this machine is wrong.

use super::investigated::{HOME, Investigated, report};
use crate::aws::{ANY, Fault};
use crate::case::side_by_side;

#[test]
fn a_wrong_clock_is_put_right_by_what_aws_says() {
    side_by_side(&[2 * 3600, -2 * 3600], |ahead| {
        let made = Investigated::with(&[], |case| case.fake.fail(ANY, 0.., Fault::Skew(*ahead)));
        made.has_all_facts("skewed");
        // What was asked for ends with AWS's now, and the report says which clock was off.
        made.must_say("skewed", &["when the answers came", "120 min off"]);
        assert!(made.superseded().contains(&"LookupEvents"));
        assert!(made.superseded().contains(&"ListDetectors"));
    });
}

#[test]
fn a_clock_that_stays_wrong_is_said() {
    let (case, run) = report(&[], |case| {
        let message = "Signature expired: 20261123T010000Z is now earlier than 20261123T025500Z \
                       (20261123T030000Z - 5 min.)";
        let code = "InvalidSignatureException";
        let fault = Fault::Error { status: 403, code, message, with_header: true };
        case.fake.fail("ListDetectors", 0.., fault);
    });
    let run = run.exits(1);
    for words in [HOME, "Signature expired", "set the clock of this machine"] {
        assert!(run.err.contains(words), "{words}: {}", run.err);
    }
    assert_eq!(case.names(), Vec::<String>::new());
}
