//! The tables in PostgreSQL, and how an older database becomes today's.
//!
//! They are those of SQLite (`sqlite/schema.rs`), column by column, which a test
//! compares; a migration there has its counterpart here. Texts are ordered by their
//! bytes whatever the database's language, as everywhere else in Crossdock.

use super::dialect::{Connection, told};
use crossdock_registry::ports::StoreError;
use sqlx::{Connection as _, Executor};

/// Step N brings version N to N + 1.
const MIGRATIONS: &[&str] = &[r#"
    CREATE TABLE facts (
        sequence BIGINT PRIMARY KEY,
        seconds  BIGINT NOT NULL,
        kind     TEXT COLLATE "C" NOT NULL,
        encoding TEXT COLLATE "C" NOT NULL,
        scope    TEXT COLLATE "C" NOT NULL,
        subject  TEXT COLLATE "C",
        decided  BOOLEAN NOT NULL
    );
    CREATE INDEX facts_by_subject ON facts (scope, subject, sequence);
    CREATE INDEX facts_decided ON facts (scope, sequence) WHERE decided;
    CREATE INDEX facts_by_time ON facts (seconds, sequence);
    CREATE TABLE crates (
        registry TEXT COLLATE "C" NOT NULL,
        name_key TEXT COLLATE "C" NOT NULL,
        name     TEXT COLLATE "C" NOT NULL,
        metadata TEXT COLLATE "C" NOT NULL,
        PRIMARY KEY (registry, name_key)
    );
    CREATE TABLE crate_owners (
        registry TEXT COLLATE "C" NOT NULL,
        name_key TEXT COLLATE "C" NOT NULL,
        position BIGINT NOT NULL,
        owner    TEXT COLLATE "C" NOT NULL,
        PRIMARY KEY (registry, name_key, position)
    );
    -- Who was first with a version is decided here; `bare_version` has build metadata
    -- only where releases may differ in it.
    CREATE TABLE releases (
        registry     TEXT COLLATE "C" NOT NULL,
        name_key     TEXT COLLATE "C" NOT NULL,
        bare_version TEXT COLLATE "C" NOT NULL,
        version      TEXT COLLATE "C" NOT NULL,
        checksum     TEXT COLLATE "C" NOT NULL,
        row_text     TEXT COLLATE "C" NOT NULL,
        yanked       BOOLEAN NOT NULL,
        seconds      BIGINT NOT NULL,
        publisher    TEXT COLLATE "C" NOT NULL,
        sequence     BIGINT NOT NULL,
        PRIMARY KEY (registry, name_key, bare_version)
    );
    CREATE UNIQUE INDEX releases_by_version ON releases (registry, name_key, version);
    CREATE TABLE earlier_builds (
        registry  TEXT COLLATE "C" NOT NULL,
        name_key  TEXT COLLATE "C" NOT NULL,
        sequence  BIGINT NOT NULL,
        version   TEXT COLLATE "C" NOT NULL,
        checksum  TEXT COLLATE "C" NOT NULL,
        row_text  TEXT COLLATE "C" NOT NULL,
        seconds   BIGINT NOT NULL,
        publisher TEXT COLLATE "C" NOT NULL,
        PRIMARY KEY (registry, name_key, sequence)
    );
    CREATE TABLE mirrored (
        registry      TEXT COLLATE "C" NOT NULL,
        name          TEXT COLLATE "C" NOT NULL,
        row_texts     BYTEA NOT NULL,
        etag          TEXT COLLATE "C",
        last_modified TEXT COLLATE "C",
        packed        BOOLEAN NOT NULL,
        rows_sha256   TEXT COLLATE "C" NOT NULL,
        sequence      BIGINT NOT NULL,
        PRIMARY KEY (registry, name)
    );
    CREATE TABLE earlier_rows (
        registry    TEXT COLLATE "C" NOT NULL,
        name        TEXT COLLATE "C" NOT NULL,
        sequence    BIGINT NOT NULL,
        form        BIGINT NOT NULL,
        row_texts   BYTEA NOT NULL,
        rows_sha256 TEXT COLLATE "C" NOT NULL,
        PRIMARY KEY (registry, name, sequence)
    );
    -- They are packed already: no time is spent on trying that again.
    ALTER TABLE mirrored ALTER COLUMN row_texts SET STORAGE EXTERNAL;
    ALTER TABLE earlier_rows ALTER COLUMN row_texts SET STORAGE EXTERNAL;
    CREATE TABLE confirmed (
        registry TEXT COLLATE "C" NOT NULL,
        name     TEXT COLLATE "C" NOT NULL,
        seconds  BIGINT NOT NULL,
        PRIMARY KEY (registry, name)
    );
    CREATE TABLE vanished (
        registry TEXT COLLATE "C" NOT NULL,
        name     TEXT COLLATE "C" NOT NULL,
        version  TEXT COLLATE "C" NOT NULL,
        seconds  BIGINT NOT NULL,
        PRIMARY KEY (registry, name, version)
    );
    -- The arbiter of ownership: one record for each name of a view.
    CREATE TABLE ownerships (
        view_name TEXT COLLATE "C" NOT NULL,
        name_key  TEXT COLLATE "C" NOT NULL,
        owner     TEXT COLLATE "C",
        members   TEXT COLLATE "C" NOT NULL,
        heirs     TEXT COLLATE "C" NOT NULL,
        PRIMARY KEY (view_name, name_key)
    );
    CREATE TABLE faces (
        view_name TEXT COLLATE "C" NOT NULL,
        member    TEXT COLLATE "C" NOT NULL,
        name_key  TEXT COLLATE "C" NOT NULL,
        dependent TEXT COLLATE "C" NOT NULL,
        PRIMARY KEY (view_name, member, name_key)
    );
    -- Who was first with a version of a name that several members have.
    CREATE TABLE shown_versions (
        view_name TEXT COLLATE "C" NOT NULL,
        name_key  TEXT COLLATE "C" NOT NULL,
        version   TEXT COLLATE "C" NOT NULL,
        checksum  TEXT COLLATE "C" NOT NULL,
        member    TEXT COLLATE "C" NOT NULL,
        PRIMARY KEY (view_name, name_key, version)
    );
    -- The arbiter of what can be decided only once.
    CREATE TABLE decided_once (
        scope    TEXT COLLATE "C" NOT NULL,
        once_key TEXT COLLATE "C" NOT NULL,
        sequence BIGINT NOT NULL,
        PRIMARY KEY (scope, once_key)
    );
"#];

/// Brings a database to today's version, all steps together or none; nodes that start
/// at the same time do so one after the other.
pub(super) async fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let mut tx = connection.begin().await.map_err(told)?;
    tx.execute(
        "SET LOCAL statement_timeout = 0; \
         SELECT pg_advisory_xact_lock(7879); \
         CREATE TABLE IF NOT EXISTS crossdock_version (version BIGINT NOT NULL)",
    )
    .await
    .map_err(told)?;
    let found: Option<(i64,)> = sqlx::query_as("SELECT version FROM crossdock_version")
        .fetch_optional(&mut *tx)
        .await
        .map_err(told)?;
    let version = found.map_or(0, |(version,)| version);
    let done = usize::try_from(version).unwrap_or(usize::MAX);
    if done > MIGRATIONS.len() {
        return Err(StoreError::Unavailable(format!(
            "the database is of version {version}, this Crossdock knows {}; use the newer Crossdock that wrote it",
            MIGRATIONS.len()
        )));
    }
    if done == MIGRATIONS.len() {
        return tx.commit().await.map_err(told);
    }
    for sql in &MIGRATIONS[done..] {
        tx.execute(*sql).await.map_err(told)?;
    }
    tx.execute("DELETE FROM crossdock_version")
        .await
        .map_err(told)?;
    sqlx::query("INSERT INTO crossdock_version (version) VALUES ($1)")
        .bind(i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX))
        .execute(&mut *tx)
        .await
        .map_err(told)?;
    tx.commit().await.map_err(told)
}
