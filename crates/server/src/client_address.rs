//! Who asks: the address at the other end, or what proxies say of it that are trusted.
//!
//! `X-Forwarded-For` is a list to which each proxy adds, at the end, whom it got the
//! request from. Anybody can begin such a list with what they like, so it is read from
//! the end, and only as far as the proxies are ours.
//!
//! Absent: what an address is used for.

use http::HeaderMap;
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};

/// The header to which proxies add.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// Most addresses of a list that are read; a dozen proxies in a row are a mistake.
const HOPS_MAX: usize = 16;

/// Finds the client of a request that came from `peer`.
pub(crate) fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |ip: &IpAddr| trusted.iter().any(|net| net.contains(ip));
    let mut client = peer.to_canonical();
    let lines = headers.get_all(FORWARDED_FOR).iter().rev();
    let words = lines.flat_map(|line| line.to_str().unwrap_or_default().rsplit(','));
    for word in words.take(HOPS_MAX) {
        if !is_trusted(&client) {
            break;
        }
        let Some(before) = address(word.trim()) else {
            // Whoever wrote that is behind a proxy of ours, which is all that is known.
            break;
        };
        client = before;
    }
    client
}

/// Reads an address, with a port or without.
fn address(word: &str) -> Option<IpAddr> {
    let bare = word.trim_start_matches('[').trim_end_matches(']');
    let with_port = |word: &str| Some(word.parse::<SocketAddr>().ok()?.ip());
    let ip = bare.parse().ok().or_else(|| with_port(word))?;
    Some(IpAddr::to_canonical(&ip))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn a_list_is_believed_as_far_as_the_proxies_are_ours() {
        let trusted: Vec<IpNet> = ["10.0.0.0/8", "fd00::/8"]
            .map(|net| net.parse().unwrap())
            .into();
        for (peer, lines, client_is) in [
            ("10.0.0.1", &[][..], "10.0.0.1"),
            ("10.0.0.1", &["192.0.2.7"], "192.0.2.7"),
            // A stranger says what they like, and the peer is who they are.
            ("192.0.2.7", &["198.51.100.1"], "192.0.2.7"),
            // What a client begins the list with is behind what our proxy adds.
            ("10.0.0.1", &["198.51.100.1, 192.0.2.7"], "192.0.2.7"),
            ("10.0.0.1", &["198.51.100.1", "192.0.2.7"], "192.0.2.7"),
            // Two proxies of ours in a row.
            (
                "10.0.0.1",
                &["198.51.100.1, 192.0.2.7, 10.0.0.2"],
                "192.0.2.7",
            ),
            ("fd00::1", &["[2001:db8::7]:4711"], "2001:db8::7"),
            ("::ffff:10.0.0.1", &["192.0.2.7:80"], "192.0.2.7"),
            ("10.0.0.1", &["unknown"], "10.0.0.1"),
            ("10.0.0.1", &["192.0.2.7, unknown"], "10.0.0.1"),
            ("10.0.0.1", &["", ","], "10.0.0.1"),
        ] {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(FORWARDED_FOR, HeaderValue::from_static(line));
            }
            let found = client(peer.parse().unwrap(), &headers, &trusted);
            assert_eq!(found.to_string(), client_is, "{peer} {lines:?}");
        }
    }

    #[test]
    fn a_long_list_ends() {
        let trusted = vec!["10.0.0.0/8".parse().unwrap()];
        let mut headers = HeaderMap::new();
        let long = vec!["10.9.9.9"; 10_000].join(",");
        headers.append(FORWARDED_FOR, HeaderValue::from_str(&long).unwrap());
        let found = client("10.0.0.1".parse().unwrap(), &headers, &trusted);
        assert_eq!(found.to_string(), "10.9.9.9");
    }
}
