//! Worlds about the function: how calls spell it, how it came and went, what surrounds it.

use serde_json::{Value, json};

use super::{
    story::{ACCOUNT, Call, DAY, HOUR, MINUTE, Story, ago, answered, service, session, user},
    told::Answers,
};
use crate::aws::Recorder;

const HOME: &str = "eu-west-1";
const GLOBAL: &str = "us-east-1";
const S3_ACCESS: &str = "arn:aws:iam::aws:policy/AmazonS3FullAccess";

fn ci() -> Value {
    user("ci", "AKIACIXXXXXXXEXAMPLE")
}

fn eve() -> Value {
    user("eve", "AKIAEVEXXXXXXEXAMPLE")
}

/// A pipeline's user created the function forty days ago.
fn created(region: &str) -> Story {
    let mut story = Story::new(region, "order-export");
    story.create(&ci(), ago(40 * DAY), "first");
    story
}

fn by_eve() -> Answers {
    Answers { created: Some("user/ci"), running: Some("user/eve"), ..Answers::default() }
}

/// The change names the function by its ARN.
pub fn by_arn() -> (Story, Answers) {
    let arn = Story::new(HOME, "order-export").arn();
    spelt(&arn)
}

/// The change names the function by a part of its ARN.
pub fn by_partial_arn() -> (Story, Answers) {
    spelt(&format!("{ACCOUNT}:function:order-export"))
}

/// The change names an alias.
pub fn by_alias() -> (Story, Answers) {
    spelt("order-export:prod")
}

/// Two refused calls say which function they meant in the error message alone.
fn spelt(name: &str) -> (Story, Answers) {
    let mut story = created(HOME);
    let state = story.update(&eve(), ago(21 * MINUTE), "evil", name);
    story.seen_as(&state);
    let mallory = user("mallory", "AKIAMALLORYXXEXAMPLE");
    for (action, name, time) in [
        ("UpdateFunctionCode", "UpdateFunctionCode20150331v2", ago(3 * DAY)),
        ("AddPermission", "AddPermission20150331v2", ago(3 * DAY - HOUR / 2)),
    ] {
        let words = format!(
            "User: arn:aws:iam::{ACCOUNT}:user/mallory is not authorized to perform: \
             lambda:{action} on resource: {} because no identity-based policy allows the \
             lambda:{action} action",
            story.arn()
        );
        story.add(Call::new("lambda", name, &mallory, time).fails("AccessDenied", &words));
    }
    let answers = Answers {
        timeline: &[
            ("UpdateFunctionCode20150331v2", "subject"),
            ("AddPermission20150331v2", "subject"),
        ],
        ..by_eve()
    };
    (story, answers)
}

/// Another account is let in by a call that names an alias.
pub fn opened_by_alias() -> (Story, Answers) {
    let mut story = created(HOME);
    let state = story.state("first", ago(40 * DAY));
    story.seen_as(&state);
    let mallory = user("mallory", "AKIAMALLORYXXEXAMPLE");
    let call = Call::new("lambda", "AddPermission20150331v2", &mallory, ago(3 * DAY))
        .asks(json!({"functionName": "order-export:prod", "statementId": "x",
            "action": "lambda:InvokeFunction", "principal": "999988887777"}))
        .answers(json!({"statement": "{}"}))
        .names("AWS::Lambda::Function", "order-export:prod");
    story.add(call);
    let answers = Answers {
        timeline: &[("AddPermission20150331v2", "subject")],
        created: Some("user/ci"),
        ..Answers::default()
    };
    (story, answers)
}

/// The code was published, and the finding names the version.
pub fn published() -> (Story, Answers) {
    let mut story = created(HOME);
    let time = ago(21 * MINUTE);
    let state = story.state("evil", time);
    let mut version = state.clone();
    version["functionArn"] = format!("{}:7", story.arn()).into();
    version["version"] = "7".into();
    version["revisionId"] = "11111111-2222-4333-8444-555555555555".into();
    let call = Call::new("lambda", "UpdateFunctionCode20150331v2", &eve(), time)
        .asks(json!({"functionName": story.arn(), "publish": true, "dryRun": false}))
        .answers(answered(&version, "Active"))
        .names("AWS::Lambda::Function", &story.arn());
    story.add(call);
    story.record(&state, "OK");
    story.seen_as(&version);
    let details = &mut story.finding["resource"]["lambdaDetails"];
    details["functionVersion"] = "7".into();
    details["functionArn"] = version["functionArn"].clone();
    (story, by_eve())
}

/// Whoever changed the function deletes it while GuardDuty sees it.
pub fn deleted() -> (Story, Answers) {
    let mut story = created(HOME);
    story.strike(&eve(), ago(21 * MINUTE));
    delete(&mut story, &eve(), -50 * MINUTE);
    let answers = Answers { timeline: &[("DeleteFunction20150331", "subject")], ..by_eve() };
    (story, answers)
}

fn delete(story: &mut Story, who: &Value, seconds: i64) {
    let call = Call::new("lambda", "DeleteFunction20150331", who, ago(seconds))
        .asks(json!({"functionName": "order-export"}))
        .names("AWS::Lambda::Function", "order-export");
    story.add(call);
    let mut item = story.item(
        "AWS::Lambda::Function",
        "order-export",
        "order-export",
        ago(seconds - 120).as_second(),
        "ResourceDeleted",
        &Value::Null,
    );
    if let Some(item) = item.as_object_mut() {
        item.remove("configurationStateId");
    }
    story.add_item(HOME, item);
}

/// The name belonged to another function before.
pub fn of_a_used_name() -> (Story, Answers) {
    let mut story = Story::new(HOME, "order-export");
    story.create(&ci(), ago(60 * DAY), "earlier");
    story.update(&ci(), ago(55 * DAY), "earlier still", "order-export");
    delete(&mut story, &ci(), 30 * DAY);
    let state = story.create(&eve(), ago(20 * MINUTE), "evil");
    story.seen_as(&state);
    (story, Answers { created: Some("user/eve"), running: Some("user/eve"), ..by_eve() })
}

/// Everything is older than what is looked back to.
pub fn older_than_the_look_back() -> (Story, Answers) {
    let mut story = Story::new(HOME, "order-export");
    let state = story.state("first", ago(200 * DAY));
    story.record(&state, "ResourceDiscovered");
    story.role_item(HOME, ago(210 * DAY), &[]);
    story.seen_as(&state);
    (story, Answers::default())
}

/// The role, which has a path, is recorded in us-east-1 alone, where it was changed.
pub fn role_recorded_elsewhere() -> (Story, Answers) {
    let mut story = Story::new(HOME, "order-export");
    story.role = format!("arn:aws:iam::{ACCOUNT}:role/service-role/orders/order-export-role");
    story.finding["resource"]["lambdaDetails"]["role"] = story.role.clone().into();
    story.world.add_recorder(ACCOUNT, GLOBAL, Recorder::of_everything());
    let without = Recorder::except(&["AWS::IAM::Role", "AWS::IAM::Policy"]);
    story.world.add_recorder(ACCOUNT, HOME, without);
    let state = story.create(&ci(), ago(40 * DAY), "first");
    story.seen_as(&state);
    story.role_item(GLOBAL, ago(210 * DAY), &[]);
    story.role_item(GLOBAL, ago(3 * HOUR - 200), &[S3_ACCESS]);
    let admin = admin(&mut story);
    attach(&mut story, &admin, GLOBAL);
    let refused = Call::new("iam", "CreateUser", &admin, ago(3 * HOUR - 60));
    story
        .add_in(GLOBAL, refused.fails("AccessDenied", "not authorized to perform: iam:CreateUser"));
    let answers = Answers {
        created: Some("user/ci"),
        running: Some("user/ci"),
        timeline: &[
            ("AttachRolePolicy", "role"),
            ("CreateUser", "actor"),
            ("AssumeRole", "session"),
        ],
        ..Answers::default()
    };
    (story, answers)
}

/// The Region of the function is the one in which IAM is recorded.
pub fn in_us_east_1() -> (Story, Answers) {
    let mut story = created(GLOBAL);
    story.role_item(GLOBAL, ago(210 * DAY), &[]);
    story.role_item(GLOBAL, ago(3 * HOUR - 300), &[S3_ACCESS]);
    let admin = admin(&mut story);
    attach(&mut story, &admin, GLOBAL);
    story.strike(&admin, ago(2 * HOUR));
    let answers = Answers {
        created: Some("user/ci"),
        running: Some("role/iam-admin"),
        chain: &["user/eve"],
        timeline: &[("AttachRolePolicy", "role")],
    };
    (story, answers)
}

fn admin(story: &mut Story) -> Value {
    let since = ago(4 * HOUR);
    let admin = session(&format!("arn:aws:iam::{ACCOUNT}:role/iam-admin"), "eve", since);
    story.assume(GLOBAL, &eve(), &admin, since);
    admin
}

fn attach(story: &mut Story, who: &Value, region: &str) {
    let call = Call::new("iam", "AttachRolePolicy", who, ago(3 * HOUR))
        .asks(json!({"roleName": "order-export-role", "policyArn": S3_ACCESS}))
        .names("AWS::IAM::Policy", S3_ACCESS)
        .names("AWS::IAM::Role", "order-export-role");
    story.add_in(region, call);
}

/// The function is given another role; the one before was touched as well.
pub fn with_another_role() -> (Story, Answers) {
    let mut story = created(HOME);
    story.role_item(HOME, ago(210 * DAY), &[]);
    story.role = format!("arn:aws:iam::{ACCOUNT}:role/power");
    story.finding["resource"]["lambdaDetails"]["role"] = story.role.clone().into();
    story.role_item(HOME, ago(120 * DAY), &["arn:aws:iam::aws:policy/AdministratorAccess"]);
    let state = story.state("first", ago(DAY));
    let call = Call::new("lambda", "UpdateFunctionConfiguration20150331v2", &eve(), ago(DAY))
        .asks(json!({"functionName": "order-export", "role": story.role}))
        .answers(answered(&state, "Active"))
        .names("AWS::Lambda::Function", "order-export");
    story.add(call);
    story.record(&state, "OK");
    story.seen_as(&state);
    let mallory = user("mallory", "AKIAMALLORYXXEXAMPLE");
    let call = Call::new("iam", "DetachRolePolicy", &mallory, ago(5 * DAY))
        .asks(json!({"roleName": "order-export-role",
            "policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}))
        .names("AWS::IAM::Role", "order-export-role");
    story.add_in(GLOBAL, call);
    let answers = Answers {
        created: Some("user/ci"),
        running: Some("user/ci"),
        timeline: &[
            ("UpdateFunctionConfiguration20150331v2", "subject"),
            ("DetachRolePolicy", "role"),
        ],
        ..Answers::default()
    };
    (story, answers)
}

/// In a VPC whose security group was opened, with a layer of the account and a rule that calls it.
pub fn in_a_network() -> (Story, Answers) {
    const GROUP: &str = "sg-0c3d4e5f607182930";
    let mut story = Story::new(HOME, "order-export");
    let network = json!({"subnetIds": ["subnet-0a1b2c3d4e5f60718"], "securityGroupIds": [GROUP],
        "vpcId": "vpc-0f1e2d3c4b5a69788"});
    let mut state = story.state("first", ago(40 * DAY));
    state["vpcConfig"] = network.clone();
    let call = Call::new("lambda", "CreateFunction20150331", &ci(), ago(40 * DAY))
        .asks(json!({"functionName": "order-export", "role": story.role, "code": {},
            "vpcConfig": network}))
        .answers(answered(&state, "Pending"))
        .names("AWS::Lambda::Function", "order-export");
    story.add(call);
    story.record(&state, "ResourceDiscovered");
    layer(&mut story, &network);
    rule(&mut story);
    open(&mut story, GROUP);
    story.finding["resource"]["lambdaDetails"]["vpcConfig"] = json!({
        "securityGroups": [{"groupId": GROUP, "groupName": "orders"}],
        "subnetIds": ["subnet-0a1b2c3d4e5f60718"], "vpcId": "vpc-0f1e2d3c4b5a69788"});
    let answers = Answers {
        created: Some("user/ci"),
        running: Some("user/ci"),
        timeline: &[
            ("PublishLayerVersion20181031", "code"),
            ("PutTargets", "trigger"),
            ("PutRule", "trigger"),
            ("AuthorizeSecurityGroupEgress", "network"),
        ],
        ..Answers::default()
    };
    (story, answers)
}

fn layer(story: &mut Story, network: &Value) {
    let layer = format!("arn:aws:lambda:{HOME}:{ACCOUNT}:layer:tools");
    let version = format!("{layer}:7");
    let call = Call::new("lambda", "PublishLayerVersion20181031", &eve(), ago(2 * DAY))
        .asks(json!({"layerName": "tools", "content": {}}))
        .answers(json!({"layerArn": layer, "layerVersionArn": version, "version": 7}));
    story.add(call);
    let time = ago(2 * DAY - 600);
    let mut state = story.state("first", time);
    state["vpcConfig"] = network.clone();
    state["layers"] = json!([{"arn": version, "codeSize": 100}]);
    let call = Call::new("lambda", "UpdateFunctionConfiguration20150331v2", &eve(), time)
        .asks(json!({"functionName": "order-export", "layers": [version]}))
        .answers(answered(&state, "Active"))
        .names("AWS::Lambda::Function", "order-export");
    story.add(call);
    story.record(&state, "OK");
    story.seen_as(&state);
}

fn rule(story: &mut Story) {
    let rule = format!("arn:aws:events:{HOME}:{ACCOUNT}:rule/every-minute");
    let target = story.arn();
    let put = |name, seconds| Call::new("events", name, &eve(), ago(2 * DAY - seconds));
    let calls = [
        put("PutRule", 700)
            .asks(json!({"name": "every-minute", "scheduleExpression": "rate(1 minute)"}))
            .answers(json!({"ruleArn": rule}))
            .names("AWS::Events::Rule", "every-minute"),
        put("PutTargets", 710)
            .asks(json!({"rule": "every-minute", "targets": [{"id": "1", "arn": target}]}))
            .answers(json!({"failedEntryCount": 0, "failedEntries": []}))
            .names("AWS::Events::Rule", "every-minute"),
        Call::new("lambda", "AddPermission20150331v2", &eve(), ago(2 * DAY - 720))
            .asks(json!({"functionName": "order-export", "statementId": "every-minute",
                "action": "lambda:InvokeFunction", "principal": "events.amazonaws.com",
                "sourceArn": rule}))
            .answers(json!({"statement": "{}"}))
            .names("AWS::Lambda::Function", "order-export"),
    ];
    for call in calls {
        story.add(call);
    }
}

fn open(story: &mut Story, group: &str) {
    let everywhere = json!([{"ipProtocol": "-1", "ipRanges": ["0.0.0.0/0"],
        "ipv4Ranges": [{"cidrIp": "0.0.0.0/0"}], "ipv6Ranges": [], "prefixListIds": [],
        "userIdGroupPairs": []}]);
    let call = Call::new(
        "ec2",
        "AuthorizeSecurityGroupEgress",
        &user("netadmin", "AKIANETADMINXEXAMPLE"),
        ago(DAY),
    )
    .asks(json!({"groupId": group, "ipPermissions": {"items": [{"ipProtocol": "-1",
        "groups": {}, "ipv6Ranges": {}, "prefixListIds": {},
        "ipRanges": {"items": [{"cidrIp": "0.0.0.0/0"}]}}]}}))
    .answers(json!({"_return": true}))
    .names("AWS::EC2::SecurityGroup", group);
    story.add(call);
    for (time, egress) in [(ago(130 * DAY), json!([])), (ago(DAY - 100), everywhere)] {
        let configuration = json!({"groupId": group, "groupName": "orders", "description": "",
            "ipPermissions": [], "ipPermissionsEgress": egress, "ownerId": ACCOUNT,
            "vpcId": "vpc-0f1e2d3c4b5a69788", "tags": []});
        let kind = "AWS::EC2::SecurityGroup";
        let item = story.item(kind, group, "orders", time.as_second(), "OK", &configuration);
        story.add_item(HOME, item);
    }
}

/// A container image, replaced in its repository and then in the function.
pub fn of_an_image() -> (Story, Answers) {
    let mut story = Story::new(HOME, "order-export");
    let image = format!("{ACCOUNT}.dkr.ecr.{HOME}.amazonaws.com/team/orders:latest");
    let mut state = story.state("first", ago(40 * DAY));
    state["packageType"] = "Image".into();
    let call = Call::new("lambda", "CreateFunction20150331", &ci(), ago(40 * DAY))
        .asks(json!({"functionName": "order-export", "role": story.role, "packageType": "Image",
            "code": {"imageUri": image}}))
        .answers(answered(&state, "Pending"))
        .names("AWS::Lambda::Function", "order-export");
    story.add(call);
    story.record(&state, "ResourceDiscovered");
    let repository = format!("arn:aws:ecr:{HOME}:{ACCOUNT}:repository/team/orders");
    let call = Call::new("ecr", "PutImage", &eve(), ago(5 * HOUR))
        .asks(json!({"repositoryName": "team/orders", "imageTag": "latest"}))
        .answers(json!({"image": {"repositoryName": "team/orders",
            "imageId": {"imageTag": "latest", "imageDigest": "sha256:1"}}}))
        .names("AWS::ECR::Repository", &repository)
        .names("AWS::ECR::Repository", "team/orders");
    story.add(call);
    let mut state = story.state("evil", ago(HOUR));
    state["packageType"] = "Image".into();
    let call = Call::new("lambda", "UpdateFunctionCode20150331v2", &eve(), ago(HOUR))
        .asks(json!({"functionName": "order-export", "imageUri": image, "publish": false}))
        .answers(answered(&state, "Active"))
        .names("AWS::Lambda::Function", "order-export");
    story.add(call);
    story.record(&state, "OK");
    story.seen_as(&state);
    (story, Answers { timeline: &[("PutImage", "code")], ..by_eve() })
}

/// Others deploy all the time, Lambda takes the role again and again, and a scanner reads the
/// function every quarter of an hour.
pub fn among_many() -> (Story, Answers) {
    let mut story = created(HOME);
    story.strike(&eve(), ago(26 * HOUR));
    let others = session(&format!("arn:aws:iam::{ACCOUNT}:role/others"), "run", ago(80 * DAY));
    let scanner = session(&format!("arn:aws:iam::{ACCOUNT}:role/scanner"), "scan", ago(80 * DAY));
    for n in 0..500 {
        let name = format!("other-{}", n % 50);
        let arn = format!("arn:aws:lambda:{HOME}:{ACCOUNT}:function:{name}");
        let deploy =
            Call::new("lambda", "UpdateFunctionCode20150331v2", &others, ago(n * 1500 + 7))
                .asks(json!({"functionName": name}))
                .answers(json!({"functionName": name, "functionArn": arn}))
                .names("AWS::Lambda::Function", &name);
        story.add(deploy);
        let own = session(&story.role.clone(), "order-export", ago(n * 1200 + 3));
        story.assume(HOME, &service("lambda.amazonaws.com"), &own, ago(n * 1200 + 3));
        let read = Call::new("lambda", "GetFunction20150331v2", &scanner, ago(n * 900 + 11))
            .asks(json!({"functionName": "order-export"}))
            .names("AWS::Lambda::Function", "order-export");
        story.add(read);
    }
    (story, by_eve())
}
