//! One name, two crates: a dependency keeps its target.
//!
//! In-house there is a `foo`, in public another. Who depends on the public one goes
//! on doing so, through the face of crates.io inside the view.

use crossdock_conformance::configuration::Configuration;
use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::for_both_identities;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::{Installation, crates_io, mirror};
use crossdock_conformance::krate::Krate;
use crossdock_conformance::project::Project;
use crossdock_conformance::server::Server;
use crossdock_conformance::upstream::Upstream;
use crossdock_conformance::workbench::Workbench;

for_both_identities!(
    a_public_crate_keeps_its_public_foo,
    only_on_evidence_is_the_private_name_sent_out,
    a_members_own_address_is_replaced_by_its_face,
    a_face_offers_no_publishing,
);

fn two_foos(installation: &Installation) {
    installation.has_private(&Krate::new("foo", "1.0.0").lib("pub struct Ours;"));
    installation.public.has_all(&[
        Krate::new("foo", "1.5.0").lib("pub struct Theirs;"),
        Krate::new("widget", "1.0.0")
            .needs(Dependency::on("foo", "1"))
            .lib("pub use foo::Theirs;"),
        Krate::new("gadget", "1.0.0")
            .needs(Dependency::on("foo", "1"))
            .lib("pub fn take(_: foo::Theirs) {}"),
    ]);
}

fn a_public_crate_keeps_its_public_foo(identity: Identity) {
    let installation = Installation::new(identity);
    two_foos(&installation);
    let app = Krate::new("app", "0.1.0")
        .needs(Dependency::on("widget", "1"))
        .needs(Dependency::on("gadget", "1"))
        .needs(installation.private("foo", "1"))
        .lib("pub fn both() -> foo::Ours { gadget::take(widget::Theirs); foo::Ours }");
    let app = installation.project(&app);
    app.cargo(&["check"]).succeeds();
    let lock = app.lock();
    let face = installation.server.index("main/from/crates-io");
    let mut foos: Vec<_> = lock
        .of("foo")
        .into_iter()
        .map(|package| (package.version.as_str(), package.source.as_deref()))
        .collect();
    foos.sort_unstable();
    let private = installation.private_source();
    assert_eq!(
        foos,
        [
            ("1.0.0", Some(private.as_str())),
            ("1.5.0", Some(face.as_str()))
        ]
    );
    installation.bench.forget_cargo_home();
    app.cargo(&["check", "--locked"]).succeeds();
    app.cargo(&["check", "--locked", "--offline"]).succeeds();
}

fn only_on_evidence_is_the_private_name_sent_out(identity: Identity) {
    let installation = Installation::new(identity);
    two_foos(&installation);
    // Nobody public was seen to depend on it, so the face does not ask either.
    let answer = installation.server.entry("main/from/crates-io", "foo");
    assert_ne!(answer.status, 200, "{answer}");
    installation.server.entry("main", "foo").expects(200);
    installation.public.never_heard_of(&["foo"]);
    // A row of crates.io's own names it: that is the evidence.
    installation.server.entry("main", "widget").expects(200);
    assert_eq!(
        installation
            .server
            .entry("main/from/crates-io", "foo")
            .versions(),
        ["1.5.0"]
    );
    assert_eq!(
        installation.server.entry("main", "foo").versions(),
        ["1.0.0"]
    );
}

fn a_members_own_address_is_replaced_by_its_face(identity: Identity) {
    let (bench, public, partner) = (Workbench::new(), Upstream::start(), Upstream::start());
    public.has(&Krate::new("stem", "1.0.0").lib("pub struct Stem;"));
    let io = "https://github.com/rust-lang/crates.io-index";
    partner.has_all(&[
        Krate::new("petal", "1.0.0")
            .needs(Dependency::on("stem", "1").from("crates-io", io))
            .needs(Dependency::on("sepal", "1"))
            .lib("pub struct Petal(pub stem::Stem, pub sepal::Sepal);"),
        Krate::new("sepal", "1.0.0").lib("pub struct Sepal;"),
    ]);
    let settings = format!(
        "{}{}[views.main]\nmembers = [\"partner\", \"crates-io\"]\nidentity = \"{}\"\n",
        crates_io(&public),
        mirror("partner", &partner),
        identity.word()
    );
    let server = Server::start(&bench, &settings);
    Configuration::default()
        .registry("main", &server.index("main"))
        .registry("partner", &partner.index())
        .registry("partner-in-main", &server.index("main/from/partner"))
        .instead_of_crates_io("main")
        .instead_of(&partner.index(), "partner-in-main")
        .write(&bench);
    let app = Krate::new("app", "0.1.0")
        .needs(Dependency::on("petal", "1").from("partner", &partner.index()))
        .needs(Dependency::on("stem", "1"))
        .needs(Dependency::on("sepal", "1"))
        .lib("pub fn petal() -> petal::Petal { petal::Petal(stem::Stem, sepal::Sepal) }");
    let app = Project::create(&bench, &app);
    app.cargo(&["check"]).succeeds();
    let lock = app.lock();
    assert_eq!(
        lock.one("petal"),
        partner.index(),
        "a lock keeps the address in the manifest"
    );
    lock.one_of_each();
}

fn a_face_offers_no_publishing(identity: Identity) {
    let installation = Installation::new(identity);
    let config = installation
        .server
        .get("/main/from/crates-io/index/config.json")
        .expects(200)
        .json();
    let url = installation.server.url();
    assert_eq!(
        config["dl"],
        format!("{url}/main/from/crates-io/dl/{{crate}}/{{version}}/{{sha256-checksum}}").as_str()
    );
    assert_eq!(config.get("api"), None);
    installation
        .server
        .get("/main/from/nobody/index/config.json")
        .expects(404);
    installation
        .server
        .get("/local/from/crates-io/index/config.json")
        .expects(404);
}
