//! The `casefile` command: parse, run, say what happened, exit code.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anstream::{ColorChoice, eprintln};
use anstyle::{AnsiColor, Style};
use casefile::{
    Request,
    cli::{Cli, Colour, Command, Render},
    collect::Candidate,
    error::Error,
    evidence::{self, Check, Limits},
    render::{self, Format, plain},
    report::{self, Report, Visible},
};
use clap::{CommandFactory, Parser};
use jiff::tz::TimeZone;

const FAILED: u8 = 1;
const WRONG_USAGE: u8 = 2;
const NOT_FOUND: u8 = 3;
const GAPS: u8 = 4;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const STRONG: Style = Style::new().bold();

fn main() -> ExitCode {
    let cli = Cli::parse();
    match cli.color {
        Colour::Auto => ColorChoice::Auto,
        Colour::Always => ColorChoice::Always,
        Colour::Never => ColorChoice::Never,
    }
    .write_global();
    let code = match cli.command {
        Command::Render(options) => render(&options),
        Command::Verify { bundle } => verify(&bundle),
        Command::Schema => print(format!("{:#}\n", report::schema()).as_bytes()),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "casefile", &mut script);
            print(&script)
        }
    };
    ExitCode::from(code)
}

fn render(options: &Render) -> u8 {
    let zone = match options.timezone.as_deref().map(TimeZone::get).transpose() {
        Ok(zone) => zone,
        Err(error) => {
            return complain(
                &format!("read --timezone: {error}; give a name such as Asia/Tokyo"),
                WRONG_USAGE,
            );
        }
    };
    let formats = match formats(options) {
        Ok(formats) => formats,
        Err(reason) => return complain(&reason, WRONG_USAGE),
    };
    let intake = match evidence::open(&options.paths, &mut io::stdin().lock(), &Limits::default()) {
        Ok(intake) => intake,
        Err(error) => return complain_of(&Error::from(error)),
    };
    let request =
        Request { finding: options.finding.clone(), zone, around_minutes: options.around };
    let made = casefile::render_saved(&intake, &request)
        .and_then(|report| write(&report, &formats, options).map(|written| (report, written)));
    match made {
        Ok((report, written)) => {
            if !options.quiet {
                summarise(&report, &written);
            }
            if options.fail_on_gaps && !report.gaps.is_empty() { GAPS } else { 0 }
        }
        Err(error) => complain_of(&error),
    }
}

/// The formats asked for, or the one that the output's ending names, or HTML.
fn formats(options: &Render) -> Result<Vec<&'static dyn Format>, String> {
    let several = options.format.len() > 1;
    if several && options.output.as_deref().is_some_and(|output| output.as_os_str() == "-") {
        return Err("write several forms to standard output; give one -f".to_owned());
    }
    if !options.format.is_empty() {
        return Ok(options.format.iter().filter_map(|name| render::by_name(name)).collect());
    }
    let Some(ending) = options.output.as_deref().and_then(Path::extension) else {
        return Ok(render::by_name("html").into_iter().collect());
    };
    let named = render::ALL.iter().copied().find(|format| ending == format.extension());
    named.map(|format| vec![format]).ok_or_else(|| {
        let known: Vec<&str> = render::ALL.iter().map(|format| format.name()).collect();
        let ending = ending.to_string_lossy();
        format!("tell a form by the ending .{ending}; say which with -f: {}", known.join(" or "))
    })
}

/// Writes the report in each form and gives the files' names.
fn write(
    report: &Report,
    formats: &[&'static dyn Format],
    options: &Render,
) -> Result<Vec<PathBuf>, Error> {
    let mut written = Vec::new();
    for format in formats {
        let bytes = format.render(report)?;
        let path = match &options.output {
            Some(path) if path.as_os_str() == "-" => {
                let path = PathBuf::from("standard output");
                to_stdout(&bytes).map_err(|source| Error::Write { path, source })?;
                continue;
            }
            Some(path) if formats.len() == 1 => path.clone(),
            Some(path) => path.with_extension(format.extension()),
            None => PathBuf::from(format!("{}.{}", slug(report), format.extension())),
        };
        fs::write(&path, &bytes).map_err(|source| Error::Write { path: path.clone(), source })?;
        written.push(path);
    }
    Ok(written)
}

/// The default name: from the finding's id, never from a name that somebody chose, and of that
/// nothing but letters, digits and dashes.
fn slug(report: &Report) -> String {
    let id = report.finding.id.raw().chars();
    let id: String = id.filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(8).collect();
    format!("casefile-{id}")
}

fn summarise(report: &Report, written: &[PathBuf]) {
    eprintln!("{STRONG}{}{STRONG:#}", plain(&report.headline.visible()));
    let read: Vec<String> = report
        .coverage
        .iter()
        .map(|source| format!("{} {} of {}", source.title, source.kept, source.records))
        .collect();
    eprintln!("  records used of those read: {}", read.join(", "));
    match report.making.duplicates {
        0 => {}
        1 => eprintln!("  one record was met twice and counted once"),
        copies => eprintln!("  {copies} copies of records were met again and counted once"),
    }
    match report.gaps.len() {
        0 => {}
        1 => eprintln!("  one thing was not seen; the report says which"),
        gaps => eprintln!("  {gaps} things were not seen; the report lists them"),
    }
    let unread = report.gaps.iter().filter(|gap| gap.source.raw() == "input");
    for gap in unread.take(10) {
        eprintln!("  {}: {}", plain(&gap.asked.visible()), plain(&gap.reason.visible()));
    }
    for path in written {
        eprintln!("  wrote {}", plain(&path.display().to_string()));
    }
}

fn verify(bundle: &Path) -> u8 {
    let verification = match evidence::verify(bundle) {
        Ok(verification) => verification,
        Err(error) => return complain_of(&Error::from(error)),
    };
    for document in &verification.documents {
        let path = plain(&document.path);
        match &document.check {
            Check::Ok => {}
            Check::Differs { expected_sha256, found_sha256, expected_bytes, found_bytes } => {
                eprintln!("{ERROR}differs{ERROR:#}  {path}");
                eprintln!(
                    "  the manifest says {expected_bytes} bytes, SHA-256 {}",
                    plain(expected_sha256)
                );
                eprintln!("  the file has     {found_bytes} bytes, SHA-256 {found_sha256}");
            }
            Check::Missing => eprintln!("{ERROR}missing{ERROR:#}  {path}"),
            Check::Unreadable { reason } => {
                eprintln!("{ERROR}unread{ERROR:#}   {path}: {}", plain(reason));
            }
        }
    }
    for path in &verification.unlisted {
        eprintln!("unlisted {}", plain(path));
    }
    for notice in &verification.notices {
        eprintln!("{}: {}", plain(&notice.place), plain(&notice.reason));
    }
    let count = verification.documents.len();
    if verification.is_intact() {
        eprintln!("{count} documents, all as they were collected");
        0
    } else {
        eprintln!("{ERROR}the bundle is not as it was collected{ERROR:#}");
        FAILED
    }
}

fn print(bytes: &[u8]) -> u8 {
    match to_stdout(bytes) {
        Ok(()) => 0,
        Err(error) => complain(&format!("write to standard output: {error}"), FAILED),
    }
}

/// Writes to standard output. A reader that has seen enough, such as `head`, is no failure.
fn to_stdout(bytes: &[u8]) -> io::Result<()> {
    match io::stdout().lock().write_all(bytes) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

fn complain(what: &str, code: u8) -> u8 {
    eprintln!("{ERROR}error:{ERROR:#} failed to {}", plain(what));
    code
}

/// Prints the error with its causes and gives the exit code.
fn complain_of(error: &Error) -> u8 {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text.push_str(&format!(": {inner}"));
        cause = inner.source();
    }
    let lines: Vec<String> = text.lines().map(plain).collect();
    eprintln!("{ERROR}error:{ERROR:#} failed to {}", lines.join("\n"));
    match error {
        Error::SeveralFindings(candidates) => {
            list(candidates);
            WRONG_USAGE
        }
        Error::FindingNotFound { candidates, .. } => {
            list(candidates);
            NOT_FOUND
        }
        _ => FAILED,
    }
}

fn list(candidates: &[Candidate]) {
    for candidate in candidates {
        eprintln!(
            "  {}  {}  {}",
            plain(&candidate.id),
            plain(&candidate.kind),
            plain(&candidate.resource)
        );
    }
}
