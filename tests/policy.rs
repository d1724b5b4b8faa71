//! The policy that is printed grants what the program can call, and nothing else.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test may stop")]

#[allow(dead_code, reason = "shared with other tests")]
mod program;

use std::{collections::BTreeSet, fs};

use casefile::collect::Operation;
use program::{root, run};
use regex_lite::Regex;
use serde_json::Value;

/// The operations that the one file which names the SDK calls: a client, a dot, a method.
fn called() -> BTreeSet<(String, String)> {
    let source = fs::read_to_string(root().join("src/collect/aws.rs")).expect("the file");
    let call = Regex::new(r"\.\s*(cloudtrail|config|guardduty|sts)\s*\.\s*([a-z_]+)\s*\(");
    let call = call.expect("a pattern");
    call.captures_iter(&source).map(|found| (found[1].to_owned(), camel(&found[2]))).collect()
}

fn camel(snake: &str) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
    };
    snake.split('_').map(capital).collect::<Vec<String>>().concat()
}

fn granted(arguments: &[&str]) -> BTreeSet<(String, String)> {
    let policy: Value = serde_json::from_slice(&run(arguments).exits(0).out).expect("JSON");
    let statements = policy["Statement"].as_array().expect("statements");
    let actions = statements.iter().flat_map(|statement| {
        assert_eq!(statement["Effect"], "Allow");
        statement["Action"].as_array().expect("actions")
    });
    let action = |action: &Value| {
        let (service, name) = action.as_str().expect("text").split_once(':').expect("a colon");
        (service.to_owned(), name.to_owned())
    };
    actions.map(action).collect()
}

#[test]
fn it_grants_the_operations_that_are_called_and_no_others() {
    let called = called();
    let known: BTreeSet<(String, String)> = Operation::ALL
        .iter()
        .map(|operation| (operation.service().to_owned(), operation.name().to_owned()))
        .collect();
    assert_eq!(called, known);
    let (home, member) = (granted(&["policy"]), granted(&["policy", "--role"]));
    assert!(home.is_disjoint(&member));
    assert_eq!(home.union(&member).cloned().collect::<BTreeSet<_>>(), called);
}

#[test]
fn nothing_that_it_grants_writes() {
    for (service, name) in granted(&["policy"]).into_iter().chain(granted(&["policy", "--role"])) {
        let reads = ["Get", "List", "Describe", "Lookup"].iter().any(|verb| name.starts_with(verb));
        assert!(reads || (service.as_str(), name.as_str()) == ("sts", "AssumeRole"), "{name}");
    }
}

#[test]
fn a_role_that_is_none_is_refused() {
    let refused = run(["policy", "--role-arn", "*"]).exits(2);
    assert!(refused.err.contains("arn:aws:iam::{account}:role/NAME"), "{}", refused.err);
}
