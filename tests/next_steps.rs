//! What a report says to do: that its commands are what they seem, whatever the records hold, and
//! that they fit the case.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test may stop")]

#[path = "next_steps/case.rs"]
mod case;
#[path = "next_steps/known.rs"]
mod known;
#[path = "next_steps/line.rs"]
mod line;
#[allow(dead_code, reason = "shared with other tests")]
mod program;

use std::{collections::BTreeSet, fs, os::unix::fs::PermissionsExt, process::Command};

use case::{Case, Page, event};
use known::{KNOWN, Known};
use program::{sample, samples};
use serde_json::json;

/// Every operation that a command may name, and whether it only reads.
const OPERATIONS: &[(&str, bool)] = &[
    ("cloudformation detect-stack-drift", true),
    ("cloudtrail describe-trails", true),
    ("cloudtrail lookup-events", true),
    ("ec2 create-security-group", false),
    ("ec2 describe-flow-logs", true),
    ("ec2 revoke-security-group-egress", false),
    ("events describe-rule", true),
    ("events disable-rule", false),
    ("guardduty get-findings", true),
    ("guardduty list-findings", true),
    ("iam delete-access-key", false),
    ("iam delete-role-policy", false),
    ("iam detach-role-policy", false),
    ("iam get-role", true),
    ("iam get-role-policy", true),
    ("iam list-access-keys", true),
    ("iam list-attached-role-policies", true),
    ("iam list-role-policies", true),
    ("iam put-role-policy", false),
    ("iam update-access-key", false),
    ("lambda delete-function", false),
    ("lambda get-function", true),
    ("lambda get-function-concurrency", true),
    ("lambda get-function-configuration", true),
    ("lambda get-function-url-config", true),
    ("lambda get-layer-version-by-arn", true),
    ("lambda get-policy", true),
    ("lambda list-aliases", true),
    ("lambda list-event-source-mappings", true),
    ("lambda list-functions", true),
    ("lambda list-versions-by-function", true),
    ("lambda put-function-concurrency", false),
    ("lambda remove-permission", false),
    ("lambda update-alias", false),
    ("lambda update-event-source-mapping", false),
    ("lambda update-function-configuration", false),
    ("lambda update-function-url-config", false),
    ("logs filter-log-events", true),
    ("s3api get-object", true),
];

fn commands(page: &Page) -> Vec<&str> {
    page.steps.iter().filter_map(|step| step.command.as_deref()).collect()
}

/// What is wrong with the commands of a report.
fn faults(page: &Page) -> Vec<String> {
    let mut faults = Vec::new();
    let commands = commands(page).join("\n");
    let read = Command::new("sh").args(["-n", "-c", &commands]).output().expect("a shell");
    if !read.status.success() {
        faults.push(String::from_utf8_lossy(&read.stderr).into_owned());
    }
    let mut bad = |command: &str, why: &str| faults.push(format!("{why}: {command}"));
    for step in &page.steps {
        let Some(command) = &step.command else { continue };
        if command.contains(['\n', '\r', '\t']) || command.trim() != command {
            bad(command, "more than one line");
        }
        if let Some(word) = line::bare(command) {
            bad(command, &format!("{word} is not quoted"));
        }
        for operation in line::operations(command) {
            match OPERATIONS.iter().find(|(known, _)| *known == operation) {
                None => bad(command, "an operation that nobody checked"),
                Some((_, false)) if step.phase == "preserve" || step.phase == "verify" => {
                    bad(command, "changes something where nothing may be changed");
                }
                Some(_) => {}
            }
            if !command.contains("--region '") {
                bad(command, "names no Region");
            }
        }
    }
    faults
}

#[test]
fn the_commands_of_every_sample_are_one_quoted_line_of_known_operations() {
    let mut met = BTreeSet::new();
    for name in samples() {
        let page = Page::of(&sample(&name));
        assert!(page.steps.len() > 8, "{name} has {} steps", page.steps.len());
        assert_eq!(faults(&page), Vec::<String>::new(), "{name}");
        met.extend(
            page.steps.iter().filter_map(|step| step.command.as_deref()).flat_map(line::operations),
        );
    }
    assert!(met.len() > 25, "{met:?}");
}

#[test]
fn the_steps_of_every_sample_are_in_the_order_of_their_phases_and_few_are_first() {
    for name in samples() {
        let page = Page::of(&sample(&name));
        let phases: Vec<&str> = page.steps.iter().map(|step| step.phase.as_str()).collect();
        let order = ["contain", "preserve", "eradicate", "verify"];
        let places = phases.iter().map(|phase| order.iter().position(|known| known == phase));
        assert!(places.clone().all(|place| place.is_some()) && places.is_sorted(), "{name}");
        let ids = page.html.matches("<li id=\"n-").count();
        assert_eq!(ids, page.steps.len(), "{name}");
        let first = page.html.matches("do first</strong>").count();
        assert!((1..=3).contains(&first), "{name} has {first} steps to do first");
        for link in page.html.split("href=\"#n-").skip(1) {
            let id = link.split('"').next().expect("an id");
            assert!(page.html.contains(&format!("<li id=\"n-{id}\"")), "{name}: {id}");
        }
    }
}

#[test]
fn every_sample_has_the_steps_that_somebody_who_knows_it_expects() {
    let mut wrong = Vec::new();
    // Of the hostile sample there is nobody who knows it.
    assert_eq!(KNOWN.len() + 1, samples().len());
    for Known { sample: name, steps, never } in KNOWN {
        let page = Page::of(&sample(name));
        for (phase, part) in *steps {
            if !page.steps.iter().any(|step| step.phase == *phase && step.holds(part)) {
                wrong.push(format!("{name}: no step of {phase} holds {part}"));
            }
        }
        for part in *never {
            wrong.extend(
                page.steps
                    .iter()
                    .filter(|step| step.holds(part))
                    .map(|step| format!("{name}: {part} in {} {:?}", step.text, step.command)),
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The function of [`Case::quiet`] by its ARN.
const ARN: &str = "'arn:aws:lambda:ap-northeast-1:123456789012:function:test'";

#[test]
fn what_stops_the_function_already_is_checked_and_not_repeated() {
    let stopped = Case::quiet().with(event(
        "PutFunctionConcurrency20171031",
        "2023-04-23T10:00:00Z",
        json!({
            "functionName": "test", "reservedConcurrentExecutions": 0
        }),
    ));
    let page = stopped.page();
    assert!(page.has(
        "contain",
        &format!("get-function-concurrency --region 'ap-northeast-1' --function-name {ARN}")
    ));
    assert!(!page.any("put-function-concurrency"));
    assert!(page.fact("Still active?").starts_with("stopped. "), "{}", page.fact("Still active?"));
    let freed = stopped.with(event(
        "DeleteFunctionConcurrency20171031",
        "2023-04-23T11:00:00Z",
        json!({"functionName": "test"}),
    ));
    let page = freed.page();
    assert!(page.any("put-function-concurrency"));
    assert!(
        page.fact("Still active?").starts_with("not known. "),
        "{}",
        page.fact("Still active?")
    );
    // Activity that was counted after the stop is no stop.
    let early = Case::quiet().with(event(
        "PutFunctionConcurrency20171031",
        "2023-04-23T09:14:00Z",
        json!({
            "functionName": "test", "reservedConcurrentExecutions": 0
        }),
    ));
    let fact = early.page().fact("Still active?");
    assert!(
        fact.starts_with("not known. ") && fact.contains("activity was counted after that"),
        "{fact}"
    );
}

#[test]
fn triggers_are_stopped_unless_they_are_stopped_already() {
    let mapping = |action: &str, time: &str, enabled: bool| {
        let mut event = event(
            action,
            time,
            json!({
                "functionName": "test", "enabled": enabled,
                "eventSourceArn": "arn:aws:sqs:ap-northeast-1:123456789012:jobs",
                "uUID": "a1b2c3d4-0000-4000-8000-111122223333"
            }),
        );
        event["responseElements"] = json!({"uUID": "a1b2c3d4-0000-4000-8000-111122223333", "eventSourceArn": "arn:aws:sqs:ap-northeast-1:123456789012:jobs"});
        event
    };
    let on = Case::quiet().with(mapping(
        "CreateEventSourceMapping20150331",
        "2023-04-20T00:00:00Z",
        true,
    ));
    let step = "update-event-source-mapping --region 'ap-northeast-1' --uuid 'a1b2c3d4-0000-4000-8000-111122223333' --no-enabled";
    let page = on.page();
    assert!(page.has("contain", step), "{:#?}", page.steps);
    assert!(page.section("reach").contains("reads arn:aws:sqs:ap-northeast-1:123456789012:jobs"));
    let off = on.with(mapping("UpdateEventSourceMapping20150331", "2023-04-21T00:00:00Z", false));
    let page = off.page();
    assert!(!page.any(step));
    assert!(page.section("reach").contains("switched off"));
    let url = Case::quiet().with(event(
        "CreateFunctionUrlConfig",
        "2023-04-20T00:00:00Z",
        json!({"functionName": "test", "authType": "NONE"}),
    ));
    assert!(url.page().has("contain", "--auth-type 'AWS_IAM'"));
    let gone = url.with(event(
        "DeleteFunctionUrlConfig",
        "2023-04-21T00:00:00Z",
        json!({"functionName": "test"}),
    ));
    assert!(!gone.page().any("--auth-type"));
    let open = Case::quiet().with(event("AddPermission20150331v2", "2023-04-20T00:00:00Z", json!({
        "functionName": "test", "statementId": "partner", "principal": "999988887777", "action": "lambda:InvokeFunction"
    })));
    assert!(open.page().has("contain", "--statement-id 'partner'"));
    let closed = open.with(event(
        "RemovePermission20150331v2",
        "2023-04-21T00:00:00Z",
        json!({"functionName": "test", "statementId": "partner"}),
    ));
    assert!(!closed.page().any("--statement-id"));
}

#[test]
fn a_key_that_was_deactivated_is_checked_and_not_deactivated_again() {
    let code = || {
        event(
            "UpdateFunctionCode20150331v2",
            "2023-04-23T09:10:02Z",
            json!({"functionName": "test"}),
        )
    };
    let page = Case::quiet().with(code()).page();
    assert!(page.has("contain", "--access-key-id 'AKIAEVEEXAMPLE000001' --status 'Inactive'"));
    assert!(
        page.fact("Likely start").starts_with("2023-04-23 09:10:02Z "),
        "{}",
        page.fact("Likely start")
    );
    let mut ended = event(
        "UpdateAccessKey",
        "2023-04-23T09:40:00Z",
        json!({
            "userName": "eve", "accessKeyId": "AKIAEVEEXAMPLE000001", "status": "Inactive"
        }),
    );
    ended["eventSource"] = json!("iam.amazonaws.com");
    let page = Case::quiet().with(code()).with(ended).page();
    assert!(page.has("contain", "list-access-keys") && !page.any("update-access-key"));
    let fact = page.fact("Still active?");
    assert!(
        fact.contains("AKIAEVEEXAMPLE000001 was deactivated or deleted at 2023-04-23 09:40:00Z"),
        "{fact}"
    );
}

#[test]
fn of_many_things_of_one_kind_the_first_are_listed_and_the_others_counted() {
    let mut case = Case::quiet();
    for user in 10..23 {
        let time = format!("2023-04-23T09:{user}:02Z").replace("09:", "08:");
        let mut code =
            event("UpdateFunctionCode20150331v2", &time, json!({"functionName": "test"}));
        let identity = &mut code["userIdentity"];
        identity["userName"] = json!(format!("user-{user}"));
        identity["arn"] = json!(format!("arn:aws:iam::123456789012:user/user-{user}"));
        identity["accessKeyId"] = json!(format!("AKIAMANYEXAMPLE000{user}"));
        case = case.with(code);
    }
    let page = case.page();
    let listed = page.steps.iter().filter(|step| step.holds("--status 'Inactive'")).count();
    assert_eq!(listed, 8);
    assert!(page.has("contain", "steps n-contain-key for 5 more"), "{:#?}", page.steps);
    // The one that put the running code in place is not among those left out.
    assert!(page.has("contain", "AKIAMANYEXAMPLE00022"));
    assert_eq!(faults(&page), Vec::<String>::new());
}

#[test]
fn a_sample_finding_is_first_checked_to_be_a_drill() {
    let mut case = Case::quiet();
    case.finding["Service"]["AdditionalInfo"]["Value"] = json!("{\"sample\":true}");
    let page = case.page();
    let first = &page.steps[0];
    assert!(first.text.starts_with("Check first that this is a drill"), "{}", first.text);
    assert_eq!(page.html.matches("do first</strong>").count(), 1);
    assert!(page.fact("Still active?").starts_with("sample. "));
}

#[test]
fn a_finding_about_something_else_has_what_can_be_said_and_no_command_for_it() {
    let mut case = Case::quiet();
    case.finding["Resource"] =
        json!({"ResourceType": "Instance", "InstanceDetails": {"InstanceId": "i-0abc"}});
    let page = case.page();
    assert!(
        page.steps.iter().all(|step| !step
            .command
            .as_deref()
            .unwrap_or_default()
            .contains("aws lambda"))
    );
    assert!(page.has("contain", "by the procedure for its service"));
    assert!(page.has("preserve", "get-findings"));
    assert!(page.section("reach").contains("Not looked for"));
    assert!(page.section("next").contains("Nothing to take away follows from the records."));
    assert_eq!(faults(&page), Vec::<String>::new());
}

#[test]
fn nothing_that_a_record_holds_becomes_more_than_a_word() {
    let folder = tempfile::tempdir().expect("a folder");
    let shim = folder.path().join("aws");
    // What a command would run is written down, one word a line, and nothing else happens.
    fs::write(&shim, "#!/bin/sh\nprintf '%s\\n' \"$@\" >> \"$OUT\"\n").expect("a file");
    fs::set_permissions(&shim, fs::Permissions::from_mode(0o755)).expect("a program");
    for name in ["curl", "casefile"] {
        fs::copy(&shim, folder.path().join(name)).expect("a copy");
    }
    for trick in [
        "x'; touch owned; echo '",
        "$(touch owned)",
        "`touch owned`",
        "x\ntouch owned\n",
        "x\" ; touch owned ; \"",
        "-x",
        "--cli-input-json",
        "file:///etc/passwd",
        "https://evil.example/x",
        "a b",
        "x,Values=*",
        "\u{202e}x",
        "x|touch owned",
        "x&touch owned&",
        "x>owned",
        "*",
        "~root",
        "x\\",
        "&&touch${IFS}owned",
    ] {
        let page = Case::hostile(trick).page();
        assert!(page.steps.len() > 15, "{trick:?}");
        assert_eq!(faults(&page), Vec::<String>::new(), "{trick:?}");
        let out = folder.path().join("out");
        let _ = fs::remove_file(&out);
        let run = Command::new("sh")
            .args(["-e", "-c", &commands(&page).join("\n")])
            .env("PATH", format!("{}:/usr/bin:/bin", folder.path().display()))
            .env("OUT", &out)
            .current_dir(folder.path())
            .output()
            .expect("a shell");
        assert!(run.status.success(), "{trick:?}: {}", String::from_utf8_lossy(&run.stderr));
        let words = fs::read_to_string(&out).expect("words");
        assert!(words.lines().count() > 100, "{trick:?}: {words}");
        for word in words.lines() {
            let odd = word == trick || word.contains("://") || word.contains("touch");
            assert!(!odd, "{trick:?} arrives as {word:?}");
            let option = !word.starts_with('-') || line::is_option(word);
            assert!(option, "{trick:?} becomes the option {word:?}");
        }
        assert!(!folder.path().join("owned").exists(), "{trick:?}");
        let told =
            page.steps.iter().filter(|step| step.text.contains("by hand: the recorded value"));
        assert!(told.count() > 5, "{trick:?} is hardly said to be unusual");
    }
}

#[test]
fn words_that_reassure_stand_nowhere() {
    for name in samples() {
        let page = Page::of(&sample(&name));
        for section in ["reach", "next"] {
            let text = page.section(section).to_lowercase();
            for word in [" safe", " simply", " just ", " easily", "no compromise", " please"] {
                assert!(!text.contains(word), "{name}: {word} in {section}");
            }
        }
    }
}
