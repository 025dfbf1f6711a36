//! Any fact is read back as it was written, and no two are written alike.

use super::registry;
use crossdock_core::actor::Actor;
use crossdock_core::alias::{LeftAlone, Spared};
use crossdock_core::checksum::Checksum;
use crossdock_core::decision::{AcceptRemovals, AliasDecision, Decision, Snapshot};
use crossdock_core::fact::{Event, Fact, MirroredReleases, ReleaseId};
use crossdock_core::name::{CrateName, IndexName};
use crossdock_core::ownership::Ownership;
use crossdock_core::timestamp::Timestamp;
use crossdock_core::version::Version;
use proptest::prelude::*;

/// Few and colliding values: what must be told apart is two facts that differ in
/// one field only.
fn any_fact() -> impl Strategy<Value = Fact> {
    let registries = prop_oneof![Just("a"), Just("b"), Just("c-1")].prop_map(registry);
    let names = prop_oneof![Just("foo"), Just("Foo_bar"), Just("x")]
        .prop_map(|text| CrateName::parse(text).unwrap());
    let versions = prop_oneof![Just("1.0.0"), Just("1.0.0+b.7"), Just("0.1.0-rc.1")]
        .prop_map(|text| Version::parse(text).unwrap());
    let sums = any::<u8>().prop_map(|byte| Checksum::of(&[byte]));
    let actors = proptest::collection::vec(
        prop_oneof![Just("admin"), Just("team:x")].prop_map(|text| Actor::parse(text).unwrap()),
        0..3,
    );
    let members = proptest::collection::btree_set(registries.clone(), 1..4);
    let event = (
        0..15u8,
        registries,
        names,
        versions,
        (sums.clone(), sums),
        (actors, members, any::<u32>(), any::<bool>()),
    )
        .prop_map(
            |(
                kind,
                registry,
                name,
                version,
                (checksum, row),
                (owners, members, releases, settle),
            )| {
                let id = ReleaseId {
                    registry: registry.clone(),
                    name: name.key(),
                    version: version.clone(),
                };
                let first = members.first().cloned().unwrap();
                let shared = Ownership::shared(members).unwrap();
                let ownership = if settle {
                    shared.settled(first).unwrap()
                } else {
                    shared
                };
                match kind {
                    0 => Event::Published {
                        registry,
                        name,
                        version,
                        checksum,
                        row,
                    },
                    10 => Event::Rebuilt {
                        registry,
                        name,
                        version,
                        checksum,
                        row,
                    },
                    1 => Event::Yanked(id),
                    2 => Event::Unyanked(id),
                    3 => Event::OwnersChanged {
                        registry,
                        name: name.key(),
                        owners,
                    },
                    4 => Event::Observed {
                        registry,
                        name: IndexName::parse(name.index_name().as_str()).unwrap(),
                        rows: row,
                        releases,
                    },
                    6 => Event::Decided {
                        scope: registry.clone(),
                        decision: Decision::Snapshot(Snapshot {
                            name: registry,
                            epoch: releases.into(),
                        }),
                    },
                    8 => Event::Decided {
                        scope: registry,
                        decision: Decision::Alias(AliasDecision::Spared {
                            spared: Spared {
                                name: name.key(),
                                dependent: name.key(),
                                version,
                            },
                            why: LeftAlone::NoVersion,
                        }),
                    },
                    9 => Event::Decided {
                        scope: registry,
                        decision: Decision::Alias(AliasDecision::Declared {
                            name: name.key(),
                            provider: name,
                            leaves_older: releases % 2 == 0,
                        }),
                    },
                    11 => Event::Decided {
                        scope: registry,
                        decision: Decision::AcceptRemovals(AcceptRemovals {
                            names: (0..releases % 2).map(|_| name.key()).collect(),
                        }),
                    },
                    7 => Event::FaceNamed {
                        view: registry.clone(),
                        member: registry,
                        name: name.key(),
                        dependent: name.key(),
                    },
                    12 | 13 => {
                        let versions = (0..releases % 3).map(|_| version.clone()).collect();
                        let (of, name) = (registry, name.index_name());
                        let releases = MirroredReleases {
                            registry: of,
                            name,
                            versions,
                        };
                        match kind {
                            12 => Event::Vanished(releases),
                            _ => Event::Returned(releases),
                        }
                    }
                    5 => Event::OwnerRecorded {
                        view: registry,
                        name: name.key(),
                        ownership,
                    },
                    _ => Event::ConflictSettled {
                        view: registry,
                        name: name.key(),
                        ownership,
                    },
                }
            },
        );
    (event, 0..4_000_000_000i64).prop_map(|(event, seconds)| Fact {
        time: Timestamp::from_unix_seconds(seconds).unwrap(),
        actor: Actor::server(),
        event,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn decoding_gives_back_what_was_encoded(fact in any_fact()) {
        prop_assert_eq!(Fact::decode(&fact.encode()), Ok(fact));
    }

    #[test]
    fn different_facts_have_different_encodings(left in any_fact(), right in any_fact()) {
        prop_assert_eq!(left == right, left.encode() == right.encode());
    }

    #[test]
    fn any_text_is_refused_or_canonical(text in "(crossdock fact v1\n)?(kind yanked\n)?[a-z0-9 :\n-]{0,80}") {
        if let Ok(fact) = Fact::decode(&text) {
            prop_assert_eq!(fact.encode(), text);
        }
    }
}
