//! What left for other registries, and why each name was allowed to.
//!
//! The reason travels with the question: who asks has passed the gate
//! (`privacy.rs`), and the adapter writes both down as the request leaves.

use super::blobs::StoreError;
use async_trait::async_trait;
use crossdock_core::name::NameKey;
use crossdock_core::pattern::NamePattern;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::timestamp::Timestamp;
use std::collections::BTreeMap;
use std::fmt;

/// Why a name may be sent to a registry.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// Somebody asked for it, and it is private in no view in which the registry is
    /// outside.
    Asked,
    /// Nobody did: a row that is about to be shown depends on it, and where that leads is
    /// settled first. It is private in no view in which the registry is outside.
    Row {
        /// The crate whose row depends on the name; it may be private.
        dependent: NameKey,
    },
    /// Nobody did yet: a row that was shown makes cargo ask for it next.
    Prefetch,
    /// Nobody did: what is held is brought up to date.
    Sync,
    /// It is private, but a row of the registry itself names it (law 8's exception).
    Evidence {
        /// The crate of that registry whose row depends on the name.
        dependent: NameKey,
    },
}

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ErrandKind {
    /// The registry's `config.json`; names no crate.
    Config,
    /// The index file of a name.
    Index,
    /// The archive of a release.
    Download,
}

/// Requests of one kind for one name, for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Departed {
    /// The registry that was asked.
    pub registry: RegistryName,
    /// What it was asked for.
    pub kind: ErrandKind,
    /// The name as it was sent; empty where none was.
    pub name: String,
    /// Why that was allowed.
    pub reason: Reason,
    /// When the first of these requests left.
    pub first: Timestamp,
    /// When the last of them left.
    pub last: Timestamp,
    /// How many left, redirects and repeated tries included.
    pub count: u64,
}

/// Which of the record is wanted; what is not said takes in all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EgressQuestion {
    /// What went to this registry.
    pub registry: Option<RegistryName>,
    /// Names that this takes in, whatever their spelling.
    pub name: Option<NamePattern>,
    /// What left then or later.
    pub since: Option<Timestamp>,
    /// At most so many, the latest.
    pub limit: usize,
}

/// The record of all that left.
///
/// A request is on it before its first byte leaves; what it answers includes
/// everything that left before it was asked. It is kept over a restart, but for the
/// last seconds of a process that was killed.
#[async_trait]
pub trait EgressRecord: Send + Sync {
    /// Lists what left, latest first.
    ///
    /// # Errors
    /// [`StoreError`] if what is kept cannot be read.
    async fn departed(&self, question: &EgressQuestion) -> Result<Vec<Departed>, StoreError>;

    /// Counts the requests since the start of the process, by registry and kind.
    fn sent(&self) -> BTreeMap<(RegistryName, ErrandKind), u64>;
}

impl EgressQuestion {
    /// Tells whether the question takes in what left.
    pub fn takes_in(&self, departed: &Departed) -> bool {
        let is_named = |pattern: &NamePattern| {
            let key = departed.name.parse::<NameKey>();
            key.is_ok_and(|key| pattern.matches(&key))
        };
        self.registry
            .as_ref()
            .is_none_or(|registry| *registry == departed.registry)
            && self.name.as_ref().is_none_or(is_named)
            && self.since.is_none_or(|since| departed.last >= since)
    }
}

impl Reason {
    /// The word it is stored and told by, without its evidence.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Row { .. } => "row",
            Self::Prefetch => "prefetch",
            Self::Sync => "sync",
            Self::Evidence { .. } => "evidence",
        }
    }

    /// The crate whose row is the reason or the evidence, if there is one.
    pub fn dependent(&self) -> Option<&NameKey> {
        match self {
            Self::Row { dependent } | Self::Evidence { dependent } => Some(dependent),
            Self::Asked | Self::Prefetch | Self::Sync => None,
        }
    }

    /// Reads what [`Self::word`] and [`Self::dependent`] gave.
    pub fn read(word: &str, dependent: Option<NameKey>) -> Option<Self> {
        match (word, dependent) {
            ("asked", None) => Some(Self::Asked),
            ("row", Some(dependent)) => Some(Self::Row { dependent }),
            ("prefetch", None) => Some(Self::Prefetch),
            ("sync", None) => Some(Self::Sync),
            ("evidence", Some(dependent)) => Some(Self::Evidence { dependent }),
            _ => None,
        }
    }
}

impl ErrandKind {
    /// The word it is stored and told by.
    pub fn word(self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::Index => "index",
            Self::Download => "download",
        }
    }

    /// Reads what [`Self::word`] gave.
    pub fn read(word: &str) -> Option<Self> {
        [Self::Config, Self::Index, Self::Download]
            .into_iter()
            .find(|kind| kind.word() == word)
    }
}

impl fmt::Display for ErrandKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
