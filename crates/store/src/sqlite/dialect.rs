//! What SQLite says otherwise than other databases, for the statements of `sql`.

use crossdock_registry::ports::StoreError;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection as _, Sqlite, SqliteConnection};
use std::time::Duration;

/// The product.
pub(crate) type Db = Sqlite;

/// A connection to it.
pub(crate) type Connection = SqliteConnection;

/// What a connection is made with.
pub(crate) type Options = SqliteConnectOptions;

/// Begins a transaction that writes and has whatever keeps all others from writing.
pub(crate) const BEGIN_WRITING: &str = "BEGIN IMMEDIATE";

/// Begins a transaction whose reads are of one moment.
pub(crate) const BEGIN_READING: &str = "BEGIN";

/// Said before what was recorded is committed.
pub(crate) const BEFORE_COMMIT: Option<&str> = None;

/// Reads all facts of a scope. Without statistics SQLite prefers the order to the scope,
/// and would read all facts there are.
pub(crate) const FACTS_OF_SCOPE: &str = "SELECT sequence, encoding FROM facts \
     INDEXED BY facts_by_subject WHERE scope = $1 ORDER BY sequence";

/// One process has the data folder (`lock.rs`).
pub(crate) const IS_SHARED: bool = false;

/// A file answers or fails; the system bounds neither, and nobody else would answer.
pub(crate) const READ_WITHIN: Option<Duration> = None;

/// As for reads: giving up would not let the disk go.
pub(crate) const COMMIT_WITHIN: Option<Duration> = None;

/// Tells whether a connection still leads to the database; a file does not go away like
/// a network.
pub(crate) async fn is_there(_connection: &mut Connection) -> bool {
    true
}

/// Makes another connection to a database that is there.
pub(crate) async fn connect(options: &Options) -> Result<Connection, StoreError> {
    // One that is gone must not be made anew by a question.
    let options = options.clone().create_if_missing(false);
    SqliteConnection::connect_with(&options).await.map_err(told)
}

/// Says of a database error what the caller can do about it.
pub(crate) fn told(error: sqlx::Error) -> StoreError {
    let text = format!("SQLite: {error}");
    let code = match &error {
        sqlx::Error::Database(error) => error.code().and_then(|code| code.parse::<u32>().ok()),
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => {
            return StoreError::Corrupt(text);
        }
        _ => None,
    };
    // Extended codes carry the primary code in their low byte: 13 is SQLITE_FULL,
    // 8 SQLITE_READONLY, 11 SQLITE_CORRUPT, 26 SQLITE_NOTADB.
    match code.map(|code| code & 0xff) {
        Some(13 | 8) => StoreError::Full(text),
        Some(11 | 26) => StoreError::Corrupt(text),
        _ => StoreError::Unavailable(text),
    }
}
