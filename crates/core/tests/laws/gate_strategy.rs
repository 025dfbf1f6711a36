//! Which gates, decisions and rows the laws of gates are tried on.
//!
//! Two crates of four versions, births within a few hours of now, and decisions about
//! just those: most findings, waivers and approvals meet.

use crate::world::{bytes, registry};
use crossdock_core::actor::Actor;
use crossdock_core::address::Address;
use crossdock_core::decision::{Decision, GateDecision, Made, Words};
use crossdock_core::gate::{
    Effect, FoundLicence, Gate, Gates, Licences, MinAge, Mode, ReleaseList, ReleasePattern, Rule,
    Versions,
};
use crossdock_core::policy::{Identity, Member, MemberKind, Side, ViewPolicy};
use crossdock_core::registry_name::RegistryName;
use crossdock_core::release::{Dependency, DependencyKind, Features, Release, Target};
use crossdock_core::timestamp::Timestamp;
use crossdock_core::version::Version;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use std::collections::BTreeMap;

const NAMES: [&str; 2] = ["petal", "foo-bar"];
const VERSIONS: [&str; 4] = ["1.0.0", "1.0.1", "1.1.0-rc.1", "2.0.0"];

/// The hour around which everything happens.
pub(crate) const NOON: i64 = 1_800_000_000;

/// A hosted member, a mirror that is inside, and crates.io, with these gates.
pub(crate) fn policy(gates: Gates) -> ViewPolicy {
    let member = |side, kind| Member {
        side,
        kind,
        only: None,
    };
    let members = BTreeMap::from([
        (registry("acme"), member(Side::Inside, MemberKind::Hosted)),
        (registry("beta"), member(Side::Inside, MemberKind::Mirror)),
        (
            registry("crates-io"),
            member(Side::Outside, MemberKind::CratesIo),
        ),
    ]);
    ViewPolicy {
        gates,
        ..ViewPolicy::new(registry("main"), Identity::CratesIo, members)
    }
}

/// Hours from two days before noon to two days after it.
pub(crate) fn hour() -> impl Strategy<Value = Timestamp> {
    (-48..=48_i64).prop_map(|hours| at(NOON + hours * 3600))
}

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(seconds).unwrap()
}

/// All gates, each there or not.
pub(crate) fn gates() -> impl Strategy<Value = Gates> {
    let lists = (list(), list(), licences());
    let rules = prop::collection::vec(prop::option::weighted(0.6, rule()), 7);
    (rules, 1..48_u32, lists).prop_map(|(rules, hours, (deny, allow, licences))| {
        let age = MinAge::of_seconds(hours * 3600).unwrap();
        let with = |at: usize| rules[at].clone();
        Gates {
            min_age: with(0).map(|rule| (rule, age)),
            deny: with(1).map(|rule| (rule, deny)),
            allow: with(2).map(|rule| (rule, allow)),
            admit: with(3),
            licences: with(4).map(|rule| (rule, licences)),
            typo_squats: with(5),
            closed: with(6),
        }
    })
}

/// Sets the mode of all gates that are there.
pub(crate) fn all_in(mode: Mode, mut gates: Gates) -> Gates {
    let rules = [
        gates.min_age.as_mut().map(|(rule, _)| rule),
        gates.deny.as_mut().map(|(rule, _)| rule),
        gates.allow.as_mut().map(|(rule, _)| rule),
        gates.admit.as_mut(),
        gates.licences.as_mut().map(|(rule, _)| rule),
        gates.typo_squats.as_mut(),
        gates.closed.as_mut(),
    ];
    rules
        .into_iter()
        .flatten()
        .for_each(|rule| rule.mode = mode);
    gates
}

/// The same gates, but for one of them nothing.
pub(crate) fn only(gate: Gate, gates: &Gates) -> Gates {
    let kept = |this: Gate| this == gate;
    Gates {
        min_age: gates.min_age.clone().filter(|_| kept(Gate::MinAge)),
        deny: gates.deny.clone().filter(|_| kept(Gate::Deny)),
        allow: gates.allow.clone().filter(|_| kept(Gate::Allow)),
        admit: gates.admit.clone().filter(|_| kept(Gate::Admit)),
        licences: gates.licences.clone().filter(|_| kept(Gate::Licences)),
        typo_squats: gates.typo_squats.clone().filter(|_| kept(Gate::TypoSquats)),
        closed: gates.closed.clone().filter(|_| kept(Gate::Closed)),
    }
}

fn rule() -> impl Strategy<Value = Rule> {
    let modes = select(vec![Mode::Off, Mode::Audit, Mode::Enforce, Mode::Enforce]);
    let effects = select(vec![Effect::Yank, Effect::Block]);
    let others = subsequence(vec!["acme", "beta"], 0..=1);
    (modes, effects, others).prop_map(|(mode, effect, others)| Rule {
        mode,
        effect,
        applies_to: others.into_iter().map(registry).collect(),
    })
}

pub(crate) fn patterns() -> impl Strategy<Value = Vec<(ReleasePattern, String)>> {
    let pattern = select(vec![
        "petal",
        "petal@1.0.0",
        "pet*@^1",
        "foo_bar@<2",
        "*@>=2",
        "foo-*@1.1.0-rc.1",
    ]);
    let reason = select(vec!["a bad one", "a worse one"]);
    let entry = (pattern, reason)
        .prop_map(|(pattern, reason)| (ReleasePattern::parse(pattern).unwrap(), reason.to_owned()));
    prop::collection::vec(entry, 0..=3)
}

fn list() -> impl Strategy<Value = ReleaseList> {
    patterns().prop_map(ReleaseList::new)
}

fn licences() -> impl Strategy<Value = Licences> {
    let allowed = subsequence(vec!["MIT", "Apache-2.0"], 0..=2);
    allowed.prop_map(|allowed| {
        let mut licences = Licences::default();
        allowed
            .iter()
            .for_each(|text| licences.allow(text).unwrap());
        licences
    })
}

/// Rows of one crate, as merged.
pub(crate) fn rows() -> impl Strategy<Value = Vec<(RegistryName, Release)>> {
    let versions = subsequence(VERSIONS.to_vec(), 1..=4);
    let row = (
        select(vec!["acme", "beta", "crates-io", "crates-io"]),
        prop::option::weighted(0.8, hour()),
        prop::bool::weighted(0.2),
        prop::bool::weighted(0.3),
    );
    (
        select(NAMES.to_vec()),
        versions,
        prop::collection::vec(row, 4),
    )
        .prop_map(|(name, versions, rows)| {
            let made = versions.into_iter().zip(rows);
            made.map(|(version, (member, pubtime, yanked, out))| {
                (
                    registry(member),
                    release(name, version, pubtime, yanked, out),
                )
            })
            .collect()
        })
}

fn release(
    name: &str,
    version: &str,
    pubtime: Option<Timestamp>,
    yanked: bool,
    leads_out: bool,
) -> Release {
    let elsewhere = Address::parse("sparse+https://elsewhere.example/").unwrap();
    let dependency = |target| Dependency {
        name: "stem".to_owned(),
        req: "^1".to_owned(),
        features: Vec::new(),
        optional: false,
        default_features: true,
        platform: None,
        kind: DependencyKind::Normal,
        target,
        package: None,
        unknown: Vec::new(),
    };
    Release {
        name: name.parse().unwrap(),
        version: Version::parse(version).unwrap(),
        dependencies: match leads_out {
            true => vec![dependency(Target::Elsewhere(elsewhere))],
            false => vec![dependency(Target::Own)],
        }
        .into(),
        features: Features::new(),
        features2: None,
        checksum: bytes('x'),
        yanked,
        links: None,
        rust_version: None,
        pubtime,
        v: None,
        unknown: Vec::new(),
    }
}

/// What was decided, oldest first.
pub(crate) fn decisions() -> impl Strategy<Value = Vec<Made>> {
    prop::collection::vec(decision(), 0..=8).prop_map(|decisions| {
        let numbered = decisions.into_iter().zip(1..);
        numbered.map(|(decision, n)| made(n, decision)).collect()
    })
}

pub(crate) fn made(sequence: u64, decision: GateDecision) -> Made {
    Made {
        sequence,
        time: at(NOON - 1_000_000),
        actor: Actor::admin(),
        decision: Decision::Gate(decision),
    }
}

fn decision() -> impl Strategy<Value = GateDecision> {
    let versions = select(vec!["*", "1.0.0", "^1", "<2", "1.1.0-rc.1"])
        .prop_map(|text| Versions::parse(text).unwrap());
    let licence = select(vec![
        FoundLicence::of(Some("MIT/Apache-2.0"), None),
        FoundLicence::of(Some("GPL-3.0"), None),
        FoundLicence::File,
        FoundLicence::Nothing,
    ]);
    let name = select(NAMES.to_vec()).prop_map(|name| name.parse().unwrap());
    let version = select(VERSIONS.to_vec()).prop_map(|text| Version::parse(text).unwrap());
    (
        0..6_u8,
        name,
        version,
        versions,
        licence,
        hour(),
        select(Gate::ALL.to_vec()),
    )
        .prop_map(
            |(kind, name, version, versions, licence, until, gate)| match kind {
                0 => GateDecision::Approved { name, versions },
                1 => GateDecision::Revoked { name, versions },
                2 => GateDecision::Requested { name, version },
                3 => waived(name, version, gate, until),
                4 => GateDecision::LicenceFound {
                    name,
                    version,
                    checksum: bytes('x'),
                    licence,
                },
                _ => GateDecision::LookedAlike {
                    name,
                    like: "petals".parse().unwrap(),
                },
            },
        )
}

pub(crate) fn waived(
    name: crossdock_core::name::NameKey,
    version: Version,
    gate: Gate,
    until: Timestamp,
) -> GateDecision {
    GateDecision::Waived {
        name,
        version,
        gate,
        reason: Words::parse("looked at it").unwrap(),
        until,
    }
}
