//! Reading as of a moment: index files, archives, and which moment is meant.
//!
//! What was on record at an epoch is answered from there alone, whatever becomes of
//! upstreams. A name whose owner was never recorded is read live first, and what that
//! records stands for all earlier epochs; then the past answers.
//!
//! Absent: how a federation of the past comes about (`past.rs`).

use crate::federation::Federation;
use crate::refusal::Refusal;
use crate::render::IndexFile;
use crate::surface::Surface;
use bytes::Bytes;
use crossdock_core::checksum::Checksum;
use crossdock_core::decision::Decision;
use crossdock_core::epoch::{Moment, When};
use crossdock_core::name::{CrateName, IndexName};
use crossdock_core::registry_name::RegistryName;
use crossdock_core::version::Version;
use crossdock_wire::config_json::{self, ConfigJson};
use futures::future::BoxFuture;
use std::sync::Arc;

impl Federation {
    /// Finds the moment that is meant in a registry or view, whose snapshots count.
    ///
    /// # Errors
    /// [`Refusal`]: a moment that has not come, a snapshot that nobody made, or a store
    /// that cannot answer.
    pub async fn moment(&self, scope: &RegistryName, when: &When) -> Result<Moment, Refusal> {
        match when {
            When::Epoch(epoch) => self.moment_of(*epoch).await,
            When::Time(time) => {
                let now = self.ledger.now();
                if *time >= now {
                    return Err(Refusal::absent(format!(
                        "{time} has not passed yet, it is {now}; only what is past can be pinned"
                    )));
                }
                let (epoch, time) = (self.ledger.epoch_at(*time).await?, *time);
                Ok(Moment { epoch, time })
            }
            When::Snapshot(name) => {
                let decided = self.decided(scope);
                let named = decided.made().iter().find_map(|made| match &made.decision {
                    Decision::Snapshot(snapshot) if snapshot.name == *name => Some(snapshot.epoch),
                    _ => None,
                });
                let epoch = named.ok_or_else(|| {
                    Refusal::absent(format!(
                        "`{scope}` has no snapshot `{name}`; `crossdock snapshot {name} --view {scope}` makes one"
                    ))
                })?;
                self.moment_of(epoch).await
            }
        }
    }

    pub(crate) async fn moment_of(&self, epoch: u64) -> Result<Moment, Refusal> {
        let facts = self.ledger.facts(epoch.saturating_sub(1), 1).await?;
        match facts.first() {
            Some((sequence, fact)) if *sequence == epoch => Ok(Moment {
                epoch,
                time: fact.time,
            }),
            _ => {
                let latest = self.ledger.latest().await?;
                let latest = latest.map_or(0, |(latest, _)| latest);
                Err(Refusal::absent(format!(
                    "there is no epoch {epoch} yet; the latest is {latest}"
                )))
            }
        }
    }

    /// Answers with an index file as it was at a moment.
    ///
    /// # Errors
    /// [`Refusal`] as for [`Self::read_index`].
    pub async fn read_index_at(
        &self,
        surface: &Surface,
        name: &IndexName,
        moment: Moment,
    ) -> Result<Arc<IndexFile>, Refusal> {
        let past = self.as_of(moment).await?;
        if let Some(file) = past.federation.served(&surface.index_path(name)) {
            return Ok(file);
        }
        let reading = past.federation.read_boxed(surface, name);
        let (read, is_missing) = past.strictly(reading).await;
        if !is_missing {
            return read;
        }
        self.read_live(surface, name).await?;
        past.catch_up().await?;
        past.federation.read_boxed(surface, name).await
    }

    /// Boxed, because what is read may stand still at an epoch, whose reading may lead
    /// to another: a future that holds itself would have no size.
    fn read_boxed<'r>(
        &'r self,
        surface: &'r Surface,
        name: &'r IndexName,
    ) -> BoxFuture<'r, Result<Arc<IndexFile>, Refusal>> {
        Box::pin(self.read_index(surface, name))
    }

    /// Gives an archive that was shown at a moment.
    ///
    /// # Errors
    /// [`Refusal`] as for [`Self::fetch_crate`].
    pub async fn fetch_crate_at(
        &self,
        surface: &Surface,
        (name, version, checksum): (&CrateName, &Version, &Checksum),
        moment: Moment,
    ) -> Result<Bytes, Refusal> {
        // What it rests on is on record once the name was read.
        self.read_index_at(surface, &name.index_name(), moment)
            .await?;
        let past = self.as_of(moment).await?;
        past.federation
            .fetch_beside(surface, (name, version, checksum), Some(self))
            .await
    }

    /// Writes the `config.json` of a surface as of a moment: archives come from there
    /// too, and nothing is published to the past.
    pub fn config_json_at(&self, surface: &Surface, when: &str) -> Bytes {
        let path = surface.path_at(when);
        let base = self.configuration.base();
        config_json::encode(&ConfigJson {
            dl: format!("{base}/{path}/dl/{{crate}}/{{version}}/{{sha256-checksum}}"),
            api: None,
            auth_required: self.read_needs_token(surface),
            crossdock: Some(self.said_of(surface)),
        })
        .into()
    }
}
