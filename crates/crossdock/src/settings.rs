//! What the operator decided: the settings file as plain values.
//!
//! A file is read once, wholly checked, and refused with every fault in it; what
//! comes out needs no second look. Without a file the same values are built here.
//! Nothing is silently ignored: an unknown key is a fault, and so is a key of a
//! later version.
//!
//! Absent: opening stores or sockets (`serve.rs`), decisions of the federation.

mod access;
mod aliases;
mod claims;
mod compact;
mod directory;
mod duration;
mod fault;
mod front;
mod gate_lists;
mod gates;
mod hosted;
mod locate;
mod members;
mod mirror;
mod overlays;
mod registries;
mod section;
mod server;
mod stores;
mod views;

pub(crate) use access::Access;
pub(crate) use duration::parse as span;
pub(crate) use fault::SettingsError;
pub(crate) use front::TlsFiles;
pub(crate) use locate::{Reading, SettingsFile, load, read_again};
pub(crate) use mirror::{Mirror, UpstreamSettings};
pub(crate) use registries::RegistrySettings;
pub(crate) use server::{ServerSettings, is_loopback};
pub(crate) use stores::ObjectSettings;
pub(crate) use views::ViewSettings;

use crossdock_core::address::Address;
use crossdock_core::registry_name::RegistryName;
use fault::Faults;
use section::Section;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::PathBuf;
use toml::de::DeTable;

/// All settings of an installation, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    /// Where it listens and keeps its data.
    pub(crate) server: ServerSettings,
    /// The registries by name.
    pub(crate) registries: BTreeMap<RegistryName, RegistrySettings>,
    /// The registries whose archives are kept packed.
    pub(crate) compact: BTreeSet<RegistryName>,
    /// The views by name; no name is both a registry and a view.
    pub(crate) views: BTreeMap<RegistryName, ViewSettings>,
}

/// What settings are read in the light of.
#[derive(Clone, Debug)]
pub(crate) struct Surroundings {
    /// crates.io's sparse address, so that a mirror of it is recognised.
    pub(crate) crates_io: Address,
    /// The folder that relative paths in the file start from.
    pub(crate) folder: PathBuf,
    /// `--listen`, which outranks the file.
    pub(crate) listen: Option<SocketAddr>,
    /// `--data`, which outranks the file.
    pub(crate) data: Option<PathBuf>,
}

impl Settings {
    /// Builds what holds without a settings file.
    pub(crate) fn defaults(around: &Surroundings) -> Self {
        let server = ServerSettings::defaults(around);
        let access = access::default_of(&server);
        let (registries, views) = registries_and_views_by_default(access);
        Self {
            server,
            registries,
            compact: BTreeSet::new(),
            views,
        }
    }

    /// Reads a settings file that people know as `name`.
    ///
    /// # Errors
    /// [`SettingsError::Invalid`] with every fault in it.
    pub(crate) fn read(
        name: &str,
        text: &str,
        around: &Surroundings,
    ) -> Result<Self, SettingsError> {
        let mut faults = Faults::default();
        let settings = match DeTable::parse(text) {
            Ok(root) => walk(root.get_ref(), around, &mut faults),
            Err(error) => {
                faults.note(
                    "this is not TOML",
                    error.span().unwrap_or_default(),
                    error.message(),
                    "see docs/settings.md for an example",
                );
                Self::defaults(around)
            }
        };
        faults.settle(settings, name, text)
    }
}

fn walk(root: &DeTable<'_>, around: &Surroundings, faults: &mut Faults) -> Settings {
    let mut root = Section::new("the settings file", 0..0, root);
    let server = server::read(root.take("server"), around, faults);
    let access = access::default_of(&server);
    let (registries, views) = (root.take("registries"), root.take("views"));
    for (singular, plural) in [("registry", "registries"), ("view", "views")] {
        if let Some(item) = root.foreign(singular) {
            faults.note(
                format!("`[{singular}]` is not a section of the settings"),
                item.key,
                "this belongs to cargo's configuration or is a slip",
                format!("write `[{plural}.NAME]`, one section for each"),
            );
        }
    }
    root.finish(faults);
    if registries.is_none() && views.is_none() {
        let (registries, views) = registries_and_views_by_default(access);
        return Settings {
            server,
            registries,
            compact: BTreeSet::new(),
            views,
        };
    }
    let registries = registries::read(registries, around, &server, faults);
    let views = views::read(views, &registries, access, faults);
    registries::check_resolve_in(&registries, &views, faults);
    Settings {
        server,
        compact: registries::packed(&registries),
        registries: registries::accept(registries, access),
        views,
    }
}

/// A hosted registry, a mirror of crates.io, and a view of both.
fn registries_and_views_by_default(
    access: Access,
) -> (
    BTreeMap<RegistryName, RegistrySettings>,
    BTreeMap<RegistryName, ViewSettings>,
) {
    let [local, crates_io, main] = ["local", "crates-io", "main"]
        .map(|name| RegistryName::parse(name).expect("a name within the grammar"));
    let view = views::of_default_members(&main, &local, &crates_io, access);
    let registries = BTreeMap::from([
        (local, registries::hosted_by_default(main.clone(), access)),
        (
            crates_io,
            RegistrySettings::Mirror(Box::new(mirror::crates_io_by_default(access))),
        ),
    ]);
    (registries, BTreeMap::from([(main, view)]))
}

#[cfg(test)]
mod tests;
