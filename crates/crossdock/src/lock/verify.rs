//! `crossdock lock verify`: every line of a lock held against its registry.
//!
//! Absent: the comparison (`crossdock-client`).

use super::{OfLock, failed};
use crate::progress;
use crate::report::{Failure, Outcome, out};
use clap::{Args, ValueEnum};
use crossdock_client::cargo_sources::cargo_home;
use crossdock_client::lock::verify::{self, Finding, Verified};
use serde_json::json;

/// `crossdock lock verify`
#[derive(Debug, Args)]
#[command(after_help = "\
Wrong is what the registry does not have, has with another checksum or refuses to tell,
and a line without a checksum. What is yanked, held back by a gate, from a registry that
is not ours, or on this machine in an archive that is not the lock's, is shown, and is
wrong if it is denied. Ours is what --url or cargo's
configuration for the project names; the crates.io identity is what takes its place
there, or the view named. Packages of the project and from git are counted.

Exit codes: 0 nothing wrong, 1 something is wrong, 2 a registry did not answer.

Examples:
  crossdock lock verify
  crossdock lock verify --lock ../shop/Cargo.lock --view main --deny yanked --deny gates --json")]
pub(super) struct Verify {
    #[command(flatten)]
    of: OfLock,
    /// What shall be wrong beyond what always is.
    #[arg(long, value_name = "WHAT")]
    deny: Vec<Denied>,
}

/// What `lock verify` can be told to fail on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Denied {
    /// Versions that were yanked.
    Yanked,
    /// Versions that a gate of the view holds back.
    Gates,
    /// Packages from registries that are not ours.
    NotOurs,
    /// Packages of which cargo has another archive on this machine than the lock says.
    OldArchive,
}

/// Verifies and tells.
pub(super) fn verify(arguments: &Verify) -> Result<Outcome, Failure> {
    let (on_disk, lookup) = arguments.of.open()?;
    let bar = progress::of_things("lines of the lock", 0);
    let step = |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    };
    let home = cargo_home();
    let verified = verify::verify(&on_disk.lock, &lookup, home.as_deref(), &step);
    let verified = crate::runtime::wait(verified)?;
    bar.finish_and_clear();
    let verified = verified.map_err(failed)?;
    let wrong = |finding: Finding| match finding {
        Finding::Unknown | Finding::Checksum | Finding::ChecksumMissing | Finding::Refused => true,
        Finding::Yanked => arguments.deny.contains(&Denied::Yanked),
        Finding::Gates => arguments.deny.contains(&Denied::Gates),
        Finding::NotOurs => arguments.deny.contains(&Denied::NotOurs),
        Finding::OldArchive => arguments.deny.contains(&Denied::OldArchive),
    };
    let count = verified.findings.iter();
    let count = count.filter(|found| wrong(found.finding)).count();
    match arguments.of.json {
        true => {
            let mut told = json!(verified);
            told["lock"] = json!(on_disk.path);
            told["wrong"] = json!(count);
            out(&format!("{told:#}"));
        }
        false => out(&told(&verified, wrong, count)),
    }
    Ok(match count {
        0 => Outcome::Done,
        _ => Outcome::Found,
    })
}

fn told(verified: &Verified, wrong: impl Fn(Finding) -> bool, count: usize) -> String {
    let mut lines: Vec<String> = verified
        .findings
        .iter()
        .map(|found| {
            let word = match wrong(found.finding) {
                true => "wrong",
                false => "note",
            };
            let verify::Found {
                name,
                version,
                source,
                detail,
                ..
            } = found;
            format!("{word}: {name} {version}: {detail}\n      {source}")
        })
        .collect();
    let unknown = verified.gates_unknown.iter();
    lines.extend(unknown.map(|why| format!("note: not all is known of gates: {why}")));
    lines.push(format!(
        "{} lines checked, {count} wrong; {} of the project and {} from git or the like were not looked at",
        verified.checked, verified.path, verified.elsewhere
    ));
    lines.join("\n")
}
