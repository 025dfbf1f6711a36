//! The folders that are registries, for `crossdock serve`.
//!
//! Packages are packed by the cargo of the server's environment, which knows this
//! server's registries and views by their names: `registry = "acme"` in a manifest of
//! the folder means the registry `acme` of these settings. cargo's configuration in
//! the folder is not read: it could name programs to run.
//!
//! Absent: looking at folders (`upstream`), what follows from it (`registry`).

use crate::settings::{RegistrySettings, Settings};
use crossdock_core::registry_name::RegistryName;
use crossdock_folder::Options;
use crossdock_registry::Federation;
use crossdock_registry::configuration::Configuration;
use crossdock_registry::ports::{Blobs, Directory};
use crossdock_upstream::FolderDirectory;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use tokio::task::JoinHandle;

/// Where packages are packed, in the data folder; nothing stays there.
const SCRATCH: &str = "packing";

/// Opens the folder of each directory. It may not be there yet.
pub(crate) fn open(
    settings: &Settings,
    configuration: &Configuration,
    data: &Path,
    blobs: &Arc<dyn Blobs>,
) -> BTreeMap<RegistryName, Arc<dyn Directory>> {
    let mut folders: BTreeMap<_, Arc<dyn Directory>> = BTreeMap::new();
    for (name, registry) in &settings.registries {
        let RegistrySettings::Directory(directory) = registry else {
            continue;
        };
        let options = options(configuration, data);
        let folder = FolderDirectory::new(directory.folder.clone(), options, blobs.clone());
        folders.insert(name.clone(), Arc::new(folder));
    }
    folders
}

/// Looks at all folders once, so that nobody has to wait for the first look; to be
/// aborted when serving ends.
pub(crate) fn look_first(federation: &Arc<Federation>) -> JoinHandle<()> {
    let federation = federation.clone();
    tokio::spawn(async move { federation.look_at_all_folders().await })
}

fn options(configuration: &Configuration, data: &Path) -> Options {
    // What lies there may be copies of old crates, which broke rules of today.
    let mut options = Options::new(data.join(SCRATCH)).passed_on();
    let registries = configuration.registries.keys();
    for name in registries.chain(configuration.views.keys()) {
        let index = configuration.index_address(name.as_str());
        options.cargo.registries.insert(name.to_string(), index);
    }
    options
}
