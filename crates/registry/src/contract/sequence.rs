//! The sequence itself: whole batches, positions, times, and many writers at once.

use super::subject::{
    Subject, actor, checksum, key, moment, publish, record_owner, registry, row, set_owners,
    set_yanked, sole,
};
use crate::ports::{AppendError, Applied, Batch, StoreError};
use crossdock_core::checksum::Checksum;
use crossdock_core::fact::{Event, Fact};
use std::collections::BTreeSet;
use tokio::task::JoinSet;

pub(super) async fn a_batch_is_recorded_whole_or_not_at_all(subject: &Subject) {
    subject.done(publish("petal", "1.0.0")).await;
    let batch = [
        publish("petal", "1.1.0"),
        publish("rose", "1.0.0"),
        set_owners("petal", &["ann"], &["bob"]),
        record_owner("petal", sole("acme")),
        set_yanked("petal", "1.0.0", true),
        publish("petal", "1.0.0"),
    ];
    let refused = subject.append(batch).await;
    assert!(matches!(refused, Err(AppendError::VersionExists { .. })));
    let (acme, main) = (registry("acme"), registry("main"));
    let petal = subject.ledger.hosted(&acme, &key("petal")).await;
    let petal = petal.expect("crates can be read").expect("petal exists");
    assert_eq!((petal.releases.len(), petal.releases[0].yanked), (1, false));
    assert_eq!(petal.owners, [actor("ann")]);
    assert_eq!(petal.metadata, "metadata of 1.0.0");
    let rose = subject.ledger.hosted(&acme, &key("rose")).await;
    assert!(rose.expect("crates can be read").is_none());
    let records = subject.ledger.ownerships(&main).await;
    assert_eq!(records.expect("records can be read"), []);
    assert_eq!(subject.facts().await.len(), 1);
    let next = subject.done(publish("rose", "1.0.0")).await;
    assert!(
        matches!(next, Applied::Fact { sequence: 2, .. }),
        "{next:?}"
    );
}

pub(super) async fn changes_of_a_batch_see_each_other(subject: &Subject) {
    let batch = [
        publish("petal", "1.0.0"),
        set_yanked("petal", "1.0.0", true),
        record_owner("petal", sole("acme")),
        record_owner("petal", sole("partner")),
    ];
    let applied = subject.append(batch).await.expect("the batch is allowed");
    let fact = |sequence| Applied::Fact {
        sequence,
        time: moment(0),
    };
    let stands = Applied::Stands(sole("acme"));
    assert_eq!(applied, [fact(1), fact(2), fact(3), stands]);
    assert_eq!(subject.append([]).await.expect("nothing is allowed"), []);
}

pub(super) async fn facts_say_who_did_what_and_when(subject: &Subject) {
    subject.done(publish("Petal", "1.0.0+b")).await;
    subject.clock.set(moment(5));
    let yanked = subject.append_as("bob", [set_yanked("petal", "1.0.0+b", true)]);
    yanked.await.expect("the yank is allowed");
    let facts = subject.facts().await;
    let Event::Published {
        checksum: archive,
        row: text,
        ..
    } = &facts[0].1.event
    else {
        unreachable!("{facts:?}");
    };
    assert_eq!(*archive, checksum("Petal", "1.0.0+b"));
    assert_eq!(*text, Checksum::of(row("Petal", "1.0.0+b").as_bytes()));
    assert_eq!(
        (facts[0].1.time, &facts[0].1.actor),
        (moment(0), &actor("ann"))
    );
    let second = Fact {
        time: moment(5),
        actor: actor("bob"),
        event: set_yanked("petal", "1.0.0+b", true)
            .event()
            .expect("a yank is an event"),
    };
    assert_eq!(facts[1], (2, second));
}

pub(super) async fn facts_are_read_in_pages(subject: &Subject) {
    for number in 0..7 {
        subject
            .done(publish("petal", &format!("1.0.{number}")))
            .await;
    }
    for (after, limit, expected) in [
        (0, 3, vec![1, 2, 3]),
        (3, 3, vec![4, 5, 6]),
        (6, 3, vec![7]),
        (7, 3, vec![]),
        (u64::MAX, 3, vec![]),
        (0, 0, vec![]),
    ] {
        let read = subject.ledger.facts(after, limit).await;
        let read: Vec<u64> = read
            .expect("facts can be read")
            .into_iter()
            .map(|(sequence, _)| sequence)
            .collect();
        assert_eq!(read, expected, "after {after}, at most {limit}");
    }
}

pub(super) async fn time_does_not_go_back(subject: &Subject) {
    for (shown, expected) in [(100, 100), (40, 100), (99, 100), (101, 101)] {
        subject.clock.set(moment(shown));
        let done = subject
            .done(publish("petal", &format!("1.0.{shown}")))
            .await;
        assert!(matches!(done, Applied::Fact { time, .. } if time == moment(expected)));
    }
}

pub(super) async fn what_could_not_be_read_back_is_refused(subject: &Subject) {
    subject.done(publish("petal", "1.0.0")).await;
    let owners: Vec<String> = (0..10_000).map(|number| format!("user-{number}")).collect();
    let owners: Vec<&str> = owners.iter().map(String::as_str).collect();
    let refused = subject
        .append([set_owners("petal", &["ann"], &owners)])
        .await;
    assert!(matches!(
        refused,
        Err(AppendError::Store(StoreError::Unavailable(_)))
    ));
    assert_eq!(subject.facts().await.len(), 1);
    let next = subject
        .done(set_owners("petal", &["ann"], &owners[..100]))
        .await;
    assert!(matches!(next, Applied::Fact { sequence: 2, .. }));
}

pub(super) async fn of_many_publishers_of_a_version_one_wins(subject: &Subject) {
    let mut publishers = JoinSet::new();
    for number in 0..8 {
        let ledger = subject.ledger.clone();
        let build = format!("1.0.0+build.{number}");
        let batch = Batch {
            actor: actor("ann"),
            changes: vec![publish("petal", &build)],
        };
        publishers.spawn(async move { (build, ledger.append(batch).await) });
    }
    let outcomes = publishers.join_all().await;
    let won = outcomes.iter().filter(|(_, outcome)| outcome.is_ok());
    let won: Vec<&String> = won.map(|(build, _)| build).collect();
    assert_eq!(won.len(), 1, "{outcomes:?}");
    for (_, outcome) in &outcomes {
        let Err(error) = outcome else { continue };
        let AppendError::VersionExists { checksum: kept, .. } = error else {
            unreachable!("{error:?}");
        };
        assert_eq!(*kept, checksum("petal", won[0]));
    }
    assert_eq!(subject.facts().await.len(), 1);
}

pub(super) async fn concurrent_appends_have_positions_of_their_own(subject: &Subject) {
    let mut writers = JoinSet::new();
    for number in 0..64_u64 {
        let ledger = subject.ledger.clone();
        let batch = Batch {
            actor: actor("ann"),
            changes: vec![publish("petal", &format!("{number}.0.0"))],
        };
        writers.spawn(async move { ledger.append(batch).await });
    }
    let mut positions = BTreeSet::new();
    for outcome in writers.join_all().await {
        let applied = outcome.expect("each version is another one");
        let [Applied::Fact { sequence, .. }] = applied[..] else {
            unreachable!("{applied:?}");
        };
        positions.insert(sequence);
    }
    assert_eq!(positions, (1..=64).collect());
    let read = subject.facts().await;
    assert_eq!(
        read.iter()
            .map(|(sequence, _)| *sequence)
            .collect::<BTreeSet<_>>(),
        positions
    );
}
