//! An index in a git repository, made by the program `git`.
//!
//! The files lie in the repository's work tree as they do in a sparse index, so that
//! they can be looked at and checked; cargo fetches what is committed. Nobody's own
//! configuration of git is read: no hooks, no signing, no ignored files.
//!
//! Absent: what the files say.

use super::error::ExportError;
use std::path::Path;
use std::process::{Command, Stdio};

/// Commits what lies in a folder, if it is not what was committed last.
///
/// # Errors
/// [`ExportError::Git`].
pub fn commit(folder: &Path) -> Result<(), ExportError> {
    if !folder.join(".git").exists() {
        run(folder, &["init", "--quiet"])?;
    }
    run(folder, &["add", "--all", "--force", "."])?;
    if !is_same(folder, &["diff", "--cached", "--quiet", "HEAD", "--"])? {
        let message = "the crates of an export";
        run(folder, &["commit", "--quiet", "--no-verify", "-m", message])?;
    }
    Ok(())
}

/// Tells whether what lies in a folder is what was committed last.
///
/// # Errors
/// [`ExportError::Git`] if git is not there.
pub fn is_committed(folder: &Path) -> Result<bool, ExportError> {
    is_same(folder, &["diff", "--quiet", "HEAD", "--"])
}

fn run(folder: &Path, arguments: &[&str]) -> Result<(), ExportError> {
    let output = started(folder, arguments)?;
    match output.status.success() {
        true => Ok(()),
        false => Err(ExportError::Git(format!(
            "says to `git {}`: {}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr).trim()
        ))),
    }
}

fn is_same(folder: &Path, arguments: &[&str]) -> Result<bool, ExportError> {
    Ok(started(folder, arguments)?.status.success())
}

fn started(folder: &Path, arguments: &[&str]) -> Result<std::process::Output, ExportError> {
    let mut command = Command::new("git");
    for variable in [
        "GIT_DIR",
        "GIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_OBJECT_DIRECTORY",
    ] {
        command.env_remove(variable);
    }
    command
        .current_dir(folder)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", null_device())
        .env("GIT_TERMINAL_PROMPT", "0")
        .args([
            "-c",
            "user.name=crossdock",
            "-c",
            "user.email=crossdock@localhost",
        ])
        .args(["-c", "core.autocrlf=false", "-c", "init.defaultBranch=main"])
        // Whoever copied the folder may own it under another name.
        .args(["-c", "safe.directory=*"])
        .args(arguments)
        .stdin(Stdio::null());
    let output = command.output();
    output.map_err(|error| ExportError::Git(format!("cannot be started: {error}")))
}

fn null_device() -> &'static str {
    if cfg!(windows) { "NUL" } else { "/dev/null" }
}
