//! casefile: from an Amazon GuardDuty finding about a Lambda function to one cited report.
//!
//! A live run is *collect, then replay*: `collect::live` asks AWS and keeps every answer, byte for
//! byte, as evidence. Everything else is a pipeline over kept evidence, and each stage is a module
//! that knows only the ones before it:
//!
//! 1. [`evidence`] opens what a responder has (a bundle, saved files, folders, archives) and
//!    gives documents: bytes, names and hashes.
//! 2. [`source`] reads documents into facts (findings, configuration items, events), leniently,
//!    with every secret taken out; [`model`] holds the words for these facts and [`resource`] what
//!    is particular to a kind of resource.
//! 3. [`collect`] chooses the finding and keeps what belongs to it, round by round outward. Live,
//!    the same rounds say what to ask next.
//! 4. [`correlate`] links: which call made which state, who was behind it, what ran.
//! 5. [`report`] turns that into sentences, rows and tables, each with its citations.
//! 6. [`render`] lays them out.
//!
//! Everything after the first stage is a pure function of the evidence and the options, so that
//! the same evidence gives the same bytes. [`render_saved`] is the whole of it.

pub mod cli;
pub mod collect;
pub mod correlate;
pub mod error;
pub mod evidence;
pub mod model;
pub mod render;
pub mod report;
pub mod resource;
pub mod source;

use std::collections::{BTreeMap, BTreeSet};

use collect::{Answers, Choice, Scope, archive, athena};
use error::Error;
use evidence::{Document, DocumentEntry, Intake, Limits, Manifest, Notice};
use jiff::tz::TimeZone;
use model::{Gap, Source};
use report::{Options, Report};
use source::Reading;

/// What to make of saved evidence.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The finding's id or ARN, where there are several.
    pub finding: Option<String>,
    /// A second clock beside UTC.
    pub zone: Option<TimeZone>,
    /// Minutes before and after an actor's change within which its other calls matter; `None`
    /// takes what the bundle was collected with, else an hour.
    pub around_minutes: Option<u32>,
}

/// Minutes around an actor's change, unless told otherwise.
const AROUND_MINUTES: u32 = 60;

/// Makes a report of evidence that has been opened.
///
/// # Errors
/// When no finding can be read, or when it is not clear which one is meant.
///
/// # Examples
/// ```
/// use casefile::{Request, evidence, render_saved};
///
/// let sample = "samples/malicious-ip-caller".into();
/// let intake = evidence::open(&[sample], &mut std::io::empty(), &evidence::Limits::default())?;
/// let report = render_saved(&intake, &Request::default())?;
/// let running = report.provenance.running.expect("the call that put the code there");
/// assert_eq!((running.via, running.confidence), ("cloudformation", "exact"));
/// # Ok::<(), casefile::error::Error>(())
/// ```
pub fn render_saved(intake: &Intake, request: &Request) -> Result<Report, Error> {
    let mut reading = source::read(&intake.documents);
    reading.gaps.extend(intake.notices.iter().map(unread));
    let (finding, earlier) = choose(&reading, intake, request.finding.as_deref())?;
    let scope = scope(intake, request);
    let options = Options {
        zone: request.zone.clone(),
        around_minutes: scope.around / 60,
        evidence: in_words(intake),
        caller: callers(&intake.manifests),
        duplicates: reading.duplicates,
        asked: asked(&intake.manifests),
        lookback_days: intake
            .manifests
            .iter()
            .filter_map(|manifest| manifest.options.lookback_days)
            .max(),
    };
    let case = collect::case(reading, finding, earlier, &intake.manifests, scope);
    let correlation = correlate::correlate(&case);
    Ok(report::report(&case, &correlation, &options))
}

/// Searches the log files among what was opened for the case's records, and puts what was found
/// among the documents: [`render_saved`] makes the report of these.
///
/// # Errors
/// As [`render_saved`]: the finding says what to search for.
pub fn search_logs(
    intake: &mut Intake,
    request: &Request,
    watch: &mut dyn FnMut(archive::Progress),
) -> Result<(), Error> {
    search(intake, request, None, watch)
}

/// As [`search_logs`], and asks a table of `CloudTrail` records in the same rounds, where there is
/// one: what either finds raises questions for both. An event that is in log files or among the
/// other evidence is not taken from the table too, which has less of it.
///
/// # Errors
/// As [`render_saved`]: the finding says what to search for.
pub fn search(
    intake: &mut Intake,
    request: &Request,
    through: Option<athena::Through<'_>>,
    watch: &mut dyn FnMut(archive::Progress),
) -> Result<(), Error> {
    let files = !intake.logs.is_empty() || !intake.log_notices.is_empty();
    if !files && through.is_none() {
        return Ok(());
    }
    let (about, known) = About::of(intake, request)?;
    let logs = std::mem::take(&mut intake.logs);
    let noticed = std::mem::take(&mut intake.log_notices);
    let mut others = Intake::default();
    let around = archive::Surroundings {
        open: &mut |files| {
            let opened = evidence::open_each(&files, &Limits::default());
            let documents = opened.documents.clone();
            others.documents.extend(opened.documents);
            others.notices.extend(opened.notices);
            documents
        },
        watch,
    };
    let mut asked = collect::Together {
        logs: files.then(|| archive::Archive::new(logs, about.region(), around)),
        table: through.map(|through| {
            let bounds = athena::Bounds::of(&about.finding, about.region(), through.lookback_days);
            athena::Athena::new(through.table, bounds, known, through.runs)
        }),
    };
    about.search(&intake.documents, &mut asked);
    let table = asked.table.map(|table| table.document());
    if let Some(archive) = asked.logs {
        let mut searched = archive.finish(noticed);
        searched.note(others.notices);
        intake.documents.push(searched.document());
        intake.documents.extend(others.documents);
    }
    intake.documents.extend(table);
    Ok(())
}

/// What a search is about.
struct About {
    finding: model::Finding,
    /// The function; nothing is asked where the finding is about something else.
    subject: Option<model::Subject>,
    scope: Scope,
}

impl About {
    /// As the evidence says by now; and the ids of the events that are among it.
    fn of(intake: &Intake, request: &Request) -> Result<(Self, BTreeSet<String>), Error> {
        let reading = source::read(&intake.documents);
        let (finding, _) = choose(&reading, intake, request.finding.as_deref())?;
        let subject = source::subject(&finding);
        let known = reading.events.iter().filter_map(|event| event.id.clone()).collect();
        Ok((Self { finding, subject, scope: scope(intake, request) }, known))
    }

    fn region(&self) -> Option<&str> {
        let subject = self.subject.as_ref().and_then(|subject| subject.region.as_deref());
        subject.or(self.finding.region.as_deref())
    }

    fn search(&self, given: &[Document], answers: &mut dyn Answers) {
        if let Some(subject) = &self.subject {
            collect::search(given, &self.finding, subject, &self.scope, answers);
        }
    }
}

/// Lists what a search has put among a collection's documents in its manifest, so that the bundle
/// holds it.
pub fn keep_searched(intake: &mut Intake) {
    let Some(manifest) = intake.manifests.first_mut() else { return };
    let searched = intake.documents.iter_mut().filter(|document| document.request.is_none());
    for (number, document) in searched.enumerate() {
        let operation = match document.name.as_str() {
            athena::DOCUMENT => athena::OPERATION,
            _ => archive::OPERATION,
        };
        if ![archive::DOCUMENT, athena::DOCUMENT].contains(&document.name.as_str()) {
            document.name = format!("cloudtrail/log-file-{number}.json");
        }
        let service = Source::CloudTrail.word();
        let entry = DocumentEntry::new(&document.name, service, operation, &document.bytes);
        document.stored_sha256.clone_from(&entry.sha256);
        document.from_bundle = true;
        document.request = Some(entry.clone());
        manifest.documents.push(entry);
    }
}

/// What shapes the case, by the request, else by what its evidence was collected with.
fn scope(intake: &Intake, request: &Request) -> Scope {
    let collected_with =
        intake.manifests.iter().filter_map(|manifest| manifest.options.around_minutes).max();
    let minutes = request.around_minutes.or(collected_with).unwrap_or(AROUND_MINUTES);
    let collectors = collect::collectors(&intake.manifests);
    Scope { around: i64::from(minutes) * 60, collectors }
}

fn choose(
    reading: &Reading,
    intake: &Intake,
    wanted: Option<&str>,
) -> Result<(model::Finding, Vec<model::Finding>), Error> {
    match collect::choose(reading, &intake.manifests, wanted) {
        Choice::One(finding, earlier) => Ok((*finding, earlier)),
        Choice::Several(candidates) => Err(Error::SeveralFindings(candidates)),
        Choice::NotFound(candidates) => Err(Error::FindingNotFound {
            wanted: wanted.unwrap_or_default().to_owned(),
            candidates,
        }),
        Choice::None => Err(Error::NoFinding {
            documents: intake.documents.len(),
            problems: reading.first_problems(),
        }),
    }
}

/// A file that could not be opened as a whole is a gap like any other.
fn unread(notice: &Notice) -> Gap {
    Gap::new(
        "input",
        notice.place.clone(),
        notice.reason.clone(),
        "What it holds, or what is left of it, is not in this report.",
    )
}

/// Who collected, and who read for them in another account.
fn callers(manifests: &[Manifest]) -> Option<String> {
    let mut callers: Vec<String> = Vec::new();
    for manifest in manifests {
        let mut others: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for document in &manifest.documents {
            if let Some(caller) = document.caller_arn.as_deref() {
                others.entry(caller).or_default().insert(&document.service);
            }
        }
        let others = others.into_iter().map(|(caller, services)| {
            let services: Vec<&str> = services.into_iter().collect();
            format!("{caller} (asked {})", services.join(", "))
        });
        for caller in manifest.caller_arn.clone().into_iter().chain(others) {
            if !callers.contains(&caller) {
                callers.push(caller);
            }
        }
    }
    (!callers.is_empty()).then(|| callers.join("; "))
}

/// How often each operation answered.
fn asked(manifests: &[Manifest]) -> BTreeMap<String, usize> {
    let mut asked = BTreeMap::new();
    let documents = manifests.iter().flat_map(|manifest| &manifest.documents);
    let searches = [archive::OPERATION, athena::OPERATION];
    for document in documents.filter(|document| !searches.contains(&document.operation.as_str())) {
        *asked.entry(format!("{}:{}", document.service, document.operation)).or_default() += 1;
    }
    asked
}

/// Which evidence a report was made from, without the names of loose files: how the evidence was
/// cut into files must not show.
fn in_words(intake: &Intake) -> String {
    match intake.manifests.as_slice() {
        [] => "saved files".to_owned(),
        [manifest] => {
            let more = if intake.documents.iter().all(|document| document.from_bundle) {
                ""
            } else {
                ", and saved files beside it"
            };
            let from = match manifest.options.endpoints.as_slice() {
                [] => String::new(),
                endpoints => format!(" from {} instead of AWS", endpoints.join(", ")),
            };
            format!(
                "an evidence bundle of {} documents, collected {}{from}{more}",
                manifest.documents.len(),
                manifest.created
            )
        }
        several => format!("{} evidence bundles", several.len()),
    }
}
