//! A folder, a cargo home and an environment for one case.
//!
//! Nothing of the machine leaks in: no inherited `CARGO_*`, no user's
//! configuration, no proxy. Nothing leaks out either: whatever would go beyond this
//! machine over TLS meets a proxy that refuses. The folder is kept when the case
//! fails, and its path is printed.
//!
//! Absent: what is tested.

use crate::command::{self, Outcome, RUN_LIMIT};
use crate::server::{built, program};
use crate::small_disk::SmallDisk;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use tempfile::TempDir;

/// Port 1 of this machine, where nothing listens: a way out that leads nowhere.
const NO_WAY_OUT: &str = "http://127.0.0.1:1";

/// A folder, a cargo home and an environment.
#[derive(Debug)]
pub struct Workbench {
    folder: TempDir,
    /// How many homes were taken so far; the last one is in use.
    homes: AtomicUsize,
    runs: AtomicUsize,
}

impl Workbench {
    /// Sets up an empty one.
    ///
    /// # Panics
    /// If the machine has no room for temporary files.
    #[expect(
        clippy::new_without_default,
        reason = "it takes a folder on disk, which no default should"
    )]
    pub fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("conformance-").tempdir();
        let bench = Self {
            folder: folder.expect("temporary files can be made"),
            homes: AtomicUsize::new(0),
            runs: AtomicUsize::new(0),
        };
        for name in ["home", "runs", "temporary"] {
            fs::create_dir(bench.path(name)).expect("the new folder is empty and ours");
        }
        bench
    }

    /// Returns the path of something in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Returns the cargo home in use.
    pub fn cargo_home(&self) -> PathBuf {
        self.path(&format!(
            "cargo-home-{}",
            self.homes.load(Ordering::Relaxed)
        ))
    }

    /// Goes on with an empty cargo home, as on another machine.
    pub fn forget_cargo_home(&self) {
        self.homes.fetch_add(1, Ordering::Relaxed);
    }

    /// Writes a file below the folder, with the folders above it.
    ///
    /// # Panics
    /// If it cannot be written.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap_or(&path))
            .expect("the workbench's folder is writable");
        fs::write(&path, text).expect("the workbench's folder is writable");
    }

    /// Runs cargo in a folder.
    pub fn cargo(&self, folder: &Path, arguments: &[&str]) -> Outcome {
        self.cargo_with(folder, arguments, &[])
    }

    /// Runs cargo in a folder with more in its environment.
    pub fn cargo_with(
        &self,
        folder: &Path,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> Outcome {
        let mut command = self.command(&cargo());
        command
            .current_dir(folder)
            .args(arguments)
            .envs(environment.iter().copied());
        self.run(command)
    }

    /// Runs cargo in a folder, with a text for it to read.
    #[track_caller]
    pub fn cargo_told(&self, folder: &Path, arguments: &[&str], text: &str) -> Outcome {
        let mut command = self.command(&cargo());
        command.current_dir(folder).args(arguments);
        self.told(command, text)
    }

    /// Runs our program with a text for it to read.
    #[track_caller]
    pub fn crossdock_told(&self, arguments: &[&str], text: &str) -> Outcome {
        let mut command = self.command(&program());
        command.args(arguments);
        self.told(command, text)
    }

    #[track_caller]
    fn told(&self, mut command: Command, text: &str) -> Outcome {
        self.write("told", text);
        let told = fs::File::open(self.path("told")).expect("it was just written");
        command.stdin(told);
        self.run(command)
    }

    /// Prepares a program with the workbench's environment and nothing else.
    pub fn command(&self, program: &Path) -> Command {
        self.command_in(&[], program)
    }

    /// Prepares a program that runs where a small disk is.
    pub fn command_on(&self, disk: &SmallDisk, program: &Path) -> Command {
        self.command_in(&disk.before(), program)
    }

    /// Prepares a program that others start, as they say it themselves.
    pub(crate) fn command_in(&self, before: &[OsString], program: &Path) -> Command {
        let mut command = match before {
            [] => Command::new(program),
            [first, others @ ..] => {
                let mut command = Command::new(first);
                command.args(others).arg(program);
                command
            }
        };
        command
            .env_clear()
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        command.envs([
            ("PATH", search_path()),
            ("HOME", self.path("home").into()),
            ("TMPDIR", self.path("temporary").into()),
            ("CARGO_HOME", self.cargo_home().into()),
        ]);
        command.envs([
            ("LC_ALL", "C"),
            ("HTTPS_PROXY", NO_WAY_OUT),
            ("CARGO_TERM_COLOR", "never"),
            ("CARGO_TERM_PROGRESS_WHEN", "never"),
            ("CARGO_INCREMENTAL", "0"),
            ("CARGO_PROFILE_DEV_DEBUG", "0"),
            // One answer is what a case asks about; a repetition would hide a wrong one.
            ("CARGO_NET_RETRY", "0"),
        ]);
        command
    }

    /// Runs a prepared program to its end.
    #[track_caller]
    pub fn run(&self, command: Command) -> Outcome {
        let number = self.runs.fetch_add(1, Ordering::Relaxed);
        command::run(
            command,
            &self.path("runs").join(format!("{number:03}")),
            RUN_LIMIT,
        )
    }
}

impl Drop for Workbench {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.folder.disable_cleanup(true);
            eprintln!("kept for you: {}", self.folder.path().display());
        }
    }
}

/// The cargo that runs these tests, or `CROSSDOCK_CARGO`.
pub(crate) fn cargo() -> PathBuf {
    let given = std::env::var_os("CROSSDOCK_CARGO").or_else(|| std::env::var_os("CARGO"));
    given.map_or_else(|| "cargo".into(), PathBuf::from)
}

/// The caller's search path behind the toolchain's own folder and ours: compilers are then
/// found without a proxy that would want a home of its own.
fn search_path() -> OsString {
    static FOUND: OnceLock<OsString> = OnceLock::new();
    FOUND
        .get_or_init(|| {
            let inherited = std::env::var_os("PATH").unwrap_or_default();
            let sysroot = Command::new("rustc").args(["--print", "sysroot"]).output();
            let sysroot =
                sysroot.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
            let toolchain = sysroot
                .into_iter()
                .map(|sysroot| Path::new(&sysroot).join("bin"));
            // As installed: cargo finds the credential provider by its bare name.
            let ours = built().and_then(|program| Some(program.parent()?.to_owned()));
            let folders = toolchain.chain(ours);
            let folders = folders.chain(std::env::split_paths(&inherited));
            std::env::join_paths(folders).unwrap_or(inherited)
        })
        .clone()
}
