//! Config: seven days a call, pages, recorders and resources.

use serde_json::{Value, json};

use crate::{
    aws::{Fake, Recorder},
    client::{Client, sample},
};

const HOME: &str = "ap-northeast-1";
const ACCOUNT: &str = "111122223333";

fn ask(client: &mut Client, more: Value) -> crate::client::Answer {
    let mut parameters =
        json!({"resourceType": "AWS::Lambda::Function", "resourceId": "media-thumbnailer"});
    for (name, value) in more.as_object().expect("parameters") {
        parameters[name] = value.clone();
    }
    client.config("GetResourceConfigHistory", &parameters)
}

/// The days of the items on each page, over all pages.
fn pages(client: &mut Client, parameters: Value) -> Vec<Vec<String>> {
    let (mut parameters, mut pages) = (parameters, Vec::new());
    loop {
        let content = ask(client, parameters.clone()).content();
        let items = content["configurationItems"].as_array().expect("items");
        let day = |item: &Value| {
            let seconds = item["configurationItemCaptureTime"].as_f64().expect("a time");
            let time = jiff::Timestamp::UNIX_EPOCH
                + jiff::SignedDuration::try_from_secs_f64(seconds).expect("a time");
            time.strftime("%m-%d").to_string()
        };
        pages.push(items.iter().map(day).collect());
        match content.get("nextToken") {
            Some(token) => parameters["nextToken"] = token.clone(),
            None => return pages,
        }
    }
}

#[test]
fn a_call_spans_seven_days_and_empty_pages_have_a_token() {
    let fake = Fake::start(sample("drop-point"));
    let mut client = Client::of(&fake, HOME);
    let backwards: [&[&str]; 7] =
        [&["11-17", "11-16"], &[], &[], &["10-27"], &[], &["10-13"], &["10-06"]];
    assert_eq!(pages(&mut client, json!({})), backwards);
    let forwards: [&[&str]; 7] =
        [&["10-06"], &["10-13"], &["10-27"], &[], &[], &["11-16"], &["11-17"]];
    assert_eq!(pages(&mut client, json!({"chronologicalOrder": "Forward"})), forwards);
    let singly = pages(&mut client, json!({"limit": 1}));
    assert_eq!(singly.len(), 8);
    assert_eq!(singly[..2], [["11-17"], ["11-16"]]);

    // Both ends belong to the span: these are the seconds of two items.
    let exactly = json!({"earlierTime": 1_794_792_898.62, "laterTime": 1_794_892_951.004});
    assert_eq!(pages(&mut client, exactly), [["11-17", "11-16"]]);
    let inside = json!({"earlierTime": 1_794_792_898.621, "laterTime": 1_794_892_951.003});
    assert_eq!(pages(&mut client, inside), [[""; 0]]);
    let week = |seconds: f64| json!({"laterTime": 1_794_960_000, "earlierTime": 1_794_960_000.0 - seconds});
    assert_eq!(pages(&mut client, week(604_799.999)).len(), 1);
    assert_eq!(pages(&mut client, week(604_800.0)).len(), 2);
    let years = json!({"earlierTime": 1_795_055_400 - 86400 * 365});
    assert_eq!(pages(&mut client, years).len(), 53, "even those before the first item");
}

#[test]
fn a_token_belongs_to_its_parameters() {
    let fake = Fake::start(sample("drop-point"));
    let mut client = Client::of(&fake, HOME);
    let token = ask(&mut client, json!({"limit": 5})).content()["nextToken"].clone();
    assert_eq!(ask(&mut client, json!({"limit": 5, "nextToken": token})).status, 200);
    for other in [json!({"limit": 6}), json!({"limit": 5, "resourceId": "x"}), json!({})] {
        let mut other = other;
        other["nextToken"] = token.clone();
        assert_eq!(ask(&mut client, other).code(), "InvalidNextTokenException");
    }
    let invented = ask(&mut client, json!({"nextToken": "AQICAHh"}));
    assert_eq!(invented.code(), "InvalidNextTokenException");
}

#[test]
fn parameters_are_what_the_model_says() {
    let fake = Fake::start(sample("drop-point"));
    let mut client = Client::of(&fake, HOME);
    for (parameters, code) in [
        (json!({"limit": 101}), "InvalidLimitException"),
        (json!({"limit": -1}), "InvalidLimitException"),
        (json!({"limit": "5"}), "SerializationException"),
        (json!({"laterTime": "2026-11-01T00:00:00Z"}), "SerializationException"),
        (json!({"resourceId": null}), "ValidationException"),
        (json!({"resourceType": ""}), "ValidationException"),
        (json!({"chronologicalOrder": "reverse"}), "ValidationException"),
        (json!({"earlierTime": 2, "laterTime": 1}), "InvalidTimeRangeException"),
        (json!({"resourceId": "nobody"}), "ResourceNotDiscoveredException"),
        (json!({"resourceType": "AWS::IAM::Role"}), "ResourceNotDiscoveredException"),
    ] {
        assert_eq!(ask(&mut client, parameters.clone()).code(), code, "{parameters}");
    }
    assert_eq!(ask(&mut client, json!({"limit": 0})).status, 200);

    let mut elsewhere = Client::of(&fake, "us-east-1");
    let code = "NoAvailableConfigurationRecorderException";
    assert_eq!(ask(&mut elsewhere, json!({})).code(), code);
    fake.change(|world| {
        world.remove_items(|item| item["resourceType"] == "AWS::Lambda::Function");
    });
    assert_eq!(ask(&mut client, json!({})).code(), "ResourceNotDiscoveredException");
    fake.change(|world| {
        world.remove_recorder(ACCOUNT, HOME);
    });
    assert_eq!(ask(&mut client, json!({})).code(), code);
}

#[test]
fn recorders_tell_what_they_record_and_whether() {
    let mut world = sample("drop-point");
    let partial = Recorder::only(&["AWS::S3::Bucket"]).stopped(1_795_000_000.5);
    let failing = Recorder::except(&["AWS::Lambda::Function"]).failing("NoSuchBucket", "gone");
    world.add_recorder(ACCOUNT, "us-west-2", partial).add_recorder(ACCOUNT, "eu-west-1", failing);
    let fake = Fake::start(world);
    let told = |region: &str| {
        let mut client = Client::of(&fake, region);
        let recorders = client.config("DescribeConfigurationRecorders", &json!({})).content();
        let status = client.config("DescribeConfigurationRecorderStatus", &json!({})).content();
        (
            recorders["ConfigurationRecorders"].clone(),
            status["ConfigurationRecordersStatus"].clone(),
        )
    };
    let (recorders, status) = told(HOME);
    assert_eq!(recorders[0]["recordingGroup"]["allSupported"], true);
    assert_eq!(recorders[0]["arn"], status[0]["arn"]);
    assert_eq!(
        (&status[0]["recording"], &status[0]["lastStatus"]),
        (&json!(true), &json!("SUCCESS"))
    );
    let (recorders, status) = told("us-west-2");
    assert_eq!(recorders[0]["recordingGroup"]["resourceTypes"], json!(["AWS::S3::Bucket"]));
    assert_eq!(status[0]["recording"], false);
    assert_eq!(status[0]["lastStopTime"], 1_795_000_000.5);
    let (recorders, status) = told("eu-west-1");
    let excluded = &recorders[0]["recordingGroup"]["exclusionByResourceTypes"];
    assert_eq!(excluded["resourceTypes"], json!(["AWS::Lambda::Function"]));
    assert_eq!(status[0]["lastErrorCode"], "NoSuchBucket");
    assert_eq!(told("us-east-1"), (json!([]), json!([])));
    let named = json!({"ConfigurationRecorderNames": ["other"]});
    let unknown = Client::of(&fake, HOME).config("DescribeConfigurationRecorders", &named);
    assert_eq!(unknown.code(), "NoSuchConfigurationRecorderException");
}

#[test]
fn a_resource_is_discovered_by_name_and_by_id() {
    let mut world = sample("drop-point");
    world.add_item(
        ACCOUNT,
        HOME,
        json!({
            "configurationItemCaptureTime": 1_795_000_000.25,
            "configurationItemStatus": "ResourceDeleted",
            "resourceType": "AWS::IAM::Role",
            "resourceId": "AROA6EXAMPLETHUMBEX01",
            "configuration": "null",
        }),
    );
    let fake = Fake::start(world);
    let mut client = Client::of(&fake, HOME);
    let mut found = |kind: &str, more: Value| {
        let mut parameters = json!({"resourceType": kind});
        for (name, value) in more.as_object().expect("parameters") {
            parameters[name] = value.clone();
        }
        client.config("ListDiscoveredResources", &parameters)
    };
    let function = json!({
        "resourceType": "AWS::Lambda::Function",
        "resourceId": "media-thumbnailer",
        "resourceName": "media-thumbnailer",
    });
    let all = found("AWS::Lambda::Function", json!({})).content();
    assert_eq!(all, json!({"resourceIdentifiers": [function]}));
    let by_id = found("AWS::Lambda::Function", json!({"resourceIds": ["media-thumbnailer"]}));
    assert_eq!(by_id.content(), all);
    let role = "media-thumbnailer-exec";
    let alive = found("AWS::IAM::Role", json!({"resourceName": role})).content();
    assert_eq!(alive, json!({"resourceIdentifiers": []}));
    let deleted = json!({"resourceName": role, "includeDeletedResources": true});
    let deleted = found("AWS::IAM::Role", deleted).content();
    assert_eq!(deleted["resourceIdentifiers"][0]["resourceId"], "AROA6EXAMPLETHUMBEX01");
    assert_eq!(deleted["resourceIdentifiers"][0]["resourceDeletionTime"], 1_795_000_000.25);
    let both = found("AWS::IAM::Role", json!({"resourceName": role, "resourceIds": ["x"]}));
    assert_eq!(both.code(), "ValidationException");
}
