//! Builds that a directory had before: shown no more, and given to whose lock names
//! them.
//!
//! Their checksums are in the rows of earlier observations, which are kept for
//! epochs anyway; nothing is recorded twice for this.

use super::taken_in::entry;
use crate::federation::Federation;
use crate::ports::StoreError;
use crossdock_core::checksum::Checksum;
use crossdock_core::name::CrateName;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::version::Version;

/// How many observations of a name are looked through, the latest first. At fifty
/// rebuilds on each working day that is a year, and some seconds of reading.
const OBSERVATIONS_MAX: usize = 10_000;

impl Federation {
    /// Tells whether a directory once had this build of a release.
    pub(crate) async fn was_built(
        &self,
        registry: &RegistryName,
        name: &CrateName,
        version: &Version,
        checksum: &Checksum,
    ) -> Result<bool, StoreError> {
        if !self.configuration.is_directory(registry) {
            return Ok(false);
        }
        let (index_name, text) = (name.index_name(), checksum.to_string());
        let latest = self.ledger.latest().await?;
        let mut epoch = latest.map_or(0, |(latest, _)| latest);
        for _ in 0..OBSERVATIONS_MAX {
            let observed = self.ledger.observed(registry, &index_name, epoch).await?;
            // Before the first observation the first is given once more.
            let Some(observed) = observed.filter(|observed| observed.sequence <= epoch) else {
                return Ok(false);
            };
            let mentions =
                |rows: &[u8]| std::str::from_utf8(rows).is_ok_and(|rows| rows.contains(&text));
            if mentions(&observed.rows) {
                let rows = entry(&observed.rows, registry)?;
                let release = rows.release(version);
                if release.is_some_and(|release| release.checksum == *checksum) {
                    return Ok(true);
                }
            }
            epoch = observed.sequence.saturating_sub(1);
        }
        Ok(false)
    }
}
