//! Earlier builds of releases, in registries that let newer ones take their place.
//!
//! Such a registry is exempt from law 5: its rows change. What stays is every byte that
//! a row ever named, and the epochs that show it.
//!
//! Absent: replacing (`take_uploads.rs`), reading an epoch (`past/ledger.rs`).

use crate::configuration::{Configuration, RegistryKind};
use crate::federation::Federation;
use crate::ports::{HostedRelease, LineRelease, StoreError};
use crate::refusal::Refusal;
use crate::stored_target;
use crossdock_core::checksum::Checksum;
use crossdock_core::name::NameKey;
use crossdock_core::rebuilds::Rebuilds;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::version::Version;
use crossdock_wire::index_line;

/// Tells whether newer builds take the place of older ones in a registry: because its
/// settings say so, or because it is a folder (whose builds `directories/builds.rs` finds).
pub(crate) fn replaces(configuration: &Configuration, registry: &RegistryName) -> bool {
    let registry = configuration.registries.get(registry);
    registry.is_some_and(|registry| {
        matches!(
            registry.kind,
            RegistryKind::Hosted {
                rebuilds: Rebuilds::Replace,
                ..
            } | RegistryKind::Directory
        )
    })
}

/// An earlier build, as a store of archives takes it.
///
/// # Errors
/// [`StoreError::Corrupt`] if the stored row is not one of ours.
pub(crate) fn line_release(build: &HostedRelease) -> Result<LineRelease, StoreError> {
    let release = index_line::decode(&build.row, &stored_target::decode);
    let release = release.map_err(|error| StoreError::Corrupt(format!("stored row: {error}")))?;
    Ok(LineRelease {
        version: release.version,
        checksum: release.checksum,
        published: Some(build.published),
    })
}

impl Federation {
    /// Lists the checksums of a release's earlier builds, oldest first.
    ///
    /// They are looked for in every hosted registry: one that replaced once may do so no
    /// more, and what it had stays downloadable.
    pub(crate) async fn earlier_builds(
        &self,
        registry: &RegistryName,
        name: &NameKey,
        version: &Version,
    ) -> Result<Vec<Checksum>, Refusal> {
        if self.mirrors.contains_key(registry) || self.hosted.spelling(registry, name).is_none() {
            return Ok(Vec::new());
        }
        let mut checksums = Vec::new();
        for build in self.ledger.earlier_builds(registry, name).await? {
            let release =
                index_line::decode(&build.row, &stored_target::decode).map_err(|error| {
                    Refusal::unavailable(format!("stored row of `{name}` is corrupt: {error}"))
                })?;
            if release.version == *version {
                checksums.push(release.checksum);
            }
        }
        Ok(checksums)
    }
}
