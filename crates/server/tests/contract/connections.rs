//! What happens to connections, as far as a client sees it.
//!
//! Apart from the scripts because these are about time and order on one socket,
//! and a script has one exchange per connection.

use crate::world::World;
use crossdock_server::{Drained, Limits};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// A span that a test can wait for, and still long for a loopback socket.
const SHORT: Duration = Duration::from_millis(400);

/// A connection that stays open.
struct Client {
    reader: BufReader<TcpStream>,
}

impl Client {
    fn connect(world: &World) -> Self {
        let stream = TcpStream::connect(world.address()).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(30)))
            .unwrap();
        Self {
            reader: BufReader::new(stream),
        }
    }

    fn send(&mut self, text: &str) {
        self.reader.get_mut().write_all(text.as_bytes()).unwrap();
    }

    fn ask(&mut self, path: &str) {
        self.send(&format!(
            "GET {path} HTTP/1.1\r\nHost: crates.example\r\n\r\n"
        ));
    }

    /// Reads one answer and returns its status and body.
    fn answer(&mut self) -> (u16, String) {
        let (mut status, mut length) = (0, 0);
        for number in 0.. {
            let mut line = String::new();
            assert_ne!(self.reader.read_line(&mut line).unwrap(), 0, "closed early");
            let line = line.trim_end().to_ascii_lowercase();
            if number == 0 {
                status = line.split(' ').nth(1).unwrap().parse().unwrap();
            }
            if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.parse().unwrap();
            }
            if line.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        self.reader.read_exact(&mut body).unwrap();
        (status, String::from_utf8(body).unwrap())
    }

    /// Waits until the server closes the connection; returns what it said before.
    fn await_close(&mut self) -> String {
        let mut rest = String::new();
        self.reader.read_to_string(&mut rest).unwrap();
        rest
    }
}

#[test]
fn one_connection_takes_many_requests_also_before_they_are_answered() {
    let world = World::start("open");
    let mut client = Client::connect(&world);
    for path in [
        "/main/index/ro/se/rose",
        "/main/index/ro/se/rose",
        "/healthz",
    ] {
        client.ask(path);
    }
    assert!(client.answer().1.contains("rose"));
    assert!(client.answer().1.contains("rose"));
    assert_eq!(client.answer(), (200, "ok\n".to_owned()));
    assert_eq!(world.stop(), Drained { cut: 0 });
}

#[test]
fn a_request_under_way_is_answered_before_the_server_ends() {
    let mut world = World::start("open");
    let (mut idle, mut busy) = (Client::connect(&world), Client::connect(&world));
    idle.ask("/healthz");
    idle.answer();
    world.happen("upstream hesitates");
    busy.ask("/main/index/ro/se/rose");
    world.await_question();
    world.begin_to_stop();
    assert_eq!(idle.await_close(), "", "an idle connection ends at once");
    assert!(
        TcpStream::connect(world.address()).is_err(),
        "nobody is let in any more"
    );
    world.happen("upstream goes on");
    let (status, body) = busy.answer();
    assert!(status == 200 && body.contains("rose"), "{status} {body}");
    assert_eq!(world.stop(), Drained { cut: 0 });
}

#[test]
fn a_request_that_never_ends_is_cut_off_at_the_deadline() {
    let limits = Limits {
        drain: SHORT,
        ..Limits::default()
    };
    let mut world = World::with_limits("open", limits);
    world.happen("upstream hesitates");
    let mut client = Client::connect(&world);
    client.ask("/main/index/ro/se/rose");
    world.await_question();
    world.begin_to_stop();
    assert_eq!(client.await_close(), "");
    world.happen("upstream goes on");
    assert_eq!(world.stop(), Drained { cut: 1 });
}

#[test]
fn who_sits_still_or_drips_a_request_is_let_go() {
    let limits = Limits {
        idle: SHORT,
        ..Limits::default()
    };
    let world = World::with_limits("open", limits);
    let (mut silent, mut served) = (Client::connect(&world), Client::connect(&world));
    let mut dripping = Client::connect(&world);
    served.ask("/healthz");
    served.answer();
    dripping.send("GET /healthz HT");
    for client in [&mut silent, &mut served, &mut dripping] {
        assert_eq!(client.await_close(), "");
    }
    assert_eq!(world.stop(), Drained { cut: 0 });
}

#[test]
fn who_waits_for_an_answer_is_not_still() {
    let limits = Limits {
        idle: SHORT,
        ..Limits::default()
    };
    let mut world = World::with_limits("open", limits);
    world.happen("upstream hesitates");
    let (mut waiting, mut still) = (Client::connect(&world), Client::connect(&world));
    waiting.ask("/main/index/ro/se/rose");
    world.await_question();
    // Three times the span pass while this one waits.
    for _ in 0..3 {
        assert_eq!(still.await_close(), "");
        still = Client::connect(&world);
    }
    world.happen("upstream goes on");
    assert_eq!(waiting.answer().0, 200);
    assert_eq!(world.stop(), Drained { cut: 0 });
}

#[test]
fn at_the_limit_the_next_waits_for_a_seat() {
    let limits = Limits {
        connections_max: 1,
        ..Limits::default()
    };
    let world = World::with_limits("open", limits);
    let (mut first, mut second) = (Client::connect(&world), Client::connect(&world));
    first.ask("/healthz");
    assert_eq!(first.answer().0, 200);
    second.ask("/healthz");
    let stream = second.reader.get_mut();
    stream.set_read_timeout(Some(SHORT)).unwrap();
    assert!(stream.read(&mut [0]).is_err(), "answered without a seat");
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    drop(first);
    assert_eq!(second.answer().0, 200);
    assert_eq!(world.stop(), Drained { cut: 0 });
}

#[test]
fn a_head_that_never_ends_is_refused() {
    let world = World::start("open");
    let mut client = Client::connect(&world);
    client.send("GET /healthz HTTP/1.1\r\n");
    // The server may close while we write; what it said before is still read.
    let line = format!("X-Padding: {}\r\n", "x".repeat(8000));
    for _ in 0..20 {
        if client.reader.get_mut().write_all(line.as_bytes()).is_err() {
            break;
        }
    }
    let mut said = [0; 12];
    match client.reader.read_exact(&mut said) {
        Ok(()) => assert_eq!(&said, b"HTTP/1.1 431"),
        Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset),
    }
    assert_eq!(world.stop(), Drained { cut: 0 });
}
