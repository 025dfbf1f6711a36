//! Runs a command that must end: at its deadline it is stopped, with everything it started.
//!
//! A chore that hangs is worse than one that fails, because nobody learns why.
//! The command stays in our process group, so that Ctrl-C at a terminal reaches all of it;
//! the price is that what it started has to be found by parentage at the deadline.
//!
//! Absent: capturing output. Whoever watches wants to see it as it comes.

use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

/// How often a running command is looked at; far below what a person notices.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Runs `command` to its end, or stops it when `limit` has passed.
///
/// Standard input is closed: a chore asks nobody anything.
/// Fails when the command cannot be started, ends without success, or is stopped.
pub(crate) fn run(mut command: Command, limit: Duration) -> Result<()> {
    let deadline = Instant::now() + limit;
    let program = command.get_program().to_string_lossy().into_owned();
    let mut child = command
        .stdin(Stdio::null())
        .spawn()
        .with_context(|| format!("could not start `{program}`"))?;
    loop {
        if let Some(status) = child.try_wait()? {
            if status.success() {
                return Ok(());
            }
            bail!("it ended with {status}");
        }
        if Instant::now() >= deadline {
            stop(&mut child)?;
            bail!("it was stopped, not done after {} s", limit.as_secs());
        }
        thread::sleep(LOOK_EVERY);
    }
}

/// Ends the child and what descends from it.
///
/// What a descendant starts between being listed and being ended survives; a group or a cgroup
/// would close that gap and cost Ctrl-C, and every step is a cargo that is ended first.
fn stop(child: &mut Child) -> Result<()> {
    let descendants = descendants(child.id());
    child.kill().context("could not stop it at its deadline")?;
    child.wait()?;
    for id in descendants {
        if let Some(pid) = i32::try_from(id).ok().and_then(Pid::from_raw) {
            // Gone already is what we want.
            let _ = kill_process(pid, Signal::KILL);
        }
    }
    Ok(())
}

/// The processes below `root`, as far as `/proc` tells; none where there is no `/proc`.
fn descendants(root: u32) -> Vec<u32> {
    let parents = parents();
    let mut found = vec![root];
    let mut looked_at = 0;
    while let Some(parent) = found.get(looked_at).copied() {
        found.extend(parents.iter().filter(|p| p.1 == parent).map(|p| p.0));
        looked_at += 1;
    }
    found.split_off(1)
}

/// Every process with its parent.
fn parents() -> Vec<(u32, u32)> {
    let Ok(entries) = std::fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .filter_map(|entry| {
            let id = entry.ok()?.file_name().to_str()?.parse().ok()?;
            let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
            // The name in parentheses may hold anything; state and parent follow the last one.
            let parent = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?;
            Some((id, parent.parse().ok()?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    fn shell(line: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", line]);
        command
    }

    #[test]
    fn a_command_that_ends_well_is_fine() {
        run(shell("exit 0"), Duration::from_secs(20)).unwrap();
    }

    #[test]
    fn a_failure_names_the_status() {
        let error = run(shell("exit 3"), Duration::from_secs(20)).unwrap_err();
        assert!(error.to_string().contains('3'), "{error}");
    }

    #[test]
    fn a_missing_program_is_named() {
        let command = Command::new("no-such-program-here");
        let error = run(command, Duration::from_secs(20)).unwrap_err();
        assert!(error.to_string().contains("no-such-program-here"));
    }

    /// The pipe ends only when the last process that holds it is gone, the grandchild included.
    #[cfg(target_os = "linux")]
    #[test]
    fn the_deadline_stops_what_the_command_started() {
        let (mut reader, writer) = std::io::pipe().unwrap();
        let mut command = shell("sleep 60 & wait");
        command.stdout(writer);
        let began = Instant::now();
        let error = run(command, Duration::from_millis(300)).unwrap_err();
        assert!(error.to_string().contains("stopped"), "{error}");
        reader.read_to_end(&mut Vec::new()).unwrap();
        assert!(began.elapsed() < Duration::from_secs(30));
    }
}
