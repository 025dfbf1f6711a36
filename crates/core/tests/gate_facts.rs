//! Decisions about gates as facts: one encoding each, read back as they were.

#![expect(
    clippy::unwrap_used,
    reason = "a fact that cannot be built fails the test"
)]

use crossdock_core::actor::Actor;
use crossdock_core::checksum::Checksum;
use crossdock_core::decision::{Decision, GateDecision, Words};
use crossdock_core::fact::{Event, Fact};
use crossdock_core::gate::{FoundLicence, Gate, Versions};
use crossdock_core::name::NameKey;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::timestamp::Timestamp;
use crossdock_core::version::Version;

fn encoded(decision: GateDecision) -> String {
    let fact = Fact {
        time: Timestamp::parse("2026-11-21T10:00:09Z").unwrap(),
        actor: Actor::admin(),
        event: Event::Decided {
            scope: RegistryName::parse("main").unwrap(),
            decision: Decision::Gate(decision),
        },
    };
    let text = fact.encode();
    assert_eq!(Fact::decode(&text).unwrap(), fact);
    let head = "time 2026-11-21T10:00:09Z\nactor admin\nscope main\n";
    text.strip_prefix("crossdock fact v1\n")
        .unwrap()
        .replace(head, "")
}

fn name() -> NameKey {
    "foo-bar".parse().unwrap()
}

fn version() -> Version {
    Version::parse("1.2.3-rc.1+b").unwrap()
}

#[test]
fn approvals_and_requests() {
    for (versions, written) in [
        ("*", "*"),
        ("1.2.3", "1.2.3"),
        ("1.2", "^1.2"),
        (">=1,<2", ">=1, <2"),
    ] {
        let versions = Versions::parse(versions).unwrap();
        let name = name();
        let approved = GateDecision::Approved { name, versions };
        let text = format!("kind approved\nname foo-bar\nversions {written}\n");
        assert_eq!(encoded(approved), text);
    }
    let (versions, version) = (Versions::All, version());
    assert_eq!(
        encoded(GateDecision::Revoked {
            name: name(),
            versions
        }),
        "kind approval-revoked\nname foo-bar\nversions *\n"
    );
    assert_eq!(
        encoded(GateDecision::Requested {
            name: name(),
            version
        }),
        "kind approval-requested\nname foo-bar\nversion 1.2.3-rc.1+b\n"
    );
}

#[test]
fn waivers() {
    let waived = GateDecision::Waived {
        name: name(),
        version: version(),
        gate: Gate::MinAge,
        reason: Words::parse("a fix we need today").unwrap(),
        until: Timestamp::parse("2026-11-24T10:00:00Z").unwrap(),
    };
    assert_eq!(
        encoded(waived),
        "kind waived\nname foo-bar\nversion 1.2.3-rc.1+b\ngate min-age\n\
         reason a fix we need today\nuntil 2026-11-24T10:00:00Z\n"
    );
}

#[test]
fn findings() {
    let checksum = Checksum::of(b"");
    for (licence, written) in [
        (
            FoundLicence::of(Some("MIT"), None),
            "expression\nlicence MIT",
        ),
        (FoundLicence::File, "file"),
        (FoundLicence::Nothing, "nothing"),
        (FoundLicence::Unreadable, "unreadable"),
    ] {
        let found = GateDecision::LicenceFound {
            name: name(),
            version: version(),
            checksum,
            licence,
        };
        let text = format!(
            "kind licence-found\nname foo-bar\nversion 1.2.3-rc.1+b\nchecksum {checksum}\nfound {written}\n"
        );
        assert_eq!(encoded(found), text);
    }
    let like = "foo-baz".parse().unwrap();
    assert_eq!(
        encoded(GateDecision::LookedAlike { name: name(), like }),
        "kind looked-alike\nname foo-bar\nlike foo-baz\n"
    );
}
