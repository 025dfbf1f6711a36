//! What cannot be exported is said before anything is written.

use super::{by_both_addresses, export, locked, out, verify};
use crossdock_conformance::for_both_identities;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::Installation;
use serde_json::Value;
use std::fs;

for_both_identities!(
    what_no_folder_has_is_found,
    what_is_wrong_is_said_before_anything_is_written,
);

fn what_no_folder_has_is_found(identity: Identity) {
    let house = Installation::new(identity);
    let app = by_both_addresses(&house);
    app.cargo(&["generate-lockfile"]).succeeds();
    let out = out(&house);
    let format = ["--format", "local-registry"];
    export(&house, &app, &out, &format).succeeds();
    let path = out.join(".crossdock-export.json");
    let text = fs::read_to_string(&path).expect("it was just written");
    let mut told: Value = serde_json::from_str(&text).expect("JSON");
    for source in told["sources"].as_array_mut().expect("a list") {
        let rows = source["rows"].as_array_mut().expect("a list");
        rows.retain(|row| {
            !row.as_str()
                .is_some_and(|row| row.starts_with(r#"{"name":"stalk""#))
        });
    }
    fs::write(&path, told.to_string()).expect("it is ours");
    verify(&house, &out, &[]).exits(1).prints("needs stalk ^1");
    // What is damaged says what mends it.
    fs::write(&path, "{").expect("it is ours");
    verify(&house, &out, &[]).exits(2).says("--prune");
    export(&house, &app, &out, &format).exits(2).says("--prune");
    let pruned = [&format[..], &["--prune"]].concat();
    export(&house, &app, &out, &pruned).succeeds();
    verify(&house, &out, &[]).succeeds();
    // A lock that cargo would refuse.
    let lock = app.read("Cargo.lock");
    let without = lock.lines().filter(|line| !line.starts_with("checksum"));
    app.write("Cargo.lock", &without.collect::<Vec<_>>().join("\n"));
    export(&house, &app, &out, &format)
        .exits(2)
        .says("has no checksum in the lock");
}

fn what_is_wrong_is_said_before_anything_is_written(identity: Identity) {
    let house = Installation::new(identity);
    let app = locked(&house);
    let out = out(&house);
    let format = ["--format", "directory"];
    let good = app.read("Cargo.lock");
    let refused = |lock: &str, words: &[&str]| {
        app.write("Cargo.lock", lock);
        let refused = export(&house, &app, &out, &format).exits(2);
        words
            .iter()
            .fold(refused, |refused, words| refused.says(words));
        assert!(!out.exists());
    };
    refused(
        &good.replace("version = 4", "version = 9"),
        &["newer Crossdock"],
    );
    refused("<<<<<<< ours\n", &["merge"]);
    let at = good.find("checksum = \"").expect("it has one") + 12;
    let mut other = good.clone();
    other.replace_range(
        at..at + 4,
        if good[at..].starts_with("0000") {
            "1111"
        } else {
            "0000"
        },
    );
    let missing = other.replace(
        "\"widget\"\nversion = \"1.0.0\"",
        "\"widget\"\nversion = \"1.0.9\"",
    );
    refused(&missing, &["is locked with the checksum", "widget 1.0.9"]);
    // What no registry has is left, and said.
    let from_git = "\n[[package]]\nname = \"moss\"\nversion = \"0.1.0\"\nsource = \"git+https://git.example/moss#0123456789012345678901234567890123456789\"\n";
    app.write("Cargo.lock", &format!("{good}{from_git}"));
    export(&house, &app, &out, &format)
        .succeeds()
        .prints("moss 0.1.0 (git+https://git.example/moss#");
    // A registry that there is not is answered with those that there are.
    let slip = [&format[..], &["--registry", "nope"]].concat();
    export(&house, &app, &house.bench.path("slip"), &slip)
        .exits(2)
        .says("there is no view or registry `nope`; views are: main; registries are: crates-io, local");
    // A folder that holds something else is left alone.
    house.bench.write("mine/notes.txt", "mine");
    let mine = house.bench.path("mine");
    export(&house, &app, &mine, &format)
        .exits(2)
        .says("name an empty folder");
    assert_eq!(fs::read_dir(&mine).expect("it is there").count(), 1);
}
