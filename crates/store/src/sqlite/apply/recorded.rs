//! What views record: whose a name is, and which faces their rows lead to.

use super::{Projected, Tx};
use crate::sqlite::{read, told};
use crossdock_core::name::NameKey;
use crossdock_core::ownership::Ownership;
use crossdock_core::registry_name::RegistryName;
use crossdock_registry::ports::StoreError;

/// Records an owner unless somebody was first.
pub(super) async fn record_owner(
    tx: &mut Tx<'_>,
    view: &RegistryName,
    name: &NameKey,
    ownership: &Ownership,
) -> Result<Projected, StoreError> {
    let insert = "INSERT INTO ownerships (view_name, name_key, owner, members) \
                  VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    match write_ownership(insert, tx, view, name, ownership).await? {
        0 => Ok(Projected::Stands(standing(tx, view, name).await?)),
        _ => Ok(Projected::New),
    }
}

/// Records an owner in the place of whatever stood there.
pub(super) async fn settle(
    tx: &mut Tx<'_>,
    view: &RegistryName,
    name: &NameKey,
    ownership: &Ownership,
) -> Result<Projected, StoreError> {
    let replace = "INSERT INTO ownerships (view_name, name_key, owner, members) \
                   VALUES ($1, $2, $3, $4) ON CONFLICT (view_name, name_key) \
                   DO UPDATE SET owner = excluded.owner, members = excluded.members \
                   WHERE ownerships.owner IS DISTINCT FROM excluded.owner \
                   OR ownerships.members <> excluded.members";
    let written = write_ownership(replace, tx, view, name, ownership).await?;
    Ok(Projected::if_any(written))
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

async fn write_ownership(
    sql: &'static str,
    tx: &mut Tx<'_>,
    view: &RegistryName,
    name: &NameKey,
    ownership: &Ownership,
) -> Result<u64, StoreError> {
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
) -> Result<Ownership, StoreError> {
    let (owner, members): (Option<String>, String) = sqlx::query_as(
        "SELECT owner, members FROM ownerships WHERE view_name = $1 AND name_key = $2",
    )
    .bind(view.as_str())
    .bind(name.as_str())
    .fetch_one(&mut **tx)
    .await
    .map_err(told)?;
    read::ownership(owner.as_deref(), &members)
}
