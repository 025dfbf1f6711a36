//! `lock verify`: every line against its registry, through views of both identities.

use super::{Lab, built, leaf, prints};
use crossdock_conformance::command::{Outcome, fail};
use crossdock_conformance::compiled::{names, petal};
use crossdock_conformance::configuration::Configuration;
use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::{Installation, crates_io, settings};
use crossdock_conformance::krate::Krate;
use crossdock_conformance::project::Project;
use crossdock_conformance::server::Server;
use crossdock_conformance::tarball::checksum;
use crossdock_conformance::upstream::Upstream;
use crossdock_conformance::workbench::Workbench;
use serde_json::Value;

crossdock_conformance::for_both_identities!(
    what_agrees_is_fine,
    each_kind_of_line_is_told,
    what_gates_hold_is_told,
    a_development_registry_is_followed_through_a_view,
);

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
    let project = Project::open(&installation.bench, "app");
    project.crossdock(&[&["lock", "verify"], more].concat())
}

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
    built(&project, &[]);
    prints(&project, "red");

    server.has("lab", &petal("blue"));
    let told = project.crossdock(&["lock", "verify"]).exits(1);
    told.prints("wrong: petal 1.0.0: locked is")
        .prints("1 wrong");
    project
        .crossdock(&["lock", "refresh", "--all", "--clean"])
        .succeeds()
        .prints("1 changed, 1 agree");
    assert_eq!(built(&project, &["--locked"]), names(&["app", "petal"]));
    prints(&project, "blue");
    project.crossdock(&["lock", "verify"]).succeeds();

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
    project.crossdock(&run).succeeds().prints("green");
    assert_eq!(project.read("Cargo.lock"), lock);
    public.never_heard_of(&["petal"]);
}

#[test]
fn a_registry_that_is_down_is_no_finding() {
    let mut lab = Lab::new();
    lab.project().cargo(&["generate-lockfile"]).succeeds();
    lab.lab.goes_down();
    let project = lab.project();
    project
        .crossdock(&["lock", "verify"])
        .exits(2)
        .says("no answer from");
}
