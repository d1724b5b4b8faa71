//! The queries for Athena, run for real on the records of all samples: each case finds its own.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops where something is not as it must be"
)]

#[path = "athena/corpus.rs"]
mod corpus;
#[path = "athena/engine.rs"]
mod engine;
#[allow(dead_code, reason = "shared with other tests")]
mod program;
#[allow(dead_code, reason = "shared with other tests")]
#[path = "archive/sown.rs"]
mod sown;

use std::{collections::BTreeMap, fs, io};

use casefile::{
    Request,
    collect::athena::{Key, Name, Query, Ran, Runs, Table, Through},
    evidence::{self, Document, Intake, Limits},
    render::by_name,
    render_saved, search,
};
use engine::Engine;
use program::{FACTS, run, run_in, sample, samples};
use regex_lite::Regex;
use serde_json::{Value, json};
use sown::Sown;

/// Far enough for all that the samples hold.
const LOOKBACK: u32 = 3650;

struct Running<'a> {
    engine: &'a mut Engine,
    statements: Vec<String>,
}

impl Runs for Running<'_> {
    fn run(&mut self, query: &Query) -> Ran {
        self.statements.push(query.sql.clone());
        let rows = self.engine.run(&query.sql).unwrap_or_else(|why| panic!("{why}\n{}", query.sql));
        Ran { rows, scanned: 1, ..Ran::default() }
    }
}

fn table(keys: &str) -> Table {
    let name = Name::parse("logs.trail").expect("a name");
    Table::standard(name, Key::parse_all(keys).expect("partitions"))
}

/// The sample's evidence without what `CloudTrail` said.
fn evidence_without_calls(name: &str) -> Intake {
    let mut intake = evidence::open(&[sample(name)], &mut io::empty(), &Limits::default())
        .expect("the sample's evidence");
    intake.documents.retain(|document| {
        document.request.as_ref().is_none_or(|entry| entry.service != "cloudtrail")
    });
    intake
}

/// Asks about the table, and searches the log files that were opened.
fn ask(intake: &mut Intake, table: Table, lookback_days: u32, runs: &mut dyn Runs) {
    let through = Through { table, lookback_days, runs };
    search(intake, &Request::default(), Some(through), &mut |_| {}).expect("a search");
}

fn document(records: &[Value]) -> Document {
    Document {
        name: "all records".to_owned(),
        stored_sha256: String::new(),
        bytes: json!({"Records": records}).to_string().into_bytes(),
        from_bundle: false,
        request: None,
    }
}

fn report(intake: &Intake) -> Value {
    let report = render_saved(intake, &Request::default()).expect("a report");
    let json = by_name("json").expect("the form").render(&report).expect("JSON");
    // From when on the records are that were read differs: a query gives those alone that answer.
    let earliest = Regex::new("the earliest call that was read is of [0-9-]+ [0-9:.]+Z");
    let text = String::from_utf8(json).expect("UTF-8");
    let text =
        earliest.expect("a pattern").replace_all(&text, "the earliest call is known").into_owned();
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn the_report_of_each_sample_is_the_same_through_the_queries() {
    let records = corpus::records();
    assert!(records.len() > 100, "only {} records", records.len());
    let Some(mut engine) = Engine::start(&records) else { return };
    let held: Vec<Value> = records.iter().map(corpus::as_the_table_holds).collect();
    let forms = ["none", "region,year,month,day", "account,region,year,month,day", "timestamp"];
    for (at, name) in samples().into_iter().enumerate() {
        // Whoever has all records answers the same questions from memory.
        let mut whole = evidence_without_calls(&name);
        whole.documents.push(document(&held));
        let expected = report(&whole);
        for keys in [forms[at % forms.len()], "account,timestamp"] {
            let mut intake = evidence_without_calls(&name);
            let mut running = Running { engine: &mut engine, statements: Vec::new() };
            ask(&mut intake, table(keys), LOOKBACK, &mut running);
            let statements = running.statements.len();
            let found = report(&intake);
            for fact in FACTS {
                assert_eq!(found[fact], expected[fact], "{name} by {keys}: {fact}");
            }
            assert_eq!(found["evidence"], expected["evidence"], "{name} by {keys}");
            assert!(statements <= 12, "{name} by {keys}: {statements} statements");
            eprintln!("{name} by {keys}: {statements} statements");
        }
    }
}

#[test]
fn a_row_gives_back_what_the_table_holds_of_a_record() {
    let records = corpus::records();
    let Some(mut engine) = Engine::start(&records) else { return };
    let held: BTreeMap<String, Value> = records
        .iter()
        .map(|record| (record["eventID"].to_string(), corpus::as_the_table_holds(record)))
        .collect();
    let mut met = 0;
    for name in samples() {
        let mut intake = evidence_without_calls(&name);
        let mut running = Running { engine: &mut engine, statements: Vec::new() };
        ask(&mut intake, table("timestamp"), LOOKBACK, &mut running);
        let Some(found) = intake.documents.last() else { continue };
        let found: Value = serde_json::from_slice(&found.bytes).expect("JSON");
        for record in found["Records"].as_array().into_iter().flatten() {
            assert_eq!(record, &held[&record["eventID"].to_string()], "{name}");
            met += 1;
        }
    }
    assert!(met > 100, "only {met} records");
}

/// Who gives these records, whatever is asked.
struct Whatever(Vec<Value>);

impl Runs for Whatever {
    fn run(&mut self, query: &Query) -> Ran {
        let selected = query.sql.split("\nFROM").next().unwrap_or_default();
        let columns: Vec<String> =
            selected.split('"').skip(1).step_by(2).map(str::to_owned).collect();
        Ran { rows: corpus::rows(&self.0, &columns), ..Ran::default() }
    }
}

/// A third of the records is in log files alone, a third in the table alone, a third in both: each
/// third in its turn.
#[test]
fn log_files_and_a_table_answer_together_and_each_event_is_there_once() {
    for name in ["bitcoin-tool", "c2-activity", "drop-point", "malicious-ip-caller"] {
        let sown = Sown::of(&sample(name));
        let events: Vec<Value> =
            sown.events.iter().map(|text| serde_json::from_str(text).expect("JSON")).collect();
        for turn in 0..3 {
            let (mut logs, mut table_has, mut whole) = (Vec::new(), Vec::new(), Vec::new());
            for (at, event) in events.iter().enumerate() {
                let third = (at + turn) % 3;
                if third != 1 {
                    logs.push(event.clone());
                }
                if third != 0 {
                    table_has.push(event.clone());
                }
                // Whoever has it in a log file has all of it.
                let kept =
                    if third == 1 { corpus::as_the_table_holds(event) } else { event.clone() };
                whole.push(kept);
            }
            let folder = sown.other(&format!("logs-{turn}"));
            let text = json!({ "Records": logs }).to_string();
            fs::write(folder.join("some.json"), text).expect("a file");

            let mut together = evidence_without_calls(name);
            together.add_logs(&[folder]).expect("the logs");
            ask(&mut together, table("timestamp"), LOOKBACK, &mut Whatever(table_has));
            let together = report(&together);
            let mut at_once = evidence_without_calls(name);
            at_once.documents.push(document(&whole));
            let at_once = report(&at_once);
            for fact in FACTS {
                assert_eq!(together[fact], at_once[fact], "{name}, {turn}: {fact}");
            }
            assert_eq!(together["evidence"], at_once["evidence"], "{name}, {turn}");
            let archives = together["archives"].as_array().expect("archives");
            let [of_files, of_table] = archives.as_slice() else { panic!("{archives:#?}") };
            assert_eq!((&of_files["files"], &of_files["queries"]), (&json!(1), &json!([])));
            assert_eq!(of_table["queries"][0]["table"], "logs.trail");
            let found = |of: &Value| of["found"].as_u64().expect("a number");
            let calls = at_once["evidence"].as_array().expect("evidence").iter();
            let calls = calls.filter(|record| record["source"] == "cloudtrail").count();
            assert!(found(of_files) > 0 && found(of_table) > 0, "{name}, {turn}: {archives:#?}");
            assert!(calls as u64 <= found(of_files) + found(of_table), "{name}, {turn}");
            // What both have is not said to be of others.
            let read = |of: &Value| of["coverage"][2]["records"].as_u64().expect("a number");
            assert!(read(&together) <= read(&at_once), "{name}, {turn}");
        }
    }
}

/// A finding of 2 November 2026 about the function `order-export`.
fn finding() -> Document {
    let finding = json!({
        "Id": "f", "AccountId": "111122223333", "Region": "eu-west-1", "SchemaVersion": "2.0",
        "Type": "Backdoor:Lambda/C&CActivity.B", "Severity": 8,
        "CreatedAt": "2026-11-02T00:00:00Z", "UpdatedAt": "2026-11-02T00:00:00Z",
        "Arn": "arn:aws:guardduty:eu-west-1:111122223333:detector/d/finding/f",
        "Resource": {"ResourceType": "Lambda", "LambdaDetails": {
            "FunctionName": "order-export",
            "FunctionArn": "arn:aws:lambda:eu-west-1:111122223333:function:order-export",
        }},
        "Service": {"ServiceName": "guardduty", "EventFirstSeen": "2026-11-02T00:00:00Z"},
    });
    Document {
        name: "finding.json".into(),
        bytes: json!({"Findings": [finding]}).to_string().into_bytes(),
        ..document(&[])
    }
}

/// The report of that finding with what the engine has, and the statements.
fn of_finding(engine: &mut Engine, keys: &str, lookback_days: u32) -> (Value, Vec<String>) {
    let mut intake = Intake { documents: vec![finding()], ..Intake::default() };
    let mut running = Running { engine, statements: Vec::new() };
    ask(&mut intake, table(keys), lookback_days, &mut running);
    let statements = running.statements;
    (report(&intake), statements)
}

/// The ids of the events in a report.
fn events(report: &Value) -> Vec<&str> {
    let evidence = report["evidence"].as_array().expect("evidence").iter();
    evidence.filter_map(|record| record["record"]["eventID"].as_str()).collect()
}

/// A call to change a function.
fn change(id: &str, account: &str, function: &str) -> Value {
    json!({
        "eventID": id, "eventTime": "2026-11-01T00:00:00Z", "eventName": "UpdateFunctionCode20150331v2",
        "eventSource": "lambda.amazonaws.com", "awsRegion": "eu-west-1",
        "recipientAccountId": account, "readOnly": false, "userAgent": "about order-export",
        "userIdentity": {"type": "IAMUser", "arn": format!("arn:aws:iam::{account}:user/{id}"), "accountId": account, "userName": id},
        "requestParameters": {"functionName": function},
    })
}

/// Names that share a beginning, other accounts, mentions in an agent: none of it is an answer.
#[test]
fn near_misses_are_left() {
    let records = [
        change("longer", "111122223333", "order-export-2"),
        change("elsewhere", "999999999999", "order-export"),
        change("it", "111122223333", "arn:aws:lambda:eu-west-1:111122223333:function:order-export"),
    ];
    let Some(mut engine) = Engine::start(&records) else { return };
    let (found, _) = of_finding(&mut engine, "none", 90);
    assert_eq!(events(&found), ["it"], "{found:#}");
    let gaps = found["gaps"].as_array().expect("gaps");
    let told = |words: &str| {
        gaps.iter().filter(|gap| gap["asked"].as_str().is_some_and(|it| it.contains(words))).count()
    };
    assert_eq!(told("userIdentity.inScopeOf of the records in logs.trail"), 1, "{gaps:#?}");
    assert_eq!(told("records of logs.trail before 2026-08-04"), 1, "{gaps:#?}");
}

/// The key of whoever made the key that changed the function comes to light two rounds later.
#[test]
fn who_made_the_keys_of_users_is_found_without_looking_for_each() {
    let by = |mut record: Value, user: &str, key: &str| {
        record["userIdentity"] = json!({
            "type": "IAMUser", "arn": format!("arn:aws:iam::111122223333:user/{user}"),
            "accountId": "111122223333", "userName": user, "accessKeyId": key,
        });
        record
    };
    let makes = |day: &str, id: &str, of: &str, key: &str| {
        let mut record = change(id, "111122223333", "");
        record["eventTime"] = format!("2026-09-{day}T00:00:00Z").into();
        record["eventSource"] = "iam.amazonaws.com".into();
        record["eventName"] = "CreateAccessKey".into();
        record["awsRegion"] = "us-east-1".into();
        record["requestParameters"] = json!({"userName": of});
        record["responseElements"] =
            json!({"accessKey": {"accessKeyId": key, "userName": of, "status": "Active"}});
        record
    };
    let [pipeline, admin, other] =
        ["AKIAPIPELINE00000001", "AKIAADMIN00000000001", "AKIAOTHER00000000001"];
    let records = [
        by(change("change", "111122223333", "order-export"), "pipeline", pipeline),
        by(makes("03", "makes-pipeline", "pipeline", pipeline), "admin", admin),
        by(makes("02", "makes-admin", "admin", admin), "founder", "AKIAFOUNDER000000001"),
        by(makes("01", "makes-other", "other", other), "founder", "AKIAFOUNDER000000001"),
    ];
    let Some(mut engine) = Engine::start(&records) else { return };
    let whole = Intake { documents: vec![finding(), document(&records)], ..Intake::default() };
    for keys in ["none", "account,timestamp"] {
        let (found, statements) = of_finding(&mut engine, keys, 90);
        assert_eq!(
            events(&found),
            ["makes-admin", "makes-pipeline", "change"],
            "{keys}: {found:#}"
        );
        for fact in FACTS {
            assert_eq!(found[fact], report(&whole)[fact], "{keys}: {fact}");
        }
        assert!(!statements.iter().any(|sql| sql.contains("AKIA")), "{keys}: {statements:#?}");
    }
}

#[test]
fn of_a_finding_about_no_function_nothing_is_asked_and_that_is_said() {
    struct Nobody;
    impl Runs for Nobody {
        fn run(&mut self, query: &Query) -> Ran {
            panic!("asked: {}", query.sql)
        }
    }
    let mut about: Value = serde_json::from_slice(&finding().bytes).expect("JSON");
    about["Findings"][0]["Resource"] =
        json!({"ResourceType": "Instance", "InstanceDetails": {"InstanceId": "i-0abc"}});
    let bytes = about.to_string().into_bytes();
    let documents = vec![Document { bytes, ..finding() }];
    let mut intake = Intake { documents, ..Intake::default() };
    ask(&mut intake, table("timestamp"), 90, &mut Nobody);
    let report = report(&intake);
    let all = report["gaps"].as_array().expect("gaps").iter();
    let gaps: Vec<&Value> =
        all.filter(|gap| gap["asked"] == "the table logs.trail through Athena").collect();
    assert_eq!(gaps.len(), 1, "{}", report["gaps"]);
    assert!(gaps[0]["reason"].to_string().contains("the finding is about no function"));
}

#[test]
fn a_dry_run_prints_statements_and_runs_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let sample = sample("bitcoin-tool");
    let asked = |more: &[&str]| {
        let mut arguments = vec!["render", sample.to_str().expect("UTF-8")];
        arguments.extend(["--cloudtrail", "athena:Logs.trail", "--dry-run"]);
        arguments.extend(more);
        run_in(folder.path(), &arguments)
    };
    let told = asked(&["--athena-partitions", "account,region,timestamp"]).exits(0);
    let sql = String::from_utf8(told.out).expect("UTF-8");
    assert!(sql.contains("FROM \"logs\".\"trail\"\n"), "{sql}");
    assert!(sql.contains("\"timestamp\" >= '20"), "{sql}");
    let untold = asked(&[]).exits(0);
    let untold = String::from_utf8(untold.out).expect("UTF-8");
    assert!(untold.starts_with("-- ") && !untold.contains("\"timestamp\""), "{untold}");
    let sown = Sown::of(&sample);
    let logs = sown.folder().join("logs");
    let beside = asked(&["--cloudtrail", logs.to_str().expect("UTF-8")]).exits(0);
    assert_eq!(String::from_utf8(beside.out).expect("UTF-8"), untold, "log files are not opened");
    assert!(!asked(&["--lookback", "1000"]).out.is_empty());
    assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 0);
    // What is printed runs.
    if let Some(mut engine) = Engine::start(&corpus::records()) {
        for statement in sql.split(';').filter(|statement| statement.contains("SELECT")) {
            let rows = engine.run(statement.trim()).expect("rows");
            assert!(!rows.is_empty(), "{statement}");
        }
    }
}

#[test]
fn what_cannot_be_asked_is_refused() {
    let sample = sample("bitcoin-tool");
    let refused = |more: &[&str], words: &str| {
        let arguments = [&["render", sample.to_str().expect("UTF-8")], more].concat();
        let refused = run(&arguments).exits(2);
        assert!(refused.err.contains(words), "{}", refused.err);
    };
    refused(&["--dry-run"], "--dry-run goes with --cloudtrail athena:");
    refused(&["--cloudtrail", "athena:trail"], "give athena:DATABASE.TABLE");
    let two = ["--cloudtrail", "athena:a.b", "--cloudtrail", "athena:a.c"];
    refused(&two, "give one, beside any folders");
    refused(
        &["--cloudtrail", "athena:a.b", "--dry-run", "--athena-partitions", "dt=dd/MM/yyyy"],
        "dates can be compared",
    );
    refused(&["--cloudtrail", "athena:a.b", "--athena-output", "bucket"], "s3://BUCKET/PREFIX/");
    if cfg!(not(feature = "athena")) {
        refused(&["--cloudtrail", "athena:a.b"], "cargo build --release --features athena");
    }
}
