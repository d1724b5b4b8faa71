//! Who may ask what, and where.

use serde_json::json;

use crate::{
    aws::{CALLER_KEY, Fake, World},
    client::{Client, sample},
};

const FINDING: &str = "a94e1c7d20b84f35968d7c0e5f1b3a62";
const DETECTOR: &str = "5d0c3b8a7e6f4912a1b2c3d4e5f60718";
const HOME: &str = "ap-northeast-1";
const ROLE: &str = "arn:aws:iam::111122223333:role/audit/Reader";

/// The content of an element.
fn element<'a>(xml: &'a str, name: &str) -> &'a str {
    let (_, rest) = xml.split_once(&format!("<{name}>")).expect("its start");
    rest.split_once(&format!("</{name}>")).expect("its end").0
}

#[test]
fn a_finding_is_found_with_the_detector_of_its_region_alone() {
    let fake = Fake::start(sample("drop-point"));
    let mut home = Client::of(&fake, HOME);
    let mut elsewhere = Client::of(&fake, "us-east-1");
    let detectors = |client: &mut Client| client.guardduty("GET", "/detector", "").content();
    assert_eq!(detectors(&mut home), json!({"detectorIds": [DETECTOR]}));
    assert_eq!(detectors(&mut elsewhere), json!({"detectorIds": []}));

    let path = format!("/detector/{DETECTOR}/findings/get");
    let body = json!({"findingIds": ["0000", FINDING]}).to_string();
    let found = home.guardduty("POST", &path, &body).content();
    assert_eq!(found["findings"].as_array().map(Vec::len), Some(1));
    assert_eq!(found["findings"][0]["id"], FINDING);
    let none = home.guardduty("POST", &path, &json!({"findingIds": ["0000"]}).to_string());
    assert_eq!(none.content(), json!({"findings": []}));

    let wrong = elsewhere.guardduty("POST", &path, &body);
    assert_eq!((wrong.status, wrong.header("x-amzn-ErrorType")), (400, "BadRequestException"));
    assert_eq!(wrong.json()["__type"], "InvalidInputException");
    assert!(wrong.text().contains("not owned by the current account"));
    assert_eq!(
        home.guardduty("POST", &path, r#"{"findingIds": []}"#).code(),
        "BadRequestException"
    );

    fake.change(|world| {
        world.remove_findings(|finding| finding["id"] == FINDING);
    });
    assert_eq!(home.guardduty("POST", &path, &body).content(), json!({"findings": []}));
    fake.change(|world| {
        world.remove_detectors("111122223333", HOME);
    });
    assert_eq!(detectors(&mut home), json!({"detectorIds": []}));
    let last = fake.requests().pop().expect("a request");
    assert_eq!(
        (last.call.service.as_str(), last.call.user_agent.as_str()),
        ("guardduty", "client/1")
    );
}

#[test]
fn findings_are_listed_as_the_criteria_say() {
    let mut world = sample("drop-point");
    let mut other = world.findings[0].clone();
    other["id"] = "other".into();
    other["updatedAt"] = "2026-11-19T00:00:00.000Z".into();
    other["resource"]["resourceType"] = "Instance".into();
    other["severity"] = 8.into();
    world.add_finding(other);
    let fake = Fake::start(world);
    let mut client = Client::of(&fake, HOME);
    let mut ids = |body: serde_json::Value| {
        let path = format!("/detector/{DETECTOR}/findings");
        client.guardduty("POST", &path, &body.to_string()).content()["findingIds"].clone()
    };
    let mut fitting =
        |name: &str, condition| ids(json!({"findingCriteria": {"criterion": {name: condition}}}));
    assert_eq!(fitting("resource.resourceType", json!({"equals": ["Lambda"]})), json!([FINDING]));
    assert_eq!(fitting("resource.resourceType", json!({"eq": ["Instance"]})), json!(["other"]));
    assert_eq!(fitting("resource.resourceType", json!({"neq": ["Instance"]})), json!([FINDING]));
    let midnight = 1_795_046_400_000_i64;
    assert_eq!(fitting("updatedAt", json!({"greaterThanOrEqual": midnight})), json!(["other"]));
    assert_eq!(fitting("updatedAt", json!({"gt": midnight})), json!([]));
    assert_eq!(fitting("updatedAt", json!({"lessThan": midnight})), json!([FINDING]));
    assert_eq!(fitting("updatedAt", json!({"lte": midnight})), json!([FINDING, "other"]));
    assert_eq!(fitting("service.archived", json!({"equals": ["true"]})), json!([]));
    let by =
        |order: &str| json!({"sortCriteria": {"attributeName": "updatedAt", "orderBy": order}});
    assert_eq!(ids(by("ASC")), json!([FINDING, "other"]));
    assert_eq!(ids(by("DESC")), json!(["other", FINDING]));

    let path = format!("/detector/{DETECTOR}/findings");
    let mut page = json!({"maxResults": 1});
    let first = client.guardduty("POST", &path, &page.to_string()).content();
    assert_eq!(first["findingIds"], json!([FINDING]));
    page["nextToken"] = first["nextToken"].clone();
    let second = client.guardduty("POST", &path, &page.to_string()).content();
    assert_eq!(second, json!({"findingIds": ["other"]}));
    page["maxResults"] = 2.into();
    let refused = client.guardduty("POST", &path, &page.to_string());
    assert_eq!(refused.code(), "BadRequestException");
}

#[test]
fn an_administrator_sees_the_findings_of_its_members() {
    let mut world = sample("drop-point");
    world.call_as("arn:aws:sts::999988887777:assumed-role/SecurityAudit/oncall");
    world.add_detector("999988887777", HOME, "admins").trust(ROLE, None);
    let fake = Fake::start(world);
    let mut client = Client::of(&fake, HOME);
    let body = json!({"findingIds": [FINDING]}).to_string();
    let mut found = |detector: &str| {
        client.guardduty("POST", &format!("/detector/{detector}/findings/get"), &body)
    };
    assert_eq!(found("admins").content(), json!({"findings": []}));
    fake.change(|world| {
        world.administer("999988887777", "111122223333");
    });
    assert_eq!(found("admins").content()["findings"][0]["service"]["detectorId"], DETECTOR);
    assert_eq!(found(DETECTOR).status, 400);

    let nothing = client.look_up(&json!({}));
    assert_eq!(nothing.content(), json!({"Events": []}), "those are the member's");
}

#[test]
fn a_role_is_given_to_those_whom_it_trusts() {
    let mut world = sample("drop-point");
    world.call_as("arn:aws:iam::999988887777:user/oncall").trust(ROLE, Some("a b&c"));
    let fake = Fake::start(world);
    let mut client = Client::of(&fake, HOME);
    let identity = "Action=GetCallerIdentity&Version=2011-06-15";
    let myself = client.sts(identity);
    assert_eq!(myself.status, 200);
    assert_eq!(element(myself.text(), "Arn"), "arn:aws:iam::999988887777:user/oncall");
    assert_eq!(element(myself.text(), "Account"), "999988887777");

    let assume = "Action=AssumeRole&Version=2011-06-15&RoleSessionName=case&RoleArn=arn%3Aaws%3A\
                  iam%3A%3A111122223333%3Arole%2F";
    for form in [format!("{assume}audit%2FReader"), format!("{assume}Other&ExternalId=a+b%26c")] {
        let denied = client.sts(&form);
        assert_eq!((denied.status, element(denied.text(), "Code")), (403, "AccessDenied"));
        assert_eq!(element(denied.text(), "RequestId"), denied.header("x-amzn-requestid"));
    }
    let given = client.sts(&format!("{assume}audit%2FReader&ExternalId=a+b%26c"));
    assert_eq!(given.status, 200, "{}", given.text());
    let role = "arn:aws:sts::111122223333:assumed-role/Reader/case";
    assert_eq!(element(given.text(), "Arn"), role);
    let key = element(given.text(), "AccessKeyId");

    let mut naked = Client::of(&fake, HOME).with_key(key, None);
    assert_eq!(element(naked.sts(identity).text(), "Code"), "InvalidClientTokenId");
    let token = element(given.text(), "SessionToken");
    let mut member = Client::of(&fake, HOME).with_key(key, Some(token));
    assert_eq!(element(member.sts(identity).text(), "Arn"), role);
    let events = member.look_up(&json!({"MaxResults": 1})).content();
    assert_eq!(events["Events"].as_array().map(Vec::len), Some(1));
    let seen = fake.requests();
    let last = &seen.last().expect("a request").call;
    assert_eq!((last.account.as_str(), last.access_key.as_str()), ("111122223333", key));
    assert_eq!(seen[1].call.parameters["RoleSessionName"], "case");
    assert_eq!((fake.count("AssumeRole"), fake.count("LookupEvents")), (3, 1));
    assert_eq!(seen[0].call.access_key, CALLER_KEY);
    let ids: std::collections::BTreeSet<_> = seen.iter().map(|seen| &seen.request_id).collect();
    assert_eq!(ids.len(), seen.len());
}

#[test]
fn a_stranger_and_a_disabled_region_get_nowhere() {
    let mut world = sample("drop-point");
    world.disable("me-south-1");
    let fake = Fake::start(world);
    let strangers = [
        Client::of(&fake, HOME).with_key("AKIAI44QH8DHBEXAMPLE", None),
        Client::of(&fake, "me-south-1"),
    ];
    for mut stranger in strangers {
        let rest = stranger.guardduty("GET", "/detector", "");
        assert_eq!((rest.status, rest.code().as_str()), (403, "UnrecognizedClientException"));
        let answers = [
            stranger.look_up(&json!({})),
            stranger.config("DescribeConfigurationRecorders", &json!({})),
        ];
        for answer in answers {
            assert_eq!(
                (answer.status, answer.code().as_str()),
                (400, "UnrecognizedClientException")
            );
        }
        let sts = stranger.sts("Action=GetCallerIdentity&Version=2011-06-15");
        assert_eq!((sts.status, element(sts.text(), "Code")), (403, "InvalidClientTokenId"));
    }
    let mut unsigned = Client::of(&fake, HOME).with_key("", None);
    assert_eq!(unsigned.look_up(&json!({})).code(), "MissingAuthenticationTokenException");
    let mut client = Client::of(&fake, HOME);
    let target = "CloudTrail_20131101.LookupEvents";
    let misled = client.target("config", target, &json!({}));
    assert_eq!(misled.code(), "InvalidSignatureException");
}

#[test]
fn what_does_not_exist_is_noted() {
    let fake = Fake::start(World::new("arn:aws:iam::111122223333:user/oncall"));
    let mut client = Client::of(&fake, HOME);
    assert_eq!(
        client.config("DescribeConfigRules", &json!({})).code(),
        "UnknownOperationException"
    );
    assert_eq!(client.guardduty("GET", "/detector/a/member", "").status, 404);
    assert_eq!(client.sts("Action=GetSessionToken&Version=2011-06-15").status, 404);
    let older = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents";
    let answer = client.target("cloudtrail", older, &json!({}));
    assert_eq!(answer.content(), json!({"Events": []}));
    let unknown = [
        "config: DescribeConfigRules",
        "guardduty: GET /detector/a/member",
        "sts: GetSessionToken",
    ];
    assert_eq!(fake.unknown(), unknown);
}
