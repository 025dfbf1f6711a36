//! Reads projections and facts back into values.

use super::dialect::{BEGIN_READING, Db, FACTS_OF_SCOPE, told};
use crate::rows::corrupt;
use crate::rows::packed::{Packed, unpack};
use crossdock_core::actor::Actor;
use crossdock_core::checksum::Checksum;
use crossdock_core::decision::Made;
use crossdock_core::fact::{Event, Fact};
use crossdock_core::name::{CrateName, IndexName, NameKey};
use crossdock_core::ownership::Ownership;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::shown::Source;
use crossdock_core::timestamp::Timestamp;
use crossdock_core::version::Version;
use crossdock_registry::ports::{HostedCrate, HostedRelease, Mirrored, StoreError, Validators};
use sqlx::Pool;

pub(super) async fn hosted(
    readers: &Pool<Db>,
    registry: &RegistryName,
    name: &NameKey,
) -> Result<Option<HostedCrate>, StoreError> {
    // One transaction, so that crate, owners and releases are of one moment.
    let mut tx = readers.begin_with(BEGIN_READING).await.map_err(told)?;
    let krate: Option<(String, String)> =
        sqlx::query_as("SELECT name, metadata FROM crates WHERE registry = $1 AND name_key = $2")
            .bind(registry.as_str())
            .bind(name.as_str())
            .fetch_optional(&mut *tx)
            .await
            .map_err(told)?;
    let Some((spelling, metadata)) = krate else {
        return Ok(None);
    };
    let owners: Vec<(String,)> = sqlx::query_as(
        "SELECT owner FROM crate_owners WHERE registry = $1 AND name_key = $2 ORDER BY position",
    )
    .bind(registry.as_str())
    .bind(name.as_str())
    .fetch_all(&mut *tx)
    .await
    .map_err(told)?;
    let releases: Vec<ReleaseRow> = sqlx::query_as(
        "SELECT row_text, yanked, seconds, publisher, sequence FROM releases \
         WHERE registry = $1 AND name_key = $2 ORDER BY sequence",
    )
    .bind(registry.as_str())
    .bind(name.as_str())
    .fetch_all(&mut *tx)
    .await
    .map_err(told)?;
    Ok(Some(HostedCrate {
        name: spelled(&spelling)?,
        owners: owners
            .iter()
            .map(|(owner,)| actor(owner))
            .collect::<Result<_, _>>()?,
        metadata,
        releases: releases
            .into_iter()
            .map(release)
            .collect::<Result<_, _>>()?,
    }))
}

/// Row, whether it is yanked, seconds, publisher, position.
type ReleaseRow = (String, bool, i64, String, i64);

fn release(
    (row, yanked, seconds, publisher, sequence): ReleaseRow,
) -> Result<HostedRelease, StoreError> {
    Ok(HostedRelease {
        row,
        yanked,
        published: moment(seconds)?,
        publisher: actor(&publisher)?,
        sequence: position(sequence)?,
    })
}

pub(super) async fn earlier_builds(
    readers: &Pool<Db>,
    registry: &RegistryName,
    name: &NameKey,
) -> Result<Vec<HostedRelease>, StoreError> {
    let builds: Vec<ReleaseRow> = sqlx::query_as(
        "SELECT row_text, FALSE, seconds, publisher, sequence FROM earlier_builds \
         WHERE registry = $1 AND name_key = $2 ORDER BY sequence",
    )
    .bind(registry.as_str())
    .bind(name.as_str())
    .fetch_all(readers)
    .await
    .map_err(told)?;
    builds.into_iter().map(release).collect()
}

pub(super) async fn hosted_names(
    readers: &Pool<Db>,
    registry: &RegistryName,
) -> Result<Vec<CrateName>, StoreError> {
    let names: Vec<(String,)> =
        sqlx::query_as("SELECT name FROM crates WHERE registry = $1 ORDER BY name_key")
            .bind(registry.as_str())
            .fetch_all(readers)
            .await
            .map_err(told)?;
    names.iter().map(|(name,)| spelled(name)).collect()
}

pub(super) async fn mirrored(
    readers: &Pool<Db>,
    registry: &RegistryName,
    name: &IndexName,
) -> Result<Option<Mirrored>, StoreError> {
    let row: Option<MirroredRow> = sqlx::query_as(
        "SELECT row_texts, packed, rows_sha256, etag, last_modified FROM mirrored \
         WHERE registry = $1 AND name = $2",
    )
    .bind(registry.as_str())
    .bind(name.as_str())
    .fetch_optional(readers)
    .await
    .map_err(told)?;
    let Some((bytes, is_packed, sha256, etag, last_modified)) = row else {
        return Ok(None);
    };
    let stored = Packed {
        is_packed,
        bytes,
        sha256,
    };
    Ok(Some(Mirrored {
        rows: unpack(stored).await?,
        validators: Validators {
            etag,
            last_modified,
        },
    }))
}

/// Rows as stored, whether they are packed, their SHA-256, `ETag`, `Last-Modified`.
type MirroredRow = (Vec<u8>, bool, String, Option<String>, Option<String>);

pub(super) async fn mirrored_names(
    readers: &Pool<Db>,
    registry: &RegistryName,
) -> Result<Vec<IndexName>, StoreError> {
    let names: Vec<(String,)> =
        sqlx::query_as("SELECT name FROM mirrored WHERE registry = $1 ORDER BY name")
            .bind(registry.as_str())
            .fetch_all(readers)
            .await
            .map_err(told)?;
    names
        .iter()
        .map(|(name,)| IndexName::parse(name).map_err(|_| corrupt("a mirrored name")))
        .collect()
}

pub(super) async fn confirmed(
    readers: &Pool<Db>,
    registry: &RegistryName,
) -> Result<Vec<(IndexName, Timestamp)>, StoreError> {
    let rows: Vec<(String, i64)> =
        sqlx::query_as("SELECT name, seconds FROM confirmed WHERE registry = $1 ORDER BY name")
            .bind(registry.as_str())
            .fetch_all(readers)
            .await
            .map_err(told)?;
    rows.iter()
        .map(|(name, seconds)| {
            let name = IndexName::parse(name).map_err(|_| corrupt("a mirrored name"))?;
            Ok((name, moment(*seconds)?))
        })
        .collect()
}

pub(super) async fn vanished(
    readers: &Pool<Db>,
    registry: &RegistryName,
) -> Result<Vec<(IndexName, Version, Timestamp)>, StoreError> {
    let rows: Vec<(String, String, i64)> = sqlx::query_as(
        "SELECT name, version, seconds FROM vanished WHERE registry = $1 ORDER BY name, version",
    )
    .bind(registry.as_str())
    .fetch_all(readers)
    .await
    .map_err(told)?;
    rows.iter()
        .map(|(name, version, seconds)| {
            let name = IndexName::parse(name).map_err(|_| corrupt("a mirrored name"))?;
            let version = Version::parse(version).map_err(|_| corrupt("a mirrored version"))?;
            Ok((name, version, moment(*seconds)?))
        })
        .collect()
}

pub(super) async fn ownership_of(
    readers: &Pool<Db>,
    view: &RegistryName,
    name: &NameKey,
) -> Result<Option<Ownership>, StoreError> {
    let row: Option<(Option<String>, String, String)> = sqlx::query_as(
        "SELECT owner, members, heirs FROM ownerships WHERE view_name = $1 AND name_key = $2",
    )
    .bind(view.as_str())
    .bind(name.as_str())
    .fetch_optional(readers)
    .await
    .map_err(told)?;
    row.map(|(owner, members, heirs)| ownership(owner.as_deref(), &members, &heirs))
        .transpose()
}

pub(super) async fn ownerships(
    readers: &Pool<Db>,
    view: &RegistryName,
) -> Result<Vec<(NameKey, Ownership)>, StoreError> {
    let mut found = Vec::new();
    // By pages: all rows at once would take twice what is made of them.
    let mut after = String::new();
    loop {
        let rows: Vec<(String, Option<String>, String, String)> = sqlx::query_as(
            "SELECT name_key, owner, members, heirs FROM ownerships \
             WHERE view_name = $1 AND name_key > $2 ORDER BY name_key LIMIT $3",
        )
        .bind(view.as_str())
        .bind(&*after)
        .bind(OWNERSHIPS_PAGE)
        .fetch_all(readers)
        .await
        .map_err(told)?;
        for (name, owner, members, heirs) in &rows {
            found.push((key(name)?, ownership(owner.as_deref(), members, heirs)?));
        }
        match rows.into_iter().last() {
            Some((last, ..)) => after = last,
            None => return Ok(found),
        }
    }
}

/// Records that are read at a time.
const OWNERSHIPS_PAGE: i64 = 10_000;

pub(super) async fn faces(
    readers: &Pool<Db>,
    view: &RegistryName,
) -> Result<Vec<(RegistryName, NameKey, NameKey)>, StoreError> {
    let rows: Vec<(String, String, String)> = sqlx::query_as(
        "SELECT member, name_key, dependent FROM faces \
         WHERE view_name = $1 ORDER BY member, name_key",
    )
    .bind(view.as_str())
    .fetch_all(readers)
    .await
    .map_err(told)?;
    rows.iter()
        .map(|(of, name, dependent)| Ok((member(of)?, key(name)?, key(dependent)?)))
        .collect()
}

pub(super) async fn shown(
    readers: &Pool<Db>,
    view: &RegistryName,
) -> Result<Vec<(NameKey, Version, Source)>, StoreError> {
    let rows: Vec<(String, String, String, String)> = sqlx::query_as(
        "SELECT name_key, version, checksum, member FROM shown_versions \
         WHERE view_name = $1 ORDER BY name_key, version",
    )
    .bind(view.as_str())
    .fetch_all(readers)
    .await
    .map_err(told)?;
    let read = |(name, version, checksum, member): (String, String, String, String)| {
        let source = Source {
            member: RegistryName::parse(&member).ok()?,
            checksum: Checksum::parse(&checksum).ok()?,
        };
        Some((key(&name).ok()?, Version::parse(&version).ok()?, source))
    };
    rows.into_iter()
        .map(|row| read(row).ok_or_else(|| corrupt("what was shown")))
        .collect()
}

pub(super) async fn decisions(
    readers: &Pool<Db>,
    scope: &RegistryName,
    after: u64,
) -> Result<Vec<Made>, StoreError> {
    let rows: Vec<(i64, String)> = sqlx::query_as(
        "SELECT sequence, encoding FROM facts \
         WHERE scope = $1 AND sequence > $2 AND decided ORDER BY sequence",
    )
    .bind(scope.as_str())
    .bind(i64::try_from(after).unwrap_or(i64::MAX))
    .fetch_all(readers)
    .await
    .map_err(told)?;
    let made = |row| {
        let (sequence, fact) = decoded(row)?;
        let Event::Decided { decision, .. } = fact.event else {
            return Err(corrupt("a decision"));
        };
        Ok(Made {
            sequence,
            time: fact.time,
            actor: fact.actor,
            decision,
        })
    };
    rows.iter().map(made).collect()
}

pub(super) async fn facts_about(
    readers: &Pool<Db>,
    scope: &RegistryName,
    name: Option<&NameKey>,
) -> Result<Vec<(u64, Fact)>, StoreError> {
    // Both by the index on (scope, subject, sequence).
    let asked = match name {
        Some(name) => sqlx::query_as(
            "SELECT sequence, encoding FROM facts WHERE scope = $1 AND subject = $2 \
             ORDER BY sequence",
        )
        .bind(scope.as_str())
        .bind(name.as_str()),
        None => sqlx::query_as(FACTS_OF_SCOPE).bind(scope.as_str()),
    };
    let rows: Vec<(i64, String)> = asked.fetch_all(readers).await.map_err(told)?;
    rows.iter().map(decoded).collect()
}

pub(super) async fn latest(readers: &Pool<Db>) -> Result<Option<(u64, Timestamp)>, StoreError> {
    let last: Option<(i64, i64)> =
        sqlx::query_as("SELECT sequence, seconds FROM facts ORDER BY sequence DESC LIMIT 1")
            .fetch_optional(readers)
            .await
            .map_err(told)?;
    last.map(|(sequence, seconds)| Ok((position(sequence)?, moment(seconds)?)))
        .transpose()
}

/// Times never go back along the sequence, so the last fact until a time is found by
/// the index on time.
pub(super) async fn epoch_at(readers: &Pool<Db>, time: Timestamp) -> Result<u64, StoreError> {
    let last: Option<(i64,)> = sqlx::query_as(
        "SELECT sequence FROM facts WHERE seconds <= $1 \
         ORDER BY seconds DESC, sequence DESC LIMIT 1",
    )
    .bind(time.unix_seconds())
    .fetch_optional(readers)
    .await
    .map_err(told)?;
    last.map_or(Ok(0), |(sequence,)| position(sequence))
}

pub(super) async fn facts(
    readers: &Pool<Db>,
    after: u64,
    limit: u32,
) -> Result<Vec<(u64, Fact)>, StoreError> {
    let rows: Vec<(i64, String)> = sqlx::query_as(
        "SELECT sequence, encoding FROM facts WHERE sequence > $1 ORDER BY sequence LIMIT $2",
    )
    .bind(i64::try_from(after).unwrap_or(i64::MAX))
    .bind(i64::from(limit))
    .fetch_all(readers)
    .await
    .map_err(told)?;
    rows.iter().map(decoded).collect()
}

fn decoded((sequence, encoding): &(i64, String)) -> Result<(u64, Fact), StoreError> {
    let sequence = position(*sequence)?;
    let fact = Fact::decode(encoding)
        .map_err(|error| StoreError::Corrupt(format!("fact {sequence}: {error}")))?;
    Ok((sequence, fact))
}

/// Reads an owner (none if shared), members and heirs, separated by blanks.
pub(super) fn ownership(
    owner: Option<&str>,
    members: &str,
    heirs: &str,
) -> Result<Ownership, StoreError> {
    let members = members.split(' ').map(member).collect::<Result<_, _>>()?;
    let shared = Ownership::shared(members).ok_or_else(|| corrupt("an owner"))?;
    let heirs: Vec<_> = heirs
        .split_terminator(' ')
        .map(member)
        .collect::<Result<_, _>>()?;
    let Some(owner) = owner else {
        return Ok(shared.with_heirs(heirs));
    };
    let settled = shared.settled(member(owner)?);
    let settled = settled.ok_or_else(|| corrupt("an owner"))?;
    Ok(settled.with_heirs(heirs))
}

/// Reads a position.
pub(super) fn position(sequence: i64) -> Result<u64, StoreError> {
    u64::try_from(sequence).map_err(|_| corrupt("a position"))
}

/// Reads a time.
pub(super) fn moment(seconds: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_unix_seconds(seconds).ok_or_else(|| corrupt("a time"))
}

fn actor(text: &str) -> Result<Actor, StoreError> {
    Actor::parse(text).map_err(|_| corrupt("a user"))
}

fn spelled(text: &str) -> Result<CrateName, StoreError> {
    CrateName::parse(text).map_err(|_| corrupt("a crate's name"))
}

fn member(text: &str) -> Result<RegistryName, StoreError> {
    RegistryName::parse(text).map_err(|_| corrupt("a registry's name"))
}

fn key(text: &str) -> Result<NameKey, StoreError> {
    text.parse().map_err(|_| corrupt("a crate's name"))
}
