//! The registry web API (Cargo Book, "Registry Web API") and what stands beside it.
//!
//! One file per thing that can be asked for. Each reads its path and body, asks
//! one use case, and wraps the outcome in the bodies of `crossdock_wire::api`.

pub(crate) mod accounts;
pub(crate) mod alarms;
pub(crate) mod aliases;
pub(crate) mod apply;
pub(crate) mod backup;
pub(crate) mod batch;
pub(crate) mod egress;
pub(crate) mod explain;
pub(crate) mod freeze;
pub(crate) mod gates;
pub(crate) mod import;
pub(crate) mod krate;
pub(crate) mod overlays;
pub(crate) mod owners;
pub(crate) mod ownership;
pub(crate) mod policy;
pub(crate) mod publish;
pub(crate) mod removals;
pub(crate) mod search;
pub(crate) mod setup;
pub(crate) mod snapshots;
pub(crate) mod stats;
pub(crate) mod sync;
pub(crate) mod upkeep;
pub(crate) mod withdraw;
pub(crate) mod yank;

use crate::problem::Problem;
use crossdock_core::name::CrateName;
use crossdock_core::version::Version;

/// Reads a name from a path; the text of a refusal is the rule that was broken.
fn name(text: &str) -> Result<CrateName, Problem> {
    CrateName::parse(text).map_err(|error| Problem::Invalid(error.to_string()))
}

/// Reads what a command is told; the text of a refusal says what is wrong with it.
fn read<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let invalid = |error| Problem::Invalid(format!("the body cannot be read: {error}"));
    serde_json::from_slice(body).map_err(invalid)
}

/// Reads a version from a path; the text of a refusal is the rule that was broken.
fn version(text: &str) -> Result<Version, Problem> {
    Version::parse(text).map_err(|error| Problem::Invalid(error.to_string()))
}
