//! What cargo built of packages, forgotten without cargo.
//!
//! `cargo clean -p` resolves first, and writes a lock that does not fit any more; it
//! cleans one profile only. So the folders in which cargo notes what is fresh are removed
//! here, in all profiles and for all platforms: `.fingerprint/NAME-HASH`, and what build
//! scripts left in `build/NAME-HASH` (cargo 1.85 to 1.95), or in `build/NAME` as newer
//! ones have it. They are of a name, whatever its version, and so is what cargo cleans.
//!
//! Absent: where cargo builds, and the files themselves, which cargo writes over.

use super::cached::{ForgetError, hold, remove};
use crossdock_core::name::CrateName;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Digits of cargo's hashes in names of folders.
const HASH_DIGITS: usize = 16;

/// Makes cargo build these packages anew; `target` is its folder, which need not exist.
///
/// # Errors
/// [`ForgetError`]; what was forgotten before is built again, nothing else.
pub fn forget(target: &Path, names: &BTreeSet<CrateName>) -> Result<(), ForgetError> {
    for profile in profiles(target) {
        let _held = hold(&profile, ".cargo-lock")?;
        for (folder, has_names) in [(".fingerprint", false), ("build", true)] {
            for entry in folders(&profile.join(folder)) {
                let of = entry.file_name().and_then(|name| name.to_str());
                let is_of = |name: &CrateName| {
                    let rest = of.and_then(|of| of.strip_prefix(name.as_str()));
                    rest.is_some_and(|rest| is_hash(rest) || has_names && rest.is_empty())
                };
                if names.iter().any(is_of) {
                    remove(entry, |path| fs::remove_dir_all(path), &mut Vec::new())?;
                }
            }
        }
    }
    Ok(())
}

fn is_hash(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or_default();
    digits.len() == HASH_DIGITS && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The folders of profiles: `debug`, or below that of a platform.
fn profiles(target: &Path) -> Vec<PathBuf> {
    let first = folders(target);
    let second: Vec<_> = first.iter().flat_map(|folder| folders(folder)).collect();
    let all = first.into_iter().chain(second);
    all.filter(|folder| folder.join(".fingerprint").is_dir())
        .collect()
}

/// The folders in a folder, no links among them.
fn folders(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let folders = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    folders.map(|entry| entry.path()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_named_are_forgotten_in_every_profile() {
        let target = tempfile::tempdir().unwrap();
        let hash = "0123456789abcdef";
        let ours = ["debug", "release", "x86_64-unknown-linux-gnu/debug"]
            .map(|profile| format!("{profile}/.fingerprint/petal-{hash}"));
        let others = [
            format!("debug/.fingerprint/petal-core-{hash}"),
            format!("debug/.fingerprint/leaf-{hash}"),
            "debug/.fingerprint/petal".to_owned(),
            format!("debug/deps/petal-{hash}"),
        ];
        let scripts = [
            format!("debug/build/petal-{hash}"),
            "debug/build/petal".to_owned(),
        ];
        for path in ours.iter().chain(&others).chain(&scripts) {
            fs::create_dir_all(target.path().join(path)).unwrap();
        }
        let names = BTreeSet::from([CrateName::parse("petal").unwrap()]);
        forget(target.path(), &names).unwrap();
        for path in ours.iter().chain(&scripts) {
            assert!(!target.path().join(path).exists(), "{path}");
        }
        for path in &others {
            assert!(target.path().join(path).is_dir(), "{path}");
        }
        forget(&target.path().join("nowhere"), &names).unwrap();
    }
}
