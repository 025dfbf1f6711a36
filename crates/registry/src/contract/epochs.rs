//! What a ledger still knows of earlier epochs.

use super::subject::{
    Subject, index_name, key, moment, observe, publish, record_owner, registry, set_yanked, sole,
};
use crate::ports::Observed;
use crossdock_core::epoch::HostedState;

async fn observed(subject: &Subject, krate: &str, epoch: u64) -> Option<Observed> {
    let (mirror, name) = (registry("public"), index_name(krate));
    let read = subject.ledger.observed(&mirror, &name, epoch).await;
    read.expect("rows can be read")
}

pub(super) async fn every_observation_is_read_back(subject: &Subject) {
    assert_eq!(observed(subject, "petal", 9).await, None);
    subject.done(publish("rose", "1.0.0")).await;
    subject.done(observe("petal", "one\n", "1")).await;
    subject.done(observe("petal", "one\ntwo\n", "2")).await;
    subject.done(observe("petal", "one\ntwo\n", "again")).await;
    subject.done(observe("petal_rs", "other\n", "1")).await;
    subject
        .done(observe("petal", "one, yanked\ntwo\n", "3"))
        .await;
    for (epoch, rows, sequence) in [
        // Before the first observation the first one is given.
        (0, "one\n", 2),
        (1, "one\n", 2),
        (2, "one\n", 2),
        (3, "one\ntwo\n", 3),
        (4, "one\ntwo\n", 3),
        (5, "one, yanked\ntwo\n", 5),
        (u64::MAX, "one, yanked\ntwo\n", 5),
    ] {
        let read = observed(subject, "petal", epoch).await.expect("it is kept");
        assert_eq!(
            (read.rows.as_ref(), read.sequence),
            (rows.as_bytes(), sequence)
        );
    }
}

/// More changes than any chain of differences is long, growing, shrinking and turning.
pub(super) async fn rows_go_back_however_often_they_changed(subject: &Subject) {
    let rows = |number: u64| -> String {
        let line = |at: u64| {
            let unlike = (at ^ (number / 7)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            format!("{{\"vers\":\"{at}.0.0\",\"cksum\":\"{unlike:064x}\"}}\n")
        };
        let count = if number % 10 == 9 { 3 } else { number + 40 };
        (0..count).map(line).collect()
    };
    for number in 1..=100 {
        subject.done(observe("petal", &rows(number), "etag")).await;
    }
    for number in 1..=100 {
        let read = observed(subject, "petal", number)
            .await
            .expect("it is kept");
        assert_eq!(
            (read.rows.as_ref(), read.sequence),
            (rows(number).as_bytes(), number)
        );
    }
}

pub(super) async fn facts_are_found_by_what_they_are_about(subject: &Subject) {
    subject.done(publish("petal", "1.0.0")).await;
    subject.done(record_owner("petal", sole("acme"))).await;
    subject.done(publish("rose", "1.0.0")).await;
    subject.done(set_yanked("petal", "1.0.0", true)).await;
    let about = async |scope: &str, name: Option<&str>| -> Vec<u64> {
        let name = name.map(key);
        let read = subject
            .ledger
            .facts_about(&registry(scope), name.as_ref())
            .await;
        let facts = read.expect("facts can be read");
        facts.into_iter().map(|(sequence, _)| sequence).collect()
    };
    assert_eq!(about("acme", Some("petal")).await, [1, 4]);
    assert_eq!(about("acme", None).await, [1, 3, 4]);
    assert_eq!(about("main", Some("petal")).await, [2]);
    assert!(about("main", Some("rose")).await.is_empty());
    assert!(about("other", None).await.is_empty());
}

pub(super) async fn an_epoch_is_found_by_its_time(subject: &Subject) {
    let ledger = &subject.ledger;
    assert_eq!(ledger.latest().await.expect("it can be read"), None);
    for (vers, seconds) in [("1.0.0", 10), ("1.0.1", 10), ("1.0.2", 30)] {
        subject.clock.set(moment(seconds));
        subject.done(publish("petal", vers)).await;
    }
    let latest = ledger.latest().await.expect("it can be read");
    assert_eq!(latest, Some((3, moment(30))));
    for (seconds, epoch) in [(0, 0), (9, 0), (10, 2), (29, 2), (30, 3), (99, 3)] {
        let found = ledger.epoch_at(moment(seconds)).await;
        assert_eq!(found.expect("it can be read"), epoch, "after {seconds} s");
    }
}

pub(super) async fn releases_know_their_fact(subject: &Subject) {
    subject.done(publish("petal", "1.0.0")).await;
    subject.done(set_yanked("petal", "1.0.0", true)).await;
    let batch = [
        record_owner("petal", sole("acme")),
        publish("petal", "1.1.0"),
    ];
    subject.append(batch).await.expect("the batch is allowed");
    let (acme, petal) = (registry("acme"), key("petal"));
    let krate = subject.ledger.hosted(&acme, &petal).await;
    let krate = krate.expect("crates can be read").expect("petal exists");
    let sequences: Vec<u64> = krate.releases.iter().map(|one| one.sequence).collect();
    assert_eq!(sequences, [1, 4]);
    let facts = subject.ledger.facts_about(&acme, Some(&petal)).await;
    let facts = facts.expect("facts can be read");
    let state = |epoch| {
        let facts = facts.iter();
        HostedState::at(
            epoch,
            facts.map(|(at, fact)| (*at, &fact.actor, &fact.event)),
        )
    };
    assert_eq!((state(1).yanked.len(), state(2).yanked.len()), (0, 1));
    assert_eq!(state(4).owners, krate.owners);
}
