//! Who was behind a call, and who was not.

use serde_json::{Value, json};

use crate::record::{
    ACCOUNT, ROLE, Saved, actor, assume, but, by, create, other, service, session, state,
    statements, update_code, user,
};

const SEEN: &str = "2026-10-01T20:00:00Z";

fn at(time: &str) -> String {
    format!("2026-10-01T{time}Z")
}

fn left() -> Value {
    state("revision-a", "hash-a", &at("06:00:00"))
}

/// The event names of an actor's chain, with how each was found.
fn chain(report: &Value, end: &str) -> Vec<String> {
    let links = actor(report, end)["chain"].clone();
    let links = links.as_array().expect("a chain").iter();
    links
        .map(|link| {
            format!(
                "{} {}",
                link["citation"].as_str().map_or("", |_| link["time"].as_str().expect("a time")),
                link["method"].as_str().expect("a method")
            )
        })
        .collect()
}

#[test]
fn three_roles_in_a_row_lead_back_to_the_user() {
    let (a, b, c) = (
        session("one", "s1", "ASIAONE", &at("05:00:00")),
        session("two", "s2", "ASIATWO", &at("05:10:00")),
        session("three", "s3", "ASIATHREE", &at("05:20:00")),
    );
    let report = Saved::of(
        SEEN,
        [
            assume(&at("05:00:00"), "one", "s1", "ASIAONE", &user("mallory")),
            assume(&at("05:10:00"), "two", "s2", "ASIATWO", &a),
            assume(&at("05:20:00"), "three", "s3", "ASIATHREE", &b),
            by(update_code(&at("06:00:00"), left()), &c),
        ],
    )
    .report();
    let times =
        ["05:20:00", "05:10:00", "05:00:00"].map(|time| format!("{} access_key_id", at(time)));
    assert_eq!(chain(&report, "role/three"), times);
    let links = actor(&report, "role/three")["chain"].clone();
    assert_eq!(links[2]["arn"], format!("arn:aws:iam::{ACCOUNT}:user/mallory"));
}

#[test]
fn a_loop_of_sessions_ends() {
    let (a, b) = (
        session("one", "s1", "ASIAONE", &at("05:00:00")),
        session("two", "s2", "ASIATWO", &at("05:00:00")),
    );
    let report = Saved::of(
        SEEN,
        [
            assume(&at("05:00:00"), "one", "s1", "ASIAONE", &b),
            assume(&at("05:00:00"), "two", "s2", "ASIATWO", &a),
            by(update_code(&at("06:00:00"), left()), &a),
        ],
    )
    .report();
    assert!(chain(&report, "role/one").len() <= 2);
}

#[test]
fn a_session_of_the_same_name_that_began_at_another_time_is_another_session() {
    let used = session("deploy", "ci", "ASIASECOND", &at("05:30:00"));
    let events = [
        assume(&at("05:00:00"), "deploy", "ci", "ASIAFIRST", &user("mallory")),
        by(update_code(&at("06:00:00"), left()), &used),
    ];
    let report = Saved::of(SEEN, events.clone()).report();
    assert_eq!(chain(&report, "role/deploy"), Vec::<String>::new());
    // The same where the record does not tell when the session began, but has another key.
    let mut events = events;
    events[1]["userIdentity"]["sessionContext"]["attributes"] = json!({});
    assert_eq!(chain(&Saved::of(SEEN, events).report(), "role/deploy"), Vec::<String>::new());
}

#[test]
fn a_console_session_uses_keys_of_its_own() {
    let signed_in = session("Admin", "maria@example.com", "ASIAGIVEN", &at("05:00:00"));
    let used = but(signed_in, &json!({"accessKeyId": "ASIADERIVED"}));
    let start = assume(
        &at("05:00:00"),
        "Admin",
        "maria@example.com",
        "ASIAGIVEN",
        &json!({"type": "SAMLUser", "principalId": "x:maria@example.com", "userName": "maria@example.com"}),
    );
    let start = but(start, &json!({"eventName": "AssumeRoleWithSAML"}));
    let made = but(
        by(create(&at("06:00:00"), left()), &used),
        &json!({"sessionCredentialFromConsole": "true"}),
    );
    let report = Saved::of(SEEN, [start, made]).report();
    assert_eq!(report["provenance"]["created"]["via"], "console");
    assert_eq!(report["actors"].as_array().expect("actors").len(), 1, "{:#}", report["actors"]);
    assert_eq!(report["actors"][0]["chain"][0]["method"], "session_arn");
}

#[test]
fn two_callers_of_one_session_name_are_not_chosen_between() {
    let mut used = session("deploy", "ci", "ASIAUSED", &at("05:00:00"));
    used["accessKeyId"] = Value::Null;
    let report = Saved::of(
        SEEN,
        [
            assume(&at("05:00:00"), "deploy", "ci", "ASIAONE", &user("mallory")),
            assume(&at("05:00:00"), "deploy", "ci", "ASIATWO", &user("dana")),
            by(update_code(&at("06:00:00"), left()), &used),
        ],
    )
    .report();
    assert_eq!(chain(&report, "role/deploy"), Vec::<String>::new());
}

#[test]
fn both_accounts_records_of_one_call_name_one_caller() {
    let caller = but(
        user("mallory"),
        &json!({"accountId": "444455556666", "arn": "arn:aws:iam::444455556666:user/mallory"}),
    );
    let own = assume(&at("05:00:00"), "deploy", "s", "ASIADEPLOY", &caller);
    let own = but(
        own,
        &json!({"eventID": "own", "recipientAccountId": "444455556666", "sharedEventID": "shared"}),
    );
    let mut copy = but(own.clone(), &json!({"eventID": "copy", "recipientAccountId": ACCOUNT}));
    copy["userIdentity"] =
        json!({"type": "AWSAccount", "principalId": "AIDAmallory", "accountId": "444455556666"});
    let touched = by(
        update_code(&at("06:00:00"), left()),
        &session("deploy", "s", "ASIADEPLOY", &at("05:00:00")),
    );
    let report = Saved::of(SEEN, [own, copy.clone(), touched.clone()]).report();
    let links = actor(&report, "role/deploy")["chain"].clone();
    assert_eq!(links.as_array().expect("a chain").len(), 1);
    assert_eq!(links[0]["arn"], "arn:aws:iam::444455556666:user/mallory");
    assert_eq!(actor(&report, "user/mallory")["calls"], 1);
    // With the other account's record alone, the account is as far as it goes: not its root user.
    let report = Saved::of(SEEN, [copy, touched]).report();
    let links = actor(&report, "role/deploy")["chain"].clone();
    assert_eq!((&links[0]["kind"], &links[0]["arn"]), (&json!("account"), &json!("444455556666")));
}

#[test]
fn lambda_taking_the_new_role_started_nothing_that_others_did() {
    let lambda = assume(
        &at("05:59:58"),
        "service-role/orders-role",
        "awslambda_292_20261001055958334",
        "ASIALAMBDA",
        &service("lambda.amazonaws.com"),
    );
    let report = Saved::of(SEEN, [lambda, create(&at("06:00:00"), left())]).report();
    assert_eq!(report["provenance"]["created"]["actor"], "user dana");
    assert_eq!(actor(&report, "user/dana")["chain"], json!([]));
    let inferred = statements(&report, "inferred");
    assert!(!inferred.iter().any(|text| text.contains("lambda.amazonaws.com")), "{inferred:#?}");
}

#[test]
fn the_functions_own_session_is_not_a_human_with_its_name() {
    let own = session("orders-role", "orders", "ASIAOWN", &at("05:00:00"));
    let human = session("Admin", "orders", "ASIAHUMAN", &at("05:00:00"));
    let list = |time: &str| other("s3.amazonaws.com", "ListBuckets", &at(time), Value::Null);
    let report = Saved::of(
        SEEN,
        [
            by(list("06:10:00"), &own),
            by(list("06:20:00"), &human),
            by(update_code(&at("06:00:00"), left()), &human),
        ],
    )
    .report();
    let relation = |time: &str| {
        let rows = report["timeline"].as_array().expect("rows").iter();
        rows.clone()
            .find(|row| row["time"] == at(time))
            .map(|row| row["relation"].clone())
            .unwrap_or_default()
    };
    assert_eq!(
        (relation("06:10:00"), relation("06:20:00")),
        (json!("by_function"), json!("actor"))
    );
    assert_eq!(report["provenance"]["running"]["principal_kind"], "role");
}

#[test]
fn somebody_who_takes_the_functions_role_is_not_the_function() {
    let taken = session("orders-role", "orders", "ASIATAKEN", &at("05:00:00"));
    let start = assume(
        &at("05:00:00"),
        "service-role/orders-role",
        "orders",
        "ASIATAKEN",
        &user("mallory"),
    );
    let start = but(
        start,
        &json!({"responseElements": {"assumedRoleUser": {"arn": format!("arn:aws:sts::{ACCOUNT}:assumed-role/orders-role/orders")}}}),
    );
    let report = Saved::of(
        SEEN,
        [start, by(other("s3.amazonaws.com", "ListBuckets", &at("05:10:00"), Value::Null), &taken)],
    )
    .report();
    assert!(
        !statements(&report, "inferred").iter().any(|text| text.contains("The function itself"))
    );
    let rows = report["timeline"].as_array().expect("rows").iter();
    let listed = rows.clone().find(|row| row["name"] == "ListBuckets").cloned().unwrap_or_default();
    assert_eq!(listed["relation"], "actor", "what was done with the role belongs to the case");
}

#[test]
fn a_user_is_one_actor_however_the_records_spell_it() {
    let spellings = [
        user("dana"),
        but(user("dana"), &json!({"userName": null})),
        but(user("dana"), &json!({"arn": null})),
        but(user("dana"), &json!({"accountId": null})),
        but(user("dana"), &json!({"arn": null, "userName": null})),
    ];
    let events = spellings
        .iter()
        .enumerate()
        .map(|(hour, identity)| by(update_code(&at(&format!("0{hour}:00:00")), left()), identity));
    let report = Saved::of(SEEN, events).report();
    assert_eq!(report["actors"].as_array().expect("actors").len(), 1, "{:#}", report["actors"]);
    assert_eq!(report["actors"][0]["calls"], 5);
}

#[test]
fn roles_of_one_name_in_two_accounts_are_two_actors() {
    let here = session("deploy", "ci", "ASIAHERE", &at("05:00:00"));
    let there: Value =
        serde_json::from_str(&here.to_string().replace(ACCOUNT, "444455556666")).expect("JSON");
    let report = Saved::of(
        SEEN,
        [
            by(update_code(&at("06:00:00"), left()), &here),
            by(update_code(&at("07:00:00"), left()), &there),
        ],
    )
    .report();
    assert_eq!(report["actors"].as_array().expect("actors").len(), 2);
}

#[test]
fn a_role_without_its_record_gets_no_arn_that_was_made_up() {
    let mut bare = session("deploy", "ci", "ASIAHERE", &at("05:00:00"));
    bare["sessionContext"]["sessionIssuer"] = json!({});
    let report = Saved::of(SEEN, [by(update_code(&at("06:00:00"), left()), &bare)]).report();
    assert_eq!(
        report["actors"][0]["arn"],
        format!("arn:aws:sts::{ACCOUNT}:assumed-role/deploy/ci")
    );
}

#[test]
fn a_stack_operation_explains_only_what_cloudformation_did() {
    let role = format!("arn:aws:iam::{ACCOUNT}:role/cfn-exec");
    let operation = |time: &str, stack: &str, who: &str| {
        let request = json!({"stackName": stack, "roleARN": role});
        by(other("cloudformation.amazonaws.com", "UpdateStack", &at(time), request), &user(who))
    };
    let start = |identity: &Value| {
        assume(&at("05:30:00"), "cfn-exec", "AWSCloudFormation", "ASIACFN", identity)
    };
    let worker = session("cfn-exec", "AWSCloudFormation", "ASIACFN", &at("05:30:00"));
    let made = by(update_code(&at("05:31:00"), left()), &worker);
    let by_service = but(
        made.clone(),
        &json!({"sourceIPAddress": "cloudformation.amazonaws.com", "userAgent": "cloudformation.amazonaws.com", "userIdentity": {"invokedBy": "cloudformation.amazonaws.com"}}),
    );
    let cloudformation = service("cloudformation.amazonaws.com");
    let length =
        |events: Vec<Value>| chain(&Saved::of(SEEN, events).report(), "role/cfn-exec").len();
    assert_eq!(
        length(vec![
            operation("05:29:00", "shop", "dana"),
            start(&cloudformation),
            by_service.clone()
        ]),
        2
    );
    // Two people operated on stacks with the role: whose operation it was is not said.
    assert_eq!(
        length(vec![
            operation("05:28:00", "other", "mallory"),
            operation("05:29:00", "shop", "dana"),
            start(&cloudformation),
            by_service
        ]),
        1
    );
    // Somebody took the role directly.
    assert_eq!(
        length(vec![operation("05:29:00", "shop", "dana"), start(&user("mallory")), made]),
        1
    );
}

#[test]
fn a_machines_session_and_the_root_user_are_what_they_are() {
    let machine = session("web", "i-0123456789abcdef0", "ASIAWEB", &at("05:00:00"));
    let root = json!({"type": "Root", "principalId": ACCOUNT, "arn": format!("arn:aws:iam::{ACCOUNT}:root"), "accountId": ACCOUNT});
    let started = assume(
        &at("05:00:00"),
        "web",
        "i-0123456789abcdef0",
        "ASIAWEB",
        &service("ec2.amazonaws.com"),
    );
    let report = Saved::of(
        SEEN,
        [
            started,
            by(update_code(&at("06:00:00"), left()), &machine),
            by(update_code(&at("07:00:00"), left()), &root),
        ],
    )
    .report();
    assert_eq!(actor(&report, "role/web")["chain"][0]["kind"], "service");
    assert_eq!(actor(&report, ":root")["kind"], "root");
}

#[test]
fn a_record_without_an_identity_names_nobody() {
    let mut event = update_code(&at("06:00:00"), left());
    event["userIdentity"] = Value::Null;
    let report = Saved::of(SEEN, [event]).report();
    assert_eq!(report["provenance"]["running"]["principal_kind"], "unknown");
    assert_eq!(report["provenance"]["running"]["principal_arn"], Value::Null);
    assert_eq!(report["subject"]["role_arn"], ROLE);
}
