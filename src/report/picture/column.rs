//! The columns, by what stands in them.

/// A column, from left to right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Column {
    /// Addresses that calls came from.
    Source,
    /// Who made them, and with which credentials.
    Identity,
    /// The calls.
    Call,
    /// What AWS Config recorded.
    Change,
    /// The function and what belongs to it.
    Resource,
    /// What GuardDuty saw.
    Signal,
}

impl Column {
    /// All of them, in order.
    pub const ALL: [Self; 6] =
        [Self::Source, Self::Identity, Self::Call, Self::Change, Self::Resource, Self::Signal];

    /// What stands above it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Source => "SOURCE",
            Self::Identity => "IDENTITY",
            Self::Call => "API CALLS ↓ time",
            Self::Change => "RECORDED CHANGE",
            Self::Resource => "RESOURCE",
            Self::Signal => "SIGNAL",
        }
    }

    /// Whether time runs down in it.
    pub fn is_timed(self) -> bool {
        matches!(self, Self::Call | Self::Change)
    }

    /// What its boxes are called together.
    pub fn things(self) -> &'static str {
        match self {
            Self::Source => "addresses",
            Self::Identity => "identities",
            Self::Call => "calls",
            Self::Change => "recorded changes",
            Self::Resource => "resources",
            Self::Signal => "signals",
        }
    }

    /// The most boxes it may have, and how many it keeps when the picture has too many.
    pub fn bounds(self) -> (usize, usize) {
        match self {
            Self::Source => (6, 4),
            Self::Identity => (8, 6),
            Self::Call => (16, 11),
            Self::Change => (10, 7),
            Self::Resource => (9, 7),
            Self::Signal => (6, 5),
        }
    }
}
