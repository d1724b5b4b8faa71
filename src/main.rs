//! The `casefile` command: parse, run, say what happened, exit code.

mod command;

use std::process::ExitCode;

use anstream::ColorChoice;
use casefile::{
    cli::{Cli, Colour, Command},
    report,
};
use clap::{CommandFactory, Parser};
use command::terminal::print;
use jiff::Timestamp;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match cli.color {
        Colour::Auto => ColorChoice::Auto,
        Colour::Always => ColorChoice::Always,
        Colour::Never => ColorChoice::Never,
    }
    .write_global();
    let code = match cli.command {
        #[cfg(feature = "live")]
        Command::Report(options) => command::report(&options, now),
        Command::Render(options) => command::render(&options, now),
        #[cfg(feature = "live")]
        Command::Collect(options) => command::collect(&options, now),
        Command::Verify { bundle } => command::verify(&bundle),
        #[cfg(feature = "live")]
        Command::List(options) => command::list(&options, now),
        Command::Policy(options) => command::print_policy(&options),
        Command::Schema => print(format!("{:#}\n", report::schema()).as_bytes()),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "casefile", &mut script);
            print(&script)
        }
    };
    ExitCode::from(code)
}

/// What time it is, to the millisecond.
fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}
