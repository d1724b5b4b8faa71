//! How a link was found, and how much it is worth.

/// How sure a link is; the order is from the surest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// An identifier that AWS gives out once is equal.
    Exact,
    /// Content is equal, and nothing speaks against it.
    Strong,
    /// Times agree to within seconds.
    Probable,
    /// It lies in the only stretch of time that is possible.
    Candidate,
}

impl Confidence {
    /// The word that data outputs use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Strong => "strong",
            Self::Probable => "probable",
            Self::Candidate => "candidate",
        }
    }
}

/// What was compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// Lambda's revision id.
    RevisionId,
    /// The hash of the code.
    CodeSha256,
    /// The call asked for exactly what was recorded.
    Value,
    /// Lambda's last-modified time.
    LastModified,
    /// Nothing but the time.
    Time,
    /// The access key that a call gave out and another used.
    AccessKeyId,
    /// The ARN of a session, and its beginning.
    SessionArn,
    /// The service role that a stack operation handed to `CloudFormation`.
    StackRole,
    /// A session of the function's role that bears the function's name, or `inScopeOf`.
    FunctionSession,
}

impl Method {
    /// The word that data outputs use.
    pub fn word(self) -> &'static str {
        match self {
            Self::RevisionId => "revision_id",
            Self::CodeSha256 => "code_sha256",
            Self::Value => "value",
            Self::LastModified => "last_modified",
            Self::Time => "time",
            Self::AccessKeyId => "access_key_id",
            Self::SessionArn => "session_arn",
            Self::StackRole => "stack_role",
            Self::FunctionSession => "function_session",
        }
    }
}

/// A method and what it is worth in one place.
pub type Strength = (Method, Confidence);
