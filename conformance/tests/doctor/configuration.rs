//! Troubles of cargo's configuration: an alias, a replacement passed over, a default.

use crate::cures::{nothing, only};
use crossdock_conformance::configuration::Configuration;
use crossdock_conformance::dependency::{CRATES_IO_IDENTITY, Dependency};
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::Installation;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::outside::Outside;
use crossdock_conformance::project::Project;
use crossdock_conformance::upstream::Upstream;
use crossdock_conformance::workbench::Workbench;

/// Publishes to `inhouse` with tokens at hand, and returns what the real crates.io heard.
fn heard_outside(bench: &Workbench, app: &Project<'_>) -> Vec<String> {
    let outside = Outside::start(bench);
    let mut environment = outside.environment();
    environment.push(("CARGO_REGISTRY_TOKEN".to_owned(), "cio-secret".to_owned()));
    environment.push((
        "CARGO_REGISTRIES_INHOUSE_TOKEN".to_owned(),
        "cio-secret".to_owned(),
    ));
    let environment: Vec<_> = environment
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    app.cargo_with(
        &["publish", "--no-verify", "--registry", "inhouse"],
        &environment,
    )
    .fails();
    outside.heard()
}

/// Name, bytes and token of ours went to the real crates.io.
#[track_caller]
fn leaks(heard: &[String]) {
    let told = |what: &str| heard.iter().any(|request| request.contains(what));
    assert!(told("GET /3/a/app"), "{heard:?}");
    assert!(told("PUT /api/v1/crates/new cio-secret"), "{heard:?}");
}

/// It was asked for nothing of ours; its own `config.json` tells nothing.
#[track_caller]
fn leaks_nothing(heard: &[String]) {
    let told: Vec<_> = heard
        .iter()
        .filter(|request| *request != "GET /config.json")
        .collect();
    assert!(told.is_empty(), "{told:?}");
}

#[test]
fn an_alias_without_its_guard() {
    let installation = Installation::new(Identity::CratesIo);
    installation.has_private(&Krate::new("seed", "1.0.0"));
    let app = Krate::new("app", "0.1.0").needs(Dependency::on("seed", "1"));
    let app = installation.project(&app);
    let alias = Configuration::default().registry("inhouse", CRATES_IO_IDENTITY);
    app.write(".cargo/config.toml", &alias.text());
    leaks(&heard_outside(&installation.bench, &app));
    let finding = only(&app, "alias");
    assert!(
        finding.line.contains(CRATES_IO_IDENTITY),
        "{}",
        finding.line
    );
    finding.cure(&installation.bench, &app);
    leaks_nothing(&heard_outside(&installation.bench, &app));
    nothing(&app);
}

#[test]
fn an_alias_for_everybody() {
    let installation = Installation::new(Identity::CratesIo);
    let app = installation.project(&Krate::new("app", "0.1.0"));
    let home = installation.bench.cargo_home();
    let home = home.file_name().and_then(|name| name.to_str());
    let file = format!("{}/config.toml", home.unwrap_or_default());
    let alias = Configuration::default().registry("inhouse", CRATES_IO_IDENTITY);
    installation.bench.write(&file, alias.text());
    leaks(&heard_outside(&installation.bench, &app));
    let finding = only(&app, "alias");
    assert!(finding.file.ends_with(&file), "{:?}", finding.file);
    finding.cure(&installation.bench, &app);
    leaks_nothing(&heard_outside(&installation.bench, &app));
    nothing(&app);
}

/// `setup` never writes the alias without the guard, and it unifies.
#[test]
fn setup_writes_an_alias_with_its_guard() {
    let installation = Installation::new(Identity::CratesIo);
    installation.has_private(&Krate::new("seed", "1.0.0").lib("pub struct Seed;"));
    let garden = Krate::new("garden", "1.0.0")
        .needs(Dependency::on("seed", "1"))
        .lib("pub fn sow(_: seed::Seed) {}");
    installation.has_private(&garden);
    // Manifests name a registry that is called so elsewhere.
    let app = Krate::new("app", "0.1.0")
        .needs(Dependency::on("garden", "1"))
        .needs(Dependency::on("seed", "1").from("inhouse", "sparse+http://127.0.0.1:1/"))
        .lib("pub fn sow() { garden::sow(seed::Seed) }");
    let app = installation.project(&app);
    installation.set_up(&app, &["--unify-by-alias", "inhouse"]);
    app.cargo(&["check"]).succeeds();
    app.lock().one_of_each();
    leaks_nothing(&heard_outside(&installation.bench, &app));
    nothing(&app);
    let written = app.read(".cargo/config.toml");
    installation.set_up(&app, &["--unify-by-alias", "inhouse"]);
    assert_eq!(app.read(".cargo/config.toml"), written);

    // Where names of ours have an address of their own, an alias would be a lie.
    let split = Installation::unconfigured(Identity::Split, "");
    let app = split.project(&Krate::new("app", "0.1.0"));
    app.crossdock(&[
        "setup",
        "--url",
        split.server.url(),
        "--unify-by-alias",
        "inhouse",
    ])
    .exits(2)
    .says("--unify inhouse");
}

#[test]
fn a_replacement_that_cargo_passes_over() {
    let (bench, partner, other) = (Workbench::new(), Upstream::start(), Upstream::start());
    partner.has(&Krate::new("petal", "1.0.0"));
    other.has(&Krate::new("petal", "1.1.0"));
    let app = Krate::new("app", "0.1.0")
        .needs(Dependency::on("petal", "1").from("partner", &partner.index()));
    let app = Project::create(&bench, &app);
    let former = partner.index().replace("/index/", "/former/index/");
    let text = Configuration::default()
        .registry("partner", &partner.index())
        .registry("other", &other.index())
        .lines(&format!(
            "[source.partner]\nregistry = {former:?}\nreplace-with = \"other\""
        ))
        .text();
    bench.write(".cargo/config.toml", text);
    app.cargo(&["generate-lockfile"]).succeeds();
    assert_eq!(app.lock().versions("petal"), ["1.0.0"]);
    let finding = only(&app, "ignored");
    assert!(finding.line.contains(&former), "{}", finding.line);
    finding.cure(&bench, &app);
    app.remove("Cargo.lock");
    app.cargo(&["generate-lockfile"]).succeeds();
    assert_eq!(app.lock().versions("petal"), ["1.1.0"]);
    nothing(&app);
}

#[test]
fn a_default_beside_a_replacement() {
    let installation = Installation::new(Identity::CratesIo);
    installation.public.has(&Krate::new("stem", "1.0.0"));
    let configuration = installation.configuration();
    configuration
        .lines("[registry]\ndefault = \"main\"")
        .write(&installation.bench);
    let app = installation.project(&Krate::new("app", "0.1.0"));
    app.cargo(&["add", "stem"]).succeeds();
    assert!(app.read("Cargo.toml").contains("registry = \"main\""));
    app.cargo(&["remove", "stem"]).succeeds();
    let finding = only(&app, "default");
    assert_eq!(finding.line, "default = \"main\"");
    finding.cure(&installation.bench, &app);
    app.cargo(&["add", "stem"]).succeeds();
    assert!(!app.read("Cargo.toml").contains("registry = \"main\""));
    nothing(&app);
}
