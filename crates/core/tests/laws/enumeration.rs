//! The small world: every rule, every side, everything a member can say.
//!
//! Small enough to be tried without chance and to be read as a table
//! (`decision_tables.rs`), rich enough that every rule decides something in it.

use crate::oracle;
use crate::verdict_text::outcome;
use crate::world::{Answer, Member, Record, Release, World};
use std::collections::{BTreeMap, BTreeSet};

/// Members of the small world, as its tables call them.
pub(crate) const NAMES: [&str; 3] = ["a", "b", "c"];

/// What a member can say of the name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Says {
    Nothing,
    One,
    OtherRow,
    OtherBytes,
    More,
    Silent,
}

pub(crate) const ALL_SAYS: [Says; 6] = [
    Says::Nothing,
    Says::One,
    Says::OtherRow,
    Says::OtherBytes,
    Says::More,
    Says::Silent,
];

impl Says {
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::One => "1.0",
            Self::OtherRow => "1.0, other row",
            Self::OtherBytes => "1.0, other bytes",
            Self::More => "1.0 and 1.1",
            Self::Silent => "silent",
        }
    }

    fn answer(self) -> Answer {
        let release = |bytes, stem_of: Option<&str>| Release {
            spelling: "petal".to_owned(),
            bytes,
            yanked: false,
            stem_of: stem_of.map(ToString::to_string),
            rewritten: false,
        };
        let one = ("1.0.0".to_owned(), release('x', None));
        let releases = match self {
            Self::Nothing => return Answer::Absent,
            Self::Silent => return Answer::Silent,
            Self::One => vec![one],
            Self::OtherRow => vec![("1.0.0".to_owned(), release('x', Some("own")))],
            Self::OtherBytes => vec![("1.0.0".to_owned(), release('y', None))],
            Self::More => vec![one, ("1.1.0".to_owned(), release('x', None))],
        };
        Answer::Has(releases.into_iter().collect())
    }
}

/// What is on record or in the settings about the name; `a` is always the first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Said {
    Nothing,
    ClaimedForA,
    RecordOfA,
    RecordOfAll,
    RecordOfAllClaimedForA,
    DeclaredSame,
    DeclaredSameRecordOfAll,
    LastIsLimited,
}

pub(crate) const ALL_SAID: [Said; 8] = [
    Said::Nothing,
    Said::ClaimedForA,
    Said::RecordOfA,
    Said::RecordOfAll,
    Said::RecordOfAllClaimedForA,
    Said::DeclaredSame,
    Said::DeclaredSameRecordOfAll,
    Said::LastIsLimited,
];

/// One world: as many members as there are sides.
pub(crate) fn small_world(said: Said, inside: &[bool], says: &[Says]) -> World {
    let names: BTreeSet<String> = NAMES[..inside.len()]
        .iter()
        .map(ToString::to_string)
        .collect();
    let last = names.last().cloned();
    let limited = |name: &String| said == Said::LastIsLimited && last.as_ref() == Some(name);
    let of = |owner: Option<&str>, members: &BTreeSet<String>| {
        Some(Record {
            owner: owner.map(ToString::to_string),
            members: members.clone(),
        })
    };
    let alone = (names.len() == 1).then_some("a");
    World {
        name: "petal".to_owned(),
        split: true,
        members: names
            .iter()
            .zip(inside)
            .map(|(name, inside)| {
                let only = limited(name).then(|| vec!["other-*".to_owned()]);
                (
                    name.clone(),
                    Member {
                        inside: *inside,
                        only,
                    },
                )
            })
            .collect(),
        claims: match said {
            Said::ClaimedForA | Said::RecordOfAllClaimedForA => {
                [("petal".to_owned(), "a".to_owned())].into()
            }
            _ => BTreeMap::new(),
        },
        same_crate: match said {
            Said::DeclaredSame | Said::DeclaredSameRecordOfAll => {
                vec![(vec!["petal".to_owned()], names.clone())]
            }
            _ => Vec::new(),
        },
        record: match said {
            Said::RecordOfA => of(Some("a"), &["a".to_owned()].into()),
            Said::RecordOfAll | Said::RecordOfAllClaimedForA | Said::DeclaredSameRecordOfAll => {
                of(alone, &names)
            }
            _ => None,
        },
        answers: names
            .iter()
            .cloned()
            .zip(says.iter().map(|says| says.answer()))
            .collect(),
    }
}

/// All combinations of `choices`, `length` at a time.
pub(crate) fn combinations<T: Copy>(choices: &[T], length: usize) -> Vec<Vec<T>> {
    let mut all = vec![Vec::new()];
    for _ in 0..length {
        let longer = |short: &Vec<T>| {
            let short = short.clone();
            choices
                .iter()
                .map(move |choice| [short.clone(), vec![*choice]].concat())
        };
        all = all.iter().flat_map(longer).collect();
    }
    all
}

#[test]
fn the_oracle_agrees_on_all_of_the_small_world() {
    let mut worlds = 0;
    for members in 1..=NAMES.len() {
        for inside in combinations(&[true, false], members) {
            for said in ALL_SAID {
                for says in combinations(&ALL_SAYS, members) {
                    let world = small_world(said, &inside, &says);
                    let verdict = outcome(&world.verdict());
                    assert_eq!(
                        verdict,
                        oracle::decide(&world),
                        "{said:?} {inside:?} {says:?}"
                    );
                    worlds += 1;
                }
            }
        }
    }
    assert_eq!(worlds, 8 * (2 * 6 + 4 * 36 + 8 * 216));
}
