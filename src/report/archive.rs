//! The log archives that were searched, and the tables that were asked.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    naming::{at, clipped, stretch},
    text::{Text, When},
    view::Window,
};
use crate::model::{Archive, ArchivePlace, ArchiveQuery, Case, Gap, Time};

/// So many accounts and Regions stand on the page.
const PLACES: usize = 40;

/// A `CloudTrail` log archive that was searched, or a table of its records that was asked.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ArchiveView {
    /// Files that may hold records.
    pub files: usize,
    /// How many of them were opened: the others are of accounts and days of which nothing was
    /// asked.
    pub opened: usize,
    /// Bytes of these as they lie on the disk.
    pub packed_bytes: u64,
    /// Bytes of these after unpacking.
    pub bytes: u64,
    /// Records in them, by their eventTime; of a table those that queries gave and that are nowhere
    /// else among the evidence.
    pub records: usize,
    /// Records that answered a question.
    pub found: usize,
    /// How often files were gone through, or how many queries were asked.
    pub passes: usize,
    /// Digest files beside them, which hold no records.
    pub digests: usize,
    /// Files of Insights events beside them, which are no calls.
    pub insights: usize,
    /// Files that hold the same as another; their records are counted each time.
    pub copies: usize,
    /// By account and Region.
    pub places: Vec<PlaceView>,
    /// What is wrong with files.
    pub faults: Vec<FaultView>,
    /// The queries, where it is a table that a query engine was asked about, and no files.
    pub queries: Vec<QueryView>,
}

/// A query.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct QueryView {
    /// The engine: `athena`.
    pub engine: Text,
    /// The table, as `database.table`.
    pub table: Text,
    /// Under which id the engine knows it; null where it was not started.
    pub id: Option<Text>,
    /// The statement; null where there was nothing to ask.
    pub sql: Option<Text>,
    /// Rows that it gave.
    pub rows: usize,
    /// Rows of these that could not be read.
    pub unread: usize,
    /// Bytes that the engine read for it.
    pub scanned_bytes: u64,
    /// Its price in millionths of a US dollar, at 5 US dollars a terabyte.
    pub millionths_of_usd: u64,
    /// Why it gave nothing, or not all.
    pub failed: Option<Text>,
}

impl QueryView {
    /// Its price.
    pub fn price(&self) -> Text {
        usd(self.millionths_of_usd).into()
    }
}

/// The log of one account in one Region.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PlaceView {
    /// The account; null when neither path nor record says it.
    pub account: Option<Text>,
    /// The Region.
    pub region: Option<Text>,
    /// Files that were opened.
    pub opened: usize,
    /// Files that were not.
    pub passed: usize,
    /// Bytes after unpacking.
    pub bytes: u64,
    /// Records.
    pub records: usize,
    /// The first and the last event.
    pub window: Window,
    /// Whole hours between these in which there is no event.
    pub silent_hours: usize,
    /// The longest stretches of such hours.
    pub silences: Vec<Window>,
}

/// What is wrong with some files.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct FaultView {
    /// In words that follow the name of a file.
    pub reason: Text,
    /// How many files.
    pub files: usize,
    /// The first of them by name.
    pub names: Vec<Text>,
}

impl ArchiveView {
    /// The accounts and Regions that stand on the page.
    pub fn shown(&self) -> &[PlaceView] {
        self.places.get(..PLACES).unwrap_or(&self.places)
    }

    /// What was searched, in a sentence.
    pub fn sentence(&self) -> Text {
        match self.queries.first() {
            Some(first) => self.of_queries(&first.table),
            None => self.of_files(),
        }
    }

    fn of_queries(&self, table: &Text) -> Text {
        let table = table.raw();
        if self.passes == 0 {
            return format!("the table {table} was not asked.").into();
        }
        let total = |of: fn(&QueryView) -> u64| -> u64 {
            self.queries.iter().map(of).fold(0, u64::saturating_add)
        };
        format!(
            "the table {table} was asked through Athena in {}, which gave {} rows: {} records among them answer a question and are nowhere else in the evidence. {} bytes were read, for about {} at USD 5 a terabyte.",
            match self.passes {
                1 => "1 query".to_owned(),
                queries => format!("{queries} queries"),
            },
            self.queries.iter().map(|query| query.rows).sum::<usize>(),
            self.found,
            total(|query| query.scanned_bytes),
            usd(total(|query| query.millionths_of_usd)),
        )
        .into()
    }

    fn of_files(&self) -> Text {
        let mut beside = Vec::new();
        for (count, what) in [
            (self.digests, "digest files"),
            (self.insights, "files of Insights events, which are no calls"),
            (self.copies, "files that hold the same as another and are counted each time"),
        ] {
            if count > 0 {
                beside.push(format!("{count} {what}"));
            }
        }
        let beside = match beside.as_slice() {
            [] => String::new(),
            all => format!(" Among or beside them: {}.", all.join(", ")),
        };
        if self.passes == 0 {
            return format!("the {} log files were not searched.{beside}", self.files).into();
        }
        let opened = if self.opened == self.files {
            format!("all {} log files were opened", self.files)
        } else {
            format!(
                "{} of {} log files were opened, the others are of accounts and days of which nothing was asked",
                self.opened, self.files
            )
        };
        format!(
            "{opened}: {} packed, {} unpacked, {} records, of which {} answered a question. Files were gone through {}.{beside}",
            size(self.packed_bytes),
            size(self.bytes),
            self.records,
            self.found,
            match self.passes {
                1 => "once".to_owned(),
                passes => format!("in {passes} rounds, later ones opening only what could answer"),
            },
        )
        .into()
    }
}

/// What was searched.
pub fn archives(case: &Case, when: &dyn Fn(Time) -> When) -> Vec<ArchiveView> {
    case.archives.iter().map(|archive| view(case, archive, when)).collect()
}

fn view(case: &Case, archive: &Archive, when: &dyn Fn(Time) -> When) -> ArchiveView {
    let moment = |second: i64| time(second).map(when);
    let mut places: Vec<&ArchivePlace> = archive.places.iter().collect();
    places.sort_by_key(|place| !is_home(case, place));
    ArchiveView {
        files: archive.files,
        opened: archive.opened,
        packed_bytes: archive.packed_bytes,
        bytes: archive.bytes,
        records: archive.records,
        found: archive.found,
        passes: archive.passes,
        digests: archive.digests,
        insights: archive.insights,
        copies: archive.copies,
        places: places
            .into_iter()
            .map(|place| PlaceView {
                account: place.account.as_deref().map(Text::from),
                region: place.region.as_deref().map(Text::from),
                opened: place.opened,
                passed: place.passed,
                bytes: place.bytes,
                records: place.records,
                window: Window { from: place.from.and_then(moment), to: place.to.and_then(moment) },
                silent_hours: place.silent_hours,
                silences: place
                    .silences
                    .iter()
                    .map(|(from, to)| Window { from: moment(*from), to: moment(*to) })
                    .collect(),
            })
            .collect(),
        faults: archive
            .faults
            .iter()
            .map(|fault| FaultView {
                reason: fault.reason.as_str().into(),
                files: fault.files,
                names: fault.names.iter().map(|name| name.as_str().into()).collect(),
            })
            .collect(),
        queries: archive.queries.iter().map(query).collect(),
    }
}

fn query(query: &ArchiveQuery) -> QueryView {
    let text = |text: &String| Text::from(text.as_str());
    QueryView {
        engine: text(&query.engine),
        table: text(&query.table),
        id: query.id.as_ref().map(text),
        sql: Some(&query.sql).filter(|sql| !sql.is_empty()).map(text),
        rows: query.rows,
        unread: query.unread,
        scanned_bytes: query.scanned_bytes,
        millionths_of_usd: query.millionths_of_usd,
        failed: query.failed.as_ref().map(text),
    }
}

/// What the archives do not show.
pub fn gaps(case: &Case) -> Vec<Gap> {
    case.archives.iter().flat_map(|archive| gaps_of(case, archive)).collect()
}

fn gaps_of(case: &Case, archive: &Archive) -> Vec<Gap> {
    let mut gaps = Vec::new();
    for fault in &archive.faults {
        let mut names: Vec<String> = fault.names.iter().map(|name| clipped(name)).collect();
        let more = fault.files.saturating_sub(names.len());
        if more > 0 {
            names.push(format!("{more} more"));
        }
        let what = if fault.files == 1 { "the log file" } else { "the log files" };
        gaps.push(Gap::new(
            "cloudtrail",
            format!("{what} {}", names.join(", ")),
            fault.reason.clone(),
            "What else stands in it is not in this report.",
        ));
    }
    if case.subject.is_none() && archive.queries.is_empty() && archive.files > 0 {
        let (asked, consequence) = match archive.files {
            1 => (
                "the log file that was given".to_owned(),
                "The calls that it records are not in this report.",
            ),
            files => (
                format!("the {files} log files that were given"),
                "The calls that they record are not in this report.",
            ),
        };
        gaps.push(Gap::new(
            "cloudtrail",
            asked,
            "nothing was looked for there: the finding is about no function",
            consequence,
        ));
    }
    let mut homes = archive.places.iter().filter(|place| is_home(case, place)).peekable();
    if let Some(subject) = &case.subject
        && archive.queries.is_empty()
        && homes.peek().is_none()
    {
        let account = subject.account.as_deref().unwrap_or("the function");
        let region = subject.region.as_deref().unwrap_or("its Region");
        gaps.push(Gap::new(
            "cloudtrail",
            format!("the log of account {account} in {region}"),
            "no log file of it is in the archive that was searched",
            "What was done to the function is not to be found there.",
        ));
    }
    for place in homes.filter(|place| place.silent_hours > 0) {
        let (Some(from), Some(to)) = (place.from.and_then(time), place.to.and_then(time)) else {
            continue;
        };
        let longest = place.silences.iter().max_by_key(|(from, to)| to - from);
        let longest = longest.and_then(|(from, to)| Some((time(*from)?, time(*to)?)));
        let longest = longest.map_or_else(String::new, |(from, to)| {
            format!(
                ", the longest stretch from {} to {} ({})",
                at(from),
                at(to),
                stretch(to.seconds_since(from))
            )
        });
        gaps.push(Gap::new(
            "cloudtrail",
            format!(
                "the log of account {} in {}, from {} to {}",
                place.account.as_deref().unwrap_or("not known"),
                place.region.as_deref().unwrap_or("a Region that is not known"),
                at(from),
                at(to)
            ),
            format!(
                "{} between holds no event{longest}",
                match place.silent_hours {
                    1 => "1 whole hour".to_owned(),
                    hours => format!("each of {hours} whole hours"),
                }
            ),
            "An hour without events is one without calls, or one whose log is missing: which of them is not known.",
        ));
    }
    gaps
}

/// Whether it is the log in which calls to the function stand.
fn is_home(case: &Case, place: &ArchivePlace) -> bool {
    let same = |one: Option<&String>, other: Option<&String>| {
        one.zip(other).is_none_or(|(one, other)| one == other)
    };
    case.subject.as_ref().is_some_and(|subject| {
        same(subject.account.as_ref(), place.account.as_ref())
            && same(subject.region.as_ref(), place.region.as_ref())
    })
}

fn time(second: i64) -> Option<Time> {
    Timestamp::from_second(second).ok().map(Time::from)
}

/// Bytes as people say them.
fn size(bytes: u64) -> String {
    match bytes {
        0..10_000 => format!("{bytes} bytes"),
        10_000..10_000_000 => format!("{} kB", bytes / 1_000),
        10_000_000..10_000_000_000 => format!("{} MB", bytes / 1_000_000),
        _ => format!("{} GB", bytes / 1_000_000_000),
    }
}

/// Millionths of a US dollar as people say them.
fn usd(millionths: u64) -> String {
    format!("USD {}.{:06}", millionths / 1_000_000, millionths % 1_000_000)
}
