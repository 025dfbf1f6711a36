//! Applies one batch within the group's transaction: projections, then facts.

mod decided;
mod facts;
mod hosted;
mod mirrored;
mod rebuilt;
mod recorded;
mod vanished;

use super::dialect::{Db, told};
use super::{earlier, read};
use crate::rows::corrupt;
use crate::rows::packed::Packed;
use crossdock_core::actor::Actor;
use crossdock_core::checksum::Checksum;
use crossdock_core::fact::Event;
use crossdock_core::ownership::Ownership;
use crossdock_core::timestamp::Timestamp;
use crossdock_registry::ports::{AppendError, Applied, Batch, Change, StoreError};
use facts::Facts;
use hosted::{Published, Unique};
use sqlx::Transaction;

type Tx<'t> = Transaction<'t, Db>;

/// Applies a batch, with its observed rows packed, after the last fact that there is;
/// an error leaves the caller to roll back.
pub(super) async fn batch(
    tx: &mut Tx<'_>,
    batch: &Batch,
    packed: &[Option<Packed>],
    head: &mut u64,
    time: Timestamp,
) -> Result<Vec<Applied>, AppendError> {
    let mut applied = Vec::with_capacity(batch.changes.len());
    let mut facts = Facts::after(head);
    for (change, packed) in batch.changes.iter().zip(packed) {
        // Only these do not read the sequence that the facts before them end with.
        if !matches!(change, Change::RecordOwner { .. } | Change::NameFace { .. }) {
            facts.write(tx, &mut applied, time).await?;
        }
        let done = match project(tx, change, packed.as_ref(), &batch.actor, time).await? {
            Projected::New => {
                let event = event(change, packed.as_ref())?;
                event.map_or(Ok(Applied::Unchanged), |event| {
                    facts.add(event, &batch.actor, time, Some(applied.len()))
                })?
            }
            Projected::Already => Applied::Unchanged,
            Projected::Stands(ownership) => Applied::Stands(ownership),
            Projected::Joined(ownership) => {
                if let Some(event) = change.with_ownership(&ownership).event() {
                    facts.add(event, &batch.actor, time, None)?;
                }
                Applied::Stands(ownership)
            }
            Projected::ShownOtherwise => Applied::ShownOtherwise,
        };
        applied.push(done);
    }
    facts.write(tx, &mut applied, time).await?;
    Ok(applied)
}

/// Says which event a change is; what was hashed while packing is not hashed again.
fn event(change: &Change, packed: Option<&Packed>) -> Result<Option<Event>, StoreError> {
    let (
        Change::Observe {
            registry,
            name,
            releases,
            ..
        },
        Some(packed),
    ) = (change, packed)
    else {
        return Ok(change.event());
    };
    let rows = Checksum::parse(&packed.sha256).map_err(|_| corrupt("a hash of rows"))?;
    Ok(Some(Event::Observed {
        registry: registry.clone(),
        name: name.clone(),
        rows,
        releases: *releases,
    }))
}

/// What a change did to the projections.
enum Projected {
    /// They are as it says now, and were not before.
    New,
    /// They were so before.
    Already,
    /// An earlier record was in its way.
    Stands(Ownership),
    /// The record is what was wanted, together with what others had joined.
    Joined(Ownership),
    /// A version was shown otherwise before; nothing was written.
    ShownOtherwise,
}

impl Projected {
    /// Reads the outcome of a statement that writes nothing if all is so already.
    fn if_any(rows_affected: u64) -> Self {
        match rows_affected {
            0 => Self::Already,
            _ => Self::New,
        }
    }
}

async fn project(
    tx: &mut Tx<'_>,
    change: &Change,
    packed: Option<&Packed>,
    actor: &Actor,
    time: Timestamp,
) -> Result<Projected, AppendError> {
    match change {
        Change::Publish(release) => {
            let published = Published::new(release, actor, time);
            hosted::publish(tx, &published, Unique::Bare).await
        }
        Change::PublishBeside(release) => {
            let published = Published::new(release, actor, time);
            hosted::publish(tx, &published, Unique::Whole).await
        }
        Change::Replace { seen, release } => {
            rebuilt::replace(tx, seen, &Published::new(release, actor, time)).await
        }
        Change::FirstPublished { registry, name } => {
            hosted::first_published(tx, registry, name, actor).await
        }
        Change::SetYanked { id, yanked } => hosted::set_yanked(tx, id, *yanked).await,
        Change::SetOwners {
            registry,
            name,
            seen,
            owners,
        } => hosted::replace_owners(tx, registry, name, seen, owners).await,
        Change::Observe {
            registry,
            name,
            rows,
            validators,
            seen,
            ..
        } => {
            let packed = packed.expect("what is observed was packed before it was queued");
            mirrored::observe(tx, registry, name, (rows, packed), validators, *seen).await
        }
        Change::Revalidated {
            registry,
            name,
            validators,
            seen,
        } => {
            mirrored::revalidate(tx, registry, name, validators, *seen).await?;
            Ok(Projected::Already)
        }
        Change::Vanish(releases) => Ok(vanished::note(tx, releases, time).await?),
        Change::Return(releases) => Ok(vanished::take_back(tx, releases).await?),
        Change::Confirm { registry, names } => {
            mirrored::confirm(tx, registry, names).await?;
            Ok(Projected::Already)
        }
        Change::RecordOwner {
            view,
            name,
            ownership,
        } => Ok(recorded::record_owner(tx, view, name, ownership).await?),
        Change::TakeName {
            view,
            name,
            registry,
            ownership,
        } => match recorded::record_owner(tx, view, name, ownership).await? {
            Projected::Stands(ownership) if !ownership.members().contains(registry) => {
                let view = view.clone();
                Err(AppendError::NameOwned { view, ownership })
            }
            done => Ok(done),
        },
        Change::SettleConflict {
            view,
            name,
            seen,
            ownership,
        } => Ok(recorded::settle(tx, view, name, seen.as_ref(), ownership).await?),
        Change::RecordShown {
            view,
            name,
            releases,
        } => Ok(recorded::record_shown(tx, view, name, releases).await?),
        Change::NameFace {
            view,
            member,
            name,
            dependent,
        } => Ok(recorded::name_face(tx, view, member, name, dependent).await?),
        Change::Decide { scope, decision } => decided::decide(tx, scope, decision).await,
    }
}
