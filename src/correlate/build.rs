//! Builds the graph: the finding and its function first, then items, calls and who made them.

use serde_json::Value;

use super::{
    Correlation,
    graph::{Graph, NodeKind, NodeRef},
    link::{Confidence, Method},
    means::code_origin,
    state::{places_code, subject_items},
    verb::{names_in_full, verb},
};
use crate::{
    model::{Arn, Case, Event, Identity, Item, PrincipalKind, RecordId, Relation, Subject},
    resource::FunctionState,
};

/// The graph of a case whose provenance, changes and actors are worked out.
pub fn build(case: &Case, worked: &Correlation<'_>) -> Graph {
    let mut builder = Builder { graph: Graph::default(), case, worked, function: None };
    builder.finding();
    if let Some(subject) = &case.subject {
        builder.function(subject);
    }
    for item in &case.items {
        builder.item(&item.fact, item.relation);
    }
    for event in case.events.iter().filter(|event| !worked.copies.repeats(&event.fact)) {
        builder.call(&event.fact, event.relation);
    }
    builder.causes();
    builder.running();
    builder.graph
}

struct Builder<'b, 'a> {
    graph: Graph,
    case: &'a Case,
    worked: &'b Correlation<'a>,
    function: Option<NodeRef>,
}

impl Builder<'_, '_> {
    fn finding(&mut self) {
        let finding = &self.case.finding;
        let record = &finding.record;
        let node = self.graph.node(NodeKind::Finding, &finding.id, &finding.kind, finding.signal());
        let about = match &self.case.subject {
            Some(subject) => {
                let function =
                    self.graph.node(NodeKind::Function, &key(subject), &subject.name, None);
                self.function = Some(function);
                Some(function)
            }
            None => None,
        };
        if let Some(function) = about {
            self.graph.state(node, "is about", function, record);
        }
        for remote in &finding.remotes {
            let Some(host) = remote.ip.as_ref().or(remote.domain.as_ref()) else { continue };
            let address = self.graph.node(NodeKind::Address, host, host, None);
            let from = about.unwrap_or(node);
            let relation = if about.is_none() { "names" } else { finding.contact() };
            self.graph.state(from, relation, address, record);
            // Which of several addresses a list holds is not said.
            for list in finding.threat_lists.iter().filter_map(|list| list.name.as_ref()) {
                let list = self.graph.node(NodeKind::ThreatList, list, list, None);
                if finding.remotes.len() == 1 {
                    self.graph.state(list, "lists", address, record);
                } else {
                    self.graph.state(node, "names", list, record);
                }
            }
        }
    }

    fn function(&mut self, subject: &Subject) {
        let Some(function) = self.function else { return };
        let record = &self.case.finding.record;
        if let Some(version) = subject.published_version() {
            let key = format!("{}:{version}", key(subject));
            let label = format!("{} version {version}", subject.name);
            let node = self.graph.node(NodeKind::Version, &key, &label, None);
            self.graph.state(function, "has version", node, record);
        }
        let Some(details) = &self.case.finding.function else { return };
        if let Some(role) = &details.role {
            self.runs_as(function, "runs as", role, record);
        }
        if let Some(vpc) = &details.vpc {
            for id in vpc.id.iter().chain(&vpc.subnets).chain(&vpc.security_groups) {
                let network = self.graph.node(NodeKind::Network, id, id, None);
                self.graph.state(function, "is placed in", network, record);
            }
        }
    }

    fn runs_as(
        &mut self,
        function: NodeRef,
        relation: &'static str,
        role: &str,
        record: &RecordId,
    ) {
        let name = Arn::parse(role).map_or(role, |arn| arn.name());
        let role = self.graph.node(NodeKind::Role, name, name, None);
        self.graph.state(function, relation, role, record);
    }

    /// Whether the record is the last item that describes the function: what earlier ones show may
    /// be no longer so.
    fn is_latest(&self, record: &RecordId) -> bool {
        subject_items(self.case).last().is_some_and(|item| item.record == *record)
    }

    fn item(&mut self, item: &Item, relation: Relation) {
        let label = format!("{} {}", item.resource_type, item.name());
        let node = self.graph.node(
            NodeKind::ConfigurationItem,
            &item.record.0,
            &label,
            Some(item.captured),
        );
        let record = &item.record;
        let of = match item.resource_type.as_str() {
            "AWS::Lambda::Function" if relation == Relation::Subject => self.function,
            "AWS::IAM::Role" => {
                Some(self.graph.node(NodeKind::Role, item.name(), item.name(), None))
            }
            "AWS::CloudFormation::Stack" => {
                Some(self.graph.node(NodeKind::Stack, item.name(), item.name(), None))
            }
            kind if kind.starts_with("AWS::EC2::") => {
                Some(self.graph.node(NodeKind::Network, &item.resource_id, item.name(), None))
            }
            _ => None,
        };
        let Some(of) = of else { return };
        self.graph.state(of, "was recorded as", node, record);
        if Some(of) == self.function {
            let latest = self.is_latest(record);
            if let Some(state) = FunctionState::read(&item.configuration) {
                if let Some(role) = &state.role {
                    self.runs_as(of, if latest { "runs as" } else { "ran as" }, role, record);
                }
                if let Some(hash) = &state.code_sha256 {
                    let code = self.graph.node(NodeKind::Code, hash, hash, None);
                    self.graph.state(node, "shows", code, record);
                }
            }
            self.layers(of, if latest { "uses" } else { "used" }, &item.configuration, record);
            let placed = if latest { "is placed in" } else { "was placed in" };
            for pointer in ["/vpcConfig/subnetIds", "/vpcConfig/securityGroupIds"] {
                for id in texts(&item.configuration, pointer) {
                    let network = self.graph.node(NodeKind::Network, id, id, None);
                    self.graph.state(of, placed, network, record);
                }
            }
            if let Some(stack) =
                item.tags.get("aws:cloudformation:stack-name").and_then(Value::as_str)
            {
                let stack = self.graph.node(NodeKind::Stack, stack, stack, None);
                self.graph.state(stack, "manages", of, record);
            }
        }
        if item.resource_type == "AWS::IAM::Role" {
            let attached = item.configuration.get("attachedManagedPolicies");
            for policy in attached.and_then(Value::as_array).into_iter().flatten() {
                if let Some(arn) = policy.get("policyArn").and_then(Value::as_str) {
                    let policy = self.policy(arn);
                    self.graph.state(of, "has policy", policy, record);
                }
            }
        }
    }

    fn policy(&mut self, arn: &str) -> NodeRef {
        let name = Arn::parse(arn).map_or(arn, |arn| arn.name());
        self.graph.node(NodeKind::Policy, arn, name, None)
    }

    fn layers(
        &mut self,
        function: NodeRef,
        relation: &'static str,
        configuration: &Value,
        record: &RecordId,
    ) {
        let layers = configuration.get("layers").and_then(Value::as_array).into_iter().flatten();
        for layer in layers {
            if let Some(arn) = layer.as_str().or_else(|| layer.get("arn")?.as_str()) {
                let layer = self.graph.node(NodeKind::Layer, arn, arn, None);
                self.graph.state(function, relation, layer, record);
            }
        }
    }

    fn call(&mut self, event: &Event, relation: Relation) {
        let record = &event.record;
        let call = self.graph.node(NodeKind::Call, &record.0, &event.name, Some(event.time));
        self.maker(event, relation, call);
        if let Some(address) = event.source_ip.as_deref()
            && address.parse::<std::net::IpAddr>().is_ok()
        {
            let address = self.graph.node(NodeKind::Address, address, address, None);
            self.graph.state(call, "came from", address, record);
        }
        let names =
            || self.case.subject.as_ref().is_some_and(|subject| names_in_full(event, subject));
        if let (Some(function), Some(verb)) = (self.function, verb(event, relation, &names)) {
            self.graph.state(call, verb, function, record);
        }
        if event.error.is_none() {
            self.effects(event, relation, call);
        }
    }

    /// Who made the call: the function itself, a session, or a principal.
    fn maker(&mut self, event: &Event, relation: Relation, call: NodeRef) {
        let record = &event.record;
        if relation == Relation::ByFunction
            && let Some(function) = self.function
        {
            let (method, confidence) = match event.identity.scope {
                Some(_) => (None, Confidence::Exact),
                None => (Some(Method::FunctionSession), Confidence::Probable),
            };
            self.graph.link(function, "called", call, method, confidence, record, &[]);
            return;
        }
        let Some(actor) = self.worked.actors.who(event) else { return };
        let name = describe(&actor.principal.name, actor.principal.session.as_deref());
        let id = actor.arn.clone().unwrap_or_else(|| name.clone());
        let principal = self.graph.node(NodeKind::Principal, &id, &name, None);
        let maker = match session_key(&event.identity) {
            Some((key, label)) if actor.principal.kind != PrincipalKind::Service => {
                let session = self.graph.node(NodeKind::Session, &key, &label, None);
                self.graph.state(principal, "acted in", session, record);
                session
            }
            _ => principal,
        };
        self.graph.state(maker, "made", call, record);
        if let Some(key) = &event.identity.access_key {
            let key = self.graph.node(NodeKind::AccessKey, key, key, None);
            self.graph.state(maker, "used", key, record);
        }
        if let Some(start) = self.worked.sessions.chain(event).first()
            && maker != principal
        {
            let (method, confidence) = start.strength;
            let starter = self.graph.node(
                NodeKind::Call,
                &start.event.record.0,
                &start.event.name,
                Some(start.event.time),
            );
            let first = &start.event.record;
            self.graph.link(starter, "started", maker, Some(method), confidence, first, &[record]);
        }
    }

    /// What a successful call made, moved or handed out.
    fn effects(&mut self, event: &Event, relation: Relation, call: NodeRef) {
        let record = &event.record;
        if let Some(key) = event.answered("/accessKey/accessKeyId") {
            let key = self.graph.node(NodeKind::AccessKey, key, key, None);
            self.graph.state(call, "made key", key, record);
        }
        if relation == Relation::Role {
            let role = event
                .asked("/roleName")
                .or_else(|| event.asked("/roleArn").and_then(Arn::parse).map(|arn| arn.name()));
            if let Some(role) = role {
                let role = self.graph.node(NodeKind::Role, role, role, None);
                let verb = match event.action.as_str() {
                    _ if event.starts_session() => "assumed",
                    "CreateRole" => "created",
                    "DeleteRole" => "deleted",
                    _ => "changed",
                };
                self.graph.state(call, verb, role, record);
            }
            if let Some(arn) = event.asked("/policyArn") {
                let policy = self.policy(arn);
                self.graph.state(call, "named", policy, record);
            }
        }
        if relation == Relation::Stack
            && let Some(stack) = event.asked("/stackName")
        {
            let name = stack
                .split_once(":stack/")
                .map_or(stack, |(_, rest)| rest.split('/').next().unwrap_or(rest));
            let stack = self.graph.node(NodeKind::Stack, name, name, None);
            self.graph.state(call, "operated on", stack, record);
        }
        if relation == Relation::Trigger {
            let rule = event.asked("/rule").or_else(|| event.asked("/name"));
            if let (Some(rule), Some(function)) = (rule, self.function) {
                let rule = self.graph.node(NodeKind::Trigger, rule, rule, None);
                let sets_up =
                    ["Put", "Create", "Enable"].iter().any(|verb| event.action.starts_with(verb));
                self.graph.state(call, if sets_up { "set up" } else { "changed" }, rule, record);
                let subject = self.case.subject.as_ref();
                if event.action == "PutTargets"
                    && subject.is_some_and(|subject| names_in_full(event, subject))
                {
                    self.graph.state(rule, "invokes", function, record);
                }
            }
        }
        if relation == Relation::Subject && event.service() == "lambda" {
            if let Some(function) = self.function {
                self.layers(function, "used", &event.response, record);
            }
            if places_code(event) {
                self.code(event, call);
            }
        }
    }

    fn code(&mut self, event: &Event, call: NodeRef) {
        let record = &event.record;
        let hash = event.answered("/codeSha256");
        if let Some(hash) = hash {
            let code = self.graph.node(NodeKind::Code, hash, hash, None);
            self.graph.state(call, "put in place", code, record);
        }
        let origin = code_origin(event);
        let place = match (&origin.bucket, &origin.key, &origin.image_uri) {
            (Some(bucket), Some(key), _) => Some(format!("s3://{bucket}/{key}")),
            (_, _, Some(image)) => Some(image.clone()),
            _ => None,
        };
        if let Some(place) = place {
            let place = self.graph.node(NodeKind::Code, &place, &place, None);
            self.graph.state(call, "took code from", place, record);
        }
    }

    /// Which call led to which item.
    fn causes(&mut self) {
        for change in &self.worked.changes.all {
            let Some(cause) = change.cause else { continue };
            let (event, (method, confidence)) = (cause.event, cause.strength);
            let call =
                self.graph.node(NodeKind::Call, &event.record.0, &event.name, Some(event.time));
            let label = format!("{} {}", change.item.resource_type, change.item.name());
            let item = self.graph.node(
                NodeKind::ConfigurationItem,
                &change.item.record.0,
                &label,
                Some(change.item.captured),
            );
            let more = [&change.item.record];
            self.graph.link(call, "led to", item, Some(method), confidence, &event.record, &more);
        }
    }

    /// The code that ran.
    fn running(&mut self) {
        let Some(function) = self.function else { return };
        let provenance = &self.worked.provenance;
        if let Some((hash, record)) = &provenance.code {
            let code = self.graph.node(NodeKind::Code, hash, hash, None);
            let (method, confidence) = provenance
                .running
                .as_ref()
                .map_or((Method::Time, Confidence::Probable), |running| {
                    (running.method.unwrap_or(Method::Time), running.confidence)
                });
            let finding = &self.case.finding.record;
            self.graph.link(function, "ran", code, Some(method), confidence, record, &[finding]);
        }
    }
}

fn key(subject: &Subject) -> String {
    subject.arn("aws").unwrap_or_else(|| subject.name.clone())
}

fn describe(name: &str, session: Option<&str>) -> String {
    session.map_or_else(|| name.to_owned(), |session| format!("{session} ({name})"))
}

/// A session is told by its ARN and its beginning, which its access key stands for.
fn session_key(identity: &Identity) -> Option<(String, String)> {
    let name = identity.session_name()?;
    let arn = identity.arn.as_deref().unwrap_or(name);
    let begun = identity.session_created.map(|time| time.to_string());
    let begun = begun.or_else(|| identity.access_key.clone()).unwrap_or_default();
    Some((format!("{arn} {begun}"), format!("session {name}")))
}

fn texts<'v>(value: &'v Value, pointer: &str) -> impl Iterator<Item = &'v str> {
    let list = value.pointer(pointer).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str)
}
