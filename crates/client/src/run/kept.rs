//! Archives that were handed out, kept by checksum in the user's cache folder.
//!
//! A lock may name a version, or bytes of one, that a folder of crates no longer has;
//! what was built with is here. It is a cache: it may be removed at any time, and then
//! such locks need `--update-lock`.
//!
//! It is bounded: what no run needed for a long time goes, and beyond a size what was
//! needed longest ago. A file's time of modification is when it was needed last.
//!
//! Absent: which archives are worth keeping.

use crate::whole_file;
use crossdock_core::checksum::Checksum;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// How long an archive is kept that no run needs: a branch is taken up again after a
/// quarter of a year, hardly later.
pub const UNUSED_MAX: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// How many bytes are kept. A workspace of 150 crates has some ten megabytes, so this is
/// hundreds of its builds.
pub const BYTES_MAX: u64 = 2 * 1024 * 1024 * 1024;

/// What was needed within this span is kept whatever its size: a run must not take away
/// what it has just put there, nor that of another project of the day.
pub const SPARED: Duration = Duration::from_secs(24 * 60 * 60);

/// Archives by checksum.
#[derive(Clone, Debug)]
pub struct Kept(PathBuf);

impl Kept {
    /// That of the user: `$CROSSDOCK_CACHE`, else `crossdock` in `$XDG_CACHE_HOME`, else in
    /// `~/.cache`; in `beside` where there is no home.
    pub fn of_user(beside: &Path) -> Self {
        let given = |name: &str| std::env::var_os(name).filter(|folder| !folder.is_empty());
        let cache = given("CROSSDOCK_CACHE").map(PathBuf::from).or_else(|| {
            let cache = given("XDG_CACHE_HOME").map(PathBuf::from);
            let home = || Some(std::env::home_dir()?.join(".cache"));
            Some(cache.or_else(home)?.join("crossdock"))
        });
        Self(cache.unwrap_or_else(|| beside.to_owned()).join("crates"))
    }

    /// Returns an archive, if it is kept and whole.
    pub fn get(&self, checksum: &Checksum) -> Option<Vec<u8>> {
        let path = self.path(checksum);
        let bytes = fs::read(&path).ok()?;
        let whole = Checksum::of(&bytes) == *checksum;
        if whole {
            needed_now(&path);
        }
        whole.then_some(bytes)
    }

    /// Keeps an archive.
    ///
    /// # Errors
    /// What the system says.
    pub fn put(&self, checksum: &Checksum, bytes: &[u8]) -> io::Result<()> {
        let path = self.path(checksum);
        let whole = fs::metadata(&path).is_ok_and(|kept| kept.len() == bytes.len() as u64);
        match whole {
            true => {
                needed_now(&path);
                Ok(())
            }
            false => whole_file::write(&path, bytes),
        }
    }

    /// Removes what was not needed for [`UNUSED_MAX`], and what is beyond [`BYTES_MAX`],
    /// needed longest ago first; nothing that was needed within [`SPARED`].
    ///
    /// What cannot be removed stays: the next run tries again.
    pub fn prune(&self, now: SystemTime) {
        let mut kept: Vec<(Duration, u64, PathBuf)> = fs::read_dir(&self.0)
            .into_iter()
            .flatten()
            .filter_map(|entry| archive(&entry.ok()?.path(), now))
            .collect();
        kept.sort();
        let mut bytes = 0_u64;
        for (unused, size, path) in kept {
            bytes = bytes.saturating_add(size);
            if unused > UNUSED_MAX || bytes > BYTES_MAX && unused > SPARED {
                let _stays = fs::remove_file(path);
            }
        }
    }

    fn path(&self, checksum: &Checksum) -> PathBuf {
        self.0.join(format!("{checksum}.crate"))
    }
}

/// How long an archive was not needed, its size and its place; nothing for other files.
fn archive(path: &Path, now: SystemTime) -> Option<(Duration, u64, PathBuf)> {
    let name = path.file_name()?.to_str()?;
    name.strip_suffix(".crate")?.parse::<Checksum>().ok()?;
    let found = fs::symlink_metadata(path)
        .ok()
        .filter(fs::Metadata::is_file)?;
    // Needed later than now: clocks differ, and it was needed lately.
    let unused = now
        .duration_since(found.modified().ok()?)
        .unwrap_or_default();
    Some((unused, found.len(), path.to_owned()))
}

/// Notes that an archive is needed; where that cannot be noted it goes earlier.
fn needed_now(path: &Path) {
    let file = File::options().append(true).open(path);
    let _unnoted = file.and_then(|file| file.set_modified(SystemTime::now()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    #[test]
    fn what_is_not_needed_goes_and_what_is_needed_stays() {
        let place = TempDir::new().unwrap();
        let kept = Kept(place.path().join("crates"));
        let now = SystemTime::now();
        let put = |text: &str, days: u32| {
            let sum = Checksum::of(text.as_bytes());
            kept.put(&sum, text.as_bytes()).unwrap();
            let file = File::options().append(true).open(kept.path(&sum)).unwrap();
            file.set_modified(now - DAY * days).unwrap();
            (sum, file)
        };
        let ((old, _), (again, _)) = (put("old", 91), put("again", 91));
        let ((large, of_large), (lately, of_lately)) = (put("large", 3), put("lately", 0));
        let (young, _) = put("young", 2);
        of_large.set_len(BYTES_MAX).unwrap();
        of_large.set_modified(now - DAY * 3).unwrap();
        of_lately.set_len(BYTES_MAX).unwrap();
        of_lately.set_modified(now).unwrap();
        fs::write(kept.0.join("notes.txt"), "mine").unwrap();
        // What a run needs is young again.
        assert_eq!(kept.get(&again).unwrap(), b"again");
        kept.prune(now);
        let there = |sum: &Checksum| kept.path(sum).exists();
        assert!(there(&again) && there(&lately), "needed within a day");
        assert!(!there(&old), "for 91 days nobody needed it");
        assert!(!there(&large) && !there(&young), "beyond the bound");
        assert!(kept.0.join("notes.txt").exists());
        // A missing folder is nothing to prune.
        Kept(place.path().join("nowhere")).prune(now);
    }
}
