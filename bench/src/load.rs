//! The load: many kept-alive connections that ask one thing again and again,
//! from one thread on one core.
//!
//! Written here rather than taken from `wrk`, for three reasons.
//! Every answer's
//! status is compared, so a 200 in place of a 304 is an error and not a good
//! figure. Bodies are discarded inside the kernel (`MSG_TRUNC`), so that the
//! load is not the bottleneck with large bodies: with `wrk` it was, and one and
//! the same nginx then differed from itself by a factor of two. And there is
//! nothing more to install.
//!
//! Absent: latency, TLS, chunked bodies, other methods than GET.

use std::io::{ErrorKind, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};
use rustix::net::RecvFlags;
use rustix::thread::CpuSet;

/// How hard to press, and from where.
#[derive(Debug, Clone)]
pub(crate) struct Load {
    pub(crate) connections: usize,
    pub(crate) lasting: Duration,
    /// The core the load runs on; the servers have another.
    pub(crate) core: usize,
}

/// What came back while pressing.
#[derive(Debug)]
pub(crate) struct Pressed {
    /// Answers that arrived whole.
    pub(crate) answers: u64,
    pub(crate) wall_secs: f64,
}

/// How long a silent server is waited for.
const SILENCE_MAX: Duration = Duration::from_secs(10);
/// The first read of an answer: a head and, for a small file, all of its body.
/// Anything beyond is only counted.
const HEAD_BYTES_MAX: usize = 4096;
/// One discarding read; large enough that a full socket buffer is one call.
const DISCARD_BYTES: usize = 4 << 20;

/// Sends `request` to `server` on all connections until the time is over.
///
/// Any status other than `status`, a closed connection or a silent server is an error.
pub(crate) fn press(
    load: &Load,
    server: SocketAddr,
    request: &[u8],
    status: u16,
) -> Result<Pressed> {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            pin_this_thread(load.core)?;
            press_from_this_thread(load, server, request, status)
        });
        thread.join().expect("the load reports errors as values")
    })
}

fn pin_this_thread(core: usize) -> Result<()> {
    let mut cores = CpuSet::new();
    cores.set(core);
    rustix::thread::sched_setaffinity(None, &cores)
        .with_context(|| format!("pinning the load to core {core}"))
}

fn press_from_this_thread(
    load: &Load,
    server: SocketAddr,
    request: &[u8],
    status: u16,
) -> Result<Pressed> {
    let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
    let mut connections = Vec::with_capacity(load.connections);
    for index in 0..load.connections {
        let stream = TcpStream::connect_timeout(&server, SILENCE_MAX)?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        let data = epoll::EventData::new_u64(index as u64);
        epoll::add(&epoll, &stream, data, epoll::EventFlags::IN)?;
        connections.push(Connection {
            stream,
            awaited: Awaited::Head,
        });
    }

    let began = Instant::now();
    let mut answers = 0;
    let mut discard = vec![0; DISCARD_BYTES];
    let mut events = Vec::with_capacity(load.connections);
    for connection in &mut connections {
        connection.ask(request)?;
    }
    while began.elapsed() < load.lasting {
        let silence_max = Timespec::try_from(SILENCE_MAX)?;
        epoll::wait(&epoll, spare_capacity(&mut events), Some(&silence_max))?;
        ensure!(
            !events.is_empty(),
            "no answer from {server} for {SILENCE_MAX:?}"
        );
        for event in events.drain(..) {
            let index = usize::try_from(event.data.u64())?;
            let connection = &mut connections[index];
            if connection.read(&mut discard, status)? {
                answers += 1;
                connection.ask(request)?;
            }
        }
    }
    Ok(Pressed {
        answers,
        wall_secs: began.elapsed().as_secs_f64(),
    })
}

struct Connection {
    stream: TcpStream,
    awaited: Awaited,
}

/// What the next read of a connection should bring.
enum Awaited {
    Head,
    /// This many bytes of a body.
    Body(usize),
}

impl Connection {
    fn ask(&mut self, request: &[u8]) -> Result<()> {
        // A request is smaller than an empty socket buffer, so this never blocks.
        self.stream.write_all(request).context("asking")?;
        self.awaited = Awaited::Head;
        Ok(())
    }

    /// Reads what is there; true when the answer is whole.
    fn read(&mut self, discard: &mut [u8], status: u16) -> Result<bool> {
        loop {
            let rest = match self.awaited {
                Awaited::Head => {
                    let buffer = &mut discard[..HEAD_BYTES_MAX];
                    let Some(received) = self.receive(buffer, RecvFlags::empty())? else {
                        return Ok(false);
                    };
                    rest_of_body(&buffer[..received], status)?
                }
                Awaited::Body(rest) => {
                    let most = rest.min(discard.len());
                    let received = self.receive(&mut discard[..most], RecvFlags::TRUNC)?;
                    let Some(received) = received else {
                        return Ok(false);
                    };
                    rest - received
                }
            };
            if rest == 0 {
                return Ok(true);
            }
            self.awaited = Awaited::Body(rest);
        }
    }

    fn receive(&self, buffer: &mut [u8], flags: RecvFlags) -> Result<Option<usize>> {
        match rustix::net::recv(&self.stream, buffer, flags) {
            Ok((_, 0)) => bail!("the server closed a connection"),
            Ok((_, received)) => Ok(Some(received)),
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error).context("reading an answer"),
        }
    }
}

/// Looks at the head of an answer: how much of its body is still to come?
///
/// Servers write a head in one piece, so one that is cut off is an error here.
fn rest_of_body(received: &[u8], status: u16) -> Result<usize> {
    let head_bytes = received
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .context("an answer's head came in pieces, or is over 4 kB")?
        + 4;
    let mut lines = received[..head_bytes].split(|byte| *byte == b'\n');
    let status_line = lines.next().unwrap_or_default();
    let expected = status.to_string();
    if status_line.get(9..12) != Some(expected.as_bytes()) {
        bail!(
            "expected {status}, got {}",
            String::from_utf8_lossy(status_line).trim()
        );
    }
    let mut body_bytes = 0;
    for line in lines {
        const NAME: &[u8] = b"content-length:";
        if let Some((name, value)) = line.split_at_checked(NAME.len())
            && name.eq_ignore_ascii_case(NAME)
            && status != 304
        {
            body_bytes = str::from_utf8(value)?.trim().parse()?;
        }
    }
    (head_bytes + body_bytes)
        .checked_sub(received.len())
        .context("more bytes than the answer's length says, or a body without a length")
}

#[cfg(test)]
mod tests {
    use super::rest_of_body;

    #[test]
    fn the_rest_is_what_the_head_promised_less_what_came() {
        let received = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n1234";
        assert_eq!(rest_of_body(received, 200).unwrap(), 6);
    }

    #[test]
    fn a_304_has_no_body_whatever_its_length_says() {
        let received = b"HTTP/1.1 304 Not Modified\r\ncontent-length: 10\r\n\r\n";
        assert_eq!(rest_of_body(received, 304).unwrap(), 0);
    }

    #[test]
    fn another_status_is_an_error() {
        let received = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
        assert!(rest_of_body(received, 304).is_err());
    }

    #[test]
    fn a_body_without_a_length_is_an_error() {
        let received = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nabcd";
        assert!(rest_of_body(received, 200).is_err());
    }
}
