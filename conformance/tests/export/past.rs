//! Exports as of another time, and of projects that are pinned to it.

use super::{OFFLINE, app, by_both_addresses, config, export, files, garden, locked, out, verify};
use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::for_both_identities;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::Installation;
use crossdock_conformance::krate::Krate;
use std::fs;

for_both_identities!(
    an_export_as_of_an_epoch,
    a_pinned_project_builds_from_its_export,
    a_past_export_of_who_names_a_registry_builds,
    a_time_before_the_first_day_is_exported,
);

fn an_export_as_of_an_epoch(identity: Identity) {
    let house = Installation::new(identity);
    let app = locked(&house);
    let monday = ["snapshot", "monday", "--view", "main"];
    house.server.command(&house.bench, &monday).succeeds();
    // A patched row of today must not get into an export of monday.
    house.server.yank("local", "petal", "1.0.0").expects(200);
    let out = out(&house);
    let at = [
        "--format",
        "local-registry",
        "--at",
        "monday",
        "--view",
        "main",
    ];
    export(&house, &app, &out, &at).succeeds();
    let row = files(&out)
        .into_iter()
        .find(|path| path.ends_with("index/pe/ta/petal"))
        .map(|path| fs::read_to_string(path).expect("a row"));
    assert!(row.is_some_and(|row| row.contains("\"yanked\":false")));
    let config = config(&house);
    app.elsewhere(&house.bench, &config, OFFLINE).succeeds();
}

/// The project's own configuration has tables for the same sources.
fn a_pinned_project_builds_from_its_export(identity: Identity) {
    let house = Installation::unconfigured(identity, "");
    garden(&house);
    let app = app(&house);
    let folder = app.folder().display().to_string();
    let set_up = ["setup", "--view", "main", "--project", &folder];
    house.server.command(&house.bench, &set_up).succeeds();
    app.cargo(&["generate-lockfile"]).succeeds();
    let pinned: Vec<_> = set_up
        .into_iter()
        .chain(["--at", "2999-01-01T00:00:00Z"])
        .collect();
    house.server.command(&house.bench, &pinned).exits(2);
    let monday = ["snapshot", "monday", "--view", "main"];
    house.server.command(&house.bench, &monday).succeeds();
    let pinned: Vec<_> = set_up.into_iter().chain(["--at", "monday"]).collect();
    house.server.command(&house.bench, &pinned).succeeds();
    assert!(app.read(".cargo/config.toml").contains("/at/monday/"));
    let at = ["--format", "directory", "--at", "monday", "--view", "main"];
    export(&house, &app, &out(&house), &at).succeeds();
    app.elsewhere(&house.bench, &config(&house), OFFLINE)
        .succeeds();
}

fn a_past_export_of_who_names_a_registry_builds(identity: Identity) {
    let house = Installation::new(identity);
    let app = by_both_addresses(&house);
    app.cargo(&["generate-lockfile"]).succeeds();
    let monday = ["snapshot", "monday", "--view", "main"];
    house.server.command(&house.bench, &monday).succeeds();
    for format in ["directory", "local-registry"] {
        let out = house.bench.path(format);
        let at = ["--format", format, "--at", "monday", "--view", "main"];
        export(&house, &app, &out, &at).succeeds();
        verify(&house, &out, &[]).succeeds();
        let config = out.join("config.toml");
        app.elsewhere(&house.bench, &config, OFFLINE).succeeds();
    }
}

fn a_time_before_the_first_day_is_exported(identity: Identity) {
    let house = Installation::new(identity);
    let of = |version: &str, day: &str| {
        Krate::new("stem", version)
            .published(day)
            .lib("pub struct Stem;")
    };
    house.public.has(&of("1.0.0", "2020-01-01T00:00:00Z"));
    let app = Krate::new("app", "0.1.0")
        .needs(Dependency::on("stem", "1"))
        .main("fn main() { let _ = stem::Stem; }");
    let app = house.project(&app);
    app.cargo(&["generate-lockfile"]).succeeds();
    let format = ["--format", "directory", "--at"];
    let at = |when| format.into_iter().chain([when]).collect::<Vec<_>>();
    export(&house, &app, &out(&house), &at("2019-01-01T00:00:00Z"))
        .exits(2)
        .says("stem 1.0.0");
    export(&house, &app, &out(&house), &at("2021-01-01T00:00:00Z")).succeeds();
    app.elsewhere(&house.bench, &config(&house), OFFLINE)
        .succeeds();
}
