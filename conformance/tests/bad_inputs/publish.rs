//! Everything that is published, sent in turn to a registry that has the crate and to one
//! that has not: a refusal that says why, and nothing left.

use crate::Case;
use crate::entries::good;
use crate::families::{FAMILIES, Group};
use crate::nothing_went;
use crate::watch::Watch;
use crossdock_conformance::http::Answer;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::server::Server;
use crossdock_conformance::upload;
use crossdock_conformance::workbench::Workbench;

const SETTINGS: &str = "[registries.fresh]\n[registries.used]\n";

/// Sends families of archives, wrapped as cargo wraps them.
fn archives(numbers: std::ops::RangeInclusive<u8>) {
    let metadata = upload::metadata(&good());
    let wrapped = |case: Case| Case {
        bytes: upload::body_of(&metadata, &case.bytes),
        ..case
    };
    refused(
        numbers,
        |group| match group {
            Group::Archives(make) => make().into_iter().map(wrapped).collect(),
            _ => Vec::new(),
        },
        &[400],
    );
}

#[test]
fn entries_that_lead_elsewhere() {
    archives(1..=12);
}

#[test]
fn entries_that_some_systems_cannot_write() {
    archives(14..=22);
}

#[test]
fn too_much() {
    archives(13..=13);
    archives(23..=25);
}

#[test]
fn streams_that_are_no_gzip() {
    archives(26..=29);
}

#[test]
fn bodies_names_and_manifests() {
    refused(
        1..=96,
        |group| match group {
            Group::Uploads(make) => make(),
            _ => Vec::new(),
        },
        &[400, 413],
    );
}

#[track_caller]
fn refused(
    numbers: std::ops::RangeInclusive<u8>,
    cases_of: impl Fn(&Group) -> Vec<Case>,
    statuses: &[u16],
) {
    let bench = Workbench::new();
    let server = Server::start(&bench, SETTINGS);
    server.has("used", &Krate::new("n", "1.0.0"));
    let (rows, length) = (server.entry("used", "n").body, ledger(&server));
    assert!(length > 0, "what is there is recorded");
    let mut wrong = Vec::new();
    for family in FAMILIES.iter().filter(|it| numbers.contains(&it.number)) {
        let cases = family.groups.iter().flat_map(&cases_of);
        for (case, registry) in cases.zip(["fresh", "used"].into_iter().cycle()) {
            let watch = Watch::begin(&server);
            let answer = server.upload(registry, &case.bytes);
            let fine = judged(&answer, &case, statuses).and_then(|()| watch.end(case.bytes.len()));
            if let Err(why) = fine {
                let (number, what) = (family.number, &case.what);
                wrong.push(format!(
                    "{number}, {what}, to `{registry}`: {why}\n{answer}"
                ));
            }
        }
        if ledger(&server) != length {
            wrong.push(format!("{}: something was recorded", family.number));
            break;
        }
    }
    nothing_went(&wrong);
    server.entry("fresh", "n").expects(404);
    assert_eq!(server.entry("used", "n").body, rows);
    // The very same name and version are free for who sends something proper.
    server.has("fresh", &good());
    server.has("used", &good());
}

fn judged(answer: &Answer, case: &Case, statuses: &[u16]) -> Result<(), String> {
    let json: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let detail = json["errors"][0]["detail"].as_str().unwrap_or_default();
    if !statuses.contains(&answer.status) {
        return Err(format!("expected one of {statuses:?}"));
    }
    if detail.len() < 10 || !detail.contains(case.says) {
        return Err(format!("expected the reason to say `{}`", case.says));
    }
    if detail.chars().any(char::is_control) {
        return Err("the reason carries control characters".to_owned());
    }
    // What a stranger wrote is cut, so that no refusal is longer than a screen.
    match detail.len() < 2_000 {
        true => Ok(()),
        false => Err(format!("the reason has {} bytes", detail.len())),
    }
}

/// The length of the ledger: the last epoch that has come.
pub(crate) fn ledger(server: &Server) -> u64 {
    let is_there = |epoch: u64| {
        let path = format!("/{}/api/v1/at/{epoch}", first_registry(server));
        server.get(&path).status == 200
    };
    let (mut low, mut high) = (0, 1);
    while is_there(high) {
        (low, high) = (high, high * 2);
    }
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        match is_there(middle) {
            true => low = middle,
            false => high = middle,
        }
    }
    low
}

fn first_registry(server: &Server) -> &'static str {
    let settings = std::fs::read_to_string(server.settings()).unwrap_or_default();
    match settings.contains("[registries.used]") {
        true => "used",
        false => "up",
    }
}
