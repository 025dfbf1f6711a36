//! Archives no registry may take, each with the reason cargo prints.
//!
//! Most of them cargo 1.95 would unpack; some let it write outside its folder.
//! A refusal leaves nothing behind: no row, no bytes, no fact that shows.
//! What a person would publish by accident is here too, so that the reason helps.

use crossdock_conformance::http::Answer;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::{Installation, mirror};
use crossdock_conformance::krate::Krate;
use crossdock_conformance::server::Server;
use crossdock_conformance::strange_archives::{Case, contents, good, kinds, paths, sizes, streams};
use crossdock_conformance::tarball::checksum;
use crossdock_conformance::upload;
use crossdock_conformance::upstream::Upstream;
use crossdock_conformance::workbench::Workbench;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

#[test]
fn paths_that_lead_elsewhere() {
    refused_as_first_and_as_next(&paths());
}

#[test]
fn entries_that_are_no_files() {
    refused_as_first_and_as_next(&kinds());
}

#[test]
fn too_much_or_too_little() {
    refused_as_first_and_as_next(&sizes());
}

#[test]
fn streams_that_are_no_gzip() {
    refused_as_first_and_as_next(&streams());
}

#[test]
fn contents_nobody_means() {
    refused_as_first_and_as_next(&contents());
}

/// Uploads each as the first release of its name and as the second, and expects 400,
/// a reason, and nothing left behind.
#[track_caller]
fn refused_as_first_and_as_next(cases: &[Case]) {
    let bench = Workbench::new();
    let server = Server::start(&bench, "[registries.fresh]\n[registries.used]\n");
    server.has("used", &Krate::new("n", "1.0.0"));
    let before = (server.entry("used", "n").body, kept(&server));
    let metadata = upload::metadata(&good());
    let mut wrong = Vec::new();
    for (what, archive, reason) in cases {
        for registry in ["fresh", "used"] {
            let began = Instant::now();
            let answer = server.upload(registry, &upload::body_of(&metadata, archive));
            if let Err(why) = judged(&answer, reason, began.elapsed()) {
                wrong.push(format!("{what} ({} bytes): {why}\n{answer}", archive.len()));
            }
        }
        server.entry("fresh", "n").expects(404);
        let after = (server.entry("used", "n").body, kept(&server));
        if after != before {
            wrong.push(format!("{what}: something was left behind"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // The very same name and version are free for who sends something proper.
    server.has("fresh", &good());
    server.has("used", &good());
}

fn judged(answer: &Answer, reason: &str, took: Duration) -> Result<(), String> {
    let json: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let detail = json["errors"][0]["detail"].as_str().unwrap_or_default();
    if answer.status != 400 {
        return Err("expected 400".to_owned());
    }
    if detail.is_empty() || !detail.contains(reason) {
        return Err(format!("expected the reason to name `{reason}`"));
    }
    // Unpacked and unoptimised, the largest takes a second or two.
    match took < Duration::from_secs(15) {
        true => Ok(()),
        false => Err(format!("took {took:?}")),
    }
}

/// Lists what the server keeps, its database left out.
fn kept(server: &Server) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    walk(&server.data(), &mut found);
    found
}

fn walk(folder: &Path, found: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = path.to_string_lossy().into_owned();
        if path.is_dir() {
            walk(&path, found);
        } else if ![".db", ".sqlite", "-wal", "-shm"]
            .iter()
            .any(|part| name.contains(part))
        {
            found.insert(name, checksum(&std::fs::read(&path).unwrap_or_default()));
        }
    }
}

#[test]
fn cargo_prints_the_reason() {
    let installation = Installation::new(Identity::CratesIo);
    let project = installation.project(&Krate::new("n", "1.0.1").file("src/aux.rs", ""));
    project
        .publish("local", installation.server.token())
        .fails()
        .says("400")
        .says("src/aux.rs");
}

/// What comes through a mirror is looked at alike: that version is never served, and
/// the others are.
#[test]
fn a_mirror_serves_none_of_them() {
    let bench = Workbench::new();
    let dangerous = [paths(), kinds(), sizes(), streams()].concat();
    let upstreams: Vec<Upstream> = dangerous.iter().map(|_| Upstream::start()).collect();
    let mirrors = upstreams
        .iter()
        .enumerate()
        .map(|(number, it)| mirror(&format!("m{number}"), it));
    let server = Server::start(&bench, &mirrors.collect::<String>());
    let mut wrong = Vec::new();
    for (number, ((what, archive, _), upstream)) in
        dangerous.into_iter().zip(&upstreams).enumerate()
    {
        let sound = Krate::new("n", "1.0.0");
        upstream.has(&sound);
        let mut row = good().row();
        let cksum = checksum(&archive);
        row["cksum"] = cksum.as_str().into();
        upstream.has_row("n", "1.0.1", row, archive);
        let get = |version: &str, cksum: &str| {
            server
                .get(&format!("/m{number}/dl/n/{version}/{cksum}"))
                .status
        };
        if get("1.0.1", &cksum) == 200 {
            wrong.push(what);
        }
        let sum = sound.row()["cksum"].as_str().unwrap_or_default().to_owned();
        assert_eq!(
            get("1.0.0", &sum),
            200,
            "{what}: the sound version beside it is served"
        );
        let evil = "/dl/n/1.0.1/download";
        assert!(
            upstream.downloads().iter().any(|it| it.path == evil),
            "{what}: it was looked at"
        );
    }
    assert!(wrong.is_empty(), "served through a mirror: {wrong:?}");
}
