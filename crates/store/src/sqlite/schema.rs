//! The tables, and how an older database becomes today's.
//!
//! The version is SQLite's own `user_version`. A migration is appended, never
//! changed; a database of a newer version is refused rather than guessed at.

#[cfg(test)]
mod tests;

use super::dialect::told;
use crossdock_registry::ports::StoreError;
use sqlx::{Connection, Executor, Row, SqliteConnection};

/// Step N brings version N to N + 1.
const MIGRATIONS: &[&str] = &[
    "
    CREATE TABLE facts (
        sequence INTEGER PRIMARY KEY AUTOINCREMENT,
        seconds  BIGINT NOT NULL,
        kind     TEXT NOT NULL,
        encoding TEXT NOT NULL
    );
    CREATE TABLE crates (
        registry TEXT NOT NULL,
        name_key TEXT NOT NULL,
        name     TEXT NOT NULL,
        metadata TEXT NOT NULL,
        PRIMARY KEY (registry, name_key)
    );
    CREATE TABLE crate_owners (
        registry TEXT NOT NULL,
        name_key TEXT NOT NULL,
        position INTEGER NOT NULL,
        owner    TEXT NOT NULL,
        PRIMARY KEY (registry, name_key, position)
    );
    -- Who was first with a version is decided here: build metadata is not part of it.
    CREATE TABLE releases (
        registry     TEXT NOT NULL,
        name_key     TEXT NOT NULL,
        bare_version TEXT NOT NULL,
        version      TEXT NOT NULL,
        checksum     TEXT NOT NULL,
        row_text     TEXT NOT NULL,
        yanked       BOOLEAN NOT NULL,
        seconds      BIGINT NOT NULL,
        publisher    TEXT NOT NULL,
        sequence     BIGINT NOT NULL,
        PRIMARY KEY (registry, name_key, bare_version)
    );
    CREATE TABLE mirrored (
        registry      TEXT NOT NULL,
        name          TEXT NOT NULL,
        row_texts     BLOB NOT NULL,
        etag          TEXT,
        last_modified TEXT,
        PRIMARY KEY (registry, name)
    );
    -- The arbiter of ownership: one record for each name of a view.
    CREATE TABLE ownerships (
        view_name TEXT NOT NULL,
        name_key  TEXT NOT NULL,
        owner     TEXT,
        members   TEXT NOT NULL,
        PRIMARY KEY (view_name, name_key)
    );
    CREATE TABLE faces (
        view_name TEXT NOT NULL,
        member    TEXT NOT NULL,
        name_key  TEXT NOT NULL,
        dependent TEXT NOT NULL,
        PRIMARY KEY (view_name, member, name_key)
    );
",
    // Large entries are deflated, and all are verified when they are read; those
    // from before have no hash until they change.
    "
    ALTER TABLE mirrored ADD COLUMN packed BOOLEAN NOT NULL DEFAULT FALSE;
    ALTER TABLE mirrored ADD COLUMN rows_sha256 TEXT NOT NULL DEFAULT '';
",
    // What a fact is about, so that the facts of a name or scope are found without
    // reading all; those from before say it in their fifth and following lines.
    "
    ALTER TABLE facts ADD COLUMN scope TEXT NOT NULL DEFAULT '';
    ALTER TABLE facts ADD COLUMN subject TEXT;
    ALTER TABLE facts ADD COLUMN decided BOOLEAN NOT NULL DEFAULT FALSE;
    UPDATE facts SET
        scope = (SELECT substr(rest, 1, instr(rest, char(10)) - 1) FROM (SELECT substr(
            encoding, max(instr(encoding, char(10) || 'registry ') + 10,
                          instr(encoding, char(10) || 'view ') + 6)) AS rest)),
        subject = (SELECT replace(lower(substr(rest, 1, instr(rest, char(10)) - 1)), '_', '-')
            FROM (SELECT substr(encoding, instr(encoding, char(10) || 'name ') + 6) AS rest));
    CREATE INDEX facts_by_subject ON facts (scope, subject, sequence);
    CREATE INDEX facts_decided ON facts (scope, sequence) WHERE decided;
    -- The arbiter of what can be decided only once.
    CREATE TABLE decided_once (
        scope    TEXT NOT NULL,
        once_key TEXT NOT NULL,
        sequence BIGINT NOT NULL,
        PRIMARY KEY (scope, once_key)
    );
",
    // What mirrors keep and their upstreams do not show any more, and since when.
    "
    CREATE TABLE vanished (
        registry TEXT NOT NULL,
        name     TEXT NOT NULL,
        version  TEXT NOT NULL,
        seconds  BIGINT NOT NULL,
        PRIMARY KEY (registry, name, version)
    );
",
    // Rows that a mirror keeps know the fact that observed them, and what they replace
    // stays: see `earlier.rs`. Of rows from before, the last fact of their name is it.
    "
    ALTER TABLE mirrored ADD COLUMN sequence BIGINT NOT NULL DEFAULT 0;
    UPDATE mirrored SET sequence = COALESCE((SELECT MAX(facts.sequence) FROM facts
        WHERE facts.scope = mirrored.registry AND facts.kind = 'observed'
          AND facts.subject = replace(lower(mirrored.name), '_', '-')
          AND instr(facts.encoding, char(10) || 'name ' || mirrored.name || char(10)) > 0), 0);
    CREATE TABLE earlier_rows (
        registry    TEXT NOT NULL,
        name        TEXT NOT NULL,
        sequence    BIGINT NOT NULL,
        form        INTEGER NOT NULL,
        row_texts   BLOB NOT NULL,
        rows_sha256 TEXT NOT NULL,
        PRIMARY KEY (registry, name, sequence)
    ) WITHOUT ROWID;
    CREATE INDEX facts_by_time ON facts (seconds, sequence);
",
    // When upstreams last confirmed rows, so that a start need not ask for all anew.
    "
    CREATE TABLE confirmed (
        registry TEXT NOT NULL,
        name     TEXT NOT NULL,
        seconds  BIGINT NOT NULL,
        PRIMARY KEY (registry, name)
    ) WITHOUT ROWID;
",
    // To whom names were transferred, and what was shown of names that several members
    // have: who was first with a version is decided here.
    "
    ALTER TABLE ownerships ADD COLUMN heirs TEXT NOT NULL DEFAULT '';
    CREATE TABLE shown_versions (
        view_name TEXT NOT NULL,
        name_key  TEXT NOT NULL,
        version   TEXT NOT NULL,
        checksum  TEXT NOT NULL,
        member    TEXT NOT NULL,
        PRIMARY KEY (view_name, name_key, version)
    );
",
    // Builds that others took the place of, in registries that let them.
    "
    CREATE TABLE earlier_builds (
        registry  TEXT NOT NULL,
        name_key  TEXT NOT NULL,
        sequence  BIGINT NOT NULL,
        version   TEXT NOT NULL,
        checksum  TEXT NOT NULL,
        row_text  TEXT NOT NULL,
        seconds   BIGINT NOT NULL,
        publisher TEXT NOT NULL,
        PRIMARY KEY (registry, name_key, sequence)
    ) WITHOUT ROWID;
",
    // Where releases may differ in build metadata alone, `bare_version` has it too: what
    // must not be there twice is in it. The whole version is unique in any case.
    "
    CREATE UNIQUE INDEX releases_by_version ON releases (registry, name_key, version);
",
];

/// Brings a database to today's version, each step in a transaction of its own.
pub(super) async fn migrate(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    migrate_by(MIGRATIONS, connection).await
}

async fn migrate_by(
    migrations: &[&'static str],
    connection: &mut SqliteConnection,
) -> Result<(), StoreError> {
    let version: i64 = sqlx::query("PRAGMA user_version")
        .fetch_one(&mut *connection)
        .await
        .map_err(told)?
        .get(0);
    let done = usize::try_from(version).unwrap_or(usize::MAX);
    if done > migrations.len() {
        return Err(StoreError::Unavailable(format!(
            "the database is of version {version}, this Crossdock knows {}; use the newer Crossdock that wrote it",
            migrations.len()
        )));
    }
    for (step, sql) in migrations.iter().enumerate().skip(done) {
        let mut tx = connection.begin().await.map_err(told)?;
        tx.execute(*sql).await.map_err(told)?;
        // A PRAGMA takes no parameters; the number is ours.
        let stamp = sqlx::AssertSqlSafe(format!("PRAGMA user_version = {}", step + 1));
        tx.execute(sqlx::raw_sql(stamp)).await.map_err(told)?;
        tx.commit().await.map_err(told)?;
    }
    Ok(())
}
