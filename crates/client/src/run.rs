//! A registry that exists for one command: cargo is led to a folder in its place.
//!
//! No file of the project changes. What cargo is told stands in a file that each cargo
//! of the command is given by `--config`, which outranks every other configuration.
//!
//! Absent: starting the command, and what is in the folder of crates (`crates.rs`,
//! `keep_lock.rs`).

mod broken;
pub mod crates;
pub mod keep_lock;
pub mod kept;
pub mod named_registries;

use crate::cargo_sources::CargoSources;
use crossdock_core::address::Address;
use crossdock_core::checksum::Checksum;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// What cargo calls crates.io.
const CRATES_IO: &str = "crates-io";

/// The registry that a command is led away from.
#[derive(Clone, Debug)]
pub struct Stand {
    /// What cargo calls it.
    pub name: String,
    /// Its address, which is what locks have.
    pub address: Address,
    /// Whether cargo's configuration has the name and address.
    pub known: bool,
}

/// Where a project is.
#[derive(Clone, Debug)]
pub struct Place {
    /// The folder of its Cargo.lock.
    pub root: PathBuf,
    /// Where cargo builds.
    pub target: PathBuf,
}

/// Why nothing can stand in for a registry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StandError {
    /// cargo could not have the name for a registry.
    #[error(
        "`{0}` is known to no configuration of cargo and is no name that could be given an \
         address: use letters, digits, `-` and `_`"
    )]
    Name(String),
    /// Other sources lead to it, and would be led away with it.
    #[error(
        "cargo's configuration puts [source.{name}] in place of {}, which would be led away \
         with it; replace them by a name of [registries] instead",
        others.join(", ")
    )]
    Shared {
        /// The source.
        name: String,
        /// What it takes the place of.
        others: Vec<String>,
    },
}

impl Stand {
    /// Finds the registry that cargo calls `name`; one that no configuration knows gets
    /// an address of its own that never changes and leads nowhere (RFC 2606, `.invalid`),
    /// so that locks depend neither on ports nor on folders.
    ///
    /// # Errors
    /// [`StandError`].
    pub fn of(name: &str, sources: &CargoSources) -> Result<Self, StandError> {
        let refuse = || StandError::Name(name.escape_debug().to_string());
        let known = sources.registry(name);
        let is_known = known.is_some();
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let made_up = match known {
            Some(address) => address,
            None if !name.is_empty() && name.chars().all(is_plain) => {
                // `_` in a host is refused by some; names differ in more than that.
                let host = name.to_ascii_lowercase().replace('_', "-");
                let address = format!("sparse+https://{host}.crossdock.invalid/");
                Address::parse(&address).map_err(|_| refuse())?
            }
            None => return Err(refuse()),
        };
        Ok(Self {
            name: name.to_owned(),
            address: made_up,
            known: is_known,
        })
    }

    /// The registry of an address that a lock has, by the name that cargo's configuration
    /// gives it, else by one that is made of the address.
    pub fn at(address: &Address, sources: &CargoSources) -> Self {
        let made_up = || {
            let sum = Checksum::of(address.to_string().as_bytes()).to_string();
            format!("at-{:.12}", sum)
        };
        let name = match address {
            Address::CratesIo => Some(CRATES_IO.to_owned()),
            address => sources.name_of(address),
        };
        Self {
            name: name.unwrap_or_else(made_up),
            address: address.clone(),
            known: true,
        }
    }

    /// What cargo has to be told so that it reads `folder` in place of this registry.
    ///
    /// A registry that is also a replacement, as a view is for crates.io, is led away only
    /// where it is meant by its own address: so its name in `[registries]` is not used.
    ///
    /// # Errors
    /// [`StandError::Shared`].
    fn configuration(&self, sources: &CargoSources, folder: &Path) -> Result<Table, StandError> {
        let here = format!("crossdock-{}", self.name);
        let named = sources.source_of(&self.address);
        if let Some(name) = &named {
            let others = sources.replaced_by(name);
            if !others.is_empty() {
                let name = name.clone();
                return Err(StandError::Shared { name, others });
            }
        }
        let named = named.unwrap_or_else(|| format!("crossdock-from-{}", self.name));
        let mut source = table([("replace-with", here.clone())]);
        if self.address != Address::CratesIo {
            source.insert("registry".to_owned(), self.address.to_string().into());
        }
        let folder = table([("directory", folder.to_string_lossy().into_owned())]);
        let mut configuration = Table::new();
        let mut all = Table::new();
        all.insert(named, source.into());
        all.insert(here, folder.into());
        configuration.insert("source".to_owned(), all.into());
        if !self.known {
            let registry = table([("index", self.address.to_string())]);
            let registries = Table::from_iter([(self.name.clone(), Value::Table(registry))]);
            configuration.insert("registries".to_owned(), registries.into());
        }
        Ok(configuration)
    }
}

/// What cargo has to be told so that it reads a folder in place of each registry.
///
/// # Errors
/// [`StandError::Shared`].
pub fn configuration<'s>(
    stands: impl IntoIterator<Item = (&'s Stand, &'s Path)>,
    sources: &CargoSources,
) -> Result<String, StandError> {
    let mut whole = Table::new();
    for (stand, folder) in stands {
        for (section, said) in stand.configuration(sources, folder)? {
            match (whole.get_mut(&section), said) {
                (Some(Value::Table(before)), Value::Table(said)) => before.extend(said),
                (_, said) => drop(whole.insert(section, said)),
            }
        }
    }
    Ok(whole.to_string())
}

fn table<const N: usize>(entries: [(&str, String); N]) -> Table {
    let entries = entries.map(|(key, value)| (key.to_owned(), Value::String(value)));
    Table::from_iter(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_that_others_lead_to_is_not_led_away() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(".cargo")).unwrap();
        let text = "[source.lab]\nregistry = \"sparse+http://h/lab/\"\n\
                    [source.crates-io]\nreplace-with = \"lab\"\n\
                    [registries.lab]\nindex = \"sparse+http://h/lab/\"\n";
        std::fs::write(folder.path().join(".cargo/config.toml"), text).unwrap();
        let sources = CargoSources::load(folder.path(), None).unwrap();
        let stand = Stand::of("lab", &sources).unwrap();
        let refused = stand.configuration(&sources, Path::new("/here"));
        assert!(
            matches!(refused, Err(StandError::Shared { .. })),
            "{refused:?}"
        );
    }

    #[test]
    fn an_unknown_registry_has_one_address_for_ever() {
        let stand = Stand::of("internal", &CargoSources::default()).unwrap();
        assert_eq!(
            stand.address.to_string(),
            "sparse+https://internal.crossdock.invalid/"
        );
        let stands = [(&stand, Path::new("/here"))];
        let said = configuration(stands, &CargoSources::default());
        let said: Table = said.unwrap().parse().unwrap();
        let expected = "registries.internal.index = 'sparse+https://internal.crossdock.invalid/'\n\
                        [source.crossdock-from-internal]\nreplace-with = 'crossdock-internal'\n\
                        registry = 'sparse+https://internal.crossdock.invalid/'\n\
                        [source.crossdock-internal]\ndirectory = '/here'\n";
        assert_eq!(said, expected.parse().unwrap());
        for name in ["", "a b", "a/b", "a.b"] {
            assert!(Stand::of(name, &CargoSources::default()).is_err(), "{name}");
        }
    }
}
