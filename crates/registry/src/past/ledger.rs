//! A ledger as it was at a moment: every question is answered as of then.
//!
//! Recorded is nothing. What a reading would record is either beside the point (it is
//! about the past) or has to be decided today; of whose a name is and where rows lead
//! the latter holds, so that is refused while a reading is done strictly.

use super::MISSING;
use crate::ports::{
    AppendError, Applied, Batch, Change, HostedCrate, HostedRelease, Ledger, Mirrored, Observed,
    StoreError, Validators,
};
use crate::stored_target;
use async_trait::async_trait;
use bytes::Bytes;
use crossdock_core::decision::{Decision, Made};
use crossdock_core::epoch::{HostedState, Learnt, Moment, OnRecord};
use crossdock_core::fact::{Event, Fact};
use crossdock_core::name::{CrateName, IndexName, NameKey};
use crossdock_core::ownership::Ownership;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::release::Target;
use crossdock_core::shown::Source;
use crossdock_core::timestamp::Timestamp;
use crossdock_core::version::Version;
use crossdock_wire::{index_file, index_line};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Facts that are read at one time while later ones are looked through.
const PAGE: u32 = 1000;

pub(super) struct LedgerAt {
    today: Arc<dyn Ledger>,
    moment: Moment,
    // Held for look-ups and inserts, never across an await.
    on_record: Mutex<BTreeMap<RegistryName, OnRecord>>,
    /// The last position whose fact was learnt.
    learnt: Mutex<u64>,
}

impl LedgerAt {
    pub(super) async fn open<'v>(
        today: Arc<dyn Ledger>,
        moment: Moment,
        views: impl Iterator<Item = &'v RegistryName>,
    ) -> Result<Self, StoreError> {
        let latest = today.latest().await?.map_or(0, |(latest, _)| latest);
        let mut on_record = BTreeMap::new();
        for view in views {
            let mut records = OnRecord::at(moment.epoch);
            for (sequence, fact) in today.facts_about(view, None).await? {
                if sequence <= latest {
                    records.learn(sequence, &fact.event);
                }
            }
            on_record.insert(view.clone(), records);
        }
        Ok(Self {
            today,
            moment,
            on_record: Mutex::new(on_record),
            learnt: Mutex::new(latest),
        })
    }

    /// Learns the facts recorded since; callers come one at a time.
    pub(super) async fn catch_up(&self) -> Result<Vec<(RegistryName, Learnt)>, StoreError> {
        let mut news = Vec::new();
        loop {
            let after = *self.learnt.lock().unwrap_or_else(PoisonError::into_inner);
            let facts = self.today.facts(after, PAGE).await?;
            let Some((last, _)) = facts.last() else {
                return Ok(news);
            };
            let mut on_record = self
                .on_record
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            for (sequence, fact) in &facts {
                let view = fact.event.scope();
                let records = on_record.get_mut(view);
                let learnt = records.and_then(|records| records.learn(*sequence, &fact.event));
                news.extend(learnt.map(|learnt| (view.clone(), learnt)));
            }
            *self.learnt.lock().unwrap_or_else(PoisonError::into_inner) = *last;
        }
    }

    fn of_view<T: Default>(&self, view: &RegistryName, of: impl Fn(&OnRecord) -> T) -> T {
        let on_record = self
            .on_record
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        on_record.get(view).map(of).unwrap_or_default()
    }
}

/// Leaves the rows that were there at a moment; nothing if none was.
pub(super) fn shown_at(moment: Moment, name: &IndexName, observed: &Observed) -> Option<Bytes> {
    if observed.sequence <= moment.epoch {
        return Some(observed.rows.clone());
    }
    let file = index_file::decode(&observed.rows, name, &|_| Ok(Target::Own));
    let shown = file.rows.into_iter();
    let shown = shown.filter(|(_, release)| moment.shows(observed.sequence, release));
    let text: String = shown.flat_map(|(row, _)| [row, "\n".to_owned()]).collect();
    (!text.is_empty()).then(|| text.into())
}

/// By this a mirror knows that what it holds is of the past, and its upstream that
/// there is nothing to add.
pub(super) fn of_the_past() -> Validators {
    Validators {
        etag: Some("past".to_owned()),
        last_modified: None,
    }
}

#[async_trait]
impl Ledger for LedgerAt {
    async fn append(&self, batch: Batch) -> Result<Vec<Applied>, AppendError> {
        let is_for_today = |change: &Change| {
            let Some(event) = change.event() else {
                return false;
            };
            let is_known = self.of_view(event.scope(), |records| Some(records.knows(&event)));
            is_known == Some(false)
        };
        let is_strict = MISSING.try_with(|_| ()).is_ok();
        if is_strict && batch.changes.iter().any(is_for_today) {
            let _ = MISSING.try_with(|missing: &Cell<bool>| missing.set(true));
            let text = "whose a name is was not on record at that epoch, nor since";
            return Err(StoreError::Unavailable(text.to_owned()).into());
        }
        Ok(vec![Applied::Unchanged; batch.changes.len()])
    }

    async fn hosted(
        &self,
        registry: &RegistryName,
        name: &NameKey,
    ) -> Result<Option<HostedCrate>, StoreError> {
        let Some(mut krate) = self.today.hosted(registry, name).await? else {
            return Ok(None);
        };
        let facts = self.today.facts_about(registry, Some(name)).await?;
        // Of a release that was built again, the newest build until then was there.
        let is_rebuilt = |(_, fact): &(u64, Fact)| matches!(fact.event, Event::Rebuilt { .. });
        if facts.iter().any(is_rebuilt) {
            let earlier = self.earlier_builds(registry, name).await?;
            krate.releases.extend(earlier);
        }
        let facts = facts.iter();
        let facts = facts.map(|(sequence, fact)| (*sequence, &fact.actor, &fact.event));
        let state = HostedState::at(self.moment.epoch, facts);
        krate
            .releases
            .retain(|release| release.sequence <= self.moment.epoch);
        let mut newest: BTreeMap<Version, HostedRelease> = BTreeMap::new();
        krate.releases.sort_unstable_by_key(|one| one.sequence);
        for mut one in std::mem::take(&mut krate.releases) {
            let release = index_line::decode(&one.row, &stored_target::decode)
                .map_err(|error| StoreError::Corrupt(format!("stored row of `{name}`: {error}")))?;
            one.yanked = state.yanked.contains(&release.version);
            newest.insert(release.version, one);
        }
        krate.releases = newest.into_values().collect();
        krate.releases.sort_unstable_by_key(|one| one.sequence);
        krate.owners = state.owners;
        Ok((!krate.releases.is_empty()).then_some(krate))
    }

    async fn earlier_builds(
        &self,
        registry: &RegistryName,
        name: &NameKey,
    ) -> Result<Vec<HostedRelease>, StoreError> {
        let mut earlier = self.today.earlier_builds(registry, name).await?;
        earlier.retain(|build| build.sequence <= self.moment.epoch);
        Ok(earlier)
    }

    async fn hosted_names(&self, registry: &RegistryName) -> Result<Vec<CrateName>, StoreError> {
        self.today.hosted_names(registry).await
    }

    async fn mirrored(
        &self,
        registry: &RegistryName,
        name: &IndexName,
    ) -> Result<Option<Mirrored>, StoreError> {
        let observed = self.observed(registry, name, self.moment.epoch).await?;
        let rows = observed.and_then(|observed| shown_at(self.moment, name, &observed));
        Ok(rows.map(|rows| Mirrored {
            rows,
            validators: of_the_past(),
        }))
    }

    async fn observed(
        &self,
        registry: &RegistryName,
        name: &IndexName,
        epoch: u64,
    ) -> Result<Option<Observed>, StoreError> {
        self.today
            .observed(registry, name, epoch.min(self.moment.epoch))
            .await
    }

    async fn mirrored_names(&self, registry: &RegistryName) -> Result<Vec<IndexName>, StoreError> {
        self.today.mirrored_names(registry).await
    }

    async fn vanished(
        &self,
        _: &RegistryName,
    ) -> Result<Vec<(IndexName, Version, Timestamp)>, StoreError> {
        // Upstreams of the past are not looked at again, so nothing vanishes from them.
        Ok(Vec::new())
    }

    async fn confirmed(&self, _: &RegistryName) -> Result<Vec<(IndexName, Timestamp)>, StoreError> {
        Ok(Vec::new())
    }

    async fn ownership(
        &self,
        view: &RegistryName,
        name: &NameKey,
    ) -> Result<Option<Ownership>, StoreError> {
        Ok(self.of_view(view, |records| records.owner(name).cloned()))
    }

    async fn ownerships(
        &self,
        view: &RegistryName,
    ) -> Result<Vec<(NameKey, Ownership)>, StoreError> {
        Ok(self.of_view(view, OnRecord::owners))
    }

    async fn faces(
        &self,
        view: &RegistryName,
    ) -> Result<Vec<(RegistryName, NameKey, NameKey)>, StoreError> {
        Ok(self.of_view(view, OnRecord::faces))
    }

    async fn shown(
        &self,
        view: &RegistryName,
    ) -> Result<Vec<(NameKey, Version, Source)>, StoreError> {
        Ok(self.of_view(view, OnRecord::shown))
    }

    async fn decisions(&self, scope: &RegistryName, after: u64) -> Result<Vec<Made>, StoreError> {
        let mut made = self.today.decisions(scope, after).await?;
        let on_record = self
            .on_record
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let records = on_record.get(scope);
        made.retain(|made| {
            // What must not be given any more must not be given of the past either.
            matches!(made.decision, Decision::Purged(_))
                || match records {
                    Some(records) => records.decided(made.sequence),
                    None => made.sequence <= self.moment.epoch,
                }
        });
        Ok(made)
    }

    async fn facts_about(
        &self,
        scope: &RegistryName,
        name: Option<&NameKey>,
    ) -> Result<Vec<(u64, Fact)>, StoreError> {
        self.today.facts_about(scope, name).await
    }

    async fn latest(&self) -> Result<Option<(u64, Timestamp)>, StoreError> {
        // Positions are counted through: a past of a past learns later facts as well.
        self.today.latest().await
    }

    async fn position(&self) -> Result<u64, StoreError> {
        self.today.position().await
    }

    fn is_shared(&self) -> bool {
        // What happened since does not come into the past.
        false
    }

    async fn epoch_at(&self, time: Timestamp) -> Result<u64, StoreError> {
        let epoch = self.today.epoch_at(time).await?;
        Ok(epoch.min(self.moment.epoch))
    }

    async fn probe(&self) -> Result<u64, StoreError> {
        self.today.probe().await
    }

    fn now(&self) -> Timestamp {
        self.moment.time
    }

    async fn facts(&self, after: u64, limit: u32) -> Result<Vec<(u64, Fact)>, StoreError> {
        self.today.facts(after, limit).await
    }
}
