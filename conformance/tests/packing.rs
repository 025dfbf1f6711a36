//! `crossdock identity`, `diff` and `pack`: what a release is, whoever packed it.

use crossdock_conformance::command::Outcome;
use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::Installation;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::project::Project;
use crossdock_conformance::server::program;
use crossdock_conformance::tarball::{Tarball, checksum, gzip};
use crossdock_conformance::upload;
use crossdock_conformance::workbench::Workbench;
use serde_json::Value;
use std::fs;

/// What `crossdock pack` makes of [`petal`], on any machine: if this changes, what
/// deflates or writes tars here is another encoder than it was.
const GOLDEN: &str = "f1b17252c62e959d4a8dbcb7af9cebffff423489baba07675c8a6414e13efe12";

fn petal() -> Krate {
    Krate::new("petal", "1.0.0")
        .lib("pub fn petal() -> u32 {\n    1\n}\n")
        .file("assets/poem.txt", "a rose is a rose is a rose is a rose\n")
}

/// Runs the program without any server.
#[track_caller]
fn crossdock(bench: &Workbench, arguments: &[&str]) -> Outcome {
    let mut command = bench.command(&program());
    command.args(arguments);
    bench.run(command)
}

#[track_caller]
fn hashes(bench: &Workbench, arguments: &[&str]) -> Vec<Value> {
    let arguments = [&["identity", "--json"], arguments].concat();
    let told = crossdock(bench, &arguments).exits(0).stdout;
    let told: Value = serde_json::from_str(&told).expect("--json is JSON");
    told["crates"].as_array().cloned().unwrap_or_default()
}

#[test]
fn the_same_files_are_the_same_archive_whoever_packed_them() {
    let bench = Workbench::new();
    bench.write("one.crate", petal().archive());
    // As another packer has it: folders, other order, another gzip.
    let root = "petal-1.0.0";
    let mut files: Vec<_> = petal()
        .sources()
        .map(|(path, text)| (path.to_owned(), text))
        .collect();
    files.reverse();
    let mut other = Tarball::default();
    for (path, text) in &files {
        other = other.file(&format!("{root}/{path}"), text);
    }
    let manifest = petal().manifest(crossdock_conformance::dependency::Form::Written);
    let other = other.file(&format!("{root}/Cargo.toml.orig"), manifest);
    bench.write("other.crate", other.gzip());
    assert_ne!(
        fs::read(bench.path("one.crate")).ok(),
        fs::read(bench.path("other.crate")).ok()
    );

    let of = hashes(&bench, &["one.crate", "other.crate"]);
    assert_eq!(of.len(), 2, "{of:?}");
    assert_ne!(of[0]["sha256"], of[1]["sha256"]);
    for hash in ["exact", "source"] {
        assert_eq!(of[0][hash], of[1][hash], "{hash}");
    }
}

#[test]
fn packing_again_changes_nothing() {
    let bench = Workbench::new();
    bench.write("petal.crate", petal().archive());
    let pack = |from: &str, to: &str| {
        crossdock(&bench, &["pack", from, "--out", to])
            .exits(0)
            .prints("petal 1.0.0");
        fs::read(bench.path(to)).expect("it was written")
    };
    let once = pack("petal.crate", "once.crate");
    assert_eq!(pack("once.crate", "twice.crate"), once);
    assert_eq!(checksum(&once), GOLDEN);
    let of = |path: &str| hashes(&bench, &[path]).remove(0);
    let (before, after) = (of("petal.crate"), of("once.crate"));
    assert_ne!(before["sha256"], after["sha256"]);
    assert_eq!(before["exact"], after["exact"]);
    assert_eq!(before["source"], after["source"]);
    crossdock(&bench, &["diff", "./petal.crate", "./once.crate"])
        .exits(0)
        .prints("the same files, packed otherwise");
}

/// Unpacked, the later of two files at one path is there alone; whoever looked at the
/// earlier must not be told that it is the same.
#[test]
fn an_archive_with_a_file_twice_is_refused_by_all() {
    let bench = Workbench::new();
    let manifest = petal().manifest(crossdock_conformance::dependency::Form::Written);
    let twice = Tarball::default()
        .file("petal-1.0.0/Cargo.toml", manifest)
        .file("petal-1.0.0/src/lib.rs", "pub fn evil() {}\n")
        .file("petal-1.0.0/src/lib.rs", "pub fn petal() -> u32 { 1 }\n");
    bench.write("odd/twice.crate", twice.gzip());
    bench.write("clean.crate", petal().archive());
    for path in ["odd/twice.crate", "odd"] {
        crossdock(&bench, &["identity", path])
            .exits(1)
            .says("src/lib.rs");
        crossdock(&bench, &["pack", path, "--out", "out"])
            .exits(1)
            .says("src/lib.rs");
        crossdock(&bench, &["diff", "./clean.crate", &format!("./{path}")])
            .exits(2)
            .says("src/lib.rs");
    }
    assert!(!bench.path("out/petal-1.0.0.crate").exists());
}

#[test]
fn of_two_archives_of_one_release_none_is_packed() {
    let bench = Workbench::new();
    bench.write("both/a.crate", petal().archive());
    bench.write("both/b.crate", petal().lib("// other\n").archive());
    crossdock(&bench, &["pack", "both", "--out", "out"])
        .exits(1)
        .says("a.crate: it is petal 1.0.0, and so is")
        .says("b.crate: it is petal 1.0.0, and so is")
        .says("name one of them");
    assert!(!bench.path("out/petal-1.0.0.crate").exists());
}

#[test]
fn a_path_may_climb_and_an_empty_folder_is_told() {
    let bench = Workbench::new();
    Project::create_at(&bench, "near/petal", &petal());
    std::fs::create_dir_all(bench.path("near/none")).expect("the workbench's folder is writable");
    let plain = hashes(&bench, &["near/petal"]);
    for path in ["near/none/../petal", "near/petal/../petal/Cargo.toml"] {
        let of = hashes(&bench, &[path]);
        assert_eq!(of[0]["sha256"], plain[0]["sha256"], "{path}");
        crossdock(&bench, &["pack", path, "--out", "out"]).exits(0);
        crossdock(&bench, &["diff", "near/petal", path]).exits(0);
    }
    crossdock(&bench, &["identity", "near/none"])
        .exits(1)
        .says("there is no crate there");
}

/// A folder is packed as cargo would, wherever it lies and whenever it was written.
#[test]
fn a_package_is_packed_the_same_in_any_folder() {
    let bench = Workbench::new();
    let one = Project::create_at(&bench, "one", &petal());
    let other = Project::create_at(&bench, "far/away/other", &petal());
    other.write("target/junk", "not a part of it");
    let pack = |project: &Project, to: &str| {
        let folder = project.folder().display().to_string();
        crossdock(&bench, &["pack", &folder, "--out", to]).exits(0);
        fs::read(bench.path(to).join("petal-1.0.0.crate")).expect("it was written")
    };
    assert_eq!(pack(&one, "a"), pack(&other, "b"));

    one.cargo(&["package", "--no-verify"]).succeeds();
    let by_cargo = "one/target/package/petal-1.0.0.crate";
    let of = hashes(&bench, &[by_cargo]).remove(0);
    let ours = hashes(&bench, &["a"]).remove(0);
    assert_eq!(of["source"], ours["source"]);
    other.write("src/lib.rs", "pub fn petal() -> u32 { 2 }\n");
    assert_ne!(pack(&one, "a"), pack(&other, "b"));
}

#[test]
fn a_canonical_archive_is_published_and_built() {
    let house = Installation::new(Identity::Split);
    house.bench.write("petal.crate", petal().archive());
    crossdock(
        &house.bench,
        &["pack", "petal.crate", "--out", "packed.crate"],
    )
    .exits(0);
    let packed = fs::read(house.bench.path("packed.crate")).expect("it was written");
    let body = upload::body_of(&upload::metadata(&petal()), &packed);
    house.server.upload("local", &body).expects(200);
    let app = Krate::new("app", "0.1.0")
        .needs(house.private("petal", "1"))
        .main("fn main() { assert_eq!(petal::petal(), 1) }");
    house.project(&app).cargo(&["run"]).succeeds();
}

#[test]
fn two_releases_are_compared_wherever_they_are() {
    let house = Installation::new(Identity::CratesIo);
    house.has_private(&petal().needs(Dependency::on("stem", "1.0")));
    let later = Krate::new("petal", "1.0.0")
        .needs(Dependency::on("stem", "1.1").feature("thorns"))
        .needs(Dependency::on("leaf", "2").dev())
        .lib("pub fn petal() -> u32 {\n    2\n}\n")
        .file("assets/new.bin", "\u{0}");
    let project = house.project(&later);
    let folder = project.folder().display().to_string();
    let diff = |more: &[&str]| {
        let arguments = [&["diff", "local/petal@1.0.0", &folder], more].concat();
        house.server.command(&house.bench, &arguments)
    };
    let told = diff(&["--text"]).exits(1);
    for line in [
        "added              assets/new.bin",
        "removed            assets/poem.txt",
        "changed            src/lib.rs",
        "dependency         stem: ^1.0 -> ^1.1, features thorns",
        "dependency         leaf (dev): none -> ^2",
        "the source content differs",
        "-    1\n+    2\n",
        "(no text: 0 -> 1 bytes)",
    ] {
        assert!(told.stdout.contains(line), "{line}\n{}", told.report());
    }
    let json: Value = serde_json::from_str(&diff(&["--json"]).exits(1).stdout).expect("JSON");
    assert_eq!(json["same_source"], false);
    assert_eq!(json["dependencies"][0]["old"], "^1.0", "{json:#}");

    // By the view as well, and with itself.
    let same = ["diff", "petal@1.0.0", "local/petal@1.0.0"];
    house
        .server
        .command(&house.bench, &same)
        .exits(0)
        .prints("the same archive");
    house
        .server
        .command(&house.bench, &["diff", "local/petal@9.0.0", &folder])
        .exits(2)
        .says("has no petal 9.0.0; it has 1.0.0");
}

/// Nothing is written of what cannot be packed, and the rest is.
#[test]
fn what_is_no_crate_is_reported_and_hides_nothing() {
    let bench = Workbench::new();
    bench.write("in/petal.crate", petal().archive());
    bench.write("in/cut.crate", &petal().archive()[..100]);
    let escape = Tarball::default()
        .file("evil-1.0.0/Cargo.toml", "[package]\nname = \"evil\"\n")
        .file("evil-1.0.0/../../escaped", "");
    bench.write("in/evil.crate", escape.gzip());
    bench.write("in/bomb.crate", gzip(&vec![0; 1024]));
    let packed = crossdock(&bench, &["pack", "in", "--out", "out"])
        .exits(1)
        .says("cut.crate")
        .says("evil.crate")
        .says("bomb.crate")
        .prints("petal 1.0.0");
    let written: Vec<_> = fs::read_dir(bench.path("out"))
        .expect("the folder is there")
        .filter_map(Result::ok)
        .map(|entry| entry.file_name())
        .collect();
    assert_eq!(written, ["petal-1.0.0.crate"], "{}", packed.report());
    crossdock(&bench, &["identity", "in/cut.crate"]).exits(1);
    crossdock(&bench, &["identity", "nowhere"])
        .exits(1)
        .says("nowhere");
    // A file is in the way of the folder.
    bench.write("full", "");
    crossdock(&bench, &["pack", "in/petal.crate", "--out", "full"])
        .exits(2)
        .says("could not write");
    assert_eq!(fs::read(bench.path("full")).ok(), Some(Vec::new()));
}
