//! PostgreSQL, which tests start for themselves: installed where it is not and where it
//! can be.
//!
//! Absent: starting it, which each test does that needs one (`test-servers`).

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Result, bail};

use crate::{bounded, say};

/// Packages of some ten megabytes from a mirror nearby.
const INSTALL_LIMIT: Duration = Duration::from_secs(15 * 60);

/// Installs Debian's package if no PostgreSQL is found.
pub(crate) fn install_if_absent() -> Result<()> {
    if is_there() {
        return Ok(());
    }
    if !rustix::process::geteuid().is_root() || !in_path("apt-get") {
        bail!("there is no PostgreSQL, and only root installs one, on Debian and its kin");
    }
    say::line("xtask: postgresql: installing Debian's package");
    apt_get(&["update"])?;
    apt_get(&["install", "-y", "--no-install-recommends", "postgresql"])?;
    match is_there() {
        true => Ok(()),
        false => bail!("the package is installed, and its programs are not where they should be"),
    }
}

fn apt_get(arguments: &[&str]) -> Result<()> {
    let mut command = Command::new("apt-get");
    command
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive");
    bounded::run(command, INSTALL_LIMIT)
}

fn is_there() -> bool {
    let versions = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten();
    let mut folders = versions.flatten().map(|version| version.path().join("bin"));
    folders.any(|folder| folder.join("initdb").exists()) || in_path("initdb")
}

fn in_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders = std::env::split_paths(&path);
    folders.any(|folder: PathBuf| has(&folder, program))
}

fn has(folder: &Path, program: &str) -> bool {
    folder.join(program).exists()
}
