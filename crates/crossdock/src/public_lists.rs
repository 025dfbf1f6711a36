//! Lists of the names that upstreams have: named in the settings, kept beside them.
//!
//! Apart because two commands look: `serve` reads them, and `check` says beforehand
//! which ones it would refuse.
//!
//! Absent: what a list may hold and what it decides (`upstream`).

use crate::report::{Failure, text_of};
use crate::settings::{RegistrySettings, Settings};
use crossdock_core::registry_name::RegistryName;
use crossdock_upstream::PublicNames;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Reads the lists of all mirrors that have one.
///
/// # Errors
/// [`Failure`] names the first that cannot be read, and the line that is wrong in it.
pub(crate) fn open(
    settings: &Settings,
) -> Result<BTreeMap<RegistryName, Arc<PublicNames>>, Failure> {
    let opened =
        named(settings).map(|(name, path)| Ok((name.clone(), Arc::new(read(name, path)?))));
    opened.collect()
}

/// Tells of each list that `serve` would not start with, in the order of the
/// registries' names.
pub(crate) fn unusable(settings: &Settings) -> Vec<String> {
    let failed = named(settings).filter_map(|(name, path)| read(name, path).err());
    failed.map(|failure| text_of(&failure)).collect()
}

fn named(settings: &Settings) -> impl Iterator<Item = (&RegistryName, &Path)> {
    let registries = settings.registries.iter();
    registries.filter_map(|(name, registry)| match registry {
        RegistrySettings::Mirror(mirror) => Some((name, mirror.public_names.as_deref()?)),
        RegistrySettings::Hosted(_) | RegistrySettings::Directory(_) => None,
    })
}

fn read(name: &RegistryName, path: &Path) -> Result<PublicNames, Failure> {
    PublicNames::open(path).map_err(|error| {
        let hint = format!("look at `public-names` in [registries.{name}]");
        Failure::hinted(error, hint)
    })
}
