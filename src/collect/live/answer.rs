//! What came of a call: an answer, or a fault and its meaning.

use jiff::Timestamp;
use serde_json::Value;

use crate::collect::{Operation, Part};

/// What came back of one attempt at a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status, when there was an answer.
    pub status: Option<u16>,
    /// `x-amzn-requestid`.
    pub request_id: Option<String>,
    /// `x-amzn-errortype`.
    pub error_type: Option<String>,
    /// The body, byte for byte, when all of it arrived.
    pub body: Option<Vec<u8>>,
    /// Why there is no answer.
    pub trouble: Option<Trouble>,
    /// When the request went out, signed and whole.
    pub sent: Option<Timestamp>,
    /// What AWS's clock said, to the second.
    pub date: Option<Timestamp>,
    /// Whether the body is JSON and not what the operation answers.
    pub misshapen: bool,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// There are no credentials to sign with.
    Credentials(String),
    /// It took too long.
    Timeout,
    /// The connection failed, or the answer broke off.
    Connection(String),
}

/// What a call failed of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Too many requests, of whomever.
    Throttled,
    /// AWS itself failed.
    Server,
    /// No answer, or not all of it.
    Lost,
    /// The clock of this machine is wrong.
    Skewed,
    /// The credentials have expired, or there are none.
    Credentials,
    /// The credentials are not known in this Region: they are wrong, or the Region is not enabled.
    Unrecognised,
    /// The permission is missing.
    Denied,
    /// The page token is refused.
    Token,
    /// AWS Config has no recorder.
    NoRecorder,
    /// AWS Config does not know the resource.
    NotDiscovered,
    /// The answer is not what the operation answers.
    Misshapen,
    /// Anything else that trying again does not mend.
    Refused,
}

impl Fault {
    /// Whether the same call may succeed a little later.
    pub fn passes(self) -> bool {
        matches!(self, Self::Throttled | Self::Server | Self::Lost | Self::Skewed)
    }
}

impl Answer {
    /// The body as JSON, when it is an answer and whole.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(self.body.as_deref()?).ok()
    }

    /// What the call failed of; `None` when it succeeded.
    pub fn fault(&self) -> Option<Fault> {
        match (self.status, &self.trouble) {
            (_, Some(Trouble::Credentials(_))) => return Some(Fault::Credentials),
            (Some(200..=299), _) if self.is_whole() && self.misshapen => {
                return Some(Fault::Misshapen);
            }
            (Some(200..=299), _) if self.is_whole() => return None,
            (None | Some(200..=299), _) => return Some(Fault::Lost),
            _ => {}
        }
        let code = self.code().unwrap_or_default();
        let message = self.message().unwrap_or_default();
        // AWS words it `Signature expired: … is now earlier than …` or `Signature not yet current`.
        let skewed = message.contains("Signature expired")
            || message.contains("Signature not yet current")
            || code == "RequestTimeTooSkewed"
            || code == "RequestExpired";
        Some(match code.as_str() {
            _ if skewed => Fault::Skewed,
            "Throttling"
            | "ThrottlingException"
            | "ThrottledException"
            | "TooManyRequestsException"
            | "RequestLimitExceeded"
            | "RequestThrottled"
            | "RequestThrottledException"
            | "SlowDown"
            | "LimitExceededException"
            | "BandwidthLimitExceeded"
            | "PriorRequestNotComplete" => Fault::Throttled,
            "ExpiredToken"
            | "ExpiredTokenException"
            | "TokenRefreshRequired"
            | "MissingAuthenticationToken"
            | "MissingAuthenticationTokenException" => Fault::Credentials,
            "UnrecognizedClientException"
            | "InvalidClientTokenId"
            | "AuthFailure"
            | "OptInRequired"
            | "InvalidSignatureException"
            | "SignatureDoesNotMatch"
            | "IncompleteSignature"
            | "IncompleteSignatureException" => Fault::Unrecognised,
            "InvalidNextTokenException" | "InvalidNextToken" | "ExpiredNextTokenException" => {
                Fault::Token
            }
            "NoAvailableConfigurationRecorderException" => Fault::NoRecorder,
            "ResourceNotDiscoveredException" => Fault::NotDiscovered,
            code if code.contains("AccessDenied") || code.contains("Unauthorized") => Fault::Denied,
            _ => match self.status {
                Some(429) => Fault::Throttled,
                Some(408 | 500..) => Fault::Server,
                Some(403) => Fault::Denied,
                _ => Fault::Refused,
            },
        })
    }

    /// Whether the body is whole: JSON, or the XML of STS.
    fn is_whole(&self) -> bool {
        let body = self.body.as_deref().unwrap_or_default();
        let xml = body.trim_ascii_start().starts_with(b"<");
        if xml {
            return body.trim_ascii_end().ends_with(b"Response>") && !self.misshapen;
        }
        serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok()
    }

    /// The error's code: from the header, else from the body, without namespace and address.
    ///
    /// <https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html#operation-error-serialization>
    pub fn code(&self) -> Option<String> {
        let body = self.json();
        let member = |name: &str| Some(body.as_ref()?.get(name)?.as_str()?.to_owned());
        let code = self
            .error_type
            .clone()
            .or_else(|| member("__type"))
            .or_else(|| member("code"))
            .or_else(|| element(self.body.as_deref()?, "Code"))?;
        let code = code.split(':').next().unwrap_or(&code);
        Some(code.rsplit('#').next().unwrap_or(code).trim().to_owned())
    }

    /// The error's message. A refused signature is explained at length, with the headers of the
    /// request and the session token among them: of that the first sentence is enough.
    pub fn message(&self) -> Option<String> {
        let body = self.json();
        let member = |name: &str| Some(body.as_ref()?.get(name)?.as_str()?.to_owned());
        let message = member("message")
            .or_else(|| member("Message"))
            .or_else(|| element(self.body.as_deref()?, "Message"))?;
        let mut first = message.lines().next().unwrap_or_default();
        if message.to_ascii_lowercase().contains("canonical") {
            first = first.split(". ").next().unwrap_or_default();
        }
        Some(first.trim().to_owned())
    }

    /// Whether the body holds credentials of the caller: those must not be kept.
    pub fn is_secret(&self) -> bool {
        let body = self.body.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
        body.to_ascii_lowercase().contains("x-amz-security-token")
    }

    /// What happened, for people: code, message and request id.
    pub fn words(&self) -> String {
        match &self.trouble {
            Some(Trouble::Credentials(why)) => return why.clone(),
            Some(Trouble::Timeout) => return "no answer came in time".to_owned(),
            Some(Trouble::Connection(why)) => return why.clone(),
            None => {}
        }
        let status = self.status.map(|status| format!("HTTP status {status}"));
        if matches!(self.status, Some(200..=299)) && self.misshapen {
            return "the answer is not what this operation answers".to_owned();
        }
        if matches!(self.status, Some(200..=299)) {
            return "the answer broke off or is not JSON".to_owned();
        }
        let mut words = match (self.code(), self.message()) {
            (Some(code), Some(message)) => format!("{code}: {message}"),
            (Some(code), None) => code,
            (None, Some(message)) => message,
            (None, None) => status.unwrap_or_else(|| "no answer".to_owned()),
        };
        if let Some(id) = &self.request_id {
            words = format!("{} (request {id})", words.trim_end_matches('.'));
        }
        words
    }

    /// The text of an element of an XML answer.
    pub fn xml_text(&self, name: &str) -> Option<String> {
        element(self.body.as_deref()?, name)
    }
}

/// What to do about a fault that stayed.
pub fn remedy(fault: Fault, operation: Operation) -> String {
    match fault {
        Fault::Denied => {
            let part = if operation.part() == Part::Member { " --role" } else { "" };
            let permission = operation.permission();
            format!("grant {permission} (`casefile policy{part}` prints all that it needs)")
        }
        Fault::Credentials => "sign in again and collect once more".to_owned(),
        Fault::Unrecognised => {
            "check the credentials, and whether the Region is enabled for the account".to_owned()
        }
        Fault::NoRecorder => {
            "AWS Config has no recorder here; only what it records from now on can be seen"
                .to_owned()
        }
        Fault::Throttled => {
            "others use the same limit; collect once more when it is quieter".to_owned()
        }
        Fault::Skewed => "set the clock of this machine and collect once more".to_owned(),
        Fault::Server => "collect once more a little later".to_owned(),
        Fault::Lost => "check the connection, and collect once more".to_owned(),
        Fault::Misshapen => "check what answers in the place of AWS".to_owned(),
        Fault::Token | Fault::NotDiscovered | Fault::Refused => String::new(),
    }
}

/// What happened and, where there is something, what can be done about it.
pub fn with_remedy(words: String, remedy: &str) -> String {
    if remedy.is_empty() { words } else { format!("{words}; {remedy}") }
}

/// The text of the first element of that name: as much XML as the answers of STS need, whose
/// texts hold no elements.
fn element(body: &[u8], name: &str) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    let (inner, _) = rest.split_once(&format!("</{name}>"))?;
    let text = inner.trim();
    let plain = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")]
        .into_iter()
        .fold(text.to_owned(), |text, (escaped, plain)| text.replace(escaped, plain));
    Some(plain)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop")]
mod tests {
    use super::{Answer, Fault, Trouble};

    fn answer(status: u16, header: Option<&str>, body: &str) -> Answer {
        Answer {
            status: Some(status),
            request_id: Some("r-1".to_owned()),
            error_type: header.map(str::to_owned),
            body: Some(body.as_bytes().to_vec()),
            ..Answer::default()
        }
    }

    #[test]
    fn an_answer_is_whole_or_lost() {
        assert_eq!(answer(200, None, r#"{"findings":[]}"#).fault(), None);
        assert_eq!(answer(200, None, r#"{"findings":["#).fault(), Some(Fault::Lost));
        assert_eq!(answer(200, None, "").fault(), Some(Fault::Lost));
        let identity = "<GetCallerIdentityResponse><Arn>arn:aws:iam::1:user/a&amp;b</Arn></GetCallerIdentityResponse>";
        assert_eq!(answer(200, None, identity).fault(), None);
        assert_eq!(answer(200, None, identity).xml_text("Arn").unwrap(), "arn:aws:iam::1:user/a&b");
        let cut = Answer { body: None, ..answer(200, None, "") };
        assert_eq!(cut.fault(), Some(Fault::Lost));
        let late = Answer { trouble: Some(Trouble::Timeout), ..Answer::default() };
        assert_eq!(late.fault(), Some(Fault::Lost));
    }

    #[test]
    fn the_header_is_believed_before_the_body() {
        let refused = answer(
            400,
            Some("BadRequestException:http://internal.amazon.com/"),
            r#"{"message":"The request is rejected because …","__type":"InvalidInputException"}"#,
        );
        assert_eq!(refused.code().unwrap(), "BadRequestException");
        assert_eq!(refused.fault(), Some(Fault::Refused));
        assert_eq!(
            refused.words(),
            "BadRequestException: The request is rejected because … (request r-1)"
        );
        let body = r#"{"__type":"com.amazonaws.config#NoAvailableConfigurationRecorderException"}"#;
        assert_eq!(answer(400, None, body).fault(), Some(Fault::NoRecorder));
    }

    #[test]
    fn no_session_token_is_repeated() {
        let explained = "The request signature we calculated does not match the signature you provided. The Canonical String for this request should have been\\n'POST\\n/\\nx-amz-security-token:secret'";
        let body = format!(r#"{{"__type":"InvalidSignatureException","message":"{explained}"}}"#);
        let refused = answer(403, None, &body);
        assert!(refused.is_secret());
        assert!(!refused.words().contains("secret"), "{}", refused.words());
        assert!(refused.words().contains("does not match"), "{}", refused.words());
    }

    #[test]
    fn codes_tell_what_is_wrong() {
        for (status, code, message, fault) in [
            (400, "ThrottlingException", "Rate exceeded", Fault::Throttled),
            (429, "", "", Fault::Throttled),
            (500, "InternalServerErrorException", "", Fault::Server),
            (503, "", "", Fault::Server),
            (400, "ExpiredTokenException", "", Fault::Credentials),
            (400, "UnrecognizedClientException", "", Fault::Unrecognised),
            (
                403,
                "InvalidSignatureException",
                "Signature expired: 1 is now earlier than 2",
                Fault::Skewed,
            ),
            (403, "SignatureDoesNotMatch", "", Fault::Unrecognised),
            (403, "", "", Fault::Denied),
            (400, "AccessDeniedException", "", Fault::Denied),
            (400, "InvalidNextTokenException", "", Fault::Token),
            (400, "ResourceNotDiscoveredException", "", Fault::NotDiscovered),
            (400, "ValidationException", "", Fault::Refused),
        ] {
            let body = format!(r#"{{"__type":"{code}","message":"{message}"}}"#);
            assert_eq!(answer(status, None, &body).fault(), Some(fault), "{code}");
        }
        let xml = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>";
        assert_eq!(answer(403, None, xml).fault(), Some(Fault::Denied));
        assert_eq!(answer(403, None, xml).words(), "AccessDenied: no (request r-1)");
    }
}
