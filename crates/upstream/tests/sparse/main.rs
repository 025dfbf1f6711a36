//! A sparse upstream against servers on loopback that behave as told.
//!
//! One program for all files, so that the server is written once and the build
//! links once. No test here reaches beyond this machine.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "all of this program is test; a panic is how it says no"
)]

mod download;
mod index;
mod limits;
mod outage;
mod redirects;
mod server;

use crossdock_core::checksum::Checksum;
use crossdock_core::name::{CrateName, IndexName};
use crossdock_core::registry_name::RegistryName;
use crossdock_core::version::Version;
use crossdock_registry::ports::{
    DownloadError, IndexAnswer, Reason, Silence, Upstream, Validators,
};
use crossdock_upstream::{Egress, Secret, SparseSettings, SparseUpstream};
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// The token of all tests; only the configured origin may ever see it.
const TOKEN: &str = "s3cr3t-token";

/// An upstream under test and what left through it.
struct Subject {
    upstream: SparseUpstream,
    egress: Arc<Egress>,
}

/// Sets up an upstream at `address` with a token and short deadlines.
fn subject(address: &str) -> Subject {
    subject_with(address, |_| {})
}

fn subject_with(address: &str, adjust: impl FnOnce(&mut SparseSettings)) -> Subject {
    let mut settings = SparseSettings::new(Url::parse(address).unwrap());
    settings.token = Some(Secret::parse(TOKEN).unwrap());
    settings.timeout_total = Duration::from_millis(1500);
    settings.download_timeout_total = Duration::from_millis(1500);
    adjust(&mut settings);
    let egress = Arc::new(Egress::default());
    let registry = RegistryName::parse("partner").unwrap();
    Subject {
        upstream: SparseUpstream::new(registry, settings, Arc::clone(&egress)).unwrap(),
        egress,
    }
}

impl Subject {
    async fn index(&self, name: &str) -> Result<IndexAnswer, Silence> {
        self.index_if(name, &Validators::default()).await
    }

    async fn index_if(&self, name: &str, known: &Validators) -> Result<IndexAnswer, Silence> {
        let name = IndexName::parse(name).unwrap();
        self.upstream.index(&name, known, &Reason::Asked).await
    }

    /// The text of the silence that asking for `name` must end in.
    async fn silence(&self, name: &str) -> String {
        self.index(name).await.unwrap_err().to_string()
    }

    async fn download(&self, bytes: &[u8]) -> Result<Vec<u8>, DownloadError> {
        let name = CrateName::parse("Petal").unwrap();
        let version = Version::parse("1.0.0+a").unwrap();
        let checksum = Checksum::of(bytes);
        let downloaded = self
            .upstream
            .download(&name, &version, &checksum, &Reason::Asked)
            .await;
        downloaded.map(|bytes| bytes.to_vec())
    }
}

/// The bytes of an answer that must be a body.
fn body(answer: Result<IndexAnswer, Silence>) -> (Vec<u8>, Validators) {
    match answer.unwrap() {
        IndexAnswer::Body(body) => (body.bytes.to_vec(), body.validators),
        other => panic!("{other:?}"),
    }
}
