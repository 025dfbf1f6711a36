//! Epochs when all upstreams are gone, the one of an inside mirror included: what was
//! answered once is answered again, from facts and texts alone.
//!
//! What makes a name private is asked of inside mirrors today, so one that is dead
//! keeps names in; it must not keep back what is on record or held.

use super::package::Package;
use super::plan::Plan;
use super::row::Row;
use super::world::{World, address, index_name, registry};
use crossdock_core::policy::Side;
use crossdock_registry::RefusalKind;
use crossdock_registry::ports::Ledger as _;
use std::collections::BTreeMap;

const MEMBERS: [&str; 4] = ["acme", "lab", "partner", "crates-io"];
const SURFACES: [&str; 9] = [
    "main",
    "acme",
    "lab",
    "partner",
    "crates-io",
    "main/from/acme",
    "main/from/lab",
    "main/from/partner",
    "main/from/crates-io",
];
const NAMES: [&str; 8] = [
    "bud", "fern", "leaf", "moss", "oak", "petal", "rose", "never",
];

/// Names of mirrors that the view is not asked for, and one that nobody has.
const UNASKED: [&str; 4] = ["leaf", "oak", "petal", "never"];

/// What every file at every epoch says, or why there is none.
type Answers = BTreeMap<(u64, &'static str, &'static str), Result<Vec<u8>, RefusalKind>>;

/// `lab` mirrors a registry of the house.
fn plan() -> Plan {
    let plan = Plan::usual().mirror("lab").mirror("partner");
    plan.view("main", &MEMBERS).policy("main", |policy| {
        policy.members.get_mut("lab").unwrap().side = Side::Inside;
    })
}

/// Everything that leads anywhere, read at the view.
async fn lived() -> World {
    let world = plan().open().await;
    let partner = "sparse+https://partner.example/";
    world.shows(
        "lab",
        "moss",
        &[Row::new("moss", "1.0.0").needs("fern", "1")],
    );
    world.shows("lab", "fern", &[Row::new("fern", "1.0.0")]);
    world.versions("main", "moss").await;
    let roses = ["1.0.0", "1.1.0"].map(|number| {
        let row = Row::new("rose", number).needs("petal", "1");
        row.needs_of("leaf", "1", super::world::CRATES_IO)
    });
    world.shows("partner", "rose", &roses[..1]);
    world.versions("main", "rose").await;
    world.shows("partner", "rose", &roses);
    let line = format!("petal = {{ version = \"1\", registry-index = \"{partner}\" }}");
    let bud = Package::new("bud", "1.0.0").needs(&line);
    world.publish("acme", &bud).await.unwrap();
    // Nobody has petal yet, so bud leads to partner's face and nothing says whose it is.
    assert_eq!(
        world.points_to("main", "bud", "petal").await,
        address("main/from/partner")
    );
    world.later();
    world.shows("partner", "petal", &[Row::new("petal", "1.0.0")]);
    world.versions("main/from/partner", "petal").await;
    world.versions("main", "rose").await;
    // Known to a mirror alone, and by no view.
    world.shows("crates-io", "oak", &[Row::new("oak", "1.0.0")]);
    world.versions("crates-io", "oak").await;
    world.later();
    world
}

async fn answers(world: &World, epochs: u64) -> Answers {
    let mut answers = Answers::new();
    for epoch in 1..=epochs {
        for path in SURFACES {
            // Of what others have alone the view is never asked, so no record says whose it is.
            let files = NAMES
                .iter()
                .filter(|file| path != "main" || !UNASKED.contains(file));
            for file in files {
                let read = world.index_at(path, &epoch.to_string(), file).await;
                let read = read.map(|read| read.plain().to_vec());
                answers.insert((epoch, path, *file), read.map_err(|refusal| refusal.kind));
            }
        }
    }
    answers
}

#[tokio::test]
async fn what_an_epoch_said_it_says_when_an_inside_mirror_is_dead() {
    let mut world = lived().await;
    let epochs = world.epoch().await;
    // What is seen for the first time is the answer from then on.
    answers(&world, epochs).await;
    let before = answers(&world, epochs).await;
    for mirror in ["lab", "partner", "crates-io"] {
        world.upstream(mirror).set_silent(true);
    }
    world.restart().await;
    let after = answers(&world, epochs).await;
    let mut shown = 0;
    for (asked, before) in &before {
        let (_, path, file) = *asked;
        let now = &after[asked];
        let is_mirrors = world.observed(path, file).await;
        match before {
            // That a crate was absent is no fact, unless it came later.
            Err(RefusalKind::Absent) if is_mirrors == Some(false) => {
                let unable = [RefusalKind::Absent, RefusalKind::Unavailable];
                let refused = now.as_ref().unwrap_err();
                assert!(unable.contains(refused), "{asked:?}: {now:?}");
            }
            _ => assert_eq!(before, now, "{asked:?}"),
        }
        shown += usize::from(before.is_ok());
    }
    assert!(shown > 40, "{shown}");
    // Whose it is in the view was never said, and lab might have it.
    for file in UNASKED {
        let refused = world.index_at("main", &epochs.to_string(), file).await;
        assert_eq!(
            refused.unwrap_err().kind,
            RefusalKind::Unavailable,
            "{file}"
        );
    }
}

/// What is held of a mirror is given on its own address and its face today as well.
#[tokio::test]
async fn what_is_held_is_given_while_an_inside_mirror_cannot_say_whose_it_is() {
    let mut world = lived().await;
    world.restart().await;
    world.upstream("lab").set_silent(true);
    world.asked("crates-io");
    for path in ["crates-io", "main/from/crates-io"] {
        assert_eq!(world.versions(path, "oak").await, ["1.0.0"], "{path}");
    }
    assert_eq!(world.asked("crates-io"), [""; 0], "oak may be lab's");
    let refused = world.index("main", "oak").await.unwrap_err();
    assert_eq!(refused.kind, RefusalKind::Unavailable);
    let refused = world.index("crates-io", "never").await.unwrap_err();
    assert_eq!(refused.kind, RefusalKind::Unavailable);
    // Where its row leads was decided when it was first shown.
    let leads = world.points_to("main", "bud", "petal").await;
    assert_eq!(leads, address("main/from/partner"));
}

impl World {
    /// Tells whether the mirror behind a path ever had a name; nothing if it is none.
    async fn observed(&self, path: &str, file: &str) -> Option<bool> {
        let member = path.rsplit('/').next().unwrap();
        let (mirror, name) = (registry(member), index_name(file));
        let is_mirror = self.upstreams.contains_key(&mirror);
        let seen = self.ledger.observed(&mirror, &name, u64::MAX);
        is_mirror.then_some(seen.await.unwrap().is_some())
    }
}
