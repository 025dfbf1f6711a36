//! What people decide: in order, by scope, and once where it can happen only once.

use super::subject::{Subject, actor, checksum, moment, publish, registry};
use crate::ports::{AppendError, Applied, Change};
use crossdock_core::account::UserName;
use crossdock_core::decision::{AccountDecision, Decision, Made, Snapshot, TokenIssued};
use crossdock_core::registry_name::RegistryName;

fn name_epoch(scope: &str, name: &str, epoch: u64) -> Change {
    let name = registry(name);
    Change::Decide {
        scope: registry(scope),
        decision: Decision::Snapshot(Snapshot { name, epoch }),
    }
}

async fn made(subject: &Subject, scope: &str, after: u64) -> Vec<Made> {
    let read = subject.ledger.decisions(&registry(scope), after).await;
    read.expect("decisions can be read")
}

fn sequences(made: &[Made]) -> Vec<u64> {
    made.iter().map(|made| made.sequence).collect()
}

pub(super) async fn decisions_are_read_back_in_order(subject: &Subject) {
    subject.done(publish("petal", "1.0.0")).await;
    subject.done(name_epoch("main", "spring", 1)).await;
    subject.done(name_epoch("other", "spring", 1)).await;
    subject.clock.set(moment(9));
    let summer = subject.append_as("bob", [name_epoch("main", "summer", 3)]);
    summer.await.expect("the decision is allowed");
    let all = made(subject, "main", 0).await;
    assert_eq!(sequences(&all), [2, 4]);
    let decision = Snapshot {
        name: registry("summer"),
        epoch: 3,
    };
    let last = Made {
        sequence: 4,
        time: moment(9),
        actor: actor("bob"),
        decision: Decision::Snapshot(decision),
    };
    assert_eq!(all[1], last);
    assert_eq!(sequences(&made(subject, "main", 2).await), [4]);
    assert_eq!(sequences(&made(subject, "other", 0).await), [3]);
    assert_eq!(made(subject, "none", 0).await, []);
}

pub(super) async fn what_is_decided_once_is_not_decided_again(subject: &Subject) {
    subject.done(publish("petal", "1.0.0")).await;
    let first = subject.done(name_epoch("main", "spring", 1)).await;
    assert!(matches!(first, Applied::Fact { sequence: 2, .. }));
    let batch = [publish("rose", "1.0.0"), name_epoch("main", "spring", 2)];
    let refused = subject.append(batch).await;
    let Err(AppendError::AlreadyDecided { kind, sequence }) = refused else {
        unreachable!("an epoch's name was given twice: {refused:?}");
    };
    assert_eq!((kind, sequence), ("snapshot", 2));
    assert_eq!(subject.facts().await.len(), 2);
    let elsewhere = subject.done(name_epoch("other", "spring", 1)).await;
    assert!(matches!(elsewhere, Applied::Fact { sequence: 3, .. }));
}

/// Users and tokens are of the server itself, which is no registry.
pub(super) async fn what_concerns_the_server_is_read_back(subject: &Subject) {
    let user = UserName::parse("ann").expect("a user of this suite");
    let token = TokenIssued {
        digest: checksum("token", "1.0.0"),
        holder: actor("ann"),
        grants: vec!["read on main".parse().expect("a grant of this suite")],
        expires: Some(moment(60)),
        label: None,
        issuer: None,
    };
    let change = |decision| Change::Decide {
        scope: RegistryName::server(),
        decision: Decision::Account(decision),
    };
    let issued = AccountDecision::TokenIssued(token);
    subject
        .done(change(AccountDecision::UserAdded { user }))
        .await;
    subject.done(change(issued.clone())).await;
    let read = subject.ledger.decisions(&RegistryName::server(), 0).await;
    let read = read.expect("decisions can be read");
    assert_eq!(sequences(&read), [1, 2]);
    assert_eq!(read[1].decision, Decision::Account(issued.clone()));
    let again = subject.append([change(issued)]).await;
    assert!(matches!(again, Err(AppendError::AlreadyDecided { .. })));
}
