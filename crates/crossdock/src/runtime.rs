//! The two ways in which commands wait: on one thread, or on all cores; and the
//! descriptors that a server may have open.
//!
//! Absent: what is waited for.

use crate::report::Failure;
use rustix::process::{Resource, getrlimit, setrlimit};
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

/// Raises the limit of open files to what the system allows this process.
///
/// The usual soft limit of 1024 is kept for programs that use `select`; a connection
/// is a descriptor, and so is an archive being read. A refusal leaves it as it is.
pub(crate) fn allow_many_files() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::warn!(%error, "the limit of open files stays as it is: {error}");
    }
}

fn started(runtime: std::io::Result<Runtime>) -> Result<Runtime, Failure> {
    runtime.map_err(|error| Failure::hinted(error, "the system starts no threads"))
}
