//! A table of records, asked through Athena: queries queue and run, fail, and are cancelled.

use std::{collections::BTreeSet, path::Path, sync::Arc};

use serde_json::{Value, json};

use crate::{
    aws::{End, Engine, Fault, Rows, World, names},
    case::{Case, Started},
    corpus,
    program::{FACTS, sample},
};

const SAMPLE: &str = "malicious-ip-caller";

/// Columns of the standard table that are structures.
const NESTED: [&str; 3] = ["useridentity", "resources", "tlsdetails"];

/// The same with every name in lower case, as Athena gives structures.
fn lower(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            members.iter().map(|(name, value)| (name.to_lowercase(), lower(value))).collect()
        }
        Value::Array(all) => all.iter().map(lower).collect(),
        other => other.clone(),
    }
}

/// All records of the samples, whatever the statement asks for.
fn rows(sql: &str) -> Rows {
    let records = corpus::records();
    let columns = names(sql);
    let row = |record: &Value| {
        let held = corpus::as_the_table_holds(record);
        let held = held.as_object().expect("a record");
        let value = |column: &String| {
            let (_, value) = held.iter().find(|(name, _)| name.to_lowercase() == *column)?;
            Some(match value {
                Value::String(text) => text.clone(),
                nested if NESTED.contains(&column.as_str()) => lower(nested).to_string(),
                other => other.to_string(),
            })
        };
        columns.iter().map(value).collect()
    };
    records.iter().map(row).collect()
}

/// The table as the catalogue describes it.
fn described() -> Value {
    let column = |name: &str, kind: &str| json!({"Name": name, "Type": kind});
    let texts = "eventversion eventtime eventsource eventname awsregion sourceipaddress useragent \
                 errorcode errormessage requestparameters responseelements additionaleventdata \
                 requestid eventid readonly eventtype apiversion recipientaccountid \
                 serviceeventdetails sharedeventid vpcendpointid vpcendpointaccountid eventcategory \
                 addendum sessioncredentialfromconsole";
    let mut columns: Vec<Value> =
        texts.split_whitespace().map(|name| column(name, "string")).collect();
    columns.push(column("useridentity", "struct<type:string,onbehalfof:struct<userid:string>>"));
    columns.push(column("resources", "array<struct<arn:string,accountid:string,type:string>>"));
    columns.push(column("tlsdetails", "struct<tlsversion:string>"));
    json!({
        "Name": "trail",
        "Columns": columns,
        "PartitionKeys": [column("account", "string"), column("timestamp", "string")],
        "Parameters": {
            "projection.enabled": "true",
            "projection.account.type": "enum",
            "projection.timestamp.type": "date",
            "projection.timestamp.format": "yyyy/MM/dd",
        },
    })
}

fn case() -> Case {
    let mut world = World::of_bundle(&sample(SAMPLE));
    world.athena.tables.insert("logs.trail".to_owned(), described());
    world.athena.engine = Some(Engine(Arc::new(|sql: &str| Ok(rows(sql)))));
    Case::new(world)
}

/// Starts to make the report of the sample's finding and items, with the calls from Athena.
fn start(case: &Case, more: &[&str]) -> Started {
    let part = |name: &str| sample(SAMPLE).join(name).to_str().expect("UTF-8").to_owned();
    let (finding, items) = (part("guardduty"), part("config"));
    let mut arguments = vec!["render", &finding, &items, "--cloudtrail", "athena:logs.trail"];
    arguments.extend(["--athena-region", "eu-west-1", "--lookback", "900"]);
    arguments.extend(["-o", "out.json"]);
    arguments.extend(more);
    case.start_with(&arguments, &[("AWS_ENDPOINT_URL", &case.fake.url())])
}

const OUTPUT: [&str; 2] = ["--athena-output", "s3://results/"];

fn gaps(report: &Value) -> Vec<String> {
    let all = report["gaps"].as_array().expect("gaps").iter();
    let through = all
        .filter(|gap| gap["asked"].as_str().is_some_and(|asked| asked.contains("through Athena")));
    through.map(|gap| gap["reason"].as_str().expect("a reason").to_owned()).collect()
}

/// What the same records say from a file.
fn from_a_file(case: &Case) -> Value {
    let held: Vec<Value> = corpus::records().iter().map(corpus::as_the_table_holds).collect();
    let file = case.path("records.json");
    std::fs::write(&file, json!({"Records": held}).to_string()).expect("a file");
    let parts = [sample(SAMPLE).join("guardduty"), sample(SAMPLE).join("config"), file];
    let [finding, items, file] = parts.each_ref().map(|path: &std::path::PathBuf| text(path));
    let out = case.offline(&["render", finding, items, file, "-f", "json", "-o", "-"]).exits(0).out;
    serde_json::from_slice(&out).expect("JSON")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

fn same_facts(report: &Value, expected: &Value) {
    for fact in FACTS {
        assert_eq!(report[fact], expected[fact], "{fact}");
    }
}

#[test]
fn a_report_through_athena_states_the_same_facts_page_by_page() {
    let case = case();
    case.fake.change(|world| world.athena.page = 50);
    let run = start(&case, &["--athena-workgroup", "responders"]).finish().exits(0);
    let report = case.json("out.json");
    same_facts(&report, &from_a_file(&case));
    assert_eq!(gaps(&report), Vec::<String>::new());
    assert_eq!(case.fake.unknown(), Vec::<String>::new());
    let started = case.fake.count("StartQueryExecution");
    assert!((2..=8).contains(&started), "{started}\n{}", run.err);
    assert!(case.fake.count("GetQueryResults") > 3 * started);
    assert!(case.fake.count("GetQueryExecution") >= 3 * started);
    assert_eq!(case.fake.count("LookupEvents"), 0);
    // 12,345,678 bytes are 13 MB, at 5 dollars a terabyte.
    assert!(run.err.contains("12345678 bytes read, about USD 0.000065"), "{}", run.err);
    for seen in case.fake.requests() {
        if seen.call.operation == "StartQueryExecution" {
            assert_eq!(seen.call.parameters["WorkGroup"], "responders");
            assert_eq!(seen.call.parameters["QueryExecutionContext"]["Database"], "logs");
            let sql = seen.call.parameters["QueryString"].as_str().expect("SQL");
            assert!(sql.contains("(\"timestamp\" >= '"), "{sql}");
        }
    }
}

#[test]
fn what_queries_read_and_cost_stands_in_the_report() {
    let case = case();
    let end = End { state: "FAILED", reason: "HIVE_<b>BAD</b>_DATA", retryable: false };
    case.fake.change(|world| world.athena.ends = vec![None, Some(end)]);
    start(&case, &["--athena-output", "s3://results/", "-f", "json", "-f", "html"])
        .finish()
        .exits(0);
    let report = case.json("out.json");
    let archives = report["archives"].as_array().expect("archives");
    assert_eq!(archives.len(), 1, "{archives:#?}");
    let queries = archives[0]["queries"].as_array().expect("queries");
    let started = case.fake.count("StartQueryExecution");
    assert_eq!((queries.len(), &archives[0]["passes"]), (started, &json!(started)));
    assert!(started > 2, "{queries:#?}");
    let mut asked = BTreeSet::new();
    for (number, query) in queries.iter().enumerate() {
        assert_eq!((&query["engine"], &query["table"]), (&json!("athena"), &json!("logs.trail")));
        assert_eq!(query["scanned_bytes"], 12_345_678);
        // 13 MB at 5 dollars a terabyte; what fails costs nothing.
        assert_eq!(query["millionths_of_usd"], if number == 1 { 0 } else { 65 });
        assert_eq!(query["rows"] == 0, number == 1, "{query}");
        assert_eq!(query["failed"].is_null(), number != 1, "{query}");
        asked.insert(query["sql"].as_str().expect("SQL").to_owned());
    }
    assert_eq!(asked, statements(&case));
    let page = String::from_utf8(case.bytes("out.html")).expect("UTF-8");
    for words in [
        &format!("the table logs.trail was asked through Athena in {started} queries:"),
        &format!(
            "{} bytes were read, for about USD 0.{:06} at USD 5 a terabyte.",
            started * 12_345_678,
            (started - 1) * 65
        ),
        "<td>12345678</td><td>USD 0.000065</td><td>it gave all its rows</td>",
        "<td>12345678</td><td>USD 0.000000</td><td>the query failed: HIVE_&lt;b&gt;BAD",
    ] {
        assert!(page.contains(words), "{words}");
    }
}

/// What was asked of Athena, each statement once.
fn statements(case: &Case) -> BTreeSet<String> {
    let starts = case.fake.requests().into_iter();
    starts
        .filter(|seen| seen.call.operation == "StartQueryExecution")
        .map(|seen| seen.call.parameters["QueryString"].as_str().expect("SQL").to_owned())
        .collect()
}

#[test]
fn what_passes_is_tried_again_and_each_query_runs_once() {
    let case = case();
    case.fake.fail("StartQueryExecution", 0..2, Fault::Throttle);
    case.fake.fail("StartQueryExecution", 3..4, Fault::Reset);
    case.fake.fail("GetQueryExecution", 1..3, Fault::Status(503, "slow down"));
    case.fake.fail("GetQueryResults", 0..1, Fault::CutJson);
    start(&case, &OUTPUT).finish().exits(0);
    let report = case.json("out.json");
    same_facts(&report, &from_a_file(&case));
    assert_eq!(gaps(&report), Vec::<String>::new());
    let mut tokens: Vec<(String, String)> = Vec::new();
    for seen in case.fake.requests() {
        if seen.call.operation == "StartQueryExecution" {
            let of = |name: &str| seen.call.parameters[name].as_str().expect("text").to_owned();
            tokens.push((of("ClientRequestToken"), of("QueryString")));
        }
    }
    let all = tokens.len();
    tokens.sort();
    tokens.dedup();
    assert_eq!(tokens.len(), all - 3, "what is tried again has the same token");
}

#[test]
fn a_query_that_fails_or_is_cancelled_is_a_gap_and_the_others_are_asked() {
    for (state, words) in [
        ("FAILED", "the query failed: HIVE_BAD_DATA"),
        ("CANCELLED", "the query was cancelled: HIVE_BAD_DATA"),
    ] {
        let case = case();
        let end = End { state, reason: "HIVE_BAD_DATA: not JSON.", retryable: false };
        case.fake.change(|world| world.athena.ends = vec![Some(end)]);
        start(&case, &OUTPUT).finish().exits(0);
        let gaps = gaps(&case.json("out.json"));
        assert_eq!(gaps.len(), 1, "{gaps:?}");
        assert!(gaps[0].contains(words) && gaps[0].contains("(query 00000000-"), "{gaps:?}");
    }
}

#[test]
fn a_query_that_athena_would_try_again_is_started_once_more() {
    let case = case();
    let end = End { state: "FAILED", reason: "Query exhausted resources", retryable: true };
    case.fake.change(|world| world.athena.ends = vec![Some(end)]);
    let run = start(&case, &OUTPUT).finish().exits(0);
    let report = case.json("out.json");
    assert_eq!(gaps(&report), Vec::<String>::new());
    same_facts(&report, &from_a_file(&case));
    // Both have read, and the one that failed costs nothing.
    let told = "24691356 bytes read, about USD 0.000065";
    assert!(run.err.contains(told), "{}", run.err);
}

#[test]
fn ctrl_c_cancels_the_query_and_writes_what_has_come() {
    let case = case();
    case.fake.change(|world| world.athena.endless = true);
    let started = start(&case, &OUTPUT);
    case.await_requests("GetQueryExecution", 4);
    started.signal("INT");
    started.finish().exits(0);
    assert_eq!(case.fake.count("StopQueryExecution"), 1);
    assert_eq!(case.fake.count("StartQueryExecution"), 1);
    let gaps = gaps(&case.json("out.json"));
    let cancelled =
        |gap: &&String| gap.contains("it was cancelled, as casefile was stopped (query");
    assert_eq!(gaps.iter().filter(cancelled).count(), 1, "{gaps:?}");
}

#[test]
fn what_is_not_permitted_is_said_with_the_permission() {
    let denied = case();
    denied.fake.fail("GetTableMetadata", .., Fault::AccessDenied);
    let run = start(&denied, &OUTPUT).finish().exits(1);
    assert!(run.err.contains("grant athena:GetTableMetadata"), "{}", run.err);

    let case = case();
    case.fake.fail("StartQueryExecution", .., Fault::AccessDenied);
    start(&case, &OUTPUT).finish().exits(0);
    assert_eq!(case.fake.count("StartQueryExecution"), 1, "the next one fares no better");
    let gaps = gaps(&case.json("out.json"));
    assert!(gaps.iter().any(|gap| gap.contains("grant athena:StartQueryExecution")), "{gaps:?}");
}

#[test]
fn a_table_that_is_not_there_and_results_without_a_place_are_said() {
    let lost = case();
    lost.fake.change(|world| world.athena.tables.clear());
    let run = start(&lost, &OUTPUT).finish().exits(1);
    assert!(run.err.contains("Table trail not found"), "{}", run.err);

    let case = case();
    start(&case, &[]).finish().exits(0);
    let gaps = gaps(&case.json("out.json"));
    assert!(gaps.iter().any(|gap| gap.contains("No output location provided")), "{gaps:?}");
}
