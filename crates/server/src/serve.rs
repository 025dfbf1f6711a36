//! The socket: accepts connections, talks HTTP on them, lets them end.
//!
//! Over plain TCP that is HTTP/1.1: cargo offers an upgrade to HTTP/2 and takes no for an
//! answer (cargo 1.95). With TLS the handshake agrees on either, and cargo takes HTTP/2.
//! Every connection is a task of one set, and the set is awaited: when [`serve`]
//! returns, nothing of it runs any more.
//!
//! Absent: what is answered, which is behind `door.rs`; signals, which are the
//! binary's.

use crate::app::App;
use crate::door;
use crate::patience::{Felt, Pulse};
use crate::route::router;
use crate::tls::{HTTP_2, Tls};
use crate::traffic::{Open, Traffic};
use axum::Router;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::graceful::{GracefulConnection, GracefulShutdown, Watcher};
use std::fmt::Debug;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::{JoinError, JoinSet};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

/// Longest head of a request. Cargo's is under 1 kB with the longest token; the
/// buffer is also what uploads are read through.
const HEAD_BYTES_MAX: usize = 64 * 1024;

/// Longest time for a handshake; one takes a few round trips.
const HANDSHAKE_MAX: Duration = Duration::from_secs(10);

/// Requests at a time on one connection of HTTP/2; cargo has some fifty under way.
const STREAMS_MAX: u32 = 128;

/// Pause after an accept that failed for lack of descriptors or memory, which only
/// time mends.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How a server ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drained {
    /// Connections with a request under way that were cut off at
    /// [`crate::Limits::drain`].
    pub cut: usize,
}

/// Where connections come in.
#[derive(Debug)]
pub struct Socket {
    /// Accepts them.
    pub listener: TcpListener,
    /// Makes the handshakes, if they begin with one.
    pub tls: Option<Arc<Tls>>,
}

/// Who answers requests: one app, which can be exchanged for another.
#[derive(Debug)]
pub struct Answering(watch::Sender<Arc<Ready>>);

/// An app and its routes.
#[derive(Debug)]
struct Ready {
    app: App,
    router: Router,
}

impl Answering {
    /// Lets this app answer.
    pub fn new(app: App) -> Self {
        Self(watch::Sender::new(Arc::new(Ready::new(app))))
    }

    /// The app that answers what comes in now.
    pub fn app(&self) -> App {
        self.0.borrow().app.clone()
    }

    /// Lets another app answer what comes in from now on, on whichever connection;
    /// requests under way end on the one before.
    pub fn exchange(&self, app: App) {
        self.0.send_replace(Arc::new(Ready::new(app)));
    }
}

impl Ready {
    fn new(app: App) -> Self {
        Self {
            router: router(app.clone()),
            app,
        }
    }
}

/// Serves on `socket` until `shutdown` is ready and all is drained.
///
/// Then no connection is accepted any more, idle ones end, and requests under way
/// have [`crate::Limits::drain`] to finish. The federation is the caller's to shut
/// down afterwards.
pub async fn serve(
    socket: Socket,
    answering: &Answering,
    shutdown: impl Future<Output = ()>,
) -> Drained {
    let Socket { listener, tls } = socket;
    // Not the app: one that was exchanged must be gone when its last request is.
    let App {
        limits, traffic, ..
    } = answering.app();
    let seats = Arc::new(Semaphore::new(limits.connections_max));
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        tokio::select! {
            biased;
            () = &mut shutdown => break,
            Some(ended) = connections.join_next() => note_panic(ended),
            ((stream, peer), seat) = accept(&listener, &seats) => {
                let connection = Connection {
                    peer: peer.ip(),
                    answering: answering.0.subscribe(),
                    traffic: traffic.clone(),
                    idle: limits.idle,
                    watcher: graceful.watcher(),
                    pulse: Arc::default(),
                };
                let acceptor = tls.as_deref().map(Tls::acceptor);
                connections.spawn(async move {
                    connection.begin(stream, acceptor).await;
                    drop(seat);
                });
            }
        }
    }
    drop(listener);
    let drained = async {
        graceful.shutdown().await;
        while let Some(ended) = connections.join_next().await {
            note_panic(ended);
        }
    };
    let in_time = timeout(limits.drain, drained).await.is_ok();
    let cut = if in_time { 0 } else { connections.len() };
    connections.shutdown().await;
    Drained { cut }
}

/// Waits for a free seat and then for somebody to take it.
async fn accept(
    listener: &TcpListener,
    seats: &Arc<Semaphore>,
) -> ((TcpStream, SocketAddr), OwnedSemaphorePermit) {
    let seat = Arc::clone(seats)
        .acquire_owned()
        .await
        .expect("the semaphore is never closed");
    loop {
        match listener.accept().await {
            Ok(accepted) => return (accepted, seat),
            Err(error) if ended_early(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "connections cannot be accepted: {error}");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// The client went away between connecting and being accepted.
fn ended_early(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
    )
}

/// One connection, and what its requests are answered with.
struct Connection {
    peer: IpAddr,
    answering: watch::Receiver<Arc<Ready>>,
    traffic: Arc<Traffic>,
    idle: Duration,
    watcher: Watcher,
    pulse: Arc<Pulse>,
}

impl Connection {
    /// Agrees on how to talk, and talks until either side has enough.
    async fn begin(self, stream: TcpStream, acceptor: Option<TlsAcceptor>) {
        let _open = Open::new(&self.traffic);
        if let Err(error) = stream.set_nodelay(true) {
            // The peer is gone already; reading says so in a moment.
            tracing::debug!(%error, "a connection takes no options: {error}");
        }
        let stream = Felt::new(stream, Arc::clone(&self.pulse));
        match acceptor {
            None => self.talk_http1(stream).await,
            // Boxed, so that a connection without TLS has no room for its state.
            Some(acceptor) => Box::pin(self.begin_tls(stream, acceptor)).await,
        }
    }

    async fn begin_tls(self, stream: Felt<TcpStream>, acceptor: TlsAcceptor) {
        match timeout(HANDSHAKE_MAX, acceptor.accept(stream)).await {
            Ok(Ok(stream)) if stream.get_ref().1.alpn_protocol() == Some(HTTP_2) => {
                self.talk_http2(stream).await;
            }
            Ok(Ok(stream)) => self.talk_http1(stream).await,
            Ok(Err(error)) => tracing::debug!(%error, "a handshake failed: {error}"),
            Err(_) => tracing::debug!("a handshake took too long"),
        }
    }

    async fn talk_http1(self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let Self {
            peer,
            answering,
            idle,
            watcher,
            pulse,
            ..
        } = self;
        let still = Arc::clone(&pulse);
        let service = service_fn(move |request| {
            // Held until the answer is begun, which waits for nothing.
            let ready = answering.borrow();
            door::answer(&ready.app, &ready.router, &pulse, peer, request)
        });
        // How many header lines there may be is left at hyper's hundred: for any other
        // number it fills two lists of that length for each request, 1 % of a 304's time.
        let connection = http1::Builder::new()
            .header_read_timeout(None)
            .max_buf_size(HEAD_BYTES_MAX)
            .serve_connection(TokioIo::new(stream), service);
        until_enough(watcher, connection, &still, idle).await;
    }

    async fn talk_http2(self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let Self {
            peer,
            answering,
            idle,
            watcher,
            pulse,
            ..
        } = self;
        let still = Arc::clone(&pulse);
        let service = service_fn(move |request| {
            // Held until the answer is begun, which waits for nothing.
            let ready = answering.borrow();
            door::answer(&ready.app, &ready.router, &pulse, peer, request)
        });
        let connection = http2::Builder::new(TokioExecutor::new())
            .max_concurrent_streams(STREAMS_MAX)
            .max_header_list_size(HEAD_BYTES_MAX as u32)
            .serve_connection(TokioIo::new(stream), service);
        until_enough(watcher, connection, &still, idle).await;
    }
}

/// Lets a connection be until it ends, is asked to, or shows no sign of life.
async fn until_enough<C: GracefulConnection<Error: Debug>>(
    watcher: Watcher,
    connection: C,
    pulse: &Pulse,
    idle: Duration,
) {
    tokio::select! {
        biased;
        ended = watcher.watch(connection) => {
            if let Err(error) = ended {
                tracing::debug!(?error, "a connection ended early: {error:?}");
            }
        }
        () = pulse.stillness(idle) => tracing::debug!("a connection was still for too long"),
    }
}

/// A panic in a handler costs its connection and nothing else, but somebody must look.
fn note_panic(ended: Result<(), JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        tracing::error!(%error, "a request made a handler panic: {error}");
    }
}
