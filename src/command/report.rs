//! `casefile report` and `casefile collect`.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anstream::eprintln;
use casefile::{
    Request,
    cli::{Aws as Reach, Collect, Collection, Report},
    collect::{
        Aws, Choice, Part, Reference, Settings, choose,
        live::{self, Collected, Order, Surroundings},
        policy,
    },
    error::Error,
    evidence::{self, Intake, Limits},
    render::{plain, stem},
    source,
};
use jiff::Timestamp;
use tokio::sync::watch;

use super::{
    athena,
    progress::Lines,
    runtime,
    search::Search,
    terminal::{FAILED, GAPS, STRONG, WRONG_USAGE, complain, complain_of},
    written::{open, summarise, wishes, write},
};

/// Collects the evidence of a finding and makes the report from it.
pub fn report(options: &Report, clock: fn() -> Timestamp) -> u8 {
    let output = &options.output;
    let wishes = match wishes(output) {
        Ok(wishes) => wishes,
        Err(code) => return code,
    };
    let (intake, id) = match gather(&options.collection, output.quiet, clock) {
        Ok(gathered) => gathered,
        Err(code) => return code,
    };
    let (stem, folder) = names(&stem(&id), options.collection.evidence.as_deref());
    let bundle = if options.no_evidence { Ok(()) } else { save(&folder, &intake) };
    let request = Request { zone: wishes.zone.clone(), ..Request::default() };
    // What could not be kept cannot be packed: the report is written without.
    let raw = Some(folder.as_path()).filter(|_| output.raw_evidence && bundle.is_ok());
    let made = casefile::render_saved(&intake, &request).and_then(|report| {
        write(&report, &wishes, output, &stem, raw).map(|written| (report, written))
    });
    let (report, mut written) = match made {
        Ok(made) => made,
        Err(error) => return complain_of(&error),
    };
    if let Err(error) = bundle {
        return complain_of(&error);
    }
    if !options.no_evidence {
        written.files.push(folder);
    }
    if !output.quiet {
        summarise(&report, &written.files);
    }
    if let Some(page) = written.page.filter(|_| output.open)
        && let Err(code) = open(&page)
    {
        return code;
    }
    if output.fail_on_gaps && !report.gaps.is_empty() { GAPS } else { 0 }
}

/// Collects the evidence of a finding.
pub fn collect(options: &Collect, clock: fn() -> Timestamp) -> u8 {
    let (intake, id) = match gather(&options.collection, options.quiet, clock) {
        Ok(gathered) => gathered,
        Err(code) => return code,
    };
    let (_, folder) = names(&stem(&id), options.collection.evidence.as_deref());
    let gaps: Vec<_> = intake.manifests.iter().flat_map(|manifest| &manifest.gaps).collect();
    let documents = intake.documents.len();
    if let Err(error) = save(&folder, &intake) {
        return complain_of(&error);
    }
    if !options.quiet {
        eprintln!("{STRONG}{documents} answers collected{STRONG:#}");
        for gap in gaps.iter().copied() {
            eprintln!("  not seen: {}: {}", plain(&gap.asked), plain(&gap.reason));
        }
        eprintln!("  wrote {}", plain(&folder.display().to_string()));
    }
    if options.fail_on_gaps && !gaps.is_empty() { GAPS } else { 0 }
}

/// Asks AWS, searches log files and asks about a table. Gives what a bundle of it would hold, so that the bundle gives
/// the same report, and the finding's id. What goes wrong is said, and its exit code given.
fn gather(
    options: &Collection,
    quiet: bool,
    clock: fn() -> Timestamp,
) -> Result<(Intake, String), u8> {
    // What cannot be done is told before anything is asked.
    if let Some(folder) = &options.evidence
        && folder.read_dir().map_or(folder.exists(), |mut entries| entries.next().is_some())
    {
        let shown = folder.display();
        return Err(complain(
            &format!("use {shown} for the evidence: it is there already and not empty"),
            WRONG_USAGE,
        ));
    }
    let order = order(options)?;
    let mut logs = Intake::default();
    let (folders, table) = athena::apart(&options.cloudtrail)?;
    logs.add_logs(&folders).map_err(|error| complain_of(&Error::from(error)))?;
    let stop = runtime::stopped(quiet);
    let asking = table.map(|name| athena::Asking {
        name,
        options: &options.athena,
        reach: Some(&options.aws),
        stop: Some(stop.clone()),
        lookback: options.lookback,
        quiet,
        clock,
    });
    let begun = asking.map(|asking| asking.begin()).transpose()?;
    let collected = ask(options, &order, quiet, clock, stop)?;
    let id = collected.manifest.finding_id.clone().unwrap_or_default();
    let mut intake = collected.into_intake();
    (intake.logs, intake.log_notices) = (logs.logs, logs.log_notices);
    let mut bar = Search::new(quiet);
    let request = Request { finding: Some(id.clone()), ..Request::default() };
    athena::search(begun, &mut intake, &request, &mut |progress| bar.tell(progress))
        .map_err(|error| complain_of(&error))?;
    drop(bar);
    casefile::keep_searched(&mut intake);
    Ok((intake, id))
}

/// Asks AWS.
fn ask(
    options: &Collection,
    order: &Order,
    quiet: bool,
    clock: fn() -> Timestamp,
    stop: watch::Receiver<bool>,
) -> Result<Collected, u8> {
    let settings = settings(&options.aws, order.reference.region.as_deref());
    let mut lines = Lines::new(quiet, options.aws.verbose > 0);
    let outcome = runtime::block_on(async {
        let aws = Arc::new(Aws::new(&settings, clock).await);
        if let Some(endpoint) = aws.endpoint() {
            announce(endpoint, quiet);
        }
        let mut around = Surroundings { clock, watch: &mut lines, stop };
        let collected = live::collect(Arc::clone(&aws), order, &mut around).await;
        for origin in aws.foreign_origins() {
            if aws.endpoint().is_none_or(|endpoint| !endpoint.starts_with(&origin)) {
                announce(&origin, quiet);
            }
        }
        collected
    });
    match outcome {
        Ok(Ok(collected)) => Ok(collected),
        Ok(Err(error)) => Err(complain_of(&Error::from(error))),
        Err(error) => Err(complain(&format!("start asking AWS: {error}"), FAILED)),
    }
}

/// Says that answers come from elsewhere than AWS.
pub fn announce(origin: &str, quiet: bool) {
    if !quiet {
        eprintln!("  asking {} instead of AWS", plain(origin));
    }
}

/// How AWS is reached.
pub fn settings(options: &Reach, region: Option<&str>) -> Settings {
    Settings {
        region: options.region.clone().or_else(|| region.map(str::to_owned)),
        profile: options.profile.clone(),
        endpoint_url: options.endpoint_url.clone(),
        timeout: Duration::from_secs(options.timeout),
    }
}

fn order(options: &Collection) -> Result<Order, u8> {
    let text = options.finding.as_str();
    let (mut reference, given) = if text == "-" || Path::new(text).is_file() {
        saved(Path::new(text))?
    } else {
        let reference =
            Reference::parse(text).map_err(|error| complain(&error.to_string(), WRONG_USAGE))?;
        (reference, Vec::new())
    };
    if options.aws.region.is_some() {
        reference.region.clone_from(&options.aws.region);
    }
    // A role that cannot be one is told before anything is asked.
    if let Some(role) = &options.role_arn {
        policy(Part::Home, role).map_err(|error| complain(&error.to_string(), WRONG_USAGE))?;
    }
    Ok(Order {
        reference,
        given,
        all_regions: options.all_regions,
        detector: options.detector_id.clone(),
        role: options.role_arn.clone(),
        external_id: options.external_id.clone(),
        lookback_days: options.lookback,
        max_lookups: options.max_lookups,
        around_minutes: options.around,
    })
}

/// The finding that a file states.
fn saved(path: &Path) -> Result<(Reference, Vec<evidence::Document>), u8> {
    let paths = [path.to_owned()];
    let intake = evidence::open(&paths, &mut io::stdin().lock(), &Limits::default())
        .map_err(|error| complain_of(&Error::from(error)))?;
    let reading = source::read(&intake.documents);
    let finding = match choose(&reading, &intake.manifests, None) {
        Choice::One(finding, _) => finding,
        Choice::Several(candidates) => {
            return Err(complain_of(&Error::SeveralFindings(candidates)));
        }
        Choice::NotFound(_) | Choice::None => {
            return Err(complain_of(&Error::NoFinding {
                documents: intake.documents.len(),
                problems: reading.first_problems(),
            }));
        }
    };
    let stated = finding.arn.as_deref().and_then(|arn| Reference::parse(arn).ok());
    let reference = Reference {
        id: finding.id.clone(),
        account: finding.account.clone(),
        region: finding.region.clone(),
        detector: None,
        partition: stated.and_then(|stated| stated.partition),
    };
    Ok((reference, intake.documents))
}

/// The report's name without its ending, and the bundle's folder. Neither replaces the evidence of
/// an earlier run: a number tells the runs apart.
fn names(stem: &str, folder: Option<&Path>) -> (String, PathBuf) {
    if let Some(folder) = folder {
        return (stem.to_owned(), folder.to_owned());
    }
    let mut name = stem.to_owned();
    let mut number = 2;
    while Path::new(&format!("{name}.evidence")).exists() {
        name = format!("{stem}-{number}");
        number += 1;
    }
    let folder = PathBuf::from(format!("{name}.evidence"));
    (name, folder)
}

fn save(folder: &Path, intake: &evidence::Intake) -> Result<(), Error> {
    let Some(manifest) = intake.manifests.first() else { return Ok(()) };
    let documents: Vec<(&str, &[u8])> = intake
        .documents
        .iter()
        .map(|document| (document.name.as_str(), document.bytes.as_slice()))
        .collect();
    Ok(evidence::write_bundle(folder, manifest, &documents)?)
}
