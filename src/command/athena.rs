//! `--cloudtrail athena:DATABASE.TABLE`.

use std::path::{Path, PathBuf};

use casefile::{
    Request, cli,
    collect::{
        archive,
        athena::{Dry, Key, Name, Table, Through},
    },
    error::Error,
    evidence::Intake,
};
use jiff::Timestamp;
#[cfg(feature = "live")]
use tokio::sync::watch;

#[cfg(feature = "athena")]
pub use asking::Begun;

use super::terminal::{WRONG_USAGE, complain, complain_of, print};

/// How a value of `--cloudtrail` begins that is no folder.
const PREFIX: &str = "athena:";

/// What is asked, and how.
#[cfg_attr(not(feature = "athena"), expect(dead_code, reason = "such a build asks nothing"))]
pub struct Asking<'a> {
    /// The table.
    pub name: Name,
    /// How it is asked.
    pub options: &'a cli::Athena,
    /// How AWS is reached, where options say so.
    #[cfg(feature = "live")]
    pub reach: Option<&'a cli::Aws>,
    /// Becomes true when the user stops the program, where somebody waits for that already.
    #[cfg(feature = "live")]
    pub stop: Option<watch::Receiver<bool>>,
    /// Days before the activity.
    pub lookback: u32,
    /// Say nothing but errors.
    pub quiet: bool,
    /// What time it is.
    pub clock: fn() -> Timestamp,
}

/// The folders among what `--cloudtrail` names, and the table; what is wrong is said, and its exit
/// code given.
pub fn apart(values: &[PathBuf]) -> Result<(Vec<PathBuf>, Option<Name>), u8> {
    fn table(value: &Path) -> Option<&str> {
        value.to_str()?.strip_prefix(PREFIX)
    }
    let folders: Vec<PathBuf> =
        values.iter().filter(|value| table(value).is_none()).cloned().collect();
    let tables: Vec<&str> = values.iter().filter_map(|value| table(value)).collect();
    let name = match tables.as_slice() {
        [] => None,
        [table] => Some(
            Name::parse(table)
                .map_err(|why| complain(&format!("ask Athena: {why}"), WRONG_USAGE))?,
        ),
        _ => {
            let what =
                "ask about every table that --cloudtrail names: give one, beside any folders";
            return Err(complain(what, WRONG_USAGE));
        }
    };
    Ok((folders, name))
}

impl Asking<'_> {
    /// Prints the SQL of the first round.
    pub fn dry_run(&self, intake: &mut Intake, request: &Request) -> u8 {
        let keys = match self.told() {
            Ok(keys) => keys,
            Err(code) => return code,
        };
        let assumed = match &self.options.athena_partitions {
            Some(told) => format!("-- The table is said to be partitioned by: {told}.\n"),
            None => {
                "-- Which columns the table is partitioned by was not said: as it stands, this \
                     reads all of it.\n-- See --athena-partitions.\n"
                    .to_owned()
            }
        };
        let table = Table::standard(self.name.clone(), keys.unwrap_or_default());
        let mut dry = Dry::default();
        // What log files hold could raise more questions; nothing is opened either.
        intake.logs.clear();
        intake.log_notices.clear();
        let through = Through { table, lookback_days: self.lookback, runs: &mut dry };
        if let Err(error) = casefile::search(intake, request, Some(through), &mut |_| {}) {
            return complain_of(&error);
        }
        if dry.statements.is_empty() {
            return print(b"-- Nothing would be asked: the finding is about no function.\n");
        }
        let statements: Vec<String> =
            dry.statements.iter().map(|statement| format!("{statement};\n")).collect();
        print(format!("{assumed}{}", statements.join("\n")).as_bytes())
    }

    /// The partitions that the options name.
    fn told(&self) -> Result<Option<Vec<Key>>, u8> {
        let told = self.options.athena_partitions.as_deref().map(Key::parse_all).transpose();
        told.map_err(|why| complain(&format!("read --athena-partitions: {why}"), WRONG_USAGE))
    }

    /// Says that this program cannot ask Athena, and how one is built that can.
    #[cfg(not(feature = "athena"))]
    pub fn begin(&self) -> Result<Begun, u8> {
        let what = "ask Athena: this casefile was built without it; build one with \
                    `cargo build --release --features athena`";
        Err(complain(what, WRONG_USAGE))
    }
}

/// What has been begun: nothing.
#[cfg(not(feature = "athena"))]
pub enum Begun {}

#[cfg(not(feature = "athena"))]
impl Begun {
    fn search(self, _: &mut Intake, _: &Request, _: Watch<'_>) -> Result<(), Error> {
        match self {}
    }
}

/// Is told how far the search of log files has come.
type Watch<'a> = &'a mut dyn FnMut(archive::Progress);

/// Searches the log files among what was opened, and asks about the table, if there is one.
pub fn search(
    begun: Option<Begun>,
    intake: &mut Intake,
    request: &Request,
    watch: Watch<'_>,
) -> Result<(), Error> {
    match begun {
        Some(begun) => begun.search(intake, request, watch),
        None => casefile::search_logs(intake, request, watch),
    }
}

#[cfg(feature = "athena")]
mod asking {
    use std::{
        io::{IsTerminal, stderr},
        sync::Arc,
        time::Duration,
    };

    use anstream::eprintln;
    use casefile::{
        Request,
        collect::{
            Aws, Settings,
            athena::{Client, Progress, Query, Ran, Runs, Table, Through},
        },
        error::Error,
        evidence::Intake,
        render::plain,
    };
    use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
    use tokio::runtime::Runtime;

    use super::{
        super::{
            runtime::{runtime, stopped},
            terminal::{FAILED, WRONG_USAGE, complain},
        },
        Asking, Watch,
    };

    /// Seconds to wait for an answer, unless told otherwise.
    const TIMEOUT: u64 = 20;

    /// A table that was found, and who runs queries about it.
    pub struct Begun {
        table: Table,
        lookback_days: u32,
        running: Running,
    }

    struct Running {
        client: Client,
        runtime: Runtime,
    }

    impl Runs for Running {
        fn run(&mut self, query: &Query) -> Ran {
            self.runtime.block_on(self.client.run(query))
        }
    }

    impl Begun {
        pub(super) fn search(
            mut self,
            intake: &mut Intake,
            request: &Request,
            watch: Watch<'_>,
        ) -> Result<(), Error> {
            let Self { table, lookback_days, .. } = self;
            let through = Through { table, lookback_days, runs: &mut self.running };
            casefile::search(intake, request, Some(through), watch)
        }
    }

    impl Asking<'_> {
        /// Asks the data catalogue about the table; what is wrong is said, and its exit code given.
        pub fn begin(&self) -> Result<Begun, u8> {
            let told = self.told()?;
            let start = |error| complain(&format!("start asking Athena: {error}"), FAILED);
            let runtime = runtime().map_err(start)?;
            let aws = Arc::new(runtime.block_on(Aws::new(&self.settings(), self.clock)));
            let Some(region) = aws.region().map(str::to_owned) else {
                let what = "ask Athena: say in which Region with --athena-region";
                return Err(complain(what, WRONG_USAGE));
            };
            if let Some(endpoint) = aws.endpoint().filter(|_| !self.quiet) {
                eprintln!("  asking {} instead of AWS", plain(endpoint));
            }
            let mut line = Line::new(self.quiet);
            let mut client = Client::new(
                aws,
                region,
                self.options.athena_workgroup.clone(),
                self.options.athena_output.clone(),
                self.stop.clone().unwrap_or_else(|| stopped(self.quiet)),
                self.clock,
                Box::new(move |progress| line.tell(progress)),
            );
            let described = runtime
                .block_on(client.describe(&self.name))
                .and_then(|description| Table::described(self.name.clone(), &description, told));
            let table = described.map_err(|why| complain(&format!("ask Athena: {why}"), FAILED))?;
            let running = Running { client, runtime };
            Ok(Begun { table, lookback_days: self.lookback, running })
        }

        fn settings(&self) -> Settings {
            let reach = self.reach;
            let own = |value: fn(&casefile::cli::Aws) -> Option<String>| reach.and_then(value);
            Settings {
                region: self
                    .options
                    .athena_region
                    .clone()
                    .or_else(|| own(|reach| reach.region.clone())),
                profile: own(|reach| reach.profile.clone()),
                endpoint_url: own(|reach| reach.endpoint_url.clone()),
                timeout: Duration::from_secs(reach.map_or(TIMEOUT, |reach| reach.timeout)),
            }
        }
    }

    /// How far a query has come, on standard error: a line that changes on a terminal, one line a
    /// query elsewhere.
    struct Line {
        quiet: bool,
        bar: Option<ProgressBar>,
        spent: u64,
    }

    impl Line {
        fn new(quiet: bool) -> Self {
            Self { quiet, bar: None, spent: 0 }
        }

        fn tell(&mut self, progress: &Progress) {
            if self.quiet {
                return;
            }
            let words = words(progress);
            if progress.ended {
                if let Some(bar) = self.bar.take() {
                    bar.finish_and_clear();
                }
                self.spent = self.spent.saturating_add(progress.millionths_of_usd);
                eprintln!("{words}; {} in all", dollars(self.spent));
            } else if stderr().is_terminal() {
                let bar = self.bar.get_or_insert_with(|| {
                    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
                    bar.enable_steady_tick(Duration::from_millis(120));
                    match ProgressStyle::with_template("{spinner} {msg}") {
                        Ok(style) => bar.with_style(style),
                        Err(_) => bar,
                    }
                });
                bar.set_message(words);
            }
        }
    }

    fn words(progress: &Progress) -> String {
        let Progress { number, state, scanned, millionths_of_usd, rows, .. } = progress;
        let state = plain(&state.to_lowercase());
        format!(
            "  Athena      query {number}: {state}, {rows} rows, {scanned} bytes read, about {} at \
             USD 5 a terabyte",
            dollars(*millionths_of_usd)
        )
    }

    fn dollars(millionths: u64) -> String {
        format!("USD {}.{:06}", millionths / 1_000_000, millionths % 1_000_000)
    }
}
