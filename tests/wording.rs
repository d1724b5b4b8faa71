//! What each sample's report says, word for word, so that a change of words is read before it is
//! taken. After reading: `INSTA_UPDATE=always cargo test --test wording`.

#![expect(clippy::expect_used, reason = "a test may stop")]

#[allow(dead_code, reason = "shared with other tests")]
mod program;

use program::{run, sample, samples};
use serde_json::{Value, json};

#[test]
fn every_sample_says_what_was_read_and_approved() {
    let mut settings = insta::Settings::clone_current();
    settings.set_omit_expression(true);
    settings.set_prepend_module_to_snapshot(true);
    settings.bind(|| {
        for name in samples() {
            let path = sample(&name);
            let path = path.to_str().expect("a path");
            let run = run(["render", "-f", "json", "-o", "-", path]).exits(0);
            let report = serde_json::from_slice(&run.out).expect("JSON");
            insta::assert_json_snapshot!(name, words(&report));
        }
    });
}

/// The words of a report, without the ids that stand behind them.
fn words(report: &Value) -> Value {
    let statements = list(report, "statements").map(|statement| {
        json!({
            "kind": statement.get("kind"),
            "text": statement.get("text"),
            "method": statement.get("method"),
        })
    });
    json!({
        "headline": report.get("headline"),
        "statements": statements.collect::<Vec<_>>(),
        "gaps": report.get("gaps"),
        "provenance": report.get("provenance"),
        "next_steps": list(report, "next_steps").map(step).collect::<Vec<_>>(),
    })
}

/// A step in one line, its command in another.
fn step(step: &Value) -> Value {
    let text = |name: &str| step.get(name).and_then(Value::as_str).unwrap_or_default();
    json!({
        "step": format!("{}: {}", text("phase"), text("text")),
        "command": step.get("command"),
        "effect, risk": format!("{} / {}", text("effect"), text("risk")),
    })
}

fn list<'a>(report: &'a Value, member: &str) -> impl Iterator<Item = &'a Value> {
    report.get(member).and_then(Value::as_array).into_iter().flatten()
}
