//! Each format builds without a network, aliases included, where vendoring does not.

use super::{OFFLINE, config, export, files, locked, out, verify};
use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::for_both_identities;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::Installation;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::project::Project;
use crossdock_conformance::upstream::Upstream;
use std::fs;

for_both_identities!(
    a_directory_builds_without_a_network,
    a_local_registry_builds_without_a_network,
    a_git_index_builds_without_a_network,
    a_static_tree_builds_from_any_web_server,
    vendoring_fails_where_an_export_builds,
    aliases_get_into_manifests,
);

fn builds(house: &Installation, app: &Project<'_>, format: &str) {
    let config = config(house);
    app.elsewhere(&house.bench, &config, OFFLINE).succeeds();
    let folder = fs::read_dir(out(house).join("sources")).expect("the export is there");
    let sources = folder.count();
    let expected = match house.identity {
        Identity::CratesIo => 2,
        Identity::Split => 3,
    };
    assert_eq!(sources, expected, "{format}: one folder for each identity");
}

fn a_directory_builds_without_a_network(identity: Identity) {
    let house = Installation::new(identity);
    let app = locked(&house);
    export(&house, &app, &out(&house), &["--format", "directory"])
        .succeeds()
        .prints("5 releases, 5 of them fetched now");
    builds(&house, &app, "directory");
}

fn a_local_registry_builds_without_a_network(identity: Identity) {
    let house = Installation::new(identity);
    let app = locked(&house);
    export(&house, &app, &out(&house), &["--format", "local-registry"]).succeeds();
    builds(&house, &app, "local-registry");
}

/// cargo 1.95 takes `--offline` to mean that no git index is fetched, be it a folder.
fn a_git_index_builds_without_a_network(identity: Identity) {
    let house = Installation::new(identity);
    let app = locked(&house);
    export(&house, &app, &out(&house), &["--format", "git"]).succeeds();
    export(&house, &app, &out(&house), &["--format", "git"])
        .succeeds()
        .prints("0 of them fetched now");
    verify(&house, &out(&house), &[]).succeeds();
    let config = config(&house);
    let bench = &house.bench;
    app.elsewhere(bench, &config, OFFLINE).fails();
    app.elsewhere(bench, &config, &["build", "--locked"])
        .succeeds();
    app.again(bench, &config, OFFLINE).succeeds();
}

fn a_static_tree_builds_from_any_web_server(identity: Identity) {
    let mut house = Installation::new(identity);
    let app = locked(&house);
    let web = Upstream::start();
    let base = format!("{}/tree", web.url());
    export(&house, &app, &out(&house), &["--format", "sparse"])
        .exits(2)
        .says("--base-url");
    let format = ["--format", "sparse", "--base-url", base.as_str()];
    export(&house, &app, &out(&house), &format).succeeds();
    for path in files(&out(&house)) {
        let below = path.strip_prefix(out(&house)).expect("it lies there");
        let bytes = fs::read(&path).expect("it was listed");
        web.has_at(&format!("/tree/{}", below.display()), bytes);
    }
    let config = config(&house);
    house.server.stop();
    let app = Project::open(&house.bench, "app");
    house.bench.forget_cargo_home();
    let told = config.display().to_string();
    let build = ["--config", told.as_str(), "build", "--locked"];
    app.cargo(&build).succeeds();
    app.again(&house.bench, &config, OFFLINE).succeeds();
    house.server.start_again(&house.bench, None);
}

/// `bloom` was published with `petal = { registry = "local" }`, so its manifest has the
/// address of `local`, while the view's row has the view's identity.
fn vendoring_fails_where_an_export_builds(identity: Identity) {
    let house = Installation::new(identity);
    house.has_private(&Krate::new("petal", "1.0.0").lib("pub struct Petal;"));
    let local = house.server.index("local");
    house.has_private(
        &Krate::new("bloom", "1.0.0")
            .needs(Dependency::on("petal", "1").from("local", &local))
            .lib("pub use petal::Petal;"),
    );
    let app = Krate::new("app", "0.1.0")
        .needs(house.private("bloom", "1"))
        .needs(house.private("petal", "1"))
        .main("fn main() { let _: petal::Petal = bloom::Petal; }");
    let app = house.project(&app);
    app.cargo(&["generate-lockfile"]).succeeds();
    app.lock().one_of_each();
    let vendored = app.cargo(&["vendor", "--locked", "--respect-source-config"]);
    let configuration = vendored.succeeds().stdout;
    app.write(".cargo/vendored.toml", &configuration);
    export(&house, &app, &out(&house), &["--format", "directory"]).succeeds();
    let config = config(&house);
    let vendored = app.folder().join(".cargo/vendored.toml");
    app.elsewhere(&house.bench, &vendored, OFFLINE)
        .fails()
        .says("petal");
    app.elsewhere(&house.bench, &config, OFFLINE).succeeds();
}

fn aliases_get_into_manifests(identity: Identity) {
    let house = Installation::with(identity, "aliases = { rand_hc128 = \"hc128\" }");
    let generator = |name: &str| Krate::new(name, "1.0.0").lib("pub struct Generator;");
    house.public.has_all(&[
        generator("hc128"),
        generator("rand_hc128"),
        Krate::new("rand", "1.0.0")
            .needs(Dependency::on("rand_hc128", "1"))
            .lib("pub fn generator() -> rand_hc128::Generator { rand_hc128::Generator }"),
    ]);
    let app = Krate::new("app", "0.1.0")
        .needs(Dependency::on("rand", "1"))
        .needs(Dependency::on("hc128", "1"))
        .main("fn main() { let _: hc128::Generator = rand::generator(); }");
    let app = house.project(&app);
    app.cargo(&["generate-lockfile"]).succeeds();
    assert!(app.lock().of("rand_hc128").is_empty());
    export(&house, &app, &out(&house), &["--format", "directory"]).succeeds();
    let config = config(&house);
    app.elsewhere(&house.bench, &config, OFFLINE).succeeds();
}
