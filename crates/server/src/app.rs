//! What every request is answered with: the federation, who may see it, bounds.
//!
//! Absent: any decision. The shape of an answer is in the room of its route.

use crate::access::Access;
use crate::auth::AdminToken;
use crate::limits::Limits;
use crate::traffic::Traffic;
use crate::upload::UploadRoom;
use crossdock_registry::Federation;
use crossdock_registry::ports::EgressRecord;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

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
            federation,
            egress,
            limits,
            traffic: Arc::default(),
            requests: Arc::default(),
        }
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
