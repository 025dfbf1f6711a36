//! `[server]`: where the program listens, how it is reached, where data lie.
//!
//! Absent: what it serves.

use super::Surroundings;
use super::compact::{self, CompactSettings};
use super::fault::Faults;
use super::front::{self, Front};
use super::section::{Item, Section};
use super::stores::{self, StoreSettings};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use url::{Host, Url};

/// The port without a setting; unassigned, and easy to keep in mind.
const PORT: u16 = 7878;

/// The data folder without a setting.
const DATA: &str = "crossdock-data";

/// Where the program listens, how it is reached, where its data lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ServerSettings {
    /// The socket; port 0 lets the system choose.
    pub(crate) listen: SocketAddr,
    /// The address that clients use, if it is not the socket's.
    pub(crate) public_url: Option<Url>,
    /// Addresses that old rows and locks still name.
    pub(crate) former_urls: Vec<Url>,
    /// The folder for everything that is kept.
    pub(crate) data: PathBuf,
    /// Where ledger and archives are, if not there.
    pub(crate) stores: StoreSettings,
    /// Who comes, and how.
    pub(crate) front: Front,
    /// How archives are kept packed.
    pub(crate) compact: CompactSettings,
}

impl ServerSettings {
    /// Builds what holds when nothing is said but on the command line.
    pub(super) fn defaults(around: &Surroundings) -> Self {
        Self {
            listen: around
                .listen
                .unwrap_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, PORT))),
            public_url: None,
            former_urls: Vec::new(),
            data: around
                .data
                .clone()
                .unwrap_or_else(|| around.folder.join(DATA)),
            stores: StoreSettings::default(),
            front: Front::default(),
            compact: CompactSettings::default(),
        }
    }
}

/// Reads the section; what is not said is the default.
pub(super) fn read(
    item: Option<Item<'_>>,
    around: &Surroundings,
    faults: &mut Faults,
) -> ServerSettings {
    let mut server = ServerSettings::defaults(around);
    let Some((item, table)) = item.and_then(|item| Some((item.place(), item.table(faults)?)))
    else {
        return server;
    };
    let mut section = Section::new("[server]", item, table);
    if let Some(listen) = section
        .take("listen")
        .and_then(|item| socket(&item, faults))
    {
        server.listen = around.listen.unwrap_or(listen);
    }
    server.public_url = section
        .take("public-url")
        .and_then(|item| origin(&item, faults));
    if let Some(item) = section.take("former-urls") {
        let elements = item.array(faults).unwrap_or_default();
        server.former_urls = elements
            .iter()
            .filter_map(|element| origin(element, faults))
            .collect();
    }
    if let Some(folder) = section.take("data").and_then(|item| folder(&item, faults)) {
        server.data = around
            .data
            .clone()
            .unwrap_or_else(|| around.folder.join(folder));
    }
    server.stores = stores::read(&mut section, around, faults);
    server.front = front::read(&mut section, server.public_url.as_ref(), around, faults);
    server.compact = compact::read(&mut section, faults);
    section.finish(faults);
    server
}

/// Tells whether a URL leads to this machine only.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

fn socket(item: &Item<'_>, faults: &mut Faults) -> Option<SocketAddr> {
    let text = item.text(faults)?;
    text.parse().ok().or_else(|| {
        faults.note(
            format!("{} is no socket address", item.title),
            item.place(),
            "an IP address and a port are needed",
            "write for example \"127.0.0.1:7878\", \"0.0.0.0:7878\" or \"[::1]:7878\"",
        );
        None
    })
}

/// Reads an http or https address without anything secret in it.
pub(super) fn origin(item: &Item<'_>, faults: &mut Faults) -> Option<Url> {
    let text = item.text(faults)?;
    let fit = |url: &Url| {
        matches!(url.scheme(), "http" | "https")
            && url.host().is_some()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
    };
    Url::parse(text).ok().filter(fit).or_else(|| {
        faults.note(
            format!("{} is no plain http or https address", item.title),
            item.place(),
            "it is used and shown as it is",
            "write \"https://crates.acme.example\": no user name, no query, no fragment",
        );
        None
    })
}

fn folder(item: &Item<'_>, faults: &mut Faults) -> Option<PathBuf> {
    match item.text(faults)? {
        "" => item.expected("the path of a folder", faults),
        path => Some(path.into()),
    }
}
