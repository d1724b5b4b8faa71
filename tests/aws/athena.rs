//! Athena: queries that are queued, run, and end as it was set.

use std::{collections::BTreeMap, fmt, sync::Arc};

use serde_json::{Value, json};

use super::{call::Call, refusal::Refusal, token, world::World};

/// Rows, with values in the order of the columns.
pub type Rows = Vec<Vec<Option<String>>>;

/// Gives the rows of a statement, or why there are none.
type Running = dyn Fn(&str) -> Result<Rows, String> + Send + Sync;

/// What runs a statement.
#[derive(Clone)]
pub struct Engine(pub Arc<Running>);

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Engine")
    }
}

/// How a query ends that does not succeed.
#[derive(Clone, Debug)]
pub struct End {
    /// `FAILED` or `CANCELLED`.
    pub state: &'static str,
    /// Why.
    pub reason: &'static str,
    /// Whether it may be tried again.
    pub retryable: bool,
}

/// What there is of Athena.
#[derive(Clone, Debug)]
pub struct Athena {
    /// Tables as the catalogue describes them, by `database.table`.
    pub tables: BTreeMap<String, Value>,
    /// What runs statements; without it, none gives a row.
    pub engine: Option<Engine>,
    /// How the next queries end, one each; when these are used up, they succeed.
    pub ends: Vec<Option<End>>,
    /// Queries never end by themselves.
    pub endless: bool,
    /// Rows on a page, that of the names included.
    pub page: usize,
    /// Bytes that each query reads.
    pub scanned: u64,
    executions: BTreeMap<String, Execution>,
    tokens: BTreeMap<String, String>,
}

impl Default for Athena {
    fn default() -> Self {
        Self {
            tables: BTreeMap::new(),
            engine: None,
            ends: Vec::new(),
            endless: false,
            page: 1000,
            scanned: 12_345_678,
            executions: BTreeMap::new(),
            tokens: BTreeMap::new(),
        }
    }
}

#[derive(Clone, Debug)]
struct Execution {
    sql: String,
    looks: usize,
    stopped: bool,
    rows: Rows,
    end: Option<End>,
}

impl Execution {
    fn state(&self, endless: bool) -> &'static str {
        match (self.stopped, self.looks) {
            (true, _) => "CANCELLED",
            (false, 0 | 1) => "QUEUED",
            (false, 2) => "RUNNING",
            _ if endless => "RUNNING",
            _ => self.end.as_ref().map_or("SUCCEEDED", |end| end.state),
        }
    }
}

fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::new("InvalidRequestException", message)
}

/// Answers an operation.
pub fn operate(world: &mut World, call: &Call) -> Result<Value, Refusal> {
    let athena = &mut world.athena;
    if call.operation == "GetTableMetadata" {
        let (database, table) = (required(call, "DatabaseName")?, required(call, "TableName")?);
        required(call, "CatalogName")?;
        let known = athena.tables.get(&format!("{database}.{table}"));
        let missing = || {
            Refusal::new(
                "MetadataException",
                format!("EntityNotFoundException: Table {table} not found."),
            )
        };
        return known.map(|table| json!({"TableMetadata": table})).ok_or_else(missing);
    }
    if call.operation == "StartQueryExecution" {
        return start(athena, call);
    }
    let id = required(call, "QueryExecutionId")?;
    let endless = athena.endless;
    let execution = athena
        .executions
        .get_mut(id)
        .ok_or_else(|| invalid(format!("QueryExecution {id} was not found")))?;
    match call.operation.as_str() {
        "GetQueryExecution" => {
            execution.looks += 1;
            let end = execution.end.as_ref().filter(|_| execution.looks > 2);
            Ok(json!({"QueryExecution": {
                "QueryExecutionId": id,
                "Query": execution.sql,
                "Status": {
                    "State": execution.state(endless),
                    "StateChangeReason": end.map(|end| end.reason),
                    "AthenaError": end.map(|end| json!({"Retryable": end.retryable})),
                },
                "Statistics": {
                    "DataScannedInBytes": if execution.looks > 1 { athena.scanned } else { 0 },
                },
            }}))
        }
        "StopQueryExecution" => {
            execution.stopped = true;
            Ok(json!({}))
        }
        _ => {
            if execution.state(endless) != "SUCCEEDED" {
                let state = execution.state(endless);
                return Err(invalid(format!(
                    "Query did not finish successfully. Final query state: {state}"
                )));
            }
            let size = call.whole("MaxResults")?.unwrap_or(1000);
            let size = usize::try_from(size).ok().filter(|size| (1..=1000).contains(size));
            let size = size.ok_or_else(|| invalid("MaxResults must be between 1 and 1000"))?;
            let from = token::open(call, "NextToken")?.and_then(|at| at.as_u64()).unwrap_or(0);
            let from = usize::try_from(from).unwrap_or(usize::MAX);
            let names = names(&execution.sql);
            let mut rows = vec![names.iter().cloned().map(Some).collect()];
            rows.extend(execution.rows.iter().cloned());
            let page: Vec<Value> = rows
                .iter()
                .skip(from)
                .take(size.min(athena.page))
                .map(|values| row(values))
                .collect();
            let next = from + page.len();
            let columns: Vec<Value> =
                names.iter().map(|name| json!({"Name": name, "Type": "varchar"})).collect();
            let mut answer = json!({"ResultSet": {
                "Rows": page, "ResultSetMetadata": {"ColumnInfo": columns},
            }});
            if next < rows.len() {
                answer["NextToken"] = token::issue(call, next).into();
            }
            Ok(answer)
        }
    }
}

fn start(athena: &mut Athena, call: &Call) -> Result<Value, Refusal> {
    let sql = required(call, "QueryString")?;
    let token = required(call, "ClientRequestToken")?;
    if !(32..=128).contains(&token.len()) {
        return Err(invalid("ClientRequestToken has 32 to 128 characters"));
    }
    if sql.len() > 262_144 {
        return Err(invalid("QueryString has at most 262144 characters"));
    }
    let workgroup = call.text("WorkGroup")?.is_some();
    let output = call.parameters.pointer("/ResultConfiguration/OutputLocation");
    if !workgroup && output.is_none() {
        return Err(invalid(
            "No output location provided. An output location is required either \
                            through the Workgroup result configuration setting or as an API input.",
        ));
    }
    // The same token is the same query.
    if let Some(id) = athena.tokens.get(token) {
        return Ok(json!({"QueryExecutionId": id}));
    }
    let end = if athena.ends.is_empty() { None } else { athena.ends.remove(0) };
    let rows = match &athena.engine {
        Some(engine) => engine.0(sql).map_err(invalid)?,
        None => Vec::new(),
    };
    let id = format!("00000000-0000-4000-8000-{:012}", athena.executions.len());
    let execution = Execution { sql: sql.to_owned(), looks: 0, stopped: false, rows, end };
    athena.executions.insert(id.clone(), execution);
    athena.tokens.insert(token.to_owned(), id.clone());
    Ok(json!({"QueryExecutionId": id}))
}

fn required<'a>(call: &'a Call, name: &str) -> Result<&'a str, Refusal> {
    call.text(name)?.ok_or_else(|| invalid(format!("{name} is required")))
}

/// The names that a statement selects: those before its first `FROM`.
pub fn names(sql: &str) -> Vec<String> {
    let selected = sql.split("\nFROM").next().unwrap_or_default();
    selected.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

fn row(values: &[Option<String>]) -> Value {
    let value = |value: &Option<String>| match value {
        Some(text) => json!({"VarCharValue": text}),
        None => json!({}),
    };
    json!({"Data": values.iter().map(value).collect::<Vec<Value>>()})
}
