//! What things are called in a sentence.

use super::defang::defang;
use crate::{
    correlate::{Actor, Means},
    model::{Arn, Event, Finding, PrincipalKind, Time},
};

/// An actor in words: `user ci-deployer`, `role WSSystemRole`, `maria@example.com (role …)`.
pub fn actor(actor: &Actor<'_>) -> String {
    let principal = &actor.principal;
    match principal.kind {
        PrincipalKind::Root => "the root user".to_owned(),
        PrincipalKind::User => format!("user {}", clipped(&principal.name)),
        PrincipalKind::Role => format!("role {}", clipped(&principal.name)),
        PrincipalKind::Federated => match &principal.session {
            Some(session) => format!("{} (role {})", clipped(session), clipped(&principal.name)),
            None => format!("federated user {}", clipped(&principal.name)),
        },
        PrincipalKind::Service => clipped(&principal.name),
        PrincipalKind::Account => format!("account {}", clipped(&principal.name)),
        PrincipalKind::Function => {
            format!("the credentials of the function {}", clipped(&principal.name))
        }
        PrincipalKind::Unknown => "somebody unknown".to_owned(),
    }
}

/// An actor in as few words as still tell who it is, for the headline.
pub fn briefly(maker: &Actor<'_>) -> String {
    match (&maker.principal.kind, &maker.principal.session) {
        (PrincipalKind::Federated, Some(session)) => clipped(session),
        _ => actor(maker),
    }
}

/// The beginning of a code hash, which is enough to tell two apart by eye.
pub fn brief_hash(hash: &str) -> String {
    let beginning: String = hash.chars().take(8).collect();
    if beginning.len() < hash.len() { format!("{beginning}…") } else { beginning }
}

/// The maker of one call in words: the actor, and which of its sessions it was.
pub fn caller(maker: Option<&Actor<'_>>, event: &Event) -> String {
    let Some(maker) = maker else { return "somebody unknown".to_owned() };
    match (maker.principal.kind, event.identity.session_name()) {
        (PrincipalKind::Role, Some(session)) => {
            format!("{} (session {})", actor(maker), clipped(session))
        }
        _ => actor(maker),
    }
}

/// The means of a call, for the end of a sentence: ` through CloudFormation`, or
/// ` (user agent: AWS CLI)` where nothing but the caller's own word says so.
pub fn means(means: Means) -> &'static str {
    match (means.via, means.claimed) {
        ("console", false) => " in the console",
        ("cloudformation", false) => " through CloudFormation",
        ("cdk", false) => " through CloudFormation (bucket or role named as the CDK does)",
        ("sam", false) => " through CloudFormation (tagged as SAM does)",
        ("service", false) => " through another AWS service",
        ("console", true) => " (user agent: console or browser)",
        ("cli", true) => " (user agent: AWS CLI)",
        ("sdk", true) => " (user agent: AWS SDK)",
        ("terraform", true) => " (user agent: Terraform)",
        ("cdk", true) => " (user agent: CDK)",
        ("sam", true) => " (user agent: SAM)",
        _ => "",
    }
}

/// ` from 203[.]0[.]113[.]44`, or nothing when the address is the name of a service or missing.
pub fn from_where(event: &Event) -> String {
    match event.source_ip.as_deref() {
        Some(address) if address.parse::<std::net::IpAddr>().is_ok() => {
            format!(" from {}", defang(address))
        }
        _ => String::new(),
    }
}

/// The remote host of a finding: `203[.]0[.]113[.]77:80`.
pub fn remote(finding: &Finding) -> Option<String> {
    let host = finding.remotes.first()?;
    let name = defang(&clipped(host.ip.as_deref().or(host.domain.as_deref())?));
    Some(host.port.map_or_else(|| name.clone(), |port| format!("{name}:{port}")))
}

/// The last part of an ARN, or the text itself, clipped.
pub fn short(text: &str) -> String {
    Arn::parse(text).map_or_else(|| clipped(text), |arn| clipped(arn.name()))
}

/// What stands in a sentence of a text that somebody chose: its beginning and its end, so that a
/// long one cannot push the rest of the sentence out of sight; and in quotes when it is no plain
/// name, so that nobody takes its words for the sentence's own.
pub fn clipped(text: &str) -> String {
    quoted(&shortened(text, 120))
}

/// The beginning and the end of a text, in no more than so many characters.
pub fn shortened(text: &str, longest: usize) -> String {
    let length = text.chars().count();
    if length <= longest {
        return text.to_owned();
    }
    let end = longest / 4;
    let beginning = text.chars().take(longest - end - 1);
    beginning.chain(['…']).chain(text.chars().skip(length - end)).collect()
}

/// A text in quotes of its own, unless it is a plain name: nothing in it can end them.
pub fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "…_./:@=+*$%#~&-[]<>".contains(c);
    if text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("“{}”", text.replace(['“', '”'], "\""))
}

/// How many calls: `one call`, `5 calls`.
pub fn calls(count: usize) -> String {
    if count == 1 { "one call".to_owned() } else { format!("{count} calls") }
}

/// How often: `once`, `twice`, `5 times`.
pub fn times(count: u64) -> String {
    match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        n => format!("{n} times"),
    }
}

/// A word of the data outputs as people write it.
pub fn readable(word: &str) -> String {
    match word {
        "guardduty" => "GuardDuty",
        "config" => "AWS Config",
        "cloudtrail" => "CloudTrail",
        "code_sha256" => "code hash",
        "last_modified" => "last-modified time",
        "cli" => "AWS CLI",
        "sdk" => "AWS SDK",
        "cdk" => "AWS CDK",
        "sam" => "AWS SAM",
        "cloudformation" => "CloudFormation",
        "terraform" => "Terraform",
        "service" => "AWS service",
        "ip" => "IP address",
        "s3_object" => "S3 object",
        "layer_arn" => "layer ARN",
        "image_uri" => "image URI",
        "session_arn" => "session ARN",
        other => return other.replace('_', " "),
    }
    .to_owned()
}

/// A moment in a sentence, in UTC.
pub fn at(time: Time) -> String {
    time.to_string().replacen('T', " ", 1)
}

/// A stretch of time in words: `21 minutes`, `4 h 31 min`, `12 d 5 h`.
pub fn stretch(seconds: i64) -> String {
    let count =
        |number: i64, unit: &str| format!("{number} {unit}{}", if number == 1 { "" } else { "s" });
    match seconds.abs() {
        s if s < 120 => count(s, "second"),
        s if s < 2 * 3600 => count(s / 60, "minute"),
        s if s < 2 * 86_400 => format!("{} h {} min", s / 3600, s / 60 % 60),
        s => format!("{} d {} h", s / 86_400, s / 3600 % 24),
    }
}

/// A silence in words: `3 h 12 min`.
pub fn silence(from: Time, to: Time) -> String {
    let minutes = to.seconds_since(from) / 60;
    match (minutes / 1440, minutes / 60 % 24, minutes % 60) {
        (0, 0, m) => format!("{m} min"),
        (0, h, m) => format!("{h} h {m} min"),
        (d, h, _) => format!("{d} d {h} h"),
    }
}
