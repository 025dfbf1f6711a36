//! In which order releases are sent: what others need goes before them.
//!
//! A pure function, so that two runs over the same releases send the same, whatever
//! order a folder was read in. Dev-dependencies count for nothing: cargo ignores them
//! in dependencies, and they are the ones that go round in circles.
//!
//! Absent: reading what a release needs.

use crossdock_core::name::{CrateName, NameKey};
use crossdock_core::release::DependencyKind;
use crossdock_core::version::Version;
use crossdock_wire::manifest::Manifest;
use semver::VersionReq;
use std::collections::{BTreeMap, BTreeSet};

/// A release and what it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needs {
    /// The crate.
    pub name: NameKey,
    /// Its version.
    pub version: Version,
    /// What it is built with, by requirement.
    pub needs: Vec<(NameKey, VersionReq)>,
}

impl Needs {
    /// Reads them from a manifest.
    pub fn of(manifest: &Manifest) -> Self {
        let dependencies = manifest.dependencies.iter();
        let built_with = dependencies.filter(|it| it.kind != DependencyKind::Dev);
        Self {
            name: manifest.name.key(),
            version: manifest.version.clone(),
            needs: built_with
                .map(|it| needed(it.crate_name(), &it.req))
                .collect(),
        }
    }
}

/// Reads a requirement; what cannot be read may mean any version.
pub fn needed(name: &CrateName, requirement: &str) -> (NameKey, VersionReq) {
    let requirement = VersionReq::parse(requirement).unwrap_or(VersionReq::STAR);
    (name.key(), requirement)
}

/// Orders releases: returns their positions in `releases`, needed ones first, else by
/// name and version.
///
/// A circle, which an index may hold, is sent in one piece, by name and version.
pub fn order(releases: &[Needs]) -> Vec<usize> {
    let needs = needs_of(releases);
    let circles = circles(&needs);
    let rank = |at: &usize| (&releases[*at].name, &releases[*at].version, *at);
    let mut members = vec![Vec::new(); releases.len()];
    for (at, circle) in circles.iter().enumerate() {
        members[*circle].push(at);
    }
    for members in &mut members {
        members.sort_by_key(rank);
    }
    let (mut dependents, mut waits_for) = (vec![BTreeSet::new(); releases.len()], Vec::new());
    for (circle, members) in members.iter().enumerate() {
        let needed = members.iter().flat_map(|at| &needs[*at]);
        let needed: BTreeSet<_> = needed.map(|at| circles[*at]).collect();
        let others: Vec<_> = needed
            .into_iter()
            .filter(|other| *other != circle)
            .collect();
        waits_for.push(others.len());
        for other in others {
            dependents[other].insert(circle);
        }
    }
    let first = |circle: usize| members[circle].first().map(|at| (rank(at), circle));
    let mut ready: BTreeSet<_> = (0..members.len())
        .filter(|circle| waits_for[*circle] == 0)
        .filter_map(first)
        .collect();
    let mut ordered = Vec::with_capacity(releases.len());
    while let Some((_, next)) = ready.pop_first() {
        ordered.extend(&members[next]);
        for dependent in &dependents[next] {
            waits_for[*dependent] -= 1;
            if waits_for[*dependent] == 0 {
                ready.extend(first(*dependent));
            }
        }
    }
    ordered
}

/// For each release, the others it needs.
fn needs_of(releases: &[Needs]) -> Vec<Vec<usize>> {
    let mut by_name: BTreeMap<&NameKey, Vec<usize>> = BTreeMap::new();
    for (at, release) in releases.iter().enumerate() {
        by_name.entry(&release.name).or_default().push(at);
    }
    let needs = releases.iter().enumerate().map(|(dependent, release)| {
        let of_name = |(name, requirement): &(NameKey, VersionReq)| {
            let there = by_name.get(name).into_iter().flatten().copied();
            let meant = there.filter(|at| requirement.matches(releases[*at].version.as_semver()));
            meant.filter(|at| *at != dependent).collect::<Vec<_>>()
        };
        release.needs.iter().flat_map(of_name).collect()
    });
    needs.collect()
}

/// Gives each release a number that it shares with those it goes in circles with
/// (Kosaraju's algorithm; without recursion, since an index may be long).
fn circles(needs: &[Vec<usize>]) -> Vec<usize> {
    let mut finished = Vec::with_capacity(needs.len());
    let mut seen = vec![false; needs.len()];
    for start in 0..needs.len() {
        let mut path = match seen[start] {
            true => continue,
            false => vec![(start, 0)],
        };
        while let Some((at, tried)) = path.pop() {
            seen[at] = true;
            match needs[at][tried..].iter().position(|next| !seen[*next]) {
                Some(found) => {
                    path.push((at, tried + found + 1));
                    path.push((needs[at][tried + found], 0));
                }
                None => finished.push(at),
            }
        }
    }
    let mut dependents = vec![Vec::new(); needs.len()];
    for (at, needed) in needs.iter().enumerate() {
        needed
            .iter()
            .for_each(|needed| dependents[*needed].push(at));
    }
    let mut circles = vec![usize::MAX; needs.len()];
    for start in finished.into_iter().rev() {
        let mut reached = vec![start];
        while let Some(at) = reached.pop() {
            if circles[at] == usize::MAX {
                circles[at] = start;
                reached.extend(&dependents[at]);
            }
        }
    }
    circles
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NAMES: [&str; 4] = ["a", "b", "C_c", "c-c"];

    fn release(name: &str, version: u64, needs: &[(&str, u64)]) -> Needs {
        let name = CrateName::parse(name).unwrap();
        Needs {
            name: name.key(),
            version: Version::parse(&format!("{version}.0.0")).unwrap(),
            needs: needs
                .iter()
                .map(|(name, major)| needed(&CrateName::parse(name).unwrap(), &format!("^{major}")))
                .collect(),
        }
    }

    fn releases() -> impl Strategy<Value = Vec<Needs>> {
        let needs = prop::collection::vec((0..NAMES.len(), 1..4_u64), 0..4);
        let one = (0..NAMES.len(), 1..4_u64, needs).prop_map(|(name, version, needs)| {
            let needs: Vec<_> = needs.iter().map(|(at, it)| (NAMES[*at], *it)).collect();
            release(NAMES[name], version, &needs)
        });
        prop::collection::vec(one, 0..12)
    }

    fn reaches(releases: &[Needs], from: usize, to: usize, seen: &mut BTreeSet<usize>) -> bool {
        (0..releases.len()).any(|next| {
            let needs = &releases[from].needs;
            let direct = next != from
                && needs.iter().any(|(name, requirement)| {
                    *name == releases[next].name
                        && requirement.matches(releases[next].version.as_semver())
                });
            direct && (next == to || seen.insert(next) && reaches(releases, next, to, seen))
        })
    }

    proptest! {
        #[test]
        fn all_are_sent_once_and_needed_ones_first(releases in releases()) {
            let order = order(&releases);
            let mut sorted = order.clone();
            sorted.sort_unstable();
            prop_assert_eq!(sorted, (0..releases.len()).collect::<Vec<_>>());
            let place = |at: usize| order.iter().position(|it| *it == at).unwrap();
            for one in 0..releases.len() {
                for other in 0..releases.len() {
                    let needs = reaches(&releases, one, other, &mut BTreeSet::new());
                    let needed = reaches(&releases, other, one, &mut BTreeSet::new());
                    if needs && !needed {
                        prop_assert!(place(other) < place(one));
                    }
                }
            }
        }

        #[test]
        fn the_order_of_a_folder_decides_nothing(releases in releases(), turn in 0..12_usize) {
            let mut turned = releases.clone();
            turned.rotate_left(turn % releases.len().max(1));
            let named = |all: &[Needs]| {
                order(all)
                    .iter()
                    .map(|at| (all[*at].name.clone(), all[*at].version.clone()))
                    .collect::<Vec<_>>()
            };
            prop_assume!(distinct(&releases));
            prop_assert_eq!(named(&releases), named(&turned));
        }
    }

    fn distinct(releases: &[Needs]) -> bool {
        let ids: BTreeSet<_> = releases.iter().map(|it| (&it.name, &it.version)).collect();
        ids.len() == releases.len()
    }

    #[test]
    fn a_circle_is_broken_where_it_always_is() {
        let circle = [
            release("b", 1, &[("a", 1)]),
            release("a", 1, &[("b", 1)]),
            release("c", 1, &[("a", 1), ("b", 1)]),
        ];
        assert_eq!(order(&circle), [1, 0, 2]);
    }
}
