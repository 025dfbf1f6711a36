//! What lies in the folder is built: alone, beside others, after a change, pinned.

use super::{Lab, prints};
use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::for_both_identities;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::project::Project;
use crossdock_conformance::tarball::checksum;
use crossdock_conformance::upload;
use std::fs;

for_both_identities!(a_folder_is_a_member_beside_others,);

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
