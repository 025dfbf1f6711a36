//! Archives: where they are fetched from, verified, and who sees the token.

use crate::server::{Server, Step, answer};
use crate::{Subject, TOKEN, subject, subject_with};
use crossdock_core::checksum::Checksum;
use crossdock_registry::ports::DownloadError;
use crossdock_registry::ports::ErrandKind;
use crossdock_upstream::egress::Errand;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const BYTES: &[u8] = b"\x1f\x8b the archive";

fn config(dl: &str) -> Vec<Step> {
    answer(
        "200 OK",
        format!(r#"{{"dl":"{dl}","api":"https://unused.example"}}"#),
    )
}

/// A registry whose `dl` is `dl` and which answers everything else with `steps`.
async fn registry(dl: String, steps: Vec<Step>) -> Server {
    Server::start(move |request, _| match request.path.as_str() {
        "/config.json" => config(&dl),
        _ => steps.clone(),
    })
    .await
}

/// A registry that serves `steps` from its own origin.
async fn own(steps: impl Fn(usize) -> Vec<Step> + Send + Sync + 'static) -> Server {
    Server::start(move |request, before| match request.path.as_str() {
        "/config.json" => config(&format!("http://{}/dl", request.header("host").unwrap())),
        _ => steps(before),
    })
    .await
}

async fn silence(subject: &Subject) -> String {
    match subject.download(BYTES).await.unwrap_err() {
        DownloadError::Silent(silence) => silence.to_string(),
        DownloadError::Refused(why) => why,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn it_comes_from_the_own_origin_with_the_token_and_is_recorded() {
    let server = own(|_| answer("200 OK", BYTES)).await;
    let subject = subject(&server.url);
    assert_eq!(subject.download(BYTES).await.unwrap(), BYTES);
    assert_eq!(
        server.paths(),
        ["/config.json", "/dl/Petal/1.0.0+a/download"]
    );
    for request in server.requests() {
        assert_eq!(
            request.header("authorization"),
            Some(TOKEN),
            "{}",
            request.path
        );
    }
    let errands: Vec<_> = subject
        .egress
        .records()
        .into_iter()
        .map(|r| r.errand)
        .collect();
    assert!(
        matches!(&errands[..], [Errand::Config, Errand::Download(name, _)] if name.as_str() == "Petal"),
        "{errands:?}"
    );
}

#[tokio::test]
async fn another_origin_gets_neither_token_nor_anything_else_of_us() {
    let store = Server::always(answer("200 OK", BYTES)).await;
    // By name, so that resolving is on the way too.
    let dl = format!(
        "{}/{{lowerprefix}}/{{crate}}-{{version}}.crate?{{sha256-checksum}}",
        store.url
    )
    .replace("127.0.0.1", "localhost");
    let server = registry(dl, vec![Step::Close]).await;
    let subject = subject(&server.url);
    assert_eq!(subject.download(BYTES).await.unwrap(), BYTES);
    let requests = store.requests();
    assert_eq!(
        requests[0].path,
        format!("/pe/ta/Petal-1.0.0+a.crate?{}", Checksum::of(BYTES))
    );
    assert_eq!(requests[0].header("authorization"), None);
    assert!(!format!("{requests:?}").contains(TOKEN));
}

#[tokio::test]
async fn bytes_are_taken_as_they_are() {
    // Servers that take the suffix for an encoding label archives like this.
    let server = own(|_| answer("200 OK\ncontent-encoding: gzip", BYTES)).await;
    assert_eq!(subject(&server.url).download(BYTES).await.unwrap(), BYTES);
    assert_eq!(server.requests()[1].header("accept-encoding"), None);
}

#[tokio::test]
async fn other_bytes_are_refused_after_asking_past_caches_once() {
    let server = own(|_| answer("200 OK", "other bytes")).await;
    match subject(&server.url).download(BYTES).await.unwrap_err() {
        DownloadError::Checksum {
            expected,
            found,
            url,
        } => {
            assert_eq!(
                (expected, found),
                (Checksum::of(BYTES), Checksum::of(b"other bytes"))
            );
            assert!(url.ends_with("/dl/Petal/1.0.0+a/download"), "{url}");
        }
        other => panic!("{other}"),
    }
    let requests = server.requests();
    let caching: Vec<_> = requests.iter().map(|r| r.header("cache-control")).collect();
    assert_eq!(caching, [None, None, Some("no-cache")]);
}

#[tokio::test]
async fn a_stale_cache_on_the_way_is_survived() {
    let server = own(|before| answer("200 OK", if before == 1 { b"stale" } else { BYTES })).await;
    assert_eq!(subject(&server.url).download(BYTES).await.unwrap(), BYTES);
}

#[tokio::test]
async fn absent_large_and_unclear_are_told_apart() {
    let server = own(|_| answer("404 Not Found", "")).await;
    let absent = subject(&server.url).download(BYTES).await.unwrap_err();
    assert!(
        matches!(&absent, DownloadError::Absent(text) if text.contains("404")),
        "{absent}"
    );

    let server = own(|_| answer("200 OK", BYTES)).await;
    let small = subject_with(&server.url, |settings| settings.archive_bytes_max = 5);
    assert!(silence(&small).await.contains("limit of 5 bytes"));

    let server = own(|_| answer("403 Forbidden", "")).await;
    assert!(silence(&subject(&server.url)).await.contains("403"));
}

#[tokio::test]
async fn the_configuration_is_asked_for_once_even_by_many() {
    let server = own(|_| answer("200 OK", BYTES)).await;
    let subject = Arc::new(subject(&server.url));
    let mut downloads = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let subject = Arc::clone(&subject);
        downloads.spawn(async move { subject.download(BYTES).await.unwrap() });
    }
    let downloads = downloads.join_all().await;
    assert!(downloads.iter().all(|bytes| bytes == BYTES));
    let configs = server
        .paths()
        .into_iter()
        .filter(|path| path == "/config.json");
    assert_eq!(configs.count(), 1);
}

#[tokio::test]
async fn a_registry_that_moved_its_archives_is_followed() {
    let moved = Arc::new(AtomicBool::new(false));
    let theirs = Arc::clone(&moved);
    let server = Server::start(move |request, _| {
        let new = if theirs.load(Ordering::SeqCst) {
            "new"
        } else {
            "old"
        };
        let host = request.header("host").unwrap();
        match request.path.as_str() {
            "/config.json" => config(&format!("http://{host}/{new}")),
            path if path.starts_with(&format!("/{new}/")) => answer("200 OK", BYTES),
            _ => answer("404 Not Found", ""),
        }
    })
    .await;
    let subject = subject(&server.url);
    subject.download(BYTES).await.unwrap();
    moved.store(true, Ordering::SeqCst);
    let absent = subject.download(BYTES).await.unwrap_err();
    assert!(matches!(absent, DownloadError::Absent(_)), "{absent}");
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(60)).await;
    tokio::time::resume();
    assert_eq!(subject.download(BYTES).await.unwrap(), BYTES);
}

#[tokio::test]
async fn a_configuration_that_is_none_or_leads_astray_is_silence() {
    for (dl, rule) in [
        ("file:///etc/passwd", "scheme `file`"),
        ("gopher://h/{crate}", "scheme `gopher`"),
        ("http://169.254.169.254/{crate}", "further inside"),
        ("http://[fd00:ec2::254]/", "further inside"),
        ("/dl", "no address"),
        ("", "no address"),
    ] {
        let server = registry(dl.to_owned(), vec![Step::Close]).await;
        let subject = subject(&server.url);
        let text = silence(&subject).await;
        assert!(text.contains(rule), "{dl}: {text}");
        assert!(
            !subject
                .egress
                .counts()
                .keys()
                .any(|(_, kind)| *kind == ErrandKind::Download)
        );
    }
    for (steps, rule) in [
        (answer("200 OK", "<html>log in</html>"), "not valid"),
        (answer("200 OK", "x".repeat(70_000)), "limit of 65536 bytes"),
        (answer("404 Not Found", ""), "404"),
    ] {
        let server = Server::always(steps).await;
        let text = silence(&subject(&server.url)).await;
        assert!(
            text.contains(rule) && text.contains("/config.json"),
            "{text}"
        );
    }
}
