//! What AWS Config's recorder leaves out.

use serde_json::Value;

/// What the answer to DescribeConfigurationRecorders says of resources of a type: why their
/// history has holes, and what these could hide. `None` when it has none.
///
/// <https://docs.aws.amazon.com/config/latest/APIReference/API_RecordingGroup.html>
pub fn holes(recorders: &Value, resource_type: &str) -> Option<(String, &'static str)> {
    let recorders = recorders.get("ConfigurationRecorders").and_then(Value::as_array)?;
    if recorders.is_empty() {
        return Some((
            "there is no configuration recorder in this Region (DescribeConfigurationRecorders is empty); set one up to have a history from then on".to_owned(),
            "What the function was at any time, and whether it changed, is known from calls only, if at all.",
        ));
    }
    let recording: Vec<&Value> =
        recorders.iter().filter(|recorder| records(recorder, resource_type)).collect();
    if recording.is_empty() {
        return Some((
            format!(
                "the recorder of this Region leaves {resource_type} out (its recordingGroup); add the type to it to have a history from then on"
            ),
            "What such a resource was at any time, and whether it changed, is known from calls only, if at all.",
        ));
    }
    let daily =
        recording.iter().all(|recorder| frequency(recorder, resource_type) == Some("DAILY"));
    daily.then(|| {
        (
            format!(
                "the recorder of this Region records {resource_type} once a day (its recordingMode)"
            ),
            "States that lasted less than a day are not recorded.",
        )
    })
}

fn records(recorder: &Value, resource_type: &str) -> bool {
    let Some(group) = recorder.get("recordingGroup") else { return true };
    let has = |pointer: &str| {
        let types = group.pointer(pointer).and_then(Value::as_array);
        types.is_some_and(|types| types.iter().any(|listed| listed == resource_type))
    };
    match group.pointer("/recordingStrategy/useOnly").and_then(Value::as_str) {
        Some("EXCLUSION_BY_RESOURCE_TYPES") => !has("/exclusionByResourceTypes/resourceTypes"),
        Some("INCLUSION_BY_RESOURCE_TYPES") => has("/resourceTypes"),
        _ => {
            group.get("allSupported").and_then(Value::as_bool).unwrap_or(true)
                || has("/resourceTypes")
        }
    }
}

fn frequency<'a>(recorder: &'a Value, resource_type: &str) -> Option<&'a str> {
    let mode = recorder.get("recordingMode")?;
    let overrides = mode.get("recordingModeOverrides").and_then(Value::as_array);
    let special = overrides.into_iter().flatten().find(|one| {
        let types = one.get("resourceTypes").and_then(Value::as_array);
        types.is_some_and(|types| types.iter().any(|listed| listed == resource_type))
    });
    special.unwrap_or(mode).get("recordingFrequency").and_then(Value::as_str)
}

/// What the answer to DescribeConfigurationRecorderStatus says: since when nothing is recorded, or
/// that recording fails.
///
/// <https://docs.aws.amazon.com/config/latest/APIReference/API_ConfigurationRecorderStatus.html>
pub fn silence(status: &Value) -> Option<String> {
    let recorders = status.get("ConfigurationRecordersStatus").and_then(Value::as_array)?;
    let is_recording =
        |recorder: &&Value| recorder.get("recording").and_then(Value::as_bool).unwrap_or(true);
    let since = |recorder: &Value, name: &str| {
        let time = recorder.get(name)?;
        let text = time.as_str().map_or_else(|| time.to_string(), str::to_owned);
        crate::model::Time::parse(&text)
    };
    let stopped = recorders.first().filter(|_| !recorders.iter().any(|r| is_recording(&r)));
    if let Some(stopped) = stopped {
        let since = since(stopped, "lastStopTime")
            .map_or_else(String::new, |time| format!(" since {time}"));
        return Some(format!(
            "the configuration recorder is stopped{since} (DescribeConfigurationRecorderStatus); start it to have a history from then on"
        ));
    }
    // AWS writes `SUCCESS`, and documents `Success`.
    let failing = recorders.iter().filter(is_recording).find(|recorder| {
        let last = recorder.get("lastStatus").and_then(Value::as_str);
        last.is_some_and(|last| last.eq_ignore_ascii_case("failure"))
    })?;
    let text = |name: &str| failing.get(name).and_then(Value::as_str).unwrap_or_default();
    let since = since(failing, "lastStatusChangeTime")
        .map_or_else(String::new, |time| format!(" since {time}"));
    Some(format!(
        "the configuration recorder fails{since}: {} {}",
        text("lastErrorCode"),
        text("lastErrorMessage")
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{holes, silence};

    const FUNCTION: &str = "AWS::Lambda::Function";

    #[test]
    fn says_which_types_are_left_out() {
        let with = |group| json!({"ConfigurationRecorders": [{"name": "default", "recordingGroup": group}]});
        for whole in [
            json!({"allSupported": true}),
            json!({"allSupported": false, "resourceTypes": [FUNCTION]}),
            json!({"recordingStrategy": {"useOnly": "EXCLUSION_BY_RESOURCE_TYPES"},
                   "exclusionByResourceTypes": {"resourceTypes": ["AWS::S3::Bucket"]}}),
        ] {
            assert_eq!(holes(&with(whole.clone()), FUNCTION), None, "{whole}");
        }
        for part in [
            json!({"allSupported": false, "resourceTypes": ["AWS::S3::Bucket"]}),
            json!({"recordingStrategy": {"useOnly": "EXCLUSION_BY_RESOURCE_TYPES"},
                   "exclusionByResourceTypes": {"resourceTypes": [FUNCTION]}}),
            json!({"recordingStrategy": {"useOnly": "INCLUSION_BY_RESOURCE_TYPES"}}),
        ] {
            let said = holes(&with(part.clone()), FUNCTION);
            assert!(said.is_some_and(|(said, _)| said.contains("leaves AWS::Lambda")), "{part}");
        }
        let none = holes(&json!({"ConfigurationRecorders": []}), FUNCTION);
        assert!(none.is_some_and(|(said, _)| said.contains("no configuration recorder")));
        let daily = json!({"ConfigurationRecorders": [{"recordingMode": {
            "recordingFrequency": "CONTINUOUS",
            "recordingModeOverrides": [{"resourceTypes": [FUNCTION], "recordingFrequency": "DAILY"}],
        }}]});
        assert!(holes(&daily, FUNCTION).is_some_and(|(said, _)| said.contains("once a day")));
        assert_eq!(holes(&daily, "AWS::IAM::Role"), None);
    }

    #[test]
    fn says_since_when_it_is_silent() {
        let with = |status| json!({"ConfigurationRecordersStatus": [status]});
        assert_eq!(silence(&with(json!({"recording": true, "lastStatus": "SUCCESS"}))), None);
        let stopped = silence(&with(json!({"recording": false, "lastStopTime": 1795140707.5})));
        assert!(
            stopped.is_some_and(|said| said.contains("stopped since 2026-11-20T02:11:47.500Z"))
        );
        let fails =
            json!({"recording": true, "lastStatus": "Failure", "lastErrorCode": "AccessDenied"});
        assert!(silence(&with(fails)).is_some_and(|said| said.contains("AccessDenied")));
    }
}
