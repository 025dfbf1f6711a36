//! How often one client may ask: a bound that an operator sets, for whoever runs wild.
//!
//! A client is an address of IPv4 or a network of 64 bits of IPv6, which is what one
//! subscriber has. Each may ask in bursts, and then as fast as is said (a token bucket).
//! Who is too fast is told when to come again, which cargo does.
//!
//! Absent: which address a request is from (`client_address.rs`).

use governor::clock::{Clock as _, DefaultClock};
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// After how many questions clients are forgotten that have their whole burst again.
const FORGET_EVERY: u32 = 4096;

/// A bound on the requests of each client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Requests in a second, in the long run.
    pub per_second: NonZeroU32,
    /// Requests at once.
    pub burst: NonZeroU32,
}

/// Watches over a pace.
pub(crate) struct Pacer {
    clients: RateLimiter<IpAddr, HashMapStateStore<IpAddr>, DefaultClock>,
    clock: DefaultClock,
    asked: AtomicU32,
}

impl Pacer {
    /// Begins to watch; everybody has their whole burst.
    pub(crate) fn new(pace: Pace) -> Self {
        let quota = Quota::per_second(pace.per_second).allow_burst(pace.burst);
        Self {
            clients: RateLimiter::hashmap(quota),
            clock: DefaultClock::default(),
            asked: AtomicU32::new(0),
        }
    }

    /// Takes one request of a client in, or says how long it has to wait.
    pub(crate) fn take(&self, client: IpAddr) -> Result<(), Duration> {
        if self.asked.fetch_add(1, Ordering::Relaxed) % FORGET_EVERY == FORGET_EVERY - 1 {
            self.clients.retain_recent();
        }
        let taken = self.clients.check_key(&subscriber(client));
        taken.map_err(|early| early.wait_time_from(self.clock.now()))
    }
}

/// What one subscriber has: an address of IPv4, a network of IPv6.
pub(crate) fn subscriber(client: IpAddr) -> IpAddr {
    match client {
        IpAddr::V4(_) => client,
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_client_has_a_burst_of_its_own() {
        let pace = Pace {
            per_second: NonZeroU32::MIN,
            burst: NonZeroU32::new(3).unwrap(),
        };
        let pacer = Pacer::new(pace);
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        for _ in 0..3 {
            assert_eq!(pacer.take(ip("192.0.2.7")), Ok(()));
        }
        let wait = pacer.take(ip("192.0.2.7")).unwrap_err();
        assert!(wait <= Duration::from_secs(1), "{wait:?}");
        assert_eq!(pacer.take(ip("192.0.2.8")), Ok(()));
        // One subscriber of IPv6 has many addresses.
        for last in 1..=3 {
            assert_eq!(pacer.take(ip(&format!("2001:db8::{last}"))), Ok(()));
        }
        assert!(pacer.take(ip("2001:db8::4")).is_err());
        assert_eq!(pacer.take(ip("2001:db8:0:1::4")), Ok(()));
    }

    #[test]
    fn clients_that_went_are_forgotten() {
        let pace = Pace {
            per_second: NonZeroU32::MAX,
            burst: NonZeroU32::MIN,
        };
        let pacer = Pacer::new(pace);
        for number in 0..2 * FORGET_EVERY {
            let _first = pacer.take(IpAddr::V4(number.into()));
        }
        assert!(pacer.clients.len() <= FORGET_EVERY as usize);
    }
}
