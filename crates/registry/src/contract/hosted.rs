//! Hosted crates: what a publish makes, what refuses it, what can be changed later.

use super::subject::{
    Subject, actor, checksum, key, moment, name, publish, publish_to, registry, row, set_owners,
    set_yanked, version,
};
use crate::ports::{AppendError, Applied, Change, HostedCrate};

async fn krate(subject: &Subject, of: &str, krate: &str) -> Option<HostedCrate> {
    let read = subject.ledger.hosted(&registry(of), &key(krate)).await;
    read.expect("crates can be read")
}

async fn petal(subject: &Subject) -> HostedCrate {
    krate(subject, "acme", "petal").await.expect("petal exists")
}

pub(super) async fn a_publish_is_read_back_whole(subject: &Subject) {
    assert!(krate(subject, "acme", "petal").await.is_none());
    let first = Applied::Fact {
        sequence: 1,
        time: moment(0),
    };
    assert_eq!(subject.done(publish("Petal_rs", "1.0.0")).await, first);
    let read = krate(subject, "acme", "petal-rs").await.expect("it exists");
    assert_eq!(read.name, name("Petal_rs"));
    assert_eq!(read.owners, [actor("ann")]);
    assert_eq!(read.metadata, "metadata of 1.0.0");
    assert_eq!(read.releases.len(), 1);
    let release = &read.releases[0];
    assert_eq!(release.row, row("Petal_rs", "1.0.0"));
    assert!(!release.yanked);
    assert_eq!(release.published, moment(0));
    assert_eq!(release.publisher, actor("ann"));
}

pub(super) async fn a_second_publish_adds_and_keeps_owners(subject: &Subject) {
    subject.done(publish("petal", "2.0.0")).await;
    subject.clock.set(moment(60));
    let published = subject.append_as("bob", [publish("petal", "1.0.0")]).await;
    assert!(
        published.is_ok(),
        "who may publish is not the ledger's question"
    );
    let read = petal(subject).await;
    let rows: Vec<&str> = read.releases.iter().map(|one| one.row.as_str()).collect();
    assert_eq!(rows, [row("petal", "2.0.0"), row("petal", "1.0.0")]);
    assert_eq!(read.releases[1].published, moment(60));
    assert_eq!(read.releases[1].publisher, actor("bob"));
    assert_eq!(read.owners, [actor("ann")]);
    assert_eq!(read.metadata, "metadata of 1.0.0", "of the newest publish");
}

pub(super) async fn a_version_exists_once_whatever_its_build(subject: &Subject) {
    subject.done(publish("petal", "1.0.0+first")).await;
    for again in ["1.0.0+first", "1.0.0", "1.0.0+second"] {
        let refused = subject.append([publish("petal", again)]).await;
        let Err(AppendError::VersionExists {
            version: existing,
            checksum: kept,
        }) = refused
        else {
            unreachable!("{again} was published a second time: {refused:?}");
        };
        assert_eq!(existing, version("1.0.0+first"));
        assert_eq!(kept, checksum("petal", "1.0.0+first"));
    }
    subject.done(publish("petal", "1.0.0-pre")).await;
    assert_eq!(petal(subject).await.metadata, "metadata of 1.0.0-pre");
    assert_eq!(subject.facts().await.len(), 2);
}

pub(super) async fn a_name_has_one_spelling(subject: &Subject) {
    subject.done(publish("Petal-rs", "1.0.0")).await;
    for other in ["petal-rs", "Petal_rs"] {
        let refused = subject.append([publish(other, "2.0.0")]).await;
        let Err(AppendError::NameTaken { existing }) = refused else {
            unreachable!("{other} was published beside Petal-rs: {refused:?}");
        };
        assert_eq!(existing, name("Petal-rs"));
    }
    let read = krate(subject, "acme", "petal-rs").await.expect("it exists");
    assert_eq!(
        read.metadata, "metadata of 1.0.0",
        "a refusal leaves no trace"
    );
    assert_eq!(read.releases.len(), 1);
}

pub(super) async fn registries_do_not_meet(subject: &Subject) {
    for one in ["rose", "petal_b", "petal-a", "Zinnia"] {
        subject.done(publish_to("acme", one, "1.0.0")).await;
    }
    subject.done(publish_to("apps", "PETAL-A", "1.0.0")).await;
    let names = subject.ledger.hosted_names(&registry("acme")).await;
    let sorted = ["petal-a", "petal_b", "rose", "Zinnia"].map(name);
    assert_eq!(names.expect("names can be read"), sorted);
    let names = subject.ledger.hosted_names(&registry("apps")).await;
    assert_eq!(names.expect("names can be read"), [name("PETAL-A")]);
    assert!(krate(subject, "apps", "rose").await.is_none());
}

pub(super) async fn yanking_is_recorded_once(subject: &Subject) {
    subject.done(publish("petal", "1.0.0")).await;
    subject.done(publish("petal", "1.1.0")).await;
    for (yanked, recorded) in [(false, false), (true, true), (true, false), (false, true)] {
        let done = subject.done(set_yanked("petal", "1.0.0", yanked)).await;
        assert_eq!(matches!(done, Applied::Fact { .. }), recorded, "{done:?}");
        let read = petal(subject).await;
        assert_eq!(read.releases[0].yanked, yanked);
        assert!(!read.releases[1].yanked, "the other release is not meant");
    }
    assert_eq!(subject.facts().await.len(), 4);
}

pub(super) async fn what_does_not_exist_is_not_changed(subject: &Subject) {
    subject.done(publish("petal", "1.0.0+build")).await;
    for change in [
        set_yanked("petal", "1.0.1", true),
        set_yanked("petal", "1.0.0", true),
        set_yanked("rose", "1.0.0", true),
        set_owners("rose", &["ann"], &["bob"]),
    ] {
        let refused = subject.append([change.clone()]).await;
        assert!(matches!(refused, Err(AppendError::NotFound)), "{change:?}");
    }
    assert_eq!(subject.facts().await.len(), 1);
}

pub(super) async fn owners_are_replaced_in_order(subject: &Subject) {
    subject.done(publish("petal", "1.0.0")).await;
    let owners = ["zoe", "bob", "ann"];
    let recorded = subject.done(set_owners("petal", &["ann"], &owners)).await;
    assert!(matches!(recorded, Applied::Fact { sequence: 2, .. }));
    assert_eq!(petal(subject).await.owners, owners.map(actor));
    let again = subject.done(set_owners("petal", &["ann"], &owners)).await;
    assert_eq!(again, Applied::Unchanged);
    let late = subject
        .append([set_owners("petal", &["ann"], &["bob"])])
        .await;
    assert!(matches!(late, Err(AppendError::OwnersChanged)), "{late:?}");
    assert_eq!(petal(subject).await.owners, owners.map(actor));
    subject.done(set_owners("petal", &owners, &["bob"])).await;
    assert_eq!(petal(subject).await.owners, [actor("bob")]);
    assert_eq!(subject.facts().await.len(), 3);
}

pub(super) async fn a_crate_is_first_published_by_one(subject: &Subject) {
    let first = |krate: &str| Change::FirstPublished {
        registry: registry("acme"),
        name: key(krate),
    };
    let both = |version: &str| [first("petal"), publish("petal", version)];
    let applied = subject.append(both("1.0.0")).await.expect("it is new");
    assert_eq!(applied[0], Applied::Unchanged);
    let late = subject.append_as("bob", both("2.0.0")).await;
    assert!(matches!(late, Err(AppendError::OwnersChanged)), "{late:?}");
    // Who was first may go on, and a batch sees what came before in it.
    subject
        .append(both("1.1.0"))
        .await
        .expect("it is one's own");
    let changes = [first("rose"), publish("rose", "1.0.0"), first("rose")];
    subject.append(changes).await.expect("it is new");
    assert_eq!(subject.facts().await.len(), 3);
}
