//! What the path of a log file tells of its content.

use std::path::Path;

use jiff::civil::Date;

/// Where a log file lies in an archive as `CloudTrail` writes it, as far as its path says.
///
/// `AWSLogs/[organisation/]account/CloudTrail/region/yyyy/mm/dd/account_CloudTrail_region_time_….json.gz`.
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html>
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// The account whose log it is.
    pub account: Option<String>,
    /// The Region.
    pub region: Option<String>,
    /// The day on which it was delivered.
    pub day: Option<Date>,
}

/// What a file beside the logs is, by where it lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beside {
    /// The hashes of log files.
    Digest,
    /// Insights events, which describe rates of calls.
    Insight,
}

impl Layout {
    /// Reads a path.
    pub fn of(path: &Path) -> Self {
        let steps: Vec<&str> = path.iter().filter_map(|step| step.to_str()).collect();
        Self::of_folders(&steps).or_else(|| Self::of_name(steps.last()?)).unwrap_or_default()
    }

    fn of_folders(steps: &[&str]) -> Option<Self> {
        let at = steps.iter().rposition(|step| *step == "CloudTrail")?;
        let account = at.checked_sub(1).and_then(|at| steps.get(at)).filter(|it| is_account(it))?;
        let region = steps.get(at + 1).filter(|step| is_region(step))?;
        let number = |step: usize| steps.get(at + step)?.parse().ok();
        let day = || {
            let year: i16 = steps.get(at + 2)?.parse().ok()?;
            Date::new(year, number(3)?, number(4)?).ok()
        };
        Some(Self {
            account: Some((*account).to_owned()),
            region: Some((*region).to_owned()),
            day: day(),
        })
    }

    /// `111122223333_CloudTrail_eu-west-1_20261120T0215Z_….json.gz`, wherever it was copied to.
    fn of_name(name: &str) -> Option<Self> {
        let mut parts = name.split('_');
        let account = parts.next().filter(|part| is_account(part))?;
        if parts.next()? != "CloudTrail" {
            return None;
        }
        let region = parts.next().filter(|part| is_region(part))?;
        let day = parts.next().and_then(|time| {
            let (year, month, day) = (time.get(..4)?, time.get(4..6)?, time.get(6..8)?);
            Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
        });
        Some(Self { account: Some(account.to_owned()), region: Some(region.to_owned()), day })
    }
}

impl Beside {
    /// Reads a path; `None` for what may be a log.
    pub fn of(path: &Path) -> Option<Self> {
        path.iter().find_map(|step| match step.to_str()? {
            "CloudTrail-Digest" => Some(Self::Digest),
            "CloudTrail-Insight" => Some(Self::Insight),
            _ => None,
        })
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_region(text: &str) -> bool {
    text.len() >= 7
        && text.contains('-')
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_or_the_name_tells_whose_log_it_is() {
        let name = "111122223333_CloudTrail_eu-west-1_20261120T0215Z_mUzmPLvVlVqPcQdr.json.gz";
        for path in [
            format!("x/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/20/{name}"),
            format!("AWSLogs/o-exampleorg/111122223333/CloudTrail/eu-west-1/2026/11/20/{name}"),
            "111122223333/CloudTrail/eu-west-1/2026/11/20/x".to_owned(),
            name.to_owned(),
            format!("copied/{name}"),
        ] {
            let layout = Layout::of(Path::new(&path));
            assert_eq!(layout.account.as_deref(), Some("111122223333"), "{path}");
            assert_eq!(layout.region.as_deref(), Some("eu-west-1"), "{path}");
            assert_eq!(layout.day, Date::new(2026, 11, 20).ok(), "{path}");
        }
        for path in ["logs/a.json.gz", "CloudTrail/x", "1/CloudTrail/eu-west-1/x", ""] {
            assert_eq!(Layout::of(Path::new(path)), Layout::default(), "{path}");
        }
        let cut = Layout::of(Path::new("111122223333/CloudTrail/eu-west-1/2026/13/40/x"));
        assert_eq!((cut.account.is_some(), cut.day), (true, None));
    }

    #[test]
    fn what_lies_beside_the_logs_is_told() {
        let of = |folder: &str| Beside::of(Path::new(&format!("1/{folder}/eu-west-1/x.json.gz")));
        assert_eq!(of("CloudTrail-Digest"), Some(Beside::Digest));
        assert_eq!(of("CloudTrail-Insight"), Some(Beside::Insight));
        assert_eq!(of("CloudTrail"), None);
    }
}
