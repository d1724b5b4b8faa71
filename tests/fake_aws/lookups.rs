//! `CloudTrail`: what is looked up, page by page, twice a second.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    aws::Fake,
    client::{Client, sample},
};

const HOME: &str = "ap-northeast-1";

fn by(key: &str, value: &str) -> Value {
    json!({"LookupAttributes": [{"AttributeKey": key, "AttributeValue": value}]})
}

/// A fake that lets everything through, and somebody who asks it.
fn unhurried() -> (Fake, Client) {
    let fake = Fake::start(sample("drop-point"));
    fake.tolerance(Duration::from_secs(1));
    let client = Client::of(&fake, HOME);
    (fake, client)
}

/// The names of the events.
fn names(answer: &Value) -> Vec<&str> {
    let events = answer["Events"].as_array().expect("events").iter();
    events.map(|event| event["EventName"].as_str().expect("a name")).collect()
}

#[test]
fn an_event_is_found_by_each_of_its_attributes() {
    let (_fake, mut client) = unhurried();
    let creation = client.look_up(&by("EventName", "CreateFunction20150331")).content();
    let creation = &creation["Events"][0];
    for key in ["EventId", "EventName", "ReadOnly", "Username", "EventSource", "AccessKeyId"] {
        let value = creation[key].as_str().expect("a text");
        let found = client.look_up(&by(key, value)).content();
        let found = found["Events"].as_array().expect("events");
        assert!(found.contains(creation), "{key}");
        assert!(found.iter().all(|event| event[key] == value), "{key}");
        let other = client.look_up(&by(key, &format!("{value}x"))).content();
        assert_eq!(other, json!({"Events": []}), "{key}");
    }
    for key in ["ResourceType", "ResourceName"] {
        let value = creation["Resources"][0][key].as_str().expect("a text");
        let found = client.look_up(&by(key, value)).content();
        assert!(found["Events"].as_array().expect("events").contains(creation), "{key}");
    }
    let without_suffix = client.look_up(&by("EventName", "CreateFunction")).content();
    assert_eq!(without_suffix, json!({"Events": []}));
}

#[test]
fn the_newest_comes_first_and_both_ends_of_the_time_belong_to_it() {
    let (_fake, mut client) = unhurried();
    let all = client.look_up(&json!({})).content();
    let times: Vec<f64> = all["Events"]
        .as_array()
        .expect("events")
        .iter()
        .map(|event| event["EventTime"].as_f64().expect("a time"))
        .collect();
    assert!(times.is_sorted_by(|one, next| one >= next));
    let (newest, oldest) = (times[0], times[times.len() - 1]);
    let between = |start: f64, end: f64| json!({"StartTime": start, "EndTime": end});
    assert_eq!(client.look_up(&between(oldest, newest)).content()["Events"], all["Events"]);
    let inner = client.look_up(&between(oldest + 1.0, newest - 1.0)).content();
    let outer = times.iter().filter(|time| [oldest, newest].contains(time)).count();
    assert_eq!(names(&inner).len(), times.len() - outer);
}

#[test]
fn pages_go_on_with_the_same_parameters_only() {
    let (_fake, mut client) = unhurried();
    let whole = client.look_up(&by("ResourceName", "media-thumbnailer")).content();
    let mut parameters = by("ResourceName", "media-thumbnailer");
    parameters["MaxResults"] = 4.into();
    let mut ids = Vec::new();
    loop {
        let page = client.look_up(&parameters).content();
        let events = page["Events"].as_array().expect("events");
        assert!((1..=4).contains(&events.len()));
        ids.extend(events.clone());
        let Some(token) = page.get("NextToken") else { break };
        parameters["NextToken"] = token.clone();
    }
    assert_eq!(whole["Events"].as_array(), Some(&ids));
    parameters["MaxResults"] = 5.into();
    assert_eq!(client.look_up(&parameters).code(), "InvalidNextTokenException");
    parameters["MaxResults"] = 4.into();
    assert_eq!(client.look_up(&parameters).status, 200);
    client.region = "us-east-1".to_owned();
    assert_eq!(client.look_up(&parameters).code(), "InvalidNextTokenException");
}

#[test]
fn parameters_are_what_the_model_says() {
    let (_fake, mut client) = unhurried();
    let mut two = by("EventName", "x");
    let attributes = two["LookupAttributes"].as_array_mut().expect("a list");
    attributes.push(attributes[0].clone());
    for (parameters, code) in [
        (two, "InvalidLookupAttributesException"),
        (by("eventName", "x"), "InvalidLookupAttributesException"),
        (by("EventName", ""), "InvalidLookupAttributesException"),
        (by("EventName", &"_".repeat(1001)), "InvalidLookupAttributesException"),
        (json!({"MaxResults": 51}), "InvalidMaxResultsException"),
        (json!({"MaxResults": 0}), "InvalidMaxResultsException"),
        (json!({"StartTime": 2, "EndTime": 1}), "InvalidTimeRangeException"),
        (json!({"StartTime": "2026-11-01T00:00:00Z"}), "SerializationException"),
        (json!({"EventCategory": "other"}), "InvalidEventCategoryException"),
        (json!({"NextToken": "x"}), "InvalidNextTokenException"),
        (json!([]), "SerializationException"),
    ] {
        assert_eq!(client.look_up(&parameters).code(), code, "{parameters}");
    }
    let insights = client.look_up(&json!({"EventCategory": "insight"})).content();
    assert_eq!(insights, json!({"Events": []}));
}

#[test]
fn an_event_is_where_its_record_says() {
    let (fake, mut home) = unhurried();
    let mut global = Client::of(&fake, "us-east-1");
    let regions = |client: &mut Client| -> BTreeSet<String> {
        let answer = client.look_up(&json!({})).content();
        let records = answer["Events"].as_array().expect("events").iter().map(|event| {
            let record = event["CloudTrailEvent"].as_str().expect("a record");
            let record: Value = serde_json::from_str(record).expect("JSON");
            record["awsRegion"].as_str().expect("a Region").to_owned()
        });
        records.collect()
    };
    assert_eq!(regions(&mut home), BTreeSet::from([HOME.to_owned()]));
    assert_eq!(regions(&mut global), BTreeSet::from(["us-east-1".to_owned()]));

    let record = json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": "AROAEXAMPLE:somebody",
            "accessKeyId": "ASIAEXAMPLE",
        },
        "eventTime": "2026-11-18T00:00:00Z",
        "eventSource": "sts.amazonaws.com",
        "eventName": "AssumeRole",
        "awsRegion": "eu-central-1",
        "readOnly": true,
        "resources": [{"ARN": "arn:aws:iam::111122223333:role/r", "type": "AWS::IAM::Role"}],
        "eventID": "11111111-2222-4333-8444-555555555555",
        "recipientAccountId": "111122223333",
    });
    fake.change(|world| {
        world.add_record(&record).add_record(&record);
    });
    let mut new = Client::of(&fake, "eu-central-1");
    for (key, value) in [
        ("Username", "somebody"),
        ("AccessKeyId", "ASIAEXAMPLE"),
        ("ReadOnly", "true"),
        ("ResourceName", "arn:aws:iam::111122223333:role/r"),
    ] {
        assert_eq!(names(&new.look_up(&by(key, value)).content()), ["AssumeRole"], "{key}");
    }
    // The event history goes back 90 days.
    fake.change(|world| world.now = "2027-02-16T00:00:01Z".parse().ok());
    assert_eq!(new.look_up(&json!({})).content(), json!({"Events": []}));
    fake.change(|world| {
        world.now = None;
        world.remove_events(|record| record["awsRegion"] == HOME);
    });
    assert_eq!(home.look_up(&json!({})).content(), json!({"Events": []}));
}

#[test]
fn the_third_within_a_second_is_refused() {
    let fake = Fake::start(sample("drop-point"));
    let mut home = Client::of(&fake, HOME);
    let mut global = Client::of(&fake, "us-east-1");
    for pause in [0, 0, 0, 940, 0, 400, 0, 300, 350, 0, 450, 0] {
        std::thread::sleep(Duration::from_millis(pause));
        home.look_up(&json!({}));
        global.look_up(&json!({}));
    }
    let seen = fake.requests();
    let mut refused = 0;
    for region in [HOME, "us-east-1"] {
        let mut admitted: Vec<Instant> = Vec::new();
        for seen in seen.iter().filter(|seen| seen.call.region == region) {
            let before = admitted.iter().rev().nth(1);
            let third =
                before.is_some_and(|before| seen.arrived - *before < Duration::from_secs(1));
            assert_eq!(seen.status, Some(if third { 400 } else { 200 }), "{admitted:?} {seen:?}");
            if third {
                let body: Value = serde_json::from_slice(&seen.body).expect("JSON");
                assert_eq!(
                    body,
                    json!({"__type": "ThrottlingException", "message": "Rate exceeded"})
                );
                refused += 1;
            } else {
                admitted.push(seen.arrived);
            }
        }
    }
    assert_eq!((fake.exceeded(), fake.count("LookupEvents")), (refused, 24));
    assert!(refused > 0, "too slow to tell");
}
