//! Links: which call made which state, who was behind it, and what ran.
//!
//! AWS Config's `relatedEvents` has been empty for years, so every link is computed here, and
//! each carries how ([`Method`]) and how sure ([`Confidence`]) it is.

mod actor;
mod build;
mod cause;
mod change;
mod copies;
mod difference;
mod graph;
mod link;
mod means;
mod provenance;
mod running;
mod session;
mod state;
mod told;
mod verb;

pub use actor::{Actor, Actors};
pub use cause::Cause;
pub use change::{Change, Changes};
pub use graph::{Edge, Graph, Node, NodeKind};
pub use link::{Confidence, Method, Strength};
pub use means::{CodeOrigin, Means, code_origin, means};
pub use provenance::{Doubt, Origin, Provenance, recorded_state};
pub use session::{Sessions, Start};
pub use state::{deletes_function, is_dry_run, places_code, subject_calls, subject_items};

use crate::model::Case;
use copies::Copies;

/// Everything that follows from a case's records taken together.
pub struct Correlation<'a> {
    /// The calls behind the function and its code.
    pub provenance: Provenance<'a>,
    /// Differences between items and the calls behind them.
    pub changes: Changes<'a>,
    /// Everybody who acted.
    pub actors: Actors<'a>,
    /// Which call started which session.
    pub sessions: Sessions<'a>,
    /// Records that repeat a call.
    copies: Copies<'a>,
}

impl Correlation<'_> {
    /// The typed graph of the case.
    pub fn graph(&self, case: &Case) -> Graph {
        build::build(case, self)
    }
}

/// Correlates the records of a case.
pub fn correlate(case: &Case) -> Correlation<'_> {
    let copies = Copies::of(case);
    let sessions = Sessions::of(case, &copies);
    Correlation {
        provenance: provenance::provenance(case, &copies),
        changes: change::changes(case, &copies),
        actors: Actors::of(case, &copies, &sessions),
        sessions,
        copies,
    }
}
