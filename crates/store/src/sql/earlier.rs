//! Rows that were superseded: every observation of a mirror can be read back.
//!
//! The newest rows of a name are in `mirrored` and cost what they always did. When
//! others take their place they move here, as the difference from those, which is
//! some hundred bytes where a whole entry may have half a million. Every
//! [`WHOLE_EVERY`]th is kept whole, so that no reader follows a long chain. All are
//! verified by their SHA-256, and a difference is tried before it is trusted.

use super::dialect::{BEGIN_READING, Db, told};
use super::read::position;
use crate::rows::corrupt;
use crate::rows::difference::{between, undone};
use crate::rows::packed::{Packed, deflated, inflated, unpack};
use bytes::Bytes;
use crossdock_core::checksum::Checksum;
use crossdock_core::name::IndexName;
use crossdock_core::registry_name::RegistryName;
use crossdock_registry::ports::{Observed, StoreError};
use sqlx::{Pool, Transaction};

/// One in so many superseded rows is kept whole; between them a reader undoes at most
/// this many differences, each in the time of copying the entry.
const WHOLE_EVERY: i64 = 32;

/// How superseded rows are stored.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Plain = 0,
    Deflated = 1,
    /// As the deflated difference from the next newer rows.
    Difference = 2,
}

/// Moves the rows that are kept of a name here, before `newer` take their place.
pub(super) async fn keep(
    tx: &mut Transaction<'_, Db>,
    registry: &RegistryName,
    name: &IndexName,
    newer: &Bytes,
) -> Result<(), StoreError> {
    let (bytes, is_packed, sha256, sequence): (Vec<u8>, bool, String, i64) = sqlx::query_as(
        "SELECT row_texts, packed, rows_sha256, sequence FROM mirrored \
         WHERE registry = $1 AND name = $2",
    )
    .bind(registry.as_str())
    .bind(name.as_str())
    .fetch_one(&mut **tx)
    .await
    .map_err(told)?;
    let (count,): (i64,) =
        sqlx::query_as("SELECT COUNT(*) FROM earlier_rows WHERE registry = $1 AND name = $2")
            .bind(registry.as_str())
            .bind(name.as_str())
            .fetch_one(&mut **tx)
            .await
            .map_err(told)?;
    let whole = Packed {
        is_packed,
        bytes,
        sha256,
    };
    let is_keyframe = count % WHOLE_EVERY == WHOLE_EVERY - 1;
    let (form, bytes, sha256) = smallest(whole, newer, is_keyframe).await?;
    sqlx::query(
        "INSERT INTO earlier_rows (registry, name, sequence, form, row_texts, rows_sha256) \
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(registry.as_str())
    .bind(name.as_str())
    .bind(sequence)
    .bind(form as i64)
    .bind(bytes)
    .bind(sha256)
    .execute(&mut **tx)
    .await
    .map_err(told)?;
    Ok(())
}

/// Finds the smaller of two forms. What cannot be read any more is moved as it is: an
/// old damage must not keep new rows out.
async fn smallest(
    whole: Packed,
    newer: &Bytes,
    is_keyframe: bool,
) -> Result<(Form, Vec<u8>, String), StoreError> {
    let form = if whole.is_packed {
        Form::Deflated
    } else {
        Form::Plain
    };
    let Ok(older) = unpack(whole.clone()).await else {
        return Ok((form, whole.bytes, whole.sha256));
    };
    if is_keyframe {
        let sha256 = Checksum::of(&older).to_string();
        return Ok((form, whole.bytes, sha256));
    }
    let newer = newer.clone();
    let work = move || {
        let difference = between(&newer, &older);
        let is_right = undone(&newer, &difference).is_some_and(|made| made == older);
        let difference = is_right.then(|| deflated(&difference));
        (difference, Checksum::of(&older).to_string())
    };
    let done = tokio::task::spawn_blocking(work).await;
    let interrupted = |_| StoreError::Unavailable("comparing rows was interrupted".to_owned());
    let (difference, sha256) = done.map_err(interrupted)?;
    Ok(match difference {
        Some(difference) if difference.len() < whole.bytes.len() => {
            (Form::Difference, difference, sha256)
        }
        _ => (form, whole.bytes, sha256),
    })
}

/// Reads the rows of an epoch, or else the first ones.
pub(super) async fn observed(
    readers: &Pool<Db>,
    registry: &RegistryName,
    name: &IndexName,
    epoch: u64,
) -> Result<Option<Observed>, StoreError> {
    // One transaction, so that rows do not move between two looks.
    let mut tx = readers.begin_with(BEGIN_READING).await.map_err(told)?;
    let newest: Option<(i64, Vec<u8>, bool, String)> = sqlx::query_as(
        "SELECT sequence, row_texts, packed, rows_sha256 FROM mirrored \
         WHERE registry = $1 AND name = $2",
    )
    .bind(registry.as_str())
    .bind(name.as_str())
    .fetch_optional(&mut *tx)
    .await
    .map_err(told)?;
    let Some((sequence, bytes, is_packed, sha256)) = newest else {
        return Ok(None);
    };
    let newest = Packed {
        is_packed,
        bytes,
        sha256,
    };
    let epoch = i64::try_from(epoch).unwrap_or(i64::MAX);
    let (wanted,): (Option<i64>,) = match sequence <= epoch {
        true => (None,),
        false => sqlx::query_as(
            "SELECT COALESCE( \
               (SELECT MAX(sequence) FROM earlier_rows \
                WHERE registry = $1 AND name = $2 AND sequence <= $3), \
               (SELECT MIN(sequence) FROM earlier_rows WHERE registry = $1 AND name = $2))",
        )
        .bind(registry.as_str())
        .bind(name.as_str())
        .bind(epoch)
        .fetch_one(&mut *tx)
        .await
        .map_err(told)?,
    };
    let Some(wanted) = wanted else {
        let rows = unpack(newest).await?;
        let sequence = position(sequence)?;
        return Ok(Some(Observed { rows, sequence }));
    };
    let (base, chain) = chain(&mut tx, registry, name, wanted, newest).await?;
    drop(tx);
    let mut rows = unpack(base).await?;
    if !chain.is_empty() {
        let undoing = tokio::task::spawn_blocking(move || follow(rows, chain)).await;
        let interrupted =
            |_| StoreError::Unavailable("reading earlier rows was interrupted".to_owned());
        rows = undoing.map_err(interrupted)??;
    }
    Ok(Some(Observed {
        rows,
        sequence: position(wanted)?,
    }))
}

/// Reads rows from the wanted ones up to the first that are whole: those, and the
/// differences before them, the oldest first.
async fn chain(
    tx: &mut Transaction<'_, Db>,
    registry: &RegistryName,
    name: &IndexName,
    wanted: i64,
    newest: Packed,
) -> Result<(Packed, Vec<(Vec<u8>, String)>), StoreError> {
    let mut chain = Vec::new();
    let mut from = wanted;
    let base = loop {
        let next: Option<(i64, i64, Vec<u8>, String)> = sqlx::query_as(
            "SELECT sequence, form, row_texts, rows_sha256 FROM earlier_rows \
             WHERE registry = $1 AND name = $2 AND sequence >= $3 ORDER BY sequence LIMIT 1",
        )
        .bind(registry.as_str())
        .bind(name.as_str())
        .bind(from)
        .fetch_optional(&mut **tx)
        .await
        .map_err(told)?;
        let Some((sequence, form, bytes, sha256)) = next else {
            break newest;
        };
        from = sequence + 1;
        if form == Form::Difference as i64 {
            chain.push((bytes, sha256));
            continue;
        }
        break Packed {
            is_packed: form == Form::Deflated as i64,
            bytes,
            sha256,
        };
    };
    Ok((base, chain))
}

/// Undoes differences, the newest first; each outcome is verified.
fn follow(mut rows: Bytes, chain: Vec<(Vec<u8>, String)>) -> Result<Bytes, StoreError> {
    for (difference, sha256) in chain.into_iter().rev() {
        let older = inflated(&difference).and_then(|difference| undone(&rows, &difference));
        rows = older
            .filter(|older| Checksum::of(older).to_string() == sha256)
            .map(Bytes::from)
            .ok_or_else(|| corrupt("a mirror's earlier entry"))?;
    }
    Ok(rows)
}
