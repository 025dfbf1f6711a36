//! Hosted crates: names, releases, yanks, owners.

use super::{Projected, Tx, corrupt, told};
use crossdock_core::actor::Actor;
use crossdock_core::checksum::Checksum;
use crossdock_core::fact::ReleaseId;
use crossdock_core::name::{CrateName, NameKey};
use crossdock_core::registry_name::RegistryName;
use crossdock_core::timestamp::Timestamp;
use crossdock_core::version::Version;
use crossdock_registry::ports::{AppendError, NewRelease, StoreError};

/// A release with who published it, and when.
pub(super) struct Published<'c> {
    pub(super) release: &'c NewRelease,
    pub(super) by: &'c Actor,
    pub(super) at: Timestamp,
}

impl<'c> Published<'c> {
    pub(super) fn new(release: &'c NewRelease, by: &'c Actor, at: Timestamp) -> Self {
        Self { release, by, at }
    }
}

/// What must not exist yet of a release's version.
#[derive(Clone, Copy)]
pub(super) enum Unique {
    /// It, build metadata disregarded.
    Bare,
    /// All of it.
    Whole,
}

/// Publishes a release, and its crate if that is new.
pub(super) async fn publish(
    tx: &mut Tx<'_>,
    published: &Published<'_>,
    unique: Unique,
) -> Result<Projected, AppendError> {
    name_crate(tx, published).await?;
    add_release(tx, published, unique).await
}

/// Makes the crate if it is new, with its first owner; refuses another spelling.
async fn name_crate(tx: &mut Tx<'_>, published: &Published<'_>) -> Result<(), AppendError> {
    let NewRelease {
        registry,
        name,
        metadata,
        ..
    } = published.release;
    let key = name.key();
    let made = sqlx::query(
        "INSERT INTO crates (registry, name_key, name, metadata) VALUES ($1, $2, $3, $4) \
         ON CONFLICT DO NOTHING",
    )
    .bind(registry.as_str())
    .bind(key.as_str())
    .bind(name.as_str())
    .bind(metadata)
    .execute(&mut **tx)
    .await
    .map_err(told)?;
    if made.rows_affected() > 0 {
        return Ok(write_owners(tx, registry, &key, std::slice::from_ref(published.by)).await?);
    }
    let (existing,): (String,) = sqlx::query_as(
        "UPDATE crates SET metadata = $1 WHERE registry = $2 AND name_key = $3 RETURNING name",
    )
    .bind(metadata)
    .bind(registry.as_str())
    .bind(key.as_str())
    .fetch_one(&mut **tx)
    .await
    .map_err(told)?;
    if existing == name.as_str() {
        return Ok(());
    }
    let existing = CrateName::parse(&existing).map_err(|_| corrupt("a crate's name"))?;
    Err(AppendError::NameTaken { existing })
}

/// Adds a release; refuses a version that exists.
async fn add_release(
    tx: &mut Tx<'_>,
    published: &Published<'_>,
    unique: Unique,
) -> Result<Projected, AppendError> {
    let release = published.release;
    let (registry, name) = (&release.registry, release.name.key());
    let arbiter = match unique {
        Unique::Bare => release.version.without_build().to_string(),
        Unique::Whole => release.version.to_string(),
    };
    // The position of the fact that follows: facts are never deleted, so it is known.
    let done = sqlx::query(
        "INSERT INTO releases (registry, name_key, bare_version, version, checksum, row_text, yanked, seconds, \
         publisher, sequence) VALUES ($1, $2, $3, $4, $5, $6, FALSE, $7, $8, \
         (SELECT COALESCE(MAX(sequence), 0) + 1 FROM facts)) ON CONFLICT DO NOTHING",
    )
    .bind(registry.as_str())
    .bind(name.as_str())
    .bind(arbiter)
    .bind(release.version.to_string())
    .bind(release.checksum.to_string())
    .bind(&release.row)
    .bind(published.at.unix_seconds())
    .bind(published.by.as_str())
    .execute(&mut **tx)
    .await
    .map_err(told)?;
    match done.rows_affected() {
        0 => Err(existing(tx, registry, &name, &release.version).await?),
        _ => Ok(Projected::New),
    }
}

/// Says what there is of a version, for a refusal.
pub(super) async fn existing(
    tx: &mut Tx<'_>,
    registry: &RegistryName,
    name: &NameKey,
    version: &Version,
) -> Result<AppendError, StoreError> {
    let found: Option<(String, String)> = sqlx::query_as(
        "SELECT version, checksum FROM releases \
         WHERE registry = $1 AND name_key = $2 AND (bare_version = $3 OR version = $4) \
         ORDER BY version = $4 DESC LIMIT 1",
    )
    .bind(registry.as_str())
    .bind(name.as_str())
    .bind(version.without_build().to_string())
    .bind(version.to_string())
    .fetch_optional(&mut **tx)
    .await
    .map_err(told)?;
    let Some((version, checksum)) = found else {
        return Ok(AppendError::NotFound);
    };
    Ok(AppendError::VersionExists {
        version: Version::parse(&version).map_err(|_| corrupt("a version"))?,
        checksum: Checksum::parse(&checksum).map_err(|_| corrupt("a checksum"))?,
    })
}

/// Yanks or unyanks a release, named with its build metadata.
pub(super) async fn set_yanked(
    tx: &mut Tx<'_>,
    id: &ReleaseId,
    yanked: bool,
) -> Result<Projected, AppendError> {
    let before: Option<(bool,)> = sqlx::query_as(
        "SELECT yanked FROM releases \
         WHERE registry = $1 AND name_key = $2 AND version = $3",
    )
    .bind(id.registry.as_str())
    .bind(id.name.as_str())
    .bind(id.version.to_string())
    .fetch_optional(&mut **tx)
    .await
    .map_err(told)?;
    let (before,) = before.ok_or(AppendError::NotFound)?;
    if before == yanked {
        return Ok(Projected::Already);
    }
    sqlx::query(
        "UPDATE releases SET yanked = $1 \
         WHERE registry = $2 AND name_key = $3 AND version = $4",
    )
    .bind(yanked)
    .bind(id.registry.as_str())
    .bind(id.name.as_str())
    .bind(id.version.to_string())
    .execute(&mut **tx)
    .await
    .map_err(told)?;
    Ok(Projected::New)
}

/// Refuses a crate that is there with other owners alone.
pub(super) async fn first_published(
    tx: &mut Tx<'_>,
    registry: &RegistryName,
    name: &NameKey,
    actor: &Actor,
) -> Result<Projected, AppendError> {
    let owners: Vec<(String,)> =
        sqlx::query_as("SELECT owner FROM crate_owners WHERE registry = $1 AND name_key = $2")
            .bind(registry.as_str())
            .bind(name.as_str())
            .fetch_all(&mut **tx)
            .await
            .map_err(told)?;
    let is_actor = |(owner,): &(String,)| owner == actor.as_str();
    match owners.is_empty() || owners.iter().any(is_actor) {
        true => Ok(Projected::Already),
        false => Err(AppendError::OwnersChanged),
    }
}

/// Replaces the owners of a crate that exists, if they are those who were seen.
pub(super) async fn replace_owners(
    tx: &mut Tx<'_>,
    registry: &RegistryName,
    name: &NameKey,
    seen: &[Actor],
    owners: &[Actor],
) -> Result<Projected, AppendError> {
    let (crates,): (i64,) =
        sqlx::query_as("SELECT COUNT(*) FROM crates WHERE registry = $1 AND name_key = $2")
            .bind(registry.as_str())
            .bind(name.as_str())
            .fetch_one(&mut **tx)
            .await
            .map_err(told)?;
    if crates == 0 {
        return Err(AppendError::NotFound);
    }
    let before: Vec<(String,)> = sqlx::query_as(
        "SELECT owner FROM crate_owners WHERE registry = $1 AND name_key = $2 ORDER BY position",
    )
    .bind(registry.as_str())
    .bind(name.as_str())
    .fetch_all(&mut **tx)
    .await
    .map_err(told)?;
    let are = |owners: &[Actor]| {
        let before = before.iter().map(|(owner,)| owner.as_str());
        before.eq(owners.iter().map(Actor::as_str))
    };
    if are(owners) {
        return Ok(Projected::Already);
    }
    if !are(seen) {
        return Err(AppendError::OwnersChanged);
    }
    write_owners(tx, registry, name, owners).await?;
    Ok(Projected::New)
}

async fn write_owners(
    tx: &mut Tx<'_>,
    registry: &RegistryName,
    name: &NameKey,
    owners: &[Actor],
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM crate_owners WHERE registry = $1 AND name_key = $2")
        .bind(registry.as_str())
        .bind(name.as_str())
        .execute(&mut **tx)
        .await
        .map_err(told)?;
    for (position, owner) in (0_i64..).zip(owners) {
        sqlx::query(
            "INSERT INTO crate_owners (registry, name_key, position, owner) \
             VALUES ($1, $2, $3, $4)",
        )
        .bind(registry.as_str())
        .bind(name.as_str())
        .bind(position)
        .bind(owner.as_str())
        .execute(&mut **tx)
        .await
        .map_err(told)?;
    }
    Ok(())
}
