//! `AWS::Lambda::Function`.
//!
//! An item records the unpublished version (`$LATEST`) under the name of the
//! function. It holds no environment variables, aliases, function URLs or event
//! source mappings.

use super::function_name;
use super::generic;
use super::{FieldRole, Resource, aspects};
use serde_json::Value;

/// A Lambda function.
pub struct Function;

const ASPECTS: &[&str] = &[
    "architecture",
    "code",
    "concurrency",
    "dead-letter queue",
    "description",
    "encryption key",
    "environment",
    "existence",
    "file systems",
    "handler",
    "image settings",
    "layers",
    "logging",
    "memory",
    "network",
    "other",
    "relationships",
    "resource policy",
    "revision",
    "role",
    "runtime",
    "signing",
    "snap start",
    "storage",
    "tags",
    "timeout",
    "tracing",
];

/// What `UpdateFunctionConfiguration` cannot change.
const NOT_CONFIGURABLE: &[&str] =
    &["architecture", "code", "concurrency", "existence", "resource policy", "signing", "tags"];

impl Resource for Function {
    fn config_type(&self) -> &'static str {
        "AWS::Lambda::Function"
    }

    fn noun(&self) -> &'static str {
        "function"
    }

    fn aspect(&self, path: &[&str]) -> &'static str {
        match path {
            ["configuration" | "supplementaryConfiguration", field, ..] => field_aspect(field),
            _ => generic::aspect(path).unwrap_or("other"),
        }
    }

    fn role_of(&self, path: &[&str]) -> FieldRole {
        match path {
            ["configuration", field, ..] if is_state(field) => FieldRole::Bookkeeping,
            ["configuration", "snapStart", "optimizationStatus"] => FieldRole::Bookkeeping,
            [
                "configuration",
                "imageConfigResponse" | "imageConfig",
                ..,
                "command" | "entryPoint",
            ] => FieldRole::Ordered,
            _ => generic::role_of(path),
        }
    }

    fn identity_key(&self, path: &[&str], element: &Value) -> Option<String> {
        match path {
            ["configuration", "layers"] => {
                layer_version(element).map(|arn| layer_of(arn).to_owned())
            }
            ["configuration", "fileSystemConfigs"] => {
                generic::text(element, "arn").map(str::to_owned)
            }
            _ => generic::identity_key(path, element),
        }
    }

    fn stands_for<'a>(&self, path: &[&str], element: &'a Value) -> &'a Value {
        match path {
            // A layer version never changes, so its ARN says everything else.
            ["configuration", "layers"] => {
                element.get("arn").filter(|arn| arn.is_string()).unwrap_or(element)
            }
            _ => generic::stands_for(path, element),
        }
    }

    fn follows_from(&self, path: &[&str]) -> Option<&'static str> {
        (path == ["configuration", "codeSize"]).then_some("/configuration/codeSha256")
    }

    fn aspects_changed_by(&self, action: &str, request: &Value) -> Option<Vec<&'static str>> {
        let words = match function_name::action(action) {
            "CreateFunction" | "DeleteFunction" => aspects(ASPECTS),
            "UpdateFunctionCode" => code_update(request),
            "UpdateFunctionConfiguration" => configuration_update(request),
            "AddPermission" | "RemovePermission" | "PutResourcePolicy" | "DeleteResourcePolicy" => {
                aspects(&["resource policy"])
            }
            "PutFunctionConcurrency" | "DeleteFunctionConcurrency" => aspects(&["concurrency"]),
            "TagResource" | "UntagResource" => aspects(&["tags"]),
            "PutRuntimeManagementConfig" => aspects(&["runtime"]),
            "PublishVersion"
            | "CreateAlias"
            | "UpdateAlias"
            | "DeleteAlias"
            | "Invoke"
            | "InvokeAsync"
            | "InvokeWithResponseStream"
            | "CreateFunctionUrlConfig"
            | "UpdateFunctionUrlConfig"
            | "DeleteFunctionUrlConfig"
            | "CreateEventSourceMapping"
            | "UpdateEventSourceMapping"
            | "DeleteEventSourceMapping"
            | "LambdaESMDisabled"
            | "PutFunctionEventInvokeConfig"
            | "UpdateFunctionEventInvokeConfig"
            | "DeleteFunctionEventInvokeConfig"
            | "PutProvisionedConcurrencyConfig"
            | "DeleteProvisionedConcurrencyConfig"
            | "CreateCodeSigningConfig"
            | "UpdateCodeSigningConfig"
            | "DeleteCodeSigningConfig"
            | "PutFunctionCodeSigningConfig"
            | "DeleteFunctionCodeSigningConfig"
            | "PutFunctionRecursionConfig"
            | "PutFunctionScalingConfig"
            | "PublishLayerVersion"
            | "DeleteLayerVersion"
            | "AddLayerVersionPermission"
            | "RemoveLayerVersionPermission" => Vec::new(),
            name if generic::only_reads(name) => Vec::new(),
            _ => return None,
        };
        Some(words)
    }
}

/// The aspect of a field of the item's `configuration` or
/// `supplementaryConfiguration`, or of a request. They spell some names apart
/// (`kmskeyArn`, `kMSKeyArn`), so capitals do not count.
fn field_aspect(field: &str) -> &'static str {
    match field.to_ascii_lowercase().as_str() {
        "codesha256" | "codesize" | "imageuri" | "packagetype" | "code" => "code",
        "role" => "role",
        "layers" => "layers",
        "vpcconfig" => "network",
        "policy" => "resource policy",
        "timeout" => "timeout",
        "memorysize" => "memory",
        "ephemeralstorage" => "storage",
        "handler" => "handler",
        "runtime" | "runtimeversionconfig" | "runtimeconfig" => "runtime",
        "architectures" => "architecture",
        "environment" => "environment",
        "concurrency" | "reservedconcurrentexecutions" => "concurrency",
        "tags" => "tags",
        "description" => "description",
        "deadletterconfig" => "dead-letter queue",
        "tracingconfig" => "tracing",
        "kmskeyarn" => "encryption key",
        "filesystemconfigs" => "file systems",
        "imageconfig" | "imageconfigresponse" => "image settings",
        "loggingconfig" => "logging",
        "snapstart" => "snap start",
        "signingprofileversionarn" | "signingjobarn" | "codesigningconfigarn" => "signing",
        "revisionid" | "lastmodified" => "revision",
        _ => "other",
    }
}

/// Whether a field says which revision this is or how far its rollout has come.
fn is_state(field: &str) -> bool {
    matches!(
        field.to_ascii_lowercase().as_str(),
        "lastmodified"
            | "revisionid"
            | "version"
            | "configsha256"
            | "state"
            | "statereason"
            | "statereasoncode"
            | "lastupdatestatus"
            | "lastupdatestatusreason"
            | "lastupdatestatusreasoncode"
    )
}

/// The version ARN of a layer, in an item (an object) or in a request (a text).
fn layer_version(element: &Value) -> Option<&str> {
    element.as_str().or_else(|| generic::text(element, "arn"))
}

/// The ARN of a layer without its version.
fn layer_of(version_arn: &str) -> &str {
    match version_arn.rsplit_once(':') {
        Some((layer, version))
            if layer.contains(":layer:")
                && !version.is_empty()
                && version.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            layer
        }
        _ => version_arn,
    }
}

fn code_update(request: &Value) -> Vec<&'static str> {
    if request.get("dryRun") == Some(&Value::Bool(true)) {
        return Vec::new();
    }
    // The service keeps the signing job of the code beside it.
    let mut words = vec!["code", "revision", "signing"];
    if request.as_object().is_none() || request.get("architectures").is_some_and(|v| !v.is_null()) {
        words.push("architecture");
    }
    aspects(&words)
}

fn configuration_update(request: &Value) -> Vec<&'static str> {
    // CloudTrail leaves out requests over 100 KB: then any setting may have changed.
    let Some(request) = request.as_object() else {
        let mut words = aspects(ASPECTS);
        words.retain(|word| !NOT_CONFIGURABLE.contains(word));
        return words;
    };
    let mut words = vec!["revision"];
    for (field, value) in request {
        let addressing = ["functionName", "fullyQualifiedArn", "qualifier", "revisionId"]
            .iter()
            .any(|name| name.eq_ignore_ascii_case(field));
        if addressing || value.is_null() {
            continue;
        }
        let word = field_aspect(field);
        words.push(word);
        if matches!(word, "role" | "network") {
            words.push("relationships");
        }
    }
    aspects(&words)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop")]
mod tests {
    use super::Function;
    use crate::resource::{FieldRole, Resource};
    use serde_json::json;

    /// The `requestParameters` of a real UpdateFunctionConfiguration20150331v2, from the
    /// detonation logs of DataDog's stratus-red-team (Apache-2.0).
    const LAYER_ADDED: &str = r#"{"environment":{},
        "functionName":"arn:aws:lambda:eugov-eastcentral-1r:712967571683:function:stratus-red-team-lambda-layer-simpleLambda",
        "layers":["arn:aws:lambda:eugov-eastcentral-1r:712967571683:layer:stratus-red-team-lambda-layer-my-lambda-extension:1"]}"#;

    #[test]
    fn a_real_configuration_call_changes_what_it_names() {
        let request = serde_json::from_str(LAYER_ADDED).unwrap();
        assert_eq!(
            Function.aspects_changed_by("UpdateFunctionConfiguration", &request),
            Some(vec!["environment", "layers", "revision"])
        );
    }

    #[test]
    fn calls_change_the_aspects_that_they_can() {
        let changed = |action, request| Function.aspects_changed_by(action, &request);
        assert_eq!(
            changed("UpdateFunctionCode", json!({"publish": true})),
            Some(vec!["code", "revision", "signing"])
        );
        assert_eq!(changed("UpdateFunctionCode", json!({"dryRun": true})), Some(vec![]));
        assert_eq!(
            changed(
                "UpdateFunctionConfiguration",
                json!({"functionName": "f", "kMSKeyArn": "k", "vpcConfig": {}, "timeout": null})
            ),
            Some(vec!["encryption key", "network", "relationships", "revision"])
        );
        let unseen = changed("UpdateFunctionConfiguration", json!(null)).unwrap();
        assert!(unseen.contains(&"layers") && !unseen.contains(&"code"));
        assert_eq!(changed("AddPermission20150331v2", json!({})), Some(vec!["resource policy"]));
        for action in ["PublishVersion", "CreateAlias", "Invoke", "GetFunction", "ListTags"] {
            assert_eq!(changed(action, json!({})), Some(vec![]), "{action}");
        }
        for action in ["CreateFunction", "DeleteFunction"] {
            let all = changed(action, json!({})).unwrap();
            assert!(all.contains(&"existence") && all.contains(&"layers"));
        }
        assert_eq!(changed("ReplaceFunctionWithCat", json!({})), None);
    }

    #[test]
    fn fields_have_their_aspect_whatever_their_capitals() {
        for (field, aspect) in [
            ("codeSha256", "code"),
            ("kmskeyArn", "encryption key"),
            ("kMSKeyArn", "encryption key"),
            ("vpcConfig", "network"),
            ("memorySize", "memory"),
            ("deadLetterConfig", "dead-letter queue"),
            ("snapStart", "snap start"),
            ("durableConfig", "other"),
        ] {
            assert_eq!(Function.aspect(&["configuration", field, "x"]), aspect, "{field}");
        }
        let policy = ["supplementaryConfiguration", "Policy", "Statement", "Principal"];
        assert_eq!(Function.aspect(&policy), "resource policy");
        assert_eq!(Function.role_of(&["configuration", "state", "value"]), FieldRole::Bookkeeping);
        assert_eq!(
            Function.role_of(&["configuration", "imageConfigResponse", "imageConfig", "command"]),
            FieldRole::Ordered
        );
        assert_eq!(Function.role_of(&["configuration", "layers"]), FieldRole::Plain);
    }

    #[test]
    fn a_layer_is_known_by_its_arn_without_the_version() {
        let layers = ["configuration", "layers"];
        let arn = "arn:aws:lambda:us-east-1:111122223333:layer:metrics:12";
        let key = Some("arn:aws:lambda:us-east-1:111122223333:layer:metrics".to_owned());
        let element = json!({"arn": arn, "codeSize": 7});
        assert_eq!(Function.identity_key(&layers, &element), key);
        assert_eq!(Function.identity_key(&layers, &json!(arn)), key);
        assert_eq!(Function.stands_for(&layers, &element), &json!(arn));
        assert_eq!(Function.identity_key(&layers, &json!("odd")), Some("odd".to_owned()));
    }
}
