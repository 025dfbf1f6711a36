//! One run of the real cargo, as on a machine that has never run it.
//!
//! Each run has a home of its own, so nothing is in its caches, and its own
//! copy of the project. Absent: building.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use crate::{corpus, project};

/// What cargo is asked to do.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Task<'a> {
    /// `cargo generate-lockfile`: the index alone.
    Lock,
    /// `cargo fetch --locked` with this lock file: the index and the archives.
    Fetch(&'a str),
}

/// A run that succeeded; its folder is there until this is dropped.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) wall_secs: f64,
    /// The lock file after the run.
    pub(crate) lock: String,
    folder: tempfile::TempDir,
}

/// Runs `task` against crates.io itself, or with `replacement` in its place.
pub(crate) fn run(task: Task<'_>, replacement: Option<SocketAddr>, scratch: &Path) -> Result<Run> {
    let folder = tempfile::tempdir_in(scratch)?;
    let home = folder.path().join("home");
    let project = folder.path().join("project");
    fs::create_dir(&home)?;
    project::write(&project)?;
    if let Some(address) = replacement {
        fs::write(home.join("config.toml"), replaced_by(address))?;
    }

    // Started by `cargo run` we are told where the real cargo is, past the
    // program that chooses a toolchain.
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command
        .current_dir(&project)
        .env("CARGO_HOME", &home)
        .env_remove("CARGO_TARGET_DIR")
        .stdin(Stdio::null());
    let lock = project.join("Cargo.lock");
    match task {
        Task::Lock => command.arg("generate-lockfile"),
        Task::Fetch(text) => {
            fs::write(&lock, text)?;
            command.args(["fetch", "--locked"])
        }
    };
    let began = Instant::now();
    let output = command.output().context("starting cargo")?;
    let wall_secs = began.elapsed().as_secs_f64();
    ensure!(
        output.status.success(),
        "{command:?} failed: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(Run {
        wall_secs,
        lock: fs::read_to_string(lock)?,
        folder,
    })
}

fn replaced_by(address: SocketAddr) -> String {
    let view = corpus::VIEW;
    format!(
        "\
[registries.{view}]
index = \"sparse+http://{address}/{view}/index/\"

[source.crates-io]
replace-with = \"{view}\"
"
    )
}

impl Run {
    /// The paths, within the index, of all index files that cargo got.
    pub(crate) fn index_files(&self) -> Result<Vec<String>> {
        let mut found = Vec::new();
        for index in entries(&self.folder.path().join("home/registry/index"))? {
            let cache = index.join(".cache");
            let mut folders = vec![cache.clone()];
            while let Some(folder) = folders.pop() {
                for entry in entries(&folder)? {
                    if entry.is_dir() {
                        folders.push(entry);
                    } else {
                        let path = entry.strip_prefix(&cache)?.to_str();
                        found.push(path.context("names are ASCII")?.to_owned());
                    }
                }
            }
        }
        found.sort();
        Ok(found)
    }

    /// The archives that cargo downloaded, whose checksums it has verified.
    pub(crate) fn archives(&self) -> Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        for cache in entries(&self.folder.path().join("home/registry/cache"))? {
            found.extend(entries(&cache)?);
        }
        Ok(found)
    }
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    fs::read_dir(folder)
        .with_context(|| format!("listing {}", folder.display()))?
        .map(|entry| Ok(entry?.path()))
        .collect()
}
