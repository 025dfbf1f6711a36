//! Aliases: a row says another package where it named the aliased one, and nothing
//! else of it changes; what would not build is left alone.

use crate::trials;
use crossdock_core::alias::{self, AliasRules, LeftAlone, Provider};
use crossdock_core::checksum::Checksum;
use crossdock_core::name::{CrateName, NameKey};
use crossdock_core::registry_name::RegistryName;
use crossdock_core::release::{Dependency, DependencyKind, Release, Target};
use crossdock_core::version::Version;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

fn name(text: &str) -> CrateName {
    CrateName::parse(text).unwrap()
}

fn registry(text: &str) -> RegistryName {
    RegistryName::parse(text).unwrap()
}

fn release(of: &str, version: &str, dependencies: Vec<Dependency>) -> Release {
    Release {
        name: name(of),
        version: Version::parse(version).unwrap(),
        dependencies: dependencies.into(),
        features: [("std".to_owned(), vec!["rand_hc128?/std".to_owned()])].into(),
        features2: None,
        checksum: Checksum::of(of.as_bytes()),
        yanked: false,
        links: None,
        rust_version: None,
        pubtime: None,
        v: None,
        unknown: Vec::new(),
    }
}

/// Few names, so that rows name an alias and its provider, two aliases of one
/// provider, and one crate twice.
fn dependency() -> impl Strategy<Value = Dependency> {
    let krates = prop::sample::select(vec!["rand_hc128", "Rand-HC128", "old_hc", "hc128", "log"]);
    let names = prop::option::of(prop::sample::select(vec!["rng", "hc128", "rand_hc128"]));
    let reqs = prop::sample::select(vec!["^1", "^1.2", "=2.0.0", "*", "not one"]);
    let features = prop::sample::subsequence(vec!["std", "default", "absent"], 0..2);
    let kinds = prop::sample::select(vec![
        DependencyKind::Normal,
        DependencyKind::Build,
        DependencyKind::Dev,
    ]);
    let targets = prop::sample::select(vec![Target::Own, Target::Registry(registry("partner"))]);
    let platforms = prop::option::of(Just("cfg(unix)".to_owned()));
    (
        krates,
        names,
        reqs,
        features,
        kinds,
        targets,
        platforms,
        any::<bool>(),
    )
        .prop_map(
            |(krate, renamed, req, features, kind, target, platform, optional)| Dependency {
                name: renamed.unwrap_or(krate).to_owned(),
                req: req.to_owned(),
                features: features.into_iter().map(str::to_owned).collect(),
                optional,
                default_features: true,
                platform,
                kind,
                target,
                package: renamed.map(|_| name(krate)),
                unknown: Vec::new(),
            },
        )
}

fn row() -> impl Strategy<Value = Release> {
    let of = prop::sample::select(vec!["rand", "hc128", "rand_hc128"]);
    (of, prop::collection::vec(dependency(), 0..5))
        .prop_map(|(of, dependencies)| release(of, "1.0.0", dependencies))
}

fn providers() -> impl Strategy<Value = BTreeMap<NameKey, Provider>> {
    let versions = prop::sample::subsequence(vec!["1.0.0", "1.3.0", "2.0.0"], 0..3);
    let aliases = prop::sample::subsequence(vec!["rand_hc128", "old_hc"], 0..=2);
    (aliases, versions).prop_map(|(aliases, versions)| {
        let releases = versions
            .iter()
            .map(|version| release("hc128", version, Vec::new()));
        let provider = Provider {
            name: name("hc128"),
            target: Target::Registry(registry("acme")),
            releases: releases.collect(),
            is_out_of_reach: false,
        };
        aliases
            .into_iter()
            .map(|alias| (name(alias).key(), provider.clone()))
            .collect()
    })
}

/// Another registry's crate of an aliased name is another crate.
fn is_meant(dependency: &Dependency) -> bool {
    dependency.target != Target::Registry(registry("partner"))
}

/// The crates that cargo would link, by the names that code has for them.
fn called(release: &Release) -> BTreeMap<NameKey, BTreeSet<String>> {
    let mut called: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for dependency in &release.dependencies {
        if dependency.kind != DependencyKind::Dev {
            let krate = dependency.crate_name().unwrap().key();
            called
                .entry(krate)
                .or_default()
                .insert(dependency.name.clone());
        }
    }
    called
}

proptest! {
    #![proptest_config(trials())]

    #[test]
    fn nothing_but_the_package_of_a_dependency_changes(row in row(), providers in providers()) {
        let shown = alias::apply(&row, &providers, &is_meant).release;
        let mut restored = shown.clone();
        for (after, before) in restored.dependencies.iter_mut().zip(&row.dependencies) {
            prop_assert_eq!(&after.name, &before.name, "code uses the name");
            let key = before.crate_name().unwrap().key();
            if after != before {
                prop_assert!(providers.contains_key(&key) && is_meant(before));
                prop_assert_ne!(before.kind, DependencyKind::Dev);
                prop_assert_eq!(after.crate_name().unwrap(), providers[&key].name.clone());
                prop_assert_eq!(&after.target, &providers[&key].target);
            }
            after.package = before.package.clone();
            after.target = before.target.clone();
        }
        prop_assert_eq!(restored, row);
    }

    #[test]
    fn what_is_applied_once_is_applied(row in row(), providers in providers()) {
        let once = alias::apply(&row, &providers, &is_meant);
        let twice = alias::apply(&once.release, &providers, &is_meant);
        prop_assert_eq!(once, twice);
    }

    /// Either all that a row means by an aliased name is rewritten, or nothing is and
    /// there is a reason.
    #[test]
    fn a_name_is_rewritten_whole_or_left_alone_for_a_reason(row in row(), providers in providers()) {
        let shown = alias::apply(&row, &providers, &is_meant);
        for key in providers.keys() {
            let meant = |release: &Release| {
                alias::on(release, key).filter(|dependency| is_meant(dependency)).count()
            };
            match shown.left_alone.get(key) {
                Some(_) => prop_assert_eq!(meant(&shown.release), meant(&row)),
                None => prop_assert_eq!(meant(&shown.release), 0),
            }
            prop_assert!(!shown.left_alone.contains_key(key) || meant(&row) > 0);
        }
    }

    /// cargo refuses a row with two names for one crate; no alias makes one.
    #[test]
    fn a_row_that_names_both_stays_as_it_is(row in row(), providers in providers()) {
        let shown = alias::apply(&row, &providers, &is_meant);
        let (before, after) = (called(&row), called(&shown.release));
        let hc128 = name("hc128").key();
        if before.contains_key(&hc128) {
            prop_assert_eq!(&shown.release, &row);
        }
        let as_one = before.iter().filter(|(key, _)| **key == hc128 || providers.contains_key(*key));
        let most = as_one.map(|(_, names)| names.len()).max().unwrap_or_default();
        prop_assert!(after.get(&hc128).is_none_or(|names| names.len() <= most));
        if row.name.key() == hc128 {
            prop_assert!(shown.left_alone.values().all(|why| *why == LeftAlone::Itself));
            prop_assert_eq!(shown.release, row);
        }
    }

    #[test]
    fn without_aliases_rows_are_what_they_are(row in row()) {
        let shown = alias::apply(&row, &BTreeMap::new(), &is_meant);
        prop_assert_eq!(shown.release, row);
        prop_assert!(shown.left_alone.is_empty());
    }

    /// The order in which a file lists aliases decides neither what they are nor
    /// whether there is a fault.
    #[test]
    fn the_order_of_aliases_decides_nothing(
        lines in prop::collection::btree_map("[abc]", "[abcdef]", 0..4)
            .prop_flat_map(|lines| {
                let lines: Vec<_> = lines.into_iter().collect();
                (Just(lines.clone()), Just(lines).prop_shuffle())
            })
    ) {
        let declared = |lines: &[(String, String)]| {
            let mut rules = AliasRules::default();
            let outcome: Result<Vec<()>, _> = lines
                .iter()
                .map(|(alias, provider)| rules.declare(&name(alias), name(provider)))
                .collect();
            outcome.map(|_| rules).ok()
        };
        prop_assert_eq!(declared(&lines.0), declared(&lines.1));
    }
}
