//! Versions minted for builds, in registries where each other content gets one.
//!
//! `1.0.3` that is published again with other content becomes `1.0.3+1`, then `+2`:
//! purely numeric, because cargo orders `+b10` before `+b9`. The archive is packed
//! again under that version, so its checksum is not the sender's.
//!
//! Absent: whether another content is minted at all (`standing.rs`).

use crate::federation::Federation;
use crate::ports::Change;
use crate::refusal::Refusal;
use crate::upload::{Said, Upload, inspected, read_manifest};
use bytes::Bytes;
use crossdock_archive::{Limits, renumber};
use crossdock_core::checksum::Checksum;
use crossdock_core::decision::{Decision, Imported};
use crossdock_core::entry::Entry;
use crossdock_core::release::Release;
use crossdock_core::version::Version;
use crossdock_wire::publish_body::PublishMetadata;

/// Finds the newest minted version of a bare one, and the next that is free.
///
/// # Errors
/// [`Refusal`] if no number is left, or the version is as long as one may be.
pub(crate) fn numbers<'e>(
    entry: &'e Entry,
    bare: &Version,
) -> Result<(Option<&'e Release>, Version), Refusal> {
    let releases = entry.releases().iter();
    let of_bare = releases.filter(|release| release.version.without_build() == *bare);
    let numbered = of_bare.filter_map(|release| Some((number(&release.version)?, release)));
    let newest = numbered.max_by_key(|(number, _)| *number);
    let next = newest.map_or(Some(1), |(number, _)| number.checked_add(1));
    let next = next.ok_or_else(|| {
        Refusal::invalid(format!("no number is left for another build of {bare}"))
    })?;
    let next = Version::parse(&format!("{bare}+{next}")).map_err(Refusal::invalid)?;
    Ok((newest.map(|(_, release)| release), next))
}

/// The number of a minted version.
fn number(version: &Version) -> Option<u64> {
    let build = version.as_semver().build.as_str();
    let is_number = !build.is_empty() && build.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| build.parse().ok()).flatten()
}

impl Federation {
    /// Makes an upload one of another version; all of it is read anew.
    pub(crate) async fn renumbered(
        &self,
        upload: &Upload,
        version: &Version,
    ) -> Result<Upload, Refusal> {
        let (bytes, name, old) = (
            upload.archive.clone(),
            upload.name.clone(),
            upload.version.clone(),
        );
        let new = version.clone();
        let work = move || renumber(&bytes, &name, &old, &new, &Limits::default());
        let renumbered = tokio::task::spawn_blocking(work).await;
        let renumbered = renumbered.map_err(|_| Refusal::unavailable("packing was interrupted"))?;
        let archive = Bytes::from(renumbered.map_err(Refusal::invalid)?);
        let checksum = Checksum::of(&archive);
        let inspection = inspected(archive.clone(), &upload.name, version).await?;
        let manifest = read_manifest(&inspection, &upload.name, version)?;
        let metadata: PublishMetadata =
            serde_json::from_str(&upload.metadata).map_err(Refusal::invalid)?;
        let metadata = metadata.confirmed_by(&manifest);
        Ok(Upload {
            registry: upload.registry.clone(),
            name: upload.name.clone(),
            version: version.clone(),
            checksum,
            archive,
            metadata: serde_json::to_string(&metadata).map_err(Refusal::invalid)?,
            said: match &upload.said {
                // What a copy's dependencies mean was settled by the original.
                Said::Settled(release) => Said::Settled(Box::new(Release {
                    version: version.clone(),
                    checksum,
                    ..Release::clone(release)
                })),
                Said::Manifest(_) => Said::Manifest(Box::new(manifest)),
            },
            warnings: Vec::new(),
            provenance: upload
                .provenance
                .clone()
                .map(|it| of_minted(it, version, checksum)),
            owned: upload.owned,
            is_yanked: upload.is_yanked,
        })
    }
}

/// What a copy is from, said of the build that it became.
fn of_minted(provenance: Change, version: &Version, checksum: Checksum) -> Change {
    match provenance {
        Change::Decide {
            scope,
            decision: Decision::Imported(imported),
        } => Change::Decide {
            scope,
            decision: Decision::Imported(Imported {
                version: version.clone(),
                checksum,
                ..imported
            }),
        },
        other => other,
    }
}
