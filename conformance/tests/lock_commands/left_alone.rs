//! What `lock refresh` does not change, and says so.

use super::{Lab, leaf};
use crossdock_conformance::compiled::petal;
use crossdock_conformance::tarball::checksum;
use serde_json::Value;

#[test]
fn what_cannot_be_refreshed_is_told_and_nothing_is_written() {
    let lab = Lab::new();
    let project = lab.project();
    project.cargo(&["generate-lockfile"]).succeeds();
    let lock = project.read("Cargo.lock");
    let refused = |arguments: &[&str], words: &str| {
        let arguments = [&["lock", "refresh"], arguments].concat();
        project.crossdock(&arguments).exits(2).says(words);
        assert_eq!(project.read("Cargo.lock"), lock, "{words}");
    };
    refused(&["thorn"], "the lock has no package `thorn`");
    refused(&["petal@2.0.0"], "the lock has no package `petal@2.0.0`");
    refused(&["petal@one"], "is no NAME or NAME@VERSION");
    refused(&[], "no package is named");

    let failed = project.crossdock(&["lock", "refresh", "thorn", "--json"]);
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
        project
            .crossdock(arguments)
            .exits(2)
            .says("of version 5, and 4 is the newest that is known here");
    }
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
    project
        .crossdock(&["lock", "refresh", "petal"])
        .exits(2)
        .says("is read-only")
        .says("nothing was written");
    assert_eq!(project.read("Cargo.lock"), lock);
    project
        .crossdock(&["lock", "refresh", "petal", "--dry-run"])
        .succeeds()
        .prints("1 would change");
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
    project
        .crossdock(&["lock", "refresh", "thorn", "app"])
        .succeeds()
        .prints("left alone: thorn@0.1.0")
        .prints("not from a registry")
        .prints("0 changed");
    project
        .crossdock(&["lock", "verify"])
        .succeeds()
        .prints("2 lines checked, 0 wrong; 1 of the project and 1 from git");
}
