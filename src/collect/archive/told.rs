//! What was searched, and what is wrong with it.

use std::collections::{BTreeMap, BTreeSet};

use super::{layout::Beside, log_file::Kind, pass::Where};
use crate::model::{self, ArchiveFault, ArchivePlace};

/// So many files with the same fault are named.
const NAMED: usize = 10;

/// So many silences of a place are named.
const SILENCES: usize = 5;

/// What was searched.
pub fn archive(search: &super::Archive<'_>) -> model::Archive {
    let mut archive = model::Archive {
        packed_bytes: search.all.packed_bytes,
        found: search.all.found.len(),
        passes: search.passes,
        faults: faults(&search.all.faults),
        ..model::Archive::default()
    };
    let mut passed: BTreeMap<Where, usize> = BTreeMap::new();
    let mut sums: BTreeSet<(u64, u32)> = BTreeSet::new();
    for file in &search.files {
        match (file.beside, file.seen) {
            (Some(Beside::Digest), _) => archive.digests += 1,
            (Some(Beside::Insight), _) => archive.insights += 1,
            (None, None) => {
                archive.files += 1;
                let layout = file.layout.clone();
                *passed.entry((layout.account, layout.region)).or_default() += 1;
            }
            (None, Some(seen)) => match seen.kind {
                Kind::Digest => archive.digests += 1,
                Kind::Insight => archive.insights += 1,
                Kind::Other => {}
                Kind::Log | Kind::Empty | Kind::Unreadable => {
                    archive.files += 1;
                    archive.opened += 1;
                    if seen.kind == Kind::Log && seen.sum.is_some_and(|sum| !sums.insert(sum)) {
                        archive.copies += 1;
                    }
                }
            },
        }
    }
    let places: BTreeSet<&Where> = search.all.places.keys().chain(passed.keys()).collect();
    for place in places {
        let known = search.all.places.get(place).cloned().unwrap_or_default();
        let mut silences = known.times.silences();
        let hours = |(from, to): &(i64, i64)| usize::try_from((to - from) / 3600).unwrap_or(0);
        let silent_hours = silences.iter().map(hours).sum();
        silences.sort_by_key(|silence| (std::cmp::Reverse(hours(silence)), *silence));
        silences.truncate(SILENCES);
        silences.sort_unstable();
        archive.bytes += known.bytes;
        archive.records += known.times.events;
        archive.places.push(ArchivePlace {
            account: place.0.clone(),
            region: place.1.clone(),
            opened: known.opened,
            passed: passed.get(place).copied().unwrap_or_default(),
            bytes: known.bytes,
            records: known.times.events,
            from: known.times.span.map(|(first, _)| first),
            to: known.times.span.map(|(_, last)| last),
            silent_hours,
            silences,
        });
    }
    archive
}

fn faults(faults: &BTreeMap<String, BTreeSet<String>>) -> Vec<ArchiveFault> {
    let fault = |(reason, names): (&String, &BTreeSet<String>)| ArchiveFault {
        reason: reason.clone(),
        files: names.len(),
        names: names.iter().take(NAMED).cloned().collect(),
    };
    faults.iter().map(fault).collect()
}

/// Adds one more file to its fault.
pub fn note(faults: &mut Vec<ArchiveFault>, name: String, reason: String) {
    match faults.iter_mut().find(|fault| fault.reason == reason) {
        Some(fault) => {
            fault.files += 1;
            if fault.names.len() < NAMED {
                fault.names.push(name);
            }
        }
        None => faults.push(ArchiveFault { reason, files: 1, names: vec![name] }),
    }
    faults.sort();
}
