//! The plan: which records belong to a case, found outward from the finding.
//!
//! A [`Question`] says what is asked; [`Question::admits_event`] and [`Question::admits_item`] say
//! which records answer it, and [`Question::raised_by_event`] and [`Question::raised_by_item`]
//! what an answer makes one ask next. Whoever has the records (saved files, or AWS itself) answers
//! the same questions, so that both find the same case.

mod answer;
mod follow;
mod search;

pub use answer::names_function;
pub use search::{LONGEST_KEY, Search, is_of_word};

use crate::model::{Finding, Principal, Relation, Subject, Time};
use follow::role_questions;

/// One thing to ask of the evidence.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Question {
    /// What was done to the function, and what did AWS Config record of it?
    Function(Subject),
    /// What names the function in order to invoke it?
    Trigger(Subject),
    /// The `EventBridge` rule of that name.
    Rule(String),
    /// What was done to the role, and what was recorded of it?
    Role {
        /// The account, when known.
        account: Option<String>,
        /// The role's name without its path.
        name: String,
    },
    /// The managed policy of that ARN.
    Policy(String),
    /// What did the function itself call, through that role?
    ByFunction {
        /// The function.
        subject: Subject,
        /// The role's name.
        role: String,
    },
    /// Who put the code there?
    CodeObject {
        /// S3 bucket.
        bucket: String,
        /// S3 key; `None` for the bucket itself.
        key: Option<String>,
    },
    /// The layer of that ARN, without its version.
    Layer(String),
    /// The ECR repository of that name.
    Image(String),
    /// The subnet, security group or VPC of that id.
    Network(String),
    /// The `CloudFormation` stack of that name.
    Stack(String),
    /// The stack operation behind a call that `CloudFormation` made between these moments.
    StackOperation {
        /// The access key of the call, or the ARN of the role whose session made it.
        by: String,
        /// From when.
        from: Time,
        /// Until when.
        to: Time,
    },
    /// Who made this access key, or started the session that it belongs to?
    Key(String),
    /// Who started the session of that ARN, or signed in to it, between these moments?
    Session {
        /// `arn:aws:sts::…:assumed-role/role/session`, or that of a user.
        arn: String,
        /// From when.
        from: Time,
        /// Until when.
        to: Time,
    },
    /// What else did this principal do between these moments?
    Actor {
        /// Who; of a role only the session that is named.
        principal: Principal,
        /// From when.
        from: Time,
        /// Until when.
        to: Time,
    },
}

impl Question {
    /// What a finding about a function makes one ask first.
    pub fn first(finding: &Finding, subject: &Subject) -> Vec<Self> {
        let mut questions = vec![Self::Function(subject.clone()), Self::Trigger(subject.clone())];
        if let Some(function) = &finding.function {
            questions.extend(
                function
                    .role
                    .as_deref()
                    .map(|role| role_questions(role, subject))
                    .into_iter()
                    .flatten(),
            );
            if let Some(vpc) = &function.vpc {
                let ids = vpc.id.iter().chain(&vpc.subnets).chain(&vpc.security_groups);
                questions.extend(ids.cloned().map(Self::Network));
            }
            if let Some(stack) = function.tags.get("aws:cloudformation:stack-name") {
                questions.push(Self::Stack(stack.clone()));
            }
        }
        questions
    }

    /// Why a record that answers this question belongs to the case.
    pub fn relation(&self) -> Relation {
        match self {
            Self::Function(_) => Relation::Subject,
            Self::Trigger(_) | Self::Rule(_) => Relation::Trigger,
            Self::Role { .. } | Self::Policy(_) => Relation::Role,
            Self::ByFunction { .. } => Relation::ByFunction,
            Self::CodeObject { .. } | Self::Layer(_) | Self::Image(_) => Relation::Code,
            Self::Network(_) => Relation::Network,
            Self::Stack(_) => Relation::Stack,
            // A role may serve many stacks: the operation explains the session, and is not sure to
            // be about the function's stack.
            Self::StackOperation { .. } | Self::Key(_) | Self::Session { .. } => Relation::Session,
            Self::Actor { .. } => Relation::Actor,
        }
    }

    /// Both questions as one, where they differ in their windows alone and these touch; `other`
    /// begins no earlier.
    pub fn joined(&self, other: &Self) -> Option<Self> {
        let mut joined = self.clone();
        match (&mut joined, other) {
            (Self::Session { arn, from, to }, Self::Session { arn: same, from: next, to: end })
            | (
                Self::StackOperation { by: arn, from, to },
                Self::StackOperation { by: same, from: next, to: end },
            ) if arn == same && (*from..=*to).contains(next) => *to = *end.max(to),
            (
                Self::Actor { principal, from, to },
                Self::Actor { principal: same, from: next, to: end },
            ) if principal == same && (*from..=*to).contains(next) => *to = *end.max(to),
            _ => return None,
        }
        Some(joined)
    }
}
