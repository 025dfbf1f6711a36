//! One HTTP/1.1 request over a socket, as bare as it can be.
//!
//! Apart from any client library, because a library would mend what we want to
//! see: it follows redirects, unpacks gzip, hides a short body.
//!
//! Absent: TLS, HTTP/2; reuse where a case asks for it.

use crate::command::fail;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// How long an answer may take; longer than any timeout in the settings of a case.
const ANSWER_LIMIT: Duration = Duration::from_secs(30);

/// Longest answer, in bytes.
const BODY_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Header fields in their order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body as sent.
    pub body: Vec<u8>,
}

/// Sends a request to `http://HOST:PORT/PATH` and reads the answer.
///
/// # Panics
/// If there is no whole answer; use [`try_ask`] where that is the point.
#[track_caller]
pub fn ask(method: &str, url: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    match try_ask(method, url, headers, body) {
        Ok(answer) => answer,
        Err(error) => fail(&format!("no answer to {method} {url}: {error}")),
    }
}

/// Sends a request and reads the answer, if there is one.
///
/// # Errors
/// Connections refused, cut or silent, and answers shorter than announced.
pub fn try_ask(
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> io::Result<Answer> {
    let rest = url
        .strip_prefix("http://")
        .ok_or_else(|| invalid("not an http address"))?;
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(ANSWER_LIMIT))?;
    stream.set_write_timeout(Some(ANSWER_LIMIT))?;
    let path = if path.is_empty() { "/" } else { path };
    let mut head = format!("{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n");
    if !body.is_empty() || matches!(method, "PUT" | "POST") {
        head.push_str(&format!("content-length: {}\r\n", body.len()));
    }
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes())?;
    // A refusal may come, and the connection be closed, before all of a large body is taken.
    let _ = stream.write_all(body);
    read_answer(&mut BufReader::new(stream), method)
}

/// A connection that is asked again and again.
#[derive(Debug)]
pub struct Connection {
    stream: BufReader<TcpStream>,
    host: String,
}

impl Connection {
    /// Connects to `http://HOST:PORT`.
    ///
    /// # Errors
    /// What the system says.
    pub fn to(url: &str) -> io::Result<Self> {
        let host = url.strip_prefix("http://");
        let host = host.ok_or_else(|| invalid("not an http address"))?;
        let stream = TcpStream::connect(host)?;
        stream.set_read_timeout(Some(ANSWER_LIMIT))?;
        stream.set_write_timeout(Some(ANSWER_LIMIT))?;
        Ok(Self {
            stream: BufReader::new(stream),
            host: host.to_owned(),
        })
    }

    /// Asks for a path.
    ///
    /// # Errors
    /// As for [`try_ask`].
    pub fn get(&mut self, path: &str) -> io::Result<Answer> {
        let head = format!("GET {path} HTTP/1.1\r\nhost: {}\r\n\r\n", self.host);
        self.send(head.as_bytes())?;
        self.answer("GET")
    }

    /// Begins to send a body to a path.
    ///
    /// # Errors
    /// As for [`try_ask`].
    pub fn begin_put(&mut self, path: &str, token: &str, length: usize) -> io::Result<()> {
        let head = format!(
            "PUT {path} HTTP/1.1\r\nhost: {}\r\nauthorization: {token}\r\ncontent-length: {length}\r\n\r\n",
            self.host
        );
        self.send(head.as_bytes())
    }

    /// Sends some of a body.
    ///
    /// # Errors
    /// As for [`try_ask`].
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.get_mut().write_all(bytes)
    }

    /// Waits for the answer to what was sent whole.
    ///
    /// # Errors
    /// As for [`try_ask`].
    pub fn answer(&mut self, method: &str) -> io::Result<Answer> {
        read_answer(&mut self.stream, method)
    }
}

fn read_answer(stream: &mut impl BufRead, method: &str) -> io::Result<Answer> {
    let status = line(stream)?;
    let status = status.split(' ').nth(1).and_then(|code| code.parse().ok());
    let status = status.ok_or_else(|| invalid("no status line"))?;
    let mut headers = Vec::new();
    loop {
        let line = line(stream)?;
        match line.split_once(':') {
            Some((name, value)) => {
                headers.push((name.to_ascii_lowercase(), value.trim().to_owned()))
            }
            None if line.is_empty() => break,
            None => return Err(invalid("a header line without a colon")),
        }
    }
    let mut answer = Answer {
        status,
        headers,
        body: Vec::new(),
    };
    if method == "HEAD" || matches!(status, 204 | 304) {
        return Ok(answer);
    }
    answer.body = if answer.header("transfer-encoding") == Some("chunked") {
        chunks(stream)?
    } else if let Some(length) = answer.header("content-length") {
        let length: u64 = length
            .parse()
            .map_err(|_| invalid("content-length is no number"))?;
        whole(stream, length)?
    } else {
        let mut body = Vec::new();
        stream.take(BODY_BYTES_MAX).read_to_end(&mut body)?;
        body
    };
    Ok(answer)
}

fn chunks(stream: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let size = line(stream)?;
        let size =
            u64::from_str_radix(size.trim(), 16).map_err(|_| invalid("chunk size is no number"))?;
        body.extend(whole(stream, size)?);
        line(stream)?;
        if size == 0 {
            return Ok(body);
        }
    }
}

fn whole(stream: &mut impl BufRead, length: u64) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    stream
        .take(length.min(BODY_BYTES_MAX))
        .read_to_end(&mut body)?;
    match body.len() as u64 == length {
        true => Ok(body),
        false => Err(io::Error::new(
            io::ErrorKind::UnexpectedEof,
            "shorter than announced",
        )),
    }
}

fn line(stream: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    stream.take(64 * 1024).read_line(&mut line)?;
    match line.strip_suffix('\n') {
        Some(line) => Ok(line.trim_end_matches('\r').to_owned()),
        None => Err(io::Error::new(
            io::ErrorKind::UnexpectedEof,
            "the head ends early",
        )),
    }
}

fn invalid(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

impl Answer {
    /// Returns a header field.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(field, _)| field == name)
            .map(|(_, value)| value.as_str())
    }

    /// Returns the body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Returns the body as JSON.
    ///
    /// # Panics
    /// If it is none.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        match serde_json::from_slice(&self.body) {
            Ok(value) => value,
            Err(error) => fail(&format!("no JSON ({error}):\n{self}")),
        }
    }

    /// Returns the rows of an index file.
    ///
    /// # Panics
    /// If it is none.
    #[track_caller]
    pub fn rows(&self) -> Vec<serde_json::Value> {
        self.clone().expects(200);
        let text = self.text();
        let row = |line: &str| match serde_json::from_str(line) {
            Ok(row) => row,
            Err(error) => fail(&format!("no index row ({error}): {line}")),
        };
        text.lines()
            .filter(|line| !line.trim().is_empty())
            .map(row)
            .collect()
    }

    /// Returns the versions in an index file, in its order.
    #[track_caller]
    pub fn versions(&self) -> Vec<String> {
        let version = |row: &serde_json::Value| row["vers"].as_str().unwrap_or_default().to_owned();
        self.rows().iter().map(version).collect()
    }

    /// Expects a status code.
    #[track_caller]
    pub fn expects(self, status: u16) -> Self {
        if self.status != status {
            fail(&format!("expected status {status}, got\n{self}"));
        }
        self
    }

    /// Expects words in the body.
    #[track_caller]
    pub fn says(self, words: &str) -> Self {
        if !self.text().contains(words) {
            fail(&format!("expected in the body: {words}\ngot\n{self}"));
        }
        self
    }
}

impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "  status {}", self.status)?;
        for (name, value) in &self.headers {
            writeln!(f, "  {name}: {value}")?;
        }
        let text: String = self.text().chars().take(4000).collect();
        write!(f, "{}", crate::command::indented(&text))
    }
}
