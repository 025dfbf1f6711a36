//! The canonical encoding of facts: golden texts, and the law that one fact has
//! one encoding. The golden texts must never change: they are Merkle leaves.

#![expect(
    clippy::unwrap_used,
    reason = "a golden value that cannot be built fails the test"
)]

use crossdock_core::actor::Actor;
use crossdock_core::address::Address;
use crossdock_core::alias::{LeftAlone, Spared};
use crossdock_core::checksum::Checksum;
use crossdock_core::decision::{
    AcceptRemovals, AliasDecision, Decision, Imported, Meant, OverlayDecision, OwnerTurned, Pin,
    PolicyAdopted, Purged, Retired, Snapshot, Spelling, Words,
};
use crossdock_core::fact::{Event, Fact, FactError, MirroredReleases, ReleaseId};
use crossdock_core::name::{CrateName, IndexName, NameKey};
use crossdock_core::overlay::Patch;
use crossdock_core::ownership::Ownership;
use crossdock_core::policy::Side;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::rewrite::Route;
use crossdock_core::shown::Source;
use crossdock_core::timestamp::Timestamp;
use crossdock_core::version::Version;
use proptest::prelude::*;

fn fact(event: Event) -> Fact {
    Fact {
        time: Timestamp::parse("2026-11-21T10:00:09Z").unwrap(),
        actor: Actor::admin(),
        event,
    }
}

fn registry(text: &str) -> RegistryName {
    RegistryName::parse(text).unwrap()
}

#[test]
fn golden_published() {
    let published = fact(Event::Published {
        registry: registry("acme"),
        name: CrateName::parse("Foo_Bar").unwrap(),
        version: Version::parse("1.0.3+7").unwrap(),
        checksum: Checksum::of(b""),
        row: Checksum::of(b"row"),
    });
    assert_eq!(
        published.encode(),
        "crossdock fact v1\nkind published\ntime 2026-11-21T10:00:09Z\nactor admin\nregistry acme\n\
         name Foo_Bar\nversion 1.0.3+7\n\
         checksum e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n\
         row 634768dae1474506e4bf7d341890542b09987d7e6aea5d446c02e37581a56954\n"
    );
}

#[test]
fn golden_rebuilt() {
    let rebuilt = fact(Event::Rebuilt {
        registry: registry("lab"),
        name: CrateName::parse("Foo_Bar").unwrap(),
        version: Version::parse("1.0.3").unwrap(),
        checksum: Checksum::of(b""),
        row: Checksum::of(b"row"),
    });
    assert_eq!(
        rebuilt.encode(),
        "crossdock fact v1\nkind rebuilt\ntime 2026-11-21T10:00:09Z\nactor admin\nregistry lab\n\
         name Foo_Bar\nversion 1.0.3\n\
         checksum e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n\
         row 634768dae1474506e4bf7d341890542b09987d7e6aea5d446c02e37581a56954\n"
    );
    assert_eq!(Fact::decode(&rebuilt.encode()), Ok(rebuilt));
}

#[test]
fn golden_vanished() {
    let releases = MirroredReleases {
        registry: registry("crates-io"),
        name: IndexName::parse("petal_rs").unwrap(),
        versions: ["1.0.3+7", "1.1.0"]
            .map(|text| Version::parse(text).unwrap())
            .into(),
    };
    let told = |kind: &str| {
        format!(
            "crossdock fact v1\nkind {kind}\ntime 2026-11-21T10:00:09Z\nactor admin\n\
             registry crates-io\nname petal_rs\nversion 1.0.3+7\nversion 1.1.0\n"
        )
    };
    let vanished = fact(Event::Vanished(releases.clone()));
    assert_eq!(vanished.encode(), told("vanished"));
    assert_eq!(Fact::decode(&told("vanished")).unwrap(), vanished);
    let returned = fact(Event::Returned(releases));
    assert_eq!(returned.encode(), told("returned"));
}

#[test]
fn golden_shared_owner() {
    let ownership = Ownership::shared([registry("b"), registry("a")].into()).unwrap();
    let name: NameKey = "petal".parse().unwrap();
    let recorded = fact(Event::OwnerRecorded {
        view: registry("main"),
        name,
        ownership,
    });
    assert_eq!(
        recorded.encode(),
        "crossdock fact v1\nkind owner-recorded\ntime 2026-11-21T10:00:09Z\nactor admin\nview main\nname petal\nmember a\nmember b\n"
    );
}

#[test]
fn golden_decision() {
    let decided = fact(Event::Decided {
        scope: registry("main"),
        decision: Decision::Snapshot(Snapshot {
            name: registry("spring"),
            epoch: 17,
        }),
    });
    assert_eq!(
        decided.encode(),
        "crossdock fact v1\nkind snapshot\ntime 2026-11-21T10:00:09Z\nactor admin\nscope main\nname spring\nepoch 17\n"
    );
}

#[test]
fn golden_aliases() {
    let alias = |decision| {
        let scope = registry("main");
        let decision = Decision::Alias(decision);
        fact(Event::Decided { scope, decision }).encode()
    };
    let head = |kind: &str| {
        format!(
            "crossdock fact v1\nkind alias-{kind}\ntime 2026-11-21T10:00:09Z\nactor admin\nscope main\nname rand-hc128\n"
        )
    };
    let name: NameKey = "rand_hc128".parse().unwrap();
    assert_eq!(
        alias(AliasDecision::Declared {
            name: name.clone(),
            provider: CrateName::parse("Hc128").unwrap(),
            leaves_older: true,
        }),
        head("declared") + "provider Hc128\nleaves-older true\n"
    );
    assert_eq!(
        alias(AliasDecision::Withdrawn {
            name: name.clone(),
            leaves_older: false,
        }),
        head("withdrawn") + "leaves-older false\n"
    );
    let spared = alias(AliasDecision::Spared {
        spared: Spared {
            name,
            dependent: "rand".parse().unwrap(),
            version: Version::parse("0.6.0").unwrap(),
        },
        why: LeftAlone::NamesBoth,
    });
    assert_eq!(
        spared,
        head("spared") + "dependent rand\nversion 0.6.0\nwhy names-both\n"
    );
    assert!(Fact::decode(&spared).is_ok());
}

#[test]
fn golden_pins() {
    let pinned = |pin: Pin| {
        let text = fact(Event::Decided {
            scope: registry("main"),
            decision: Decision::Pin(pin),
        })
        .encode();
        assert!(Fact::decode(&text).is_ok(), "{text}");
        let rest = text.split_once("scope main\n").unwrap().1.to_owned();
        rest.replace('\n', "; ")
    };
    let name = || "petal".parse::<NameKey>().unwrap();
    let elsewhere = || Address::parse("sparse+https://else.example/").unwrap();
    for (meant, route, text) in [
        (
            Meant::Registry(registry("lab")),
            Route::Registry(registry("lab")),
            "name petal; registry lab; route registry lab; ",
        ),
        (
            Meant::Registry(registry("lab")),
            Route::Face(registry("lab")),
            "name petal; registry lab; route face lab; ",
        ),
        (
            Meant::Registry(registry("lab")),
            Route::CratesIo,
            "name petal; registry lab; route crates-io; ",
        ),
        (
            Meant::Elsewhere(elsewhere()),
            Route::Elsewhere(elsewhere()),
            "name petal; address sparse+https://else.example/; route address sparse+https://else.example/; ",
        ),
        (
            Meant::Elsewhere(elsewhere()),
            Route::View,
            "name petal; address sparse+https://else.example/; route view; ",
        ),
    ] {
        let name = name();
        assert_eq!(pinned(Pin::Route { name, meant, route }), text);
    }
    let (member, side) = (registry("lab"), Side::Inside);
    assert_eq!(
        pinned(Pin::Side { member, side }),
        "member lab; side inside; "
    );
    assert_eq!(pinned(Pin::Spelling(Spelling::View)), "spelling view; ");
}

#[test]
fn golden_imports() {
    let imported = fact(Event::Decided {
        scope: registry("acme"),
        decision: Decision::Imported(Imported {
            name: "rand_hc128".parse().unwrap(),
            version: Version::parse("0.3.2").unwrap(),
            checksum: Checksum::of(b"copy"),
            from: registry("crates-io"),
            original: CrateName::parse("Hc128").unwrap(),
            original_checksum: Checksum::of(b"original"),
        }),
    });
    let (copy, original) = (Checksum::of(b"copy"), Checksum::of(b"original"));
    assert_eq!(
        imported.encode(),
        format!(
            "crossdock fact v1\nkind imported\ntime 2026-11-21T10:00:09Z\nactor admin\nscope acme\n\
             name rand-hc128\nversion 0.3.2\nchecksum {copy}\nfrom crates-io\noriginal Hc128\noriginal-checksum {original}\n"
        )
    );
    assert_eq!(Fact::decode(&imported.encode()), Ok(imported));
}

#[test]
fn golden_overlays() {
    let overlay = |decision| {
        let scope = registry("main");
        let decision = Decision::Overlay(decision);
        let fact = fact(Event::Decided { scope, decision });
        assert_eq!(Fact::decode(&fact.encode()), Ok(fact.clone()));
        let encoding = fact.encode();
        encoding[encoding.find("\nname").unwrap()..].to_owned()
    };
    let name: NameKey = "petal".parse().unwrap();
    let version = |text: &str| Version::parse(text).unwrap();
    let patched = overlay(OverlayDecision::Patched {
        name: name.clone(),
        patch: Patch {
            overlay: registry("acme"),
            version: version("1.2.4+acme.1"),
        },
        base: version("1.2.4"),
    });
    assert_eq!(
        patched,
        "\nname petal\noverlay acme\nversion 1.2.4+acme.1\nbase 1.2.4\n"
    );
    let accepted = overlay(OverlayDecision::Accepted {
        name: name.clone(),
        version: version("1.3.0"),
        later: true,
    });
    assert_eq!(accepted, "\nname petal\nversion 1.3.0\nlater true\n");
    let onto = version("1.3.0");
    let rebased = overlay(OverlayDecision::Rebased { name, onto });
    assert_eq!(rebased, "\nname petal\nonto 1.3.0\n");
}

#[test]
fn golden_owners_by_command() {
    let turned = OwnerTurned {
        name: "petal".parse().unwrap(),
        from: registry("acme"),
        to: registry("apps"),
    };
    let petal = || "petal".parse().unwrap();
    let (zero, version) = (Checksum::of(b""), Version::parse("1.0.0+b.7").unwrap());
    let sum = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let scope = || registry("main");
    let decided = |decision| Event::Decided {
        scope: scope(),
        decision,
    };
    let heir = Ownership::sole(registry("acme")).transferred(&registry("acme"), registry("apps"));
    let source = Source {
        member: registry("acme"),
        checksum: zero,
    };
    let purged = Purged {
        name: petal(),
        version: version.clone(),
        checksum: zero,
        reason: Words::parse("court order 7").unwrap(),
    };
    let retired = Retired {
        registry: registry("partner"),
    };
    for (event, lines) in [
        (
            decided(Decision::Transferred(turned.clone())),
            "kind transferred\n…scope main\nname petal\nfrom acme\nto apps\n".to_owned(),
        ),
        (
            decided(Decision::Reassigned(turned)),
            "kind reassigned\n…scope main\nname petal\nfrom acme\nto apps\n".to_owned(),
        ),
        (
            decided(Decision::Policy(PolicyAdopted { text: zero })),
            format!("kind policy\n…scope main\npolicy {sum}\n"),
        ),
        (
            decided(Decision::Retired(retired)),
            "kind retired\n…scope main\nregistry partner\n".to_owned(),
        ),
        (
            decided(Decision::Purged(purged)),
            format!(
                "kind purged\n…scope main\nname petal\nversion 1.0.0+b.7\nchecksum {sum}\n\
                 reason court order 7\n"
            ),
        ),
        (
            Event::VersionsShown {
                view: scope(),
                name: petal(),
                releases: vec![(version, source)],
            },
            format!("kind versions-shown\n…view main\nname petal\nrelease 1.0.0+b.7 {sum} acme\n"),
        ),
        (
            Event::ConflictSettled {
                view: scope(),
                name: petal(),
                ownership: heir.unwrap(),
            },
            "kind conflict-settled\n…view main\nname petal\nowner apps\nmember acme\n\
             member apps\nheir apps\n"
                .to_owned(),
        ),
    ] {
        let fact = fact(event);
        let when = "time 2026-11-21T10:00:09Z\nactor admin\n";
        let text = format!("crossdock fact v1\n{}", lines.replace('…', when));
        assert_eq!(fact.encode(), text);
        assert_eq!(Fact::decode(&text), Ok(fact));
        let more = format!("{text}heir acme\n");
        assert!(Fact::decode(&more).is_err(), "{more}");
    }
}

#[test]
fn near_misses_are_refused() {
    let good = fact(Event::Yanked(ReleaseId {
        registry: registry("acme"),
        name: "foo".parse().unwrap(),
        version: Version::parse("1.0.0").unwrap(),
    }))
    .encode();
    assert!(Fact::decode(&good).is_ok());
    for bad in [
        good.replace("v1", "v2"),
        good.replace("name foo", "name Foo"),
        good.replace("kind yanked", "kind burnt"),
        good.trim_end().to_owned(),
        format!("{good}\n"),
        format!("{good}note x\n"),
        good.replace("version 1.0.0", "version 1.0"),
        good.replace("\n", "\r\n"),
        String::new(),
    ] {
        assert!(Fact::decode(&bad).is_err(), "{bad:?}");
    }
    assert_eq!(Fact::decode("hello"), Err(FactError::Version));
}

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
        0..14u8,
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
