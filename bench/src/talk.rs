//! One kept-alive connection that asks any question, one after the other.
//!
//! Apart from `get.rs`, which makes a connection for each question, and from `load.rs`,
//! which asks one thing as often as it can and reads no bodies: here every answer is
//! read whole and looked at. Absent: TLS, chunked bodies, which our answers do not have.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

/// How long a silent server is waited for; longer than it waits for room itself.
const SILENCE_MAX: Duration = Duration::from_secs(60);

/// A connection.
#[derive(Debug)]
pub(crate) struct Talk {
    reading: BufReader<TcpStream>,
}

/// An answer, read whole.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) status: u16,
    pub(crate) etag: Option<String>,
    pub(crate) body: Vec<u8>,
}

impl Talk {
    /// Connects to a server.
    pub(crate) fn begin(server: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect_timeout(&server, SILENCE_MAX)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(SILENCE_MAX))?;
        let reading = BufReader::new(stream);
        Ok(Self { reading })
    }

    /// Sends the bytes of a request and reads the answer.
    pub(crate) fn ask(&mut self, request: &[u8]) -> Result<Told> {
        self.send(request)?;
        self.hear()
    }

    /// Sends bytes and waits for nothing.
    pub(crate) fn send(&mut self, bytes: &[u8]) -> Result<()> {
        self.reading.get_ref().write_all(bytes).context("asking")
    }

    /// Reads an answer.
    pub(crate) fn hear(&mut self) -> Result<Told> {
        let mut line = String::new();
        ensure!(self.reading.read_line(&mut line)? > 0, "no answer came");
        let status = line.split(' ').nth(1).context("the answer has no status")?;
        let status = status.parse()?;
        let (mut length, mut etag) = (0, None);
        loop {
            line.clear();
            self.reading.read_line(&mut line)?;
            let header = line.trim_end();
            if header.is_empty() {
                break;
            }
            let (name, value) = header.split_once(':').context("a header has no colon")?;
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.trim().parse()?,
                "etag" => etag = Some(value.trim().to_owned()),
                "transfer-encoding" => anyhow::bail!("the answer comes in chunks"),
                _ => {}
            }
        }
        let mut body = vec![0; if status == 304 { 0 } else { length }];
        self.reading.read_exact(&mut body)?;
        Ok(Told { status, etag, body })
    }
}
