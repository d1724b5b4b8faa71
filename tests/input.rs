//! However AWS spelled the evidence, and however it was saved, packed, cut and ordered, the report
//! says the same.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test may stop"
)]

#[path = "input/evidence.rs"]
mod evidence;
#[path = "input/spelling.rs"]
mod spelling;

use std::io::Write;

use evidence::{Evidence, bytes, facts, folder, render, render_files};
use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};
use spelling::{
    cli, cli_item, console, eventbridge, export, looked_up, notification, notified, pascal,
    security_hub, sns,
};

type File = (String, Vec<u8>);

fn sample() -> Evidence {
    Evidence::of_sample("bitcoin-tool")
}

fn file(name: &str, bytes: impl Into<Vec<u8>>) -> File {
    (name.to_owned(), bytes.into())
}

/// The sample's files, with one of them replaced by others.
fn with(replaced: &str, others: Vec<File>) -> Vec<File> {
    let files = sample().files().into_iter().map(|(name, bytes)| file(name, bytes));
    files.filter(|(name, _)| name != replaced).chain(others).collect()
}

fn lines(values: impl IntoIterator<Item = Value>) -> Vec<u8> {
    values.into_iter().map(|value| format!("{value}\n")).collect::<String>().into_bytes()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("room");
    encoder.finish().expect("room")
}

fn zip(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).expect("a member");
        writer.write_all(bytes).expect("room");
    }
    writer.finish().expect("an archive").into_inner()
}

/// Checks that each set of files makes a report of the same facts, in which nothing was unread.
fn same_facts(forms: Vec<(&str, Vec<File>)>) {
    let expected = facts(&render_files("json", &sample().files()).report());
    assert_eq!(
        expected["provenance"]["running"]["confidence"], "strong",
        "the sample says something"
    );
    for (form, files) in forms {
        let report = render_files("json", &files).report();
        let unread: Vec<&Value> = report["gaps"]
            .as_array()
            .expect("gaps")
            .iter()
            .filter(|gap| gap["source"] == "input")
            .collect();
        assert!(unread.is_empty(), "{form}: {unread:?}");
        let found = facts(&report);
        for (part, value) in expected.as_object().expect("parts") {
            assert_eq!(&found[part], value, "{form}: {part}");
        }
    }
}

#[test]
fn a_finding_in_every_spelling_is_the_same_finding() {
    let finding = &sample().finding;
    let one = |name: &str, value: &Value| with("finding.json", vec![file(name, bytes(value))]);
    let event = |detail: &Value| eventbridge("GuardDuty Finding", "aws.guardduty", detail);
    same_facts(vec![
        ("bare", one("f", finding)),
        ("array", one("f.txt", &json!([finding]))),
        ("CLI", one("f.json", &json!({"Findings": [cli(finding)]}))),
        ("CLI, bare", one("f.json", &cli(finding))),
        ("CLI, array", one("f.json", &json!([cli(finding)]))),
        ("PascalCase, times as numbers", one("f.json", &json!({"Findings": [pascal(finding)]}))),
        ("EventBridge", one("f.json", &event(finding))),
        ("EventBridge, PascalCase inside", one("f.json", &event(&pascal(finding)))),
        ("S3 export", with("finding.json", vec![file("f.jsonl", lines([export(finding)]))])),
        ("EventBridge, explicit nulls", one("f.json", &event(&export(finding)))),
        ("SNS", one("f.json", &sns(&event(finding)))),
        (
            "SQS of SNS",
            one(
                "f.json",
                &json!({"Records": [{"eventSource": "aws:sqs", "body": sns(&event(finding)).to_string()}]}),
            ),
        ),
        (
            "Lambda's SNS event",
            one(
                "f.json",
                &json!({"Records": [{"EventSource": "aws:sns", "EventVersion": "1.0", "Sns": {"Message": event(finding).to_string()}}]}),
            ),
        ),
    ]);
}

#[test]
fn a_finding_of_security_hub_says_the_same_of_the_function_and_its_history() {
    let finding = security_hub(&sample().finding);
    let expected = facts(&render_files("json", &sample().files()).report());
    // Security Hub has GuardDuty's action as a member of its own as well.
    let mut with_action = finding.clone();
    with_action["Action"] = pascal(&sample().finding["service"]["action"]);
    let organization =
        &mut with_action["Action"]["NetworkConnectionAction"]["RemoteIpDetails"]["Organization"];
    organization["Asn"] = 64511.into();
    for value in [
        json!({"Findings": [finding]}),
        finding.clone(),
        with_action,
        eventbridge(
            "Security Hub Findings - Imported",
            "aws.securityhub",
            &json!({"findings": [finding]}),
        ),
    ] {
        let files = with("finding.json", vec![file("hub.json", bytes(&value))]);
        let found = facts(&render_files("json", &files).report());
        for part in ["finding", "subject", "provenance", "changes", "actors", "timeline"] {
            assert_eq!(found[part], expected[part], "{part}");
        }
    }
}

#[test]
fn items_in_every_spelling_are_the_same_items() {
    let items = &sample().items;
    let one = |value: Value| with("config.json", vec![file("c.json", bytes(&value))]);
    let each = |spell: fn(&Value) -> Value| items.iter().map(spell).collect::<Vec<_>>();
    let page = |items: &[Value]| json!({"configurationItems": items, "nextToken": "AAA"});
    let (first, rest) = items.split_at(1);
    same_facts(vec![
        (
            "pages, one of them empty",
            with(
                "config.json",
                vec![
                    file("1.json", bytes(&page(first))),
                    file("2.json", bytes(&page(&[]))),
                    file("3.json", bytes(&page(rest))),
                ],
            ),
        ),
        ("CLI times", one(page(&each(cli_item)))),
        ("array", one(json!(items))),
        ("console", one(json!(each(console)))),
        (
            "console, single items",
            with(
                "config.json",
                items
                    .iter()
                    .enumerate()
                    .map(|(i, item)| file(&format!("{i}.json"), bytes(&console(item))))
                    .collect(),
            ),
        ),
        ("notifications", one(json!(each(notification)))),
        (
            "a notification of 2014 with a list",
            one(json!({"MessageVersion": "1.0", "configurationItem": each(notified)})),
        ),
        (
            "notifications as lines",
            with("config.json", vec![file("c.jsonl", lines(each(notification)))]),
        ),
        ("SNS", one(json!(each(|item| sns(&notification(item)))))),
        (
            "EventBridge",
            one(json!(each(|item| eventbridge(
                "Config Configuration Item Change",
                "aws.config",
                &notification(item)
            )))),
        ),
        (
            "rule event",
            one(json!(each(
                |item| json!({"version": "1.0", "invokingEvent": notification(item).to_string(), "ruleParameters": "{}", "eventLeftScope": false})
            ))),
        ),
        (
            "history file",
            one(
                json!({"fileVersion": "1.0", "requestId": "x", "configurationItems": each(notified)}),
            ),
        ),
        (
            "snapshot file",
            with(
                "config.json",
                vec![file(
                    "snapshot.json.gz",
                    gzip(&bytes(
                        &json!({"fileVersion": "1.0", "configSnapshotId": "x", "configurationItems": each(notified)}),
                    )),
                )],
            ),
        ),
    ]);
}

#[test]
fn the_same_item_in_two_spellings_is_no_change() {
    let items = &sample().items;
    let both: Vec<Value> = items
        .iter()
        .cloned()
        .chain(items.iter().map(notified))
        .chain(items.iter().map(cli_item))
        .collect();
    same_facts(vec![(
        "three spellings",
        with("config.json", vec![file("c.json", bytes(&json!(both)))]),
    )]);
}

#[test]
fn the_same_finding_in_two_spellings_has_one_state() {
    let finding = &sample().finding;
    let both = with("", vec![file("second.json", bytes(&json!([cli(finding), export(finding)])))]);
    same_facts(vec![("three spellings", both.clone())]);
    let report = render_files("json", &both).report();
    let other = report["gaps"]
        .as_array()
        .expect("gaps")
        .iter()
        .find(|gap| gap["reason"].as_str().expect("text").contains("other states"));
    assert_eq!(other, None);
}

#[test]
fn events_in_every_form_are_the_same_events() {
    let events = &sample().events;
    let one = |value: Value| with("trail.json", vec![file("t.json", bytes(&value))]);
    let each = |form: fn(&Value) -> Value| events.iter().map(form).collect::<Vec<_>>();
    let (first, rest) = events.split_at(20);
    same_facts(vec![
        ("array", one(json!(events))),
        (
            "single records in folders",
            with(
                "trail.json",
                events
                    .iter()
                    .enumerate()
                    .map(|(i, event)| file(&format!("a/{}/{i}", i % 7), bytes(event)))
                    .collect(),
            ),
        ),
        ("lines", with("trail.json", vec![file("t.log", lines(events.clone()))])),
        (
            "indented",
            with(
                "trail.json",
                vec![file(
                    "t.json",
                    serde_json::to_vec_pretty(&json!({"Records": events})).expect("JSON"),
                )],
            ),
        ),
        (
            "lookup-events, CLI times",
            one(json!({"Events": each(|event| looked_up(event, false)), "NextToken": "AAA"})),
        ),
        ("lookup-events, epoch", one(json!({"Events": each(|event| looked_up(event, true))}))),
        ("lookup-events, single events", one(json!(each(|event| looked_up(event, true))))),
        (
            "lookup-events --query Events[].CloudTrailEvent",
            one(json!(each(|event| event.to_string().into()))),
        ),
        (
            "the same, --output text",
            with(
                "trail.json",
                vec![file(
                    "t.txt",
                    events.iter().map(Value::to_string).collect::<Vec<_>>().join("\t"),
                )],
            ),
        ),
        (
            "EventBridge",
            one(json!(each(|event| eventbridge(
                "AWS API Call via CloudTrail",
                "aws.lambda",
                event
            )))),
        ),
        (
            "CloudWatch filter-log-events",
            one(
                json!({"events": each(|event| json!({"logStreamName": "s", "timestamp": 1795140816518_u64, "message": event.to_string(), "ingestionTime": 1795140816999_u64, "eventId": "3"})), "searchedLogStreams": []}),
            ),
        ),
        (
            "CloudWatch subscription",
            one(
                json!({"messageType": "DATA_MESSAGE", "owner": "1", "logGroup": "g", "logEvents": each(|event| json!({"id": "1", "timestamp": 1795140816518_u64, "message": event.to_string()}))}),
            ),
        ),
        (
            "CloudWatch export",
            with(
                "trail.json",
                vec![file(
                    "000000.gz",
                    gzip(
                        events
                            .iter()
                            .map(|event| format!("2026-11-20T02:11:47.631Z {event}\n"))
                            .collect::<String>()
                            .as_bytes(),
                    ),
                )],
            ),
        ),
        (
            "CloudTrail Lake",
            one(
                json!({"QueryStatus": "FINISHED", "QueryResultRows": each(|event| json!([{"eventJson": event.to_string()}]))}),
            ),
        ),
        (
            "an unknown wrapper beside a known one",
            with(
                "trail.json",
                vec![file(
                    "t.json",
                    bytes(
                        &json!({"Events": each(|event| looked_up(event, true))[..20], "saved": {"by": "hand", "more": {"Records": rest}}, "first": first}),
                    ),
                )],
            ),
        ),
    ]);
}

#[test]
fn everything_in_one_object_made_by_hand_is_read_whole() {
    let Evidence { finding, items, events } = sample();
    let all = json!({
        "note": "what we have so far",
        "Events": events,
        "finding": finding,
        "configurationItems": items,
        "resourceIdentifiers": [],
    });
    let expected = facts(&render_files("json", &sample().files()).report());
    let report = render_files("json", &[("all.json", bytes(&all))]).report();
    assert_eq!(facts(&report)["provenance"], expected["provenance"]);
    assert_eq!(facts(&report)["timeline"], expected["timeline"]);
}

#[test]
fn packed_and_encoded_evidence_is_the_same_evidence() {
    let files = sample().files();
    let packed = |pack: &dyn Fn(&[u8]) -> Vec<u8>| -> Vec<File> {
        files.iter().map(|(name, bytes)| file(name, pack(bytes))).collect()
    };
    let utf16 = |unit: fn(u16) -> [u8; 2], bom: bool| {
        move |bytes: &[u8]| {
            let text = std::str::from_utf8(bytes).expect("text");
            let mark = bom.then_some('\u{feff}').into_iter();
            let text: String = mark.chain(text.chars()).collect();
            text.encode_utf16().flat_map(unit).collect::<Vec<u8>>()
        }
    };
    let halves = |bytes: &[u8]| {
        let (first, second) = bytes.split_at(bytes.len() / 2);
        [gzip(first), gzip(second)].concat()
    };
    let zipped = zip(&files.iter().map(|(name, bytes)| (*name, bytes.clone())).collect::<Vec<_>>());
    let of_gz = zip(&files.iter().map(|(name, bytes)| (*name, gzip(bytes))).collect::<Vec<_>>());
    let deep = files
        .iter()
        .map(|(name, bytes)| file(&format!("AWSLogs/o-1/a/b/c/d/e/f/{name}"), bytes.clone()));
    same_facts(vec![
        ("gzip under any name", packed(&gzip)),
        ("gzip members one after another", packed(&halves)),
        ("zip", vec![file("evidence", zipped.clone())]),
        ("zip of gzip", vec![file("evidence.zip", of_gz)]),
        ("zip in zip", vec![file("evidence.zip", zip(&[("inner.zip", zipped)]))]),
        ("folders", deep.collect()),
        ("UTF-16 little endian", packed(&utf16(u16::to_le_bytes, true))),
        ("UTF-16 big endian", packed(&utf16(u16::to_be_bytes, true))),
        ("UTF-16 without a mark", packed(&utf16(u16::to_le_bytes, false))),
        ("UTF-8 with a mark", packed(&|bytes| [b"\xEF\xBB\xBF", bytes].concat())),
        (
            "indented with CRLF",
            packed(&|bytes| {
                let value: Value = serde_json::from_slice(bytes).expect("JSON");
                format!("\r\n{value:#}\r\n").replace('\n', "\r\n").into_bytes()
            }),
        ),
        (
            "one stream of documents",
            vec![file(
                "all",
                files
                    .iter()
                    .flat_map(|(_, bytes)| [bytes.as_slice(), b"\n"].concat())
                    .collect::<Vec<u8>>(),
            )],
        ),
    ]);
}

#[test]
fn standard_input_is_read() {
    let evidence = sample();
    let expected = render_files("json", &evidence.files()).stdout;
    let [finding, config, trail] = evidence.files().try_into().expect("three files");
    let others = folder(&[config, trail]);
    for input in [finding.1.clone(), gzip(&finding.1), zip(&[("f.json", finding.1)])] {
        let run = render("json", &[others.path(), "-".as_ref()], &[], Some(&input));
        assert!(run.stdout == expected, "{}", run.stderr);
    }
}

/// A generator that needs no crate: tests must choose the same each time.
fn shuffle<T>(list: &mut [T], mut seed: u64) {
    for last in (1..list.len()).rev() {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        list.swap(last, (seed >> 33) as usize % (last + 1));
    }
}

fn reordered(value: &Value, seed: u64) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<(String, Value)> = members
                .iter()
                .map(|(name, member)| (name.clone(), reordered(member, seed + 1)))
                .collect();
            shuffle(&mut members, seed);
            members.into_iter().collect()
        }
        Value::Array(list) => list.iter().map(|element| reordered(element, seed + 1)).collect(),
        other => other.clone(),
    }
}

#[test]
fn cutting_naming_and_ordering_the_evidence_differently_changes_no_byte() {
    let Evidence { finding, items, events } = sample();
    let all: Vec<Value> = [finding].into_iter().chain(items).chain(events).collect();
    let mut shuffled = all.clone();
    shuffle(&mut shuffled, 7);
    let split = |list: &[Value], name: fn(usize) -> String| -> Vec<File> {
        list.iter().enumerate().map(|(index, value)| (name(index), bytes(value))).collect()
    };
    let keys: Vec<Value> = all.iter().map(|value| reordered(value, 3)).collect();
    let forms: Vec<(&str, Vec<File>)> = vec![
        ("shuffled", vec![file("all.json", bytes(&json!(shuffled)))]),
        ("one file each", split(&all, |index| format!("{index:03}.json"))),
        (
            "one file each, named the other way round",
            split(&all, |index| format!("z/{:03}", 999 - index)),
        ),
        ("shuffled, as lines in two files", {
            let (first, second) = shuffled.split_at(31);
            vec![file("b", lines(first.to_vec())), file("a", lines(second.to_vec()))]
        }),
        ("keys in another order", vec![file("all.json", bytes(&json!(keys)))]),
    ];
    for format in ["json", "html"] {
        let expected = render_files(format, &sample().files());
        for (form, files) in &forms {
            let run = render_files(format, files);
            assert!(run.stdout == expected.stdout, "{format}, {form}: the bytes differ");
        }
        // Paths in another order.
        let folders: Vec<_> = sample().files().into_iter().map(|file| folder(&[file])).collect();
        let paths: Vec<_> = folders.iter().rev().map(tempfile::TempDir::path).collect();
        assert!(
            render(format, &paths, &[], None).stdout == expected.stdout,
            "{format}, paths reversed"
        );
    }
}

#[test]
fn copies_of_files_change_no_fact_and_are_counted() {
    let twice: Vec<File> = ["a", "b"]
        .iter()
        .flat_map(|to| {
            sample()
                .files()
                .into_iter()
                .map(move |(name, bytes)| file(&format!("{to}/{name}"), bytes))
        })
        .chain([file(
            "keys.json",
            bytes(&json!(
                sample().events.iter().map(|event| reordered(event, 5)).collect::<Vec<_>>()
            )),
        )])
        .collect();
    let copies = 1 + sample().items.len() + 2 * sample().events.len();
    for format in ["json", "html"] {
        let expected = render_files(format, &sample().files());
        let run = render_files(format, &twice);
        assert!(run.stdout == expected.stdout, "{format}: {}", run.stderr);
        let said = format!("{copies} copies of records were met again and counted once");
        assert!(run.stderr.contains(&said), "{}", run.stderr);
    }
}

#[test]
fn one_event_id_with_two_contents_is_two_records_and_said() {
    let evidence = sample();
    let position = evidence
        .events
        .iter()
        .position(|event| event["eventName"] == "UpdateFunctionCode20150331v2");
    let mut altered = evidence.events[position.expect("the call")].clone();
    altered["sourceIPAddress"] = "192.0.2.1".into();
    let report =
        render_files("json", &with("", vec![file("altered.json", bytes(&altered))])).report();
    let id = altered["eventID"].as_str().expect("an id");
    let gap = report["gaps"]
        .as_array()
        .expect("gaps")
        .iter()
        .find(|gap| gap["asked"] == format!("the event {id}"));
    let gap = gap.expect("a gap for it");
    assert!(gap["reason"].as_str().expect("text").starts_with("2 records have this event id"));
    let before = render_files("json", &sample().files()).report();
    let calls = |report: &Value| {
        report["coverage"]
            .as_array()
            .expect("coverage")
            .iter()
            .find(|c| c["source"] == "cloudtrail")
            .expect("CloudTrail")["records"]
            .as_u64()
    };
    assert_eq!(calls(&report), calls(&before).map(|calls| calls + 1));
}

#[test]
fn members_that_aws_adds_tomorrow_do_no_harm() {
    fn grown(value: &Value) -> Value {
        match value {
            Value::Object(members) => {
                let mut members: serde_json::Map<String, Value> =
                    members.iter().map(|(name, member)| (name.clone(), grown(member))).collect();
                members.insert(
                    "tomorrow".to_owned(),
                    json!({"Records": [1], "findings": {}, "x": [null, {}]}),
                );
                members.into()
            }
            Value::Array(list) => list.iter().map(grown).collect(),
            other => other.clone(),
        }
    }
    // Tags and parameters are shown as they are; the rest must not care.
    let mut finding = sample().finding;
    finding["service"] = grown(&finding["service"]);
    finding["tomorrow"] = json!({"Records": [1]});
    let events: Vec<Value> = sample()
        .events
        .iter()
        .map(|event| {
            let mut event = event.clone();
            event["tomorrow"] = json!({"Records": [1], "findings": [{}]});
            event["userIdentity"] = grown(&event["userIdentity"]);
            event
        })
        .collect();
    same_facts(vec![(
        "more members",
        vec![
            file("f.json", bytes(&json!({"findings": [finding], "tomorrow": 1}))),
            file(
                "c.json",
                bytes(&json!({"configurationItems": sample().items, "tomorrow": {"x": 1}})),
            ),
            file("t.json", bytes(&json!({"Records": events, "tomorrow": []}))),
        ],
    )]);
}
