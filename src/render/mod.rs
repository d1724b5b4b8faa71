//! Reports as bytes: one file an output format.
//!
//! A renderer reads the finished [`Report`] and nothing else. It decides how things look, never
//! what is said or in which order. To add a format, write its file and its line in [`ALL`].

mod cell;
mod csv;
mod dot;
mod extent;
mod filters;
mod graphml;
mod hidden;
mod html;
mod iocs;
mod json;
mod jsonl;
mod links;
mod markdown;
mod records;
mod shown;
mod ticket;
mod timesketch;

#[cfg(test)]
mod example;

pub use records::records;
pub use shown::{Shown, plain};

use crate::report::Report;

/// A way to write a report.
pub trait Format: Sync {
    /// What the command line calls it.
    fn name(&self) -> &'static str;

    /// What it holds and who takes it, in a few words.
    fn about(&self) -> &'static str;

    /// How its files end, without the dot before it. Not two forms end the same way, but one may
    /// end like another with more before it: `iocs.csv` and `csv`.
    fn extension(&self) -> &'static str;

    /// What it is called among the others in an attachment.
    fn packed(&self) -> &'static str;

    /// The report in this format; the same report gives the same bytes.
    ///
    /// # Errors
    ///
    /// When the report holds something that the format cannot say.
    fn render(&self, report: &Report) -> Result<Vec<u8>, RenderError>;
}

/// Every format; the first is the default.
pub static ALL: &[&dyn Format] = &[
    &html::Html,
    &json::Json,
    &markdown::Markdown,
    &csv::Csv,
    &jsonl::Jsonl,
    &iocs::Iocs,
    &dot::Dot,
    &graphml::GraphMl,
];

/// The format of that name.
pub fn by_name(name: &str) -> Option<&'static dyn Format> {
    ALL.iter().copied().find(|format| format.name() == name)
}

/// The format that a file of that name is in: of those that end like it, the one that says most.
pub fn by_ending(file: &str) -> Option<&'static dyn Format> {
    let ends = |format: &&dyn Format| {
        let before = file.strip_suffix(format.extension());
        before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
    };
    ALL.iter().copied().filter(ends).max_by_key(|format| format.extension().len())
}

/// What the files of a report are called before their ending: from the finding's id, never from a
/// name that somebody chose, and of that nothing but letters, digits and dashes.
pub fn stem(id: &str) -> String {
    let id = id.chars();
    let id: String = id.filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(8).collect();
    format!("casefile-{id}")
}

/// A report that could not be written.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The page's template failed.
    #[error("the page could not be drawn")]
    Page(#[source] askama::Error),
    /// A value could not become JSON.
    #[error("the report could not be written as JSON")]
    Json(#[source] serde_json::Error),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_extensions_are_different_and_found() {
        for (at, format) in ALL.iter().enumerate() {
            let found = by_name(format.name()).map(Format::extension);
            assert_eq!(found, Some(format.extension()));
            let same = ALL.iter().position(|other| other.extension() == format.extension());
            assert_eq!(same, Some(at));
            let packed = ALL.iter().position(|other| other.packed() == format.packed());
            assert_eq!(packed, Some(at));
            for file in [format!("x.{}", format.extension()), format.packed().to_owned()] {
                assert_eq!(by_ending(&file).map(Format::name), Some(format.name()), "{file}");
            }
        }
        assert!(by_name("docx").is_none());
        for file in ["", "x", "x.docx", "xcsv", "csv.x"] {
            assert!(by_ending(file).is_none(), "{file}");
        }
    }
}
