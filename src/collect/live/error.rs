//! What stops a collection.

/// Why there is nothing to report. Messages fit after "failed to".
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// Nothing says which Region to ask.
    #[error(
        "know which Region to ask: an id alone does not tell; give --region REGION, set AWS_REGION, \
         or try them all with --all-regions"
    )]
    NoRegion,
    /// Something stands where a Region's name should.
    #[error("use {0:?} as a Region: its name is letters, digits and dashes, such as eu-west-1")]
    NotARegion(String),
    /// There are no credentials, or they are not accepted.
    #[error(
        "sign in to AWS: {words}; credentials are found as every AWS tool finds them: sign in (for \
         example `aws sso login`), name a --profile, or set AWS_PROFILE"
    )]
    Credentials {
        /// What AWS or the SDK says.
        words: String,
    },
    /// GuardDuty does not know the finding.
    #[error("find the finding {id}{}", told(.asked, .unasked))]
    NotFound {
        /// Its id.
        id: String,
        /// Each place that was asked and what it said.
        asked: Vec<String>,
        /// What could not be asked.
        unasked: Vec<String>,
    },
    /// GuardDuty could not be asked.
    #[error("ask GuardDuty in {region}: {operation}: {words}")]
    Refused {
        /// The Region.
        region: String,
        /// The operation that was refused.
        operation: &'static str,
        /// What AWS says, and what can be done.
        words: String,
    },
    /// What GuardDuty answered could not be read as a finding.
    #[error("read the finding {id} in what GuardDuty answered{}", told(.reasons, &[]))]
    Unreadable {
        /// Its id.
        id: String,
        /// What is wrong with it.
        reasons: Vec<String>,
    },
    /// The user stopped it before there was anything to report.
    #[error("collect anything: it was stopped before the finding had come")]
    Stopped,
}

/// What was said where, and what to try.
fn told(asked: &[String], unasked: &[String]) -> String {
    let mut words = String::new();
    for line in asked.iter().chain(unasked) {
        words.push_str("\n  ");
        words.push_str(line);
    }
    words
}
