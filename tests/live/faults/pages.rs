//! Tokens of pages that are refused, come again, or never end.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::investigated::{HOME, Investigated};
use crate::aws::{Call, Fault};
use crate::case::side_by_side;

/// What has pages, and how it names their tokens.
const TOKENS: [(&str, &str); 3] = [
    ("LookupEvents", "NextToken"),
    ("GetResourceConfigHistory", "nextToken"),
    ("ListDiscoveredResources", "nextToken"),
];

fn is_later(call: &Call) -> bool {
    ["nextToken", "NextToken"].iter().any(|name| call.parameters.get(name).is_some())
}

#[test]
fn an_expired_token_makes_it_ask_anew() {
    let codes = ["InvalidNextTokenException", "ExpiredNextTokenException"];
    side_by_side(&codes, |code| {
        let made = Investigated::with(&[], |case| {
            let message = "The token has expired.";
            // There is a second page, and its token is refused.
            for (operation, token) in TOKENS {
                let is_stale = move |call: &Call| call.parameters[token] == "stale";
                case.fake.fail_if(operation, is_stale, Fault::error(code, message));
                case.fake.fail(operation, 0..1, Fault::member(token, "stale"));
            }
        });
        let refused = made.case.fake.requests();
        let refused = refused.iter().filter(|seen| seen.status == Some(400));
        for (operation, _) in TOKENS {
            let mut refused = refused.clone();
            assert!(refused.any(|seen| seen.call.operation == operation), "{operation}");
        }
        made.has_all_facts(code);
        made.says_no_more(code);
    });
}

#[test]
fn a_token_that_is_always_refused_is_said() {
    let (code, message) = ("InvalidNextTokenException", "The token has expired.");
    let made = Investigated::with(&["--max-lookups", "6"], |case| {
        let page = AtomicUsize::new(0);
        let next = move |mut answer: Value| {
            answer["nextToken"] = page.fetch_add(1, Ordering::Relaxed).to_string().into();
            answer
        };
        case.fake.fail_if("GetResourceConfigHistory", is_later, Fault::error(code, message));
        case.fake.fail("GetResourceConfigHistory", 0.., Fault::body(next));
    });
    made.must_say("refused", &["config | ", "GetResourceConfigHistory", HOME, code]);
    // Each once more.
    let requests = made.case.fake.requests();
    let mut asked: Vec<String> = requests
        .iter()
        .filter(|seen| seen.call.operation == "GetResourceConfigHistory")
        .map(|seen| seen.call.parameters.to_string())
        .collect();
    let count = asked.len();
    asked.sort();
    asked.dedup();
    assert!(count <= 2 * asked.len(), "{count} requests for {} things", asked.len());
}

#[test]
fn a_token_that_comes_again_is_followed_once() {
    let operations = [
        ("LookupEvents", r#"{"Events":[],"NextToken":"same"}"#),
        ("GetResourceConfigHistory", r#"{"configurationItems":[],"nextToken":"same"}"#),
        ("ListDiscoveredResources", r#"{"resourceIdentifiers":[],"nextToken":"same"}"#),
    ];
    side_by_side(&operations, |(operation, page)| {
        let made = Investigated::with(&["--max-lookups", "20"], |case| {
            case.fake.fail(operation, 0.., Fault::RawBody(page.as_bytes().to_vec()));
        });
        made.must_say(operation, &[operation, HOME, "same page token again"]);
        made.has_facts(operation, &["finding"]);
        // No third page of anything.
        let requests = made.case.fake.requests();
        let mut later: Vec<String> = requests
            .iter()
            .filter(|seen| seen.call.operation == *operation && is_later(&seen.call))
            .map(|seen| format!("{} {}", seen.call.region, seen.call.parameters))
            .collect();
        let count = later.len();
        later.sort();
        later.dedup();
        assert_eq!(count, later.len(), "{operation}");
    });
}

#[test]
fn pages_without_an_end_stop_at_the_bound() {
    let made = Investigated::with(&["--max-lookups", "7"], |case| {
        let page = AtomicUsize::new(0);
        let endless = move |_| {
            let token = page.fetch_add(1, Ordering::Relaxed).to_string();
            json!({"Events": [], "NextToken": token})
        };
        case.fake.fail_if("LookupEvents", |call| !is_later(call), Fault::body(endless));
    });
    assert_eq!(made.case.fake.count("LookupEvents"), 7);
    made.must_say("endless", &["cloudtrail | ", HOME, "the bound of 7 look-ups", "--max-lookups"]);
}
