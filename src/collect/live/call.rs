//! One call to AWS, as the API spells it.

use serde_json::{Value, json};

use crate::{
    collect::Operation,
    model::Time,
    source::{Ask, Discovery, History, Lookup},
};

/// Most configuration items that a page may hold.
const ITEMS: u32 = 100;

/// Most events that a page may hold.
const EVENTS: u32 = 50;

/// A call with its parameters. It is made again, as it is, when it fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// `sts:GetCallerIdentity`.
    CallerIdentity,
    /// `guardduty:ListDetectors`.
    Detectors,
    /// `guardduty:GetFindings`.
    Findings {
        /// The detector of the account that is asked.
        detector: String,
        /// At most 50 ids.
        ids: Vec<String>,
    },
    /// `guardduty:ListFindings`, those updated last first.
    FindingIds {
        /// The detector of the account that is asked.
        detector: String,
        /// Of Lambda functions alone.
        lambda: bool,
        /// The page's token.
        token: Option<String>,
    },
    /// `config:DescribeConfigurationRecorders`.
    Recorders,
    /// `config:DescribeConfigurationRecorderStatus`.
    RecorderStatus,
    /// A page of evidence.
    Evidence {
        /// What is asked.
        ask: Ask,
        /// The page's token.
        token: Option<String>,
    },
}

impl Call {
    /// The operation that is called.
    pub fn operation(&self) -> Operation {
        match self {
            Self::CallerIdentity => Operation::GetCallerIdentity,
            Self::Detectors => Operation::ListDetectors,
            Self::Findings { .. } => Operation::GetFindings,
            Self::FindingIds { .. } => Operation::ListFindings,
            Self::Recorders => Operation::DescribeConfigurationRecorders,
            Self::RecorderStatus => Operation::DescribeConfigurationRecorderStatus,
            Self::Evidence { ask: Ask::Lookup(_), .. } => Operation::LookupEvents,
            Self::Evidence { ask: Ask::History(_), .. } => Operation::GetResourceConfigHistory,
            Self::Evidence { ask: Ask::Discovery(_), .. } => Operation::ListDiscoveredResources,
        }
    }

    /// Whether an answer is not what the operation answers: the list that it must hold is another
    /// thing, or holds none of what it must hold. A page may do without a list.
    pub fn is_misshapen(&self, answer: &Value) -> bool {
        let (name, of_text, may_lack) = match self {
            Self::CallerIdentity => return false,
            Self::Detectors => ("detectorIds", true, false),
            Self::Findings { .. } => ("findings", false, false),
            Self::FindingIds { .. } => ("findingIds", true, false),
            Self::Recorders => ("ConfigurationRecorders", false, false),
            Self::RecorderStatus => ("ConfigurationRecordersStatus", false, false),
            Self::Evidence { ask: Ask::Lookup(_), .. } => ("Events", false, false),
            Self::Evidence { ask: Ask::History(_), .. } => ("configurationItems", false, true),
            Self::Evidence { ask: Ask::Discovery(_), .. } => ("resourceIdentifiers", false, true),
        };
        match answer.get(name) {
            None => !(may_lack && answer.is_object()),
            Some(Value::Array(list)) => {
                let fits = |one: &Value| if of_text { one.is_string() } else { one.is_object() };
                !list.is_empty() && !list.iter().any(fits)
            }
            Some(_) => true,
        }
    }

    /// The parameters, by the names that the API gives them; times are epoch seconds.
    pub fn parameters(&self) -> Value {
        let (mut parameters, token_name, token) = match self {
            Self::CallerIdentity | Self::Detectors | Self::Recorders | Self::RecorderStatus => {
                return json!({});
            }
            Self::Findings { detector, ids } => {
                return json!({"detectorId": detector, "findingIds": ids});
            }
            Self::FindingIds { detector, lambda, token } => {
                let mut parameters = json!({
                    "detectorId": detector,
                    "sortCriteria": {"attributeName": "updatedAt", "orderBy": "DESC"},
                    "maxResults": EVENTS,
                });
                if *lambda && let Some(parameters) = parameters.as_object_mut() {
                    let criteria =
                        json!({"criterion": {"resource.resourceType": {"equals": ["Lambda"]}}});
                    parameters.insert("findingCriteria".to_owned(), criteria);
                }
                (parameters, "nextToken", token)
            }
            Self::Evidence { ask, token } => match ask {
                Ask::Lookup(lookup) => (of_lookup(lookup), "NextToken", token),
                Ask::History(history) => (of_history(history), "nextToken", token),
                Ask::Discovery(discovery) => (of_discovery(discovery), "nextToken", token),
            },
        };
        if let (Some(token), Some(parameters)) = (token, parameters.as_object_mut()) {
            parameters.insert(token_name.to_owned(), Value::from(token.as_str()));
        }
        parameters
    }
}

fn of_lookup(lookup: &Lookup) -> Value {
    json!({
        "LookupAttributes": [{
            "AttributeKey": lookup.attribute.name(),
            "AttributeValue": lookup.value,
        }],
        "StartTime": seconds(lookup.span.from),
        "EndTime": seconds(lookup.span.to),
        "MaxResults": EVENTS,
    })
}

fn of_history(history: &History) -> Value {
    json!({
        "resourceType": history.resource_type,
        "resourceId": history.resource_id,
        "earlierTime": seconds(history.span.from),
        "laterTime": seconds(history.span.to),
        "chronologicalOrder": "Reverse",
        "limit": ITEMS,
    })
}

fn of_discovery(discovery: &Discovery) -> Value {
    json!({
        "resourceType": discovery.resource_type,
        "resourceName": discovery.name,
        "includeDeletedResources": true,
        "limit": ITEMS,
    })
}

fn seconds(time: Time) -> i64 {
    time.timestamp().as_second()
}
