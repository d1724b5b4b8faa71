//! Everything that casefile can ask of AWS. All of it reads.

/// Whose account answers an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The account in which the finding is looked up: its own, or that of the GuardDuty
    /// administrator.
    Home,
    /// The account in which the function lives.
    Member,
}

/// An operation of an AWS service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    /// Who is asking? AWS answers it to everybody.
    GetCallerIdentity,
    /// Become the role that may read in the account in which the function lives.
    AssumeRole,
    /// GuardDuty's detector in a Region.
    ListDetectors,
    /// A finding by its id.
    GetFindings,
    /// The ids of recent findings.
    ListFindings,
    /// What AWS Config is set to record.
    DescribeConfigurationRecorders,
    /// Whether AWS Config is recording.
    DescribeConfigurationRecorderStatus,
    /// The id under which AWS Config knows a name.
    ListDiscoveredResources,
    /// Configuration items of a resource.
    GetResourceConfigHistory,
    /// Events of `CloudTrail`'s event history.
    LookupEvents,
}

impl Operation {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::GetCallerIdentity,
        Self::AssumeRole,
        Self::ListDetectors,
        Self::GetFindings,
        Self::ListFindings,
        Self::DescribeConfigurationRecorders,
        Self::DescribeConfigurationRecorderStatus,
        Self::ListDiscoveredResources,
        Self::GetResourceConfigHistory,
        Self::LookupEvents,
    ];

    /// Its name, as AWS spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::GetCallerIdentity => "GetCallerIdentity",
            Self::AssumeRole => "AssumeRole",
            Self::ListDetectors => "ListDetectors",
            Self::GetFindings => "GetFindings",
            Self::ListFindings => "ListFindings",
            Self::DescribeConfigurationRecorders => "DescribeConfigurationRecorders",
            Self::DescribeConfigurationRecorderStatus => "DescribeConfigurationRecorderStatus",
            Self::ListDiscoveredResources => "ListDiscoveredResources",
            Self::GetResourceConfigHistory => "GetResourceConfigHistory",
            Self::LookupEvents => "LookupEvents",
        }
    }

    /// The service, as permissions spell it: `guardduty`, `config`, `cloudtrail` or `sts`.
    pub fn service(self) -> &'static str {
        match self {
            Self::GetCallerIdentity | Self::AssumeRole => "sts",
            Self::ListDetectors | Self::GetFindings | Self::ListFindings => "guardduty",
            Self::DescribeConfigurationRecorders
            | Self::DescribeConfigurationRecorderStatus
            | Self::ListDiscoveredResources
            | Self::GetResourceConfigHistory => "config",
            Self::LookupEvents => "cloudtrail",
        }
    }

    /// The IAM action that allows it, such as `cloudtrail:LookupEvents`.
    pub fn permission(self) -> String {
        format!("{}:{}", self.service(), self.name())
    }

    /// Whose account answers it.
    pub fn part(self) -> Part {
        match self.service() {
            "config" | "cloudtrail" => Part::Member,
            _ => Part::Home,
        }
    }
}
