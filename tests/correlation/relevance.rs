//! What belongs to the case, and what does not.

use serde_json::{Value, json};

use crate::record::{
    ACCOUNT, ARN, REGION, Saved, assume, but, by, call, create, failed, other, service, session,
    state, times, update_code, user,
};

const SEEN: &str = "2026-10-01T20:00:00Z";

fn at(time: &str) -> String {
    format!("2026-10-01T{time}Z")
}

fn left() -> Value {
    state("revision-a", "hash-a", &at("06:00:00"))
}

fn list(time: &str, identity: &Value) -> Value {
    by(other("s3.amazonaws.com", "ListBuckets", &at(time), Value::Null), identity)
}

#[test]
fn of_a_shared_role_only_the_session_that_touched_the_function_is_followed() {
    let mine = session("ci", "build-7", "ASIASEVEN", &at("05:30:00"));
    let other_build = session("ci", "build-8", "ASIAEIGHT", &at("05:30:00"));
    let report = Saved::of(
        SEEN,
        [
            by(update_code(&at("06:00:00"), left()), &mine),
            list("06:10:00", &mine),
            list("06:20:00", &other_build),
            list("07:30:00", &mine),
        ],
    )
    .report();
    assert_eq!(times(&report, "ListBuckets"), [at("06:10:00")]);
}

#[test]
fn what_the_actor_refused_made_or_took_around_its_change_is_there() {
    let mallory = user("mallory");
    let on_role = |name: &str, request: Value| {
        by(other("iam.amazonaws.com", name, &at("05:20:00"), request), &mallory)
    };
    let mut denied =
        failed(by(update_code(&at("05:00:00"), Value::Null), &user("eve")), "AccessDenied");
    denied["requestParameters"] = Value::Null;
    denied["errorMessage"] = json!(format!(
        "User: arn:aws:iam::{ACCOUNT}:user/eve is not authorized to perform: lambda:UpdateFunctionCode on resource: {ARN} because no identity-based policy allows it"
    ));
    let mut refused = failed(
        by(other("iam.amazonaws.com", "PutRolePolicy", &at("04:00:00"), Value::Null), &user("eve")),
        "AccessDenied",
    );
    refused["errorMessage"] = json!(format!(
        "User: arn:aws:iam::{ACCOUNT}:user/eve is not authorized to perform: iam:PutRolePolicy on resource: role orders-role because no identity-based policy allows it"
    ));
    let made_key = but(
        by(
            other(
                "iam.amazonaws.com",
                "CreateAccessKey",
                &at("01:00:00"),
                json!({"userName": "mallory"}),
            ),
            &user("founder"),
        ),
        &json!({"responseElements": {"accessKey": {"accessKeyId": "AKIAmallory", "userName": "mallory"}}}),
    );
    let upload = by(
        other(
            "s3.amazonaws.com",
            "PutObject",
            &at("05:30:00"),
            json!({"bucketName": "builds", "key": "orders/1.zip"}),
        ),
        &user("builder"),
    );
    let url = by(
        call(
            "CreateFunctionUrlConfig",
            &at("06:10:00"),
            json!({"functionName": "orders", "authType": "NONE"}),
            json!({"functionArn": ARN}),
        ),
        &mallory,
    );
    let mapping = by(
        call(
            "CreateEventSourceMapping20150331",
            &at("06:11:00"),
            json!({"functionName": "orders:live"}),
            Value::Null,
        ),
        &mallory,
    );
    let events = [
        denied,
        refused,
        made_key,
        list("00:30:00", &user("founder")),
        upload,
        url,
        mapping,
        by(create(&at("06:00:00"), left()), &mallory),
        on_role(
            "AttachRolePolicy",
            json!({"roleName": "orders-role", "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}),
        ),
        list("04:30:00", &user("eve")),
        list("12:00:00", &mallory),
        list("06:00:00", &user("unrelated")),
    ];
    let report = Saved::of(SEEN, events).report();
    let relation = |name: &str| {
        let rows = report["timeline"].as_array().expect("rows").iter();
        rows.clone()
            .find(|row| row["name"] == name)
            .map(|row| row["relation"].clone())
            .unwrap_or_default()
    };
    for (name, expected) in [
        ("UpdateFunctionCode20150331v2", "subject"),
        ("PutRolePolicy", "role"),
        ("CreateAccessKey", "session"),
        ("PutObject", "code"),
        ("CreateFunctionUrlConfig", "subject"),
        ("CreateEventSourceMapping20150331", "subject"),
        ("AttachRolePolicy", "role"),
    ] {
        assert_eq!(relation(name), expected, "{name}");
    }
    assert_eq!(times(&report, "ListBuckets"), [at("00:30:00"), at("04:30:00")]);
}

#[test]
fn lambda_taking_a_shared_role_for_other_functions_is_left_out() {
    let start = |name: &str, time: &str| {
        let record = assume(
            &at(time),
            "service-role/orders-role",
            name,
            &format!("ASIA{name}"),
            &service("lambda.amazonaws.com"),
        );
        but(record, &json!({"responseElements": {"assumedRoleUser": null}}))
    };
    let report = Saved::of(
        SEEN,
        [
            start("orders", "05:00:00"),
            start("payments", "06:00:00"),
            create(&at("07:00:00"), left()),
        ],
    )
    .report();
    assert_eq!(times(&report, "AssumeRole"), [at("05:00:00")]);
}

#[test]
fn those_who_only_invoke_the_function_are_not_followed() {
    let invoke = by(
        call("Invoke", &at("06:30:00"), json!({"functionName": ARN}), Value::Null),
        &user("shop"),
    );
    let report = Saved::of(SEEN, [invoke, list("06:31:00", &user("shop"))]).report();
    assert_eq!(times(&report, "Invoke").len(), 1);
    assert_eq!(times(&report, "ListBuckets").len(), 0);
    let edges = report["graph"]["edges"].as_array().expect("edges").iter();
    assert!(!edges.clone().any(|edge| edge["relation"] == "changed"));
}

#[test]
fn a_policy_elsewhere_that_names_the_function_does_nothing_to_it() {
    let text = json!({"Statement": [{"Effect": "Allow", "Action": "lambda:*", "Resource": ARN}]})
        .to_string();
    let put = other(
        "iam.amazonaws.com",
        "PutUserPolicy",
        &at("06:00:00"),
        json!({"userName": "eve", "policyName": "p", "policyDocument": text}),
    );
    let report = Saved::of(SEEN, [put]).report();
    let relations: Vec<&str> = report["graph"]["edges"]
        .as_array()
        .expect("edges")
        .iter()
        .filter_map(|edge| edge["relation"].as_str())
        .collect();
    assert!(relations.contains(&"named") && !relations.contains(&"changed"), "{relations:?}");
}

#[test]
fn a_rule_or_stack_of_the_same_name_elsewhere_is_another() {
    let put = |region: &str| {
        let target = json!({"rule": "hourly", "targets": [{"id": "1", "arn": ARN}]});
        but(
            other("events.amazonaws.com", "PutTargets", &at("06:00:00"), target),
            &json!({"awsRegion": region}),
        )
    };
    let disable = but(
        other("events.amazonaws.com", "DisableRule", &at("06:30:00"), json!({"name": "hourly"})),
        &json!({"awsRegion": "us-east-1", "userIdentity": user("somebody")}),
    );
    let report = Saved::of(SEEN, [put(REGION), disable]).report();
    assert_eq!(times(&report, "PutTargets").len(), 1);
    assert_eq!(times(&report, "DisableRule").len(), 0);
}

#[test]
fn each_of_many_sessions_of_one_name_has_its_own_start() {
    let mut events: Vec<Value> = Vec::new();
    for n in 0..300 {
        let time = format!("2026-09-{:02}T{:02}:{:02}:00Z", 1 + n / 60, n % 60 / 6, n % 6);
        let key = format!("ASIA{n}");
        let starter = user(if n % 2 == 0 { "jenkins" } else { "mallory" });
        events.push(assume(&time, "ci", "deploy", &key, &starter));
        events.push(by(update_code(&time, left()), &session("ci", "deploy", &key, &time)));
    }
    let report = Saved::of(SEEN, events).report();
    assert_eq!(times(&report, "UpdateFunctionCode20150331v2").len(), 300);
    let chain = crate::record::actor(&report, "role/ci")["chain"].clone();
    let methods: Vec<&Value> =
        chain.as_array().expect("a chain").iter().map(|link| &link["method"]).collect();
    assert_eq!(methods.len(), 300);
    assert!(methods.iter().all(|method| **method == "access_key_id"));
}
