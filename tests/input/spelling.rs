//! One record in the other spellings that AWS has for it.

use serde_json::{Map, Value, json};

fn members(value: &Value) -> &Map<String, Value> {
    value.as_object().expect("an object")
}

/// Every name with a capital, as the AWS CLI and the SDK for .NET write it.
pub fn pascal(value: &Value) -> Value {
    match value {
        Value::Object(object) => object
            .iter()
            .map(|(name, member)| {
                let mut letters = name.chars();
                let first = letters.next().map(|c| c.to_ascii_uppercase());
                (first.into_iter().chain(letters).collect(), pascal(member))
            })
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(list) => list.iter().map(pascal).collect(),
        other => other.clone(),
    }
}

/// The output of the AWS CLI: capitals, and moments as text with six decimals.
pub fn cli(finding: &Value) -> Value {
    let mut finding = pascal(finding);
    let modified = &mut finding["Resource"]["LambdaDetails"]["LastModifiedAt"];
    *modified = iso(modified.as_f64().expect("epoch seconds"), "+00:00").into();
    finding
}

/// A line of the S3 export.
pub fn export(finding: &Value) -> Value {
    let mut finding = finding.clone();
    let info = &mut finding["service"]["additionalInfo"];
    let inner: Value =
        serde_json::from_str(info["value"].as_str().expect("text")).expect("JSON in text");
    for (name, member) in members(&inner) {
        info[name] = member.clone();
    }
    let remote = &mut finding["service"]["action"]["networkConnectionAction"]["remoteIpDetails"];
    let asn: u64 = remote["organization"]["asn"].as_str().expect("text").parse().expect("a number");
    remote["organization"]["asn"] = asn.into();
    remote["ipAddressV6"] = Value::Null;
    finding["service"]["ebsVolumeScanDetails"] = Value::Null;
    finding["resource"]["kubernetesDetails"] = Value::Null;
    finding["associatedAttackSequenceArn"] = Value::Null;
    finding
}

pub fn eventbridge(kind: &str, source: &str, detail: &Value) -> Value {
    json!({
        "version": "0", "id": "cf8b7f0e-4c0b-8f3e-2f3b-6a1f3bb2a3a0", "detail-type": kind,
        "source": source, "account": "111122223333", "time": "2026-11-20T03:05:00Z",
        "region": "ap-northeast-1", "resources": [], "detail": detail,
    })
}

/// The finding as Security Hub passes it on.
pub fn security_hub(finding: &Value) -> Value {
    let text = |name: &str| finding[name].as_str().expect("text").to_owned();
    let mut fields = Map::new();
    flatten("aws/guardduty/service", &finding["service"], &mut fields);
    fields.insert("aws/securityhub/ProductName".to_owned(), "GuardDuty".into());
    let lambda = &finding["resource"]["lambdaDetails"];
    let tags: Map<String, Value> = lambda["tags"]
        .as_array()
        .expect("tags")
        .iter()
        .map(|tag| (tag["key"].as_str().expect("a key").to_owned(), tag["value"].clone()))
        .collect();
    let modified = lambda["lastModifiedAt"].as_f64().expect("epoch seconds");
    json!({
        "SchemaVersion": "2018-10-08",
        "Id": text("arn"),
        "ProductArn": format!("arn:aws:securityhub:{}::product/aws/guardduty", text("region")),
        "GeneratorId": text("arn").split("/finding/").next(),
        "AwsAccountId": text("accountId"),
        "Types": [format!("TTPs/{}/{}", text("type").split(':').next().expect("a purpose"), text("type").replace('/', "-"))],
        "FirstObservedAt": finding["service"]["eventFirstSeen"],
        "LastObservedAt": finding["service"]["eventLastSeen"],
        "CreatedAt": text("createdAt"),
        "UpdatedAt": text("updatedAt"),
        "Severity": {"Product": finding["severity"], "Label": "HIGH", "Normalized": 70},
        "Title": text("title"),
        "Description": text("description"),
        "ProductFields": fields,
        "Resources": [{
            "Type": "AwsLambdaFunction", "Id": lambda["functionArn"], "Partition": "aws",
            "Region": text("region"), "Tags": tags,
            "Details": {"AwsLambdaFunction": {
                "FunctionName": lambda["functionName"], "Version": lambda["functionVersion"],
                "RevisionId": lambda["revisionId"], "Role": lambda["role"],
                "LastModified": iso(modified, "+00:00"),
            }},
        }],
        "RecordState": "ACTIVE", "WorkflowState": "NEW",
    })
}

/// `ProductFields` hold a path a value, and lists as `name.0_`.
fn flatten(path: &str, value: &Value, fields: &mut Map<String, Value>) {
    match value {
        Value::Object(object) => {
            for (name, member) in object {
                flatten(&format!("{path}/{name}"), member, fields);
            }
        }
        Value::Array(list) => {
            for (index, element) in list.iter().enumerate() {
                flatten(&format!("{path}.{index}_"), element, fields);
            }
        }
        Value::String(text) => drop(fields.insert(path.to_owned(), text.clone().into())),
        other => drop(fields.insert(path.to_owned(), other.to_string().into())),
    }
}

/// An item as notifications, history files and snapshots have it.
pub fn notified(item: &Value) -> Value {
    let mut notified = Map::new();
    for (name, member) in members(item) {
        let (name, member) = match name.as_str() {
            "accountId" => ("awsAccountId", member.clone()),
            "arn" => ("ARN", member.clone()),
            "version" => ("configurationItemVersion", member.clone()),
            "configurationItemMD5Hash" => ("configurationStateMd5Hash", member.clone()),
            "configurationStateId" => {
                let id: u64 = member.as_str().expect("text").parse().expect("a number");
                ("configurationStateId", id.into())
            }
            "configurationItemCaptureTime" | "resourceCreationTime" => {
                (name.as_str(), iso(member.as_f64().expect("epoch seconds"), "Z").into())
            }
            "configuration" => ("configuration", inner(member)),
            "supplementaryConfiguration" => {
                let parts = members(member).iter().map(|(name, part)| (name.clone(), inner(part)));
                ("supplementaryConfiguration", parts.collect::<Map<_, _>>().into())
            }
            "relationships" => {
                let list = member.as_array().expect("a list").iter().map(|relationship| {
                    let named = members(relationship).iter().map(|(name, value)| {
                        let name = if name == "relationshipName" { "name" } else { name };
                        (name.to_owned(), value.clone())
                    });
                    Value::Object(named.collect())
                });
                ("relationships", list.collect())
            }
            other => (other, member.clone()),
        };
        notified.insert(name.to_owned(), member);
    }
    notified.into()
}

/// An item as the console shows it: the API's names, with the configuration as an object.
pub fn console(item: &Value) -> Value {
    let mut item = item.clone();
    let captured = item["configurationItemCaptureTime"].as_f64().expect("epoch seconds");
    item["configurationItemCaptureTime"] = iso(captured, "Z").into();
    item["configuration"] = inner(&item["configuration"]);
    item
}

/// An item as the AWS CLI prints it.
pub fn cli_item(item: &Value) -> Value {
    let mut item = item.clone();
    let captured = item["configurationItemCaptureTime"].as_f64().expect("epoch seconds");
    item["configurationItemCaptureTime"] = iso(captured, "+09:00").into();
    item
}

pub fn notification(item: &Value) -> Value {
    json!({
        "configurationItemDiff": null, "configurationItem": notified(item),
        "notificationCreationTime": "2026-11-20T03:00:00.000Z",
        "messageType": "ConfigurationItemChangeNotification", "recordVersion": "1.3",
    })
}

pub fn sns(message: &Value) -> Value {
    json!({
        "Type": "Notification", "MessageId": "faeba85e-ef46-570a-b01c-f8b0faae8d5d",
        "TopicArn": "arn:aws:sns:ap-northeast-1:111122223333:config", "Subject": "[AWS Config]",
        "Message": message.to_string(), "Timestamp": "2026-11-20T03:00:00.000Z",
        "SignatureVersion": "1", "Signature": "hoTA5", "SigningCertURL": "https://sns.example/x.pem",
    })
}

/// An event of `lookup-events`, with its time as the CLI or as the API writes it.
pub fn looked_up(event: &Value, epoch: bool) -> Value {
    let time = event["eventTime"].as_str().expect("text");
    let seconds = time.parse::<jiff::Timestamp>().expect("a moment").as_second();
    json!({
        "EventId": event["eventID"], "EventName": event["eventName"], "ReadOnly": "false",
        "EventTime": if epoch { json!(seconds) } else { json!(iso(seconds as f64, "+09:00")) },
        "EventSource": event["eventSource"], "Resources": [], "CloudTrailEvent": event.to_string(),
    })
}

fn inner(value: &Value) -> Value {
    value
        .as_str()
        .map_or_else(|| value.clone(), |text| serde_json::from_str(text).expect("JSON in text"))
}

/// Epoch seconds as text, with milliseconds and `Z`; or with an offset and six decimals, which
/// Python leaves out when they are zero.
pub fn iso(seconds: f64, offset: &str) -> String {
    let milliseconds = (seconds * 1000.0).round() as i64;
    let hours = if offset == "+09:00" { 9 } else { 0 };
    let local =
        jiff::Timestamp::from_millisecond(milliseconds + hours * 3_600_000).expect("a moment");
    let text = format!("{local:.6}");
    let bare = text.trim_end_matches('Z');
    let bare =
        if milliseconds % 1000 == 0 && offset != "Z" { &bare[..bare.len() - 7] } else { bare };
    if offset == "Z" { format!("{}Z", &bare[..bare.len() - 3]) } else { format!("{bare}{offset}") }
}
