//! Which records answer a question.

use serde_json::Value;

use super::Question;
use crate::{
    model::{Arn, Event, Item, Principal, Subject},
    resource::FunctionRef,
};

/// Services whose calls name a function in order to have it invoked.
const TRIGGERS: &[&str] = &[
    "events",
    "scheduler",
    "s3",
    "sns",
    "sqs",
    "apigateway",
    "cognito-idp",
    "iot",
    "ses",
    "logs",
    "states",
    "elasticloadbalancing",
    "pipes",
    "dynamodb",
    "kinesis",
    "config",
    "secretsmanager",
];

impl Question {
    /// Whether the event answers the question.
    pub fn admits_event(&self, event: &Event) -> bool {
        match self {
            Self::Function(subject) => {
                names_function(event, subject)
                    && !(TRIGGERS.contains(&event.service()) && event.service() != "lambda")
            }
            Self::Trigger(subject) => {
                event.service() != "lambda"
                    && TRIGGERS.contains(&event.service())
                    && names_function(event, subject)
            }
            Self::Rule(name) => {
                event.service() == "events"
                    && event.writes()
                    && (event.asked("/name") == Some(name) || event.asked("/rule") == Some(name))
            }
            Self::Role { account, name } => concerns_role(event, account.as_deref(), name),
            Self::Policy(arn) => {
                event.service() == "iam"
                    && event.writes()
                    && (event.asked("/policyArn") == Some(arn)
                        || event.answered("/policy/arn") == Some(arn))
            }
            Self::ByFunction { subject, role } => {
                Principal::is_function(&event.identity, subject, role)
            }
            Self::CodeObject { bucket, key } => {
                event.service() == "s3"
                    && event.writes()
                    && event.asked("/bucketName") == Some(bucket)
                    && key.is_some()
                    && event.asked("/key") == key.as_deref()
            }
            Self::Layer(arn) => {
                event.service() == "lambda"
                    && event.action.contains("LayerVersion")
                    && event.writes()
                    && names_layer(event, arn)
            }
            Self::Image(repository) => {
                event.service() == "ecr"
                    && event.writes()
                    && event.asked("/repositoryName") == Some(repository)
            }
            Self::Network(id) => {
                event.service() == "ec2"
                    && event.writes()
                    && concerns_network(&event.action)
                    && holds_text(&event.request, id, 8)
            }
            Self::Stack(stack) => {
                event.service() == "cloudformation"
                    && event.writes()
                    && event.asked("/stackName").is_some_and(|asked| stack_name(asked) == stack)
            }
            Self::StackOperation { by, from, to } => {
                (*from..=*to).contains(&event.time)
                    && event.service() == "cloudformation"
                    && event.writes()
                    && (event.identity.access_key.as_ref() == Some(by)
                        || event.asked("/roleARN") == Some(by))
            }
            Self::Key(key) => {
                event.answered("/credentials/accessKeyId") == Some(key)
                    || event.answered("/accessKey/accessKeyId") == Some(key)
                    || event.service() == "iam"
                        && event.writes()
                        && event.asked("/accessKeyId") == Some(key)
            }
            Self::Session { arn, from, to } => {
                let starts = || {
                    event.service() == "sts"
                        && ["/assumedRoleUser/arn", "/federatedUser/arn"]
                            .iter()
                            .any(|pointer| event.answered(pointer) == Some(arn))
                };
                let signs_in = || {
                    event.service() == "signin"
                        && event.action == "ConsoleLogin"
                        && event.identity.arn.as_ref() == Some(arn)
                };
                (*from..=*to).contains(&event.time) && (starts() || signs_in())
            }
            Self::Actor { principal, from, to } => {
                (*from..=*to).contains(&event.time) && principal.covers(&event.identity)
            }
        }
    }

    /// Whether the configuration item answers the question.
    pub fn admits_item(&self, item: &Item) -> bool {
        let named = |kind: &str, name: &str| {
            item.resource_type == kind
                && (item.name() == name
                    || item.resource_id == name
                    || item.arn.as_deref() == Some(name))
        };
        match self {
            Self::Function(subject) => is_item_of(item, subject),
            Self::Role { account, name } => {
                named("AWS::IAM::Role", name) && agree(item.account.as_deref(), account.as_deref())
            }
            Self::Policy(arn) => named("AWS::IAM::Policy", arn),
            Self::CodeObject { bucket, key: None } => named("AWS::S3::Bucket", bucket),
            Self::Network(id) => {
                item.resource_id == *id && item.resource_type.starts_with("AWS::EC2::")
            }
            Self::Stack(stack) => {
                item.resource_type == "AWS::CloudFormation::Stack"
                    && (item.name() == stack || stack_name(&item.resource_id) == stack)
            }
            Self::Rule(name) => named("AWS::Events::Rule", name),
            _ => false,
        }
    }

    /// Whether Lambda took the role for another function that has the same one.
    pub fn is_for_another_function(event: &Event, subject: &Subject) -> bool {
        event.starts_session()
            && event.identity.invoked_by.as_deref() == Some("lambda.amazonaws.com")
            && event.asked("/roleSessionName").is_some_and(|session| {
                session != subject.name && !session.starts_with("awslambda_")
            })
    }
}

/// Whether the call names the function: as its parameter in any spelling, in its answer, among the
/// resources touched, or by its ARN anywhere in parameters or error message.
///
/// The same name in another account or region is another function.
pub fn names_function(event: &Event, subject: &Subject) -> bool {
    let wanted = FunctionRef {
        account: subject.account.clone(),
        region: subject.region.clone(),
        name: subject.name.clone(),
        qualifier: None,
    };
    let is_it = |found: &FunctionRef| {
        let mut found = found.clone();
        // A bare name means the function of the account and region that were called.
        found.account = found.account.or_else(|| event.account.clone());
        found.region = found.region.or_else(|| event.region.clone());
        wanted.same_function(&found)
    };
    if event.service() == "lambda" {
        for pointer in ["/functionName", "/resource"] {
            if let Some(asked) = event.asked(pointer).and_then(FunctionRef::parse) {
                return is_it(&asked);
            }
        }
        if let Some(answered) = event.answered("/functionArn").and_then(FunctionRef::parse) {
            return is_it(&answered);
        }
    }
    let message = event.error.as_ref().and_then(|error| error.message.as_deref());
    event
        .touched
        .iter()
        .filter_map(|touched| touched.arn.as_deref())
        .chain(message)
        .any(|text| FunctionRef::mentioned_in(text).iter().any(is_it))
        || mentions(&event.request, &is_it, 16)
}

fn mentions(value: &Value, is_it: &dyn Fn(&FunctionRef) -> bool, depth: usize) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    match value {
        Value::String(text) => {
            text.contains(":function:") && FunctionRef::mentioned_in(text).iter().any(is_it)
        }
        Value::Array(elements) => elements.iter().any(|element| mentions(element, is_it, depth)),
        Value::Object(members) => members.values().any(|member| mentions(member, is_it, depth)),
        _ => false,
    }
}

/// Whether the item is about the function.
fn is_item_of(item: &Item, subject: &Subject) -> bool {
    item.resource_type == "AWS::Lambda::Function"
        && item.name() == subject.name
        && agree(item.account.as_deref(), subject.account.as_deref())
        && agree(item.region.as_deref(), subject.region.as_deref())
}

/// Equal wherever both are known.
fn agree(one: Option<&str>, other: Option<&str>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one == other,
        _ => true,
    }
}

fn concerns_role(event: &Event, account: Option<&str>, name: &str) -> bool {
    let is_it = |arn: &str| {
        Arn::parse(arn).is_some_and(|arn| {
            arn.service == "iam"
                && arn.kind() == "role"
                && arn.name() == name
                && agree(Some(arn.account), account)
        })
    };
    match event.service() {
        "iam" => {
            event.writes()
                && agree(event.account.as_deref(), account)
                && (event.asked("/roleName") == Some(name) || was_refused_role(event, name, &is_it))
        }
        "sts" => {
            event.asked("/roleArn").is_some_and(is_it)
                || event.touched.iter().filter_map(|touched| touched.arn.as_deref()).any(is_it)
        }
        _ => false,
    }
}

/// A refused call may name its role in the error message alone: `… on resource: role x because …`.
fn was_refused_role(event: &Event, name: &str, is_it: &dyn Fn(&str) -> bool) -> bool {
    let message = event.error.as_ref().and_then(|error| error.message.as_deref());
    let on = message.and_then(|message| message.split_once("on resource: "));
    on.is_some_and(|(_, on)| {
        let mut words = on.split_whitespace();
        match words.next() {
            Some("role") => words.next() == Some(name),
            Some(word) => is_it(word),
            None => false,
        }
    })
}

/// Whether the call names the layer: by its ARN, or by its name in its own account and region.
fn names_layer(event: &Event, arn: &str) -> bool {
    if let Some(answered) = event.answered("/layerArn") {
        return answered == arn;
    }
    let Some(asked) = event.asked("/layerName") else { return false };
    asked == arn
        || Arn::parse(arn).is_some_and(|arn| {
            asked == arn.name()
                && agree(event.account.as_deref(), Some(arn.account))
                && agree(event.region.as_deref(), Some(arn.region))
        })
}

/// Whether the action is about a network itself, and not about what is placed in it.
fn concerns_network(action: &str) -> bool {
    ["SecurityGroup", "Subnet", "Vpc", "Route", "NetworkAcl", "Gateway", "FlowLogs"]
        .iter()
        .any(|noun| action.contains(noun))
}

/// A stack's name, from its name or its ARN.
fn stack_name(text: &str) -> &str {
    match text.split_once(":stack/") {
        Some((_, rest)) => rest.split('/').next().unwrap_or(rest),
        None => text,
    }
}

fn holds_text(value: &Value, wanted: &str, depth: usize) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    match value {
        Value::String(text) => text == wanted,
        Value::Array(elements) => elements.iter().any(|e| holds_text(e, wanted, depth)),
        Value::Object(members) => members.values().any(|m| holds_text(m, wanted, depth)),
        _ => false,
    }
}
