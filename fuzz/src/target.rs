//! The targets by name.

use crate::seed;
use crate::{target_archive, target_lockfile, target_manifest, target_publish, target_row};

/// Something that takes bytes from strangers.
pub struct Target {
    /// Its name on the command line.
    pub name: &'static str,
    /// Takes bytes; panics if what must hold does not.
    pub take: fn(&[u8]),
    /// Inputs to start from.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Words that mean something to it.
    pub words: &'static [&'static str],
}

/// All targets.
pub const TARGETS: [Target; 5] = [
    Target {
        name: "row",
        take: target_row::take,
        seeds: seed::rows,
        words: seed::JSON_WORDS,
    },
    Target {
        name: "publish",
        take: target_publish::take,
        seeds: seed::bodies,
        words: seed::JSON_WORDS,
    },
    Target {
        name: "manifest",
        take: target_manifest::take,
        seeds: seed::manifests,
        words: seed::TOML_WORDS,
    },
    Target {
        name: "archive",
        take: target_archive::take,
        seeds: seed::archives,
        words: seed::TAR_WORDS,
    },
    Target {
        name: "lockfile",
        take: target_lockfile::take,
        seeds: seed::lockfiles,
        words: seed::TOML_WORDS,
    },
];
