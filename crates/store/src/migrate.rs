//! Takes over a ledger of SQLite into PostgreSQL: every row of every table, as it is.
//!
//! All of it is one transaction, so a ledger is taken over whole or not at all, and what
//! was written is read again and compared before it is committed. A database that has
//! the same rows already is left alone; one with others is refused.
//!
//! Absent: archives, which are copied one by one by whoever has both stores.

use crate::postgres::dialect::{self as there, BEGIN_WRITING};
use crate::rows::corrupt;
use crate::sqlite::dialect as here;
use crate::{PostgresLedger, SqliteLedger};
use crossdock_registry::ports::StoreError;
use sqlx::{
    AssertSqlSafe, Connection as _, Executor as _, Pool, Postgres, QueryBuilder, Row as _, Sqlite,
    Transaction,
};

/// Rows of one statement: a mirror's entry may have half a megabyte.
const PAGE: usize = 200;

/// What a column holds.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Text,
    Number,
    Truth,
    Bytes,
}

/// What is in one field.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Text(Option<String>),
    Number(i64),
    Truth(bool),
    Bytes(Vec<u8>),
}

/// A table: its name, how many of its first columns are its key, its columns.
pub(crate) struct Table(&'static str, usize, &'static [(&'static str, Kind)]);

impl Table {
    pub(crate) fn name(&self) -> &'static str {
        self.0
    }

    pub(crate) fn columns(&self) -> Vec<&'static str> {
        self.2.iter().map(|(column, _)| *column).collect()
    }
}

/// Finds a table of ours.
pub(crate) fn table(name: &str) -> &'static Table {
    let found = TABLES.iter().find(|table| table.0 == name);
    found.expect("tables are asked for by names that stand here")
}

const TABLES: &[Table] = {
    use Kind::{Bytes, Number, Text, Truth};
    &[
        Table(
            "facts",
            1,
            &[
                ("sequence", Number),
                ("seconds", Number),
                ("kind", Text),
                ("encoding", Text),
                ("scope", Text),
                ("subject", Text),
                ("decided", Truth),
            ],
        ),
        Table(
            "crates",
            2,
            &[
                ("registry", Text),
                ("name_key", Text),
                ("name", Text),
                ("metadata", Text),
            ],
        ),
        Table(
            "crate_owners",
            3,
            &[
                ("registry", Text),
                ("name_key", Text),
                ("position", Number),
                ("owner", Text),
            ],
        ),
        Table(
            "releases",
            3,
            &[
                ("registry", Text),
                ("name_key", Text),
                ("bare_version", Text),
                ("version", Text),
                ("checksum", Text),
                ("row_text", Text),
                ("yanked", Truth),
                ("seconds", Number),
                ("publisher", Text),
                ("sequence", Number),
            ],
        ),
        Table(
            "earlier_builds",
            3,
            &[
                ("registry", Text),
                ("name_key", Text),
                ("sequence", Number),
                ("version", Text),
                ("checksum", Text),
                ("row_text", Text),
                ("seconds", Number),
                ("publisher", Text),
            ],
        ),
        Table(
            "mirrored",
            2,
            &[
                ("registry", Text),
                ("name", Text),
                ("row_texts", Bytes),
                ("etag", Text),
                ("last_modified", Text),
                ("packed", Truth),
                ("rows_sha256", Text),
                ("sequence", Number),
            ],
        ),
        Table(
            "earlier_rows",
            3,
            &[
                ("registry", Text),
                ("name", Text),
                ("sequence", Number),
                ("form", Number),
                ("row_texts", Bytes),
                ("rows_sha256", Text),
            ],
        ),
        Table(
            "confirmed",
            2,
            &[("registry", Text), ("name", Text), ("seconds", Number)],
        ),
        Table(
            "vanished",
            3,
            &[
                ("registry", Text),
                ("name", Text),
                ("version", Text),
                ("seconds", Number),
            ],
        ),
        Table(
            "ownerships",
            2,
            &[
                ("view_name", Text),
                ("name_key", Text),
                ("owner", Text),
                ("members", Text),
                ("heirs", Text),
            ],
        ),
        Table(
            "faces",
            3,
            &[
                ("view_name", Text),
                ("member", Text),
                ("name_key", Text),
                ("dependent", Text),
            ],
        ),
        Table(
            "shown_versions",
            3,
            &[
                ("view_name", Text),
                ("name_key", Text),
                ("version", Text),
                ("checksum", Text),
                ("member", Text),
            ],
        ),
        Table(
            "decided_once",
            2,
            &[("scope", Text), ("once_key", Text), ("sequence", Number)],
        ),
    ]
};

impl PostgresLedger {
    /// Takes over all that a ledger of SQLite has, if nothing is here yet; returns whether
    /// it did, or had it already. Nobody else may write to that one meanwhile.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing was taken over. [`StoreError::Corrupt`] if this ledger
    /// has other rows.
    pub async fn take_over(&self, from: &SqliteLedger) -> Result<bool, StoreError> {
        refuse_unknown(&from.readers).await?;
        let mut connection = there::connect(&self.options).await?;
        let begun = connection.begin_with(BEGIN_WRITING).await;
        let mut tx = begun.map_err(there::told)?;
        tx.execute(
            "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0",
        )
        .await
        .map_err(there::told)?;
        let (facts,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM facts")
            .fetch_one(&mut *tx)
            .await
            .map_err(there::told)?;
        for table in TABLES {
            if facts == 0 {
                copy(&from.readers, &mut tx, table).await?;
            }
            compare(&from.readers, &mut tx, table).await?;
        }
        tx.commit().await.map_err(there::told)?;
        Ok(facts == 0)
    }
}

/// Refuses a ledger with tables that nothing here would copy.
async fn refuse_unknown(from: &Pool<Sqlite>) -> Result<(), StoreError> {
    let tables: Vec<(String,)> = sqlx::query_as(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
    )
    .fetch_all(from)
    .await
    .map_err(here::told)?;
    let is_known = |name: &String| TABLES.iter().any(|table| table.0 == name);
    match tables.iter().find(|(name,)| !is_known(name)) {
        None => Ok(()),
        Some((name,)) => Err(corrupt(&format!("the table {name}"))),
    }
}

async fn copy(
    from: &Pool<Sqlite>,
    tx: &mut Transaction<'_, Postgres>,
    table: &Table,
) -> Result<(), StoreError> {
    let Table(name, _, columns) = table;
    let names: Vec<&str> = columns.iter().map(|(column, _)| *column).collect();
    let insert = format!("INSERT INTO {name} ({}) ", names.join(", "));
    let mut done = 0;
    loop {
        let rows = page_here(from, table, done).await?;
        if rows.is_empty() {
            return Ok(());
        }
        done += rows.len();
        let mut query = QueryBuilder::<Postgres>::new(insert.clone());
        query.push_values(rows, |mut fields, row| {
            for value in row {
                match value {
                    Value::Text(text) => fields.push_bind(text),
                    Value::Number(number) => fields.push_bind(number),
                    Value::Truth(truth) => fields.push_bind(truth),
                    Value::Bytes(bytes) => fields.push_bind(bytes),
                };
            }
        });
        let query = query.build().persistent(false);
        query.execute(&mut **tx).await.map_err(there::told)?;
    }
}

/// Reads both from the first row to the last.
async fn compare(
    from: &Pool<Sqlite>,
    tx: &mut Transaction<'_, Postgres>,
    table: &Table,
) -> Result<(), StoreError> {
    let mut done = 0;
    loop {
        let ours = page_here(from, table, done).await?;
        let theirs = page_there(tx, table, done).await?;
        if ours != theirs {
            return Err(StoreError::Corrupt(format!(
                "table {} has other rows in PostgreSQL than in SQLite after row {done}; take an empty database",
                table.0
            )));
        }
        if ours.is_empty() {
            return Ok(());
        }
        done += ours.len();
    }
}

fn select(table: &Table, after: usize) -> AssertSqlSafe<String> {
    let Table(name, key, columns) = table;
    let names: Vec<&str> = columns.iter().map(|(column, _)| *column).collect();
    let (all, by) = (names.join(", "), names[..*key].join(", "));
    // Names and numbers of this file alone.
    AssertSqlSafe(format!(
        "SELECT {all} FROM {name} ORDER BY {by} LIMIT {PAGE} OFFSET {after}"
    ))
}

/// The fields of a row of either product.
macro_rules! fields {
    ($row:expr, $table:expr) => {{
        let field = |(index, (_, kind)): (usize, &(&str, Kind))| {
            Ok(match kind {
                Kind::Text => Value::Text($row.try_get(index)?),
                Kind::Number => Value::Number($row.try_get(index)?),
                Kind::Truth => Value::Truth($row.try_get(index)?),
                Kind::Bytes => Value::Bytes($row.try_get(index)?),
            })
        };
        let fields: Result<Vec<Value>, sqlx::Error> =
            $table.2.iter().enumerate().map(field).collect();
        fields
    }};
}

async fn page_here(
    from: &Pool<Sqlite>,
    table: &Table,
    after: usize,
) -> Result<Vec<Vec<Value>>, StoreError> {
    let rows = sqlx::query(select(table, after)).fetch_all(from).await;
    let rows = rows.map_err(here::told)?;
    let read = rows.iter().map(|row| fields!(row, table));
    read.collect::<Result<_, _>>().map_err(here::told)
}

/// Reads the rows of a ledger of SQLite that have these values.
pub(crate) async fn rows_where(
    from: &Pool<Sqlite>,
    table: &Table,
    keys: &[(&'static str, String)],
) -> Result<Vec<Vec<Value>>, StoreError> {
    let Table(name, key, _) = table;
    let columns = table.columns();
    let (all, by) = (columns.join(", "), columns[..*key].join(", "));
    let mut query = QueryBuilder::<Sqlite>::new(format!("SELECT {all} FROM {name} WHERE "));
    for (position, (column, value)) in keys.iter().enumerate() {
        query.push(match position {
            0 => format!("{column} = "),
            _ => format!(" AND {column} = "),
        });
        query.push_bind(value.clone());
    }
    query.push(format!(" ORDER BY {by}"));
    let rows = query.build().fetch_all(from).await.map_err(here::told)?;
    let read = rows.iter().map(|row| fields!(row, table));
    read.collect::<Result<_, _>>().map_err(here::told)
}

async fn page_there(
    tx: &mut Transaction<'_, Postgres>,
    table: &Table,
    after: usize,
) -> Result<Vec<Vec<Value>>, StoreError> {
    let rows = sqlx::query(select(table, after)).fetch_all(&mut **tx).await;
    let rows = rows.map_err(there::told)?;
    let read = rows.iter().map(|row| fields!(row, table));
    read.collect::<Result<_, _>>().map_err(there::told)
}
