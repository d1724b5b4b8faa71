//! AWS itself: here alone its SDK is named, and in what stands in the folder of this name.
//!
//! The SDK finds credentials, signs and sends; it neither retries nor waits here, because whoever
//! asks keeps to the limits ([`super::live`]). What counts is the body that came back, byte for
//! byte: the SDK's own reading of it decides nothing.

#[cfg(feature = "athena")]
mod athena;

use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error as StdError,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use aws_config::{
    AppName, BehaviorVersion, Region, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig,
};
use aws_sdk_cloudtrail::types::{LookupAttribute, LookupAttributeKey};
use aws_sdk_config::types::ChronologicalOrder;
use aws_sdk_guardduty::{
    config::{
        ConfigBag, Credentials, Intercept, RuntimeComponents, SharedCredentialsProvider,
        http::HttpResponse,
        interceptors::{BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef},
    },
    error::{BoxError, SdkError},
    primitives::DateTime,
    types::{Condition, FindingCriteria, OrderBy, SortCriteria},
};
use aws_smithy_http_client::{
    Builder, Connector,
    proxy::ProxyConfig,
    tls::{Provider, rustls_provider::CryptoMode},
};

use jiff::{Timestamp, fmt::rfc2822};

#[cfg(feature = "athena")]
pub use athena::AthenaCall;

use super::live::{Answer, Call, Trouble};
use crate::{
    model::Time,
    source::{Ask, Attribute},
};

/// How AWS is reached.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The Region of the caller; the environment's or the profile's unless given.
    pub region: Option<String>,
    /// The profile of the credentials.
    pub profile: Option<String>,
    /// Where to send everything instead of to AWS.
    pub endpoint_url: Option<String>,
    /// How long an attempt may take.
    pub timeout: Duration,
}

/// In whose name a call is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// Whoever started casefile.
    Caller,
    /// The role in the account in which the function lives.
    Member,
}

/// A role to take.
#[derive(Clone, Debug)]
pub struct Role {
    /// Its ARN.
    pub arn: String,
    /// The external id that its trust policy may ask for.
    pub external_id: Option<String>,
    /// What the session may do, as a policy document: no more than casefile needs, whatever the
    /// role allows.
    pub policy: String,
}

/// AWS, as the caller and the role that the caller took see it.
pub struct Aws {
    caller: SdkConfig,
    member: Mutex<Option<SdkConfig>>,
    clients: Mutex<BTreeMap<(Who, String), Arc<Clients>>>,
    /// The origins that were asked.
    origins: Origins,
    clock: fn() -> Timestamp,
}

type Origins = Arc<Mutex<BTreeSet<String>>>;

/// One client a service, for one identity and Region: each remembers how far this machine's clock
/// is off.
struct Clients {
    #[cfg(feature = "athena")]
    athena: aws_sdk_athena::Client,
    cloudtrail: aws_sdk_cloudtrail::Client,
    config: aws_sdk_config::Client,
    guardduty: aws_sdk_guardduty::Client,
    sts: aws_sdk_sts::Client,
}

impl Aws {
    /// Finds credentials and Region as every AWS tool does: environment, profiles, IAM Identity
    /// Center, web identity, processes, containers, instances. Nothing is sent yet.
    pub async fn new(settings: &Settings, clock: fn() -> Timestamp) -> Self {
        let http = Builder::new().build_with_connector_fn(|settings, components| {
            let mut connector = Connector::builder()
                .proxy_config(ProxyConfig::from_env())
                .tls_provider(Provider::Rustls(CryptoMode::Ring));
            connector.set_connector_settings(settings.cloned());
            if let Some(components) = components {
                connector.set_sleep_impl(components.sleep_impl());
            }
            connector.build()
        });
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(settings.timeout.min(Duration::from_secs(5)))
            .read_timeout(settings.timeout)
            .operation_attempt_timeout(settings.timeout)
            .build();
        let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .http_client(http)
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts);
        if let Ok(name) = AppName::new(concat!("casefile-", env!("CARGO_PKG_VERSION"))) {
            loader = loader.app_name(name);
        }
        if let Some(profile) = &settings.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(region) = &settings.region {
            loader = loader.region(Region::new(region.clone()));
        }
        if let Some(endpoint) = &settings.endpoint_url {
            loader = loader.endpoint_url(endpoint);
        }
        Self {
            caller: loader.load().await,
            member: Mutex::default(),
            clients: Mutex::default(),
            origins: Origins::default(),
            clock,
        }
    }

    /// The Region that was given, or that the environment or the profile names.
    pub fn region(&self) -> Option<&str> {
        self.caller.region().map(Region::as_ref)
    }

    /// Where everything is sent instead of to AWS, if options, environment or profile say so.
    pub fn endpoint(&self) -> Option<&str> {
        self.caller.endpoint_url()
    }

    /// The origins that were asked which are none of AWS's.
    pub fn foreign_origins(&self) -> Vec<String> {
        let origins = lock(&self.origins);
        origins.iter().filter(|origin| !is_of_aws(origin)).cloned().collect()
    }

    /// Makes one attempt at a call.
    pub async fn send(&self, who: Who, region: &str, call: &Call) -> Answer {
        let clients = match self.clients(who, region) {
            Some(clients) => clients,
            None => {
                let why = "the role in the account of the function was not assumed".to_owned();
                return Answer { trouble: Some(Trouble::Credentials(why)), ..Answer::default() };
            }
        };
        let capture = Capture::new(self);
        // The SDK's own outcome tells only why there is no body.
        macro_rules! send {
            ($operation:expr) => {
                $operation.customize().interceptor(capture.clone()).send().await.err().map(trouble)
            };
        }
        let trouble = match call {
            Call::CallerIdentity => send!(clients.sts.get_caller_identity()),
            Call::Detectors => send!(clients.guardduty.list_detectors()),
            Call::Findings { detector, ids } => send!(
                clients
                    .guardduty
                    .get_findings()
                    .detector_id(detector)
                    .set_finding_ids(Some(ids.clone()))
            ),
            Call::FindingIds { detector, lambda, token } => send!(
                clients
                    .guardduty
                    .list_findings()
                    .detector_id(detector)
                    .set_finding_criteria(lambda.then(of_lambda))
                    .sort_criteria(
                        SortCriteria::builder()
                            .attribute_name("updatedAt")
                            .order_by(OrderBy::Desc)
                            .build()
                    )
                    .max_results(50)
                    .set_next_token(token.clone())
            ),
            Call::Recorders => send!(clients.config.describe_configuration_recorders()),
            Call::RecorderStatus => {
                send!(clients.config.describe_configuration_recorder_status())
            }
            Call::Evidence { ask: Ask::Discovery(discovery), token } => send!(
                clients
                    .config
                    .list_discovered_resources()
                    .resource_type(discovery.resource_type.as_str().into())
                    .resource_name(&discovery.name)
                    .include_deleted_resources(true)
                    .limit(100)
                    .set_next_token(token.clone())
            ),
            Call::Evidence { ask: Ask::History(history), token } => send!(
                clients
                    .config
                    .get_resource_config_history()
                    .resource_type(history.resource_type.as_str().into())
                    .resource_id(&history.resource_id)
                    .earlier_time(date(history.span.from))
                    .later_time(date(history.span.to))
                    .chronological_order(ChronologicalOrder::Reverse)
                    .limit(100)
                    .set_next_token(token.clone())
            ),
            Call::Evidence { ask: Ask::Lookup(lookup), token } => {
                let attribute = LookupAttribute::builder()
                    .attribute_key(key(lookup.attribute))
                    .attribute_value(&lookup.value)
                    .build();
                match attribute {
                    Ok(attribute) => send!(
                        clients
                            .cloudtrail
                            .lookup_events()
                            .lookup_attributes(attribute)
                            .start_time(date(lookup.span.from))
                            .end_time(date(lookup.span.to))
                            .max_results(50)
                            .set_next_token(token.clone())
                    ),
                    Err(error) => Some(Some(Trouble::Connection(error.to_string()))),
                }
            }
        };
        let mut answer = capture.answer(trouble.flatten());
        answer.misshapen = answer.json().is_some_and(|json| call.is_misshapen(&json));
        answer
    }

    /// Takes a role; what is asked as `Who::Member` from now on is asked by it. The answer holds
    /// live credentials: nothing of it is kept but the ARN of the session, and only a refusal is given
    /// back as a whole.
    pub async fn assume(&self, region: &str, role: &Role) -> Result<Option<String>, Answer> {
        let capture = Capture::new(self);
        let Some(clients) = self.clients(Who::Caller, region) else {
            return Err(Answer::default());
        };
        let outcome = clients
            .sts
            .assume_role()
            .role_arn(&role.arn)
            .role_session_name("casefile")
            .set_external_id(role.external_id.clone())
            .policy(&role.policy)
            .customize()
            .interceptor(capture.clone())
            .send()
            .await;
        let (credentials, session) = match outcome {
            Ok(output) => (output.credentials, output.assumed_role_user),
            Err(error) => return Err(capture.answer(trouble(error))),
        };
        let Some(credentials) = credentials else {
            return Err(Answer {
                trouble: Some(Trouble::Credentials("AssumeRole gave no credentials".to_owned())),
                ..Answer::default()
            });
        };
        let provider = SharedCredentialsProvider::new(Credentials::new(
            credentials.access_key_id,
            credentials.secret_access_key,
            Some(credentials.session_token),
            None,
            "casefile",
        ));
        let member = self.caller.to_builder().credentials_provider(provider).build();
        *lock(&self.member) = Some(member);
        Ok(session.map(|session| session.arn))
    }

    fn clients(&self, who: Who, region: &str) -> Option<Arc<Clients>> {
        let mut clients = lock(&self.clients);
        if let Some(known) = clients.get(&(who, region.to_owned())) {
            return Some(Arc::clone(known));
        }
        let base = match who {
            Who::Caller => self.caller.clone(),
            Who::Member => lock(&self.member).clone()?,
        };
        let config = base.into_builder().region(Region::new(region.to_owned())).build();
        let made = Arc::new(Clients {
            #[cfg(feature = "athena")]
            athena: aws_sdk_athena::Client::new(&config),
            cloudtrail: aws_sdk_cloudtrail::Client::new(&config),
            config: aws_sdk_config::Client::new(&config),
            guardduty: aws_sdk_guardduty::Client::new(&config),
            sts: aws_sdk_sts::Client::new(&config),
        });
        clients.insert((who, region.to_owned()), Arc::clone(&made));
        Some(made)
    }
}

fn of_lambda() -> FindingCriteria {
    FindingCriteria::builder()
        .criterion("resource.resourceType", Condition::builder().equals("Lambda").build())
        .build()
}

fn key(attribute: Attribute) -> LookupAttributeKey {
    attribute.name().into()
}

fn date(time: Time) -> DateTime {
    DateTime::from_secs(time.timestamp().as_second())
}

/// Whether an origin is one of AWS's own endpoints.
fn is_of_aws(origin: &str) -> bool {
    let host = origin.strip_prefix("https://").unwrap_or("");
    let host = host.split(':').next().unwrap_or(host);
    ["amazonaws.com", "amazonaws.com.cn", "api.aws", "api.amazonwebservices.com.cn"]
        .iter()
        .any(|domain| host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.')))
}

/// Why there is no answer. What AWS answered with an error is no trouble: it is in the body.
fn trouble<E: StdError + 'static>(error: SdkError<E, HttpResponse>) -> Option<Trouble> {
    match &error {
        SdkError::ServiceError(_) => None,
        SdkError::TimeoutError(_) => Some(Trouble::Timeout),
        SdkError::DispatchFailure(failure) if failure.is_timeout() => Some(Trouble::Timeout),
        SdkError::DispatchFailure(failure) if failure.is_io() => {
            Some(Trouble::Connection(causes(&error)))
        }
        // A body that broke off, and one that arrived and is not what the SDK expects: the
        // capture knows which.
        SdkError::ResponseError(_) => Some(Trouble::Connection("the answer broke off".to_owned())),
        _ => {
            let causes = causes(&error);
            let lower = causes.to_lowercase();
            if lower.contains("credential") || lower.contains("identity") || lower.contains("token")
            {
                Some(Trouble::Credentials(causes))
            } else {
                Some(Trouble::Connection(causes))
            }
        }
    }
}

/// The chain of causes, without the SDK's words for where it failed, and without their debugging
/// forms, which print whole bodies.
fn causes(error: &dyn StdError) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let inner_words = inner.to_string();
        let says = !["dispatch failure", "io error", "other"].contains(&inner_words.as_str());
        if says && !words.iter().any(|known| known.contains(&inner_words)) {
            words.push(inner_words);
        }
        cause = inner.source();
    }
    if words.is_empty() { error.to_string() } else { words.join(": ") }
}

/// Keeps what an attempt brought, before anybody reads it.
#[derive(Clone, Debug)]
struct Capture {
    kept: Arc<Mutex<Answer>>,
    origins: Origins,
    clock: fn() -> Timestamp,
}

impl Capture {
    fn new(aws: &Aws) -> Self {
        Self { kept: Arc::default(), origins: Arc::clone(&aws.origins), clock: aws.clock }
    }

    fn answer(&self, trouble: Option<Trouble>) -> Answer {
        let mut answer = lock(&self.kept).clone();
        // A body that arrived is an answer, whatever the SDK makes of it.
        if answer.body.is_none() {
            answer.trouble = trouble;
        }
        answer
    }
}

impl Intercept for Capture {
    fn name(&self) -> &'static str {
        "casefile keeps the answer"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let uri = context.request().uri();
        let end = uri.match_indices('/').nth(2).map_or(uri.len(), |(index, _)| index);
        lock(&self.origins).extend(uri.get(..end).map(str::to_owned));
        lock(&self.kept).sent = Some((self.clock)());
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Some(response) = context.response() else { return Ok(()) };
        let header = |name: &str| response.headers().get(name).map(str::to_owned);
        let mut kept = lock(&self.kept);
        *kept = Answer {
            sent: kept.sent,
            date: header("date").and_then(|date| rfc2822::parse(&date).ok()?.timestamp().into()),
            status: Some(response.status().as_u16()),
            request_id: header("x-amzn-requestid"),
            error_type: header("x-amzn-errortype"),
            body: response.body().bytes().map(<[u8]>::to_vec),
            trouble: None,
            misshapen: false,
        };
        Ok(())
    }
}

/// Nothing that holds a lock can leave it half done.
fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::is_of_aws;

    #[test]
    fn tells_the_endpoints_of_aws_from_others() {
        for origin in [
            "https://guardduty.eu-west-1.amazonaws.com",
            "https://config.cn-north-1.amazonaws.com.cn",
            "https://vpce-1a2b.cloudtrail.eu-west-1.vpce.amazonaws.com:443",
            "https://sts.us-east-1.api.aws",
        ] {
            assert!(is_of_aws(origin), "{origin}");
        }
        for origin in [
            "http://guardduty.eu-west-1.amazonaws.com",
            "http://127.0.0.1:4566",
            "https://evilamazonaws.com",
            "https://amazonaws.com.evil.example",
        ] {
            assert!(!is_of_aws(origin), "{origin}");
        }
    }
}
