//! The report's files: which forms, under which names.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anstream::eprintln;
use casefile::{
    cli::Output,
    error::Error,
    render::{self, Format, plain},
    report::{Report, Visible},
};
use jiff::tz::TimeZone;

use super::terminal::{STRONG, WRONG_USAGE, complain, to_stdout};

/// The forms of a report and its second clock, as they were asked for; what is wrong with them is
/// said, and its exit code given.
pub fn wishes(output: &Output) -> Result<(Vec<&'static dyn Format>, Option<TimeZone>), u8> {
    let wishes = zone(output).and_then(|zone| Ok((formats(output)?, zone)));
    wishes.map_err(|reason| complain(&reason, WRONG_USAGE))
}

/// The second clock that was asked for.
fn zone(output: &Output) -> Result<Option<TimeZone>, String> {
    output
        .timezone
        .as_deref()
        .map(TimeZone::get)
        .transpose()
        .map_err(|error| format!("read --timezone: {error}; give a name such as Asia/Tokyo"))
}

/// The formats asked for, or the one that the output's ending names, or HTML.
fn formats(options: &Output) -> Result<Vec<&'static dyn Format>, String> {
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
pub fn write(
    report: &Report,
    formats: &[&'static dyn Format],
    options: &Output,
    stem: &str,
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
            None => PathBuf::from(format!("{stem}.{}", format.extension())),
        };
        fs::write(&path, &bytes).map_err(|source| Error::Write { path: path.clone(), source })?;
        written.push(path);
    }
    Ok(written)
}

/// The default name: from the finding's id, never from a name that somebody chose, and of that
/// nothing but letters, digits and dashes.
pub fn stem(id: &str) -> String {
    let id = id.chars();
    let id: String = id.filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(8).collect();
    format!("casefile-{id}")
}

/// Says on standard error what was made of what.
pub fn summarise(report: &Report, written: &[PathBuf]) {
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
