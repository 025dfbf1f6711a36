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
    pub(crate) rust: Option<&'static str>,
    pub(crate) pubtime: Option<&'static str>,
    pub(crate) yanked: bool,
    /// Whether a dependency has a field that is not known here.
    pub(crate) public: bool,
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
    let maybe = |usual: &'static str, other: &'static str| prop_oneof![4 => Just(None), 4 => Just(Some(usual)), 1 => Just(Some(other))];
    let fields = (
        maybe("z", "y"),
        maybe("1.60", "1.70"),
        maybe("2026-11-21T10:00:09Z", "2026-11-22T10:00:09Z"),
    );
    let bytes = prop_oneof![6 => Just('x'), 1 => Just('y')];
    (
        mostly("petal", "Petal"),
        bytes,
        dependencies,
        features,
        fields,
        any::<(bool, bool, bool)>(),
    )
        .prop_map(
            |(name, bytes, dependencies, features, fields, (yanked, public, rewritten))| Row {
                name,
                bytes,
                dependencies,
                features,
                links: fields.0,
                rust: fields.1,
                pubtime: fields.2,
                yanked,
                public,
                rewritten,
                ..plain("")
            },
        )
}

/// A row of which nothing is said but its version.
pub(crate) fn plain(version: &'static str) -> Row {
    Row {
        version,
        name: "petal",
        bytes: 'x',
        dependencies: Vec::new(),
        features: Vec::new(),
        links: None,
        rust: None,
        pubtime: None,
        yanked: false,
        public: false,
        rewritten: false,
    }
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
            dependencies: dependencies.into(),
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
            rust_version: self.rust.map(ToString::to_string),
            pubtime: self.pubtime.map(|text| Timestamp::parse(text).unwrap()),
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
            unknown: if self.public {
                vec![("public".to_owned(), "true".into())]
            } else {
                Vec::new()
            },
        }
    }

    /// What may appear, and then stays.
    pub(crate) fn once_there(&self) -> [(&'static str, Option<&'static str>); 3] {
        [
            ("links", self.links),
            ("rust_version", self.rust),
            ("pubtime", self.pubtime),
        ]
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
