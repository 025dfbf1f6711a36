//! An HTTP/1.1 server that misbehaves exactly as a test says.
//!
//! Written by hand, because a proper server library refuses to send half a body,
//! two lengths or nothing.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, JoinSet};

/// What the server saw of one request.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) path: String,
    /// Names in lower case.
    pub(crate) headers: BTreeMap<String, String>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

/// What the server does next on a connection.
#[derive(Clone)]
pub(crate) enum Step {
    /// Sends bytes.
    Send(Vec<u8>),
    /// Sends one byte again and again, for ever.
    Drip(Duration),
    /// Keeps the connection open and says nothing.
    Hang,
    /// Goes on when somebody adds a permit.
    Await(Arc<Semaphore>),
    /// Closes the connection.
    Close,
}

type Script = dyn Fn(&Request, usize) -> Vec<Step> + Send + Sync;

/// A server that lives as long as this value.
pub(crate) struct Server {
    /// `http://127.0.0.1:PORT`
    pub(crate) url: String,
    seen: Arc<Seen>,
    accepting: JoinHandle<()>,
}

#[derive(Default)]
struct Seen {
    connections: AtomicUsize,
    requests: Mutex<Vec<Request>>,
}

impl Server {
    /// Starts a server; `script` is told the request and how many came before it.
    pub(crate) async fn start(
        script: impl Fn(&Request, usize) -> Vec<Step> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Seen::default());
        let (theirs, script): (_, Arc<Script>) = (Arc::clone(&seen), Arc::new(script));
        let accepting = tokio::spawn(async move {
            // Dropped with this task, and the connections with it.
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                theirs.connections.fetch_add(1, Ordering::SeqCst);
                connections.spawn(serve(stream, Arc::clone(&theirs), Arc::clone(&script)));
            }
        });
        Self {
            url,
            seen,
            accepting,
        }
    }

    /// Starts a server that answers everything alike.
    pub(crate) async fn always(steps: Vec<Step>) -> Self {
        Self::start(move |_, _| steps.clone()).await
    }

    pub(crate) fn connections(&self) -> usize {
        self.seen.connections.load(Ordering::SeqCst)
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.seen.requests.lock().unwrap().clone()
    }

    pub(crate) fn paths(&self) -> Vec<String> {
        self.requests().into_iter().map(|r| r.path).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn serve(stream: TcpStream, seen: Arc<Seen>, script: Arc<Script>) -> Option<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let request = read(&mut stream).await?;
        let before = {
            let mut requests = seen.requests.lock().unwrap();
            requests.push(request.clone());
            requests.len() - 1
        };
        for step in script(&request, before) {
            match step {
                Step::Send(bytes) => stream.write_all(&bytes).await.ok()?,
                Step::Drip(pause) => loop {
                    stream.write_all(b"x").await.ok()?;
                    tokio::time::sleep(pause).await;
                },
                Step::Hang => std::future::pending().await,
                Step::Await(gate) => gate.acquire().await.ok()?.forget(),
                Step::Close => return None,
            }
        }
    }
}

/// Reads a request without a body; nothing if the client is gone.
async fn read(stream: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut lines = vec![];
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let path = lines.first()?.split(' ').nth(1)?.to_owned();
    let headers = lines[1..]
        .iter()
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()));
    Some(Request {
        path,
        headers: headers.collect(),
    })
}

/// A complete answer; `head` is the status and any headers, one per line.
pub(crate) fn answer(head: &str, body: impl AsRef<[u8]>) -> Vec<Step> {
    let body = body.as_ref();
    let length = format!("content-length: {}", body.len());
    let mut bytes = head_of(&[head, &length]);
    bytes.extend_from_slice(body);
    vec![Step::Send(bytes)]
}

/// The head of an answer, from its lines.
pub(crate) fn head_of(lines: &[&str]) -> Vec<u8> {
    let lines = lines.join("\n").replace('\n', "\r\n");
    format!("HTTP/1.1 {lines}\r\n\r\n").into_bytes()
}

/// An answer that has no body and therefore no length: 304.
pub(crate) fn bare(head: &str) -> Vec<Step> {
    vec![Step::Send(head_of(&[head]))]
}

/// A redirect to `location`.
pub(crate) fn redirect(location: &str) -> Vec<Step> {
    answer(&format!("302 Found\nlocation: {location}"), "moved")
}
