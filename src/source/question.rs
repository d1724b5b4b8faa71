//! The plan: which records belong to a case, found outward from the finding.
//!
//! A [`Question`] says what is asked; [`Question::admits_event`] and [`Question::admits_item`] say
//! which records answer it, and [`Question::raised_by_event`] and [`Question::raised_by_item`]
//! what an answer makes one ask next. Whoever has the records (saved files, or AWS itself) answers
//! the same questions, so that both find the same case.

use serde_json::Value;

use crate::{
    model::{
        Arn, Event, Finding, Identity, IdentityKind, Item, Outcome, Principal, PrincipalKind,
        Relation, Subject, Time,
    },
    resource::FunctionRef,
};

/// Sessions last at most twelve hours, so a session's beginning lies no further back.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use.html>
const LONGEST_SESSION: i64 = 12 * 3600;

/// A session is created within seconds of the call or sign-in that starts it.
const STARTING: i64 = 60;

/// How long before a resource's call the stack operation behind it is looked for.
const STACK_OPERATION: i64 = 3600;

/// Services whose calls name a function in order to have it invoked.
const TRIGGERS: &[&str] = &[
    "events", "scheduler", "s3", "sns", "sqs", "apigateway", "cognito-idp", "iot", "ses", "logs",
    "states", "elasticloadbalancing", "pipes", "dynamodb", "kinesis", "config", "secretsmanager",
];

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
            questions.extend(function.role.as_deref().map(|role| role_questions(role, subject)).into_iter().flatten());
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
            Self::ByFunction { subject, role } => function_made(event, subject, role),
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
                    event.service() == "sts" && event.answered("/assumedRoleUser/arn") == Some(arn)
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
                && (item.name() == name || item.resource_id == name || item.arn.as_deref() == Some(name))
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
            Relation::Subject | Relation::Role | Relation::Code | Relation::Trigger | Relation::Stack
        );
        let invokes = event.service() == "lambda" && event.action.starts_with("Invoke");
        let touches =
            event.writes() || event.outcome() != Outcome::Ok || event.starts_session();
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

    /// Whether Lambda took the role for another function that has the same one.
    pub fn is_for_another_function(event: &Event, subject: &Subject) -> bool {
        event.starts_session()
            && event.identity.invoked_by.as_deref() == Some("lambda.amazonaws.com")
            && event.asked("/roleSessionName").is_some_and(|session| {
                session != subject.name && !session.starts_with("awslambda_")
            })
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

/// Whether the function itself made the call.
pub fn function_made(event: &Event, subject: &Subject, role: &str) -> bool {
    Principal::is_function(&event.identity, subject, role)
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

fn role_questions(role: &str, subject: &Subject) -> Vec<Question> {
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
        text("/vpcConfig/vpcId").filter(|id| !id.is_empty()).map(|id| Question::Network(id.to_owned())),
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
            let from = event.time.plus_seconds(-STACK_OPERATION);
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
        (IdentityKind::AssumedRole | IdentityKind::IamUser | IdentityKind::Root, Some(created)) => {
            (created.plus_seconds(-STARTING), created.plus_seconds(STARTING))
        }
        (IdentityKind::AssumedRole, None) => {
            (event.time.plus_seconds(-LONGEST_SESSION), event.time)
        }
        _ => return,
    };
    questions.extend(identity.arn.iter().cloned().map(|arn| Question::Session { arn, from, to }));
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
