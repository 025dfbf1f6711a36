//! Every target for a few seconds, or as many as `CROSSDOCK_FUZZ_SECONDS` says.

use crossdock_fuzz::mutation;
use crossdock_fuzz::target::TARGETS;
use std::time::Duration;

/// Enough for some thousand inputs of each in a debug build.
const SECONDS: u64 = 2;

fn holds(name: &str) {
    let seconds = std::env::var("CROSSDOCK_FUZZ_SECONDS").ok();
    let seconds = seconds
        .and_then(|text| text.parse().ok())
        .unwrap_or(SECONDS);
    let target = TARGETS.iter().find(|target| target.name == name);
    let target = target.expect("the tests name the targets");
    let inputs = mutation::run(target, Duration::from_secs(seconds));
    assert!(inputs > 10, "{inputs}");
}

#[test]
fn rows() {
    holds("row");
}

#[test]
fn publishes() {
    holds("publish");
}

#[test]
fn manifests() {
    holds("manifest");
}

#[test]
fn archives() {
    holds("archive");
}

#[test]
fn lockfiles() {
    holds("lockfile");
}

/// Seeds that are refused at once would leave all behind the door untried.
#[test]
fn seeds_come_through_the_door() {
    for target in &TARGETS {
        for seed in (target.seeds)() {
            (target.take)(&seed);
        }
    }
    let name = crossdock_core::name::IndexName::parse("petal").expect("the name is one");
    let own = |_: Option<&str>| Ok(crossdock_core::release::Target::Own);
    for rows in crossdock_fuzz::seed::rows().iter().take(3) {
        let file = crossdock_wire::index_file::decode(rows, &name, &own);
        assert!(file.quarantined.is_empty(), "{:?}", file.quarantined);
    }
    for manifest in crossdock_fuzz::seed::manifests() {
        let text = String::from_utf8(manifest).expect("seeds are text");
        crossdock_wire::manifest::parse(&text).expect("seeds are manifests");
    }
    for lock in crossdock_fuzz::seed::lockfiles() {
        let text = String::from_utf8(lock).expect("seeds are text");
        crossdock_wire::lockfile::decode(&text).expect("seeds are locks");
    }
}
