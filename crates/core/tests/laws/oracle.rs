//! The same decisions again, naively: written from the rules, not from the code.
//!
//! It reads worlds as strings and answers in strings. Silence is decided by brute
//! force: whatever a silent member might have said is tried, and only what comes out
//! the same every time is an answer. Absent: speed.

use crate::world::{Answer, Record, Release, World};
use std::collections::{BTreeMap, BTreeSet};

/// Members by version, with the letter of the bytes each has.
pub(crate) type Bytes = BTreeMap<String, BTreeMap<String, char>>;

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outcome {
    Absent,
    Undecided,
    Refused {
        among: BTreeSet<String>,
        over: Bytes,
    },
    Shown(Shown),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Shown {
    pub(crate) rule: &'static str,
    pub(crate) owner: Option<String>,
    pub(crate) owners: BTreeSet<String>,
    /// Version to the member it is taken from, its bytes, and whether it is yanked.
    pub(crate) releases: BTreeMap<String, (String, char, bool)>,
    pub(crate) withheld: Bytes,
    pub(crate) differing: BTreeMap<String, BTreeSet<String>>,
}

/// What the view answers for the name.
pub(crate) fn decide(world: &World) -> Outcome {
    let silent = world
        .answers
        .iter()
        .find(|(_, answer)| **answer == Answer::Silent);
    let Some((silent, _)) = silent else {
        return certain(world);
    };
    let mut outcomes = possible_answers(world)
        .into_iter()
        .map(|answer| decide(&world.with(silent, answer)));
    let first = outcomes.next().expect("absence is always possible");
    if outcomes.all(|outcome| outcome == first) {
        first
    } else {
        Outcome::Undecided
    }
}

/// What somebody who is silent might have: nothing, what others have, something else.
fn possible_answers(world: &World) -> Vec<Answer> {
    let unheard_of = Release {
        spelling: world.name.clone(),
        bytes: 'z',
        yanked: false,
        stem_of: None,
        rewritten: false,
    };
    let something_else = BTreeMap::from([("9.0.0".to_owned(), unheard_of)]);
    let mut answers = vec![Answer::Absent, Answer::Has(something_else)];
    for answer in world.answers.values() {
        if matches!(answer, Answer::Has(_)) && !answers.contains(answer) {
            answers.push(answer.clone());
        }
    }
    answers
}

fn certain(world: &World) -> Outcome {
    let claim = claim(world);
    let inside = |member: &String| world.members.get(member).is_some_and(|m| m.inside);
    let sole = |member: String| BTreeSet::from([member]);
    match (&world.record, claim) {
        (
            Some(Record {
                owner: Some(owner),
                members,
            }),
            _,
        ) => speak(
            world,
            "record",
            Some(owner.clone()),
            members,
            sole(owner.clone()),
        ),
        (
            Some(Record {
                owner: None,
                members,
            }),
            Some(claimed),
        ) if members.contains(&claimed) => speak(
            world,
            "claim settles",
            Some(claimed.clone()),
            members,
            sole(claimed),
        ),
        (
            Some(Record {
                owner: None,
                members,
            }),
            _,
        ) => {
            let private = members.iter().any(inside) && !declared_one(world, members);
            let is_outside = |member: &String| world.members.get(member).is_some_and(|m| !m.inside);
            let heard = members
                .iter()
                .filter(|member| !(private && is_outside(member)));
            speak(world, "record", None, members, heard.cloned().collect())
        }
        (None, Some(claimed)) => speak(
            world,
            "claim",
            Some(claimed.clone()),
            &sole(claimed.clone()),
            sole(claimed),
        ),
        (None, None) => by_holding(world),
    }
}

/// Nothing says whose the name is: who has it, inside before outside.
fn by_holding(world: &World) -> Outcome {
    for (rank, rule) in [(true, "only inside"), (false, "only outside")] {
        let holders: BTreeSet<String> = world
            .members
            .keys()
            .filter(|member| world.members[*member].inside == rank)
            .filter(|member| may_have(world, member))
            .filter(|member| matches!(world.answers[*member], Answer::Has(_)))
            .cloned()
            .collect();
        if holders.is_empty() {
            continue;
        }
        let owners: BTreeSet<String> = if declared_one(world, &holders) {
            let all = holders
                .iter()
                .flat_map(|holder| declared_with(world, holder));
            all.filter(|member| may_have(world, member)).collect()
        } else {
            holders
        };
        let owner = match owners.len() {
            1 => owners.first().cloned(),
            _ => None,
        };
        return speak(world, rule, owner, &owners, owners.clone());
    }
    Outcome::Absent
}

/// Lets `heard` speak for the name, each with what it has.
fn speak(
    world: &World,
    rule: &'static str,
    owner: Option<String>,
    owners: &BTreeSet<String>,
    heard: BTreeSet<String>,
) -> Outcome {
    let mut said: BTreeMap<&String, &BTreeMap<String, Release>> = BTreeMap::new();
    for member in &heard {
        match world.answers.get(member) {
            Some(Answer::Has(releases)) => drop(said.insert(member, releases)),
            Some(Answer::Absent) => {}
            // It left the view, so nobody can ask it.
            Some(Answer::Silent) | None => return Outcome::Undecided,
        }
    }
    if said.is_empty() {
        return Outcome::Absent;
    }
    let united = heard.len() > 1 && declared_one(world, &heard);
    // Of several on record who are not one by declaration, one alone has anything left.
    let owner = match said.keys().next() {
        Some(only) if heard.len() > 1 && said.len() == 1 && !united => Some((*only).clone()),
        _ => owner,
    };
    let heard = match (&owner, heard.len() > 1) {
        (Some(owner), true) => BTreeSet::from([owner.clone()]),
        _ => heard.clone(),
    };
    let versions: BTreeSet<&String> = said.values().flat_map(|releases| releases.keys()).collect();
    let (mut shown, mut withheld, mut differing) = (BTreeMap::new(), Bytes::new(), BTreeMap::new());
    for version in versions {
        let have: Vec<(&String, &Release)> = said
            .iter()
            .filter_map(|(member, releases)| Some((*member, releases.get(version)?)))
            .collect();
        let one_crate = have
            .iter()
            .all(|(_, release)| release.bytes == have[0].1.bytes);
        let everybody = have.len() == heard.len();
        if !(one_crate && (united || everybody)) {
            let bytes = have
                .iter()
                .map(|(member, release)| ((*member).clone(), release.bytes));
            withheld.insert(version.clone(), bytes.collect());
            continue;
        }
        let yanked = have.iter().any(|(_, release)| release.yanked);
        let first_by_name = have[0].0.clone();
        shown.insert(version.clone(), (first_by_name, have[0].1.bytes, yanked));
        let texts: BTreeSet<_> = have
            .iter()
            .map(|(member, release)| text(world, member, release))
            .collect();
        if texts.len() > 1 {
            differing.insert(
                version.clone(),
                have.iter().map(|(member, _)| (*member).clone()).collect(),
            );
        }
    }
    if shown.is_empty() {
        return Outcome::Refused {
            among: heard,
            over: withheld,
        };
    }
    let rule = match heard.len() {
        1 => rule,
        _ if united => "same crate",
        _ => "agreed",
    };
    Outcome::Shown(Shown {
        rule,
        owner,
        owners: owners.clone(),
        releases: shown,
        withheld,
        differing,
    })
}

/// What cargo would read in a row, targets said absolutely.
fn text(world: &World, member: &str, release: &Release) -> String {
    let stem = match release.stem_of.as_deref() {
        None => "nothing".to_owned(),
        Some("own") => format!("stem of {member}"),
        Some("crates-io") if !world.members.contains_key("crates-io") => {
            "stem of crates.io".to_owned()
        }
        Some(other) => format!("stem of {other}"),
    };
    format!(
        "{} needs {stem}, yanked: {}",
        release.spelling, release.yanked
    )
}

/// The most specific claim: exact before longest pattern.
fn claim(world: &World) -> Option<String> {
    let matching = world
        .claims
        .iter()
        .filter(|(pattern, _)| matches(pattern, &world.name));
    let specific = |pattern: &str| (!pattern.ends_with('*'), pattern.len());
    let best = matching.max_by_key(|(pattern, _)| specific(pattern))?;
    Some(best.1.clone())
}

fn may_have(world: &World, member: &str) -> bool {
    let Some(member) = world.members.get(member) else {
        return false;
    };
    match &member.only {
        None => true,
        Some(only) => only.iter().any(|pattern| matches(pattern, &world.name)),
    }
}

fn declared_one(world: &World, members: &BTreeSet<String>) -> bool {
    members.iter().all(|left| {
        let one = declared_with(world, left);
        members.iter().all(|right| one.contains(right))
    })
}

/// All that are one crate with a member's, through any chain of declarations.
fn declared_with(world: &World, member: &str) -> BTreeSet<String> {
    let mut one = BTreeSet::from([member.to_owned()]);
    // A chain is at most as long as there are declarations.
    for _ in 0..=world.same_crate.len() {
        for (names, members) in &world.same_crate {
            let touches = members.iter().any(|member| one.contains(member));
            if touches && names.iter().any(|pattern| matches(pattern, &world.name)) {
                one.extend(members.iter().cloned());
            }
        }
    }
    one
}

fn matches(pattern: &str, name: &str) -> bool {
    let plain = |text: &str| text.to_lowercase().replace('_', "-");
    match pattern.strip_suffix('*') {
        Some(prefix) => plain(name).starts_with(&plain(prefix)),
        None => plain(name) == plain(pattern),
    }
}
