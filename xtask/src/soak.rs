//! `cargo xtask soak`: what the tests try shortly, for hours.
//!
//! Absent: what is tried, which are the tests themselves; they read how long from their
//! environment.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;

use crate::{bounded, postgresql, say};

/// 200 histories of 1,000 operations on three nodes, some of which are killed.
const HISTORIES: [(&str, &str); 2] = [
    ("CROSSDOCK_HISTORIES", "200"),
    ("CROSSDOCK_OPERATIONS", "1000"),
];

/// Two minutes for a history on a busy machine.
const LIMIT: Duration = Duration::from_secs(200 * 120);

/// Runs them and stops at the first anomaly; what is set in the environment outranks
/// the numbers here.
pub(crate) fn soak(root: &Path) -> Result<()> {
    postgresql::install_if_absent()?;
    let mut build = cargo(root);
    build.args(["build", "-p", "crossdock", "--locked"]);
    bounded::run(build, LIMIT)?;
    let mut histories = cargo(root);
    histories.args(["test", "-p", "crossdock-conformance", "--locked"]);
    histories.args(["--test", "histories", "--", "--nocapture"]);
    for (name, number) in HISTORIES {
        if std::env::var_os(name).is_none() {
            histories.env(name, number);
        }
    }
    bounded::run(histories, LIMIT)?;
    say::line("xtask: no anomaly");
    Ok(())
}

fn cargo(root: &Path) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.current_dir(root);
    command
}
