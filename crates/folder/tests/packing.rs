//! Packing real folders with the real cargo: equal trees are equal bytes, and what
//! cannot be packed hides nothing else.

#![expect(
    clippy::unwrap_used,
    reason = "a folder that cannot be made fails the test"
)]

use crossdock_folder::{Cargo, Found, Options, Packer};
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::time::{Duration, SystemTime};
use tempfile::TempDir;

fn packer(scratch: &TempDir) -> Packer {
    let mut options = Options::new(scratch.path().join("scratch"));
    let lab = "sparse+https://lab.example/index/".to_owned();
    options.cargo.registries.insert("the-lab".to_owned(), lab);
    Packer::new(options)
}

fn write(folder: &Path, path: &str, text: &str) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// A workspace of two, with inheritance, a path dependency and a named registry.
fn workspace(folder: &Path) {
    let root = "[workspace]\nmembers = [\"petal\", \"stem\"]\nresolver = \"2\"\n\
        [workspace.package]\nversion = \"1.2.0\"\nedition = \"2021\"\n";
    let petal = "[package]\nname = \"petal\"\nversion.workspace = true\nedition.workspace = true\n\
        [dependencies]\nstem = { path = \"../stem\", version = \"1\" }\n\
        leaf = { version = \"2\", registry = \"the-lab\" }\n";
    let stem = "[package]\nname = \"stem\"\nversion.workspace = true\nedition.workspace = true\n\
        publish = false\n";
    write(folder, "Cargo.toml", root);
    write(folder, "petal/Cargo.toml", petal);
    write(folder, "petal/src/main.rs", "fn main() {}\n");
    write(folder, "petal/Cargo.lock", "version = 4\n");
    write(folder, "stem/Cargo.toml", stem);
    write(folder, "stem/src/lib.rs", "pub fn stem() {}\n");
}

fn names(found: &Found) -> Vec<String> {
    let crates = found.crates.iter();
    crates
        .map(|packed| format!("{} {}", packed.name, packed.version))
        .collect()
}

fn checksums(found: &Found) -> Vec<String> {
    let crates = found.crates.iter();
    crates.map(|packed| packed.checksum.to_string()).collect()
}

#[test]
fn a_workspace_is_packed_as_cargo_normalises_it() {
    let place = TempDir::new().unwrap();
    workspace(&place.path().join("sources"));
    let (packed, problems) = packer(&place).workspace(&place.path().join("sources/petal"));
    assert_eq!(problems, []);
    let [petal, stem] = &packed[..] else {
        panic!("two members: {packed:?}");
    };
    assert_eq!(petal.version.to_string(), "1.2.0");
    assert_eq!(petal.publish, None);
    assert_eq!(stem.publish, Some(vec![]));
    assert_eq!(petal.origin, place.path().join("sources/petal/Cargo.toml"));
    let [leaf, stem] = &petal.manifest.dependencies[..] else {
        panic!("two dependencies: {:?}", petal.manifest.dependencies);
    };
    let shown = format!("{leaf:?} {stem:?}");
    assert!(shown.contains("lab.example"), "{shown}");
    let inspected = crossdock_archive::inspect(
        &petal.bytes,
        &petal.name,
        &petal.version,
        crossdock_archive::Scope::Publish,
        &crossdock_archive::Limits::default(),
    );
    let files = inspected.unwrap().files.into_iter().map(|file| file.path);
    assert_eq!(
        files.collect::<Vec<_>>(),
        ["Cargo.toml", "Cargo.toml.orig", "src/main.rs"]
    );
}

/// Another folder, other times and modes, a git repository around it, files written
/// in another order, each alone or together: the same bytes.
#[test]
fn equal_trees_are_equal_bytes() {
    let place = TempDir::new().unwrap();
    let (one, other) = (place.path().join("one"), place.path().join("other/deep"));
    workspace(&one);
    workspace(&other);
    let stem = other.join("stem/src/lib.rs");
    fs::set_permissions(&stem, fs::Permissions::from_mode(0o600)).unwrap();
    let file = fs::File::options().append(true).open(&stem).unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000))
        .unwrap();
    let git = std::process::Command::new("git")
        .args(["init", "-q"])
        .current_dir(&other)
        .status();
    assert!(git.unwrap().success());
    let packer = packer(&place);
    let together = packer.folder(&one);
    assert_eq!(together.problems, []);
    assert_eq!(names(&together), ["petal 1.2.0", "stem 1.2.0"]);
    assert_eq!(checksums(&together), checksums(&packer.folder(&other)));
    let alone = packer.package(&other.join("stem/Cargo.toml")).unwrap();
    assert_eq!(alone.checksum, together.crates[1].checksum);
    write(&one, "stem/src/lib.rs", "pub fn stem() { }\n");
    let changed = packer.folder(&one);
    assert_eq!(changed.crates[0].checksum, together.crates[0].checksum);
    assert_ne!(changed.crates[1].checksum, together.crates[1].checksum);
}

#[test]
fn a_packed_file_is_taken_as_it_is_whatever_its_name() {
    let place = TempDir::new().unwrap();
    workspace(&place.path().join("sources"));
    let packer = packer(&place);
    let stem = packer
        .package(&place.path().join("sources/stem/Cargo.toml"))
        .unwrap();
    let path = place.path().join("renamed.crate");
    fs::write(&path, &stem.bytes).unwrap();
    let read = packer.archive(&path).unwrap();
    assert_eq!(
        (read.checksum, &read.name, &read.version),
        (stem.checksum, &stem.name, &stem.version)
    );
    fs::write(&path, &stem.bytes[..stem.bytes.len() - 9]).unwrap();
    assert!(packer.archive(&path).is_err());
}

/// Each of these is reported with its path, and the two good ones are there.
#[test]
fn what_is_broken_hides_nothing() {
    let place = TempDir::new().unwrap();
    let folder = place.path().join("folder");
    workspace(&folder.join("good"));
    let member = "[package]\nname = \"torn\"\nversion = \"0.1.0\"\nreadme = \"NONE.md\"\n";
    write(&folder, "good/torn/Cargo.toml", member);
    write(&folder, "good/torn/src/lib.rs", "");
    let root = fs::read_to_string(folder.join("good/Cargo.toml")).unwrap();
    let root = root.replace("\"stem\"]", "\"stem\", \"torn\"]");
    write(&folder, "good/Cargo.toml", &root);
    write(&folder, "empty.crate", "");
    write(&folder, "noise.crate", "noise");
    write(&folder, "toml/Cargo.toml", "[pack");
    write(&folder, "neither/Cargo.toml", "[dependencies]\n");
    write(&folder, "target/package/skipped.crate", "");
    write(&folder, ".hidden/skipped.crate", "");
    symlink("/etc/hostname", folder.join("link.crate")).unwrap();
    let huge = fs::File::create(folder.join("huge.crate")).unwrap();
    huge.set_len(10 * 1024 * 1024 * 1024).unwrap();
    let pipe = std::process::Command::new("mkfifo")
        .arg(folder.join("pipe.crate"))
        .status();
    assert!(pipe.unwrap().success());
    fs::create_dir(folder.join("folder.crate")).unwrap();
    let found = packer(&place).folder(&folder);
    assert_eq!(names(&found), ["petal 1.2.0", "stem 1.2.0"]);
    let real = folder.canonicalize().unwrap();
    let paths: Vec<_> = found
        .problems
        .iter()
        .map(|problem| problem.path.strip_prefix(&real).unwrap().to_str().unwrap())
        .collect();
    let expected = [
        "empty.crate",
        "good/torn/Cargo.toml",
        "huge.crate",
        "link.crate",
        "neither/Cargo.toml",
        "noise.crate",
        "pipe.crate",
        "toml/Cargo.toml",
    ];
    assert_eq!(paths, expected, "{:#?}", found.problems);
    assert!(
        found.problems[1].rule.contains("NONE.md"),
        "{:#?}",
        found.problems
    );
}

#[test]
fn no_link_hands_out_what_lies_outside() {
    let place = TempDir::new().unwrap();
    let folder = place.path().join("folder");
    workspace(&folder);
    write(place.path(), "secret.txt", "secret");
    let link = folder.join("stem/src/secret.txt");
    symlink(place.path().join("secret.txt"), &link).unwrap();
    let packer = packer(&place);
    let found = packer.folder(&folder);
    assert_eq!(names(&found), ["petal 1.2.0"]);
    assert!(
        found.problems[0].rule.contains("leads out"),
        "{:?}",
        found.problems
    );
    assert!(!folder.join("target").exists(), "it is not ours to make");
    // What cargo would not pack does no harm, and what stays inside neither.
    let stem = folder.join("stem/Cargo.toml");
    let text = fs::read_to_string(&stem).unwrap() + "exclude = [\"src/secret.txt\"]\n";
    fs::write(&stem, text).unwrap();
    symlink("lib.rs", folder.join("stem/src/same.rs")).unwrap();
    let found = packer.folder(&folder);
    assert_eq!((names(&found).len(), found.problems), (2, vec![]));
}

#[test]
fn more_bytes_than_an_archive_may_have_are_not_read() {
    let place = TempDir::new().unwrap();
    let folder = place.path().join("folder");
    workspace(&folder);
    let huge = fs::File::create(folder.join("stem/huge.bin")).unwrap();
    huge.set_len(10 * 1024 * 1024 * 1024).unwrap();
    let found = packer(&place).folder(&folder);
    assert_eq!(names(&found), ["petal 1.2.0"]);
    assert!(
        found.problems[0].rule.contains("10737418"),
        "{:?}",
        found.problems
    );
}

#[test]
fn a_cargo_that_hangs_or_is_missing_is_a_problem() {
    let place = TempDir::new().unwrap();
    let folder = place.path().join("folder");
    workspace(&folder);
    let hanging = place.path().join("cargo");
    // The process it starts holds the output open; both have to end.
    fs::write(&hanging, "#!/bin/sh\nsleep 600\n").unwrap();
    fs::set_permissions(&hanging, fs::Permissions::from_mode(0o755)).unwrap();
    for (program, words) in [
        (hanging.clone(), "did not finish"),
        (place.path().join("missing"), "cannot run"),
    ] {
        let mut options = Options::new(place.path().join("scratch"));
        options.cargo = Cargo {
            program: program.into(),
            deadline: Duration::from_millis(200),
            ..Cargo::of_environment()
        };
        let (packed, problems) = Packer::new(options).workspace(&folder);
        assert!(packed.is_empty());
        assert!(problems[0].rule.contains(words), "{problems:?}");
    }
}
