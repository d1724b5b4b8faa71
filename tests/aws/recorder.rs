//! What records configuration items, and the two operations that tell about it.

use serde_json::{Value, json};

use super::{
    call::Call,
    refusal::Refusal,
    world::{World, place},
};

/// A recorder of Config.
#[derive(Clone, Debug)]
pub struct Recorder {
    /// As `DescribeConfigurationRecorders` tells it, but for its ARN.
    pub description: Value,
    /// As `DescribeConfigurationRecorderStatus` tells it, but for its ARN.
    pub status: Value,
}

impl Recorder {
    /// One that records everything, and is doing so.
    pub fn of_everything() -> Self {
        Self {
            description: json!({
                "name": "default",
                "recordingGroup": {
                    "allSupported": true,
                    "includeGlobalResourceTypes": true,
                    "resourceTypes": [],
                    "exclusionByResourceTypes": {"resourceTypes": []},
                    "recordingStrategy": {"useOnly": "ALL_SUPPORTED_RESOURCE_TYPES"},
                },
                "recordingMode": {"recordingFrequency": "CONTINUOUS", "recordingModeOverrides": []},
                "recordingScope": "PAID",
            }),
            status: json!({
                "name": "default",
                "lastStartTime": 1_577_836_800.5,
                "recording": true,
                "lastStatus": "SUCCESS",
                "lastStatusChangeTime": 1_577_836_860.25,
            }),
        }
    }

    /// One that records these types alone.
    pub fn only(types: &[&str]) -> Self {
        let mut recorder = Self::of_everything();
        recorder.description["recordingGroup"] = json!({
            "allSupported": false,
            "includeGlobalResourceTypes": false,
            "resourceTypes": types,
            "exclusionByResourceTypes": {"resourceTypes": []},
            "recordingStrategy": {"useOnly": "INCLUSION_BY_RESOURCE_TYPES"},
        });
        recorder
    }

    /// One that records everything but these types.
    pub fn except(types: &[&str]) -> Self {
        let mut recorder = Self::of_everything();
        recorder.description["recordingGroup"] = json!({
            "allSupported": false,
            "includeGlobalResourceTypes": false,
            "resourceTypes": [],
            "exclusionByResourceTypes": {"resourceTypes": types},
            "recordingStrategy": {"useOnly": "EXCLUSION_BY_RESOURCE_TYPES"},
        });
        recorder
    }

    /// The same, stopped at that time (seconds). What it recorded stays.
    pub fn stopped(mut self, at: f64) -> Self {
        self.status["recording"] = false.into();
        self.status["lastStopTime"] = at.into();
        self.status["lastStatusChangeTime"] = at.into();
        self
    }

    /// The same, failing to deliver what it records.
    pub fn failing(mut self, code: &str, message: &str) -> Self {
        self.status["lastStatus"] = "FAILURE".into();
        self.status["lastErrorCode"] = code.into();
        self.status["lastErrorMessage"] = message.into();
        self
    }
}

/// What recorders there are.
pub fn describe(world: &World, call: &Call) -> Result<Value, Refusal> {
    told(world, call, "ConfigurationRecorders", |recorder| &recorder.description)
}

/// What they are doing.
pub fn describe_status(world: &World, call: &Call) -> Result<Value, Refusal> {
    told(world, call, "ConfigurationRecordersStatus", |recorder| &recorder.status)
}

fn told(
    world: &World,
    call: &Call,
    list: &str,
    what: fn(&Recorder) -> &Value,
) -> Result<Value, Refusal> {
    let recorder = world.recorders.get(&place(&call.account, &call.region));
    let name = recorder.and_then(|recorder| what(recorder).get("name")?.as_str());
    if let Some(asked) = call.texts("ConfigurationRecorderNames")?
        && let Some(unknown) = asked.into_iter().find(|asked| Some(*asked) != name)
    {
        return Err(Refusal::new(
            "NoSuchConfigurationRecorderException",
            format!("Cannot find configuration recorder with the specified name '{unknown}'."),
        ));
    }
    let told = recorder.map(|recorder| {
        let mut told = what(recorder).clone();
        let Call { region, account, .. } = call;
        let name = name.unwrap_or_default();
        told["arn"] =
            format!("arn:aws:config:{region}:{account}:configuration-recorder/{name}/a1b2c3")
                .into();
        told
    });
    Ok(json!({list: told.into_iter().collect::<Vec<_>>()}))
}
