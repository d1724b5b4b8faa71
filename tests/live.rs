//! The program against a fake AWS: what it asks, how fast, what it makes of the answers and of
//! what goes wrong.

#![cfg(feature = "live")]
#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test may stop")]

#[path = "live/archive.rs"]
mod archive;
#[cfg(feature = "athena")]
#[path = "live/athena.rs"]
mod athena;
#[allow(dead_code, unused_imports, reason = "the tests of the fake use the rest")]
mod aws;
#[path = "live/case.rs"]
mod case;
#[cfg(feature = "athena")]
#[path = "athena/corpus.rs"]
mod corpus;
#[path = "live/faults.rs"]
mod faults;
#[path = "live/own.rs"]
mod own;
#[allow(dead_code, reason = "shared with other tests")]
mod program;
#[path = "live/samples.rs"]
mod samples;
#[allow(dead_code, reason = "shared with other tests")]
#[path = "archive/sown.rs"]
mod sown;
#[path = "live/worlds.rs"]
mod worlds;
