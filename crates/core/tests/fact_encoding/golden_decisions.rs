//! Golden texts of what is decided by command.

use super::{fact, registry};
use crossdock_core::address::Address;
use crossdock_core::alias::{LeftAlone, Spared};
use crossdock_core::checksum::Checksum;
use crossdock_core::decision::{
    AliasDecision, Decision, Imported, Meant, OverlayDecision, OwnerTurned, Pin, PolicyAdopted,
    Purged, Retired, Snapshot, Spelling, Words,
};
use crossdock_core::fact::{Event, Fact};
use crossdock_core::name::{CrateName, NameKey};
use crossdock_core::overlay::Patch;
use crossdock_core::ownership::Ownership;
use crossdock_core::policy::Side;
use crossdock_core::rewrite::Route;
use crossdock_core::shown::Source;
use crossdock_core::version::Version;

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
