//! What cargo keeps of a package in its home, and forgetting just that.
//!
//! cargo keeps archives, unpacked sources and index answers under the version, never
//! under the checksum, so that a package with new bytes is built from the old ones. Its
//! folders are named `HOST-HASH`, the hash being that of its internal source id with its
//! own stable hasher (cargo 1.85 to 1.95 at least; a test with real cargo holds it).
//!
//! Absent: what was built (`built.rs`).

use crossdock_core::address::Address;
use crossdock_core::checksum::Checksum;
use crossdock_core::name::CrateName;
use crossdock_core::version::Version;
use crossdock_wire::index_path;
use rustc_stable_hash::StableSipHasher128;
use std::fs::{self, File, TryLockError};
use std::hash::{Hash as _, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The place of sparse registries in cargo's `SourceKind`, which its hash begins with.
const SPARSE_KIND: isize = 3;

/// cargo's lock on its package cache, in its home.
const CACHE_LOCK: &str = ".package-cache";

/// How long a running cargo is waited for.
const LOCK_WAIT: Duration = Duration::from_secs(20);

/// How often it is looked at meanwhile.
const LOCK_POLL: Duration = Duration::from_millis(50);

/// Why something could not be forgotten.
#[derive(Debug, thiserror::Error)]
pub enum ForgetError {
    /// Another cargo holds its package cache.
    #[error(
        "another cargo is at work in {}; try again when it is done", .0.display()
    )]
    Busy(PathBuf),
    /// cargo's own lock cannot be held.
    #[error("could not open {} to keep cargo away meanwhile", path.display())]
    Hold {
        /// The file of the lock.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The system refuses.
    #[error("could not remove {}", path.display())]
    System {
        /// What was to be removed.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// Returns the folder below `registry/cache`, `registry/src` and `registry/index` in which
/// cargo keeps what is of a sparse registry.
pub fn folder_name(address: &Address) -> Option<String> {
    let Address::Sparse(url) = address else {
        return None;
    };
    // cargo hashes the address without its final slash, unless that is the whole path.
    let whole = address.to_string();
    let hashed = match url.path() {
        "/" => whole.as_str(),
        _ => whole.trim_end_matches('/'),
    };
    let mut hasher = StableSipHasher128::new();
    SPARSE_KIND.hash(&mut hasher);
    hashed.hash(&mut hasher);
    let hash = Hasher::finish(&hasher).to_le_bytes();
    let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    Some(format!("{}-{hash}", url.host_str().unwrap_or_default()))
}

/// Tells whether cargo keeps another archive of a package than `current`.
pub fn is_stale(
    cargo_home: &Path,
    address: &Address,
    (name, version): (&CrateName, &Version),
    current: &Checksum,
) -> bool {
    let archive = folder_name(address).map(|folder| {
        let cache = cargo_home.join("registry/cache").join(folder);
        cache.join(format!("{name}-{version}.crate"))
    });
    let bytes = archive.and_then(|archive| fs::read(archive).ok());
    bytes.is_some_and(|bytes| Checksum::of(&bytes) != *current)
}

/// Removes what cargo keeps of the index of one crate, so that it asks again: with an
/// answer older than the lock it says that the checksum "changed between lock files".
///
/// # Errors
/// [`ForgetError`].
pub fn forget_answer(
    cargo_home: &Path,
    address: &Address,
    name: &CrateName,
) -> Result<(), ForgetError> {
    let answer = folder_name(address).map(|folder| {
        let answers = cargo_home
            .join("registry/index")
            .join(folder)
            .join(".cache");
        answers.join(index_path::path(&name.index_name()))
    });
    match answer.filter(|answer| answer.is_file()) {
        Some(answer) => {
            let _held = hold(cargo_home, CACHE_LOCK)?;
            remove(answer, |path| fs::remove_file(path), &mut Vec::new())
        }
        None => Ok(()),
    }
}

/// Removes what cargo keeps of one package of a registry, the archive unless it is
/// `current`, the one that the registry has now; returns what was removed.
///
/// # Errors
/// [`ForgetError`]; what was removed before stays removed, which costs a download.
pub fn forget(
    cargo_home: &Path,
    address: &Address,
    (name, version): (&CrateName, &Version),
    current: &Checksum,
) -> Result<Vec<PathBuf>, ForgetError> {
    let Some(folder) = folder_name(address) else {
        return Ok(Vec::new());
    };
    let registry = cargo_home.join("registry");
    if !registry.is_dir() {
        return Ok(Vec::new());
    }
    let _held = hold(cargo_home, CACHE_LOCK)?;
    let release = format!("{name}-{version}");
    let archive = registry
        .join("cache")
        .join(&folder)
        .join(format!("{release}.crate"));
    // Sources do not say which archive they were unpacked from; it is cheap to do again.
    let sources = registry.join("src").join(&folder).join(&release);
    let mut removed = Vec::new();
    if is_stale(cargo_home, address, (name, version), current) {
        remove(archive, |path| fs::remove_file(path), &mut removed)?;
    }
    remove(sources, |path| fs::remove_dir_all(path), &mut removed)?;
    Ok(removed)
}

pub(super) fn remove(
    path: PathBuf,
    how: impl Fn(&Path) -> io::Result<()>,
    removed: &mut Vec<PathBuf>,
) -> Result<(), ForgetError> {
    match how(&path) {
        Ok(()) => removed.push(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(source) => return Err(ForgetError::System { path, source }),
    }
    Ok(())
}

/// Holds cargo's own lock on a folder, so that no cargo unpacks or builds meanwhile.
pub(super) fn hold(folder: &Path, lock: &str) -> Result<File, ForgetError> {
    let path = folder.join(lock);
    let system = |source| ForgetError::Hold {
        path: path.clone(),
        source,
    };
    let options = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path);
    let file = options.map_err(system)?;
    let until = Instant::now() + LOCK_WAIT;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if Instant::now() < until => {
                std::thread::sleep(LOCK_POLL);
            }
            Err(TryLockError::WouldBlock) => {
                return Err(ForgetError::Busy(folder.to_owned()));
            }
            Err(TryLockError::Error(source)) => return Err(system(source)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_named_as_cargo_names_them() {
        // As found in the home of cargo 1.95 after it read a registry at this address.
        let address = Address::parse("sparse+http://127.0.0.1:32931/index/").unwrap();
        let name = folder_name(&address);
        assert_eq!(name.as_deref(), Some("127.0.0.1-2a8286f67c0523ac"));
        assert_eq!(folder_name(&Address::CratesIo), None);
    }
}
