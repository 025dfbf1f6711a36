//! Addresses that cargo may not read, does not find, or on which a view does not agree.

use crate::cures::{findings, nothing, only};
use crossdock_conformance::configuration::Configuration;
use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::{Installation, crates_io};
use crossdock_conformance::krate::Krate;
use crossdock_conformance::market::{self, Market};
use crossdock_conformance::project::Project;
use crossdock_conformance::server::Server;
use crossdock_conformance::upstream::Upstream;
use crossdock_conformance::workbench::Workbench;

#[test]
fn a_closed_view_without_a_provider() {
    let (bench, public) = (Workbench::new(), Upstream::start());
    public.has(&Krate::new("stem", "1.0.0"));
    let settings = format!(
        "{}[views.main]\nmembers = [\"crates-io\"]\nread = \"token\"\n",
        crates_io(&public)
    );
    let server = Server::start(&bench, &settings);
    let app = Krate::new("app", "0.1.0").needs(Dependency::on("stem", "1"));
    let app = Project::create(&bench, &app);
    let configuration = Configuration::default()
        .registry("main", &server.index("main"))
        .instead_of_crates_io("main");
    app.write(".cargo/config.toml", &configuration.text());
    let tokens = [
        ("CROSSDOCK_TOKEN", server.token()),
        ("CARGO_REGISTRIES_MAIN_TOKEN", server.token()),
    ];
    app.cargo_with(&["generate-lockfile"], &tokens)
        .fails()
        .says("credential-provider");
    let finding = only(&app, "provider");
    assert!(
        finding.line.contains(&server.index("main")),
        "{}",
        finding.line
    );
    finding.cure(&bench, &app);
    app.cargo_with(&["generate-lockfile"], &tokens[..1])
        .succeeds();
    nothing(&app);
    // Who asks nobody does not know.
    app.write(".cargo/config.toml", &configuration.text());
    assert!(findings(&app, &["--offline"]).is_empty());
}

#[test]
fn a_lock_with_a_face_and_no_view() {
    let installation = Installation::unconfigured(Identity::CratesIo, "");
    installation.has_private(&Krate::new("foo", "1.0.0").lib("pub struct Ours;"));
    installation.public.has_all(&[
        Krate::new("foo", "1.5.0").lib("pub struct Theirs;"),
        Krate::new("widget", "1.0.0").needs(Dependency::on("foo", "1")),
    ]);
    let app = Krate::new("app", "0.1.0")
        .needs(Dependency::on("widget", "1"))
        .needs(Dependency::on("foo", "1"));
    let app = installation.project(&app);
    installation.set_up(&app, &[]);
    app.cargo(&["check"]).succeeds();
    nothing(&app);
    app.remove(".cargo/config.toml");
    installation.bench.forget_cargo_home();
    app.cargo(&["check", "--locked"]).fails();
    let finding = only(&app, "face");
    assert!(finding.file.ends_with("app/Cargo.lock"));
    let face = installation.server.index("main/from/crates-io");
    assert!(finding.line.contains(&face), "{}", finding.line);
    finding.cure(&installation.bench, &app);
    app.cargo(&["check", "--locked"]).succeeds();
    nothing(&app);
}

/// cargo can only say that no version matches; what to write is the operator's affair.
#[test]
fn a_name_that_is_ambiguous_in_the_view() {
    let mut market = Market::told(Identity::CratesIo, "");
    // The server learns of names by being asked.
    let app = market.app(&["petal", "bloom"], "");
    app.cargo(&["generate-lockfile"])
        .fails()
        .says("petal")
        .says("1.1.5");
    let finding = only(&app, "ambiguous");
    assert!(finding.line.contains("petal"), "{}", finding.line);
    let cure = finding.cure["text"].as_str().unwrap_or_default().to_owned();
    let line = line_of_settings(&cure);
    let settings = market::settings(
        Identity::CratesIo,
        &market.public,
        &market.florist,
        "\"florist\", \"crates-io\"",
        &line,
    );
    market.server.start_again(&market.bench, Some(&settings));
    let app = Project::open(&market.bench, "app");
    app.cargo(&["generate-lockfile"]).succeeds();
    nothing(&app);
}

/// The line of settings in a cure: from its key to the end of its value.
fn line_of_settings(cure: &str) -> String {
    let from = cure.find("same-crate").unwrap_or_default();
    let line = &cure[from..];
    let until = line.find("}]").map_or(line.len(), |at| at + 2);
    line[..until].to_owned()
}
