//! Registries and views that are read with a token only.
//!
//! cargo asks without it, is told 401, and asks again with it, if its configuration
//! lets it. What may not be read looks like what is not there.

use crossdock_conformance::configuration::Configuration;
use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::for_both_identities;
use crossdock_conformance::http::ask;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::crates_io;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::project::Project;
use crossdock_conformance::server::Server;
use crossdock_conformance::upstream::Upstream;
use crossdock_conformance::workbench::Workbench;

for_both_identities!(
    cargo_builds_with_its_token,
    without_a_token_nothing_is_read,
    setup_says_what_a_closed_view_needs,
);

/// Lets cargo use the tokens it has (Cargo Book, "Registry Authentication").
const PROVIDER: &str = "[registry]\nglobal-credential-providers = [\"cargo:token\"]";

struct Closed {
    server: Server,
    public: Upstream,
    bench: Workbench,
}

impl Closed {
    fn new(identity: Identity) -> Self {
        let (bench, public) = (Workbench::new(), Upstream::start());
        public.has(&Krate::new("stem", "1.0.0").lib("pub struct Stem;"));
        let settings = format!(
            "[registries.local]\nresolve-in = \"main\"\nread = \"token\"\n{}[views.main]\n\
             members = [\"local\", \"crates-io\"]\nidentity = \"{}\"\nread = \"token\"\n",
            crates_io(&public),
            identity.word()
        );
        let server = Server::start(&bench, &settings);
        Configuration::default()
            .registry("main", &server.index("main"))
            .registry("local", &server.index("local"))
            .instead_of_crates_io("main")
            .lines(PROVIDER)
            .write(&bench);
        Self {
            server,
            public,
            bench,
        }
    }
}

fn cargo_builds_with_its_token(identity: Identity) {
    let closed = Closed::new(identity);
    let token = closed.server.token().to_owned();
    let tokens = [
        ("CARGO_REGISTRIES_MAIN_TOKEN", token.as_str()),
        ("CARGO_REGISTRIES_LOCAL_TOKEN", token.as_str()),
    ];
    let garden = Krate::new("garden", "1.0.0")
        .needs(Dependency::on("stem", "1"))
        .lib("pub fn plant(_: stem::Stem) {}");
    let garden = Project::create(&closed.bench, &garden);
    garden
        .cargo_with(&["publish", "--registry", "local"], &tokens)
        .succeeds();
    let private = identity.private(Dependency::on("garden", "1"), &closed.server.index("main"));
    let app = Krate::new("app", "0.1.0")
        .needs(private)
        .needs(Dependency::on("stem", "1"))
        .lib("pub fn plant() { garden::plant(stem::Stem) }");
    let app = Project::create(&closed.bench, &app);
    app.cargo(&["generate-lockfile"]).fails().says("token");
    app.cargo_with(&["check"], &tokens).succeeds();
    app.lock().one_of_each();
    // What is held by cargo needs nobody's leave.
    app.cargo(&["check", "--locked", "--offline"]).succeeds();
    // Nothing of it goes on to the outside.
    for request in closed.public.requests() {
        assert!(!format!("{request:?}").contains(&token), "{request:#?}");
    }
    assert!(!closed.server.log().contains(&token));
}

fn without_a_token_nothing_is_read(identity: Identity) {
    let closed = Closed::new(identity);
    let garden = Krate::new("garden", "1.0.0").description("roses");
    closed.server.has("local", &garden);
    let cksum = garden.row()["cksum"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let url = closed.server.url();
    closed.server.get("/healthz").expects(200);
    for path in [
        "/main/index/config.json".to_owned(),
        "/main/index/ga/rd/garden".to_owned(),
        "/main/index/no/ne/nonesuch".to_owned(),
        "/local/index/ga/rd/garden".to_owned(),
        "/main/from/local/index/ga/rd/garden".to_owned(),
        format!("/main/dl/garden/1.0.0/{cksum}"),
        format!("/local/dl/garden/1.0.0/{cksum}"),
        "/main/api/v1/crates/garden".to_owned(),
        "/main/api/v1/crates?q=garden".to_owned(),
        "/main/api/v1/explain/garden".to_owned(),
        "/main/api/v1/conflicts".to_owned(),
    ] {
        for headers in [vec![], vec![("authorization", "another")]] {
            let answer = ask("GET", &format!("{url}{path}"), &headers, b"");
            assert!(matches!(answer.status, 401 | 403 | 404), "{path}: {answer}");
            assert!(
                !answer.text().contains("roses") && !answer.text().contains(&cksum),
                "{path}: {answer}"
            );
        }
        if !path.contains("nonesuch") {
            closed.server.send("GET", &path, b"").expects(200);
        }
    }
    let config = closed
        .server
        .send("GET", "/main/index/config.json", b"")
        .expects(200)
        .json();
    assert_eq!(config["auth-required"], true);
    // By what cargo goes: without a token, 401 on the config is what makes it send one.
    closed.server.get("/main/index/config.json").expects(401);
    closed.public.never_heard_of(&["garden", "nonesuch"]);
}

fn setup_says_what_a_closed_view_needs(identity: Identity) {
    let closed = Closed::new(identity);
    let app = closed.bench.path("app");
    std::fs::create_dir(&app).expect("the bench is empty");
    let outcome = closed
        .server
        .command(
            &closed.bench,
            &["setup", "--project", &app.to_string_lossy()],
        )
        .succeeds();
    let file = std::fs::read_to_string(app.join(".cargo/config.toml")).unwrap_or_default();
    assert!(
        file.contains("cargo:token"),
        "without a provider cargo ignores its token:\n{file}\n{}",
        outcome.report()
    );
    assert!(!file.contains(closed.server.token()), "{file}");
}
