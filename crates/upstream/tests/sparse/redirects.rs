//! Where redirects lead, and whether the token goes along.

use crate::server::{Request, Server, answer, redirect};
use crate::{TOKEN, body, subject};
use crossdock_core::name::IndexName;
use crossdock_registry::ports::{Reason, Upstream as _, Validators};
use std::time::{Duration, Instant};

/// A server that redirects `hops` times before it answers.
async fn hops(hops: usize) -> Server {
    Server::start(move |_, before| {
        if before < hops {
            redirect(&format!("/hop/{before}"))
        } else {
            answer("200 OK", "rows\n")
        }
    })
    .await
}

fn token(request: &Request) -> Option<&str> {
    request.header("authorization")
}

#[tokio::test]
async fn five_are_followed_with_the_token_on_the_own_origin() {
    let server = hops(5).await;
    body(subject(&server.url).index("axum").await);
    let requests = server.requests();
    assert_eq!(requests.len(), 6);
    assert!(requests.iter().all(|request| token(request) == Some(TOKEN)));
    assert_eq!(server.connections(), 1, "redirects were not drained");
}

#[tokio::test]
async fn a_loop_ends_and_is_not_walked_again_at_once() {
    let server = hops(usize::MAX).await;
    let subject = subject(&server.url);
    for _ in 0..3 {
        let text = subject.silence("axum").await;
        assert!(text.contains("redirects more than 5 times"), "{text}");
    }
    assert_eq!(server.requests().len(), 6);
    assert_eq!(
        subject.egress.records().len(),
        6,
        "each hop is on the record"
    );
}

/// Who says so asks at once, and an answer is believed again.
#[tokio::test]
async fn who_brings_up_to_date_asks_what_was_refused() {
    let server = hops(6).await;
    let subject = subject(&server.url);
    let name = IndexName::parse("axum").unwrap();
    subject.silence("axum").await;
    assert!(subject.upstream.was_refused(&name));
    subject.silence("axum").await;
    assert_eq!(server.requests().len(), 6, "nobody asks unasked");
    let known = Validators::default();
    body(subject.upstream.index(&name, &known, &Reason::Sync).await);
    assert!(!subject.upstream.was_refused(&name));
    body(subject.index("axum").await);
}

#[tokio::test]
async fn another_origin_is_followed_without_the_token_and_it_does_not_come_back() {
    // Each of the two must know where the other is, and one has to start first.
    let (tell, told) = std::sync::mpsc::channel::<String>();
    let told = std::sync::Mutex::new(told);
    let home = Server::start(move |request, _| match request.path.as_str() {
        "/back" => answer("200 OK", "rows\n"),
        _ => redirect(&format!(
            "{}/x?signature=s",
            told.lock().unwrap().recv().unwrap()
        )),
    })
    .await;
    let back = format!("{}/back", home.url);
    let other = Server::start(move |_, _| redirect(&back)).await;
    tell.send(other.url.clone()).unwrap();

    body(subject(&home.url).index("axum").await);
    assert_eq!(other.paths(), ["/x?signature=s"]);
    assert_eq!(token(&other.requests()[0]), None);
    let requests = home.requests();
    assert_eq!(token(&requests[0]), Some(TOKEN));
    assert_eq!(
        (requests[1].path.as_str(), token(&requests[1])),
        ("/back", None)
    );
}

#[tokio::test]
async fn what_an_upstream_must_not_lead_to_is_refused_without_a_try() {
    for (location, rule) in [
        ("file:///etc/passwd", "scheme `file`"),
        ("gopher://127.0.0.1/", "scheme `gopher`"),
        ("http://169.254.169.254/latest/meta-data/", "further inside"),
        ("http://[::ffff:169.254.169.254]/", "further inside"),
        ("http://0.0.0.0:1/", "further inside"),
        ("http://user:hunter2@127.0.0.1:1/", "user name or password"),
        ("http://", "no address"),
    ] {
        let server = Server::always(redirect(location)).await;
        let subject = subject(&server.url);
        let began = Instant::now();
        let text = subject.silence("axum").await;
        assert!(
            text.contains(rule) && !text.contains("hunter2"),
            "{location}: {text}"
        );
        assert!(
            began.elapsed() < Duration::from_secs(1),
            "{location} was tried"
        );
        assert_eq!(subject.egress.records().len(), 1, "{location} was asked");
    }
}
