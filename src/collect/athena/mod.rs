//! `CloudTrail` records that a table of Athena holds, searched for what a case asks.
//!
//! The questions are the same as for saved evidence and for AWS ([`crate::collect::gather`]); only
//! who answers differs ([`super::Answers`]). Each round of new questions is one query, or one for
//! each account that the table's partitions tell apart: it looks for the words that every answer
//! has, and what it gives is sorted out here, by the questions themselves. Who made a key that
//! comes to light is known by then: the first query brings the calls about keys along, at no price,
//! as it reads the log of the function's account in any case.
//!
//! All but the asking is here whether casefile was built to ask Athena or not.

#[cfg(feature = "athena")]
mod client;
mod partition;
mod query;
mod quote;
mod row;
mod table;
mod told;

use std::collections::{BTreeMap, BTreeSet};

#[cfg(feature = "athena")]
pub use client::{Client, Progress};
pub use partition::Key;
pub use query::{Bounds, Query};
pub use table::{Description, Name, Table};
pub use told::{DOCUMENT, OPERATION, gaps, price};

use super::{
    found,
    search::{Answers, Asked, keys_of},
};
use crate::{
    evidence::Document,
    model::{Archive, ArchiveQuery},
    source::read_event,
};

/// What Athena is asked: operations that the policy of [`super::policy()`] leaves out, since few ask it.
pub const OPERATIONS: [&str; 5] = [
    "GetQueryExecution",
    "GetQueryResults",
    "GetTableMetadata",
    "StartQueryExecution",
    "StopQueryExecution",
];

/// What a query gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ran {
    /// Under which id the engine knows it.
    pub id: Option<String>,
    /// Rows, with values in the order of the columns; what is null has none.
    pub rows: Vec<Vec<Option<String>>>,
    /// Bytes that were read, by every start of it.
    pub scanned: u64,
    /// The price of all starts, as [`price`] says it.
    pub millionths_of_usd: u64,
    /// Why there is nothing, or not all, as a sentence without a full stop.
    pub failed: Option<String>,
    /// Nothing more shall be asked.
    pub stopped: bool,
}

/// Whoever runs queries.
pub trait Runs {
    /// Runs one to its end.
    fn run(&mut self, query: &Query) -> Ran;
}

/// A table, and who asks about it.
pub struct Through<'a> {
    /// The table.
    pub table: Table,
    /// Where no time is asked for, so many days before the activity are.
    pub lookback_days: u32,
    /// Who runs the queries.
    pub runs: &'a mut dyn Runs,
}

/// A table that answers questions.
pub struct Athena<'a> {
    table: Table,
    bounds: Bounds,
    runs: &'a mut dyn Runs,
    /// Ids of events that are among the evidence, as `CloudTrail` itself wrote them.
    known: BTreeSet<String>,
    /// What rows there were: the ids of events, and the text of those without one.
    met: BTreeSet<String>,
    /// Records that answer, and the ids of their events.
    found: BTreeMap<String, Option<String>>,
    /// Records of calls that make, change or remove access keys, by key.
    of_keys: BTreeMap<String, BTreeSet<String>>,
    archive: Archive,
    beside_others: bool,
    stopped: bool,
}

impl<'a> Athena<'a> {
    /// Nothing has been asked yet. Events with an id that is `known` are left out: the table has
    /// less of them.
    pub fn new(
        table: Table,
        bounds: Bounds,
        known: BTreeSet<String>,
        runs: &'a mut dyn Runs,
    ) -> Self {
        Self {
            table,
            bounds,
            runs,
            known,
            met: BTreeSet::new(),
            found: BTreeMap::new(),
            of_keys: BTreeMap::new(),
            archive: Archive::default(),
            beside_others: false,
            stopped: false,
        }
    }

    /// Leaves events with these ids to whoever else answers. What else they may have is not known:
    /// of the table those records alone count that answer.
    pub fn leave(&mut self, ids: impl IntoIterator<Item = String>) {
        self.known.extend(ids);
        self.beside_others = true;
    }

    /// All that was found, and what was asked.
    pub fn document(&self) -> Document {
        let is_new = |id: &Option<String>| id.as_ref().is_none_or(|id| !self.known.contains(id));
        let found = self.found.iter().filter(|(_, id)| is_new(id));
        let found: BTreeSet<String> = found.map(|(record, _)| record.clone()).collect();
        let records =
            if self.beside_others { found.len() } else { self.met.difference(&self.known).count() };
        let mut archive = Archive { records, found: found.len(), ..self.archive.clone() };
        if archive.queries.is_empty() {
            archive.queries.push(told::unasked(&self.table));
        }
        found::document(DOCUMENT, Some(&archive), &found)
    }

    /// Runs a query and gives the records that answer, with the ids of their events.
    fn ask(&mut self, query: &Query, asked: &Asked<'_>) -> BTreeMap<String, Option<String>> {
        let mut told = told::query(&self.table, query, self.bounds.from.timestamp().as_second());
        let ran = self.runs.run(query);
        self.stopped = ran.stopped;
        let mut answers = BTreeMap::new();
        for row in &ran.rows {
            let text = row::record(&self.table.columns, row).to_string();
            let Ok(event) = read_event(&text) else {
                told.unread += 1;
                continue;
            };
            self.met.insert(event.id.clone().unwrap_or_else(|| text.clone()));
            if event.id.as_ref().is_some_and(|id| self.known.contains(id)) {
                continue;
            }
            for key in keys_of(&event) {
                self.of_keys.entry(key.to_owned()).or_default().insert(text.clone());
            }
            if asked.is_answered_by(&event) {
                answers.insert(text, event.id);
            }
        }
        told.id = ran.id;
        told.rows = ran.rows.len();
        told.scanned_bytes = ran.scanned;
        told.millionths_of_usd = ran.millionths_of_usd;
        told.failed = ran.failed;
        self.archive.passes += 1;
        self.archive.queries.push(told);
        answers
    }

    /// The records of calls about the keys that are asked for, as far as they answer.
    fn about_keys(&self, asked: &Asked<'_>) -> BTreeMap<String, Option<String>> {
        let records = asked.keys.iter().filter_map(|key| self.of_keys.get(key)).flatten();
        let events = records.filter_map(|record| Some((record, read_event(record).ok()?)));
        let answers = events.filter(|(_, event)| asked.is_answered_by(event));
        answers.map(|(record, event)| (record.clone(), event.id)).collect()
    }
}

impl Answers for Athena<'_> {
    fn answer(&mut self, asked: &Asked<'_>) -> Vec<Document> {
        let mut searches = asked.searches.clone();
        if asked.first {
            searches.extend(asked.of_keys());
        }
        let mut new = BTreeMap::new();
        for query in query::queries(&searches, &self.table, &self.bounds) {
            if self.stopped {
                let from = self.bounds.from.timestamp().as_second();
                let failed = Some("it was not asked any more: casefile was stopped".to_owned());
                let told = ArchiveQuery { failed, ..told::query(&self.table, &query, from) };
                self.archive.queries.push(told);
                continue;
            }
            new.extend(self.ask(&query, asked));
        }
        new.extend(self.about_keys(asked));
        new.retain(|record, _| !self.found.contains_key(record));
        if new.is_empty() {
            return Vec::new();
        }
        let document = found::document(DOCUMENT, None, &new.keys().cloned().collect());
        self.found.append(&mut new);
        vec![document]
    }
}

/// Runs nothing, and keeps what would be run.
#[derive(Clone, Debug, Default)]
pub struct Dry {
    /// The statements.
    pub statements: Vec<String>,
}

impl Runs for Dry {
    fn run(&mut self, query: &Query) -> Ran {
        self.statements.push(query.sql.clone());
        Ran::default()
    }
}
