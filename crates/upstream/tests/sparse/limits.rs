//! Bodies that break off, never end or are too large; requests that are too many.

use crate::server::{Server, Step, answer, head_of};
use crate::{body, subject, subject_with};
use crossdock_upstream::SparseSettings;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(vec![], Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Sends `sent` under a head that promises something else, then closes.
fn broken(head: &[&str], sent: &[u8]) -> Vec<Step> {
    let mut bytes = head_of(head);
    bytes.extend_from_slice(sent);
    vec![Step::Send(bytes), Step::Close]
}

#[tokio::test]
async fn half_a_body_is_silence_however_its_end_was_announced() {
    let half = gzip(b"{\"name\":\"axum\"}\n");
    let half = &half[..half.len() - 9];
    let length = format!("content-length: {}", half.len());
    for (case, steps) in [
        (
            "length",
            broken(&["200 OK", "content-length: 100"], b"rows\n"),
        ),
        (
            "chunks",
            broken(
                &["200 OK", "transfer-encoding: chunked"],
                b"5\r\nrows\n\r\n",
            ),
        ),
        (
            "gzip",
            broken(&["200 OK", "content-encoding: gzip", &length], half),
        ),
    ] {
        let server = Server::always(steps).await;
        let text = subject(&server.url).silence("axum").await;
        assert!(
            text.contains("broke off") && text.contains("tried 3 times"),
            "{case}: {text}"
        );
        assert_eq!(server.requests().len(), 3, "{case}");
    }
}

#[tokio::test]
async fn a_compressed_body_is_unpacked() {
    let rows = "{\"name\":\"axum\"}\n".repeat(500);
    let server = Server::always(answer(
        "200 OK\ncontent-encoding: gzip",
        gzip(rows.as_bytes()),
    ))
    .await;
    assert_eq!(
        body(subject(&server.url).index("axum").await).0,
        rows.as_bytes()
    );
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_cut_and_not_asked_for_again_at_once() {
    let large = vec![b'x'; 2000];
    let chunked = [&b"7d0\r\n"[..], &large, b"\r\n"].concat();
    let announced = vec![
        Step::Send(head_of(&["200 OK", "content-length: 1001"])),
        Step::Hang,
    ];
    let endless = vec![
        Step::Send(head_of(&["200 OK"])),
        Step::Send(vec![b'x'; 100_000]),
        Step::Hang,
    ];
    for (case, steps) in [
        ("length", announced),
        (
            "chunks",
            broken(&["200 OK", "transfer-encoding: chunked"], &chunked),
        ),
        (
            "gzip",
            answer("200 OK\ncontent-encoding: gzip", gzip(&vec![0; 1_000_000])),
        ),
        ("endless", endless),
    ] {
        let server = Server::always(steps).await;
        let subject = subject_with(&server.url, |settings| settings.body_bytes_max = 1000);
        for _ in 0..2 {
            let text = subject.silence("axum").await;
            assert!(text.contains("limit of 1000 bytes"), "{case}: {text}");
        }
        assert_eq!(server.requests().len(), 1, "{case}");
    }
    let server = Server::always(answer("200 OK", &large[..1000])).await;
    let subject = subject_with(&server.url, |settings| settings.body_bytes_max = 1000);
    assert_eq!(body(subject.index("axum").await).0.len(), 1000);
}

#[tokio::test]
async fn whoever_is_slow_or_mute_ends_at_the_deadline() {
    let drip = Step::Drip(Duration::from_millis(20));
    for (case, steps) in [
        ("body", vec![Step::Send(head_of(&["200 OK"])), drip.clone()]),
        (
            "head",
            vec![Step::Send(b"HTTP/1.1 200 OK\r\nx: ".to_vec()), drip],
        ),
        ("mute", vec![Step::Hang]),
    ] {
        let server = Server::always(steps).await;
        let subject = subject_with(&server.url, |settings| {
            settings.timeout_total = Duration::from_millis(300);
        });
        let began = Instant::now();
        let text = subject.silence("axum").await;
        assert!(text.contains("within the deadline"), "{case}: {text}");
        let took = began.elapsed();
        assert!(took >= Duration::from_millis(300), "{case}: {took:?}");
        assert!(took < Duration::from_millis(1500), "{case}: {took:?}");
    }
}

/// Waits for `count` requests, but not for ever; the caller looks at what came.
async fn seen(server: &Server, count: usize) {
    let began = Instant::now();
    while server.requests().len() < count && began.elapsed() < Duration::from_secs(10) {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn no_more_requests_than_places_are_under_way() {
    let gate = Arc::new(Semaphore::new(0));
    let mut gated = vec![Step::Await(Arc::clone(&gate))];
    gated.extend(answer("404 Not Found", ""));
    let server = Server::start(move |request, _| {
        let dl = format!("http://{}/dl", request.header("host").unwrap());
        match request.path.as_str() {
            "/fr/ee/free" => answer("200 OK", "rows\n"),
            "/config.json" => answer("200 OK", format!(r#"{{"dl":"{dl}"}}"#)),
            _ => gated.clone(),
        }
    })
    .await;
    let patient = |settings: &mut SparseSettings| {
        settings.timeout_total = Duration::from_secs(20);
        settings.download_timeout_total = Duration::from_secs(20);
    };
    let subject = Arc::new(subject_with(&server.url, patient));
    let mut calls = tokio::task::JoinSet::new();
    for n in 0..70 {
        let subject = Arc::clone(&subject);
        calls.spawn(async move { subject.index(&format!("crate{n}")).await.is_ok() });
    }
    seen(&server, 64).await;
    // Whoever else could be sent has had the time of a whole request now.
    body(subject_with(&server.url, patient).index("free").await);
    assert_eq!(server.requests().len(), 64 + 1);
    gate.add_permits(70);
    assert_eq!(calls.join_all().await, [true; 70]);
    assert_eq!(server.requests().len(), 70 + 1);

    let mut calls = tokio::task::JoinSet::new();
    for n in 0..20 {
        let subject = Arc::clone(&subject);
        calls.spawn(async move { subject.download(&[n]).await.is_ok() });
    }
    seen(&server, 71 + 1 + 16).await;
    body(subject_with(&server.url, patient).index("free").await);
    assert_eq!(server.requests().len(), 71 + 1 + 16 + 1);
    gate.add_permits(20);
    assert_eq!(calls.join_all().await, [false; 20]);
}
