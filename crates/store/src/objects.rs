//! Archives in an object store that speaks S3: one checksum, one object.
//!
//! Objects have the names that files have in a folder (`ab/cdef…`), so that whoever
//! copies the one has the other. An object is there whole or not at all, and to write
//! the same bytes again changes nothing; the server is told their SHA-256 and refuses
//! what arrived otherwise. Who was first with anything is not decided here.
//!
//! May it be lost: no, what was published is nowhere else. If it lies: what is read is
//! verified, and other bytes are an alarm, not an answer.
//!
//! Absent: what there is to read, which the ledger names; a listing is for those who
//! look for what it does not name.

mod address;
mod credentials;
mod listing;
mod request;

pub use address::{S3Address, S3AddressError};
pub use credentials::{CredentialsError, S3Credentials};

use async_trait::async_trait;
use bytes::Bytes;
use crossdock_core::checksum::Checksum;
use crossdock_core::timestamp::Timestamp;
use crossdock_registry::ports::{Blobs, StoreError, Stored};
use request::{Answer, Client, Wanted};
use rusty_s3::{Bucket, UrlStyle};
use url::Url;

/// What is written and removed to see whether anything can be.
const PROBE: &[u8] = b"written to see whether this store takes archives, and removed again\n";

/// How an object store is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct S3Settings {
    /// Which bucket, and below which prefix.
    pub address: S3Address,
    /// The server; none means Amazon's of the region.
    pub endpoint: Option<Url>,
    /// The region that requests are signed for.
    pub region: String,
    /// Whether the bucket stands in the path rather than in the name of the host.
    pub path_style: bool,
}

/// Archives in a bucket.
pub struct S3Blobs {
    client: Client,
    prefix: String,
    shown: String,
}

impl S3Blobs {
    /// Prepares to ask a bucket; nothing is asked yet ([`Blobs::probe`] does).
    ///
    /// # Errors
    /// [`StoreError`] if the endpoint cannot be asked like this.
    pub fn open(settings: &S3Settings, credentials: S3Credentials) -> Result<Self, StoreError> {
        let unusable = |error: String| StoreError::Unavailable(format!("object store: {error}"));
        let endpoint = match &settings.endpoint {
            Some(endpoint) => endpoint.clone(),
            None => Url::parse(&format!("https://s3.{}.amazonaws.com", settings.region))
                .map_err(|error| unusable(error.to_string()))?,
        };
        let style = match settings.path_style {
            true => UrlStyle::Path,
            false => UrlStyle::VirtualHost,
        };
        let name = settings.address.bucket().to_owned();
        let is_tls = endpoint.scheme() == "https";
        let bucket = Bucket::new(endpoint, style, name, settings.region.clone())
            .map_err(|error| unusable(error.to_string()))?;
        Ok(Self {
            client: Client::new(bucket, credentials, is_tls)?,
            prefix: settings.address.prefix().to_owned(),
            shown: settings.address.to_string(),
        })
    }

    fn key(&self, name: &str) -> String {
        match &*self.prefix {
            "" => name.to_owned(),
            prefix => format!("{prefix}/{name}"),
        }
    }

    fn place(&self, checksum: &Checksum) -> String {
        let text = checksum.to_string();
        self.key(&format!("{}/{}", &text[..2], &text[2..]))
    }

    async fn ask(&self, wanted: Wanted<'_>) -> Result<Answer, StoreError> {
        let answer = self.client.ask(wanted).await;
        answer.map_err(|error| error.at(&self.shown))
    }

    async fn done(&self, wanted: Wanted<'_>) -> Result<(), StoreError> {
        match self.ask(wanted).await? {
            Answer::Done(_) => Ok(()),
            Answer::Absent => Err(StoreError::Unavailable(format!(
                "object store {}: there is no such place",
                self.shown
            ))),
        }
    }

    /// Keeps an object by a name of its own.
    pub(crate) async fn put_named(&self, name: &str, bytes: Bytes) -> Result<(), StoreError> {
        let (key, hashed) = (self.key(name), bytes.clone());
        let checksum = tokio::task::spawn_blocking(move || Checksum::of(&hashed)).await;
        let checksum = &checksum
            .map_err(|_| StoreError::Unavailable("writing an object was interrupted".to_owned()))?;
        let key = &*key;
        let put = Wanted::Put {
            key,
            checksum,
            bytes,
        };
        self.done(put).await
    }

    /// Reads an object by its name; who reads it verifies it.
    pub(crate) async fn get_named(&self, name: &str) -> Result<Option<Bytes>, StoreError> {
        let key = &*self.key(name);
        match self.ask(Wanted::Get { key }).await? {
            Answer::Absent => Ok(None),
            Answer::Done(bytes) => Ok(Some(bytes)),
        }
    }

    /// Takes an object away by its name.
    pub(crate) async fn remove_named(&self, name: &str) -> Result<(), StoreError> {
        let key = &*self.key(name);
        self.ask(Wanted::Delete { key }).await.map(drop)
    }
}

#[async_trait]
impl Blobs for S3Blobs {
    async fn keep(&self, checksum: &Checksum, bytes: Bytes) -> Result<(), StoreError> {
        let key = &*self.place(checksum);
        let put = Wanted::Put {
            key,
            checksum,
            bytes,
        };
        self.done(put).await
    }

    async fn probe(&self) -> Result<(), StoreError> {
        let key = &*self.key("probe");
        let put = Wanted::Put {
            key,
            checksum: &Checksum::of(PROBE),
            bytes: Bytes::from_static(PROBE),
        };
        self.done(put).await?;
        self.ask(Wanted::Delete { key }).await?;
        Ok(())
    }

    async fn read(&self, checksum: &Checksum) -> Result<Option<Bytes>, StoreError> {
        let key = &*self.place(checksum);
        let bytes = match self.ask(Wanted::Get { key }).await? {
            Answer::Absent => return Ok(None),
            Answer::Done(bytes) => bytes,
        };
        let (wanted, hashed) = (*checksum, bytes.clone());
        let is_it = tokio::task::spawn_blocking(move || Checksum::of(&hashed) == wanted).await;
        match is_it {
            Ok(true) => Ok(Some(bytes)),
            Ok(false) => Err(StoreError::Corrupt(format!(
                "archive {checksum} in {} has other content than it was stored with",
                self.shown
            ))),
            Err(_) => Err(StoreError::Unavailable(
                "reading an archive was interrupted".to_owned(),
            )),
        }
    }

    async fn remove(&self, checksum: &Checksum) -> Result<(), StoreError> {
        let key = &*self.place(checksum);
        // What is absent is taken away already.
        self.ask(Wanted::Delete { key }).await.map(drop)
    }

    async fn list(
        &self,
        after: Option<&Checksum>,
        limit: usize,
    ) -> Result<Vec<Stored>, StoreError> {
        self.listed(after, limit.max(1)).await
    }

    async fn examine(&self, checksum: &Checksum) -> Result<Option<Bytes>, StoreError> {
        self.read(checksum).await
    }

    async fn heal(&self, checksum: &Checksum) -> Result<bool, StoreError> {
        match self.read(checksum).await {
            Ok(read) => Ok(read.is_some()),
            Err(StoreError::Corrupt(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn remove_kept_before(
        &self,
        checksum: &Checksum,
        time: Timestamp,
    ) -> Result<bool, StoreError> {
        // Between this look and the removal another node may keep it again: an object
        // store has no removal that depends on a time. Who takes archives away looks at
        // the ledger afterwards, and keeps again what was named meanwhile.
        match self.kept(checksum).await? {
            Some(kept) if kept < time => {
                self.remove(checksum).await?;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    async fn damaged(&self) -> Result<Vec<String>, StoreError> {
        Ok(Vec::new())
    }
}
