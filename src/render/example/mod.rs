//! A made-up report that has something in every place, for the tests of the renderers.

mod acts;
mod steps;
mod subject;

use serde_json::{Value, json};

use crate::model::{RecordId, Time};
use crate::report::{
    Address, ArchiveView, Citations, Cite, CodeView, CoverageView, EdgeView, EvidenceView, GapView,
    Generator, GraphView, Indicator, Making, Material, NodeView, Origin, Picture, Provenance,
    QueryView, Reach, Report, SCHEMA, Text, When, Window, picture,
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
    report.time_bar = None;
    report.changes = Vec::new();
    report.actors = Vec::new();
    report.indicators = Vec::new();
    report.next_steps = Vec::new();
    report.reach = Reach { none: Some("Not looked for."), ..Reach::default() };
    report.graph = GraphView::default();
    report.gaps = Vec::new();
    report.coverage = vec![coverage("guardduty", "GuardDuty", 1, None)];
    report.evidence.truncate(1);
    report.picture = picture(&Material::of(&report));
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
        .unwrap_or(When { utc: String::new(), local: None })
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
    let mut report = Report {
        schema: SCHEMA,
        generator: Generator { name: "casefile", version: "0.1.0" },
        finding: subject::finding(say),
        subject: Some(subject::subject(say)),
        headline: t(
            "order-export talked to a Bitcoin pool 21 minutes after ci-deployer replaced its code from 203[.]0[.]113[.]44",
        ),
        statements: subject::statements(say),
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
                code: CodeView { kind: "zip", ..CodeView::default() },
                code_sha256: some("q1Z8pMt8FPFFxhqC/SqsuvB9TV0l4M5AU/z2uVpdULU="),
                revision_id: some("d4f76b54-9fd1-4dc6-b6de-0f373ba7c81a"),
                matched_by: Some("revision_id"),
                confidence: "exact",
                citations: cites("T-4c1d88e0", &["F-9f2c41d0", "C-5512fe07"]),
            }),
            deleted: None,
        },
        timeline: acts::timeline(say),
        changes: acts::changes(say),
        actors: acts::actors(say),
        indicators: vec![
            indicator("ip", a("198.51.100.140"), t("the finding's remote host"), "F-9f2c41d0"),
            indicator(
                "domain",
                a("pool.example.com"),
                t("the finding's threat list"),
                "F-9f2c41d0",
            ),
            indicator("ip", a("2001:db8::44"), t("source of ci-deployer's calls"), "T-4c1d88e0"),
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
        next_steps: steps::next_steps(say),
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
        archives: vec![table(say)],
        evidence: evidence(say),
        time_bar: None,
        reach: steps::reach(say),
        activity: steps::activity(say),
        picture: Picture::default(),
        making: Making {
            clock: None,
            asked: vec![(Text::new("cloudtrail:LookupEvents"), 12)],
            lookback_days: Some(90),
            around_minutes: 60,
            zone: Some(Text::new("Asia/Tokyo")),
            left: vec![Text::new("187 CloudTrail events of other resources and actors")],
            duplicates: 21,
            evidence: t(
                "evidence bundle casefile-9f2c41d0.evidence, collected 2026-11-20 04:02:11Z",
            ),
            caller: some("arn:aws:sts::111122223333:assumed-role/SecurityAudit/responder"),
        },
    };
    report.picture = picture(&Material::of(&report));
    report
}

/// A table that was asked, once with an answer and once without.
fn table(say: &dyn Fn(&str) -> String) -> ArchiveView {
    let t = |text: &str| Text::new(say(text));
    let answered = QueryView {
        engine: t("athena"),
        table: t("logs.cloudtrail_logs"),
        id: Some(t("a1b2c3d4-5678-90ab-cdef-example11111")),
        sql: Some(t("SELECT \"eventid\" FROM \"logs\".\"cloudtrail_logs\"")),
        rows: 214,
        unread: 0,
        scanned_bytes: 12_345_678,
        millionths_of_usd: 65,
        failed: None,
    };
    let failed = QueryView {
        id: None,
        rows: 0,
        scanned_bytes: 0,
        millionths_of_usd: 0,
        failed: Some(t("StartQueryExecution: Rate exceeded")),
        ..answered.clone()
    };
    ArchiveView {
        files: 0,
        opened: 0,
        packed_bytes: 0,
        bytes: 0,
        records: 214,
        found: 27,
        passes: 2,
        digests: 0,
        insights: 0,
        copies: 0,
        places: Vec::new(),
        faults: Vec::new(),
        queries: vec![answered, failed],
    }
}

fn indicator(kind: &'static str, value: Address, context: Text, record: &str) -> Indicator {
    Indicator { kind, value, context, citations: cites(record, &[]) }
}

fn graph(say: &dyn Fn(&str) -> String) -> GraphView {
    let t = |text: &str| Text::new(say(text));
    let node = |id: &str, kind, label: &str, time| NodeView {
        id: Text::new(id),
        kind,
        label: t(label),
        time,
        key: Text::new(if kind == "call" { "T-4c1d88e0" } else { id }),
    };
    let edge = |from: &str, relation, to: &str, method: Option<&'static str>, citations| EdgeView {
        from: Text::new(from),
        to: Text::new(to),
        relation,
        inferred: method.is_some(),
        method,
        confidence: if method.is_some() { "strong" } else { "exact" },
        citations,
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
            node("function order-export", "function", "function order-export", None),
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
        sha256: "9f2c41d0a1b7c3e4f5061728394a5b6c7d8e9fa0b1c2d3e4f5061728394a5b6c".into(),
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
