//! Whatever becomes of real records, there is a report or a clean error, and never a panic.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test may stop")]

#[path = "input/evidence.rs"]
#[allow(dead_code, reason = "here no program is run")]
mod evidence;

use std::sync::LazyLock;

use casefile::{
    Request,
    error::Error,
    evidence::{Document, Intake, sha256_hex},
    render, render_saved,
};
use evidence::{Evidence, bytes};
use proptest::{prelude::*, sample::Index};
use serde_json::{Value, json};

/// A sample small enough to be rendered many times.
static SAMPLE: LazyLock<Vec<Value>> = LazyLock::new(|| {
    let Evidence { finding, items, mut events } = Evidence::of_sample("malicious-ip-caller");
    events.sort_by_key(|event| {
        let name = event["eventName"].as_str().unwrap_or_default();
        (!name.starts_with("CreateFunction"), !name.starts_with("AssumeRole"), event.to_string())
    });
    events.truncate(8);
    vec![
        json!({"findings": [finding]}),
        json!({"configurationItems": items}),
        json!({"Records": events}),
    ]
});

fn documents(contents: Vec<Vec<u8>>) -> Intake {
    let documents = contents
        .into_iter()
        .enumerate()
        .map(|(index, bytes)| Document {
            name: format!("{index}.json"),
            stored_sha256: sha256_hex(&bytes),
            bytes,
            from_bundle: false,
            request: None,
        })
        .collect();
    Intake { documents, ..Intake::default() }
}

/// Runs the whole pipeline, and checks what must be true of every outcome.
fn outcome(contents: Vec<Vec<u8>>) -> Result<(), TestCaseError> {
    let report = match render_saved(&documents(contents), &Request::default()) {
        Ok(report) => report,
        Err(Error::NoFinding { .. } | Error::SeveralFindings(_)) => return Ok(()),
        Err(other) => return Err(TestCaseError::fail(other.to_string())),
    };
    for format in render::ALL {
        let text = String::from_utf8(format.render(&report).expect("a report")).expect("text");
        let hidden = |c: &char| {
            (c.is_control() && !matches!(c, '\n' | '\t'))
                || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
        };
        let found: Vec<char> = text.chars().filter(hidden).collect();
        prop_assert!(found.is_empty(), "{} holds {:?}", format.name(), found);
        if format.name() == "json" {
            let json: Value = serde_json::from_str(&text).expect("JSON");
            prop_assert_eq!(&json["schema"], "casefile-report/1");
        } else if ["html", "md", "dot", "graphml"].contains(&format.name()) {
            prop_assert!(!text.contains("<script>alert"), "a script came through");
        }
    }
    Ok(())
}

/// Something that should not stand where it stands.
fn strange() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        Just(json!(true)),
        Just(json!([])),
        Just(json!({})),
        Just(json!([null, [null, {"": null}]])),
        Just(json!({"Records": [{"eventName": 1}], "value": "{\"a\":", "": ""})),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        prop::num::f64::NORMAL.prop_map(Value::from),
        Just((0..60).fold(json!("x"), |inner, _| json!([inner]))),
        Just("x".repeat(70_000).into()),
        Just("{\"password\":".repeat(50).into()),
        Just("arn:aws:lambda:::function:".into()),
        Just("arn:aws:sts::1:assumed-role/".into()),
        Just("::::::::".into()),
        Just("%%%7B%22%3D".into()),
        Just("password=".into()),
        Just("é=😀:password: \"".into()),
        Just("\u{0}\u{1b}[31m\u{202e}gnp.exe\u{2066}\u{200b}\u{feff}\r\n\u{85}\u{7f}".into()),
        Just("</script><script>alert(1)</script><!-- ]]> ' \" & {{x}}".into()),
        Just("9999-12-31T23:59:59.999999999Z".into()),
        Just("-009999-01-01T00:00:00Z".into()),
        Just("1e400".into()),
        ".*".prop_map(Value::from),
    ]
}

#[derive(Clone, Debug)]
enum Change {
    Replace(Value),
    Drop,
    Twice,
    /// The same node as text that holds JSON.
    Quote,
    /// What stands elsewhere in the same document.
    From(Index),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        4 => strange().prop_map(Change::Replace),
        2 => Just(Change::Drop),
        1 => Just(Change::Twice),
        1 => Just(Change::Quote),
        1 => any::<Index>().prop_map(Change::From),
    ]
}

/// The pointer of every node.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    let escaped = |name: &str| name.replace('~', "~0").replace('/', "~1");
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                places(member, &format!("{at}/{}", escaped(name)), found);
            }
        }
        Value::Array(list) => {
            for (index, element) in list.iter().enumerate() {
                places(element, &format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}

fn apply(document: &mut Value, place: &Index, change: Change) {
    let mut all = Vec::new();
    places(document, "", &mut all);
    let pointer = place.get(&all).clone();
    let other = match &change {
        Change::From(index) => {
            document.pointer(all[index.index(all.len())].as_str()).cloned().unwrap_or_default()
        }
        _ => Value::Null,
    };
    let (parent, name) = pointer.rsplit_once('/').unwrap_or(("", ""));
    match change {
        Change::Drop | Change::Twice => match document.pointer_mut(parent) {
            Some(Value::Object(members)) => drop(members.shift_remove(name)),
            Some(Value::Array(list)) => {
                let index: usize = name.parse().unwrap_or_default();
                if index < list.len() {
                    let element = list.remove(index);
                    if matches!(change, Change::Twice) {
                        list.extend([element.clone(), element]);
                    }
                }
            }
            _ => {}
        },
        Change::Replace(value) => {
            if let Some(node) = document.pointer_mut(&pointer) {
                *node = value;
            }
        }
        Change::Quote => {
            if let Some(node) = document.pointer_mut(&pointer) {
                *node = node.to_string().into();
            }
        }
        Change::From(_) => {
            if let Some(node) = document.pointer_mut(&pointer) {
                *node = other;
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn changed_records_never_stop_the_program(
        changes in prop::collection::vec((0..3_usize, any::<Index>(), change()), 1..24),
    ) {
        let mut documents = SAMPLE.clone();
        for (which, place, change) in changes {
            apply(&mut documents[which], &place, change);
        }
        outcome(documents.iter().map(bytes).collect())?;
    }

    #[test]
    fn changed_bytes_never_stop_the_program(
        flips in prop::collection::vec((0..3_usize, any::<Index>(), any::<u8>()), 0..12),
        cuts in prop::collection::vec((0..3_usize, any::<Index>(), any::<Index>()), 0..3),
    ) {
        let mut documents: Vec<Vec<u8>> = SAMPLE.iter().map(bytes).collect();
        for (which, place, byte) in flips {
            let document = &mut documents[which];
            let at = place.index(document.len());
            document[at] = byte;
        }
        for (which, from, length) in cuts {
            let document = &mut documents[which];
            let from = from.index(document.len());
            let length = length.index(document.len() - from);
            // The first document keeps its beginning, or there would seldom be a finding.
            if which > 0 {
                document.drain(from..from + length);
            }
        }
        outcome(documents)?;
    }

    #[test]
    fn any_text_and_any_bytes_are_read_to_their_end(
        text in prop::collection::vec("[\\[\\]{}\",:\\\\ \n%=a-c0é-]{0,60}", 0..4),
        raw in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let mut documents: Vec<Vec<u8>> = text.into_iter().map(String::into_bytes).collect();
        documents.push(raw);
        documents.push(bytes(&SAMPLE[0]));
        outcome(documents)?;
    }
}

#[test]
fn the_unchanged_sample_makes_a_report() {
    let intake = documents(SAMPLE.iter().map(bytes).collect());
    let report = render_saved(&intake, &Request::default()).expect("a report");
    assert!(report.provenance.created.is_some());
}
