//! The door: every request comes in here, and most are answered on the threshold.
//!
//! A `GET` whose finished bytes are in memory is answered without waiting, without
//! a router, without JSON or SQL, and without allocating: even the map of headers
//! is the request's own, emptied. Everything else takes the long way through
//! [`crate::route`], in a span with the request's number.
//!
//! Absent: what a path means beyond its first words, and status codes.

use crate::app::App;
use crate::body::AnswerBody;
use crate::caching::Readers;
use crate::negotiation::{accepts_gzip, known};
use crate::patience::Pulse;
use crate::problem::Problem;
use crate::respond::{self, Form};
use crate::traffic::Kind;
use crate::{path, route, upload};
use axum::Router;
use crossdock_registry::IndexFile;
use http::{HeaderMap, Method, Request, Response};
use http_body::Body as _;
use hyper::body::Incoming;
use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;
use tower::ServiceExt;
use tracing::Instrument;

/// Answers one request.
///
/// What is in memory is answered when this returns; the future then only hands it
/// over.
pub(crate) fn answer(
    app: &App,
    router: &Router,
    pulse: &Arc<Pulse>,
    peer: IpAddr,
    request: Request<Incoming>,
) -> impl Future<Output = Result<Response<AnswerBody>, Infallible>> + use<> {
    pulse.beat();
    let turned_away = app.turned_away(peer, &request);
    let found = match turned_away {
        None => find(app, &request),
        Some(_) => None,
    };
    let way = match found {
        Some((held, readers)) => {
            let kind = held.kind();
            let response = from_memory(request, held, readers);
            let bytes = response.body().size_hint().lower();
            let status = response.status();
            app.traffic.answered_from_memory(kind, status, bytes);
            Way::Short(response)
        }
        None => {
            let at_work = pulse.work();
            let (traffic, kind) = (app.traffic.clone(), Kind::of(request.uri().path()));
            let federation = app.federation.clone();
            let is_of_the_process = matches!(request.uri().path(), "/healthz" | "/metrics");
            let client = app.client(peer, request.headers());
            let (number, router, app) = (app.next_request(), router.clone(), app.clone());
            Way::Long(Box::pin(async move {
                let mut problem = turned_away;
                if !is_of_the_process && problem.is_none() {
                    federation.come_abreast().await;
                    problem = app.note_failure(client, request.headers());
                }
                let response = long_way(number, router, client, problem, request).await;
                traffic.answered(kind, response.status());
                drop(at_work);
                response
            }))
        }
    };
    async move {
        Ok(match way {
            Way::Short(response) => response,
            Way::Long(long) => long.await,
        })
    }
}

/// Which way a request takes. The long one is boxed: hyper moves the future of
/// every answer, and a router's is large.
enum Way<F> {
    Short(Response<AnswerBody>),
    Long(std::pin::Pin<Box<F>>),
}

/// Finished bytes for a request.
enum Held {
    Index(Arc<IndexFile>),
    /// The text of a crate that is not there.
    Absent(bytes::Bytes),
    Archive(bytes::Bytes),
}

impl Held {
    fn kind(&self) -> Kind {
        match self {
            Self::Index(_) | Self::Absent(_) => Kind::Index,
            Self::Archive(_) => Kind::Download,
        }
    }
}

/// Looks for an answer in memory that this request may have.
fn find(app: &App, request: &Request<Incoming>) -> Option<(Held, Readers)> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return None;
    }
    let path = request.uri().path().strip_prefix('/')?;
    let (surface, rest) = path.split_once('/')?;
    if !app.access.may_read(surface, request.headers()) {
        return None;
    }
    let readers = app.access.readers(surface);
    // A face: `{view}/from/{member}/…`.
    let rest = match rest.strip_prefix("from/") {
        Some(rest) => rest.split_once('/')?.1,
        None => rest,
    };
    let held = if rest.starts_with("index/") {
        if !app.federation.may_answer_unasked() {
            return None;
        }
        match app.federation.served(path) {
            Some(file) => Held::Index(file),
            None => Held::Absent(app.federation.known_absent(path)?),
        }
    } else if rest.starts_with("dl/") {
        Held::Archive(app.federation.held_crate(path)?)
    } else {
        return None;
    };
    Some((held, readers))
}

fn from_memory(request: Request<Incoming>, held: Held, readers: Readers) -> Response<AnswerBody> {
    let (parts, _) = request.into_parts();
    let response = match held {
        Held::Index(file) => index_answer(parts.headers, &file, readers),
        Held::Absent(text) => respond::absent(emptied(parts.headers), text),
        Held::Archive(bytes) => respond::archive(emptied(parts.headers), bytes, readers),
    };
    tracing::debug!(
        method = %parts.method, path = parts.uri.path(), status = response.status().as_u16(),
        "answered from memory"
    );
    response
}

/// Answers with an index file in the form that the request's headers ask for, or
/// says that the client has it.
///
/// Either tag stands for the same rows, so a client that knows one form and now
/// takes the other is up to date; the 304 names the tag that it knows.
pub(crate) fn index_answer(
    headers: HeaderMap,
    file: &IndexFile,
    readers: Readers,
) -> Response<AnswerBody> {
    let form = if accepts_gzip(&headers) {
        Form::Gzip
    } else {
        Form::Plain
    };
    let tags = match form {
        Form::Plain => [&file.etag, &file.etag_gzip],
        Form::Gzip => [&file.etag_gzip, &file.etag],
    };
    match known(&headers, tags) {
        Some(tag) => respond::unchanged(emptied(headers), tag, readers),
        None => respond::index_file(emptied(headers), file, form, readers),
    }
}

/// Keeps the room of a map and none of its content.
fn emptied(mut headers: HeaderMap) -> HeaderMap {
    headers.clear();
    headers
}

/// Routes a request.
async fn long_way(
    number: u64,
    router: Router,
    client: IpAddr,
    turned_away: Option<Problem>,
    request: Request<Incoming>,
) -> Response<AnswerBody> {
    let start = Instant::now();
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let span = tracing::info_span!("request", number, %client, %method, path);
    async {
        let request = request.map(axum::body::Body::new);
        let response = if let Some(problem) = turned_away {
            let (parts, body) = request.into_parts();
            upload::drain(&parts.headers, body).await;
            route::problem_at(&path, problem)
        } else if path::is_plain(&path) {
            let Ok(response) = router.oneshot(request).await;
            response
        } else {
            route::problem_at(&path, Problem::PathNotPlain)
        };
        tracing::debug!(
            status = response.status().as_u16(),
            milliseconds = start.elapsed().as_millis(),
            "answered"
        );
        response.map(AnswerBody::Routed)
    }
    .instrument(span)
    .await
}
