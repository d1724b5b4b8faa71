//! The fake AWS of the other tests does what AWS does.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test may stop")]

#[path = "fake_aws/accounts.rs"]
mod accounts;
mod aws;
#[path = "fake_aws/bundles.rs"]
mod bundles;
#[path = "fake_aws/client.rs"]
mod client;
#[path = "fake_aws/faults.rs"]
mod faults;
#[path = "fake_aws/history.rs"]
mod history;
#[path = "fake_aws/lookups.rs"]
mod lookups;
