//! However operations of several nodes meet, nodes that followed say the same.
//!
//! Nodes follow at any moment or not at all while things happen, so many operations
//! rest on what is no longer so. What becomes of each does not matter here; in the end
//! all follow, and every surface says the same on all nodes, byte for byte.

use super::nodes::{plan, said};
use super::package::Package;
use super::plan::Plan;
use super::row::Row;
use super::world::{World, ann, name, registry, version};
use crossdock_core::actor::Actor;
use crossdock_core::decision::Words;
use crossdock_core::gate::{Effect, Mode, Rule};
use crossdock_core::policy::Identity;
use crossdock_registry::memory::Clock;
use crossdock_registry::ports::Ledger;
use crossdock_registry::{Approving, Bearer, RefusalKind};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const NODES: usize = 3;
/// The step in which a node starts again.
const RESTART: u8 = 24;
const HOSTED: [&str; 2] = ["acme", "apps"];
const MIRRORS: [&str; 2] = ["partner", "crates-io"];
const MEMBERS: [&str; 4] = ["acme", "apps", "partner", "crates-io"];
/// Few, so that they collide; one has two spellings.
pub(crate) const NAMES: [&str; 4] = ["petal", "rose", "sea_rose", "sea-rose"];
const VERSIONS: [&str; 3] = ["1.0.0", "1.1.0", "2.0.0"];
pub(crate) const PATHS: [&str; 9] = [
    "main",
    "acme",
    "apps",
    "partner",
    "crates-io",
    "main/from/acme",
    "main/from/apps",
    "main/from/partner",
    "main/from/crates-io",
];

/// Something that happens at a node; numbers choose among few.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    pub(crate) node: usize,
    what: u8,
    one: usize,
    other: usize,
    pub(crate) number: usize,
}

/// A history, and what world it happens in.
#[derive(Clone, Debug)]
pub(crate) struct History {
    pub(crate) steps: Vec<Step>,
    split: bool,
    gated: bool,
    same_crate: bool,
    believing: bool,
    /// Which node starts again in the end, and forgets what it only believed.
    restarted: usize,
}

pub(crate) fn history() -> impl Strategy<Value = History> {
    let step = (0..NODES, 0..=RESTART, 0..16_usize, 0..16_usize, 0..16_usize);
    let step = step.prop_map(|(node, what, one, other, number)| Step {
        node,
        what,
        one,
        other,
        number,
    });
    let steps = prop::collection::vec(step, 1..40);
    let world = any::<(bool, bool, bool, bool)>();
    (steps, world, 0..NODES).prop_map(
        |(steps, (split, gated, same_crate, believing), restarted)| History {
            steps,
            split,
            gated,
            same_crate,
            believing,
            restarted,
        },
    )
}

impl History {
    /// The world it happens in.
    pub(crate) fn plan(&self) -> Plan {
        let mut plan = if self.believing {
            plan()
        } else {
            let plan = Plan::usual().hosted("apps").mirror("partner");
            plan.view("main", &MEMBERS)
        };
        if self.same_crate {
            plan = plan.same_crate("main", "petal", &["acme", "apps", "partner"]);
        }
        plan.policy("main", |policy| {
            if self.split {
                policy.identity = Identity::Split;
            }
            if self.gated {
                policy.gates.admit = Some(Rule::new(Mode::Enforce, Effect::Yank));
            }
        })
    }
}

/// Lets a history happen over a ledger, and compares all nodes in the end.
pub(crate) async fn hold<L: Ledger + 'static>(
    history: &History,
    open: &impl AsyncFn(Clock) -> Arc<L>,
) -> Result<(), TestCaseError> {
    let mut nodes = history.plan().open_nodes(NODES, open).await;
    for step in &history.steps {
        match step.what {
            RESTART if step.number % 2 == 0 => nodes[step.node].restart().await,
            RESTART => nodes[step.node].restart_killed().await,
            _ => happen(&nodes[step.node], *step).await,
        }
    }
    let said = agreed(&nodes).await?;
    nodes[history.restarted].restart().await;
    let again = agreed(&nodes).await?;
    for (asked, before) in &said {
        let now = &again[asked];
        match before {
            Ok(before) => prop_assert!(continues(before, now), "{asked:?}: {before} then {now:?}"),
            // Nobody may have been asked for it in earnest: an absence is believed for a
            // moment, and the start ends the moment.
            Err(_) if history.believing => {}
            Err(_) => prop_assert_eq!(before, now, "{:?}", asked),
        }
    }
    Ok(())
}

/// What is said, by surface and crate.
type Said = BTreeMap<(&'static str, &'static str), Result<String, (RefusalKind, String)>>;

/// Lets all nodes follow and be asked, and sees to it that they say the same.
async fn agreed<L: Ledger + 'static>(nodes: &[World<L>]) -> Result<Said, TestCaseError> {
    // What is asked for the last time may be recorded by the asking.
    for node in nodes {
        node.federation.catch_up().await.unwrap();
        all_said(node).await;
    }
    for node in nodes {
        node.federation.catch_up().await.unwrap();
    }
    let first = all_said(&nodes[0]).await;
    for node in &nodes[1..] {
        for (asked, said) in all_said(node).await {
            prop_assert_eq!(&said, &first[&asked], "{:?}", asked);
        }
    }
    Ok(first)
}

async fn all_said<L: Ledger + 'static>(node: &World<L>) -> Said {
    let mut all = Said::new();
    for path in PATHS {
        for krate in NAMES {
            all.insert((path, krate), said(node, path, krate).await);
        }
    }
    all
}

/// Tells whether all that was shown is shown again; it may be yanked by now, and there
/// may be more.
fn continues(before: &str, now: &Result<String, (RefusalKind, String)>) -> bool {
    let unyanked = |text: &str| -> BTreeSet<String> {
        text.lines()
            .map(|row| row.replace("\"yanked\":true", "\"yanked\":false"))
            .collect()
    };
    now.as_ref()
        .is_ok_and(|now| unyanked(now).is_superset(&unyanked(before)))
}

/// Does what a step says; whether it is allowed is not asked here.
pub(crate) async fn happen<L: Ledger + 'static>(node: &World<L>, step: Step) {
    let Step {
        what,
        one,
        other,
        number,
        ..
    } = step;
    let federation = &node.federation;
    let krate = NAMES[one % NAMES.len()];
    let (hosted, mirror) = (HOSTED[other % 2], MIRRORS[other % 2]);
    let vers = VERSIONS[number % VERSIONS.len()];
    let (main, of) = (registry("main"), name(krate));
    match what {
        0..=3 => {
            let mut package = Package::new(krate, vers);
            if number % 2 == 1 {
                package = package.needs(&format!("{} = \"1\"", NAMES[(one + 1) % NAMES.len()]));
            }
            drop(node.publish(hosted, &package).await);
        }
        4 => {
            let (surface, vers) = (node.surface(hosted), version(vers));
            let yanked = number % 2 == 0;
            drop(
                federation
                    .set_yanked(&surface, &of, &vers, yanked, &Bearer::Trusted(ann()))
                    .await,
            );
        }
        5 => {
            let (surface, bob) = (node.surface(hosted), Actor::parse("bob").unwrap());
            drop(
                federation
                    .change_owners(&surface, &of, &[bob], &[], &Bearer::Trusted(ann()))
                    .await,
            );
        }
        6..=8 => {
            let rows = VERSIONS.iter().take(number % 3 + 1).map(|vers| {
                let row = Row::new(krate, vers);
                match (number / 3 + vers.len() + one) % 3 {
                    0 => row.needs(NAMES[(one + 1) % NAMES.len()], "1"),
                    1 if number > 9 => row.yanked(),
                    _ => row,
                }
            });
            node.shows(mirror, krate, &rows.collect::<Vec<_>>());
        }
        9..=13 => drop(said(node, PATHS[other % PATHS.len()], krate).await),
        14 | 15 => federation.catch_up().await.unwrap(),
        16 => drop(federation.sync(&registry(mirror), None).await),
        17 => {
            let (from, to) = (MEMBERS[other % 4], MEMBERS[number % 4]);
            let (from, to) = (registry(from), registry(to));
            drop(federation.transfer(&main, &of, &from, &to, &ann()).await);
        }
        18 => {
            let to = registry(MEMBERS[number % 4]);
            drop(federation.reassign(&main, &of, &to, true, &ann()).await);
        }
        19 => {
            let release = [format!("{krate}@{vers}")];
            let approving = Approving::Approve;
            drop(federation.approve(&ann(), &main, approving, &release).await);
        }
        20 => {
            let release = format!("{krate}@{vers}");
            let about = ("admit", "we wrote it", "2026-12-01");
            drop(federation.waive(&ann(), &main, &release, about).await);
        }
        21 if number % 3 == 0 => {
            let froze = federation
                .freeze(&ann(), &main, None, BTreeSet::new())
                .await;
            drop(froze);
        }
        21 => drop(federation.thaw(&ann(), &main).await),
        22 if number % 4 == 0 => drop(federation.retire(&registry(mirror), &ann()).await),
        _ => {
            let (member, why) = (
                registry(MEMBERS[other % 4]),
                Words::parse("it must go").unwrap(),
            );
            drop(
                federation
                    .purge(&member, &of, &version(vers), why, &ann())
                    .await,
            );
        }
    }
}
