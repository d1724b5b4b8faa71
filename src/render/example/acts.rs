//! What happened, what changed, who acted.

use serde_json::{Value, json};

use super::{ROLE, USER, cite, cites, when};
use crate::report::{
    ActView, ActorView, Address, CauseView, ChainLink, ChangeView, Json, Text, TimelineRow,
};

pub fn timeline(say: &dyn Fn(&str) -> String) -> Vec<TimelineRow> {
    let row =
        |id: &str, time, source, name: &str, actor: &str, text: &str, target: &str| TimelineRow {
            id: Text::new(id),
            time: when(time),
            source,
            name: Text::new(say(name)),
            actor: (!actor.is_empty()).then(|| Text::new(say(actor))),
            text: Text::new(say(text)),
            target: (!target.is_empty()).then(|| Text::new(say(target))),
            outcome: "ok",
            access: Some("write"),
            relation: "subject",
            key: true,
            citation: cite(id),
            silence: None,
        };
    vec![
        row(
            "T-0a11c3f2",
            "2026-10-02T00:11:09Z",
            "cloudtrail",
            "CreateFunction20150331",
            "role deploy-pipeline, session GitHubActions",
            "created the function",
            "order-export",
        ),
        TimelineRow {
            key: false,
            access: None,
            outcome: "ok",
            ..row(
                "C-3301aa9c",
                "2026-10-02T00:13:40.221Z",
                "config",
                "ResourceDiscovered",
                "",
                "recorded the function for the first time",
                "order-export",
            )
        },
        TimelineRow {
            silence: Some(Text::new("49 days 1 h with no record")),
            relation: "session",
            ..row(
                "T-1b0a77d1",
                "2026-11-20T01:58:02Z",
                "cloudtrail",
                "CreateAccessKey",
                "user ci-deployer",
                "made a new access key for itself",
                "AKIAIOSFODNN7EXAMPLE",
            )
        },
        TimelineRow {
            outcome: "denied",
            access: Some("read"),
            key: false,
            relation: "actor",
            ..row(
                "T-77aa01be",
                "2026-11-20T02:03:15Z",
                "cloudtrail",
                "ListBuckets",
                "user ci-deployer",
                "was refused when listing the buckets: AccessDenied",
                "",
            )
        },
        TimelineRow {
            outcome: "failed",
            relation: "role",
            key: false,
            ..row(
                "T-2f55cc10",
                "2026-11-20T02:05:31Z",
                "cloudtrail",
                "AttachRolePolicy",
                "user ci-deployer",
                "tried to attach policy AmazonS3FullAccess to the role: NoSuchEntityException",
                ROLE,
            )
        },
        row(
            "T-4c1d88e0",
            "2026-11-20T02:11:47Z",
            "cloudtrail",
            "UpdateFunctionCode20150331v2",
            "user ci-deployer",
            "replaced the code with a zip file",
            "order-export",
        ),
        TimelineRow {
            access: None,
            ..row(
                "C-5512fe07",
                "2026-11-20T02:11:58.120Z",
                "config",
                "OK",
                "",
                "recorded 3 changes: code, timeout, environment",
                "order-export",
            )
        },
        TimelineRow {
            access: None,
            relation: "finding",
            silence: Some(Text::new("20 min 12 s with no record")),
            ..row(
                "F-9f2c41d0",
                "2026-11-20T02:32:10Z",
                "guardduty",
                "first seen",
                "function order-export",
                "contacted 198[.]51[.]100[.]140 on port 8333",
                "order-export",
            )
        },
    ]
}

pub fn changes(say: &dyn Fn(&str) -> String) -> Vec<ChangeView> {
    let value = |value: Value| match value {
        Value::String(text) => Json(Value::String(say(&text))),
        other => Json(other),
    };
    let change = |path: &str, aspect, before, after, caused_by| ChangeView {
        time: when("2026-11-20T02:11:58.120Z"),
        path: Text::new(say(path)),
        aspect,
        before: value(before),
        after: value(after),
        citations: cites("C-3301aa9c", &["C-5512fe07"]),
        caused_by,
        resource: Text::new(say("function order-export")),
    };
    vec![
        change(
            "/configuration/codeSha256",
            "code",
            json!("lADBfIKkONmqrILMs4qrdZtVadkjBLvjOiGP8t0JVv8="),
            json!("q1Z8pMt8FPFFxhqC/SqsuvB9TV0l4M5AU/z2uVpdULU="),
            Some(CauseView {
                citation: cite("T-4c1d88e0"),
                method: "code_sha256",
                confidence: "exact",
                text: Text::new(say("UpdateFunctionCode by user ci-deployer")),
            }),
        ),
        change("/configuration/timeout", "timeout", json!(3), json!(900), None),
        change(
            "/configuration/environment/variables",
            "environment",
            json!(null),
            json!({"POOL": "«redacted: 42 characters»", say("WALLET"): "«redacted: 34 characters»"}),
            None,
        ),
    ]
}

pub fn actors(say: &dyn Fn(&str) -> String) -> Vec<ActorView> {
    let t = |text: &str| Text::new(say(text));
    let actor = |id: &str, kind, name: &str, arn: &str| ActorView {
        id: Text::new(id),
        kind,
        arn: Some(t(arn)),
        session_issuer_arn: None,
        session_names: Vec::new(),
        access_key_ids: vec![t("AKIAIOSFODNN7EXAMPLE")],
        source_ips: vec![Address::new(say("203.0.113.44")), Address::new(say("2001:db8::44"))],
        user_agents: vec![t("aws-cli/2.17.9 md/awscrt#0.20.11 ua/2.0 os/linux#6.1")],
        mfa: None,
        first_seen: when("2026-11-20T01:58:02Z"),
        last_seen: when("2026-11-20T02:11:47Z"),
        calls: 14,
        denied: 3,
        chain: Vec::new(),
        name: t(name),
        citation: cite("T-4c1d88e0"),
        acts: vec![ActView {
            name: Text::new(say("AttachRolePolicy")),
            outcome: "denied",
            count: 2,
        }],
    };
    vec![
        ActorView {
            chain: vec![ChainLink {
                arn: Some(t(USER)),
                kind: "user",
                session_name: None,
                access_key_id: Some(t("AKIAIOSFODNN7EXAMPLE")),
                event_name: t("CreateAccessKey"),
                time: when("2026-11-20T01:58:02Z"),
                method: "access_key_id",
                confidence: "exact",
                citation: cite("T-1b0a77d1"),
                name: t("user ci-deployer"),
            }],
            ..actor("user-ci-deployer", "user", "user ci-deployer", USER)
        },
        ActorView {
            session_issuer_arn: Some(t("arn:aws:iam::111122223333:role/deploy-pipeline")),
            session_names: vec![t("GitHubActions")],
            access_key_ids: vec![t("ASIAPIPELINE1EXAMPLE")],
            mfa: Some(false),
            calls: 1,
            denied: 0,
            chain: vec![
                ChainLink {
                    arn: Some(t("arn:aws:iam::111122223333:role/deploy-pipeline")),
                    kind: "role",
                    session_name: Some(t("GitHubActions")),
                    access_key_id: Some(t("ASIAPIPELINE1EXAMPLE")),
                    event_name: t("AssumeRoleWithWebIdentity"),
                    time: when("2026-10-02T00:10:58Z"),
                    method: "access_key_id",
                    confidence: "exact",
                    citation: cite("T-0a11c3f2"),
                    name: t("repo:example/order-export:ref:refs/heads/main"),
                },
                ChainLink {
                    arn: None,
                    kind: "federated",
                    session_name: None,
                    access_key_id: None,
                    event_name: t("AssumeRoleWithWebIdentity"),
                    time: when("2026-10-02T00:10:58Z"),
                    method: "session_arn",
                    confidence: "strong",
                    citation: cite("T-0a11c3f2"),
                    name: t("token.actions.githubusercontent.com"),
                },
            ],
            ..actor(
                "role-deploy-pipeline",
                "role",
                "role deploy-pipeline",
                "arn:aws:iam::111122223333:role/deploy-pipeline",
            )
        },
    ]
}
