//! A made-up account in which something happened to one function: the finding, the records that
//! tell of it and the items of AWS Config, in the shapes of the samples.

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::aws::{Recorder, World};

pub const ACCOUNT: &str = "111122223333";
pub const DETECTOR: &str = "5ac3f2a9e1d04b7c8f6e2d1b0a998877";
pub const FINDING: &str = "7d1be27a9c3d4d15a86be1f0723c9d77";
pub const MINUTE: i64 = 60;
pub const HOUR: i64 = 60 * MINUTE;
pub const DAY: i64 = 24 * HOUR;

/// When the activity began that GuardDuty saw.
const SIGNAL: &str = "2026-11-10T12:00:00Z";

/// What happened, as far as it was recorded.
pub struct Story {
    pub account: String,
    pub region: String,
    pub function: String,
    pub role: String,
    pub world: World,
    /// Everything that was recorded, wherever.
    pub records: Vec<Value>,
    pub items: Vec<Value>,
    pub finding: Value,
}

/// So many seconds before the activity.
pub fn ago(seconds: i64) -> Timestamp {
    let signal: Timestamp = SIGNAL.parse().expect("a time");
    signal - SignedDuration::from_secs(seconds)
}

/// As `CloudTrail` writes a time.
pub fn written(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The hash of code, as Lambda writes it.
pub fn hash(code: &str) -> String {
    STANDARD.encode(Sha256::digest(code))
}

/// An id that belongs to a text.
fn uuid(text: &str) -> String {
    let hex: String = Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
    let part = |from: usize, to: usize| hex.get(from..to).expect("hex").to_owned();
    format!("{}-{}-4{}-8{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
}

/// Sixteen capital letters that belong to a text.
pub fn marks(text: &str) -> String {
    Sha256::digest(text).iter().take(16).map(|byte| char::from(b'A' + byte % 26)).collect()
}

/// The key of a session.
pub fn session_key(text: &str) -> String {
    format!("ASIA{}", marks(text))
}

pub fn user(name: &str, key: &str) -> Value {
    json!({"type": "IAMUser", "principalId": format!("AIDA{}", marks(name)),
        "arn": format!("arn:aws:iam::{ACCOUNT}:user/{name}"), "accountId": ACCOUNT,
        "accessKeyId": key, "userName": name})
}

/// A user with credentials of GetSessionToken or of the console.
pub fn user_session(name: &str, key: &str, since: Timestamp, mfa: bool) -> Value {
    let mut who = user(name, key);
    who["sessionContext"] = json!({"attributes":
        {"creationDate": written(since), "mfaAuthenticated": mfa.to_string()}});
    who
}

pub fn root(key: &str, since: Timestamp) -> Value {
    json!({"type": "Root", "principalId": ACCOUNT, "arn": format!("arn:aws:iam::{ACCOUNT}:root"),
        "accountId": ACCOUNT, "accessKeyId": key, "sessionContext": {"attributes":
        {"creationDate": written(since), "mfaAuthenticated": "false"}}})
}

/// A session of a role. `role` is the role's ARN.
pub fn session(role: &str, name: &str, since: Timestamp) -> Value {
    let short = role.rsplit('/').next().expect("a name");
    let account = role.split(':').nth(4).expect("an account");
    let partition = role.split(':').nth(1).expect("a partition");
    let id = format!("AROA{}", marks(short));
    let key = session_key(&format!("{role}{name}{since}"));
    json!({"type": "AssumedRole", "principalId": format!("{id}:{name}"),
        "arn": format!("arn:{partition}:sts::{account}:assumed-role/{short}/{name}"),
        "accountId": account, "accessKeyId": key,
        "sessionContext": {
            "sessionIssuer": {"type": "Role", "principalId": id, "arn": role,
                "accountId": account, "userName": short},
            "attributes": {"creationDate": written(since), "mfaAuthenticated": "false"}}})
}

pub fn service(name: &str) -> Value {
    json!({"type": "AWSService", "invokedBy": name})
}

/// What `CloudTrail` will say of a call.
pub struct Call {
    pub record: Value,
    /// What the entry of the look-up names, by type.
    pub resources: Vec<(String, String)>,
}

impl Call {
    pub fn new(service: &str, name: &str, who: &Value, time: Timestamp) -> Self {
        // What a service does for somebody comes from the service.
        let from = who["invokedBy"].as_str();
        let mark = uuid(&format!("{service}{name}{time}{who}"));
        let record = json!({
            "eventVersion": "1.11", "userIdentity": who, "eventTime": written(time),
            "eventSource": format!("{service}.amazonaws.com"), "eventName": name,
            "awsRegion": "?", "sourceIPAddress": from.unwrap_or("203.0.113.44"),
            "userAgent": from.unwrap_or("aws-cli/2.31.18 md/awscrt#0.27.6 ua/2.1 os/linux#6.1.152"),
            "requestParameters": null, "responseElements": null,
            "requestID": uuid(&format!("request{mark}")), "eventID": mark,
            "readOnly": name.starts_with("Get") || name.starts_with("List")
                || name.starts_with("Assume") || name.starts_with("Describe"),
            "eventType": "AwsApiCall", "managementEvent": true,
            "recipientAccountId": ACCOUNT, "eventCategory": "Management"});
        Self { record, resources: Vec::new() }
    }

    pub fn asks(mut self, parameters: Value) -> Self {
        self.record["requestParameters"] = parameters;
        // Two calls of a second differ in what they ask.
        let text = format!("{}{}", self.record["eventID"], self.record["requestParameters"]);
        self.record["eventID"] = uuid(&text).into();
        self
    }

    pub fn answers(mut self, answer: Value) -> Self {
        self.record["responseElements"] = answer;
        self
    }

    pub fn fails(mut self, code: &str, message: &str) -> Self {
        self.record["errorCode"] = code.into();
        self.record["errorMessage"] = message.into();
        self
    }

    pub fn names(mut self, kind: &str, name: &str) -> Self {
        self.resources.push((kind.to_owned(), name.to_owned()));
        self
    }

    pub fn with(mut self, member: &str, value: Value) -> Self {
        self.record[member] = value;
        self
    }
}

impl Story {
    /// A function with a finding. Its Region's recorder records everything.
    pub fn new(region: &str, function: &str) -> Self {
        let role = format!("arn:aws:iam::{ACCOUNT}:role/{function}-role");
        let mut world =
            World::new(&format!("arn:aws:sts::{ACCOUNT}:assumed-role/SecurityAudit/oncall"));
        world.now = Some(ago(-2 * HOUR));
        world.add_detector(ACCOUNT, region, DETECTOR);
        world.add_recorder(ACCOUNT, region, Recorder::of_everything());
        let finding = json!({
            "schemaVersion": "2.0", "accountId": ACCOUNT, "region": region, "partition": "aws",
            "id": FINDING,
            "arn": format!("arn:aws:guardduty:{region}:{ACCOUNT}:detector/{DETECTOR}/finding/{FINDING}"),
            "type": "CryptoCurrency:Lambda/BitcoinTool.B",
            "resource": {"resourceType": "Lambda", "lambdaDetails": {
                "functionArn": format!("arn:aws:lambda:{region}:{ACCOUNT}:function:{function}"),
                "functionName": function, "functionVersion": "$LATEST", "description": "",
                "lastModifiedAt": 0, "revisionId": "", "role": role, "tags": [],
                "vpcConfig": {"securityGroups": [], "subnetIds": [], "vpcId": ""}}},
            "service": {"serviceName": "guardduty", "detectorId": DETECTOR,
                "action": {"actionType": "NETWORK_CONNECTION", "networkConnectionAction": {
                    "blocked": false, "connectionDirection": "OUTBOUND", "protocol": "TCP",
                    "remoteIpDetails": {"ipAddressV4": "198.51.100.83",
                        "country": {"countryName": "Iceland"},
                        "organization": {"asn": "64511", "asnOrg": "Example Pool", "isp": "Example Pool", "org": "Example Pool"}},
                    "remotePortDetails": {"port": 8333, "portName": "Unknown"}}},
                "additionalInfo": {"type": "default", "value": "{}"},
                "archived": false, "count": 3,
                "eventFirstSeen": written(ago(0)), "eventLastSeen": written(ago(-30 * MINUTE)),
                "featureName": "LambdaNetworkLogs", "resourceRole": "TARGET"},
            "severity": 8.0, "createdAt": "2026-11-10T12:15:33.402Z",
            "updatedAt": "2026-11-10T12:45:11.805Z", "title": "Bitcoin", "description": "Bitcoin"});
        Self {
            account: ACCOUNT.to_owned(),
            region: region.to_owned(),
            function: function.to_owned(),
            role,
            world,
            records: Vec::new(),
            items: Vec::new(),
            finding,
        }
    }

    pub fn arn(&self) -> String {
        let partition = if self.region.starts_with("us-gov") { "aws-us-gov" } else { "aws" };
        format!(
            "arn:{partition}:lambda:{}:{}:function:{}",
            self.region, self.account, self.function
        )
    }

    /// The function with that code, after a call at that time.
    pub fn state(&self, code: &str, modified: Timestamp) -> Value {
        json!({"functionName": self.function, "functionArn": self.arn(), "runtime": "python3.12",
            "role": self.role, "handler": "app.handler", "codeSize": 4_718_203, "description": "",
            "timeout": 3, "memorySize": 128,
            "lastModified": modified.strftime("%Y-%m-%dT%H:%M:%S.631+0000").to_string(),
            "codeSha256": hash(code), "version": "$LATEST",
            "tracingConfig": {"mode": "PassThrough"},
            "revisionId": uuid(&format!("{}{code}{modified}", self.function)),
            "packageType": "Zip", "architectures": ["x86_64"], "ephemeralStorage": {"size": 512}})
    }

    /// The finding is about the function in that state.
    pub fn seen_as(&mut self, state: &Value) {
        let details = &mut self.finding["resource"]["lambdaDetails"];
        details["revisionId"] = state["revisionId"].clone();
        let modified = state["lastModified"].as_str().expect("text").replace("+0000", "Z");
        let modified: Timestamp = modified.parse().expect("a time");
        details["lastModifiedAt"] = modified.as_second().into();
    }

    /// A call to the home Region.
    pub fn add(&mut self, call: Call) {
        let region = self.region.clone();
        self.add_in(&region, call);
    }

    pub fn add_in(&mut self, region: &str, call: Call) {
        let Call { mut record, resources } = call;
        record["awsRegion"] = region.into();
        record["recipientAccountId"] = self.account.clone().into();
        let resources: Vec<Value> = resources
            .into_iter()
            .map(|(kind, name)| json!({"ResourceType": kind, "ResourceName": name}))
            .collect();
        let principal = record["userIdentity"]["principalId"].as_str().unwrap_or_default();
        let session = principal.split_once(':').map(|(_, name)| name);
        let is_root = record["userIdentity"]["type"] == "Root";
        let user = record["userIdentity"]["userName"].as_str().or(session);
        let user = if is_root { Some("root") } else { user };
        let time: Timestamp =
            record["eventTime"].as_str().and_then(|time| time.parse().ok()).expect("a time");
        let mut entry = json!({
            "EventId": record["eventID"], "EventName": record["eventName"],
            "ReadOnly": record["readOnly"].as_bool().unwrap_or_default().to_string(),
            "EventTime": time.as_second(), "EventSource": record["eventSource"],
            "Resources": resources, "CloudTrailEvent": record.to_string()});
        if let Some(user) = user {
            entry["Username"] = user.into();
        }
        if let Some(key) = record["userIdentity"]["accessKeyId"].as_str() {
            entry["AccessKeyId"] = key.into();
        }
        self.world.add_event(entry);
        self.records.push(record);
    }

    /// What AWS Config recorded in the home Region two minutes after the function got into a state.
    pub fn record(&mut self, state: &Value, status: &str) {
        let modified = state["lastModified"].as_str().expect("text").replace("+0000", "Z");
        let modified: Timestamp = modified.parse().expect("a time");
        let captured = modified.as_second() + 120;
        let mut configuration = state.clone();
        configuration["state"] = json!({"value": "Active"});
        configuration["lastUpdateStatus"] = "Successful".into();
        let role = self.role.rsplit('/').next().unwrap_or_default();
        let mut item = self.item(
            "AWS::Lambda::Function",
            &self.function,
            &self.function,
            captured,
            status,
            &configuration,
        );
        item["arn"] = self.arn().into();
        item["relationships"] = json!([{"resourceType": "AWS::IAM::Role", "resourceName": role,
            "relationshipName": "Is associated with "}]);
        let region = self.region.clone();
        self.add_item(&region, item);
    }

    pub fn item(
        &self,
        kind: &str,
        id: &str,
        name: &str,
        captured: i64,
        status: &str,
        configuration: &Value,
    ) -> Value {
        json!({"version": "1.3", "accountId": self.account,
            "configurationItemCaptureTime": captured as f64 + 0.518,
            "configurationItemStatus": status,
            "configurationStateId": format!("{captured}518"), "configurationItemMD5Hash": "",
            "resourceType": kind, "resourceId": id, "resourceName": name,
            "awsRegion": if kind.starts_with("AWS::IAM") { "global" } else { &self.region },
            "availabilityZone": "Not Applicable", "tags": {}, "relatedEvents": [],
            "relationships": [], "configuration": configuration.to_string(),
            "supplementaryConfiguration": {}})
    }

    pub fn add_item(&mut self, region: &str, item: Value) {
        let account = self.account.clone();
        self.world.add_item(&account, region, item.clone());
        self.items.push(item);
    }

    /// The role as AWS Config of a Region recorded it.
    pub fn role_item(&mut self, region: &str, captured: Timestamp, policies: &[&str]) {
        let name = self.role.rsplit('/').next().expect("a name").to_owned();
        let path =
            self.role.split(":role").nth(1).expect("a path").trim_end_matches(&name).to_owned();
        let attached: Vec<Value> = policies
            .iter()
            .map(|arn| json!({"policyName": arn.rsplit('/').next(), "policyArn": arn}))
            .collect();
        let id = format!("AROA{}", marks(&name));
        let configuration = json!({"path": path, "roleName": name, "roleId": id, "arn": self.role,
            "createDate": "2026-02-03T06:12:45.000Z",
            "assumeRolePolicyDocument": "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22Service%22%3A%22lambda.amazonaws.com%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D",
            "instanceProfileList": [], "rolePolicyList": [], "attachedManagedPolicies": attached,
            "permissionsBoundary": null, "tags": [], "roleLastUsed": null});
        let mut item =
            self.item("AWS::IAM::Role", &id, &name, captured.as_second(), "OK", &configuration);
        item["arn"] = self.role.clone().into();
        self.add_item(region, item);
    }

    /// Somebody creates the function; AWS Config discovers it.
    pub fn create(&mut self, who: &Value, time: Timestamp, code: &str) -> Value {
        let state = self.state(code, time);
        let call = Call::new("lambda", "CreateFunction20150331", who, time)
            .asks(json!({"functionName": self.function, "runtime": "python3.12", "role": self.role,
                "handler": "app.handler", "code": {}, "timeout": 3, "memorySize": 128,
                "publish": false, "environment": {}}))
            .answers(answered(&state, "Pending"))
            .names("AWS::Lambda::Function", &self.function);
        self.add(call);
        self.record(&state, "ResourceDiscovered");
        state
    }

    /// Somebody replaces the code by an upload; AWS Config records it.
    pub fn update(&mut self, who: &Value, time: Timestamp, code: &str, spelled: &str) -> Value {
        let state = self.state(code, time);
        let call = Call::new("lambda", "UpdateFunctionCode20150331v2", who, time)
            .asks(json!({"functionName": spelled, "dryRun": false, "publish": false}))
            .answers(answered(&state, "Active"))
            .names("AWS::Lambda::Function", spelled);
        self.add(call);
        self.record(&state, "OK");
        state
    }

    /// Somebody replaces the code with the one that GuardDuty saw at work.
    pub fn strike(&mut self, who: &Value, time: Timestamp) {
        let name = self.function.clone();
        let state = self.update(who, time, "evil", &name);
        self.seen_as(&state);
    }

    /// Somebody becomes a role: `to` is the session, as later calls show it.
    pub fn assume(&mut self, region: &str, who: &Value, to: &Value, time: Timestamp) {
        self.assume_by("AssumeRole", region, who, to, time);
    }

    pub fn assume_by(
        &mut self,
        name: &str,
        region: &str,
        who: &Value,
        to: &Value,
        time: Timestamp,
    ) {
        let text = |pointer: &str| to.pointer(pointer).and_then(Value::as_str).expect("text");
        let role = text("/sessionContext/sessionIssuer/arn");
        let session = text("/arn").rsplit('/').next().expect("a name");
        let mut call = Call::new("sts", name, who, time)
            .asks(json!({"roleArn": role, "roleSessionName": session, "durationSeconds": 3600}))
            .answers(json!({
                "credentials": {"accessKeyId": text("/accessKeyId"),
                    "sessionToken": format!("PLANTED-SESSION-TOKEN-{}", marks(session)),
                    "expiration": "Nov 10, 2026, 11:41:07 PM"},
                "assumedRoleUser": {"assumedRoleId": text("/principalId"), "arn": text("/arn")}}))
            .names("AWS::IAM::AccessKey", text("/accessKeyId"))
            .names("AWS::STS::AssumedRole", text("/principalId"))
            .names("AWS::STS::AssumedRole", text("/arn"))
            .names("AWS::IAM::Role", role);
        call.record["resources"] =
            json!([{"accountId": self.account, "type": "AWS::IAM::Role", "ARN": role}]);
        if who["type"] == "AWSService" {
            call.record["responseElements"]
                .as_object_mut()
                .expect("an object")
                .remove("assumedRoleUser");
        }
        self.add_in(region, call);
    }
}

/// A function's state as a call answers it.
pub fn answered(state: &Value, word: &str) -> Value {
    let mut answer = state.clone();
    answer["state"] = word.into();
    answer["environment"] = json!({});
    answer
}
