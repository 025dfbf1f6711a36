//! Backups: what came since, broken off anywhere, restored to the same facts.

use crate::package::Package;
use crate::plan::Plan;
use crate::row::Row;
use crate::world::{BEGIN, World, name, registry, version};
use crossdock_core::actor::Actor;
use crossdock_core::decision::Words;
use crossdock_core::fact::Fact;
use crossdock_core::timestamp::Timestamp;
use crossdock_registry::memory::{ManualClock, MemoryBlobs, MemoryLedger, MemoryVault};
use crossdock_registry::ports::{Blobs as _, Ledger};
use crossdock_registry::{BackupError, BackupReport, RestoreError, back_up, restore, verify};

/// A garden with hosted and mirrored crates, of which something is recorded.
async fn world() -> World {
    let world = Plan::usual().open().await;
    for number in 1..4 {
        let petal = Package::new("petal", &format!("1.{number}.0"));
        world.publish("acme", &petal).await.unwrap();
    }
    let stem = Package::new("stem", "1.0.0");
    world.shows("crates-io", "stem", &[Row::of(&stem)]);
    world.has_archive("crates-io", &stem);
    world.index("main", "stem").await.unwrap();
    world.fetch("main", &stem).await.unwrap();
    world
}

async fn backed_up(world: &World, vault: &MemoryVault) -> Result<BackupReport, BackupError> {
    let now = Timestamp::parse(BEGIN).unwrap();
    back_up(&world.federation.backup_source(), vault, now, &|| {}).await
}

async fn facts(ledger: &dyn Ledger) -> Vec<(u64, Fact)> {
    ledger.facts(0, 10_000).await.unwrap()
}

/// Restores, and compares with what was there up to the backup's epoch.
async fn restored(world: &World, vault: &MemoryVault) -> (MemoryLedger, MemoryBlobs) {
    let clock = ManualClock::at(Timestamp::parse(BEGIN).unwrap());
    let (ledger, blobs) = (MemoryLedger::new(clock.reading()), MemoryBlobs::default());
    let report = restore(vault, &ledger, &blobs, &|time| clock.set(time), &|| {}).await;
    let report = report.unwrap();
    assert_eq!(report.missing, [] as [String; 0]);
    let was = facts(&*world.ledger).await;
    let epoch = usize::try_from(report.epoch).unwrap();
    assert_eq!(facts(&ledger).await, was[..epoch]);
    (ledger, blobs)
}

#[tokio::test]
async fn what_came_since_is_added_and_all_is_restored() {
    let (world, vault) = (world().await, MemoryVault::default());
    let first = backed_up(&world, &vault).await.unwrap();
    assert_eq!(first.facts, first.epoch);
    assert_eq!(first.missing, [] as [String; 0]);
    let (ledger, blobs) = restored(&world, &vault).await;
    assert_eq!(blobs.checksums(), world.blobs.checksums());
    let acme = registry("acme");
    let key = name("petal").key();
    let (was, is) = (
        world.ledger.hosted(&acme, &key).await.unwrap().unwrap(),
        ledger.hosted(&acme, &key).await.unwrap().unwrap(),
    );
    assert_eq!(format!("{was:?}"), format!("{is:?}"), "metadata too");
    // Nothing came: nothing is written but the head.
    let idle = backed_up(&world, &vault).await.unwrap();
    assert_eq!((idle.facts, idle.copied, idle.written_bytes), (0, 0, 0));
    let rose = Package::new("rose", "1.0.0");
    world.publish("acme", &rose).await.unwrap();
    let second = backed_up(&world, &vault).await.unwrap();
    assert_eq!(second.copied, 1);
    assert_eq!(second.epoch, first.epoch + second.facts);
    restored(&world, &vault).await;
    let parts = vault.names();
    let many = |kind: &str| parts.iter().filter(|name| name.starts_with(kind)).count();
    assert_eq!((many("facts/"), many("lists/")), (1, 1), "{parts:?}");
    let read = verify(&vault, &|| {}).await.unwrap().unwrap();
    assert_eq!(read.findings, [] as [String; 0]);
    assert_eq!((read.facts, read.archives), (second.epoch, second.archives));
}

#[tokio::test]
async fn broken_off_anywhere_the_one_before_is_restored() {
    let (world, before) = (world().await, MemoryVault::default());
    let first = backed_up(&world, &before).await.unwrap();
    for number in 4..7 {
        let petal = Package::new("petal", &format!("1.{number}.0"));
        world.publish("acme", &petal).await.unwrap();
    }
    let whole = before.copied();
    whole.end_after(None);
    let second = backed_up(&world, &whole).await.unwrap();
    assert!(second.epoch > first.epoch);
    let writes = whole.writes();
    assert!(writes > 6, "{writes}");
    for ended in 0..writes {
        let vault = before.copied();
        vault.end_after(Some(ended));
        assert!(backed_up(&world, &vault).await.is_err(), "after {ended}");
        let read = verify(&vault, &|| {}).await.unwrap().unwrap();
        assert_eq!(read.findings, [] as [String; 0], "after {ended}");
        assert!([first.epoch, second.epoch].contains(&read.epoch));
        restored(&world, &vault).await;
        vault.end_after(None);
        let again = backed_up(&world, &vault).await.unwrap();
        assert_eq!(again.epoch, second.epoch, "after {ended}");
        restored(&world, &vault).await;
    }
}

#[tokio::test]
async fn every_byte_counts() {
    let (world, whole) = (world().await, MemoryVault::default());
    backed_up(&world, &whole).await.unwrap();
    for name in whole.names() {
        for place in [0, 7, 40, 1_000_003] {
            let vault = whole.copied();
            vault.damage(&name, place);
            let found = match verify(&vault, &|| {}).await {
                Ok(read) => !read.unwrap().findings.is_empty(),
                Err(_) => true,
            };
            assert!(found, "byte {place} of {name}");
            let clock = ManualClock::at(Timestamp::parse(BEGIN).unwrap());
            let (ledger, blobs) = (MemoryLedger::new(clock.reading()), MemoryBlobs::default());
            let report = restore(&vault, &ledger, &blobs, &|time| clock.set(time), &|| {}).await;
            match report {
                Ok(report) => assert_eq!(report.missing.len(), 1, "byte {place} of {name}"),
                Err(_) => assert!(!name.starts_with("archives/")),
            }
        }
    }
}

#[tokio::test]
async fn a_purge_has_its_effect_on_the_backup() {
    let (world, vault) = (world().await, MemoryVault::default());
    let first = backed_up(&world, &vault).await.unwrap();
    let reason = Words::parse("a court said so").unwrap();
    let (acme, petal, gone) = (registry("acme"), name("petal"), version("1.2.0"));
    let purged = world
        .federation
        .purge(&acme, &petal, &gone, reason, &Actor::admin())
        .await;
    purged.unwrap();
    let second = backed_up(&world, &vault).await.unwrap();
    assert_eq!((second.purged, second.archives), (1, first.archives - 1));
    assert_eq!(second.missing, [] as [String; 0]);
    let (_, blobs) = restored(&world, &vault).await;
    assert_eq!(blobs.checksums(), world.blobs.checksums());
    let again = backed_up(&world, &vault).await.unwrap();
    assert_eq!((again.purged, again.copied), (0, 0));
}

#[tokio::test]
async fn another_history_is_not_mixed_in() {
    let (world, vault) = (world().await, MemoryVault::default());
    backed_up(&world, &vault).await.unwrap();
    let other = Plan::usual().open().await;
    for number in 1..9 {
        let petal = Package::new("petal", &format!("2.{number}.0"));
        other.publish("acme", &petal).await.unwrap();
    }
    let refused = backed_up(&other, &vault).await;
    assert!(
        matches!(refused, Err(BackupError::OtherHistory { .. })),
        "{refused:?}"
    );
    // Nor is it restored into what has other facts.
    let blobs = MemoryBlobs::default();
    let refused = restore(&vault, &*other.ledger, &blobs, &|_| {}, &|| {}).await;
    assert!(
        matches!(refused, Err(RestoreError::OtherLedger { .. })),
        "{refused:?}"
    );
    let nothing = MemoryVault::default();
    let refused = restore(&nothing, &*other.ledger, &blobs, &|_| {}, &|| {}).await;
    assert!(matches!(refused, Err(RestoreError::Nothing)));
    assert!(verify(&nothing, &|| {}).await.unwrap().is_none());
}

#[tokio::test]
async fn a_restore_that_was_broken_off_goes_on() {
    let (world, vault) = (world().await, MemoryVault::default());
    backed_up(&world, &vault).await.unwrap();
    let clock = ManualClock::at(Timestamp::parse(BEGIN).unwrap());
    let (ledger, blobs) = (MemoryLedger::new(clock.reading()), MemoryBlobs::default());
    let lost = || crossdock_registry::ports::StoreError::Unavailable("on command".to_owned());
    let all = async || restore(&vault, &ledger, &blobs, &|time| clock.set(time), &|| {}).await;
    blobs.fail_next_keep(lost());
    assert!(all().await.is_err());
    for done in 0..2 {
        ledger.fail_next_append(lost());
        assert!(all().await.is_err(), "{done}");
        // One more fact is there each time, recorded before the answer was lost.
        ledger.fail_next_append_once_recorded(lost());
        assert!(all().await.is_err(), "{done}");
        assert!(!facts(&ledger).await.is_empty());
    }
    let report = all().await.unwrap();
    assert_eq!(report.archives, 0, "archives were there");
    assert_eq!(facts(&ledger).await, facts(&*world.ledger).await);
    let listed = blobs.list(None, 1000).await.unwrap();
    assert_eq!(listed.len(), world.blobs.checksums().len());
}
