//! An upstream as it was at a moment: what was observed of it, by then or first.
//!
//! A name that was never observed is asked for today, by the live mirror and through
//! today's gate; that observation is a fact and stands for all earlier epochs.

use super::ledger::{of_the_past, shown_at};
use crate::mirror::{Mirror, MirrorError};
use crate::ports::{
    DownloadError, IndexAnswer, IndexBody, Ledger, Observed, Reason, Silence, StoreError, Upstream,
    Validators,
};
use crate::privacy::{Passage, Privacy, Wish};
use async_trait::async_trait;
use bytes::Bytes;
use crossdock_core::checksum::Checksum;
use crossdock_core::epoch::Moment;
use crossdock_core::name::{CrateName, IndexName, NameKey};
use crossdock_core::registry_name::RegistryName;
use crossdock_core::version::Version;
use std::sync::Arc;

pub(super) struct UpstreamAt {
    pub(super) registry: RegistryName,
    pub(super) moment: Moment,
    pub(super) mirror: Arc<Mirror>,
    pub(super) privacy: Arc<Privacy>,
    pub(super) ledger: Arc<dyn Ledger>,
}

#[async_trait]
impl Upstream for UpstreamAt {
    async fn index(
        &self,
        name: &IndexName,
        validators: &Validators,
        reason: &Reason,
    ) -> Result<IndexAnswer, Silence> {
        if *validators == of_the_past() {
            return Ok(IndexAnswer::Unchanged);
        }
        if self.observed(name).await?.is_none() {
            self.observe(name, reason).await?;
        }
        // If it is absent today, nothing was observed now either.
        let observed = self.observed(name).await?;
        let rows = observed.and_then(|observed| shown_at(self.moment, name, &observed));
        Ok(rows.map_or(IndexAnswer::Absent, |bytes| {
            IndexAnswer::Body(IndexBody {
                checksum: Checksum::of(&bytes),
                bytes,
                validators: of_the_past(),
            })
        }))
    }

    fn may_have(&self, name: &NameKey) -> bool {
        self.mirror.may_have(name)
    }

    async fn download(
        &self,
        name: &CrateName,
        version: &Version,
        checksum: &Checksum,
        reason: &Reason,
    ) -> Result<Bytes, DownloadError> {
        let key = name.key();
        match self
            .privacy
            .passage(&self.registry, &key, &wish(reason))
            .await
        {
            Passage::Granted(permit) => {
                self.mirror.download(name, version, checksum, &permit).await
            }
            Passage::Private => Err(Silence(format!("`{name}` is private by now")).into()),
            Passage::Undecided(why) => Err(Silence(why).into()),
        }
    }
}

impl UpstreamAt {
    async fn observed(&self, name: &IndexName) -> Result<Option<Observed>, Silence> {
        let read = self
            .ledger
            .observed(&self.registry, name, self.moment.epoch);
        read.await
            .map_err(|error: StoreError| Silence(error.to_string()))
    }

    /// Lets the live mirror ask.
    async fn observe(&self, name: &IndexName, reason: &Reason) -> Result<(), Silence> {
        let key = name.key();
        let wish = wish(reason);
        let passage = self.privacy.passage(&self.registry, &key, &wish);
        let permit = match passage.await {
            Passage::Granted(permit) => permit,
            Passage::Private => return Ok(()),
            Passage::Undecided(why) => return Err(Silence(why)),
        };
        match self.mirror.rows(name, &permit).await {
            Ok(_) => Ok(()),
            Err(MirrorError::Silent(silence)) => Err(silence),
            Err(error) => Err(Silence(error.to_string())),
        }
    }
}

/// How a name is wanted that came through the gate for a reason.
fn wish(reason: &Reason) -> Wish {
    match reason {
        Reason::Asked => Wish::Plain,
        Reason::Row { dependent } => Wish::Row(dependent.clone()),
        Reason::Sync => Wish::Again,
        Reason::Prefetch => Wish::Ahead,
        Reason::Evidence { .. } => Wish::ThroughFace,
    }
}
