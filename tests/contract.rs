//! The JSON report is a contract, `casefile-report/1`: what it promises is held here, from outside.

#![expect(clippy::expect_used, reason = "a test may stop")]

#[allow(dead_code, reason = "shared with other tests")]
mod program;
#[path = "contract/shape.rs"]
mod shape;

use std::{collections::BTreeSet, sync::LazyLock};

use jiff::Timestamp;
use jsonschema::Validator;
use program::{run, sample, samples};
use serde_json::{Map, Value, json};

/// Every sample's report.
static REPORTS: LazyLock<Vec<(String, Value)>> = LazyLock::new(|| {
    let report = |name: String| {
        let report = serde_json::from_slice(&json_of(&name, &[])).expect("JSON");
        (name, report)
    };
    samples().into_iter().map(report).collect()
});

fn json_of(name: &str, options: &[&str]) -> Vec<u8> {
    let path = sample(name);
    let path = path.to_str().expect("a path");
    let arguments = ["render", "-f", "json", "-o", "-", path];
    run(arguments.iter().chain(options)).exits(0).out
}

fn schema() -> Value {
    serde_json::from_slice(&run(["schema"]).exits(0).out).expect("JSON")
}

fn validator() -> Validator {
    jsonschema::draft202012::new(&schema()).expect("a schema")
}

fn none(wrong: &[String]) {
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is wrong in any sample's report, each with the sample's name.
fn in_each(check: impl Fn(&Value) -> Vec<String>) {
    let named = |(name, report): &(String, Value)| {
        check(report).into_iter().map(|wrong| format!("{name}: {wrong}")).collect::<Vec<_>>()
    };
    none(&REPORTS.iter().flat_map(named).collect::<Vec<_>>());
}

fn list<'a>(report: &'a Value, pointer: &str) -> &'a [Value] {
    report.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value.get(member).and_then(Value::as_str).unwrap_or_default()
}

#[test]
fn the_schema_is_a_schema_of_draft_2020_12() {
    let schema = schema();
    assert_eq!(text(&schema, "$schema"), "https://json-schema.org/draft/2020-12/schema");
    let valid = jsonschema::draft202012::meta::validate(&schema);
    assert!(valid.is_ok(), "{valid:?}");
}

#[test]
fn every_report_keeps_to_the_schema() {
    let validator = validator();
    in_each(|report| {
        validator.iter_errors(report).map(|e| format!("{}: {e}", e.instance_path())).collect()
    });
}

#[test]
fn a_report_with_one_member_more_or_one_less_does_not_keep_to_the_schema() {
    let validator = validator();
    let mut wrong = Vec::new();
    let mut tried = BTreeSet::new();
    for (name, report) in REPORTS.iter() {
        let mut places = Vec::new();
        objects("", "", report, &mut places);
        for (place, pointer) in places {
            // One object of each kind is enough.
            if !tried.insert(place.clone()) {
                continue;
            }
            let mut more = report.clone();
            object(&mut more, &pointer).insert("surprise".to_owned(), Value::Null);
            if validator.is_valid(&more) {
                wrong.push(format!("{name}{pointer}: takes one member more"));
            }
            for member in shape::members(&place).expect("a listed place") {
                let mut less = report.clone();
                object(&mut less, &pointer).shift_remove(member);
                if validator.is_valid(&less) {
                    wrong.push(format!("{name}{pointer}: does without {member}"));
                }
            }
        }
    }
    none(&wrong);
    assert!(tried.len() > 20, "{tried:?}");
}

/// The objects of a report that the contract lists: their places and JSON pointers.
fn objects(place: &str, pointer: &str, value: &Value, found: &mut Vec<(String, String)>) {
    match value {
        Value::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                objects(&format!("{place}[]"), &format!("{pointer}/{index}"), element, found);
            }
        }
        Value::Object(members) if shape::members(place).is_some() => {
            found.push((place.to_owned(), pointer.to_owned()));
            for (name, member) in members {
                objects(&format!("{place}/{name}"), &format!("{pointer}/{name}"), member, found);
            }
        }
        _ => {}
    }
}

fn object<'a>(report: &'a mut Value, pointer: &str) -> &'a mut Map<String, Value> {
    report.pointer_mut(pointer).and_then(Value::as_object_mut).expect("an object")
}

#[test]
fn every_object_has_the_members_of_the_contract_in_their_order() {
    in_each(|report| {
        let mut wrong = Vec::new();
        shape::walk(report, &mut |place, value| {
            if let (Value::Object(members), false) = (value, shape::FREE.contains(&place)) {
                let found: Vec<&str> = members.keys().map(String::as_str).collect();
                if shape::members(place).as_ref() != Some(&found) {
                    wrong.push(format!("{place} has {found:?}"));
                }
            }
        });
        wrong
    });
}

#[test]
fn the_schema_describes_exactly_the_objects_of_the_contract() {
    let described = shape::described(&schema());
    let listed = shape::MEMBERS.iter().map(|(place, members)| {
        ((*place).to_owned(), members.split_whitespace().map(str::to_owned).collect())
    });
    assert_eq!(described, listed.collect());
}

#[test]
fn closed_members_hold_only_the_words_of_the_contract() {
    in_each(|report| {
        let mut wrong = Vec::new();
        if text(report, "schema") != "casefile-report/1" {
            wrong.push("another contract".to_owned());
        }
        shape::walk(report, &mut |place, value| {
            let place =
                ["created", "running", "deleted"].iter().fold(place.to_owned(), |place, origin| {
                    place.replace(&format!("/provenance/{origin}/"), "/provenance/*/")
                });
            let words = shape::WORDS.iter().find(|(listed, _)| *listed == place);
            if let (Some((_, words)), Value::String(word)) = (words, value)
                && !words.split_whitespace().any(|listed| listed == word)
            {
                wrong.push(format!("{place} is {word}"));
            }
        });
        wrong
    });
}

#[test]
fn what_is_absent_is_null_and_never_empty_text() {
    in_each(|report| {
        let mut wrong = Vec::new();
        shape::walk(report, &mut |place, value| {
            if value.as_str().is_some_and(|text| text.trim().is_empty()) {
                wrong.push(format!("{place} is empty text"));
            }
        });
        wrong
    });
}

#[test]
fn every_citation_leads_to_a_record() {
    in_each(|report| {
        let evidence = list(report, "/evidence").iter().map(|record| text(record, "id"));
        let ids: BTreeSet<&str> = evidence.clone().collect();
        let mut wrong = Vec::new();
        if ids.len() != evidence.count() {
            wrong.push("two records have one id".to_owned());
        }
        shape::walk(report, &mut |place, value| {
            let cited = match value {
                Value::Array(cited) if place.ends_with("/citations") => cited.as_slice(),
                one if place.ends_with("/citation") => std::slice::from_ref(one),
                _ => return,
            };
            if cited.is_empty() {
                wrong.push(format!("{place} is empty"));
            }
            for id in cited {
                if !id.as_str().is_some_and(|id| ids.contains(id)) {
                    wrong.push(format!("{place}: no record is {id}"));
                }
            }
        });
        wrong
    });
}

#[test]
fn the_graph_hangs_together() {
    in_each(|report| {
        let nodes = list(report, "/graph/nodes").iter().map(|node| text(node, "id"));
        let ids: BTreeSet<&str> = nodes.clone().collect();
        let mut wrong = Vec::new();
        if ids.is_empty() || ids.len() != nodes.count() {
            wrong.push("no nodes, or two with one id".to_owned());
        }
        for edge in list(report, "/graph/edges") {
            for end in [text(edge, "from"), text(edge, "to")] {
                if !ids.contains(end) {
                    wrong.push(format!("an edge ends at {end:?}"));
                }
            }
            let inferred = edge.get("inferred") == Some(&Value::Bool(true));
            if inferred == edge.get("method").is_none_or(Value::is_null) {
                wrong.push(format!(
                    "a method is said where none is needed, or none where one is: {edge}"
                ));
            }
        }
        wrong
    });
}

#[test]
fn what_is_inferred_says_how_and_what_is_seen_does_not() {
    in_each(|report| {
        let statements = list(report, "/statements").iter();
        statements
            .filter(|s| {
                (text(s, "kind") == "inferred") == s.get("method").is_none_or(Value::is_null)
            })
            .map(|s| format!("{} with method {:?}", text(s, "text"), s.get("method")))
            .collect()
    });
}

#[test]
fn times_are_rfc_3339_in_utc() {
    let times =
        ["time", "first_seen", "last_seen", "created", "updated", "last_modified", "from", "to"];
    in_each(|report| {
        let mut wrong = Vec::new();
        let mut seen = 0;
        shape::walk(report, &mut |place, value| {
            let name = place.rsplit('/').next().unwrap_or_default();
            if let Value::String(time) = value
                && times.contains(&name)
                && !place.starts_with("/graph/edges[]")
            {
                seen += 1;
                let shaped = time.ends_with('Z') && time.chars().nth(10) == Some('T');
                if !shaped || time.parse::<Timestamp>().is_err() {
                    wrong.push(format!("{place} is {time}"));
                }
            }
        });
        if seen < 5 {
            wrong.push(format!("only {seen} times"));
        }
        wrong
    });
}

#[test]
fn the_timeline_and_the_changes_are_in_the_order_of_time() {
    in_each(|report| {
        let times = |pointer: &str| -> Vec<Timestamp> {
            let rows = list(report, pointer).iter();
            rows.map(|row| text(row, "time").parse().expect("a time")).collect()
        };
        let unsorted = ["/timeline", "/changes"].iter().filter(|p| !times(p).is_sorted());
        unsorted.map(|pointer| format!("{pointer} is not in order")).collect()
    });
}

#[test]
fn the_same_run_gives_the_same_bytes() {
    for name in samples() {
        assert!(json_of(&name, &[]) == json_of(&name, &[]), "{name}");
        let html = || {
            let path = sample(&name);
            run(["render", "-f", "html", "-o", "-", path.to_str().expect("a path")]).exits(0).out
        };
        assert!(html() == html(), "{name} as HTML");
    }
}

#[test]
fn a_second_clock_changes_no_json() {
    let plain = json_of("tor-client", &[]);
    assert!(plain == json_of("tor-client", &["--timezone", "Asia/Tokyo"]));
}

mod of_the_checks {
    use super::{Value, json, shape};

    #[test]
    fn the_walk_meets_every_value_but_the_evidence_s_own() {
        let report = json!({"a": [{"b": 1}, {"b": 2}], "evidence": [{"record": {"x": ""}}]});
        let mut places = Vec::new();
        shape::walk(&report, &mut |place, _: &Value| places.push(place.to_owned()));
        let expected = [
            "",
            "/a",
            "/a[]",
            "/a[]/b",
            "/a[]",
            "/a[]/b",
            "/evidence",
            "/evidence[]",
            "/evidence[]/record",
        ];
        assert_eq!(places, expected);
    }
}
