//! What every request is answered with: the federation, who may see it, bounds.
//!
//! Absent: any decision. The shape of an answer is in the room of its route.

use crate::access::{Access, Shown};
use crate::auth::{self, AdminToken};
use crate::client_address;
use crate::failures::Failures;
use crate::limits::Limits;
use crate::live_settings::LiveSettings;
use crate::pace::Pacer;
use crate::problem::Problem;
use crate::traffic::Traffic;
use crate::upload_room::UploadRoom;
use crossdock_core::access::is_token;
use crossdock_registry::Federation;
use crossdock_registry::ports::EgressRecord;
use http::{HeaderMap, Request};
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The server without its socket; cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The use cases.
    pub(crate) federation: Arc<Federation>,
    /// What left for other registries.
    pub(crate) egress: Arc<dyn EgressRecord>,
    /// Who may see and change what.
    pub(crate) access: Arc<Access>,
    /// Bounds set by the operator.
    pub(crate) limits: Limits,
    /// Room for uploads in memory.
    pub(crate) upload_room: Arc<UploadRoom>,
    /// Holds clients to their pace, if there is one.
    pacer: Option<Arc<Pacer>>,
    /// The settings file, if it can be applied without a restart.
    pub(crate) settings: Option<Arc<dyn LiveSettings>>,
    /// Tokens that do not count.
    failures: Arc<Failures>,
    /// Requests by kind and status.
    pub(crate) traffic: Arc<Traffic>,
    /// Requests that took the long way; numbers them in the log.
    requests: Arc<AtomicU64>,
}

impl App {
    /// Brings the federation, its record of what left and its guard together.
    pub fn new(
        federation: Arc<Federation>,
        egress: Arc<dyn EgressRecord>,
        token: AdminToken,
        limits: Limits,
    ) -> Self {
        Self {
            access: Arc::new(Access::new(Arc::clone(&federation), token)),
            upload_room: Arc::new(UploadRoom::new(limits.uploads_bytes_max)),
            pacer: limits.pace.map(|pace| Arc::new(Pacer::new(pace))),
            federation,
            egress,
            limits,
            settings: None,
            failures: Arc::new(Failures::new()),
            traffic: Arc::default(),
            requests: Arc::default(),
        }
    }

    /// The same with settings that can be applied while it runs.
    #[must_use]
    pub fn with_settings(self, settings: Arc<dyn LiveSettings>) -> Self {
        let settings = Some(settings);
        Self { settings, ..self }
    }

    /// The same before another federation, which has taken the place of this one's:
    /// what is counted and bounded is counted and bounded on.
    #[must_use]
    pub fn before(&self, federation: Arc<Federation>) -> Self {
        Self {
            access: Arc::new(self.access.before(Arc::clone(&federation))),
            federation,
            ..self.clone()
        }
    }

    /// Returns the address that a request is from.
    pub(crate) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        client_address::client(peer, headers, &self.limits.trusted_proxies)
    }

    /// Says why a request is not even looked at, if it is not.
    pub(crate) fn turned_away<B>(&self, peer: IpAddr, request: &Request<B>) -> Option<Problem> {
        if let Some(wait) = self.too_fast(peer, request) {
            return Some(Problem::TooFast(wait));
        }
        let headers = request.headers();
        let token = auth::token(headers)?;
        if is_token(&token) {
            return None;
        }
        let wait = self.failures.wait(self.client(peer, headers))?;
        self.traffic.refused_too_fast();
        Some(Problem::TooManyFailures(wait))
    }

    /// Notes the token that a request shows if it does not count; says that these were
    /// too many, if they were.
    pub(crate) fn note_failure(&self, client: IpAddr, headers: &HeaderMap) -> Option<Problem> {
        let Shown::Unfit(_) = self.access.shown(headers) else {
            return None;
        };
        let wait = self.failures.note(client)?;
        self.traffic.refused_too_fast();
        Some(Problem::TooManyFailures(wait))
    }

    /// Takes a request in; if its client asks too often, says how long it should wait.
    fn too_fast<B>(&self, peer: IpAddr, request: &Request<B>) -> Option<Duration> {
        let pacer = self.pacer.as_ref()?;
        // Whoever looks after the server is always told how it is.
        if matches!(request.uri().path(), "/healthz" | "/readyz") {
            return None;
        }
        let wait = pacer.take(self.client(peer, request.headers())).err()?;
        self.traffic.refused_too_fast();
        Some(wait)
    }

    /// Numbers a request, from 1.
    pub(crate) fn next_request(&self) -> u64 {
        self.requests.fetch_add(1, Ordering::Relaxed) + 1
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App")
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
