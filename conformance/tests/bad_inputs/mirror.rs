//! Everything that comes through a mirror: a bad row is left out and the others stay,
//! what is no index is silence, an unsafe archive is quarantined, each with an alarm.
//!
//! The upstream is one server; each mirror has a folder of it.

use crate::Case;
use crate::families::{FAMILIES, Family, Group};
use crate::nothing_went;
use crate::watch::Watch;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::server::Server;
use crossdock_conformance::tarball::checksum;
use crossdock_conformance::upstream::{Upstream, index_path};
use crossdock_conformance::workbench::Workbench;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Mirrors of one server at a time; each has connections of its own.
const MIRRORS_MAX: usize = 64;

/// The family's cases of a kind, each with a crate name of its own.
fn named<'f>(
    cases_of: impl Fn(&Group) -> Vec<Case> + 'f,
) -> impl Iterator<Item = (&'static Family, String, Case)> + 'f {
    FAMILIES.iter().flat_map(move |family| {
        let cases: Vec<_> = family.groups.iter().flat_map(&cases_of).collect();
        cases.into_iter().enumerate().map(move |(at, case)| {
            let name = format!("crate{}-{at}", family.number);
            (family, name, case)
        })
    })
}

/// Writes the crate's name where the case left room for it.
fn filled(bytes: &[u8], name: &str) -> Vec<u8> {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.replace("NAME", name).into_bytes(),
        Err(_) => {
            let parts: Vec<&[u8]> = split(bytes, b"NAME");
            parts.join(name.as_bytes())
        }
    }
}

fn split<'b>(mut bytes: &'b [u8], by: &[u8]) -> Vec<&'b [u8]> {
    let mut parts = Vec::new();
    while let Some(at) = bytes.windows(by.len()).position(|window| window == by) {
        parts.push(&bytes[..at]);
        bytes = &bytes[at + by.len()..];
    }
    parts.push(bytes);
    parts
}

fn mirror_of(upstream: &Upstream) -> String {
    format!(
        "[registries.up]\nmirror = \"{}\"\nrevalidate-after = \"0s\"\n",
        upstream.index()
    )
}

#[test]
fn a_bad_row_is_left_out_and_the_others_stay() {
    let (bench, upstream) = (Workbench::new(), Upstream::start());
    let server = Server::start(&bench, &mirror_of(&upstream));
    let mut wrong = Vec::new();
    let rows = |group: &Group| match group {
        Group::Rows(make) => make(),
        _ => Vec::new(),
    };
    for (family, name, case) in named(rows) {
        let bytes = filled(&case.bytes, &name);
        let length = bytes.len();
        upstream.has_at(&format!("/index/{}", index_path(&name)), bytes);
        let watch = Watch::begin(&server);
        let answer = server.entry("up", &name);
        let ended = watch.end(length);
        let fine = match answer.status {
            200 if answer.versions() == ["1.0.0", "3.0.0"] => ended,
            200 => Err(format!("shows {:?}", answer.versions())),
            status => Err(format!("answers {status}")),
        };
        let sums: Vec<_> = match answer.status {
            200 => answer
                .rows()
                .iter()
                .map(|row| row["cksum"].to_string())
                .collect(),
            _ => Vec::new(),
        };
        let fine = fine.and_then(|()| {
            match sums
                .iter()
                .all(|sum| !sum.contains("bb") && !sum.contains("dd"))
            {
                true => Ok(()),
                false => Err("the later of two rows is shown".to_owned()),
            }
        });
        let fine = fine.and_then(|()| match alarmed(&server, Some(&name), "refused-rows") {
            true => Ok(()),
            false => Err("nobody is alarmed".to_owned()),
        });
        if let Err(why) = fine {
            wrong.push(format!("{}, {}: {why}", family.number, case.what));
        }
    }
    nothing_went(&wrong);
}

#[test]
fn what_is_no_index_is_silence() {
    let (bench, upstream) = (Workbench::new(), Upstream::start());
    let server = Server::start(&bench, &mirror_of(&upstream));
    let mut wrong = Vec::new();
    let silent = |group: &Group| match group {
        Group::NoIndex(make) => make(),
        _ => Vec::new(),
    };
    for (family, name, case) in named(silent) {
        let known = format!("known-{name}");
        let path = |name: &str| format!("/index/{}", index_path(name));
        let good = Krate::new(&known, "1.0.0").row().to_string();
        upstream.has_at(&path(&known), good.into_bytes());
        let before = server.entry("up", &known).expects(200).body;
        for name in [&name, &known] {
            upstream.has_at(&path(name), filled(&case.bytes, name));
        }
        let mut fine = Ok(());
        for name in [&name, &known] {
            let watch = Watch::begin(&server);
            let answer = server.entry("up", name);
            fine = fine.and(watch.end(case.bytes.len()));
            // Silence is not absence, and what is held is served (law 4).
            let is_right = match name == &known {
                true => answer.status == 200 && answer.body == before,
                false => answer.status == 503 && answer.header("retry-after").is_some(),
            };
            if !is_right {
                fine = fine.and(Err(format!("{name} is answered\n{answer}")));
            }
        }
        let kind = if family.number == 75 {
            "refused-answer"
        } else {
            "no-index"
        };
        if !alarmed(&server, None, kind) {
            fine = fine.and(Err(format!("nobody is alarmed of {kind}")));
        }
        // The next good answer takes the alarm back.
        server.entry("up", "absent-for-sure").expects(404);
        if alarmed(&server, None, kind) {
            fine = fine.and(Err("a good answer does not take the alarm back".to_owned()));
        }
        if let Err(why) = fine {
            wrong.push(format!("{}, {}: {why}", family.number, case.what));
        }
    }
    nothing_went(&wrong);
}

#[test]
fn an_unsafe_archive_is_quarantined_and_its_neighbour_served() {
    let archives = |group: &Group| match group {
        Group::Archives(make) => make(),
        _ => Vec::new(),
    };
    let dangerous = FAMILIES.iter().filter(|family| family.is_safety());
    let cases: Vec<(u8, Case)> = dangerous
        .flat_map(|family| {
            let cases = family.groups.iter().flat_map(archives);
            cases.map(|case| (family.number, case))
        })
        .collect();
    let mut wrong = Vec::new();
    for batch in cases.chunks(MIRRORS_MAX) {
        quarantined(batch, &mut wrong);
    }
    nothing_went(&wrong);
}

fn quarantined(batch: &[(u8, Case)], wrong: &mut Vec<String>) {
    let (bench, upstream) = (Workbench::new(), Upstream::start());
    let sound = Krate::new("n", "1.0.0");
    let sound_sum = checksum(&sound.archive());
    let mut settings = String::new();
    for (at, (_, case)) in batch.iter().enumerate() {
        let home = format!("{}/m{at}", upstream.url());
        settings += &format!("[registries.m{at}]\nmirror = \"sparse+{home}/\"\n");
        let config = json!({ "dl": format!("{home}/dl") }).to_string();
        let mut row = Krate::new("n", "1.0.1").row();
        row["cksum"] = checksum(&case.bytes).into();
        let rows = format!("{}\n{row}\n", sound.row());
        for (path, bytes) in [
            ("config.json", config.into_bytes()),
            ("1/n", rows.into_bytes()),
            ("dl/n/1.0.0/download", sound.archive()),
            ("dl/n/1.0.1/download", case.bytes.clone()),
        ] {
            upstream.has_at(&format!("/m{at}/{path}"), bytes);
        }
    }
    let server = Server::start(&bench, &settings);
    // Kept once for all mirrors, and then nothing more may be kept.
    server
        .get(&format!("/m0/dl/n/1.0.0/{sound_sum}"))
        .expects(200);
    for (at, (number, case)) in batch.iter().enumerate() {
        let watch = Watch::begin(&server);
        let sum = checksum(&case.bytes);
        let answer = server.get(&format!("/m{at}/dl/n/1.0.1/{sum}"));
        let mut fine = watch.end(case.bytes.len());
        if answer.status != 403
            || !answer.text().contains("quarantined")
            || !answer.text().contains(case.says)
        {
            fine = fine.and(Err(format!("is answered\n{answer}")));
        }
        if !alarmed_at(&server, &format!("m{at}"), Some("n"), "unsafe-archive") {
            fine = fine.and(Err("nobody is alarmed".to_owned()));
        }
        let neighbour = server.get(&format!("/m{at}/dl/n/1.0.0/{sound_sum}"));
        if neighbour.status != 200 {
            fine = fine.and(Err(format!("its neighbour is answered\n{neighbour}")));
        }
        if let Err(why) = fine {
            wrong.push(format!("{number}, {}: {why}", case.what));
        }
    }
}

fn alarmed(server: &Server, name: Option<&str>, kind: &str) -> bool {
    alarmed_at(server, "up", name, kind)
}

/// Tells whether an alarm of this kind is up.
pub(crate) fn alarmed_at(server: &Server, registry: &str, name: Option<&str>, kind: &str) -> bool {
    let alarms = server
        .send("GET", "/api/v1/alarms", b"")
        .expects(200)
        .json();
    let alarms = alarms["alarms"].as_array().cloned().unwrap_or_default();
    let up: BTreeSet<_> = alarms
        .iter()
        .map(|it| [&it["registry"], &it["name"], &it["kind"]].map(Value::to_string))
        .collect();
    up.contains(&[json!(registry), json!(name), json!(kind)].map(|it| it.to_string()))
}
