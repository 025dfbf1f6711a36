//! Reads projections and facts back into values.

use super::{corrupt, told};
use bytes::Bytes;
use crossdock_core::actor::Actor;
use crossdock_core::fact::Fact;
use crossdock_core::name::{CrateName, IndexName, NameKey};
use crossdock_core::ownership::Ownership;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::timestamp::Timestamp;
use crossdock_registry::ports::{HostedCrate, HostedRelease, Mirrored, StoreError, Validators};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqlitePool};

pub(super) async fn hosted(
    readers: &SqlitePool,
    registry: &RegistryName,
    name: &NameKey,
) -> Result<Option<HostedCrate>, StoreError> {
    // One transaction, so that crate, owners and releases are of one moment.
    let mut tx = readers.begin().await.map_err(told)?;
    let krate =
        sqlx::query("SELECT name, metadata FROM crates WHERE registry = $1 AND name_key = $2")
            .bind(registry.as_str())
            .bind(name.as_str())
            .fetch_optional(&mut *tx)
            .await
            .map_err(told)?;
    let Some(krate) = krate else { return Ok(None) };
    let owners = sqlx::query(
        "SELECT owner FROM crate_owners WHERE registry = $1 AND name_key = $2 ORDER BY position",
    )
    .bind(registry.as_str())
    .bind(name.as_str())
    .fetch_all(&mut *tx)
    .await
    .map_err(told)?;
    let releases = sqlx::query(
        "SELECT row_text, yanked, seconds, publisher FROM releases WHERE registry = $1 AND name_key = $2 ORDER BY sequence",
    )
    .bind(registry.as_str())
    .bind(name.as_str())
    .fetch_all(&mut *tx)
    .await
    .map_err(told)?;
    Ok(Some(HostedCrate {
        name: CrateName::parse(krate.get(0)).map_err(|_| corrupt("a crate's name"))?,
        metadata: krate.get(1),
        owners: owners
            .iter()
            .map(|row| actor(row.get(0)))
            .collect::<Result<_, _>>()?,
        releases: releases.iter().map(release).collect::<Result<_, _>>()?,
    }))
}

fn release(row: &SqliteRow) -> Result<HostedRelease, StoreError> {
    Ok(HostedRelease {
        row: row.get(0),
        yanked: row.get(1),
        published: Timestamp::from_unix_seconds(row.get(2)).ok_or_else(|| corrupt("a time"))?,
        publisher: actor(row.get(3))?,
    })
}

pub(super) async fn hosted_names(
    readers: &SqlitePool,
    registry: &RegistryName,
) -> Result<Vec<CrateName>, StoreError> {
    let rows = sqlx::query("SELECT name FROM crates WHERE registry = $1 ORDER BY name_key")
        .bind(registry.as_str())
        .fetch_all(readers)
        .await
        .map_err(told)?;
    rows.iter()
        .map(|row| CrateName::parse(row.get(0)).map_err(|_| corrupt("a crate's name")))
        .collect()
}

pub(super) async fn mirrored(
    readers: &SqlitePool,
    registry: &RegistryName,
    name: &IndexName,
) -> Result<Option<Mirrored>, StoreError> {
    let row = sqlx::query(
        "SELECT row_texts, etag, last_modified FROM mirrored WHERE registry = $1 AND name = $2",
    )
    .bind(registry.as_str())
    .bind(name.as_str())
    .fetch_optional(readers)
    .await
    .map_err(told)?;
    Ok(row.map(|row| Mirrored {
        rows: Bytes::from(row.get::<Vec<u8>, _>(0)),
        validators: Validators {
            etag: row.get(1),
            last_modified: row.get(2),
        },
    }))
}

pub(super) async fn mirrored_names(
    readers: &SqlitePool,
    registry: &RegistryName,
) -> Result<Vec<IndexName>, StoreError> {
    let rows = sqlx::query("SELECT name FROM mirrored WHERE registry = $1 ORDER BY name")
        .bind(registry.as_str())
        .fetch_all(readers)
        .await
        .map_err(told)?;
    rows.iter()
        .map(|row| IndexName::parse(row.get(0)).map_err(|_| corrupt("a mirrored name")))
        .collect()
}

pub(super) async fn ownerships(
    readers: &SqlitePool,
    view: &RegistryName,
) -> Result<Vec<(NameKey, Ownership)>, StoreError> {
    let rows = sqlx::query(
        "SELECT name_key, owner, members FROM ownerships WHERE view_name = $1 ORDER BY name_key",
    )
    .bind(view.as_str())
    .fetch_all(readers)
    .await
    .map_err(told)?;
    rows.iter()
        .map(|row| Ok((key(row.get(0))?, ownership(row.get(1), row.get(2))?)))
        .collect()
}

pub(super) async fn faces(
    readers: &SqlitePool,
    view: &RegistryName,
) -> Result<Vec<(RegistryName, NameKey, NameKey)>, StoreError> {
    let rows = sqlx::query("SELECT member, name_key, dependent FROM faces WHERE view_name = $1 ORDER BY member, name_key")
        .bind(view.as_str())
        .fetch_all(readers)
        .await
        .map_err(told)?;
    rows.iter()
        .map(|row| Ok((member(row.get(0))?, key(row.get(1))?, key(row.get(2))?)))
        .collect()
}

pub(super) async fn facts(
    readers: &SqlitePool,
    after: u64,
    limit: u32,
) -> Result<Vec<(u64, Fact)>, StoreError> {
    let rows = sqlx::query(
        "SELECT sequence, encoding FROM facts WHERE sequence > $1 ORDER BY sequence LIMIT $2",
    )
    .bind(i64::try_from(after).unwrap_or(i64::MAX))
    .bind(i64::from(limit))
    .fetch_all(readers)
    .await
    .map_err(told)?;
    rows.iter()
        .map(|row| {
            let sequence =
                u64::try_from(row.get::<i64, _>(0)).map_err(|_| corrupt("a position"))?;
            let fact = Fact::decode(row.get(1));
            Ok((
                sequence,
                fact.map_err(|error| StoreError::Corrupt(format!("fact {sequence}: {error}")))?,
            ))
        })
        .collect()
}

/// Reads an owner (none if shared) and members, separated by blanks.
pub(super) fn ownership(owner: Option<&str>, members: &str) -> Result<Ownership, StoreError> {
    let members = members.split(' ').map(member).collect::<Result<_, _>>()?;
    let shared = Ownership::shared(members);
    let read = match owner {
        Some(owner) => shared.and_then(|shared| {
            RegistryName::parse(owner)
                .ok()
                .and_then(|owner| shared.settled(owner))
        }),
        None => shared,
    };
    read.ok_or_else(|| corrupt("an owner"))
}

fn actor(text: &str) -> Result<Actor, StoreError> {
    Actor::parse(text).map_err(|_| corrupt("a user"))
}

fn member(text: &str) -> Result<RegistryName, StoreError> {
    RegistryName::parse(text).map_err(|_| corrupt("a registry's name"))
}

fn key(text: &str) -> Result<NameKey, StoreError> {
    text.parse().map_err(|_| corrupt("a crate's name"))
}
