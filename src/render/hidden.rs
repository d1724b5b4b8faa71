//! Which characters a reader does not see: what is measured in `report/` is marked here.

pub use crate::report::{is_hidden, told_apart};
