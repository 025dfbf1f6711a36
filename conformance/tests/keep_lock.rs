//! `crossdock run --keep-lock`: a lock that stays as it is, byte for byte, while the
//! archives of one registry change, with `--locked`.

use crossdock_conformance::command::Outcome;
use crossdock_conformance::compiled::{compiled, names, petal};
use crossdock_conformance::configuration::Configuration;
use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::installation::crates_io;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::project::Project;
use crossdock_conformance::server::Server;
use crossdock_conformance::tarball::checksum;
use crossdock_conformance::upstream::Upstream;
use crossdock_conformance::workbench::Workbench;
use std::collections::BTreeSet;

/// Depends on petal of its own registry, which its manifest does not say.
fn bloom() -> Krate {
    Krate::new("bloom", "1.0.0")
        .needs(Dependency::on("petal", "1"))
        .lib("pub use petal::colour;")
}

/// A registry whose archives change, and one whose do not.
struct Garden {
    bench: Workbench,
    lab: Upstream,
    steady: Upstream,
}

impl Garden {
    fn new() -> Self {
        let (bench, lab, steady) = (Workbench::new(), Upstream::start(), Upstream::start());
        lab.has_all(&[petal("red"), bloom(), Krate::new("leaf", "1.0.0")]);
        steady.has(&Krate::new("stem", "1.0.0"));
        Configuration::default()
            .registry("lab", &lab.index())
            .registry("steady", &steady.index())
            .write(&bench);
        Self { bench, lab, steady }
    }

    fn project(&self) -> Project<'_> {
        let from_lab = |name: &str| Dependency::on(name, "1").from("lab", &self.lab.index());
        let app = Krate::new("app", "0.1.0")
            .needs(from_lab("bloom"))
            .needs(from_lab("leaf"))
            .needs(Dependency::on("stem", "1").from("steady", &self.steady.index()))
            .main("fn main() { println!(\"{}\", bloom::colour()) }");
        Project::create(&self.bench, &app)
    }

    #[track_caller]
    fn run(&self, project: &Project<'_>, keep: &str, command: &[&str]) -> Outcome {
        project.crossdock(&[&["run", "--keep-lock", keep, "--"], command].concat())
    }

    /// Builds with the lock as it is, and returns what was compiled.
    #[track_caller]
    fn compiled(&self, project: &Project<'_>, keep: &str) -> BTreeSet<String> {
        let build = ["cargo", "build", "--locked", "--message-format=json"];
        compiled(self.run(project, keep, &build))
    }
}

#[test]
fn the_lock_stays_byte_for_byte_and_one_crate_is_built_with_what_needs_it() {
    let garden = Garden::new();
    let project = garden.project();
    project.cargo(&["generate-lockfile"]).succeeds();
    // By hand, so that a lock that is written again would show.
    let lock = format!(
        "# ours\r\n{}",
        project.read("Cargo.lock").replace('\n', "\r\n")
    );
    project.write("Cargo.lock", &lock);
    let all = names(&["app", "bloom", "leaf", "petal", "stem"]);
    assert_eq!(garden.compiled(&project, "lab"), all);
    assert_eq!(garden.compiled(&project, "lab"), names(&[]));
    for colour in ["blue", "green"] {
        garden.lab.has(&petal(colour));
        let built = garden.compiled(&project, "lab");
        assert_eq!(built, names(&["app", "bloom", "petal"]));
        let run = garden
            .run(&project, "lab", &["cargo", "run", "--locked"])
            .succeeds();
        run.prints(colour)
            .says("does not verify checksums of registry `lab`")
            .says("warning: petal 1.0.0: the lock has")
            .says(&checksum(&petal(colour).archive()))
            .never_says("leaf 1.0.0:");
        assert_eq!(project.read("Cargo.lock"), lock);
    }
    let config = garden.bench.path(".cargo/config.toml");
    let text = std::fs::read_to_string(config).unwrap_or_default();
    assert!(!text.contains("crossdock-"), "{text}");
}

#[test]
fn another_dependency_is_told_before_cargo_stumbles() {
    let garden = Garden::new();
    let project = garden.project();
    project.cargo(&["generate-lockfile"]).succeeds();
    let needing = petal("blue").needs(Dependency::on("leaf", "1"));
    garden.lab.has(&needing);
    garden
        .run(&project, "lab", &["cargo", "build", "--locked"])
        .exits(101)
        .says("petal 1.0.0 has other dependencies than the lock has for it (it needs leaf ^1)")
        .says("crossdock lock refresh petal@1.0.0")
        .says("cargo update -p petal@1.0.0");
}

#[test]
fn other_registries_are_verified_as_ever() {
    let garden = Garden::new();
    let project = garden.project();
    project.cargo(&["generate-lockfile"]).succeeds();
    let lock = project.read("Cargo.lock");
    let changed = Krate::new("stem", "1.0.0").lib("pub struct Other;");
    garden.steady.has(&changed);
    garden.bench.forget_cargo_home();
    garden
        .run(&project, "lab", &["cargo", "build", "--locked"])
        .exits(101)
        .says("checksum for `stem v1.0.0 (registry `steady`)` changed");
    // A registry that lies about its own bytes is not believed either.
    let mut row = petal("blue").row();
    row["cksum"] = checksum(&petal("green").archive()).into();
    garden
        .lab
        .has_row("petal", "1.0.0", row, petal("blue").archive());
    garden
        .run(&project, "lab", &["cargo", "build", "--locked"])
        .exits(2)
        .says("gives an archive with checksum");
    assert_eq!(project.read("Cargo.lock"), lock);
}

#[test]
fn what_takes_the_place_of_crates_io_can_be_kept_too() {
    let garden = Garden::new();
    Configuration::default()
        .registry("lab", &garden.lab.index())
        .instead_of_crates_io("lab")
        .write(&garden.bench);
    let app = Krate::new("app", "0.1.0")
        .needs(Dependency::on("bloom", "1"))
        .main("fn main() { println!(\"{}\", bloom::colour()) }");
    let project = Project::create(&garden.bench, &app);
    project.cargo(&["generate-lockfile"]).succeeds();
    let lock = project.read("Cargo.lock");
    garden.lab.has(&petal("blue"));
    garden
        .run(&project, "crates-io", &["cargo", "run", "--locked"])
        .succeeds()
        .prints("blue");
    assert_eq!(project.read("Cargo.lock"), lock);
}

/// A server whose view has one identity for two registries that are rebuilt and for
/// crates.io; a project that plain `setup` configured and that names none of them.
struct Viewed {
    server: Server,
    public: Upstream,
    bench: Workbench,
}

impl Viewed {
    fn new() -> Self {
        let (bench, public) = (Workbench::new(), Upstream::start());
        let settings = format!(
            "[registries.dev]\nresolve-in = \"main\"\nrebuilds = \"replace\"\n\
             [registries.lab]\nresolve-in = \"main\"\nrebuilds = \"replace\"\n{}[views.main]\n\
             members = [\"dev\", \"lab\", \"crates-io\"]\nidentity = \"crates-io\"\npublish-to = \"dev\"\n",
            crates_io(&public)
        );
        let server = Server::start(&bench, &settings);
        public.has(&Krate::new("stem", "1.0.0").lib("pub struct Stem;"));
        server.has("dev", &petal("red"));
        server.has("lab", &leaf("small"));
        Self {
            server,
            public,
            bench,
        }
    }

    fn project(&self) -> Project<'_> {
        let app = Krate::new("app", "0.1.0")
            .needs(Dependency::on("petal", "1"))
            .needs(Dependency::on("leaf", "1"))
            .needs(Dependency::on("stem", "1"))
            .main("fn main() { let _ = stem::Stem; println!(\"{} {}\", petal::colour(), leaf::size()) }");
        let project = Project::create(&self.bench, &app);
        let folder = project.folder().display().to_string();
        let setup = ["setup", "--view", "main", "--project", &folder];
        self.server.command(&self.bench, &setup).succeeds();
        project.cargo(&["generate-lockfile"]).succeeds();
        project
    }

    #[track_caller]
    fn run(&self, project: &Project<'_>, keep: &[&str]) -> Outcome {
        let url = self.server.url().to_owned();
        let mut all = vec!["run", "--url", &url];
        keep.iter()
            .for_each(|keep| all.extend(["--keep-lock", keep]));
        all.extend(["--", "cargo", "run", "--locked"]);
        project.crossdock(&all)
    }
}

fn leaf(size: &str) -> Krate {
    let source = format!("pub fn size() -> &'static str {{ {size:?} }}");
    Krate::new("leaf", "1.0.0").lib(&source)
}

#[test]
fn of_a_view_the_named_registry_alone_loses_verification() {
    let viewed = Viewed::new();
    let project = viewed.project();
    let lock = project.read("Cargo.lock");
    assert!(!lock.contains("sparse+"), "one identity: {lock}");
    viewed.server.has("dev", &petal("blue"));
    viewed
        .run(&project, &["dev"])
        .succeeds()
        .prints("blue small")
        .says("does not verify checksums of registry `dev`")
        .says("2 packages that share an address with them in the lock were held against")
        .says("warning: petal 1.0.0: the lock has");
    // Of another registry of the view, and of crates.io, nothing else is taken.
    viewed.server.has("lab", &leaf("large"));
    viewed
        .run(&project, &["dev"])
        .exits(2)
        .says("leaf 1.0.0: the lock has")
        .says("name the registry that has other bytes");
    viewed
        .run(&project, &["dev", "lab"])
        .succeeds()
        .prints("blue large")
        .says("does not verify checksums of registries `dev`, `lab`");
    let stem = checksum(
        &Krate::new("stem", "1.0.0")
            .lib("pub struct Stem;")
            .archive(),
    );
    assert!(lock.contains(&stem), "{lock}");
    let zeros = lock.replace(&stem, &"0".repeat(64));
    project.write("Cargo.lock", &zeros);
    viewed
        .run(&project, &["dev", "lab"])
        .exits(2)
        .says("stem 1.0.0: the lock has 0000");
    project.write("Cargo.lock", &lock);
    // What cannot be meant is said, and nothing is built.
    viewed
        .run(&project, &["main"])
        .exits(2)
        .says("the lock has nothing from registry `main`")
        .says("`main` is what is read for crates.io")
        .never_says("does not verify");
    let only_stem = Krate::new("app", "0.1.0").needs(Dependency::on("stem", "1"));
    for (path, text) in only_stem.main("fn main() {}").sources() {
        project.write(path, &text);
    }
    project.cargo(&["generate-lockfile"]).succeeds();
    viewed
        .run(&project, &["dev"])
        .exits(2)
        .says("the lock has nothing from registry `dev`")
        .never_says("does not verify");
    viewed.public.never_heard_of(&["petal", "leaf"]);
}

#[test]
fn what_cannot_be_kept_is_told() {
    let garden = Garden::new();
    let project = garden.project();
    let build = ["cargo", "build", "--locked"];
    garden
        .run(&project, "lab", &build)
        .exits(2)
        .says("the project has no Cargo.lock to keep");
    project.cargo(&["generate-lockfile"]).succeeds();
    garden
        .run(&project, "labb", &build)
        .exits(2)
        .says("knows no registry `labb`");
    garden.lab.withdraw("petal", "1.0.0");
    garden
        .run(&project, "lab", &build)
        .exits(2)
        .says("does not have petal 1.0.0");
}
