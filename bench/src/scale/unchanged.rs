//! An upstream that says "unchanged" to everything, as crates.io mostly does.
//!
//! So that no time is measured that another machine takes, and so that nothing of a
//! run depends on the network. Absent: bodies, and an end other than the process's.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

use anyhow::Result;

/// The upstream; its threads end with the bench.
#[derive(Debug)]
pub(super) struct Unchanged {
    address: SocketAddr,
}

impl Unchanged {
    /// Listens on a free port of this machine.
    pub(super) fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                thread::spawn(move || answer(&stream));
            }
        });
        Ok(Self { address })
    }

    /// The address of its index.
    pub(super) fn url(&self) -> String {
        format!("http://{}/index/", self.address)
    }
}

/// Answers each head with 304, until the other side leaves.
fn answer(stream: &TcpStream) {
    let mut writing = stream;
    for line in BufReader::new(stream).lines().map_while(Result::ok) {
        if line.is_empty()
            && writing
                .write_all(b"HTTP/1.1 304 Not Modified\r\n\r\n")
                .is_err()
        {
            return;
        }
    }
}
