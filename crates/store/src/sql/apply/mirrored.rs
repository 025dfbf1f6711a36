//! Rows of mirrors, and what to ask their upstreams with.

use super::{Db, Packed, Projected, Tx, earlier, told};
use bytes::Bytes;
use crossdock_core::name::IndexName;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::timestamp::Timestamp;
use crossdock_registry::ports::{AppendError, SeenRows, StoreError, Validators};
use sqlx::QueryBuilder;

/// Keeps rows and what they replace; equal ones are not written again.
pub(super) async fn observe(
    tx: &mut Tx<'_>,
    registry: &RegistryName,
    name: &IndexName,
    (rows, packed): (&Bytes, &Packed),
    validators: &Validators,
    seen: SeenRows,
) -> Result<Projected, AppendError> {
    let before: Option<(String,)> =
        sqlx::query_as("SELECT rows_sha256 FROM mirrored WHERE registry = $1 AND name = $2")
            .bind(registry.as_str())
            .bind(name.as_str())
            .fetch_optional(&mut **tx)
            .await
            .map_err(told)?;
    match before {
        Some((sha256,)) if sha256 == packed.sha256 => {
            revalidate(tx, registry, name, validators, SeenRows::Whatever).await?;
            return Ok(Projected::Already);
        }
        _ if !are(seen, before.as_ref()) => return Err(AppendError::RowsChanged),
        Some(_) => earlier::keep(tx, registry, name, rows).await?,
        None => {}
    }
    sqlx::query(
        "INSERT INTO mirrored (registry, name, row_texts, packed, rows_sha256, etag, last_modified, \
         sequence) VALUES ($1, $2, $3, $4, $5, $6, $7, \
         (SELECT COALESCE(MAX(sequence), 0) + 1 FROM facts)) \
         ON CONFLICT (registry, name) DO UPDATE SET row_texts = excluded.row_texts, \
         packed = excluded.packed, rows_sha256 = excluded.rows_sha256, \
         sequence = excluded.sequence, \
         etag = excluded.etag, last_modified = excluded.last_modified",
    )
    .bind(registry.as_str())
    .bind(name.as_str())
    .bind(&packed.bytes[..])
    .bind(packed.is_packed)
    .bind(&packed.sha256)
    .bind(&validators.etag)
    .bind(&validators.last_modified)
    .execute(&mut **tx)
    .await
    .map_err(told)?;
    Ok(Projected::New)
}

/// Tells whether rows with this hash, if any, are those that were seen.
fn are(seen: SeenRows, before: Option<&(String,)>) -> bool {
    match (seen, before) {
        (SeenRows::Whatever, _) | (SeenRows::Nothing, None) => true,
        (SeenRows::Nothing, Some(_)) | (SeenRows::Rows(_), None) => false,
        (SeenRows::Rows(seen), Some((kept,))) => seen.to_string() == *kept,
    }
}

/// Renews the validators of rows that are kept; without rows there is nothing to do.
pub(super) async fn revalidate(
    tx: &mut Tx<'_>,
    registry: &RegistryName,
    name: &IndexName,
    validators: &Validators,
    seen: SeenRows,
) -> Result<(), StoreError> {
    let rows = match seen {
        SeenRows::Whatever => None,
        SeenRows::Nothing => return Ok(()),
        SeenRows::Rows(rows) => Some(rows.to_string()),
    };
    sqlx::query(
        "UPDATE mirrored SET etag = $1, last_modified = $2 WHERE registry = $3 AND name = $4 \
         AND ($5 IS NULL OR rows_sha256 = $5)",
    )
    .bind(&validators.etag)
    .bind(&validators.last_modified)
    .bind(registry.as_str())
    .bind(name.as_str())
    .bind(rows)
    .execute(&mut **tx)
    .await
    .map_err(told)?;
    Ok(())
}

/// Names of one statement: three parameters each, of which SQLite takes 32,766 and
/// PostgreSQL 65,535.
const CONFIRMED_AT_ONCE: usize = 1000;

/// Keeps when rows were confirmed, and forgets what was kept of that before.
pub(super) async fn confirm(
    tx: &mut Tx<'_>,
    registry: &RegistryName,
    names: &[(IndexName, Timestamp)],
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM confirmed WHERE registry = $1")
        .bind(registry.as_str())
        .execute(&mut **tx)
        .await
        .map_err(told)?;
    for some in names.chunks(CONFIRMED_AT_ONCE) {
        let insert = "INSERT INTO confirmed (registry, name, seconds) ";
        let mut query = QueryBuilder::<Db>::new(insert);
        query.push_values(some, |mut row, (name, at)| {
            row.push_bind(registry.as_str())
                .push_bind(name.as_str())
                .push_bind(at.unix_seconds());
        });
        // Another length each time: not worth being kept prepared.
        let query = query.build().persistent(false);
        query.execute(&mut **tx).await.map_err(told)?;
    }
    Ok(())
}
