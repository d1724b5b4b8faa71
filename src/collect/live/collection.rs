//! What has come so far: every body as it arrived, and every gap.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{answer::Answer, call::Call};
use crate::{
    evidence::{Document, DocumentEntry, ManifestGap, sha256_hex},
    source::Ask,
};

/// Where a call was sent, and by whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The account that was asked, when known.
    pub account: Option<String>,
    /// The Region.
    pub region: String,
    /// Who asked, when known.
    pub caller: Option<String>,
}

/// The evidence in the making.
#[derive(Debug, Default)]
pub struct Collection {
    documents: Vec<Document>,
    /// How many documents each folder has.
    numbers: BTreeMap<&'static str, usize>,
    /// What was not seen.
    pub gaps: Vec<ManifestGap>,
}

impl Collection {
    /// Keeps the body of an answer and gives its number; nothing when there is no body, or one that
    /// repeats the credentials of whoever asked.
    pub fn keep(
        &mut self,
        call: &Call,
        asked: &Asked,
        received: Timestamp,
        answer: &Answer,
    ) -> Option<usize> {
        let bytes = answer.body.clone().filter(|_| !answer.is_secret())?;
        let operation = call.operation();
        let number = self.numbers.entry(operation.service()).or_default();
        *number += 1;
        let ending = if bytes.trim_ascii_start().starts_with(b"<") { "xml" } else { "json" };
        let (service, what) = (operation.service(), about(call));
        // No name of the evidence becomes the name of a file.
        let path = format!("{service}/{number:04}-{}-{what}.{ending}", asked.region);
        let entry = DocumentEntry {
            request: call.parameters(),
            account: asked.account.clone(),
            region: Some(asked.region.clone()),
            received: Some(received),
            request_id: answer.request_id.clone(),
            status: answer.status,
            caller_arn: asked.caller.clone(),
            ..DocumentEntry::new(&path, service, operation.name(), &bytes)
        };
        self.documents.push(Document {
            name: path,
            stored_sha256: entry.sha256.clone(),
            bytes,
            from_bundle: true,
            request: Some(entry),
        });
        Some(self.documents.len() - 1)
    }

    /// Keeps what the user gave.
    pub fn keep_given(&mut self, given: &Document) {
        let number = self.numbers.entry("given").or_default();
        *number += 1;
        let path = format!("guardduty/given-{number}.json");
        let entry = DocumentEntry::new(&path, "guardduty", "given", &given.bytes);
        self.documents.push(Document {
            name: path,
            stored_sha256: sha256_hex(&given.bytes),
            bytes: given.bytes.clone(),
            from_bundle: true,
            request: Some(entry),
        });
    }

    /// Says of answers that the same question was asked again.
    pub fn supersede(&mut self, numbers: &[usize]) {
        for number in numbers {
            let document = self.documents.get_mut(*number);
            if let Some(entry) = document.and_then(|document| document.request.as_mut()) {
                entry.superseded = true;
            }
        }
    }

    /// Says what was not seen.
    pub fn gap(&mut self, source: &str, asked: String, reason: String, consequence: &str) {
        let consequence = consequence.to_owned();
        let gap = ManifestGap { source: source.to_owned(), asked, reason, consequence };
        if !self.gaps.contains(&gap) {
            self.gaps.push(gap);
        }
    }

    /// Everything that has come.
    pub fn documents(&self) -> &[Document] {
        &self.documents
    }

    /// Everything that has come, in the order in which it is read again.
    pub fn into_documents(mut self) -> Vec<Document> {
        self.documents.sort_by(|one, other| one.name.cmp(&other.name));
        self.documents
    }
}

/// What a call asks for, in the letters of a file's name.
fn about(call: &Call) -> String {
    let text = match call {
        Call::Evidence { ask: Ask::Lookup(lookup), .. } => lookup.attribute.name().to_owned(),
        Call::Evidence { ask: Ask::History(history), .. } => history.resource_type.clone(),
        Call::Evidence { ask: Ask::Discovery(discovery), .. } => {
            format!("Discovered{}", discovery.resource_type)
        }
        other => other.operation().name().to_owned(),
    };
    let mut words = String::with_capacity(text.len() + 8);
    for letter in text.trim_start_matches("AWS::").chars() {
        match letter {
            'A'..='Z' if words.ends_with(|last: char| last.is_ascii_lowercase()) => {
                words.push('-');
                words.push(letter.to_ascii_lowercase());
            }
            'a'..='z' | 'A'..='Z' | '0'..='9' => words.push(letter.to_ascii_lowercase()),
            _ if !words.ends_with('-') => words.push('-'),
            _ => {}
        }
    }
    words
}
