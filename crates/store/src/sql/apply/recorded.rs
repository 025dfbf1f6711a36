//! What views record: whose a name is, what was shown of it, and which faces their
//! rows lead to.

use super::{Projected, Tx, corrupt, read, told};

use crossdock_core::name::NameKey;
use crossdock_core::ownership::Ownership;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::shown::Source;
use crossdock_core::version::Version;
use crossdock_registry::ports::{AppendError, StoreError};
use std::collections::BTreeSet;

/// Records an owner unless somebody was first.
pub(super) async fn record_owner(
    tx: &mut Tx<'_>,
    view: &RegistryName,
    name: &NameKey,
    ownership: &Ownership,
) -> Result<Projected, StoreError> {
    let insert = "INSERT INTO ownerships (view_name, name_key, owner, members, heirs) \
                  VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
    match write_ownership(insert, tx, view, name, ownership).await? {
        0 => Ok(Projected::Stands(known(tx, view, name).await?)),
        _ => Ok(Projected::New),
    }
}

/// Joins an owner to the record, unless the record turned since it was seen.
pub(super) async fn settle(
    tx: &mut Tx<'_>,
    view: &RegistryName,
    name: &NameKey,
    seen: Option<&Ownership>,
    wanted: &Ownership,
) -> Result<Projected, StoreError> {
    let Some(standing) = standing(tx, view, name).await? else {
        return record_owner(tx, view, name, wanted).await;
    };
    let Some(joined) = standing.joined(seen, wanted) else {
        return Ok(Projected::Stands(standing));
    };
    if joined == standing {
        return Ok(match joined == *wanted {
            true => Projected::Already,
            false => Projected::Stands(joined),
        });
    }
    replace(tx, view, name, &joined).await?;
    Ok(match joined == *wanted {
        true => Projected::New,
        false => Projected::Joined(joined),
    })
}

/// Gives a name to another owner, as `turned` says of the record; if it says nothing,
/// the record is somebody else's.
pub(super) async fn turn(
    tx: &mut Tx<'_>,
    view: &RegistryName,
    name: &NameKey,
    turned: impl FnOnce(&Ownership) -> Option<Ownership>,
) -> Result<(), AppendError> {
    let standing = standing(tx, view, name).await?;
    let standing = standing.ok_or(AppendError::NotFound)?;
    let Some(turned) = turned(&standing) else {
        let (view, ownership) = (view.clone(), standing);
        return Err(AppendError::NameOwned { view, ownership });
    };
    Ok(replace(tx, view, name, &turned).await?)
}

/// Records what is shown of a name, unless a version was shown otherwise before.
pub(super) async fn record_shown(
    tx: &mut Tx<'_>,
    view: &RegistryName,
    name: &NameKey,
    releases: &[(Version, Source)],
) -> Result<Projected, StoreError> {
    let mut is_new = false;
    for (version, source) in releases {
        let standing: Option<(String, String)> = sqlx::query_as(
            "SELECT checksum, member FROM shown_versions \
             WHERE view_name = $1 AND name_key = $2 AND version = $3",
        )
        .bind(view.as_str())
        .bind(name.as_str())
        .bind(version.to_string())
        .fetch_optional(&mut **tx)
        .await
        .map_err(told)?;
        let wanted = (source.checksum.to_string(), source.member.to_string());
        match standing {
            Some(standing) if standing != wanted => return Ok(Projected::ShownOtherwise),
            Some(_) => {}
            None => is_new = true,
        }
    }
    if !is_new {
        return Ok(Projected::Already);
    }
    for (version, source) in releases {
        sqlx::query(
            "INSERT INTO shown_versions (view_name, name_key, version, checksum, member) \
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
        )
        .bind(view.as_str())
        .bind(name.as_str())
        .bind(version.to_string())
        .bind(source.checksum.to_string())
        .bind(source.member.as_str())
        .execute(&mut **tx)
        .await
        .map_err(told)?;
    }
    Ok(Projected::New)
}

/// Forgets what was shown of a name that another crate takes.
pub(super) async fn forget_shown(
    tx: &mut Tx<'_>,
    view: &RegistryName,
    name: &NameKey,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM shown_versions WHERE view_name = $1 AND name_key = $2")
        .bind(view.as_str())
        .bind(name.as_str())
        .execute(&mut **tx)
        .await
        .map_err(told)?;
    Ok(())
}

/// Records the evidence for a face unless some is on record.
pub(super) async fn name_face(
    tx: &mut Tx<'_>,
    view: &RegistryName,
    member: &RegistryName,
    name: &NameKey,
    dependent: &NameKey,
) -> Result<Projected, StoreError> {
    let done = sqlx::query(
        "INSERT INTO faces (view_name, member, name_key, dependent) VALUES ($1, $2, $3, $4) \
         ON CONFLICT DO NOTHING",
    )
    .bind(view.as_str())
    .bind(member.as_str())
    .bind(name.as_str())
    .bind(dependent.as_str())
    .execute(&mut **tx)
    .await
    .map_err(told)?;
    Ok(Projected::if_any(done.rows_affected()))
}

async fn replace(
    tx: &mut Tx<'_>,
    view: &RegistryName,
    name: &NameKey,
    ownership: &Ownership,
) -> Result<(), StoreError> {
    let replace = "UPDATE ownerships SET owner = $3, members = $4, heirs = $5 \
                   WHERE view_name = $1 AND name_key = $2";
    write_ownership(replace, tx, view, name, ownership).await?;
    Ok(())
}

async fn write_ownership(
    sql: &'static str,
    tx: &mut Tx<'_>,
    view: &RegistryName,
    name: &NameKey,
    ownership: &Ownership,
) -> Result<u64, StoreError> {
    let joined = |names: &BTreeSet<RegistryName>| {
        let names: Vec<&str> = names.iter().map(RegistryName::as_str).collect();
        names.join(" ")
    };
    let done = sqlx::query(sql)
        .bind(view.as_str())
        .bind(name.as_str())
        .bind(ownership.owner().map(RegistryName::as_str))
        .bind(joined(ownership.members()))
        .bind(joined(ownership.heirs()))
        .execute(&mut **tx)
        .await
        .map_err(told)?;
    Ok(done.rows_affected())
}

async fn known(
    tx: &mut Tx<'_>,
    view: &RegistryName,
    name: &NameKey,
) -> Result<Ownership, StoreError> {
    let standing = standing(tx, view, name).await?;
    standing.ok_or_else(|| corrupt("an owner"))
}

async fn standing(
    tx: &mut Tx<'_>,
    view: &RegistryName,
    name: &NameKey,
) -> Result<Option<Ownership>, StoreError> {
    let row: Option<(Option<String>, String, String)> = sqlx::query_as(
        "SELECT owner, members, heirs FROM ownerships WHERE view_name = $1 AND name_key = $2",
    )
    .bind(view.as_str())
    .bind(name.as_str())
    .fetch_optional(&mut **tx)
    .await
    .map_err(told)?;
    row.map(|(owner, members, heirs)| read::ownership(owner.as_deref(), &members, &heirs))
        .transpose()
}
