//! How large reports are and how long they take: `cargo bench --bench report`.
//!
//! Every sample, and one of them with 1,000, 9,900 and 50,000 more calls of its actor. Sizes are
//! given against what a page may have, times against merely parsing the same evidence as JSON in
//! the same run: the best of several, each.

use std::{
    error::Error,
    io::Cursor,
    path::PathBuf,
    time::{Duration, Instant},
};

use casefile::{
    Request,
    evidence::{self, Intake, Limits},
    render, render_saved,
};
use serde_json::{Value, json};

/// What a ticket takes, in bytes.
const LARGEST: usize = 5_000_000;

const NAMES: [&str; 5] =
    ["GetParameter", "DescribeSecret", "ListObjectsV2", "GetCallerIdentity", "PutRolePolicy"];

fn main() -> Result<(), Box<dyn Error>> {
    println!(
        "{:<22}{:>7}{:>9}{:>9}{:>9}{:>8}{:>9}{:>9}{:>9}{:>9}{:>8}",
        "case",
        "rows",
        "records",
        "page",
        "of 5 MB",
        "script",
        "style",
        "parsing",
        "report",
        "page",
        "×parse"
    );
    for sample in samples()? {
        let name = sample.file_name().unwrap_or_default().to_string_lossy().into_owned();
        measure(&name, || evidence(std::slice::from_ref(&sample), Vec::new()))?;
    }
    for calls in [1_000, 9_900, 50_000] {
        let more = calls_of_the_actor(calls);
        let paths = [folder().join("bitcoin-tool"), PathBuf::from("-")];
        measure(&format!("{calls} calls more"), || evidence(&paths, more.clone()))?;
    }
    Ok(())
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("samples")
}

fn samples() -> Result<Vec<PathBuf>, std::io::Error> {
    let mut samples: Vec<PathBuf> = folder()
        .read_dir()?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    samples.sort();
    Ok(samples)
}

fn evidence(paths: &[PathBuf], more: Vec<u8>) -> Result<Intake, Box<dyn Error>> {
    Ok(evidence::open(paths, &mut Cursor::new(more), &Limits::default())?)
}

/// A log file of calls that the actor of the sample made while it changed the function.
fn calls_of_the_actor(count: usize) -> Vec<u8> {
    let records: Vec<Value> = (0..count)
        .map(|at| {
            let (second, name) = (at % 3000, NAMES.get(at % NAMES.len()).unwrap_or(&"GetObject"));
            json!({
                "eventVersion": "1.11",
                "userIdentity": {
                    "type": "IAMUser",
                    "principalId": "AIDACI7DEPLOYEXAMPLE",
                    "arn": "arn:aws:iam::111122223333:user/ci-deployer",
                    "accountId": "111122223333",
                    "accessKeyId": "AKIAQ2NEWKEY4EXAMPLE",
                    "userName": "ci-deployer",
                },
                "eventTime": format!("2026-11-20T02:{:02}:{:02}Z", second / 60, second % 60),
                "eventSource": "ssm.amazonaws.com",
                "eventName": name,
                "awsRegion": "ap-northeast-1",
                "sourceIPAddress": "203.0.113.44",
                "userAgent": "Boto3/1.34.46",
                "requestParameters": { "name": format!("/orders/{at}") },
                "responseElements": null,
                "readOnly": true,
                "eventID": format!("{at:08x}-aaaa-4aaa-8aaa-aaaaaaaaaaaa"),
                "eventType": "AwsApiCall",
                "recipientAccountId": "111122223333",
            })
        })
        .collect();
    json!({ "Records": records }).to_string().into_bytes()
}

fn measure(
    name: &str,
    open: impl Fn() -> Result<Intake, Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    let intake = open()?;
    let page = render::by_name("html").ok_or("no page")?;
    let (parsing, values) = best(|| {
        let parsed = intake.documents.iter().map(|d| serde_json::from_slice::<Value>(&d.bytes));
        parsed.filter(Result::is_ok).count()
    });
    let (making, report) = best(|| render_saved(&intake, &Request::default()));
    let report = report?;
    let (drawing, html) = best(|| page.render(&report));
    let html = String::from_utf8(html?)?;
    let part = |start: &str, end: &str| {
        html.split_once(start)
            .and_then(|(_, rest)| rest.split_once(end))
            .map_or(0, |(part, _)| part.len())
    };
    println!(
        "{name:<22}{:>7}{:>9}{:>6} KB{:>8.1}%{:>8}{:>9}{:>6} ms{:>6} ms{:>6} ms{:>8.1}",
        report.timeline.len(),
        report.evidence.len(),
        html.len() / 1000,
        100.0 * html.len() as f64 / LARGEST as f64,
        part("<script>", "</script>"),
        part("<style>", "</style>"),
        parsing.as_millis(),
        making.as_millis(),
        drawing.as_millis(),
        (making + drawing).as_secs_f64() / parsing.as_secs_f64(),
    );
    assert!(values > 0 || intake.documents.is_empty(), "no document is JSON");
    Ok(())
}

/// The shortest of some runs, and what the last gave.
fn best<T>(run: impl Fn() -> T) -> (Duration, T) {
    let started = Instant::now();
    let mut made = run();
    let mut shortest = started.elapsed();
    for _ in 0..if shortest < Duration::from_millis(200) { 9 } else { 1 } {
        let started = Instant::now();
        made = run();
        shortest = shortest.min(started.elapsed());
    }
    (shortest, made)
}
