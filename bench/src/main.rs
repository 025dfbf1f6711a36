//! Measurements of Crossdock as ratios against a peer in the same run.
//!
//! Absolute figures say something about one machine on one day; a ratio against
//! nginx, or against plain cargo, measured in turn in the same minute, says
//! something about Crossdock. `docs/bench.md` tells how to run this and what
//! the figures mean. Absent: assertions; a missed aim is printed, not failed.

mod backup;
mod cargo;
mod cases;
mod compact;
mod corpus;
mod cpu;
mod crossdock;
mod crowd;
mod docroot;
mod get;
mod http;
mod load;
mod lock;
mod measure;
mod median;
mod mixed;
mod nginx;
mod origin;
mod parcel;
mod project;
mod publishing;
mod real_input;
mod report;
mod scale;
mod server;
mod talk;

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, ensure};
use clap::{Args, Parser, Subcommand};

use report::Report;

/// Measures Crossdock against nginx and against plain cargo.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    bench: Bench,
    /// Rounds, each with every peer once.
    #[arg(long, global = true, default_value = "3")]
    rounds: NonZeroUsize,
    /// Also write all figures to this file.
    #[arg(long, global = true, value_name = "FILE")]
    json: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Bench {
    /// Index requests and downloads against nginx, on loopback.
    Http(HttpArguments),
    /// `cargo generate-lockfile` and `cargo fetch`; needs the network.
    Lock,
    /// Memory, start and single names with a mirror as large as crates.io; loopback only.
    Scale(ScaleArguments),
    /// Real archives packed: their size, and how fast they are read; needs the network.
    Compact(CompactArguments),
    /// Durable publishes, and what is left of them after a kill; loopback only.
    Publish(PublishArguments),
    /// Silent connections, dripping uploads, one object wanted by many; loopback only.
    Crowd(CrowdArguments),
    /// Everything at the same time, and memory meanwhile; loopback only.
    Mixed(MixedArguments),
    /// Some hundreds of real crates through the mirror: nothing may be left out; needs the network.
    RealInput,
    /// A backup, the next one, and a restore; no network.
    Backup(BackupArguments),
    /// `http` and `lock`.
    All(HttpArguments),
}

#[derive(Debug, Args)]
struct HttpArguments {
    /// Seconds for each measurement.
    #[arg(long, default_value = "5")]
    seconds: NonZeroUsize,
    /// Kept-alive connections.
    #[arg(long, default_value = "32")]
    connections: NonZeroUsize,
    /// Let nginx take Crossdock's place: all ratios should then be near 1.
    #[arg(long)]
    self_check: bool,
}

#[derive(Debug, Args)]
struct ScaleArguments {
    /// Crates of the mirror, with ten releases each on average.
    #[arg(long, default_value = "200000")]
    mirrored: NonZeroUsize,
    /// Crates that are hosted.
    #[arg(long, default_value = "5000")]
    hosted: NonZeroUsize,
    /// Names that are read.
    #[arg(long, default_value = "10000")]
    touched: NonZeroUsize,
}

#[derive(Debug, Args)]
struct CompactArguments {
    /// Reads under the skewed load.
    #[arg(long, default_value = "3000")]
    reads: NonZeroUsize,
}

#[derive(Debug, Args)]
struct PublishArguments {
    /// Writers at the same time.
    #[arg(long, default_value = "8")]
    writers: NonZeroUsize,
    /// Releases of each writer.
    #[arg(long, default_value = "500")]
    releases: NonZeroUsize,
    /// Size of an archive; the middle one of crates.io has some 20 kB.
    #[arg(long, default_value = "20000")]
    archive_bytes: NonZeroUsize,
    /// How often the server is killed.
    #[arg(long, default_value = "5")]
    kills: usize,
}

#[derive(Debug, Args)]
struct CrowdArguments {
    /// Connections that are open and silent.
    #[arg(long, default_value = "10000")]
    idle: NonZeroUsize,
    /// Uploads that send two bytes a second.
    #[arg(long, default_value = "200")]
    uploads: NonZeroUsize,
    /// Requests for one object that nobody has yet.
    #[arg(long, default_value = "500")]
    cold: NonZeroUsize,
}

#[derive(Debug, Args)]
struct BackupArguments {
    /// Releases that are backed up.
    #[arg(long, default_value = "10000")]
    releases: NonZeroUsize,
    /// Size of an archive; the middle one of crates.io has some 20 kB.
    #[arg(long, default_value = "20000")]
    archive_bytes: NonZeroUsize,
    /// Releases that come before the second backup.
    #[arg(long, default_value = "100")]
    later: NonZeroUsize,
}

#[derive(Debug, Args)]
struct MixedArguments {
    /// How long; shorter than a few minutes tells little of memory.
    #[arg(long, default_value = "600")]
    seconds: NonZeroUsize,
    /// Size of an archive.
    #[arg(long, default_value = "60000")]
    archive_bytes: NonZeroUsize,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let rounds = arguments.rounds.get();
    let report = match arguments.bench {
        Bench::Http(with) => Report {
            http: Some(run_http(&with, rounds)?),
            ..Report::default()
        },
        Bench::Lock => Report {
            lock: Some(run_lock(rounds)?),
            ..Report::default()
        },
        Bench::Scale(with) => Report {
            scale: Some(run_scale(&with, rounds)?),
            ..Report::default()
        },
        Bench::Compact(with) => Report {
            compact: Some(run_compact(&with)?),
            ..Report::default()
        },
        Bench::Publish(with) => Report {
            published: Some(run_publish(&with)?),
            ..Report::default()
        },
        Bench::Crowd(with) => Report {
            crowded: Some(run_crowd(&with)?),
            ..Report::default()
        },
        Bench::Mixed(with) => Report {
            mixed: Some(run_mixed(&with)?),
            ..Report::default()
        },
        Bench::RealInput => Report {
            real_input: Some(real_input::run(tempfile::tempdir()?.path())?),
            ..Report::default()
        },
        Bench::Backup(with) => Report {
            backed_up: Some(run_backup(&with)?),
            ..Report::default()
        },
        Bench::All(with) => Report {
            http: Some(run_http(&with, rounds)?),
            lock: Some(run_lock(rounds)?),
            ..Report::default()
        },
    };
    report.give(arguments.json.as_deref())?;
    let left_out = report.real_input.map_or(0, |seen| seen.alarms.len());
    ensure!(left_out == 0, "{left_out} are to be explained");
    Ok(())
}

fn run_http(with: &HttpArguments, rounds: usize) -> Result<Vec<http::Compared>> {
    let plan = http::Plan {
        lasting: Duration::from_secs(with.seconds.get() as u64),
        rounds,
        connections: with.connections.get(),
        self_check: with.self_check,
    };
    let scratch = tempfile::tempdir()?;
    http::run(plan, scratch.path(), |case| eprintln!("http: {case}"))
}

fn run_backup(with: &BackupArguments) -> Result<backup::BackedUp> {
    let size = backup::Size {
        releases: with.releases.get(),
        archive_bytes: with.archive_bytes.get(),
        later: with.later.get(),
    };
    let scratch = tempfile::tempdir()?;
    backup::run(size, scratch.path())
}

fn run_lock(rounds: usize) -> Result<lock::Locked> {
    let scratch = tempfile::tempdir()?;
    lock::run(rounds, scratch.path(), |step| eprintln!("{step}"))
}

fn run_compact(with: &CompactArguments) -> Result<compact::Compacted> {
    let scratch = tempfile::tempdir()?;
    compact::run(with.reads.get(), scratch.path(), |step| {
        eprintln!("compact: {step}");
    })
}

fn run_scale(with: &ScaleArguments, rounds: usize) -> Result<scale::Scaled> {
    let size = scale::Size {
        mirrored: with.mirrored.get(),
        hosted: with.hosted.get(),
        touched: with.touched.get(),
    };
    let scratch = tempfile::tempdir()?;
    scale::run(size, rounds, scratch.path(), |step| {
        eprintln!("scale: {step}");
    })
}

fn run_publish(with: &PublishArguments) -> Result<publishing::Published> {
    let size = publishing::Size {
        writers: with.writers.get(),
        releases: with.releases.get(),
        archive_bytes: with.archive_bytes.get(),
        kills: with.kills,
    };
    let scratch = tempfile::tempdir()?;
    publishing::run(size, scratch.path(), |step| eprintln!("publish: {step}"))
}

fn run_crowd(with: &CrowdArguments) -> Result<crowd::Crowded> {
    let size = crowd::Size {
        idle: with.idle.get(),
        uploads: with.uploads.get(),
        cold: with.cold.get(),
    };
    let scratch = tempfile::tempdir()?;
    crowd::run(size, scratch.path(), |step| eprintln!("crowd: {step}"))
}

fn run_mixed(with: &MixedArguments) -> Result<mixed::Mixed> {
    let size = mixed::Size {
        seconds: with.seconds.get(),
        archive_bytes: with.archive_bytes.get(),
    };
    let scratch = tempfile::tempdir()?;
    mixed::run(size, scratch.path(), |step| eprintln!("mixed: {step}"))
}
