//! Athena itself: queries are started, waited for, read page by page, and stopped.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use serde_json::Value;
use tokio::{sync::watch, time::sleep};

use super::{Description, Name, Query, Ran, told::price};
use crate::{
    collect::{
        aws::{AthenaCall, Aws},
        live::{Answer, Fault},
    },
    evidence::sha256_hex,
};

/// A call is made so often in all, at most. Athena admits a few queries a second and some tens at a
/// time; the pauses between attempts grow to some 20 seconds together.
const ATTEMPTS: u32 = 8;

/// The first pause; each is twice as long as the one before, up to [`LONGEST`].
const FIRST: Duration = Duration::from_millis(200);

/// The longest pause between two attempts, or two looks at a query that is running.
const LONGEST: Duration = Duration::from_secs(5);

/// A query that Athena itself says may be tried again is started so often at most.
const STARTS: u32 = 2;

/// What is told of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Which query it is, from 1.
    pub number: usize,
    /// Athena's word: `QUEUED`, `RUNNING`, `SUCCEEDED`, `FAILED` or `CANCELLED`.
    pub state: String,
    /// Bytes that were read by now.
    pub scanned: u64,
    /// The price of these, in millionths of a US dollar.
    pub millionths_of_usd: u64,
    /// Rows that have come.
    pub rows: usize,
    /// Whether it has ended, and all rows have come that will.
    pub ended: bool,
}

/// Asks Athena in one Region.
pub struct Client {
    aws: Arc<Aws>,
    region: String,
    workgroup: Option<String>,
    output: Option<String>,
    database: String,
    stop: watch::Receiver<bool>,
    clock: fn() -> Timestamp,
    watch: Box<dyn FnMut(&Progress)>,
    number: usize,
}

/// How a query stands.
struct State {
    word: String,
    scanned: u64,
    reason: String,
    again: bool,
}

impl Client {
    /// Nothing has been asked yet. Becoming true, `stop` ends the query that is running.
    pub fn new(
        aws: Arc<Aws>,
        region: String,
        workgroup: Option<String>,
        output: Option<String>,
        stop: watch::Receiver<bool>,
        clock: fn() -> Timestamp,
        watch: Box<dyn FnMut(&Progress)>,
    ) -> Self {
        let database = String::new();
        Self { aws, region, workgroup, output, database, stop, clock, watch, number: 0 }
    }

    /// What the data catalogue says of a table; queries are run in its database from now on.
    ///
    /// # Errors
    /// Why it could not be learnt, as a sentence without a full stop.
    pub async fn describe(&mut self, name: &Name) -> Result<Description, String> {
        self.database.clone_from(&name.database);
        let call = AthenaCall::Describe {
            database: name.database.clone(),
            table: name.table.clone(),
            workgroup: self.workgroup.clone(),
        };
        let answer = self.send(&call).await.map_err(|why| words("GetTableMetadata", &why))?;
        let metadata = answer.get("TableMetadata").cloned().unwrap_or_default();
        let pairs = |list: &str| {
            let columns = metadata.get(list).and_then(Value::as_array).into_iter().flatten();
            let text = |column: &Value, name: &str| Some(column.get(name)?.as_str()?.to_owned());
            columns
                .filter_map(|column| {
                    Some((text(column, "Name")?, text(column, "Type").unwrap_or_default()))
                })
                .collect()
        };
        let properties = metadata.get("Parameters").and_then(Value::as_object);
        let properties = properties.into_iter().flatten();
        Ok(Description {
            columns: pairs("Columns"),
            keys: pairs("PartitionKeys"),
            properties: properties
                .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
                .collect(),
        })
    }

    /// Runs a query to its end, or until it shall stop.
    pub async fn run(&mut self, query: &Query) -> Ran {
        self.number += 1;
        let mut ran = Ran::default();
        for start in 1..=STARTS {
            let Ran { scanned, millionths_of_usd, .. } = ran;
            ran = Ran { scanned, millionths_of_usd, ..Ran::default() };
            if self.attempt(query, start, &mut ran).await {
                break;
            }
        }
        let word = if ran.failed.is_some() { "FAILED" } else { "SUCCEEDED" };
        self.tell(word, &ran, 0, true);
        ran
    }

    /// Starts it once; whether that is all that can be done.
    async fn attempt(&mut self, query: &Query, start: u32, ran: &mut Ran) -> bool {
        if *self.stop.borrow() {
            ran.failed = Some("it was not asked: casefile was stopped".to_owned());
            ran.stopped = true;
            return true;
        }
        let moment = (self.clock)().as_nanosecond();
        let token = sha256_hex(format!("{moment} {} {start} {}", self.number, query.sql));
        let call = AthenaCall::Start {
            sql: query.sql.clone(),
            database: self.database.clone(),
            token,
            workgroup: self.workgroup.clone(),
            output: self.output.clone(),
        };
        let id = match self.send(&call).await {
            Ok(answer) => answer.get("QueryExecutionId").and_then(Value::as_str).map(str::to_owned),
            Err(why) => {
                ran.failed = Some(words("StartQueryExecution", &why));
                // Without credentials or permission the next one fares no better.
                ran.stopped = why.fault().is_some_and(is_lasting);
                return true;
            }
        };
        let Some(id) = id else {
            ran.failed = Some("StartQueryExecution gave no id".to_owned());
            return true;
        };
        ran.id = Some(id.clone());
        let already = ran.scanned;
        let state = match self.end_of(&id, ran).await {
            Ok(Some(state)) => state,
            Ok(None) => return true,
            Err(why) => {
                // It may still run, and what it has read by now is paid for.
                let read = ran.scanned.saturating_sub(already);
                ran.millionths_of_usd = ran.millionths_of_usd.saturating_add(price(read));
                ran.failed = Some(words("GetQueryExecution", &why));
                return true;
            }
        };
        ran.scanned = already.saturating_add(state.scanned);
        if state.word != "FAILED" {
            ran.millionths_of_usd = ran.millionths_of_usd.saturating_add(price(state.scanned));
        }
        if state.word != "SUCCEEDED" {
            let ended = if state.word == "CANCELLED" { "was cancelled" } else { "failed" };
            let reason = state.reason.trim_end_matches('.');
            let colon = if reason.is_empty() { "" } else { ": " };
            ran.failed = Some(format!("the query {ended}{colon}{reason} (query {id})"));
            return !state.again;
        }
        self.rows(&id, ran).await;
        true
    }

    /// Waits for a query to end; `None` where it was stopped instead.
    async fn end_of(&mut self, id: &str, ran: &mut Ran) -> Result<Option<State>, Answer> {
        let already = ran.scanned;
        let mut pause = FIRST;
        loop {
            let state = state(&self.send(&AthenaCall::State { id: id.to_owned() }).await?);
            ran.scanned = already.saturating_add(state.scanned);
            self.tell(&state.word, ran, price(state.scanned), false);
            if matches!(state.word.as_str(), "SUCCEEDED" | "FAILED" | "CANCELLED") {
                return Ok(Some(state));
            }
            let mut stop = self.stop.clone();
            tokio::select! {
                () = sleep(pause) => {}
                () = stopped(&mut stop) => {
                    self.cancel(id, ran, already).await;
                    return Ok(None);
                }
            }
            pause = (pause * 3 / 2).min(LONGEST);
        }
    }

    /// Stops a query, so that it reads no more, and learns what it has read by then.
    async fn cancel(&mut self, id: &str, ran: &mut Ran, already: u64) {
        ran.stopped = true;
        let call = AthenaCall::Stop { id: id.to_owned() };
        let refused = self.aws.send_to_athena(&self.region, &call).await;
        let how = match refused.fault() {
            None => "it was cancelled, as casefile was stopped".to_owned(),
            Some(_) => format!(
                "casefile was stopped, and the query may still run: {}",
                words("StopQueryExecution", &refused)
            ),
        };
        let call = AthenaCall::State { id: id.to_owned() };
        if let Some(answer) = self.aws.send_to_athena(&self.region, &call).await.json() {
            ran.scanned = already.saturating_add(state(&answer).scanned);
        }
        let read = ran.scanned.saturating_sub(already);
        ran.millionths_of_usd = ran.millionths_of_usd.saturating_add(price(read));
        ran.failed = Some(format!("{how} (query {id})"));
    }

    /// Reads all pages of an answer. The first row of the first page has the names of the columns.
    async fn rows(&mut self, id: &str, ran: &mut Ran) {
        let mut page = None;
        loop {
            if *self.stop.borrow() {
                let came = ran.rows.len();
                ran.failed = Some(format!("casefile was stopped when {came} rows had come"));
                ran.stopped = true;
                return;
            }
            let call = AthenaCall::Results { id: id.to_owned(), page: page.clone() };
            let answer = match self.send(&call).await {
                Ok(answer) => answer,
                Err(why) => {
                    let why = words("GetQueryResults", &why);
                    ran.failed = Some(format!("{why}, when {} rows had come", ran.rows.len()));
                    return;
                }
            };
            let rows = answer.pointer("/ResultSet/Rows").and_then(Value::as_array);
            let Some(rows) = rows else {
                ran.failed = Some("GetQueryResults gave no rows".to_owned());
                return;
            };
            let names = usize::from(page.is_none());
            ran.rows.extend(rows.iter().skip(names).map(values));
            let next = answer.get("NextToken").and_then(Value::as_str).map(str::to_owned);
            if next.is_none() || next == page {
                return;
            }
            page = next;
            self.tell("SUCCEEDED", ran, 0, false);
        }
    }

    /// Makes a call until it succeeds, fails for good or has failed too often.
    async fn send(&self, call: &AthenaCall) -> Result<Value, Answer> {
        let mut pause = FIRST;
        for attempt in 1.. {
            let answer = self.aws.send_to_athena(&self.region, call).await;
            let fault = answer.fault();
            if fault.is_none() {
                return answer.json().ok_or(answer);
            }
            if attempt >= ATTEMPTS || !fault.is_some_and(Fault::passes) || *self.stop.borrow() {
                return Err(answer);
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST);
        }
        Err(Answer::default())
    }

    /// Tells how it stands; `running` is the price of what is running, beside that of what has ended.
    fn tell(&mut self, state: &str, ran: &Ran, running: u64, ended: bool) {
        (self.watch)(&Progress {
            number: self.number,
            state: state.to_owned(),
            scanned: ran.scanned,
            millionths_of_usd: ran.millionths_of_usd.saturating_add(running),
            rows: ran.rows.len(),
            ended,
        });
    }
}

/// Waits until it shall stop; for ever where nobody can say so any more.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    if stop.wait_for(|stopped| *stopped).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Whether whatever is asked next fails of the same.
fn is_lasting(fault: Fault) -> bool {
    matches!(fault, Fault::Credentials | Fault::Unrecognised | Fault::Denied)
}

fn words(operation: &str, why: &Answer) -> String {
    let said = why.words();
    let permission = if why.fault() == Some(Fault::Denied) {
        format!("; grant athena:{operation} and what docs/athena.md lists beside it")
    } else {
        String::new()
    };
    format!("{operation}: {}{permission}", said.trim_end_matches('.'))
}

fn state(answer: &Value) -> State {
    let of = |pointer: &str| answer.pointer(&format!("/QueryExecution{pointer}"));
    let text = |pointer: &str| of(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    State {
        word: text("/Status/State"),
        scanned: of("/Statistics/DataScannedInBytes").and_then(Value::as_u64).unwrap_or(0),
        reason: text("/Status/StateChangeReason"),
        again: of("/Status/AthenaError/Retryable").and_then(Value::as_bool).unwrap_or(false),
    }
}

fn values(row: &Value) -> Vec<Option<String>> {
    let data = row.get("Data").and_then(Value::as_array).into_iter().flatten();
    data.map(|value| value.get("VarCharValue")?.as_str().map(str::to_owned)).collect()
}
