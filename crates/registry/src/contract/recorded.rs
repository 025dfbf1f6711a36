//! What views record: whose a name is, what was shown of it, and which faces their
//! rows lead to.

use super::subject::{
    Subject, actor, checksum, key, publish_to, record_owner, registry, shared, sole, version,
};
use crate::ports::{AppendError, Applied, Batch, Change};
use crossdock_core::decision::{Decision, OwnerTurned};
use crossdock_core::fact::{Event, Fact};
use crossdock_core::name::NameKey;
use crossdock_core::ownership::Ownership;
use crossdock_core::shown::Source;
use crossdock_core::version::Version;

async fn of_view(subject: &Subject, view: &str) -> Vec<(NameKey, Ownership)> {
    let read = subject.ledger.ownerships(&registry(view)).await;
    read.expect("records can be read")
}

fn settle(krate: &str, seen: Option<&Ownership>, ownership: Ownership) -> Change {
    Change::SettleConflict {
        view: registry("main"),
        name: key(krate),
        seen: seen.cloned(),
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
    for (view, krate, owner) in [
        ("main", "bloom", Some(sole("acme"))),
        ("other", "petal", Some(sole("public"))),
        ("other", "bloom", None),
    ] {
        let read = subject.ledger.ownership(&registry(view), &key(krate)).await;
        assert_eq!(read.expect("records can be read"), owner);
    }
    assert_eq!(subject.facts().await.len(), 3);
}

pub(super) async fn a_settled_conflict_replaces_the_record(subject: &Subject) {
    let both = shared(&["acme", "partner"]);
    let settled = both.clone().settled(registry("partner"));
    let settled = settled.expect("partner shares it");
    subject.done(record_owner("petal", both.clone())).await;
    let done = subject
        .done(settle("petal", Some(&both), settled.clone()))
        .await;
    assert!(matches!(done, Applied::Fact { sequence: 2, .. }));
    let again = settle("petal", Some(&settled), settled.clone());
    assert_eq!(subject.done(again).await, Applied::Unchanged);
    let stands = subject.done(record_owner("petal", sole("acme"))).await;
    assert_eq!(stands, Applied::Stands(settled.clone()));
    let unrecorded = subject.done(settle("rose", None, sole("acme"))).await;
    assert!(matches!(unrecorded, Applied::Fact { sequence: 3, .. }));
    let sorted = [(key("petal"), settled), (key("rose"), sole("acme"))];
    assert_eq!(of_view(subject, "main").await, sorted);
}

/// Of two who extend a name at once nobody is dropped, and what the record turned into
/// meanwhile is not turned back.
pub(super) async fn who_joins_a_name_is_united_with_others(subject: &Subject) {
    let alone = sole("acme");
    subject.done(record_owner("petal", alone.clone())).await;
    let (first, second) = (shared(&["acme", "apps"]), shared(&["acme", "partner"]));
    let all = shared(&["acme", "apps", "partner"]);
    subject
        .done(settle("petal", Some(&alone), first.clone()))
        .await;
    let joined = subject.done(settle("petal", Some(&alone), second)).await;
    assert_eq!(joined, Applied::Stands(all.clone()));
    assert_eq!(
        of_view(subject, "main").await,
        [(key("petal"), all.clone())]
    );
    let facts = subject.facts().await;
    let Some((_, Fact { event, .. })) = facts.last() else {
        unreachable!("three facts were recorded");
    };
    let united = Event::ConflictSettled {
        view: registry("main"),
        name: key("petal"),
        ownership: all.clone(),
    };
    assert_eq!(*event, united, "the fact says what the record is");
    let again = subject.done(settle("petal", Some(&alone), first)).await;
    assert_eq!(again, Applied::Stands(all.clone()));
    let settled = all
        .clone()
        .settled(registry("apps"))
        .expect("apps shares it");
    subject
        .done(settle("petal", Some(&all), settled.clone()))
        .await;
    let late = settle("petal", Some(&all), shared(&["acme", "lab", "partner"]));
    assert_eq!(subject.done(late).await, Applied::Stands(settled.clone()));
    assert_eq!(of_view(subject, "main").await, [(key("petal"), settled)]);
}

pub(super) async fn a_name_is_given_to_another_owner(subject: &Subject) {
    let turned = |from: &str, to: &str| OwnerTurned {
        name: key("petal"),
        from: registry(from),
        to: registry(to),
    };
    let decide = |decision| Change::Decide {
        scope: registry("main"),
        decision,
    };
    let transfer = |from: &str, to: &str| decide(Decision::Transferred(turned(from, to)));
    let nobody = subject.append([transfer("acme", "apps")]).await;
    assert!(matches!(nobody, Err(AppendError::NotFound)), "{nobody:?}");
    subject.done(record_owner("petal", sole("acme"))).await;
    let wrong = subject.append([transfer("apps", "acme")]).await;
    assert!(
        matches!(wrong, Err(AppendError::NameOwned { .. })),
        "{wrong:?}"
    );
    subject.done(show("petal", &[("1.0.0", "acme")])).await;
    subject.done(transfer("acme", "apps")).await;
    let heir = sole("acme").transferred(&registry("acme"), registry("apps"));
    let heir = heir.expect("acme owns it");
    assert_eq!(
        of_view(subject, "main").await,
        [(key("petal"), heir.clone())]
    );
    let stands = subject.done(record_owner("petal", sole("lab"))).await;
    assert_eq!(stands, Applied::Stands(heir));
    assert_eq!(shown(subject).await.len(), 1, "what was shown stays");
    let reassign = decide(Decision::Reassigned(turned("apps", "lab")));
    subject.done(reassign).await;
    assert_eq!(
        of_view(subject, "main").await,
        [(key("petal"), sole("lab"))]
    );
    assert_eq!(shown(subject).await, [], "another crate has shown nothing");
}

pub(super) async fn what_was_shown_first_stands(subject: &Subject) {
    let first = subject.done(show("petal", &[("1.0.0", "acme")])).await;
    assert!(matches!(first, Applied::Fact { .. }));
    let again = subject.done(show("petal", &[("1.0.0", "acme")])).await;
    assert_eq!(again, Applied::Unchanged);
    let otherwise = show("petal", &[("1.0.0", "apps"), ("1.1.0", "apps")]);
    assert_eq!(subject.done(otherwise).await, Applied::ShownOtherwise);
    assert_eq!(shown(subject).await.len(), 1);
    let more = show("petal", &[("1.0.0", "acme"), ("1.1.0", "apps")]);
    assert!(matches!(subject.done(more).await, Applied::Fact { .. }));
    let source = |member: &str, of: &str| Source {
        member: registry(member),
        checksum: checksum("petal", of),
    };
    let all = [
        (key("petal"), version("1.0.0"), source("acme", "1.0.0")),
        (key("petal"), version("1.1.0"), source("apps", "1.1.0")),
    ];
    assert_eq!(shown(subject).await, all);
    assert_eq!(subject.facts().await.len(), 2);
}

async fn shown(subject: &Subject) -> Vec<(NameKey, Version, Source)> {
    let read = subject.ledger.shown(&registry("main")).await;
    read.expect("what was shown can be read")
}

fn show(krate: &str, releases: &[(&str, &str)]) -> Change {
    let release = |(vers, member): &(&str, &str)| {
        let source = Source {
            member: registry(member),
            checksum: checksum(krate, vers),
        };
        (version(vers), source)
    };
    Change::RecordShown {
        view: registry("main"),
        name: key(krate),
        releases: releases.iter().map(release).collect(),
    }
}

/// Eight who take one name at once: one has it, and the others are told who.
pub(super) async fn of_many_who_take_a_name_one_has_it(subject: &Subject) {
    let takes = (0..8).map(|number| {
        let (ledger, by) = (subject.ledger.clone(), format!("team-{number}"));
        tokio::spawn(async move {
            let take = Change::TakeName {
                view: registry("main"),
                name: key("petal"),
                registry: registry(&by),
                ownership: sole(&by),
            };
            let changes = vec![publish_to(&by, "petal", "1.0.0"), take];
            let actor = actor("ann");
            ledger.append(Batch { actor, changes }).await.is_ok()
        })
    });
    let mut takers = 0;
    for take in takes.collect::<Vec<_>>() {
        takers += u8::from(take.await.expect("no append panics"));
    }
    assert_eq!(takers, 1, "one owner");
    assert_eq!(of_view(subject, "main").await.len(), 1);
    assert_eq!(subject.facts().await.len(), 2, "a publish and its owner");
}

/// Eight who join one name at once: all are in it.
pub(super) async fn of_many_who_join_a_name_all_are_in_it(subject: &Subject) {
    let alone = sole("acme");
    subject.done(record_owner("petal", alone.clone())).await;
    let joins = (0..8).map(|number| {
        let (ledger, alone) = (subject.ledger.clone(), alone.clone());
        tokio::spawn(async move {
            let member = format!("team-{number}");
            let changes = vec![settle("petal", Some(&alone), shared(&["acme", &member]))];
            let actor = actor("ann");
            ledger.append(Batch { actor, changes }).await
        })
    });
    for join in joins.collect::<Vec<_>>() {
        let joined = join.await.expect("no append panics");
        joined.expect("joining is never refused");
    }
    let records = of_view(subject, "main").await;
    assert_eq!(records[0].1.members().len(), 9, "{records:?}");
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
