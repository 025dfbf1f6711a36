//! The repository's own chores, as one program: `cargo xtask test`, `cargo xtask tidy`.
//!
//! Apart from the product so that nothing we ship carries what only we need.
//! Each chore is Rust instead of a script: it has tests and says what to do when it refuses.
//!
//! Absent: anything that needs the network, writes into the tree or knows the product's types.

mod bounded;
mod fuzz;
mod postgresql;
mod say;
mod soak;
mod steps;
mod tidy;

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};

const HELP: &str = "\
The repository's own chores.

Usage: cargo xtask <COMMAND>

Commands:
  test    everything a change must pass: format, clippy, tidy, tests with conformance, documents
  soak    what tests try shortly, for hours: `histories`, `kills`, `power`, `corruptions`, or all if none is named
  soak fuzz [SECONDS]
          every fuzz target for so long, led by coverage; an hour each if nothing is said
  tidy    what the house asks of its files, checked in a second; prints the longest files and functions
  help    this text

Example: cargo xtask test
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say::problem(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<()> {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["test"] => steps::test(&root()?),
        ["soak", "fuzz"] => fuzz::fuzz(&root()?, None),
        ["soak", "fuzz", seconds] if !seconds.starts_with('-') => {
            fuzz::fuzz(&root()?, Some(seconds))
        }
        ["soak", campaigns @ ..] if !campaigns.iter().any(|word| word.starts_with('-')) => {
            soak::soak(&root()?, campaigns)
        }
        ["tidy"] => tidy::tidy(&root()?),
        ["help" | "--help" | "-h"] | [_, "--help" | "-h"] => {
            say::line(HELP.trim_end());
            Ok(())
        }
        [] => bail!("no command given; `cargo xtask --help` lists them"),
        other => bail!(
            "`{}` is no command; `cargo xtask --help` lists them",
            other.join(" ")
        ),
    }
}

/// The top of the work tree, whichever folder of it the command was typed in.
fn root() -> Result<PathBuf> {
    let output = Command::new("git")
        .args(["rev-parse", "--show-toplevel"])
        .output()
        .context("could not start git, which names the files of this repository")?;
    if !output.status.success() {
        bail!(
            "git does not see a repository here: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    let path = String::from_utf8(output.stdout).context("the repository's path is not UTF-8")?;
    Ok(PathBuf::from(path.trim_end_matches(['\n', '\r'])))
}
