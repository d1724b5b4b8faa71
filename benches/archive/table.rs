//! What was measured, as a table.

use std::{fs, thread};

use jiff::Timestamp;

use crate::{
    contest::{Contestant, Verdict},
    corpus::{Extent, Truth},
    measure::Taken,
};

/// One contestant's best round.
pub struct Row<'a> {
    /// Who.
    pub contestant: &'a Contestant,
    /// The least of the rounds, each for itself.
    pub taken: Taken,
    /// Its answer.
    pub verdict: Verdict,
}

/// Says what was measured, on what, when, and how.
pub fn print(rows: &[Row<'_>], absent: &[String], rounds: usize, truth: &Truth) {
    let whole: &Extent = &truth.whole;
    let megabytes = |bytes: u64| bytes as f64 / 1e6;
    println!();
    println!(
        "{:.0} MB in {} files ({:.0} MB packed, {} records), the least of {rounds} rounds in turn",
        megabytes(whole.bytes),
        whole.files,
        megabytes(whole.packed),
        whole.records,
    );
    println!("{}, {}", machine(), Timestamp::now().strftime("%Y-%m-%d"));
    println!();
    println!("| | CPU | × inflating | time | memory | answer |");
    println!("|---|--:|--:|--:|--:|---|");
    let base = rows.first().map_or(f64::NAN, |row| row.taken.cpu);
    for row in rows {
        println!(
            "| {} | {:.2} s | {:.2} | {:.2} s | {:.0} MB | {}{} |",
            row.contestant.name,
            row.taken.cpu,
            row.taken.cpu / base,
            row.taken.wall,
            megabytes(row.taken.memory),
            row.verdict.words,
            if row.verdict.right { "" } else { " **wrong**" },
        );
    }
    println!();
    for row in rows {
        println!("{}:", row.contestant.name);
        for line in row.contestant.shown.lines() {
            println!("    {line}");
        }
    }
    for name in absent {
        println!("{name}: not present, left out");
    }
}

/// Processor and cores, as far as the system tells.
fn machine() -> String {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let told = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = told.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    match name {
        Some((_, name)) => format!("{name}, {cores} cores"),
        None => format!("{}, {cores} cores", std::env::consts::ARCH),
    }
}
