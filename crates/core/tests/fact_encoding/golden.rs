//! Golden texts of what is published, observed and recorded.

use super::{fact, registry};
use crossdock_core::checksum::Checksum;
use crossdock_core::fact::{Event, Fact, FactError, MirroredReleases, ReleaseId};
use crossdock_core::name::{CrateName, IndexName, NameKey};
use crossdock_core::ownership::Ownership;
use crossdock_core::version::Version;

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
