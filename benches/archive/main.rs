//! How long it takes to ask an archive of log files: `cargo bench --bench archive`.
//!
//! An archive is made whose truth is known, and casefile, a mere decompression and what a
//! responder would use instead are run over it in turn, each as a process of its own. No time is
//! asserted; a wrong answer is an error.

#![expect(clippy::expect_used, reason = "what is measured may stop")]

mod contest;
mod corpus;
mod inflate;
mod measure;
mod table;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Parser;

use contest::Contestant;
use corpus::{Fallible, Options, Truth};
use measure::Taken;
use table::Row;

/// The argument that makes this program one that inflates.
const INFLATE: &str = "--inflate";

/// Measures what it takes to ask an archive of CloudTrail's log files.
#[derive(Debug, Parser)]
#[command(name = "cargo bench --bench archive --")]
struct Choice {
    /// How many bytes of JSON the archive holds: a number, with KB, MB or GB.
    #[arg(long, default_value = "1GB", value_parser = size)]
    size: u64,
    /// Where the archive is made, and found again by the next run; the default is a folder for
    /// this size, case and seed beside what cargo builds.
    #[arg(long)]
    folder: Option<PathBuf>,
    /// The sample that is planted.
    #[arg(long, default_value = "bitcoin-tool")]
    case: String,
    /// Another seed makes another archive.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many days the archive spans.
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u32).range(75..=3650))]
    days: u32,
    /// Near misses of each kind.
    #[arg(long, default_value_t = 8)]
    misses: usize,
    /// Puts damaged files among the sound ones.
    #[arg(long)]
    damage: bool,
    /// Puts all files into one folder, under names that tell nothing.
    #[arg(long)]
    flat: bool,
    /// Runs these alone, beside the decompression; may be repeated.
    #[arg(long)]
    only: Vec<String>,
    /// How often each is run.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..))]
    rounds: u16,
    /// Makes the archive and runs nothing.
    #[arg(long)]
    make_only: bool,
    /// What cargo says when it is asked to measure.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Fallible<ExitCode> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.split_first() {
        Some((first, rest)) if first == measure::WAIT => {
            measure::wait(rest)?;
            return Ok(ExitCode::SUCCESS);
        }
        Some((first, [folder])) if first == INFLATE => {
            println!("{}", inflate::all(Path::new(folder))?);
            return Ok(ExitCode::SUCCESS);
        }
        _ => {}
    }
    let choice = Choice::parse();
    if !choice.bench {
        // `cargo test --benches` runs this too, and asks for no measurement.
        println!("nothing is measured without cargo bench");
        return Ok(ExitCode::SUCCESS);
    }
    let (folder, truth) = corpus(&choice)?;
    if choice.make_only {
        return Ok(ExitCode::SUCCESS);
    }
    measured(&choice, &folder, &truth)
}

/// The archive of these options, which is made unless it is there.
fn corpus(choice: &Choice) -> Fallible<(PathBuf, Truth)> {
    let options = Options {
        case: choice.case.clone(),
        size: choice.size,
        seed: choice.seed,
        days: choice.days,
        misses: choice.misses,
        damage: choice.damage,
        flat: choice.flat,
    };
    let folder = choice.folder.clone().unwrap_or_else(|| {
        let mut name = format!("{}-{}-{}", options.case, options.size, options.seed);
        for (set, word) in [(options.damage, "-damage"), (options.flat, "-flat")] {
            name.push_str(if set { word } else { "" });
        }
        Path::new(env!("CARGO_TARGET_TMPDIR")).join("archive").join(name)
    });
    let file = folder.join("truth.json");
    if file.is_file() {
        let truth = Truth::read(&file)?;
        if !options.made_it(&truth) {
            let why = "holds an archive of other options; remove it or name another folder";
            return Err(format!("{} {why}", folder.display()).into());
        }
        eprintln!("{} is there already", folder.display());
        return Ok((folder, truth));
    }
    // What an interrupted run has left.
    for part in ["archive", "case"] {
        if folder.join(part).exists() {
            fs::remove_dir_all(folder.join(part))?;
        }
    }
    eprintln!("making {} ...", folder.display());
    let truth = corpus::make(&options, &folder)?;
    eprintln!(
        "made {} files, {} bytes of JSON, {} records",
        truth.whole.files, truth.whole.bytes, truth.whole.records
    );
    Ok((folder, truth))
}

fn measured(choice: &Choice, folder: &Path, truth: &Truth) -> Fallible<ExitCode> {
    let (mut all, absent) = contest::all(folder, truth)?;
    if let Some(unknown) =
        choice.only.iter().find(|name| !all.iter().any(|one| is_named(one, name)))
    {
        return Err(format!("{unknown} is not among what can be run here").into());
    }
    all.retain(|one| match one.answer {
        contest::Answer::Bytes => true,
        // Others stop at damage, or go round in links.
        answer if choice.only.is_empty() => !choice.damage || answer == contest::Answer::Case,
        _ => choice.only.iter().any(|name| is_named(one, name)),
    });
    let output = folder.join("output");
    let mut rows: Vec<Option<Row<'_>>> = all.iter().map(|_| None).collect();
    for round in 1..=choice.rounds {
        for (contestant, row) in all.iter().zip(&mut rows) {
            eprintln!("round {round}: {}", contestant.name);
            let taken = measure::run(&contestant.command, &output)?;
            let mut verdict = contestant.judge(&output, truth)?;
            if taken.code != 0 {
                eprint!("{}", fs::read_to_string(measure::complaints(&output))?);
                verdict.words = format!("exit code {}; {}", taken.code, verdict.words);
                verdict.right &= choice.damage;
            }
            *row = Some(match row.take() {
                None => Row { contestant, taken, verdict },
                Some(before) => best(before, taken, verdict),
            });
        }
    }
    fs::remove_file(measure::complaints(&output))?;
    fs::remove_file(output)?;
    let rows: Vec<Row<'_>> = rows.into_iter().flatten().collect();
    table::print(&rows, &absent, choice.rounds.into(), truth);
    let right = rows.iter().all(|row| row.verdict.right);
    Ok(if right { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn is_named(contestant: &Contestant, name: &str) -> bool {
    contestant.name.eq_ignore_ascii_case(name)
}

/// The least of everything, and a wrong answer rather than a right one.
fn best<'a>(before: Row<'a>, taken: Taken, verdict: contest::Verdict) -> Row<'a> {
    Row {
        contestant: before.contestant,
        taken: Taken {
            cpu: before.taken.cpu.min(taken.cpu),
            wall: before.taken.wall.min(taken.wall),
            memory: before.taken.memory.min(taken.memory),
            code: before.taken.code.max(taken.code),
        },
        verdict: if before.verdict.right { verdict } else { before.verdict },
    }
}

/// Reads `1GB`, `250MB`, `64KB` or a number of bytes.
fn size(text: &str) -> Result<u64, String> {
    let upper = text.to_ascii_uppercase();
    let units = [("GB", 1_000_000_000.0), ("MB", 1e6), ("KB", 1e3), ("", 1.0)];
    let (number, unit) = units
        .iter()
        .find_map(|(ending, unit)| Some((upper.strip_suffix(ending)?, unit)))
        .unwrap_or((&upper, &1.0));
    match number.trim().parse::<f64>() {
        Ok(number) if number * unit >= 100_000.0 => Ok((number * unit) as u64),
        Ok(_) => Err("an archive has 100 KB at least".to_owned()),
        Err(_) => Err("is no size, such as 1GB".to_owned()),
    }
}
