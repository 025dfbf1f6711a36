//! Worlds in plain strings, and how they are said to `core`.
//!
//! Plain, so that the oracle can read them without any of `core`'s types.
//! Absent: which worlds are tried (`world_strategy.rs`, `enumeration.rs`).

use crossdock_core::checksum::Checksum;
use crossdock_core::entry::Entry;
use crossdock_core::merge::{self, Verdict, merge};
use crossdock_core::name::{CrateName, NameKey};
use crossdock_core::owner::whom_to_ask;
use crossdock_core::ownership::Ownership;
use crossdock_core::pattern::NamePattern;
use crossdock_core::policy::{self, Identity, MemberKind, SameCrate, Side, ViewPolicy};
use crossdock_core::registry_name::RegistryName;
use crossdock_core::release::{self, DependencyKind, Target};
use crossdock_core::version::Version;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

/// One view, one name in it, and what every member would say of it.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) name: String,
    pub(crate) split: bool,
    pub(crate) members: BTreeMap<String, Member>,
    /// Pattern to member.
    pub(crate) claims: BTreeMap<String, String>,
    /// Patterns, and the members that share what they match.
    pub(crate) same_crate: Vec<(Vec<String>, BTreeSet<String>)>,
    pub(crate) record: Option<Record>,
    pub(crate) answers: BTreeMap<String, Answer>,
}

#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) inside: bool,
    pub(crate) only: Option<Vec<String>>,
}

#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) owner: Option<String>,
    pub(crate) members: BTreeSet<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Answer {
    Absent,
    Silent,
    /// Version to release.
    Has(BTreeMap<String, Release>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Release {
    /// The spelling of the name in the row.
    pub(crate) spelling: String,
    /// One letter stands for the bytes.
    pub(crate) bytes: char,
    pub(crate) yanked: bool,
    /// Whose `stem` the row depends on: nothing, `own`, or a registry's name.
    pub(crate) stem_of: Option<String>,
    /// Another writing of the same row: order and formatting.
    pub(crate) rewritten: bool,
}

pub(crate) fn registry(text: &str) -> RegistryName {
    RegistryName::parse(text).unwrap()
}

pub(crate) fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(ToString::to_string).collect()
}

fn pattern(text: impl AsRef<str>) -> NamePattern {
    NamePattern::parse(text.as_ref()).unwrap()
}

impl World {
    pub(crate) fn key(&self) -> NameKey {
        self.name.parse().unwrap()
    }

    pub(crate) fn policy(&self) -> ViewPolicy {
        let members = self.members.iter().map(|(name, member)| {
            let member = policy::Member {
                side: if member.inside {
                    Side::Inside
                } else {
                    Side::Outside
                },
                kind: kind(name, member.inside),
                only: member
                    .only
                    .as_ref()
                    .map(|only| only.iter().map(pattern).collect()),
            };
            (registry(name), member)
        });
        let claims = self
            .claims
            .iter()
            .map(|(text, member)| (pattern(text), registry(member)));
        let same_crate = self.same_crate.iter().map(|(names, members)| SameCrate {
            names: names.iter().map(pattern).collect(),
            members: members.iter().map(|name| registry(name)).collect(),
        });
        let identity = if self.split {
            Identity::Split
        } else {
            Identity::CratesIo
        };
        ViewPolicy {
            claims: claims.collect(),
            same_crate: same_crate.collect(),
            ..ViewPolicy::new(registry("main"), identity, members.collect())
        }
    }

    pub(crate) fn record(&self) -> Option<Ownership> {
        self.record.as_ref().map(|record| {
            let members = record.members.iter().map(|name| registry(name)).collect();
            let shared = Ownership::shared(members).unwrap();
            match &record.owner {
                Some(owner) => shared.settled(registry(owner)).unwrap(),
                None => shared,
            }
        })
    }

    /// Writes an ownership down, as the first answer does.
    pub(crate) fn recorded(&self, ownership: &Ownership) -> Self {
        Self {
            record: Some(Record {
                owner: ownership.owner().map(ToString::to_string),
                members: ownership
                    .members()
                    .iter()
                    .map(ToString::to_string)
                    .collect(),
            }),
            ..self.clone()
        }
    }

    pub(crate) fn with(&self, member: &str, answer: Answer) -> Self {
        let mut world = self.clone();
        world.answers.insert(member.to_owned(), answer);
        world
    }

    /// Asks as the use cases do, in two steps; returns who was asked, and the verdict.
    pub(crate) fn view(&self) -> (BTreeSet<String>, Verdict) {
        let (policy, key, record) = (self.policy(), self.key(), self.record());
        let whom = whom_to_ask(&policy, &key, record.as_ref());
        let mut heard = BTreeMap::new();
        let mut verdict = Verdict::Absent;
        for step in [whom.first, whom.then] {
            for member in step {
                let answer = self
                    .answers
                    .get(member.as_str())
                    .map_or(merge::Answer::Silent, Answer::said);
                heard.insert(member, answer);
            }
            verdict = merge(&policy, &key, record.as_ref(), &heard);
            if !matches!(verdict, Verdict::Absent) {
                break;
            }
        }
        let asked = heard.keys().map(ToString::to_string).collect();
        (asked, verdict)
    }

    pub(crate) fn verdict(&self) -> Verdict {
        self.view().1
    }
}

/// What stands behind a member follows from its name and side.
fn kind(name: &str, inside: bool) -> MemberKind {
    match (name, inside) {
        ("crates-io", _) => MemberKind::CratesIo,
        (_, true) => MemberKind::Hosted,
        (_, false) => MemberKind::Mirror,
    }
}

impl Answer {
    pub(crate) fn said(&self) -> merge::Answer {
        match self {
            Self::Absent => merge::Answer::Absent,
            Self::Silent => merge::Answer::Silent,
            Self::Has(releases) => {
                let releases = releases
                    .iter()
                    .map(|(version, release)| release.said(version));
                merge::Answer::Has(Arc::new(Entry::new(releases.collect()).unwrap()))
            }
        }
    }
}

impl Release {
    fn said(&self, version: &str) -> release::Release {
        let stem = self.stem_of.as_ref().map(|of| {
            let (left, right) = ("a".to_owned(), "b".to_owned());
            release::Dependency {
                name: "stem".to_owned(),
                req: if self.rewritten { "1" } else { "^1" }.to_owned(),
                features: if self.rewritten {
                    vec![right, left]
                } else {
                    vec![left, right]
                },
                optional: false,
                default_features: true,
                platform: None,
                kind: DependencyKind::Normal,
                target: match of.as_str() {
                    "own" => Target::Own,
                    "crates-io" => Target::CratesIo,
                    name => Target::Registry(registry(name)),
                },
                package: None,
                unknown: Vec::new(),
            }
        });
        let features = [("std".to_owned(), vec!["stem/std".to_owned()])];
        release::Release {
            name: CrateName::parse(&self.spelling).unwrap(),
            version: Version::parse(version).unwrap(),
            dependencies: stem.into_iter().collect(),
            features: if self.rewritten {
                release::Features::new()
            } else {
                features.clone().into()
            },
            features2: self.rewritten.then(|| features.into()),
            checksum: bytes(self.bytes),
            yanked: self.yanked,
            links: None,
            rust_version: None,
            pubtime: None,
            v: None,
            unknown: Vec::new(),
        }
    }
}

/// The checksum of the bytes that a letter stands for.
pub(crate) fn bytes(letter: char) -> Checksum {
    // Worlds are made by the hundred thousand, and hashing is slow in a test build.
    static OF_LETTERS: OnceLock<BTreeMap<char, Checksum>> = OnceLock::new();
    let all = OF_LETTERS.get_or_init(|| {
        let of = |letter: char| (letter, Checksum::of(letter.to_string().as_bytes()));
        ('a'..='z').map(of).collect()
    });
    all[&letter]
}
