//! The real crates.io, as cargo believes: by its host names, behind TLS, through a proxy.
//!
//! It writes down what it is asked and takes nothing, so that a case can say what of a
//! publish would have left for crates.io. The rest of the conformance tests need none of
//! it: there a proxy refuses whatever would go beyond this machine.
//!
//! Absent: any crate.

use crate::certificate::{Issued, issue};
use crate::workbench::Workbench;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// The hosts of crates.io that cargo speaks to.
const HOSTS: [&str; 2] = ["crates.io", "*.crates.io"];

/// What its index says of itself.
const CONFIG: &str = r#"{"dl":"https://crates.io/dl","api":"https://crates.io"}"#;

/// How long one conversation may be silent.
const SILENCE: Duration = Duration::from_secs(10);

/// A proxy behind which crates.io is.
#[derive(Debug)]
pub struct Outside {
    address: SocketAddr,
    authority: PathBuf,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    /// Held for a moment each time.
    heard: Mutex<Vec<String>>,
    ends: AtomicBool,
}

impl Outside {
    /// Starts it.
    ///
    /// # Panics
    /// If no port is free.
    pub fn start(bench: &Workbench) -> Self {
        let Issued {
            authority,
            certificate,
            key,
        } = issue(&HOSTS);
        bench.write("outside.pem", authority);
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|tls| {
                tls.with_no_client_auth()
                    .with_single_cert(vec![certificate.der().clone()], key)
            });
        let tls = Arc::new(tls.expect("the certificate was made for this"));
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("the machine has free ports");
        let address = listener.local_addr().expect("it is bound");
        let shared = Arc::new(Shared::default());
        let theirs = shared.clone();
        let thread = std::thread::spawn(move || {
            std::thread::scope(|scope| {
                for stream in listener.incoming().map_while(Result::ok) {
                    if theirs.ends.load(Ordering::Relaxed) {
                        break;
                    }
                    let (tls, shared) = (tls.clone(), &theirs);
                    // A client that goes away ends its conversation, and nothing else.
                    scope.spawn(move || drop(converse(stream, tls, shared)));
                }
            });
        });
        Self {
            address,
            authority: bench.path("outside.pem"),
            shared,
            thread: Some(thread),
        }
    }

    /// Returns what leads cargo to it.
    pub fn environment(&self) -> Vec<(String, String)> {
        vec![
            ("HTTPS_PROXY".to_owned(), format!("http://{}", self.address)),
            (
                "CARGO_HTTP_CAINFO".to_owned(),
                self.authority.display().to_string(),
            ),
        ]
    }

    /// Lists what it was asked: method, path, and the token if there was one.
    ///
    /// # Panics
    /// If a conversation did.
    pub fn heard(&self) -> Vec<String> {
        let heard = self.shared.heard.lock();
        heard.expect("nobody panics while holding it").clone()
    }
}

impl Drop for Outside {
    fn drop(&mut self) {
        self.shared.ends.store(true, Ordering::Relaxed);
        // It waits for somebody to come.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Takes a `CONNECT`, and then is whoever was meant.
fn converse(stream: TcpStream, tls: Arc<ServerConfig>, shared: &Shared) -> io::Result<()> {
    stream.set_read_timeout(Some(SILENCE))?;
    let mut plain = stream.try_clone()?;
    let mut byte = [0];
    let mut head = Vec::new();
    // Byte by byte, so that nothing of the handshake is taken along.
    while !head.ends_with(b"\r\n\r\n") {
        plain.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    plain.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
    let connection = ServerConnection::new(tls).map_err(io::Error::other)?;
    let mut stream = BufReader::new(StreamOwned::new(connection, stream));
    while let Some(request) = read(&mut stream)? {
        let (status, body) = match request.as_str() {
            "GET /config.json" => ("200 OK", CONFIG),
            _ => ("404 Not Found", ""),
        };
        let heard = shared.heard.lock();
        heard.expect("nobody panics while holding it").push(request);
        let length = body.len();
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n{body}");
        stream.get_mut().write_all(answer.as_bytes())?;
        stream.get_mut().flush()?;
    }
    Ok(())
}

/// Reads one request; none if there is no other.
fn read(stream: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = String::new();
    if stream.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut request: Vec<String> = line.split(' ').take(2).map(str::to_owned).collect();
    let mut length = 0;
    loop {
        let mut field = String::new();
        stream.read_line(&mut field)?;
        let Some((name, value)) = field.trim().split_once(':') else {
            break;
        };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().unwrap_or_default(),
            "authorization" => request.push(value.trim().to_owned()),
            _ => {}
        }
    }
    io::copy(&mut stream.take(length), &mut io::sink())?;
    Ok(Some(request.join(" ")))
}
