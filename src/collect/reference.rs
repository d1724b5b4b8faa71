//! Which finding is meant: what was typed for `<FINDING>`, when that is not a file.

use percent_encoding::percent_decode_str;

use super::region;
use crate::model::Arn;

/// A finding by its id, with what else the spelling says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The finding's id, in the case in which it was written.
    pub id: String,
    /// The account whose finding it is, twelve digits.
    pub account: Option<String>,
    /// The Region in which GuardDuty keeps it.
    pub region: Option<String>,
    /// The detector that made it. Seen from the administrator's account it is not the one to ask.
    pub detector: Option<String>,
    /// `aws`, `aws-cn`, `aws-us-gov`, …
    pub partition: Option<String>,
}

/// Why a text names no finding. The text fits after "failed to".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// There is nothing in it.
    #[error(
        "see which finding is meant: nothing is given; give its id, its ARN or its console URL"
    )]
    Empty,
    /// It is none of the spellings.
    #[error(
        "see a finding in {0:?}: it is neither the id of a finding, nor its ARN, nor a URL of the \
         AWS console; if it is a file, check its path"
    )]
    NotAnId(String),
    /// It is an ARN, and not of a finding.
    #[error(
        "see a finding in {0:?}: it is the ARN of something else; that of a finding reads \
         arn:aws:guardduty:REGION:ACCOUNT:detector/DETECTOR/finding/ID"
    )]
    OtherArn(String),
    /// It is a URL of the console, and no finding is open in it.
    #[error(
        "see a finding in {0:?}: no GuardDuty finding is open there; put the URL in quotes, or the \
         shell cuts it at the first &, or give the finding's id"
    )]
    UrlWithoutFinding(String),
    /// It is a URL of the console that names more than one.
    #[error("see which finding is meant in {0:?}: it names several; give the id of one")]
    UrlWithSeveral(String),
    /// It is a URL of the console with a Region that cannot be one.
    #[error("see a finding in {0:?}: its Region cannot be the name of one")]
    UrlRegion(String),
}

/// The hosts of the console; before each may stand the Region, and before that the session.
const CONSOLES: [(&str, &str); 4] = [
    ("console.aws.amazon.com", "aws"),
    ("console.amazonaws-us-gov.com", "aws-us-gov"),
    ("console.amazonaws.cn", "aws-cn"),
    ("console.amazonaws-eusc.eu", "aws-eusc"),
];

impl Reference {
    /// Reads a finding's id, its ARN, or a URL of the console in which it is open: GuardDuty's, or
    /// one that carries the finding's ARN, as Security Hub's do.
    ///
    /// # Errors
    /// When the text is none of these.
    pub fn parse(text: &str) -> Result<Self, ReferenceError> {
        let text = text.trim();
        if text.is_empty() {
            Err(ReferenceError::Empty)
        } else if text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("arn:")) {
            of_arn(text).ok_or_else(|| ReferenceError::OtherArn(shortened(text)))
        } else if let Some(url) = Url::of(text) {
            of_url(&url, text)
        } else if is_id(text) {
            Ok(Self {
                id: text.to_owned(),
                account: None,
                region: None,
                detector: None,
                partition: None,
            })
        } else {
            Err(ReferenceError::NotAnId(shortened(text)))
        }
    }
}

/// GuardDuty takes any 1 to 300 characters for an id. What is refused here has a blank or a slash,
/// or the ending of a file: a path that leads nowhere, a finding's type, a title.
fn is_id(text: &str) -> bool {
    const FILES: [&str; 5] = [".json", ".jsonl", ".gz", ".zip", ".evidence"];
    let lower = text.to_ascii_lowercase();
    (1..=300).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:+=@~".contains(&byte))
        && text.bytes().any(|byte| byte.is_ascii_alphanumeric())
        && !FILES.iter().any(|ending| lower.ends_with(ending))
}

/// `arn:PARTITION:guardduty:REGION:ACCOUNT:detector/DETECTOR/finding/ID`.
fn of_arn(text: &str) -> Option<Reference> {
    let arn = Arn::parse(text)?;
    let (detector, id) = arn.resource.strip_prefix("detector/")?.split_once("/finding/")?;
    let sound = arn.service == "guardduty"
        && region::is_partition(arn.partition)
        && region::is_name(arn.region)
        && arn.account.len() == 12
        && arn.account.bytes().all(|byte| byte.is_ascii_digit())
        && is_id(detector)
        && is_id(id);
    sound.then(|| Reference {
        id: id.to_owned(),
        account: Some(arn.account.to_owned()),
        region: Some(arn.region.to_owned()),
        detector: Some(detector.to_owned()),
        partition: Some(arn.partition.to_owned()),
    })
}

/// A URL of the console.
struct Url {
    partition: &'static str,
    /// The Region in the host's name.
    region: Option<String>,
    /// What follows the host, without any percent-encoding: links that were passed on have been
    /// encoded once, twice or thrice.
    rest: String,
}

impl Url {
    /// A browser may hide the scheme, and then it is not copied either.
    fn of(text: &str) -> Option<Self> {
        let bare = match text.split_once("://") {
            Some((scheme, bare)) if ["http", "https"].contains(&&*scheme.to_ascii_lowercase()) => {
                bare
            }
            _ => text,
        };
        let end = bare.find(['/', '?', '#']).unwrap_or(bare.len());
        let (host, rest) = bare.split_at(end);
        let host = host.to_ascii_lowercase();
        let host = host.strip_suffix(":443").unwrap_or(&host);
        let (partition, before) = CONSOLES.iter().find_map(|(console, partition)| {
            let before = host.strip_suffix(console)?;
            (before.is_empty() || before.ends_with('.')).then_some((*partition, before))
        })?;
        let region = before.trim_end_matches('.').rsplit('.').next().filter(|label| {
            label.starts_with(|first: char| first.is_ascii_lowercase())
                && label.ends_with(|last: char| last.is_ascii_digit())
                && label.matches('-').count() >= 2
                && region::is_name(label)
        });
        let mut rest = rest.to_owned();
        for _ in 0..4 {
            let decoded = percent_decode_str(&rest).decode_utf8_lossy().into_owned();
            if decoded == rest {
                break;
            }
            rest = decoded;
        }
        Some(Self { partition, region: region.map(str::to_owned), rest })
    }

    /// The names and values of the query, and of the query within the fragment.
    fn members(&self) -> impl Iterator<Item = (String, &str)> {
        self.rest
            .split(['?', '#', '&'])
            .filter_map(|member| member.split_once('='))
            .map(|(name, value)| (name.to_ascii_lowercase(), value))
    }

    /// The findings' ARNs in it. Security Hub writes `\operator\:EQUALS\:` before one.
    fn arns(&self) -> Vec<Reference> {
        let plain = self.rest.replace('\\', "");
        plain
            .split(['?', '#', '&', '=', ',', ';', '"', '\'', ' '])
            .filter_map(|part| part.find("arn:").and_then(|start| part.get(start..)))
            .filter_map(of_arn)
            .collect()
    }

    /// The id of the finding whose panel is open, `fId=ID`; else the ids that are searched for,
    /// `search=id=ID`.
    fn ids(&self) -> Vec<String> {
        let opened: Vec<String> = self
            .members()
            .filter(|(name, _)| name == "fid")
            .map(|(_, id)| id.to_owned())
            .filter(|id| is_id(id))
            .collect();
        if !opened.is_empty() {
            return opened;
        }
        self.members()
            .filter(|(name, _)| name == "search")
            .flat_map(|(_, search)| search.split(','))
            .filter_map(|term| term.split_once('='))
            .filter(|(key, _)| key.trim().eq_ignore_ascii_case("id"))
            .map(|(_, id)| id.trim().replace('\\', ""))
            .map(|id| id.strip_prefix("operator:EQUALS:").map(str::to_owned).unwrap_or(id))
            .filter(|id| is_id(id) && !id.starts_with("operator:") && !id.starts_with("arn:"))
            .collect()
    }
}

fn of_url(url: &Url, text: &str) -> Result<Reference, ReferenceError> {
    let asked = url.members().find(|(name, value)| name == "region" && !value.is_empty());
    let region = match asked {
        Some((_, region)) if region::is_name(region) => Some(region.to_owned()),
        Some(_) => return Err(ReferenceError::UrlRegion(shortened(text))),
        None => url.region.clone(),
    };
    let mut found = url.arns();
    // Other consoles have ids of their own.
    if found.is_empty() && url.rest.starts_with("/guardduty") {
        found.extend(url.ids().into_iter().map(|id| Reference {
            id,
            account: None,
            region: region.clone(),
            detector: None,
            partition: Some(url.partition.to_owned()),
        }));
    }
    found.dedup();
    match <[Reference; 1]>::try_from(found) {
        Ok([reference]) => Ok(reference),
        Err(none) if none.is_empty() => Err(ReferenceError::UrlWithoutFinding(shortened(text))),
        Err(_) => Err(ReferenceError::UrlWithSeveral(shortened(text))),
    }
}

/// Enough of a text to know it again.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(200) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
