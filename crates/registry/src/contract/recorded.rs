//! What views record: whose a name is, and which faces their rows lead to.

use super::subject::{Subject, key, publish_to, record_owner, registry, shared, sole};
use crate::ports::{AppendError, Applied, Change};
use crossdock_core::name::NameKey;
use crossdock_core::ownership::Ownership;

async fn of_view(subject: &Subject, view: &str) -> Vec<(NameKey, Ownership)> {
    let read = subject.ledger.ownerships(&registry(view)).await;
    read.expect("records can be read")
}

fn settle(krate: &str, ownership: Ownership) -> Change {
    Change::SettleConflict {
        view: registry("main"),
        name: key(krate),
        ownership,
    }
}

pub(super) async fn the_first_owner_stands(subject: &Subject) {
    let both = shared(&["acme", "partner"]);
    let first = subject.done(record_owner("petal", both.clone())).await;
    assert!(matches!(first, Applied::Fact { sequence: 1, .. }));
    for later in [both.clone(), sole("acme"), sole("public")] {
        let stands = subject.done(record_owner("petal", later)).await;
        assert_eq!(stands, Applied::Stands(both.clone()));
    }
    subject.done(record_owner("bloom", sole("acme"))).await;
    let elsewhere = Change::RecordOwner {
        view: registry("other"),
        name: key("petal"),
        ownership: sole("public"),
    };
    subject.done(elsewhere).await;
    let sorted = [(key("bloom"), sole("acme")), (key("petal"), both)];
    assert_eq!(of_view(subject, "main").await, sorted);
    let other = [(key("petal"), sole("public"))];
    assert_eq!(of_view(subject, "other").await, other);
    assert_eq!(subject.facts().await.len(), 3);
}

pub(super) async fn a_settled_conflict_replaces_the_record(subject: &Subject) {
    let both = shared(&["acme", "partner"]);
    let settled = both.clone().settled(registry("partner"));
    let settled = settled.expect("partner shares it");
    subject.done(record_owner("petal", both)).await;
    let done = subject.done(settle("petal", settled.clone())).await;
    assert!(matches!(done, Applied::Fact { sequence: 2, .. }));
    let again = subject.done(settle("petal", settled.clone())).await;
    assert_eq!(again, Applied::Unchanged);
    let stands = subject.done(record_owner("petal", sole("acme"))).await;
    assert_eq!(stands, Applied::Stands(settled.clone()));
    let unrecorded = subject.done(settle("rose", sole("acme"))).await;
    assert!(matches!(unrecorded, Applied::Fact { sequence: 3, .. }));
    let sorted = [(key("petal"), settled), (key("rose"), sole("acme"))];
    assert_eq!(of_view(subject, "main").await, sorted);
}

pub(super) async fn a_name_is_taken_only_by_an_owner_on_record(subject: &Subject) {
    let take = |krate: &str, by: &str| Change::TakeName {
        view: registry("main"),
        name: key(krate),
        registry: registry(by),
        ownership: sole(by),
    };
    let taken = subject.done(take("bloom", "acme")).await;
    assert!(matches!(taken, Applied::Fact { sequence: 1, .. }));
    let both = shared(&["acme", "partner"]);
    subject.done(record_owner("petal", both.clone())).await;
    let stands = subject.done(take("petal", "acme")).await;
    assert_eq!(stands, Applied::Stands(both.clone()));
    let refused = [publish_to("apps", "petal", "1.0.0"), take("petal", "apps")];
    let refused = subject.append(refused).await;
    let Err(AppendError::NameOwned { view, ownership }) = refused else {
        unreachable!("apps took a name of acme and partner: {refused:?}");
    };
    assert_eq!((view, ownership), (registry("main"), both.clone()));
    let published = subject
        .ledger
        .hosted(&registry("apps"), &key("petal"))
        .await;
    assert!(published.expect("crates can be read").is_none());
    let sorted = [(key("bloom"), sole("acme")), (key("petal"), both)];
    assert_eq!(of_view(subject, "main").await, sorted);
    assert_eq!(subject.facts().await.len(), 2);
}

pub(super) async fn the_first_evidence_for_a_face_stands(subject: &Subject) {
    let face = |member: &str, krate: &str, dependent: &str| Change::NameFace {
        view: registry("main"),
        member: registry(member),
        name: key(krate),
        dependent: key(dependent),
    };
    let first = subject.done(face("public", "petal", "bloom")).await;
    assert!(matches!(first, Applied::Fact { .. }));
    let later = subject.done(face("public", "petal", "rose")).await;
    assert_eq!(later, Applied::Unchanged);
    subject.done(face("public", "leaf", "rose")).await;
    subject.done(face("partner", "petal", "rose")).await;
    let read = subject.ledger.faces(&registry("main")).await;
    let sorted = [
        (registry("partner"), key("petal"), key("rose")),
        (registry("public"), key("leaf"), key("rose")),
        (registry("public"), key("petal"), key("bloom")),
    ];
    assert_eq!(read.expect("faces can be read"), sorted);
    let other = subject.ledger.faces(&registry("other")).await;
    assert_eq!(other.expect("faces can be read"), []);
}
