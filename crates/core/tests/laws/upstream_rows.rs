//! Rows as an upstream shows them: few versions, mostly the same, each now and then
//! with one thing changed or with everything written in another way.

use crate::world::bytes;
use crossdock_core::name::CrateName;
use crossdock_core::release::{Dependency, DependencyKind, Features, Release, Target};
use crossdock_core::timestamp::Timestamp;
use crossdock_core::version::Version;
use proptest::prelude::*;
use proptest::sample::subsequence;

/// A row as this law sees it: what must not change, and what may.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) version: &'static str,
    pub(crate) name: &'static str,
    pub(crate) bytes: char,
    /// Names and requirements of the dependencies.
    pub(crate) dependencies: Vec<(&'static str, &'static str)>,
    pub(crate) features: Vec<&'static str>,
    pub(crate) links: Option<&'static str>,
    pub(crate) yanked: bool,
    pub(crate) dated: bool,
    pub(crate) rewritten: bool,
}

pub(crate) fn rows() -> impl Strategy<Value = Vec<Row>> {
    let versions = subsequence(vec!["1.0.0", "1.0.1", "1.0.1+b", "2.0.0"], 0..=4);
    (versions, prop::collection::vec(row(), 4)).prop_map(|(versions, rows)| {
        let rows = versions.into_iter().zip(rows);
        rows.map(|(version, row)| Row { version, ..row }).collect()
    })
}

/// Rows mostly agree with what was there before, so that one change at a time shows.
fn row() -> impl Strategy<Value = Row> {
    let mostly =
        |usual: &'static str, other: &'static str| prop_oneof![5 => Just(usual), 1 => Just(other)];
    let dependencies = prop_oneof![
        5 => Just(vec![("stem", "^1"), ("leaf", "1")]),
        1 => Just(vec![("stem", "^1.1"), ("leaf", "1")]),
        1 => Just(vec![("stem", "^1")]),
    ];
    let features = prop_oneof![5 => Just(vec!["a", "b"]), 1 => Just(vec!["a"])];
    let links = prop_oneof![3 => Just(None), 3 => Just(Some("z")), 1 => Just(Some("y"))];
    let bytes = prop_oneof![6 => Just('x'), 1 => Just('y')];
    (
        mostly("petal", "Petal"),
        bytes,
        dependencies,
        features,
        links,
        any::<(bool, bool, bool)>(),
    )
        .prop_map(
            |(name, bytes, dependencies, features, links, (yanked, dated, rewritten))| Row {
                version: "",
                name,
                bytes,
                dependencies,
                features,
                links,
                yanked,
                dated,
                rewritten,
            },
        )
}

impl Row {
    pub(crate) fn release(&self) -> Release {
        let mut dependencies: Vec<Dependency> = self
            .dependencies
            .iter()
            .map(|d| self.dependency(d))
            .collect();
        let mut enabled: Vec<String> = self.features.iter().map(ToString::to_string).collect();
        if self.rewritten {
            dependencies.reverse();
            enabled.reverse();
        }
        let features: Features = [("full".to_owned(), enabled)].into();
        Release {
            name: CrateName::parse(self.name).unwrap(),
            version: Version::parse(self.version).unwrap(),
            dependencies,
            // `features2` is a part of the features, wherever an upstream puts them.
            features: if self.rewritten {
                Features::new()
            } else {
                features.clone()
            },
            features2: self.rewritten.then_some(features),
            checksum: bytes(self.bytes),
            yanked: self.yanked,
            links: self.links.map(ToString::to_string),
            rust_version: self.dated.then(|| "1.60".to_owned()),
            pubtime: self
                .dated
                .then(|| Timestamp::parse("2026-11-21T10:00:09Z").unwrap()),
            v: self.rewritten.then_some(2),
            unknown: Vec::new(),
        }
    }

    fn dependency(&self, (name, req): &(&str, &str)) -> Dependency {
        let plain = req.trim_start_matches('^');
        Dependency {
            name: (*name).to_owned(),
            // `1` and `^1` are one requirement.
            req: if self.rewritten {
                plain.to_owned()
            } else {
                format!("^{plain}")
            },
            features: Vec::new(),
            optional: false,
            default_features: true,
            platform: None,
            kind: DependencyKind::Normal,
            target: Target::Own,
            package: None,
            unknown: if self.dated {
                vec![("public".to_owned(), "true".into())]
            } else {
                Vec::new()
            },
        }
    }

    /// What must stay the same, in other words than the code's.
    pub(crate) fn unchanging(&self) -> (&str, char, Vec<(&str, &str)>, &[&str]) {
        let dependencies = self
            .dependencies
            .iter()
            .map(|(name, req)| (*name, req.trim_start_matches('^')));
        (
            self.name,
            self.bytes,
            dependencies.collect(),
            &self.features,
        )
    }
}
