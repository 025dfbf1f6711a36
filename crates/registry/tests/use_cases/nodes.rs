//! Several nodes on one ledger: what is done on one is seen on another, which was
//! not restarted and had answers of its own in memory.
//!
//! Every case runs over any ledger; another crate's tests run them over theirs.

use super::nodes_tokens::{a_new_crate_is_one_publishers, tokens_are_known_everywhere};
use super::package::Package;
use super::plan::Plan;
use super::row::Row;
use super::world::{World, ann, name, registry, version};
use crossdock_core::actor::Actor;
use crossdock_core::checksum::Checksum;
use crossdock_core::decision::Words;
use crossdock_core::gate::{Effect, Gate, Mode, Rule};
use crossdock_registry::memory::Clock;
use crossdock_registry::ports::Ledger;
use crossdock_registry::{Approving, Bearer, RefusalKind};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Two nodes, of which `a` acts and `b` looks.
pub(crate) struct Two<L> {
    pub(crate) a: World<L>,
    pub(crate) b: World<L>,
}

impl<L: Ledger + 'static> Two<L> {
    pub(crate) async fn open(plan: Plan, open: &impl AsyncFn(Clock) -> Arc<L>) -> Self {
        let mut nodes = plan.open_nodes(2, open).await;
        let (b, a) = (nodes.remove(1), nodes.remove(0));
        Self { a, b }
    }

    async fn follow(&self) {
        self.b.federation.catch_up().await.unwrap();
        let followed = self.b.federation.followed();
        assert_eq!(followed.known, self.b.ledger.position().await.unwrap());
    }

    /// Lets `b` follow, and sees to it that it says what `a` says from its own memory.
    async fn agree(&self, path: &str, krate: &str) -> Vec<String> {
        self.follow().await;
        let (a, b) = (
            said(&self.a, path, krate).await,
            said(&self.b, path, krate).await,
        );
        assert_eq!(a, b, "{path} {krate}");
        self.b.versions(path, krate).await
    }
}

/// What a surface says of a name, byte for byte, or why it says nothing.
pub(crate) async fn said<L: Ledger + 'static>(
    world: &World<L>,
    path: &str,
    krate: &str,
) -> Result<String, (RefusalKind, String)> {
    let read = world.index(path, krate).await;
    read.map(|file| String::from_utf8(file.plain().to_vec()).unwrap())
        .map_err(|refusal| (refusal.kind, refusal.detail))
}

/// Hosted `acme` and `apps`, mirrors that believe an answer for an hour.
pub(crate) fn plan() -> Plan {
    Plan::usual()
        .hosted("apps")
        .mirror("partner")
        .believing("partner")
        .believing("crates-io")
        .view("main", &["acme", "apps", "partner", "crates-io"])
}

pub(crate) async fn a_publish_is_seen<L: Ledger + 'static>(open: &impl AsyncFn(Clock) -> Arc<L>) {
    let two = Two::open(plan(), open).await;
    for number in ["1.0.0", "1.1.0"] {
        let petal = Package::new("petal", number);
        two.a.publish("acme", &petal).await.unwrap();
        let shown = two.agree("main", "petal").await;
        assert_eq!(shown.last().map(String::as_str), Some(number));
        two.agree("acme", "petal").await;
        two.agree("main/from/acme", "petal").await;
        two.b.fetch("main", &petal).await.unwrap();
    }
    let found = two
        .b
        .federation
        .search(&two.b.surface("main"), "petal", 10, 1)
        .await;
    assert_eq!(found.unwrap().total, 1);
    let taken = two.b.publish("apps", &Package::new("petal", "2.0.0")).await;
    assert_eq!(taken.unwrap_err().kind, RefusalKind::Forbidden);
}

/// Nobody outside hears of a name that another node published a moment ago.
pub(crate) async fn a_publish_is_private_before_it_is_learnt<L: Ledger + 'static>(
    open: &impl AsyncFn(Clock) -> Arc<L>,
) {
    let two = Two::open(plan(), open).await;
    two.a
        .publish("acme", &Package::new("petal", "1.0.0"))
        .await
        .unwrap();
    let _ = two.b.index("crates-io", "petal").await;
    let _ = two.b.index("main/from/crates-io", "petal").await;
    assert_eq!(two.b.versions("main", "petal").await, ["1.0.0"]);
    if two.b.ledger.is_shared() {
        assert_eq!(two.b.asked("crates-io"), [""; 0]);
    }
}

pub(crate) async fn yanks_and_owners_are_seen<L: Ledger + 'static>(
    open: &impl AsyncFn(Clock) -> Arc<L>,
) {
    let two = Two::open(plan(), open).await;
    two.a
        .publish("acme", &Package::new("petal", "1.0.0"))
        .await
        .unwrap();
    let acme = two.a.surface("acme");
    let (petal, number) = (name("petal"), version("1.0.0"));
    for (yanked, shown) in [(true, "1.0.0!"), (false, "1.0.0")] {
        two.agree("main", "petal").await;
        let done = two
            .a
            .federation
            .set_yanked(&acme, &petal, &number, yanked, &Bearer::Trusted(ann()))
            .await;
        done.unwrap();
        for path in ["main", "acme", "main/from/acme"] {
            assert_eq!(two.agree(path, "petal").await, [shown]);
        }
    }
    let bob = Actor::parse("bob").unwrap();
    let added = two
        .a
        .federation
        .change_owners(&acme, &petal, &[bob], &[], &Bearer::Trusted(ann()))
        .await;
    let owners = added.unwrap();
    assert_eq!(
        two.b.federation.owners(&acme, &petal).await.unwrap(),
        owners
    );
}

pub(crate) async fn an_observation_is_seen<L: Ledger + 'static>(
    open: &impl AsyncFn(Clock) -> Arc<L>,
) {
    let two = Two::open(plan(), open).await;
    let rows = ["1.0.0", "1.1.0"].map(|number| Row::new("serde", number));
    two.a.shows("crates-io", "serde", &rows[..1]);
    for path in ["main", "crates-io", "main/from/crates-io"] {
        assert_eq!(two.agree(path, "serde").await, ["1.0.0"]);
    }
    two.a.shows("crates-io", "serde", &rows);
    let public = registry("crates-io");
    let synced = two.a.federation.sync(&public, None).await.unwrap();
    assert_eq!(synced.changed.len(), 1);
    // What the upstream says to `b` is nothing, so what it shows is from the ledger.
    two.a.upstream("crates-io").set_silent(true);
    for path in ["main", "crates-io", "main/from/crates-io"] {
        assert_eq!(two.agree(path, "serde").await, ["1.0.0", "1.1.0"]);
    }
}

/// Rows that one node refused to change are not changed by one that does not know them.
pub(crate) async fn a_node_that_is_behind_changes_no_row<L: Ledger + 'static>(
    open: &impl AsyncFn(Clock) -> Arc<L>,
) {
    let two = Two::open(plan(), open).await;
    let row = |number: &str, bytes: &str| {
        Row::new("serde", number).checksum(Checksum::of(bytes.as_bytes()))
    };
    let public = registry("crates-io");
    two.a.shows("crates-io", "serde", &[row("1.0.0", "first")]);
    two.agree("main", "serde").await;
    two.a.shows(
        "crates-io",
        "serde",
        &[row("1.0.0", "first"), row("1.1.0", "first")],
    );
    two.a.federation.sync(&public, None).await.unwrap();
    let seen = said(&two.a, "main", "serde").await;
    two.a.shows(
        "crates-io",
        "serde",
        &[row("1.0.0", "first"), row("1.1.0", "other")],
    );
    let synced = two.b.federation.sync(&public, None).await.unwrap();
    assert!(synced.silent.is_empty(), "{synced:?}");
    assert_eq!(said(&two.b, "main", "serde").await, seen);
    let (alarms, _) = two.b.federation.alarms().all();
    assert!(!alarms.is_empty(), "the other bytes are an alarm");
    two.a.federation.catch_up().await.unwrap();
    assert_eq!(said(&two.a, "main", "serde").await, seen);
}

pub(crate) async fn owners_turned_by_command_are_seen<L: Ledger + 'static>(
    open: &impl AsyncFn(Clock) -> Arc<L>,
) {
    let mut two = Two::open(plan(), open).await;
    let petals = ["1.0.0", "1.1.0"].map(|number| Row::new("petal", number));
    two.a.shows("partner", "petal", &petals[..1]);
    two.agree("main", "petal").await;
    two.a.shows("crates-io", "petal", &petals);
    for node in [&mut two.a, &mut two.b] {
        // That it had none was believed for a while.
        node.restart().await;
        node.versions("crates-io", "petal").await;
    }
    let (main, petal) = (registry("main"), name("petal"));
    let (partner, public) = (registry("partner"), registry("crates-io"));
    let turned = two
        .a
        .federation
        .transfer(&main, &petal, &partner, &public, &ann())
        .await;
    turned.unwrap();
    assert_eq!(two.agree("main", "petal").await, ["1.0.0", "1.1.0"]);
    let turned = two
        .a
        .federation
        .reassign(&main, &petal, &partner, true, &ann())
        .await;
    turned.unwrap();
    assert_eq!(two.agree("main", "petal").await, ["1.0.0"]);
    let again = two
        .b
        .federation
        .transfer(&main, &petal, &public, &partner, &ann())
        .await;
    assert_eq!(again.unwrap_err().kind, RefusalKind::Conflict);
}

pub(crate) async fn a_settled_conflict_is_seen<L: Ledger + 'static>(
    open: &impl AsyncFn(Clock) -> Arc<L>,
) {
    let mut two = Two::open(plan(), open).await;
    for member in ["partner", "crates-io"] {
        two.a.shows(member, "petal", &[Row::new("petal", "1.0.0")]);
    }
    two.a.shows(
        "partner",
        "petal",
        &[Row::new("petal", "1.0.0"), Row::new("petal", "1.1.0")],
    );
    assert_eq!(two.agree("main", "petal").await, ["1.0.0"]);
    for node in [&mut two.a, &mut two.b] {
        node.restart_with(plan().claim("main", "petal", "partner"))
            .await;
    }
    let shared = two.b.owner_on_record("main", "petal").await;
    assert_eq!(shared.as_deref(), Some("crates-io partner"));
    assert_eq!(two.a.versions("main", "petal").await, ["1.0.0", "1.1.0"]);
    assert_eq!(two.agree("main", "petal").await, ["1.0.0", "1.1.0"]);
    let explained = two.b.explain("petal").await;
    assert_eq!(explained.owners, ["partner"]);
}

pub(crate) async fn decisions_about_gates_are_seen<L: Ledger + 'static>(
    open: &impl AsyncFn(Clock) -> Arc<L>,
) {
    let gated = plan().policy("main", |policy| {
        policy.gates.admit = Some(Rule::new(Mode::Enforce, Effect::Yank));
    });
    let two = Two::open(gated, open).await;
    two.a.shows(
        "crates-io",
        "serde",
        &[Row::new("serde", "1.0.0"), Row::new("serde", "1.1.0")],
    );
    assert_eq!(two.agree("main", "serde").await, ["1.0.0!", "1.1.0!"]);
    let (main, approve) = (registry("main"), Approving::Approve);
    let approved = two
        .a
        .federation
        .approve(&ann(), &main, approve, &["serde@1.0.0".to_owned()])
        .await;
    approved.unwrap();
    assert_eq!(two.agree("main", "serde").await, ["1.0.0", "1.1.0!"]);
    let (gate, why) = (Gate::Admit.to_string(), "we wrote it");
    let waived = two
        .a
        .federation
        .waive(&ann(), &main, "serde@1.1.0", (&gate, why, "2026-12-01"))
        .await;
    waived.unwrap();
    assert_eq!(two.agree("main", "serde").await, ["1.0.0", "1.1.0"]);
}

pub(crate) async fn a_view_stands_still_everywhere<L: Ledger + 'static>(
    open: &impl AsyncFn(Clock) -> Arc<L>,
) {
    let two = Two::open(plan(), open).await;
    two.a
        .publish("acme", &Package::new("petal", "1.0.0"))
        .await
        .unwrap();
    two.agree("main", "petal").await;
    let main = registry("main");
    two.a
        .federation
        .freeze(&ann(), &main, None, BTreeSet::new())
        .await
        .unwrap();
    two.a
        .publish("acme", &Package::new("petal", "1.1.0"))
        .await
        .unwrap();
    assert_eq!(two.agree("main", "petal").await, ["1.0.0"]);
    let named = two
        .a
        .federation
        .snapshot(&ann(), &main, &registry("spring"), None)
        .await;
    named.unwrap();
    two.a.federation.thaw(&ann(), &main).await.unwrap();
    assert_eq!(two.agree("main", "petal").await, ["1.0.0", "1.1.0"]);
    assert_eq!(two.b.federation.snapshots(&main).len(), 1);
}

pub(crate) async fn what_is_taken_away_is_taken_away_everywhere<L: Ledger + 'static>(
    open: &impl AsyncFn(Clock) -> Arc<L>,
) {
    let two = Two::open(plan(), open).await;
    let petal = Package::new("petal", "1.0.0");
    two.a.publish("acme", &petal).await.unwrap();
    two.agree("main", "petal").await;
    two.b.fetch("main", &petal).await.unwrap();
    let path = format!("main/dl/petal/1.0.0/{}", petal.checksum());
    assert!(two.b.federation.held_crate(&path).is_some());
    let (acme, why) = (registry("acme"), Words::parse("a court says so").unwrap());
    let purged = two
        .a
        .federation
        .purge(&acme, &name("petal"), &version("1.0.0"), why, &ann())
        .await;
    purged.unwrap();
    assert_eq!(two.agree("main", "petal").await, ["1.0.0!"]);
    assert!(two.b.federation.held_crate(&path).is_none());
    let fetched = two.b.fetch("main", &petal).await;
    assert_eq!(fetched.unwrap_err().kind, RefusalKind::Purged);

    two.a.shows("partner", "rose", &[Row::new("rose", "1.0.0")]);
    two.agree("main", "rose").await;
    two.a.asked("partner");
    two.a
        .federation
        .retire(&registry("partner"), &ann())
        .await
        .unwrap();
    assert_eq!(two.agree("main", "rose").await, ["1.0.0"]);
    let _ = two.b.index("partner", "thorn").await;
    assert_eq!(two.b.asked("partner"), [""; 0], "it is not asked any more");
}

/// Runs every case over the ledgers that a function opens.
pub(crate) async fn every_case<L: Ledger + 'static>(open: &impl AsyncFn(Clock) -> Arc<L>) {
    a_publish_is_seen(open).await;
    a_publish_is_private_before_it_is_learnt(open).await;
    yanks_and_owners_are_seen(open).await;
    an_observation_is_seen(open).await;
    a_node_that_is_behind_changes_no_row(open).await;
    owners_turned_by_command_are_seen(open).await;
    a_settled_conflict_is_seen(open).await;
    decisions_about_gates_are_seen(open).await;
    a_view_stands_still_everywhere(open).await;
    what_is_taken_away_is_taken_away_everywhere(open).await;
    a_new_crate_is_one_publishers(open).await;
    tokens_are_known_everywhere(open).await;
}
