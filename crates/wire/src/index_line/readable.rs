//! Which values of a row cargo can read, judged by the crates that cargo itself reads
//! them with: `semver` and `cargo-platform`.
//!
//! A row with one that it cannot read is a version that does not exist for cargo
//! (measured, cargo 1.95: "index entry is invalid").
//!
//! Absent: whether features make sense together. Cargo leaves such versions out by
//! itself, and what makes sense may change with it.

use super::IndexLineError;
use cargo_platform::Platform;
use crossdock_core::release::Dependency;
use semver::{Op, Version, VersionReq};
use std::str::FromStr;

/// Deepest nesting of `all`, `any` and `not` in a platform; real ones have four.
///
/// cargo reads it by recursion without a bound: one row with 200,000 levels ends the
/// process of whoever asks for the crate (measured, cargo 1.95). At 128 levels of less
/// than a kilobyte, 2 MB of stack are far.
const NESTING_MAX: usize = 128;

/// Checks a dependency's names, requirement and platform.
pub(super) fn check_dependency(dependency: &Dependency) -> Result<(), IndexLineError> {
    let refuse = |what: &'static str, value: &str| {
        Err(IndexLineError::Dependency {
            dependency: dependency.name.clone(),
            what,
            value: value.to_owned(),
        })
    };
    // cargo 1.95 panics over an empty name. Of a name that no crate can have we could
    // not say whose crate is meant, and null would mean another one.
    if dependency.name.is_empty() || dependency.crate_name().is_none() {
        return refuse("name", &dependency.name);
    }
    if VersionReq::parse(&dependency.req).is_err() {
        return refuse("requirement", &dependency.req);
    }
    match &dependency.platform {
        Some(platform)
            if nesting(platform) > NESTING_MAX || Platform::from_str(platform).is_err() =>
        {
            refuse("platform", platform)
        }
        _ => Ok(()),
    }
}

/// Counts brackets in strings too, which no real platform has.
fn nesting(platform: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for byte in platform.bytes() {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// Tells whether a text is one to three numbers, as `rust_version` has to be.
///
/// Cargo reads it as a version or, failing that, as a requirement without operator,
/// which lets spaces around it pass.
pub(super) fn is_rust_version(text: &str) -> bool {
    match Version::parse(text) {
        Ok(version) => version.pre.is_empty() && version.build.is_empty(),
        Err(_) => VersionReq::parse(text).is_ok_and(|req| {
            let bare = |only: &semver::Comparator| only.op == Op::Caret && only.pre.is_empty();
            !text.starts_with('^') && matches!(req.comparators.as_slice(), [only] if bare(only))
        }),
    }
}
