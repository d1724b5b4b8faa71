//! `--cloudtrail athena:DATABASE.TABLE`.

use std::path::{Path, PathBuf};

use casefile::{
    Request, ask_athena, cli,
    collect::athena::{Dry, Key, Name, Table},
    evidence::Intake,
};
use jiff::Timestamp;

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
    let name = match (tables.as_slice(), folders.is_empty()) {
        ([], _) => None,
        ([table], true) => Some(
            Name::parse(table)
                .map_err(|why| complain(&format!("ask Athena: {why}"), WRONG_USAGE))?,
        ),
        _ => {
            let what = "search everything that --cloudtrail names: give folders, or one table";
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
        if let Err(error) = ask_athena(intake, request, table, self.lookback, &mut dry) {
            return complain_of(&error);
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

    /// Asks, and puts what was found among the documents; what is wrong is said, and its exit code
    /// given.
    #[cfg(not(feature = "athena"))]
    pub fn ask(&self, _: &mut Intake, _: &Request) -> Result<(), u8> {
        Err(refused())
    }
}

/// Says that this program cannot ask Athena, and how one is built that can.
pub fn refused() -> u8 {
    let what = "ask Athena: this casefile was built without it; build one with \
                `cargo build --release --features athena`";
    complain(what, WRONG_USAGE)
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
        Request, ask_athena,
        collect::{
            Aws, Settings,
            athena::{Client, Progress, Query, Ran, Runs, Table},
        },
        evidence::Intake,
        render::plain,
    };
    use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
    use tokio::runtime::Runtime;

    use super::{
        super::{
            runtime::{runtime, stopped},
            terminal::{FAILED, WRONG_USAGE, complain, complain_of},
        },
        Asking,
    };

    /// Seconds to wait for an answer, unless told otherwise.
    const TIMEOUT: u64 = 20;

    struct Running<'a> {
        client: Client<'a>,
        runtime: &'a Runtime,
    }

    impl Runs for Running<'_> {
        fn run(&mut self, query: &Query) -> Ran {
            self.runtime.block_on(self.client.run(query))
        }
    }

    impl Asking<'_> {
        /// Asks, and puts what was found among the documents; what is wrong is said, and its exit
        /// code given.
        pub fn ask(&self, intake: &mut Intake, request: &Request) -> Result<(), u8> {
            if !intake.logs.is_empty() {
                let what = "search log files and a table at once: give either";
                return Err(complain(what, WRONG_USAGE));
            }
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
            let mut watch = |progress: &Progress| line.tell(progress);
            let mut client = Client::new(
                aws,
                region,
                self.options.athena_workgroup.clone(),
                self.options.athena_output.clone(),
                stopped(self.quiet),
                self.clock,
                &mut watch,
            );
            let described = runtime
                .block_on(client.describe(&self.name))
                .and_then(|description| Table::described(self.name.clone(), &description, told));
            let table = described.map_err(|why| complain(&format!("ask Athena: {why}"), FAILED))?;
            let mut running = Running { client, runtime: &runtime };
            ask_athena(intake, request, table, self.lookback, &mut running)
                .map_err(|error| complain_of(&error))
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
