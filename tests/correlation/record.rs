//! Records in the shapes of the three services, made for one test at a time.

use std::{fs, process::Command};

use assert_cmd::cargo::CommandCargoExt;
use serde_json::{Value, json};

pub const ACCOUNT: &str = "111122223333";
pub const REGION: &str = "eu-west-1";
pub const ARN: &str = "arn:aws:lambda:eu-west-1:111122223333:function:orders";
pub const ROLE: &str = "arn:aws:iam::111122223333:role/service-role/orders-role";

/// What is saved about a case.
#[derive(Clone, Default)]
pub struct Saved {
    pub finding: Value,
    pub items: Vec<Value>,
    pub events: Vec<Value>,
}

impl Saved {
    /// A finding first seen at that time, about `$LATEST`, and these events.
    pub fn of(first_seen: &str, events: impl IntoIterator<Item = Value>) -> Self {
        Self {
            finding: finding(first_seen),
            items: Vec::new(),
            events: events.into_iter().collect(),
        }
    }

    pub fn with_items(mut self, items: impl IntoIterator<Item = Value>) -> Self {
        self.items.extend(items);
        self
    }

    /// Sets the finding's `lambdaDetails`.
    pub fn finding_says(mut self, details: &Value) -> Self {
        merge(&mut self.finding["resource"]["lambdaDetails"], details);
        self
    }

    /// The JSON report.
    pub fn report(&self) -> Value {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, value: &Value| {
            fs::write(folder.path().join(name), value.to_string()).expect("a file");
        };
        write("finding.json", &self.finding);
        write("events.json", &json!({"Records": self.events}));
        write("items.json", &json!({"configurationItems": self.items}));
        let output = Command::cargo_bin("casefile")
            .expect("the program")
            .args(["render", "-q", "-f", "json", "-o", "-"])
            .arg(folder.path())
            .output()
            .expect("the program runs");
        let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{complaint}");
        serde_json::from_slice(&output.stdout).expect("JSON")
    }
}

/// Puts the members of one object into another, null taking a member away.
pub fn merge(into: &mut Value, from: &Value) {
    for (name, value) in from.as_object().expect("an object") {
        match value {
            Value::Null => drop(into.as_object_mut().expect("an object").remove(name)),
            Value::Object(_) if into[name].is_object() => merge(&mut into[name], value),
            _ => into[name] = value.clone(),
        }
    }
}

/// The record with some members changed.
pub fn but(mut record: Value, changes: &Value) -> Value {
    merge(&mut record, changes);
    record
}

pub fn finding(first_seen: &str) -> Value {
    json!({
        "schemaVersion": "2.0", "accountId": ACCOUNT, "region": REGION, "partition": "aws",
        "id": "0123456789abcdef0123456789abcdef",
        "arn": format!("arn:aws:guardduty:{REGION}:{ACCOUNT}:detector/d/finding/0123456789abcdef0123456789abcdef"),
        "type": "UnauthorizedAccess:Lambda/TorClient", "severity": 8,
        "createdAt": "2026-10-01T23:00:00.000Z", "updatedAt": "2026-10-01T23:00:00.000Z",
        "title": "Lambda function orders contacted a Tor entry node.",
        "resource": {"resourceType": "Lambda", "lambdaDetails": {
            "functionArn": ARN, "functionName": "orders", "functionVersion": "$LATEST", "role": ROLE,
        }},
        "service": {
            "serviceName": "guardduty", "count": 1, "archived": false,
            "eventFirstSeen": first_seen, "eventLastSeen": first_seen,
            "action": {"actionType": "NETWORK_CONNECTION", "networkConnectionAction": {
                "blocked": false, "connectionDirection": "OUTBOUND", "protocol": "TCP",
                "remoteIpDetails": {"ipAddressV4": "198.51.100.7"},
                "remotePortDetails": {"port": 443},
            }},
        },
    })
}

/// A successful call of an IAM user to Lambda; the function's name and the whole answer are the
/// caller's to change. Two calls differ in their time at least.
pub fn call(name: &str, time: &str, request: Value, response: Value) -> Value {
    json!({
        "eventVersion": "1.08", "eventID": format!("{name}-{time}"), "eventName": name,
        "eventSource": "lambda.amazonaws.com", "eventTime": time, "eventType": "AwsApiCall",
        "awsRegion": REGION, "recipientAccountId": ACCOUNT, "readOnly": false,
        "managementEvent": true, "sourceIPAddress": "203.0.113.9", "userAgent": "aws-cli/2.15.0",
        "userIdentity": user("dana"), "requestParameters": request, "responseElements": response,
    })
}

pub fn create(time: &str, state: Value) -> Value {
    let request = json!({
        "functionName": "orders", "runtime": "python3.12", "role": ROLE, "handler": "app.handler",
        "code": {"s3Bucket": "builds", "s3Key": "orders/1.zip"}, "publish": false, "environment": {},
    });
    call("CreateFunction20150331", time, request, state)
}

pub fn update_code(time: &str, state: Value) -> Value {
    let request = json!({"functionName": "orders", "dryRun": false, "publish": false});
    call("UpdateFunctionCode20150331v2", time, request, state)
}

pub fn configure(time: &str, settings: &Value, state: Value) -> Value {
    let request = but(json!({"functionName": "orders", "environment": {}}), settings);
    call("UpdateFunctionConfiguration20150331v2", time, request, state)
}

pub fn delete(time: &str, request: Value) -> Value {
    call("DeleteFunction20150331", time, request, Value::Null)
}

/// The call as it fails.
pub fn failed(record: Value, code: &str) -> Value {
    let changes = json!({"errorCode": code, "errorMessage": "It failed."});
    let mut record = but(record, &changes);
    record["responseElements"] = Value::Null;
    record
}

/// The function's configuration, as calls are answered with and items record it.
pub fn state(revision: &str, hash: &str, modified: &str) -> Value {
    json!({
        "functionName": "orders", "functionArn": ARN, "runtime": "python3.12", "role": ROLE,
        "handler": "app.handler", "codeSize": 211, "description": "", "timeout": 3, "memorySize": 128,
        "lastModified": modified.replace('Z', ".417+0000"), "codeSha256": hash, "version": "$LATEST",
        "revisionId": revision, "packageType": "Zip", "architectures": ["x86_64"],
        "tracingConfig": {"mode": "PassThrough"},
    })
}

pub fn item(captured: &str, status: &str, configuration: &Value) -> Value {
    json!({
        "version": "1.3", "accountId": ACCOUNT, "awsRegion": REGION, "arn": ARN,
        "configurationItemCaptureTime": captured, "configurationItemStatus": status,
        "resourceType": "AWS::Lambda::Function", "resourceId": "orders", "resourceName": "orders",
        "configuration": configuration.to_string(), "supplementaryConfiguration": {},
        "tags": {}, "relatedEvents": [], "relationships": [],
    })
}

pub fn role_item(captured: &str, configuration: &Value) -> Value {
    but(
        item(captured, "OK", configuration),
        &json!({
            "resourceType": "AWS::IAM::Role", "resourceId": "AROAORDERS", "resourceName": "orders-role",
            "arn": ROLE, "awsRegion": "global",
        }),
    )
}

pub fn user(name: &str) -> Value {
    json!({
        "type": "IAMUser", "principalId": format!("AIDA{name}"), "accountId": ACCOUNT,
        "arn": format!("arn:aws:iam::{ACCOUNT}:user/{name}"), "userName": name,
        "accessKeyId": format!("AKIA{name}"),
    })
}

/// A session of a role, begun at that time.
pub fn session(role: &str, name: &str, key: &str, begun: &str) -> Value {
    json!({
        "type": "AssumedRole", "principalId": format!("AROA{role}:{name}"), "accountId": ACCOUNT,
        "arn": format!("arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{name}"), "accessKeyId": key,
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role", "principalId": format!("AROA{role}"), "accountId": ACCOUNT,
                "arn": format!("arn:aws:iam::{ACCOUNT}:role/{role}"), "userName": role,
            },
            "attributes": {"creationDate": begun, "mfaAuthenticated": "false"},
        },
    })
}

pub fn service(name: &str) -> Value {
    json!({"type": "AWSService", "invokedBy": name})
}

/// The record as somebody else made it.
pub fn by(mut record: Value, identity: &Value) -> Value {
    record["userIdentity"] = identity.clone();
    record
}

pub fn other(source: &str, name: &str, time: &str, request: Value) -> Value {
    but(
        call(name, time, request, Value::Null),
        &json!({
            "eventSource": source,
            "eventID": format!("{source}-{name}-{time}"),
        }),
    )
}

/// The call that starts a session, which is recorded as a read.
pub fn assume(time: &str, role: &str, name: &str, key: &str, identity: &Value) -> Value {
    let arn = format!("arn:aws:iam::{ACCOUNT}:role/{role}");
    let mut record = other(
        "sts.amazonaws.com",
        "AssumeRole",
        time,
        json!({"roleArn": arn, "roleSessionName": name}),
    );
    record["eventID"] = json!(format!("assume-{role}-{name}-{key}-{time}"));
    record["readOnly"] = json!(true);
    record["responseElements"] = json!({
        "credentials": {"accessKeyId": key, "expiration": "Oct 2, 2026, 12:00:00 AM"},
        "assumedRoleUser": {
            "assumedRoleId": format!("AROA{role}:{name}"),
            "arn": format!("arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{name}"),
        },
    });
    by(record, identity)
}

/// The texts of the statements of one kind.
pub fn statements(report: &Value, kind: &str) -> Vec<String> {
    let all = report["statements"].as_array().expect("statements").iter();
    all.filter(|statement| statement["kind"] == kind)
        .map(|statement| statement["text"].as_str().expect("a text").to_owned())
        .collect()
}

/// The times of the timeline's calls of that name.
pub fn times(report: &Value, name: &str) -> Vec<String> {
    let rows = report["timeline"].as_array().expect("a timeline").iter();
    rows.filter(|row| row["name"] == name)
        .map(|row| row["time"].as_str().expect("a time").to_owned())
        .collect()
}

/// The actor whose ARN ends so.
pub fn actor(report: &Value, end: &str) -> Value {
    let actors = report["actors"].as_array().expect("actors").iter();
    let ends = |actor: &&Value| actor["arn"].as_str().is_some_and(|arn| arn.ends_with(end));
    actors.clone().find(ends).cloned().unwrap_or_default()
}

/// The name and time of the call behind the change at that path.
pub fn cause(report: &Value, path: &str) -> Option<(String, String)> {
    let changes = report["changes"].as_array().expect("changes").iter();
    let change = changes
        .clone()
        .find(|change| change["path"].as_str().is_some_and(|own| own.ends_with(path)))?;
    let citation = &change["caused_by"]["citation"];
    let rows = report["timeline"].as_array().expect("a timeline").iter();
    let row = rows.clone().find(|row| row["citation"] == *citation)?;
    Some((row["name"].as_str()?.to_owned(), row["time"].as_str()?.to_owned()))
}
