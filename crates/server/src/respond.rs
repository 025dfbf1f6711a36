//! Answers: the one place where outcomes become status codes and headers.
//!
//! A refusal has two forms. In an index and for downloads it is plain text,
//! because cargo prints the body verbatim; in the API it is the JSON of the Cargo
//! Book, "Registry Web API", whose details cargo prints. The codes are chosen by
//! what cargo 1.95 does with them: 404 deletes its cached copy, so it is said of
//! what is absent and nothing else; 403 stops at once and keeps the copy; 503 is
//! tried again.
//!
//! Absent: the texts of use cases, which arrive in their refusals.

use crate::body::AnswerBody;
use crate::caching::{self, Readers};
use crate::problem::Problem;
use axum::response::IntoResponse;
use bytes::Bytes;
use crossdock_registry::{BatchCrate, BatchRefused, IndexFile, RefusalKind};
use crossdock_wire::api::{ErrorDetail, ErrorsAnswer};
use http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, LOCATION,
    RETRY_AFTER, VARY, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use serde::Serialize;

const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const GZIP_FILE: HeaderValue = HeaderValue::from_static("application/gzip");
const GZIP: HeaderValue = HeaderValue::from_static("gzip");
const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
const PROMETHEUS: HeaderValue =
    HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
const BY_ENCODING: HeaderValue = HeaderValue::from_static("accept-encoding");
const NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");

/// Nothing is loaded, run, framed or submitted; the one style sheet is inline.
const PAGE_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// Which stored form of an index file goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// As is.
    Plain,
    /// With `Content-Encoding: gzip`.
    Gzip,
}

/// 200 with an index file.
///
/// `headers` is an empty map to fill, so that the hot path can hand in the
/// request's and nothing is allocated.
pub(crate) fn index_file(
    headers: HeaderMap,
    file: &IndexFile,
    form: Form,
    readers: Readers,
) -> Response<AnswerBody> {
    let (bytes, tag) = match form {
        Form::Plain => (file.plain(), &file.etag),
        Form::Gzip => (&file.gzip, &file.etag_gzip),
    };
    let mut response = Response::new(AnswerBody::finished(bytes.clone()));
    *response.headers_mut() = headers;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, TEXT);
    if form == Form::Gzip {
        headers.insert(CONTENT_ENCODING, GZIP);
    }
    validators(headers, tag, readers);
    response
}

/// 304: what the client has under `tag` is current.
pub(crate) fn unchanged(headers: HeaderMap, tag: &Bytes, readers: Readers) -> Response<AnswerBody> {
    let mut response = Response::new(AnswerBody::Finished(None));
    *response.status_mut() = StatusCode::NOT_MODIFIED;
    *response.headers_mut() = headers;
    validators(response.headers_mut(), tag, readers);
    response
}

/// The headers that a 304 repeats from its 200 (RFC 9110, section 15.4.5).
fn validators(headers: &mut HeaderMap, tag: &Bytes, readers: Readers) {
    if let Ok(tag) = HeaderValue::from_maybe_shared(tag.clone()) {
        headers.insert(ETAG, tag);
    }
    headers.insert(VARY, BY_ENCODING);
    headers.insert(CACHE_CONTROL, caching::revalidated(readers));
}

/// 200 with an archive.
pub(crate) fn archive(headers: HeaderMap, bytes: Bytes, readers: Readers) -> Response<AnswerBody> {
    let mut response = Response::new(AnswerBody::finished(bytes));
    *response.headers_mut() = headers;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, GZIP_FILE);
    headers.insert(CACHE_CONTROL, caching::immutable(readers));
    response
}

/// 404 for an index file: the same text as of a [`TextProblem`], without making it.
pub(crate) fn absent(headers: HeaderMap, text: Bytes) -> Response<AnswerBody> {
    let mut response = Response::new(AnswerBody::finished(text));
    *response.status_mut() = status_of(RefusalKind::Absent);
    *response.headers_mut() = headers;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, TEXT);
    headers.insert(CACHE_CONTROL, caching::MOMENTARY);
    headers.insert(X_CONTENT_TYPE_OPTIONS, NOSNIFF);
    response
}

/// 200 with a surface's `config.json`.
pub(crate) fn config(bytes: Bytes, readers: Readers) -> Routed {
    let cache = caching::revalidated(readers);
    with_body(StatusCode::OK, JSON, cache, bytes)
}

/// 200 with JSON.
pub(crate) fn json(value: &impl Serialize) -> Routed {
    json_with(StatusCode::OK, value)
}

/// 200 with bytes that are packed, for one reader alone.
pub(crate) fn packed(bytes: Bytes) -> Routed {
    with_body(StatusCode::OK, GZIP_FILE, caching::MOMENTARY, bytes)
}

/// 200 with a short text.
pub(crate) fn text(text: &'static str) -> Routed {
    with_body(StatusCode::OK, TEXT, caching::MOMENTARY, text)
}

/// 200 with metrics in the text format of Prometheus.
pub(crate) fn metrics(text: String) -> Routed {
    with_body(StatusCode::OK, PROMETHEUS, caching::MOMENTARY, text)
}

/// 200 with a text that was just made.
pub(crate) fn told(text: String) -> Routed {
    with_body(StatusCode::OK, TEXT, caching::MOMENTARY, text)
}

/// 200 with a page.
pub(crate) fn page(html: String) -> Routed {
    let mut response = with_body(StatusCode::OK, HTML, caching::MOMENTARY, html);
    response
        .headers_mut()
        .insert(CONTENT_SECURITY_POLICY, PAGE_POLICY);
    response
}

/// 302 to another of our paths, given relative to the request's.
pub(crate) fn elsewhere(location: &str) -> Result<Routed, Problem> {
    let location = HeaderValue::from_str(location).map_err(|_| Problem::NoSuchPath)?;
    let mut response = with_body(StatusCode::FOUND, TEXT, caching::MOMENTARY, "");
    response.headers_mut().insert(LOCATION, location);
    Ok(response)
}

/// An answer that goes through the router.
pub(crate) type Routed = axum::response::Response;

fn json_with(status: StatusCode, value: &impl Serialize) -> Routed {
    match serde_json::to_vec(value) {
        Ok(bytes) => with_body(status, JSON, caching::MOMENTARY, bytes),
        Err(error) => {
            tracing::error!(%error, "an answer cannot be written as JSON: {error}");
            with_body(
                StatusCode::INTERNAL_SERVER_ERROR,
                TEXT,
                caching::MOMENTARY,
                "",
            )
        }
    }
}

fn with_body(
    status: StatusCode,
    content_type: HeaderValue,
    cache: HeaderValue,
    body: impl Into<axum::body::Body>,
) -> Routed {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, content_type);
    headers.insert(CACHE_CONTROL, cache);
    headers.insert(X_CONTENT_TYPE_OPTIONS, NOSNIFF);
    response
}

impl Problem {
    fn status(&self) -> StatusCode {
        match self {
            Self::PathNotPlain | Self::Invalid(_) | Self::Broken => StatusCode::BAD_REQUEST,
            Self::TokenNeeded(..) => StatusCode::UNAUTHORIZED,
            Self::WriteDenied(_) | Self::NotShown(_) | Self::AllNotShown => StatusCode::FORBIDDEN,
            Self::NoSuchPath | Self::NoSuchSurface { .. } => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Busy | Self::NoRandomness => StatusCode::SERVICE_UNAVAILABLE,
            Self::TooFast(_) | Self::TooManyFailures(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Refused(refusal) => status_of(refusal.kind),
        }
    }

    fn header(self) -> Option<(HeaderName, HeaderValue)> {
        match self {
            Self::TokenNeeded(challenge, _) => Some((WWW_AUTHENTICATE, challenge)),
            // Whole seconds (RFC 9110, section 10.2.3), and never none.
            Self::TooFast(wait) | Self::TooManyFailures(wait) => {
                Some((RETRY_AFTER, HeaderValue::from(wait.as_secs() + 1)))
            }
            problem if problem.status() == StatusCode::SERVICE_UNAVAILABLE => {
                Some((RETRY_AFTER, HeaderValue::from_static("1")))
            }
            _ => None,
        }
    }

    fn answer(self, form: impl FnOnce(StatusCode, String) -> Routed) -> Routed {
        let mut response = form(self.status(), self.detail());
        if let Some((name, value)) = self.header() {
            response.headers_mut().insert(name, value);
        }
        response
    }
}

fn status_of(kind: RefusalKind) -> StatusCode {
    match kind {
        RefusalKind::Invalid => StatusCode::BAD_REQUEST,
        RefusalKind::Conflict | RefusalKind::Forbidden | RefusalKind::Unsupported => {
            StatusCode::FORBIDDEN
        }
        RefusalKind::Absent => StatusCode::NOT_FOUND,
        RefusalKind::Purged => StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS,
        RefusalKind::Exists => StatusCode::CONFLICT,
        RefusalKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        RefusalKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        RefusalKind::Full => StatusCode::INSUFFICIENT_STORAGE,
    }
}

/// A batch that was refused: as every refusal of the API, and what was found of each
/// release beside it.
pub(crate) fn batch_refused(refused: &BatchRefused) -> Routed {
    let details = refused.crates.iter().filter_map(|one| one.detail.clone());
    let mut errors: Vec<_> = details.map(|detail| ErrorDetail { detail }).collect();
    if errors.is_empty() {
        errors = ErrorsAnswer::one(&refused.refusal.detail).errors;
    }
    let answer = RefusedBatchAnswer {
        errors,
        crates: &refused.crates,
    };
    let problem = Problem::Refused(refused.refusal.clone());
    problem.answer(|status, _| json_with(status, &answer))
}

#[derive(Serialize)]
struct RefusedBatchAnswer<'r> {
    errors: Vec<ErrorDetail>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    crates: &'r [BatchCrate],
}

/// A problem told in plain text, as cargo prints it from an index.
#[derive(Debug)]
pub(crate) struct TextProblem(pub(crate) Problem);

impl<P: Into<Problem>> From<P> for TextProblem {
    fn from(problem: P) -> Self {
        Self(problem.into())
    }
}

impl IntoResponse for TextProblem {
    fn into_response(self) -> Routed {
        self.0.answer(|status, mut detail| {
            detail.push('\n');
            with_body(status, TEXT, caching::MOMENTARY, detail)
        })
    }
}

/// A problem told as the API's JSON.
#[derive(Debug)]
pub(crate) struct ApiProblem(pub(crate) Problem);

impl<P: Into<Problem>> From<P> for ApiProblem {
    fn from(problem: P) -> Self {
        Self(problem.into())
    }
}

impl IntoResponse for ApiProblem {
    fn into_response(self) -> Routed {
        self.0
            .answer(|status, detail| json_with(status, &ErrorsAnswer::one(detail)))
    }
}
