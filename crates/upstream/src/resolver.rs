//! Names to addresses, past the guard.
//!
//! The check stands between resolving and connecting: what was looked at is what
//! is connected to, so a name that resolves to something else a moment later
//! (DNS rebinding) gains nothing.

use crate::reach::Guard;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::SocketAddr;
use std::sync::Arc;

/// The system's resolver, with the guard's word on every answer.
pub(crate) struct GuardedResolver(pub(crate) Arc<Guard>);

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = Arc::clone(&self.0);
        Box::pin(async move {
            // Port 0 is replaced by the caller with the one of the address.
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let found = found.map(|address| address.ip()).collect();
            let permitted = guard.filter(name.as_str(), found)?;
            let addresses: Addrs = Box::new(permitted.into_iter().map(|ip| SocketAddr::new(ip, 0)));
            Ok(addresses)
        })
    }
}
