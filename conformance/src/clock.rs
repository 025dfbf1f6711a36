//! Times as rows have them, and waiting for what comes by the passing of time.

use crate::command::fail;
use std::time::{Duration, Instant};

/// How long is waited at most.
const WAIT_LIMIT: Duration = Duration::from_secs(30);

/// Returns the time of so many seconds ago, as an index row has it.
///
/// # Panics
/// If the machine's clock is far from today.
pub fn seconds_ago(seconds: i64) -> String {
    in_seconds(-seconds)
}

/// Returns the time in so many seconds, as an index row has it.
///
/// # Panics
/// If the machine's clock is far from today.
pub fn in_seconds(seconds: i64) -> String {
    let now = jiff::Timestamp::now().as_second();
    let then = jiff::Timestamp::from_second(now + seconds);
    then.expect("a time near to now").to_string()
}

/// Waits until something holds.
///
/// # Panics
/// If it does not hold in time.
#[track_caller]
pub fn awaits(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        if began.elapsed() > WAIT_LIMIT {
            fail(&format!("waited {WAIT_LIMIT:?} for {what}"));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}
