//! One request to a bucket, as often as it may be made: each can be made again.
//!
//! What is signed stands in the address, so addresses are never shown: errors are told
//! without them.
//!
//! Absent: redirects. They lead to another region than the settings name.

use super::S3Credentials;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::{Bytes, BytesMut};
use crossdock_core::checksum::Checksum;
use crossdock_registry::ports::StoreError;
use http::StatusCode;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use reqwest::Response;
use rustls_platform_verifier::BuilderVerifierExt as _;
use rusty_s3::{Bucket, S3Action as _};
use std::sync::Arc;
use std::time::Duration;

/// How long a connection may take, TLS included, as for upstreams.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// How long the next byte may take.
const SILENT_FOR: Duration = Duration::from_secs(10);

/// How long one try may take: 128 MiB at 10 Mbit/s.
const TRY_WITHIN: Duration = Duration::from_secs(120);

/// Pauses between tries, and so one try more than there are pauses.
const PAUSES: [Duration; 2] = [Duration::from_millis(200), Duration::from_millis(800)];

/// How long a signature holds: for a try, and for clocks that differ.
const SIGNED_FOR: Duration = Duration::from_secs(15 * 60);

/// Most bytes of an object that are read: beyond any archive that is taken in.
const OBJECT_BYTES_MAX: usize = 1 << 30;

/// Most bytes that are read of what a server says about a refusal.
const REFUSAL_BYTES_MAX: usize = 4096;

/// The digest of what is sent, which a server compares with what arrived.
const SENT_SHA256: &str = "x-amz-checksum-sha256";

/// What is wanted of a bucket.
pub(super) enum Wanted<'w> {
    /// An object as it is.
    Get { key: &'w str },
    /// An object to be there.
    Put {
        key: &'w str,
        checksum: &'w Checksum,
        bytes: Bytes,
    },
    /// An object not to be there.
    Delete { key: &'w str },
    /// Which objects there are below a prefix and after a key.
    List {
        prefix: &'w str,
        after: Option<&'w str>,
        limit: usize,
    },
}

/// What became of it.
pub(super) enum Answer {
    /// It is done; the bytes are an object's if that was wanted.
    Done(Bytes),
    /// There is no such object.
    Absent,
}

/// Why it did not.
pub(super) struct Trouble {
    error: fn(String) -> StoreError,
    text: String,
    /// Whether another try may help.
    may_pass: bool,
}

impl Trouble {
    fn passing(text: impl Into<String>) -> Self {
        Self {
            error: StoreError::Unavailable,
            text: text.into(),
            may_pass: true,
        }
    }

    fn lasting(error: fn(String) -> StoreError, text: impl Into<String>) -> Self {
        Self {
            error,
            text: text.into(),
            may_pass: false,
        }
    }

    /// Tells it of a store.
    pub(super) fn at(self, shown: &str) -> StoreError {
        (self.error)(format!("object store {shown}: {}", self.text))
    }
}

impl From<reqwest::Error> for Trouble {
    fn from(error: reqwest::Error) -> Self {
        use std::error::Error as _;
        // The address is signed; what is below it says what went wrong.
        let error = error.without_url();
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(below) = cause {
            text += &format!(": {below}");
            cause = below.source();
        }
        Self::passing(text)
    }
}

/// Asks one bucket.
pub(super) struct Client {
    http: reqwest::Client,
    bucket: Bucket,
    credentials: S3Credentials,
}

impl Client {
    pub(super) fn new(
        bucket: Bucket,
        credentials: S3Credentials,
        is_tls: bool,
    ) -> Result<Self, StoreError> {
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls(is_tls)?)
            .user_agent(concat!("crossdock/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .no_gzip()
            .connect_timeout(CONNECT_WITHIN)
            .read_timeout(SILENT_FOR)
            .timeout(TRY_WITHIN)
            .build()
            .map_err(|error| StoreError::Unavailable(format!("object store: {error}")))?;
        Ok(Self {
            http,
            bucket,
            credentials,
        })
    }

    /// Asks until there is an answer, or until no try is left.
    pub(super) async fn ask(&self, wanted: Wanted<'_>) -> Result<Answer, Trouble> {
        for pause in PAUSES {
            match self.try_once(&wanted).await {
                Err(trouble) if trouble.may_pass => tokio::time::sleep(pause).await,
                outcome => return outcome,
            }
        }
        self.try_once(&wanted).await
    }

    async fn try_once(&self, wanted: &Wanted<'_>) -> Result<Answer, Trouble> {
        let credentials = Some(self.credentials.signing());
        let request = match wanted {
            Wanted::Get { key } => {
                let action = self.bucket.get_object(credentials, key);
                self.http.get(action.sign(SIGNED_FOR))
            }
            Wanted::Delete { key } => {
                let action = self.bucket.delete_object(credentials, key);
                self.http.delete(action.sign(SIGNED_FOR))
            }
            Wanted::List {
                prefix,
                after,
                limit,
            } => {
                let mut action = self.bucket.list_objects_v2(credentials);
                action.with_prefix(*prefix);
                action.with_max_keys(*limit);
                if let Some(after) = after {
                    action.with_start_after(*after);
                }
                self.http.get(action.sign(SIGNED_FOR))
            }
            Wanted::Put {
                key,
                checksum,
                bytes,
            } => {
                let digest = BASE64_STANDARD.encode(checksum.as_bytes());
                let mut action = self.bucket.put_object(credentials, key);
                action.headers_mut().insert(SENT_SHA256, digest.clone());
                self.http
                    .put(action.sign(SIGNED_FOR))
                    .header(SENT_SHA256, digest)
                    .header(CONTENT_TYPE, "application/gzip")
                    // An empty body would go without, and be refused.
                    .header(CONTENT_LENGTH, bytes.len())
                    .body(bytes.clone())
            }
        };
        let response = request.send().await?;
        let status = response.status();
        if status.is_success() {
            return match wanted {
                Wanted::Get { .. } | Wanted::List { .. } => {
                    Ok(Answer::Done(whole(response).await?))
                }
                Wanted::Put { .. } | Wanted::Delete { .. } => Ok(Answer::Done(Bytes::new())),
            };
        }
        let said = told(response).await;
        match status {
            StatusCode::NOT_FOUND if !said.contains("NoSuchBucket") => Ok(Answer::Absent),
            StatusCode::NOT_FOUND => Err(Trouble::lasting(
                StoreError::Unavailable,
                "there is no such bucket",
            )),
            StatusCode::INSUFFICIENT_STORAGE => Err(Trouble::lasting(StoreError::Full, said)),
            StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT => {
                Err(Trouble::passing(format!("{status} {said}")))
            }
            status if status.is_server_error() => Err(Trouble::passing(format!("{status} {said}"))),
            StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED => Err(Trouble::lasting(
                StoreError::Unavailable,
                format!(
                    "{status} {said}: look at the credentials, at `objects-region`, and at this machine's clock"
                ),
            )),
            status => Err(Trouble::lasting(
                StoreError::Unavailable,
                format!("{status} {said}"),
            )),
        }
    }
}

/// Reads an object to its announced end.
async fn whole(mut response: Response) -> Result<Bytes, Trouble> {
    let too_long = || Trouble::lasting(StoreError::Corrupt, "an object is longer than any archive");
    let announced = response.content_length().unwrap_or_default();
    if announced > OBJECT_BYTES_MAX as u64 {
        return Err(too_long());
    }
    // What is announced is believed piece by piece, as it comes.
    let mut bytes = BytesMut::new();
    while let Some(piece) = response.chunk().await? {
        if bytes.len() + piece.len() > OBJECT_BYTES_MAX {
            return Err(too_long());
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes.freeze())
}

/// Reads the code of a refusal: `<Code>NoSuchBucket</Code>` in the XML of S3.
async fn told(mut response: Response) -> String {
    let mut bytes = Vec::new();
    while let Ok(Some(piece)) = response.chunk().await {
        bytes.extend_from_slice(&piece);
        if bytes.len() >= REFUSAL_BYTES_MAX {
            break;
        }
    }
    bytes.truncate(REFUSAL_BYTES_MAX);
    let text = String::from_utf8_lossy(&bytes);
    let code = text
        .split_once("<Code>")
        .and_then(|(_, rest)| rest.split_once("</Code>"))
        .map_or("", |(code, _)| code);
    code.chars().filter(char::is_ascii_alphanumeric).collect()
}

fn tls(is_needed: bool) -> Result<rustls::ClientConfig, StoreError> {
    let told = |error: rustls::Error| StoreError::Unavailable(format!("object store: {error}"));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = || {
        rustls::ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(told)
    };
    let mut config = match builder()?.with_platform_verifier() {
        Ok(builder) => builder.with_no_client_auth(),
        // A machine without root certificates trusts nobody, which plain http needs not.
        Err(_) if !is_needed => builder()?
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth(),
        Err(error) => return Err(told(error)),
    };
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}
