//! What in configuration, manifests or lock will duplicate, confuse, leak or miss.
//!
//! cargo says little of these: it builds a crate twice and reports types that do not
//! match, asks another place than was meant, or asks crates.io for a name of ours. Each
//! finding names the line, and a cure that can be written as it stands.
//!
//! Absent: reading files and asking servers, whose outcomes arrive as values; deciding
//! for somebody, since a finding changes nothing by itself.

mod asked;
mod configuration;
mod identities;
mod lock_lines;
mod sources;
#[cfg(test)]
mod tests;
mod told;

pub use asked::{Asked, ask};
pub use told::{json, text};

use crate::cargo_sources::{CargoSources, Place};
use crate::needs::Need;
use crossdock_wire::lockfile::Lockfile;
use std::path::{Path, PathBuf};

/// What is looked at.
#[derive(Debug)]
pub struct Patient<'a> {
    /// What cargo is configured with in the project.
    pub sources: &'a CargoSources,
    /// The project's own file of configuration, which need not exist.
    pub configuration: &'a Path,
    /// cargo's home, whose file is everybody's.
    pub cargo_home: Option<&'a Path>,
    /// What manifests name.
    pub needs: &'a [Need],
    /// The lock, if there is one.
    pub lock: Option<Lock<'a>>,
    /// What servers said, as far as they were asked.
    pub asked: &'a Asked,
}

/// A lock with its text, for its lines.
#[derive(Clone, Copy, Debug)]
pub struct Lock<'a> {
    /// The file.
    pub path: &'a Path,
    /// Its text.
    pub text: &'a str,
    /// What it says.
    pub lock: &'a Lockfile,
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// One crate comes under two identities: it is built twice, and its types differ.
    Identities,
    /// A registry is called by the address of crates.io, and nothing keeps a publish
    /// from going there.
    Alias,
    /// A replacement that cargo passes over without a word.
    Ignored,
    /// `registry.default` beside a replacement.
    Default,
    /// Reading needs a token, and cargo would not use the one it has.
    Provider,
    /// The members of the view do not agree on a name.
    Ambiguous,
    /// A git dependency brings a second identity of a crate.
    Git,
    /// The lock has an address inside a view that is not configured.
    Face,
}

impl Kind {
    /// All, in the order they are told.
    pub const ALL: [Self; 8] = [
        Self::Identities,
        Self::Git,
        Self::Alias,
        Self::Ignored,
        Self::Default,
        Self::Provider,
        Self::Face,
        Self::Ambiguous,
    ];

    /// Returns the word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Identities => "identities",
            Self::Alias => "alias",
            Self::Ignored => "ignored",
            Self::Default => "default",
            Self::Provider => "provider",
            Self::Ambiguous => "ambiguous",
            Self::Git => "git",
            Self::Face => "face",
        }
    }
}

/// Something wrong, where, and what puts it right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What kind of trouble.
    pub kind: Kind,
    /// The line it comes from.
    pub place: Place,
    /// What is wrong and what comes of it.
    pub problem: String,
    /// What to do.
    pub cure: Cure,
}

/// What puts a finding right, as it can be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cure {
    /// Lines to add to a file, in one table.
    Add {
        /// The file, which need not exist.
        file: PathBuf,
        /// The table: `registry`.
        table: String,
        /// The lines in it.
        lines: Vec<String>,
        /// A command after it, where a lock would go on with what it has.
        then: Option<String>,
    },
    /// Another text for the line.
    Replace(String),
    /// The line is to be taken out.
    Remove,
    /// A command to run in the project.
    Run(String),
    /// Something else, in the words of the server.
    Told(String),
}

/// Lists what is wrong, by kind and then by place.
pub fn examine(patient: &Patient<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(configuration::examine(patient));
    findings.extend(identities::examine(patient));
    findings.extend(sources::examine(patient));
    let order = |kind: Kind| Kind::ALL.iter().position(|one| *one == kind);
    findings.sort_by(|left, right| {
        (order(left.kind), &left.place, &left.problem).cmp(&(
            order(right.kind),
            &right.place,
            &right.problem,
        ))
    });
    findings.dedup();
    findings
}
