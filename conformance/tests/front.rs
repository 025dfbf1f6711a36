//! Who comes, and how: TLS on the server's own socket, proxies in front, and how often
//! one client may ask.

use crossdock_conformance::certificate;
use crossdock_conformance::command::fail;
use crossdock_conformance::configuration::Configuration;
use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::http::{Answer, ask, try_ask};
use crossdock_conformance::krate::Krate;
use crossdock_conformance::project::Project;
use crossdock_conformance::server::{Server, program};
use crossdock_conformance::workbench::Workbench;
use serde_json::Value;

const REGISTRY: &str = "[registries.local]\nread = \"anyone\"\n";

fn from(server: &Server, forwarded: &str, path: &str) -> Answer {
    let url = format!("{}{path}", server.url());
    ask("GET", &url, &[("X-Forwarded-For", forwarded)], b"")
}

/// Asks until it is refused, which takes more than a burst at once.
#[track_caller]
fn too_fast(server: &Server, forwarded: &str, path: &str) -> Answer {
    let mut answers = (0..50).map(|_| from(server, forwarded, path));
    let refused = answers.find(|answer| answer.status == 429);
    refused.unwrap_or_else(|| fail("fifty requests at once were none too many"))
}

#[test]
fn cargo_publishes_and_builds_over_tls_and_http_2() {
    let bench = Workbench::new();
    let authority = certificate::write(&bench).display().to_string();
    let mut server = Server::start(&bench, REGISTRY);
    let port = server
        .url()
        .rsplit(':')
        .next()
        .unwrap_or_default()
        .to_owned();
    let url = format!("https://localhost:{port}");
    let settings = format!(
        "[server]\npublic-url = \"{url}\"\n\
         tls = {{ certificate = \"../certificate.pem\", key = \"../key.pem\" }}\n{REGISTRY}"
    );
    server.start_again(&bench, Some(&settings));
    let index = format!("sparse+{url}/local/index/");
    Configuration::default()
        .registry("local", &index)
        .lines("[net]\nretry = 0")
        .write(&bench);
    let here = [
        ("CARGO_HTTP_CAINFO", authority.as_str()),
        ("NO_PROXY", "localhost"),
        ("CARGO_REGISTRIES_LOCAL_TOKEN", server.token()),
        ("CARGO_HTTP_DEBUG", "true"),
        ("CARGO_LOG", "network=debug"),
    ];
    let petal = Project::create(
        &bench,
        &Krate::new("petal", "1.0.0").lib("pub struct Petal;"),
    );
    let publish = ["publish", "--no-verify", "--registry", "local"];
    petal.cargo_with(&publish, &here).succeeds();
    let app = Krate::new("app", "0.1.0")
        .needs(Dependency::on("petal", "1").from("local", &index))
        .lib("pub use petal::Petal;");
    let app = Project::create(&bench, &app);
    app.cargo_with(&["check"], &here)
        .succeeds()
        .says("< HTTP/2 200");
    assert_eq!(app.lock().one("petal"), index);
    // Commands ask the server of the settings at its public address.
    let mut explain = bench.command(&program());
    explain
        .args(["explain", "petal", "--view", "local", "--url", &url])
        .envs([
            ("SSL_CERT_FILE", authority.as_str()),
            ("NO_PROXY", "localhost"),
        ]);
    let told = bench.run(explain);
    assert!(!told.stderr.contains("certificate"), "{}", told.report());
    // Who speaks plainly to it is not answered, and nobody else is the worse for it.
    let plain = format!("http://127.0.0.1:{port}/healthz");
    assert!(try_ask("GET", &plain, &[], b"").is_err());
    app.cargo_with(&["fetch"], &here).succeeds();
}

#[test]
fn a_certificate_that_cannot_be_used_is_told_at_the_start() {
    let bench = Workbench::new();
    certificate::write(&bench);
    bench.write("empty.pem", "");
    let start = |server: &str| {
        bench.write("crossdock.toml", format!("[server]\n{server}\n{REGISTRY}"));
        let mut command = bench.command(&program());
        command.args(["serve", "--listen", "127.0.0.1:0"]);
        bench.run(command).exits(2)
    };
    let https = "public-url = \"https://localhost\"\n";
    start(&format!(
        "{https}tls = {{ certificate = \"empty.pem\", key = \"key.pem\" }}"
    ))
    .says("empty.pem holds no certificate in PEM");
    start(&format!(
        "{https}tls = {{ certificate = \"certificate.pem\", key = \"gone.pem\" }}"
    ))
    .says("gone.pem holds no private key in PEM");
    start(&format!(
        "{https}tls = {{ certificate = \"authority.pem\", key = \"key.pem\" }}"
    ))
    .says("cannot be used with that key");
    start("tls = { certificate = \"certificate.pem\", key = \"key.pem\" }")
        .says("needs a `public-url` that begins with https");
}

#[test]
fn each_client_behind_a_proxy_has_a_pace_of_its_own() {
    let bench = Workbench::new();
    let paced = "requests-per-second = 1\nburst = 5\n";
    let trusting = "trusted-proxies = [\"127.0.0.0/8\"]\n";
    let settings = format!("[server]\n{paced}{trusting}{REGISTRY}");
    let mut server = Server::start(&bench, &settings);
    let config = "/local/index/config.json";
    from(&server, "192.0.2.1", config).expects(200);
    let refused = too_fast(&server, "192.0.2.1", config);
    assert_eq!(refused.header("retry-after"), Some("1"));
    let refused = too_fast(&server, "192.0.2.1", "/local/api/v1/crates?q=x");
    let told: Value = serde_json::from_slice(&refused.body).unwrap_or_default();
    assert!(told["errors"][0]["detail"].is_string(), "{told}");
    // What a client says of itself does not help it, and others are not held back.
    too_fast(&server, "203.0.113.9, 192.0.2.1", config);
    let metrics = from(&server, "192.0.2.2", "/metrics").expects(200).text();
    let told = |line: &&str| line.starts_with("crossdock_requests_too_fast_total ");
    let counted = metrics.lines().find(told).unwrap_or_default();
    assert!(!counted.ends_with(" 0") && !counted.is_empty(), "{metrics}");
    for _ in 0..10 {
        from(&server, "192.0.2.1", "/healthz").expects(200);
    }
    // Nobody's word is taken unless the settings say so.
    server.start_again(&bench, Some(&format!("[server]\n{paced}{REGISTRY}")));
    let mut statuses = (0..50).map(|last| from(&server, &format!("192.0.2.{last}"), config).status);
    assert!(statuses.any(|status| status == 429));
}

/// cargo comes again when it is told to (cargo 1.95).
#[test]
fn cargo_waits_when_it_is_too_fast() {
    let bench = Workbench::new();
    let settings = format!("[server]\nrequests-per-second = 3\nburst = 6\n{REGISTRY}");
    let server = Server::start(&bench, REGISTRY);
    let names: Vec<_> = (0..12).map(|number| format!("petal{number}")).collect();
    for name in &names {
        server.has("local", &Krate::new(name, "1.0.0"));
    }
    let mut server = server;
    server.start_again(&bench, Some(&settings));
    let index = server.index("local");
    Configuration::default()
        .registry("local", &index)
        .write(&bench);
    let app = names.iter().fold(Krate::new("app", "0.1.0"), |app, name| {
        app.needs(Dependency::on(name, "1").from("local", &index))
    });
    let app = Project::create(&bench, &app.lib(""));
    app.cargo_with(&["fetch"], &[("CARGO_NET_RETRY", "5")])
        .succeeds();
}

#[test]
fn log_lines_are_json_if_that_is_wished() {
    let bench = Workbench::new();
    let json = [("CROSSDOCK_LOG_FORMAT", "json"), ("CROSSDOCK_LOG", "debug")];
    let server = Server::start_at(&bench, "server", REGISTRY, &json);
    server.get("/local/api/v1/crates?q=petal").expects(200);
    let log = server.log();
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}")))
        .collect();
    let answered = |line: &&Value| line["span"]["path"] == "/local/api/v1/crates";
    let line = lines.iter().find(answered);
    assert_eq!(
        line.map(|line| &line["span"]["client"]),
        Some(&"127.0.0.1".into())
    );
    let mut wrong = bench.command(&program());
    wrong.arg("serve").env("CROSSDOCK_LOG_FORMAT", "xml");
    bench.run(wrong).exits(2).says("CROSSDOCK_LOG_FORMAT=json");
}
