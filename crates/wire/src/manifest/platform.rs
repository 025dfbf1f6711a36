//! Platforms of dependencies: a target triple or `cfg(…)`.
//!
//! Read with `cargo-platform`, which is the code of cargo that reads the row later:
//! what it takes for an expression is one. It recurses without a bound, so the
//! nesting is looked at before.

use super::ManifestError;
use cargo_platform::Platform;
use std::str::FromStr;

/// Longest expression in bytes; real ones have some hundred.
const PLATFORM_BYTES_MAX: usize = 4096;

/// Deepest nesting of `all`, `any` and `not`; real ones have three or four.
const DEPTH_MAX: usize = 32;

/// Checks that cargo can read a platform.
pub(super) fn check(platform: &str) -> Result<(), ManifestError> {
    let refuse = |rule: String| {
        let platform = platform.chars().take(120);
        Err(ManifestError::Platform {
            platform: platform.flat_map(char::escape_debug).collect(),
            rule,
        })
    };
    if platform.len() > PLATFORM_BYTES_MAX {
        return refuse(format!("it has more than {PLATFORM_BYTES_MAX} bytes"));
    }
    if depth(platform) > DEPTH_MAX {
        return refuse(format!("it nests deeper than {DEPTH_MAX} levels"));
    }
    match Platform::from_str(platform) {
        Ok(_) => Ok(()),
        Err(error) => refuse(error.to_string().escape_debug().to_string()),
    }
}

/// Counts brackets in strings too, which no real expression has.
fn depth(platform: &str) -> usize {
    let (mut depth, mut deepest) = (0usize, 0);
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
