//! Everything that can be on record and in the settings about one name, multiplied.
//!
//! `enumeration.rs` has the rules one at a time, as tables want them; here they meet:
//! each record with each claim, each limit and each declaration. A dimension that
//! comes to the rules later is one more enum and one more line in [`rules`].
//!
//! Absent: what a member can say (`enumeration.rs`), how it is told (`rule_table.rs`).

use crate::decision_tables::ending;
use crate::enumeration::{ALL_SAYS, NAMES, Said, Says, combinations, small_world};
use crate::oracle;
use crate::verdict_text::outcome;
use crate::world::{Record, World};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// Somebody who was a member once.
const GONE: &str = "gone";

/// Whose the name is on record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum OnRecord {
    Nobody,
    A,
    All,
    AllSettledForA,
    Gone,
    AWithGone,
}

/// Whom claims give the name to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Claimed {
    Nobody,
    ForA,
    ForAByPattern,
    ForLast,
    ForLastOverPatternOfA,
}

/// Who is limited to which names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Limited {
    Nobody,
    LastToThis,
    LastToOthers,
    AToOthers,
}

/// Who was declared to have one crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Declared {
    Nobody,
    FirstTwo,
    All,
}

pub(crate) const ON_RECORD: [OnRecord; 6] = [
    OnRecord::Nobody,
    OnRecord::A,
    OnRecord::All,
    OnRecord::AllSettledForA,
    OnRecord::Gone,
    OnRecord::AWithGone,
];

pub(crate) const CLAIMED: [Claimed; 5] = [
    Claimed::Nobody,
    Claimed::ForA,
    Claimed::ForAByPattern,
    Claimed::ForLast,
    Claimed::ForLastOverPatternOfA,
];

pub(crate) const LIMITED: [Limited; 4] = [
    Limited::Nobody,
    Limited::LastToThis,
    Limited::LastToOthers,
    Limited::AToOthers,
];

const DECLARED: [Declared; 3] = [Declared::Nobody, Declared::FirstTwo, Declared::All];

/// What is on record and in the settings about the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rules {
    pub(crate) record: OnRecord,
    pub(crate) declared: Declared,
    pub(crate) claimed: Claimed,
    pub(crate) limited: Limited,
}

/// All rules that can be told apart among so many members.
pub(crate) fn rules(members: usize) -> Vec<Rules> {
    let mut all = Vec::new();
    for record in ON_RECORD {
        for declared in DECLARED {
            for claimed in CLAIMED {
                for limited in LIMITED {
                    let rules = Rules {
                        record,
                        declared,
                        claimed,
                        limited,
                    };
                    if rules.are_told_apart_among(members) {
                        all.push(rules);
                    }
                }
            }
        }
    }
    all
}

impl Rules {
    /// With one member, the last is the first and all are one; with two, the first
    /// two are all. How a claim or a limit is spelled and who is gone have nothing to
    /// do with how many members there are, so with three they are not tried again.
    fn are_told_apart_among(self, members: usize) -> bool {
        let several = members > 1;
        let spelled = matches!(
            self.claimed,
            Claimed::ForAByPattern | Claimed::ForLastOverPatternOfA
        ) || self.limited == Limited::LastToThis;
        let gone = matches!(self.record, OnRecord::Gone | OnRecord::AWithGone);
        if (spelled || gone) && members > 2 {
            return false;
        }
        let record = several || !matches!(self.record, OnRecord::All | OnRecord::AllSettledForA);
        let declared = match self.declared {
            Declared::Nobody => true,
            Declared::FirstTwo => members > 2,
            Declared::All => several,
        };
        let claimed = several
            || !matches!(
                self.claimed,
                Claimed::ForLast | Claimed::ForLastOverPatternOfA
            );
        let limited = several || self.limited != Limited::AToOthers;
        record && declared && claimed && limited
    }

    /// One world under these rules: as many members as there are sides.
    pub(crate) fn world(self, inside: &[bool], says: &[Says]) -> World {
        let mut world = small_world(Said::Nothing, inside, says);
        let names: BTreeSet<String> = world.members.keys().cloned().collect();
        let (a, last) = ("a".to_owned(), NAMES[inside.len() - 1].to_owned());
        let of = |owner: Option<&str>, members: BTreeSet<String>| {
            Some(Record {
                owner: owner.map(ToString::to_string),
                members,
            })
        };
        let set = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        world.record = match self.record {
            OnRecord::Nobody => None,
            OnRecord::A => of(Some("a"), set(&["a"])),
            OnRecord::All => of(None, names.clone()),
            OnRecord::AllSettledForA => of(Some("a"), names.clone()),
            OnRecord::Gone => of(Some(GONE), set(&[GONE])),
            OnRecord::AWithGone => of(None, set(&["a", GONE])),
        };
        let claim = |pattern: &str, member: &String| (pattern.to_owned(), member.clone());
        world.claims = match self.claimed {
            Claimed::Nobody => BTreeMap::new(),
            Claimed::ForA => BTreeMap::from([claim("petal", &a)]),
            Claimed::ForAByPattern => BTreeMap::from([claim("pe*", &a)]),
            Claimed::ForLast => BTreeMap::from([claim("petal", &last)]),
            Claimed::ForLastOverPatternOfA => {
                BTreeMap::from([claim("petal", &last), claim("petal*", &a)])
            }
        };
        let limit = match self.limited {
            Limited::Nobody => None,
            Limited::LastToThis => Some((&last, "petal")),
            Limited::LastToOthers => Some((&last, "other-*")),
            Limited::AToOthers => Some((&a, "other-*")),
        };
        if let Some((member, pattern)) = limit {
            world.members.get_mut(member).unwrap().only = Some(vec![pattern.to_owned()]);
        }
        let sharing = match self.declared {
            Declared::Nobody => None,
            Declared::FirstTwo => Some(set(&NAMES[..2])),
            Declared::All => Some(names),
        };
        world.same_crate = sharing
            .map(|sharing| (vec!["petal".to_owned()], sharing))
            .into_iter()
            .collect();
        world
    }
}

/// Rules of two members: 6 records, 2 declarations, 5 claims, 4 limits.
pub(crate) const RULES_OF_TWO: usize = 6 * 2 * 5 * 4;

/// Every world: 4 records, 3 claims and 3 limits of one member, 240 rules of two, and
/// 108 of three, each on every side and with everything that members can say.
pub(crate) const WORLDS: usize =
    4 * 3 * 3 * (2 * 6) + RULES_OF_TWO * (4 * 36) + 4 * 3 * 3 * 3 * (8 * 216);

/// How many worlds end how: one owner; several, all or some shown; 403, 404, 503.
pub(crate) type Endings = [usize; 6];

#[test]
fn the_oracle_agrees_on_every_combination_of_rules() {
    let all: Vec<(usize, Rules)> = (1..=NAMES.len())
        .flat_map(|members| {
            rules(members)
                .into_iter()
                .map(move |rules| (members, rules))
        })
        .collect();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let tried = |at: usize| -> Vec<((usize, Rules), Endings)> {
        let share = all.iter().skip(at).step_by(threads);
        share
            .map(|(members, rules)| ((*members, *rules), agreed(*members, *rules)))
            .collect()
    };
    let ends: BTreeMap<(usize, Rules), Endings> = std::thread::scope(|scope| {
        let tried = &tried;
        let shares: Vec<_> = (0..threads)
            .map(|at| scope.spawn(move || tried(at)))
            .collect();
        let shares = shares.into_iter().flat_map(|share| share.join().unwrap());
        shares.collect()
    });
    assert_eq!(ends.values().flatten().sum::<usize>(), WORLDS);
    let mut text = String::from("one owner, several all, several some, 403, 404, 503\n");
    for ((members, rules), ends) in ends {
        let _ = writeln!(text, "{members}, {rules:?}: {ends:?}");
    }
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("all_rules", text));
}

/// Tries all that so many members can say under some rules; returns how it ends.
fn agreed(members: usize, rules: Rules) -> Endings {
    let mut ends = Endings::default();
    for inside in combinations(&[true, false], members) {
        for says in combinations(&ALL_SAYS, members) {
            let world = rules.world(&inside, &says);
            let decided = outcome(&world.verdict());
            assert_eq!(
                decided,
                oracle::decide(&world),
                "{rules:?} {inside:?} {says:?}"
            );
            ends[ending(&decided)] += 1;
        }
    }
    ends
}
