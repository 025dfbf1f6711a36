//! Snapshots: names of epochs, given once.

use crate::federation::Federation;
use crate::ports::Applied;
use crate::refusal::{Refusal, RefusalKind};
use crossdock_core::actor::Actor;
use crossdock_core::decision::{Decision, Made, Snapshot};
use crossdock_core::epoch::When;
use crossdock_core::registry_name::RegistryName;
use serde::Serialize;

/// A snapshot, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NamedEpoch {
    /// Its name.
    pub name: String,
    /// The epoch that it names.
    pub epoch: u64,
    /// When it got the name.
    pub made: String,
    /// Who named it.
    pub by: String,
}

impl Federation {
    /// Names an epoch of a registry or view: the one at a moment, or the latest.
    ///
    /// # Errors
    /// [`Refusal`]: the name is used or could be taken for a number or a day, there is
    /// no such moment, or it lies before the first fact.
    pub async fn snapshot(
        &self,
        actor: &Actor,
        scope: &RegistryName,
        name: &RegistryName,
        when: Option<&When>,
    ) -> Result<NamedEpoch, Refusal> {
        if When::parse(name.as_str()).ok() != Some(When::Snapshot(name.clone())) {
            return Err(Refusal::invalid(format!(
                "`{name}` cannot name a snapshot: there must be a letter in it, or it would be taken for an epoch"
            )));
        }
        let epoch = self.epoch_to_name(scope, when).await?;
        let snapshot = Snapshot {
            name: name.clone(),
            epoch,
        };
        let decided = self.decide(actor, scope, Decision::Snapshot(snapshot.clone()));
        let decided = decided.await.map_err(|refusal| match refusal.kind {
            RefusalKind::Exists => self.name_taken(scope, name),
            _ => refusal,
        });
        match decided? {
            Applied::Fact { time, .. } => Ok(NamedEpoch {
                name: name.to_string(),
                epoch,
                made: time.to_string(),
                by: actor.to_string(),
            }),
            _ => Err(Refusal::unavailable("the snapshot was not recorded")),
        }
    }

    fn name_taken(&self, scope: &RegistryName, name: &RegistryName) -> Refusal {
        let mut named = self.snapshots(scope).into_iter();
        let named = named.find(|named| named.name == name.as_str());
        let of = named.map(|named| format!(": it is epoch {}, named {}", named.epoch, named.made));
        Refusal::new(
            RefusalKind::Exists,
            format!(
                "the name `{name}` is taken in `{scope}`{}; a snapshot is named once and for good, choose another name",
                of.unwrap_or_default()
            ),
        )
    }

    /// Lists the snapshots of a registry or view, oldest first.
    pub fn snapshots(&self, scope: &RegistryName) -> Vec<NamedEpoch> {
        let named = |made: &Made| match &made.decision {
            Decision::Snapshot(snapshot) => Some(NamedEpoch {
                name: snapshot.name.to_string(),
                epoch: snapshot.epoch,
                made: made.time.to_string(),
                by: made.actor.to_string(),
            }),
            _ => None,
        };
        self.decided(scope)
            .made()
            .iter()
            .filter_map(named)
            .collect()
    }

    /// Finds the epoch that a decision is to keep; one before the first fact has no
    /// number, and only its time can be said.
    pub(crate) async fn epoch_to_name(
        &self,
        scope: &RegistryName,
        when: Option<&When>,
    ) -> Result<u64, Refusal> {
        let epoch = match when {
            Some(when) => self.moment(scope, when).await?.epoch,
            None => self.ledger.latest().await?.map_or(0, |(latest, _)| latest),
        };
        if epoch == 0 {
            return Err(Refusal::invalid(
                "there was no fact yet, so there is no epoch to keep; pin the time itself",
            ));
        }
        Ok(epoch)
    }
}
