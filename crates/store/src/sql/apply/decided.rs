//! What people decide: the arbiter of what happens only once, and the records that a
//! decision replaces; all else is folded by whoever needs it.

use super::{Projected, Tx, corrupt, recorded, told};
use crossdock_core::decision::Decision;
use crossdock_core::ownership::Ownership;
use crossdock_core::registry_name::RegistryName;
use crossdock_registry::ports::AppendError;

/// Takes the decision's place if there can be only one such; the fact that follows
/// in the same transaction has the next position.
pub(super) async fn decide(
    tx: &mut Tx<'_>,
    scope: &RegistryName,
    decision: &Decision,
) -> Result<Projected, AppendError> {
    match decision {
        Decision::Transferred(turned) => {
            let transfer = |record: &Ownership| turned.transfer(record);
            recorded::turn(tx, scope, &turned.name, transfer).await?;
        }
        Decision::Reassigned(turned) => {
            let reassign = |record: &Ownership| turned.reassign(record);
            recorded::turn(tx, scope, &turned.name, reassign).await?;
            recorded::forget_shown(tx, scope, &turned.name).await?;
        }
        _ => {}
    }
    let Some(once) = decision.once() else {
        return Ok(Projected::New);
    };
    let done = sqlx::query(
        "INSERT INTO decided_once (scope, once_key, sequence) \
         SELECT $1, $2, COALESCE(MAX(sequence), 0) + 1 FROM facts \
         WHERE TRUE ON CONFLICT DO NOTHING",
    )
    .bind(scope.as_str())
    .bind(&once)
    .execute(&mut **tx)
    .await
    .map_err(told)?;
    if done.rows_affected() > 0 {
        return Ok(Projected::New);
    }
    let (sequence,): (i64,) =
        sqlx::query_as("SELECT sequence FROM decided_once WHERE scope = $1 AND once_key = $2")
            .bind(scope.as_str())
            .bind(&once)
            .fetch_one(&mut **tx)
            .await
            .map_err(told)?;
    let sequence = u64::try_from(sequence).map_err(|_| corrupt("a position"))?;
    let kind = decision.kind();
    Err(AppendError::AlreadyDecided { kind, sequence })
}
