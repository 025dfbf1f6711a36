//! A server process of ours: started, waited for, stopped.
//!
//! Both peers are started through here so that neither gets anything the other
//! does not. What a server reads and prints is in [`crate::nginx`] and
//! [`crate::crossdock`].

use std::ffi::OsStr;
use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

/// A server that runs until it is stopped or dropped.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    child: Child,
}

/// How long a server may take to come up, and to finish when asked to.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
const POLL_EVERY: Duration = Duration::from_millis(5);

/// A command for `program`, on one core if one is given.
pub(crate) fn command_on(core: Option<usize>, program: &Path) -> Command {
    let Some(core) = core else {
        return Command::new(program);
    };
    let mut command = Command::new("taskset");
    command.arg("--cpu-list").arg(core.to_string()).arg(program);
    command
}

impl Server {
    /// Starts `command`, its output going to `log`, and waits until `address_now` finds it up.
    pub(crate) fn start(
        mut command: Command,
        log: &Path,
        address_now: impl Fn() -> Result<Option<SocketAddr>>,
    ) -> Result<Self> {
        let name = command.get_program().to_owned();
        let output = File::create(log)?;
        let child = command
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .spawn()
            .with_context(|| format!("starting {}", name.display()))?;
        // Made at once, with an address that is not yet known, so that the
        // process is stopped however this function ends.
        let mut server = Self {
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            child,
        };
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let Some(status) = server.child.try_wait()? {
                bail!("a server ended at once with {status}: {}", said(&name, log));
            }
            if let Some(address) = address_now()? {
                server.address = address;
                return Ok(server);
            }
            std::thread::sleep(POLL_EVERY);
        }
        bail!("a server is not up in {PATIENCE:?}: {}", said(&name, log));
    }

    /// The process that was started.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Kills the server, so that nothing it was about to do is done.
    ///
    /// For Crossdock alone: nginx would leave its worker behind.
    pub(crate) fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Asks the server to finish, and waits until it has.
    ///
    /// Not by SIGKILL, which would leave nginx's worker behind.
    pub(crate) fn stop(&mut self) -> Result<()> {
        if self.child.try_wait()?.is_some() {
            return Ok(());
        }
        let pid = i32::try_from(self.pid())?;
        let pid = Pid::from_raw(pid).context("a process has a number above zero")?;
        kill_process(pid, Signal::TERM)?;
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if self.child.try_wait()?.is_some() {
                return Ok(());
            }
            std::thread::sleep(POLL_EVERY);
        }
        bail!("process {pid:?} did not finish in {PATIENCE:?}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Err(error) = self.stop() {
            eprintln!("a server may be left behind: {error:#}");
        }
    }
}

fn said(name: &OsStr, log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    format!("{} said: {}", name.display(), text.trim())
}

/// Where `program` is, by the search path; `cure` tells how to get it.
pub(crate) fn found(program: &str, cure: &str) -> Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    // Debian keeps servers where only root's search path looks.
    let sbin = PathBuf::from("/usr/sbin");
    std::env::split_paths(&path)
        .chain([sbin])
        .map(|folder| folder.join(program))
        .find(|candidate| candidate.is_file())
        .with_context(|| format!("{program} is not installed: {cure}"))
}
