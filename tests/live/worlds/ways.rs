//! Ways to name a finding, and the accounts, Regions and partitions in which it may be.

use std::{fs, thread, time::Duration};

use serde_json::{Value, json};

use super::{
    story::{ACCOUNT, DAY, DETECTOR, FINDING, MINUTE, Story, ago, user},
    told::Answers,
};
use crate::{aws::Recorder, case::Case};

#[path = "../../input/spelling.rs"]
#[allow(dead_code, clippy::string_slice, reason = "as the tests of saved evidence have it")]
mod spelling;

const ADMINISTRATOR: &str = "444455556666";
const ROLE: &str = "arn:aws:iam::{account}:role/casefile";

/// Somebody replaces the code of a function in that Region.
fn story(region: &str) -> Story {
    let mut story = Story::new(region, "order-export");
    story.create(&user("ci", "AKIACIXXXXXXXEXAMPLE"), ago(40 * DAY), "first");
    story.strike(&user("eve", "AKIAEVEXXXXXXEXAMPLE"), ago(21 * MINUTE));
    story
}

/// The same, and who asks is the administrator of GuardDuty, who has a function of that name too.
fn of_a_member(region: &str) -> Story {
    let mut story = story(region);
    let mut own = Story::new(region, "order-export");
    own.account = ADMINISTRATOR.to_owned();
    own.create(&user("bob", "AKIABOBXXXXXXEXAMPLE"), ago(10 * DAY), "own");
    for event in own.world.events {
        story.world.add_event(event.entry);
    }
    for item in own.world.items {
        story.world.add_item(ADMINISTRATOR, region, item.body);
    }
    story.world.add_recorder(ADMINISTRATOR, region, Recorder::of_everything());
    story.world.call_as(&format!("arn:aws:iam::{ADMINISTRATOR}:user/oncall"));
    story.world.add_detector(ADMINISTRATOR, region, "aaaabbbbccccddddeeeeffff00001111");
    story.world.administer(ADMINISTRATOR, ACCOUNT);
    story.world.trust(&format!("arn:aws:iam::{ACCOUNT}:role/casefile"), Some("x-1"));
    story
}

fn by_eve() -> Answers {
    Answers { created: Some("user/ci"), running: Some("user/eve"), ..Answers::default() }
}

/// For the options that read in the member's account.
pub const IN_THE_MEMBER: &[&str] = &["--role-arn", ROLE, "--external-id", "x-1"];

/// A finding of a member, which the administrator asks about.
pub fn in_a_member_account() -> (Story, Answers) {
    (of_a_member("eu-west-1"), by_eve())
}

/// Another partition, in which IAM is recorded elsewhere.
pub fn in_govcloud() -> (Story, Answers) {
    let mut story = story("us-gov-east-1");
    let finding = story.finding.to_string().replace("arn:aws:", "arn:aws-us-gov:");
    story.finding = serde_json::from_str(&finding).expect("JSON");
    story.finding["partition"] = "aws-us-gov".into();
    (story, by_eve())
}

/// A run, and what comes of it.
struct Way {
    name: &'static str,
    story: Story,
    arguments: Vec<String>,
    /// A file beside.
    file: Option<Value>,
    /// The exit code.
    code: i32,
    /// What is said on standard error.
    says: Vec<String>,
}

impl Way {
    fn new(name: &'static str, story: Story, arguments: &[&str]) -> Self {
        let arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
        Self { name, story, arguments, file: None, code: 0, says: Vec::new() }
    }

    fn with(mut self, file: Value) -> Self {
        self.file = Some(file);
        self
    }

    fn ends(mut self, code: i32, says: &[&str]) -> Self {
        self.code = code;
        self.says = says.iter().map(|&words| words.to_owned()).collect();
        self
    }

    /// Runs it; gives the report when there is one.
    fn go(mut self) -> (Case, Option<Value>) {
        let name = self.name;
        self.story.world.add_finding(self.story.finding.clone());
        let case = Case::new(self.story.world);
        case.fake.tolerance(Duration::from_millis(300));
        if let Some(file) = self.file {
            fs::write(case.path("saved.json"), file.to_string()).expect("a file");
        }
        let mut arguments = vec!["report", "--max-lookups", "2", "-o", "out.json"];
        arguments.extend(self.arguments.iter().map(String::as_str));
        let run = case.run(&arguments);
        assert_eq!(run.code, self.code, "{name}: {}", run.err);
        for words in &self.says {
            assert!(run.err.contains(words), "{name}: {words:?} is not in {}", run.err);
        }
        assert_eq!(case.fake.exceeded(), 0, "{name}");
        assert_eq!(case.fake.unknown(), Vec::<String>::new(), "{name}");
        let report = (run.code == 0).then(|| case.json("out.json"));
        (case, report)
    }

    /// Runs it; the function's story must be told.
    fn tells(self) {
        let name = self.name;
        let (_, report) = self.go();
        let report = report.expect("a report");
        let running = &report["provenance"]["running"]["principal_arn"];
        assert_eq!(*running, format!("arn:aws:iam::{ACCOUNT}:user/eve"), "{name}");
        assert_eq!(report["finding"]["count"], 3, "{name}");
    }
}

#[test]
fn a_finding_is_found_however_it_is_named() {
    let here = || story("eu-west-1");
    let finding = here().finding;
    let arn = finding["arn"].as_str().expect("an ARN");
    let console = "https://eu-west-1.console.aws.amazon.com/guardduty/home?region=eu-west-1";
    let opened = format!("{console}#/findings?macros=current&fId={FINDING}");
    let searched = format!("{console}#/findings?macros=current&search=id%3D{FINDING}");
    let mut older = finding.clone();
    older["service"]["count"] = 1.into();
    older["updatedAt"] = "2026-11-10T12:16:00.000Z".into();
    let saved = |name, file| Way::new(name, here(), &["saved.json"]).with(file);
    let mut event = spelling::eventbridge("GuardDuty Finding", "aws.guardduty", &finding);
    event["region"] = "eu-west-1".into();
    let hub = json!({"findings": [spelling::security_hub(&finding)]});
    let hub = spelling::eventbridge("Security Hub Findings - Imported", "aws.securityhub", &hub);
    let mut elsewhere = story("sa-east-1");
    for region in ["af-south-1", "ap-east-1", "me-south-1"] {
        elsewhere.world.disable(region);
    }
    let ways = [
        Way::new("ARN", here(), &[arn]),
        Way::new("opened in the console", here(), &[&opened]),
        Way::new("searched in the console", here(), &[&searched]),
        saved("the CLI", json!({"Findings": [spelling::cli(&finding)]})),
        saved("EventBridge", event),
        saved("S3 export", spelling::export(&finding)),
        saved("Security Hub", hub),
        saved("an older state", older),
        Way::new("somewhere", elsewhere, &[FINDING, "--all-regions"]),
    ];
    thread::scope(|scope| {
        for way in ways {
            scope.spawn(|| way.tells());
        }
    });
}

#[test]
fn what_cannot_be_found_is_said_in_words_that_help() {
    let here = || story("eu-west-1");
    let unknown = "0123456789abcdef0123456789abcdef";
    let mut instance = here();
    instance.finding["resource"] =
        json!({"resourceType": "Instance", "instanceDetails": {"instanceId": "i-0abc"}});
    instance.finding["type"] = "Backdoor:EC2/C&CActivity.B".into();
    let mut disabled = here();
    disabled.world.disable("me-south-1");
    let mut forgotten = here();
    let saved = forgotten.finding.clone();
    forgotten.finding["id"] = unknown.into();
    let ways = [
        Way::new("unknown", here(), &[unknown, "--region", "eu-west-1"])
            .ends(3, &[unknown, ACCOUNT, "eu-west-1", DETECTOR, "--all-regions", "--profile"]),
        Way::new("not enabled", here(), &[FINDING, "--region", "ap-south-1"])
            .ends(3, &[ACCOUNT, "is not enabled", "ap-south-1", "--all-regions"]),
        Way::new("no Region", here(), &[FINDING])
            .ends(2, &["--region", "AWS_REGION", "--all-regions"]),
        Way::new("nowhere", here(), &[unknown, "--all-regions"])
            .ends(3, &["in eu-west-1 (detector", ACCOUNT]),
        Way::new("disabled", disabled, &[FINDING, "--region", "me-south-1"])
            .ends(1, &["me-south-1", "whether the Region is enabled"]),
        Way::new("no file", here(), &["nowhere.json"]).ends(2, &["check its path"]),
        Way::new(
            "another detector",
            here(),
            &[
                FINDING,
                "--region",
                "eu-west-1",
                "--detector-id",
                "00000000000000000000000000000000",
            ],
        )
        .ends(1, &["not owned by the current account", "check the id, and the detector"]),
        Way::new("an instance", instance, &[FINDING, "--region", "eu-west-1"])
            .ends(0, &["one thing was not seen"]),
        Way::new("forgotten", forgotten, &["saved.json"])
            .with(saved)
            .ends(0, &["does not know it", "user eve replaced its code"]),
    ];
    thread::scope(|scope| {
        for way in ways {
            scope.spawn(|| way.go());
        }
    });
}

#[test]
fn a_members_records_are_read_with_the_role_and_with_nothing_else() {
    let here = || of_a_member("eu-west-1");
    let named = [FINDING, "--region", "eu-west-1"];
    let other = format!("arn:aws:iam::{ADMINISTRATOR}:role/casefile");
    let mut anywhere = of_a_member("sa-east-1");
    anywhere.world.disable("af-south-1");
    let line = format!("casefile report {FINDING} --region");
    let role = "--role-arn 'arn:aws:iam::{account}:role/NAME'";
    let refused = [
        Way::new("no role", here(), &named).ends(0, &[&line, role, ACCOUNT, ADMINISTRATOR]),
        Way::new("no role, any Region", anywhere, &[FINDING, "--all-regions"])
            .ends(0, &[&line, "sa-east-1", role]),
        Way::new("no external id", here(), &[&named[..], &["--role-arn", ROLE]].concat())
            .ends(0, &["could not be assumed", "AccessDenied", "--external-id"]),
        Way::new(
            "another external id",
            here(),
            &[&named[..], &["--role-arn", ROLE, "--external-id", "y"]].concat(),
        )
        .ends(0, &["could not be assumed", "AccessDenied", "must trust the caller"]),
        Way::new("another account's", here(), &[&named[..], &["--role-arn", &other]].concat())
            .ends(0, &["{account}", ADMINISTRATOR]),
    ];
    thread::scope(|scope| {
        for way in refused {
            scope.spawn(move || {
                let name = way.name;
                let (case, report) = way.go();
                let asked = case.fake.requests().into_iter();
                let mut asked = asked
                    .filter(|seen| ["config", "cloudtrail"].contains(&seen.call.service.as_str()));
                assert!(asked.next().is_none(), "{name}");
                let report = report.expect("a report");
                assert_eq!(report["provenance"]["running"], Value::Null, "{name}");
                let gaps = report["gaps"].as_array().expect("gaps");
                for source in ["config", "cloudtrail"] {
                    assert!(gaps.iter().any(|gap| gap["source"] == source), "{name}");
                }
            });
        }
        scope.spawn(|| {
            let with_role = [&named[..], IN_THE_MEMBER].concat();
            let (case, report) = Way::new("the role", here(), &with_role).go();
            for seen in case.fake.requests() {
                let reads = ["config", "cloudtrail"].contains(&seen.call.service.as_str());
                let wanted = if reads { ACCOUNT } else { ADMINISTRATOR };
                let names_itself = seen.call.operation == "GetCallerIdentity";
                assert!(names_itself || seen.call.account == wanted, "{:?}", seen.call);
            }
            let report = report.expect("a report");
            let running = &report["provenance"]["running"]["principal_arn"];
            assert_eq!(*running, format!("arn:aws:iam::{ACCOUNT}:user/eve"));
        });
    });
}
