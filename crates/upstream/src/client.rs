//! The HTTP clients of one upstream.
//!
//! Two of them: index files are asked for compressed and unpacked as they come;
//! archives must arrive byte for byte, so there nothing is asked for or unpacked.
//! Neither follows redirects (`route.rs` does), reads the environment for proxies,
//! or relies on a TLS provider somebody installed for the whole process.

use crate::reach::Guard;
use crate::resolver::GuardedResolver;
use crate::settings::{SparseSettings, StartError};
use reqwest::{Client, ClientBuilder, Proxy};
use rustls::ClientConfig;
use rustls_platform_verifier::BuilderVerifierExt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// How long a connection may take, TLS included.
///
/// Two lost packets cost 3 s (RFC 6298: 1 s, then 2 s), two round trips of TLS
/// around the world another 1 s; whoever has not answered then is down.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long the next byte may take, the first one of an answer included.
///
/// A third of the default deadline, so that a mute upstream is tried more than
/// once. crates.io answers within a tenth of a second.
const READ_TIMEOUT: Duration = Duration::from_secs(10);

/// After which silence an HTTP/2 connection under use is checked, and how long the
/// check may take. All requests share one connection; were it dead without a
/// word (a NAT that forgot it), each of them would wait for [`READ_TIMEOUT`].
const PING_AFTER: Duration = Duration::from_secs(3);
const PING_TIMEOUT: Duration = Duration::from_secs(3);

/// How long an idle connection is kept: below the 60 s after which common load
/// balancers close it, since a request on a closing connection is lost.
const IDLE_TIMEOUT: Duration = Duration::from_secs(50);

/// Index files unpacked, archives as they are.
pub(crate) struct Clients {
    pub(crate) index: Client,
    pub(crate) archives: Client,
}

/// Sets up both clients.
pub(crate) fn clients(
    settings: &SparseSettings,
    guard: &Arc<Guard>,
) -> Result<Clients, StartError> {
    let tls = tls(settings)?;
    let agent = user_agent(settings.contact.as_deref())?;
    let build = |builder: ClientBuilder| {
        let builder = builder
            .tls_backend_preconfigured(tls.clone())
            .dns_resolver(GuardedResolver(Arc::clone(guard)))
            .user_agent(agent.clone())
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(READ_TIMEOUT)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .http2_keep_alive_interval(PING_AFTER)
            .http2_keep_alive_timeout(PING_TIMEOUT)
            .no_proxy();
        let builder = match &settings.proxy {
            Some(proxy) => builder.proxy(Proxy::all(proxy.clone()).map_err(told)?),
            None => builder,
        };
        builder.build().map_err(told)
    };
    Ok(Clients {
        index: build(Client::builder().gzip(true))?,
        archives: build(Client::builder().no_gzip())?,
    })
}

/// TLS with the roots of the operating system, which are read once for all upstreams:
/// a hundred mirrors would parse them a hundred times before the server listens.
fn tls(settings: &SparseSettings) -> Result<ClientConfig, StartError> {
    static KEPT: OnceLock<ClientConfig> = OnceLock::new();
    if let Some(kept) = KEPT.get() {
        return Ok(kept.clone());
    }
    let (config, is_whole) = made(settings)?;
    if is_whole {
        KEPT.get_or_init(|| config.clone());
    }
    Ok(config)
}

/// Sets up TLS, HTTP/2 offered first; says whether it trusts anybody.
fn made(settings: &SparseSettings) -> Result<(ClientConfig, bool), StartError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = || {
        ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(StartError::Tls)
    };
    let (mut config, is_whole) = match builder()?.with_platform_verifier() {
        Ok(builder) => (builder.with_no_client_auth(), true),
        // A machine without root certificates can still mirror plain http; it
        // trusts nobody should that upstream lead to https.
        Err(_) if settings.address.scheme() == "http" => {
            let nobody = builder()?.with_root_certificates(rustls::RootCertStore::empty());
            (nobody.with_no_client_auth(), false)
        }
        Err(error) => return Err(StartError::Tls(error)),
    };
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok((config, is_whole))
}

/// `crossdock/VERSION`, and who to turn to: crates.io asks crawlers for both.
fn user_agent(contact: Option<&str>) -> Result<String, StartError> {
    let agent = concat!("crossdock/", env!("CARGO_PKG_VERSION"));
    match contact {
        None => Ok(agent.to_owned()),
        Some(text) if text.bytes().all(|b| b == b' ' || b.is_ascii_graphic()) => {
            Ok(format!("{agent} ({text})"))
        }
        Some(_) => Err(StartError::Contact),
    }
}

fn told(error: reqwest::Error) -> StartError {
    StartError::Client(error.without_url().to_string())
}
