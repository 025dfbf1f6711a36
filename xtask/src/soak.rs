//! `cargo xtask soak`: what the tests try shortly, for hours.
//!
//! Absent: what is tried, which are the tests themselves; they read how long from their
//! environment.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::{bounded, postgresql, say};

/// A test that can go on for longer.
struct Campaign {
    word: &'static str,
    /// The program of tests, and the one of them.
    test: &'static str,
    filter: &'static str,
    /// How long, unless the environment says otherwise.
    numbers: &'static [(&'static str, &'static str)],
    limit: Duration,
    needs_postgresql: bool,
}

const CAMPAIGNS: [Campaign; 4] = [
    // On three nodes, some of which are killed.
    Campaign {
        word: "histories",
        test: "histories",
        filter: "",
        numbers: &[
            ("CROSSDOCK_HISTORIES", "200"),
            ("CROSSDOCK_OPERATIONS", "1000"),
        ],
        // Two minutes for a history on a busy machine.
        limit: Duration::from_secs(200 * 120),
        needs_postgresql: true,
    },
    Campaign {
        word: "kills",
        test: "kills",
        filter: "what_is_killed_under_load",
        numbers: &[("CROSSDOCK_KILLS", "2000")],
        // Ten seconds for a kill on a busy machine.
        limit: Duration::from_secs(2000 * 10),
        needs_postgresql: false,
    },
    Campaign {
        word: "power",
        test: "power_loss",
        filter: "",
        numbers: &[("CROSSDOCK_POWER_SEEDS", "500")],
        // Twenty seconds for a disk on a busy machine.
        limit: Duration::from_secs(500 * 20),
        needs_postgresql: false,
    },
    Campaign {
        word: "corruptions",
        test: "corruptions",
        filter: "",
        numbers: &[("CROSSDOCK_CORRUPTIONS", "1000")],
        // Thirteen in a round of ten seconds on a busy machine.
        limit: Duration::from_secs(80 * 30),
        needs_postgresql: false,
    },
];

/// Building the program from nothing, on a busy machine.
const BUILD_LIMIT: Duration = Duration::from_secs(60 * 60);

/// Runs those that are named, or all, and stops at the first anomaly; what is set in the
/// environment outranks the numbers here.
pub(crate) fn soak(root: &Path, named: &[&str]) -> Result<()> {
    let chosen = chosen(named)?;
    let mut build = cargo(root);
    build.args(["build", "-p", "crossdock", "--locked"]);
    bounded::run(build, BUILD_LIMIT)?;
    for campaign in chosen {
        if campaign.needs_postgresql {
            postgresql::install_if_absent()?;
        }
        let mut tests = cargo(root);
        tests.args(["test", "-p", "crossdock-conformance", "--locked"]);
        tests.args(["--test", campaign.test, "--"]);
        tests.args([campaign.filter, "--nocapture"]);
        for (name, number) in campaign.numbers {
            if std::env::var_os(name).is_none() {
                tests.env(name, number);
            }
        }
        bounded::run(tests, campaign.limit)?;
        say::line(&format!("xtask: {}: no anomaly", campaign.word));
    }
    Ok(())
}

fn chosen(named: &[&str]) -> Result<Vec<&'static Campaign>> {
    if named.is_empty() {
        return Ok(CAMPAIGNS.iter().collect());
    }
    let find = |word: &&str| {
        let found = CAMPAIGNS.iter().find(|campaign| campaign.word == *word);
        found.with_context(|| {
            let words = CAMPAIGNS.map(|campaign| campaign.word).join("`, `");
            format!("`{word}` is nothing that can go on for hours; there are `{words}`")
        })
    };
    named.iter().map(find).collect()
}

fn cargo(root: &Path) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.current_dir(root);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_named_is_all_and_what_is_unknown_is_said() {
        assert_eq!(chosen(&[]).unwrap().len(), CAMPAIGNS.len());
        assert_eq!(chosen(&["kills"]).unwrap()[0].word, "kills");
        let unknown = chosen(&["kill"]).err().unwrap().to_string();
        assert!(
            unknown.contains("`histories`, `kills`, `power`, `corruptions`"),
            "{unknown}"
        );
    }
}
