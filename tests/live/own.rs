//! What casefile itself asked, in an earlier run, is no part of a case; what only looks like it is.

use serde_json::{Value, json};

use crate::{
    aws::World,
    case::{Case, finding},
    program::sample,
};

const DEPLOYER: &str = "arn:aws:iam::111122223333:user/ci-deployer";

/// A call by the user who changed the function in the sample, minutes before.
fn call(id: &str, service: &str, name: &str, agent: &str) -> Value {
    json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": "AIDACIDEPLOYEREXAMPLE",
            "arn": DEPLOYER,
            "accountId": "111122223333",
            "accessKeyId": "AKIACI7DEPLOYEXAMPLE",
            "userName": "ci-deployer",
        },
        "eventTime": "2026-11-20T01:59:00Z",
        "eventSource": format!("{service}.amazonaws.com"),
        "eventName": name,
        "awsRegion": "us-east-1",
        "sourceIPAddress": "203.0.113.44",
        "userAgent": agent,
        "requestParameters": null,
        "responseElements": null,
        "eventID": id,
        "readOnly": true,
        "eventType": "AwsApiCall",
        "managementEvent": true,
        "recipientAccountId": "111122223333",
        "eventCategory": "Management",
    })
}

/// The ids of those of the calls that the report shows, when this one collects.
fn shown(collector: &str) -> Vec<&'static str> {
    let ours = "aws-sdk-rust/1.3.11 ua/2.1 api/cloudtrail#1.130.0 app/casefile-0.1.0";
    let mut world = World::of_bundle(&sample("bitcoin-tool"));
    world.call_as(collector);
    let calls = [
        ("own", "cloudtrail", "LookupEvents", ours),
        ("other-agent", "cloudtrail", "LookupEvents", "aws-cli/2.17.0"),
        ("other-call", "iam", "ListUsers", ours),
    ];
    for (id, service, name, agent) in calls {
        world.add_record(&call(id, service, name, agent));
    }
    let case = Case::new(world);
    let (id, region) = finding("bitcoin-tool");
    case.run(&["report", &id, "--region", &region, "-o", "out.json"]).exits(0);
    let report = case.json("out.json");
    let evidence = report["evidence"].as_array().expect("evidence");
    let is_shown = |id: &str| evidence.iter().any(|one| one["record"]["eventID"] == id);
    calls.iter().map(|(id, ..)| *id).filter(|id| is_shown(id)).collect()
}

#[test]
fn only_what_it_asks_in_the_name_of_the_collector_is_left_out() {
    assert_eq!(shown(DEPLOYER), ["other-agent", "other-call"]);
    let somebody = "arn:aws:sts::111122223333:assumed-role/SecurityAudit/oncall";
    assert_eq!(shown(somebody), ["own", "other-agent", "other-call"]);
}
