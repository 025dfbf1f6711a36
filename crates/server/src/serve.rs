//! The socket: accepts connections, talks HTTP/1.1 on them, lets them end.
//!
//! HTTP/1.1 only. Over plain TCP cargo offers an upgrade to HTTP/2 and takes no
//! for an answer (cargo 1.95); TLS and HTTP/2 belong to a proxy in front.
//! Every connection is a task of one set, and the set is awaited: when [`serve`]
//! returns, nothing of it runs any more.
//!
//! Absent: what is answered, which is behind `door.rs`; signals, which are the
//! binary's.

use crate::app::App;
use crate::door;
use crate::patience::{Felt, Pulse};
use crate::route::router;
use axum::Router;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::{JoinError, JoinSet};
use tokio::time::timeout;

/// Longest head of a request. Cargo's is under 1 kB with the longest token; the
/// buffer is also what uploads are read through.
const HEAD_BYTES_MAX: usize = 64 * 1024;

/// Most header lines of a request; cargo sends six, proxies add a dozen.
const HEADERS_MAX: usize = 64;

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

/// Serves `app` on `listener` until `shutdown` is ready and all is drained.
///
/// Then no connection is accepted any more, idle ones end, and requests under way
/// have [`crate::Limits::drain`] to finish. The federation is the caller's to shut
/// down afterwards.
pub async fn serve(listener: TcpListener, app: App, shutdown: impl Future<Output = ()>) -> Drained {
    let router = router(app.clone());
    let seats = Arc::new(Semaphore::new(app.limits.connections_max));
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        tokio::select! {
            biased;
            () = &mut shutdown => break,
            Some(ended) = connections.join_next() => note_panic(ended),
            (stream, seat) = accept(&listener, &seats) => {
                let talk = talk(stream, app.clone(), router.clone(), graceful.watcher());
                connections.spawn(async move {
                    talk.await;
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
    let in_time = timeout(app.limits.drain, drained).await.is_ok();
    let cut = if in_time { 0 } else { connections.len() };
    connections.shutdown().await;
    Drained { cut }
}

/// Waits for a free seat and then for somebody to take it.
async fn accept(
    listener: &TcpListener,
    seats: &Arc<Semaphore>,
) -> (TcpStream, OwnedSemaphorePermit) {
    let seat = Arc::clone(seats)
        .acquire_owned()
        .await
        .expect("the semaphore is never closed");
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return (stream, seat),
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

/// Answers the requests of one connection until either side has enough.
async fn talk(stream: TcpStream, app: App, router: Router, watcher: Watcher) {
    if let Err(error) = stream.set_nodelay(true) {
        // The peer is gone already; reading says so in a moment.
        tracing::debug!(%error, "a connection takes no options: {error}");
    }
    let idle = app.limits.idle;
    let pulse = Arc::new(Pulse::default());
    let io = TokioIo::new(Felt::new(stream, Arc::clone(&pulse)));
    let service = {
        let pulse = Arc::clone(&pulse);
        service_fn(move |request| door::answer(&app, &router, &pulse, request))
    };
    let connection = http1::Builder::new()
        .header_read_timeout(None)
        .max_buf_size(HEAD_BYTES_MAX)
        .max_headers(HEADERS_MAX)
        .serve_connection(io, service);
    tokio::select! {
        biased;
        ended = watcher.watch(connection) => {
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection ended early: {error}");
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
