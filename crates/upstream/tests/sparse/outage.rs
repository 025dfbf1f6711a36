//! When an upstream is down, one call finds out and the others do not wait.

use crate::server::{Server, Step, answer};
use crate::{Subject, body, subject};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::net::TcpSocket;

/// An upstream that refuses connections: bound, so that nobody else gets the port,
/// but not listening.
fn refusing() -> (TcpSocket, Subject) {
    let closed = TcpSocket::new_v4().unwrap();
    closed.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let subject = subject(&format!("http://{}", closed.local_addr().unwrap()));
    (closed, subject)
}

#[tokio::test]
async fn a_refused_connection_is_tried_then_remembered() {
    let (_closed, subject) = refusing();
    let text = subject.silence("axum").await;
    assert!(
        text.contains("refused") && text.contains("tried 3 times"),
        "{text}"
    );
    let began = Instant::now();
    let text = subject.silence("tokio").await;
    assert!(
        text.contains("down a moment ago") && text.contains("refused"),
        "{text}"
    );
    assert!(began.elapsed() < Duration::from_millis(50));
    assert_eq!(subject.egress.records().len(), 3);
}

#[tokio::test]
async fn who_began_later_does_not_go_on_trying_when_it_is_found_down() {
    let (_closed, subject) = refusing();
    let first = async { subject.silence("axum").await };
    let second = async {
        let began = Instant::now();
        while subject.egress.records().len() < 2 && began.elapsed() < Duration::from_secs(5) {
            tokio::task::yield_now().await;
        }
        subject.silence("tokio").await
    };
    let (first, second) = tokio::join!(first, second);
    assert!(first.contains("tried 3 times"), "{first}");
    assert!(!second.contains("tried 3 times"), "{second}");
    assert!(subject.egress.records().len() < 6);
}

#[tokio::test]
async fn one_failing_path_does_not_make_the_others_fail() {
    for broken in [answer("500 Oops", ""), vec![Step::Close]] {
        let server = Server::start(move |request, _| match request.path.as_str() {
            "/ax/um/axum" => broken.clone(),
            _ => answer("200 OK", "rows\n"),
        })
        .await;
        let subject = subject(&server.url);
        for _ in 0..3 {
            subject.silence("axum").await;
            body(subject.index("tokio").await);
        }
    }
}

#[tokio::test]
async fn a_mute_upstream_is_left_alone_until_a_probe_finds_it_well() {
    let well = Arc::new(AtomicBool::new(false));
    let theirs = Arc::clone(&well);
    let server = Server::start(move |_, _| {
        if theirs.load(Ordering::SeqCst) {
            answer("200 OK", "rows\n")
        } else {
            vec![Step::Close]
        }
    })
    .await;
    let subject = subject(&server.url);
    subject.silence("axum").await;
    subject.silence("tokio").await;
    let before = server.connections();
    assert_eq!(before, 6, "two calls of three tries");
    for _ in 0..10 {
        let text = subject.silence("serde").await;
        assert!(text.contains("down a moment ago"), "{text}");
    }
    assert_eq!(server.connections(), before);

    well.store(true, Ordering::SeqCst);
    assert!(
        subject.index("serde").await.is_err(),
        "the pause is not over"
    );
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(2)).await;
    tokio::time::resume();
    body(subject.index("serde").await);
    body(subject.index("axum").await);
}
