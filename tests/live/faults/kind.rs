//! The kinds of fault that may pass.

use std::time::Duration;

use crate::aws::Fault;

/// Makes a fault.
pub type Make = fn() -> Fault;

/// A kind of fault.
pub struct Kind {
    pub name: &'static str,
    pub fault: Make,
    /// What is said of it when it lasts.
    pub said: &'static str,
    /// Whether a body comes with it, which is evidence.
    pub has_body: bool,
}

/// What passes when one asks again.
pub const PASSING: [Kind; 9] = [
    Kind { name: "throttled", fault: || Fault::Throttle, said: "Rate exceeded", has_body: true },
    Kind {
        name: "an error of the service",
        fault: server_error,
        said: "An internal error occurred",
        has_body: true,
    },
    Kind {
        name: "a page of a gateway",
        fault: || Fault::Status(503, "<html><body>Service Unavailable</body></html>"),
        said: "HTTP status 503",
        has_body: true,
    },
    Kind {
        name: "a body that is cut",
        fault: || Fault::CutBody,
        said: "the answer broke off",
        has_body: false,
    },
    Kind {
        name: "half a body that says it is whole",
        fault: || Fault::CutJson,
        said: "the answer broke off or is not JSON",
        has_body: true,
    },
    Kind {
        name: "no body",
        fault: || Fault::RawBody(Vec::new()),
        said: "the answer broke off or is not JSON",
        has_body: true,
    },
    Kind {
        name: "a page of a portal",
        fault: || Fault::RawBody(b"<html><body>Please sign in</body></html>".to_vec()),
        said: "the answer broke off or is not JSON",
        has_body: true,
    },
    Kind {
        name: "a connection that is reset",
        fault: || Fault::Reset,
        said: "connection closed",
        has_body: false,
    },
    Kind {
        name: "no answer",
        fault: || Fault::Hang(Duration::from_secs(60)),
        said: "no answer came in time",
        has_body: false,
    },
];

/// A refusal in which AWS names no permission, as when a service control policy refuses.
pub fn refused_plainly() -> Fault {
    Fault::Error {
        status: 403,
        code: "AccessDeniedException",
        message: "Access denied",
        with_header: true,
    }
}

/// An error of the service itself.
pub fn server_error() -> Fault {
    Fault::Error {
        status: 500,
        code: "InternalServerErrorException",
        message: "An internal error occurred.",
        with_header: true,
    }
}
