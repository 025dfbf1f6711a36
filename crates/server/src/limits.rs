//! Bounds of the server that an operator may set.
//!
//! Bounds that nobody should have to think about are constants where they apply;
//! how large a publish may be is said by `crossdock_wire::publish_body`.

use crate::pace::Pace;
use ipnet::IpNet;
use std::time::Duration;

/// How much the server takes on at a time.
#[derive(Clone, Debug)]
pub struct Limits {
    /// All uploads that are in memory at one time, in bytes. At least one upload
    /// always fits.
    pub uploads_bytes_max: usize,
    /// Connections open at a time; more wait in the system's queue. Each holds one
    /// file descriptor and about 10 kB.
    pub connections_max: usize,
    /// How long a connection may show no sign of life; it is closed after one to
    /// two such spans.
    pub idle: Duration,
    /// How long requests under way may take when the server stops.
    pub drain: Duration,
    /// How often one client may ask; without it, as often as it likes.
    pub pace: Option<Pace>,
    /// Proxies whose word on whom they ask for is taken.
    pub trusted_proxies: Vec<IpNet>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // Three of the largest that a publish may be, or thousands of usual ones.
            uploads_bytes_max: 256 * 1024 * 1024,
            // Ten thousand idle strangers leave room for those who work.
            connections_max: 16 * 1024,
            // Cargo pauses between resolving and fetching, but not for half a minute.
            idle: Duration::from_secs(30),
            // Longer than any answer from memory, shorter than systemd's 90 s.
            drain: Duration::from_secs(20),
            // A company behind one address asks for hundreds of index files in a second.
            pace: None,
            trusted_proxies: Vec::new(),
        }
    }
}
