//! How far inside the network an upstream may send us.
//!
//! An upstream names other hosts, in `dl` and in redirects, and whoever controls
//! it would like those to be our cloud's metadata service or a database next door
//! (bad inputs 76 and 78). The rule: nobody leads further inside than the address
//! the operator configured. A public registry leads to public addresses, one in
//! the private network to private ones, one on this machine to this machine; to
//! link-local addresses and metadata services leads nobody.
//!
//! Hole: through a proxy, names are resolved by the proxy, so there only addresses
//! written as numbers are checked; the proxy has to know its own rules.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::OnceLock;
use url::{Host, Url};

/// How far inside an address lies; later is further.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    /// Anybody could be asked there.
    Public,
    /// RFC 1918, RFC 4193, RFC 6598: the network of the house.
    Private,
    /// This machine.
    Loopback,
    /// Link-local, metadata services, and what is no host at all.
    Never,
}

/// A host that the upstream may not send us to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "leads to {0}, which lies further inside the network than the registry itself; \
     configure the registry by an address in the same network if that is meant"
)]
pub(crate) struct Barred(pub(crate) String);

/// Decides for one upstream which addresses may be connected to.
#[derive(Debug)]
pub(crate) struct Guard {
    home: String,
    proxy: Option<String>,
    /// How far inside the configured host lies. For a host given by name this is
    /// what it first resolved to, so that its owner cannot move inwards later.
    home_reach: OnceLock<Reach>,
}

impl Guard {
    /// Sets the rule by the configured address, and by the proxy, which the
    /// operator chose too.
    pub(crate) fn new(home: &Url, proxy: Option<&Url>) -> Self {
        let guard = Self {
            home: name(home),
            proxy: proxy.map(name),
            home_reach: OnceLock::new(),
        };
        let known = match home.host() {
            Some(Host::Ipv4(ip)) => Some(reach(ip.into())),
            Some(Host::Ipv6(ip)) => Some(reach(ip.into())),
            Some(Host::Domain("localhost")) => Some(Reach::Loopback),
            _ => None,
        };
        if let Some(known) = known {
            guard.set(known);
        }
        guard
    }

    /// Checks an address whose host is written as a number, for which nothing is
    /// resolved; names pass, they are checked by [`Self::filter`].
    pub(crate) fn check_number(&self, url: &Url) -> Result<(), Barred> {
        let ip = match url.host() {
            Some(Host::Ipv4(ip)) => IpAddr::V4(ip),
            Some(Host::Ipv6(ip)) => IpAddr::V6(ip),
            _ => return Ok(()),
        };
        if name(url) == self.home || self.permits(ip) {
            Ok(())
        } else {
            Err(Barred(ip.to_string()))
        }
    }

    /// Returns those of the addresses of `host` that may be connected to.
    pub(crate) fn filter(&self, host: &str, addresses: Vec<IpAddr>) -> Result<Vec<IpAddr>, Barred> {
        if host == self.home {
            // A name may not claim the loopback for those it leads to: what it
            // resolves to is its owner's choice, not the operator's.
            if let Some(furthest) = addresses.iter().map(|ip| reach(*ip)).max() {
                self.set(match furthest {
                    Reach::Loopback => Reach::Private,
                    other => other,
                });
            }
            return Ok(addresses);
        }
        if self.proxy.as_deref() == Some(host) {
            return Ok(addresses);
        }
        let (permitted, barred): (Vec<_>, Vec<_>) =
            addresses.into_iter().partition(|ip| self.permits(*ip));
        match barred.first() {
            Some(ip) if permitted.is_empty() => Err(Barred(format!("{host} at {ip}"))),
            _ => Ok(permitted),
        }
    }

    fn permits(&self, ip: IpAddr) -> bool {
        reach(ip) <= self.home_reach.get().copied().unwrap_or(Reach::Public)
    }

    /// Sets the rule, the first time only.
    fn set(&self, home: Reach) {
        // A registry in a place where nobody leads does not open that place.
        let rule = match home {
            Reach::Never => Reach::Public,
            other => other,
        };
        self.home_reach.get_or_init(|| rule);
    }
}

fn name(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_owned()
}

/// Services that tell a machine of a cloud its secrets, outside of link-local.
const METADATA: [IpAddr; 4] = [
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)),
    IpAddr::V4(Ipv4Addr::new(192, 0, 0, 192)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
];

fn reach(ip: IpAddr) -> Reach {
    if METADATA.contains(&ip) {
        return Reach::Never;
    }
    match ip {
        IpAddr::V4(ip) => reach_v4(ip),
        IpAddr::V6(ip) => reach_v6(ip),
    }
}

fn reach_v4(ip: Ipv4Addr) -> Reach {
    let [first, second, ..] = ip.octets();
    // 0.0.0.0 is this machine on Linux, and nothing one could mean.
    if first == 0 || first >= 224 || ip.is_link_local() {
        Reach::Never
    } else if ip.is_loopback() {
        Reach::Loopback
    } else if ip.is_private() || (first == 100 && second & 0xc0 == 64) {
        Reach::Private
    } else {
        Reach::Public
    }
}

fn reach_v6(ip: Ipv6Addr) -> Reach {
    if let Some(inner) = embedded(ip) {
        return reach(inner.into());
    }
    if ip.is_loopback() {
        Reach::Loopback
    } else if ip.is_unspecified() || ip.is_multicast() || ip.is_unicast_link_local() {
        Reach::Never
    } else if ip.is_unique_local() {
        Reach::Private
    } else {
        Reach::Public
    }
}

/// Returns the IPv4 address that an IPv6 address stands for: mapped, NAT64
/// (RFC 6052) and 6to4 (RFC 3056).
fn embedded(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let two = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Ipv4Addr::new(a, b, c, d)
    };
    match ip.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] => Some(two(high, low)),
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some(two(high, low)),
        [0x2002, high, low, ..] => Some(two(high, low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(home: &str) -> Guard {
        Guard::new(&Url::parse(home).unwrap(), None)
    }

    fn may(guard: &Guard, ip: &str) -> bool {
        let host = if ip.contains(':') {
            format!("[{ip}]")
        } else {
            ip.to_owned()
        };
        let as_number = guard.check_number(&Url::parse(&format!("http://{host}/")).unwrap());
        let as_name = guard.filter("other.example", vec![ip.parse().unwrap()]);
        assert_eq!(as_number.is_ok(), as_name.is_ok(), "{ip}");
        as_number.is_ok()
    }

    #[test]
    fn nobody_leads_further_inside_than_the_registry_lies() {
        let public = guard("https://93.184.215.14/");
        let private = guard("https://10.0.0.5/");
        let here = guard("http://127.0.0.1:7878/");
        let odd = guard("http://169.254.7.7/");
        assert!(may(&odd, "1.1.1.1") && !may(&odd, "10.1.2.3") && !may(&odd, "127.0.0.1"));
        for (ip, from) in [
            ("1.1.1.1", [true, true, true]),
            ("2606:4700::1111", [true, true, true]),
            ("10.1.2.3", [false, true, true]),
            ("192.168.0.9", [false, true, true]),
            ("100.64.0.1", [false, true, true]),
            ("fd12::1", [false, true, true]),
            ("::ffff:10.1.2.3", [false, true, true]),
            ("64:ff9b::a01:203", [false, true, true]),
            ("127.0.0.1", [false, false, true]),
            ("::1", [false, false, true]),
            ("2002:7f00:1::", [false, false, true]),
            ("169.254.169.254", [false, false, false]),
            ("::ffff:169.254.169.254", [false, false, false]),
            ("fe80::1", [false, false, false]),
            ("fd00:ec2::254", [false, false, false]),
            ("100.100.100.200", [false, false, false]),
            ("168.63.129.16", [false, false, false]),
            ("0.0.0.0", [false, false, false]),
            ("::", [false, false, false]),
            ("224.0.0.1", [false, false, false]),
        ] {
            let found = [&public, &private, &here].map(|guard| may(guard, ip));
            assert_eq!(found, from, "{ip}");
        }
    }

    #[test]
    fn the_configured_host_may_be_anywhere_and_its_first_address_sets_the_rule() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let guard = guard("https://registry.example/");
        assert!(!may(&guard, "10.1.2.3"), "nothing is known of the home yet");
        let first = vec![ip("93.184.215.14")];
        assert_eq!(guard.filter("registry.example", first.clone()), Ok(first));
        let rebound = vec![ip("10.0.0.1")];
        assert_eq!(
            guard.filter("registry.example", rebound.clone()),
            Ok(rebound)
        );
        assert!(!may(&guard, "10.1.2.3"), "rebinding moved the rule inwards");
    }

    #[test]
    fn a_name_cannot_open_the_loopback_to_others() {
        let guard = guard("https://registry.example/");
        let loopback = vec!["127.0.0.1".parse().unwrap()];
        assert!(guard.filter("registry.example", loopback).is_ok());
        assert!(may(&guard, "10.1.2.3") && !may(&guard, "127.0.0.1"));
    }

    #[test]
    fn of_mixed_addresses_only_the_permitted_are_used() {
        let guard = guard("https://93.184.215.14/");
        let mixed = ["10.0.0.1", "1.1.1.1"].map(|ip| ip.parse().unwrap());
        assert_eq!(
            guard.filter("other.example", mixed.to_vec()),
            Ok(vec![mixed[1]])
        );
    }

    #[test]
    fn the_proxy_is_the_operators_choice() {
        let proxy = Url::parse("http://proxy.example:3128").unwrap();
        let home = Url::parse("https://93.184.215.14/").unwrap();
        let guard = Guard::new(&home, Some(&proxy));
        let inside = vec!["10.0.0.1".parse().unwrap()];
        assert!(guard.filter("proxy.example", inside.clone()).is_ok());
        assert!(guard.filter("other.example", inside).is_err());
    }
}
