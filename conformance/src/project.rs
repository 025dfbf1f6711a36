//! A package on disk, and cargo run in it.
//!
//! Absent: cargo's configuration, which holds for the whole workbench.

use crate::command::Outcome;
use crate::krate::Krate;
use crate::lock::Lock;
use crate::server::program;
use crate::workbench::Workbench;
use std::fs;
use std::path::{Path, PathBuf};

/// A package on disk.
#[derive(Debug)]
pub struct Project<'b> {
    bench: &'b Workbench,
    name: String,
    folder: PathBuf,
}

impl<'b> Project<'b> {
    /// Writes the sources of a crate to a folder of its name.
    pub fn create(bench: &'b Workbench, krate: &Krate) -> Self {
        Self::create_at(bench, &krate.name, krate)
    }

    /// Writes the sources of a crate to a folder of the workbench.
    pub fn create_at(bench: &'b Workbench, folder: &str, krate: &Krate) -> Self {
        for (path, text) in krate.sources() {
            bench.write(&format!("{folder}/{path}"), text);
        }
        Self {
            bench,
            name: folder.to_owned(),
            folder: bench.path(folder),
        }
    }

    /// Takes what was written to a folder of the workbench before.
    pub fn open(bench: &'b Workbench, folder: &str) -> Self {
        Self {
            bench,
            name: folder.to_owned(),
            folder: bench.path(folder),
        }
    }

    /// Returns the folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes a file of the project.
    pub fn write(&self, path: &str, text: &str) {
        self.bench.write(&format!("{}/{path}", self.name), text);
    }

    /// Reads a file of the project.
    ///
    /// # Panics
    /// If it is not there.
    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.folder.join(path)).expect("a case reads what it or cargo wrote")
    }

    /// Removes a file of the project.
    ///
    /// # Panics
    /// If it is not there.
    pub fn remove(&self, path: &str) {
        fs::remove_file(self.folder.join(path)).expect("a case removes what it or cargo wrote");
    }

    /// Runs cargo in the project.
    #[track_caller]
    pub fn cargo(&self, arguments: &[&str]) -> Outcome {
        self.bench.cargo(&self.folder, arguments)
    }

    /// Runs cargo in the project with more in its environment.
    #[track_caller]
    pub fn cargo_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Outcome {
        self.bench.cargo_with(&self.folder, arguments, environment)
    }

    /// Runs our program in the project.
    #[track_caller]
    pub fn crossdock(&self, arguments: &[&str]) -> Outcome {
        let mut command = self.bench.command(&program());
        command.current_dir(&self.folder).args(arguments);
        self.bench.run(command)
    }

    /// Publishes the project to a registry of cargo's configuration.
    #[track_caller]
    pub fn publish(&self, registry: &str, token: &str) -> Outcome {
        let variable = format!(
            "CARGO_REGISTRIES_{}_TOKEN",
            registry.to_ascii_uppercase().replace('-', "_")
        );
        let arguments = ["publish", "--no-verify", "--registry", registry];
        self.cargo_with(&arguments, &[(&variable, token)])
    }

    /// Reads the project's lock.
    #[track_caller]
    pub fn lock(&self) -> Lock {
        Lock::read(&self.folder.join("Cargo.lock"))
    }
}
