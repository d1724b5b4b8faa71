//! The resource that the finding is about.

/// The finding's function: its name and where it lives.
///
/// The same name in another account or region is another function.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subject {
    /// Twelve digits, when known.
    pub account: Option<String>,
    /// Region code, when known.
    pub region: Option<String>,
    /// The function's name, without version or alias.
    pub name: String,
    /// The finding's version: `$LATEST`, a number, or not stated.
    pub version: Option<String>,
}

impl Subject {
    /// The unqualified ARN, when account and region are known.
    pub fn arn(&self, partition: &str) -> Option<String> {
        let (account, region) = (self.account.as_deref()?, self.region.as_deref()?);
        Some(format!("arn:{partition}:lambda:{region}:{account}:function:{}", self.name))
    }

    /// The number of the published version that the finding names, if it names one.
    pub fn published_version(&self) -> Option<&str> {
        self.version
            .as_deref()
            .filter(|version| !version.is_empty() && version.bytes().all(|b| b.is_ascii_digit()))
    }
}
