//! Law 10 on disk: what a data folder says of every epoch, another machine's folder says
//! byte for byte that was made of the first one's facts, texts and archives alone.
//!
//! The life before is in `life.rs`, with facts of every kind; a data folder and what it
//! says in `place.rs`. The worlds of the use cases' tests lend the plan, rows and
//! packages.

#![expect(
    clippy::unwrap_used,
    reason = "all of this program is test; a panic is how it says no"
)]
#![allow(
    dead_code,
    reason = "worlds can do more than what is tried over this ledger"
)]

mod life;
#[path = "../../../registry/tests/use_cases/package.rs"]
mod package;
mod place;
#[path = "../../../registry/tests/use_cases/plan.rs"]
mod plan;
#[path = "../../../registry/tests/use_cases/row.rs"]
mod row;
#[path = "../../../registry/tests/use_cases/world.rs"]
mod world;

use crossdock_registry::memory::ManualClock;
use crossdock_registry::rebuild;
use place::{Place, beginning};
use std::collections::BTreeSet;

/// How many epochs are compared at least.
const EPOCHS: u64 = 100;

/// What must have happened: facts of every kind but pins, which rows rest on when a
/// name turns private, and which the use cases' tests have.
const KINDS: [&str; 34] = [
    "alias-declared",
    "alias-spared",
    "alias-withdrawn",
    "approval-requested",
    "approval-revoked",
    "approved",
    "conflict-settled",
    "face-named",
    "frozen",
    "imported",
    "licence-found",
    "looked-alike",
    "observed",
    "overlay-accepted",
    "overlay-patched",
    "overlay-rebased",
    "owner-recorded",
    "owners-changed",
    "policy",
    "published",
    "purged",
    "reassigned",
    "rebuilt",
    "removals-accepted",
    "retired",
    "returned",
    "snapshot",
    "thawed",
    "transferred",
    "unyanked",
    "vanished",
    "versions-shown",
    "waived",
    "yanked",
];

#[tokio::test]
async fn a_hundred_epochs_on_disk_are_the_same_on_another_machine() {
    let here = tempfile::tempdir().unwrap();
    let clock = ManualClock::at(beginning());
    let mut place = Place::open(here.path(), clock, life::first_settings()).await;
    life::live(&mut place).await;
    let epochs = place.epoch().await;
    assert!(epochs >= EPOCHS, "{epochs}");
    let kinds = place.kinds().await;
    let missing: Vec<_> = KINDS
        .iter()
        .filter(|kind| !kinds.contains(**kind))
        .collect();
    assert!(missing.is_empty(), "nothing of {missing:?} happened");

    // Whatever nobody had recorded is, from the first look on.
    let first = place.answers(epochs).await;
    life::live_on(&mut place).await;

    let there = tempfile::tempdir().unwrap();
    copy_archives(here.path(), there.path());
    let clock = ManualClock::at(beginning());
    let ledger = Place::ledger(there.path(), &clock).await;
    let done = rebuild(&*place.ledger, &*ledger, &|time| clock.set(time)).await;
    assert_eq!(done.unwrap(), place.epoch().await);
    ledger.close().await;
    let settings = place.federation.configuration().clone();
    place.close().await;

    // Nobody is there to be asked, so whatever it shows is from the folder.
    let mut again = Place::open(there.path(), clock, settings).await;
    let second = again.answers(epochs).await;
    assert_eq!(
        first.keys().collect::<BTreeSet<_>>(),
        second.keys().collect()
    );
    for (what, said) in &first {
        assert_eq!(second.get(what), Some(said), "{what:?}");
    }
    let whole = first.values().filter(|said| said.is_ok()).count();
    let count = first.len();
    println!("{epochs} epochs, {count} answers, {whole} of them whole");
    // The others are crates that there were not yet, and archives that nobody has.
    assert!(whole > 5000, "{whole} of {count}");
    again.federation.shutdown().await;
}

/// Brings archives and texts to another data folder, as a backup would.
fn copy_archives(from: &std::path::Path, to: &std::path::Path) {
    let (from, to) = (from.join("blobs"), to.join("blobs"));
    for folder in std::fs::read_dir(from).unwrap() {
        let folder = folder.unwrap();
        if !folder.file_type().unwrap().is_dir() {
            continue;
        }
        let beside = to.join(folder.file_name());
        std::fs::create_dir_all(&beside).unwrap();
        for file in std::fs::read_dir(folder.path()).unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), beside.join(file.file_name())).unwrap();
        }
    }
}
