//! When what vanished from an upstream is believed to be removed.
//!
//! What vanishes stays as it was (law 5). A registry does take releases out of its
//! index, though: crates.io removes malware so. When a later look confirms it, the
//! upstream is otherwise well, and few names are concerned, the release is shown
//! yanked: old locks go on building, nobody resolves to it anew. Many names at once
//! are an upstream that lost its data or was restored from a backup; that is silence
//! until somebody accepts it. What returns is as the upstream shows it.
//!
//! Absent: looking, the clock, and how a yank gets into a row.

use crate::name::{IndexName, NameKey};
use crate::timestamp::Timestamp;
use crate::version::Version;
use std::collections::{BTreeMap, BTreeSet};

/// This many names within [`WINDOW_SECS`] are many. crates.io removes a few crates on
/// a bad day; whoever lost an index lost thousands.
pub const NAMES_MANY: usize = 20;

/// Of a large mirror, one name in this many may vanish within [`WINDOW_SECS`].
pub const NAMES_PER_REMOVED: usize = 1_000;

/// How far apart two names may vanish and still count together.
pub const WINDOW_SECS: i64 = 3_600;

/// How an upstream did lately.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// When a look at some name last showed all that is held of it.
    pub whole: Option<Timestamp>,
    /// When it last could not answer.
    pub silent: Option<Timestamp>,
}

impl Health {
    /// Tells whether the upstream showed something whole since a moment and did not
    /// fall silent after that.
    fn is_well_since(&self, since: Timestamp) -> bool {
        self.whole
            .is_some_and(|whole| whole >= since && self.silent.is_none_or(|silent| silent <= whole))
    }
}

/// What a look makes of a version that is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is not missing.
    There,
    /// It stays as it was until a later look, at an upstream that is well.
    Waits,
    /// It is shown yanked.
    Removed,
    /// Too many names vanished together; it stays as it was until somebody accepts
    /// that they are gone.
    Mass {
        /// How many names.
        names: usize,
    },
}

/// What of a mirror's upstream is missing, and since when.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Missing {
    names: BTreeMap<IndexName, BTreeMap<Version, Since>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Since {
    at: Timestamp,
    accepted: bool,
}

impl Missing {
    /// Notes that a look did not find a version; the first such look counts.
    pub fn vanished(&mut self, name: &IndexName, version: &Version, at: Timestamp) {
        let versions = self.names.entry(name.clone()).or_default();
        let accepted = false;
        let since = Since { at, accepted };
        versions.entry(version.clone()).or_insert(since);
    }

    /// Notes that a look found a version again.
    pub fn returned(&mut self, name: &IndexName, version: &Version) {
        if let Some(versions) = self.names.get_mut(name) {
            versions.remove(version);
            if versions.is_empty() {
                self.names.remove(name);
            }
        }
    }

    /// Accepts that what was missing at a moment is gone: of these names, of all if
    /// there are none.
    pub fn accept(&mut self, names: &BTreeSet<NameKey>, at: Timestamp) {
        for (name, versions) in &mut self.names {
            if names.is_empty() || names.contains(&name.key()) {
                let noticed = versions.values_mut().filter(|since| since.at <= at);
                noticed.for_each(|since| since.accepted = true);
            }
        }
    }

    /// Judges a version when a look at its name ended without it.
    ///
    /// `held` is how many names the mirror holds.
    pub fn verdict(
        &self,
        name: &IndexName,
        version: &Version,
        now: Timestamp,
        look: &Look,
    ) -> Verdict {
        let Some(since) = self.names.get(name).and_then(|of| of.get(version)) else {
            return Verdict::There;
        };
        if since.accepted {
            return Verdict::Removed;
        }
        let names = self.together_with(since.at);
        let few = names < NAMES_MANY || names.saturating_mul(NAMES_PER_REMOVED) < look.held;
        if !few {
            return Verdict::Mass { names };
        }
        // The look that first misses something does not confirm it, so no time at all
        // is never enough.
        let passed = now.unix_seconds() - since.at.unix_seconds();
        let waited = passed >= look.confirm_after_secs.max(1);
        if waited && look.health.is_well_since(since.at) {
            Verdict::Removed
        } else {
            Verdict::Waits
        }
    }

    /// Counts the names of which something vanished within an hour of a moment,
    /// accepted ones left out.
    pub fn together_with(&self, moment: Timestamp) -> usize {
        let near = |since: &Since| {
            let apart = since.at.unix_seconds() - moment.unix_seconds();
            !since.accepted && apart.abs() <= WINDOW_SECS
        };
        let names = self.names.values();
        names.filter(|versions| versions.values().any(near)).count()
    }

    /// Lists the versions of a name that are missing.
    pub fn of(&self, name: &IndexName) -> impl Iterator<Item = &Version> {
        self.names.get(name).into_iter().flat_map(BTreeMap::keys)
    }

    /// Lists the names of which something is missing.
    pub fn names(&self) -> impl Iterator<Item = &IndexName> {
        self.names.keys()
    }

    /// Counts the names of which something is missing that nobody accepted.
    pub fn waiting(&self) -> usize {
        let names = self.names.values();
        let waits = |versions: &&BTreeMap<_, Since>| versions.values().any(|s| !s.accepted);
        names.filter(waits).count()
    }

    /// Tells whether nothing is missing.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }
}

/// Under which circumstances a version was looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// How the upstream did lately.
    pub health: Health,
    /// How many names the mirror holds.
    pub held: usize,
    /// How long after the first look a later one confirms it, in seconds.
    pub confirm_after_secs: i64,
}
