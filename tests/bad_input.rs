//! Damaged, strange and hostile evidence costs the record that is damaged, is said in a sentence
//! that names file and record, and never a secret is among what is said.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test may stop")]

#[path = "input/evidence.rs"]
mod evidence;

use std::{path::Path, sync::LazyLock};

use casefile::evidence::Limits;
use evidence::{Evidence, Run, bytes, facts, folder, render, render_files};
use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};

type File = (String, Vec<u8>);

fn sample() -> Evidence {
    Evidence::of_sample("bitcoin-tool")
}

/// The sample's files and more of them.
fn and(more: Vec<File>) -> Vec<File> {
    let files = sample().files().into_iter().map(|(name, bytes)| (name.to_owned(), bytes));
    files.chain(more).collect()
}

fn file(name: &str, bytes: impl Into<Vec<u8>>) -> File {
    (name.to_owned(), bytes.into())
}

/// A call that is no part of the sample's story, to be damaged.
fn call() -> Value {
    json!({
        "eventVersion": "1.11", "eventTime": "2026-11-20T02:00:00Z", "eventSource": "s3.amazonaws.com",
        "eventName": "ListBuckets", "awsRegion": "ap-northeast-1", "sourceIPAddress": "192.0.2.77",
        "userAgent": "aws-cli/2", "requestParameters": null, "responseElements": null,
        "requestID": "r", "eventID": "00000000-0000-0000-0000-000000000001", "readOnly": true,
        "eventType": "AwsApiCall", "managementEvent": true, "recipientAccountId": "111122223333",
        "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/other", "accountId": "111122223333", "userName": "other"},
    })
}

fn changed(mut value: Value, pointer: &str, to: Value) -> Value {
    *value.pointer_mut(pointer).expect("the place") = to;
    value
}

fn without(mut value: Value, name: &str) -> Value {
    value.as_object_mut().expect("an object").remove(name).expect("the member");
    value
}

fn gaps(report: &Value) -> Vec<(String, String)> {
    let text = |gap: &Value, name: &str| gap[name].as_str().expect("text").to_owned();
    report["gaps"]
        .as_array()
        .expect("gaps")
        .iter()
        .filter(|gap| gap["source"] == "input")
        .map(|gap| (text(gap, "asked"), text(gap, "reason")))
        .collect()
}

/// Checks that the sample with one more file makes the same report, and that the gaps say exactly
/// these sentences of that file; they are on standard error too.
fn costs_only(name: &str, content: impl Into<Vec<u8>>, said: &[(&str, &str)]) {
    static EXPECTED: LazyLock<Value> =
        LazyLock::new(|| facts(&render_files("json", &sample().files()).report()));
    let evidence = folder(&and(vec![file(name, content)]));
    let run = render("json", &[evidence.path()], &[], None);
    let report = run.report();
    let found: Vec<(String, String)> = gaps(&report)
        .into_iter()
        .map(|(asked, reason)| {
            let asked = asked.replace(&evidence.path().display().to_string(), "");
            (asked.trim_start_matches('/').to_owned(), reason)
        })
        .collect();
    let said: Vec<(String, String)> =
        said.iter().map(|(asked, reason)| ((*asked).to_owned(), (*reason).to_owned())).collect();
    assert_eq!(found, said, "{name}");
    for (_, reason) in &said {
        assert!(run.stderr.contains(reason), "{reason} is not in {}", run.stderr);
    }
    let facts = facts(&report);
    for (part, value) in EXPECTED.as_object().expect("parts") {
        assert_eq!(&facts[part], value, "{name}: {part}");
    }
}

#[test]
fn files_that_are_no_evidence_are_named() {
    let mut tar = vec![b'x'; 257];
    tar.extend(b"ustar\0");
    costs_only("empty.json", "", &[("empty.json", "the file is empty")]);
    costs_only("blank.json", " \r\n ", &[("blank.json", "is empty")]);
    costs_only("notes.txt", "call Ana first", &[("notes.txt", "is not JSON")]);
    costs_only(
        "x.png",
        b"\x89PNG\0\0\xFF\xFE\xFD".to_vec(),
        &[("x.png", "is binary, and neither gzip nor zip")],
    );
    costs_only(
        "logs.tar",
        tar,
        &[("logs.tar", "is a tar archive; casefile opens gzip and zip alone, so unpack it first")],
    );
    costs_only(
        "other.json",
        r#"{"hello": {"world": [1, 2]}}"#,
        &[("other.json", "holds nothing that casefile knows")],
    );
    costs_only(
        "list.json",
        format!(r#"{{"Records": [{}, 5, {{"a": 1}}]}}"#, without(call(), "requestID")),
        &[("list.json at /Records/1, /Records/2", "holds nothing that casefile knows (2 records)")],
    );
    costs_only(
        "recorders.json",
        r#"{"ConfigurationRecorders": [{"name": "default"}]}"#,
        &[("recorders.json", "is a recorder description, which a report does not use yet")],
    );
    costs_only(
        "s3.json",
        r#"{"Records": [{"eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": "us-east-1", "eventTime": "2026-11-20T02:00:00.000Z", "eventName": "ObjectCreated:Put", "userIdentity": {"principalId": "AWS:AIDA"}}]}"#,
        &[(
            "s3.json",
            "is a notification of another AWS service and no CloudTrail record, which a report does not use yet",
        )],
    );
}

#[test]
fn a_record_that_lacks_a_part_costs_that_record_or_nothing() {
    let lines = |records: &[Value]| records.iter().map(|r| format!("{r}\n")).collect::<String>();
    costs_only(
        "t.jsonl",
        lines(&[
            without(call(), "eventTime"),
            call(),
            changed(call(), "/eventTime", "next Tuesday".into()),
        ]),
        &[
            ("t.jsonl at line 1", "this CloudTrail record has no eventTime"),
            (
                "t.jsonl at line 3",
                "this CloudTrail record has the eventTime \"next Tuesday\", which is no date that casefile knows",
            ),
        ],
    );
    costs_only(
        "t.json",
        bytes(
            &json!({"Records": [without(call(), "eventName"), changed(call(), "/eventTime", 20_261_120.into())]}),
        ),
        &[
            ("t.json at /Records/0", "this CloudTrail record has no eventName"),
            (
                "t.json at /Records/1",
                "this CloudTrail record has the eventTime \"20261120\", which is no date that casefile knows",
            ),
        ],
    );
    costs_only(
        "t.json",
        bytes(&json!([
            without(call(), "eventID"),
            without(call(), "userIdentity"),
            without(call(), "eventSource")
        ])),
        &[
            ("t.json at /0", "this CloudTrail record has no eventID"),
            (
                "t.json at /1",
                "this CloudTrail record has no userIdentity, so who made the call is not known",
            ),
            (
                "t.json at /2",
                "this CloudTrail record has no eventSource, so the service that was called is not known",
            ),
        ],
    );
    costs_only(
        "t.json",
        bytes(&changed(call(), "/recipientAccountId", 11_122_223_333_u64.into())),
        &[(
            "t.json",
            "this CloudTrail record has its recipientAccountId as a number, which has lost its leading zeros; 011122223333 was taken",
        )],
    );
    costs_only(
        "t.json",
        bytes(&changed(call(), "/userAgent", json!({"name": "curl"}))),
        &[("t.json", "this CloudTrail record has something other than text as its userAgent")],
    );
    costs_only(
        "t.json",
        r#"{"Events": [{"EventId": "1", "EventName": "X", "EventTime": 1795140707}, {"EventId": "2", "CloudTrailEvent": "{\"eventName\": \"X\", \"eve"}, {"EventId": "3", "CloudTrailEvent": ""}]}"#,
        &[
            (
                "t.json at /Events/0",
                "is an event of lookup-events without its CloudTrailEvent, so most of it is missing; save the command's whole output",
            ),
            (
                "t.json at /Events/1/CloudTrailEvent",
                "is text that begins like JSON and is none (EOF while parsing a string)",
            ),
            ("t.json at /Events/2/CloudTrailEvent", "holds no record"),
        ],
    );
}

#[test]
fn an_item_without_its_state_shows_no_change_that_nobody_made() {
    let later = |configuration: Value| {
        let mut item = sample().items[0].clone();
        item["configurationItemCaptureTime"] = json!(1_795_150_000.5);
        item["configurationStateId"] = "1795150000500".into();
        item["configuration"] = configuration;
        item
    };
    let nothing = "this configuration item holds no configuration that can be read, and does not say that its resource was deleted";
    costs_only(
        "c.json",
        bytes(&json!({"configurationItems": [
            later(Value::Null), later("null".into()), later("{\"functionName\":\"order-exp".into()), later(7.into()),
            without(later(json!({})), "configurationItemCaptureTime"), without(later(json!({})), "resourceType"),
            changed(later(json!({})), "/configurationItemCaptureTime", "soon".into()), null,
        ]})),
        &[
            (
                "c.json at /configurationItems/0, /configurationItems/1, /configurationItems/2, /configurationItems/3",
                &format!("{nothing} (4 records)"),
            ),
            (
                "c.json at /configurationItems/4",
                "this configuration item has no configurationItemCaptureTime",
            ),
            ("c.json at /configurationItems/5", "this configuration item has no resourceType"),
            (
                "c.json at /configurationItems/6",
                "this configuration item has the configurationItemCaptureTime \"soon\", which is no date that casefile knows",
            ),
            ("c.json at /configurationItems/7", "is not an object"),
        ],
    );
    costs_only(
        "n.json",
        bytes(
            &json!({"configurationItemSummary": without(later(json!({})), "configuration"), "s3DeliverySummary": {"s3BucketLocation": "b/k"}, "messageType": "OversizedConfigurationItemChangeNotification"}),
        ),
        &[(
            "n.json at /configurationItemSummary",
            "is the summary of a configuration item that was too large for a message; the item itself is in the S3 object that the message names",
        )],
    );
}

#[test]
fn a_cut_file_gives_the_records_before_the_cut() {
    let evidence = sample();
    let trail = bytes(&json!({"Records": evidence.events}));
    let indented = serde_json::to_vec_pretty(&json!({"Records": evidence.events})).expect("JSON");
    let lines: Vec<u8> =
        evidence.events.iter().flat_map(|event| format!("{event}\n").into_bytes()).collect();
    for whole in [trail, indented, lines] {
        for part in [2, 3, 5] {
            let cut = &whole[..whole.len() / part * (part - 1)];
            // Every record that is whole in what is left of the file.
            let text = std::str::from_utf8(cut).expect("text");
            let left = evidence.events.iter().filter(|event| {
                let last = event["recipientAccountId"].is_string();
                last && text.contains(event["eventID"].as_str().expect("an id"))
            });
            let left = left.count();
            let [finding, config, _] = evidence.files().try_into().expect("three files");
            let run = render_files("json", &[finding, config, ("t.json", cut.to_vec())]);
            let report = run.report();
            let read = report["coverage"]
                .as_array()
                .expect("coverage")
                .iter()
                .find(|c| c["source"] == "cloudtrail")
                .expect("CloudTrail")["records"]
                .as_u64()
                .expect("a number") as usize;
            assert!(read + 1 == left || read == left, "{read} of {left} were read");
            assert!(
                run.stderr.contains("the JSON breaks off here (EOF while parsing"),
                "{}",
                run.stderr
            );
        }
    }
}

#[test]
fn damage_in_the_middle_costs_the_damaged_record_wherever_the_lines_end() {
    let events = sample().events;
    let damaged = |name: &str, damage: fn(&str) -> String, separator: &str| {
        let records: Vec<String> = events
            .iter()
            .enumerate()
            .map(
                |(index, event)| {
                    if index == 4 { damage(&call().to_string()) } else { event.to_string() }
                },
            )
            .collect();
        let missing = events[4].clone();
        let text = match separator {
            "lines" => records.join("\n"),
            separator => format!(
                "{{\"Records\":[{separator}{}{separator}]}}",
                records.join(&format!(",{separator}"))
            ),
        };
        (name.to_owned(), text, missing)
    };
    let whole = facts(&render_files("json", &sample().files()).report());
    for separator in ["", "\n", "\n  ", "lines"] {
        for (name, damage) in [
            (
                "a control character",
                (|text| text.replace("aws-cli", "aws\u{1}cli")) as fn(&str) -> String,
            ),
            ("an escape that is none", |text| text.replace("aws-cli", "aws\\xcli")),
            ("a word that is none", |text| text.replace("true", "TRUE")),
            ("a missing comma", |text| text.replacen(",", " ", 1)),
        ] {
            let (name, text, missing) = damaged(name, damage, separator);
            let files = and(vec![file("damaged.json", text)]);
            let (name, separator) = (name, separator.escape_debug());
            // The whole trail is there as well: all that is read twice is the same.
            let report = render_files("json", &files).report();
            let gaps = gaps(&report);
            assert_eq!(gaps.len(), 1, "{name}, {separator}: {gaps:?}");
            assert!(
                gaps[0].1.contains("breaks off here") && gaps[0].1.contains("reading went on"),
                "{name}, {separator}: {gaps:?}"
            );
            let [finding, config, _] = sample().files().try_into().expect("three files");
            let alone = render_files(
                "json",
                &[finding, config, ("t", files[3].1.clone()), ("m", bytes(&missing))],
            )
            .report();
            assert_eq!(
                facts(&alone),
                whole,
                "{name}, {separator}: a record beside the damaged one is lost"
            );
        }
    }
}

#[test]
fn bytes_that_are_no_text_cost_nothing_and_are_named() {
    let mut text =
        bytes(&json!({"Records": [call(), changed(call(), "/userAgent", "caf# latte".into())]}));
    let at = text.iter().position(|byte| *byte == b'#').expect("the place");
    text[at] = 0xE9;
    costs_only(
        "latin1.json",
        text,
        &[(
            "latin1.json at /Records/1",
            "this CloudTrail record holds bytes that are no text; they are shown as U+FFFD",
        )],
    );
}

#[test]
fn depth_costs_the_record_that_is_deep() {
    let deep = format!("{}1{}", "[".repeat(200_000), "]".repeat(200_000));
    let record = call().to_string().replacen('{', &format!("{{\"deep\":{deep},"), 1);
    costs_only(
        "deep.json",
        format!("{{\"Records\":[{},{record},{}]}}", call(), call()),
        &[("deep.json at /Records/1", "is nested more than 127 levels deep")],
    );
    costs_only(
        "deep.json",
        deep,
        &[(
            "deep.json at /0/0/0/0/0/0/0/0/0/0/0/0/0",
            "is more than 12 lists or wrappers deep, and what is below was not read",
        )],
    );
    // And cut within the depth, which must not exhaust the stack either.
    let cut = format!("{{\"Records\":[{},{{\"x\":{}", call(), "[{\"y\":".repeat(100_000));
    costs_only(
        "cut.json",
        cut,
        &[(
            "cut.json at line 1 (/Records/1)",
            "the JSON breaks off here (EOF while parsing a value); the one record before it was read",
        )],
    );
    let json_in_json =
        (0..20).fold("{}".to_owned(), |inner, _| json!({"Message": inner}).to_string());
    let run = render_files("json", &and(vec![file("sns.json", json_in_json)]));
    assert_eq!(gaps(&run.report()).len(), 1);
}

#[test]
fn what_unpacks_beyond_all_bounds_is_left_and_the_bound_is_said() {
    // A file of zeros that takes no room on the disk.
    let evidence = folder(&and(Vec::new()));
    let sparse = std::fs::File::create(evidence.path().join("huge.json")).expect("a file");
    sparse.set_len(300 << 20).expect("a sparse file");
    let run = render("json", &[evidence.path()], &[], None);
    let gaps = gaps(&run.report());
    assert_eq!(gaps.len(), 1, "{gaps:?}");
    assert!(gaps[0].0.ends_with("/huge.json"), "{gaps:?}");
    assert_eq!(
        gaps[0].1,
        "it is larger than what is read and was left out whole: the bound of 256 MiB a document was reached"
    );
}

#[test]
fn a_bomb_costs_itself_alone() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    std::io::copy(&mut std::io::Read::take(std::io::repeat(b' '), 1 << 20), &mut encoder)
        .expect("room");
    let evidence = folder(&and(vec![file("bomb.json.gz", encoder.finish().expect("room"))]));
    let limits = Limits { document_bytes: 500_000, ..Limits::default() };
    let paths = [evidence.path().to_owned()];
    let intake =
        casefile::evidence::open(&paths, &mut std::io::empty(), &limits).expect("the rest");
    let report = casefile::render_saved(&intake, &casefile::Request::default()).expect("a report");
    let said = report.gaps.iter().any(|gap| {
        gap.asked.raw().ends_with("bomb.json.gz")
            && gap
                .reason
                .raw()
                .ends_with("left out whole: the bound of 500,000 bytes a document was reached")
    });
    assert!(said);
    assert!(report.provenance.running.is_some());
}

#[test]
fn broken_lines_by_the_thousand_are_read_past() {
    let text: String =
        (0..3000).map(|_| "{\"eventName\": \"X\", \"eve\n".to_owned()).collect::<String>()
            + &call().to_string();
    let run = render_files("json", &and(vec![file("t.jsonl", text)]));
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
    let report = run.report();
    assert_eq!(calls(&report), calls(&before).map(|calls| calls + 1));
    let gaps = gaps(&report);
    assert_eq!(gaps.len(), 1, "{gaps:?}");
    assert!(gaps[0].1.ends_with("(3000 records)"), "{gaps:?}");
    // And brackets that are never closed end soon.
    let open = "[\n".repeat(100_000);
    let started = std::time::Instant::now();
    render_files("json", &and(vec![file("t.jsonl", open)])).report();
    assert!(started.elapsed().as_secs() < 20);
}

#[test]
fn a_finding_that_disagrees_with_itself_is_said() {
    let mut finding = sample().finding;
    finding["accountId"] = json!(11_122_223_333_u64);
    finding["region"] = "eu-west-1".into();
    let run = render_files("json", &[("f.json", bytes(&finding))]);
    let reasons: Vec<String> = gaps(&run.report()).into_iter().map(|(_, reason)| reason).collect();
    assert_eq!(
        reasons,
        [
            "this GuardDuty finding has its accountId as a number, which has lost its leading zeros; 011122223333 was taken",
            "this GuardDuty finding says account 011122223333, and its function's ARN says 111122223333; the function was followed where its ARN says",
            "this GuardDuty finding says account 011122223333, and its own ARN says 111122223333; the first was taken",
            "this GuardDuty finding says region eu-west-1, and its function's ARN says ap-northeast-1; the function was followed where its ARN says",
            "this GuardDuty finding says region eu-west-1, and its own ARN says ap-northeast-1; the first was taken",
        ]
    );
}

// iam-duty-event.json is of Cloud Custodian, https://github.com/cloud-custodian/cloud-custodian
// (tests/data/cwe), Apache License 2.0: a real GuardDuty finding about an access key, as
// EventBridge delivered it in 2017.
const OTHER_RESOURCE: &[u8] = include_bytes!("input/iam-duty-event.json");

#[test]
fn a_finding_about_another_resource_gives_a_report_of_what_is_known() {
    let run = render_files("json", &[("event.json", OTHER_RESOURCE)]);
    let report = run.report();
    assert_eq!(report["finding"]["resource_type"], "AccessKey");
    assert_eq!(report["subject"]["name"], Value::Null);
    let said = report["gaps"].as_array().expect("gaps").iter().any(|gap| {
        gap["reason"]
            .as_str()
            .expect("text")
            .contains("the history of other resources is not followed yet")
    });
    assert!(said, "{}", report["gaps"]);
    let html = render_files("html", &[("event.json", OTHER_RESOURCE)]);
    assert_eq!(html.code, 0, "{}", html.stderr);
}

fn fails(files: &[File], more: &[&str], code: i32, sentences: &[&str]) -> Run {
    let run = render("json", &[folder(files).path()], more, None);
    assert_eq!(run.code, code, "{}", run.stderr);
    assert!(run.stdout.is_empty());
    for sentence in sentences {
        assert!(run.stderr.contains(sentence), "{sentence:?} is not in {}", run.stderr);
    }
    run
}

#[test]
fn without_a_finding_the_run_fails_and_says_what_was_met() {
    let [_, config, trail] = sample().files().try_into().expect("three files");
    let files: Vec<File> = [config, trail].map(|(name, bytes)| (name.to_owned(), bytes)).into();
    fails(
        &files,
        &[],
        1,
        &["find a GuardDuty finding among 2 documents", "aws guardduty get-findings"],
    );
    fails(&files, &["--finding", "x"], 1, &["find a GuardDuty finding among 2 documents"]);
    fails(&[file("e.json", "")], &[], 1, &["find a GuardDuty finding", "the file is empty"]);
    fails(&[file("f.json", bytes(&json!({"findings": []})))], &[], 1, &["among 1 document"]);
    let mut nameless = without(sample().finding, "id");
    nameless["arn"] = Value::Null;
    fails(
        &[file("f.json", bytes(&nameless))],
        &[],
        1,
        &["f.json: this GuardDuty finding has no id"],
    );
}

#[test]
fn several_findings_are_listed_and_one_can_be_chosen() {
    let mut other = sample().finding;
    other["id"] = "ffffffffffffffffffffffffffffffff".into();
    let files = and(vec![file("g.json", bytes(&other))]);
    let id = sample().finding["id"].as_str().expect("an id").to_owned();
    fails(
        &files,
        &[],
        2,
        &[
            "choose among 2 findings; say which with --finding ID",
            &id,
            "ffffffffffffffffffffffffffffffff  CryptoCurrency:Lambda/BitcoinTool.B  order-export",
        ],
    );
    fails(
        &files,
        &["--finding", "nosuch"],
        3,
        &["find the finding nosuch among the 2 that were read", &id],
    );
    let arn = sample().finding["arn"].as_str().expect("an ARN").to_owned();
    for wanted in [id.as_str(), &arn, &format!(" {id}\n"), &id.to_uppercase()] {
        let run = render("json", &[folder(&files).path()], &["--finding", wanted], None);
        assert_eq!(run.report()["finding"]["id"], id.as_str());
    }
}

#[test]
fn a_path_that_is_not_there_fails() {
    let run = render("json", &[Path::new("no/such/evidence.json")], &[], None);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("no/such/evidence.json"), "{}", run.stderr);
    assert!(run.stdout.is_empty());
}

/// Text that stands for a secret; every place is told from the others.
struct Planted(Vec<String>);

impl Planted {
    fn secret(&mut self, place: &str) -> String {
        let secret = format!("pl4nted{}{}", place, "Zx9".repeat(5));
        self.0.push(format!("pl4nted{place}"));
        secret
    }
}

#[test]
fn no_secret_reaches_an_output() {
    let mut planted = Planted(Vec::new());
    let mut evidence = sample();
    let mut s = |place: &str| planted.secret(place);
    let jwt = |s: String| format!("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.{s}");

    for event in &mut evidence.events {
        if event["eventName"] != "UpdateFunctionConfiguration20150331v2"
            && event["eventName"] != "UpdateFunctionCode20150331v2"
        {
            continue;
        }
        event["userAgent"] =
            format!("Boto3/1.40.1 token={} (https://deploy:{}@ci.example/x)", s("agent"), s("url"))
                .into();
        event["errorMessage"] = format!(
            "failed: Authorization: AWS4-HMAC-SHA256 Credential=AKIA/x, SignedHeaders=host, Signature={}\nretry with password={}; Bearer {} and {} and {{\\\"password\\\":\\\"{} with spaces {}\\\"}} and '{{\"apiKey\": \"{}, {}\"}}",
            s("header"), s("plain"), s("bearer"), jwt(s("jwt")), s("escaped"), s("escapedrest"), s("quoted"), s("quotedrest"),
        ).into();
        let key = format!(
            "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,{}\n\n{}\n-----END RSA PRIVATE KEY-----",
            s("dek"),
            s("key")
        );
        let environment =
            json!({"variables": {"STAGE": s("envplain"), "DB": s("env")}, "error": null});
        let parameters = event["requestParameters"].as_object_mut().expect("parameters");
        parameters.extend(json!({
            "environment": environment,
            "environmentVariables": [{"name": "A", "value": s("codebuild"), "type": "PLAINTEXT"}],
            "environmentVariablesOverride": {"A": s("override")},
            "containerDefinitions": [{"environment": [{"name": "A", "value": s("ecs")}]}],
            "body": json!({"Environment": {"Variables": {"X": s("embeddedenv")}}, "deep": json!({"password": s("deep")}).to_string()}).to_string(),
            "policyDocument": "%7B%22password%22%3A%22X%22%7D".replace('X', &s("encoded")),
            "partly": "a%22password%22%3A%22X%22".replace('X', &s("partly")),
            "url": format!("https://b.s3.amazonaws.com/k?X-Amz-Credential=AKIA%2Fx&X-Amz-Signature={}&X-Amz-Security-Token={}", s("signature"), s("token")),
            "encodedUrl": format!("https%3A%2F%2Fb%2Fk%3FX-Amz-Signature%3D{}", s("encodedsignature")),
            "oldUrl": format!("https://b/k?AWSAccessKeyId=AKIA&Expires=1&Signature={}", s("oldsignature")),
            "headers": [{"name": "Authorization", "value": s("headervalue")}, {"name": "x-api-key", "values": [s("headervalues")]}],
            "tags": [{"key": "db_password", "value": s("tag")}, {"Key": "GITHUB_TOKEN", "Value": s("Tag")}],
            "tagMap": {"api-key": s("tagmap")},
            "parameters": [{"parameterKey": "DbPassword", "parameterValue": s("parameter")}],
            "name": "/db/main", "type": "SecureString", "value": s("ssm"),
            "masterUserPassword": s("rds"), "oauthToken": s("oauth"), "Set-Cookie": s("cookie"),
            "secretString": json!({"user": s("secretstring")}),
            "keyMaterial": key, "note": format!("the key is {key}"),
            "connection": format!("Server=db;Uid=u;Pwd={};Database=d", s("pwd")),
            "dsn": format!("postgres://u:{}@db/x", s("dsn")),
            "command": format!("curl -H 'X-Auth-Token: {}' --data client_secret={}", s("curl"), s("data")),
            "arguments": ["--password", "x", format!("--db-password={}", s("argument"))],
        }).as_object().expect("members").clone());
        event["responseElements"] = json!({"credentials": {"accessKeyId": "ASIAPLANTEDEXAMPLE", "sessionToken": s("session"), "secretAccessKey": s("secretkey")}, "text": format!("IQoJb3JpZ2luX2VjE{}", s("sts"))});
        event["additionalEventData"] = json!({"x-amz-security-token": s("additional")});
    }
    for item in &mut evidence.items {
        if item["resourceType"] == "AWS::Lambda::Function" {
            let mut configuration: Value =
                serde_json::from_str(item["configuration"].as_str().expect("text")).expect("JSON");
            configuration["environment"] = json!({"variables": {"KEY": s("itemenv")}});
            configuration["description"] = format!("password: {}", s("description")).into();
            item["configuration"] = configuration.to_string().into();
            item["tags"]["deploy_token"] = s("itemtag").into();
            item["supplementaryConfiguration"]["Policy"] = json!(json!({"Statement": [{"Sid": format!("secret_key={}", s("policy")), "Condition": {"StringEquals": {"lambda:EventSourceToken": s("condition")}}}]}).to_string());
        }
    }
    evidence.finding["description"] =
        format!("seen with Authorization: Bearer {}", s("finding")).into();
    evidence.finding["resource"]["lambdaDetails"]["tags"] =
        json!([{"key": "password", "value": s("findingtag")}]);
    evidence.finding["service"]["additionalInfo"]["value"] =
        json!({"sessionToken": s("info")}).to_string().into();
    // Records that cannot be read are told of as well.
    evidence.events.push(changed(call(), "/eventTime", format!("password={}", s("time")).into()));
    evidence
        .events
        .push(json!({"eventName": "X", "eventTime": {"token": s("oddtime")}, "eventSource": "x"}));
    assert!(planted.0.len() > 50);

    for format in ["json", "html"] {
        let run = render_files(format, &evidence.files());
        assert_eq!(run.code, 0, "{}", run.stderr);
        let out = String::from_utf8(run.stdout).expect("text");
        let leaked: Vec<&String> = planted
            .0
            .iter()
            .filter(|secret| out.contains(*secret) || run.stderr.contains(*secret))
            .collect();
        assert!(leaked.is_empty(), "{format}: {leaked:?}");
        assert!(!out.contains("PLANTED-SESSION-TOKEN"), "{format}");
        assert!(out.contains("[redacted: "), "{format}");
        assert!(out.contains("ASIAPLANTEDEXAMPLE"), "the record is shown");
    }
}

#[test]
fn what_only_looks_like_a_secret_stays_readable() {
    let mut evidence = sample();
    let parameters = json!({
        "secretId": "prod/db/password", "nextToken": "page-two-of-it", "clientToken": "idempotent-7", "clientRequestToken": "req-8",
        "passwordPolicy": {"minimumPasswordLength": 14, "passwordReusePrevention": 24, "maxPasswordAge": 90},
        "kmsKeyId": "arn:aws:kms:us-east-1:111122223333:key/k-1", "authType": "NONE", "authorizationType": "AWS_IAM",
        "resource": "arn:aws:secretsmanager:us-east-1:111122223333:secret:my-secret-password-AbCdEf",
        "functionArn": "arn:aws:lambda:us-east-1:111122223333:function:reset-password:1",
        "otherFunctionName": "reset-password:prod", "apiKeySource": "HEADER", "httpTokens": "optional-imds",
        "logGroup": "arn:aws:logs:us-east-1:111122223333:log-group:/aws/lambda/get-session-token:*",
        "hidden": {"password": "HIDDEN_DUE_TO_SECURITY_REASONS"},
        "environment": {}, "keyId": "AKIAREADABLEEXAMPLE",
        "message": "User: arn:aws:sts::111122223333:assumed-role/ops/reset-password is not authorized to perform: secretsmanager:GetSecretValue on resource: arn:aws:lambda:us-east-1:111122223333:function:rotate-token:2 because no policy allows it",
        "when": "2026-11-20T02:11:47Z", "link": "https://example.com:8443/docs?page=2#token", "path": "a/b=c",
        "policy": "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"sts:GetSessionToken\"}]}",
    });
    let agent =
        "Boto3/1.40.1 md/Botocore#1.40.1 ua/2.1 os/linux#6.1 cfg/retry-mode#legacy exec-env/x";
    for event in &mut evidence.events {
        if event["eventName"] == "UpdateFunctionConfiguration20150331v2" {
            let members = event["requestParameters"].as_object_mut().expect("an object");
            members.extend(parameters.as_object().expect("an object").clone());
            event["userAgent"] = agent.into();
        }
    }
    let report = render_files("json", &evidence.files()).report();
    let records =
        report["evidence"].as_array().expect("evidence").iter().map(|entry| &entry["record"]);
    let mut calls =
        records.filter(|record| record["eventName"] == "UpdateFunctionConfiguration20150331v2");
    let record = calls.next().expect("the call");
    assert_eq!(record["userAgent"], agent);
    for (name, value) in parameters.as_object().expect("an object") {
        assert_eq!(&record["requestParameters"][name], value, "{name}");
    }
}
