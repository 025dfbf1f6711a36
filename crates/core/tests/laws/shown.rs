//! Law 5, for names that several members have: what was shown stays, with its bytes.
//!
//! Tried on histories: members publish whatever they like under few versions, a
//! declaration comes and goes, a claim settles, and now and then somebody reads.

use crate::trials;
use crate::world::{bytes, registry};
use crossdock_core::entry::Entry;
use crossdock_core::merge::{Answer, Merged, Verdict, merge};
use crossdock_core::name::{CrateName, NameKey};
use crossdock_core::owner::{extended, whom_to_ask};
use crossdock_core::ownership::Ownership;
use crossdock_core::pattern::NamePattern;
use crossdock_core::policy::{Identity, Member, MemberKind, SameCrate, Side, ViewPolicy};
use crossdock_core::registry_name::RegistryName;
use crossdock_core::release::{Dependencies, Features, Release};
use crossdock_core::shown::{Shown, outlive};
use crossdock_core::version::Version;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

const MEMBERS: [&str; 3] = ["acme", "partner", "public"];
const VERSIONS: [&str; 3] = ["1.0.0", "1.1.0", "1.2.0"];

/// What happens.
#[derive(Clone, Debug)]
enum Step {
    /// A member publishes bytes under a version, unless it has the version.
    Publish(&'static str, &'static str, char),
    /// Some are declared to be one crate, or none.
    Declare(Vec<&'static str>),
    /// The name is claimed for a member, or for nobody.
    Claim(Option<&'static str>),
    /// Somebody reads the name through the view.
    Read,
}

fn step() -> impl Strategy<Value = Step> {
    let member = prop::sample::select(MEMBERS.to_vec());
    let version = prop::sample::select(VERSIONS.to_vec());
    let letter = prop::sample::select(vec!['x', 'x', 'y']);
    prop_oneof![
        4 => (member.clone(), version, letter).prop_map(|(m, v, b)| Step::Publish(m, v, b)),
        1 => prop::sample::subsequence(MEMBERS.to_vec(), 0..=3).prop_map(Step::Declare),
        1 => prop::option::of(member).prop_map(Step::Claim),
        3 => Just(Step::Read),
    ]
}

/// A view and all that was recorded of one name.
struct House {
    policy: ViewPolicy,
    have: BTreeMap<RegistryName, BTreeMap<Version, char>>,
    record: Option<Ownership>,
    shown: Shown,
}

impl House {
    fn new(sides: [Side; 3]) -> Self {
        let members = MEMBERS.iter().zip(sides).map(|(name, side)| {
            let kind = MemberKind::Mirror;
            let only = None;
            (registry(name), Member { side, kind, only })
        });
        Self {
            policy: ViewPolicy::new(registry("main"), Identity::Split, members.collect()),
            have: BTreeMap::new(),
            record: None,
            shown: Shown::default(),
        }
    }

    fn take(&mut self, step: &Step) -> Option<Verdict> {
        match step {
            Step::Publish(member, version, letter) => {
                let version = Version::parse(version).unwrap();
                let has = self.have.entry(registry(member)).or_default();
                has.entry(version).or_insert(*letter);
            }
            Step::Declare(members) => {
                let names = [NamePattern::parse("petal").unwrap()].into();
                let members = members.iter().map(|member| registry(member)).collect();
                self.policy.same_crate = vec![SameCrate { names, members }];
            }
            Step::Claim(member) => {
                let pattern = NamePattern::parse("petal").unwrap();
                let claim = member.map(|member| (pattern, registry(member)));
                self.policy.claims = claim.into_iter().collect();
            }
            Step::Read => return Some(self.read()),
        }
        None
    }

    fn answer(&self, member: &RegistryName) -> Answer {
        let Some(has) = self.have.get(member) else {
            return Answer::Absent;
        };
        let releases = has
            .iter()
            .map(|(version, letter)| release(version, *letter));
        Answer::Has(Arc::new(Entry::new(releases.collect()).unwrap()))
    }

    /// Reads the name as a server does, and records as a server does.
    fn read(&mut self) -> Verdict {
        let name: NameKey = "petal".parse().unwrap();
        let record = extended(&self.policy, &name, self.record.clone());
        let whom = whom_to_ask(&self.policy, &name, record.as_ref());
        let mut answers: BTreeMap<_, _> = BTreeMap::new();
        let mut verdict = Verdict::Absent;
        for step in [whom.first, whom.then] {
            answers.extend(
                step.into_iter()
                    .map(|member| (member.clone(), self.answer(&member))),
            );
            verdict = merge(&self.policy, &name, record.as_ref(), &answers);
            if !matches!(verdict, Verdict::Absent) {
                break;
            }
        }
        let mut shown = self.shown.clone();
        let alone = self.record.as_ref().filter(|_| record != self.record);
        if let Some(owner) = alone.and_then(Ownership::owner)
            && let Answer::Has(entry) = self.answer(owner)
        {
            shown = shown.with_all_of(owner, &entry);
        }
        for witness in shown.witnesses() {
            let answer = self.answer(&witness);
            answers.entry(witness).or_insert(answer);
        }
        let verdict = outlive(&shown, record.as_ref(), &answers, verdict);
        if let Verdict::Served(merged) = &verdict {
            self.keep(merged);
        }
        verdict
    }

    fn keep(&mut self, merged: &Merged) {
        for (version, source) in self.shown.news(merged) {
            self.shown.add(version, source);
        }
        let joined = match &self.record {
            None => Some(merged.ownership.clone()),
            Some(record) => record.joined(Some(record), &merged.ownership),
        };
        self.record = joined.or(self.record.take());
    }
}

fn release(version: &Version, letter: char) -> Release {
    Release {
        name: CrateName::parse("petal").unwrap(),
        version: version.clone(),
        dependencies: Dependencies::default(),
        features: Features::default(),
        features2: None,
        checksum: bytes(letter),
        yanked: false,
        links: None,
        rust_version: None,
        pubtime: None,
        v: None,
        unknown: Vec::new(),
    }
}

fn sides() -> impl Strategy<Value = [Side; 3]> {
    let side = prop_oneof![Just(Side::Inside), Just(Side::Outside)];
    prop::array::uniform3(side)
}

proptest! {
    #![proptest_config(trials())]

    #[test]
    fn what_was_shown_stays(sides in sides(), steps in prop::collection::vec(step(), 1..24)) {
        let mut house = House::new(sides);
        let mut served: BTreeMap<Version, _> = BTreeMap::new();
        for step in &steps {
            let Some(verdict) = house.take(step) else {
                continue;
            };
            let Verdict::Served(merged) = verdict else {
                prop_assert!(served.is_empty(), "{verdict:?} after {served:?}");
                continue;
            };
            let now: BTreeMap<_, _> = merged
                .releases
                .iter()
                .map(|(member, release)| (release.version.clone(), (member.clone(), release.checksum)))
                .collect();
            prop_assert_eq!(now.len(), merged.releases.len(), "a version is shown once");
            for (version, (_, checksum)) in &served {
                let (_, still) = now.get(version).ok_or_else(|| {
                    TestCaseError::fail(format!("{version} is gone: {now:?} after {served:?}"))
                })?;
                prop_assert_eq!(still, checksum, "other bytes under {}", version);
            }
            served.extend(now);
        }
    }

    /// Whoever reads once more sees the same, and records nothing more.
    #[test]
    fn reading_again_changes_nothing(sides in sides(), steps in prop::collection::vec(step(), 1..24)) {
        let mut house = House::new(sides);
        steps.iter().for_each(|step| drop(house.take(step)));
        let releases = |verdict: Verdict| match verdict {
            Verdict::Served(merged) => Some(merged.releases),
            _ => None,
        };
        let first = releases(house.read());
        let recorded = (house.record.clone(), house.shown.clone());
        prop_assert_eq!(releases(house.read()), first);
        prop_assert_eq!((house.record, house.shown), recorded);
    }
}

/// A declaration that is newer than the record adds, and takes nothing away.
#[test]
fn a_later_declaration_adds() {
    let mut house = House::new([Side::Outside; 3]);
    house.take(&Step::Publish("partner", "1.0.0", 'x'));
    house.take(&Step::Read);
    house.take(&Step::Publish("public", "1.0.0", 'y'));
    house.take(&Step::Publish("public", "1.1.0", 'x'));
    house.take(&Step::Declare(vec!["partner", "public"]));
    let Verdict::Served(merged) = house.read() else {
        panic!("served before, served now");
    };
    let shown: Vec<_> = merged
        .releases
        .iter()
        .map(|(member, release)| {
            (
                member.as_str(),
                release.version.to_string(),
                release.checksum,
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("partner", "1.0.0".to_owned(), bytes('x')),
            ("public", "1.1.0".to_owned(), bytes('x')),
        ]
    );
    let withheld = merged.withheld.expect("the other 1.0.0 is told");
    assert_eq!(withheld.versions.len(), 1);
}
