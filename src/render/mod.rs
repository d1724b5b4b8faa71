//! Reports as bytes: one file an output format.
//!
//! A renderer reads the finished [`Report`] and nothing else. It decides how things look, never
//! what is said or in which order. To add a format, write its file and its line in [`ALL`].

mod extent;
mod filters;
mod hidden;
mod html;
mod json;
mod shown;

#[cfg(test)]
mod example;

pub use shown::{Shown, plain};

use crate::report::Report;

/// A way to write a report.
pub trait Format: Sync {
    /// What the command line calls it.
    fn name(&self) -> &'static str;

    /// How its files end, without the dot.
    fn extension(&self) -> &'static str;

    /// The report in this format; the same report gives the same bytes.
    ///
    /// # Errors
    ///
    /// When the report holds something that the format cannot say.
    fn render(&self, report: &Report) -> Result<Vec<u8>, RenderError>;
}

/// Every format; the first is the default.
pub static ALL: &[&dyn Format] = &[&html::Html, &json::Json];

/// The format of that name.
pub fn by_name(name: &str) -> Option<&'static dyn Format> {
    ALL.iter().copied().find(|format| format.name() == name)
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
        }
        assert!(by_name("docx").is_none());
    }
}
