//! Which archive is in which chain, held in memory and read from the chains at the start.
//!
//! Nothing is kept of it: a chain says in its header what it has, so a catalogue that
//! was written down could only be wrong.
//!
//! Absent: files.

use super::hot::Hot;
use crossdock_compact::Header;
use crossdock_core::checksum::Checksum;
use crossdock_core::name::IndexName;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::version::Version;
use crossdock_registry::ports::{Kept, Tiers};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::Bound;
use std::path::{Path, PathBuf};

/// Versions of each crate that stay raw as long as there is room: the newest, and the
/// one before that locks of last week name.
const NEWEST: usize = 2;

/// What is known of one chain.
struct Known {
    registry: RegistryName,
    name: IndexName,
    is_full: bool,
    members: Vec<Packed>,
}

/// One archive of a chain.
struct Packed {
    checksum: Checksum,
    version: Version,
    archive_bytes: u64,
    packed_bytes: u64,
}

/// All chains, by their files.
#[derive(Default)]
pub(super) struct Catalogue {
    chains: BTreeMap<PathBuf, Known>,
    places: BTreeMap<Checksum, PathBuf>,
    lines: HashMap<(RegistryName, IndexName), BTreeSet<PathBuf>>,
    /// Chains of which nothing raw may be let go, because they are damaged or leaving.
    leaving: HashSet<PathBuf>,
    /// Archives of chains that were set aside, and could not be saved.
    lost: HashMap<Checksum, PathBuf>,
    /// Packed archives that are at hand raw.
    pub(super) hot: Hot,
    pub(super) hot_reads: u64,
    pub(super) cold_reads: u64,
    /// Chains that were found damaged, now or before.
    pub(super) damaged: u64,
}

impl Catalogue {
    /// Learns what a chain has; what it had before under this path is forgotten, but for
    /// what is at hand.
    pub(super) fn learn(&mut self, path: &Path, header: &Header) {
        let line = (header.registry.clone(), header.name.clone());
        self.drop_chain(path);
        let members = header.members.iter().map(|member| Packed {
            checksum: member.recipe.checksum,
            version: member.version.clone(),
            archive_bytes: member.recipe.archive_bytes,
            packed_bytes: u64::from(member.delta_bytes),
        });
        let known = Known {
            registry: line.0.clone(),
            name: line.1.clone(),
            is_full: header.is_full(),
            members: members.collect(),
        };
        for member in &known.members {
            self.places.insert(member.checksum, path.to_path_buf());
        }
        self.chains.insert(path.to_path_buf(), known);
        self.lines
            .entry(line)
            .or_default()
            .insert(path.to_path_buf());
    }

    /// Forgets a chain and that its archives are hot: they are raw now, or gone.
    pub(super) fn forget(&mut self, path: &Path) {
        for checksum in self.drop_chain(path) {
            if !self.places.contains_key(&checksum) {
                self.hot.forget(&checksum);
            }
        }
        self.leaving.remove(path);
    }

    fn drop_chain(&mut self, path: &Path) -> Vec<Checksum> {
        let Some(known) = self.chains.remove(path) else {
            return Vec::new();
        };
        let line = (known.registry, known.name);
        if let Some(paths) = self.lines.get_mut(&line) {
            paths.remove(path);
            if paths.is_empty() {
                self.lines.remove(&line);
            }
        }
        let checksums = known.members.into_iter().map(|member| member.checksum);
        let checksums: Vec<_> = checksums.collect();
        for checksum in &checksums {
            if self.places.get(checksum).is_some_and(|place| place == path) {
                self.places.remove(checksum);
            }
        }
        checksums
    }

    /// Lets nothing go of what a chain has, until it is forgotten or stays after all.
    pub(super) fn leave(&mut self, path: &Path) {
        self.leaving.insert(path.to_path_buf());
    }

    /// Takes [`Self::leave`] back.
    pub(super) fn stay(&mut self, path: &Path) {
        self.leaving.remove(path);
    }

    /// The chain that an archive is in.
    pub(super) fn place(&self, checksum: &Checksum) -> Option<&PathBuf> {
        self.places.get(checksum)
    }

    /// Archives after a checksum, in their order, with their bytes and their chains.
    pub(super) fn after(
        &self,
        after: Option<&Checksum>,
        limit: usize,
    ) -> Vec<(Checksum, u64, PathBuf)> {
        let after = after.map_or(Bound::Unbounded, Bound::Excluded);
        let found = self.places.range((after, Bound::Unbounded)).take(limit);
        let told = found.map(|(checksum, path)| {
            let mut members = self.chains[path].members.iter();
            let member = members.find(|member| member.checksum == *checksum);
            let bytes = member.map_or(0, |member| member.archive_bytes);
            (*checksum, bytes, path.clone())
        });
        told.collect()
    }

    /// All chains that have an archive.
    pub(super) fn places(&self, checksum: &Checksum) -> Vec<PathBuf> {
        let has = |known: &Known| known.members.iter().any(|one| one.checksum == *checksum);
        let chains = self.chains.iter().filter(|(_, known)| has(known));
        chains.map(|(path, _)| path.clone()).collect()
    }

    /// A chain of a registry.
    pub(super) fn any_of(&self, registry: &RegistryName) -> Option<PathBuf> {
        let mut chains = self.chains.iter();
        let found = chains.find(|(_, known)| known.registry == *registry);
        found.map(|(path, _)| path.clone())
    }

    /// The chain of a crate that is not full, if there is one.
    pub(super) fn growing(&self, registry: &RegistryName, name: &IndexName) -> Option<PathBuf> {
        let line = self.lines.get(&(registry.clone(), name.clone()))?;
        line.iter()
            .find(|path| !self.chains[*path].is_full)
            .cloned()
    }

    /// Ranks a crate's archives: the newest go last.
    pub(super) fn rank(&mut self, registry: &RegistryName, name: &IndexName) {
        let line = self.lines.get(&(registry.clone(), name.clone()));
        let chains = line.into_iter().flatten().map(|path| &self.chains[path]);
        let mut members: Vec<_> = chains.flat_map(|known| &known.members).collect();
        members.sort_by(|one, other| other.version.cmp(&one.version));
        for (position, member) in members.into_iter().enumerate() {
            self.hot.rank(&member.checksum, position < NEWEST);
        }
    }

    /// Notes that an archive is at hand raw, if it is packed as well; says whether it is.
    pub(super) fn at_hand(&mut self, checksum: &Checksum, bytes: u64) -> bool {
        let known = self.places.get(checksum).map(|path| &self.chains[path]);
        let Some(known) = known else {
            return false;
        };
        let (registry, name) = (known.registry.clone(), known.name.clone());
        self.hot.insert(*checksum, bytes);
        self.rank(&registry, &name);
        true
    }

    /// Ranks everything.
    pub(super) fn rank_all(&mut self) {
        let lines: Vec<_> = self.lines.keys().cloned().collect();
        for (registry, name) in lines {
            self.rank(&registry, &name);
        }
    }

    /// The archives that have to go so that what is hot has at most `bytes_max`.
    pub(super) fn beyond(&self, bytes_max: u64) -> Vec<Checksum> {
        self.hot.beyond(bytes_max, |checksum| {
            let place = self.places.get(checksum);
            place.is_some_and(|place| !self.leaving.contains(place))
        })
    }

    /// Notes what a chain that was set aside had.
    pub(super) fn lose(&mut self, aside: &Path, header: &Header) {
        for member in &header.members {
            let checksum = member.recipe.checksum;
            self.lost.insert(checksum, aside.to_path_buf());
        }
    }

    /// The file of a damaged chain that had an archive.
    pub(super) fn lost(&self, checksum: &Checksum) -> Option<&PathBuf> {
        self.lost.get(checksum)
    }

    /// Forgets a damaged chain that was taken away.
    pub(super) fn forget_lost(&mut self, aside: &Path) {
        self.lost.retain(|_, path| path != aside);
        self.damaged = self.damaged.saturating_sub(1);
    }

    /// Sums up.
    pub(super) fn tiers(&self, hot_bytes_max: u64) -> Tiers {
        let mut registries: BTreeMap<RegistryName, Kept> = BTreeMap::new();
        for known in self.chains.values() {
            let kept = registries.entry(known.registry.clone()).or_default();
            for member in &known.members {
                kept.archives += 1;
                kept.archive_bytes += member.archive_bytes;
                kept.packed_bytes += member.packed_bytes;
                kept.hot_bytes += self.hot.bytes_of(&member.checksum).unwrap_or_default();
            }
        }
        Tiers {
            registries,
            hot_bytes_max,
            hot_reads: self.hot_reads,
            cold_reads: self.cold_reads,
            damaged: self.damaged,
        }
    }
}
