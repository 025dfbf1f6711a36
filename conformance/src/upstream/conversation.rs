//! One connection to an upstream: requests in, answers or faults out.
//!
//! Absent: what the right answer is.

use super::fault::Fault;
use super::listening::Stop;
use super::shelf::{Reply, plain};
use super::{Request, Shared};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// How long a connection may be idle, and how long a hanging answer hangs.
const IDLE_LIMIT: Duration = Duration::from_secs(60);

/// Longest head of a request, in bytes.
const HEAD_BYTES_MAX: u64 = 64 * 1024;

/// How much of a body without a length is missing: a part of its last row.
const SHORT_BY: usize = 20;

/// What a captive portal says.
const PAGE: &str = "<!DOCTYPE html><html><head><title>Welcome</title></head><body>Please accept our terms.</body></html>\n";

/// Answers until the other side, a fault or the word to end closes the connection.
pub(crate) fn converse(stream: TcpStream, shared: &Shared, stop: &Stop) {
    let limits = stream
        .set_read_timeout(Some(IDLE_LIMIT))
        .and(stream.set_write_timeout(Some(IDLE_LIMIT)));
    let Ok(reading) = limits.and(stream.try_clone()) else {
        return;
    };
    let mut reading = BufReader::new(reading);
    while let Ok(Some(request)) = read_request(&mut reading) {
        let (reply, fault) = {
            let mut state = shared.state();
            let fault = state.faults.meet(&request.path);
            let mut reply = state.shelf.answer(&request);
            spoil(&mut reply, fault.as_ref());
            let unanswered = matches!(fault, Some(Fault::CutOff | Fault::Reset | Fault::Hang));
            let status = (!unanswered).then_some(reply.status);
            state.requests.push(Request {
                status,
                ..request.clone()
            });
            (reply, fault)
        };
        match deliver(&stream, &request, &reply, fault.as_ref(), stop) {
            Ok(true) => {}
            // Closing it says the rest.
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return,
            _ => break,
        }
    }
    let _ = stream.shutdown(std::net::Shutdown::Both);
}

/// Changes what is answered, where the fault is in the answer.
fn spoil(reply: &mut Reply, fault: Option<&Fault>) {
    let says = |body: &[u8]| Reply {
        status: 200,
        headers: Vec::new(),
        body: body.to_vec(),
    };
    match fault {
        // Which has no body (RFC 9110, section 15.3.5).
        Some(Fault::Status(204)) => *reply = plain(204, ""),
        Some(Fault::Status(status)) => *reply = plain(*status, "something is wrong here"),
        Some(Fault::Empty) => *reply = says(b""),
        Some(Fault::Html) => {
            *reply = says(PAGE.as_bytes());
            reply.headers.push(("content-type", "text/html".to_owned()));
        }
        Some(Fault::Garbage) => *reply = says(&[0xff, 0x00, 0xfe, b'{', 0x80, b'\n', 0x01, 0x02]),
        Some(Fault::Says(bytes)) => *reply = says(bytes),
        Some(Fault::Changed) => {
            if let Some(byte) = reply.body.last_mut() {
                *byte ^= 0x55;
            }
        }
        Some(Fault::Redirect(to)) => {
            *reply = plain(302, "elsewhere");
            reply.headers.push(("location", to.clone()));
        }
        Some(
            Fault::CutOff
            | Fault::Reset
            | Fault::Hang
            | Fault::Drip(_)
            | Fault::Late(_)
            | Fault::Half
            | Fault::Short
            | Fault::PartOnly,
        )
        | None => {}
    }
}

/// Sends the answer; returns whether the connection goes on.
fn deliver(
    mut stream: &TcpStream,
    request: &Request,
    reply: &Reply,
    fault: Option<&Fault>,
    stop: &Stop,
) -> io::Result<bool> {
    match fault {
        Some(Fault::CutOff) => return Ok(false),
        Some(Fault::Reset) => {
            // What closes without lingering is reset, see socket(7).
            rustix::net::sockopt::set_socket_linger(stream, Some(Duration::ZERO))?;
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        Some(Fault::Hang) => {
            stop.wait(IDLE_LIMIT);
            return Ok(false);
        }
        Some(Fault::Late(pause)) => stop.wait(*pause),
        _ => {}
    }
    let framing = match fault {
        Some(Fault::Short) => "connection: close".to_owned(),
        Some(Fault::PartOnly) => "transfer-encoding: chunked".to_owned(),
        _ => format!("content-length: {}", reply.body.len()),
    };
    let mut head = format!("HTTP/1.1 {} Answer\r\n{framing}\r\n", reply.status);
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    let body = match request.method.as_str() {
        "HEAD" => &[][..],
        _ => &reply.body,
    };
    match fault {
        Some(Fault::Half) => {
            stream.write_all(&[head.as_bytes(), &body[..body.len() / 2]].concat())?;
            Ok(false)
        }
        Some(Fault::Short) => {
            let most = &body[..body.len().saturating_sub(SHORT_BY)];
            stream.write_all(&[head.as_bytes(), most].concat())?;
            Ok(false)
        }
        Some(Fault::PartOnly) => {
            let half = &body[..body.len() / 2];
            let part = format!("{:x}\r\n", half.len());
            let part = [part.as_bytes(), half, b"\r\n"].concat();
            stream.write_all(&[head.as_bytes(), &part].concat())?;
            Ok(false)
        }
        Some(Fault::Drip(pause)) => {
            for byte in head.as_bytes().iter().chain(body) {
                stream.write_all(&[*byte])?;
                stop.wait(*pause);
            }
            Ok(true)
        }
        _ => {
            stream.write_all(&[head.as_bytes(), body].concat())?;
            Ok(true)
        }
    }
}

fn read_request(stream: &mut impl BufRead) -> io::Result<Option<Request>> {
    let mut head = stream.take(HEAD_BYTES_MAX);
    let mut first = String::new();
    if head.read_line(&mut first)? == 0 {
        return Ok(None);
    }
    let mut words = first.split_whitespace();
    let (Some(method), Some(path)) = (words.next(), words.next()) else {
        return Ok(None);
    };
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        if head.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        match line.trim_end().split_once(':') {
            Some((name, value)) => {
                headers.push((name.to_ascii_lowercase(), value.trim().to_owned()))
            }
            None => break,
        }
    }
    // Asked as a proxy it stands for every host: the path is what counts.
    let path = match path.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
        None => path,
    };
    let (method, path) = (method.to_owned(), path.to_owned());
    Ok(Some(Request {
        method,
        path,
        headers,
        at: Instant::now(),
        status: None,
    }))
}
