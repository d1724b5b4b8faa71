//! What an answer makes one ask next.

use serde_json::Value;

use super::Question;
use crate::model::{
    Arn, Event, Identity, IdentityKind, Item, Outcome, Principal, PrincipalKind, Relation, Subject,
};

/// A session is created within seconds of the call or sign-in that starts it.
const STARTING: i64 = 60;

impl Question {
    /// What to ask after an event has answered: its actors and what it names.
    ///
    /// `around` is how many seconds before and after an actor's change its other calls matter.
    pub fn raised_by_event(
        event: &Event,
        relation: Relation,
        subject: &Subject,
        around: i64,
    ) -> Vec<Self> {
        let mut questions = Vec::new();
        let about = matches!(
            relation,
            Relation::Subject
                | Relation::Role
                | Relation::Code
                | Relation::Trigger
                | Relation::Stack
        );
        let invokes = event.service() == "lambda" && event.action.starts_with("Invoke");
        let touches = event.writes() || event.outcome() != Outcome::Ok || event.starts_session();
        let changes = about && touches && !invokes;
        if relation == Relation::Subject && event.error.is_none() && event.writes() && !invokes {
            named_by_function_call(event, subject, &mut questions);
        }
        if relation == Relation::Trigger && event.error.is_none() {
            questions.extend(event.asked("/rule").map(|rule| Self::Rule(rule.to_owned())));
        }
        if changes || relation == Relation::Session {
            whose_session(event, &mut questions);
        }
        // Behind a session or a key stands whoever started or made it.
        let behind = relation == Relation::Session && is_somebody(&event.identity);
        if changes || behind {
            questions.extend(followed(&event.identity).map(|principal| Self::Actor {
                principal,
                from: event.time.plus_seconds(-around),
                to: event.time.plus_seconds(around),
            }));
        }
        // Somebody who takes the function's role acts as the function might.
        if relation == Relation::Role
            && event.error.is_none()
            && event.identity.kind != IdentityKind::Service
            && let Some(session) = event.answered("/assumedRoleUser/arn")
        {
            questions.extend(session_of(session).map(|principal| Self::Actor {
                principal,
                from: event.time,
                to: event.time.plus_seconds(around),
            }));
        }
        questions
    }

    /// What to ask after a configuration item has answered.
    pub fn raised_by_item(item: &Item, subject: &Subject) -> Vec<Self> {
        let mut questions = Vec::new();
        match item.resource_type.as_str() {
            "AWS::Lambda::Function" => {
                named_by_configuration(&item.configuration, subject, &mut questions);
                let stack = item.tags.get("aws:cloudformation:stack-name").and_then(Value::as_str);
                questions.extend(stack.map(|stack| Self::Stack(stack.to_owned())));
            }
            "AWS::IAM::Role" => {
                let policies = item.configuration.get("attachedManagedPolicies");
                for policy in policies.and_then(Value::as_array).into_iter().flatten() {
                    let arn = policy.get("policyArn").and_then(Value::as_str);
                    // What AWS manages is the same for everybody.
                    if let Some(arn) = arn.filter(|arn| !arn.contains(":iam::aws:")) {
                        questions.push(Self::Policy(arn.to_owned()));
                    }
                }
            }
            _ => {}
        }
        questions
    }
}

/// The principal whose other calls matter: of a role, only the session that made this one.
fn followed(identity: &Identity) -> Option<Principal> {
    let mut principal = Principal::of(identity);
    if matches!(principal.kind, PrincipalKind::Service | PrincipalKind::Unknown) {
        return None;
    }
    if principal.kind == PrincipalKind::Role {
        principal.session = identity.session_name().map(str::to_owned);
    }
    Some(principal)
}

/// The session of that ARN.
fn session_of(arn: &str) -> Option<Principal> {
    let mut principal = Principal::of_arn(arn)?;
    principal.session = principal.session.or_else(|| Some(arn.rsplit('/').next()?.to_owned()));
    Some(principal)
}

/// Whether the identity is a human or a machine, and no role, account or service.
fn is_somebody(identity: &Identity) -> bool {
    matches!(
        Principal::of(identity).kind,
        PrincipalKind::User | PrincipalKind::Root | PrincipalKind::Federated
    )
}

pub fn role_questions(role: &str, subject: &Subject) -> Vec<Question> {
    let arn = Arn::parse(role);
    let name = arn.as_ref().map_or(role, Arn::name).to_owned();
    let account = arn.map(|arn| arn.account.to_owned()).or_else(|| subject.account.clone());
    vec![
        Question::Role { account, name: name.clone() },
        Question::ByFunction { subject: subject.clone(), role: name },
    ]
}

/// What the configuration of a function names: in an item, in a call's answer or its parameters.
fn named_by_configuration(configuration: &Value, subject: &Subject, questions: &mut Vec<Question>) {
    let text = |pointer: &str| configuration.pointer(pointer).and_then(Value::as_str);
    if let Some(role) = text("/role").filter(|role| !role.is_empty()) {
        questions.extend(role_questions(role, subject));
    }
    let texts = |pointer: &str| {
        let list = configuration.pointer(pointer).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_str).collect::<Vec<_>>()
    };
    for pointer in ["/vpcConfig/subnetIds", "/vpcConfig/securityGroupIds"] {
        questions.extend(texts(pointer).into_iter().map(|id| Question::Network(id.to_owned())));
    }
    questions.extend(
        text("/vpcConfig/vpcId")
            .filter(|id| !id.is_empty())
            .map(|id| Question::Network(id.to_owned())),
    );
    let layers = configuration.get("layers").and_then(Value::as_array).into_iter().flatten();
    for layer in layers {
        let arn = layer.as_str().or_else(|| layer.get("arn")?.as_str());
        if let Some((arn, _version)) = arn.and_then(|arn| arn.rsplit_once(':')) {
            questions.push(Question::Layer(arn.to_owned()));
        }
    }
    for pointer in ["/code/imageUri", "/imageUri"] {
        if let Some(uri) = text(pointer) {
            questions.extend(repository(uri).map(|name| Question::Image(name.to_owned())));
        }
    }
}

/// The repository's name in `<account>.dkr.ecr.<region>.amazonaws.com/<name>:<tag>`.
fn repository(image_uri: &str) -> Option<&str> {
    let (_, path) = image_uri.split_once('/')?;
    path.split(['@', ':']).next().filter(|name| !name.is_empty())
}

fn named_by_function_call(event: &Event, subject: &Subject, questions: &mut Vec<Question>) {
    named_by_configuration(&event.request, subject, questions);
    named_by_configuration(&event.response, subject, questions);
    for (bucket, key) in [("/code/s3Bucket", "/code/s3Key"), ("/s3Bucket", "/s3Key")] {
        if let Some(bucket) = event.asked(bucket) {
            let bucket = bucket.to_owned();
            questions.push(Question::CodeObject { bucket: bucket.clone(), key: None });
            let key = event.asked(key).map(str::to_owned);
            questions.push(Question::CodeObject { bucket, key });
        }
    }
    if let Some(tags) = event.request.get("tags").and_then(Value::as_object) {
        let stack = tags.get("aws:cloudformation:stack-name").and_then(Value::as_str);
        questions.extend(stack.map(|stack| Question::Stack(stack.to_owned())));
    }
    if event.identity.invoked_by.as_deref() == Some("cloudformation.amazonaws.com") {
        let role = event.identity.issuer.as_ref().and_then(|issuer| issuer.arn.clone());
        for by in event.identity.access_key.iter().cloned().chain(role) {
            let from = event.time.plus_seconds(-Event::STACK_OPERATION);
            questions.push(Question::StackOperation { by, from, to: event.time.plus_seconds(1) });
        }
    }
    if let Some(source) = event.asked("/sourceArn").and_then(Arn::parse)
        && source.service == "events"
        && source.kind() == "rule"
    {
        questions.push(Question::Rule(source.name().to_owned()));
    }
}

/// How the session or key behind a call came to be.
fn whose_session(event: &Event, questions: &mut Vec<Question>) {
    let identity = &event.identity;
    if let Some(key) = &identity.access_key {
        questions.push(Question::Key(key.clone()));
    }
    // The session of a role is begun by a call; that of a user, by a sign-in.
    let (from, to) = match (&identity.kind, identity.session_created) {
        (
            IdentityKind::AssumedRole
            | IdentityKind::IamUser
            | IdentityKind::Root
            | IdentityKind::FederatedUser,
            Some(created),
        ) => (created.plus_seconds(-STARTING), created.plus_seconds(STARTING)),
        (IdentityKind::AssumedRole, None) => {
            (event.time.plus_seconds(-Identity::LONGEST_SESSION), event.time)
        }
        _ => return,
    };
    questions.extend(identity.arn.iter().cloned().map(|arn| Question::Session { arn, from, to }));
}
