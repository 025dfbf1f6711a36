//! What one upstream is configured with, and why it might not start.
//!
//! Numbers that an operator may turn are here with their defaults; those that
//! follow from how networks behave are constants where they are used.

use crate::public_names::PublicNames;
use crate::secret::Secret;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// One sparse registry, as configured.
pub struct SparseSettings {
    /// The index without `sparse+`; a final slash is added where it is missing.
    pub address: Url,
    /// Sent verbatim in `Authorization`, to the origin of `address` only.
    pub token: Option<Secret>,
    /// The names that it has, if the operator keeps a list: others are not asked for.
    pub public_names: Option<Arc<PublicNames>>,
    /// Where the operator can be reached, for the user agent: an address or a URL.
    pub contact: Option<String>,
    /// The proxy for everything this upstream fetches; none is taken from the
    /// environment.
    pub proxy: Option<Url>,
    /// The deadline of an index request, repeated tries and waiting included.
    pub timeout_total: Duration,
    /// The deadline of a download, repeated tries and waiting included.
    pub download_timeout_total: Duration,
    /// How often a failed request is repeated; 0 means one try.
    pub retries: u32,
    /// Largest index file after decompression, in bytes.
    pub body_bytes_max: usize,
    /// Largest archive, in bytes. As many as 16 may be in memory at a time.
    pub archive_bytes_max: usize,
}

/// Why an upstream cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is neither http nor https.
    #[error("upstream address `{0}` must be http or https")]
    Scheme(Url),
    /// The address carries a user name or password.
    #[error("upstream address on host `{0}` must not carry a user name or password; use a token")]
    Credentials(String),
    /// The address has a query or a fragment, which no index has.
    #[error("upstream address on host `{0}` must not have a query or fragment")]
    Suffix(String),
    /// The contact does not fit into a header.
    #[error("contact must be visible ASCII characters, without line breaks")]
    Contact,
    /// No root certificates, or TLS cannot be set up otherwise.
    #[error("cannot set up TLS: {0}; install the system's root certificates (ca-certificates)")]
    Tls(#[source] rustls::Error),
    /// The HTTP client cannot be set up.
    #[error("cannot set up the HTTP client: {0}")]
    Client(String),
}

impl SparseSettings {
    /// Returns the defaults for the registry at `address`.
    pub fn new(address: Url) -> Self {
        Self {
            address,
            token: None,
            public_names: None,
            contact: None,
            proxy: None,
            // Three tries of which each may wait 10 s for the next byte.
            timeout_total: Duration::from_secs(30),
            // 128 MiB at about 10 Mbit/s.
            download_timeout_total: Duration::from_secs(120),
            // Three tries within a second, when answered at once; cargo repeats a
            // 503 of ours three more times on top.
            retries: 2,
            // Bad inputs 75. The largest files of crates.io's index have a few MB.
            body_bytes_max: 64 * 1024 * 1024,
            // crates.io takes 10 MB, with a few exceptions of several times that;
            // in-house registries are known to hold more.
            archive_bytes_max: 128 * 1024 * 1024,
        }
    }

    /// Returns the address as it is joined with paths, or why it cannot be.
    pub(crate) fn home(&self) -> Result<Url, StartError> {
        let address = &self.address;
        let host = address.host_str().unwrap_or_default().to_owned();
        if !matches!(address.scheme(), "http" | "https") || host.is_empty() {
            return Err(StartError::Scheme(address.clone()));
        }
        if !address.username().is_empty() || address.password().is_some() {
            return Err(StartError::Credentials(host));
        }
        if address.query().is_some() || address.fragment().is_some() {
            return Err(StartError::Suffix(host));
        }
        let mut home = address.clone();
        home.set_path(&format!("{}/", address.path().trim_end_matches('/')));
        Ok(home)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home(text: &str) -> Result<String, StartError> {
        let settings = SparseSettings::new(Url::parse(text).unwrap());
        settings.home().map(String::from)
    }

    #[test]
    fn an_index_address_ends_with_a_slash_and_nothing_else() {
        assert_eq!(home("https://h/index").unwrap(), "https://h/index/");
        assert_eq!(home("http://h:1").unwrap(), "http://h:1/");
        for (bad, rule) in [
            ("ftp://h/", "http or https"),
            ("file:///x", "http or https"),
            ("https://u:p@h/", "password"),
            ("https://h/?q", "query"),
            ("https://h/#f", "fragment"),
        ] {
            let error = home(bad).unwrap_err().to_string();
            assert!(error.contains(rule) && !error.contains("u:p"), "{error}");
        }
    }
}
