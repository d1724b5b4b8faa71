//! What a function was at one moment, from a configuration item or the answer of a call.

use serde_json::Value;

use crate::model::Time;

/// The parts of Lambda's `FunctionConfiguration` that tell one state from another.
///
/// AWS Config records the same shape that Lambda's calls are answered with, so both are read here.
/// <https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html>
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FunctionState {
    /// `revisionId`: new with every change.
    pub revision_id: Option<String>,
    /// `codeSha256`.
    pub code_sha256: Option<String>,
    /// `lastModified`.
    pub last_modified: Option<Time>,
    /// `version`: `$LATEST` or the number of a published version.
    pub version: Option<String>,
    /// `role`.
    pub role: Option<String>,
    /// `runtime`.
    pub runtime: Option<String>,
    /// `handler`.
    pub handler: Option<String>,
}

impl FunctionState {
    /// Reads a state; `None` when the value does not describe a function.
    pub fn read(configuration: &Value) -> Option<Self> {
        let text = |name: &str| {
            configuration
                .get(name)
                .and_then(Value::as_str)
                .filter(|text| !text.is_empty())
                .map(str::to_owned)
        };
        if text("functionName").is_none() && text("functionArn").is_none() {
            return None;
        }
        Some(Self {
            revision_id: text("revisionId"),
            code_sha256: text("codeSha256"),
            last_modified: text("lastModified").as_deref().and_then(Time::parse),
            version: text("version"),
            role: text("role"),
            runtime: text("runtime"),
            handler: text("handler"),
        })
    }

    /// Whether it is the state of the code that can still change, and of no published version.
    pub fn is_latest(&self) -> bool {
        self.version.as_deref().is_none_or(|version| version == "$LATEST")
    }
}
