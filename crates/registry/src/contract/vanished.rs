//! What is missing from an upstream: since the first look that missed it, until it
//! returns.

use super::subject::{Subject, index_name, moment, registry, version};
use crate::ports::{Applied, Change};
use crossdock_core::fact::MirroredReleases;
use crossdock_core::timestamp::Timestamp;

fn releases(mirror: &str, krate: &str, versions: &[&str]) -> MirroredReleases {
    MirroredReleases {
        registry: registry(mirror),
        name: index_name(krate),
        versions: versions.iter().map(|text| version(text)).collect(),
    }
}

async fn missing(subject: &Subject, mirror: &str) -> Vec<(String, String, Timestamp)> {
    let listed = subject.ledger.vanished(&registry(mirror)).await;
    let listed = listed.expect("what is missing can be listed").into_iter();
    listed
        .map(|(name, version, since)| (name.to_string(), version.to_string(), since))
        .collect()
}

fn told(krate: &str, vers: &str, since: i64) -> (String, String, Timestamp) {
    (krate.to_owned(), vers.to_owned(), moment(since))
}

pub(super) async fn the_first_time_counts_until_it_returns(subject: &Subject) {
    assert_eq!(missing(subject, "public").await, []);
    let some = releases("public", "petal", &["1.0.0", "1.1.0"]);
    let first = subject.done(Change::Vanish(some.clone())).await;
    assert!(matches!(first, Applied::Fact { .. }));
    subject.clock.set(moment(60));
    let again = subject.done(Change::Vanish(some)).await;
    assert_eq!(again, Applied::Unchanged, "it was missing already");
    let more = releases("public", "petal", &["1.1.0", "1.2.0+b"]);
    let more = subject.done(Change::Vanish(more)).await;
    assert!(matches!(more, Applied::Fact { .. }));
    assert_eq!(
        missing(subject, "public").await,
        [
            told("petal", "1.0.0", 0),
            told("petal", "1.1.0", 0),
            told("petal", "1.2.0+b", 60)
        ]
    );
    let back = releases("public", "petal", &["1.0.0", "1.2.0+b", "9.9.9"]);
    let returned = subject.done(Change::Return(back.clone())).await;
    assert!(matches!(returned, Applied::Fact { .. }));
    assert_eq!(
        subject.done(Change::Return(back)).await,
        Applied::Unchanged,
        "nothing of it was missing any more"
    );
    subject.clock.set(moment(120));
    let gone_again = releases("public", "petal", &["1.0.0"]);
    subject.done(Change::Vanish(gone_again)).await;
    assert_eq!(
        missing(subject, "public").await,
        [told("petal", "1.0.0", 120), told("petal", "1.1.0", 0)]
    );
    let kinds: Vec<_> = subject.facts().await;
    let kinds: Vec<_> = kinds.iter().map(|(_, fact)| fact.event.kind()).collect();
    assert_eq!(kinds, ["vanished", "vanished", "returned", "vanished"]);
}

pub(super) async fn mirrors_do_not_meet(subject: &Subject) {
    for (mirror, krate) in [("public", "petal_rs"), ("partner", "petal-rs")] {
        let some = releases(mirror, krate, &["1.0.0"]);
        subject.done(Change::Vanish(some)).await;
    }
    let other = releases("partner", "petal_rs", &["1.0.0"]);
    let returned = subject.done(Change::Return(other)).await;
    assert_eq!(returned, Applied::Unchanged);
    assert_eq!(
        missing(subject, "public").await,
        [told("petal_rs", "1.0.0", 0)]
    );
    assert_eq!(
        missing(subject, "partner").await,
        [told("petal-rs", "1.0.0", 0)]
    );
}
