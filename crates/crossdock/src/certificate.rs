//! The certificate of the settings: opened at the start, and looked at again while the
//! server runs, since whoever renews it writes over it.
//!
//! Absent: handshakes (`server`).

use crate::report::Failure;
use crate::settings::TlsFiles;
use crossdock_server::Tls;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::{JoinHandle, spawn_blocking};

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// Reads the certificate.
///
/// # Errors
/// [`Failure`] if it cannot be used.
pub(crate) fn open(files: &TlsFiles) -> Result<Arc<Tls>, Failure> {
    let read = Tls::read(&files.certificate, &files.key);
    let read = read.map_err(|error| Failure::hinted(error, "look at [server.tls] in the settings"));
    Ok(Arc::new(read?))
}

/// Looks at the files from time to time, until it is aborted.
pub(crate) fn watch(tls: Arc<Tls>) -> JoinHandle<()> {
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let tls = Arc::clone(&tls);
            match spawn_blocking(move || tls.renew()).await {
                Ok(Ok(true)) => tracing::info!("the certificate was read again"),
                Ok(Ok(false)) | Err(_) => {}
                Ok(Err(error)) => tracing::warn!(
                    %error,
                    "the certificate changed and cannot be used, so the former one stays: {error}"
                ),
            }
        }
    })
}
