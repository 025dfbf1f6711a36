//! The command, and every cargo it starts, told where the registry is.
//!
//! cargo takes sources from no environment variable, tells subcommands that it starts
//! nothing of its own `--config`, and sets `$CARGO` for them to itself (cargo 1.95). So a
//! link named `cargo` to this program stands first in the search path and in `$CARGO`;
//! called by it, the program becomes the real cargo with `--config FILE` before the
//! arguments, or the program of a subcommand that is not cargo's own.
//!
//! Absent: what is in the file.

use crate::report::{Failure, Outcome};
use crossdock_client::cargo_sources::cargo_home;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use thiserror::Error;

/// The variable that names the real cargo, and says that this program stands for it.
const REAL: &str = "CROSSDOCK_RUN_CARGO";

/// The variable that lists the files of configuration, as search paths are listed.
const FILES: &str = "CROSSDOCK_RUN_CONFIG";

/// cargo's own commands and their short forms, as `cargo --list` of 1.95 has them; a
/// program called `cargo-build` is none of cargo's.
#[rustfmt::skip]
const OWN: [&str; 44] = [
    "add", "b", "bench", "build", "c", "check", "clean", "config", "d", "doc", "fetch",
    "fix", "generate-lockfile", "help", "info", "init", "install", "locate-project",
    "login", "logout", "metadata", "new", "owner", "package", "pkgid", "publish", "r",
    "read-manifest", "remove", "report", "rm", "run", "rustc", "rustdoc", "search", "t",
    "test", "tree", "uninstall", "update", "vendor", "verify-project", "version", "yank",
];

/// A file that cargo is told of, and where the link is put.
pub(super) struct Configuration {
    /// The file.
    pub(super) file: PathBuf,
    /// The folder for the link.
    pub(super) programs: PathBuf,
}

/// Why the command did not start.
#[derive(Debug, Error)]
enum StartError {
    #[error("there is no `cargo` in the search path")]
    NoCargo,
    #[error("could not put a link to this program into {}", .0.display())]
    Link(PathBuf, #[source] io::Error),
    #[error("a search path cannot hold {}", .0.display())]
    Path(PathBuf, #[source] std::env::JoinPathsError),
    #[error("could not run `{0}`")]
    Command(String, #[source] io::Error),
}

/// Becomes the command; returns only if it cannot be started.
pub(super) fn become_command(
    command: &[OsString],
    configuration: &Configuration,
) -> Result<Outcome, Failure> {
    let Some((program, arguments)) = command.split_first() else {
        return Ok(Outcome::Done);
    };
    let mut child = Command::new(program);
    child.args(arguments);
    let environment = environment(configuration).map_err(Failure::plain)?;
    if program == "cargo" {
        // The search for the program would be in our own path.
        child = Command::new(configuration.programs.join("cargo"));
        child.args(arguments);
    }
    child.envs(environment);
    // Only comes back if there is no such program.
    let error = child.exec();
    let program = program.to_string_lossy().into_owned();
    Err(Failure::plain(StartError::Command(program, error)))
}

/// Becomes the real cargo if this process was started in its place.
pub(crate) fn in_place_of_cargo(arguments: &[OsString]) -> Option<Result<Outcome, Failure>> {
    let (called, rest) = arguments.split_first()?;
    if Path::new(called).file_name() != Some(OsStr::new("cargo")) {
        return None;
    }
    let real = std::env::var_os(REAL)?;
    let files = std::env::var_os(FILES).unwrap_or_default();
    // `+nightly` is for rustup and has to stay in front.
    let (toolchain, rest) = match rest.split_first() {
        Some((first, rest)) if first.to_string_lossy().starts_with('+') => (Some(first), rest),
        _ => (None, rest),
    };
    if let Some(mut subcommand) = subcommand(rest) {
        if let Some(toolchain) = toolchain {
            let name = toolchain.to_string_lossy().into_owned();
            subcommand.env("RUSTUP_TOOLCHAIN", name.trim_start_matches('+'));
        }
        let error = subcommand.args(rest).exec();
        let shown = subcommand.get_program().to_string_lossy().into_owned();
        return Some(Err(Failure::plain(StartError::Command(shown, error))));
    }
    let mut cargo = Command::new(&real);
    cargo.args(toolchain);
    for file in std::env::split_paths(&files) {
        cargo.arg("--config").arg(file);
    }
    let error = cargo.args(rest).exec();
    let shown = real.to_string_lossy().into_owned();
    Some(Err(Failure::plain(StartError::Command(shown, error))))
}

/// Finds the program of a subcommand that is not cargo's own, where cargo looks for it.
fn subcommand(arguments: &[OsString]) -> Option<Command> {
    let name = arguments.first()?.to_str()?;
    if name.starts_with('-') || OWN.contains(&name) {
        return None;
    }
    let home = cargo_home().map(|home| home.join("bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = home.into_iter().chain(std::env::split_paths(&path));
    let mut all = folders.map(|folder| folder.join(format!("cargo-{name}")));
    all.find(|program| runs(program)).map(Command::new)
}

fn environment(configuration: &Configuration) -> Result<Vec<(&'static str, OsString)>, StartError> {
    let Configuration { file, programs } = configuration;
    let path = std::env::var_os("PATH").unwrap_or_default();
    let real = match std::env::var_os(REAL) {
        // Within another run: its configuration holds too.
        Some(real) => real,
        None => real_cargo(&path).ok_or(StartError::NoCargo)?.into(),
    };
    let link = link(programs).map_err(|error| StartError::Link(programs.clone(), error))?;
    let joined = |first: &Path, rest: &OsStr| {
        let rest = std::env::split_paths(rest).filter(|path| !path.as_os_str().is_empty());
        let all = std::iter::once(first.to_owned()).chain(rest);
        std::env::join_paths(all).map_err(|error| StartError::Path(first.to_owned(), error))
    };
    let files = std::env::var_os(FILES).unwrap_or_default();
    Ok(vec![
        (FILES, joined(file, &files)?),
        ("PATH", joined(programs, &path)?),
        ("CARGO", link.into()),
        (REAL, real),
    ])
}

/// Finds cargo: that of the search path, which may be rustup's and knows `+toolchain`.
fn real_cargo(path: &OsStr) -> Option<PathBuf> {
    let mut all = std::env::split_paths(path).map(|folder| folder.join("cargo"));
    let found = all.find(|program| runs(program));
    found.or_else(|| std::env::var_os("CARGO").map(PathBuf::from))
}

fn runs(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    let file = path.metadata();
    file.is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

/// Puts the link into a folder whose path does not change, because some crates are built
/// anew when `$CARGO` does.
fn link(programs: &Path) -> io::Result<PathBuf> {
    std::fs::create_dir_all(programs)?;
    let (link, this) = (programs.join("cargo"), std::env::current_exe()?);
    if std::fs::read_link(&link).is_ok_and(|leads_to| leads_to == this) {
        return Ok(link);
    }
    // Made aside and moved, so that a run beside this one always finds it.
    let aside = programs.join(format!(".cargo-{}", std::process::id()));
    std::os::unix::fs::symlink(this, &aside)?;
    std::fs::rename(&aside, &link)?;
    Ok(link)
}
