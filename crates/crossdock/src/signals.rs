//! The system's requests: SIGTERM and SIGINT to stop, SIGHUP to read the settings file.
//!
//! Where somebody sits before it, SIGHUP means that the terminal is gone, and that is a
//! request to stop, as it is for every program.
//!
//! Absent: what stopping and reading mean (`serve.rs`).

use std::io::{self, IsTerminal as _};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Listens for requests of the system.
pub(crate) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
    has_terminal: bool,
}

/// What the system wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Request {
    /// That it ends; carries the signal's name.
    Stop(&'static str),
    /// That the settings file is put in force.
    Reload,
}

impl Signals {
    /// Begins to listen; from here on the signals no longer kill the process.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
            has_terminal: io::stdin().is_terminal(),
        })
    }

    /// Waits for the next request.
    pub(crate) async fn next(&mut self) -> Request {
        tokio::select! {
            _ = self.terminate.recv() => Request::Stop("SIGTERM"),
            _ = self.interrupt.recv() => Request::Stop("SIGINT"),
            _ = self.hang_up.recv() => match self.has_terminal {
                true => Request::Stop("SIGHUP"),
                false => Request::Reload,
            },
        }
    }

    /// Waits for the next request to stop, and returns the signal's name.
    pub(crate) async fn stop(&mut self) -> &'static str {
        loop {
            if let Request::Stop(signal) = self.next().await {
                return signal;
            }
        }
    }
}
