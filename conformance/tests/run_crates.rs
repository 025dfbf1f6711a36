//! `crossdock run --crates`: folders of crates in place of a registry, with real cargo, no
//! server, no network, and nothing left behind in the project.

use crossdock_conformance::command::{Outcome, fail};
use crossdock_conformance::compiled::{compiled, names};
use crossdock_conformance::dependency::{Dependency, Form};
use crossdock_conformance::for_both_identities;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::Installation;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::project::Project;
use crossdock_conformance::server::program;
use crossdock_conformance::workbench::Workbench;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Stdio;

for_both_identities!(a_view_goes_on_standing_for_crates_io);

/// How a registry that no configuration knows is written; the address is cargo's affair.
fn internal(name: &str) -> Dependency {
    Dependency::on(name, "1").from("internal", "")
}

fn says(name: &str, version: &str, words: &str) -> Krate {
    let source = format!("pub fn words() -> &'static str {{ {words:?} }}");
    Krate::new(name, version).lib(&source)
}

/// A workspace of `foo`, which needs `bar` beside it, and of `lone`; a project that
/// needs `foo` and `lone`.
struct Desk {
    bench: Workbench,
}

impl Desk {
    fn new() -> Self {
        let desk = Self {
            bench: Workbench::new(),
        };
        desk.bench.write(
            "libs/Cargo.toml",
            "[workspace]\nresolver = \"2\"\nmembers = [\"foo\", \"bar\", \"lone\"]\n",
        );
        let needing = Krate::new("foo", "1.0.0")
            .needs(Dependency::on("bar", "1").beside("../bar"))
            .lib("pub use bar::words;");
        desk.has(&needing);
        desk.has(&says("bar", "1.0.0", "first"));
        desk.has(&Krate::new("lone", "1.0.0"));
        desk
    }

    /// Puts the sources of a member into the workspace.
    fn has(&self, krate: &Krate) {
        for (path, text) in krate.sources() {
            self.bench
                .write(&format!("libs/{}/{path}", krate.name), text);
        }
    }

    fn project(&self) -> Project<'_> {
        let app = Krate::new("app", "0.1.0")
            .needs(internal("foo"))
            .needs(internal("lone"))
            .main("fn main() { println!(\"{}\", foo::words()) }");
        Project::create(&self.bench, &app)
    }

    #[track_caller]
    fn run(&self, options: &[&str], command: &[&str]) -> Outcome {
        let run = [&["run", "--crates", "../libs"], options, &["--"], command].concat();
        Project::open(&self.bench, "app").crossdock(&run)
    }

    #[track_caller]
    fn compiled(&self, options: &[&str], more: &[&str]) -> BTreeSet<String> {
        let build = [&["cargo", "build", "--message-format=json"], more].concat();
        compiled(self.run(options, &build))
    }

    #[track_caller]
    fn prints(&self, words: &str) {
        self.run(&[], &["cargo", "run", "--locked"])
            .succeeds()
            .prints(words);
    }
}

#[test]
fn what_is_no_folder_of_crates_is_refused() {
    let desk = Desk::new();
    let project = desk.project();
    let given = |path: &str| project.crossdock(&["run", "--crates", path, "--", "cargo", "build"]);
    given("Cargo.toml")
        .exits(2)
        .says("--crates takes folders and .crate files, and Cargo.toml is neither");
    // Nobody can write below a file, root neither.
    project.write("target", "");
    given("../libs")
        .exits(2)
        .says("could not write")
        .says("target/crossdock/packing")
        .says("CARGO_TARGET_DIR")
        .never_says("no crate was found");
}

/// Manifests beside the project, which is named by its path alone, are nobody's business.
#[test]
fn the_project_is_the_one_that_the_command_names() {
    let desk = Desk::new();
    desk.project();
    for stranger in ["strange", "stranger"] {
        let text =
            format!("[dependencies]\na = {{ version = \"1\", registry = \"{stranger}\" }}\n");
        desk.bench.write(&format!("{stranger}/Cargo.toml"), text);
    }
    let manifest = desk.bench.path("app/Cargo.toml").display().to_string();
    let equals = format!("--manifest-path={manifest}");
    for named in [&["--manifest-path", "app/Cargo.toml"][..], &[&equals]] {
        let run = ["run", "--crates", "libs", "--", "cargo", "run"];
        let mut command = desk.bench.command(&program());
        command.args(run).args(named);
        desk.bench.run(command).succeeds().prints("first");
    }
}

/// Every file below a folder but those that cargo builds.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            match path.is_dir() {
                true if entry.file_name() == "target" => {}
                true => folders.push(path),
                false => {
                    let bytes = std::fs::read(&path).unwrap_or_default();
                    files.insert(path.to_string_lossy().into_owned(), bytes);
                }
            }
        }
    }
    files
}

#[test]
fn dependencies_are_what_lies_in_the_folder_and_nothing_changes() {
    let desk = Desk::new();
    let project = desk.project();
    project.cargo(&["build"]).fails().says("internal");
    let (before, libs) = (files(project.folder()), files(&desk.bench.path("libs")));
    assert_eq!(
        desk.compiled(&[], &[]),
        names(&["app", "bar", "foo", "lone"])
    );
    desk.prints("first");
    let lock = project.read("Cargo.lock");
    assert!(
        lock.contains("source = \"sparse+https://internal.crossdock.invalid/\""),
        "{lock}"
    );
    let mut after = files(project.folder());
    after.remove(
        &project
            .folder()
            .join("Cargo.lock")
            .to_string_lossy()
            .into_owned(),
    );
    assert_eq!(after, before);
    assert_eq!(files(&desk.bench.path("libs")), libs);
    assert_eq!(desk.compiled(&[], &["--locked", "--offline"]), names(&[]));

    // The same lock elsewhere, on another machine.
    desk.bench.forget_cargo_home();
    std::fs::remove_dir_all(desk.bench.path("home/.cache")).expect("what was handed out is kept");
    std::fs::remove_dir_all(project.folder().join("target")).expect("cargo built");
    assert_eq!(
        desk.compiled(&[], &["--locked"]),
        names(&["app", "bar", "foo", "lone"])
    );
    assert_eq!(project.read("Cargo.lock"), lock);
}

#[test]
fn changed_content_wants_update_lock_and_builds_no_more_than_that() {
    let desk = Desk::new();
    let project = desk.project();
    desk.compiled(&[], &[]);
    let lock = project.read("Cargo.lock");
    desk.has(&says("bar", "1.0.0", "second"));
    desk.run(&[], &["cargo", "build"])
        .exits(2)
        .says("bar 1.0.0: the content changed")
        .says("--update-lock");
    assert_eq!(project.read("Cargo.lock"), lock);
    let built = desk.compiled(&["--update-lock"], &["--locked"]);
    assert_eq!(built, names(&["app", "bar", "foo"]));
    desk.prints("second");
    let new = project.read("Cargo.lock");
    let differ = lock
        .lines()
        .zip(new.lines())
        .filter(|(old, new)| old != new);
    assert_eq!(differ.count(), 1, "one checksum:\n{new}");
}

#[test]
fn a_version_that_is_gone_is_kept_from_before() {
    let desk = Desk::new();
    let project = desk.project();
    desk.compiled(&[], &[]);
    let lock = project.read("Cargo.lock");
    desk.has(&says("bar", "1.0.1", "newer"));
    std::fs::remove_dir_all(project.folder().join("target")).expect("cargo built");
    desk.run(&[], &["cargo", "run", "--locked"])
        .succeeds()
        .prints("first")
        .says("bar 1.0.0 is as the lock has it, kept from before; the folders have 1.0.1");
    assert_eq!(project.read("Cargo.lock"), lock);
    std::fs::remove_dir_all(desk.bench.path("home/.cache")).expect("what was handed out is kept");
    desk.run(&[], &["cargo", "build"])
        .exits(2)
        .says("bar 1.0.0: the folders do not have it, and it is not kept from before")
        .says("--update-lock");
    assert_eq!(project.read("Cargo.lock"), lock);
    desk.run(&["--update-lock"], &["cargo", "build"]).succeeds();
    desk.prints("newer");
    assert_eq!(project.lock().versions("bar"), ["1.0.1"]);
}

#[test]
fn old_code_is_not_built_in_place_of_a_broken_crate() {
    let desk = Desk::new();
    // No workspace: each package is read by itself.
    std::fs::remove_file(desk.bench.path("libs/Cargo.toml")).expect("it is ours");
    let project = desk.project();
    desk.compiled(&[], &[]);
    let lock = project.read("Cargo.lock");
    let whole = std::fs::read_to_string(desk.bench.path("libs/lone/Cargo.toml"));
    let whole = whole.expect("it is ours");
    for broken in [
        whole.replace("[package]", "[package"),
        whole.replace("version = ", "version = 1 #"),
        "[".to_owned(),
    ] {
        desk.bench.write("libs/lone/Cargo.toml", &broken);
        for options in [&[][..], &["--update-lock"]] {
            desk.run(options, &["cargo", "build"])
                .exits(2)
                .says("lone 1.0.0:")
                .says("lone/Cargo.toml")
                .says("old content is not built in its place");
        }
        assert_eq!(project.read("Cargo.lock"), lock);
    }
    // What is broken and is something else is left out as ever.
    desk.bench.write("libs/lone/Cargo.toml", &whole);
    let other = whole.replace("\"lone\"", "\"other\"");
    let other = other.replace("version = ", "version = 1 #");
    desk.bench.write("libs/other/Cargo.toml", &other);
    desk.run(&[], &["cargo", "build", "--locked"])
        .succeeds()
        .says("warning: left out:");
    // What does not say what it is may be what is missing.
    std::fs::remove_dir_all(desk.bench.path("libs/lone")).expect("it is ours");
    desk.bench.write("libs/latest.crate", "no archive");
    desk.run(&[], &["cargo", "build"])
        .exits(2)
        .says("lone 1.0.0:")
        .says("latest.crate");
    std::fs::remove_file(desk.bench.path("libs/latest.crate")).expect("it is ours");
    desk.run(&[], &["cargo", "build", "--locked"])
        .succeeds()
        .says(
            "lone 1.0.0 is as the lock has it, kept from before; the folders no longer have lone",
        );
}

#[test]
fn archives_serve_as_well_as_sources_and_broken_ones_are_told() {
    let desk = Desk::new();
    desk.project();
    std::fs::remove_dir_all(desk.bench.path("libs")).expect("it is ours");
    let needing = Krate::new("foo", "1.0.0")
        .needs(Dependency::on("bar", "1").from("", "sparse+https://internal.crossdock.invalid/"))
        .lib("pub use bar::words;");
    assert!(needing.manifest(Form::Packed).contains("registry-index"));
    for krate in [
        needing,
        says("bar", "1.0.0", "packed"),
        Krate::new("lone", "1.0.0"),
    ] {
        let file = format!("libs/deep/{}-{}.crate", krate.name, krate.version);
        desk.bench.write(&file, krate.archive());
    }
    desk.bench.write("libs/broken-1.0.0.crate", "no archive");
    desk.run(&[], &["cargo", "run"])
        .succeeds()
        .prints("packed")
        .says("warning: left out:")
        .says("broken-1.0.0.crate");
    let other = says("bar", "1.0.0", "other").archive();
    desk.bench.write("libs/bar-1.0.0.crate", other);
    desk.run(&[], &["cargo", "run"])
        .exits(2)
        .says("bar 1.0.0 is there twice with different content");
}

#[test]
fn the_command_is_itself_and_every_cargo_in_it_knows() {
    let desk = Desk::new();
    let project = desk.project();
    for (command, code) in [
        (&["sh", "-c", "exit 7"][..], 7),
        (&["cargo", "no-such-command"], 101),
        (&["no-such-program"], 2),
        (&["sh", "-c", "cargo build && \"$CARGO\" build --locked"], 0),
        (&["cargo", "again"], 0),
    ] {
        desk.bench.write(
            "app/again/cargo-again",
            "#!/bin/sh\n\"$CARGO\" build --locked && cargo check --locked\n",
        );
        use std::os::unix::fs::PermissionsExt;
        let again = project.folder().join("again/cargo-again");
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(again, mode).expect("it is ours");
        let mut run = desk.bench.command(&program());
        let path = run.get_envs().find(|(name, _)| *name == "PATH");
        let path = path.and_then(|(_, path)| path).unwrap_or_default();
        let mut path_with = project.folder().join("again").into_os_string();
        path_with.push(":");
        path_with.push(path);
        run.current_dir(project.folder()).env("PATH", path_with);
        run.args(["run", "--crates", "../libs", "--"]).args(command);
        desk.bench.run(run).exits(code);
    }
    // It takes the place of our process: whatever a terminal sends reaches it, and
    // nobody is left to wait.
    let mut run = desk.bench.command(&program());
    run.current_dir(project.folder()).stdout(Stdio::piped());
    run.args(["run", "--crates", "../libs", "--", "sh", "-c", "echo $$"]);
    let child = run.spawn().unwrap_or_else(|error| fail(&error.to_string()));
    let id = child.id().to_string();
    let output = child.wait_with_output();
    let output = output.unwrap_or_else(|error| fail(&error.to_string()));
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), id);
}

#[test]
fn what_is_meant_is_asked_for() {
    let desk = Desk::new();
    let app = Krate::new("app", "0.1.0")
        .needs(internal("foo"))
        .needs(Dependency::on("lone", "1").from("other", ""))
        .lib("");
    let project = Project::create(&desk.bench, &app);
    desk.run(&[], &["cargo", "build"])
        .exits(2)
        .says("several registries: internal, other")
        .says("--registry");
    desk.run(&["--registry", "another"], &["cargo", "build"])
        .exits(2)
        .says("do not name registry `another`; they name internal, other");
    project.write(
        ".cargo/config.toml",
        "[registries.other]\nindex = \"sparse+http://127.0.0.1:1/\"\n",
    );
    desk.run(&["--registry", "internal"], &["cargo", "build"])
        .exits(101)
        .says("lone");
    desk.bench.write("empty/nothing", "");
    let mut run = desk.bench.command(&program());
    run.current_dir(project.folder());
    run.args([
        "run",
        "--crates",
        "../empty",
        "--registry",
        "internal",
        "--",
        "cargo",
        "build",
    ]);
    desk.bench
        .run(run)
        .exits(2)
        .says("no crate was found in ../empty");
}

fn a_view_goes_on_standing_for_crates_io(identity: Identity) {
    let installation = Installation::new(identity);
    let stem = Krate::new("stem", "1.0.0").lib("pub struct Stem;");
    installation.public.has(&stem);
    installation
        .server
        .has("local", &Krate::new("petal", "1.0.0"));
    // A registry of this name is known, and is not asked.
    let more = "[registries.internal]\nindex = \"sparse+http://127.0.0.1:1/internal/\"\n";
    installation
        .configuration()
        .lines(more)
        .write(&installation.bench);
    let needing = Krate::new("foo", "1.0.0")
        .needs(Dependency::on("stem", "1"))
        .lib("pub fn stem() -> stem::Stem { stem::Stem }");
    for (path, text) in needing.sources() {
        installation.bench.write(&format!("libs/foo/{path}"), text);
    }
    let app = Krate::new("app", "0.1.0")
        .needs(internal("foo"))
        .needs(Dependency::on("stem", "1"))
        .needs(installation.private("petal", "1"))
        .lib("pub fn one() -> stem::Stem { foo::stem() }");
    let project = installation.project(&app);
    let run = |more: &[&str]| {
        let run = ["run", "--crates", "../libs", "--registry", "internal", "--"];
        project.crossdock(&[&run[..], &["cargo", "build"], more].concat())
    };
    run(&[]).succeeds();
    let lock = project.lock();
    assert_eq!(lock.versions("stem"), ["1.0.0"]);
    assert_eq!(lock.one("foo"), "sparse+http://127.0.0.1:1/internal/");
    run(&["--locked", "--offline"]).succeeds();
    installation.public.never_heard_of(&["foo"]);
}
