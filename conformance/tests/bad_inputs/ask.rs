//! Bytes on a socket, and the status that comes back, if one does.

use crossdock_conformance::server::Server;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

/// How long an answer may take. Whoever stops sending in the middle is waited for longer,
/// so everybody here says when they are done.
const ANSWER_MAX: Duration = Duration::from_secs(15);

/// What came back: a status, nothing but a closed connection, or silence.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Back {
    Status(u16),
    Closed,
    Silence,
}

/// Sends bytes, with the token in place of `@TOKEN@`, and reads what comes back.
pub(crate) fn send(server: &Server, bytes: &[u8]) -> (Back, String) {
    let mut stream = TcpStream::connect(server.url().trim_start_matches("http://"))
        .expect("the server takes connections");
    let limits = stream
        .set_read_timeout(Some(ANSWER_MAX))
        .and(stream.set_write_timeout(Some(ANSWER_MAX)));
    limits.expect("sockets have timeouts");
    let bytes = match bytes.windows(7).position(|window| window == b"@TOKEN@") {
        Some(at) => [&bytes[..at], server.token().as_bytes(), &bytes[at + 7..]].concat(),
        None => bytes.to_vec(),
    };
    // It may answer and close before all of it is taken.
    let _ = stream.write_all(&bytes);
    let _ = stream.shutdown(Shutdown::Write);
    let mut said = Vec::new();
    let ended = stream.take(1024 * 1024).read_to_end(&mut said);
    let text = String::from_utf8_lossy(&said).into_owned();
    let status = text
        .strip_prefix("HTTP/1.1 ")
        .or_else(|| text.strip_prefix("HTTP/1.0 "))
        .and_then(|rest| rest.get(..3)?.parse().ok());
    match (status, ended) {
        (Some(status), _) => (Back::Status(status), text),
        (None, Err(error))
            if matches!(
                error.kind(),
                std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
            ) =>
        {
            (Back::Silence, text)
        }
        (None, _) => (Back::Closed, text),
    }
}
