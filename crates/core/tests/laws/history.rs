//! Law 5, for what a mirror keeps: history never shrinks and never changes.
//!
//! Tried on upstreams that forget versions, exchange bytes, change dependencies,
//! features and links, fill in what was absent, and write everything in another order.

use crate::trials;
use crate::upstream_rows::{Row, plain, rows};
use crate::world::registry;
use crossdock_core::history::{Alarm, Keep, Kept, continue_history};
use crossdock_core::name::CrateName;
use crossdock_core::release::{Dependency, DependencyKind, Features, Target};
use crossdock_core::version::Version;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// What is kept, in the rows themselves.
fn continued(old: &[Row], new: &[Row]) -> (Vec<Row>, Vec<Alarm>) {
    let releases = |rows: &[Row]| rows.iter().map(Row::release).collect::<Vec<_>>();
    let (old_releases, new_releases) = (releases(old), releases(new));
    let (kept, alarms) = continue_history(
        &old_releases.iter().collect::<Vec<_>>(),
        &new_releases.iter().collect::<Vec<_>>(),
    );
    let rows = kept.into_iter().map(|Kept { row, yanked }| match row {
        Keep::Old(at) => Row {
            yanked,
            ..old[at].clone()
        },
        Keep::New(at) => Row {
            yanked,
            ..new[at].clone()
        },
    });
    (rows.collect(), alarms)
}

fn by_version(rows: &[Row]) -> BTreeMap<&str, &Row> {
    rows.iter().map(|row| (row.version, row)).collect()
}

/// Tells whether a row lacks a value that another one had, or has another value.
fn takes_back(before: &Row, now: &Row) -> bool {
    let pairs = before.once_there().into_iter().zip(now.once_there());
    pairs
        .into_iter()
        .any(|((_, before), (_, now))| before.is_some_and(|before| now != Some(before)))
}

/// The fields that changed, in other words than the code's.
fn changed(old: &Row, new: &Row) -> Vec<&'static str> {
    let (old_fixed, new_fixed) = (old.unchanging(), new.unchanging());
    let mut changed = Vec::new();
    if old_fixed.0 != new_fixed.0 {
        changed.push("name");
    }
    if old_fixed.2 != new_fixed.2 {
        changed.push("dependencies");
    }
    if old_fixed.3 != new_fixed.3 {
        changed.push("features");
    }
    for ((field, before), (_, now)) in old.once_there().into_iter().zip(new.once_there()) {
        if before.is_some_and(|before| now != Some(before)) {
            changed.push(field);
        }
    }
    changed
}

fn version_of(alarm: &Alarm) -> String {
    match alarm {
        Alarm::Vanished(version) | Alarm::OtherBytes(version) | Alarm::OtherRow(version, _) => {
            version.to_string()
        }
    }
}

proptest! {
    #![proptest_config(trials())]

    #[test]
    fn history_never_shrinks_or_changes(old in rows(), new in rows()) {
        let (kept, alarms) = continued(&old, &new);
        let (kept, shown) = (by_version(&kept), by_version(&new));
        let alarmed: Vec<String> = alarms.iter().map(version_of).collect();
        for row in &old {
            let now = kept.get(row.version).expect("kept for ever");
            prop_assert_eq!(now.unchanging(), row.unchanging());
            prop_assert!(!takes_back(row, now));
            // Refused is exactly what contradicts; the rest of the new row is taken.
            let contradicts = shown.get(row.version).is_none_or(|new| {
                new.unchanging() != row.unchanging() || takes_back(row, new)
            });
            prop_assert_eq!(contradicts, alarmed.contains(&row.version.to_owned()));
            // A yank is followed even in a row that is refused.
            prop_assert_eq!(now.yanked, shown.get(row.version).unwrap_or(&row).yanked);
            if !contradicts {
                prop_assert_eq!(format!("{now:?}"), format!("{:?}", shown[row.version]));
            }
        }
        for row in &new {
            prop_assert!(kept.contains_key(row.version));
        }
        prop_assert_eq!(kept.len(), {
            let mut all: Vec<_> = old.iter().chain(&new).map(|row| row.version).collect();
            all.sort_unstable();
            all.dedup();
            all.len()
        });
    }

    #[test]
    fn alarms_say_what_happened(old in rows(), new in rows()) {
        let (_, alarms) = continued(&old, &new);
        let (before, shown) = (by_version(&old), by_version(&new));
        for alarm in &alarms {
            let version = version_of(alarm);
            let (old, new) = (before[version.as_str()], shown.get(version.as_str()));
            let expected = match new {
                None => Alarm::Vanished(Version::parse(&version).unwrap()),
                Some(new) if new.bytes != old.bytes => Alarm::OtherBytes(Version::parse(&version).unwrap()),
                Some(new) => Alarm::OtherRow(Version::parse(&version).unwrap(), changed(old, new)),
            };
            prop_assert_eq!(alarm, &expected);
        }
    }

    #[test]
    fn seeing_the_same_again_changes_nothing(old in rows(), new in rows()) {
        let (once, alarms) = continued(&old, &new);
        let (twice, again) = continued(&once, &new);
        prop_assert_eq!(format!("{once:?}"), format!("{twice:?}"));
        // Who contradicts himself still does.
        prop_assert_eq!(alarms, again);
        let (kept, silent) = continued(&once, &once);
        prop_assert_eq!(format!("{once:?}"), format!("{kept:?}"));
        prop_assert!(silent.is_empty());
    }

    #[test]
    fn the_order_of_rows_decides_nothing(
        (old, new, old_again, new_again) in (rows(), rows()).prop_flat_map(|(old, new)| {
            let shuffled = (Just(old.clone()).prop_shuffle(), Just(new.clone()).prop_shuffle());
            (Just(old), Just(new), shuffled).prop_map(|(old, new, (a, b))| (old, new, a, b))
        })
    ) {
        let (left, mut left_alarms) = continued(&old, &new);
        let (right, mut right_alarms) = continued(&old_again, &new_again);
        prop_assert_eq!(format!("{left:?}"), format!("{right:?}"));
        left_alarms.sort_by_key(version_of);
        right_alarms.sort_by_key(version_of);
        prop_assert_eq!(left_alarms, right_alarms);
    }

    /// However often an upstream changes its mind, what was first stays.
    #[test]
    fn the_first_row_of_a_version_outlives_all_later_ones(shows in prop::collection::vec(rows(), 1..6)) {
        let (mut kept, mut first) = (Vec::new(), BTreeMap::new());
        for new in &shows {
            kept = continued(&kept, new).0;
            for row in new {
                first.entry(row.version).or_insert(row);
            }
        }
        let versions: Vec<_> = kept.iter().map(|row| row.version).collect();
        prop_assert_eq!(versions, first.keys().copied().collect::<Vec<_>>());
        for row in &kept {
            prop_assert_eq!(row.unchanging(), first[row.version].unchanging());
        }
    }
}

/// Where a dependency leads is a part of the row.
#[test]
fn another_target_is_another_row() {
    let row = Row {
        dependencies: vec![("stem", "1")],
        ..plain("1.0.0")
    };
    let old = row.release();
    let (the_old, yanked) = (Keep::Old(0), false);
    let the_old = Kept {
        row: the_old,
        yanked,
    };
    for change in [
        |dependency: &mut Dependency| dependency.target = Target::Registry(registry("beta")),
        |dependency: &mut Dependency| dependency.kind = DependencyKind::Build,
        |dependency: &mut Dependency| dependency.platform = Some("cfg(unix)".to_owned()),
        |dependency: &mut Dependency| dependency.optional = true,
        |dependency: &mut Dependency| dependency.default_features = false,
        |dependency: &mut Dependency| dependency.package = CrateName::parse("other").ok(),
        |dependency: &mut Dependency| dependency.features = vec!["a".to_owned()],
    ] {
        let mut new = row.release();
        change(&mut new.dependencies[0]);
        let (kept, alarms) = continue_history(&[&old], &[&new]);
        assert_eq!(kept, [the_old]);
        let changed = Alarm::OtherRow(old.version.clone(), vec!["dependencies"]);
        assert_eq!(alarms, [changed]);
    }
}

/// A feature in `features` is not hidden by one of the same name in `features2`.
#[test]
fn both_places_of_features_count() {
    let with = |old: &str, new: &str| {
        let features =
            |value: &str| -> Features { [("full".to_owned(), vec![value.to_owned()])].into() };
        let mut release = plain("1.0.0").release();
        release.features = features(old);
        release.features2 = Some(features(new));
        release
    };
    let (old, new) = (with("a", "dep:b"), with("c", "dep:b"));
    let (kept, _) = continue_history(&[&old], &[&new]);
    assert_eq!(kept[0].row, Keep::Old(0));
}

/// The words that reach a log name the version and what was done about it.
#[test]
fn alarms_in_words() {
    let version = || Version::parse("1.0.0").unwrap();
    for (alarm, words) in [
        (
            Alarm::Vanished(version()),
            "1.0.0 vanished; the kept row stays",
        ),
        (
            Alarm::OtherBytes(version()),
            "1.0.0 has another checksum than before; the first stays",
        ),
        (
            Alarm::OtherRow(version(), vec!["features", "pubtime"]),
            "1.0.0 changed its features, pubtime; the first row stays",
        ),
    ] {
        assert_eq!(alarm.to_string(), words);
    }
}
