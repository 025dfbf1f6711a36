//! Law 10: a hundred epochs are made again from facts and texts alone, byte for byte,
//! by a federation whose upstream has nothing.

use super::package::Package;
use super::plan::Plan;
use super::row::Row;
use super::world::{BEGIN, World, ann, federation, index_name, name, registry, version};
use crossdock_core::epoch::When;
use crossdock_core::timestamp::Timestamp;
use crossdock_registry::memory::{ManualClock, MemoryLedger, MemoryUpstream, Validating};
use crossdock_registry::{Bearer, rebuild};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const SURFACES: [&str; 4] = ["main", "acme", "crates-io", "main/from/crates-io"];
const NAMES: [&str; 5] = ["petal", "rose", "serde", "bloom", "never"];

/// What every file at every epoch says, or why there is none.
type Answers = BTreeMap<(u64, &'static str, &'static str), Result<Vec<u8>, String>>;

async fn answers(world: &World, epochs: u64) -> Answers {
    let mut answers = Answers::new();
    for epoch in 1..=epochs {
        let moment = world
            .federation
            .moment(&registry("main"), &When::Epoch(epoch))
            .await
            .unwrap();
        for path in SURFACES {
            for file in NAMES {
                let (surface, wanted) = (world.surface(path), index_name(file));
                let read = world
                    .federation
                    .read_index_at(&surface, &wanted, moment)
                    .await;
                let read = read.map(|read| read.plain().to_vec());
                let read = read.map_err(|refusal| format!("{:?}", refusal.kind));
                answers.insert((epoch, path, file), read);
            }
        }
    }
    answers
}

/// Rows of a public crate, of which some were yanked and some depend on others.
fn rows(krate: &str, count: u64, yanked: u64) -> Vec<Row> {
    let row = |number: u64| {
        let row = Row::new(krate, &format!("1.{number}.0"));
        let row = row.with(
            "pubtime",
            format!("2026-11-{:02}T00:00:00Z", number % 28 + 1),
        );
        let row = match number % 3 {
            0 => row.needs("petal", "^1"),
            1 => row.needs("leaf", "^1"),
            _ => row,
        };
        if number == yanked { row.yanked() } else { row }
    };
    (0..count).map(row).collect()
}

/// Months in the life of an installation, a step an hour.
async fn live(world: &World) {
    let mut dice = 0x2545_f491_4f6c_dd1d_u64;
    let mut roll = |sides: u64| {
        dice ^= dice << 13;
        dice ^= dice >> 7;
        dice ^= dice << 17;
        dice % sides
    };
    let (mut published, mut shown) = (BTreeMap::<&str, u64>::new(), BTreeMap::<&str, u64>::new());
    // Public rows name this one, which nobody may have published first.
    world
        .publish("acme", &Package::new("petal", "0.1.0"))
        .await
        .unwrap();
    let mut step = 0;
    while world.epoch().await < 105 {
        step += 1;
        world.later();
        let (private, public) = (
            ["petal", "rose"][usize::try_from(roll(2)).unwrap()],
            ["serde", "leaf", "bloom"][usize::try_from(roll(3)).unwrap()],
        );
        match roll(10) {
            0 | 1 => {
                let number = published.entry(private).or_default();
                let package = Package::new(private, &format!("1.{number}.0"));
                *number += 1;
                world.publish("acme", &package).await.unwrap();
            }
            2 => {
                if let Some(last) = published
                    .get(private)
                    .and_then(|count| count.checked_sub(1))
                {
                    let (surface, yanked) = (world.surface("acme"), roll(2) == 0);
                    let number = version(&format!("1.{last}.0"));
                    world
                        .federation
                        .set_yanked(
                            &surface,
                            &name(private),
                            &number,
                            yanked,
                            &Bearer::Trusted(ann()),
                        )
                        .await
                        .unwrap();
                }
            }
            3..=5 => {
                let count = shown.entry(public).or_default();
                *count += roll(2);
                world.shows("crates-io", public, &rows(public, *count, roll(8)));
            }
            6 if step % 7 == 0 => {
                // There may be no fact yet, and then nothing to freeze.
                let _ = world.freeze("rose").await;
            }
            7 => drop(
                world
                    .federation
                    .thaw(&ann(), &registry("main"))
                    .await
                    .unwrap(),
            ),
            _ => {}
        }
        let path = SURFACES[usize::try_from(roll(4)).unwrap()];
        let file = [private, public][usize::try_from(roll(2)).unwrap()];
        // Absent or not: what it records is what counts.
        let _ = world.index(path, file).await;
    }
}

#[tokio::test]
async fn a_hundred_epochs_are_the_same_again_from_facts_alone() {
    let mut world = Plan::usual().open().await;
    live(&world).await;
    let epochs = 100;
    // Whatever nobody had recorded is, from the first look on.
    let first = answers(&world, epochs).await;
    let shown = first.values().filter(|read| read.is_ok()).count();
    assert!(
        shown > 700,
        "{shown} of {} files show something",
        first.len()
    );
    assert!(
        !first
            .values()
            .any(|read| read == &Err("Unavailable".to_owned()))
    );
    live_on(&world).await;

    let clock = ManualClock::at(Timestamp::parse(BEGIN).unwrap());
    let again = Arc::new(MemoryLedger::new(clock.reading()));
    let done = rebuild(&*world.ledger, &*again, &|time| clock.set(time)).await;
    assert_eq!(done.unwrap(), world.epoch().await);
    // Its upstream has nothing, so whatever it shows is from the facts.
    let nothing = Arc::new(MemoryUpstream::new(Validating::ETag));
    world.upstreams = [(registry("crates-io"), nothing)].into();
    world.federation.shutdown().await;
    let configuration = world.federation.configuration().clone();
    world.federation =
        federation(&configuration, &again, &world.blobs, &world.upstreams, None).await;
    world.ledger = again;
    let second = answers(&world, epochs).await;
    for (place, read) in &first {
        assert_eq!(second.get(place), Some(read), "{place:?}");
    }
    // Of these the upstream had nothing, and that it has nothing is no fact.
    let asked: BTreeSet<String> = world.asked("crates-io").into_iter().collect();
    let never = ["never", "petal", "rose"].map(str::to_owned);
    assert!(asked.is_subset(&BTreeSet::from(never)), "{asked:?}");
}

/// Everything changes once more, after all was asked for.
async fn live_on(world: &World) {
    world.later();
    for public in ["serde", "leaf", "bloom"] {
        world.shows("crates-io", public, &rows(public, 20, 3));
        let _ = world.index("main", public).await;
    }
    for private in ["petal", "rose"] {
        let package = Package::new(private, "9.0.0");
        world.publish("acme", &package).await.unwrap();
    }
}
