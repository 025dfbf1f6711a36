//! The socket of an upstream and its threads; ends cleanly when dropped.
//!
//! Absent: HTTP.

use super::Shared;
use super::conversation::converse;
use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Connections at a time; beyond them new ones are closed at once.
const CONNECTIONS_MAX: usize = 256;

/// A connection, to be cut, and the thread that answers on it.
type Connection = (TcpStream, JoinHandle<()>);

/// A socket somebody listens at.
#[derive(Debug)]
pub(crate) struct Listening {
    address: SocketAddr,
    stop: Arc<Stop>,
    acceptor: Option<JoinHandle<Vec<Connection>>>,
}

/// The word to end, which whoever waits hears at once.
#[derive(Debug, Default)]
pub(crate) struct Stop {
    said: Mutex<bool>,
    heard: Condvar,
}

impl Stop {
    /// Waits for a while, or until it is said.
    pub(crate) fn wait(&self, limit: Duration) {
        let until = Instant::now() + limit;
        let mut said = self
            .said
            .lock()
            .expect("nobody panics while holding a flag");
        while !*said {
            let Some(left) = until.checked_duration_since(Instant::now()) else {
                return;
            };
            said = self
                .heard
                .wait_timeout(said, left)
                .expect("nobody panics while holding a flag")
                .0;
        }
    }

    fn is_said(&self) -> bool {
        *self
            .said
            .lock()
            .expect("nobody panics while holding a flag")
    }

    fn say(&self) {
        *self
            .said
            .lock()
            .expect("nobody panics while holding a flag") = true;
        self.heard.notify_all();
    }
}

impl Listening {
    /// Listens at an address, port 0 for any.
    pub(crate) fn start(address: SocketAddr, shared: Arc<Shared>) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        let address = listener.local_addr()?;
        let stop = Arc::new(Stop::default());
        let acceptor = thread::spawn({
            let stop = stop.clone();
            move || accept(&listener, &shared, &stop)
        });
        Ok(Self {
            address,
            stop,
            acceptor: Some(acceptor),
        })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>, stop: &Arc<Stop>) -> Vec<Connection> {
    let mut open: Vec<Connection> = Vec::new();
    for stream in listener.incoming() {
        if stop.is_said() {
            break;
        }
        open.retain(|(_, thread)| !thread.is_finished());
        let Ok(stream) = stream else { continue };
        let Ok(ours) = stream.try_clone() else {
            continue;
        };
        if open.len() < CONNECTIONS_MAX {
            let (shared, stop) = (shared.clone(), stop.clone());
            open.push((
                ours,
                thread::spawn(move || converse(stream, &shared, &stop)),
            ));
        }
    }
    open
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.stop.say();
        // A connection of our own wakes whoever waits for one.
        let _ = TcpStream::connect(self.address);
        let open = self.acceptor.take().map(JoinHandle::join);
        for (stream, thread) in open.into_iter().flatten().flatten() {
            let _ = stream.shutdown(Shutdown::Both);
            let _ = thread.join();
        }
    }
}
