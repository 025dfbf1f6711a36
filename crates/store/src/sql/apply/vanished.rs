//! What mirrors keep and their upstreams do not show any more.

use super::{Projected, Tx, told};
use crossdock_core::fact::MirroredReleases;
use crossdock_core::timestamp::Timestamp;
use crossdock_registry::ports::StoreError;

/// Notes that releases are missing; the first such note of each stands.
pub(super) async fn note(
    tx: &mut Tx<'_>,
    releases: &MirroredReleases,
    time: Timestamp,
) -> Result<Projected, StoreError> {
    let mut noted = 0;
    for version in &releases.versions {
        let done = sqlx::query(
            "INSERT INTO vanished (registry, name, version, seconds) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (registry, name, version) DO NOTHING",
        )
        .bind(releases.registry.as_str())
        .bind(releases.name.as_str())
        .bind(version.to_string())
        .bind(time.unix_seconds())
        .execute(&mut **tx)
        .await
        .map_err(told)?;
        noted += done.rows_affected();
    }
    Ok(Projected::if_any(noted))
}

/// Notes that releases are there again.
pub(super) async fn take_back(
    tx: &mut Tx<'_>,
    releases: &MirroredReleases,
) -> Result<Projected, StoreError> {
    let mut taken_back = 0;
    for version in &releases.versions {
        let done =
            sqlx::query("DELETE FROM vanished WHERE registry = $1 AND name = $2 AND version = $3")
                .bind(releases.registry.as_str())
                .bind(releases.name.as_str())
                .bind(version.to_string())
                .execute(&mut **tx)
                .await
                .map_err(told)?;
        taken_back += done.rows_affected();
    }
    Ok(Projected::if_any(taken_back))
}
