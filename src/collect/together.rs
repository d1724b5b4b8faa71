//! Log files and a table that are searched in the same rounds.

use super::{
    archive::Archive,
    athena::Athena,
    search::{Answers, Asked},
};
use crate::{evidence::Document, source::Reader};

/// Whoever there is, asked one after the other: what one of them finds raises questions for both.
pub struct Together<'a, 'b> {
    /// Log files.
    pub logs: Option<Archive<'a>>,
    /// A table of records, which gives what log files lack.
    pub table: Option<Athena<'b>>,
}

impl Answers for Together<'_, '_> {
    fn answer(&mut self, asked: &Asked<'_>) -> Vec<Document> {
        let mut documents = self.logs.as_mut().map_or_else(Vec::new, |logs| logs.answer(asked));
        if let Some(table) = &mut self.table {
            if self.logs.is_some() {
                let mut reader = Reader::default();
                documents.iter().for_each(|document| reader.add(document));
                let events = reader.reading().events.iter();
                table.leave(events.filter_map(|event| event.id.clone()));
            }
            documents.extend(table.answer(asked));
        }
        documents
    }
}
