//! How long a connection may do nothing: slow and idle clients give up their seat.
//!
//! One rule for the whole life of a connection instead of a deadline per phase:
//! within [`crate::Limits::idle`] a request must begin, a byte must be written, or
//! a handler must be at work. So a client that drips header bytes, one that stops
//! reading its answer, and one that just sits there are all let go after one to
//! two such spans. hyper's own header timeout is off: it makes and drops a timer
//! for every request, where this costs one counter and a timer per span.
//!
//! Absent: bodies that are uploaded slowly. A handler is at work on them, and
//! `upload.rs` sets its own pace.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, MissedTickBehavior, interval_at};

/// Signs of life of one connection, written by its stream and its service.
#[derive(Debug, Default)]
pub(crate) struct Pulse {
    /// Counts requests that began and writes that got through.
    beats: AtomicU64,
    /// How many handlers are working on an answer; 0 or 1 in HTTP/1.
    at_work: AtomicU32,
}

impl Pulse {
    /// Notes that something happened.
    pub(crate) fn beat(&self) {
        self.beats.fetch_add(1, Ordering::Relaxed);
    }

    /// Notes that a handler works until the returned guard is dropped.
    pub(crate) fn work(self: &Arc<Self>) -> AtWork {
        self.at_work.fetch_add(1, Ordering::Relaxed);
        AtWork(Arc::clone(self))
    }

    /// Waits until a whole span has passed without a sign of life.
    pub(crate) async fn stillness(&self, span: Duration) {
        let mut ticks = interval_at(Instant::now() + span, span);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut before = self.beats.load(Ordering::Relaxed);
        loop {
            ticks.tick().await;
            let now = self.beats.load(Ordering::Relaxed);
            if now == before && self.at_work.load(Ordering::Relaxed) == 0 {
                return;
            }
            before = now;
        }
    }
}

/// A handler at work; its end is a sign of life.
#[derive(Debug)]
pub(crate) struct AtWork(Arc<Pulse>);

impl Drop for AtWork {
    fn drop(&mut self) {
        self.0.beat();
        self.0.at_work.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A stream whose writes are signs of life. Reads are not: dripping is no request.
#[derive(Debug)]
pub(crate) struct Felt<S> {
    stream: S,
    pulse: Arc<Pulse>,
}

impl<S> Felt<S> {
    /// Wraps `stream`.
    pub(crate) fn new(stream: S, pulse: Arc<Pulse>) -> Self {
        Self { stream, pulse }
    }

    fn note(&self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Ok(1..)) = written {
            self.pulse.beat();
        }
        written
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Felt<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Felt<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.note(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let stream = Pin::new(&mut self.stream);
        let written = match slices {
            // A 304 is one piece, and the plain call is the shorter way through the
            // kernel: 1 to 5 % of all time, measured.
            [only] => stream.poll_write(cx, only),
            slices => stream.poll_write_vectored(cx, slices),
        };
        self.note(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncWriteExt;

    const SPAN: Duration = Duration::from_secs(30);

    async fn seconds_until_still(pulse: &Pulse) -> u64 {
        let start = Instant::now();
        pulse.stillness(SPAN).await;
        start.elapsed().as_secs()
    }

    #[tokio::test(start_paused = true)]
    async fn silence_ends_after_one_span_and_life_prolongs_it() {
        let pulse = Arc::new(Pulse::default());
        assert_eq!(seconds_until_still(&pulse).await, 30);

        let (mut near, _far) = tokio::io::duplex(64);
        let writes = async {
            tokio::time::sleep(SPAN / 2).await;
            let mut felt = Felt::new(&mut near, Arc::clone(&pulse));
            felt.write_all(b"answer").await.unwrap();
            std::future::pending::<()>().await
        };
        tokio::select! {
            seconds = seconds_until_still(&pulse) => assert_eq!(seconds, 60),
            () = writes => unreachable!("never ends"),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_handler_at_work_is_never_still() {
        let pulse = Arc::new(Pulse::default());
        let work = async {
            let at_work = pulse.work();
            tokio::time::sleep(10 * SPAN - SPAN / 2).await;
            drop(at_work);
            std::future::pending::<()>().await
        };
        tokio::select! {
            seconds = seconds_until_still(&pulse) => assert_eq!(seconds, 11 * 30),
            () = work => unreachable!("never ends"),
        }
    }
}
