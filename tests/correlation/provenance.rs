//! Who created the function, which call put the code there that ran, and who deleted it.

use serde_json::{Value, json};

use crate::record::{
    Saved, but, call, configure, create, delete, failed, finding, item, state, statements,
    update_code,
};

const SEEN: &str = "2026-10-01T20:00:00Z";

fn at(hour: u32) -> String {
    format!("2026-10-01T{hour:02}:00:00Z")
}

/// The state that a call at that hour leaves behind.
fn left(hour: u32, name: &str) -> Value {
    state(&format!("revision-{name}"), &format!("hash-{name}"), &at(hour))
}

#[test]
fn failed_attempts_come_before_the_creation_and_are_not_it() {
    let attempts =
        (1..5).map(|hour| failed(create(&at(hour), Value::Null), "InvalidParameterValueException"));
    let report = Saved::of(SEEN, attempts.chain([create(&at(5), left(5, "a"))])).report();
    assert_eq!(report["provenance"]["created"]["time"], at(5));
    assert_eq!(report["provenance"]["running"]["time"], at(5));
    assert_eq!(report["provenance"]["created"]["code"]["key"], "orders/1.zip");
    let seen = statements(&report, "seen");
    assert!(seen.iter().any(|text| text.contains("4 times") && text.contains("InvalidParameterValueException")), "{seen:#?}");
}

#[test]
fn attempts_of_an_earlier_life_are_not_those_before_the_creation() {
    let report = Saved::of(
        SEEN,
        [
            failed(create(&at(1), Value::Null), "InvalidParameterValueException"),
            create(&at(2), left(2, "a")),
            delete(&at(3), json!({"functionName": "orders"})),
            create(&at(4), left(4, "b")),
        ],
    )
    .report();
    assert_eq!(report["provenance"]["created"]["time"], at(4));
    assert_eq!(report["provenance"]["deleted"], Value::Null);
    assert!(!statements(&report, "seen").iter().any(|text| text.contains("without success")));
}

#[test]
fn a_creation_that_is_not_seen_after_a_deletion_is_not_guessed() {
    let report = Saved::of(
        SEEN,
        [create(&at(2), left(2, "a")), delete(&at(3), json!({"functionName": "orders"}))],
    )
    .report();
    assert_eq!(report["provenance"]["created"], Value::Null);
    assert_eq!(report["provenance"]["running"], Value::Null);
    assert_eq!(report["provenance"]["deleted"], Value::Null);
}

#[test]
fn without_a_first_activity_a_deletion_is_the_end_and_not_a_beginning() {
    let mut saved = Saved::of(
        SEEN,
        [create(&at(2), left(2, "a")), delete(&at(3), json!({"functionName": "orders"}))],
    );
    saved.finding["service"]["eventFirstSeen"] = Value::Null;
    let report = saved.report();
    assert_eq!(report["provenance"]["created"]["time"], at(2));
    assert_eq!(report["provenance"]["deleted"]["time"], at(3));
}

#[test]
fn deleting_a_version_deletes_no_function() {
    for request in [
        json!({"functionName": "orders", "qualifier": "1"}),
        json!({"functionName": "orders:1"}),
        json!({"functionName": format!("{}:1", crate::record::ARN)}),
    ] {
        let deleted = delete("2026-10-01T21:00:00Z", request);
        let report = Saved::of(SEEN, [create(&at(2), left(2, "a")), deleted]).report();
        assert_eq!(report["provenance"]["deleted"], Value::Null);
        assert_eq!(report["provenance"]["created"]["time"], at(2));
    }
    let whole =
        delete("2026-10-01T21:00:00Z", json!({"functionName": "111122223333:function:orders"}));
    let report = Saved::of(SEEN, [create(&at(2), left(2, "a")), whole]).report();
    assert_eq!(report["provenance"]["deleted"]["time"], "2026-10-01T21:00:00Z");
}

#[test]
fn dry_runs_and_calls_after_the_first_activity_put_no_code_in_place() {
    let dry =
        but(update_code(&at(6), left(6, "dry")), &json!({"requestParameters": {"dryRun": true}}));
    let later = update_code("2026-10-01T21:00:00Z", left(21, "later"));
    let report = Saved::of(SEEN, [create(&at(2), left(2, "a")), dry, later]).report();
    assert_eq!(report["provenance"]["running"]["time"], at(2));
}

#[test]
fn the_same_name_elsewhere_or_a_longer_name_is_another_function() {
    let elsewhere = |changes: Value| but(update_code(&at(6), left(6, "b")), &changes);
    let report = Saved::of(
        SEEN,
        [
            create(&at(2), left(2, "a")),
            elsewhere(json!({"awsRegion": "us-east-1", "eventID": "1"})),
            elsewhere(json!({"recipientAccountId": "999988887777", "eventID": "2"})),
            elsewhere(json!({"requestParameters": {"functionName": "orders-2"}, "eventID": "3"})),
            elsewhere(json!({"requestParameters": {"functionName": "order"}, "eventID": "4"})),
        ],
    )
    .report();
    assert_eq!(report["provenance"]["running"]["time"], at(2));
    let updates = crate::record::times(&report, "UpdateFunctionCode20150331v2");
    let by_dana = report["timeline"]
        .as_array()
        .expect("rows")
        .iter()
        .filter(|row| row["relation"] == "subject");
    assert_eq!(by_dana.count(), 1, "{updates:?}");
}

#[test]
fn the_revision_leads_through_a_configuration_call_to_the_code() {
    let configured = but(left(8, "c"), &json!({"codeSha256": "hash-b"}));
    let report = Saved::of(
        SEEN,
        [
            create(&at(2), left(2, "a")),
            update_code(&at(6), left(6, "b")),
            configure(&at(8), &json!({"timeout": 60}), configured.clone()),
        ],
    )
    .finding_says(&json!({"revisionId": "revision-c", "lastModifiedAt": 1_790_841_600.0}))
    .report();
    let running = &report["provenance"]["running"];
    assert_eq!((&running["time"], &running["matched_by"]), (&json!(at(6)), &json!("code_sha256")));
    assert_eq!(report["subject"]["code_sha256"], "hash-b");
}

#[test]
fn code_put_in_place_seconds_after_the_named_state_is_not_taken_for_its_code() {
    // The finding names the state of 08:00:00; ten seconds later somebody replaced the code.
    let configured = but(left(8, "c"), &json!({"codeSha256": "hash-b"}));
    let report = Saved::of(
        SEEN,
        [
            update_code(&at(6), left(6, "b")),
            configure(&at(8), &json!({"timeout": 60}), configured),
            update_code(
                "2026-10-01T08:00:10Z",
                state("revision-d", "hash-d", "2026-10-01T08:00:10Z"),
            ),
        ],
    )
    .finding_says(&json!({"revisionId": "revision-c", "lastModifiedAt": at(8)}))
    .report();
    assert_eq!(report["provenance"]["running"], Value::Null);
    assert_eq!(report["subject"]["code_sha256"], Value::Null);
    let unknown = statements(&report, "unknown");
    assert!(unknown.iter().any(|text| text.contains("not certain")), "{unknown:#?}");
}

#[test]
fn a_last_modified_time_before_the_last_deployment_makes_it_uncertain() {
    let report =
        Saved::of(SEEN, [update_code(&at(6), left(6, "b")), update_code(&at(9), Value::Null)])
            .finding_says(&json!({"revisionId": "another", "lastModifiedAt": at(7)}))
            .report();
    assert_eq!(report["provenance"]["running"], Value::Null);
}

#[test]
fn details_of_a_later_state_do_not_tell_what_ran() {
    let later = update_code("2026-10-01T21:00:00Z", left(21, "later"));
    let saved = Saved::of(SEEN, [update_code(&at(6), left(6, "b")), later]);
    for details in [
        json!({"revisionId": "revision-later"}),
        json!({"revisionId": "unknown", "lastModifiedAt": "2026-10-01T21:00:00Z"}),
    ] {
        let report = saved.clone().finding_says(&details).report();
        let running = &report["provenance"]["running"];
        assert_eq!(
            (&running["time"], &running["confidence"]),
            (&json!(at(6)), &json!("candidate"))
        );
    }
}

#[test]
fn a_published_version_keeps_its_code_when_the_function_moves_on() {
    let version = but(
        left(6, "b"),
        &json!({"version": "3", "revisionId": "revision-v3", "functionArn": format!("{}:3", crate::record::ARN)}),
    );
    let publish =
        call("PublishVersion20150331", &at(7), json!({"functionName": "orders"}), version);
    let saved = Saved::of(
        SEEN,
        [
            create(&at(2), left(2, "a")),
            update_code(&at(6), left(6, "b")),
            publish,
            update_code(&at(9), left(9, "c")),
        ],
    );
    let report = saved.clone().finding_says(&json!({"functionVersion": "3"})).report();
    assert_eq!(report["provenance"]["running"]["time"], at(6));
    let report = saved.clone().finding_says(&json!({"functionVersion": "2"})).report();
    assert_eq!(report["provenance"]["running"], Value::Null, "version 2 was not seen");
    let report = saved.clone().finding_says(&json!({"functionVersion": "$LATEST"})).report();
    assert_eq!(report["provenance"]["running"]["time"], at(9));
    let alias =
        json!({"functionVersion": null, "functionArn": format!("{}:live", crate::record::ARN)});
    let report = saved.finding_says(&alias).report();
    assert_eq!(report["provenance"]["running"], Value::Null, "an alias may be any version");
}

#[test]
fn an_update_that_published_tells_the_code_of_the_function_too() {
    let answer = but(
        left(6, "b"),
        &json!({"version": "1", "lastModified": "2026-10-01T06:00:00.000+0000", "functionArn": format!("{}:1", crate::record::ARN)}),
    );
    let update = but(
        update_code("2026-10-01T06:00:05Z", answer),
        &json!({"requestParameters": {"publish": true}}),
    );
    for (details, method) in [
        (
            json!({"revisionId": "of-latest", "lastModifiedAt": "2026-10-01T06:00:00.400Z"}),
            "last_modified",
        ),
        (json!({"revisionId": "revision-b", "functionVersion": "1"}), "revision_id"),
    ] {
        let report = Saved::of(SEEN, [update.clone()]).finding_says(&details).report();
        assert_eq!(report["provenance"]["running"]["matched_by"], method);
    }
}

#[test]
fn code_that_only_an_item_shows_was_deployed_by_nobody_seen() {
    let report = Saved::of(SEEN, [update_code(&at(6), left(6, "b"))])
        .with_items([item(&at(12), "OK", &left(11, "unseen"))])
        .finding_says(&json!({"revisionId": "revision-unseen", "lastModifiedAt": at(11)}))
        .report();
    assert_eq!(report["provenance"]["running"], Value::Null);
    assert_eq!(report["subject"]["code_sha256"], "hash-unseen");
}

#[test]
fn parameters_that_are_not_recorded_say_nothing_of_where_code_came_from() {
    let create_cut =
        but(create(&at(2), left(2, "a")), &json!({"requestParameters": {"code": null}}));
    let mut update_cut = update_code(&at(6), Value::Null);
    update_cut["requestParameters"] = json!({"functionName": "orders"});
    for (event, kind) in [
        (create_cut, "unknown"),
        (update_cut, "unknown"),
        (update_code(&at(6), left(6, "b")), "zip"),
        (
            but(
                update_code(&at(6), left(6, "b")),
                &json!({"responseElements": {"packageType": "Image"}}),
            ),
            "image",
        ),
    ] {
        let report = Saved::of(SEEN, [event]).report();
        assert_eq!(report["provenance"]["running"]["code"]["kind"], kind);
    }
}

#[test]
fn a_call_that_two_trails_recorded_is_one_call() {
    let attempt = failed(create(&at(1), Value::Null), "InvalidParameterValueException");
    let own = but(attempt.clone(), &json!({"sharedEventID": "shared", "eventID": "own"}));
    let mut copy = but(attempt, &json!({"sharedEventID": "shared", "eventID": "copy"}));
    copy["userIdentity"] =
        json!({"type": "AWSAccount", "accountId": "444455556666", "principalId": "AIDAdana"});
    let mut saved = Saved::of(SEEN, [own, copy, create(&at(2), left(2, "a"))]);
    saved.finding = finding(SEEN);
    let report = saved.report();
    let seen = statements(&report, "seen");
    assert!(seen.iter().any(|text| text.contains("tried once")), "{seen:#?}");
    assert_eq!(report["actors"].as_array().expect("actors").len(), 1);
    assert_eq!(report["actors"][0]["calls"], 2);
}

#[test]
fn what_two_records_of_one_event_tell_differently_is_doubted_and_no_headline() {
    let replaced = update_code(&at(10), left(10, "b"));
    let mut retold = replaced.clone();
    retold["userIdentity"]["userName"] = "somebody-else".into();
    let report = Saved::of(SEEN, [create(&at(2), left(2, "a")), replaced, retold]).report();
    assert_eq!(report["provenance"]["running"]["confidence"], "candidate");
    let unknown = statements(&report, "unknown");
    assert!(
        unknown.iter().any(|text| text.contains("two records have its event id")),
        "{unknown:#?}"
    );
    assert!(!report["headline"].as_str().expect("a headline").contains("replaced its code"));
}
