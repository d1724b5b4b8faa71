//! A fake AWS on a port of the local host: GuardDuty, Config, `CloudTrail`, Athena and STS, as far as they
//! can be asked about a finding, and what can go wrong with them.
//!
//! [`World`] says what there is. The Region and the service of a request come from what it was
//! signed for, the account from the access key; signatures are not checked.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test may stop")]

mod answer;
mod athena;
mod bundle;
mod call;
mod cloudtrail;
mod config_history;
mod fault;
mod guardduty;
mod http;
mod rate;
mod reception;
mod recorder;
mod refusal;
mod resources;
mod server;
mod sts;
mod time;
mod token;
mod world;

use std::{
    ops::RangeBounds,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use reception::Reception;
use server::Server;

#[allow(unused_imports, reason = "not every test asks Athena")]
pub use athena::{Athena, End, Engine, Rows, names};
pub use call::Call;
pub use fault::{ANY, Fault};
pub use reception::Seen;
pub use recorder::Recorder;
pub use world::{CALLER_KEY, World};

/// A fake AWS, which stops when it is dropped.
pub struct Fake {
    reception: Arc<Reception>,
    server: Server,
}

impl Fake {
    /// Starts to answer about a world.
    pub fn start(world: World) -> Self {
        let reception = Arc::new(Reception::new(world));
        let shared = Arc::clone(&reception);
        let server =
            Server::start(Arc::new(move |request, arrived| shared.receive(request, arrived)));
        Self { reception, server: server.expect("a port") }
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// Alters what there is.
    pub fn change(&self, change: impl FnOnce(&mut World)) {
        change(&mut held(&self.reception.world));
    }

    /// Lets requests for an operation, or for [`ANY`], go wrong: those whose number, from 0, is
    /// among `attempts`. All requests for the operation count, in every account and Region. Of
    /// several faults, the one that was set first happens.
    pub fn fail(
        &self,
        operation: &str,
        attempts: impl RangeBounds<usize> + Send + Sync + 'static,
        fault: Fault,
    ) {
        self.fail_if(operation, fault::among(attempts), fault);
    }

    /// Lets requests for an operation, or for [`ANY`], go wrong: those of which that is true.
    pub fn fail_if(
        &self,
        operation: &str,
        when: impl Fn(&Call) -> bool + Send + Sync + 'static,
        fault: Fault,
    ) {
        held(&self.reception.faults).set(operation, when, fault);
    }

    /// Lets every answer take that long.
    pub fn latency(&self, latency: Duration) {
        *held(&self.reception.latency) = latency;
    }

    /// By how much a second of two look-ups may be shorter than a second.
    pub fn tolerance(&self, tolerance: Duration) {
        held(&self.reception.rate).tolerance = tolerance;
    }

    /// How many look-ups were refused because they were too many.
    pub fn exceeded(&self) -> usize {
        held(&self.reception.rate).exceeded
    }

    /// Everything that was seen, in the order of arrival.
    pub fn requests(&self) -> Vec<Seen> {
        held(&self.reception.seen).clone()
    }

    /// How many requests for an operation were seen.
    pub fn count(&self, operation: &str) -> usize {
        held(&self.reception.seen).iter().filter(|seen| seen.call.operation == operation).count()
    }

    /// What was asked for and does not exist here.
    pub fn unknown(&self) -> Vec<String> {
        held(&self.reception.unknown).clone()
    }
}

/// What a lock holds, even when a thread stopped while it had it.
fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}
