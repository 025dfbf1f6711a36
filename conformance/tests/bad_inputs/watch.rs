//! Watches a server while it is sent something: its processor time, its memory, its folder.
//!
//! Time is what the process itself used, so that a busy machine fails nobody. Memory is
//! the peak since the last look, above what was there before (Linux `clear_refs`).

use crossdock_conformance::server::Server;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

/// Most processor time that anything sent may cost.
const CPU_MAX: Duration = Duration::from_secs(2);

/// Most time until the answer, whatever else the machine does.
const WAIT_MAX: Duration = Duration::from_secs(20);

/// Most memory that anything sent may cost beyond its own size, in KiB: the largest
/// manifest as a tree, buffers, what the allocator keeps.
const MEMORY_KIB_MAX: u64 = 160 * 1024;

/// Clock ticks of a second in `/proc` (`USER_HZ`, 100 on every Linux that Rust runs on).
const TICKS_PER_SEC: u64 = 100;

/// A look at a server before it is sent something.
pub(crate) struct Watch<'s> {
    server: &'s Server,
    began: Instant,
    cpu: Duration,
    resident_kib: u64,
    files: BTreeSet<String>,
}

impl<'s> Watch<'s> {
    pub(crate) fn begin(server: &'s Server) -> Self {
        // Resets the peak to what is there now; without it the bound is looser, not wrong.
        let _ = fs::write(format!("/proc/{}/clear_refs", server.process_id()), "5");
        Self {
            server,
            began: Instant::now(),
            cpu: cpu(server),
            resident_kib: status_kib(server, "VmRSS:"),
            files: files(&server.data()),
        }
    }

    /// Says what is wrong after `bytes` were sent, if anything is.
    pub(crate) fn end(self, bytes: usize) -> Result<(), String> {
        self.cost(bytes).and_then(|()| self.left())
    }

    /// Says whether it cost too much.
    pub(crate) fn cost(&self, bytes: usize) -> Result<(), String> {
        let (waited, used) = (self.began.elapsed(), cpu(self.server) - self.cpu);
        if used > CPU_MAX || waited > WAIT_MAX {
            return Err(format!(
                "took {used:?} of processor time, {waited:?} in all"
            ));
        }
        let peak = status_kib(self.server, "VmHWM:").saturating_sub(self.resident_kib);
        let allowed = MEMORY_KIB_MAX + 4 * bytes as u64 / 1024;
        if peak > allowed {
            return Err(format!("took {peak} KiB of memory, allowed are {allowed}"));
        }
        Ok(())
    }

    /// Says what was left behind.
    fn left(&self) -> Result<(), String> {
        let after = files(&self.server.data());
        match after.difference(&self.files).next() {
            None => Ok(()),
            Some(file) => Err(format!("left `{file}` behind")),
        }
    }
}

/// Lists what a server keeps as files, with sizes; the database's own left out, of which
/// the ledger's length tells.
fn files(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    walk(folder, &mut found);
    found
}

fn walk(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            walk(&path, found);
            continue;
        }
        let name = path.to_string_lossy().into_owned();
        let is_database = [".db", ".sqlite", "-wal", "-shm"]
            .iter()
            .any(|part| name.contains(part));
        if !is_database {
            let bytes = entry.metadata().map(|it| it.len()).unwrap_or_default();
            found.insert(format!("{name} ({bytes} bytes)"));
        }
    }
}

fn cpu(server: &Server) -> Duration {
    let text = fs::read_to_string(format!("/proc/{}/stat", server.process_id()));
    let text = text.expect("the server lives");
    // The name in parentheses may hold anything; utime and stime are 14 and 15 of all.
    let rest = text.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks: u64 = rest
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<u64>().ok())
        .sum();
    Duration::from_millis(ticks * 1000 / TICKS_PER_SEC)
}

fn status_kib(server: &Server, field: &str) -> u64 {
    let text = fs::read_to_string(format!("/proc/{}/status", server.process_id()));
    let text = text.expect("the server lives");
    let line = text.lines().find_map(|line| line.strip_prefix(field));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}
