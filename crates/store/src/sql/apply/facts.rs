//! Facts on their way into the sequence, as many to a statement as there are.
//!
//! Each statement is handed to another thread and awaited. A file records an owner for
//! each crate that its rows name for the first time (three on average in a resolution
//! of 281 crates), and their facts are one statement.

use super::{Db, Tx, told};
use crossdock_core::actor::Actor;
use crossdock_core::fact::{Event, FACT_BYTES_MAX, Fact};
use crossdock_core::name::NameKey;
use crossdock_core::timestamp::Timestamp;
use crossdock_registry::ports::{Applied, StoreError};
use sqlx::QueryBuilder;

/// Facts of one statement. Only the sizes 64, 16, 4 and 1 occur, so that few
/// statements have to be prepared and all of them stay so.
const AT_ONCE: [usize; 4] = [64, 16, 4, 1];

/// Facts of one batch that are still to be written.
pub(super) struct Facts<'h> {
    waiting: Vec<Waiting>,
    /// The position of the last fact that is written.
    ///
    /// Counted here, because a database's own counter leaves gaps where something was
    /// taken back: who writes has made sure that nobody else does.
    head: &'h mut u64,
}

struct Waiting {
    kind: &'static str,
    encoding: String,
    scope: String,
    subject: Option<String>,
    decided: bool,
    /// Which change of the batch it is, if its outcome is to say so.
    change: Option<usize>,
}

impl<'h> Facts<'h> {
    /// Begins after the last fact that there is.
    pub(super) fn after(head: &'h mut u64) -> Self {
        let waiting = Vec::new();
        Self { waiting, head }
    }

    /// Adds the fact of a change; its position is known when it is written.
    pub(super) fn add(
        &mut self,
        event: Event,
        actor: &Actor,
        time: Timestamp,
        change: Option<usize>,
    ) -> Result<Applied, StoreError> {
        let (kind, scope) = (event.kind(), event.scope().to_string());
        let subject = event.subject().map(|subject: NameKey| subject.to_string());
        let decided = matches!(event, Event::Decided { .. });
        let actor = actor.clone();
        let encoding = Fact { time, actor, event }.encode();
        if encoding.len() > FACT_BYTES_MAX {
            return Err(StoreError::Unavailable(format!(
                "a fact of {} bytes is longer than {FACT_BYTES_MAX}, which is the most that can be read back",
                encoding.len()
            )));
        }
        self.waiting.push(Waiting {
            kind,
            encoding,
            scope,
            subject,
            decided,
            change,
        });
        Ok(Applied::Unchanged)
    }

    /// Writes what waits, in order, and says so in `applied`.
    pub(super) async fn write(
        &mut self,
        tx: &mut Tx<'_>,
        applied: &mut [Applied],
        time: Timestamp,
    ) -> Result<(), StoreError> {
        let mut waiting = std::mem::take(&mut self.waiting);
        while !waiting.is_empty() {
            let fits = |size: &&usize| **size <= waiting.len();
            let size = AT_ONCE.iter().find(fits).copied().unwrap_or(1);
            let rest = waiting.split_off(size);
            insert(tx, &waiting, *self.head, time).await?;
            for one in &waiting {
                *self.head += 1;
                if let Some(change) = one.change {
                    let sequence = *self.head;
                    applied[change] = Applied::Fact { sequence, time };
                }
            }
            waiting = rest;
        }
        Ok(())
    }
}

/// Writes facts at the positions after the last one.
async fn insert(
    tx: &mut Tx<'_>,
    facts: &[Waiting],
    head: u64,
    time: Timestamp,
) -> Result<(), StoreError> {
    let insert = "INSERT INTO facts (sequence, seconds, kind, encoding, scope, subject, decided) ";
    let mut query = QueryBuilder::<Db>::new(insert);
    query.push_values((head + 1..).zip(facts), |mut row, (sequence, fact)| {
        row.push_bind(i64::try_from(sequence).unwrap_or(i64::MAX))
            .push_bind(time.unix_seconds())
            .push_bind(fact.kind)
            .push_bind(fact.encoding.as_str())
            .push_bind(fact.scope.as_str())
            .push_bind(fact.subject.as_deref())
            .push_bind(fact.decided);
    });
    query.build().execute(&mut **tx).await.map_err(told)?;
    Ok(())
}
