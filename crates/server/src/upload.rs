//! Takes in a request's body: bounded in size, in pace, and in sum over all.
//!
//! Everything is collected in memory, because an archive is inspected as a whole
//! before a byte of it is kept. Who may upload was asked before: not a byte is
//! read for a stranger, but for [`drain`], which keeps nothing.
//!
//! Absent: what the bytes mean, and who waits for whom (`upload_room.rs`).

use crate::access::Access;
use crate::problem::Problem;
use crate::upload_room::{FIRST_BYTES, Reserved, UploadRoom};
use axum::body::Body;
use bytes::{Bytes, BytesMut};
use crossdock_registry::{Bearer, Surface};
use crossdock_wire::publish_batch::BATCH_BYTES_MAX;
use crossdock_wire::publish_body::Limits;
use http::HeaderMap;
use http::header::{CONTENT_LENGTH, EXPECT};
use http_body_util::BodyExt;
use std::time::Duration;
use tokio::time::{Instant, timeout, timeout_at};

/// The two length fields of a publish body (Cargo Book, "Registry Web API", Publish).
const LENGTH_FIELDS_BYTES: usize = 8;

/// Longest JSON body of the other calls: a hundred owners fit a hundred times.
pub(crate) const JSON_BYTES_MAX: usize = 64 * 1024;

/// Longest body with a Cargo.lock in it: one of 10,000 packages has some 3 MB, and
/// JSON escapes every line's end and quote.
pub(crate) const LOCK_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Head start of an upload, also the longest pause of one that has just begun.
const GRACE: Duration = Duration::from_secs(30);

/// Slowest acceptable pace after that: 128 kbit/s, under any line a build uses. At
/// this pace the largest archive takes over an hour, and one byte in ten
/// seconds is cut off after [`GRACE`].
const PACE_BYTES_PER_SEC: u64 = 16 * 1024;

/// How long a refused body is still taken in, so that the client reads the answer
/// and not the reset of a connection closed on its data.
const DRAIN: Duration = Duration::from_secs(2);

/// Takes in a publish, once there is room for it.
pub(crate) async fn publish<'r>(
    room: &'r UploadRoom,
    headers: &HeaderMap,
    body: Body,
) -> Result<(Bytes, Reserved<'r>), Problem> {
    let parts = Limits::default();
    let limit = LENGTH_FIELDS_BYTES + parts.metadata_bytes_max + parts.archive_bytes_max;
    with_room(room, headers, body, limit).await
}

/// Takes in a batch of publishes, once there is room for it.
pub(crate) async fn batch<'r>(
    room: &'r UploadRoom,
    headers: &HeaderMap,
    body: Body,
) -> Result<(Bytes, Reserved<'r>), Problem> {
    with_room(room, headers, body, BATCH_BYTES_MAX).await
}

async fn with_room<'r>(
    room: &'r UploadRoom,
    headers: &HeaderMap,
    body: Body,
    limit: usize,
) -> Result<(Bytes, Reserved<'r>), Problem> {
    let expected = declared(headers).unwrap_or(limit as u64);
    if expected > limit as u64 {
        drain(headers, body).await;
        return Err(Problem::TooLarge { limit });
    }
    let expected = usize::try_from(expected).unwrap_or(limit);
    let begun = room.begin(expected).await?;
    let mut intake = Intake::new(headers, body, limit);
    if intake.take_in(FIRST_BYTES).await? {
        return Ok((intake.bytes.freeze(), begun.into_reserved()));
    }
    let waited = Instant::now();
    let reserved = begun.go_on().await?;
    // That others had the room is not this one's slowness.
    intake.began += waited.elapsed();
    intake
        .bytes
        .reserve(expected.saturating_sub(intake.bytes.len()));
    intake.take_in(limit).await?;
    Ok((intake.bytes.freeze(), reserved))
}

/// Takes in a small JSON body.
pub(crate) async fn json(headers: &HeaderMap, body: Body) -> Result<Bytes, Problem> {
    collect(headers, body, JSON_BYTES_MAX).await
}

/// Takes in a JSON body that may have a Cargo.lock in it.
pub(crate) async fn lock(headers: &HeaderMap, body: Body) -> Result<Bytes, Problem> {
    collect(headers, body, LOCK_BYTES_MAX).await
}

/// Says who uploads, and to where, if that may be asked for at all; else drains the body.
/// Whether they may publish that crate is known once its name is.
pub(crate) async fn admitted(
    access: &Access,
    surface: &str,
    headers: &HeaderMap,
    body: Body,
) -> Result<(Bearer, Surface, Body), Problem> {
    let allowed = access.bearer(headers);
    match allowed.and_then(|bearer| Ok((bearer, access.surface(surface, headers)?))) {
        Ok((bearer, surface)) => Ok((bearer, surface, body)),
        Err(problem) => {
            drain(headers, body).await;
            Err(problem)
        }
    }
}

/// Reads and forgets the body of a refused request, for a short while.
///
/// Not if the client waits for `100 Continue`: it sends nothing until asked.
pub(crate) async fn drain(headers: &HeaderMap, mut body: Body) {
    if headers.contains_key(EXPECT) {
        return;
    }
    let all = async { while let Some(Ok(_)) = body.frame().await {} };
    // Whether all came in time makes no difference to the answer.
    let _ = timeout(DRAIN, all).await;
}

async fn collect(headers: &HeaderMap, body: Body, limit: usize) -> Result<Bytes, Problem> {
    if declared(headers).is_some_and(|expected| expected > limit as u64) {
        drain(headers, body).await;
        return Err(Problem::TooLarge { limit });
    }
    let mut intake = Intake::new(headers, body, limit);
    intake.take_in(limit).await?;
    Ok(intake.bytes.freeze())
}

/// A body on its way in.
struct Intake<'h> {
    headers: &'h HeaderMap,
    body: Body,
    bytes: BytesMut,
    limit: usize,
    began: Instant,
}

impl<'h> Intake<'h> {
    fn new(headers: &'h HeaderMap, body: Body, limit: usize) -> Self {
        let expected = usize::try_from(declared(headers).unwrap_or(0)).unwrap_or(0);
        Self {
            headers,
            body,
            bytes: BytesMut::with_capacity(expected.min(FIRST_BYTES)),
            limit,
            began: Instant::now(),
        }
    }

    /// Takes in what comes until there are more bytes than `enough`; true if that was all.
    async fn take_in(&mut self, enough: usize) -> Result<bool, Problem> {
        while self.bytes.len() <= enough {
            let paced = self.bytes.len() as u64 / PACE_BYTES_PER_SEC;
            let deadline = self.began + GRACE + Duration::from_secs(paced);
            let frame = match timeout_at(deadline, self.body.frame()).await {
                Err(_) => return Err(Problem::TooSlow),
                Ok(None) => return Ok(true),
                Ok(Some(Err(_))) => return Err(Problem::Broken),
                Ok(Some(Ok(frame))) => frame,
            };
            let Ok(data) = frame.into_data() else {
                continue;
            };
            if self.bytes.len() + data.len() > self.limit {
                drain(self.headers, std::mem::take(&mut self.body)).await;
                return Err(Problem::TooLarge { limit: self.limit });
            }
            self.bytes.extend_from_slice(&data);
        }
        Ok(false)
    }
}

fn declared(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    /// Sends one byte every `pause`, for ever.
    struct Dripping {
        pause: Duration,
        sleep: Pin<Box<tokio::time::Sleep>>,
    }

    fn dripping(pause: Duration) -> Body {
        let sleep = Box::pin(tokio::time::sleep(pause));
        Body::new(Dripping { pause, sleep })
    }

    impl http_body::Body for Dripping {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
        ) -> Poll<Option<Result<http_body::Frame<Bytes>, Infallible>>> {
            std::task::ready!(self.sleep.as_mut().poll(cx));
            let next = Instant::now() + self.pause;
            self.sleep.as_mut().reset(next);
            Poll::Ready(Some(Ok(http_body::Frame::data(Bytes::from_static(b"x")))))
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_dripping_upload_is_cut_off_after_the_grace() {
        let start = Instant::now();
        let read = collect(&HeaderMap::new(), dripping(Duration::from_secs(10)), 1024).await;
        assert!(matches!(read, Err(Problem::TooSlow)), "{read:?}");
        assert_eq!(start.elapsed().as_secs(), 30);
    }

    #[tokio::test(start_paused = true)]
    async fn an_endless_upload_is_cut_off_at_the_limit() {
        let read = collect(&HeaderMap::new(), dripping(Duration::from_millis(1)), 1024).await;
        assert!(
            matches!(read, Err(Problem::TooLarge { limit: 1024 })),
            "{read:?}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn an_upload_waits_for_room_and_then_gives_up() {
        let room = UploadRoom::new(10 * 1024);
        let headers = HeaderMap::new();
        let publish = || publish(&room, &headers, Body::from("small"));
        let (bytes, reserved) = publish().await.unwrap();
        assert_eq!(bytes, "small");
        // Without a declared length the first took all there is.
        let refused = publish().await;
        assert!(matches!(refused, Err(Problem::Busy)));
        drop(reserved);
        assert!(publish().await.is_ok());
    }
}
