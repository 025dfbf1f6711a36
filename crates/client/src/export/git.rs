//! An index in a git repository, made by the program `git`.
//!
//! The files lie in the repository's work tree as they do in a sparse index, so that
//! they can be looked at and checked; cargo fetches what is committed. Nobody's own
//! configuration of git is read: no hooks, no signing, no ignored files.
//!
//! Absent: what the files say.

use super::error::ExportError;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// Commits what lies in a folder, if it is not what was committed last.
///
/// # Errors
/// [`ExportError::Git`].
pub fn commit(folder: &Path) -> Result<(), ExportError> {
    let repository = folder.join(".git");
    if repository.exists() && !started(folder, WHOLE)?.status.success() {
        // Nothing in it is not in the files beside it.
        let removed = fs::remove_dir_all(&repository);
        removed.map_err(|error| ExportError::system("remove", &repository, error))?;
    }
    if !repository.exists() {
        run(folder, &["init", "--quiet", "--template="])?;
    }
    run(folder, &["add", "--all", "--force", "."])?;
    if !is_same(folder, &["diff", "--cached", "--quiet", "HEAD", "--"])? {
        let message = "the crates of an export";
        run(folder, &["commit", "--quiet", "--no-verify", "-m", message])?;
    }
    Ok(())
}

/// Says what is wrong with the repository in a folder: objects that git, and so cargo,
/// cannot read, or other files than were committed last; nothing if it is whole.
///
/// # Errors
/// [`ExportError::Git`] if git is not there.
pub fn fault(folder: &Path) -> Result<Option<String>, ExportError> {
    let looked = started(folder, WHOLE)?;
    if !looked.status.success() {
        let said = String::from_utf8_lossy(&looked.stderr);
        let said = said.lines().next().unwrap_or_default().trim();
        return Ok(Some(format!("is a broken git repository: {said}")));
    }
    let committed = is_same(folder, &["diff", "--quiet", "HEAD", "--"])?;
    Ok((!committed).then(|| "is not what is committed there".to_owned()))
}

/// Reads every object; what nothing leads to is no fault.
const WHOLE: &[&str] = &["fsck", "--full", "--no-dangling", "--no-progress"];

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
    for variable in ["GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"] {
        command.env_remove(variable);
    }
    command
        .current_dir(folder)
        // Else git would take a repository above for one here that it cannot read.
        .env("GIT_DIR", ".git")
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
