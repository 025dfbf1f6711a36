//! One GET, for looking at an answer rather than for speed: what is compared
//! before the clock runs, and what is copied to the peer.
//!
//! A fresh connection each time and the whole body in memory. Absent: TLS,
//! redirects, and decoding, since the encoded bytes are what is compared.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, bail};

/// An answer, its body as it came over the wire.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// A header's name and value.
pub(crate) type Header = (&'static str, String);

/// The header by which cargo and every other client says that it reads gzip.
pub(crate) fn gzip_accepted() -> Header {
    ("accept-encoding", "gzip".to_owned())
}

const SILENCE_MAX: Duration = Duration::from_secs(60);

/// Asks `server` for `path`.
pub(crate) fn get(server: SocketAddr, path: &str, headers: &[Header]) -> Result<Answer> {
    let mut all = headers.to_vec();
    all.push(("connection", "close".to_owned()));
    let mut stream = TcpStream::connect(server)?;
    stream.set_read_timeout(Some(SILENCE_MAX))?;
    stream.write_all(&request(server, path, &all))?;
    let mut received = Vec::new();
    stream.read_to_end(&mut received)?;
    parse(&received).with_context(|| format!("GET {path} from {server}"))
}

/// The bytes of a GET request; without more headers the connection stays open.
pub(crate) fn request(server: SocketAddr, path: &str, headers: &[Header]) -> Vec<u8> {
    let mut text = format!("GET {path} HTTP/1.1\r\nhost: {server}\r\n");
    for (name, value) in headers {
        write!(text, "{name}: {value}\r\n").expect("a String takes everything");
    }
    text.push_str("\r\n");
    text.into_bytes()
}

impl Answer {
    /// The value of the header `name`, given in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The body without its content encoding.
    pub(crate) fn decoded(&self) -> Result<Vec<u8>> {
        match self.header("content-encoding") {
            None => Ok(self.body.clone()),
            Some("gzip") => {
                let mut plain = Vec::new();
                flate2::read::GzDecoder::new(self.body.as_slice()).read_to_end(&mut plain)?;
                Ok(plain)
            }
            Some(other) => bail!("nobody asked for the content encoding {other}"),
        }
    }
}

fn parse(received: &[u8]) -> Result<Answer> {
    let head_bytes = received
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .context("the answer has no head")?;
    let head = str::from_utf8(&received[..head_bytes])?;
    let mut lines = head.split("\r\n");
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1))
        .context("the answer has no status")?
        .parse()?;
    let headers = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let mut answer = Answer {
        status,
        headers,
        body: received[head_bytes + 4..].to_vec(),
    };
    if answer.header("transfer-encoding").is_some() {
        answer.body = joined_chunks(&answer.body)?;
    } else if let Some(length) = answer.header("content-length")
        && status != 304
        && length.parse() != Ok(answer.body.len())
    {
        bail!("{length} bytes were promised, {} came", answer.body.len());
    }
    Ok(answer)
}

/// RFC 9112, section 7.1, without trailers.
fn joined_chunks(mut rest: &[u8]) -> Result<Vec<u8>> {
    let mut joined = Vec::new();
    loop {
        let line_bytes = rest
            .windows(2)
            .position(|window| window == b"\r\n")
            .context("the last chunk is missing")?;
        let bytes = usize::from_str_radix(str::from_utf8(&rest[..line_bytes])?, 16)?;
        if bytes == 0 {
            return Ok(joined);
        }
        let begin = line_bytes + 2;
        joined.extend(
            rest.get(begin..begin + bytes)
                .context("a chunk is cut off")?,
        );
        rest = &rest[(begin + bytes + 2).min(rest.len())..];
    }
}
