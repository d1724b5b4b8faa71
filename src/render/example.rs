//! A made-up report that has something in every place, for the tests of the renderers.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::model::{RecordId, Time};
use crate::report::{
    ActorView, Address, CauseView, ChainLink, ChangeView, Citations, Cite, CodeView, CoverageView,
    EdgeView, EvidenceView, FindingView, GapView, Generator, GraphView, Indicator, Json, Making,
    NodeView, Origin, Provenance, RemoteView, Report, SCHEMA, Statement, StatementKind,
    SubjectView, Text, ThreatListView, TimelineRow, VpcView, When, Window,
};

/// What every text of [`hostile`] begins and ends with: markup, a right-to-left override, a
/// terminal command, an address.
pub const TRICKS: &str = "</script></title></style><img src=//evil.example onerror=x>'\"`{{7*7}}\u{202E}\u{0}\u{1B}]8;;\u{7}\u{200B}\u{FEFF}\u{E0041}\r\n\t";

/// A report with ordinary texts.
pub fn calm() -> Report {
    report(&str::to_owned)
}

/// The same with a trick around every text and every address.
pub fn hostile() -> Report {
    report(&|text| format!("{TRICKS}{text}{TRICKS}"))
}

/// A case of a function whose subject, records and relations are all missing.
pub fn empty() -> Report {
    let mut report = calm();
    report.subject = None;
    report.statements = Vec::new();
    report.provenance = Provenance::default();
    report.timeline = Vec::new();
    report.changes = Vec::new();
    report.actors = Vec::new();
    report.indicators = Vec::new();
    report.graph = GraphView::default();
    report.gaps = Vec::new();
    report.coverage = vec![coverage("guardduty", "GuardDuty", 1, None)];
    report.evidence.truncate(1);
    report
}

const ROLE: &str = "arn:aws:iam::111122223333:role/order-export-exec";
const USER: &str = "arn:aws:iam::111122223333:user/ci-deployer";

fn record(id: &str) -> RecordId {
    RecordId(id.to_owned())
}

fn cite(id: &str) -> Cite {
    (&record(id)).into()
}

fn cites(first: &str, more: &[&str]) -> Citations {
    let more: Vec<RecordId> = more.iter().map(|id| record(id)).collect();
    Citations::one(&record(first)).and(&more)
}

fn when(text: &str) -> When {
    let zone = jiff::tz::TimeZone::get("Asia/Tokyo").unwrap_or(jiff::tz::TimeZone::UTC);
    Time::parse(text)
        .map(|time| When::new(time, Some(&zone)))
        .unwrap_or(When {
            utc: String::new(),
            local: None,
        })
}

fn coverage(
    source: &'static str,
    title: &'static str,
    records: usize,
    complete: Option<bool>,
) -> CoverageView {
    CoverageView {
        source,
        window: Window {
            from: Some(when("2026-10-02T00:11:09Z")),
            to: Some(when("2026-11-20T03:40:00.120Z")),
        },
        requests: complete.map(|_| 4),
        records,
        complete,
        kept: records.min(6),
        title,
    }
}

/// The report, whose every foreign text passed through `say`.
pub fn report(say: &dyn Fn(&str) -> String) -> Report {
    let t = |text: &str| Text::new(say(text));
    let some = |text: &str| Some(t(text));
    let a = |text: &str| Address::new(say(text));
    Report {
        schema: SCHEMA,
        generator: Generator {
            name: "casefile",
            version: "0.1.0",
        },
        finding: finding(say),
        subject: Some(subject(say)),
        headline: t(
            "order-export talked to a Bitcoin pool 21 minutes after ci-deployer replaced its code from 203[.]0[.]113[.]44",
        ),
        statements: statements(say),
        provenance: Provenance {
            created: Some(Origin {
                time: when("2026-10-02T00:11:09Z"),
                event_name: t("CreateFunction20150331"),
                actor: t("role deploy-pipeline, session GitHubActions"),
                principal_arn: some("arn:aws:iam::111122223333:role/deploy-pipeline"),
                principal_kind: "role",
                session_issuer_arn: some("arn:aws:iam::111122223333:role/deploy-pipeline"),
                session_name: some("GitHubActions"),
                access_key_id: some("ASIAPIPELINE1EXAMPLE"),
                source_ip: Some(a("192.0.2.101")),
                user_agent: some(
                    "APN/1.0 HashiCorp/1.0 Terraform/1.9.5 (+https://www.terraform.io)",
                ),
                via: "terraform",
                code: CodeView {
                    kind: "s3",
                    bucket: some("example-artifacts-111122223333"),
                    key: some("order-export/1.0.0.zip"),
                    version: some("Xf9vTq0LwZb7pNc2RyKd.u4EjMhA8sGo"),
                    image_uri: None,
                },
                code_sha256: some("lADBfIKkONmqrILMs4qrdZtVadkjBLvjOiGP8t0JVv8="),
                revision_id: some("ca5e5c91-8788-469a-9694-32f5436f4f6e"),
                matched_by: None,
                confidence: "exact",
                citations: cites("T-0a11c3f2", &[]),
            }),
            running: Some(Origin {
                time: when("2026-11-20T02:11:47Z"),
                event_name: t("UpdateFunctionCode20150331v2"),
                actor: t("user ci-deployer"),
                principal_arn: some(USER),
                principal_kind: "user",
                session_issuer_arn: None,
                session_name: None,
                access_key_id: some("AKIAIOSFODNN7EXAMPLE"),
                source_ip: Some(a("203.0.113.44")),
                user_agent: some(
                    "aws-cli/2.17.9 md/awscrt#0.20.11 ua/2.0 os/linux#6.1 md/arch#x86_64 lang/python#3.11.8",
                ),
                via: "cli",
                code: CodeView {
                    kind: "zip",
                    ..CodeView::default()
                },
                code_sha256: some("q1Z8pMt8FPFFxhqC/SqsuvB9TV0l4M5AU/z2uVpdULU="),
                revision_id: some("d4f76b54-9fd1-4dc6-b6de-0f373ba7c81a"),
                matched_by: Some("revision_id"),
                confidence: "exact",
                citations: cites("T-4c1d88e0", &["F-9f2c41d0", "C-5512fe07"]),
            }),
            deleted: None,
        },
        timeline: timeline(say),
        changes: changes(say),
        actors: actors(say),
        indicators: vec![
            indicator(
                "ip",
                a("198.51.100.140"),
                t("the finding's remote host"),
                "F-9f2c41d0",
            ),
            indicator(
                "domain",
                a("pool.example.com"),
                t("the finding's threat list"),
                "F-9f2c41d0",
            ),
            indicator(
                "ip",
                a("2001:db8::44"),
                t("source of ci-deployer's calls"),
                "T-4c1d88e0",
            ),
            indicator(
                "access_key_id",
                a("AKIAIOSFODNN7EXAMPLE"),
                t("made by ci-deployer"),
                "T-1b0a77d1",
            ),
            indicator(
                "code_sha256",
                a("q1Z8pMt8FPFFxhqC/SqsuvB9TV0l4M5AU/z2uVpdULU="),
                t("code that ran when the finding was first seen"),
                "C-5512fe07",
            ),
        ],
        insights: Vec::new(),
        next_steps: Vec::new(),
        graph: graph(say),
        gaps: vec![
            GapView {
                source: t("cloudtrail"),
                asked: t("LookupEvents in us-east-1 for AccessKeyId AKIAIOSFODNN7EXAMPLE"),
                reason: t(
                    "AccessDeniedException: not authorized to perform cloudtrail:LookupEvents",
                ),
                consequence: t("What this key did to IAM is not in this report."),
                citations: vec![],
            },
            GapView {
                source: t("config"),
                asked: t("configuration of role order-export-exec"),
                reason: t("ResourceNotDiscoveredException"),
                consequence: t("Whether the role was changed is known from CloudTrail alone."),
                citations: vec![cite("C-5512fe07")],
            },
        ],
        coverage: vec![
            coverage("guardduty", "GuardDuty", 1, Some(true)),
            coverage("config", "AWS Config", 3, Some(true)),
            coverage("cloudtrail", "CloudTrail", 214, Some(false)),
        ],
        evidence: evidence(say),
        making: Making {
            around_minutes: 60,
            zone: Some("Asia/Tokyo".to_owned()),
            left: vec!["187 CloudTrail events of other resources and actors".to_owned()],
            duplicates: 21,
            evidence: t(
                "evidence bundle casefile-9f2c41d0.evidence, collected 2026-11-20 04:02:11Z",
            ),
            caller: some("arn:aws:sts::111122223333:assumed-role/SecurityAudit/responder"),
        },
    }
}

fn finding(say: &dyn Fn(&str) -> String) -> FindingView {
    let some = |text: &str| Some(Text::new(say(text)));
    let a = |text: &str| Some(Address::new(say(text)));
    FindingView {
        id: Text::new(say("9f2c41d0a1b7c3e4f5061728394a5b6c")),
        arn: some(
            "arn:aws:guardduty:ap-northeast-1:111122223333:detector/5d0c/finding/9f2c41d0a1b7",
        ),
        kind: Text::new(say("CryptoCurrency:Lambda/BitcoinTool.B")),
        severity: Some(8.0),
        severity_label: Some("High"),
        account: some("111122223333"),
        region: some("ap-northeast-1"),
        title: some("Lambda function order-export is querying a cryptocurrency-related address."),
        description: some(
            "Lambda function order-export is communicating with a host that is known for cryptocurrency.",
        ),
        count: Some(33),
        first_seen: Some(when("2026-11-20T02:32:10Z")),
        last_seen: Some(when("2026-11-20T03:10:44Z")),
        created: Some(when("2026-11-20T02:41:27.551Z")),
        updated: Some(when("2026-11-20T03:22:08.316Z")),
        archived: Some(false),
        sample: true,
        resource_type: some("Lambda"),
        action_type: some("NETWORK_CONNECTION"),
        direction: some("OUTBOUND"),
        protocol: some("TCP"),
        blocked: Some(false),
        remotes: vec![RemoteView {
            ip: a("198.51.100.140"),
            domain: a("pool.example.com"),
            port: Some(8333),
            country: some("Romania"),
            asn: some("64502"),
            org: some("Example Net"),
        }],
        threat_lists: vec![ThreatListView {
            name: some("ProofPoint"),
            threats: vec![Text::new(say("Bitcoin pool"))],
        }],
        citation: cite("F-9f2c41d0"),
    }
}

fn subject(say: &dyn Fn(&str) -> String) -> SubjectView {
    let some = |text: &str| Some(Text::new(say(text)));
    SubjectView {
        kind: "AWS::Lambda::Function",
        arn: some("arn:aws:lambda:ap-northeast-1:111122223333:function:order-export"),
        name: Text::new(say("order-export")),
        version: some("$LATEST"),
        runtime: some("python3.12"),
        handler: some("app.handler"),
        role_arn: some(ROLE),
        code_sha256: some("q1Z8pMt8FPFFxhqC/SqsuvB9TV0l4M5AU/z2uVpdULU="),
        revision_id: some("d4f76b54-9fd1-4dc6-b6de-0f373ba7c81a"),
        last_modified: Some(when("2026-11-20T02:11:47.000Z")),
        vpc: Some(VpcView {
            id: some("vpc-0abc1234"),
            subnets: vec![Text::new(say("subnet-0a1b2c3d"))],
            security_groups: vec![Text::new(say("sg-0a1b2c3d"))],
        }),
        tags: BTreeMap::from([
            (say("team"), Text::new(say("orders"))),
            (say("env"), Text::new(say("production"))),
        ]),
        citations: cites("F-9f2c41d0", &["C-5512fe07"]),
    }
}

fn statements(say: &dyn Fn(&str) -> String) -> Vec<Statement> {
    let statement = |kind, text: &str, citations, method| Statement {
        kind,
        text: Text::new(say(text)),
        citations,
        method,
    };
    vec![
        statement(
            StatementKind::Seen,
            "User ci-deployer replaced the code of order-export with a zip file at 02:11:47Z.",
            cites("T-4c1d88e0", &[]),
            None,
        ),
        statement(
            StatementKind::Seen,
            "AWS Config recorded a new code hash eleven seconds later.",
            cites("C-3301aa9c", &["C-5512fe07"]),
            None,
        ),
        statement(
            StatementKind::Inferred,
            "The code that ran when the finding was first seen is that of this call.",
            cites("F-9f2c41d0", &["T-4c1d88e0"]),
            Some("revision_id"),
        ),
        statement(
            StatementKind::Unknown,
            "How the access key came into use from 203[.]0[.]113[.]44 is not recorded.",
            cites("T-1b0a77d1", &[]),
            None,
        ),
    ]
}

fn timeline(say: &dyn Fn(&str) -> String) -> Vec<TimelineRow> {
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
            silence: Some("49 days 1 h with no record".to_owned()),
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
            silence: Some("20 min 12 s with no record".to_owned()),
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

fn changes(say: &dyn Fn(&str) -> String) -> Vec<ChangeView> {
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
        change(
            "/configuration/timeout",
            "timeout",
            json!(3),
            json!(900),
            None,
        ),
        change(
            "/configuration/environment/variables",
            "environment",
            json!(null),
            json!({"POOL": "«redacted: 42 characters»", say("WALLET"): "«redacted: 34 characters»"}),
            None,
        ),
    ]
}

fn actors(say: &dyn Fn(&str) -> String) -> Vec<ActorView> {
    let t = |text: &str| Text::new(say(text));
    let actor = |id: &str, kind, name: &str, arn: &str| ActorView {
        id: Text::new(id),
        kind,
        arn: Some(t(arn)),
        session_issuer_arn: None,
        session_names: Vec::new(),
        access_key_ids: vec![t("AKIAIOSFODNN7EXAMPLE")],
        source_ips: vec![
            Address::new(say("203.0.113.44")),
            Address::new(say("2001:db8::44")),
        ],
        user_agents: vec![t("aws-cli/2.17.9 md/awscrt#0.20.11 ua/2.0 os/linux#6.1")],
        mfa: None,
        first_seen: when("2026-11-20T01:58:02Z"),
        last_seen: when("2026-11-20T02:11:47Z"),
        calls: 14,
        denied: 3,
        chain: Vec::new(),
        name: t(name),
        citation: cite("T-4c1d88e0"),
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

fn indicator(kind: &'static str, value: Address, context: Text, record: &str) -> Indicator {
    Indicator {
        kind,
        value,
        context,
        citations: cites(record, &[]),
    }
}

fn graph(say: &dyn Fn(&str) -> String) -> GraphView {
    let t = |text: &str| Text::new(say(text));
    let node = |id: &str, kind, label: &str, time| NodeView {
        id: Text::new(id),
        kind,
        label: t(label),
        time,
    };
    let edge = |from: &str, relation, to: &str, method: Option<&'static str>, citations| EdgeView {
        from: Text::new(from),
        to: Text::new(to),
        relation,
        inferred: method.is_some(),
        method,
        confidence: if method.is_some() { "strong" } else { "exact" },
        citations,
        from_label: t(from),
        to_label: t(to),
    };
    GraphView {
        nodes: vec![
            node("user ci-deployer", "principal", "user ci-deployer", None),
            node(
                "UpdateFunctionCode 02:11:47Z",
                "call",
                "UpdateFunctionCode 02:11:47Z",
                Some(when("2026-11-20T02:11:47Z")),
            ),
            node(
                "function order-export",
                "function",
                "function order-export",
                None,
            ),
            node("code q1Z8pMt8…", "code", "code q1Z8pMt8…", None),
        ],
        edges: vec![
            edge(
                "user ci-deployer",
                "made",
                "UpdateFunctionCode 02:11:47Z",
                None,
                cites("T-4c1d88e0", &[]),
            ),
            edge(
                "UpdateFunctionCode 02:11:47Z",
                "changed",
                "function order-export",
                None,
                cites("T-4c1d88e0", &[]),
            ),
            edge(
                "UpdateFunctionCode 02:11:47Z",
                "put_in_place",
                "code q1Z8pMt8…",
                Some("code_sha256"),
                cites("T-4c1d88e0", &["C-5512fe07"]),
            ),
        ],
    }
}

fn evidence(say: &dyn Fn(&str) -> String) -> Vec<EvidenceView> {
    let record = |id: &str, source, operation: &str, title: &str, time, body: Value| EvidenceView {
        id: cite(id),
        source,
        operation: Some(Text::new(say(operation))),
        document: Some(Text::new(say(&format!("{source}/answers.json")))),
        pointer: Some(Text::new(say("/Events/0/CloudTrailEvent"))),
        time: Some(when(time)),
        sha256: "9f2c41d0a1b7c3e4f5061728394a5b6c7d8e9fa0b1c2d3e4f5061728394a5b6c".to_owned(),
        shown: Text::new(format!("{body:#}")),
        record: body,
        title: Text::new(say(title)),
        cut: 0,
    };
    let body = |name: &str| {
        json!({
            "eventVersion": "1.10",
            "userIdentity": {"type": "IAMUser", "arn": USER, "accountId": "111122223333"},
            "eventName": name,
            "userAgent": say("aws-cli/2.17.9"),
            say("a key"): [1, 2.5, null, true],
        })
    };
    vec![
        EvidenceView {
            cut: 1234,
            ..record(
                "F-9f2c41d0",
                "guardduty",
                "GetFindings",
                "finding CryptoCurrency:Lambda/BitcoinTool.B",
                "2026-11-20T02:32:10Z",
                body("finding"),
            )
        },
        record(
            "C-3301aa9c",
            "config",
            "GetResourceConfigHistory",
            "ResourceDiscovered function order-export",
            "2026-10-02T00:13:40.221Z",
            body("item"),
        ),
        record(
            "C-5512fe07",
            "config",
            "GetResourceConfigHistory",
            "OK function order-export",
            "2026-11-20T02:11:58.120Z",
            body("item"),
        ),
        record(
            "T-0a11c3f2",
            "cloudtrail",
            "LookupEvents",
            "CreateFunction20150331",
            "2026-10-02T00:11:09Z",
            body("CreateFunction20150331"),
        ),
        record(
            "T-1b0a77d1",
            "cloudtrail",
            "LookupEvents",
            "CreateAccessKey",
            "2026-11-20T01:58:02Z",
            body("CreateAccessKey"),
        ),
        record(
            "T-2f55cc10",
            "cloudtrail",
            "LookupEvents",
            "AttachRolePolicy",
            "2026-11-20T02:05:31Z",
            body("AttachRolePolicy"),
        ),
        record(
            "T-4c1d88e0",
            "cloudtrail",
            "LookupEvents",
            "UpdateFunctionCode20150331v2",
            "2026-11-20T02:11:47Z",
            body("UpdateFunctionCode20150331v2"),
        ),
        EvidenceView {
            operation: None,
            document: None,
            pointer: None,
            ..record(
                "T-77aa01be",
                "cloudtrail",
                "",
                "ListBuckets",
                "2026-11-20T02:03:15Z",
                body("ListBuckets"),
            )
        },
    ]
}
