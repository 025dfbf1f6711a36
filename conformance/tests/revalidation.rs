//! How the mirror asks: conditionally, seldom, once, ahead of time, with its token
//! for one origin only.

use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::Installation;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::server::Server;
use crossdock_conformance::tarball::checksum;
use crossdock_conformance::upstream::{Fault, On, Request, Upstream, Validators};
use crossdock_conformance::workbench::Workbench;
use std::time::Duration;

/// A server with one mirror and nothing else.
fn mirror_of(
    bench: &Workbench,
    upstream: &Upstream,
    lines: &str,
    environment: &[(&str, &str)],
) -> Server {
    let settings = format!(
        "[registries.partner]\nmirror = \"{}\"\n{lines}\n",
        upstream.index()
    );
    Server::start_at(bench, "server", &settings, environment)
}

fn header<'r>(request: &'r Request, name: &str) -> Option<&'r str> {
    request
        .headers
        .iter()
        .find(|(field, _)| field == name)
        .map(|(_, value)| value.as_str())
}

#[test]
fn what_did_not_change_is_not_sent_again() {
    for (validators, condition) in [
        (Validators::ETag, Some("if-none-match")),
        (Validators::LastModified, Some("if-modified-since")),
        (Validators::Neither, None),
    ] {
        let (bench, upstream) = (Workbench::new(), Upstream::start());
        upstream.validates_by(validators);
        upstream.has(&Krate::new("petal", "1.0.0"));
        let server = mirror_of(&bench, &upstream, "revalidate-after = \"0s\"", &[]);
        let first = server.entry("partner", "petal").expects(200);
        let second = server.entry("partner", "petal").expects(200);
        assert_eq!(first.body, second.body);
        let asked = upstream.asked_for("petal");
        assert_eq!(asked.len(), 2, "{validators:?}");
        match condition {
            Some(condition) => {
                assert!(header(&asked[0], condition).is_none());
                assert!(header(&asked[1], condition).is_some(), "{asked:#?}");
                assert_eq!(asked[1].status, Some(304));
            }
            None => {
                assert!(
                    header(&asked[1], "if-none-match").is_none()
                        && header(&asked[1], "if-modified-since").is_none()
                );
                assert_eq!(asked[1].status, Some(200));
            }
        }
        upstream.has(&Krate::new("petal", "1.1.0"));
        assert_eq!(
            server.entry("partner", "petal").versions(),
            ["1.0.0", "1.1.0"],
            "{validators:?}"
        );
    }
}

#[test]
fn validators_survive_a_restart() {
    let (bench, upstream) = (Workbench::new(), Upstream::start());
    upstream.has(&Krate::new("petal", "1.0.0"));
    let mut server = mirror_of(&bench, &upstream, "revalidate-after = \"0s\"", &[]);
    server.entry("partner", "petal").expects(200);
    server.start_again(&bench, None);
    server.entry("partner", "petal").expects(200);
    assert_eq!(
        upstream
            .asked_for("petal")
            .last()
            .and_then(|request| request.status),
        Some(304)
    );
}

#[test]
fn a_fresh_answer_is_not_asked_for_again() {
    let (bench, upstream) = (Workbench::new(), Upstream::start());
    upstream.has(&Krate::new("petal", "1.0.0"));
    let server = mirror_of(&bench, &upstream, "revalidate-after = \"10m\"", &[]);
    for _ in 0..5 {
        server.entry("partner", "petal").expects(200);
    }
    assert_eq!(upstream.asked_for("petal").len(), 1);
}

#[test]
fn many_who_ask_at_once_share_one_request() {
    let (bench, upstream) = (Workbench::new(), Upstream::start());
    let petal = Krate::new("petal", "1.0.0");
    upstream.has(&petal);
    upstream.fails(On::Everything, Fault::Late(Duration::from_millis(400)));
    let server = mirror_of(&bench, &upstream, "", &[]);
    let ask_all = |path: &str| {
        std::thread::scope(|scope| {
            let asking: Vec<_> = (0..16)
                .map(|_| scope.spawn(|| server.get(path).expects(200)))
                .collect();
            for answer in asking {
                answer.join().expect("each of them was answered");
            }
        });
    };
    ask_all("/partner/index/pe/ta/petal");
    assert_eq!(upstream.asked_for("petal").len(), 1);
    let cksum = petal.row()["cksum"].as_str().unwrap_or_default().to_owned();
    ask_all(&format!("/partner/dl/petal/1.0.0/{cksum}"));
    assert_eq!(upstream.downloads().len(), 1);
}

#[test]
fn what_cargo_asks_next_is_fetched_ahead() {
    let installation = Installation::new(Identity::CratesIo);
    installation.public.has_all(&[
        Krate::new("petal", "1.0.0").needs(Dependency::on("sepal", "1").renamed("leaf")),
        Krate::new("sepal", "1.0.0"),
    ]);
    installation.server.entry("main", "petal").expects(200);
    installation.public.awaits_request_for("sepal");
}

#[test]
fn a_hiccup_is_asked_over() {
    let (bench, upstream) = (Workbench::new(), Upstream::start());
    let petal = Krate::new("petal", "1.0.0");
    upstream.has(&petal);
    let server = mirror_of(&bench, &upstream, "retries = 2", &[]);
    upstream.fails_times(On::index("petal"), Fault::Status(503), 1);
    upstream.fails_times(On::EveryDownload, Fault::CutOff, 1);
    server.entry("partner", "petal").expects(200);
    let cksum = petal.row()["cksum"].as_str().unwrap_or_default().to_owned();
    server
        .get(&format!("/partner/dl/petal/1.0.0/{cksum}"))
        .expects(200);
}

#[test]
fn the_token_goes_to_its_origin_and_nowhere_else() {
    let (bench, upstream, elsewhere) = (Workbench::new(), Upstream::start(), Upstream::start());
    let petal = Krate::new("petal", "1.0.0");
    upstream.has(&petal);
    upstream.has(&Krate::new("sepal", "1.0.0"));
    elsewhere.has(&petal);
    upstream.requires_token("sesame-and-more");
    upstream.downloads_from(&format!("{}/dl", elsewhere.url()));
    let lines = "token-env = \"PARTNER_TOKEN\"\nrevalidate-after = \"0s\"\nretries = 0";
    let server = mirror_of(
        &bench,
        &upstream,
        lines,
        &[("PARTNER_TOKEN", "sesame-and-more")],
    );
    server.entry("partner", "petal").expects(200);
    let cksum = petal.row()["cksum"].as_str().unwrap_or_default().to_owned();
    let bytes = server
        .get(&format!("/partner/dl/petal/1.0.0/{cksum}"))
        .expects(200)
        .body;
    assert_eq!(checksum(&bytes), cksum);
    let asked = upstream.asked_for("petal");
    assert_eq!(header(&asked[0], "authorization"), Some("sesame-and-more"));
    assert_eq!(elsewhere.downloads().len(), 1);
    // A redirect is followed without it or not at all.
    upstream.fails(
        On::index("sepal"),
        Fault::Redirect(format!("{}/index/pe/ta/petal", elsewhere.url())),
    );
    server.entry("partner", "sepal");
    for request in elsewhere.requests() {
        assert_eq!(header(&request, "authorization"), None, "{request:#?}");
    }
    assert!(!server.log().contains("sesame"));
}

#[test]
fn an_index_without_its_token_is_silence_and_not_absence() {
    let (bench, upstream) = (Workbench::new(), Upstream::start());
    upstream.has(&Krate::new("petal", "1.0.0"));
    upstream.requires_token("sesame-and-more");
    let server = mirror_of(&bench, &upstream, "retries = 0", &[]);
    server.entry("partner", "petal").expects(503);
}

#[test]
fn another_crossdock_is_an_upstream_like_any() {
    let (bench, upstream) = (Workbench::new(), Upstream::start());
    upstream.has(&Krate::new("petal", "1.0.0").lib("pub struct Petal;"));
    let settings = format!(
        "[registries.local]\nresolve-in = \"main\"\n[registries.crates-io]\nmirror = \"crates-io\"\nvia = \"{}\"\n\
         [views.main]\nmembers = [\"local\", \"crates-io\"]\n",
        upstream.index()
    );
    let far = Server::start_at(&bench, "far", &settings, &[]);
    let garden = Krate::new("garden", "1.0.0").needs(Dependency::on("petal", "1"));
    far.has("local", &garden);
    let settings = format!(
        "[registries.far]\nmirror = \"{}\"\n[registries.crates-io]\nmirror = \"crates-io\"\nvia = \"{}\"\n\
         [views.main]\nmembers = [\"far\", \"crates-io\"]\n",
        far.index("local"),
        far.index("crates-io"),
    );
    let near = Server::start_at(&bench, "near", &settings, &[]);
    let row = near.entry("main", "garden").rows().remove(0);
    let cksum = row["cksum"].as_str().unwrap_or_default().to_owned();
    let bytes = near
        .get(&format!("/main/dl/garden/1.0.0/{cksum}"))
        .expects(200)
        .body;
    assert_eq!(checksum(&bytes), cksum);
    let petal = near.entry("main", "petal").rows().remove(0);
    let cksum = petal["cksum"].as_str().unwrap_or_default().to_owned();
    near.get(&format!("/main/dl/petal/1.0.0/{cksum}"))
        .expects(200);
}
