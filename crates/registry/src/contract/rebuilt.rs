//! Builds that take the place of others.

use super::subject::{
    Subject, actor, checksum, key, moment, name, new_release, publish, registry, row, set_yanked,
    version,
};
use crate::ports::{AppendError, Applied, Change, NewRelease};
use crossdock_core::checksum::Checksum;

fn replace(vers: &str, seen: Checksum, build: &str) -> Change {
    let release = NewRelease {
        registry: registry("acme"),
        name: name("petal"),
        version: version(vers),
        checksum: checksum("petal", build),
        row: row("petal", build),
        metadata: format!("metadata of {build}"),
    };
    Change::Replace { seen, release }
}

pub(super) async fn a_build_takes_the_place_of_another_which_stays(subject: &Subject) {
    subject.done(publish("petal", "1.0.0")).await;
    subject.done(publish("petal", "1.1.0")).await;
    subject.done(set_yanked("petal", "1.0.0", true)).await;
    subject.clock.set(moment(60));
    let (first, second) = (checksum("petal", "1.0.0"), checksum("petal", "again"));
    let second_change = replace("1.0.0", first, "again");
    let done = subject.append_as("bob", [second_change]).await;
    let sequence = 4;
    let time = moment(60);
    let fact = Applied::Fact { sequence, time };
    assert!(matches!(done, Ok(applied) if applied == [fact]));
    // And back again: the bytes of the first build are the third.
    subject.done(replace("1.0.0", second, "1.0.0")).await;
    let (acme, petal) = (registry("acme"), key("petal"));
    let read = subject.ledger.hosted(&acme, &petal).await;
    let read = read.expect("crates can be read").expect("petal exists");
    assert_eq!(read.releases.len(), 2);
    assert_eq!(read.metadata, "metadata of 1.0.0");
    let newest = &read.releases[1];
    assert_eq!(newest.row, row("petal", "1.0.0"));
    assert!(newest.yanked, "a yank is about the version");
    assert_eq!((newest.sequence, newest.published), (5, moment(60)));
    let earlier = subject.ledger.earlier_builds(&acme, &petal).await;
    let earlier = earlier.expect("builds can be read");
    let told: Vec<_> = earlier
        .iter()
        .map(|build| (build.sequence, build.row.clone(), build.publisher.clone()))
        .collect();
    let expected = [
        (1, row("petal", "1.0.0"), actor("ann")),
        (4, row("petal", "again"), actor("bob")),
    ];
    assert_eq!(told, expected);
    assert!(earlier.iter().all(|build| !build.yanked));
    let none = subject.ledger.earlier_builds(&acme, &key("rose")).await;
    assert!(none.expect("builds can be read").is_empty());
}

pub(super) async fn only_the_build_that_was_seen_is_replaced(subject: &Subject) {
    subject.done(publish("petal", "1.0.0")).await;
    let (first, other) = (checksum("petal", "1.0.0"), checksum("petal", "other"));
    let late = subject.append([replace("1.0.0", other, "late")]).await;
    let Err(AppendError::VersionExists { checksum: kept, .. }) = late else {
        unreachable!("a build nobody saw was replaced: {late:?}");
    };
    assert_eq!(kept, first);
    let absent = subject.append([replace("2.0.0", first, "late")]).await;
    assert!(matches!(absent, Err(AppendError::NotFound)), "{absent:?}");
    assert_eq!(subject.facts().await.len(), 1);
}

fn beside(vers: &str) -> Change {
    Change::PublishBeside(new_release("acme", "petal", vers))
}

pub(super) async fn whole_versions_stand_beside_each_other(subject: &Subject) {
    subject.done(publish("petal", "1.0.0")).await;
    for minted in ["1.0.0+1", "1.0.0+2", "1.0.0+10"] {
        subject.done(beside(minted)).await;
        let again = subject.append([beside(minted)]).await;
        let Err(AppendError::VersionExists { version: there, .. }) = again else {
            unreachable!("{minted} was published twice: {again:?}");
        };
        assert_eq!(there, version(minted));
    }
    for taken in [
        publish("petal", "1.0.0+3"),
        publish("petal", "1.0.0"),
        beside("1.0.0"),
    ] {
        let refused = subject.append([taken.clone()]).await;
        let exists = matches!(refused, Err(AppendError::VersionExists { .. }));
        assert!(exists, "{taken:?}: {refused:?}");
    }
    subject.done(set_yanked("petal", "1.0.0+2", true)).await;
    let read = subject
        .ledger
        .hosted(&registry("acme"), &key("petal"))
        .await;
    let read = read.expect("crates can be read").expect("petal exists");
    let yanked: Vec<bool> = read.releases.iter().map(|one| one.yanked).collect();
    assert_eq!(yanked, [false, false, true, false]);
}
