//! Finishes purges that were recorded while their bytes stayed: at every start.
//!
//! Who dies between the fact and the deletion leaves bytes on the disk that the law
//! wants gone. Only purged releases are looked at, and there are few.
//!
//! Bytes that cannot be taken away do not keep the server from starting: nobody is
//! given them, and the log says so. A registry that was taken out of the settings is not
//! looked at before it is back.

use crate::federation::Federation;
use crate::refusal::Refusal;
use crossdock_core::checksum::Checksum;
use crossdock_core::decision::Purged;
use crossdock_core::name::CrateName;
use crossdock_core::registry_name::RegistryName;
use tracing::error;

impl Federation {
    /// Takes away the bytes of every purged release that nobody else names.
    pub(crate) async fn finish_purges(&self) {
        for registry in self.configuration.registries.keys() {
            let decided = self.decided(registry);
            for purged in Purged::all(decided.made()) {
                let (key, version) = (&purged.name, &purged.version);
                if let Err(refusal) = self.finish_purge(registry, purged).await {
                    error!(%registry, "bytes of `{key}` {version}, which was purged, are still there: {refusal}");
                }
            }
        }
    }

    async fn finish_purge(&self, registry: &RegistryName, purged: &Purged) -> Result<(), Refusal> {
        let Some(name) = self.purged_name(registry, purged).await? else {
            return Ok(());
        };
        let version = &purged.version;
        let earlier = self.earlier_builds(registry, &purged.name, version).await?;
        for checksum in std::iter::once(&purged.checksum).chain(&earlier) {
            if !self.is_gone(checksum).await {
                self.remove_unnamed(&name, version, checksum).await?;
            }
        }
        Ok(())
    }

    /// The purged crate as its registry spells it: others that name the same bytes spell
    /// it alike, for the spelling is inside of the archive.
    async fn purged_name(
        &self,
        registry: &RegistryName,
        purged: &Purged,
    ) -> Result<Option<CrateName>, Refusal> {
        if !self.mirrors.contains_key(registry) {
            return Ok(self.hosted.spelling(registry, &purged.name));
        }
        let held = self.ledger.mirrored_names(registry).await?;
        let alike = held.iter().filter(|held| held.key() == purged.name);
        let alike = alike.filter_map(|held| CrateName::parse(held.as_str()).ok());
        for name in alike {
            let held = self.held_checksum(registry, &name, &purged.version).await;
            if held == Some(purged.checksum) {
                return Ok(Some(name));
            }
        }
        Ok(None)
    }

    /// Tells whether nothing is there; what cannot be read is there.
    async fn is_gone(&self, checksum: &Checksum) -> bool {
        matches!(self.blobs.read(checksum).await, Ok(None))
    }
}
