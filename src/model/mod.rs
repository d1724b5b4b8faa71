//! The words of the case: findings, configuration items, events, and who and what they speak of.
//!
//! Nothing here reads a file, knows a JSON spelling or asks AWS. A value of these types is a fact
//! that some record stated; the record it came from is named by its [`RecordId`].

mod archive;
mod arn;
mod case;
mod configuration;
mod event;
mod finding;
mod gap;
mod identity;
mod principal;
mod record;
mod subject;
mod time;

pub use archive::{Archive, ArchiveFault, ArchivePlace, ArchiveQuery};
pub use arn::Arn;
pub use case::{Case, Coverage, Kept, Left, Relation};
pub use configuration::{Item, ItemStatus, Relationship};
pub use event::{CallError, Event, Outcome, Touched};
pub use finding::{Finding, FunctionDetails, RemoteHost, ThreatList, VpcPlacement};
pub use gap::Gap;
pub use identity::{Identity, IdentityKind, Issuer, Scope};
pub use principal::{Principal, PrincipalKind};
pub use record::{Record, RecordId, Source};
pub use subject::Subject;
pub use time::Time;
