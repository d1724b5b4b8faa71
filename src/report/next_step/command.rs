//! One line of the AWS CLI, filled in as far as its values are words.

use super::word::{Part, ShellWord};

/// A command that is never executed by casefile. Every value in it is a [`ShellWord`]; what cannot
/// be one, or is not recorded, is a placeholder in capitals of which [`Command::notes`] tells.
#[derive(Clone, Debug)]
pub struct Command {
    line: String,
    notes: Vec<String>,
}

/// A part of a value.
#[derive(Clone, Copy, Debug)]
pub enum Piece<'a> {
    /// The program's own text.
    Own(&'static str),
    /// What a record states, if one does, and the placeholder for it.
    Value(Option<&'a str>, &'static str),
    /// The same where `=` and `,` would have a meaning.
    Id(Option<&'a str>, &'static str),
    /// A placeholder, and what a person puts in its place.
    Later(&'static str, &'static str),
}

impl Command {
    /// `aws SERVICE OPERATION`.
    pub fn aws(service: &'static str, operation: &'static str) -> Self {
        Self { line: format!("aws {service} {operation}"), notes: Vec::new() }
    }

    /// Another program.
    pub fn of(program: &'static str) -> Self {
        Self { line: program.to_owned(), notes: Vec::new() }
    }

    /// Fetches what the address that the command prints leads to, to a file of that name in the
    /// folder where the command is run.
    #[must_use]
    pub fn downloaded(mut self, name: &'static str) -> Self {
        let file = ShellWord::join(&[Part::fixed(name)]);
        self.line = format!("curl --fail --output {file} \"$({})\"", self.line);
        self
    }

    /// An option without a value.
    #[must_use]
    pub fn flag(mut self, option: &'static str) -> Self {
        self.line.push_str(&format!(" {option}"));
        self
    }

    /// An option with a number.
    #[must_use]
    pub fn number(mut self, option: &'static str, number: i64) -> Self {
        self.line.push_str(&format!(" {option} {number}"));
        self
    }

    /// An option with a value of the program's own.
    #[must_use]
    pub fn own(self, option: &'static str, value: &'static str) -> Self {
        self.option(option, &[Piece::Own(value)])
    }

    /// An option with a value of a record.
    #[must_use]
    pub fn value<'a>(
        self,
        option: &'static str,
        value: impl Into<Option<&'a str>>,
        placeholder: &'static str,
    ) -> Self {
        self.option(option, &[Piece::Value(value.into(), placeholder)])
    }

    /// An option with one word for its value.
    #[must_use]
    pub fn option(self, option: &'static str, pieces: &[Piece<'_>]) -> Self {
        self.flag(option).word(pieces)
    }

    /// One word more.
    #[must_use]
    pub fn word(mut self, pieces: &[Piece<'_>]) -> Self {
        self.line.push(' ');
        self.more(pieces)
    }

    /// Continues the last word.
    #[must_use]
    pub fn more(mut self, pieces: &[Piece<'_>]) -> Self {
        let parts: Vec<Part> = pieces.iter().map(|piece| self.part(*piece)).collect();
        self.line.push_str(&ShellWord::join(&parts).to_string());
        self
    }

    /// Continues the last word with the moment at which the command is run, in UTC.
    #[must_use]
    pub fn now(mut self) -> Self {
        self.line.push_str("\"$(date -u +%Y-%m-%dT%H:%M:%SZ)\"");
        self
    }

    /// Writes what is printed to a file of that name in the folder where the command is run.
    #[must_use]
    pub fn into_file(self, name: &'static str) -> Self {
        self.flag(">").word(&[Piece::Own(name)])
    }

    /// Another command after this one, whatever becomes of this one.
    #[must_use]
    pub fn then(mut self, other: Self) -> Self {
        self.line.push_str("; ");
        self.line.push_str(&other.line);
        other.notes.into_iter().for_each(|note| self.note(note));
        self
    }

    /// The line, without a line feed at its end.
    pub fn line(&self) -> &str {
        &self.line
    }

    /// What a person has to fill in, one sentence each.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    fn part(&mut self, piece: Piece<'_>) -> Part {
        let (text, taken, placeholder) = match piece {
            Piece::Own(text) => return Part::fixed(text),
            Piece::Later(placeholder, what) => {
                self.note(format!("Replace {placeholder} with {what}."));
                return Part::fixed(placeholder);
            }
            Piece::Value(text, placeholder) => (text, text.and_then(Part::value), placeholder),
            Piece::Id(text, placeholder) => (text, text.and_then(Part::id), placeholder),
        };
        taken.unwrap_or_else(|| {
            self.note(match text {
                Some(_) => format!("Replace {placeholder} by hand: the recorded value holds characters that could mean more than themselves in a command, so copy it with care from the evidence and quote it."),
                None => format!("Replace {placeholder} by hand: no record states it."),
            });
            Part::fixed(placeholder)
        })
    }

    fn note(&mut self, note: String) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }
}
