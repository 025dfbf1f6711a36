//! What an index request says and what its answers mean.

use crate::server::{Server, answer, bare};
use crate::{TOKEN, body, subject, subject_with};
use crossdock_registry::ports::{IndexAnswer, Validators};
use crossdock_upstream::egress::{Errand, Outcome};
use std::time::{Duration, Instant};

const ETAG: &str = "W/\"a-1\"";
const DATE: &str = "Sat, 21 Nov 2026 10:00:00 GMT";

fn validators(etag: Option<&str>, last_modified: Option<&str>) -> Validators {
    Validators {
        etag: etag.map(str::to_owned),
        last_modified: last_modified.map(str::to_owned),
    }
}

#[tokio::test]
async fn validators_are_returned_as_sent_and_sent_as_returned() {
    let both = format!("200 OK\netag: {ETAG}\nlast-modified: {DATE}");
    let date = format!("200 OK\nlast-modified: {DATE}");
    for (head, expected, condition) in [
        (
            both.as_str(),
            validators(Some(ETAG), Some(DATE)),
            Some(("if-none-match", ETAG)),
        ),
        (
            date.as_str(),
            validators(None, Some(DATE)),
            Some(("if-modified-since", DATE)),
        ),
        ("200 OK", validators(None, None), None),
    ] {
        let full = answer(head, "rows\n");
        let server = Server::start(move |request, _| {
            let conditional = ["if-none-match", "if-modified-since"]
                .iter()
                .any(|name| request.header(name).is_some());
            if conditional {
                bare("304 Not Modified")
            } else {
                full.clone()
            }
        })
        .await;
        let subject = subject(&server.url);
        let (bytes, known) = body(subject.index("axum").await);
        assert_eq!((bytes.as_slice(), &known), (&b"rows\n"[..], &expected));

        let again = subject.index_if("axum", &known).await.unwrap();
        let Some((name, value)) = condition else {
            assert!(matches!(again, IndexAnswer::Body(_)), "{head}");
            continue;
        };
        assert!(matches!(again, IndexAnswer::Unchanged), "{head}");
        let request = &server.requests()[1];
        assert_eq!(request.header(name), Some(value));
        // An ETag beats a date, also for servers that do not know that.
        assert!(name == "if-modified-since" || request.header("if-modified-since").is_none());
        assert_eq!(server.connections(), 1, "the connection was not used again");
    }
}

#[tokio::test]
async fn what_is_asked_and_what_is_told_of_us() {
    let server = Server::always(answer("200 OK", "rows\n")).await;
    let subject = subject_with(&format!("{}/reg/index", server.url), |settings| {
        settings.contact = Some("ops@acme.example".to_owned());
    });
    for name in ["a", "ab", "abc", "foo_bar"] {
        body(subject.index(name).await);
    }
    assert_eq!(
        server.paths(),
        ["1/a", "2/ab", "3/a/abc", "fo/o_/foo_bar"].map(|path| format!("/reg/index/{path}"))
    );
    let request = &server.requests()[0];
    let agent = request.header("user-agent").unwrap();
    assert!(
        agent.starts_with("crossdock/") && agent.ends_with("(ops@acme.example)"),
        "{agent}"
    );
    assert_eq!(request.header("authorization"), Some(TOKEN));
    assert_eq!(request.header("accept-encoding"), Some("gzip"));
    for header in ["if-none-match", "if-modified-since", "referer", "cookie"] {
        assert_eq!(request.header(header), None);
    }
}

#[tokio::test]
async fn unchanged_though_nothing_was_known_is_silence() {
    let server = Server::always(bare("304 Not Modified")).await;
    let text = subject(&server.url).silence("axum").await;
    assert!(
        text.contains("304") && text.contains("/ax/um/axum"),
        "{text}"
    );
}

#[tokio::test]
async fn absence_is_said_by_three_statuses_and_by_no_other() {
    for (status, absent) in [
        ("404 Not Found", true),
        ("410 Gone", true),
        ("451 Unavailable For Legal Reasons", true),
        ("400 Bad Request", false),
        ("401 Unauthorized", false),
        ("403 Forbidden", false),
        ("300 Multiple Choices", false),
        ("204 No Content", false),
        ("206 Partial Content", false),
        ("418 I'm a teapot", false),
    ] {
        let server = Server::always(answer(status, "")).await;
        let subject = subject(&server.url);
        let answer = subject.index("axum").await;
        match answer {
            Ok(answer) => assert!(absent && matches!(answer, IndexAnswer::Absent), "{status}"),
            Err(silence) => {
                let text = silence.to_string();
                assert!(!absent && text.contains(&status[..3]), "{status}: {text}");
                assert!(!text.contains(TOKEN));
            }
        }
        assert_eq!(server.requests().len(), 1, "{status} was tried again");
    }
}

#[tokio::test]
async fn what_passes_is_tried_again_and_the_answer_taken() {
    for status in ["500 Oops", "502 Bad Gateway", "503 Later", "429 Too Many"] {
        let server = Server::start(move |_, before| match before {
            0 | 1 => answer(status, "no"),
            _ => answer("200 OK", "rows\n"),
        })
        .await;
        assert_eq!(body(subject(&server.url).index("axum").await).0, b"rows\n");
        assert_eq!(server.requests().len(), 3);
    }
}

#[tokio::test]
async fn tries_are_counted_and_end() {
    let server = Server::always(answer("500 Oops", "no")).await;
    for (retries, expected) in [
        (0, "tried once"),
        (1, "tried 2 times"),
        (2, "tried 3 times"),
    ] {
        let before = server.requests().len();
        let subject = subject_with(&server.url, |settings| settings.retries = retries);
        let text = subject.silence("axum").await;
        assert!(
            text.contains("answered 500") && text.contains(expected),
            "{text}"
        );
        assert_eq!(server.requests().len() - before, retries as usize + 1);
    }
}

#[tokio::test]
async fn an_upstream_that_asks_to_wait_is_waited_for() {
    let server = Server::start(|_, before| match before {
        0 => answer("429 Too Many\nretry-after: 1", ""),
        _ => answer("200 OK", "rows\n"),
    })
    .await;
    let began = Instant::now();
    body(subject(&server.url).index("axum").await);
    assert!(
        began.elapsed() >= Duration::from_secs(1),
        "{:?}",
        began.elapsed()
    );
}

#[tokio::test]
async fn a_wait_beyond_the_bound_or_the_deadline_is_not_begun() {
    for (seconds, deadline) in [(5, 2), (11, 60), (3600, 60)] {
        let head = format!("503 Later\nretry-after: {seconds}");
        let server = Server::always(answer(&head, "")).await;
        let subject = subject_with(&server.url, |settings| {
            settings.timeout_total = Duration::from_secs(deadline);
        });
        let began = Instant::now();
        let text = subject.silence("axum").await;
        assert!(
            text.contains(&format!("asks to wait {seconds} s")),
            "{text}"
        );
        assert_eq!(server.requests().len(), 1);
        assert!(began.elapsed() < Duration::from_secs(1));
    }
}

#[tokio::test]
async fn every_try_is_on_the_record_without_secrets() {
    let server = Server::start(|_, before| match before {
        0 => answer("500 Oops", ""),
        _ => answer("404 Not Found", ""),
    })
    .await;
    let subject = subject(&server.url);
    subject.index("petal").await.unwrap();
    let records = subject.egress.records();
    let outcomes: Vec<_> = records.iter().map(|r| r.outcome).collect();
    assert_eq!(outcomes, [Outcome::Answered(500), Outcome::Answered(404)]);
    for record in &records {
        assert_eq!(record.registry.as_str(), "partner");
        assert!(matches!(&record.errand, Errand::Index(name) if name.as_str() == "petal"));
        assert_eq!(record.origin, server.url);
    }
    assert!(!format!("{records:?}").contains(TOKEN));
}
