//! Applies one batch within the group's transaction: projections, then facts.

use super::{corrupt, told};
use crossdock_core::actor::Actor;
use crossdock_core::checksum::Checksum;
use crossdock_core::fact::Fact;
use crossdock_core::name::{CrateName, NameKey};
use crossdock_core::ownership::Ownership;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::timestamp::Timestamp;
use crossdock_core::version::Version;
use crossdock_registry::ports::{AppendError, Applied, Batch, Change};
use sqlx::{Row, Sqlite, Transaction};

type Tx<'t> = Transaction<'t, Sqlite>;

/// Applies a batch; an error leaves the caller to roll back.
pub(super) async fn batch(
    tx: &mut Tx<'_>,
    batch: &Batch,
    time: Timestamp,
) -> Result<Vec<Applied>, AppendError> {
    let mut applied = Vec::with_capacity(batch.changes.len());
    for change in &batch.changes {
        let done = match project(tx, change, &batch.actor, time).await? {
            Projected::New => fact(tx, change, &batch.actor, time).await?,
            Projected::Already => Applied::Unchanged,
            Projected::Stands(ownership) => Applied::Stands(ownership),
        };
        applied.push(done);
    }
    Ok(applied)
}

enum Projected {
    New,
    Already,
    Stands(Ownership),
}

async fn fact(
    tx: &mut Tx<'_>,
    change: &Change,
    actor: &Actor,
    time: Timestamp,
) -> Result<Applied, AppendError> {
    let Some(event) = change.event() else {
        return Ok(Applied::Unchanged);
    };
    let kind = event.kind();
    let fact = Fact {
        time,
        actor: actor.clone(),
        event,
    };
    let done = sqlx::query(
        "INSERT INTO facts (seconds, kind, encoding) VALUES ($1, $2, $3) RETURNING sequence",
    )
    .bind(time.unix_seconds())
    .bind(kind)
    .bind(fact.encode())
    .fetch_one(&mut **tx)
    .await
    .map_err(told)?;
    Ok(Applied::Fact {
        sequence: u64::try_from(done.get::<i64, _>(0)).unwrap_or_default(),
        time,
    })
}

async fn project(
    tx: &mut Tx<'_>,
    change: &Change,
    actor: &Actor,
    time: Timestamp,
) -> Result<Projected, AppendError> {
    match change {
        Change::Publish {
            registry,
            name,
            version,
            checksum,
            row,
            metadata,
        } => {
            krate(tx, registry, name, metadata, actor).await?;
            let done = sqlx::query(
                "INSERT INTO releases (registry, name_key, bare_version, version, checksum, row_text, yanked, seconds, \
                 publisher, sequence) VALUES ($1, $2, $3, $4, $5, $6, FALSE, $7, $8, \
                 (SELECT COALESCE(MAX(sequence), 0) + 1 FROM facts)) ON CONFLICT DO NOTHING",
            )
            .bind(registry.as_str())
            .bind(name.key().as_str())
            .bind(version.without_build().to_string())
            .bind(version.to_string())
            .bind(checksum.to_string())
            .bind(row)
            .bind(time.unix_seconds())
            .bind(actor.as_str())
            .execute(&mut **tx)
            .await
            .map_err(told)?;
            match done.rows_affected() {
                0 => Err(existing(tx, registry, &name.key(), version).await?),
                _ => Ok(Projected::New),
            }
        }
        Change::SetYanked { id, yanked } => {
            let before = sqlx::query(
                "SELECT yanked FROM releases WHERE registry = $1 AND name_key = $2 AND bare_version = $3 AND version = $4",
            )
            .bind(id.registry.as_str())
            .bind(id.name.as_str())
            .bind(id.version.without_build().to_string())
            .bind(id.version.to_string())
            .fetch_optional(&mut **tx)
            .await
            .map_err(told)?;
            match before.map(|row| row.get::<bool, _>(0)) {
                None => return Err(AppendError::NotFound),
                Some(before) if before == *yanked => return Ok(Projected::Already),
                Some(_) => {}
            }
            sqlx::query("UPDATE releases SET yanked = $1 WHERE registry = $2 AND name_key = $3 AND bare_version = $4")
                .bind(*yanked)
                .bind(id.registry.as_str())
                .bind(id.name.as_str())
                .bind(id.version.without_build().to_string())
                .execute(&mut **tx)
                .await
                .map_err(told)?;
            Ok(Projected::New)
        }
        Change::SetOwners {
            registry,
            name,
            owners,
        } => {
            let known = sqlx::query("SELECT 1 FROM crates WHERE registry = $1 AND name_key = $2")
                .bind(registry.as_str())
                .bind(name.as_str())
                .fetch_optional(&mut **tx)
                .await
                .map_err(told)?;
            known.ok_or(AppendError::NotFound)?;
            set_owners(tx, registry, name, owners).await?;
            Ok(Projected::New)
        }
        Change::Observe {
            registry,
            name,
            rows,
            validators,
            ..
        } => {
            let before =
                sqlx::query("SELECT row_texts FROM mirrored WHERE registry = $1 AND name = $2")
                    .bind(registry.as_str())
                    .bind(name.as_str())
                    .fetch_optional(&mut **tx)
                    .await
                    .map_err(told)?;
            let same = before.is_some_and(|row| row.get::<Vec<u8>, _>(0) == rows.as_ref());
            sqlx::query(
                "INSERT INTO mirrored (registry, name, row_texts, etag, last_modified) VALUES ($1, $2, $3, $4, $5) \
                 ON CONFLICT (registry, name) DO UPDATE SET row_texts = excluded.row_texts, etag = excluded.etag, \
                 last_modified = excluded.last_modified",
            )
            .bind(registry.as_str())
            .bind(name.as_str())
            .bind(rows.as_ref())
            .bind(&validators.etag)
            .bind(&validators.last_modified)
            .execute(&mut **tx)
            .await
            .map_err(told)?;
            Ok(if same {
                Projected::Already
            } else {
                Projected::New
            })
        }
        Change::Revalidated {
            registry,
            name,
            validators,
        } => {
            sqlx::query("UPDATE mirrored SET etag = $1, last_modified = $2 WHERE registry = $3 AND name = $4")
                .bind(&validators.etag)
                .bind(&validators.last_modified)
                .bind(registry.as_str())
                .bind(name.as_str())
                .execute(&mut **tx)
                .await
                .map_err(told)?;
            Ok(Projected::Already)
        }
        Change::RecordOwner {
            view,
            name,
            ownership,
        } => {
            let done = ownership_row(
                "INSERT INTO ownerships (view_name, name_key, owner, members) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
                tx,
                view,
                name,
                ownership,
            );
            match done.await? {
                0 => Ok(Projected::Stands(standing(tx, view, name).await?)),
                _ => Ok(Projected::New),
            }
        }
        Change::SettleConflict {
            view,
            name,
            ownership,
        } => {
            let done = ownership_row(
                "INSERT INTO ownerships (view_name, name_key, owner, members) VALUES ($1, $2, $3, $4) \
                 ON CONFLICT (view_name, name_key) DO UPDATE SET owner = excluded.owner, members = excluded.members",
                tx,
                view,
                name,
                ownership,
            );
            done.await?;
            Ok(Projected::New)
        }
        Change::NameFace {
            view,
            member,
            name,
            dependent,
        } => {
            let done = sqlx::query(
                "INSERT INTO faces (view_name, member, name_key, dependent) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            )
            .bind(view.as_str())
            .bind(member.as_str())
            .bind(name.as_str())
            .bind(dependent.as_str())
            .execute(&mut **tx)
            .await
            .map_err(told)?;
            Ok(if done.rows_affected() == 0 {
                Projected::Already
            } else {
                Projected::New
            })
        }
    }
}

/// Makes the crate if it is new, with its first owner; refuses another spelling.
async fn krate(
    tx: &mut Tx<'_>,
    registry: &RegistryName,
    name: &CrateName,
    metadata: &str,
    actor: &Actor,
) -> Result<(), AppendError> {
    let key = name.key();
    let made = sqlx::query("INSERT INTO crates (registry, name_key, name, metadata) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING")
        .bind(registry.as_str())
        .bind(key.as_str())
        .bind(name.as_str())
        .bind(metadata)
        .execute(&mut **tx)
        .await
        .map_err(told)?;
    if made.rows_affected() > 0 {
        return Ok(set_owners(tx, registry, &key, std::slice::from_ref(actor)).await?);
    }
    let known = sqlx::query(
        "UPDATE crates SET metadata = $1 WHERE registry = $2 AND name_key = $3 RETURNING name",
    )
    .bind(metadata)
    .bind(registry.as_str())
    .bind(key.as_str())
    .fetch_one(&mut **tx)
    .await
    .map_err(told)?;
    let existing = CrateName::parse(known.get(0)).map_err(|_| corrupt("a crate's name"))?;
    if existing == *name {
        Ok(())
    } else {
        Err(AppendError::NameTaken { existing })
    }
}

async fn set_owners(
    tx: &mut Tx<'_>,
    registry: &RegistryName,
    name: &NameKey,
    owners: &[Actor],
) -> Result<(), crossdock_registry::ports::StoreError> {
    sqlx::query("DELETE FROM crate_owners WHERE registry = $1 AND name_key = $2")
        .bind(registry.as_str())
        .bind(name.as_str())
        .execute(&mut **tx)
        .await
        .map_err(told)?;
    for (position, owner) in owners.iter().enumerate() {
        sqlx::query("INSERT INTO crate_owners (registry, name_key, position, owner) VALUES ($1, $2, $3, $4)")
            .bind(registry.as_str())
            .bind(name.as_str())
            .bind(i64::try_from(position).unwrap_or(i64::MAX))
            .bind(owner.as_str())
            .execute(&mut **tx)
            .await
            .map_err(told)?;
    }
    Ok(())
}

async fn existing(
    tx: &mut Tx<'_>,
    registry: &RegistryName,
    name: &NameKey,
    version: &Version,
) -> Result<AppendError, AppendError> {
    let row = sqlx::query("SELECT version, checksum FROM releases WHERE registry = $1 AND name_key = $2 AND bare_version = $3")
        .bind(registry.as_str())
        .bind(name.as_str())
        .bind(version.without_build().to_string())
        .fetch_one(&mut **tx)
        .await
        .map_err(told)?;
    Ok(AppendError::VersionExists {
        version: Version::parse(row.get(0)).map_err(|_| corrupt("a version"))?,
        checksum: Checksum::parse(row.get(1)).map_err(|_| corrupt("a checksum"))?,
    })
}

async fn ownership_row(
    sql: &'static str,
    tx: &mut Tx<'_>,
    view: &RegistryName,
    name: &NameKey,
    ownership: &Ownership,
) -> Result<u64, AppendError> {
    let members: Vec<&str> = ownership
        .members()
        .iter()
        .map(RegistryName::as_str)
        .collect();
    let done = sqlx::query(sql)
        .bind(view.as_str())
        .bind(name.as_str())
        .bind(ownership.owner().map(RegistryName::as_str))
        .bind(members.join(" "))
        .execute(&mut **tx)
        .await
        .map_err(told)?;
    Ok(done.rows_affected())
}

async fn standing(
    tx: &mut Tx<'_>,
    view: &RegistryName,
    name: &NameKey,
) -> Result<Ownership, AppendError> {
    let row =
        sqlx::query("SELECT owner, members FROM ownerships WHERE view_name = $1 AND name_key = $2")
            .bind(view.as_str())
            .bind(name.as_str())
            .fetch_one(&mut **tx)
            .await
            .map_err(told)?;
    Ok(super::read::ownership(row.get(0), row.get(1))?)
}
