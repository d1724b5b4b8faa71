//! Where asynchronous work runs, and how it is stopped.

use std::{future::Future, io, process, thread};

use anstream::eprintln;
use tokio::{
    runtime::{Builder, Runtime},
    sync::watch,
};

/// Exit code of a program that SIGINT ended.
const INTERRUPTED: i32 = 130;

/// Runs asynchronous work to its end.
pub fn block_on<F: Future>(work: F) -> io::Result<F::Output> {
    Ok(runtime()?.block_on(work))
}

/// What asynchronous work is run by; connections live as long as it does.
pub fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

/// Becomes true when the user stops the program; when they do so once more, it ends at once.
///
/// The signals are waited for in a thread of their own, so that they count while a report is being
/// made too.
pub fn stopped(quiet: bool) -> watch::Receiver<bool> {
    let (stop, stopped) = watch::channel(false);
    thread::spawn(move || {
        let Ok(runtime) = runtime() else { return };
        runtime.block_on(async {
            if signal().await.is_err() {
                return;
            }
            if !quiet {
                eprintln!("stopping: what has come is written; once more to quit at once");
            }
            // Nobody may be listening any more.
            let _ = stop.send(true);
            if signal().await.is_ok() {
                process::exit(INTERRUPTED);
            }
        });
    });
    stopped
}

#[cfg(unix)]
async fn signal() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        result = tokio::signal::ctrl_c() => result,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn signal() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}
