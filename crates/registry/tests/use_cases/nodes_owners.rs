//! Several nodes at once: who owns a name, who owns a crate, and whose file is in force.

use super::nodes::plan;
use super::package::Package;
use super::world::{ann, name, registry};
use crossdock_core::actor::Actor;
use crossdock_registry::RefusalKind;
use crossdock_registry::memory::Clock;
use crossdock_registry::ports::Ledger;
use std::collections::BTreeSet;
use std::sync::Arc;

/// How often a race is run.
const RACES: usize = 20;

/// Of two who publish a new name to two members at once, one has it, on all nodes.
pub(crate) async fn of_two_publishes_one_takes_the_name<L: Ledger + 'static>(
    open: &impl AsyncFn(Clock) -> Arc<L>,
) {
    let nodes = plan().open_nodes(2, open).await;
    for race in 0..RACES {
        let krate = format!("petal{race}");
        let package = Package::new(&krate, "1.0.0");
        let (here, there) = tokio::join!(
            nodes[0].publish("acme", &package),
            nodes[1].publish("apps", &package),
        );
        assert!(here.is_ok() != there.is_ok(), "{here:?} {there:?}");
        let taker = if here.is_ok() { "acme" } else { "apps" };
        for refused in [here, there].into_iter().filter_map(Result::err) {
            assert_eq!(refused.kind, RefusalKind::Forbidden, "{refused}");
        }
        for node in &nodes {
            node.federation.catch_up().await.unwrap();
            let owner = node.owner_on_record("main", &krate).await;
            assert_eq!(owner.as_deref(), Some(taker));
            assert_eq!(node.versions("main", &krate).await, ["1.0.0"]);
            let explained = node.explain(&krate).await;
            assert_eq!(explained.owners, [taker]);
        }
    }
}

/// Of many who add an owner on several nodes none is lost.
pub(crate) async fn no_owner_is_lost_between_nodes<L: Ledger + 'static>(
    open: &impl AsyncFn(Clock) -> Arc<L>,
) {
    let nodes = plan().open_nodes(2, open).await;
    let petal = Package::new("petal", "1.0.0");
    nodes[0].publish("acme", &petal).await.unwrap();
    nodes[1].federation.catch_up().await.unwrap();
    let adding = (0..RACES).map(|number| {
        let node = &nodes[number % 2];
        async move {
            let new = [Actor::parse(&format!("user-{number}")).unwrap()];
            let (acme, petal) = (node.surface("acme"), name("petal"));
            let bearer = crossdock_registry::Bearer::Trusted(ann());
            let adding = node
                .federation
                .change_owners(&acme, &petal, &new, &[], &bearer);
            adding.await.unwrap();
        }
    });
    futures::future::join_all(adding).await;
    for node in &nodes {
        let acme = node.surface("acme");
        let owners = node.federation.owners(&acme, &name("petal")).await.unwrap();
        let different: BTreeSet<_> = owners.iter().map(ToString::to_string).collect();
        assert_eq!(different.len(), RACES + 1, "{different:?}");
    }
}

/// A node serves its own file, and says what differs from the one recorded last; that is
/// what `/readyz` tells.
pub(crate) async fn a_file_that_differs_is_told<L: Ledger + 'static>(
    open: &impl AsyncFn(Clock) -> Arc<L>,
) {
    let mut nodes = plan().open_nodes(2, open).await;
    let adopt = async |node: &super::world::World<L>| {
        node.federation.adopt_policies(&ann()).await.unwrap();
    };
    let told = async |node: &super::world::World<L>| {
        node.federation.catch_up().await.unwrap();
        let reports = node.federation.unsettled_policies().await.unwrap();
        let lines = reports.into_iter().flat_map(|report| report.difference);
        lines.collect::<Vec<_>>()
    };
    for node in &nodes {
        adopt(node).await;
    }
    for node in &nodes {
        assert_eq!(told(node).await, [""; 0], "equal files are one fact");
    }
    nodes[1]
        .restart_with(plan().claim("main", "petal", "apps"))
        .await;
    adopt(&nodes[1]).await;
    assert_eq!(told(&nodes[1]).await, [""; 0]);
    let differs = told(&nodes[0]).await;
    assert!(
        matches!(&*differs, [line] if line.starts_with("- ") && line.contains("petal")),
        "{differs:?}"
    );
    // Its own file is what it serves.
    let to_acme = nodes[0]
        .publish("acme", &Package::new("petal", "1.0.0"))
        .await;
    to_acme.unwrap();
    nodes[0]
        .restart_with(plan().claim("main", "petal", "apps"))
        .await;
    adopt(&nodes[0]).await;
    let settled = nodes[0].federation.unsettled_policies().await.unwrap();
    let claims: Vec<_> = settled
        .iter()
        .flat_map(|report| &report.contradicted_claims)
        .collect();
    assert!(
        settled.iter().all(|report| report.difference.is_empty()),
        "{settled:?}"
    );
    assert_eq!(claims.len(), 1, "the name was taken before: {claims:?}");
    let policy = nodes[0].federation.policy_in_force(&registry("main")).await;
    assert!(policy.unwrap().is_some_and(|text| text.contains("petal")));
}

/// Runs every case over the ledgers that a function opens.
pub(crate) async fn every_case<L: Ledger + 'static>(open: &impl AsyncFn(Clock) -> Arc<L>) {
    of_two_publishes_one_takes_the_name(open).await;
    no_owner_is_lost_between_nodes(open).await;
    a_file_that_differs_is_told(open).await;
}
