//! From documents to facts: what GuardDuty, AWS Config and `CloudTrail` say, read leniently.
//!
//! [`read`] takes documents in any order and wrapping and gives the findings, configuration items
//! and events in them, each with the [`Record`] it came from. A record that cannot be read costs
//! that record and becomes a [`Gap`]; nothing is left out in silence. [`Question`] is the plan by
//! which the records of one case are told from all others, whoever answers it.

mod ask;
mod canonical;
mod cloudtrail;
mod config_history;
mod contents;
mod encoding;
mod field;
mod guardduty;
mod question;
mod salvage;
mod secret;
mod secret_name;
mod span;
mod subject;
mod unwrap;

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use jiff::Timestamp;
use serde_json::Value;

pub use ask::{Ask, Attribute, Discovery, History, Known, Lookup, Planned, Rank, asks};
pub use question::{LONGEST_KEY, Question, Search, is_of_word, names_function};
pub use span::Span;
pub use subject::subject;

use self::{
    contents::{Contents, Raw},
    field::{Fields, Moment},
    unwrap::Kind,
};
use crate::{
    evidence::{Document, DocumentEntry},
    model::{Archive, Coverage, Event, Finding, Gap, Item, Record, RecordId, Source, Time},
};

/// Everything that a set of documents says.
#[derive(Debug, Default)]
pub struct Reading {
    /// Findings, by id and then by the time of their last update.
    pub findings: Vec<Finding>,
    /// Configuration items, by capture time.
    pub items: Vec<Item>,
    /// Events, by time.
    pub events: Vec<Event>,
    /// The record behind each of these.
    pub records: BTreeMap<RecordId, Record>,
    /// What could not be read, and what was remarkable about what could.
    pub gaps: Vec<Gap>,
    /// Copies of records that were met again.
    pub duplicates: usize,
    /// Records that could not be read.
    pub unreadable: usize,
    /// What was looked at in each source.
    pub coverage: Vec<Coverage>,
    /// The log archives that were searched.
    pub archives: Vec<Archive>,
}

impl Reading {
    /// The first problems that reading met, a line each.
    pub fn first_problems(&self) -> Vec<String> {
        let first = self.gaps.iter().take(5);
        first.map(|gap| format!("{}: {}", gap.asked, gap.reason)).collect()
    }
}

/// Why a record could not be read, in words that follow "this CloudTrail record".
#[derive(Debug, thiserror::Error)]
pub enum Misread {
    /// A field is missing without which the record says nothing.
    #[error("has no {0}")]
    Missing(&'static str),
    /// A field that must hold a moment does not.
    #[error("has the {field} {text:.60?}, which is no date that casefile knows")]
    BadTime {
        /// The field.
        field: &'static str,
        /// What stands there.
        text: String,
    },
    /// A Security Hub finding of another product than GuardDuty.
    #[error("is of another product than GuardDuty")]
    OtherProduct,
    /// An Insights event, which describes a rate of calls and is no call.
    #[error("is an Insights event, which describes a rate of calls and is no call")]
    Insight,
    /// A record that an indexing tool has stripped of its time.
    #[error(
        "has no eventTime; its @timestamp may be the time of indexing and was not taken for it"
    )]
    IndexTime,
    /// An item without the state that it should record: to compare it would show changes that
    /// nobody made.
    #[error(
        "holds no configuration that can be read, and does not say that its resource was deleted"
    )]
    NoConfiguration,
}

impl Misread {
    fn missing(field: &'static str) -> Self {
        Self::Missing(field)
    }
}

/// Reads every record in the documents.
pub fn read(documents: &[Document]) -> Reading {
    let mut collected = Collected::default();
    for (document, contents) in documents.iter().zip(contents::of_all(documents)) {
        collected.document(document, contents);
    }
    collected.facts()
}

/// Reads the text of one `CloudTrail` record, as [`read`] would.
///
/// # Errors
/// Why it cannot be read, in words that follow "a record that".
pub fn read_event(text: &str) -> Result<Event, String> {
    let mut body: Value = serde_json::from_str(text).map_err(|error| unwrap::reason(&error))?;
    if !body.is_object() {
        return Err("is not an object".to_owned());
    }
    secret::redact(&mut body);
    cloudtrail::read(&body, RecordId(String::new()), &mut Vec::new())
        .map_err(|reason| reason.to_string())
}

/// Reads documents as they come, as far as that tells what to ask next.
///
/// What is read so is not what [`read`] gives in the end: records are neither kept nor named, and
/// nothing is said of what could not be read.
#[derive(Debug, Default)]
pub struct Reader {
    reading: Reading,
    known: BTreeSet<(Source, String)>,
}

impl Reader {
    /// Reads one more document. A record that was met before adds nothing.
    pub fn add(&mut self, document: &Document) {
        for contents in contents::of_all(std::slice::from_ref(document)) {
            for raw in contents.records {
                let key = (raw.kind.source(), raw.sha256.clone());
                let id = RecordId(format!("{}-{}", key.0.letter(), key.1));
                if self.known.insert(key) {
                    // What cannot be read is said in the end.
                    let _ = read_one(&raw, &id, &mut Vec::new(), &mut self.reading);
                }
            }
        }
        sort(&mut self.reading);
    }

    /// What has been read.
    pub fn reading(&self) -> &Reading {
        &self.reading
    }
}

fn sort(reading: &mut Reading) {
    reading
        .findings
        .sort_by(|a, b| (&a.id, a.updated, &a.record).cmp(&(&b.id, b.updated, &b.record)));
    reading.items.sort_by(|a, b| {
        (a.captured, a.state_id, &a.record).cmp(&(b.captured, b.state_id, &b.record))
    });
    reading.events.sort_by(|a, b| (a.time, &a.record).cmp(&(b.time, &b.record)));
}

/// The moment in a field; a note when something stands there that is none.
fn time_or_note(moment: Moment, field: &str, notes: &mut Vec<String>) -> Option<Time> {
    if let Moment::Unreadable(text) = &moment {
        let text: String = text.chars().take(60).collect();
        notes.push(format!("has the {field} {text:?}, which is no date that casefile knows"));
    }
    moment.time()
}

/// The account id in a field; a note when it is a number that has lost its leading zeros.
fn account_or_note(fields: Fields<'_>, name: &str, notes: &mut Vec<String>) -> Option<String> {
    let account = fields.account(name)?;
    if account.starts_with('0') && fields.get(name).is_some_and(Value::is_number) {
        notes.push(format!(
            "has its {name} as a number, which has lost its leading zeros; {account} was taken"
        ));
    }
    Some(account)
}

/// Problems are told by document and sentence, so that a thousand equal ones are one line.
#[derive(Default)]
struct Problems(BTreeMap<(String, String), (usize, BTreeSet<String>)>);

impl Problems {
    const PLACES_NAMED: usize = 5;

    fn add(&mut self, document: &str, pointer: &str, reason: impl Into<String>) {
        let (count, places) = self.0.entry((document.to_owned(), reason.into())).or_default();
        *count += 1;
        if !pointer.is_empty() {
            places.insert(pointer.to_owned());
        }
    }

    fn into_gaps(self, consequence: &str) -> impl Iterator<Item = Gap> {
        self.0.into_iter().map(move |((document, reason), (count, places))| {
            let named: Vec<&str> =
                places.iter().take(Self::PLACES_NAMED).map(String::as_str).collect();
            let more = places.len().saturating_sub(Self::PLACES_NAMED);
            let mut asked = document;
            if !named.is_empty() {
                asked = format!("{asked} at {}", named.join(", "));
            }
            if more > 0 {
                asked = format!("{asked} and {more} more places");
            }
            let reason = if count > 1 { format!("{reason} ({count} records)") } else { reason };
            Gap::new("input", asked, reason, consequence)
        })
    }
}

#[derive(Default)]
struct Collected {
    raws: BTreeMap<(Source, String), Raw>,
    /// What cost a record or a part of a document.
    lost: Problems,
    /// What cost nothing, and is said all the same.
    noted: Problems,
    duplicates: usize,
    unreadable: usize,
    requests: BTreeMap<Source, usize>,
    archives: Vec<Archive>,
}

impl Collected {
    fn document(&mut self, document: &Document, contents: Contents) {
        let source = document.request.as_ref().and_then(|entry| match entry.service.as_str() {
            "guardduty" => Some(Source::GuardDuty),
            "config" => Some(Source::Config),
            "cloudtrail" => Some(Source::CloudTrail),
            _ => None,
        });
        // What was searched beside AWS is no answer of AWS.
        let read = document.request.as_ref().is_some_and(DocumentEntry::holds_records)
            && contents.archive.is_none();
        if let Some(source) = source.filter(|_| read) {
            *self.requests.entry(source).or_default() += 1;
        }
        self.unreadable += contents.unreadable;
        for (place, reason) in contents.lost {
            self.lost.add(&document.name, &place, reason);
        }
        for (place, reason) in contents.noted {
            self.noted.add(&document.name, &place, reason);
        }
        self.archives.extend(contents.archive);
        for raw in contents.records {
            self.record(raw);
        }
    }

    fn record(&mut self, raw: Raw) {
        match self.raws.entry((raw.kind.source(), raw.sha256.clone())) {
            Entry::Occupied(mut known) => {
                self.duplicates += 1;
                let known = known.get_mut();
                if raw.at < known.at {
                    known.at = raw.at;
                }
            }
            Entry::Vacant(place) => {
                place.insert(raw);
            }
        }
    }

    fn facts(mut self) -> Reading {
        let mut reading = Reading::default();
        let ids = names(self.raws.keys());
        for (((source, sha256), raw), id) in std::mem::take(&mut self.raws).into_iter().zip(ids) {
            let mut notes = Vec::new();
            let time = match read_one(&raw, &id, &mut notes, &mut reading) {
                Ok(time) => time,
                Err(reason) => {
                    self.unreadable += 1;
                    let reason = format!("this {} {reason}", raw.kind.word());
                    self.lost.add(&raw.at.document, &raw.at.pointer, reason);
                    continue;
                }
            };
            for note in notes {
                let note = format!("this {} {note}", raw.kind.word());
                self.noted.add(&raw.at.document, &raw.at.pointer, note);
            }
            let bundled = (!raw.at.loose).then_some(raw.at);
            let record = Record {
                id: id.clone(),
                source,
                operation: bundled.as_ref().and_then(|place| place.operation.clone()),
                pointer: bundled.as_ref().map(|place| place.pointer.clone()),
                document: bundled.map(|place| place.document),
                time,
                sha256,
                body: raw.body,
            };
            reading.records.insert(id, record);
        }
        sort(&mut reading);
        reading.duplicates =
            self.duplicates + merge_equal_items(&mut reading) + merge_equal_findings(&mut reading);
        reading.unreadable = self.unreadable;
        reading.gaps.extend(self.lost.into_gaps("What it says is not in this report."));
        reading.gaps.extend(self.noted.into_gaps("It was read as far as possible."));
        reading.gaps.extend(same_id_gaps(&reading.events));
        reading.archives = self.archives;
        // Files first, and a bundle that is given twice tells of one search.
        reading
            .archives
            .sort_by(|a, b| (!a.queries.is_empty(), a).cmp(&(!b.queries.is_empty(), b)));
        reading.archives.dedup();
        reading.coverage = coverage(&reading, &self.requests);
        reading
    }
}

/// Reads a record into the list of its kind and gives its time.
fn read_one(
    raw: &Raw,
    id: &RecordId,
    notes: &mut Vec<String>,
    reading: &mut Reading,
) -> Result<Option<Time>, Misread> {
    let id = id.clone();
    Ok(match raw.kind {
        Kind::Finding | Kind::SecurityHubFinding => {
            let finding = if raw.kind == Kind::Finding {
                guardduty::read(&raw.body, id, notes)?
            } else {
                guardduty::read_security_hub(&raw.body, id, notes)?
            };
            let time = finding.updated.or(finding.created);
            reading.findings.push(finding);
            time
        }
        Kind::Item => {
            let mut item = config_history::read(&raw.body, id, notes)?;
            item.account = item.account.or_else(|| raw.at.account.clone());
            item.region = item.region.or_else(|| raw.at.region.clone());
            let time = item.captured;
            reading.items.push(item);
            Some(time)
        }
        Kind::Event => {
            let event = cloudtrail::read(&raw.body, id, notes)?;
            let time = event.time;
            reading.events.push(event);
            Some(time)
        }
    })
}

/// Names for records in the order of their hashes: eight digits, more where eight are not enough.
fn names<'a>(keys: impl Iterator<Item = &'a (Source, String)> + Clone) -> Vec<RecordId> {
    let short = |sha256: &'a str| sha256.get(..8).unwrap_or(sha256);
    let mut uses: BTreeMap<(Source, &str), usize> = BTreeMap::new();
    for (source, sha256) in keys.clone() {
        *uses.entry((*source, short(sha256))).or_default() += 1;
    }
    keys.map(|(source, sha256)| {
        let unique = uses.get(&(*source, short(sha256))) == Some(&1);
        let digits = if unique { short(sha256) } else { sha256 };
        RecordId(format!("{}-{digits}", source.letter()))
    })
    .collect()
}

/// The same item in the spelling of an answer and of a notification is one item. Gives how many
/// were folded away.
fn merge_equal_items(reading: &mut Reading) -> usize {
    let before = reading.items.len();
    let mut seen = BTreeSet::new();
    let records = &mut reading.records;
    reading.items.retain(|item| {
        let key = (
            item.resource_type.clone(),
            item.resource_id.clone(),
            item.captured,
            item.state_id,
            format!("{:?}", item.status),
            canonical::text(&item.content()),
        );
        let first = seen.insert(key);
        if !first {
            records.remove(&item.record);
        }
        first
    });
    before - reading.items.len()
}

/// The same state of a finding in the spelling of the API, the CLI or an export is one state.
/// Gives how many were folded away.
fn merge_equal_findings(reading: &mut Reading) -> usize {
    let before = reading.findings.len();
    let mut seen = BTreeSet::new();
    let records = &mut reading.records;
    reading.findings.retain(|finding| {
        let nameless = Finding { record: RecordId(String::new()), ..finding.clone() };
        let first = seen.insert(format!("{nameless:?}"));
        if !first {
            records.remove(&finding.record);
        }
        first
    });
    before - reading.findings.len()
}

/// Events with one id and different content are all kept, and said.
fn same_id_gaps(events: &[Event]) -> Vec<Gap> {
    let mut by_id: BTreeMap<&str, Vec<RecordId>> = BTreeMap::new();
    for event in events {
        if let Some(id) = &event.id {
            by_id.entry(id).or_default().push(event.record.clone());
        }
    }
    let several = by_id.into_iter().filter(|(_, records)| records.len() > 1);
    several
        .map(|(id, records)| Gap {
            source: Source::CloudTrail.word().to_owned(),
            asked: format!("the event {id}"),
            reason: format!(
                "{} records have this event id and differ in their content; all of them are kept",
                records.len()
            ),
            consequence: "At least one of them is not as CloudTrail wrote it: it was altered, or \
                          a tool left something out."
                .to_owned(),
            records,
        })
        .collect()
}

/// Records of archives that were read and are not among the events.
fn unkept(archives: &[Archive]) -> usize {
    archives.iter().map(|archive| archive.records.saturating_sub(archive.found)).sum()
}

fn coverage(reading: &Reading, requests: &BTreeMap<Source, usize>) -> Vec<Coverage> {
    Source::ALL
        .into_iter()
        .map(|source| {
            let times = reading
                .records
                .values()
                .filter(|record| record.source == source)
                .filter_map(|record| record.time);
            let of_archives = reading
                .archives
                .iter()
                .filter(|_| source == Source::CloudTrail)
                .flat_map(|archive| &archive.places)
                .flat_map(|place| place.from.into_iter().chain(place.to))
                .filter_map(|second| Timestamp::from_second(second).ok().map(Time::from));
            let (from, to) = times.chain(of_archives).fold(
                (None, None),
                |(from, to): (Option<Time>, _), time| {
                    (Some(from.map_or(time, |f| f.min(time))), to.max(Some(time)))
                },
            );
            Coverage {
                source,
                from,
                to,
                requests: requests.get(&source).copied(),
                records: match source {
                    Source::GuardDuty => reading.findings.len(),
                    Source::Config => reading.items.len(),
                    Source::CloudTrail => reading.events.len() + unkept(&reading.archives),
                },
                complete: None,
            }
        })
        .collect()
}
