//! Registries whose rows may change, said by `crossdock check`: hosted ones with
//! `rebuilds = "replace"`, and folders.
//!
//! A release that was served stays as it is, everywhere but where the settings say
//! otherwise. Whoever builds from such a registry should have been told.

use crate::settings::{RegistrySettings, Settings};
use crossdock_core::rebuilds::Rebuilds;

/// Lists the registries in which newer builds take the place of older ones, or files
/// of files.
pub(crate) fn names(settings: &Settings) -> Vec<String> {
    let replaces = |registry: &RegistrySettings| match registry {
        RegistrySettings::Hosted(hosted) => hosted.rebuilds == Rebuilds::Replace,
        RegistrySettings::Directory(_) => true,
        RegistrySettings::Mirror(_) => false,
    };
    let registries = settings.registries.iter();
    registries
        .filter(|(_, registry)| replaces(registry))
        .map(|(name, _)| name.to_string())
        .collect()
}

/// Tells what it means of one of them.
pub(crate) fn told(registry: &str) -> String {
    format!(
        "registry `{registry}` is for development (rebuilds = \"replace\", or a folder): its rows, and those of views that \
         have it as member, show the newest build of a version, so a lock with an older checksum does not \
         build there; epochs and downloads by checksum keep every build"
    )
}
