//! The real program, killed at random moments under load, and started again.
//!
//! What was acknowledged is there, what was not is there whole or not at all, `crossdock
//! fsck` finds nothing between the two, and the next start takes two seconds at most.
//! `CROSSDOCK_KILLS` asks for more kills (`cargo xtask soak kills`); a kill finds another
//! moment each time, so that `CROSSDOCK_KILLS_SEED` repeats the load and not the moment.
//!
//! Here: the kills. Below: the load, and what is known of it.

mod export;
mod house;
mod known;
mod load;

use crossdock_conformance::command::fail;
use house::House;
use std::time::{Duration, Instant};

/// Kills of one data folder; then another one begins, so that looking at all of it stays
/// short.
const HOUSE_KILLS: usize = 40;

/// What a start may take, in seconds, where `CROSSDOCK_KILLS_RESTART` does not say that the
/// machine has others to serve first. Half of the starts have to be so short.
const RESTART_SECS_MAX: usize = 2;

/// A small generator of its own: the same numbers for the same seed.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }
}

fn number(variable: &str, otherwise: usize) -> usize {
    let said = std::env::var(variable).ok();
    said.and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

#[test]
fn what_is_killed_under_load_loses_nothing_it_acknowledged() {
    let kills = number("CROSSDOCK_KILLS", 20);
    let seed = number("CROSSDOCK_KILLS_SEED", 1);
    let mut dice = Dice(seed as u64);
    let (mut killed, mut in_start, mut acknowledged) = (0, 0, 0);
    let mut restarts = Vec::new();
    while killed < kills {
        let mut house = House::new(seed * 1_000_000 + killed);
        for _ in 0..HOUSE_KILLS.min(kills - killed) {
            // Most soon, some when packing has begun.
            let millis = match dice.roll(6) {
                0 => 900 + dice.roll(1500),
                _ => 5 + dice.roll(400),
            };
            acknowledged += house.works_and_dies(Duration::from_millis(millis as u64));
            killed += 1;
            house.is_sound();
            if dice.roll(4) == 0 {
                house.dies_starting(Duration::from_millis(dice.roll(400) as u64));
                in_start += 1;
                house.is_sound();
            }
            let began = Instant::now();
            house.starts();
            restarts.push(began.elapsed());
            house.has_all_it_acknowledged();
        }
        if killed % 200 == 0 {
            println!("{killed} kills, {acknowledged} operations acknowledged, no anomaly");
        }
    }
    restarts.sort_unstable();
    let restart_max = number("CROSSDOCK_KILLS_RESTART", RESTART_SECS_MAX);
    let restart_max = Duration::from_secs(restart_max as u64);
    let (median, longest) = (restarts[restarts.len() / 2], restarts[restarts.len() - 1]);
    let late = restarts.iter().filter(|took| **took > restart_max).count();
    println!(
        "{killed} kills under load and {in_start} while starting, {acknowledged} operations \
         acknowledged, no anomaly; starts took {median:?} in the middle, {longest:?} at most, \
         {late} of them more than {restart_max:?}"
    );
    if median > restart_max {
        fail(&format!("starts took {median:?} in the middle"));
    }
}
