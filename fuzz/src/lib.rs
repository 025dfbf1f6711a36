//! What strangers send, mutated: the parsers that meet it first, and what must hold of
//! whatever they take.
//!
//! A target is a function from bytes ([`target::TARGETS`]); it panics if something does not
//! hold. Two things call it: tests for a few seconds each, with mutations of the seeds
//! ([`mutation`]), and libFuzzer for as long as one likes, led by coverage
//! (`cargo xtask soak fuzz`). docs/decisions/0145 says why both.
//!
//! Absent: settings, which are the operator's own words and not public; their test in
//! `crates/crossdock` takes the mutations from here.

pub mod mutation;
pub mod seed;
pub mod target;
mod target_archive;
mod target_lockfile;
mod target_manifest;
mod target_publish;
mod target_row;
