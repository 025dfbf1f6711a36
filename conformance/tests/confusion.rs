//! Dependency confusion: a private name is never looked up outside, whoever asks.
//!
//! The public registry here has a higher version of every private name. No case may
//! see it, and no request may even mention the name.

use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::for_both_identities;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::{Installation, crates_io};
use crossdock_conformance::krate::Krate;
use crossdock_conformance::server::Server;
use crossdock_conformance::upstream::Upstream;
use crossdock_conformance::workbench::Workbench;

for_both_identities!(
    a_higher_public_version_is_never_seen,
    a_claimed_name_is_private_before_it_exists,
    spellings_of_a_private_name_are_private,
    foreign_bytes_are_not_fetched_by_checksum,
    a_public_row_that_names_it_gives_nothing_away,
    private_stays_private_when_the_server_starts_again,
    publishing_asks_nobody,
    a_member_limited_to_some_names_hears_of_no_others,
);

const CLAIMS: &str = "claims = { \"acme-*\" = \"local\", secret = \"local\" }";

fn attacked(identity: Identity) -> Installation {
    let installation = Installation::with(identity, CLAIMS);
    for name in ["garden", "secret", "acme-plan", "acme-later"] {
        installation
            .public
            .has(&Krate::new(name, "9.9.9").lib("compile_error!(\"foreign\");"));
    }
    for name in ["garden", "secret", "acme-plan"] {
        installation.has_private(&Krate::new(name, "1.0.0").lib("pub struct Ours;"));
    }
    installation
}

fn a_higher_public_version_is_never_seen(identity: Identity) {
    let installation = attacked(identity);
    let mut app = Krate::new("app", "0.1.0").lib("pub use garden::Ours;");
    for name in ["garden", "secret", "acme-plan"] {
        app = app.needs(installation.private(name, ">=1"));
    }
    let app = installation.project(&app);
    app.cargo(&["check"]).succeeds();
    app.cargo(&["update"]).succeeds();
    for name in ["garden", "secret", "acme-plan"] {
        assert_eq!(app.lock().versions(name), ["1.0.0"]);
    }
    installation
        .public
        .never_heard_of(&["garden", "secret", "acme"]);
}

fn a_claimed_name_is_private_before_it_exists(identity: Identity) {
    let mut installation = attacked(identity);
    let app = Krate::new("app", "0.1.0").needs(installation.private("acme-later", ">=1"));
    let written = installation.project(&app).folder().to_owned();
    installation
        .bench
        .cargo(&written, &["check"])
        .fails()
        .says("acme-later");
    installation.server.entry("main", "acme-later").expects(404);
    installation
        .server
        .entry("main", "acme-never-heard-of")
        .expects(404);
    // Bare or named, searched or downloaded.
    let bare =
        installation.project(&Krate::new("bare", "0.1.0").needs(Dependency::on("acme-later", "9")));
    bare.cargo(&["check"]).fails();
    bare.cargo(&["search", "--registry", "main", "acme-later"])
        .succeeds();
    installation
        .server
        .get("/main/api/v1/crates/acme-later")
        .expects(404);
    installation.public.never_heard_of(&["acme"]);
    // Nobody outside is needed to know that it is not there.
    installation.public.goes_down();
    installation.server.entry("main", "acme-later").expects(404);
    installation.has_private(&Krate::new("acme-later", "0.1.0"));
    assert_eq!(
        installation.server.entry("main", "acme-later").versions(),
        ["0.1.0"]
    );
}

fn spellings_of_a_private_name_are_private(identity: Identity) {
    let installation = attacked(identity);
    for name in [
        "acme_plan",
        "Acme-Plan",
        "ACME_PLAN",
        "acme_later",
        "Garden",
        "SECRET",
    ] {
        let path = crossdock_conformance::upstream::index_path(name);
        let answer = installation.server.get(&format!("/main/index/{path}"));
        assert!(matches!(answer.status, 200 | 404), "{name}: {answer}");
        if answer.status == 200 {
            assert_eq!(answer.versions(), ["1.0.0"]);
        }
    }
    // cargo itself tries `-` for `_` where it does not find a name.
    let app = Krate::new("app", "0.1.0").needs(installation.private("acme_plan_b", "1"));
    installation.project(&app).cargo(&["check"]).fails();
    installation
        .public
        .never_heard_of(&["garden", "secret", "acme"]);
}

fn foreign_bytes_are_not_fetched_by_checksum(identity: Identity) {
    let installation = attacked(identity);
    let foreign = Krate::new("secret", "9.9.9")
        .lib("compile_error!(\"foreign\");")
        .row();
    let cksum = foreign["cksum"].as_str().unwrap_or_default();
    for surface in ["main", "main/from/crates-io", "local"] {
        installation
            .server
            .get(&format!("/{surface}/dl/secret/9.9.9/{cksum}"))
            .expects(404);
    }
    installation
        .server
        .get("/main/api/v1/crates/secret/9.9.9/download")
        .expects(404);
    installation.public.never_heard_of(&["secret"]);
}

fn a_public_row_that_names_it_gives_nothing_away(identity: Identity) {
    let installation = attacked(identity);
    // Somebody outside depends on their own `acme-later`, to make us ask for it.
    installation.public.has_all(&[
        Krate::new("bait", "1.0.0")
            .needs(Dependency::on("acme-later", "9"))
            .needs(Dependency::on("leaf", "1")),
        Krate::new("leaf", "1.0.0").needs(Dependency::on("twig", "1")),
        Krate::new("twig", "1.0.0"),
    ]);
    installation.server.entry("main", "bait").expects(200);
    // What cargo asks next is fetched ahead, and the private name is not among it.
    installation.public.awaits_request_for("leaf");
    installation.server.entry("main", "leaf").expects(200);
    installation.server.entry("main", "twig").expects(200);
    installation.server.entry("main", "acme-later").expects(404);
    assert_eq!(installation.public.asked_for("acme-later").len(), 0);
}

fn private_stays_private_when_the_server_starts_again(identity: Identity) {
    let mut installation = attacked(identity);
    installation.server.start_again(&installation.bench, None);
    let app = Krate::new("app", "0.1.0").needs(installation.private("garden", ">=1"));
    let app = installation.project(&app);
    app.cargo(&["check"]).succeeds();
    assert_eq!(app.lock().versions("garden"), ["1.0.0"]);
    installation
        .public
        .never_heard_of(&["garden", "secret", "acme"]);
}

fn publishing_asks_nobody(identity: Identity) {
    let installation = Installation::new(identity);
    installation.public.has(&Krate::new("plan", "9.9.9"));
    let plan = Krate::new("plan", "1.0.0").needs(Dependency::on("other-plan", "1"));
    installation.public.has(&Krate::new("other-plan", "1.0.0"));
    // To the registry itself: cargo looks the name up there, and so do we.
    installation
        .server
        .upload("local", &crossdock_conformance::upload::body(&plan))
        .expects(200);
    installation.public.never_heard_of(&["plan"]);
}

fn a_member_limited_to_some_names_hears_of_no_others(identity: Identity) {
    let (bench, public) = (Workbench::new(), Upstream::start());
    public.has_all(&[
        Krate::new("petal", "1.0.0"),
        Krate::new("hc-one", "1.0.0"),
        Krate::new("rose", "1.0.0"),
    ]);
    let settings = format!(
        "{}[registries.local]\nresolve-in = \"main\"\n[views.main]\nidentity = \"{}\"\n\
         members = [\"local\", {{ name = \"crates-io\", only = [\"petal\", \"hc-*\"] }}]\n",
        crates_io(&public),
        identity.word()
    );
    let mut public = public;
    let server = Server::start(&bench, &settings);
    server.entry("main", "petal").expects(200);
    server.entry("main", "hc-one").expects(200);
    server.entry("main", "rose").expects(404);
    public.never_heard_of(&["rose"]);
    public.goes_down();
    server.entry("main", "rose").expects(404);
    server.entry("main", "hc-two").expects(503);
}
