//! `crossdock lock`: a lock held against its registries, and checksums refreshed.
//!
//! The development registry is one on this machine whose archives change under one
//! version; cargo reads it itself. What was compiled is counted from cargo's own messages.

use crossdock_conformance::command::{Outcome, fail};
use crossdock_conformance::configuration::Configuration;
use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::{Installation, crates_io, settings};
use crossdock_conformance::krate::Krate;
use crossdock_conformance::project::Project;
use crossdock_conformance::server::{Server, program};
use crossdock_conformance::tarball::checksum;
use crossdock_conformance::upstream::Upstream;
use crossdock_conformance::workbench::Workbench;
use serde_json::Value;
use std::collections::BTreeSet;

fn petal(colour: &str) -> Krate {
    let source = format!("pub fn colour() -> &'static str {{ {colour:?} }}");
    Krate::new("petal", "1.0.0").lib(&source)
}

fn leaf() -> Krate {
    Krate::new("leaf", "1.0.0").lib("pub struct Leaf;")
}

/// A registry whose archives change, and a program that prints what it was built from.
struct Lab {
    bench: Workbench,
    lab: Upstream,
}

impl Lab {
    fn new() -> Self {
        let (bench, lab) = (Workbench::new(), Upstream::start());
        lab.has_all(&[petal("red"), leaf()]);
        Configuration::default()
            .registry("lab", &lab.index())
            .write(&bench);
        Self { bench, lab }
    }

    fn project(&self) -> Project<'_> {
        let from_lab = |name: &str| Dependency::on(name, "1").from("lab", &self.lab.index());
        let app = Krate::new("app", "0.1.0")
            .needs(from_lab("petal"))
            .needs(from_lab("leaf"))
            .main("fn main() { let _ = leaf::Leaf; println!(\"{}\", petal::colour()) }");
        Project::create(&self.bench, &app)
    }

    #[track_caller]
    fn crossdock(&self, project: &Project<'_>, arguments: &[&str]) -> Outcome {
        let mut command = self.bench.command(&program());
        command.current_dir(project.folder()).args(arguments);
        self.bench.run(command)
    }
}

/// Builds, and returns what was compiled.
#[track_caller]
fn compiled(project: &Project<'_>, arguments: &[&str]) -> BTreeSet<String> {
    let outcome = project.cargo(&[&["build", "--message-format=json"], arguments].concat());
    let outcome = outcome.succeeds();
    let messages = outcome.stdout.lines();
    let messages = messages.filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let built = messages
        .filter(|message| message["reason"] == "compiler-artifact" && message["fresh"] == false);
    built
        .filter_map(|message| Some(message["target"]["name"].as_str()?.to_owned()))
        .collect()
}

fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(ToString::to_string).collect()
}

#[track_caller]
fn prints(project: &Project<'_>, words: &str) {
    project
        .cargo(&["run", "--offline"])
        .succeeds()
        .prints(words);
}

#[test]
fn a_refresh_with_clean_compiles_one_crate_and_what_needs_it() {
    let lab = Lab::new();
    let project = lab.project();
    assert_eq!(compiled(&project, &[]), names(&["app", "leaf", "petal"]));
    prints(&project, "red");
    let old = project.read("Cargo.lock");

    lab.lab.has(&petal("blue"));
    project
        .cargo(&["update"])
        .fails()
        .says("changed between lock files");
    let told = lab.crossdock(&project, &["lock", "refresh", "petal", "--clean"]);
    let (red, blue) = (
        checksum(&petal("red").archive()),
        checksum(&petal("blue").archive()),
    );
    told.succeeds().prints(&red).prints(&blue);
    let new = project.read("Cargo.lock");
    assert_eq!(new, old.replace(&red, &blue));
    assert_eq!(compiled(&project, &["--locked"]), names(&["app", "petal"]));
    prints(&project, "blue");
    assert_eq!(project.read("Cargo.lock"), new);
    assert_eq!(compiled(&project, &["--locked"]), names(&[]));
}

#[test]
fn without_clean_cargo_builds_the_old_bytes_and_clean_works_afterwards() {
    let lab = Lab::new();
    let project = lab.project();
    compiled(&project, &[]);
    lab.lab.has(&petal("blue"));
    // No cargo saw the new row yet: what it keeps of the index is older than the lock.
    lab.crossdock(&project, &["lock", "refresh", "petal"])
        .succeeds();
    project.cargo(&["build"]).succeeds();
    prints(&project, "red");
    for all in [
        &["lock", "refresh", "petal", "--clean"][..],
        &["lock", "refresh", "--all", "--clean"],
    ] {
        lab.crossdock(&project, all).succeeds().prints("0 changed");
        compiled(&project, &["--locked"]);
        prints(&project, "blue");
    }
    assert_eq!(
        compiled(&project, &["--locked"]),
        names(&[]),
        "nothing stale, nothing cleaned by --all"
    );
}

#[test]
fn every_version_of_the_lock_keeps_its_form() {
    let lab = Lab::new();
    let project = lab.project();
    project.cargo(&["generate-lockfile"]).succeeds();
    let fourth = project.read("Cargo.lock");
    let (red, blue) = (
        checksum(&petal("red").archive()),
        checksum(&petal("blue").archive()),
    );
    let checksum_of_leaf = checksum(&leaf().archive());
    let source = lab.lab.index();
    let first = {
        let lines = fourth.lines();
        let lines =
            lines.filter(|line| !line.starts_with("checksum") && !line.starts_with("version = 4"));
        let packages = lines.collect::<Vec<_>>().join("\n");
        format!(
            "{packages}\n\n[metadata]\n\"checksum leaf 1.0.0 ({source})\" = \"{checksum_of_leaf}\"\n\
             \"checksum petal 1.0.0 ({source})\" = \"{red}\"\n"
        )
    };
    let third = fourth.replace("version = 4", "version = 3");
    let second = fourth.replace("version = 4\n\n", "");
    let windows = fourth.replace('\n', "\r\n");
    let touched = format!("# by hand\n{fourth}\n\n# the end");
    lab.lab.has(&petal("blue"));
    for text in [first, second, third, windows, touched, fourth] {
        project.write("Cargo.lock", &text);
        lab.crossdock(&project, &["lock", "refresh", "petal@1.0.0", "--dry-run"])
            .succeeds()
            .prints("1 would change");
        assert_eq!(project.read("Cargo.lock"), text);
        lab.crossdock(&project, &["lock", "refresh", "petal@1.0.0"])
            .succeeds()
            .prints("1 changed");
        let new = project.read("Cargo.lock");
        assert_eq!(new, text.replace(&red, &blue));
        lab.bench.forget_cargo_home();
        project.cargo(&["fetch"]).succeeds();
        lab.crossdock(&project, &["lock", "verify"]).succeeds();
    }
}

#[test]
fn what_cannot_be_refreshed_is_told_and_nothing_is_written() {
    let lab = Lab::new();
    let project = lab.project();
    project.cargo(&["generate-lockfile"]).succeeds();
    let lock = project.read("Cargo.lock");
    let refused = |arguments: &[&str], words: &str| {
        let arguments = [&["lock", "refresh"], arguments].concat();
        lab.crossdock(&project, &arguments).exits(2).says(words);
        assert_eq!(project.read("Cargo.lock"), lock, "{words}");
    };
    refused(&["thorn"], "the lock has no package `thorn`");
    refused(&["petal@2.0.0"], "the lock has no package `petal@2.0.0`");
    refused(&["petal@one"], "is no NAME or NAME@VERSION");
    refused(&[], "required arguments were not provided");

    let failed = lab.crossdock(&project, &["lock", "refresh", "thorn", "--json"]);
    let failed = failed.exits(2).says("the lock has no package `thorn`");
    let told: Value = serde_json::from_str(&failed.stdout).unwrap_or_default();
    assert_eq!(told["error"], "the lock has no package `thorn`");

    // The index promises other bytes than the archive has.
    let lying = |bytes: Vec<u8>, promised: &str| {
        let mut row = petal("blue").row();
        row["cksum"] = promised.into();
        lab.lab.has_row("petal", "1.0.0", row, bytes);
    };
    lying(
        petal("green").archive(),
        &checksum(&petal("blue").archive()),
    );
    refused(&["petal"], "gives an archive with checksum");
    // The archive is of another crate, or none at all.
    let stranger = leaf().archive();
    lying(stranger.clone(), &checksum(&stranger));
    refused(&["petal"], "the archive of petal 1.0.0");
    let junk = b"no archive".to_vec();
    lying(junk.clone(), &checksum(&junk));
    refused(&["petal"], "the archive of petal 1.0.0 is refused");
    lab.lab.withdraw("petal", "1.0.0");
    refused(&["petal"], "does not have petal 1.0.0");

    let newer = lock.replace("version = 4", "version = 5");
    project.write("Cargo.lock", &newer);
    for command in ["refresh", "verify"] {
        let arguments: &[&str] = match command {
            "refresh" => &["lock", command, "petal"],
            _ => &["lock", command],
        };
        lab.crossdock(&project, arguments)
            .exits(2)
            .says("of version 5, and 4 is the newest that is known here");
    }
}

#[test]
fn a_name_that_occurs_twice_wants_its_version() {
    let lab = Lab::new();
    lab.lab.has_all(&[Krate::new("petal", "2.0.0")]);
    let from_lab =
        |requirement: &str| Dependency::on("petal", requirement).from("lab", &lab.lab.index());
    let app = Krate::new("app", "0.1.0")
        .needs(from_lab("1"))
        .needs(from_lab("2").renamed("petal2"))
        .lib("");
    let project = Project::create(&lab.bench, &app);
    project.cargo(&["generate-lockfile"]).succeeds();
    lab.lab.has(&petal("blue"));
    lab.crossdock(&project, &["lock", "refresh", "petal"])
        .exits(2)
        .says("`petal` is ambiguous")
        .says("petal@2.0.0")
        .says("NAME@VERSION");
    lab.crossdock(&project, &["lock", "refresh", "petal@1.0.0"])
        .succeeds()
        .prints("1 changed");
    project.cargo(&["fetch"]).succeeds();
}

#[test]
fn another_dependency_changes_no_more_than_the_checksum_and_is_told() {
    let lab = Lab::new();
    let project = lab.project();
    compiled(&project, &[]);
    let lock = project.read("Cargo.lock");
    let needing = petal("blue").needs(Dependency::on("fnv", "1"));
    lab.lab
        .has_all(&[needing.clone(), Krate::new("fnv", "1.0.0")]);
    let red = checksum(&petal("red").archive());
    let new = lock.replace(&red, &checksum(&needing.archive()));
    for _again in 0..2 {
        lab.crossdock(&project, &["lock", "refresh", "petal", "--clean"])
            .exits(1)
            .prints("petal 1.0.0 has other dependencies than the lock has for it: it needs fnv ^1")
            .prints("cargo update -p petal@1.0.0");
        assert_eq!(project.read("Cargo.lock"), new);
    }
    project.cargo(&["update", "-p", "petal@1.0.0"]).succeeds();
    assert_eq!(
        compiled(&project, &["--locked"]),
        names(&["app", "fnv", "petal"])
    );
    prints(&project, "blue");
    lab.crossdock(&project, &["lock", "refresh", "petal"])
        .succeeds();
    // And back again: nothing needs it any more.
    lab.lab.has(&petal("green"));
    lab.crossdock(&project, &["lock", "refresh", "petal"])
        .exits(1)
        .prints("it no longer needs fnv");
}

#[test]
fn what_changed_is_told_whatever_cargos_home_permits() {
    let lab = Lab::new();
    let project = lab.project();
    compiled(&project, &[]);
    lab.lab.has(&petal("blue"));
    let (red, blue) = (
        checksum(&petal("red").archive()),
        checksum(&petal("blue").archive()),
    );
    // A folder in its place can be written by nobody, not by root either.
    let held = lab.bench.cargo_home().join(".package-cache");
    std::fs::remove_file(&held).expect("cargo left it");
    std::fs::create_dir(&held).expect("it is ours");
    lab.crossdock(&project, &["lock", "refresh", "petal"])
        .succeeds()
        .prints(&format!("old {red}"))
        .prints(&format!("new {blue}"))
        .prints("1 changed")
        .says("cargo keeps an older answer")
        .says("changed between lock files");
    lab.crossdock(&project, &["lock", "refresh", "petal", "--clean"])
        .exits(2)
        .prints("0 changed")
        .says("the lock is as told above");
}

#[test]
fn a_lock_that_is_read_only_is_not_replaced() {
    use std::os::unix::fs::PermissionsExt;
    let lab = Lab::new();
    let project = lab.project();
    project.cargo(&["generate-lockfile"]).succeeds();
    lab.lab.has(&petal("blue"));
    let (path, lock) = (
        project.folder().join("Cargo.lock"),
        project.read("Cargo.lock"),
    );
    let mode = std::fs::Permissions::from_mode(0o444);
    std::fs::set_permissions(path, mode).expect("it is ours");
    lab.crossdock(&project, &["lock", "refresh", "petal"])
        .exits(2)
        .says("is read-only")
        .says("nothing was written");
    assert_eq!(project.read("Cargo.lock"), lock);
    lab.crossdock(&project, &["lock", "refresh", "petal", "--dry-run"])
        .succeeds()
        .prints("1 would change");
}

#[test]
fn a_line_without_checksum_gets_it() {
    let lab = Lab::new();
    let project = lab.project();
    project.cargo(&["generate-lockfile"]).succeeds();
    let lock = project.read("Cargo.lock");
    let red = checksum(&petal("red").archive());
    let without = lock.replace(&format!("checksum = \"{red}\"\n"), "");
    assert_ne!(without, lock);
    project.write("Cargo.lock", &without);
    lab.crossdock(&project, &["lock", "verify"])
        .exits(1)
        .prints("the lock has no checksum");
    lab.crossdock(&project, &["lock", "refresh", "petal"])
        .succeeds()
        .prints("old none")
        .prints("1 changed");
    assert_eq!(project.read("Cargo.lock"), lock);
}

#[test]
fn packages_from_git_are_left_alone() {
    let lab = Lab::new();
    let project = lab.project();
    project.cargo(&["generate-lockfile"]).succeeds();
    let lock = project.read("Cargo.lock");
    let git = "\n[[package]]\nname = \"thorn\"\nversion = \"0.1.0\"\n\
               source = \"git+https://example.invalid/thorn#0123456789012345678901234567890123456789\"\n";
    project.write("Cargo.lock", &format!("{lock}{git}"));
    lab.crossdock(&project, &["lock", "refresh", "thorn", "app"])
        .succeeds()
        .prints("left alone: thorn@0.1.0")
        .prints("not from a registry")
        .prints("0 changed");
    lab.crossdock(&project, &["lock", "verify"])
        .succeeds()
        .prints("2 lines checked, 0 wrong; 1 of the project and 1 from git");
}

/// A view of a hosted registry and a public one, with a lock made through it.
fn locked(identity: Identity) -> Installation {
    let installation = Installation::new(identity);
    let old = "2020-02-02T02:02:02Z";
    installation.public.has_all(&[
        Krate::new("stem", "1.0.0").published(old),
        Krate::new("root", "1.0.0").published("2999-01-01T00:00:00Z"),
    ]);
    installation.server.has("local", &petal("red"));
    let app = Krate::new("app", "0.1.0")
        .needs(Dependency::on("stem", "1"))
        .needs(Dependency::on("root", "1"))
        .needs(installation.private("petal", "1"))
        .lib("");
    let project = installation.project(&app);
    project.cargo(&["generate-lockfile"]).succeeds();
    installation
}

#[track_caller]
fn verify(installation: &Installation, more: &[&str]) -> Outcome {
    let mut command = installation.bench.command(&program());
    command
        .current_dir(installation.bench.path("app"))
        .args(["lock", "verify"])
        .args(more);
    installation.bench.run(command)
}

crossdock_conformance::for_both_identities!(
    what_agrees_is_fine,
    each_kind_of_line_is_told,
    what_gates_hold_is_told,
    a_development_registry_is_followed_through_a_view,
);

fn what_agrees_is_fine(identity: Identity) {
    let installation = locked(identity);
    verify(
        &installation,
        &["--deny", "yanked", "--deny", "gates", "--deny", "not-ours"],
    )
    .succeeds()
    .prints("3 lines checked, 0 wrong; 1 of the project and 0 from git");
    // Named instead of configured: without the project's configuration crates.io is not ours.
    installation.bench.write(".cargo/config.toml", "");
    let url = installation.server.url().to_owned();
    let wrong = verify(&installation, &["--url", &url, "--deny", "not-ours"]).exits(1);
    wrong.prints("from a registry that is not ours");
    verify(
        &installation,
        &["--url", &url, "--view", "main", "--deny", "not-ours"],
    )
    .succeeds()
    .prints("3 lines checked, 0 wrong");
    installation.public.never_heard_of(&["petal"]);
}

fn each_kind_of_line_is_told(identity: Identity) {
    let installation = locked(identity);
    installation
        .server
        .yank("local", "petal", "1.0.0")
        .expects(200);
    let yanked = verify(&installation, &[]).succeeds();
    yanked.prints("note: petal 1.0.0: yanked").prints("0 wrong");
    verify(&installation, &["--deny", "yanked"])
        .exits(1)
        .prints("wrong: petal 1.0.0: yanked");

    let lock = installation.bench.path("app").join("Cargo.lock");
    let Ok(text) = std::fs::read_to_string(&lock) else {
        fail("cargo wrote a lock");
    };
    let stem = checksum(&Krate::new("stem", "1.0.0").archive());
    let zero = "0".repeat(64);
    let without = text.replace(&format!("checksum = \"{stem}\"\n"), "");
    assert_ne!(without, text);
    for (changed, kind, words) in [
        (
            text.replace(&stem, &zero),
            "checksum",
            format!("locked is {zero}, the registry has {stem}"),
        ),
        (
            without,
            "checksum-missing",
            "the lock has no checksum".to_owned(),
        ),
        (
            text.replace(
                "name = \"stem\"\nversion = \"1.0.0\"",
                "name = \"stem\"\nversion = \"1.0.7\"",
            ),
            "unknown",
            "the registry does not have it among 1 versions".to_owned(),
        ),
        (
            text.replace("name = \"stem\"", "name = \"thorn\""),
            "unknown",
            "the registry does not have the crate".to_owned(),
        ),
    ] {
        std::fs::write(&lock, changed).expect("the lock is ours");
        verify(&installation, &[])
            .exits(1)
            .prints(&words)
            .prints("1 wrong");
        let told = verify(&installation, &["--json"]).exits(1);
        let told: Value = serde_json::from_str(&told.stdout).expect("--json is JSON");
        assert_eq!(told["wrong"], 1);
        let findings = told["findings"].as_array().into_iter().flatten();
        let mut findings = findings.map(|finding| finding["finding"].as_str().unwrap_or_default());
        assert!(findings.any(|found| found == kind), "{told:#}");
    }
}

fn what_gates_hold_is_told(identity: Identity) {
    let mut installation = locked(identity);
    let lines = "[views.main.gates]\nmin-age = { days = 3 }\n";
    let settings = settings(identity, &installation.public, lines);
    installation
        .server
        .start_again(&installation.bench, Some(&settings));
    verify(&installation, &["--deny", "yanked"])
        .succeeds()
        .prints("note: root 1.0.0: yanked by gate min-age");
    verify(&installation, &["--deny", "gates"])
        .exits(1)
        .prints("wrong: root 1.0.0: yanked by gate min-age");
}

/// The whole of it with a registry that replaces, reached through a view.
fn a_development_registry_is_followed_through_a_view(identity: Identity) {
    let (bench, public) = (Workbench::new(), Upstream::start());
    let settings = format!(
        "[registries.lab]\nresolve-in = \"main\"\nrebuilds = \"replace\"\n{}\
         [views.main]\nmembers = [\"lab\", \"crates-io\"]\nidentity = \"{}\"\n",
        crates_io(&public),
        identity.word()
    );
    let server = Server::start(&bench, &settings);
    public.has(&leaf());
    server.has("lab", &petal("red"));
    Configuration::default()
        .registry("main", &server.index("main"))
        .instead_of_crates_io("main")
        .write(&bench);
    let private = identity.private(Dependency::on("petal", "1"), &server.index("main"));
    let app = Krate::new("app", "0.1.0")
        .needs(private)
        .needs(Dependency::on("leaf", "1"))
        .main("fn main() { let _ = leaf::Leaf; println!(\"{}\", petal::colour()) }");
    let project = Project::create(&bench, &app);
    let crossdock = |arguments: &[&str]| {
        let mut command = bench.command(&program());
        command.current_dir(project.folder()).args(arguments);
        bench.run(command)
    };
    compiled(&project, &[]);
    prints(&project, "red");

    server.has("lab", &petal("blue"));
    let told = crossdock(&["lock", "verify"]).exits(1);
    told.prints("wrong: petal 1.0.0: locked is")
        .prints("1 wrong");
    crossdock(&["lock", "refresh", "--all", "--clean"])
        .succeeds()
        .prints("1 changed, 1 agree");
    assert_eq!(compiled(&project, &["--locked"]), names(&["app", "petal"]));
    prints(&project, "blue");
    crossdock(&["lock", "verify"]).succeeds();

    // From here on the lock stays.
    let lock = project.read("Cargo.lock");
    server.has("lab", &petal("green"));
    let registry = match identity {
        Identity::CratesIo => "crates-io",
        Identity::Split => "main",
    };
    let run = [
        "run",
        "--keep-lock",
        registry,
        "--",
        "cargo",
        "run",
        "--locked",
    ];
    crossdock(&run).succeeds().prints("green");
    assert_eq!(project.read("Cargo.lock"), lock);
    public.never_heard_of(&["petal"]);
}

#[test]
fn a_registry_that_is_down_is_no_finding() {
    let mut lab = Lab::new();
    lab.project().cargo(&["generate-lockfile"]).succeeds();
    lab.lab.goes_down();
    let project = lab.project();
    lab.crossdock(&project, &["lock", "verify"])
        .exits(2)
        .says("no answer from");
}
