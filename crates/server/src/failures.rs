//! Tokens that do not count, and how often a client may show them.
//!
//! A client that shows too many is told to wait. While it waits, a token that checks
//! itself (`cdk_…`, 178 bits, which nobody guesses) is looked at all the same: a machine
//! with an old token locks out none of its neighbours behind one address. Anything else,
//! such as an admin token that somebody chose, is not even compared.
//!
//! Absent: which address a request is from (`client_address.rs`).

use crate::pace::{Pace, Pacer, subscriber};
use std::collections::HashMap;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Failures of one client in a row: a build of some hundred crates stops at its first,
/// and a fleet behind one address has a few of them.
const BURST: NonZeroU32 = NonZeroU32::new(30).expect("30 is not 0");

/// Failures of one client in a second, in the long run.
const PER_SECOND: NonZeroU32 = NonZeroU32::MIN;

/// Most clients that are told to wait at one time; beyond, those who waited longest are
/// let go.
const WAITING_MAX: usize = 10_000;

/// Counts tokens that do not count.
pub(crate) struct Failures {
    pacer: Pacer,
    /// Until when clients wait. Held for look-ups and inserts, never across an await.
    waiting: Mutex<HashMap<IpAddr, Instant>>,
    /// How many wait, so that a request asks for no lock while nobody does.
    many: AtomicUsize,
}

impl Failures {
    /// Begins to count.
    pub(crate) fn new() -> Self {
        Self {
            pacer: Pacer::new(Pace {
                per_second: PER_SECOND,
                burst: BURST,
            }),
            waiting: Mutex::default(),
            many: AtomicUsize::new(0),
        }
    }

    /// Tells how long a client has to wait before what it shows is looked at, if it has.
    pub(crate) fn wait(&self, client: IpAddr) -> Option<Duration> {
        if self.many.load(Ordering::Relaxed) == 0 {
            return None;
        }
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let until = waiting.get(&subscriber(client))?;
        until.checked_duration_since(Instant::now())
    }

    /// Notes a token that does not count; tells how long its client has to wait now, if
    /// it was one too many.
    pub(crate) fn note(&self, client: IpAddr) -> Option<Duration> {
        let wait = self.pacer.take(client).err()?;
        let now = Instant::now();
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() >= WAITING_MAX {
            waiting.retain(|_, until| *until > now);
        }
        if waiting.len() < WAITING_MAX {
            waiting.insert(subscriber(client), now + wait);
        }
        self.many.store(waiting.len(), Ordering::Relaxed);
        Some(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_fails_too_often_waits_and_nobody_else() {
        let failures = Failures::new();
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let (one, other) = (ip("192.0.2.7"), ip("192.0.2.8"));
        for _ in 0..BURST.get() {
            assert_eq!(failures.note(one), None);
            assert_eq!(failures.wait(one), None);
        }
        let wait = failures.note(one).unwrap();
        assert!(wait <= Duration::from_secs(1), "{wait:?}");
        assert!(failures.wait(one).is_some());
        assert_eq!(failures.wait(other), None);
        assert_eq!(failures.note(other), None);
    }
}
