//! What `[registries.NAME]` says of a mirror: its upstream and how to treat it.
//!
//! crates.io is recognised under its address as well, because taken for just
//! another registry it would lose its identity.
//!
//! Absent: connections to upstreams; the token, of which only the variable's name
//! is here.

use super::access::Access;
use super::fault::Faults;
use super::section::{Item, Section};
use super::server::ServerSettings;
use super::{Surroundings, duration};
use crossdock_core::address::{Address, AddressBook, Place};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use url::Url;

/// How old an index answer may be before the upstream is asked again.
///
/// A minute: a build asks for hundreds of names within seconds, and a release that
/// was published while somebody had lunch is there afterwards.
const REVALIDATE_AFTER: Duration = Duration::from_secs(60);

/// How long after a release was first missing upstream a later look confirms it.
///
/// Ten minutes: longer than caches on the way disagree and a deployment takes, short
/// where crates.io took malware away.
const CONFIRM_REMOVALS_AFTER: Duration = Duration::from_secs(600);

/// The whole time an index request to an upstream may take, retries included.
///
/// cargo itself gives up on a silent registry after 30 s without a byte.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Least time a file may give a request; below it a TLS handshake would not fit.
const TIMEOUT_MIN: Duration = Duration::from_secs(1);

/// What is held is asked for again when somebody says so.
const ON_DEMAND: &str = "on-demand";

/// The shortest time between two rounds: each asks for everything that is held.
const SYNC_MIN: Duration = Duration::from_secs(10);

/// How often a request to an upstream is made again.
const RETRIES: u32 = 2;

/// Most retries that a file may ask for; more would only eat up the timeout.
const RETRIES_MAX: u64 = 10;

/// A registry that is fetched from elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mirror {
    /// What it mirrors.
    pub(crate) upstream: UpstreamSettings,
    /// The environment variable that holds the upstream's token.
    pub(crate) token_env: Option<String>,
    /// How old an index answer may be before the upstream is asked again.
    pub(crate) revalidate_after: Duration,
    /// How long after a release was first missing a later look confirms it.
    pub(crate) confirm_removals_after: Duration,
    /// How often what is held is asked for again; on demand alone if nothing is said.
    pub(crate) sync: Option<Duration>,
    /// The whole time an index request to the upstream may take.
    pub(crate) timeout: Duration,
    /// How often a request to the upstream is made again.
    pub(crate) retries: u32,
    /// The proxy on the way to the upstream.
    pub(crate) proxy: Option<Url>,
    /// The list of the names that the upstream has.
    pub(crate) public_names: Option<PathBuf>,
    /// Who may read it.
    pub(crate) read: Access,
}

/// What a mirror mirrors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum UpstreamSettings {
    /// crates.io.
    CratesIo {
        /// Where it is reached, if not at its own address.
        via: Option<Url>,
    },
    /// Another sparse registry, by the address of its index without `sparse+`.
    Sparse(Url),
}

impl UpstreamSettings {
    /// Where it is reached, if the settings say so.
    pub(crate) fn url(&self) -> Option<&Url> {
        match self {
            Self::CratesIo { via } => via.as_ref(),
            Self::Sparse(url) => Some(url),
        }
    }
}

/// The keys that only a mirror may have.
pub(super) struct MirrorKeys<'t> {
    token_env: Option<Item<'t>>,
    revalidate_after: Option<Item<'t>>,
    confirm_removals_after: Option<Item<'t>>,
    sync: Option<Item<'t>>,
    via: Option<Item<'t>>,
    timeout: Option<Item<'t>>,
    retries: Option<Item<'t>>,
    proxy: Option<Item<'t>>,
    public_names: Option<Item<'t>>,
}

impl<'t> MirrorKeys<'t> {
    /// Takes them out of a section.
    pub(super) fn take(section: &mut Section<'t>) -> Self {
        Self {
            token_env: section.take("token-env"),
            revalidate_after: section.take("revalidate-after"),
            confirm_removals_after: section.take("confirm-removals-after"),
            sync: section.take("sync"),
            via: section.take("via"),
            timeout: section.take("timeout"),
            retries: section.take("retries"),
            proxy: section.take("proxy"),
            public_names: section.take("public-names"),
        }
    }

    /// Refuses them in a registry that is no mirror.
    pub(super) fn refuse(self, faults: &mut Faults) {
        let said = [
            self.token_env,
            self.revalidate_after,
            self.confirm_removals_after,
            self.sync,
            self.via,
            self.timeout,
            self.retries,
            self.proxy,
            self.public_names,
        ];
        for item in said.into_iter().flatten() {
            faults.note(
                format!("{} is for mirrors only", item.title),
                item.key,
                "this registry mirrors nothing: it has no upstream",
                "take the key out, or say what is mirrored: mirror = \"sparse+https://…/\"",
            );
        }
    }
}

/// Reads a mirror; who may read it is decided with the rest of the registry.
pub(super) fn read(
    mirrored: &Item<'_>,
    keys: MirrorKeys<'_>,
    around: &Surroundings,
    server: &ServerSettings,
    faults: &mut Faults,
) -> Mirror {
    let mut mirror = crates_io_by_default(Access::Token);
    mirror.upstream = upstream(mirrored, keys.via, around, server, faults);
    mirror.token_env = keys.token_env.and_then(|item| variable(&item, faults));
    if let Some(item) = keys.revalidate_after
        && let Some(span) = span_of_time(&item, Duration::ZERO, faults)
    {
        mirror.revalidate_after = span;
    }
    if let Some(item) = keys.confirm_removals_after
        && let Some(span) = span_of_time(&item, Duration::ZERO, faults)
    {
        mirror.confirm_removals_after = span;
    }
    mirror.sync = keys.sync.and_then(|item| every(&item, faults));
    if let Some(item) = keys.timeout
        && let Some(span) = span_of_time(&item, TIMEOUT_MIN, faults)
    {
        mirror.timeout = span;
    }
    if let Some(item) = keys.retries
        && let Some(attempts) = attempts(&item, faults)
    {
        mirror.retries = attempts;
    }
    mirror.proxy = keys
        .proxy
        .and_then(|item| super::server::origin(&item, faults));
    mirror.public_names = keys
        .public_names
        .and_then(|item| list(&item, around, faults));
    mirror
}

/// The mirror of crates.io that exists without a settings file.
pub(super) fn crates_io_by_default(read: Access) -> Mirror {
    Mirror {
        upstream: UpstreamSettings::CratesIo { via: None },
        token_env: None,
        revalidate_after: REVALIDATE_AFTER,
        confirm_removals_after: CONFIRM_REMOVALS_AFTER,
        sync: None,
        timeout: TIMEOUT,
        retries: RETRIES,
        proxy: None,
        public_names: None,
        read,
    }
}

fn upstream(
    item: &Item<'_>,
    via: Option<Item<'_>>,
    around: &Surroundings,
    server: &ServerSettings,
    faults: &mut Faults,
) -> UpstreamSettings {
    let crates_io = UpstreamSettings::CratesIo {
        via: via.as_ref().and_then(|item| {
            let url = sparse(item, faults)?;
            refuse_own(item, &url, server, faults);
            Some(url)
        }),
    };
    let Some(text) = item.text(faults) else {
        return crates_io;
    };
    if text == "crates-io" {
        return crates_io;
    }
    if let Some(via) = via {
        faults.note(
            format!("{} is for the mirror of crates.io only", via.title),
            via.key,
            "another registry has the one address that `mirror` says",
            "take `via` out, or write mirror = \"crates-io\"",
        );
    }
    let Some(url) = sparse(item, faults) else {
        return crates_io;
    };
    let address = Address::Sparse(url.clone());
    if address == around.crates_io {
        faults.note(
            format!("{} is the address of crates.io", item.title),
            item.place(),
            "crates.io has an identity of its own, which an address does not say",
            "write mirror = \"crates-io\"",
        );
    }
    refuse_own(item, &url, server, faults);
    UpstreamSettings::Sparse(url)
}

/// Refuses an address of the server itself: by its name, or by its socket.
fn refuse_own(item: &Item<'_>, url: &Url, server: &ServerSettings, faults: &mut Faults) {
    let named = server.public_url.iter().chain(&server.former_urls);
    let origins = named.cloned().chain(socket_urls(server.listen));
    let book = AddressBook::new(origins.collect(), BTreeMap::new(), Vec::new(), Vec::new());
    if matches!(book.place(&Address::Sparse(url.clone())), Place::Nowhere(_)) {
        faults.note(
            format!("{} is an address of this installation", item.title),
            item.place(),
            "a mirror of itself would ask itself without end",
            "name another registry; a view brings registries of this one together",
        );
    }
}

/// How this machine reaches a socket of its own, if its port is known.
fn socket_urls(socket: SocketAddr) -> Vec<Url> {
    if socket.port() == 0 {
        return Vec::new();
    }
    let mut hosts = vec![socket.to_string()];
    if socket.ip().is_loopback() || socket.ip().is_unspecified() {
        let names = ["localhost", "127.0.0.1", "[::1]"];
        hosts.extend(names.map(|name| format!("{name}:{}", socket.port())));
    }
    let urls = hosts
        .iter()
        .map(|host| Url::parse(&format!("http://{host}")));
    urls.filter_map(Result::ok).collect()
}

/// Reads a sparse address, and returns it without `sparse+`.
fn sparse(item: &Item<'_>, faults: &mut Faults) -> Option<Url> {
    let text = item.text(faults)?;
    let why = match Address::parse(text) {
        Ok(Address::Sparse(url)) => return Some(url),
        Ok(Address::CratesIo) => "this is crates.io's identity".to_owned(),
        Ok(Address::Git(_)) => "an index in git is not supported".to_owned(),
        Err(error) => error.to_string(),
    };
    faults.note(
        format!("{} is no sparse address", item.title),
        item.place(),
        why,
        "write \"crates-io\" for crates.io, else \"sparse+https://…/\" as in cargo's configuration",
    );
    None
}

fn variable(item: &Item<'_>, faults: &mut Faults) -> Option<String> {
    let text = item.text(faults)?;
    let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let is_name = text.bytes().all(fits) && !text.starts_with(|c: char| c.is_ascii_digit());
    if is_name && !text.is_empty() {
        return Some(text.to_owned());
    }
    faults.note(
        format!("{} is no name of an environment variable", item.title),
        item.place(),
        "the token itself must not stand in the settings",
        "write the name of the variable that holds it, such as \"PARTNER_TOKEN\"",
    );
    None
}

fn list(item: &Item<'_>, around: &Surroundings, faults: &mut Faults) -> Option<PathBuf> {
    match item.text(faults)? {
        "" => item.expected("the path of a file or folder", faults),
        path => Some(around.folder.join(path)),
    }
}

fn span_of_time(item: &Item<'_>, least: Duration, faults: &mut Faults) -> Option<Duration> {
    let text = item.text(faults)?;
    let span = duration::parse(text).filter(|span| *span >= least);
    if span.is_none() {
        faults.note(
            format!("{} is no span of time", item.title),
            item.place(),
            format!("from {} s to 30 days", least.as_secs()),
            "write a whole number and one of s, m, h, d: \"60s\", \"10m\"",
        );
    }
    span
}

/// Reads how often is asked again: `"on-demand"`, or `"every 10m"`.
fn every(item: &Item<'_>, faults: &mut Faults) -> Option<Duration> {
    let text = item.text(faults)?;
    if text == ON_DEMAND {
        return None;
    }
    let span = text.strip_prefix("every ").and_then(duration::parse);
    let span = span.filter(|span| *span >= SYNC_MIN);
    if span.is_none() {
        faults.note(
            format!("{} says neither when nor how often", item.title),
            item.place(),
            format!(
                "\"{ON_DEMAND}\", or \"every\" and a span from {} s to 30 days",
                SYNC_MIN.as_secs()
            ),
            "write \"every 10m\"",
        );
    }
    span
}

fn attempts(item: &Item<'_>, faults: &mut Faults) -> Option<u32> {
    let number = item.number(faults)?;
    match u32::try_from(number) {
        Ok(attempts) if number <= RETRIES_MAX => Some(attempts),
        _ => item.expected(&format!("at most {RETRIES_MAX}"), faults),
    }
}
