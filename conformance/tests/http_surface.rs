//! What the addresses promise, read over a bare socket.

use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::for_both_identities;
use crossdock_conformance::http::{Answer, ask};
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::Installation;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::tarball::checksum;
use std::collections::BTreeSet;
use std::io::Read;

for_both_identities!(
    config_json,
    entity_tags_and_compression,
    absent_is_404_everywhere,
    what_was_absent_is_there_once_it_is_published,
    downloads,
    the_read_api,
);

fn with_garden(identity: Identity) -> Installation {
    let installation = Installation::new(identity);
    installation.public.has(&Krate::new("stem", "1.0.0"));
    for version in ["1.0.0", "1.1.0", "1.2.0"] {
        installation.has_private(&Krate::new("garden", version).needs(Dependency::on("stem", "1")));
    }
    installation
}

fn config_json(identity: Identity) {
    let installation = Installation::new(identity);
    let url = installation.server.url();
    for surface in ["main", "local", "crates-io"] {
        let config = installation
            .server
            .get(&format!("/{surface}/index/config.json"))
            .expects(200)
            .json();
        assert_eq!(
            config["dl"],
            format!("{url}/{surface}/dl/{{crate}}/{{version}}/{{sha256-checksum}}")
        );
        assert_eq!(config["api"], format!("{url}/{surface}"));
        assert_ne!(config["auth-required"], true, "on loopback anyone may read");
    }
    installation
        .server
        .get("/nowhere/index/config.json")
        .expects(404);
}

fn entity_tags_and_compression(identity: Identity) {
    let installation = with_garden(identity);
    for (surface, name) in [
        ("main", "garden"),
        ("local", "garden"),
        ("main", "stem"),
        ("crates-io", "stem"),
    ] {
        let path = crossdock_conformance::upstream::index_path(name);
        let url = format!("{}/{surface}/index/{path}", installation.server.url());
        let get = |headers: &[(&str, &str)]| ask("GET", &url, headers, b"");
        let plain = get(&[]).expects(200);
        let tag = strong_tag(&plain);
        assert!(
            plain
                .header("content-type")
                .is_some_and(|value| value.starts_with("text/plain")),
            "{plain}"
        );
        assert!(
            plain
                .header("vary")
                .is_some_and(|value| value.eq_ignore_ascii_case("accept-encoding")),
            "{plain}"
        );
        assert_eq!(plain.header("content-encoding"), None);
        let gzip = get(&[("accept-encoding", "gzip")]).expects(200);
        assert_eq!(gzip.header("content-encoding"), Some("gzip"));
        let mut unpacked = Vec::new();
        let read = flate2::read::GzDecoder::new(&gzip.body[..]).read_to_end(&mut unpacked);
        assert!(
            read.is_ok() && unpacked == plain.body,
            "gzip is the same file"
        );
        assert_ne!(
            strong_tag(&gzip),
            tag,
            "other bytes, another strong tag (RFC 9110, section 8.8.3)"
        );
        for (condition, encoding) in [(tag.clone(), "identity"), (strong_tag(&gzip), "gzip")] {
            let unchanged =
                get(&[("if-none-match", &condition), ("accept-encoding", encoding)]).expects(304);
            assert!(unchanged.body.is_empty());
            assert_eq!(strong_tag(&unchanged), condition);
        }
        get(&[("if-none-match", "\"another\"")]).expects(200);
        get(&[("if-none-match", &format!("\"another\", {tag}"))]).expects(304);
        get(&[("if-none-match", "*")]).expects(304);
        let head = ask("HEAD", &url, &[], b"").expects(200);
        assert_eq!(
            head.header("content-length"),
            Some(plain.body.len().to_string().as_str())
        );
    }
    // A publish changes the tag at once.
    let tag = strong_tag(&installation.server.entry("main", "garden"));
    installation.has_private(&Krate::new("garden", "2.0.0"));
    assert_ne!(
        strong_tag(&installation.server.entry("main", "garden")),
        tag
    );
}

fn strong_tag(answer: &Answer) -> String {
    let tag = answer.header("etag").unwrap_or_default().to_owned();
    assert!(
        tag.starts_with('"') && tag.ends_with('"') && tag.len() > 4,
        "a strong tag: {answer}"
    );
    tag
}

fn absent_is_404_everywhere(identity: Identity) {
    let installation = with_garden(identity);
    for path in [
        "/main/index/no/ne/nonesuch",
        "/local/index/no/ne/nonesuch",
        "/crates-io/index/no/ne/nonesuch",
        "/main/index/1/q",
        "/main/index/ga/garden",
        "/main/index/xx/yy/garden",
        "/main/index/",
        "/main/index/%2e%2e/config.json",
        "/main/index/ga/rd/garden%00",
        "/main/index//ga/rd/garden",
        "/nobody/index/ga/rd/garden",
        "/main/api/v1/crates/nonesuch",
        "/main/api/v1/crates/garden/9.9.9",
        "/main/from/nobody/index/ga/rd/garden",
        "/Main/index/ga/rd/garden",
    ] {
        let answer = installation.server.get(path);
        assert!(matches!(answer.status, 404 | 400), "{path}: {answer}");
    }
    installation.public.never_heard_of(&["garden"]);
}

/// Absence is told from memory for a moment; cargo polls for what it just published.
fn what_was_absent_is_there_once_it_is_published(identity: Identity) {
    let installation = Installation::new(identity);
    for name in ["petal", "stem", "leaf"] {
        for surface in ["local", "main"] {
            let first = installation.server.entry(surface, name).expects(404);
            let again = installation.server.entry(surface, name).expects(404);
            let said = |answer: &Answer| {
                let kept = answer.headers.iter().filter(|(name, _)| name != "date");
                (kept.cloned().collect::<BTreeSet<_>>(), answer.body.clone())
            };
            assert_eq!(said(&first), said(&again), "{surface} {name}");
        }
        installation.has_private(&Krate::new(name, "1.0.0"));
        for surface in ["local", "main"] {
            installation.server.entry(surface, name).expects(200);
        }
    }
    let metrics = installation.server.get("/metrics").expects(200).text();
    let from_memory = metrics
        .lines()
        .find(|line| line.starts_with("crossdock_requests_from_memory_total{kind=\"index\"}"))
        .and_then(|line| line.rsplit(' ').next()?.parse::<u64>().ok());
    // Those of the hosted registry; the view's mirror has `revalidate-after = "0s"` here.
    assert!(from_memory >= Some(3), "{metrics}");
}

fn downloads(identity: Identity) {
    let installation = with_garden(identity);
    let row = installation.server.entry("main", "garden").rows().remove(1);
    let cksum = row["cksum"].as_str().unwrap_or_default().to_owned();
    for surface in ["main", "local", "main/from/local"] {
        let answer = installation
            .server
            .get(&format!("/{surface}/dl/garden/1.1.0/{cksum}"))
            .expects(200);
        assert_eq!(checksum(&answer.body), cksum);
        assert_eq!(answer.header("content-type"), Some("application/gzip"));
        assert!(
            answer
                .header("cache-control")
                .is_some_and(|value| value.contains("immutable")),
            "{answer}"
        );
        for wrong in [
            format!("garden/1.1.0/{}", "0".repeat(64)),
            format!("garden/1.0.0/{cksum}"),
            format!("stem/1.1.0/{cksum}"),
            "garden/1.1.0/short".to_owned(),
            format!("garden/1.1/{cksum}"),
        ] {
            let answer = installation.server.get(&format!("/{surface}/dl/{wrong}"));
            assert!(
                matches!(answer.status, 404 | 400),
                "a checksum is no key: {wrong}: {answer}"
            );
        }
    }
    // Not through a registry that does not have it.
    installation
        .server
        .get(&format!("/crates-io/dl/garden/1.1.0/{cksum}"))
        .expects(404);
    installation
        .server
        .get(&format!("/main/from/crates-io/dl/garden/1.1.0/{cksum}"))
        .expects(404);
    installation.public.never_heard_of(&["garden"]);
}

fn the_read_api(identity: Identity) {
    let installation = with_garden(identity);
    for surface in ["main", "local"] {
        let all = installation
            .server
            .get(&format!("/{surface}/api/v1/crates?q=gard&per_page=5"))
            .expects(200)
            .json();
        assert_eq!(all["crates"][0]["name"], "garden");
        assert_eq!(all["crates"][0]["max_version"], "1.2.0");
        assert_eq!(all["meta"]["total"], 1);
        installation
            .server
            .get(&format!("/{surface}/api/v1/crates/garden"))
            .expects(200)
            .says("1.2.0");
        installation
            .server
            .get(&format!("/{surface}/api/v1/crates/garden/1.1.0"))
            .expects(200)
            .says("1.1.0");
        let moved = installation
            .server
            .get(&format!("/{surface}/api/v1/crates/garden/1.1.0/download"))
            .expects(302);
        let to = moved.header("location").unwrap_or_default();
        let to = resolved(
            &format!("/{surface}/api/v1/crates/garden/1.1.0/download"),
            to,
        );
        assert!(
            to.starts_with(&format!("/{surface}/dl/garden/1.1.0/")),
            "{to}"
        );
        installation.server.get(&to).expects(200);
    }
    installation.server.get("/healthz").expects(200).says("ok");
    installation.server.get("/readyz").expects(200);
}

/// Resolves a reference that climbs, as browsers do (RFC 3986, section 5.2).
fn resolved(base: &str, to: &str) -> String {
    if to.starts_with('/') {
        return to.to_owned();
    }
    let mut parts: Vec<&str> = base.split('/').collect();
    parts.pop();
    for part in to.split('/') {
        match part {
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}
