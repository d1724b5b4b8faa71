//! GuardDuty findings.

use std::collections::BTreeMap;

use super::{RecordId, Time};

/// A GuardDuty finding, whichever way it was exported.
///
/// Fields follow the `Finding` shape of the GuardDuty API
/// (<https://docs.aws.amazon.com/guardduty/latest/APIReference/API_Finding.html>).
#[derive(Clone, Debug)]
pub struct Finding {
    /// The record that states it.
    pub record: RecordId,
    /// `id`.
    pub id: String,
    /// `arn`.
    pub arn: Option<String>,
    /// `type`, such as `UnauthorizedAccess:Lambda/TorClient`.
    pub kind: String,
    /// `severity`, 1.0 to 10.0.
    pub severity: Option<f64>,
    /// `accountId`: whose resource it is.
    pub account: Option<String>,
    /// `region`.
    pub region: Option<String>,
    /// `title`.
    pub title: Option<String>,
    /// `description`.
    pub description: Option<String>,
    /// `service.count`: how many times GuardDuty saw it.
    pub count: Option<u64>,
    /// `service.eventFirstSeen`.
    pub first_seen: Option<Time>,
    /// `service.eventLastSeen`.
    pub last_seen: Option<Time>,
    /// `createdAt`.
    pub created: Option<Time>,
    /// `updatedAt`.
    pub updated: Option<Time>,
    /// `service.archived`.
    pub archived: Option<bool>,
    /// Whether GuardDuty itself calls it a sample finding.
    pub sample: bool,
    /// `resource.resourceType`.
    pub resource_type: Option<String>,
    /// The id or ARN of the resource, when it is not a Lambda function.
    pub resource_name: Option<String>,
    /// `service.action.actionType`.
    pub action_type: Option<String>,
    /// `connectionDirection`.
    pub direction: Option<String>,
    /// `protocol`.
    pub protocol: Option<String>,
    /// `blocked`.
    pub blocked: Option<bool>,
    /// The hosts at the other end.
    pub remotes: Vec<RemoteHost>,
    /// The threat lists that named them.
    pub threat_lists: Vec<ThreatList>,
    /// `resource.lambdaDetails`.
    pub function: Option<FunctionDetails>,
}

impl Finding {
    /// When GuardDuty first saw the activity, or, lacking that, made the finding.
    pub fn signal(&self) -> Option<Time> {
        self.first_seen.or(self.created)
    }

    /// What the resource had to do with the remote host, in the active voice and no stronger than
    /// the finding's action says: only a network connection is a contact.
    pub fn contact(&self) -> &'static str {
        match (self.action_type.as_deref(), self.direction.as_deref(), self.blocked) {
            (Some("NETWORK_CONNECTION"), Some("OUTBOUND"), Some(true)) => "tried to contact",
            (Some("NETWORK_CONNECTION"), Some("OUTBOUND"), _) => "contacted",
            (Some("NETWORK_CONNECTION"), Some("INBOUND"), Some(true)) => {
                "was the target of blocked traffic from"
            }
            (Some("NETWORK_CONNECTION"), Some("INBOUND"), _) => "was contacted by",
            (Some("NETWORK_CONNECTION"), ..) => "exchanged traffic with",
            (Some("DNS_REQUEST"), _, Some(true)) => "tried to look up",
            (Some("DNS_REQUEST"), ..) => "looked up",
            (Some("PORT_PROBE"), ..) => "was probed by",
            (Some("AWS_API_CALL" | "KUBERNETES_API_CALL"), ..) => {
                "was used or named in a call from"
            }
            (Some("RDS_LOGIN_ATTEMPT"), ..) => "had login attempts from",
            _ => "is reported together with",
        }
    }

    /// GuardDuty's words for its own severity values.
    ///
    /// <https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings-severity.html>
    pub fn severity_label(&self) -> Option<&'static str> {
        self.severity.map(|severity| match severity {
            s if s >= 9.0 => "Critical",
            s if s >= 7.0 => "High",
            s if s >= 4.0 => "Medium",
            _ => "Low",
        })
    }
}

/// The host at the other end of a connection (`remoteIpDetails`, `remotePortDetails`, or the
/// domain of a DNS request).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RemoteHost {
    /// `ipAddressV4` or `ipAddressV6`.
    pub ip: Option<String>,
    /// `domain` of a DNS request.
    pub domain: Option<String>,
    /// `remotePortDetails.port`.
    pub port: Option<u64>,
    /// `country.countryName`.
    pub country: Option<String>,
    /// `organization.asn`, without a prefix.
    pub asn: Option<String>,
    /// `organization.org`, else `asnOrg`.
    pub org: Option<String>,
}

/// `service.evidence.threatIntelligenceDetails[]`.
#[derive(Clone, Debug, PartialEq)]
pub struct ThreatList {
    /// `threatListName`.
    pub name: Option<String>,
    /// `threatNames`.
    pub threats: Vec<String>,
}

/// `resource.lambdaDetails`: the function as GuardDuty saw it when it last wrote the finding.
#[derive(Clone, Debug, Default)]
pub struct FunctionDetails {
    /// `functionArn`.
    pub arn: Option<String>,
    /// `functionName`.
    pub name: Option<String>,
    /// `functionVersion`: `$LATEST` or a number.
    pub version: Option<String>,
    /// `revisionId`.
    pub revision_id: Option<String>,
    /// `lastModifiedAt`.
    pub last_modified: Option<Time>,
    /// `role`, an ARN.
    pub role: Option<String>,
    /// `vpcConfig`, absent or empty when the function runs outside every VPC of the account.
    pub vpc: Option<VpcPlacement>,
    /// `tags`.
    pub tags: BTreeMap<String, String>,
}

/// Where in the account's own network a function runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VpcPlacement {
    /// `vpcId`.
    pub id: Option<String>,
    /// `subnetIds`.
    pub subnets: Vec<String>,
    /// `securityGroups[].groupId` or `securityGroupIds`.
    pub security_groups: Vec<String>,
}

impl VpcPlacement {
    /// Whether nothing of it is stated, as for a function outside every VPC.
    pub fn is_empty(&self) -> bool {
        self.id.is_none() && self.subnets.is_empty() && self.security_groups.is_empty()
    }
}
