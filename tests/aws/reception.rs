//! What happens to a request: who sent it, whether it may pass, what goes wrong, who answers.

use std::{
    collections::BTreeMap,
    sync::Mutex,
    time::{Duration, Instant},
};

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{
    answer::Envelope,
    athena,
    call::{Call, Protocol},
    cloudtrail, config_history,
    fault::{Fault, Faults},
    guardduty, held,
    http::{Request, Response},
    rate::Rate,
    recorder,
    refusal::Refusal,
    resources,
    server::{Delivery, Manner},
    sts,
    world::World,
};

/// A request that was seen, and its answer.
#[derive(Clone, Debug)]
pub struct Seen {
    /// When all of it had arrived.
    pub arrived: Instant,
    /// Service, operation, Region, caller and parameters.
    pub call: Call,
    /// The status of the answer. `None` when there is none, by a fault.
    pub status: Option<u16>,
    /// The request id of the answer.
    pub request_id: String,
    /// The bytes of the answer's body, as far as they are sent.
    pub body: Vec<u8>,
}

/// What all connections share.
pub(super) struct Reception {
    /// What there is.
    pub world: Mutex<World>,
    /// What goes wrong.
    pub faults: Mutex<Faults>,
    /// The limit of the look-ups.
    pub rate: Mutex<Rate>,
    /// What was seen, in the order of arrival.
    pub seen: Mutex<Vec<Seen>>,
    /// What was asked for and does not exist here.
    pub unknown: Mutex<Vec<String>>,
    /// How long every answer takes.
    pub latency: Mutex<Duration>,
    counts: Mutex<BTreeMap<String, usize>>,
}

impl Reception {
    pub fn new(world: World) -> Self {
        Self {
            world: Mutex::new(world),
            faults: Mutex::default(),
            rate: Mutex::default(),
            seen: Mutex::default(),
            unknown: Mutex::default(),
            latency: Mutex::default(),
            counts: Mutex::default(),
        }
    }

    /// Answers a request.
    pub fn receive(&self, request: &Request, arrived: Instant) -> Delivery {
        let mut call = Call::read(request);
        if let Some(principal) = held(&self.world).principal(&call) {
            call.account.clone_from(&principal.account);
            call.caller.clone_from(&principal.arn);
        }
        call.nth = self.count(&call.operation);
        let (index, request_id) = self.note(arrived, &call);

        let passed = self.passes(&call, arrived);
        let fault = match &passed {
            Ok(()) => held(&self.faults).of(&call),
            Err(_) => None,
        };
        let ahead = if let Some(Fault::Skew(ahead)) = fault.as_deref() { *ahead } else { 0 };
        let envelope = Envelope { call: &call, request_id: &request_id, ahead };
        let fault = fault.as_deref();
        let refusal = passed.err().or_else(|| fault?.refusal(&call));
        let response = match refusal {
            Some(refusal) => envelope.refused(&refusal),
            None => self.answer(&envelope, fault),
        };
        let manner = match fault {
            Some(Fault::CutBody) => Manner::Cut,
            Some(Fault::Reset) => Manner::Never(Duration::ZERO),
            Some(Fault::Hang(time)) => Manner::Never(*time),
            Some(Fault::Slow(time)) => Manner::Slow(*time),
            _ => Manner::Whole,
        };
        self.note_answer(index, &response, manner);
        Delivery { response, manner, after: *held(&self.latency) }
    }

    /// Whether a call gets as far as the service itself.
    fn passes(&self, call: &Call, arrived: Instant) -> Result<(), Refusal> {
        let Call { protocol, service, operation, region, .. } = call;
        if !OPERATIONS.contains(&(service.as_str(), operation.as_str())) {
            held(&self.unknown).push(format!("{service}: {operation}"));
            let refusal = Refusal::new("UnknownOperationException", "");
            return Err(if *protocol == Protocol::AwsJson { refusal } else { refusal.status(404) });
        }
        if call.access_key.is_empty() {
            let code = match protocol {
                Protocol::Query => "MissingAuthenticationToken",
                _ => "MissingAuthenticationTokenException",
            };
            return Err(Refusal::new(code, "Missing Authentication Token").status(403));
        }
        if call.signed_for != *service {
            let message = format!("Credential should be scoped to correct service: '{service}'.");
            return Err(Refusal::signature(*protocol, message));
        }
        if call.caller.is_empty() || held(&self.world).disabled.contains(region) {
            return Err(Refusal::unknown_key(*protocol));
        }
        let place = (call.account.clone(), region.clone());
        if operation == "LookupEvents" && !held(&self.rate).admits(place, arrived) {
            return Err(Refusal::throttled(*protocol));
        }
        Ok(())
    }

    /// The answer of the service, altered by a fault.
    fn answer(&self, envelope: &Envelope<'_>, fault: Option<&Fault>) -> Response {
        match fault {
            Some(Fault::Status(status, body)) => return envelope.foreign(*status, body),
            Some(Fault::RawBody(bytes)) => {
                let mut response = envelope.ok(&Value::Null);
                response.body.clone_from(bytes);
                return response;
            }
            _ => {}
        }
        let result = operate(&mut held(&self.world), envelope.call);
        let mut response = match (result, fault) {
            (Ok(result), Some(Fault::Body(alter))) => envelope.ok(&alter(result)),
            (Ok(result), _) => envelope.ok(&result),
            (Err(refusal), _) => envelope.refused(&refusal),
        };
        if let Some(Fault::CutJson) = fault {
            response.body.truncate(response.body.len() / 2);
        }
        response
    }

    fn count(&self, operation: &str) -> usize {
        let mut counts = held(&self.counts);
        let count = counts.entry(operation.to_owned()).or_default();
        *count += 1;
        *count - 1
    }

    /// Notes that it was seen; gives its place among the others, and its request id.
    fn note(&self, arrived: Instant, call: &Call) -> (usize, String) {
        let mut seen = held(&self.seen);
        let request_id = request_id(seen.len());
        seen.push(Seen {
            arrived,
            call: call.clone(),
            status: None,
            request_id: request_id.clone(),
            body: Vec::new(),
        });
        (seen.len() - 1, request_id)
    }

    fn note_answer(&self, index: usize, response: &Response, manner: Manner) {
        let sent = match manner {
            Manner::Whole | Manner::Slow(_) => response.body.as_slice(),
            Manner::Cut => response.body.get(..response.body.len() / 2).unwrap_or_default(),
            Manner::Never(_) => return,
        };
        if let Some(seen) = held(&self.seen).get_mut(index) {
            seen.status = Some(response.status);
            seen.body = sent.to_vec();
        }
    }
}

/// What can be asked: service and operation.
const OPERATIONS: [(&str, &str); 15] = [
    ("sts", "GetCallerIdentity"),
    ("sts", "AssumeRole"),
    ("guardduty", "ListDetectors"),
    ("guardduty", "GetFindings"),
    ("guardduty", "ListFindings"),
    ("config", "DescribeConfigurationRecorders"),
    ("config", "DescribeConfigurationRecorderStatus"),
    ("config", "ListDiscoveredResources"),
    ("config", "GetResourceConfigHistory"),
    ("cloudtrail", "LookupEvents"),
    ("athena", "GetTableMetadata"),
    ("athena", "StartQueryExecution"),
    ("athena", "GetQueryExecution"),
    ("athena", "GetQueryResults"),
    ("athena", "StopQueryExecution"),
];

fn operate(world: &mut World, call: &Call) -> Result<Value, Refusal> {
    if !call.parameters.is_object() {
        return Err(Refusal::serialization("The body"));
    }
    match call.operation.as_str() {
        _ if call.service == "athena" => athena::operate(world, call),
        "GetCallerIdentity" => sts::get_caller_identity(world, call),
        "AssumeRole" => sts::assume_role(world, call),
        "ListDetectors" => guardduty::list_detectors(world, call),
        "GetFindings" => guardduty::get_findings(world, call),
        "ListFindings" => guardduty::list_findings(world, call),
        "DescribeConfigurationRecorders" => recorder::describe(world, call),
        "DescribeConfigurationRecorderStatus" => recorder::describe_status(world, call),
        "ListDiscoveredResources" => resources::list_discovered_resources(world, call),
        "GetResourceConfigHistory" => config_history::get_resource_config_history(world, call),
        _ => cloudtrail::lookup_events(world, call),
    }
}

/// An id as AWS gives them out, that no other request of this fake has.
fn request_id(number: usize) -> String {
    let hash = Sha256::digest(number.to_be_bytes());
    let hex: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let mut id = String::new();
    for (at, digit) in hex.chars().enumerate() {
        if [8, 12, 16, 20].contains(&at) {
            id.push('-');
        }
        id.push(if at == 12 { '4' } else { digit });
    }
    id
}
