//! `crossdock gc`: archives that nobody names are taken away once they are old enough.
//!
//! Absent: what is named (`registry`).

use crate::command_line::ServerArguments;
use crate::report::{Failure, Outcome, out};
use crate::settings;
use crate::stores::Stores;
use crate::upkeep::{self, DataPlace, Place};
use clap::Args;
use crossdock_registry::{GRACE_MIN, Gc, GcReport};
use std::path::PathBuf;
use std::time::Duration;

/// `crossdock gc`
#[derive(Debug, Args)]
#[command(after_help = "\
Bytes are written before the row that names them, so a publish that was refused or
broken off may leave some. Whatever a fact or any row names, of today or of any epoch,
stays. Purged releases went when they were purged.

Examples:
  crossdock gc --dry-run
  crossdock gc --grace 30d --config /etc/crossdock/crossdock.toml")]
pub(crate) struct GcArguments {
    #[command(flatten)]
    server: ServerArguments,
    /// Folder for everything that is kept, instead of what the settings say.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// How long nobody must have kept what is taken away; from 1h to 30d.
    #[arg(long, value_name = "SPAN", default_value = "7d", value_parser = grace)]
    grace: Duration,
    /// Say what would go, and take nothing away.
    #[arg(long)]
    dry_run: bool,
    /// Print what was done as JSON.
    #[arg(long)]
    json: bool,
}

fn grace(text: &str) -> Result<Duration, String> {
    settings::span(text)
        .filter(|span| *span >= GRACE_MIN)
        .ok_or_else(|| {
            "write a whole number and one of s, m, h, d, from 1h to 30d: no publish takes an hour"
                .to_owned()
        })
}

/// Tidies up.
pub(crate) fn gc(arguments: GcArguments) -> Result<Outcome, Failure> {
    let (grace, dry_run) = (arguments.grace, arguments.dry_run);
    let job = serde_json::json!({
        "job": "gc",
        "grace_secs": grace.as_secs(),
        "dry_run": dry_run,
    });
    let report = match upkeep::place(&arguments.server, arguments.data)? {
        Place::Server(server) => upkeep::asked(&server, &job)?,
        Place::Data(data) => crate::runtime::wait(tidy(*data, grace, dry_run))??,
    };
    if arguments.json {
        let report = serde_json::to_value(&report).map_err(Failure::plain)?;
        out(&format!("{report:#}"));
    } else {
        out(&told(&report, dry_run));
    }
    Ok(Outcome::Done)
}

async fn tidy(place: DataPlace, grace: Duration, dry_run: bool) -> Result<GcReport, Failure> {
    let DataPlace {
        settings,
        data,
        lock,
    } = place;
    let stores = Stores::open(&settings.server, &data, false).await?;
    let ledger = stores.ledger();
    let gc = Gc {
        ledger: &*ledger,
        blobs: &*stores.blobs,
        grace,
        now: ledger.now(),
        dry_run,
    };
    let report = gc.run().await;
    stores.close().await;
    drop(lock);
    report.map_err(Failure::plain)
}

fn told(report: &GcReport, dry_run: bool) -> String {
    let bytes: u64 = report.removed.iter().map(|orphan| orphan.bytes).sum();
    let went = if dry_run { "would go" } else { "went" };
    let mut lines: Vec<String> = report
        .removed
        .iter()
        .map(|orphan| {
            format!(
                "{} {} bytes, kept {}",
                orphan.checksum, orphan.bytes, orphan.kept
            )
        })
        .collect();
    lines.push(format!(
        "{} of {} archives, {bytes} bytes, {went}; {} more are named by nobody and stay, because they are too young",
        report.removed.len(),
        report.archives,
        report.left.len()
    ));
    lines.join("\n")
}
