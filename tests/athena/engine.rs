//! Runs the SQL for real, in a process of Python (`engine.py`).

use std::{
    env,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use serde_json::{Value, json};

/// Rows, with values in the order of the columns.
pub type Rows = Vec<Vec<Option<String>>>;

/// A process that holds a table of records.
pub struct Engine {
    child: Child,
    to: Option<ChildStdin>,
    from: BufReader<ChildStdout>,
}

impl Engine {
    /// Starts it with these records in the table `logs.trail`; `None`, and a notice, on a machine
    /// that has not what it takes. `CASEFILE_PYTHON` names the Python that has the packages of
    /// `requirements.txt`, and makes its lack a failure.
    pub fn start(records: &[Value]) -> Option<Self> {
        let named = env::var_os("CASEFILE_PYTHON").map(PathBuf::from);
        let python = named.clone().unwrap_or_else(|| "python3".into());
        let mut tried = Command::new(&python);
        tried.args(["-c", "import duckdb, sqlglot, trino_query_parser"]).stderr(Stdio::null());
        if !tried.status().is_ok_and(|status| status.success()) {
            assert!(named.is_none(), "{} lacks the packages of the engine", python.display());
            eprintln!(
                "\n*** SKIPPED: the SQL for Athena was not run. Install tests/athena/requirements.txt \
                 and name that Python with CASEFILE_PYTHON. ***\n"
            );
            return None;
        }
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/athena/engine.py");
        let mut child = Command::new(python)
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python runs");
        let from = BufReader::new(child.stdout.take().expect("its output"));
        let to = child.stdin.take();
        let mut engine = Self { child, to, from };
        engine.ask(&json!({"records": records})).expect("the records");
        Some(engine)
    }

    /// Runs a statement.
    pub fn run(&mut self, sql: &str) -> Result<Rows, String> {
        self.ask(&json!({"sql": sql}))
    }

    fn ask(&mut self, asked: &Value) -> Result<Rows, String> {
        let to = self.to.as_mut().expect("its input");
        writeln!(to, "{asked}").expect("it listens");
        let mut line = String::new();
        self.from.read_line(&mut line).expect("an answer");
        let mut answer: Value = serde_json::from_str(&line).expect("JSON");
        match answer["error"].as_str() {
            Some(error) => Err(error.to_owned()),
            None => Ok(serde_json::from_value(answer["rows"].take()).expect("rows")),
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // It ends with its input.
        self.to = None;
        let _ = self.child.wait();
    }
}
