//! Answers that hold more than is known, or something else than is expected.

use serde_json::{Value, json};

use super::{
    investigated::{HOME, Investigated, report, untroubled},
    kind::Make,
};
use crate::{
    aws::{ANY, Fault},
    case::side_by_side,
    program::FACTS,
};

/// Members that are maps: a name that is added to them is data.
const MAPS: [&str; 2] = ["tags", "supplementaryConfiguration"];

/// Adds a member that nobody knows to every object.
fn enrich(value: &mut Value) {
    match value {
        Value::Object(members) => {
            let inner = members.iter_mut().filter(|(name, _)| !MAPS.contains(&name.as_str()));
            inner.for_each(|(_, value)| enrich(value));
            members.insert("addedByAws".to_owned(), json!({"since": [2027, null, {"a": 1.5}]}));
        }
        Value::Array(list) => list.iter_mut().for_each(enrich),
        _ => {}
    }
}

fn enriched(mut answer: Value) -> Value {
    if answer.is_object() {
        enrich(&mut answer);
    }
    answer
}

#[test]
fn members_that_nobody_knows_do_no_harm() {
    let made = Investigated::with(&[], |case| case.fake.fail(ANY, 0.., Fault::body(enriched)));
    // Citations are of bytes, and what happened at one time is told in the order of these.
    for fact in FACTS.into_iter().filter(|fact| *fact != "graph") {
        let [made, wanted] = [&made, untroubled()].map(|from| without_ids(&from.report[fact]));
        assert_eq!(sorted(&made), sorted(&wanted), "{fact}");
    }
    let nodes = |from: &Investigated| from.report["graph"]["nodes"].as_array().map(Vec::len);
    assert_eq!(nodes(&made), nodes(untroubled()));
    made.says_no_more("enriched");
}

/// The same without the ids by which records are cited, which are those of their bytes.
fn without_ids(value: &Value) -> Value {
    match value {
        Value::String(text) => {
            let is_id = text.get(1..2) == Some("-")
                && text.get(2..10).is_some_and(|id| id.bytes().all(|b| b.is_ascii_hexdigit()));
            json!(if is_id { "an id" } else { text })
        }
        Value::Array(list) => list.iter().map(without_ids).collect(),
        Value::Object(members) => {
            members.iter().map(|(name, value)| (name.clone(), without_ids(value))).collect()
        }
        other => other.clone(),
    }
}

/// A list, whatever its order.
fn sorted(value: &Value) -> Vec<String> {
    let parts = value.as_array().map_or_else(|| vec![value.clone()], Clone::clone);
    let mut parts: Vec<String> = parts.iter().map(Value::to_string).collect();
    parts.sort();
    parts
}

/// Each record of a list, altered.
fn each(list: &'static str, alter: fn(&mut Value)) -> Fault {
    Fault::body(move |mut answer| {
        answer[list].as_array_mut().into_iter().flatten().for_each(alter);
        answer
    })
}

#[test]
fn a_wrong_type_costs_no_more_than_its_member() {
    let made = Investigated::with(&[], |case| {
        // What the record itself says is enough.
        let wrong = |event: &mut Value| {
            event["Username"] = json!(7);
            event["Resources"] = json!("none");
            event["EventTime"] = json!("yesterday");
            event["ReadOnly"] = json!({});
        };
        case.fake.fail("LookupEvents", 0.., each("Events", wrong));
    });
    made.has_all_facts("events");
    made.says_no_more("events");

    let made = Investigated::with(&["--max-lookups", "4"], |case| {
        let wrong = |finding: &mut Value| {
            finding["severity"] = json!("high");
            finding["service"]["count"] = json!(["x"]);
            finding["resource"]["lambdaDetails"]["lastModifiedAt"] = json!("2026-11-19T01:00:00Z");
        };
        case.fake.fail("GetFindings", 0.., each("findings", wrong));
    });
    for member in ["severity", "count"] {
        made.must_say("finding", &["input | ", "get-findings", member, "no number"]);
    }
    assert_eq!(made.report["subject"]["name"], "traffic-simulation");
}

#[test]
fn a_record_that_cannot_be_read_is_said() {
    let cases: [(&str, &str, Make, &str, &str); 4] = [
        (
            "a record that is no JSON",
            "LookupEvents",
            || each("Events", |event| event["CloudTrailEvent"] = json!("{oops")),
            "input | ",
            "begins like JSON",
        ),
        (
            "a list instead of an answer",
            "LookupEvents",
            || Fault::RawBody(b"[1,2,3]".to_vec()),
            "cloudtrail | ",
            "not what this operation answers",
        ),
        (
            "lists without an end",
            "LookupEvents",
            || {
                let (open, close) = ("[".repeat(3000), "]".repeat(3000));
                Fault::RawBody(format!(r#"{{"Events":{open}{close}}}"#).into_bytes())
            },
            "cloudtrail | ",
            "LookupEvents in",
        ),
        (
            "an item without a time",
            "GetResourceConfigHistory",
            || each("configurationItems", |item| item["configurationItemCaptureTime"] = json!({})),
            "input | ",
            "configurationItemCaptureTime",
        ),
    ];
    side_by_side(&cases, |(name, operation, fault, source, said)| {
        let made = Investigated::with(&["--max-lookups", "3"], |case| {
            case.fake.fail(operation, 0.., fault());
        });
        made.must_say(name, &[source, said]);
        made.has_facts(name, &["finding"]);
    });
}

#[test]
fn a_finding_that_cannot_be_read_is_said() {
    let cases: [(&str, Value, &str); 3] = [
        ("nothing", json!([null]), "not what this operation answers"),
        ("no list", json!("x"), "not what this operation answers"),
        ("another one", json!([{"id": "f".repeat(32)}]), "failed to read the finding"),
    ];
    side_by_side(&cases, |(name, findings, said)| {
        let (case, run) = report(&[], |case| {
            case.fake.fail("GetFindings", 0.., Fault::member("findings", findings.clone()));
        });
        assert_eq!(run.code, 1, "{name}: {}", run.err);
        assert!(run.err.contains(said), "{name}: {}", run.err);
        assert_eq!(case.names(), Vec::<String>::new(), "{name}");
    });
}

#[test]
fn an_error_may_come_without_its_header() {
    let made = Investigated::with(&["--max-lookups", "4"], |case| {
        let code = "AccessDeniedException";
        let fault = Fault::Error { status: 400, code, message: "no", with_header: false };
        case.fake.fail("LookupEvents", 0.., fault);
    });
    made.must_say("no header", &["LookupEvents", HOME, "grant cloudtrail:LookupEvents"]);
}
