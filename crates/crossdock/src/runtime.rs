//! The two ways in which commands wait: on one thread, or on all cores.
//!
//! Absent: what is waited for.

use crate::report::Failure;
use std::future::Future;
use tokio::runtime::{Builder, Runtime};

/// Waits for a few questions to a server; one thread is plenty.
pub(crate) fn wait<T>(future: impl Future<Output = T>) -> Result<T, Failure> {
    let runtime = started(Builder::new_current_thread().enable_all().build())?;
    Ok(runtime.block_on(future))
}

/// Starts a runtime with a worker for each core, as a server needs.
pub(crate) fn on_all_cores() -> Result<Runtime, Failure> {
    started(Builder::new_multi_thread().enable_all().build())
}

fn started(runtime: std::io::Result<Runtime>) -> Result<Runtime, Failure> {
    runtime.map_err(|error| Failure::hinted(error, "the system starts no threads"))
}
