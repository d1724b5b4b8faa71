//! A table of records, asked through Athena: queries queue and run, fail, and are cancelled.

use std::{collections::BTreeSet, path::Path, sync::Arc};

use serde_json::{Value, json};

use crate::{
    aws::{End, Engine, Fault, Rows, World, names},
    case::{Case, Started, finding, rendered},
    corpus,
    program::{FACTS, sample},
    sown::Sown,
};

const SAMPLE: &str = "malicious-ip-caller";

/// All records of the samples, whatever the statement asks for.
fn rows(sql: &str) -> Rows {
    corpus::rows(&corpus::records(), &names(sql))
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

/// Starts to collect, with calls from Athena and from so many look-ups.
fn start_live(case: &Case, command: &str, lookups: &str, more: &[&str]) -> Started {
    let (id, region) = finding(SAMPLE);
    let fixed = [command, &id, "--region", &region, "--cloudtrail", "athena:logs.trail"];
    let look = ["--lookback", "900", "--max-lookups", lookups];
    case.start(&[&fixed[..], &OUTPUT, &look, more].concat())
}

/// Where the evidence of the sample's finding is put.
fn bundle() -> String {
    let (id, _) = finding(SAMPLE);
    format!("casefile-{}.evidence", id.get(..8).expect("an id"))
}

/// The bundle is whole, and gives the same bytes as were made live.
fn gives_the_same_again(case: &Case) {
    let bundle = bundle();
    case.offline(&["verify", &bundle]).exits(0);
    for (form, made) in [("json", "out.json"), ("html", "out.html")] {
        let again = case.offline(&["render", &bundle, "-q", "-f", form, "-o", "-"]).exits(0).out;
        assert!(again == case.bytes(made), "{form} of the bundle is another");
    }
}

const FORMS: [&str; 6] = ["-f", "json", "-f", "html", "-o", "out.json"];

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
        &format!("the table logs.trail was asked through Athena in {started} queries, which gave "),
        &format!(
            "are nowhere else in the evidence. {} bytes were read, for about USD 0.{:06} at USD 5 a terabyte.",
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
fn a_live_report_takes_its_calls_from_athena_and_its_bundle_gives_the_same_bytes() {
    let case = case();
    start_live(&case, "report", "0", &FORMS).finish().exits(0);
    assert_eq!(case.fake.count("LookupEvents"), 0);
    assert_eq!(case.fake.unknown(), Vec::<String>::new());
    let report = case.json("out.json");
    same_facts(&report, &from_a_file(&case));
    assert_eq!(gaps(&report), Vec::<String>::new());
    let queries = report["archives"][0]["queries"].as_array().expect("queries");
    assert_eq!(queries.len(), case.fake.count("StartQueryExecution"));
    assert!(queries.iter().all(|query| query["scanned_bytes"] == 12_345_678), "{queries:#?}");
    gives_the_same_again(&case);
}

#[test]
fn a_collection_keeps_what_athena_gave_for_the_report() {
    let case = case();
    start_live(&case, "collect", "0", &[]).finish().exits(0);
    assert_eq!(case.names(), [bundle()]);
    case.offline(&["verify", &bundle()]).exits(0);
    let started = case.fake.count("StartQueryExecution");
    assert!(started > 0);
    let report = rendered(&case.path(&bundle()));
    same_facts(&report, &from_a_file(&case));
    let queries = report["archives"][0]["queries"].as_array().map(Vec::len);
    assert_eq!(queries, Some(started));
}

/// Look-ups and log files have whole records: what they have is not taken from the table too.
#[test]
fn beside_look_ups_and_log_files_a_table_adds_what_they_lack() {
    let whole = rendered(&sample(SAMPLE));
    let sown = Sown::of(&sample(SAMPLE));
    let logs = sown.folder().join("logs");
    let logs = logs.to_str().expect("UTF-8");
    for (lookups, beside, archives) in [("100", &[][..], 1), ("0", &["--cloudtrail", logs], 2)] {
        let case = case();
        let more = [&FORMS[..], beside].concat();
        start_live(&case, "report", lookups, &more).finish().exits(0);
        let report = case.json("out.json");
        same_facts(&report, &whole);
        let all = report["archives"].as_array().expect("archives");
        assert_eq!(all.len(), archives, "{all:#?}");
        let table = all.last().expect("that of the table");
        assert_eq!(table["found"], 0, "{table:#}");
        assert!(table["queries"][0]["rows"].as_u64() > Some(0), "{table:#}");
        gives_the_same_again(&case);
    }
}

#[test]
fn a_live_report_that_is_stopped_while_a_query_runs_cancels_it_and_is_written() {
    let case = case();
    case.fake.change(|world| world.athena.endless = true);
    let started = start_live(&case, "report", "0", &FORMS);
    case.await_requests("GetQueryExecution", 4);
    started.signal("INT");
    let run = started.finish().exits(0);
    assert_eq!(run.err.matches("stopping: what has come is written").count(), 1, "{}", run.err);
    assert_eq!(case.fake.count("StopQueryExecution"), 1);
    let report = case.json("out.json");
    assert!(gaps(&report)[0].contains("it was cancelled, as casefile was stopped"));
    // What it had read by then is paid for.
    assert_eq!(report["archives"][0]["queries"][0]["millionths_of_usd"], 65);
    gives_the_same_again(&case);
}

#[test]
fn a_live_report_learns_of_its_table_before_anything_is_collected() {
    let case = case();
    case.fake.change(|world| world.athena.tables.clear());
    let run = start_live(&case, "report", "0", &FORMS).finish().exits(1);
    assert!(run.err.contains("Table trail not found"), "{}", run.err);
    assert_eq!(case.fake.count("GetFindings"), 0);
    assert_eq!(case.names(), Vec::<String>::new());
}

#[test]
fn a_dry_run_asks_nobody() {
    let case = case();
    let run = start(&case, &["--dry-run", "--athena-partitions", "account,timestamp"]);
    let sql = String::from_utf8(run.finish().exits(0).out).expect("UTF-8");
    assert!(sql.contains("FROM \"logs\".\"trail\""), "{sql}");
    assert_eq!(case.fake.requests().len(), 0);
    assert_eq!(case.names(), Vec::<String>::new());
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
