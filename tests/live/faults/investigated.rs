//! One finding, investigated while something goes wrong.

use std::sync::OnceLock;

use serde_json::Value;

use super::secret;
use crate::{
    aws::World,
    case::{Case, Started, finding},
    program::{FACTS, Run, sample},
};

/// The sample whose world goes wrong: small, with a session behind the call that made the function.
const SAMPLE: &str = "malicious-ip-caller";
/// Its account.
pub const ACCOUNT: &str = "111122223333";
/// Its Region.
pub const HOME: &str = "ap-northeast-1";
/// Where IAM is recorded.
pub const GLOBAL: &str = "us-east-1";

/// What is asked in an ordinary run.
pub const OPERATIONS: [&str; 8] = [
    "DescribeConfigurationRecorderStatus",
    "DescribeConfigurationRecorders",
    "GetCallerIdentity",
    "GetFindings",
    "GetResourceConfigHistory",
    "ListDetectors",
    "ListDiscoveredResources",
    "LookupEvents",
];

/// The world in which things go wrong.
pub fn world() -> World {
    World::of_bundle(&sample(SAMPLE))
}

/// The id of its finding.
pub fn id() -> String {
    finding(SAMPLE).0
}

/// The folder of the bundle of a run.
pub fn bundle() -> String {
    format!("casefile-{}.evidence", id().get(..8).expect("a long id"))
}

/// Starts `report` with these options.
pub fn start(case: &Case, options: &[&str]) -> Started {
    let id = id();
    let fixed = ["report", &id, "--region", HOME, "-f", "json", "-f", "html", "-o", "out.json"];
    case.start(&[&fixed, options].concat())
}

/// Runs `report` with these options in a world with troubles.
pub fn report(options: &[&str], trouble: impl FnOnce(&Case)) -> (Case, Run) {
    let case = Case::new(world());
    trouble(&case);
    let run = start(&case, options).finish();
    (case, run)
}

/// What came of a run of `report`.
pub struct Investigated {
    pub case: Case,
    pub run: Run,
    /// The report.
    pub report: Value,
    /// The manifest of the bundle.
    pub manifest: Value,
}

impl Investigated {
    /// Runs `report` in a world with troubles. It must succeed, its bundle must be whole and give
    /// the same report, and no secret may be told.
    pub fn with(options: &[&str], trouble: impl FnOnce(&Case)) -> Self {
        let (case, run) = report(options, trouble);
        let run = run.exits(0);
        Self::read(case, run)
    }

    /// What a run has left behind.
    pub fn read(case: Case, run: Run) -> Self {
        let bundle = bundle();
        let report = case.json("out.json");
        let manifest = case.json(&format!("{bundle}/manifest.json"));
        case.offline(&["verify", &bundle]).exits(0);
        for (form, made) in [("json", "out.json"), ("html", "out.html")] {
            let again = case.offline(&["render", &bundle, "-q", "-f", form, "-o", "-"]).exits(0);
            assert!(again.out == case.bytes(made), "{form} of the bundle is another\n{}", run.err);
        }
        secret::is_not_told(&case, &run);
        Self { case, run, report, manifest }
    }

    /// The gaps, each as one text, but for the one that says the date of 90 days ago.
    pub fn gaps(&self) -> Vec<String> {
        let gaps = self.report["gaps"].as_array().expect("gaps");
        let gap = |gap: &Value| {
            ["source", "asked", "reason", "consequence"]
                .map(|name| gap[name].as_str().expect("text").to_owned())
                .join(" | ")
        };
        gaps.iter().map(gap).filter(|gap| !gap.contains("| calls before ")).collect()
    }

    /// Whether one gap has all of these words.
    pub fn says(&self, words: &[&str]) -> bool {
        self.gaps().iter().any(|gap| words.iter().all(|words| gap.contains(words)))
    }

    /// One gap has all of these words.
    #[track_caller]
    pub fn must_say(&self, name: &str, words: &[&str]) {
        assert!(self.says(words), "{name}: {words:?} is not in one of\n{:#?}", self.gaps());
    }

    /// The operations whose failed attempts are kept as such, each once.
    pub fn superseded(&self) -> Vec<&str> {
        let documents = self.manifest["documents"].as_array().expect("documents");
        let mut names: Vec<&str> = documents
            .iter()
            .filter(|document| document["superseded"] == true)
            .map(|document| document["operation"].as_str().expect("a name"))
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The facts are those of a run without trouble.
    #[track_caller]
    pub fn has_all_facts(&self, name: &str) {
        self.has_facts(name, &FACTS);
    }

    /// These facts are those of a run without trouble.
    #[track_caller]
    pub fn has_facts(&self, name: &str, facts: &[&str]) {
        for fact in facts {
            let (made, wanted) = (&self.report[*fact], &untroubled().report[*fact]);
            assert_eq!(made, wanted, "{name}: {fact}\n{}", self.run.err);
        }
    }

    /// Nothing is said that a run without trouble does not say.
    #[track_caller]
    pub fn says_no_more(&self, name: &str) {
        assert_eq!(self.gaps(), untroubled().gaps(), "{name}\n{}", self.run.err);
    }
}

/// The same finding without any trouble.
pub fn untroubled() -> &'static Investigated {
    static UNTROUBLED: OnceLock<Investigated> = OnceLock::new();
    UNTROUBLED.get_or_init(|| Investigated::with(&[], |_| {}))
}
