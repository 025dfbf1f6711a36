//! What is done while it is recorded, and what has to be seen of it at which moment.
//!
//! One thing after the other: what was acknowledged before a moment must be there, what
//! had not begun must not, and of what was under way all or nothing.

use crossdock_conformance::krate::Krate;
use crossdock_conformance::recorder::Recorder;
use crossdock_conformance::server::Server;
use crossdock_conformance::tarball::{as_cargo_packs, checksum};
use crossdock_conformance::upload;
use crossdock_conformance::upstream::{Upstream, index_path};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Versions that are there before anything is recorded: enough for packing to pay.
const BEFORE: usize = 5;

/// Rounds of what is recorded: enough that the database's log is taken over more than once.
const ROUNDS: usize = 24;

/// How long packing may take to begin.
const PACKED_WITHIN: Duration = Duration::from_secs(60);

/// Something that was done between two moments.
struct Deed {
    began: usize,
    ended: usize,
    what: What,
}

enum What {
    /// Releases that came together: name, version, checksum.
    Published(Vec<(String, String, String)>),
    Yanked {
        version: String,
        yanked: bool,
    },
    /// A mirrored archive was given.
    Fetched(String, String),
}

/// All that was done, in order.
pub(crate) struct Story {
    deeds: Vec<Deed>,
}

impl Story {
    /// Publishes what is there before.
    pub(crate) fn prepare(server: &Server) {
        for number in 0..BEFORE {
            let (body, _) = packed(&["petal"], number);
            server.upload("local", &body).expects(200);
        }
    }

    /// Does everything that writes, and notes when.
    pub(crate) fn lived(server: &Server, public: &Upstream, recorder: &Recorder) -> Self {
        let mut deeds = Vec::new();
        let mut done = |what: What, deed: &dyn Fn()| {
            let began = recorder.position();
            deed();
            let ended = recorder.position();
            deeds.push(Deed { began, ended, what });
        };
        for round in 0..ROUNDS {
            let number = BEFORE + round;
            let (body, releases) = packed(&["petal"], number);
            done(What::Published(releases), &|| {
                server.upload("local", &body).expects(200);
            });
            let (body, releases) = packed(&["leaf", "rose", "stem"], number);
            done(What::Published(releases), &|| {
                let path = "/local/api/v1/crates/batch";
                server.send("PUT", path, &body).expects(200);
            });
            let version = format!("1.0.{}", round / 2);
            let yanked = round % 2 == 0;
            let path = format!("/local/api/v1/crates/petal/{version}");
            done(What::Yanked { version, yanked }, &|| {
                let answer = match yanked {
                    true => server.send("DELETE", &format!("{path}/yank"), b""),
                    false => server.send("PUT", &format!("{path}/unyank"), b""),
                };
                answer.expects(200);
            });
            let name = format!("mirrored{round}");
            let krate = Krate::new(&name, "1.0.0");
            public.has(&krate);
            let cksum = checksum(&krate.archive());
            done(What::Fetched(name.clone(), cksum.clone()), &|| {
                server.entry("main", &name).expects(200);
                let path = format!("/main/dl/{name}/1.0.0/{cksum}");
                server.get(&path).expects(200);
            });
            if round == ROUNDS / 2 {
                until_packed(server);
            }
        }
        until_packed(server);
        Self { deeds }
    }

    /// Holds a server on a disk that was left after so many calls against what was done.
    pub(crate) fn holds_at(&self, server: &Server, at: usize, of: &str) {
        let mut entries: BTreeMap<&str, BTreeMap<String, (String, bool)>> = BTreeMap::new();
        for name in ["petal", "leaf", "rose", "stem"] {
            let shown = rows(server, "local", name);
            assert_eq!(shown, rows(server, "main", name), "{of}: {name}");
            for (version, (cksum, _)) in &shown {
                let path = format!("/local/dl/{name}/{version}/{cksum}");
                let given = server.get(&path).expects(200).body;
                assert_eq!(checksum(&given), *cksum, "{of}: {name} {version}");
            }
            entries.insert(name, shown);
        }
        let mut yanked: BTreeMap<&str, Vec<bool>> = BTreeMap::new();
        for deed in &self.deeds {
            match &deed.what {
                What::Published(releases) => {
                    let there = releases.iter().map(|(name, version, cksum)| {
                        let shown = entries[name.as_str()].get(version);
                        let is_it = shown.is_none_or(|(shown, _)| shown == cksum);
                        assert!(is_it, "{of}: {name} {version}");
                        shown.is_some()
                    });
                    let there: Vec<bool> = there.collect();
                    let (all, any) = (there.iter().all(|is| *is), there.contains(&true));
                    assert!(all || !any, "{of}: half of {releases:?}");
                    assert!(all || at < deed.ended, "{of}: lost {releases:?}");
                    assert!(
                        !any || at > deed.began,
                        "{of}: before its time {releases:?}"
                    );
                }
                What::Yanked {
                    version,
                    yanked: now,
                } => {
                    let possible = yanked.entry(version).or_insert_with(|| vec![false]);
                    if at >= deed.ended {
                        *possible = vec![*now];
                    } else if at > deed.began {
                        possible.push(*now);
                    }
                }
                What::Fetched(name, cksum) => {
                    if at >= deed.ended {
                        let path = format!("/crates-io/index/{}", index_path(name));
                        server.get(&path).expects(200);
                        let path = format!("/crates-io/dl/{name}/1.0.0/{cksum}");
                        let given = server.get(&path).expects(200).body;
                        assert_eq!(checksum(&given), *cksum, "{of}: {name}");
                    }
                }
            }
        }
        for (version, possible) in yanked {
            let shown = entries["petal"].get(version);
            let is_so = shown.is_none_or(|(_, is_yanked)| possible.contains(is_yanked));
            assert!(is_so, "{of}: yanked is petal {version}");
        }
        // It goes on.
        let (body, _) = packed(&["petal"], 1000);
        server.upload("local", &body).expects(200);
    }
}

/// A body of crates together, and what it has: name, version, checksum.
fn packed(names: &[&str], number: usize) -> (Vec<u8>, Vec<(String, String, String)>) {
    let (mut body, mut releases) = (Vec::new(), Vec::new());
    for name in names {
        let version = format!("1.0.{number}");
        let function = |i| format!("/// Says {i}.\npub fn f{i}() -> u32 {{ {i} }}\n");
        let source: String = (0..200 + number % 50).map(function).collect();
        let krate = Krate::new(name, &version).lib(&source);
        let archive = as_cargo_packs(&krate.archive());
        body.extend(upload::body_of(&upload::metadata(&krate), &archive));
        releases.push(((*name).to_owned(), version, checksum(&archive)));
    }
    (body, releases)
}

/// Checksum and whether it is yanked, by version.
fn rows(server: &Server, surface: &str, name: &str) -> BTreeMap<String, (String, bool)> {
    let answer = server.entry(surface, name);
    if answer.status == 404 {
        return BTreeMap::new();
    }
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let rows = answer.expects(200).rows().into_iter();
    rows.map(|row| {
        let shown = (text(&row["cksum"]), row["yanked"] == true);
        (text(&row["vers"]), shown)
    })
    .collect()
}

/// Waits until archives are packed that were raw.
fn until_packed(server: &Server) {
    let packed = || {
        let metrics = server.get("/metrics").expects(200).text();
        let raw = "crossdock_archives{registry=\"local\",kept=\"raw\"} ";
        let raw = metrics.lines().find_map(|line| line.strip_prefix(raw));
        raw.is_some_and(|raw| raw.trim() == "0")
    };
    let begun = Instant::now();
    while !packed() {
        assert!(begun.elapsed() < PACKED_WITHIN, "nothing is packed");
        std::thread::sleep(Duration::from_millis(50));
    }
}
