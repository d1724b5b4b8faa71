//! Which call led to which recorded change, and which did not.

use serde_json::{Value, json};

use crate::record::{
    ROLE, Saved, but, call, cause, configure, create, item, other, role_item, state, statements,
    update_code,
};

const SEEN: &str = "2026-10-01T20:00:00Z";

fn pair(name: &str, time: &str) -> Option<(String, String)> {
    Some((name.to_owned(), format!("2026-10-01T{time}Z")))
}

fn at(time: &str) -> String {
    format!("2026-10-01T{time}Z")
}

fn with(time: &str, name: &str, settings: Value) -> Value {
    but(state(&format!("revision-{name}"), "hash-a", &at(time)), &settings)
}

const CONFIGURE: &str = "UpdateFunctionConfiguration20150331v2";
const UPDATE: &str = "UpdateFunctionCode20150331v2";

#[test]
fn an_item_captured_after_the_next_call_belongs_to_the_call_before() {
    let (one, two, three) = (
        with("01:00:00", "a", json!({})),
        with("02:00:00", "b", json!({"timeout": 60})),
        with("02:01:00", "c", json!({"timeout": 60, "memorySize": 512})),
    );
    let report = Saved::of(
        SEEN,
        [
            create(&at("01:00:00"), one.clone()),
            configure(&at("02:00:00"), &json!({"timeout": 60}), two.clone()),
            // The same timeout is asked for again.
            configure(&at("02:01:00"), &json!({"timeout": 60, "memorySize": 512}), three.clone()),
        ],
    )
    .with_items([
        item(&at("01:02:00"), "ResourceDiscovered", &one),
        item(&at("02:02:00"), "OK", &two),
        item(&at("02:05:00"), "OK", &three),
    ])
    .report();
    assert_eq!(cause(&report, "/timeout"), pair(CONFIGURE, "02:00:00"));
    assert_eq!(cause(&report, "/memorySize"), pair(CONFIGURE, "02:01:00"));
}

#[test]
fn of_two_calls_between_items_the_one_that_changed_the_field_is_its_cause() {
    let (one, two, three) = (
        with("01:00:00", "a", json!({})),
        with("02:00:00", "b", json!({"timeout": 60})),
        with("02:00:30", "c", json!({"timeout": 60, "memorySize": 512})),
    );
    let report = Saved::of(
        SEEN,
        [
            configure(&at("02:00:00"), &json!({"timeout": 60}), two),
            configure(&at("02:00:30"), &json!({"timeout": 60, "memorySize": 512}), three.clone()),
        ],
    )
    .with_items([item(&at("01:02:00"), "OK", &one), item(&at("02:05:00"), "OK", &three)])
    .report();
    assert_eq!(cause(&report, "/timeout"), pair(CONFIGURE, "02:00:00"));
    assert_eq!(cause(&report, "/memorySize"), pair(CONFIGURE, "02:00:30"));
}

#[test]
fn a_value_that_a_later_call_undid_was_put_back_by_the_last() {
    let (one, last) =
        (with("01:00:00", "a", json!({})), with("04:00:00", "d", json!({"timeout": 60})));
    let report = Saved::of(
        SEEN,
        [
            configure(&at("02:00:00"), &json!({"timeout": 60}), Value::Null),
            configure(&at("03:00:00"), &json!({"timeout": 90}), Value::Null),
            configure(&at("04:00:00"), &json!({"timeout": 60}), Value::Null),
        ],
    )
    .with_items([item(&at("01:02:00"), "OK", &one), item(&at("04:05:00"), "OK", &last)])
    .report();
    assert_eq!(cause(&report, "/timeout"), pair(CONFIGURE, "04:00:00"));
}

#[test]
fn code_that_was_deployed_twice_was_changed_by_the_first() {
    let one = with("01:00:00", "a", json!({}));
    let two = with("02:00:00", "b", json!({"codeSha256": "hash-b"}));
    let again = with("03:00:00", "c", json!({"codeSha256": "hash-b"}));
    let report = Saved::of(
        SEEN,
        [update_code(&at("02:00:00"), two), update_code(&at("03:00:00"), again.clone())],
    )
    .with_items([item(&at("01:02:00"), "OK", &one), item(&at("03:05:00"), "OK", &again)])
    .report();
    assert_eq!(cause(&report, "/codeSha256"), pair(UPDATE, "02:00:00"));
}

#[test]
fn a_change_that_a_call_already_shows_was_not_made_by_one_after_it() {
    // Nobody seen set the timeout: the code's update at 02:00 already shows it.
    let one = with("01:00:00", "a", json!({}));
    let two = with("02:00:00", "b", json!({"timeout": 60, "codeSha256": "hash-b"}));
    let three =
        with("03:00:00", "c", json!({"timeout": 60, "memorySize": 512, "codeSha256": "hash-b"}));
    let report = Saved::of(
        SEEN,
        [
            update_code(&at("02:00:00"), two),
            configure(&at("03:00:00"), &json!({"timeout": 60, "memorySize": 512}), three.clone()),
        ],
    )
    .with_items([item(&at("01:02:00"), "OK", &one), item(&at("03:05:00"), "OK", &three)])
    .report();
    assert_eq!(cause(&report, "/timeout"), None);
    assert_eq!(cause(&report, "/memorySize"), pair(CONFIGURE, "03:00:00"));
    assert_eq!(cause(&report, "/codeSha256"), pair(UPDATE, "02:00:00"));
}

#[test]
fn calls_that_are_alike_but_for_their_time_are_not_chosen_between() {
    let (one, two) =
        (with("01:00:00", "a", json!({})), with("02:00:00", "b", json!({"timeout": 60})));
    let cut = |time: &str| {
        let mut event = configure(&at(time), &json!({}), Value::Null);
        event["requestParameters"] = Value::Null;
        event["resources"] =
            json!([{"ARN": crate::record::ARN, "accountId": crate::record::ACCOUNT}]);
        event
    };
    let items = [item(&at("01:02:00"), "OK", &one), item(&at("02:05:00"), "OK", &two)];
    let report = Saved::of(SEEN, [cut("02:00:00")]).with_items(items.clone()).report();
    assert_eq!(cause(&report, "/timeout"), pair(CONFIGURE, "02:00:00"));
    let report = Saved::of(SEEN, [cut("02:00:00"), cut("02:00:08")]).with_items(items).report();
    assert_eq!(cause(&report, "/timeout"), None);
}

#[test]
fn granting_access_changes_the_policy_and_nothing_else() {
    let one = with("01:00:00", "a", json!({}));
    let two = with("02:00:00", "b", json!({"codeSha256": "hash-b"}));
    let statement = json!({"Sid": "open", "Effect": "Allow", "Principal": "*", "Action": "lambda:InvokeFunction", "Resource": crate::record::ARN});
    let grant = call(
        "AddPermission20150331v2",
        &at("01:30:00"),
        json!({"functionName": "orders", "statementId": "open", "action": "lambda:InvokeFunction", "principal": "*"}),
        json!({"statement": statement.to_string()}),
    );
    let policy = json!({"Version": "2012-10-17", "Id": "default", "Statement": [statement]});
    let after = but(
        item(&at("02:05:00"), "OK", &two),
        &json!({"supplementaryConfiguration": {"Policy": policy.to_string()}}),
    );
    let report = Saved::of(SEEN, [grant, update_code(&at("02:00:00"), two)])
        .with_items([item(&at("01:02:00"), "OK", &one), after])
        .report();
    assert_eq!(cause(&report, "/Statement/open"), pair("AddPermission20150331v2", "01:30:00"));
    assert_eq!(cause(&report, "/codeSha256"), pair(UPDATE, "02:00:00"));
}

#[test]
fn an_item_that_describes_nothing_is_no_change() {
    let one = with("01:00:00", "a", json!({}));
    let silent = item(&at("01:30:00"), "ResourceNotRecorded", &Value::Null);
    let report = Saved::of(SEEN, [])
        .with_items([item(&at("01:02:00"), "OK", &one), silent, item(&at("02:00:00"), "OK", &one)])
        .report();
    assert_eq!(report["changes"], json!([]));
}

#[test]
fn a_deleted_item_without_an_account_may_be_a_namesakes() {
    let one = with("01:00:00", "a", json!({}));
    let namesake = but(
        item(&at("01:03:00"), "OK", &one),
        &json!({"accountId": "999988887777", "arn": "arn:aws:lambda:eu-west-1:999988887777:function:orders"}),
    );
    let bare = but(
        item(&at("03:00:00"), "ResourceDeleted", &Value::Null),
        &json!({"accountId": null, "arn": null}),
    );
    let saved = Saved::of(SEEN, []).with_items([item(&at("01:02:00"), "OK", &one), bare]);
    let deletions = |report: &Value| {
        report["changes"]
            .as_array()
            .expect("changes")
            .iter()
            .filter(|change| change["after"] == "ResourceDeleted")
            .count()
    };
    assert_eq!(deletions(&saved.report()), 1);
    assert_eq!(deletions(&saved.with_items([namesake]).report()), 0);
}

#[test]
fn a_call_that_is_recorded_twice_is_not_said_to_have_no_change() {
    let (one, two) =
        (with("01:00:00", "a", json!({})), with("02:00:00", "b", json!({"codeSha256": "hash-b"})));
    let own = but(
        update_code(&at("02:00:00"), two.clone()),
        &json!({"sharedEventID": "s", "eventID": "1"}),
    );
    let copy = but(own.clone(), &json!({"eventID": "2"}));
    let report = Saved::of(SEEN, [own, copy])
        .with_items([item(&at("01:02:00"), "OK", &one), item(&at("02:05:00"), "OK", &two)])
        .report();
    let unknown = statements(&report, "unknown");
    assert!(!unknown.iter().any(|text| text.contains("recorded no change")), "{unknown:#?}");
}

fn role(policies: &Value, trusted: &str) -> Value {
    json!({
        "roleName": "orders-role", "roleId": "AROAORDERS", "arn": ROLE, "path": "/service-role/",
        "attachedManagedPolicies": [], "rolePolicyList": policies,
        "assumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"Service": trusted}, "Action": "sts:AssumeRole"},
        ]},
    })
}

fn document(actions: &Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]})
}

#[test]
fn inline_and_trust_policies_are_told_by_their_statements() {
    let inline =
        |actions: Value| json!([{"policyName": "extra", "policyDocument": document(&actions)}]);
    let put = |time: &str, name: &str, actions: Value| {
        let text = document(&actions).to_string();
        other(
            "iam.amazonaws.com",
            "PutRolePolicy",
            &at(time),
            json!({"roleName": "orders-role", "policyName": name, "policyDocument": text}),
        )
    };
    let trust = |time: &str, principal: &str| {
        let text = json!({"Statement": {"Action": ["sts:AssumeRole"], "Effect": "Allow", "Principal": {"Service": [principal]}}}).to_string();
        other(
            "iam.amazonaws.com",
            "UpdateAssumeRolePolicy",
            &at(time),
            json!({"roleName": "orders-role", "policyDocument": text}),
        )
    };
    let report = Saved::of(
        SEEN,
        [
            put("02:00:00", "extra", json!(["s3:GetObject"])),
            put("02:10:00", "extra", json!(["s3:PutObject", "s3:*"])),
            put("02:20:00", "another", json!(["s3:*", "s3:PutObject"])),
            trust("02:30:00", "ec2.amazonaws.com"),
            trust("02:40:00", "states.amazonaws.com"),
        ],
    )
    .with_items([
        role_item(&at("01:00:00"), &role(&inline(json!("s3:GetObject")), "lambda.amazonaws.com")),
        role_item(
            &at("03:00:00"),
            &role(&inline(json!(["s3:*", "s3:PutObject"])), "states.amazonaws.com"),
        ),
    ])
    .report();
    let changes = report["changes"].as_array().expect("changes");
    assert_eq!(changes.len(), 4, "{changes:#?}");
    for change in changes {
        let path = change["path"].as_str().expect("a path");
        let expected = match (change["aspect"].as_str(), change["after"].is_null()) {
            (Some("inline policies"), _) => pair("PutRolePolicy", "02:10:00"),
            // The old trust was gone with the first of the two.
            (_, true) => pair("UpdateAssumeRolePolicy", "02:30:00"),
            (_, false) => pair("UpdateAssumeRolePolicy", "02:40:00"),
        };
        assert_eq!(cause(&report, path), expected, "{change:#}");
    }
}

#[test]
fn detaching_is_not_attaching() {
    let policy = "arn:aws:iam::aws:policy/AdministratorAccess";
    let attached = but(
        role(&json!([]), "lambda.amazonaws.com"),
        &json!({"attachedManagedPolicies": [{"policyName": "AdministratorAccess", "policyArn": policy}]}),
    );
    let plain = role(&json!([]), "lambda.amazonaws.com");
    let asked = json!({"roleName": "orders-role", "policyArn": policy});
    let events = [
        other("iam.amazonaws.com", "DetachRolePolicy", &at("02:00:00"), asked.clone()),
        other("iam.amazonaws.com", "AttachRolePolicy", &at("02:10:00"), asked),
    ];
    let report = Saved::of(SEEN, events.clone())
        .with_items([role_item(&at("01:00:00"), &plain), role_item(&at("03:00:00"), &attached)])
        .report();
    assert_eq!(cause(&report, "AdministratorAccess"), pair("AttachRolePolicy", "02:10:00"));
    let report = Saved::of(SEEN, events)
        .with_items([role_item(&at("01:00:00"), &attached), role_item(&at("03:00:00"), &plain)])
        .report();
    assert_eq!(cause(&report, "AdministratorAccess"), None, "it was attached again");
}
