//! An examination of a real ledger: damaged row by row, found, and made again.

#![expect(
    clippy::unwrap_used,
    reason = "all of this program is test; a panic is how it says no"
)]

use async_trait::async_trait;
use bytes::Bytes;
use crossdock_core::actor::Actor;
use crossdock_core::checksum::Checksum;
use crossdock_core::name::{CrateName, IndexName};
use crossdock_core::ownership::Ownership;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::timestamp::Timestamp;
use crossdock_core::version::Version;
use crossdock_registry::memory::{ManualClock, MemoryBlobs};
use crossdock_registry::ports::{
    Batch, Blobs, Change, Ledger, NewRelease, SeenRows, StoreError, Validators,
};
use crossdock_registry::{Derived, FindingKind, Fsck, FsckReport, Mended, Repairs};
use crossdock_store::SqliteLedger;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection, Executor, SqliteConnection};
use std::path::{Path, PathBuf};

fn registry(text: &str) -> RegistryName {
    RegistryName::parse(text).unwrap()
}

fn publish(number: u32) -> Change {
    let archive = format!("archive {number}");
    Change::Publish(NewRelease {
        registry: registry("acme"),
        name: CrateName::parse("petal").unwrap(),
        version: Version::parse(&format!("1.{number}.0")).unwrap(),
        checksum: Checksum::of(archive.as_bytes()),
        row: format!("{{\"row\":{number}}}"),
        metadata: "{}".to_owned(),
    })
}

fn observe(number: u32) -> Change {
    let row = format!(
        "{{\"name\":\"stem\",\"vers\":\"1.{number}.0\",\"deps\":[],\"cksum\":\"{}\",\"features\":{{}},\"yanked\":false}}\n",
        Checksum::of(b"stem")
    );
    Change::Observe {
        registry: registry("public"),
        name: IndexName::parse("stem").unwrap(),
        rows: Bytes::from(row),
        releases: 1,
        validators: Validators::default(),
        seen: SeenRows::Whatever,
    }
}

struct Place {
    folder: tempfile::TempDir,
    blobs: MemoryBlobs,
}

impl Place {
    fn database(&self) -> PathBuf {
        self.folder.path().join("ledger.sqlite")
    }

    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = Self {
            folder,
            blobs: MemoryBlobs::default(),
        };
        let clock = ManualClock::at(Timestamp::from_unix_seconds(1_790_000_000).unwrap());
        let ledger = SqliteLedger::open(&place.database(), clock.reading())
            .await
            .unwrap();
        for number in 0..3 {
            let archive = Bytes::from(format!("archive {number}"));
            let checksum = Checksum::of(&archive);
            place.blobs.keep(&checksum, archive).await.unwrap();
            let changes = vec![
                publish(number),
                observe(number),
                Change::RecordOwner {
                    view: registry("main"),
                    name: format!("name-{number}").parse().unwrap(),
                    ownership: Ownership::sole(registry("acme")),
                },
            ];
            let actor = Actor::admin();
            ledger.append(Batch { actor, changes }).await.unwrap();
        }
        ledger.close().await;
        place
    }

    async fn damage(&self, sql: &str) {
        let options = SqliteConnectOptions::new().filename(self.database());
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        let done = connection.execute(AssertSqlSafe(sql.to_owned())).await;
        assert!(done.unwrap().rows_affected() > 0, "{sql}");
        connection.close().await.unwrap();
    }

    async fn examined(&self, repair: bool) -> FsckReport {
        let clock = ManualClock::at(Timestamp::from_unix_seconds(0).unwrap());
        let ledger = SqliteLedger::open(&self.database(), clock.reading())
            .await
            .unwrap();
        let scratch = tempfile::tempdir().unwrap();
        let scratch = scratch_in(scratch.path(), &clock).await;
        let mender = Mender {
            ledger: &ledger,
            scratch: &scratch,
        };
        let fsck = Fsck {
            ledger: &ledger,
            blobs: &self.blobs,
            scratch: &scratch,
            set_clock: &|time| clock.set(time),
            repairs: repair.then_some(&mender as &dyn Repairs),
            step: &|| {},
        };
        let report = fsck.run().await.unwrap();
        scratch.close().await;
        ledger.close().await;
        report
    }
}

async fn scratch_in(folder: &Path, clock: &ManualClock) -> SqliteLedger {
    let path = folder.join("scratch.sqlite");
    SqliteLedger::open_scratch(&path, clock.reading())
        .await
        .unwrap()
}

struct Mender<'l> {
    ledger: &'l SqliteLedger,
    scratch: &'l SqliteLedger,
}

#[async_trait]
impl Repairs for Mender<'_> {
    async fn refetch(
        &self,
        _mirror: &RegistryName,
        _name: &IndexName,
        _version: &Version,
        _checksum: &Checksum,
    ) -> Result<Mended, StoreError> {
        Ok(Mended::not("there is no upstream"))
    }

    async fn derive(&self, what: &Derived) -> Result<Mended, StoreError> {
        self.ledger.take_derived(self.scratch, what).await?;
        Ok(Mended::done("made again"))
    }
}

#[tokio::test]
async fn what_is_underived_is_found_and_replaced() {
    let place = Place::new().await;
    assert_eq!(place.examined(false).await.findings, []);
    for sql in [
        "UPDATE releases SET yanked = TRUE WHERE version = '1.1.0'",
        "UPDATE releases SET publisher = 'mallory' WHERE version = '1.0.0'",
        "UPDATE crates SET name = 'PETAL'",
        "UPDATE crate_owners SET owner = 'mallory'",
        "DELETE FROM crate_owners",
        "INSERT INTO crates VALUES ('acme', 'rose', 'rose', '{}')",
        "INSERT INTO vanished VALUES ('public', 'stem', '1.0.0', 7)",
        "DELETE FROM ownerships WHERE name_key = 'name-1'",
        "UPDATE ownerships SET owner = 'public', members = 'public'",
        "INSERT INTO faces VALUES ('main', 'acme', 'x', 'y')",
    ] {
        place.damage(sql).await;
        let found = place.examined(false).await.findings;
        assert_eq!(found.len(), 1, "{sql}: {found:?}");
        assert_eq!(found[0].kind, FindingKind::ProjectionDiffers, "{sql}");
        assert!(!found[0].repaired, "{sql}");
        let mended = place.examined(true).await.findings;
        assert!(mended.len() == 1 && mended[0].repaired, "{sql}: {mended:?}");
        let left = place.examined(false).await.findings;
        assert_eq!(left, [], "{sql}");
    }
}

#[tokio::test]
async fn after_a_lost_text_the_rest_is_looked_at() {
    let place = Place::new().await;
    // The first row and the last observation are lost, and something else is underived.
    place
        .damage("UPDATE releases SET row_text = 'x' WHERE version = '1.0.0'")
        .await;
    place.damage("UPDATE mirrored SET row_texts = x'00'").await;
    place.damage("DELETE FROM ownerships").await;
    let report = place.examined(true).await;
    let kinds: Vec<_> = report
        .findings
        .iter()
        .map(|found| (found.kind, found.repaired))
        .collect();
    assert_eq!(report.facts, 9);
    assert_eq!(report.archives, 3);
    let lost = (FindingKind::TextMissing, false);
    assert_eq!(
        kinds.iter().filter(|kind| **kind == lost).count(),
        2,
        "{report:?}"
    );
    let mended = (FindingKind::ProjectionDiffers, true);
    assert_eq!(
        kinds.iter().filter(|kind| **kind == mended).count(),
        1,
        "{report:?}"
    );
    assert!(report.orphans.is_none(), "what is lost may name them");
    // What was lost is not replaced by what stands in for it.
    let again = place.examined(true).await;
    assert_eq!(again.findings.len(), report.findings.len() - 1, "{again:?}");
}

#[tokio::test]
async fn a_fact_that_cannot_be_read_or_have_been_is_told_with_its_position() {
    let place = Place::new().await;
    place
        .damage("UPDATE facts SET encoding = 'nonsense' WHERE sequence = 4")
        .await;
    let report = place.examined(true).await;
    assert_eq!(report.facts, 9, "{report:?}");
    let first = &report.findings[0];
    assert_eq!(first.kind, FindingKind::FactUnreadable);
    assert!(first.what.starts_with("fact 4 "), "{first:?}");
    assert!(
        report.findings.iter().all(|found| !found.repaired),
        "nothing is derived from facts that are not all there: {report:?}"
    );
    let place = Place::new().await;
    place
        .damage("UPDATE facts SET encoding = (SELECT encoding FROM facts WHERE sequence = 1) WHERE sequence = 7")
        .await;
    let report = place.examined(true).await;
    let misplaced = report
        .findings
        .iter()
        .find(|found| found.kind == FindingKind::FactMisplaced);
    assert!(misplaced.unwrap().what.starts_with("fact 7 "), "{report:?}");
}
