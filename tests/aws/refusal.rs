//! How AWS says no.

use super::call::{Call, Protocol};

/// An error, as a service answers it.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// The code: the header `x-amzn-ErrorType`, or the `Code` of the query protocol.
    pub code: String,
    /// What the body calls it, which GuardDuty does otherwise than the header.
    pub body_code: String,
    /// The sentence.
    pub message: String,
    /// Whether the header is sent. A body always is.
    pub with_header: bool,
}

impl Refusal {
    /// An error of status 400.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self {
            status: 400,
            code: code.to_owned(),
            body_code: code.to_owned(),
            message: message.into(),
            with_header: true,
        }
    }

    /// The same with that status.
    pub fn status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    /// A member has the wrong type.
    pub fn serialization(member: &str) -> Self {
        Self::new("SerializationException", format!("{member} has a value of the wrong type"))
    }

    /// A member breaks a rule of the model.
    pub fn validation(message: impl Into<String>) -> Self {
        Self::new("ValidationException", message)
    }

    /// The token belongs to other parameters, or to nobody.
    pub fn next_token() -> Self {
        Self::new("InvalidNextTokenException", "Invalid nextToken. Use the last one, unchanged.")
    }

    /// Nobody has such a key, or not in this Region.
    pub fn unknown_key(protocol: Protocol) -> Self {
        let code = match protocol {
            Protocol::Query => "InvalidClientTokenId",
            _ => "UnrecognizedClientException",
        };
        let message = "The security token included in the request is invalid.";
        Self::new(code, message).status(of_security(protocol))
    }

    /// The credentials are too old.
    pub fn expired(protocol: Protocol) -> Self {
        let code = match protocol {
            Protocol::Query => "ExpiredToken",
            _ => "ExpiredTokenException",
        };
        let message = "The security token included in the request is expired";
        Self::new(code, message).status(of_security(protocol))
    }

    /// The signature cannot be right.
    pub fn signature(protocol: Protocol, message: impl Into<String>) -> Self {
        let code = match protocol {
            Protocol::Query => "SignatureDoesNotMatch",
            _ => "InvalidSignatureException",
        };
        Self::new(code, message).status(of_security(protocol))
    }

    /// Too many requests.
    pub fn throttled(protocol: Protocol) -> Self {
        match protocol {
            Protocol::Query => Self::new("Throttling", "Rate exceeded"),
            Protocol::RestJson => {
                Self::new("TooManyRequestsException", "Rate exceeded").status(429)
            }
            Protocol::AwsJson => Self::new("ThrottlingException", "Rate exceeded"),
        }
    }

    /// No policy of the caller allows it.
    pub fn denied(call: &Call) -> Self {
        let Call { service, operation, region, account, caller, .. } = call;
        let code = match call.protocol {
            Protocol::Query => "AccessDenied",
            _ => "AccessDeniedException",
        };
        let resource = match (operation.as_str(), call.parameters.get("detectorId")) {
            ("AssumeRole", _) => call.parameters.get("RoleArn").and_then(|arn| arn.as_str()),
            (_, Some(detector)) => detector.as_str(),
            _ => None,
        };
        let resource = match (service.as_str(), resource) {
            ("guardduty", detector) => {
                let detector = detector.unwrap_or("*");
                format!("arn:aws:guardduty:{region}:{account}:detector/{detector}")
            }
            (_, Some(resource)) => resource.to_owned(),
            _ => "*".to_owned(),
        };
        Self::new(
            code,
            format!(
                "User: {caller} is not authorized to perform: {service}:{operation} on resource: \
                 {resource} because no identity-based policy allows the {service}:{operation} \
                 action"
            ),
        )
        .status(of_security(call.protocol))
    }
}

/// The status with which a protocol refuses a caller.
fn of_security(protocol: Protocol) -> u16 {
    match protocol {
        Protocol::AwsJson => 400,
        Protocol::RestJson | Protocol::Query => 403,
    }
}
