//! A folder that was exported before: brought up to date, interrupted, moved, verified.

use super::{OFFLINE, export, files, locked, out, verify};
use crossdock_conformance::for_both_identities;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::Installation;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::tarball::checksum;
use crossdock_conformance::upstream::{Fault, On};
use serde_json::Value;
use std::fs;

for_both_identities!(
    an_export_is_brought_up_to_date,
    an_interrupted_export_is_the_old_one,
    every_byte_is_verified,
    an_export_can_be_moved,
    a_full_index_shows_what_is_newer,
    another_build_does_not_take_the_place_of_one,
);

fn an_export_is_brought_up_to_date(identity: Identity) {
    let house = Installation::new(identity);
    let app = locked(&house);
    let format = ["--format", "local-registry"];
    let out = out(&house);
    export(&house, &app, &out, &format).succeeds();
    export(&house, &app, &out, &format)
        .succeeds()
        .prints("5 releases, 0 of them fetched now");
    let monday = app.read("Cargo.lock");
    let newer = Krate::new("stem", "1.2.0").lib("pub struct Stem;");
    house.public.has(&newer);
    app.cargo(&["update", "stem"]).succeeds();
    let tuesday = app.read("Cargo.lock");
    assert_ne!(monday, tuesday);
    export(&house, &app, &out, &format)
        .succeeds()
        .prints("5 releases, 1 of them fetched now")
        .prints("no lock needs these; --prune removes them: stem 1.0.0");
    verify(&house, &out, &[]).succeeds();
    let config = out.join("config.toml");
    for lock in [&monday, &tuesday] {
        app.write("Cargo.lock", lock);
        app.elsewhere(&house.bench, &config, OFFLINE).succeeds();
    }
    let pruned = export(
        &house,
        &app,
        &out,
        &["--format", "local-registry", "--prune", "--json"],
    );
    let told: Value = serde_json::from_str(&pruned.succeeds().stdout).expect("JSON");
    assert_eq!(
        (&told["fetched"], &told["pruned"]),
        (&0.into(), &true.into())
    );
    assert_eq!(told["unneeded"].as_array().map(Vec::len), Some(1), "{told}");
    verify(&house, &out, &[]).succeeds();
    let gone = out.join("sources/crates-io/stem-1.0.0.crate");
    assert!(!gone.exists());
    // Another format wants another folder.
    export(&house, &app, &out, &["--format", "directory"])
        .exits(2)
        .says("local-registry");
    app.elsewhere(&house.bench, &config, OFFLINE).succeeds();
}

fn an_interrupted_export_is_the_old_one(identity: Identity) {
    let house = Installation::new(identity);
    let app = locked(&house);
    for (format, newer) in [("directory", "1.1.0"), ("local-registry", "1.2.0")] {
        let out = house.bench.path(format);
        let format = ["--format", format];
        export(&house, &app, &out, &format).succeeds();
        let before = app.read("Cargo.lock");
        let newer = Krate::new("stem", newer).lib("pub struct Stem;");
        house.public.has(&newer);
        app.cargo(&["update", "stem"]).succeeds();
        let after = app.read("Cargo.lock");
        house
            .public
            .fails(On::Download("stem".to_owned()), Fault::Half);
        export(&house, &app, &out, &format).exits(2);
        app.write("Cargo.lock", &before);
        let config = out.join("config.toml");
        app.elsewhere(&house.bench, &config, OFFLINE).succeeds();
        verify(&house, &out, &[]).succeeds();
        house.public.mends();
        app.write("Cargo.lock", &after);
        export(&house, &app, &out, &format)
            .succeeds()
            .prints("1 of them fetched now");
        app.elsewhere(&house.bench, &config, OFFLINE).succeeds();
    }
}

fn every_byte_is_verified(identity: Identity) {
    let house = Installation::new(identity);
    let app = locked(&house);
    let lock = app.folder().join("Cargo.lock").display().to_string();
    for format in ["directory", "local-registry", "git"] {
        let out = house.bench.path(format);
        let arguments = ["--format", format];
        export(&house, &app, &out, &arguments).succeeds();
        verify(&house, &out, &["--lock", &lock])
            .succeeds()
            .prints("5 releases read, 0 found to be wrong");
        let sources = out.join("sources");
        let mut mended = 0;
        for path in files(&sources) {
            let below = path.display().to_string();
            // cargo reads objects and where they are found, nobody reads the rest.
            let read = |part: &str| below.contains(&format!("/.git/{part}"));
            let git = below.contains("/.git/");
            let is_read = ["objects/", "refs/", "HEAD", "index"].into_iter().any(read);
            // What was mended is committed anew.
            if git && !(is_read && path.exists()) {
                continue;
            }
            let bytes = fs::read(&path).expect("it was listed");
            let mut flipped = bytes.clone();
            let middle = flipped.len() / 2;
            match flipped.get_mut(middle) {
                Some(byte) => *byte ^= 1,
                None => flipped.push(b'x'),
            }
            let replace = |bytes: &[u8]| {
                // git writes objects that nobody may write to.
                fs::remove_file(&path).expect("it was listed");
                fs::write(&path, bytes).expect("it is ours");
            };
            replace(&flipped);
            let name = path.file_name().and_then(|name| name.to_str());
            let found = verify(&house, &out, &[]).exits(1);
            let told = match (format, name.unwrap_or_default()) {
                // Not the file that the flipped byte of it is about.
                ("directory", ".cargo-checksum.json") => ".cargo-checksum.json is",
                ("directory", _) => "sources/",
                _ if git => "index: is",
                (_, name) => name,
            };
            found.prints(told);
            if git && below.contains("/objects/") {
                mended += 1;
                if mended == 1 {
                    export(&house, &app, &out, &arguments).succeeds();
                    verify(&house, &out, &[]).succeeds();
                    continue;
                }
            }
            replace(&bytes);
        }
        verify(&house, &out, &[]).succeeds();
        // What is missing and what is too much.
        let stray = sources.join("crates-io/stray");
        fs::write(&stray, "x").expect("it is ours");
        verify(&house, &out, &[]).exits(1).prints("crates-io/stray");
        let another = sources.join("crates-io/stray-too");
        fs::write(&another, "x").expect("it is ours");
        verify(&house, &out, &[])
            .exits(1)
            .prints("and 1 more: are not of this export")
            .prints("1 found to be wrong");
        for stray in [stray, another] {
            fs::remove_file(stray).expect("it was just written");
        }
        let other = app.read("Cargo.lock").replace(
            "\"widget\"\nversion = \"1.0.0\"",
            "\"widget\"\nversion = \"2.0.0\"",
        );
        house.bench.write("other/Cargo.lock", other);
        let other = house.bench.path("other/Cargo.lock").display().to_string();
        verify(&house, &out, &["--lock", &other])
            .exits(1)
            .prints("widget 2.0.0");
        // A byte that flipped is mended by the next export.
        let config = out.join("cargo/config.toml");
        let broken = files(&sources)
            .into_iter()
            .find(|path| path.display().to_string().contains("widget-1.0.0"));
        fs::write(broken.expect("widget is there"), "broken").expect("it is ours");
        fs::write(&config, "broken").expect("it is ours");
        verify(&house, &out, &[])
            .exits(1)
            .prints("cargo/config.toml");
        export(&house, &app, &out, &arguments)
            .succeeds()
            .prints("1 of them fetched now");
        verify(&house, &out, &[]).succeeds();
    }
    verify(&house, &house.bench.path("app"), &[])
        .exits(2)
        .says("no export");
}

fn an_export_can_be_moved(identity: Identity) {
    let house = Installation::new(identity);
    let app = locked(&house);
    let formats = ["directory", "local-registry", "git"];
    for format in formats {
        let out = house.bench.path(format);
        export(&house, &app, &out, &["--format", format]).succeeds();
        let moved = house.bench.path("moved").join(format).join("below");
        fs::create_dir_all(moved.parent().expect("it has one")).expect("the bench is ours");
        fs::rename(out, moved).expect("both are on one disk");
    }
    for format in formats {
        let moved = house.bench.path("moved").join(format).join("below");
        let config = moved.join("config.toml");
        if format == "git" {
            verify(&house, &moved, &[]).exits(1).prints("--relocate");
            let moved = moved.display().to_string();
            let arguments = ["export", "--relocate", "--out", &moved];
            house.server.command(&house.bench, &arguments).succeeds();
            app.elsewhere(&house.bench, &config, &["build", "--locked"])
                .succeeds();
        } else {
            app.elsewhere(&house.bench, &config, OFFLINE).succeeds();
        }
        verify(&house, &moved, &[]).succeeds();
    }
}

fn a_full_index_shows_what_is_newer(identity: Identity) {
    let house = Installation::new(identity);
    let app = locked(&house);
    let before = app.read("Cargo.lock");
    house.public.has(&Krate::new("stem", "1.7.0"));
    house.public.has(&Krate::new("stem", "2.0.0"));
    let out = out(&house);
    let full = ["--format", "local-registry", "--index", "full"];
    export(&house, &app, &out, &full).succeeds();
    verify(&house, &out, &[]).succeeds();
    let (config, outdated) = (out.join("config.toml"), out.join("outdated.toml"));
    app.elsewhere(&house.bench, &config, OFFLINE).succeeds();
    // What has no bytes is not chosen, but seen.
    app.again(&house.bench, &config, &["update", "--offline"])
        .succeeds();
    assert_eq!(app.read("Cargo.lock"), before);
    app.again(
        &house.bench,
        &outdated,
        &["update", "--dry-run", "--verbose", "--offline"],
    )
    .succeeds()
    .says("stem v1.0.0 -> v1.7.0 (available: v2.0.0)");
    // Of both indexes every byte is verified, and mended.
    let stem = "crates-io/index/st/em/stem";
    for path in [format!("outdated/{stem}"), format!("sources/{stem}")] {
        let path = out.join(path);
        let row = fs::read_to_string(&path).expect("it was exported");
        fs::write(&path, row.replace("1.7.0", "1.8.0")).expect("it is ours");
        verify(&house, &out, &[])
            .exits(1)
            .prints(stem)
            .prints("1 found to be wrong");
        export(&house, &app, &out, &full).succeeds();
        verify(&house, &out, &[]).succeeds();
    }
    fs::write(out.join("outdated/stray"), "x").expect("it is ours");
    verify(&house, &out, &[])
        .exits(1)
        .prints("outdated/stray: is not");
    fs::remove_dir_all(out.join("outdated")).expect("it is ours");
    verify(&house, &out, &[])
        .exits(1)
        .prints("outdated/crates-io/index/st/em/stem: is not there");
    let pruned = ["--format", "local-registry"];
    export(&house, &app, &out, &pruned).succeeds();
    assert!(!outdated.exists());
    verify(&house, &out, &[]).succeeds();
    export(&house, &app, &out, &full).succeeds();
    verify(&house, &out, &[]).succeeds();
}

/// As after a registry with `rebuilds = "replace"` got new bytes for a version.
fn another_build_does_not_take_the_place_of_one(identity: Identity) {
    let house = Installation::new(identity);
    let app = locked(&house);
    let out = out(&house);
    let format = ["--format", "local-registry"];
    export(&house, &app, &out, &format).succeeds();
    let krate = out.join("sources/crates-io/stem-1.0.0.crate");
    let of_today = checksum(&fs::read(&krate).expect("it was exported"));
    fs::write(&krate, "an older build").expect("it is ours");
    let path = out.join(".crossdock-export.json");
    let text = fs::read_to_string(&path).expect("it was just written");
    let older = text.replace(&of_today, &checksum(b"an older build"));
    assert_ne!(older, text);
    fs::write(&path, older).expect("it is ours");
    export(&house, &app, &out, &format)
        .exits(2)
        .says("has another build of stem 1.0.0")
        .says("--prune");
    let kept = fs::read(&krate).expect("it is still there");
    assert_eq!(kept, b"an older build");
    let pruned = [&format[..], &["--prune"]].concat();
    export(&house, &app, &out, &pruned).succeeds();
    verify(&house, &out, &[]).succeeds();
}
