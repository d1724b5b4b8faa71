//! Worlds about who was behind a change: chains of sessions, humans, services, other accounts.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    story::{
        ACCOUNT, Call, DAY, HOUR, MINUTE, Story, ago, answered, root, service, session,
        session_key, user, user_session, written,
    },
    told::Answers,
};

const HOME: &str = "eu-west-1";
const GLOBAL: &str = "us-east-1";

/// A pipeline's user created the function forty days ago.
fn created() -> Story {
    let mut story = Story::new(HOME, "order-export");
    story.create(&ci(), ago(40 * DAY), "first");
    story
}

fn ci() -> Value {
    user("ci", "AKIACIXXXXXXXEXAMPLE")
}

fn eve() -> Value {
    user("eve", "AKIAEVEXXXXXXEXAMPLE")
}

fn role(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/{name}")
}

/// The change, twenty-one minutes before the activity.
fn strike(mut story: Story, who: &Value) -> Story {
    story.strike(who, ago(21 * MINUTE));
    story
}

/// A user takes three roles in a row, two of them through the global endpoint.
pub fn three_roles() -> (Story, Answers) {
    let mut story = created();
    let times = [80, 75, 70].map(|minutes| ago(minutes * MINUTE));
    let [hub, middle, deploy] = ["hub", "middle", "deploy"];
    let first = session(&role(hub), "eve-hub", times[0]);
    let second = session(&role(middle), "eve-middle", times[1]);
    let third = session(&role(deploy), "eve-deploy", times[2]);
    story.assume(GLOBAL, &eve(), &first, times[0]);
    story.assume(GLOBAL, &first, &second, times[1]);
    story.assume(HOME, &second, &third, times[2]);
    let answers = Answers {
        running: Some("role/deploy"),
        chain: &["role/middle", "role/hub", "user/eve"],
        ..Answers::default()
    };
    (strike(story, &third), answers)
}

/// Somebody of another account takes a role, and then another through the global endpoint.
pub fn from_another_account() -> (Story, Answers) {
    let mut story = created();
    let (early, late) = (ago(80 * MINUTE), ago(70 * MINUTE));
    let other = json!({"type": "AWSAccount", "principalId": "AIDAOTHERXXXXEXAMPLE",
        "accountId": "999988887777"});
    let hub = session(&role("hub"), "eve-hub", early);
    let deploy = session(&role("deploy"), "eve-deploy", late);
    story.assume(HOME, &other, &hub, early);
    story.assume(GLOBAL, &hub, &deploy, late);
    let answers = Answers {
        running: Some("role/deploy"),
        chain: &["role/hub", "999988887777"],
        ..Answers::default()
    };
    (strike(story, &deploy), answers)
}

/// A role of another account is allowed to change the function.
pub fn role_of_another_account() -> (Story, Answers) {
    let who = session("arn:aws:iam::999988887777:role/theirs", "them", ago(HOUR));
    let answers =
        Answers { running: Some("999988887777:role/theirs"), chain: &[], ..Answers::default() };
    (strike(created(), &who), answers)
}

/// A user with credentials of `GetSessionToken`.
pub fn user_with_mfa() -> (Story, Answers) {
    let mut story = created();
    let (since, key) = (ago(2 * HOUR), session_key("eve-mfa"));
    let call = Call::new("sts", "GetSessionToken", &eve(), since)
        .asks(json!({"durationSeconds": 43200,
            "serialNumber": format!("arn:aws:iam::{ACCOUNT}:mfa/eve")}))
        .answers(json!({"credentials": {"accessKeyId": key,
            "sessionToken": "PLANTED-SESSION-TOKEN", "expiration": "Nov 10, 2026, 11:41:07 PM"}}))
        .names("AWS::IAM::AccessKey", &key);
    story.add_in(GLOBAL, call);
    let answers = Answers {
        running: Some("user/eve"),
        chain: &["user/eve"],
        timeline: &[("GetSessionToken", "session")],
        ..Answers::default()
    };
    (strike(story, &user_session("eve", &key, since, true)), answers)
}

/// A sign-in to the console.
fn sign_in(who: &Value, time: Timestamp) -> Call {
    let mut who = who.clone();
    if let Some(who) = who.as_object_mut() {
        who.remove("accessKeyId");
    }
    Call::new("signin", "ConsoleLogin", &who, time)
        .answers(json!({"ConsoleLogin": "Success"}))
        .with("eventType", "AwsConsoleSignIn".into())
        .with("additionalEventData", json!({"MFAUsed": "No", "MobileVersion": "No"}))
}

/// The change, made in the console.
fn strike_in_console(mut story: Story, who: &Value) -> Story {
    let time = ago(21 * MINUTE);
    let (state, arn) = (story.state("evil", time), story.arn());
    let call = Call::new("lambda", "UpdateFunctionCode20150331v2", who, time)
        .asks(json!({"functionName": arn, "dryRun": false, "publish": false}))
        .answers(answered(&state, "Active"))
        .names("AWS::Lambda::Function", &arn)
        .with("sessionCredentialFromConsole", "true".into());
    story.add(call);
    story.record(&state, "OK");
    story.seen_as(&state);
    story
}

/// The root user, in the console.
pub fn root_in_console() -> (Story, Answers) {
    let mut story = created();
    let since = ago(2 * HOUR);
    let who = root(&session_key("root"), since);
    story.add_in(GLOBAL, sign_in(&who, since));
    let answers = Answers {
        running: Some(":root"),
        timeline: &[("ConsoleLogin", "session")],
        ..Answers::default()
    };
    (strike_in_console(story, &who), answers)
}

/// A human of IAM Identity Center, in the console.
pub fn human_in_console() -> (Story, Answers) {
    let mut story = created();
    let since = ago(2 * HOUR);
    let name = "aws-reserved/sso.amazonaws.com/eu-central-1/AWSReservedSSO_Power_0123456789abcdef";
    let who = session(&role(name), "kenji@example.com", since);
    let provider =
        format!("arn:aws:iam::{ACCOUNT}:saml-provider/AWSSSO_9a8b7c6d5e4f3021_DO_NOT_DELETE");
    let human = json!({"type": "SAMLUser", "principalId": "eTFc:kenji@example.com",
        "userName": "kenji@example.com", "identityProvider": provider});
    story.assume_by("AssumeRoleWithSAML", GLOBAL, &human, &who, since);
    story.add_in(GLOBAL, sign_in(&who, ago(2 * HOUR - 3)));
    let answers = Answers {
        running: Some("kenji@example.com"),
        timeline: &[("ConsoleLogin", "session"), ("AssumeRoleWithSAML", "session")],
        ..Answers::default()
    };
    (strike_in_console(story, &who), answers)
}

/// The role of an instance.
pub fn instance() -> (Story, Answers) {
    let mut story = created();
    let since = ago(2 * HOUR);
    let who = session(&role("builder"), "i-0abc1234567890def", since);
    story.assume(HOME, &service("ec2.amazonaws.com"), &who, since);
    let answers = Answers {
        running: Some("role/builder"),
        chain: &["ec2.amazonaws.com"],
        ..Answers::default()
    };
    (strike(story, &who), answers)
}

/// A stack makes the function in its caller's name, with a key of its own.
pub fn stack_in_its_callers_name() -> (Story, Answers) {
    let answers = Answers {
        created: Some("role/developer"),
        running: Some("role/developer"),
        chain: &["user/dana"],
        timeline: &[("CreateStack", "stack")],
    };
    (stack(false), answers)
}

/// A stack makes the function with a service role.
pub fn stack_with_a_role() -> (Story, Answers) {
    let answers = Answers {
        created: Some("role/cfn-deploy"),
        running: Some("role/cfn-deploy"),
        chain: &["cloudformation.amazonaws.com", "role/developer", "user/dana"],
        timeline: &[("CreateStack", "stack")],
    };
    (stack(true), answers)
}

fn stack(with_role: bool) -> Story {
    let mut story = Story::new(HOME, "order-export");
    let since = ago(26 * HOUR);
    let developer = session(&role("developer"), "dana", since);
    story.assume(GLOBAL, &user("dana", "AKIADANAXXXXXEXAMPLE"), &developer, since);
    let stack = format!("arn:aws:cloudformation:{HOME}:{ACCOUNT}:stack/orders/bd8ec9a1-f803-45ed");
    let mut parameters = json!({"stackName": "orders", "capabilities": ["CAPABILITY_IAM"],
        "templateURL": "https://s3.eu-west-1.amazonaws.com/example/orders.template"});
    let mut maker = developer.clone();
    if with_role {
        let since = ago(25 * HOUR - 5);
        parameters["roleARN"] = role("cfn-deploy").into();
        maker = session(&role("cfn-deploy"), "AWSCloudFormation", since);
        story.assume(HOME, &service("cloudformation.amazonaws.com"), &maker, since);
    } else {
        maker["accessKeyId"] = session_key("forward access session").into();
    }
    maker["invokedBy"] = "cloudformation.amazonaws.com".into();
    let call = Call::new("cloudformation", "CreateStack", &developer, ago(25 * HOUR))
        .asks(parameters)
        .answers(json!({"stackId": stack}))
        .names("AWS::CloudFormation::Stack", "orders")
        .names("AWS::CloudFormation::Stack", &stack);
    story.add(call);
    let time = ago(25 * HOUR - 90);
    let state = story.state("first", time);
    let call = Call::new("lambda", "CreateFunction20150331", &maker, time)
        .asks(json!({"functionName": "order-export", "runtime": "python3.12", "role": story.role,
            "handler": "app.handler", "code": {"s3Bucket": "example-builds", "s3Key": "orders.zip"},
            "tags": {"aws:cloudformation:stack-name": "orders",
                "aws:cloudformation:stack-id": stack,
                "aws:cloudformation:logical-id": "Orders"}}))
        .answers(answered(&state, "Pending"))
        .names("AWS::Lambda::Function", "order-export");
    story.add(call);
    story.record(&state, "ResourceDiscovered");
    story.seen_as(&state);
    story
}

/// A pipeline deploys every day, in a session each; then somebody does it by hand.
pub fn by_hand_after_a_pipeline() -> (Story, Answers) {
    let mut story = Story::new(HOME, "order-export");
    let provider =
        format!("arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com");
    let name = "repo:example/orders:ref:refs/heads/main";
    let workflow = json!({"type": "WebIdentityUser", "userName": name,
        "principalId": format!("{provider}:sts.amazonaws.com:{name}"),
        "identityProvider": provider});
    for day in (1..=60).rev() {
        let since = ago(day * DAY + 2 * HOUR);
        let time = ago(day * DAY + 2 * HOUR - 60);
        let who = session(&role("pipeline"), &format!("GitHubActions-{day}"), since);
        story.assume_by("AssumeRoleWithWebIdentity", HOME, &workflow, &who, since);
        if day == 60 {
            story.create(&who, time, "day 60");
        } else {
            story.update(&who, time, &format!("day {day}"), "order-export");
        }
    }
    let since = ago(3 * HOUR);
    let hand = session(&role("admin"), "eve", since);
    story.assume(GLOBAL, &eve(), &hand, since);
    story.strike(&hand, ago(2 * HOUR));
    let answers = Answers {
        created: Some("role/pipeline"),
        running: Some("role/admin"),
        chain: &["user/eve"],
        ..Answers::default()
    };
    (story, answers)
}

/// Somebody takes the role of the function and acts as it might.
pub fn role_of_the_function() -> (Story, Answers) {
    let mut story = created();
    let state = story.state("first", ago(40 * DAY));
    story.seen_as(&state);
    let since = ago(2 * HOUR);
    let taken = session(&story.role.clone(), "eve", since);
    story.assume(GLOBAL, &eve(), &taken, since);
    story.add(Call::new("s3", "ListBuckets", &taken, ago(2 * HOUR - 60)));
    let own = session(&story.role.clone(), "order-export", ago(30 * MINUTE));
    story.assume(HOME, &service("lambda.amazonaws.com"), &own, ago(30 * MINUTE));
    let read = Call::new("ssm", "GetParameter", &own, ago(10 * MINUTE));
    story.add(read.asks(json!({"name": "/orders/partner-bucket"})));
    let answers = Answers {
        created: Some("user/ci"),
        running: Some("user/ci"),
        timeline: &[("ListBuckets", "actor"), ("GetParameter", "by_function")],
        ..Answers::default()
    };
    (story, answers)
}

/// A federated user, whom a user made.
pub fn federated_user() -> (Story, Answers) {
    let mut story = created();
    let (since, key) = (ago(2 * HOUR), session_key("federated"));
    let arn = format!("arn:aws:sts::{ACCOUNT}:federated-user/contractor");
    let who = json!({"type": "FederatedUser", "principalId": format!("{ACCOUNT}:contractor"),
        "arn": arn, "accountId": ACCOUNT, "accessKeyId": key, "sessionContext": {
            "sessionIssuer": {"type": "IAMUser", "principalId": "AIDAEVEXXXXXXEXAMPLE",
                "arn": format!("arn:aws:iam::{ACCOUNT}:user/eve"), "accountId": ACCOUNT,
                "userName": "eve"},
            "attributes": {"creationDate": written(since), "mfaAuthenticated": "false"}}});
    let call = Call::new("sts", "GetFederationToken", &eve(), since)
        .asks(json!({"name": "contractor"}))
        .answers(json!({
            "credentials": {"accessKeyId": key, "sessionToken": "PLANTED-SESSION-TOKEN",
                "expiration": "Nov 10, 2026, 11:41:07 PM"},
            "federatedUser": {"federatedUserId": format!("{ACCOUNT}:contractor"), "arn": arn}}))
        .names("AWS::IAM::AccessKey", &key);
    story.add_in(GLOBAL, call);
    let answers = Answers {
        running: Some("federated-user/contractor"),
        chain: &["user/eve"],
        timeline: &[("GetFederationToken", "session")],
        ..Answers::default()
    };
    (strike(story, &who), answers)
}

/// A user who signed in to the console at the endpoint of the function's Region.
pub fn user_in_console() -> (Story, Answers) {
    let mut story = created();
    let since = ago(2 * HOUR);
    let who = user_session("eve", &session_key("console"), since, false);
    story.add(sign_in(&eve(), since));
    let answers = Answers {
        running: Some("user/eve"),
        timeline: &[("ConsoleLogin", "session")],
        ..Answers::default()
    };
    (strike_in_console(story, &who), answers)
}

/// Whoever changed the function is busy in a Region that is nobody's home.
pub fn in_another_region() -> (Story, Answers) {
    let mut story = created();
    let run = Call::new("ec2", "RunInstances", &eve(), ago(10 * MINUTE));
    story.add_in("ap-south-1", run);
    let answers = Answers { running: Some("user/eve"), ..Answers::default() };
    (strike(story, &eve()), answers)
}
