//! The body of an answer: finished bytes, or what a handler made.
//!
//! Apart from axum's body because that one is a box behind a vtable, which an
//! answer from memory needs not allocate.

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use std::pin::Pin;
use std::task::{Context, Poll};

/// What follows the head of an answer.
#[derive(Debug)]
pub(crate) enum AnswerBody {
    /// Bytes from memory, given out once.
    Finished(Option<Bytes>),
    /// The body of an answer that came through the router.
    Routed(axum::body::Body),
}

impl AnswerBody {
    /// A body of bytes at hand.
    pub(crate) fn finished(bytes: Bytes) -> Self {
        Self::Finished((!bytes.is_empty()).then_some(bytes))
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        match self.get_mut() {
            Self::Finished(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Routed(body) => Pin::new(body).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Finished(bytes) => bytes.is_none(),
            Self::Routed(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Finished(bytes) => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
            }
            Self::Routed(body) => body.size_hint(),
        }
    }
}

impl From<AnswerBody> for axum::body::Body {
    fn from(body: AnswerBody) -> Self {
        match body {
            AnswerBody::Finished(bytes) => bytes.map_or_else(Self::empty, Self::from),
            AnswerBody::Routed(body) => body,
        }
    }
}
