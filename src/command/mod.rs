//! The commands, one a file.

mod athena;
mod attachment;
#[cfg(feature = "live")]
mod list;
mod policy;
#[cfg(feature = "live")]
mod progress;
mod render;
#[cfg(feature = "live")]
mod report;
#[cfg(feature = "live")]
mod runtime;
mod search;
pub mod terminal;
mod verify;
mod written;

#[cfg(feature = "live")]
pub use list::list;
pub use policy::print_policy;
pub use render::render;
#[cfg(feature = "live")]
pub use report::{collect, report};
pub use verify::verify;
