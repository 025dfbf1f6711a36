//! Those who hold a connection and ask for nothing, or upload a byte now and then.

use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use rustix::process::{Resource, getrlimit, setrlimit};

use crate::get::request;
use crate::parcel::{Addressee, upload_head};
use crate::talk::Talk;

/// What each upload says that it has; the largest that a server takes by default is 10 MiB.
const UPLOAD_BYTES: usize = 10_000_000;

/// How often each upload sends another byte.
const DRIP_EVERY: Duration = Duration::from_millis(500);

/// Raises the bound on open files of this process, if it is below.
pub(super) fn allow_files(files: usize) -> Result<()> {
    let mut limit = getrlimit(Resource::Nofile);
    let wanted = files as u64;
    if limit.current.is_some_and(|current| current < wanted) {
        ensure!(
            limit.maximum.is_none_or(|maximum| maximum >= wanted),
            "{wanted} open files are not allowed here: ulimit -Hn says {:?}",
            limit.maximum
        );
        limit.current = Some(wanted);
        setrlimit(Resource::Nofile, limit).context("raising the bound on open files")?;
    }
    Ok(())
}

/// Opens connections: half of them have asked once, half stop within a head.
pub(super) fn silent(server: SocketAddr, count: usize) -> Result<Vec<Talk>> {
    let whole = request(server, "/healthz", &[]);
    let one = |number: usize| {
        let mut talk = Talk::begin(server).with_context(|| format!("connection {number}"))?;
        if number.is_multiple_of(2) {
            talk.ask(&whole)?;
        } else {
            talk.send(&whole[..whole.len() / 2])?;
        }
        Ok(talk)
    };
    (0..count).map(one).collect()
}

/// Uploads that will never end.
pub(super) struct Dripping {
    over: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

impl Dripping {
    /// Begins them all.
    pub(super) fn begin(to: Addressee<'_>, count: usize) -> Result<Self> {
        let head = upload_head(to, UPLOAD_BYTES);
        let begin = |_| {
            let mut stream = TcpStream::connect(to.server)?;
            stream.write_all(head.as_bytes())?;
            anyhow::Ok(stream)
        };
        let streams: Result<Vec<_>> = (0..count).map(begin).collect();
        let (mut streams, over) = (streams?, Arc::new(AtomicBool::new(false)));
        let stop = over.clone();
        let task = thread::spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                // Who was cut off is gone.
                streams.retain_mut(|stream| stream.write_all(b"\0").is_ok());
                thread::sleep(DRIP_EVERY);
            }
        });
        Ok(Self { over, task })
    }

    /// Ends them.
    pub(super) fn end(self) {
        self.over.store(true, Ordering::Relaxed);
        // Nothing to be told: it only writes.
        let _ended = self.task.join();
    }
}
