//! Whose rows are exported: those of a view, of registries that manifests name, of faces.

use super::{OFFLINE, by_both_addresses, config, export, files, garden, out, verify};
use crossdock_conformance::configuration::Configuration;
use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::for_both_identities;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::Installation;
use crossdock_conformance::krate::Krate;
use std::fs;

for_both_identities!(
    a_lock_that_was_made_by_faces_is_exported,
    names_of_registries_are_known,
    names_that_no_view_has_are_known,
    who_may_not_read_may_not_export,
    a_registry_stands_in_for_crates_io,
);

fn a_lock_that_was_made_by_faces_is_exported(identity: Identity) {
    let house = Installation::unconfigured(identity, "");
    let app = by_both_addresses(&house);
    let folder = app.folder().display().to_string();
    let faces = ["setup", "--view", "main", "--faces", "--project", &folder];
    house.server.command(&house.bench, &faces).succeeds();
    app.cargo(&["generate-lockfile"]).succeeds();
    assert_eq!(app.lock().of("stalk").len(), 1);
    export(&house, &app, &out(&house), &["--format", "directory"]).succeeds();
    verify(&house, &out(&house), &[]).succeeds();
    app.elsewhere(&house.bench, &config(&house), OFFLINE)
        .succeeds();
}

/// A manifest says `registry = "local"`, and nobody but the export says where that is.
fn names_of_registries_are_known(identity: Identity) {
    let house = Installation::new(identity);
    garden(&house);
    let local = house.server.index("local");
    let app = Krate::new("app", "0.1.0")
        .needs(Dependency::on("petal", "1").from("local", &local))
        .needs(Dependency::on("stem", "1"))
        .main("fn main() { let _: stem::Stem = petal::stem(); }");
    let app = house.project(&app);
    app.cargo(&["generate-lockfile"]).succeeds();
    assert_eq!(app.lock().one("petal"), local);
    Configuration::default().write(&house.bench);
    for format in ["directory", "local-registry"] {
        let out = house.bench.path(format);
        export(&house, &app, &out, &["--format", format]).succeeds();
        let config = out.join("config.toml");
        app.elsewhere(&house.bench, &config, OFFLINE).succeeds();
    }
}

/// `twin` three times: of the view, of a registry in no view, and by a name that is the
/// project's own. Built from where nothing but the export knows any of them.
fn names_that_no_view_has_are_known(identity: Identity) {
    let house = Installation::with(identity, "[registries.other]\n[registries.third]\n");
    let (other, third) = (house.server.index("other"), house.server.index("third"));
    let twin = |kind: &str| Krate::new("twin", "1.0.0").lib(&format!("pub struct {kind};"));
    house.has_private(&twin("First"));
    house.server.has("other", &twin("Second"));
    house.server.has("third", &twin("Third"));
    let of_corp = Dependency::on("twin", "1").from("corp", &third);
    let app = Krate::new("app", "0.1.0")
        .needs(house.private("twin", "1"))
        .needs(
            Dependency::on("twin", "1")
                .from("other", &other)
                .renamed("twin2"),
        )
        .needs(of_corp.renamed("twin3"))
        .main("fn main() { let _ = (twin::First, twin2::Second, twin3::Third); }");
    let app = house.project(&app);
    let known = house.configuration().registry("other", &other);
    known.registry("corp", &third).write(&house.bench);
    app.cargo(&["generate-lockfile"]).succeeds();
    for format in ["directory", "local-registry"] {
        export(
            &house,
            &app,
            &house.bench.path(format),
            &["--format", format],
        )
        .succeeds();
    }
    Configuration::default().write(&house.bench);
    for format in ["directory", "local-registry"] {
        let config = house.bench.path(format).join("config.toml");
        app.elsewhere(&house.bench, &config, OFFLINE).succeeds();
    }
}

fn who_may_not_read_may_not_export(identity: Identity) {
    let house = Installation::with(identity, "read = \"token\"");
    garden(&house);
    let login = house.configuration();
    let login = login.lines("[registry]\nglobal-credential-providers = [\"cargo:token\"]");
    login.write(&house.bench);
    let app = Krate::new("app", "0.1.0")
        .needs(house.private("petal", "1"))
        .main("fn main() { petal::stem(); }");
    let app = house.project(&app);
    let token = [("CARGO_REGISTRIES_MAIN_TOKEN", house.server.token())];
    app.cargo_with(&["generate-lockfile"], &token).succeeds();
    let format = ["--format", "local-registry", "--view", "main"];
    let wrong: Vec<_> = format.into_iter().chain(["--token", "wrong"]).collect();
    export(&house, &app, &out(&house), &wrong).exits(2);
    export(&house, &app, &out(&house), &format).succeeds();
    for path in files(&out(&house)) {
        let bytes = fs::read(&path).expect("it was listed");
        let token = house.server.token().as_bytes();
        let told = bytes.windows(token.len()).any(|part| part == token);
        assert!(!told, "no token in {}", path.display());
    }
    app.elsewhere(&house.bench, &config(&house), OFFLINE)
        .succeeds();
}

/// Without a view: the mirror alone.
fn a_registry_stands_in_for_crates_io(identity: Identity) {
    let house = Installation::new(identity);
    garden(&house);
    let app = Krate::new("app", "0.1.0")
        .needs(Dependency::on("stem", "1"))
        .main("fn main() { let _ = stem::Stem; }");
    let app = house.project(&app);
    let mirror = Configuration::default()
        .registry("mirror", &house.server.index("crates-io"))
        .instead_of_crates_io("mirror");
    mirror.write(&house.bench);
    app.cargo(&["generate-lockfile"]).succeeds();
    let format = ["--format", "directory", "--registry", "crates-io"];
    export(&house, &app, &out(&house), &format).succeeds();
    app.elsewhere(&house.bench, &config(&house), OFFLINE)
        .succeeds();
}
