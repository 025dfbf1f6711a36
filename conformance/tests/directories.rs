//! Folders that are registries: real cargo builds what lies in them, as it lies there.
//!
//! Alone and as a member of a view, with sources that change, files that are broken,
//! and a tap outside that must not hear of what is in them.

#![expect(
    clippy::unwrap_used,
    reason = "a folder that cannot be changed, or an answer without its fields, fails the test"
)]

use crossdock_conformance::configuration::Configuration;
use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::for_both_identities;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::crates_io;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::project::Project;
use crossdock_conformance::server::Server;
use crossdock_conformance::tarball::checksum;
use crossdock_conformance::upload;
use crossdock_conformance::upstream::Upstream;
use crossdock_conformance::workbench::Workbench;
use serde_json::Value;
use std::fs;
use std::time::{Duration, Instant};

for_both_identities!(
    a_folder_is_a_member_beside_others,
    what_lies_in_a_folder_is_never_asked_for_outside,
    a_folder_that_is_gone_is_not_empty,
);

/// A server with the folder `built` as registry `lab`, and a user of it.
struct Lab {
    server: Server,
    public: Upstream,
    bench: Workbench,
    identity: Identity,
}

impl Lab {
    fn new(identity: Identity) -> Self {
        Self::with(identity, &[])
    }

    /// Sets it up with files that lie in the folder before anybody looks.
    fn with(identity: Identity, files: &[(&str, Vec<u8>)]) -> Self {
        let (bench, public) = (Workbench::new(), Upstream::start());
        fs::create_dir_all(bench.path("built")).unwrap();
        for (path, bytes) in files {
            bench.write(&format!("built/{path}"), bytes);
        }
        let settings = format!(
            "[registries.lab]\ndirectory = \"../built\"\n[registries.local]\nresolve-in = \"main\"\n{}\
             [views.main]\nmembers = [\"lab\", \"local\", \"crates-io\"]\nidentity = \"{}\"\n",
            crates_io(&public),
            identity.word()
        );
        let server = Server::start(&bench, &settings);
        let mut configuration = Configuration::default();
        for name in ["main", "lab", "local"] {
            configuration = configuration.registry(name, &server.index(name));
        }
        configuration.instead_of_crates_io("main").write(&bench);
        Self {
            server,
            public,
            bench,
            identity,
        }
    }

    /// Writes the sources of a crate into the folder.
    fn sources(&self, krate: &Krate) -> Project<'_> {
        Project::create_at(&self.bench, &format!("built/{}", krate.name), krate)
    }

    fn file(&self, path: &str, bytes: impl AsRef<[u8]>) {
        self.bench.write(&format!("built/{path}"), bytes);
    }

    fn private(&self, name: &str) -> Dependency {
        let main = self.server.index("main");
        self.identity.private(Dependency::on(name, "1"), &main)
    }

    /// What a registry's rows say of a name.
    fn rows(&self, surface: &str, name: &str) -> Vec<Value> {
        let answer = self.server.entry(surface, name).expects(200).text();
        let rows = answer
            .lines()
            .map(|line| serde_json::from_str(line).unwrap());
        rows.collect()
    }

    fn checksum(&self, surface: &str, name: &str) -> String {
        let rows = self.rows(surface, name);
        rows[rows.len() - 1]["cksum"].as_str().unwrap().to_owned()
    }

    fn alarms(&self) -> Vec<(String, String)> {
        let answer = self.server.send("GET", "/api/v1/alarms", b"").expects(200);
        let answer: Value = serde_json::from_str(&answer.text()).unwrap();
        let alarms = answer["alarms"].as_array().unwrap().iter();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        alarms
            .filter(|alarm| alarm["kind"] == "unusable-file")
            .map(|alarm| (text(&alarm["name"]), text(&alarm["text"])))
            .collect()
    }
}

fn prints(krate: Krate, dependency: Dependency, source: &str) -> Krate {
    krate.needs(dependency).main(source)
}

/// A workspace whose members depend on each other by path, used by its own address.
#[test]
fn a_folder_alone_is_a_registry() {
    let lab = Lab::new(Identity::Split);
    let root = "[workspace]\nmembers = [\"petal\", \"stem\"]\nresolver = \"2\"\n\
        [workspace.package]\nversion = \"1.2.0\"\n";
    lab.file("garden/Cargo.toml", root);
    let petal = "[package]\nname = \"petal\"\nversion.workspace = true\nedition = \"2021\"\n\
        [dependencies]\nstem = { path = \"../stem\", version = \"1\" }\n";
    lab.file("garden/petal/Cargo.toml", petal);
    lab.file(
        "garden/petal/src/lib.rs",
        "pub fn petal() -> u32 { stem::stem() }\n",
    );
    let stem = "[package]\nname = \"stem\"\nversion.workspace = true\nedition = \"2021\"\npublish = false\n";
    lab.file("garden/stem/Cargo.toml", stem);
    lab.file("garden/stem/src/lib.rs", "pub fn stem() -> u32 { 42 }\n");
    let app = prints(
        Krate::new("app", "0.1.0"),
        Dependency::on("petal", "1").from("lab", &lab.server.index("lab")),
        "fn main() { println!(\"{}\", petal::petal()) }\n",
    );
    let app = Project::create(&lab.bench, &app);
    app.cargo(&["run"]).succeeds().prints("42");
    assert_eq!(app.lock().versions("stem"), ["1.2.0"]);
    // The other questions that a registry answers.
    let found = lab
        .server
        .get("/lab/api/v1/crates?q=pet")
        .expects(200)
        .text();
    assert!(found.contains("\"petal\""), "{found}");
    let known = lab
        .server
        .get("/lab/api/v1/crates/petal")
        .expects(200)
        .text();
    assert!(known.contains("1.2.0"), "{known}");
    lab.server.entry("lab", "nobody").expects(404);
    // Nothing is published to a folder, and it has nothing to yank.
    let refused = lab
        .server
        .upload("lab", &upload::body(&Krate::new("bud", "1.0.0")));
    assert!((400..500).contains(&refused.status), "{}", refused.status);
    assert!(
        refused.text().contains("is a folder: put the"),
        "{}",
        refused.text()
    );
    let refused = lab.server.yank("lab", "stem", "1.2.0");
    assert!((400..500).contains(&refused.status), "{}", refused.status);
    let refused = lab
        .server
        .upload("main", &upload::body(&Krate::new("petal", "9.0.0")));
    assert!(
        refused.text().contains("is a folder: put the"),
        "{}",
        refused.text()
    );
}

fn a_folder_is_a_member_beside_others(identity: Identity) {
    let lab = Lab::new(identity);
    lab.public
        .has(&Krate::new("soil", "1.0.0").lib("pub struct Soil;"));
    let leaf = Krate::new("leaf", "1.0.0").needs(Dependency::on("soil", "1"));
    lab.server.has(
        "local",
        &leaf.lib("pub fn leaf() -> soil::Soil { soil::Soil }"),
    );
    // Sources that name the crates of others: one by the view, the other plainly.
    let petal = Krate::new("petal", "1.0.0")
        .needs(lab.private("leaf"))
        .needs(Dependency::on("soil", "1"))
        .lib("pub fn petal() -> soil::Soil { leaf::leaf() }");
    lab.sources(&petal);
    // A packed one beside.
    let bud = Krate::new("bud", "1.0.0").needs(lab.private("petal"));
    lab.file(
        "packed/any-name.crate",
        bud.lib("pub use petal::petal;").archive(),
    );
    let app = Krate::new("app", "0.1.0")
        .needs(lab.private("bud"))
        .needs(Dependency::on("soil", "1"))
        .main("fn main() { let _: soil::Soil = bud::petal(); println!(\"one soil\") }\n");
    let app = Project::create(&lab.bench, &app);
    app.cargo(&["run"]).succeeds().prints("one soil");
    app.lock().one_of_each();
    // The same lock on another machine, and after a restart.
    lab.bench.forget_cargo_home();
    app.cargo(&["build", "--locked"]).succeeds();
    assert_eq!(lab.alarms(), []);
}

/// A source file is changed, and the next build has it.
#[test]
fn a_changed_source_file_is_in_the_next_build() {
    let mut lab = Lab::new(Identity::CratesIo);
    let say = |word: &str| format!("pub fn word() -> &'static str {{ {word:?} }}\n");
    let folder = lab.bench.path("built/petal");
    lab.sources(&Krate::new("petal", "1.0.0").lib(&say("first")));
    let app = prints(
        Krate::new("app", "0.1.0"),
        Dependency::on("petal", "1"),
        "fn main() { println!(\"{}\", petal::word()) }\n",
    );
    let app = Project::create(&lab.bench, &app);
    app.cargo(&["run"]).succeeds().prints("first");
    let first = lab.checksum("main", "petal");
    // Nothing changed but a time: the same bytes.
    let file = fs::File::options()
        .append(true)
        .open(folder.join("src/lib.rs"))
        .unwrap();
    file.set_modified(std::time::SystemTime::UNIX_EPOCH)
        .unwrap();
    assert_eq!(lab.checksum("main", "petal"), first);
    let epoch = lab
        .server
        .command(&lab.bench, &["snapshot", "before", "--view", "main"]);
    epoch.succeeds();
    // Each change is in the very next answer, though all are of one size.
    for word in ["other", "third"] {
        fs::write(folder.join("src/lib.rs"), say(word)).unwrap();
        assert_ne!(lab.checksum("main", "petal"), first);
        // Other bytes under one version: a lock has to be told, as with `rebuilds`.
        app.cargo(&["update"]).fails().says("checksum");
        app.remove("Cargo.lock");
        lab.bench.forget_cargo_home();
        fs::remove_dir_all(app.folder().join("target")).unwrap();
        app.cargo(&["run"]).succeeds().prints(word);
    }
    let third = lab.checksum("lab", "petal");
    // What was built before is given to those whose lock names it, on every way.
    for surface in ["lab", "main", "main/from/lab"] {
        for sum in [&first, &third] {
            let path = format!("/{surface}/dl/petal/1.0.0/{sum}");
            let bytes = lab.server.get(&path).expects(200).body;
            assert_eq!(checksum(&bytes), *sum);
        }
        let never = checksum(b"never");
        let path = format!("/{surface}/dl/petal/1.0.0/{never}");
        lab.server.get(&path).expects(404);
    }
    // Epochs stay as they were.
    assert_eq!(lab.checksum("main/at/before", "petal"), first);
    // A restart changes nothing, and old builds are still there.
    lab.server.start_again(&lab.bench, None);
    assert_eq!(lab.checksum("main", "petal"), third);
    let path = format!("/main/dl/petal/1.0.0/{first}");
    lab.server.get(&path).expects(200);
    // A new crate is there at once; one that is taken out is yanked, for old locks.
    lab.sources(&Krate::new("bud", "1.0.0"));
    lab.server.entry("main", "bud").expects(200);
    app.cargo(&["fetch", "--locked"]).succeeds();
    fs::remove_dir_all(&folder).unwrap();
    assert_eq!(lab.rows("main", "petal")[0]["yanked"], true);
    lab.bench.forget_cargo_home();
    app.cargo(&["fetch", "--locked"]).succeeds();
}

/// A project that names a folder by its own address: `setup` says where it is, and a pin
/// leads it to the folder as it was.
#[test]
fn a_folder_that_is_named_is_set_up_and_pinned() {
    let lab = Lab::new(Identity::CratesIo);
    let say = |word: &str| format!("pub fn word() -> &'static str {{ {word:?} }}\n");
    let petal = lab.sources(&Krate::new("petal", "1.0.0").lib(&say("first")));
    let source = petal.folder().join("src/lib.rs");
    let app = prints(
        Krate::new("app", "0.1.0"),
        Dependency::on("petal", "1").from("lab", ""),
        "fn main() { println!(\"{}\", petal::word()) }\n",
    );
    let app = Project::create(&lab.bench, &app);
    lab.bench.write(".cargo/config.toml", b"");
    let folder = app.folder().display().to_string();
    let set_up = |more: &[&str]| {
        let mut arguments = vec!["setup", "--view", "main", "--project", &folder];
        arguments.extend(more);
        lab.server.command(&lab.bench, &arguments).succeeds();
    };
    let anew = || {
        lab.bench.forget_cargo_home();
        let _ = fs::remove_dir_all(app.folder().join("target"));
    };
    set_up(&[]);
    app.cargo(&["run"]).succeeds().prints("first");
    let locked = app.read("Cargo.lock");
    let monday = ["snapshot", "monday", "--view", "main"];
    lab.server.command(&lab.bench, &monday).succeeds();
    let first = lab.checksum("lab", "petal");
    fs::write(source, say("second")).unwrap();
    assert_ne!(lab.checksum("lab", "petal"), first);
    set_up(&["--at", "monday"]);
    anew();
    app.cargo(&["run", "--locked"]).succeeds().prints("first");
    app.remove("Cargo.lock");
    app.cargo(&["run"]).succeeds().prints("first");
    assert_eq!(app.read("Cargo.lock"), locked);
    set_up(&[]);
    anew();
    app.remove("Cargo.lock");
    app.cargo(&["run"]).succeeds().prints("second");
    // What is not there to be asked is no mirror.
    let synced = lab.server.command(&lab.bench, &["sync"]).succeeds();
    assert!(!synced.stdout.contains("lab"), "{}", synced.stdout);
}

/// Each broken thing is told once, with its place; the good ones are there.
#[test]
fn broken_files_are_told_and_hide_nothing() {
    let archive =
        |name: &str, version: &str, text: &str| Krate::new(name, version).lib(text).archive();
    // Before the first look: what was shown once stays, if only yanked.
    let files = [
        ("torn.crate", b"torn".to_vec()),
        (
            "broken/Cargo.toml",
            b"[package]\nname = \"broken\"\n".to_vec(),
        ),
        ("one.crate", archive("bud", "1.0.0", "//! One.")),
        ("two.crate", archive("bud", "1.0.0", "//! Two.")),
        ("twin-1.crate", archive("leaf", "1.0.0", "")),
        ("twin-2.crate", archive("leaf", "1.0.0", "")),
        ("spelled-1.crate", archive("two-words", "1.0.0", "")),
        ("spelled-2.crate", archive("two_words", "2.0.0", "")),
    ];
    let lab = Lab::with(Identity::CratesIo, &files);
    lab.sources(&Krate::new("petal", "1.0.0"));
    for path in ["one.crate", "two.crate"] {
        // More than one look, and each thing is told once.
        lab.server.entry("main", "petal").expects(200);
        lab.server.entry("main", "leaf").expects(200);
        lab.server.entry("lab", "bud").expects(404);
        lab.server.entry("lab", "two-words").expects(404);
        assert!(lab.alarms().iter().any(|(name, _)| name == path));
    }
    let alarms = lab.alarms();
    let names: Vec<&str> = alarms.iter().map(|(name, _)| name.as_str()).collect();
    let expected = [
        "broken/Cargo.toml",
        "one.crate",
        "spelled-1.crate",
        "spelled-2.crate",
        "torn.crate",
        "two.crate",
    ];
    assert_eq!(names, expected, "{alarms:#?}");
    assert!(
        alarms[1].1.contains("two.crate, with other bytes"),
        "{alarms:#?}"
    );
    let log = lab.server.log();
    assert_eq!(log.matches("torn.crate is not shown").count(), 1, "{log}");
    lab.server
        .command(&lab.bench, &["check", "--deny", "alarms"])
        .exits(1)
        .prints("torn.crate");
    // Mended, each by taking one away.
    for path in [
        "two.crate",
        "torn.crate",
        "spelled-2.crate",
        "broken/Cargo.toml",
    ] {
        fs::remove_file(lab.bench.path("built").join(path)).unwrap();
    }
    lab.server.entry("lab", "bud").expects(200);
    lab.server.entry("lab", "two-words").expects(200);
    assert_eq!(lab.alarms(), []);
    // Broken while served: it stays as it was, and is told.
    lab.file("petal/Cargo.toml", "[package");
    lab.server.entry("main", "petal").expects(200);
    assert_eq!(lab.rows("main", "petal")[0]["yanked"], false);
    assert_eq!(lab.alarms().len(), 1, "{:?}", lab.alarms());
}

fn what_lies_in_a_folder_is_never_asked_for_outside(identity: Identity) {
    let lab = Lab::new(identity);
    for name in ["secret-petal", "secret_stem"] {
        lab.public.has(&Krate::new(name, "9.0.0"));
    }
    lab.sources(&Krate::new("secret-petal", "1.0.0").needs(lab.private("secret_stem")));
    lab.file("stem.crate", Krate::new("secret_stem", "1.0.0").archive());
    for name in ["secret-petal", "secret_petal", "secret-stem", "secret_stem"] {
        lab.server.entry("main", name);
        lab.server.get(&format!("/main/api/v1/crates/{name}"));
        lab.server.get(&format!("/main/api/v1/crates?q={name}"));
        lab.server.entry("crates-io", name);
        lab.server.entry("main/from/crates-io", name);
    }
    let app = Krate::new("app", "0.1.0").needs(lab.private("secret-petal"));
    let app = Project::create(&lab.bench, &app);
    app.cargo(&["build"]).succeeds();
    assert_eq!(app.lock().versions("secret-petal"), ["1.0.0"]);
    // One that is put there a moment before it is asked for.
    lab.public.has(&Krate::new("secret-late", "9.0.0"));
    lab.file("late.crate", Krate::new("secret-late", "1.0.0").archive());
    lab.server.entry("main", "secret-late").expects(200);
    lab.public.never_heard_of(&["secret"]);
}

/// What is known is served on; of the rest nobody knows whether it is there.
fn a_folder_that_is_gone_is_not_empty(identity: Identity) {
    let mut lab = Lab::new(identity);
    lab.public.has(&Krate::new("soil", "1.0.0"));
    lab.sources(&Krate::new("petal", "1.0.0"));
    lab.server.entry("main", "petal").expects(200);
    let (there, away) = (lab.bench.path("built"), lab.bench.path("away"));
    fs::rename(&there, &away).unwrap();
    for _ in 0..2 {
        lab.server.entry("main", "petal").expects(200);
        assert_eq!(lab.rows("main", "petal")[0]["yanked"], false);
        lab.server.entry("main", "soil").expects(503);
        assert_eq!(lab.alarms().len(), 1, "{:?}", lab.alarms());
        lab.server.start_again(&lab.bench, None);
    }
    lab.public.never_heard_of(&["soil"]);
    fs::rename(&away, &there).unwrap();
    lab.server.entry("main", "soil").expects(200);
    assert_eq!(lab.alarms(), []);
}

/// Told with `--nocapture`; the bound is far above what was measured.
#[test]
fn two_thousand_files_are_no_burden() {
    let lab = Lab::new(Identity::CratesIo);
    lab.server.entry("lab", "nobody").expects(404);
    for number in 0..2000 {
        let krate = Krate::new(&format!("petal-{number}"), "1.0.0");
        lab.file(&format!("{}/{number}.crate", number % 7), krate.archive());
    }
    let took = |name: &str| {
        let began = Instant::now();
        while lab.server.entry("main", name).status == 503 {
            assert!(
                began.elapsed() < Duration::from_secs(60),
                "still being read"
            );
        }
        lab.server.entry("main", name).expects(200);
        began.elapsed()
    };
    let first = took("petal-1999");
    let again = took("petal-1998");
    lab.file("late.crate", Krate::new("bud", "1.0.0").archive());
    let late = took("bud");
    println!("2,000 files: first look {first:?}, again {again:?}, with a new one {late:?}");
    assert!(again < Duration::from_secs(5) && late < Duration::from_secs(5));
}
