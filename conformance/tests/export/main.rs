//! Exports: real cargo builds from them without any network, in each format.
//!
//! The project names things by two registries, so that there are two `foo` 1.0.0: one
//! in-house, one of crates.io that a public crate goes on meaning, through a face.
//! Here: that project, and how it is exported. Below: one story a file.

mod addresses;
mod formats;
mod kept;
mod past;
mod refused;

use crossdock_conformance::command::Outcome;
use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::installation::Installation;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::project::Project;
use std::fs;
use std::path::{Path, PathBuf};

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
