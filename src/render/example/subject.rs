//! The finding, its function, and what is said of them.

use std::collections::BTreeMap;

use super::{ROLE, cite, cites, when};
use crate::report::{
    Address, FindingView, Quote, RemoteView, Statement, StatementKind, SubjectView, Text,
    ThreatListView, VpcView,
};

pub fn finding(say: &dyn Fn(&str) -> String) -> FindingView {
    let some = |text: &str| Some(Text::new(say(text)));
    let a = |text: &str| Some(Address::new(say(text)));
    let quote = |text: &str| Some(Quote::from(say(text).as_str()));
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
        title: quote("Lambda function order-export is querying a cryptocurrency-related address."),
        description: quote(
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

pub fn subject(say: &dyn Fn(&str) -> String) -> SubjectView {
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
            (Text::new(say("team")), Text::new(say("orders"))),
            (Text::new(say("env")), Text::new(say("production"))),
        ]),
        citations: cites("F-9f2c41d0", &["C-5512fe07"]),
    }
}

pub fn statements(say: &dyn Fn(&str) -> String) -> Vec<Statement> {
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
