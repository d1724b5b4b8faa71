//! What goes wrong does so when it should, and as it should.

use std::{
    io,
    time::{Duration, Instant},
};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::{
    aws::{ANY, Fake, Fault},
    client::{Answer, Client, sample},
};

const HOME: &str = "ap-northeast-1";
const STATUS: &str = "DescribeConfigurationRecorderStatus";

/// A fake with one fault, and who asks.
fn with(operation: &str, fault: Fault) -> (Fake, Client) {
    let fake = Fake::start(sample("drop-point"));
    fake.fail(operation, .., fault);
    let client = Client::of(&fake, HOME);
    (fake, client)
}

/// Asks one question of each protocol, without expecting an answer.
fn each(client: &mut Client) -> [io::Result<Answer>; 3] {
    let json = [
        ("X-Amz-Target", "StarlingDoveService.DescribeConfigurationRecorderStatus"),
        ("Content-Type", "application/x-amz-json-1.1"),
    ];
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let identity = "Action=GetCallerIdentity&Version=2011-06-15";
    [
        client.ask("config", "POST", "/", &json, "{}"),
        client.ask("guardduty", "GET", "/detector", &[], ""),
        client.ask("sts", "POST", "/", &form, identity),
    ]
}

fn answers(client: &mut Client) -> [Answer; 3] {
    each(client).map(|answer| answer.expect("an answer"))
}

#[test]
fn a_fault_happens_at_its_attempts_and_where_it_should() {
    let fake = Fake::start(sample("drop-point"));
    fake.fail(STATUS, 1..3, Fault::error("InternalFailure", "Sorry."));
    fake.fail(STATUS, 2..3, Fault::Status(503, "Never: the first fault happens."));
    fake.fail_if(STATUS, |call| call.region == "eu-west-1", Fault::AccessDenied);
    let mut client = Client::of(&fake, HOME);
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(client.config(STATUS, &json!({})).status);
    }
    assert_eq!(statuses, [200, 400, 400, 200]);
    assert_eq!(client.config("DescribeConfigurationRecorders", &json!({})).status, 200);
    client.region = "eu-west-1".to_owned();
    let denied = client.config(STATUS, &json!({}));
    assert_eq!(denied.code(), "AccessDeniedException");
    let said = denied.json()["message"].as_str().expect("a sentence").to_owned();
    let start = "User: arn:aws:sts::111122223333:assumed-role/SecurityAudit/oncall is not \
                 authorized to perform: config:DescribeConfigurationRecorderStatus on resource: *";
    assert!(said.starts_with(start), "{said}");
    let seen = fake.requests();
    let last = seen.last().expect("a request");
    assert_eq!((last.call.nth, last.status, &last.body), (4, Some(400), &denied.body));
    assert_eq!(last.request_id, denied.header("x-amzn-requestid"));
}

#[test]
fn each_protocol_says_no_in_its_own_way() {
    let (_fake, mut client) = with(ANY, Fault::ExpiredToken);
    let [config, guardduty, sts] = answers(&mut client);
    assert_eq!((config.status, config.code().as_str()), (400, "ExpiredTokenException"));
    assert_eq!((guardduty.status, guardduty.code().as_str()), (403, "ExpiredTokenException"));
    assert!(sts.status == 403 && sts.text().contains("<Code>ExpiredToken</Code>"));

    let (fake, mut client) = with(ANY, Fault::Throttle);
    let [config, guardduty, sts] = answers(&mut client);
    assert_eq!((config.status, config.code().as_str()), (400, "ThrottlingException"));
    assert_eq!((guardduty.status, guardduty.code().as_str()), (429, "TooManyRequestsException"));
    assert!(sts.status == 400 && sts.text().contains("<Code>Throttling</Code>"));
    assert_eq!(fake.exceeded(), 0);

    let (_fake, mut client) = with(ANY, Fault::AccessDenied);
    let [config, guardduty, sts] = answers(&mut client);
    assert_eq!((config.status, config.code().as_str()), (400, "AccessDeniedException"));
    assert_eq!((guardduty.status, guardduty.code().as_str()), (403, "AccessDeniedException"));
    assert!(sts.status == 403 && sts.text().contains("<Code>AccessDenied</Code>"));

    let fault =
        Fault::Error { status: 500, code: "InternalError", message: "Sorry.", with_header: false };
    let (_fake, mut client) = with(ANY, fault);
    let [config, guardduty, _] = answers(&mut client);
    for answer in [config, guardduty] {
        assert_eq!((answer.status, answer.header("x-amzn-ErrorType")), (500, ""));
        assert_eq!(answer.json(), json!({"__type": "InternalError", "message": "Sorry."}));
    }
}

#[test]
fn a_clock_that_is_ahead_refuses_what_is_signed_by_another() {
    for ahead in [7200, -7200] {
        let (_fake, mut client) = with(ANY, Fault::Skew(ahead));
        let now = Timestamp::now();
        let [config, guardduty, sts] = answers(&mut client);
        assert_eq!((config.status, config.code().as_str()), (400, "InvalidSignatureException"));
        assert_eq!(
            (guardduty.status, guardduty.code().as_str()),
            (403, "InvalidSignatureException")
        );
        assert!(sts.status == 403 && sts.text().contains("<Code>SignatureDoesNotMatch</Code>"));
        let said = if ahead > 0 { "Signature expired: " } else { "Signature not yet current: " };
        assert!(config.text().contains(said), "{}", config.text());
        let clock = now + SignedDuration::from_secs(ahead);
        let date = jiff::fmt::rfc2822::parse(config.header("date")).expect("a date").timestamp();
        assert!(date.duration_since(clock).abs() < SignedDuration::from_secs(10));
        client.signed = Some(date);
        assert!(answers(&mut client).iter().all(|answer| answer.status == 200));
    }
}

#[test]
fn bodies_are_cut_altered_or_replaced() {
    let (fake, mut client) = with(ANY, Fault::CutJson);
    for answer in answers(&mut client) {
        assert!(serde_json::from_slice::<Value>(&answer.body).is_err());
        assert_eq!(fake.requests().iter().filter(|seen| seen.body == answer.body).count(), 1);
    }
    let (_fake, mut client) = with(ANY, Fault::Status(503, "<html>Sorry.</html>"));
    for answer in answers(&mut client) {
        assert_eq!((answer.status, answer.text()), (503, "<html>Sorry.</html>"));
        assert_eq!(answer.header("content-type"), "text/html");
    }
    let (_fake, mut client) = with(ANY, Fault::RawBody(b"\xff\xfe".to_vec()));
    for answer in answers(&mut client) {
        assert_eq!((answer.status, answer.body.as_slice()), (200, &b"\xff\xfe"[..]));
    }
    let (_fake, mut client) = with("ListDetectors", Fault::member("futureField", json!({"a": 1})));
    let [_, guardduty, _] = answers(&mut client);
    assert_eq!(guardduty.content()["futureField"], json!({"a": 1}));
    assert!(guardduty.content()["detectorIds"].is_array());
}

#[test]
fn connections_break() {
    let (fake, mut client) = with(ANY, Fault::CutBody);
    let error = each(&mut client)[0].as_ref().expect_err("half a body").kind();
    assert_eq!(error, io::ErrorKind::UnexpectedEof);
    assert_eq!(fake.requests()[0].status, Some(200));

    let (fake, mut client) = with(ANY, Fault::Reset);
    assert!(each(&mut client)[0].is_err());
    assert_eq!((fake.requests()[0].status, fake.count(STATUS)), (None, 1));
    assert!(Client::of(&fake, HOME).ask("guardduty", "GET", "/detector", &[], "").is_err());
}

#[test]
fn answers_take_their_time() {
    let took = |client: &mut Client| {
        let began = Instant::now();
        let detectors = client.guardduty("GET", "/detector", "").content();
        assert_eq!(detectors["detectorIds"].as_array().map(Vec::len), Some(1));
        began.elapsed()
    };
    let (_fake, mut client) = with("ListDetectors", Fault::Slow(Duration::from_millis(200)));
    assert!(took(&mut client) >= Duration::from_millis(200));
    let fake = Fake::start(sample("drop-point"));
    let mut client = Client::of(&fake, HOME);
    fake.latency(Duration::from_millis(600));
    assert!(took(&mut client) >= Duration::from_millis(600));
    fake.latency(Duration::ZERO);
    assert!(took(&mut client) < Duration::from_millis(600), "over the same connection");
}

#[test]
fn nothing_waits_when_the_fake_is_dropped() {
    let (fake, mut client) = with(ANY, Fault::Hang(Duration::from_secs(600)));
    let idle = Client::of(&fake, HOME);
    let hanging = std::thread::spawn(move || each(&mut client)[0].is_err());
    while fake.count(STATUS) == 0 {
        std::thread::sleep(Duration::from_millis(5));
    }
    let began = Instant::now();
    drop(fake);
    assert!(hanging.join().expect("an end"), "there was an answer");
    assert!(began.elapsed() < Duration::from_secs(5));
    drop(idle);
}
