//! What `[registries.NAME]` says of a hosted registry: how its uploads are taken.
//!
//! Apart from `registries.rs` as `mirror.rs` is: keys of one kind, refused at the
//! other with the reason.
//!
//! Absent: whether the view that `resolve-in` names has the registry, which can be
//! checked only once views are known.

use super::access::Access;
use super::fault::Faults;
use super::registries::named;
use super::section::{Item, Section};
use crossdock_core::rebuilds::{Lockfile, Rebuilds};
use crossdock_core::registry_name::RegistryName;
use toml::Spanned;

/// A registry that crates are published to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hosted {
    /// The view that says whose a dependency with the crates.io identity is.
    pub(crate) resolve_in: Option<RegistryName>,
    /// What becomes of a version that is published again.
    pub(crate) rebuilds: Rebuilds,
    /// Whether an embedded lock is a part of the content.
    pub(crate) lockfile: Lockfile,
    /// Who may read it.
    pub(crate) read: Access,
}

/// What was said of a hosted registry, before views are known.
#[derive(Default)]
pub(super) struct HostedDraft {
    pub(super) resolve_in: Option<Spanned<RegistryName>>,
    pub(super) rebuilds: Rebuilds,
    pub(super) lockfile: Lockfile,
}

/// The keys that only a hosted registry may have.
pub(super) struct HostedKeys<'t> {
    resolve_in: Option<Item<'t>>,
    rebuilds: Option<Item<'t>>,
    lockfile: Option<Item<'t>>,
}

impl<'t> HostedKeys<'t> {
    /// Takes them out of a section.
    pub(super) fn take(section: &mut Section<'t>) -> Self {
        Self {
            resolve_in: section.take("resolve-in"),
            rebuilds: section.take("rebuilds"),
            lockfile: section.take("lockfile"),
        }
    }

    /// Reads them.
    pub(super) fn read(self, faults: &mut Faults) -> HostedDraft {
        let rebuilds = self.rebuilds.and_then(|item| {
            let word = item.text(faults)?;
            Rebuilds::parse(word).or_else(|| {
                item.expected(
                    "\"refuse\", \"same-content\", \"replace\" or \"mint\"",
                    faults,
                )
            })
        });
        let lockfile = self.lockfile.and_then(|item| {
            let word = item.text(faults)?;
            Lockfile::parse(word).or_else(|| item.expected("\"count\" or \"ignore\"", faults))
        });
        HostedDraft {
            resolve_in: self.resolve_in.and_then(|item| named(&item, faults)),
            rebuilds: rebuilds.unwrap_or_default(),
            lockfile: lockfile.unwrap_or_default(),
        }
    }

    /// Refuses them in a registry that mirrors another or is a folder.
    pub(super) fn refuse(self, faults: &mut Faults) {
        let cures = [
            (
                self.resolve_in,
                "take `resolve-in` out; what dependencies mean is settled by its upstream, or in the view that has the folder",
            ),
            (
                self.rebuilds,
                "take `rebuilds` out; what an upstream shows otherwise than before is refused, with an alarm, and a folder always shows what lies in it",
            ),
            (
                self.lockfile,
                "take `lockfile` out; a mirror keeps what its upstream has, byte for byte, and packages of a folder are packed without a lock",
            ),
        ];
        for (item, cure) in cures {
            if let Some(item) = item {
                faults.note(
                    format!("{} is for hosted registries only", item.title),
                    item.key,
                    "nothing is published to a mirror or a folder",
                    cure,
                );
            }
        }
    }
}
