//! The fake AWS of the other tests does what AWS does.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test may stop")]

#[allow(dead_code)]
mod aws;
#[path = "fake_aws/bundles.rs"]
mod bundles;
#[path = "fake_aws/client.rs"]
mod client;
