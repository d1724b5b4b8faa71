//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum, builder::styling};
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
    #[arg(long, global = true, value_enum, default_value_t = Colour::Auto)]
    pub color: Colour,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a report from saved evidence, offline.
    Render(Render),
    /// Recompute every hash of an evidence bundle and name what differs.
    Verify {
        /// The bundle: a folder or a zip file.
        bundle: PathBuf,
    },
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

    /// Which finding, by id or ARN, where there are several.
    #[arg(long, value_name = "ID")]
    pub finding: Option<String>,

    /// Where to write the report; `-` is standard output. The default is casefile-<first 8
    /// characters of the finding's id> in this folder.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Form of the report; may be repeated. The default is what the ending of -o says, else html.
    #[arg(short, long, value_name = "FORM", value_parser = format_names())]
    pub format: Vec<String>,

    /// A second clock beside UTC, such as Asia/Tokyo.
    #[arg(long, value_name = "ZONE")]
    pub timezone: Option<String>,

    /// Minutes before and after an actor's change within which its other calls are shown
    /// [default: as collected, else 60].
    #[arg(long, value_name = "MINUTES", value_parser = clap::value_parser!(u32).range(0..=10_080))]
    pub around: Option<u32>,

    /// Exit with 4 when something was not seen.
    #[arg(long)]
    pub fail_on_gaps: bool,

    /// Say nothing but errors.
    #[arg(short, long)]
    pub quiet: bool,
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

fn format_names() -> clap::builder::PossibleValuesParser {
    clap::builder::PossibleValuesParser::new(crate::render::ALL.iter().map(|format| format.name()))
}
