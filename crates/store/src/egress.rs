//! What left for other registries, summed up and kept over a restart.
//!
//! A database of its own, so that its commits never stand in the way of the
//! ledger's writer, and because it may be lost: no answer rests on it.
//!
//! Absent: when it is written (whoever has the record in memory decides), and facts:
//! a request says nothing about what a view shows.

use crate::sqlite::dialect::told;
use crossdock_core::name::NameKey;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::timestamp::Timestamp;
use crossdock_registry::ports::{Departed, EgressQuestion, ErrandKind, Reason, StoreError};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{Connection, Executor, SqliteConnection};
use std::path::Path;
use std::time::Duration;
use tokio::sync::Mutex;

/// Sums that are kept; beyond, those that left longest ago are let go.
///
/// All of crates.io's names for two kinds and two reasons fit; some 200 MB of disk.
const SUMS_MAX: u64 = 1_000_000;

/// How many are let go at a time, so that it is rarely done.
const LET_GO: u64 = SUMS_MAX / 100;

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS departed (
        registry  TEXT NOT NULL,
        name      TEXT NOT NULL,
        kind      TEXT NOT NULL,
        reason    TEXT NOT NULL,
        dependent TEXT NOT NULL,
        first     BIGINT NOT NULL,
        last      BIGINT NOT NULL,
        count     BIGINT NOT NULL,
        PRIMARY KEY (registry, name, kind, reason, dependent)
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS departed_by_time ON departed (last);
";

/// The record of what left, in a SQLite database of its own.
pub struct EgressTable {
    /// Held while a group is written or a question answered: both are rare.
    kept: Mutex<Kept>,
}

struct Kept {
    connection: SqliteConnection,
    sums: u64,
    sums_max: u64,
}

impl EgressTable {
    /// Opens the database, making it as needed.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be opened.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_for(path, SUMS_MAX).await
    }

    async fn open_for(path: &Path, sums_max: u64) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(5));
        let connected = SqliteConnection::connect_with(&options).await;
        let mut connection = connected.map_err(told)?;
        connection.execute(TABLES).await.map_err(told)?;
        let counted: (i64,) = sqlx::query_as("SELECT count(*) FROM departed")
            .fetch_one(&mut connection)
            .await
            .map_err(told)?;
        Ok(Self {
            kept: Mutex::new(Kept {
                connection,
                sums: unsigned(counted.0),
                sums_max,
            }),
        })
    }

    /// Adds sums to those that are kept, all or none of them; durable when it returns.
    ///
    /// # Errors
    /// [`StoreError`] if it could not, and nothing was added.
    pub async fn add(&self, departed: &[Departed]) -> Result<(), StoreError> {
        let kept = &mut *self.kept.lock().await;
        let mut tx = kept.connection.begin().await.map_err(told)?;
        for sum in departed {
            let dependent = sum.reason.dependent().map_or("", NameKey::as_str);
            sqlx::query(
                "INSERT INTO departed VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
                 ON CONFLICT DO UPDATE SET first = min(first, excluded.first), \
                 last = max(last, excluded.last), count = count + excluded.count",
            )
            .bind(sum.registry.as_str())
            .bind(&*sum.name)
            .bind(sum.kind.word())
            .bind(sum.reason.word())
            .bind(dependent)
            .bind(sum.first.unix_seconds())
            .bind(sum.last.unix_seconds())
            .bind(i64::try_from(sum.count).unwrap_or(i64::MAX))
            .execute(&mut *tx)
            .await
            .map_err(told)?;
        }
        // An upper bound: sums that were there already are counted again, and the
        // true number is taken when it matters.
        let mut sums = kept.sums + departed.len() as u64;
        if sums > kept.sums_max {
            let counted: (i64,) = sqlx::query_as("SELECT count(*) FROM departed")
                .fetch_one(&mut *tx)
                .await
                .map_err(told)?;
            sums = unsigned(counted.0);
        }
        if sums > kept.sums_max {
            let surplus = sums - kept.sums_max + LET_GO.min(kept.sums_max / 100);
            let deleted = sqlx::query(
                "DELETE FROM departed WHERE (registry, name, kind, reason, dependent) IN \
                 (SELECT registry, name, kind, reason, dependent FROM departed \
                 ORDER BY last LIMIT $1)",
            )
            .bind(i64::try_from(surplus).unwrap_or(i64::MAX))
            .execute(&mut *tx)
            .await
            .map_err(told)?;
            sums = sums.saturating_sub(deleted.rows_affected());
        }
        tx.commit().await.map_err(told)?;
        kept.sums = sums;
        Ok(())
    }

    /// Lists what is kept, latest first.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read.
    pub async fn departed(&self, question: &EgressQuestion) -> Result<Vec<Departed>, StoreError> {
        let registry = question.registry.as_ref().map(RegistryName::as_str);
        let since = question.since.map(Timestamp::unix_seconds);
        let kept = &mut *self.kept.lock().await;
        let mut found = Vec::new();
        // By pages, because patterns of names are compared here, by key.
        let mut offset = 0_i64;
        while found.len() < question.limit {
            let rows: Vec<Row> = sqlx::query_as(
                "SELECT registry, name, kind, reason, dependent, first, last, count \
                 FROM departed WHERE ($1 IS NULL OR registry = $1) AND ($2 IS NULL OR last >= $2) \
                 ORDER BY last DESC, registry, name, kind, reason, dependent \
                 LIMIT $3 OFFSET $4",
            )
            .bind(registry)
            .bind(since)
            .bind(PAGE)
            .bind(offset)
            .fetch_all(&mut kept.connection)
            .await
            .map_err(told)?;
            let last_page = rows.len() < PAGE as usize;
            for row in rows {
                let departed = departed(row).ok_or_else(|| {
                    StoreError::Corrupt("a row of the egress record is not one of ours".to_owned())
                })?;
                if found.len() < question.limit && question.takes_in(&departed) {
                    found.push(departed);
                }
            }
            if last_page {
                break;
            }
            offset += PAGE;
        }
        Ok(found)
    }
}

/// Rows that are looked at together.
const PAGE: i64 = 20_000;

/// Registry, name, kind, reason, dependent, first, last, count.
type Row = (String, String, String, String, String, i64, i64, i64);

fn departed(
    (registry, name, kind, reason, dependent, first, last, count): Row,
) -> Option<Departed> {
    let dependent = match dependent.as_str() {
        "" => None,
        dependent => Some(dependent.parse().ok()?),
    };
    Some(Departed {
        registry: RegistryName::parse(&registry).ok()?,
        kind: ErrandKind::read(&kind)?,
        name,
        reason: Reason::read(&reason, dependent)?,
        first: Timestamp::from_unix_seconds(first)?,
        last: Timestamp::from_unix_seconds(last)?,
        count: unsigned(count),
    })
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossdock_core::pattern::NamePattern;

    fn sum(name: &str, at: i64, reason: Reason) -> Departed {
        let at = Timestamp::from_unix_seconds(at).unwrap();
        Departed {
            registry: RegistryName::parse("partner").unwrap(),
            kind: ErrandKind::Index,
            name: name.to_owned(),
            reason,
            first: at,
            last: at,
            count: 1,
        }
    }

    fn all() -> EgressQuestion {
        EgressQuestion {
            limit: usize::MAX,
            ..EgressQuestion::default()
        }
    }

    fn names(departed: &[Departed]) -> Vec<&str> {
        departed.iter().map(|sum| &*sum.name).collect()
    }

    #[tokio::test]
    async fn sums_add_up_and_are_there_when_opened_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("egress.sqlite");
        let dependent = "bait".parse().unwrap();
        let evidence = Reason::Evidence { dependent };
        {
            let table = EgressTable::open(&path).await.unwrap();
            let first = [
                sum("petal", 10, Reason::Asked),
                sum("a_b", 20, evidence.clone()),
            ];
            table.add(&first).await.unwrap();
            table.add(&[sum("petal", 5, Reason::Asked)]).await.unwrap();
        }
        let table = EgressTable::open(&path).await.unwrap();
        let kept = table.departed(&all()).await.unwrap();
        assert_eq!(names(&kept), ["a_b", "petal"]);
        assert_eq!(kept[0].reason, evidence);
        let seconds = |sum: &Departed| (sum.first.unix_seconds(), sum.last.unix_seconds());
        assert_eq!((seconds(&kept[1]), kept[1].count), ((5, 10), 2));
    }

    #[tokio::test]
    async fn a_question_takes_in_what_it_says() {
        let folder = tempfile::tempdir().unwrap();
        let table = EgressTable::open(&folder.path().join("e")).await.unwrap();
        let sums = [("acme_one", 1), ("acme-two", 2), ("rose", 3)];
        let sums = sums.map(|(name, at)| sum(name, at, Reason::Asked));
        table.add(&sums).await.unwrap();
        let mut named = all();
        named.name = Some(NamePattern::parse("acme-*").unwrap());
        let found = table.departed(&named).await.unwrap();
        assert_eq!(names(&found), ["acme-two", "acme_one"]);
        let mut late = all();
        late.since = Timestamp::from_unix_seconds(3);
        assert_eq!(names(&table.departed(&late).await.unwrap()), ["rose"]);
        let mut other = all();
        other.registry = Some(RegistryName::parse("other").unwrap());
        assert!(table.departed(&other).await.unwrap().is_empty());
        let mut one = all();
        one.limit = 1;
        assert_eq!(names(&table.departed(&one).await.unwrap()), ["rose"]);
    }

    #[tokio::test]
    async fn what_left_longest_ago_is_let_go() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("e");
        let table = EgressTable::open_for(&path, 3).await.unwrap();
        for at in 0..9 {
            let departed = sum(&format!("a{at}"), at, Reason::Asked);
            table.add(&[departed.clone(), departed]).await.unwrap();
        }
        let kept = table.departed(&all()).await.unwrap();
        assert_eq!(names(&kept), ["a8", "a7", "a6"]);
    }
}
