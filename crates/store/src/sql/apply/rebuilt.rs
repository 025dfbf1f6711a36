//! A build that takes the place of another, which stays among the earlier ones.
//!
//! Apart from `hosted.rs`, because it is the one change that alters what was published.

use super::hosted::{Published, existing};
use super::{Projected, Tx, told};
use crossdock_core::checksum::Checksum;
use crossdock_registry::ports::AppendError;

/// Replaces the newest build of a release, if it is the one that was seen.
pub(super) async fn replace(
    tx: &mut Tx<'_>,
    seen: &Checksum,
    newer: &Published<'_>,
) -> Result<Projected, AppendError> {
    let release = newer.release;
    let (registry, name) = (&release.registry, release.name.key());
    let version = release.version.to_string();
    let moved = sqlx::query(
        "INSERT INTO earlier_builds \
         (registry, name_key, sequence, version, checksum, row_text, seconds, publisher) \
         SELECT registry, name_key, sequence, version, checksum, row_text, seconds, publisher \
         FROM releases WHERE registry = $1 AND name_key = $2 AND version = $3 AND checksum = $4",
    )
    .bind(registry.as_str())
    .bind(name.as_str())
    .bind(&version)
    .bind(seen.to_string())
    .execute(&mut **tx)
    .await
    .map_err(told)?;
    if moved.rows_affected() == 0 {
        return Err(existing(tx, registry, &name, &release.version).await?);
    }
    // The position of the fact that follows: facts are never deleted, so it is known.
    sqlx::query(
        "UPDATE releases SET checksum = $4, row_text = $5, seconds = $6, publisher = $7, \
         sequence = (SELECT COALESCE(MAX(sequence), 0) + 1 FROM facts) \
         WHERE registry = $1 AND name_key = $2 AND version = $3",
    )
    .bind(registry.as_str())
    .bind(name.as_str())
    .bind(&version)
    .bind(release.checksum.to_string())
    .bind(&release.row)
    .bind(newer.at.unix_seconds())
    .bind(newer.by.as_str())
    .execute(&mut **tx)
    .await
    .map_err(told)?;
    sqlx::query("UPDATE crates SET metadata = $3 WHERE registry = $1 AND name_key = $2")
        .bind(registry.as_str())
        .bind(name.as_str())
        .bind(&release.metadata)
        .execute(&mut **tx)
        .await
        .map_err(told)?;
    Ok(Projected::New)
}
