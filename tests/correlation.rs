//! What the program says of small made cases whose true answers are known: above all what it must
//! not say.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test may stop")]

#[path = "correlation/changes.rs"]
mod changes;
#[path = "correlation/identity.rs"]
mod identity;
#[path = "correlation/provenance.rs"]
mod provenance;
#[path = "correlation/record.rs"]
mod record;
#[path = "correlation/relevance.rs"]
mod relevance;
