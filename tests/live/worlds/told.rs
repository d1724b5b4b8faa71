//! What the program makes of a world, asked live and given all its records.

use std::{collections::BTreeMap, fs, time::Duration};

use serde_json::{Value, json};

use super::story::{FINDING, Story};
use crate::{
    aws::Call,
    case::Case,
    program::{FACTS, Run},
};

/// What is known of a world, by the endings of ARNs.
#[derive(Default)]
pub struct Answers {
    /// Who created the function.
    pub created: Option<&'static str>,
    /// Who put the code there that ran.
    pub running: Option<&'static str>,
    /// Those behind them, outward; accounts and services by their names.
    pub chain: &'static [&'static str],
    /// Calls that belong on the timeline, and why.
    pub timeline: &'static [(&'static str, &'static str)],
}

/// A world, and what came of asking about it.
pub struct Told {
    name: &'static str,
    pub case: Case,
    pub run: Run,
    /// The report.
    pub live: Value,
    /// The report of a folder with every record there is.
    offline: Value,
}

impl Told {
    /// Investigates a story's finding by its id.
    pub fn of(name: &'static str, mut story: Story, options: &[&str]) -> Self {
        story.world.add_finding(story.finding.clone());
        let saved = [
            ("finding.json", json!({"findings": [story.finding]})),
            ("items.json", json!({"configurationItems": story.items})),
            ("records.json", json!({"Records": story.records})),
        ];
        let case = Case::new(story.world);
        // Many at once on a small machine reach the fake unevenly; what the pace is, others test.
        case.fake.tolerance(Duration::from_millis(300));
        fs::create_dir(case.path("saved")).expect("a folder");
        for (name, content) in saved {
            fs::write(case.path("saved").join(name), content.to_string()).expect("a file");
        }
        let fixed = ["report", FINDING, "--region", &story.region, "-f", "json", "-o", "out.json"];
        let run = case.run(&[&fixed, options].concat());
        let run = run.exits(0);
        let live = case.json("out.json");
        let again = ["render", "saved", "-f", "json", "-o", "-", "-q"];
        let offline = case.offline(&again).exits(0).out;
        let offline = serde_json::from_slice(&offline).expect("JSON");
        Self { name, case, run, live, offline }
    }

    /// The live report says what that of all records says.
    pub fn is_whole(&self) {
        for fact in FACTS {
            assert_eq!(
                self.live[fact], self.offline[fact],
                "{}: {fact}\n{}",
                self.name, self.run.err
            );
        }
    }

    /// The report gives these answers.
    pub fn answers(&self, answers: &Answers) {
        let name = self.name;
        let who = |what: &str| self.live["provenance"][what]["principal_arn"].as_str();
        for (what, known) in [("created", answers.created), ("running", answers.running)] {
            let Some(known) = known else { continue };
            let told = who(what).unwrap_or_default();
            assert!(told.ends_with(known), "{name}: {what} by {told}, not {known}");
        }
        if !answers.chain.is_empty() {
            let actors = self.live["actors"].as_array().expect("actors");
            let actor = actors.iter().find(|actor| actor["arn"].as_str() == who("running"));
            let chain = actor.expect("the actor")["chain"].as_array().expect("a chain");
            let chain: Vec<&str> = chain.iter().filter_map(|link| link["arn"].as_str()).collect();
            let same = chain.len() == answers.chain.len()
                && chain.iter().zip(answers.chain).all(|(told, known)| told.ends_with(known));
            assert!(same, "{name}: behind it {chain:?}, not {:?}", answers.chain);
        }
        let timeline = self.live["timeline"].as_array().expect("a timeline");
        for (call, relation) in answers.timeline {
            let is_there =
                timeline.iter().any(|row| row["name"] == *call && row["relation"] == *relation);
            assert!(is_there, "{name}: {call} is not there as {relation}\n{timeline:#?}");
        }
    }

    /// Nothing is asked twice, too fast or in vain.
    pub fn is_asked_well(&self) {
        let mut asked: BTreeMap<String, usize> = BTreeMap::new();
        for seen in self.case.fake.requests() {
            let Call { operation, region, parameters, access_key, .. } = seen.call;
            let call = format!("{operation} {region} {parameters} {access_key}");
            *asked.entry(call).or_default() += 1;
        }
        asked.retain(|_, times| *times > 1);
        assert_eq!(asked, BTreeMap::new(), "{}", self.name);
        assert_eq!(self.case.fake.exceeded(), 0, "{}", self.name);
        assert_eq!(self.case.fake.unknown(), Vec::<String>::new(), "{}", self.name);
    }

    /// Whether a gap says that.
    pub fn misses(&self, what: &str, why: &str) -> bool {
        let gaps = self.live["gaps"].as_array().expect("gaps");
        let says = |gap: &Value, name: &str, words: &str| {
            gap[name].as_str().is_some_and(|text| text.contains(words))
        };
        gaps.iter().any(|gap| says(gap, "asked", what) && says(gap, "reason", why))
    }
}
