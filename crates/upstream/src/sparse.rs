//! One sparse registry as an [`Upstream`]: what its answers mean.
//!
//! Cargo Book, "Registry Index", Sparse Protocol. Here stands which status is an
//! answer and which is silence (law 4): a registry that cannot or will not say is
//! never taken to have said no.
//!
//! Absent: connections, tries and limits (`channel.rs`, `fetch.rs`), and whether a
//! file makes sense, which its reader decides.

use crate::breaker::Breaker;
use crate::channel::{Channel, Question, ask};
use crate::client::clients;
use crate::egress::{Egress, Errand};
use crate::fetch::Answer;
use crate::kept_config::KeptConfig;
use crate::public_names::PublicNames;
use crate::reach::Guard;
use crate::refusals::Refusals;
use crate::settings::{SparseSettings, StartError};
use async_trait::async_trait;
use bytes::Bytes;
use crossdock_core::checksum::Checksum;
use crossdock_core::name::{CrateName, IndexName, NameKey};
use crossdock_core::origin::Origin;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::version::Version;
use crossdock_registry::ports::{
    DownloadError, IndexAnswer, IndexBody, Reason, Silence, Upstream, Validators,
};
use crossdock_wire::config_json::{self, CONFIG_BYTES_MAX, ConfigJson};
use crossdock_wire::{download_template, index_path};
use http::header::{
    CACHE_CONTROL, ETAG, HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED,
};
use http::{HeaderMap, HeaderValue};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use url::Url;

/// Index requests under way at a time.
///
/// HTTP/2 servers commonly allow 100 streams or more per connection, and a plain
/// HTTP/1.1 registry must bear as many connections.
const INDEX_PLACES: usize = 64;

/// Downloads under way at a time.
///
/// A few saturate any line; each may hold `archive_bytes_max` in memory.
const DOWNLOAD_PLACES: usize = 16;

/// Longest validator that is kept. Real ones have 30 to 80 bytes; a longer one
/// would only be sent back to us every minute.
const VALIDATOR_BYTES_MAX: usize = 1024;

/// A registry that speaks the sparse protocol.
pub struct SparseUpstream {
    home: Url,
    index: Channel,
    archives: Channel,
    config: KeptConfig,
    public_names: Option<Arc<PublicNames>>,
    timeout_total: Duration,
    download_timeout_total: Duration,
    body_bytes_max: usize,
    archive_bytes_max: usize,
}

impl SparseUpstream {
    /// Sets up the upstream of `registry`; nothing is asked yet.
    ///
    /// # Errors
    /// [`StartError`] if the settings are refused or TLS cannot be set up.
    pub fn new(
        registry: RegistryName,
        settings: SparseSettings,
        egress: Arc<Egress>,
    ) -> Result<Self, StartError> {
        let home = settings.home()?;
        let guard = Arc::new(Guard::new(&home, settings.proxy.as_ref()));
        let clients = clients(&settings, &guard)?;
        let channel = |client, places| Channel {
            registry: registry.clone(),
            client,
            home: home.clone(),
            token: settings.token.clone(),
            guard: Arc::clone(&guard),
            egress: Arc::clone(&egress),
            breaker: Breaker::default(),
            refusals: Refusals::default(),
            places: Semaphore::new(places),
            retries: settings.retries,
        };
        Ok(Self {
            index: channel(clients.index, INDEX_PLACES),
            archives: channel(clients.archives, DOWNLOAD_PLACES),
            config: KeptConfig::default(),
            public_names: settings.public_names,
            timeout_total: settings.timeout_total,
            download_timeout_total: settings.download_timeout_total,
            body_bytes_max: settings.body_bytes_max,
            archive_bytes_max: settings.archive_bytes_max,
            home,
        })
    }

    async fn config(&self, deadline: Instant, reason: &Reason) -> Result<Arc<ConfigJson>, Silence> {
        let deadline = deadline.min(Instant::now() + self.timeout_total);
        let fetch = async {
            let url = self.below_home("config.json")?;
            let question = Question {
                errand: &Errand::Config,
                reason,
                url: &url,
                headers: HeaderMap::new(),
                body_bytes_max: CONFIG_BYTES_MAX,
            };
            let answer = ask(&self.index, &question, deadline).await?;
            if answer.status.as_u16() != 200 {
                return Err(unexpected(&answer));
            }
            config_json::decode(&answer.bytes)
                .map_err(|error| Silence(format!("{}: {error}", answer.from)))
        };
        self.config.get(deadline, fetch).await
    }

    async fn archive(
        &self,
        name: &CrateName,
        version: &Version,
        checksum: &Checksum,
        reason: &Reason,
        deadline: Instant,
    ) -> Result<Bytes, DownloadError> {
        let config = match self.config(deadline, reason).await {
            Ok(config) => config,
            Err(silence) => {
                let url = self.below_home("config.json")?;
                return Err(told(&self.index, &url, silence));
            }
        };
        let address = download_template::expand(&config.dl, name, version, checksum);
        let url = Url::parse(&address).map_err(|_| {
            DownloadError::Refused(format!(
                "{}config.json has a `dl` that is no address",
                self.home
            ))
        })?;
        let errand = Errand::Download(name.clone(), version.clone());
        let mut mismatch = None;
        // Twice: a cache on the way may hold what was there before.
        for headers in [HeaderMap::new(), past_caches()] {
            let question = Question {
                errand: &errand,
                reason,
                url: &url,
                headers,
                body_bytes_max: self.archive_bytes_max,
            };
            let answer = match ask(&self.archives, &question, deadline).await {
                Ok(answer) => answer,
                Err(silence) => return Err(told(&self.archives, &url, silence)),
            };
            match answer.status.as_u16() {
                200 if answer.checksum == *checksum => return Ok(answer.bytes),
                200 => mismatch = Some((answer.checksum, answer.from)),
                404 | 410 | 451 => {
                    let status = answer.status.as_u16();
                    let text = format!("{} answered {status}", answer.from);
                    return Err(DownloadError::Absent(text));
                }
                _ => return Err(unexpected(&answer).into()),
            }
        }
        let (found, url) = mismatch.expect("both rounds ended with 200 and other bytes");
        Err(DownloadError::Checksum {
            expected: *checksum,
            found,
            url,
        })
    }

    fn below_home(&self, path: &str) -> Result<Url, Silence> {
        let refuse = |_| Silence(format!("`{path}` is no path below {}", self.home));
        self.home.join(path).map_err(refuse)
    }
}

#[async_trait]
impl Upstream for SparseUpstream {
    async fn index(
        &self,
        name: &IndexName,
        validators: &Validators,
        reason: &Reason,
    ) -> Result<IndexAnswer, Silence> {
        let headers = conditions(validators);
        let conditional = !headers.is_empty();
        let question = Question {
            errand: &Errand::Index(name.clone()),
            reason,
            url: &self.below_home(&index_path::path(name))?,
            headers,
            body_bytes_max: self.body_bytes_max,
        };
        let deadline = Instant::now() + self.timeout_total;
        let answer = ask(&self.index, &question, deadline).await?;
        match answer.status.as_u16() {
            200 => Ok(IndexAnswer::Body(IndexBody {
                validators: Validators {
                    etag: validator(&answer.headers, ETAG),
                    last_modified: validator(&answer.headers, LAST_MODIFIED),
                },
                bytes: answer.bytes,
                checksum: answer.checksum,
            })),
            304 if conditional => Ok(IndexAnswer::Unchanged),
            304 => Err(Silence(format!(
                "{} answered 304 though it was asked without conditions",
                answer.from
            ))),
            404 | 410 | 451 => Ok(IndexAnswer::Absent),
            _ => Err(unexpected(&answer)),
        }
    }

    async fn origin(&self, reason: &Reason) -> Result<Option<Origin>, Silence> {
        let deadline = Instant::now() + self.timeout_total;
        Ok(self.config(deadline, reason).await?.crossdock.clone())
    }

    fn was_refused(&self, name: &IndexName) -> bool {
        let url = self.below_home(&index_path::path(name));
        url.is_ok_and(|url| self.index.refusals.recent(&url, Instant::now()).is_some())
    }

    fn may_have(&self, name: &NameKey) -> bool {
        self.public_names.as_ref().is_none_or(|list| list.has(name))
    }

    fn is_listed(&self, name: &NameKey) -> bool {
        self.public_names
            .as_ref()
            .is_some_and(|list| list.has(name))
    }

    fn is_paused(&self) -> bool {
        let now = Instant::now();
        self.index.breaker.pauses(now) || self.archives.breaker.pauses(now)
    }

    async fn download(
        &self,
        name: &CrateName,
        version: &Version,
        checksum: &Checksum,
        reason: &Reason,
    ) -> Result<Bytes, DownloadError> {
        let deadline = Instant::now() + self.download_timeout_total;
        let outcome = self
            .archive(name, version, checksum, reason, deadline)
            .await;
        if outcome.is_err() {
            self.config.suspect();
        }
        outcome
    }
}

/// Tells an answer that was refused from one that did not come.
fn told(channel: &Channel, url: &Url, silence: Silence) -> DownloadError {
    match channel.refusals.recent(url, Instant::now()) {
        Some(_) => DownloadError::Refused(silence.0),
        None => silence.into(),
    }
}

/// The conditions for asking only for what changed.
///
/// Only the `ETag` if there is one: RFC 9110, section 13.1.3, has it win anyway.
/// What no header can carry came from no header, and is left out.
fn conditions(validators: &Validators) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let etag = (&validators.etag, IF_NONE_MATCH);
    let date = (&validators.last_modified, IF_MODIFIED_SINCE);
    for (text, name) in [etag, date] {
        let value = text
            .as_deref()
            .and_then(|text| HeaderValue::from_str(text).ok());
        if let Some(value) = value {
            headers.insert(name, value);
            break;
        }
    }
    headers
}

fn validator(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    let text = headers.get(name)?.to_str().ok()?;
    (1..=VALIDATOR_BYTES_MAX)
        .contains(&text.len())
        .then(|| text.to_owned())
}

fn past_caches() -> HeaderMap {
    HeaderMap::from_iter([(CACHE_CONTROL, HeaderValue::from_static("no-cache"))])
}

/// Words a status that is no answer to what was asked.
fn unexpected(answer: &Answer) -> Silence {
    let (from, status) = (&answer.from, answer.status.as_u16());
    Silence(match status {
        401 => {
            format!("{from} answered 401: it wants another token than the one configured, if any")
        }
        403 => format!(
            "{from} answered 403, which says neither yes nor no: the token may lack a right, \
             or this is an object store that hides missing files; let it answer 404 for those"
        ),
        _ => format!("{from} answered {status}, which is no answer"),
    })
}
