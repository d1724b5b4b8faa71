//! What to look for in bytes that have not been parsed, so that no answer is missed.

use super::Question;
use crate::{
    model::{Arn, Principal, PrincipalKind, Subject},
    source::Span,
};

/// A session lasts at most so many seconds: a federated user's, as long as any.
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html>
pub const LONGEST_KEY: i64 = 36 * 3600;

/// What every record that answers a question has, and within which time it lies.
///
/// It is a necessary sign and no more: whether a record that has it is an answer, its question says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Search {
    /// A run of letters, digits, `-` and `_`, which stands in the record with something else, or
    /// nothing, on either side; `None` where no such sign is known, so that any record may answer.
    pub word: Option<String>,
    /// When the answers took place; `None` for any time.
    pub span: Option<Span>,
    /// The account in whose log the answers stand, where the question is about what lies there.
    pub account: Option<String>,
}

impl Question {
    /// What to look for, for the answers among events; `None` where no event answers.
    ///
    /// Whatever [`Question::admits_event`] admits has the sign. `subject` is the case's function.
    pub fn search(&self, subject: &Subject) -> Option<Search> {
        let home = || subject.account.clone();
        let (text, span, account) = match self {
            Self::Function(subject) | Self::Trigger(subject) | Self::ByFunction { subject, .. } => {
                (subject.name.as_str(), None, home())
            }
            Self::Rule(name) | Self::Stack(name) | Self::Image(name) => {
                (name.as_str(), None, home())
            }
            Self::Network(id) => (id.as_str(), None, home()),
            Self::Role { account, name } => (name.as_str(), None, account.clone().or_else(home)),
            // The layer of another account is named in this account's calls by its ARN, and
            // changed in its own.
            Self::Policy(arn) | Self::Layer(arn) => {
                let parsed = Arn::parse(arn);
                let account = parsed.as_ref().map(|arn| arn.account.to_owned());
                (parsed.map_or(arn.as_str(), |arn| arn.name()), None, account.or_else(home))
            }
            Self::CodeObject { key: None, .. } => return None,
            Self::CodeObject { bucket, key: Some(key) } => {
                let word = longest_run(key).max_by_length(longest_run(bucket));
                return Some(Search { word, span: None, account: home() });
            }
            Self::Key(key) => (key.as_str(), None, None),
            Self::StackOperation { by, from, to } => {
                (by.rsplit('/').next().unwrap_or(by), Span::new(*from, *to), home())
            }
            Self::Session { arn, from, to } => {
                (arn.rsplit('/').next().unwrap_or(arn), Span::new(*from, *to), None)
            }
            Self::Actor { principal, from, to } => {
                let word = word_of(principal);
                return Some(Search { word, span: Span::new(*from, *to), account: None });
            }
        };
        Some(Search { word: longest_run(text), span, account })
    }
}

/// What every record of a principal's calls has.
fn word_of(principal: &Principal) -> Option<String> {
    match principal.kind {
        PrincipalKind::Root => return Some("Root".to_owned()),
        PrincipalKind::Account => return Some("AWSAccount".to_owned()),
        PrincipalKind::User | PrincipalKind::Role | PrincipalKind::Federated => {}
        PrincipalKind::Service | PrincipalKind::Function | PrincipalKind::Unknown => return None,
    }
    let session = principal.session.as_deref().and_then(longest_run);
    // Names of identities that have none hold a blank, which no name has.
    let name = Some(principal.name.as_str()).filter(|name| !name.contains(' '));
    session.max_by_length(name.and_then(longest_run))
}

/// Whether a byte can be part of a word.
pub const fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

/// The longest word of a text; the first of several.
fn longest_run(text: &str) -> Option<String> {
    text.split(|character: char| u8::try_from(character).map_or(true, |byte| !is_of_word(byte)))
        .rev()
        .max_by_key(|run| run.len())
        .filter(|run| !run.is_empty())
        .map(str::to_owned)
}

/// Of two signs that all answers have, the one that fewer other records have.
trait Longer: Sized {
    fn max_by_length(self, other: Self) -> Self;
}

impl Longer for Option<String> {
    fn max_by_length(self, other: Self) -> Self {
        let length = |word: &Self| word.as_ref().map_or(0, String::len);
        if length(&other) > length(&self) { other } else { self }
    }
}
