//! One run of cargo: what it may take, and what it said.
//!
//! cargo and whatever it starts are a process group of their own, which a deadline
//! ends as a whole. Both outputs are read to their end by threads, so that no pipe
//! fills up, and kept only within bounds.
//!
//! Absent: which commands, and what their answers mean.

use crate::options::Cargo;
use rustix::process::{Pid, Signal, kill_process_group};
use std::ffi::OsStr;
use std::io::Read;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Instant;

/// Most bytes of an output that are kept. The metadata of a workspace of a thousand
/// packages is a tenth of it.
const OUTPUT_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Runs cargo and gives what it wrote to its standard output.
///
/// # Errors
/// What cargo said is wrong, or why it did not get that far.
pub(crate) fn run<A: AsRef<OsStr>>(
    cargo: &Cargo,
    working_folder: &Path,
    arguments: &[A],
) -> Result<Vec<u8>, String> {
    let shown = cargo.program.to_string_lossy().into_owned();
    let mut command = Command::new(&cargo.program);
    command
        .args(arguments)
        .current_dir(working_folder)
        .env("CARGO_TERM_COLOR", "never")
        .env("CARGO_TERM_PROGRESS_WHEN", "never")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0);
    for (name, index) in &cargo.registries {
        command.env(variable(name), index);
    }
    let child = command.spawn().map_err(|error| {
        format!("cannot run `{shown}`: {error}; install cargo or name it by the environment variable CARGO")
    })?;
    finish(child, cargo).map_err(|rule| format!("`{shown}`: {rule}"))?
}

/// The variable by which cargo learns a registry's address (Cargo Book, "Configuration
/// format: environment variables").
fn variable(registry: &str) -> String {
    let name = registry.to_ascii_uppercase().replace(['-', '.'], "_");
    format!("CARGO_REGISTRIES_{name}_INDEX")
}

/// Waits till both outputs end, or ends the process. The outer error is ours, the
/// inner one cargo's.
fn finish(mut child: Child, cargo: &Cargo) -> Result<Result<Vec<u8>, String>, String> {
    let deadline = Instant::now() + cargo.deadline;
    let output = child.stdout.take().map(collect);
    let errors = child.stderr.take().map(collect);
    let both = await_output(output, deadline).and_then(|output| {
        let errors = await_output(errors, deadline)?;
        Ok((output, errors))
    });
    if both.is_err() {
        end(&child);
    }
    let status = child.wait().map_err(|error| error.to_string())?;
    let (output, errors) = both.map_err(|_| {
        let seconds = cargo.deadline.as_secs();
        format!("it did not finish within {seconds} seconds and was ended")
    })?;
    match status.success() {
        true => Ok(Ok(output)),
        false => Ok(Err(said(&errors))),
    }
}

/// Reads an output in a thread of its own, which ends when the output does.
fn collect(mut output: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut kept = Vec::new();
        // What cannot be read any more ends the output like its end does.
        let _ = output
            .by_ref()
            .take(OUTPUT_BYTES_MAX)
            .read_to_end(&mut kept);
        let _ = std::io::copy(&mut output, &mut std::io::sink());
        // Nobody waits after the deadline.
        let _ = sender.send(kept);
    });
    receiver
}

fn await_output(
    output: Option<Receiver<Vec<u8>>>,
    deadline: Instant,
) -> Result<Vec<u8>, RecvTimeoutError> {
    let left = deadline.saturating_duration_since(Instant::now());
    output.map_or(Ok(Vec::new()), |output| output.recv_timeout(left))
}

/// Ends the whole group: cargo may have started others that hold its outputs.
fn end(child: &Child) {
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    if let Some(group) = group {
        // A group that is gone already is what was wanted.
        let _ = kill_process_group(group, Signal::KILL);
    }
}

/// What cargo says is wrong, without the warnings before it.
fn said(errors: &[u8]) -> String {
    let errors = String::from_utf8_lossy(errors);
    let from = match errors.starts_with("error") {
        true => Some(0),
        false => errors.find("\nerror").map(|at| at + 1),
    };
    let said = errors[from.unwrap_or(0)..].trim();
    let said = said.strip_prefix("error: ").unwrap_or(said);
    match said.is_empty() {
        true => "cargo failed and did not say why".to_owned(),
        false => said.to_owned(),
    }
}
