//! AWS Config's configuration items.

use serde_json::Value;

use super::{RecordId, Time};

/// What AWS Config recorded of one resource at one moment.
///
/// Fields follow <https://docs.aws.amazon.com/config/latest/APIReference/API_ConfigurationItem.html>;
/// `configuration` and the supplementary values are JSON here, whatever their wrapping was.
#[derive(Clone, Debug)]
pub struct Item {
    /// The record that states it.
    pub record: RecordId,
    /// `AWS::Lambda::Function`, …
    pub resource_type: String,
    /// `resourceId`: a function's name, a role's `AROA…`.
    pub resource_id: String,
    /// `resourceName`.
    pub resource_name: Option<String>,
    /// `arn`; absent in items of deleted resources.
    pub arn: Option<String>,
    /// `accountId` or `awsAccountId`; absent in some items of deleted resources.
    pub account: Option<String>,
    /// `awsRegion`; `global` for IAM.
    pub region: Option<String>,
    /// `configurationItemCaptureTime`.
    pub captured: Time,
    /// `configurationItemStatus`.
    pub status: ItemStatus,
    /// `configurationStateId`, when it is a number: orders items captured in the same moment.
    pub state_id: Option<u64>,
    /// `resourceCreationTime`.
    pub created: Option<Time>,
    /// `configuration`; null when the resource was deleted.
    pub configuration: Value,
    /// `supplementaryConfiguration`.
    pub supplementary: Value,
    /// `tags`.
    pub tags: Value,
    /// `relationships`.
    pub relationships: Vec<Relationship>,
}

impl Item {
    /// The resource's name, or its id where it has no name.
    pub fn name(&self) -> &str {
        self.resource_name.as_deref().filter(|name| !name.is_empty()).unwrap_or(&self.resource_id)
    }

    /// The part of the item that can change, as one JSON value whose pointers begin with
    /// `/configuration`, `/supplementaryConfiguration`, `/tags` or `/relationships`.
    pub fn content(&self) -> Value {
        let relationships: Vec<Value> = self
            .relationships
            .iter()
            .map(|relationship| {
                serde_json::json!({
                    "resourceType": relationship.resource_type,
                    "resourceId": relationship.resource_id,
                    "resourceName": relationship.resource_name,
                    "relationshipName": relationship.name,
                })
            })
            .collect();
        serde_json::json!({
            "configuration": self.configuration,
            "supplementaryConfiguration": self.supplementary,
            "tags": self.tags,
            "relationships": relationships,
        })
    }
}

/// `configurationItemStatus`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ItemStatus {
    /// `OK`: recorded.
    Ok,
    /// `ResourceDiscovered`: recorded for the first time.
    Discovered,
    /// `ResourceDeleted` or `ResourceDeletedNotRecorded`.
    Deleted,
    /// `ResourceNotRecorded` and whatever AWS adds.
    Other(String),
}

/// One entry of `relationships`, with its trailing spaces trimmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relationship {
    /// `resourceType` of the other end.
    pub resource_type: String,
    /// `resourceId`; absent for a function's role.
    pub resource_id: Option<String>,
    /// `resourceName`.
    pub resource_name: Option<String>,
    /// `relationshipName` or `name`.
    pub name: Option<String>,
}
