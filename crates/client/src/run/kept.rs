//! Archives that were handed out, kept by checksum in the user's cache folder.
//!
//! A lock may name a version, or bytes of one, that a folder of crates no longer has;
//! what was built with is here. It is a cache: it may be removed at any time, and then
//! such locks need `--update-lock`.
//!
//! Absent: which archives are worth keeping.

use crate::whole_file;
use crossdock_core::checksum::Checksum;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

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
        let bytes = fs::read(self.path(checksum)).ok()?;
        (Checksum::of(&bytes) == *checksum).then_some(bytes)
    }

    /// Keeps an archive.
    ///
    /// # Errors
    /// What the system says.
    pub fn put(&self, checksum: &Checksum, bytes: &[u8]) -> io::Result<()> {
        let path = self.path(checksum);
        let whole = fs::metadata(&path).is_ok_and(|kept| kept.len() == bytes.len() as u64);
        match whole {
            true => Ok(()),
            false => whole_file::write(&path, bytes),
        }
    }

    fn path(&self, checksum: &Checksum) -> PathBuf {
        self.0.join(format!("{checksum}.crate"))
    }
}
