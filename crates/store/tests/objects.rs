//! What only an object store across a network can show: absence, refusal, silence.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "all of this program is test; a panic is how it says no"
)]

use bytes::Bytes;
use crossdock_core::checksum::Checksum;
use crossdock_registry::ports::{Blobs, StoreError};
use crossdock_store::{S3Address, S3Blobs, S3Credentials, S3Settings};
use crossdock_test_servers::Objects;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::{Duration, Instant};

fn open(server: &Objects, bucket: &str, secret: &str) -> S3Blobs {
    let settings = S3Settings {
        address: S3Address::parse(&format!("s3://{bucket}/team")).unwrap(),
        endpoint: Some(server.endpoint().parse().unwrap()),
        region: "garage".to_owned(),
        path_style: true,
    };
    let (key, _) = server.credentials();
    S3Blobs::open(&settings, S3Credentials::new(key, secret)).unwrap()
}

fn refused<T: std::fmt::Debug>(outcome: Result<T, StoreError>) -> String {
    match outcome {
        Err(StoreError::Unavailable(text)) => text,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_away_is_absent_and_may_come_back() {
    let server = Objects::start();
    let blobs = open(&server, server.bucket(), server.credentials().1);
    let (bytes, checksum) = (Bytes::from_static(b"abc"), Checksum::of(b"abc"));
    blobs.probe().await.unwrap();
    blobs.remove(&checksum).await.unwrap();
    blobs.keep(&checksum, bytes.clone()).await.unwrap();
    let file =
        server.file("team/ba/7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_eq!(std::fs::read(file).unwrap(), b"abc");
    blobs.remove(&checksum).await.unwrap();
    assert_eq!(blobs.read(&checksum).await.unwrap(), None);
    blobs.keep(&checksum, bytes.clone()).await.unwrap();
    assert_eq!(blobs.read(&checksum).await.unwrap(), Some(bytes));
}

/// Answers one connection after the other with these texts; returns where.
fn answering(answers: Vec<String>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for answer in answers {
            let (mut socket, _) = listener.accept().unwrap();
            let mut head = Vec::new();
            let mut piece = [0; 1024];
            while !head.windows(4).any(|end| end == b"\r\n\r\n") {
                let read = socket.read(&mut piece).unwrap();
                head.extend_from_slice(&piece[..read]);
            }
            socket.write_all(answer.as_bytes()).unwrap();
        }
    });
    format!("http://{address}")
}

fn answer(status: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}")
}

fn asking(endpoint: &str) -> S3Blobs {
    let settings = S3Settings {
        address: S3Address::parse("s3://elsewhere/team").unwrap(),
        endpoint: Some(endpoint.parse().unwrap()),
        region: "garage".to_owned(),
        path_style: true,
    };
    S3Blobs::open(&settings, S3Credentials::new("key", "secret")).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_is_not_there_is_no_absent_archive() {
    let gone = answer("404 Not Found", "<Error><Code>NoSuchBucket</Code></Error>");
    let absent = answer("404 Not Found", "<Error><Code>NoSuchKey</Code></Error>");
    let blobs = asking(&answering(vec![gone, absent]));
    let checksum = Checksum::of(b"abc");
    let text = refused(blobs.read(&checksum).await);
    assert!(
        text.contains("s3://elsewhere/team: there is no such bucket"),
        "{text}"
    );
    assert_eq!(blobs.read(&checksum).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_pass_is_tried_again_and_a_cut_answer_is_no_answer() {
    let busy = answer("503 Slow Down", "<Error><Code>SlowDown</Code></Error>");
    let cut = "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nab".to_owned();
    let blobs = asking(&answering(vec![busy, cut, answer("200 OK", "abc")]));
    let read = blobs.read(&Checksum::of(b"abc")).await.unwrap();
    assert_eq!(read, Some(Bytes::from_static(b"abc")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_store_says_so() {
    let full = answer("507 Insufficient Storage", "");
    let blobs = asking(&answering(vec![full]));
    let kept = blobs.keep(&Checksum::of(b""), Bytes::new()).await;
    assert!(matches!(kept, Err(StoreError::Full(_))), "{kept:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_secret_is_told_without_it() {
    let server = Objects::start();
    let blobs = open(&server, server.bucket(), "wrong-secret");
    let checksum = Checksum::of(b"abc");
    let texts = [
        refused(blobs.keep(&checksum, Bytes::from_static(b"abc")).await),
        refused(blobs.read(&checksum).await),
    ];
    for text in texts {
        assert!(text.contains("look at the credentials"), "{text}");
        assert!(!text.contains("wrong-secret"), "{text}");
        assert!(!text.contains("Signature="), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_away_says_so_soon_and_is_there_again() {
    let server = Objects::start();
    let blobs = open(&server, server.bucket(), server.credentials().1);
    let (bytes, checksum) = (Bytes::from_static(b"abc"), Checksum::of(b"abc"));
    blobs.keep(&checksum, bytes.clone()).await.unwrap();
    server.stop();
    let began = Instant::now();
    for text in [
        refused(blobs.keep(&checksum, bytes.clone()).await),
        refused(blobs.read(&checksum).await),
        refused(blobs.probe().await),
    ] {
        assert!(
            text.starts_with("object store s3://archives/team: "),
            "{text}"
        );
        assert!(!text.contains("X-Amz"), "{text}");
    }
    assert!(began.elapsed() < Duration::from_secs(20));
    server.begin();
    assert_eq!(blobs.read(&checksum).await.unwrap(), Some(bytes));
}
