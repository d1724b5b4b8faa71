//! The command line.

use std::path::PathBuf;

use clap::{
    Args, Parser, Subcommand, ValueEnum,
    builder::{PossibleValue, PossibleValuesParser, styling},
};
use clap_complete::Shell;

const STYLES: styling::Styles = styling::Styles::styled()
    .header(styling::AnsiColor::Green.on_default().bold())
    .usage(styling::AnsiColor::Green.on_default().bold())
    .literal(styling::AnsiColor::Cyan.on_default().bold())
    .placeholder(styling::AnsiColor::Cyan.on_default());

/// From a GuardDuty finding about a Lambda function to one report that cites its records.
///
/// Results go to files or standard output, everything else to standard error. Exit codes: 0 the
/// report was written (what was not seen is listed in it), 1 it failed, 2 the command was wrong,
/// 3 the finding was not found, 4 written, but --fail-on-gaps was given and there are gaps.
#[derive(Debug, Parser)]
#[command(name = "casefile", version, styles = STYLES, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,

    /// When to use colour on the terminal.
    #[arg(long, global = true, value_enum, default_value_t = Colour::Auto, display_order = 900)]
    pub color: Colour,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Collect the evidence of a finding from AWS, and make the report.
    #[cfg(feature = "live")]
    Report(Report),
    /// Make a report from saved evidence, offline.
    Render(Box<Render>),
    /// Collect the evidence of a finding from AWS, without a report.
    #[cfg(feature = "live")]
    Collect(Collect),
    /// Recompute every hash of an evidence bundle and name what differs.
    Verify {
        /// The bundle: a folder or a zip file.
        bundle: PathBuf,
    },
    /// List recent findings to choose from: those about Lambda functions, newest first.
    #[cfg(feature = "live")]
    List(List),
    /// Print the least read-only IAM policy that casefile needs.
    ///
    /// It has two parts: the one printed by default is for the account in which findings are looked
    /// up, the one printed with --role for the account in which the function lives. Where that is
    /// the same account, grant both.
    Policy(Policy),
    /// Print the JSON Schema of the JSON report.
    Schema,
    /// Print a completion script.
    Completions {
        /// The shell to complete for.
        shell: Shell,
    },
}

/// Options of `render`.
#[derive(Debug, Args)]
pub struct Render {
    /// Evidence: bundles, saved files, folders, .gz, .zip; `-` is standard input. What they
    /// are is told by their content and not by their names.
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// A folder of CloudTrail log files, of any size, which is searched for the case's records;
    /// may be repeated. Folders among the PATHs are searched in the same way where they hold log
    /// files as CloudTrail delivers them. athena:DATABASE.TABLE, once, asks a table of such records
    /// through Athena, instead or beside.
    #[arg(long, value_name = "FOLDER")]
    pub cloudtrail: Vec<PathBuf>,

    /// How Athena is asked.
    #[command(flatten)]
    pub athena: Athena,

    /// Print the SQL of the first round of questions to Athena, and run nothing.
    #[arg(long, help_heading = "Athena")]
    pub dry_run: bool,

    /// Days before the activity for which Athena is asked, where no time follows from what was
    /// found.
    #[arg(long, value_name = "DAYS", default_value = "90", value_parser = days)]
    pub lookback: u32,

    /// Which finding, by id or ARN, where there are several.
    #[arg(long, value_name = "ID")]
    pub finding: Option<String>,

    /// Minutes before and after an actor's change within which its other calls are shown
    /// [default: as collected, else 60].
    #[arg(long, value_name = "MINUTES", value_parser = clap::value_parser!(u32).range(0..=10_080))]
    pub around: Option<u32>,

    /// The report's files.
    #[command(flatten)]
    pub output: Output,
}

/// How a table of `CloudTrail` records is asked, where --cloudtrail names one.
#[derive(Clone, Debug, Default, Args)]
pub struct Athena {
    /// The workgroup that runs the queries [default: primary].
    #[arg(long, value_name = "NAME", help_heading = "Athena")]
    pub athena_workgroup: Option<String>,

    /// Where Athena puts results, where the workgroup does not say: s3://BUCKET/PREFIX/.
    #[arg(long, value_name = "S3-URL", value_parser = s3_url, help_heading = "Athena")]
    pub athena_output: Option<String>,

    /// The Region of the table [default: that of the environment or the profile].
    #[arg(long, value_name = "REGION", help_heading = "Athena")]
    pub athena_region: Option<String>,

    /// The columns by which the table is partitioned, such as account,region,timestamp or
    /// region,year,month,day; dates written otherwise than yyyy/MM/dd as dt=yyyy-MM-dd; none
    /// [default: as the data catalogue says; of a dry run, none].
    #[arg(long, value_name = "COLUMNS", help_heading = "Athena")]
    pub athena_partitions: Option<String>,
}

/// Options of everything that writes a report.
#[derive(Clone, Debug, Args)]
pub struct Output {
    /// Where to write the report; `-` is standard output. The default is casefile-<first 8
    /// characters of the finding's id> in this folder. Of several files, each gets its own ending.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Form of the report; may be repeated. The default is what the ending of -o says, else html.
    #[arg(short, long, value_name = "FORM", value_parser = format_names())]
    pub format: Vec<String>,

    /// Pack every form, the cited records and SHA256SUMS into one attachment,
    /// casefile-<first 8>.zip. Other files are written only if -f or -o names them; -o x.zip does
    /// the same.
    #[arg(long)]
    pub zip: bool,

    /// Put the evidence bundle into the attachment too, as it was collected. It may hold live
    /// session tokens, and whoever sees the ticket can open it.
    #[arg(long)]
    pub raw_evidence: bool,

    /// Open the HTML report in the browser.
    #[arg(long)]
    pub open: bool,

    /// A second clock beside UTC, such as Asia/Tokyo.
    #[arg(long, value_name = "ZONE")]
    pub timezone: Option<String>,

    /// Exit with 4 when something was not seen.
    #[arg(long)]
    pub fail_on_gaps: bool,

    /// Say nothing but errors.
    #[arg(short, long)]
    pub quiet: bool,
}

/// Options of `report`.
#[cfg(feature = "live")]
#[derive(Debug, Args)]
pub struct Report {
    /// What to collect.
    #[command(flatten)]
    pub collection: Collection,

    /// Leave the evidence bundle out. The report cannot be made again then, nor checked.
    #[arg(long, conflicts_with_all = ["evidence", "raw_evidence"])]
    pub no_evidence: bool,

    /// The report's files.
    #[command(flatten)]
    pub output: Output,
}

/// Options of `collect`.
#[cfg(feature = "live")]
#[derive(Debug, Args)]
pub struct Collect {
    /// What to collect.
    #[command(flatten)]
    pub collection: Collection,

    /// Exit with 4 when something was not seen.
    #[arg(long)]
    pub fail_on_gaps: bool,

    /// Say nothing but errors.
    #[arg(short, long)]
    pub quiet: bool,
}

/// What to collect, and how far to go.
#[cfg(feature = "live")]
#[derive(Clone, Debug, Args)]
pub struct Collection {
    /// The finding: its id, its ARN, the console's URL, or a file (`-` is standard input) with its
    /// EventBridge event, GetFindings output, S3 export or Security Hub finding.
    #[arg(value_name = "FINDING")]
    pub finding: String,

    /// How AWS is reached.
    #[command(flatten)]
    pub aws: Aws,

    /// Look for the finding in every Region.
    #[arg(long)]
    pub all_regions: bool,

    /// The GuardDuty detector to ask, instead of the account's own.
    #[arg(long, value_name = "ID")]
    pub detector_id: Option<String>,

    /// The role to read with in the account in which the function lives, such as
    /// 'arn:aws:iam::{account}:role/NAME'.
    #[arg(long, value_name = "ARN")]
    pub role_arn: Option<String>,

    /// The external id that the role's trust policy asks for.
    #[arg(long, value_name = "ID", requires = "role_arn")]
    pub external_id: Option<String>,

    /// Days before the activity to look back. CloudTrail itself reaches back 90.
    #[arg(long, value_name = "DAYS", default_value = "90", value_parser = days)]
    pub lookback: u32,

    /// At most so many look-ups of CloudTrail, which allows two a second.
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub max_lookups: usize,

    /// A folder of CloudTrail log files, of any size, which is searched for the case's records
    /// beside what AWS answers; may be repeated. athena:DATABASE.TABLE, once, asks a table of such
    /// records through Athena, instead or beside. With --max-lookups 0 either stands in for look-ups.
    #[arg(long, value_name = "FOLDER")]
    pub cloudtrail: Vec<PathBuf>,

    /// How Athena is asked.
    #[command(flatten)]
    pub athena: Athena,

    /// Minutes before and after an actor's change within which its other calls are collected.
    #[arg(long, value_name = "MINUTES", default_value_t = 60, value_parser = clap::value_parser!(u32).range(0..=10_080))]
    pub around: u32,

    /// The folder for the evidence bundle, which must be new or empty. The default is
    /// casefile-<first 8 characters of the finding's id>.evidence in this folder.
    #[arg(long, value_name = "DIR")]
    pub evidence: Option<PathBuf>,
}

/// How AWS is reached: with credentials as every AWS tool finds them.
#[cfg(feature = "live")]
#[derive(Clone, Debug, Args)]
pub struct Aws {
    /// The Region of the finding [default: what the finding's ARN, URL or file says, else that of
    /// the environment or the profile].
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,

    /// The profile of the credentials.
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,

    /// Send everything there instead of to AWS.
    #[arg(long, value_name = "URL")]
    pub endpoint_url: Option<String>,

    /// Seconds to wait for an answer before asking again.
    #[arg(long, value_name = "SECONDS", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub timeout: u64,

    /// Say each call to AWS on standard error. Bodies and credentials are never said.
    #[arg(short, long, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// Options of `list`.
#[cfg(feature = "live")]
#[derive(Debug, Args)]
pub struct List {
    /// How AWS is reached.
    #[command(flatten)]
    pub aws: Aws,

    /// The findings of every resource type.
    #[arg(long)]
    pub all: bool,

    /// At most so many findings.
    #[arg(short = 'n', long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=500))]
    pub limit: u16,

    /// The GuardDuty detector to ask, instead of the account's own.
    #[arg(long, value_name = "ID")]
    pub detector_id: Option<String>,

    /// List the findings of every Region.
    #[arg(long)]
    pub all_regions: bool,
}

/// Options of `policy`.
#[derive(Debug, Args)]
pub struct Policy {
    /// Print the part for the account in which the function lives.
    #[arg(long)]
    pub role: bool,

    /// The role that casefile may assume there; {account} stands for any account.
    #[arg(long, value_name = "ARN", default_value = "arn:aws:iam::{account}:role/casefile")]
    pub role_arn: String,
}

/// A place in S3.
fn s3_url(text: &str) -> Result<String, String> {
    match text.strip_prefix("s3://") {
        Some(rest) if !rest.is_empty() && !rest.starts_with('/') => Ok(text.to_owned()),
        _ => Err("give s3://BUCKET/PREFIX/".to_owned()),
    }
}

/// A number of days, as `90` or `90d`.
fn days(text: &str) -> Result<u32, String> {
    let number = text.strip_suffix('d').unwrap_or(text);
    match number.parse() {
        Ok(days) if (1..=3650).contains(&days) => Ok(days),
        _ => Err("give a number of days from 1 to 3650".to_owned()),
    }
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

fn format_names() -> PossibleValuesParser {
    let forms = crate::render::ALL.iter();
    let values = forms.map(|form| PossibleValue::new(form.name()).help(form.about()));
    PossibleValuesParser::new(values)
}
