//! What an upload is to what its registry has: new, there already, or other content
//! under a version that exists.
//!
//! Contents are compared when they have to be, from the bytes that are kept: an index
//! of hashes would have to be made for all releases, and is asked for few of them.
//! Whole archives are unpacked for it, one after the other and for few uploads at a
//! time, so that memory stays bounded.
//!
//! Absent: what a difference is called (`difference.rs`), recording.

use crate::configuration::RegistryKind;
use crate::difference::ContentDifference;
use crate::federation::Federation;
use crate::hosted;
use crate::mint;
use crate::refusal::{Refusal, RefusalKind};
use crate::upload::Upload;
use bytes::Bytes;
use crossdock_archive::{Content, Difference, EmbeddedLock, LOCK, Limits, VCS_INFO, unpack};
use crossdock_core::checksum::Checksum;
use crossdock_core::entry::Entry;
use crossdock_core::name::CrateName;
use crossdock_core::rebuilds::{Lockfile, Rebuilds};
use crossdock_core::registry_name::RegistryName;
use crossdock_core::release::Release;
use crossdock_core::version::Version;
use crossdock_wire::manifest::{self, Manifest};

/// Comparisons at a time: each holds one unpacked archive, which has at most the bytes
/// that [`Limits`] allow.
pub(crate) const COMPARED_AT_ONCE: usize = 2;

/// What an upload is to its registry.
#[derive(Clone, Debug)]
pub(crate) enum Standing {
    /// The version is not there.
    New,
    /// The version is not there, others that differ in build metadata alone are: it is
    /// another patch of an overlay.
    Beside,
    /// The version is there with other content, and its registry gives that a version of
    /// its own: the upload under it.
    Minted(Box<Upload>),
    /// The version is there with the same bytes.
    Present,
    /// The version is there with other content, and its registry lets it be replaced.
    Replaces {
        /// The newest build, with which it was compared.
        seen: Checksum,
    },
    /// The version is there with the same sources; the bytes that are there stay.
    SameContent {
        /// The version that has them: the one that was sent, or one that was minted for it.
        version: Version,
        /// The bytes that stay.
        kept: Checksum,
        /// What differs all the same.
        ignored: Vec<&'static str>,
    },
}

/// Why an upload is not taken.
#[derive(Clone, Debug)]
pub(crate) struct NotTaken {
    /// What the caller does next.
    pub(crate) refusal: Refusal,
    /// How its content differs from what is there, if that is the reason.
    pub(crate) difference: Option<Box<ContentDifference>>,
}

impl From<Refusal> for NotTaken {
    fn from(refusal: Refusal) -> Self {
        let difference = None;
        Self {
            refusal,
            difference,
        }
    }
}

impl Federation {
    /// Finds what an upload is to its registry.
    ///
    /// # Errors
    /// [`NotTaken`]: the version exists with other content, or was purged.
    pub(crate) async fn standing(&self, upload: &Upload) -> Result<Standing, NotTaken> {
        let Upload {
            registry,
            name,
            version,
            checksum,
            ..
        } = upload;
        self.refuse_return(registry, name, version)?;
        let krate = self.ledger.hosted(registry, &name.key()).await;
        let Some(krate) = krate.map_err(Refusal::from)? else {
            return Ok(Standing::New);
        };
        let entry = hosted::entry(&krate).map_err(Refusal::from)?;
        let bare = version.without_build();
        let mut releases = entry.releases().iter();
        let there = entry
            .release(version)
            .or_else(|| releases.find(|release| release.version.without_build() == bare));
        let Some(there) = there else {
            return Ok(Standing::New);
        };
        if there.version != *version {
            if self.is_another_patch(upload) {
                return Ok(Standing::Beside);
            }
            let how = "and differs in build metadata only";
            return Err(exists(upload, there, how, "publish a new version").into());
        }
        if there.checksum == *checksum {
            return Ok(Standing::Present);
        }
        let (rebuilds, lockfile) = self.rebuilds(registry);
        let compared = self.compared(upload, there, lockfile).await?;
        if rebuilds != Rebuilds::Refuse && compared.is_same {
            return Ok(Standing::SameContent {
                version: version.clone(),
                kept: there.checksum,
                ignored: compared.ignored,
            });
        }
        if rebuilds == Rebuilds::Mint && version.as_semver().build.is_empty() {
            return Ok(self.minted(upload, &entry, lockfile).await?);
        }
        if rebuilds == Rebuilds::Replace {
            let seen = there.checksum;
            return Ok(Standing::Replaces { seen });
        }
        let (how, next) = if compared.is_same {
            (
                "with the same sources in other bytes",
                format!(
                    "[registries.{registry}] rebuilds = \"refuse\" takes equal bytes alone; publish a new version"
                ),
            )
        } else if compared.difference.is_lock_alone() {
            (
                "with another embedded Cargo.lock, by which `cargo install --locked` builds its programs",
                format!(
                    "publish a new version, or let locks not count: [registries.{registry}] lockfile = \"ignore\""
                ),
            )
        } else {
            ("with other content", "publish a new version".to_owned())
        };
        let mut refusal = exists(upload, there, how, &next);
        refusal.detail += &compared.difference.told();
        Err(NotTaken {
            refusal,
            difference: Some(Box::new(compared.difference)),
        })
    }

    /// Gives other content a version of its own, unless the newest one that was minted
    /// has it.
    async fn minted(
        &self,
        upload: &Upload,
        entry: &Entry,
        lockfile: Lockfile,
    ) -> Result<Standing, Refusal> {
        let (newest, next) = mint::numbers(entry, &upload.version)?;
        if let Some(newest) = newest {
            let as_newest = self.renumbered(upload, &newest.version).await?;
            let compared = self.compared(&as_newest, newest, lockfile).await?;
            if compared.is_same {
                return Ok(Standing::SameContent {
                    version: newest.version.clone(),
                    kept: newest.checksum,
                    ignored: compared.ignored,
                });
            }
        }
        let minted = self.renumbered(upload, &next).await?;
        Ok(Standing::Minted(Box::new(minted)))
    }

    /// Tells whether an upload patches what another patch of its registry patches, too.
    fn is_another_patch(&self, upload: &Upload) -> bool {
        let Upload { registry, name, .. } = upload;
        let mut views = self.configuration.views_of(registry);
        !upload.version.as_semver().build.is_empty()
            && views.any(|policy| policy.overlays.covers(registry, &name.key()))
    }

    /// What a hosted registry makes of a version that is published again.
    fn rebuilds(&self, registry: &RegistryName) -> (Rebuilds, Lockfile) {
        let of = self.configuration.registries.get(registry);
        match of.map(|registry| &registry.kind) {
            Some(RegistryKind::Hosted {
                rebuilds, lockfile, ..
            }) => (*rebuilds, *lockfile),
            Some(RegistryKind::Mirror { .. } | RegistryKind::Directory) | None => {
                Default::default()
            }
        }
    }

    async fn compared(
        &self,
        upload: &Upload,
        there: &Release,
        lockfile: Lockfile,
    ) -> Result<Compared, Refusal> {
        let (name, version) = (&upload.name, &upload.version);
        let interrupted = || Refusal::unavailable("comparing the contents was interrupted");
        let permit = self.comparing.acquire().await;
        let _permit = permit.map_err(|_| interrupted())?;
        let old = self.blobs.read(&there.checksum).await?;
        let old = old.ok_or_else(|| {
            Refusal::unavailable(format!(
                "`{name}` {version} is there with checksum {}, its archive is missing from the store, \
                 so yours cannot be compared with it",
                there.checksum
            ))
        })?;
        let (new, name, version) = (upload.archive.clone(), name.clone(), version.clone());
        let work = move || compare(&old, &new, &name, &version, lockfile);
        let compared = tokio::task::spawn_blocking(work).await;
        compared.map_err(|_| interrupted())?
    }
}

/// How two archives of one release compare.
struct Compared {
    is_same: bool,
    ignored: Vec<&'static str>,
    difference: ContentDifference,
}

fn compare(
    old: &Bytes,
    new: &Bytes,
    name: &CrateName,
    version: &Version,
    lockfile: Lockfile,
) -> Result<Compared, Refusal> {
    let (old, old_manifest) = read(old, name, version)?;
    let (new, new_manifest) = read(new, name, version)?;
    let is_a_program = old.has_binaries() || new.has_binaries();
    let difference = old.difference(&new);
    // Who packs without a lock says nothing about it: canonical archives have none.
    let mut in_one_only = difference.added.iter().chain(&difference.removed);
    let in_one_only = in_one_only.any(|path| path == LOCK);
    let lock = match lockfile {
        Lockfile::Count if is_a_program && !in_one_only => EmbeddedLock::Counts,
        Lockfile::Count | Lockfile::Ignore => EmbeddedLock::Ignored,
    };
    Ok(Compared {
        is_same: old.source(lock) == new.source(lock),
        ignored: ignored(&difference),
        difference: ContentDifference::of(
            difference,
            lock,
            old_manifest.as_ref(),
            new_manifest.as_ref(),
        ),
    })
}

/// Reads one archive, and forgets all of it but hashes and the manifest.
fn read(
    archive: &Bytes,
    name: &CrateName,
    version: &Version,
) -> Result<(Content, Option<Manifest>), Refusal> {
    let tree = unpack(archive, name, version, &Limits::default()).map_err(Refusal::invalid)?;
    let manifest = tree.get("Cargo.toml");
    let manifest = manifest.and_then(|file| std::str::from_utf8(&file.bytes).ok());
    let manifest = manifest.and_then(|text| manifest::parse(text).ok());
    Ok((Content::of(&tree), manifest))
}

/// Names what differs between archives of the same sources.
fn ignored(difference: &Difference) -> Vec<&'static str> {
    let touched = |path: &str| {
        let mut all = difference.added.iter();
        all.any(|one| one == path)
            || difference.removed.iter().any(|one| one == path)
            || difference.changed.iter().any(|one| one == path)
    };
    let mut ignored = Vec::new();
    if touched(VCS_INFO) {
        ignored.push(".cargo_vcs_info.json (the commit it was packed from)");
    }
    if touched(LOCK) {
        ignored.push("Cargo.lock (the embedded lock)");
    }
    if !difference.only_written_otherwise.is_empty() {
        ignored.push("Cargo.toml (spelled otherwise, it says the same)");
    }
    if ignored.is_empty() {
        ignored.push("how it is packed (gzip, order, times, owners)");
    }
    ignored
}

fn exists(upload: &Upload, there: &Release, how: &str, next: &str) -> Refusal {
    let (registry, name, yours) = (&upload.registry, &upload.name, upload.checksum);
    let (version, kept) = (&there.version, there.checksum);
    Refusal::new(
        RefusalKind::Exists,
        format!(
            "`{registry}` has `{name}` {version} already, {how} (checksum {kept}, yours {yours}); {next}"
        ),
    )
}
