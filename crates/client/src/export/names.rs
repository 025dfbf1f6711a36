//! What projects themselves call the registries of their locks.
//!
//! A manifest says `registry = "NAME"`, and what NAME is stands in the configuration of the
//! folder that the project was in when it was exported; a copy of it elsewhere has none.
//!
//! Absent: what the server calls its registries (`origin.rs`).

use super::closure::identity;
use crate::cargo_sources::CargoSources;
use crossdock_core::address::Address;
use crossdock_wire::lockfile::{LockedSource, Lockfile};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Lists the names that cargo knows in the folder of a lock for addresses that the lock
/// has.
pub fn names(folder: &Path, lock: &Lockfile) -> BTreeMap<String, String> {
    let source = |source: &LockedSource| match source {
        LockedSource::Registry(source) => Some(identity(source)),
        LockedSource::Path | LockedSource::Elsewhere(_) => None,
    };
    let packages = lock.packages.iter();
    let locked: BTreeSet<String> = packages.filter_map(|it| source(&it.source)).collect();
    let spelled = |address: &String| match Address::parse(address) {
        Ok(address) => identity(&address.to_string()),
        Err(_) => address.clone(),
    };
    let known = CargoSources::around(folder).registries().into_iter();
    let known = known.filter(|(name, _)| name != super::origin::CRATES_IO);
    known
        .map(|(name, address)| (name, spelled(&address)))
        .filter(|(_, address)| locked.contains(address))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossdock_wire::lockfile::decode;

    #[test]
    fn a_name_counts_if_the_lock_has_its_address() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(".cargo")).unwrap();
        let text = "[registries]\ncorp.index = \"sparse+http://h/a/index/\"\n\
                    other.index = \"sparse+http://h/b/index/\"\n";
        std::fs::write(folder.path().join(".cargo/config.toml"), text).unwrap();
        let lock = "version = 4\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n\
                    source = \"sparse+http://h/a/index/\"\n";
        let names = names(folder.path(), &decode(lock).unwrap());
        let expected = ("corp".to_owned(), "sparse+http://h/a/index/".to_owned());
        assert_eq!(names, BTreeMap::from([expected]));
    }
}
