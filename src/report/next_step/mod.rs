//! What to do, in the order of the page: contain, preserve, eradicate, verify.
//!
//! Steps are chosen by what was found and by nothing else. A phase is one file; a step is one
//! function there that looks at the [`Scene`] and adds what applies. Commands are never executed
//! by casefile, and what a record holds reaches them through `word` alone.

mod command;
mod contain;
mod eradicate;
mod preserve;
mod verify;
mod word;

use std::collections::BTreeMap;

use command::{Command, Piece};

use super::{
    digest,
    scene::{Function, Scene},
    text::{Citations, Text},
    view::{NextStep, Report},
};

/// A phase: its word, its heading, what is said where it has no step, and what adds its steps.
struct Phase {
    name: &'static str,
    title: &'static str,
    none: &'static str,
    add: fn(&Scene<'_, '_>, &mut Steps),
}

/// The phases, in the order of the page.
static PHASES: &[Phase] = &[
    Phase {
        name: "contain",
        title: "Contain",
        none: "Nothing to contain follows from the records.",
        add: contain::steps,
    },
    Phase {
        name: "preserve",
        title: "Preserve",
        none: "Nothing to save follows from the records.",
        add: preserve::steps,
    },
    Phase {
        name: "eradicate",
        title: "Eradicate",
        none: "Nothing to take away follows from the records.",
        add: eradicate::steps,
    },
    Phase {
        name: "verify",
        title: "Verify",
        none: "Nothing to check follows from the records.",
        add: verify::steps,
    },
];

/// The steps for what was found.
pub fn next_steps(scene: &Scene<'_, '_>) -> Vec<NextStep> {
    let mut steps = Steps { phase: "", all: Vec::new(), left: BTreeMap::new() };
    for phase in PHASES {
        steps.phase = phase.name;
        (phase.add)(scene, &mut steps);
        steps.tell_left();
    }
    steps.all
}

/// The steps of one phase.
pub struct StepPhase<'r> {
    /// Its heading.
    pub title: &'static str,
    /// What is said where no step is.
    pub none: &'static str,
    /// The steps, in order.
    pub steps: Vec<&'r NextStep>,
}

impl Report {
    /// The one or two steps to do first.
    pub fn first_steps(&self) -> Vec<&NextStep> {
        self.next_steps.iter().filter(|step| step.first).collect()
    }

    /// The next steps, phase by phase.
    pub fn phases(&self) -> Vec<StepPhase<'_>> {
        let phase = |phase: &Phase| StepPhase {
            title: phase.title,
            none: phase.none,
            steps: self.next_steps.iter().filter(|step| step.phase == phase.name).collect(),
        };
        PHASES.iter().map(phase).collect()
    }
}

/// A step as a phase describes it.
struct Step<'a> {
    /// What tells it from the other steps of the phase.
    kind: &'static str,
    /// What tells it from others of its kind: an ARN, a key id.
    of: Option<&'a str>,
    /// An instruction of one or two sentences.
    text: String,
    /// The command.
    command: Option<Command>,
    /// What it does.
    effect: String,
    /// What it may break.
    risk: String,
    /// Whose agreement it needs.
    agreement: String,
    /// The step in a few words, when it is one of the one or two to do first.
    first: Option<String>,
    /// The records that it follows from.
    citations: Citations,
}

/// No more steps of one kind are listed.
const MOST: usize = 8;

/// The steps so far.
struct Steps {
    phase: &'static str,
    all: Vec<NextStep>,
    /// By kind, how many steps of the phase were left out, and what the first of them cites.
    left: BTreeMap<&'static str, (usize, Citations)>,
}

impl Steps {
    /// How many credentials are among the steps to do first already.
    fn first_credentials(&self) -> usize {
        let credential = |id: &str| {
            ["-key-", "-person-", "-session-", "-role-"].iter().any(|kind| id.contains(kind))
        };
        self.all.iter().filter(|step| step.first && credential(step.id.raw())).count()
    }

    /// Says how many steps of a kind were left out.
    fn tell_left(&mut self) {
        for (kind, (count, citations)) in std::mem::take(&mut self.left) {
            self.add(Step {
                kind: "more",
                of: Some(kind),
                text: format!(
                    "Do the same as in the last of the steps n-{}-{kind} for {count} more: only the first {MOST} of each kind are listed.",
                    self.phase
                ),
                command: None,
                effect: "As there.".to_owned(),
                risk: "As there.".to_owned(),
                agreement: "as there".to_owned(),
                first: None,
                citations,
            });
        }
    }

    fn add(&mut self, step: Step<'_>) {
        let mut text = step.text;
        for note in step.command.iter().flat_map(Command::notes) {
            text.push(' ');
            text.push_str(note);
        }
        let mut id = format!("n-{}-{}", self.phase, step.kind);
        if let Some(of) = step.of {
            id.push_str(&format!("-{}", digest(&[of])));
        }
        // A thing that is met twice has its step already.
        if self.all.iter().any(|known| known.id.raw() == id) {
            return;
        }
        let kind = format!("n-{}-{}-", self.phase, step.kind);
        let of_kind = self.all.iter().filter(|known| known.id.raw().starts_with(&kind)).count();
        if step.of.is_some() && of_kind >= MOST {
            self.left.entry(step.kind).or_insert((0, step.citations)).0 += 1;
            return;
        }
        self.all.push(NextStep {
            phase: self.phase,
            text: text.into(),
            command: step.command.map(|command| Text::from(command.line())),
            effect: step.effect.into(),
            risk: step.risk.into(),
            id: id.into(),
            agreement: step.agreement.into(),
            first: step.first.is_some(),
            brief: step.first.map(Text::from),
            citations: step.citations,
        });
    }
}

/// The function in a command: by its ARN, which holds account and Region, so that no other
/// function of that name is met; by its name where the ARN is not known.
fn named(function: &Function) -> Piece<'_> {
    match &function.arn {
        Some(arn) => Piece::Value(Some(arn), "FUNCTION_ARN"),
        None => Piece::Value(Some(&function.name), "FUNCTION_NAME"),
    }
}

/// A command of Lambda about the function.
fn lambda(scene: &Scene<'_, '_>, function: &Function, operation: &'static str) -> Command {
    aws(scene, "lambda", operation).option("--function-name", &[named(function)])
}

/// A command in the Region of the finding.
fn aws(scene: &Scene<'_, '_>, service: &'static str, operation: &'static str) -> Command {
    Command::aws(service, operation).value("--region", scene.region(), "REGION")
}

/// A command about the finding itself.
fn guardduty(scene: &Scene<'_, '_>, operation: &'static str) -> Command {
    let detector = scene.finding().arn.as_deref().and_then(|arn| {
        let (_, rest) = arn.split_once(":detector/")?;
        rest.split('/').next()
    });
    aws(scene, "guardduty", operation).value("--detector-id", detector, "DETECTOR_ID")
}

/// ` in account 111122223333`, where that is known.
fn in_account(account: Option<&str>) -> String {
    account.map_or_else(String::new, |account| format!(" in account {account}"))
}

/// The owner of the function.
fn owner(function: &Function) -> String {
    format!("the owner of {}", function.name)
}
