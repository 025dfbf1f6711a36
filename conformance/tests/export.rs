//! Exports: real cargo builds from them without any network, in each format.
//!
//! The project names things by two registries, so that there are two `foo` 1.0.0: one
//! in-house, one of crates.io that a public crate goes on meaning, through a face.

use crossdock_conformance::command::Outcome;
use crossdock_conformance::configuration::Configuration;
use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::for_both_identities;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::Installation;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::project::Project;
use crossdock_conformance::tarball::checksum;
use crossdock_conformance::upstream::{Fault, On, Upstream};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

for_both_identities!(
    a_directory_builds_without_a_network,
    a_local_registry_builds_without_a_network,
    a_git_index_builds_without_a_network,
    a_static_tree_builds_from_any_web_server,
    vendoring_fails_where_an_export_builds,
    aliases_get_into_manifests,
    an_export_is_brought_up_to_date,
    an_interrupted_export_is_the_old_one,
    every_byte_is_verified,
    an_export_can_be_moved,
    a_full_index_shows_what_is_newer,
    an_export_as_of_an_epoch,
    a_pinned_project_builds_from_its_export,
    a_past_export_of_who_names_a_registry_builds,
    a_time_before_the_first_day_is_exported,
    a_lock_that_was_made_by_faces_is_exported,
    what_no_folder_has_is_found,
    another_build_does_not_take_the_place_of_one,
    names_of_registries_are_known,
    who_may_not_read_may_not_export,
    a_registry_stands_in_for_crates_io,
    what_is_wrong_is_said_before_anything_is_written,
);

const OFFLINE: &[&str] = &["build", "--locked", "--offline"];

/// In-house `foo` and `petal`, which has a renamed dependency; public `stem`, `foo` and
/// `widget`, which needs the public `foo`.
fn garden(house: &Installation) {
    house.has_private(&Krate::new("foo", "1.0.0").lib("pub struct Ours;"));
    house.has_private(
        &Krate::new("petal", "1.0.0")
            .needs(Dependency::on("stem", "1").renamed("stalk").optional())
            .feature("default", &["dep:stalk"])
            .lib("pub fn stem() -> stalk::Stem { stalk::Stem }"),
    );
    house.public.has_all(&[
        Krate::new("stem", "1.0.0")
            .feature("std", &[])
            .lib("pub struct Stem;"),
        Krate::new("foo", "1.0.0").lib("pub struct Theirs;"),
        Krate::new("widget", "1.0.0")
            .needs(Dependency::on("foo", "1"))
            .lib("pub use foo::Theirs;"),
    ]);
}

fn app(house: &Installation) -> Project<'_> {
    let app = Krate::new("app", "0.1.0")
        .needs(house.private("petal", "1"))
        .needs(house.private("foo", "1"))
        .needs(Dependency::on("stem", "1"))
        .needs(Dependency::on("widget", "1"))
        .main("fn main() { let _: (stem::Stem, foo::Ours, widget::Theirs) = (petal::stem(), foo::Ours, widget::Theirs); }");
    house.project(&app)
}

fn locked(house: &Installation) -> Project<'_> {
    garden(house);
    let app = app(house);
    app.cargo(&["generate-lockfile"]).succeeds();
    let foos = app.lock();
    let mut versions = foos.versions("foo");
    versions.dedup();
    assert_eq!((foos.of("foo").len(), versions), (2, vec!["1.0.0"]));
    app
}

/// Exports a project's lock.
fn export(house: &Installation, app: &Project<'_>, out: &Path, more: &[&str]) -> Outcome {
    let lock = app.folder().join("Cargo.lock").display().to_string();
    let out = out.display().to_string();
    let mut arguments = vec!["export", "--lock", &lock, "--out", &out];
    arguments.extend(more);
    house.server.command(&house.bench, &arguments)
}

fn verify(house: &Installation, out: &Path, more: &[&str]) -> Outcome {
    let out = out.display().to_string();
    let mut arguments = vec!["export", "--verify", "--out", &out];
    arguments.extend(more);
    house.server.command(&house.bench, &arguments)
}

fn out(house: &Installation) -> PathBuf {
    house.bench.path("out")
}

/// The configuration that cargo is given.
fn config(house: &Installation) -> PathBuf {
    out(house).join("config.toml")
}

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

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder of the export") {
        let path = entry.expect("it can be read").path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => found.push(path),
        }
    }
    found
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

fn an_export_is_brought_up_to_date(identity: Identity) {
    let house = Installation::new(identity);
    let app = locked(&house);
    let format = ["--format", "local-registry"];
    let out = out(&house);
    export(&house, &app, &out, &format).succeeds();
    export(&house, &app, &out, &format)
        .succeeds()
        .prints("5 releases, 0 of them fetched now");
    let monday = app.read("Cargo.lock");
    let newer = Krate::new("stem", "1.2.0").lib("pub struct Stem;");
    house.public.has(&newer);
    app.cargo(&["update", "stem"]).succeeds();
    let tuesday = app.read("Cargo.lock");
    assert_ne!(monday, tuesday);
    export(&house, &app, &out, &format)
        .succeeds()
        .prints("5 releases, 1 of them fetched now")
        .prints("no lock needs these; --prune removes them: stem 1.0.0");
    verify(&house, &out, &[]).succeeds();
    let config = out.join("config.toml");
    for lock in [&monday, &tuesday] {
        app.write("Cargo.lock", lock);
        app.elsewhere(&house.bench, &config, OFFLINE).succeeds();
    }
    let pruned = export(
        &house,
        &app,
        &out,
        &["--format", "local-registry", "--prune", "--json"],
    );
    let told: Value = serde_json::from_str(&pruned.succeeds().stdout).expect("JSON");
    assert_eq!(
        (&told["fetched"], &told["pruned"]),
        (&0.into(), &true.into())
    );
    assert_eq!(told["unneeded"].as_array().map(Vec::len), Some(1), "{told}");
    verify(&house, &out, &[]).succeeds();
    let gone = out.join("sources/crates-io/stem-1.0.0.crate");
    assert!(!gone.exists());
    // Another format wants another folder.
    export(&house, &app, &out, &["--format", "directory"])
        .exits(2)
        .says("local-registry");
    app.elsewhere(&house.bench, &config, OFFLINE).succeeds();
}

fn an_interrupted_export_is_the_old_one(identity: Identity) {
    let house = Installation::new(identity);
    let app = locked(&house);
    for (format, newer) in [("directory", "1.1.0"), ("local-registry", "1.2.0")] {
        let out = house.bench.path(format);
        let format = ["--format", format];
        export(&house, &app, &out, &format).succeeds();
        let before = app.read("Cargo.lock");
        let newer = Krate::new("stem", newer).lib("pub struct Stem;");
        house.public.has(&newer);
        app.cargo(&["update", "stem"]).succeeds();
        let after = app.read("Cargo.lock");
        house
            .public
            .fails(On::Download("stem".to_owned()), Fault::Half);
        export(&house, &app, &out, &format).exits(2);
        app.write("Cargo.lock", &before);
        let config = out.join("config.toml");
        app.elsewhere(&house.bench, &config, OFFLINE).succeeds();
        verify(&house, &out, &[]).succeeds();
        house.public.mends();
        app.write("Cargo.lock", &after);
        export(&house, &app, &out, &format)
            .succeeds()
            .prints("1 of them fetched now");
        app.elsewhere(&house.bench, &config, OFFLINE).succeeds();
    }
}

fn every_byte_is_verified(identity: Identity) {
    let house = Installation::new(identity);
    let app = locked(&house);
    let lock = app.folder().join("Cargo.lock").display().to_string();
    for format in ["directory", "local-registry", "git"] {
        let out = house.bench.path(format);
        let arguments = ["--format", format];
        export(&house, &app, &out, &arguments).succeeds();
        verify(&house, &out, &["--lock", &lock])
            .succeeds()
            .prints("5 releases read, 0 found to be wrong");
        let sources = out.join("sources");
        for path in files(&sources) {
            let git = path.components().any(|part| part.as_os_str() == ".git");
            if git {
                continue;
            }
            let bytes = fs::read(&path).expect("it was listed");
            let mut flipped = bytes.clone();
            let middle = flipped.len() / 2;
            match flipped.get_mut(middle) {
                Some(byte) => *byte ^= 1,
                None => flipped.push(b'x'),
            }
            fs::write(&path, &flipped).expect("it is ours");
            let name = path.file_name().and_then(|name| name.to_str());
            let found = verify(&house, &out, &[]).exits(1);
            let told = match format {
                "directory" => "sources/",
                _ => name.unwrap_or_default(),
            };
            found.prints(told);
            fs::write(&path, &bytes).expect("it is ours");
        }
        verify(&house, &out, &[]).succeeds();
        // What is missing and what is too much.
        let stray = sources.join("crates-io/stray");
        fs::write(&stray, "x").expect("it is ours");
        verify(&house, &out, &[]).exits(1).prints("crates-io/stray");
        fs::remove_file(&stray).expect("it was just written");
        let other = app.read("Cargo.lock").replace(
            "\"widget\"\nversion = \"1.0.0\"",
            "\"widget\"\nversion = \"2.0.0\"",
        );
        house.bench.write("other/Cargo.lock", other);
        let other = house.bench.path("other/Cargo.lock").display().to_string();
        verify(&house, &out, &["--lock", &other])
            .exits(1)
            .prints("widget 2.0.0");
        // A byte that flipped is mended by the next export.
        let config = out.join("cargo/config.toml");
        let broken = files(&sources)
            .into_iter()
            .find(|path| path.display().to_string().contains("widget-1.0.0"));
        fs::write(broken.expect("widget is there"), "broken").expect("it is ours");
        fs::write(&config, "broken").expect("it is ours");
        verify(&house, &out, &[])
            .exits(1)
            .prints("cargo/config.toml");
        export(&house, &app, &out, &arguments)
            .succeeds()
            .prints("1 of them fetched now");
        verify(&house, &out, &[]).succeeds();
    }
    verify(&house, &house.bench.path("app"), &[])
        .exits(2)
        .says("no export");
}

fn an_export_can_be_moved(identity: Identity) {
    let house = Installation::new(identity);
    let app = locked(&house);
    let formats = ["directory", "local-registry", "git"];
    for format in formats {
        let out = house.bench.path(format);
        export(&house, &app, &out, &["--format", format]).succeeds();
        let moved = house.bench.path("moved").join(format).join("below");
        fs::create_dir_all(moved.parent().expect("it has one")).expect("the bench is ours");
        fs::rename(out, moved).expect("both are on one disk");
    }
    for format in formats {
        let moved = house.bench.path("moved").join(format).join("below");
        let config = moved.join("config.toml");
        if format == "git" {
            verify(&house, &moved, &[]).exits(1).prints("--relocate");
            let moved = moved.display().to_string();
            let arguments = ["export", "--relocate", "--out", &moved];
            house.server.command(&house.bench, &arguments).succeeds();
            app.elsewhere(&house.bench, &config, &["build", "--locked"])
                .succeeds();
        } else {
            app.elsewhere(&house.bench, &config, OFFLINE).succeeds();
        }
        verify(&house, &moved, &[]).succeeds();
    }
}

fn a_full_index_shows_what_is_newer(identity: Identity) {
    let house = Installation::new(identity);
    let app = locked(&house);
    let before = app.read("Cargo.lock");
    house.public.has(&Krate::new("stem", "1.7.0"));
    let out = out(&house);
    let full = ["--format", "local-registry", "--index", "full"];
    export(&house, &app, &out, &full).succeeds();
    verify(&house, &out, &[]).succeeds();
    let (config, outdated) = (out.join("config.toml"), out.join("outdated.toml"));
    app.elsewhere(&house.bench, &config, OFFLINE).succeeds();
    // What has no bytes is not chosen, but seen.
    app.again(&house.bench, &config, &["update", "--offline"])
        .succeeds();
    assert_eq!(app.read("Cargo.lock"), before);
    app.again(
        &house.bench,
        &outdated,
        &["update", "--dry-run", "--offline"],
    )
    .succeeds()
    .says("stem v1.0.0 -> v1.7.0");
    let pruned = ["--format", "local-registry"];
    export(&house, &app, &out, &pruned).succeeds();
    assert!(!outdated.exists());
    verify(&house, &out, &[]).succeeds();
    export(&house, &app, &out, &full).succeeds();
    verify(&house, &out, &[]).succeeds();
}

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

/// `stalk` from the view, and `bloom`, which needs it, from `local` itself: one lock has
/// both identities, and rows of the view instead of those of `local` would mix them.
fn by_both_addresses(house: &Installation) -> Project<'_> {
    let local = house.server.index("local");
    house.has_private(&Krate::new("stalk", "1.0.0").lib("pub struct Stalk;"));
    house.has_private(
        &Krate::new("bloom", "1.0.0")
            .needs(Dependency::on("stalk", "1").from("local", &local))
            .lib("pub fn stalk() -> stalk::Stalk { stalk::Stalk }"),
    );
    let app = Krate::new("app", "0.1.0")
        .needs(house.private("stalk", "1"))
        .needs(Dependency::on("bloom", "1").from("local", &local))
        .main("fn main() { let _ = (stalk::Stalk, bloom::stalk()); }");
    house.project(&app)
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

fn what_no_folder_has_is_found(identity: Identity) {
    let house = Installation::new(identity);
    let app = by_both_addresses(&house);
    app.cargo(&["generate-lockfile"]).succeeds();
    let out = out(&house);
    let format = ["--format", "local-registry"];
    export(&house, &app, &out, &format).succeeds();
    let path = out.join(".crossdock-export.json");
    let text = fs::read_to_string(&path).expect("it was just written");
    let mut told: Value = serde_json::from_str(&text).expect("JSON");
    for source in told["sources"].as_array_mut().expect("a list") {
        let rows = source["rows"].as_array_mut().expect("a list");
        rows.retain(|row| {
            !row.as_str()
                .is_some_and(|row| row.starts_with(r#"{"name":"stalk""#))
        });
    }
    fs::write(&path, told.to_string()).expect("it is ours");
    verify(&house, &out, &[]).exits(1).prints("needs stalk ^1");
    // What is damaged says what mends it.
    fs::write(&path, "{").expect("it is ours");
    verify(&house, &out, &[]).exits(2).says("--prune");
    export(&house, &app, &out, &format).exits(2).says("--prune");
    let pruned = [&format[..], &["--prune"]].concat();
    export(&house, &app, &out, &pruned).succeeds();
    verify(&house, &out, &[]).succeeds();
    // A lock that cargo would refuse.
    let lock = app.read("Cargo.lock");
    let without = lock.lines().filter(|line| !line.starts_with("checksum"));
    app.write("Cargo.lock", &without.collect::<Vec<_>>().join("\n"));
    export(&house, &app, &out, &format)
        .exits(2)
        .says("has no checksum in the lock");
}

/// As after a registry with `rebuilds = "replace"` got new bytes for a version.
fn another_build_does_not_take_the_place_of_one(identity: Identity) {
    let house = Installation::new(identity);
    let app = locked(&house);
    let out = out(&house);
    let format = ["--format", "local-registry"];
    export(&house, &app, &out, &format).succeeds();
    let krate = out.join("sources/crates-io/stem-1.0.0.crate");
    let of_today = checksum(&fs::read(&krate).expect("it was exported"));
    fs::write(&krate, "an older build").expect("it is ours");
    let path = out.join(".crossdock-export.json");
    let text = fs::read_to_string(&path).expect("it was just written");
    let older = text.replace(&of_today, &checksum(b"an older build"));
    assert_ne!(older, text);
    fs::write(&path, older).expect("it is ours");
    export(&house, &app, &out, &format)
        .exits(2)
        .says("has another build of stem 1.0.0")
        .says("--prune");
    let kept = fs::read(&krate).expect("it is still there");
    assert_eq!(kept, b"an older build");
    let pruned = [&format[..], &["--prune"]].concat();
    export(&house, &app, &out, &pruned).succeeds();
    verify(&house, &out, &[]).succeeds();
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

fn what_is_wrong_is_said_before_anything_is_written(identity: Identity) {
    let house = Installation::new(identity);
    let app = locked(&house);
    let out = out(&house);
    let format = ["--format", "directory"];
    let good = app.read("Cargo.lock");
    let refused = |lock: &str, words: &[&str]| {
        app.write("Cargo.lock", lock);
        let refused = export(&house, &app, &out, &format).exits(2);
        words
            .iter()
            .fold(refused, |refused, words| refused.says(words));
        assert!(!out.join("sources").exists());
    };
    refused(
        &good.replace("version = 4", "version = 9"),
        &["newer Crossdock"],
    );
    refused("<<<<<<< ours\n", &["merge"]);
    let at = good.find("checksum = \"").expect("it has one") + 12;
    let mut other = good.clone();
    other.replace_range(
        at..at + 4,
        if good[at..].starts_with("0000") {
            "1111"
        } else {
            "0000"
        },
    );
    let missing = other.replace(
        "\"widget\"\nversion = \"1.0.0\"",
        "\"widget\"\nversion = \"1.0.9\"",
    );
    refused(&missing, &["is locked with the checksum", "widget 1.0.9"]);
    // What no registry has is left, and said.
    let from_git = "\n[[package]]\nname = \"moss\"\nversion = \"0.1.0\"\nsource = \"git+https://git.example/moss#0123456789012345678901234567890123456789\"\n";
    app.write("Cargo.lock", &format!("{good}{from_git}"));
    export(&house, &app, &out, &format)
        .succeeds()
        .prints("moss 0.1.0 (git+https://git.example/moss#");
    // A folder that holds something else is left alone.
    house.bench.write("mine/notes.txt", "mine");
    let mine = house.bench.path("mine");
    export(&house, &app, &mine, &format)
        .exits(2)
        .says("name an empty folder");
    assert_eq!(fs::read_dir(&mine).expect("it is there").count(), 1);
}
