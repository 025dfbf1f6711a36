//! One crate under two identities: named so by a manifest, brought along, or from git.

use crate::cures::{findings, nothing, only};
use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::for_both_identities;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::Installation;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::project::Project;
use std::process::Command;

for_both_identities!(
    what_a_manifest_names_by_its_registry,
    what_comes_along_with_it,
    what_is_from_git,
    setup_unifies_by_patch,
);

/// `seed` is of `local`, and `garden` has it through the view.
fn house(identity: Identity) -> Installation {
    let installation = Installation::new(identity);
    installation.has_private(&Krate::new("seed", "1.0.0").lib("pub struct Seed;"));
    let garden = Krate::new("garden", "1.0.0")
        .needs(installation.private("seed", "1"))
        .lib("pub fn sow(_: seed::Seed) {}");
    installation.has_private(&garden);
    installation
}

/// Takes `seed` from `local` by name, and `garden` through the view.
fn two_seeds(installation: &Installation) -> Project<'_> {
    let local = installation.server.index("local");
    let app = Krate::new("app", "0.1.0")
        .needs(installation.private("garden", "1"))
        .needs(Dependency::on("seed", "1").from("local", &local))
        .lib("pub fn sow() { garden::sow(seed::Seed) }");
    installation.project(&app)
}

fn what_a_manifest_names_by_its_registry(identity: Identity) {
    let installation = house(identity);
    let app = two_seeds(&installation);
    app.cargo(&["check"]).fails().says("E0308");
    let finding = only(&app, "identities");
    assert!(finding.file.ends_with("app/Cargo.toml"));
    assert!(finding.line.contains("seed"), "{}", finding.line);
    finding.cure(&installation.bench, &app);
    app.cargo(&["check"]).succeeds();
    assert_eq!(app.lock().one("seed"), installation.private_source());
    nothing(&app);
    app.cargo(&["check", "--locked", "--offline"]).succeeds();
}

fn what_comes_along_with_it(identity: Identity) {
    let installation = house(identity);
    let bed = Krate::new("bed", "1.0.0")
        .needs(Dependency::on("seed", "1"))
        .lib("pub fn seed() -> seed::Seed { seed::Seed }");
    installation.has_private(&bed);
    let local = installation.server.index("local");
    let app = Krate::new("app", "0.1.0")
        .needs(installation.private("garden", "1"))
        .needs(Dependency::on("bed", "1").from("local", &local))
        .lib("pub fn sow() { garden::sow(bed::seed()) }");
    let app = installation.project(&app);
    app.cargo(&["check"]).fails().says("E0308");
    let finding = only(&app, "identities");
    assert!(finding.line.contains("bed"), "{}", finding.line);
    finding.cure(&installation.bench, &app);
    app.cargo(&["check"]).succeeds();
    app.lock().one_of_each();
    nothing(&app);
}

fn what_is_from_git(identity: Identity) {
    let installation = Installation::new(identity);
    installation.public.has_all(&[
        Krate::new("leaf", "1.0.0").lib("pub struct Leaf;"),
        Krate::new("tree", "1.0.0")
            .needs(Dependency::on("leaf", "1"))
            .lib("pub fn grow(_: leaf::Leaf) {}"),
    ]);
    let fork = Krate::new("leaf", "1.0.1").lib("pub struct Leaf;");
    let fork = Project::create_at(&installation.bench, "fork", &fork);
    for line in [
        &["init", "--quiet", "--initial-branch", "fixed"][..],
        &["add", "."],
        &[
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@b",
            "commit",
            "--quiet",
            "-m",
            "x",
        ],
    ] {
        let mut git = Command::new("git");
        let ended = git.current_dir(fork.folder()).args(line).status();
        assert!(ended.is_ok_and(|ended| ended.success()), "{line:?}");
    }
    let app = Krate::new("app", "0.1.0")
        .needs(Dependency::on("tree", "1"))
        .lib("pub fn grow() { tree::grow(leaf::Leaf) }");
    let app = installation.project(&app);
    let manifest = app.read("Cargo.toml");
    let git = format!(
        "{manifest}\n[dependencies.leaf]\ngit = \"file://{}\"\nbranch = \"fixed\"\n",
        fork.folder().display()
    );
    app.write("Cargo.toml", &git);
    app.cargo(&["check"]).fails().says("E0308");
    let finding = only(&app, "git");
    assert_eq!(finding.line, "[dependencies.leaf]");
    finding.cure(&installation.bench, &app);
    app.cargo(&["check"]).succeeds();
    assert_eq!(app.lock().versions("leaf"), ["1.0.1"]);
    nothing(&app);
}

/// What doctor says is what `setup --unify` writes.
fn setup_unifies_by_patch(identity: Identity) {
    let installation = house(identity);
    let app = two_seeds(&installation);
    installation.set_up(&app, &["--unify", "local"]);
    let written = app.read(".cargo/config.toml");
    assert!(written.contains("[patch.local.seed]"), "{written}");
    installation.set_up(&app, &["--unify", "local"]);
    assert_eq!(app.read(".cargo/config.toml"), written);
    app.cargo(&["check"]).succeeds();
    assert_eq!(app.lock().one("seed"), installation.private_source());
    assert!(findings(&app, &["--offline"]).is_empty());
}
