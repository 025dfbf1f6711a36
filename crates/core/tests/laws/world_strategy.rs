//! Which worlds the laws are tried on: small ones, so that things collide.
//!
//! Three members, few versions, two kinds of bytes, names that are one crate in
//! several spellings. Settings that the settings file refuses (two spellings of one
//! claim) are not made; settings that it only warns of, such as a claim against the
//! record or a record of somebody who left, are.

use crate::world::{Answer, Member, Record, Release, World, set};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use std::collections::{BTreeMap, BTreeSet};

const MEMBERS: [&str; 3] = ["acme", "beta", "crates-io"];
const PATTERNS: [&str; 6] = ["petal", "Pet*", "pe*", "foo_bar", "foo-*", "*"];

/// Each row: one crate in the spellings that people use for it.
const SPELLINGS: [[&str; 3]; 2] = [
    ["petal", "Petal", "PETAL"],
    ["foo-bar", "foo_bar", "Foo-Bar"],
];

/// Any world, records, claims, declarations and limits included.
pub(crate) fn world() -> impl Strategy<Value = World> {
    let name = (select(&SPELLINGS), 0..3_usize);
    let answers = (prop::collection::vec(answer(), MEMBERS.len()), twins());
    let settings = (members(), claims(), same_crate(), any::<bool>());
    (name, settings, record(), answers).prop_map(
        |((spellings, asked_as), settings, record, (mut answers, twins))| {
            let (members, claims, same_crate, split) = settings;
            if let Some((left, right)) = twins {
                answers[right] = answers[left].clone();
            }
            let said = answers.into_iter().map(|answer| answer.spelled(&spellings));
            let said = MEMBERS.iter().map(ToString::to_string).zip(said);
            World {
                name: spellings[asked_as].to_owned(),
                // Without crates.io there is nothing that the identity could name.
                split: split || !members.contains_key("crates-io"),
                answers: said
                    .filter(|(name, _)| members.contains_key(name))
                    .collect(),
                members,
                claims,
                same_crate,
                record,
            }
        },
    )
}

/// A world, one of its members, and what that member might have said for certain.
pub(crate) fn world_and_answer() -> impl Strategy<Value = (World, String, Answer)> {
    let answer = prop_oneof![1 => Just(Answer::Absent), 3 => has()];
    (world(), any::<prop::sample::Index>(), answer).prop_map(|(world, whose, answer)| {
        let members: Vec<_> = world.members.keys().cloned().collect();
        let answer = answer.spelled(&spellings_of(&world));
        (world, whose.get(&members).clone(), answer)
    })
}

/// A world that nothing was said or recorded about: only what members have decides.
pub(crate) fn bare_world() -> impl Strategy<Value = World> {
    world().prop_map(|world| World {
        claims: BTreeMap::new(),
        same_crate: Vec::new(),
        record: None,
        ..world
    })
}

/// Two members that say the same: agreement is rare among strangers.
fn twins() -> impl Strategy<Value = Option<(usize, usize)>> {
    prop_oneof![
        6 => Just(None),
        4 => (0..MEMBERS.len(), 0..MEMBERS.len()).prop_map(Some),
    ]
}

fn members() -> impl Strategy<Value = BTreeMap<String, Member>> {
    // One member is a view too, but two and three are where things happen.
    let names = prop_oneof![
        1 => subsequence(MEMBERS.to_vec(), 1),
        4 => subsequence(MEMBERS.to_vec(), 2),
        5 => subsequence(MEMBERS.to_vec(), 3),
    ];
    let limits = prop_oneof![
        8 => Just(None),
        1 => Just(Some(vec!["petal".to_owned()])),
        1 => Just(Some(vec!["foo-*".to_owned(), "stem".to_owned()])),
    ];
    let member = (any::<bool>(), limits);
    (names, prop::collection::vec(member, MEMBERS.len())).prop_map(|(names, members)| {
        let members = members
            .into_iter()
            .map(|(inside, only)| Member { inside, only });
        names
            .into_iter()
            .map(ToString::to_string)
            .zip(members)
            .collect()
    })
}

fn claims() -> impl Strategy<Value = BTreeMap<String, String>> {
    let owned = |names: &'static [&'static str]| select(names).prop_map(ToString::to_string);
    prop_oneof![
        6 => Just(BTreeMap::new()),
        4 => prop::collection::btree_map(owned(&PATTERNS), owned(&MEMBERS), 1..=2),
    ]
}

fn same_crate() -> impl Strategy<Value = Vec<(Vec<String>, BTreeSet<String>)>> {
    let names = subsequence(PATTERNS.to_vec(), 1..=2);
    let members = subsequence(vec!["acme", "beta", "crates-io", "gone"], 2..=3);
    let declared = (names, members).prop_map(|(names, members)| {
        let names = names.into_iter().map(ToString::to_string);
        (names.collect(), set(&members))
    });
    prop_oneof![
        5 => Just(Vec::new()),
        5 => prop::collection::vec(declared, 1..=2),
    ]
}

fn record() -> impl Strategy<Value = Option<Record>> {
    // Somebody on record may have left the view since.
    let members = prop_oneof![
        4 => subsequence(MEMBERS.to_vec(), 1..=3),
        1 => subsequence(vec!["acme", "beta", "gone"], 1..=3),
    ];
    let record = (members, any::<prop::sample::Index>(), any::<bool>());
    prop_oneof![
        5 => Just(None),
        5 => record.prop_map(|(members, owner, settled)| {
            let alone = members.len() == 1;
            Some(Record {
                owner: (settled || alone).then(|| owner.get(&members).to_string()),
                members: set(&members),
            })
        }),
    ]
}

fn answer() -> impl Strategy<Value = Answer> {
    prop_oneof![
        3 => Just(Answer::Absent),
        2 => Just(Answer::Silent),
        7 => has(),
    ]
}

/// Spellings of the crate that a world is about.
pub(crate) fn spellings_of(world: &World) -> [&'static str; 3] {
    let mine = SPELLINGS
        .iter()
        .find(|spellings| spellings.contains(&world.name.as_str()));
    *mine.unwrap()
}

fn has() -> impl Strategy<Value = Answer> {
    // Metadata and a pre-release are other versions, and few versions meet often.
    let versions = subsequence(vec!["1.0.0", "1.0.1", "1.0.1+b", "2.0.0-rc.1"], 1..=3);
    let releases = prop::collection::vec(release(), 4);
    (versions, releases).prop_map(|(versions, releases)| {
        let versions = versions.into_iter().map(ToString::to_string);
        Answer::Has(versions.zip(releases).collect())
    })
}

/// A release whose spelling is still a number.
fn release() -> impl Strategy<Value = Release> {
    // One spelling mostly: the other ones are another crate's mistake.
    let spelling = select(vec!["0", "0", "0", "0", "0", "0", "0", "1", "2"]);
    let stem_of = select(vec![
        None,
        None,
        None,
        Some("own"),
        Some("crates-io"),
        Some("acme"),
    ]);
    let bytes = select(vec!['x', 'x', 'x', 'y']);
    let yanked = prop::bool::weighted(0.15);
    (spelling, bytes, yanked, stem_of, any::<bool>()).prop_map(
        |(spelling, bytes, yanked, stem_of, rewritten)| Release {
            spelling: spelling.to_owned(),
            bytes,
            yanked,
            stem_of: stem_of.map(ToString::to_string),
            rewritten,
        },
    )
}

impl Answer {
    /// Puts spellings in the place of their numbers.
    fn spelled(mut self, spellings: &[&str; 3]) -> Self {
        if let Self::Has(releases) = &mut self {
            for release in releases.values_mut() {
                let number: usize = release.spelling.parse().unwrap();
                release.spelling = spellings[number].to_owned();
            }
        }
        self
    }
}
