//! Amazon Resource Names.

/// The parts of an ARN, `arn:partition:service:region:account:resource`.
///
/// See <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>. Region and account
/// are empty where the service has none; nothing is checked against a list, because masked and
/// anonymised records name regions and accounts that do not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arn<'a> {
    /// `aws`, `aws-cn`, `aws-us-gov`, …
    pub partition: &'a str,
    /// `lambda`, `iam`, `sts`, …
    pub service: &'a str,
    /// Empty for global services.
    pub region: &'a str,
    /// Twelve digits, or empty; `aws` for what AWS itself manages.
    pub account: &'a str,
    /// Everything after the fifth colon.
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// Splits an ARN; `None` when the text has not its six parts.
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        if parts.next()? != "arn" {
            return None;
        }
        Some(Self {
            partition: parts.next()?,
            service: parts.next()?,
            region: parts.next()?,
            account: parts.next()?,
            resource: parts.next().filter(|resource| !resource.is_empty())?,
        })
    }

    /// The last segment of the resource: a role's or user's name without its path.
    pub fn name(&self) -> &'a str {
        self.resource.rsplit(['/', ':']).next().unwrap_or(self.resource)
    }

    /// The kind of the resource, `role` of `role/service-role/x`; the whole resource when it has
    /// no kind.
    pub fn kind(&self) -> &'a str {
        self.resource.split(['/', ':']).next().unwrap_or(self.resource)
    }
}
