//! What `[server]` says of those who come: TLS, proxies in front, how often one may ask.
//!
//! Absent: whether the files of a certificate can be used, which is seen when they are
//! opened.

use super::Surroundings;
use super::fault::Faults;
use super::section::{Item, Section};
use crossdock_server::Pace;
use ipnet::IpNet;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use url::Url;

/// How many seconds' worth of requests may come at once, if nothing is said: cargo asks
/// for the index of a large project in a second or two.
const BURST_SECONDS: u32 = 10;

/// Who comes, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Front {
    /// The certificate that connections begin with.
    pub(crate) tls: Option<TlsFiles>,
    /// Proxies whose word on whom they ask for is taken.
    pub(crate) trusted_proxies: Vec<IpNet>,
    /// How often one client may ask.
    pub(crate) pace: Option<Pace>,
}

/// A certificate and its key, in PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TlsFiles {
    /// The certificate, with those that lead to its root after it.
    pub(crate) certificate: PathBuf,
    /// Its key.
    pub(crate) key: PathBuf,
}

/// Reads the keys of `section` that are about who comes.
pub(super) fn read(
    section: &mut Section<'_>,
    public_url: Option<&Url>,
    around: &Surroundings,
    faults: &mut Faults,
) -> Front {
    let tls = section.take("tls").and_then(|item| {
        let files = tls(&item, around, faults)?;
        if public_url.is_none_or(|url| url.scheme() != "https") {
            faults.note(
                "`tls` in [server] needs a `public-url` that begins with https",
                item.key,
                "a certificate is for a name, and clients have to be sent to that name",
                "write public-url = \"https://crates.acme.example\"",
            );
        }
        Some(files)
    });
    let trusted_proxies = section
        .take("trusted-proxies")
        .and_then(|item| item.array(faults))
        .unwrap_or_default();
    let trusted_proxies = trusted_proxies
        .iter()
        .filter_map(|element| network(element, faults))
        .collect();
    let (per_second, burst) = (section.take("requests-per-second"), section.take("burst"));
    if let (Some(item), None) = (&burst, &per_second) {
        faults.note(
            "`burst` in [server] bounds nothing without `requests-per-second`",
            item.key.clone(),
            "a burst is how many requests may come at once before the pace holds",
            "write requests-per-second as well, or take the key out",
        );
    }
    let per_second = per_second.and_then(|item| positive(&item, faults));
    let burst = burst.and_then(|item| positive(&item, faults));
    let pace = per_second.map(|per_second| Pace {
        per_second,
        burst: burst.unwrap_or_else(|| {
            per_second.saturating_mul(NonZeroU32::MIN.saturating_add(BURST_SECONDS - 1))
        }),
    });
    Front {
        tls,
        trusted_proxies,
        pace,
    }
}

fn tls(item: &Item<'_>, around: &Surroundings, faults: &mut Faults) -> Option<TlsFiles> {
    let table = item.table(faults)?;
    let mut section = Section::new("[server.tls]", item.place(), table);
    let mut file = |key| match section.take(key) {
        Some(item) => match item.text(faults)? {
            "" => item.expected("the path of a file", faults),
            path => Some(around.folder.join(path)),
        },
        None => {
            faults.note(
                format!("`{key}` is missing in [server.tls]"),
                item.place(),
                "TLS needs a certificate and its key, both as files in PEM",
                format!("write {key} = \"/etc/crossdock/{key}.pem\""),
            );
            None
        }
    };
    let (certificate, key) = (file("certificate"), file("key"));
    section.finish(faults);
    Some(TlsFiles {
        certificate: certificate?,
        key: key?,
    })
}

/// Reads an address or a network.
fn network(item: &Item<'_>, faults: &mut Faults) -> Option<IpNet> {
    let text = item.text(faults)?;
    let alone = |text: &str| text.parse().ok().map(|ip: IpAddr| IpNet::from(ip));
    text.parse().ok().or_else(|| alone(text)).or_else(|| {
        faults.note(
            format!("{} is neither an address nor a network", item.title),
            item.place(),
            "proxies are known by where their connections come from",
            "write for example \"10.0.0.0/8\" or \"127.0.0.1\"",
        );
        None
    })
}

fn positive(item: &Item<'_>, faults: &mut Faults) -> Option<NonZeroU32> {
    let number = item.number(faults)?;
    let number = u32::try_from(number).ok().and_then(NonZeroU32::new);
    number.or_else(|| item.expected("a number of requests, at least 1", faults))
}
