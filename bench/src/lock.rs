//! `bench lock`: real cargo locks and fetches a real project, from crates.io
//! itself, through Crossdock in its several states, and from nginx.
//!
//! Needs the network and asks crates.io for the project's index and archives
//! twice a round, so it is run by hand, a few times, never by tests.
//! Absent: pinning; cargo and the server share the machine, as at home.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde::Serialize;

use crate::cargo::{Run, Task, run as run_cargo};
use crate::median::median;
use crate::server::Server;
use crate::{corpus, crossdock, docroot, nginx, project};

/// Where cargo gets its crates from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Contender {
    /// Plain cargo and crates.io.
    CratesIo,
    /// Crossdock with no data, just started.
    Cold,
    /// Crossdock with all data held, just started.
    Restarted,
    /// The same server again, its answers younger than `revalidate-after`.
    Warm,
    /// Crossdock with all data held that asks crates.io whether each answer is still good.
    Revalidating,
    /// nginx with the same index files and archives.
    Nginx,
}

/// In the order of a round. `Warm` needs the server that `Restarted` leaves.
pub(crate) const CONTENDERS: [Contender; 6] = [
    Contender::CratesIo,
    Contender::Cold,
    Contender::Restarted,
    Contender::Warm,
    Contender::Revalidating,
    Contender::Nginx,
];

/// One contender at one task.
#[derive(Debug, Serialize)]
pub(crate) struct Timed {
    pub(crate) task: &'static str,
    pub(crate) contender: Contender,
    pub(crate) wall_secs: Vec<f64>,
    pub(crate) median_secs: f64,
    /// Lines in which the lock file differs from the one made at the start: new
    /// releases since then, or a fault.
    pub(crate) lock_lines_differing: usize,
}

/// What all contenders did.
#[derive(Debug, Serialize)]
pub(crate) struct Locked {
    pub(crate) crates: usize,
    pub(crate) timed: Vec<Timed>,
}

/// The default settings, but no answer is trusted without asking.
const REVALIDATING: &str = "\
[registries.local]
resolve-in = \"main\"

[registries.crates-io]
mirror = \"crates-io\"
revalidate-after = \"0s\"

[views.main]
members = [\"local\", \"crates-io\"]
publish-to = \"local\"
";

/// Fills the servers, then times every contender at both tasks, `rounds` times in turn.
pub(crate) fn run(rounds: usize, scratch: &Path, progress: impl Fn(&str)) -> Result<Locked> {
    progress("filling the servers");
    let mut bench = Bench::prepare(scratch)?;
    let lock = bench.lock.clone();
    let mut timed = Vec::new();
    for (name, task) in [("lock", Task::Lock), ("fetch", Task::Fetch(&lock))] {
        let mut contenders = CONTENDERS.map(|contender| (contender, Vec::new(), 0));
        for _ in 0..rounds {
            for (contender, wall_secs, differing) in &mut contenders {
                progress(&format!("{name}: {contender:?}"));
                let run = bench
                    .time(*contender, task)
                    .with_context(|| format!("{name}, {contender:?}"))?;
                wall_secs.push(run.wall_secs);
                *differing = (*differing).max(lines_differing(&lock, &run.lock));
            }
        }
        timed.extend(contenders.map(|(contender, wall_secs, differing)| Timed {
            task: name,
            contender,
            median_secs: median(wall_secs.iter().copied()),
            wall_secs,
            lock_lines_differing: differing,
        }));
    }
    Ok(Locked {
        crates: project::crates_in(&lock),
        timed,
    })
}

struct Bench {
    scratch: PathBuf,
    /// The data folder that holds everything, and where its server listens: rows may
    /// name that address, so a server keeps it over a restart.
    held: PathBuf,
    listen: SocketAddr,
    /// A copy for a server with other settings, which takes nothing along.
    asking: PathBuf,
    /// The server between `Restarted` and what follows `Warm`.
    running: Option<Server>,
    nginx: Server,
    lock: String,
}

impl Bench {
    /// Lets Crossdock collect all the project needs, and writes its answers down for nginx.
    fn prepare(scratch: &Path) -> Result<Self> {
        let held = scratch.join("held");
        let server = start(scratch, &held, None, None)?;
        let listen = server.address;
        let locked = run_cargo(Task::Lock, Some(server.address), scratch)?;
        let fetched = run_cargo(Task::Fetch(&locked.lock), Some(server.address), scratch)?;
        let crates = project::crates_in(&locked.lock);
        let archives = fetched.archives()?;
        ensure!(
            archives.len() == crates,
            "{crates} crates are locked, {} were fetched",
            archives.len()
        );

        let files = scratch.join("nginx-files");
        let mut paths: Vec<String> = Vec::new();
        for run in [&locked, &fetched] {
            paths.extend(run.index_files()?);
        }
        paths.sort();
        paths.dedup();
        let paths: Vec<String> = paths
            .iter()
            .map(|path| format!("/{}/index/{path}", corpus::VIEW))
            .collect();
        docroot::copy_answers(server.address, paths.iter().map(String::as_str), &files)?;
        let nginx = nginx::start(&scratch.join("nginx"), &files, None)?;
        docroot::write_archives(&files, nginx.address, &archives)?;
        drop(server);
        let asking = scratch.join("asking");
        let copied = Command::new("cp").arg("-a").args([&held, &asking]).status();
        ensure!(copied?.success(), "the data could not be copied");
        Ok(Self {
            scratch: scratch.to_owned(),
            held,
            listen,
            asking,
            running: None,
            nginx,
            lock: locked.lock,
        })
    }

    fn time(&mut self, contender: Contender, task: Task<'_>) -> Result<Run> {
        let scratch = &self.scratch;
        match contender {
            Contender::CratesIo => run_cargo(task, None, scratch),
            Contender::Cold => {
                let data = tempfile::tempdir_in(scratch)?;
                let server = start(scratch, data.path(), None, None)?;
                run_cargo(task, Some(server.address), scratch)
            }
            Contender::Restarted => {
                let server = start(scratch, &self.held, None, Some(self.listen))?;
                let address = server.address;
                self.running = Some(server);
                run_cargo(task, Some(address), scratch)
            }
            Contender::Warm => {
                let server = self.running.take().context("restarted comes before")?;
                run_cargo(task, Some(server.address), scratch)
            }
            Contender::Revalidating => {
                let server = start(scratch, &self.asking, Some(REVALIDATING), None)?;
                run_cargo(task, Some(server.address), scratch)
            }
            Contender::Nginx => run_cargo(task, Some(self.nginx.address), scratch),
        }
    }
}

fn start(
    scratch: &Path,
    data: &Path,
    settings: Option<&str>,
    listen: Option<SocketAddr>,
) -> Result<Server> {
    // A folder of its own each time: without a settings file the server must
    // not find that of another start.
    let folder = tempfile::tempdir_in(scratch)?.keep();
    fs::create_dir_all(data)?;
    crossdock::start(crossdock::Start {
        scratch: &folder,
        data,
        settings,
        core: None,
        listen,
    })
}

fn lines_differing(ours: &str, theirs: &str) -> usize {
    let ours: Vec<&str> = ours.lines().collect();
    let theirs: Vec<&str> = theirs.lines().collect();
    let without = |lines: &[&str], others: &[&str]| {
        lines.iter().filter(|line| !others.contains(line)).count()
    };
    without(&ours, &theirs) + without(&theirs, &ours)
}
