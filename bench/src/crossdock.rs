//! The server that is measured: the release binary, as an operator runs it.
//!
//! Absent: what it serves, and where that comes from; the settings are the
//! caller's.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::server::{Server, command_on};

/// The line that tells that the server is ready, and where.
const READY: &str = "crossdock is listening on http://";

/// What a crossdock is started with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Start<'a> {
    /// Its working directory, and where its output is kept.
    pub(crate) scratch: &'a Path,
    pub(crate) data: &'a Path,
    /// The text of a settings file; without one the server runs as on a fresh machine.
    pub(crate) settings: Option<&'a str>,
    pub(crate) core: Option<usize>,
    /// Where it listens; on a free port without.
    pub(crate) listen: Option<SocketAddr>,
}

/// Starts `crossdock serve` on a free port and waits for its ready line.
pub(crate) fn start(start: Start<'_>) -> Result<Server> {
    let program = binary()?;
    fs::create_dir_all(start.scratch)?;
    let log = start.scratch.join("output.log");
    let mut command = command_on(start.core, &program);
    let free = SocketAddr::from(([127, 0, 0, 1], 0));
    let listen = start.listen.unwrap_or(free).to_string();
    command
        .args(["serve", "--listen", &listen, "--data"])
        .arg(start.data)
        .current_dir(start.scratch)
        .env_remove("CROSSDOCK_CONFIG");
    if let Some(settings) = start.settings {
        let path = start.scratch.join("settings.toml");
        fs::write(&path, settings)?;
        command.arg("--config").arg(path);
    }
    Server::start(command, &log, || Ok(address_in(&fs::read_to_string(&log)?)))
}

/// `CROSSDOCK_BIN`, else what `cargo build --release -p crossdock` made.
fn binary() -> Result<PathBuf> {
    let path = match std::env::var_os("CROSSDOCK_BIN") {
        Some(path) => PathBuf::from(path),
        None => PathBuf::from("target/release/crossdock"),
    };
    ensure!(
        path.is_file(),
        "{} is not there: run `cargo build --release -p crossdock` in the root of the \
         repository and the bench from there, or name the binary in CROSSDOCK_BIN",
        path.display()
    );
    path.canonicalize()
        .with_context(|| format!("finding {}", path.display()))
}

/// The address in the ready line, once that line is whole.
fn address_in(output: &str) -> Option<SocketAddr> {
    let (_, rest) = output.split_once(READY)?;
    let (address, _) = rest.split_once('\n')?;
    address.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::address_in;

    #[test]
    fn the_ready_line_is_read_only_when_it_is_whole() {
        let line = "crossdock is listening on http://127.0.0.1:78";
        assert_eq!(address_in(line), None);
        let whole = format!("log\n{line}78\nnow do this\n");
        assert_eq!(address_in(&whole), "127.0.0.1:7878".parse().ok());
    }
}
