//! What a server spent: processor time of a process and its descendants, as
//! the kernel counts it.
//!
//! Apart from the servers, because nginx works in a child of the process that
//! was started and Crossdock in the process itself; here that makes no
//! difference. Absent: wall time, and the load's own time (its thread asks the
//! kernel about itself).

use std::fs;

use anyhow::{Context, Result};

/// User and system time, in seconds, of process `pid` and all that descend from it.
///
/// Its resolution is the kernel's clock tick, 10 ms nearly everywhere, so
/// differences are only worth something over seconds.
pub(crate) fn seconds_of_tree(pid: u32) -> Result<f64> {
    let mut ticks = ticks_of(pid)?;
    for child in children_of(pid)? {
        ticks += ticks_of(child)?;
    }
    #[expect(
        clippy::cast_precision_loss,
        reason = "2^53 ticks are three million years"
    )]
    let seconds = ticks as f64 / rustix::param::clock_ticks_per_second() as f64;
    Ok(seconds)
}

/// utime + stime: the 14th and 15th field of /proc/PID/stat, see proc(5).
fn ticks_of(pid: u32) -> Result<u64> {
    let path = format!("/proc/{pid}/stat");
    let stat = fs::read_to_string(&path).with_context(|| format!("reading {path}"))?;
    // The second field is the program's name in parentheses, which may itself
    // contain blanks and parentheses: count from the last closing one.
    let (_, fields) = stat
        .rsplit_once(')')
        .with_context(|| format!("{path} has no program name"))?;
    let mut fields = fields.split_ascii_whitespace().skip(11);
    let mut next = || -> Result<u64> {
        let field = fields
            .next()
            .with_context(|| format!("{path} is too short"))?;
        Ok(field.parse()?)
    };
    Ok(next()? + next()?)
}

fn children_of(pid: u32) -> Result<Vec<u32>> {
    let mut children = Vec::new();
    let tasks = format!("/proc/{pid}/task");
    for task in fs::read_dir(&tasks).with_context(|| format!("reading {tasks}"))? {
        // A thread may end between being listed and being asked; what it had
        // started then belongs to another thread.
        let listed = fs::read_to_string(task?.path().join("children")).unwrap_or_default();
        for child in listed.split_ascii_whitespace() {
            let child = child.parse()?;
            children.push(child);
            children.extend(children_of(child)?);
        }
    }
    Ok(children)
}
