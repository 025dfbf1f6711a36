//! What PostgreSQL says otherwise than other databases, for the statements of `sql`.

use super::PostgresUrl;
use crossdock_registry::ports::StoreError;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, Executor, PgConnection, Postgres};
use std::time::Duration;

/// The product.
pub(crate) type Db = Postgres;

/// A connection to it.
pub(crate) type Connection = PgConnection;

/// What a connection is made with.
pub(crate) type Options = PgConnectOptions;

/// Begins a transaction that writes and has whatever keeps all others from writing.
///
/// The lock belongs to the transaction and ends with it, however that ends. Each
/// statement after it sees all that was committed before it was given, which is what
/// `READ COMMITTED` is said for; an operator may have made another level the default.
/// The number is ours alone in a database of our own.
pub(crate) const BEGIN_WRITING: &str =
    "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SELECT pg_advisory_xact_lock(7878)";

/// Begins a transaction whose reads are of one moment.
pub(crate) const BEGIN_READING: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// Said before what was recorded is committed: all who listen hear of it when it is.
pub(crate) const BEFORE_COMMIT: Option<&str> = Some("NOTIFY crossdock");

/// On which channel that is said.
pub(super) const CHANNEL: &str = "crossdock";

/// Reads all facts of a scope.
pub(crate) const FACTS_OF_SCOPE: &str =
    "SELECT sequence, encoding FROM facts WHERE scope = $1 ORDER BY sequence";

/// Other nodes may record, too.
pub(crate) const IS_SHARED: bool = true;

/// How long a reader waits for an answer; a page of 10,000 records takes 0.1 s.
pub(crate) const READ_WITHIN: Option<Duration> = Some(Duration::from_secs(10));

/// How long a group waits for its turn and its commit: longer than the server lets a
/// statement wait, so that it is mostly the server who says that it takes too long.
pub(crate) const COMMIT_WITHIN: Option<Duration> = Some(Duration::from_secs(15));

/// How long making a connection may take.
const CONNECT_WITHIN: Duration = Duration::from_secs(3);

/// What the server is to hold each session to, beside what the operator chose for it.
///
/// A node that stands still in a transaction has the lock of all: the server ends its
/// session. One whose machine is gone is noticed by keep-alives after about as long.
const SESSION: [(&str, &str); 5] = [
    ("statement_timeout", "10s"),
    ("idle_in_transaction_session_timeout", "10s"),
    ("tcp_keepalives_idle", "5"),
    ("tcp_keepalives_interval", "2"),
    ("tcp_keepalives_count", "3"),
];

/// What connections to a database are made with.
pub(super) fn options(url: &PostgresUrl) -> Options {
    url.options().application_name("crossdock").options(SESSION)
}

/// Tells whether a connection still leads to the database.
pub(crate) async fn is_there(connection: &mut Connection) -> bool {
    connection.ping().await.is_ok()
}

/// Makes another connection, on which a commit is durable.
pub(crate) async fn connect(options: &Options) -> Result<Connection, StoreError> {
    let connecting = async {
        let mut connection = PgConnection::connect_with(options).await?;
        // Whatever else was chosen waits for the disk of the server or for more.
        connection
            .execute(
                "SELECT set_config('synchronous_commit', 'on', false) \
                 WHERE current_setting('synchronous_commit') = 'off'",
            )
            .await?;
        Ok(connection)
    };
    match tokio::time::timeout(CONNECT_WITHIN, connecting).await {
        Ok(connected) => connected.map_err(told),
        Err(_) => Err(StoreError::Unavailable(
            "PostgreSQL: no connection within three seconds".to_owned(),
        )),
    }
}

/// Refuses a server that loses what it acknowledges when power is lost, or that cannot
/// keep every text.
pub(super) async fn refuse_forgetful(connection: &mut Connection) -> Result<(), StoreError> {
    let (fsync, encoding): (String, String) =
        sqlx::query_as("SELECT current_setting('fsync'), current_setting('server_encoding')")
            .fetch_one(connection)
            .await
            .map_err(told)?;
    if fsync != "on" {
        return Err(StoreError::Unavailable(
            "PostgreSQL runs with fsync = off and loses acknowledged releases with the power; set fsync = on"
                .to_owned(),
        ));
    }
    if encoding != "UTF8" {
        return Err(StoreError::Unavailable(format!(
            "the PostgreSQL database is encoded in {encoding}; create it WITH ENCODING 'UTF8'"
        )));
    }
    Ok(())
}

/// Says of a database error what the caller can do about it.
///
/// What the server says names no password, and neither does what sqlx says.
pub(crate) fn told(error: sqlx::Error) -> StoreError {
    let text = format!("PostgreSQL: {error}");
    let code = match &error {
        sqlx::Error::Database(error) => error.code(),
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => {
            return StoreError::Corrupt(text);
        }
        _ => None,
    };
    match code.as_deref() {
        // disk_full, read_only_sql_transaction
        Some("53100" | "25006") => StoreError::Full(text),
        // data_corrupted, index_corrupted
        Some("XX001" | "XX002") => StoreError::Corrupt(text),
        _ => StoreError::Unavailable(text),
    }
}
