//! One document taken apart, as far as that needs no other.

use std::{
    panic::resume_unwind,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use serde::Deserialize;
use serde_json::Value;

use super::{
    encoding, salvage, secret,
    unwrap::{self, Kind, Unwrapped},
};
use crate::{
    evidence::{Document, sha256_hex},
    model::Archive,
};

/// A record before it is understood: its own hash tells it from every other.
pub struct Raw {
    /// What it is.
    pub kind: Kind,
    /// SHA-256 of its JSON with sorted names, before anything was redacted.
    pub sha256: String,
    /// The record, its names sorted and its secrets replaced.
    pub body: Value,
    /// Where it was found; the first of several places in alphabetical order.
    pub at: Place,
}

/// Where a record was found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// A bundle's document is named rather than a loose file: it sorts first.
    pub loose: bool,
    /// The document's name.
    pub document: String,
    /// Line and JSON pointer in it.
    pub pointer: String,
    /// The call that it answers, if it says.
    pub operation: Option<String>,
    /// The account that was asked, for items that do not say their own.
    pub account: Option<String>,
    /// The region that was asked, likewise.
    pub region: Option<String>,
}

impl Place {
    fn new(document: &Document, pointer: String) -> Self {
        let entry = document.request.as_ref();
        Self {
            loose: !document.from_bundle,
            document: document.name.clone(),
            pointer,
            operation: entry.map(|entry| entry.operation.clone()),
            account: entry.and_then(|entry| entry.account.clone()),
            region: entry.and_then(|entry| entry.region.clone()),
        }
    }
}

/// What one document holds.
#[derive(Default)]
pub struct Contents {
    /// Its records.
    pub records: Vec<Raw>,
    /// What cost a record or a part of the document: where, and why.
    pub lost: Vec<(String, String)>,
    /// What cost nothing, and is said all the same.
    pub noted: Vec<(String, String)>,
    /// How many records or parts could not be read.
    pub unreadable: usize,
    /// What was searched for the records, if it says.
    pub archive: Option<Archive>,
}

/// What a document says of the log archive in which its records were found.
#[derive(Deserialize)]
struct Searched {
    #[serde(rename = "casefileArchive")]
    archive: Archive,
}

fn of(document: &Document) -> Contents {
    let mut contents = Contents::default();
    // The collection has said of each refusal what it costs.
    if document.request.as_ref().is_some_and(|entry| !entry.holds_records()) {
        return contents;
    }
    let decoded = match encoding::decode(&document.bytes) {
        Ok(decoded) => decoded,
        Err(reason) => {
            contents.lost.push((String::new(), reason));
            return contents;
        }
    };
    let text = salvage::without_stamps(&decoded.text);
    if text.trim_start().is_empty() {
        contents.lost.push((String::new(), "is empty".to_owned()));
        return contents;
    }
    if !text.trim_start().starts_with(['{', '[']) {
        // What people write about a case for people is no evidence of it.
        if !document.name.ends_with("README.md") {
            contents.lost.push((String::new(), "is not JSON".to_owned()));
        }
        return contents;
    }
    if text.starts_with("{\"casefileArchive\":") {
        match serde_json::from_str::<Searched>(&text) {
            Ok(searched) => contents.archive = Some(searched.archive),
            Err(error) => contents.lost.push((
                "/casefileArchive".to_owned(),
                format!("does not say what was searched ({})", unwrap::plain(&error)),
            )),
        }
    }
    let (pieces, breaks) = salvage::pieces(&text);
    let mut unwrapped = Unwrapped::default();
    let mut saved = vec![0_usize; breaks.len()];
    for piece in &pieces {
        let before = unwrapped.found.len();
        match piece.saved.and_then(|index| saved.get_mut(index)) {
            Some(saved) => {
                unwrapped.read_part(&piece.place, piece.raw);
                *saved += unwrapped.found.len() - before;
            }
            None => unwrapped.read(&piece.place, piece.raw),
        }
    }
    for (broken, saved) in breaks.into_iter().zip(saved) {
        contents.unreadable += 1;
        contents.lost.push((broken.place.clone(), broken.sentence(saved)));
    }
    contents.unreadable += unwrapped.unread.len();
    contents.lost.extend(unwrapped.unread);
    // What a collection asked in order to ask further has done its work.
    let unused = if document.request.is_some() { Vec::new() } else { unwrapped.unused };
    for what in unused {
        let reason = format!("is {what}, which a report does not use yet");
        contents.noted.push((String::new(), reason));
    }
    for place in unwrapped.strange {
        contents.lost.push((place, "holds nothing that casefile knows".to_owned()));
    }
    let mut damage = decoded.notice;
    for found in unwrapped.found {
        // Sorted, so that copies that differ in the order of their members are one.
        let mut body = found.value;
        body.sort_all_objects();
        let canonical = body.to_string();
        if damage.is_some() && canonical.contains(char::REPLACEMENT_CHARACTER) {
            let reason = format!(
                "this {} holds bytes that are no text; they are shown as U+FFFD",
                found.kind.word()
            );
            contents.noted.push((found.place.clone(), reason));
        }
        contents.records.push(Raw {
            kind: found.kind,
            sha256: sha256_hex(canonical.as_bytes()),
            body: {
                secret::redact(&mut body);
                body
            },
            at: Place::new(document, found.place),
        });
    }
    if contents.noted.iter().any(|(_, reason)| reason.contains("U+FFFD")) {
        damage = None;
    }
    contents.noted.extend(damage.map(|reason| (String::new(), reason)));
    contents
}

/// Takes every document apart, on as many cores as there are, in the documents' order.
pub fn of_all(documents: &[Document]) -> Vec<Contents> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        while let Some((index, document)) = {
            let index = next.fetch_add(1, Ordering::Relaxed);
            documents.get(index).map(|document| (index, document))
        } {
            done.push((index, of(document)));
        }
        done
    };
    let mut done = thread::scope(|scope| {
        let others: Vec<_> = (1..cores.min(documents.len())).map(|_| scope.spawn(work)).collect();
        let mut done = work();
        for other in others {
            match other.join() {
                Ok(part) => done.extend(part),
                Err(panic) => resume_unwind(panic),
            }
        }
        done
    });
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, contents)| contents).collect()
}
