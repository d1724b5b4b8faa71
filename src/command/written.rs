//! The report's files: which forms, under which names.

use std::{
    fs,
    path::{Path, PathBuf, absolute},
};

use anstream::eprintln;
use casefile::{
    cli::Output,
    error::Error,
    render::{self, Format, plain},
    report::{Report, Visible},
};
use jiff::tz::TimeZone;

use super::{
    attachment,
    terminal::{STRONG, WRONG_USAGE, complain, to_stdout},
};

/// The ending of an attachment.
const ZIP: &str = "zip";

/// What is to be written.
pub struct Wishes {
    /// The forms that become files of their own.
    pub forms: Vec<&'static dyn Format>,
    /// Whether an attachment is made.
    pub zip: bool,
    /// The second clock.
    pub zone: Option<TimeZone>,
}

/// What was written.
#[derive(Default)]
pub struct Written {
    /// Every file, in the order of writing.
    pub files: Vec<PathBuf>,
    /// The HTML report among them.
    pub page: Option<PathBuf>,
}

/// The files of a report as they were asked for; what is wrong with them is said, and its exit code
/// given.
pub fn wishes(output: &Output) -> Result<Wishes, u8> {
    let wishes = zone(output).and_then(|zone| {
        let zip = output.zip || ends_as_zip(output);
        let forms = forms(output, zip)?;
        let count = forms.len() + usize::from(zip);
        if count > 1 && is_stdout(output) {
            return Err("write several files to standard output; ask for one".to_owned());
        }
        if output.raw_evidence && !zip {
            return Err("pack --raw-evidence without an attachment; add --zip".to_owned());
        }
        let page = forms.iter().any(|form| form.name() == "html") && !is_stdout(output);
        if output.open && !page {
            return Err("open a report that is not written; add -f html".to_owned());
        }
        Ok(Wishes { forms, zip, zone })
    });
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

fn is_stdout(options: &Output) -> bool {
    options.output.as_deref().is_some_and(|output| output.as_os_str() == "-")
}

fn ends_as_zip(options: &Output) -> bool {
    options.output.as_deref().and_then(Path::extension).is_some_and(|ending| ending == ZIP)
}

/// The forms asked for, each once, or the one that the output's ending names, or HTML. An
/// attachment needs no other file beside it, but for the page that is to be opened.
fn forms(options: &Output, zip: bool) -> Result<Vec<&'static dyn Format>, String> {
    if !options.format.is_empty() {
        let asked = |form: &&dyn Format| options.format.iter().any(|name| name == form.name());
        return Ok(render::ALL.iter().copied().filter(asked).collect());
    }
    let html = render::by_name("html").into_iter().collect();
    let named = options.output.as_deref().and_then(Path::extension);
    if zip && named.is_none_or(|ending| ending == ZIP) {
        return Ok(if options.open { html } else { Vec::new() });
    }
    let Some(path) = options.output.as_deref() else { return Ok(html) };
    if let Some(form) = file_name(path).and_then(render::by_ending) {
        return Ok(vec![form]);
    }
    match path.extension() {
        None => Ok(html),
        Some(ending) => {
            let known: Vec<&str> = render::ALL.iter().map(|format| format.name()).collect();
            let ending = ending.to_string_lossy();
            Err(format!(
                "tell a form by the ending .{ending}; say which with -f: {}",
                known.join(" or ")
            ))
        }
    }
}

fn file_name(path: &Path) -> Option<&str> {
    path.file_name()?.to_str()
}

/// The path of a file that ends so, of one or of several that are written.
fn path_of(ending: &str, options: &Output, stem: &str, alone: bool) -> PathBuf {
    match &options.output {
        Some(path) if alone => path.clone(),
        Some(path) => {
            let known = file_name(path).and_then(render::by_ending);
            let before = known.zip(file_name(path)).and_then(|(form, name)| {
                let before = name.strip_suffix(form.extension())?.strip_suffix('.')?;
                (!before.is_empty()).then_some(before)
            });
            match before {
                Some(before) => path.with_file_name(format!("{before}.{ending}")),
                None => path.with_extension(ending),
            }
        }
        None => PathBuf::from(format!("{stem}.{ending}")),
    }
}

/// Writes the report as it was asked for. `bundle` is the evidence for the attachment, if it is to
/// be there as it was collected.
pub fn write(
    report: &Report,
    wishes: &Wishes,
    options: &Output,
    stem: &str,
    bundle: Option<&Path>,
) -> Result<Written, Error> {
    let mut written = Written::default();
    let alone = wishes.forms.len() + usize::from(wishes.zip) == 1;
    for format in &wishes.forms {
        let bytes = format.render(report)?;
        if is_stdout(options) {
            print(&bytes)?;
            continue;
        }
        let path = path_of(format.extension(), options, stem, alone);
        fs::write(&path, &bytes).map_err(|source| Error::Write { path: path.clone(), source })?;
        if format.name() == "html" {
            written.page = Some(path.clone());
        }
        written.files.push(path);
    }
    if wishes.zip && is_stdout(options) {
        print(&attachment::bytes(report, bundle)?)?;
    } else if wishes.zip {
        let path = path_of(ZIP, options, stem, alone);
        attachment::write(report, bundle, &path)?;
        written.files.push(path);
    }
    Ok(written)
}

fn print(bytes: &[u8]) -> Result<(), Error> {
    let path = PathBuf::from("standard output");
    to_stdout(bytes).map_err(|source| Error::Write { path, source })
}

/// Opens the page in the browser. Its path comes from the finding's id or from the user; it is made
/// absolute, so that it cannot be taken for an option.
pub fn open(page: &Path) -> Result<(), u8> {
    let opened = absolute(page).and_then(open::that);
    opened.map_err(|error| {
        let page = page.display();
        let what = format!("open the report in a browser: {error}; it is written: {page}");
        complain(&what, super::terminal::FAILED)
    })
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
