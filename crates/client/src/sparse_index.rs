//! One sparse registry, read as cargo reads it: rows of a name, archives by checksum.
//!
//! An archive is given only if it has the checksum of its row. The token goes to the
//! registry's own origin and nowhere else.
//!
//! Absent: which registry is meant (`cargo_sources.rs`, `lock.rs`), keeping what was read.

use crate::server::{Token, client};
use bytes::Bytes;
use crossdock_core::address::{Address, AddressError};
use crossdock_core::checksum::Checksum;
use crossdock_core::name::CrateName;
use crossdock_core::release::{Release, Target};
use crossdock_wire::config_json::{self, ConfigJson};
use crossdock_wire::{download_template, index_file, index_path};
use reqwest::header::AUTHORIZATION;
use reqwest::{Client, Response, StatusCode};
use url::Url;

/// Longest index file that is read, in bytes: ten times the largest real one.
const INDEX_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Largest archive that is read, in bytes: more than any registry takes.
const ARCHIVE_BYTES_MAX: usize = 512 * 1024 * 1024;

/// How many redirects lead to an archive; crates.io has one.
const REDIRECTS_MAX: usize = 4;

/// A sparse registry and how to talk to it.
#[derive(Clone, Debug)]
pub struct SparseIndex {
    base: Url,
    token: Option<Token>,
    client: Client,
}

/// Why a registry did not give what was asked for.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The address is no sparse one.
    #[error("{0} is no sparse registry; only such are read")]
    NotSparse(Address),
    /// Nobody answers there, or not to the end.
    #[error("no answer from {url}")]
    NotThere {
        /// What was asked for.
        url: String,
        /// What the network says.
        source: reqwest::Error,
    },
    /// The registry refuses this name in its own words; others may be fine.
    #[error("{url} answers {status}: {detail}")]
    Refused {
        /// What was asked for.
        url: String,
        /// The status.
        status: StatusCode,
        /// Its words.
        detail: String,
    },
    /// The answer is not what a registry says.
    #[error("the answer of {url} makes no sense: {why}")]
    Nonsense {
        /// What was asked for.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// The archive is not the one that the row is of.
    #[error("{url} gives an archive with checksum {found}, where its index says {expected}")]
    OtherBytes {
        /// What was asked for.
        url: String,
        /// What came.
        found: Checksum,
        /// What the row says.
        expected: Checksum,
    },
}

impl SparseIndex {
    /// Prepares to read the registry at `address`.
    ///
    /// # Errors
    /// [`ReadError::NotSparse`], or [`ReadError::NotThere`] if this machine cannot make
    /// connections at all.
    pub fn new(address: &Address, token: Option<Token>) -> Result<Self, ReadError> {
        let Address::Sparse(base) = address else {
            return Err(ReadError::NotSparse(address.clone()));
        };
        let client = client_for(base)?;
        Ok(Self {
            base: base.clone(),
            token,
            client,
        })
    }

    /// Reads the rows of a name; none if the registry does not have it. Rows that cargo
    /// could not read are left out.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn rows(&self, name: &CrateName) -> Result<Vec<Release>, ReadError> {
        let index_name = name.index_name();
        let url = self.below(&index_path::path(&index_name))?;
        let response = self.get(&self.client, &url).await?;
        // What cargo takes for absence (cargo 1.95).
        let absent = [
            StatusCode::NOT_FOUND,
            StatusCode::GONE,
            StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS,
        ];
        if absent.contains(&response.status()) {
            return Ok(Vec::new());
        }
        let bytes = body(response, &url, INDEX_BYTES_MAX).await?;
        let file = index_file::decode(&bytes, &index_name, &target_of);
        Ok(file.rows.into_iter().map(|(_, release)| release).collect())
    }

    /// Reads where archives are.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn config(&self) -> Result<ConfigJson, ReadError> {
        let url = self.below("config.json")?;
        let response = self.get(&self.client, &url).await?;
        let bytes = body(response, &url, config_json::CONFIG_BYTES_MAX).await?;
        config_json::decode(&bytes).map_err(|error| nonsense(&url, error.to_string()))
    }

    /// Reads the archive of a release, verified.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn archive(
        &self,
        config: &ConfigJson,
        release: &Release,
    ) -> Result<Bytes, ReadError> {
        let Release {
            name,
            version,
            checksum,
            ..
        } = release;
        let url = download_template::expand(&config.dl, name, version, checksum);
        let url = Url::parse(&url).map_err(|error| nonsense(&self.base, error.to_string()))?;
        let other;
        let client = match url.scheme() == self.base.scheme() {
            true => &self.client,
            false => {
                other = client_for(&url)?;
                &other
            }
        };
        let response = self.get(client, &url).await?;
        let bytes = body(response, &url, ARCHIVE_BYTES_MAX).await?;
        match Checksum::of(&bytes) {
            found if found == *checksum => Ok(bytes),
            found => Err(ReadError::OtherBytes {
                url: url.into(),
                found,
                expected: *checksum,
            }),
        }
    }

    async fn get(&self, client: &Client, url: &Url) -> Result<Response, ReadError> {
        let mut request = client.get(url.clone());
        if let Some(Token(token)) = &self.token
            && url.origin() == self.base.origin()
        {
            request = request.header(AUTHORIZATION, token.clone());
        }
        request.send().await.map_err(|error| not_there(url, error))
    }

    fn below(&self, path: &str) -> Result<Url, ReadError> {
        let joined = self.base.join(path);
        joined.map_err(|error| nonsense(&self.base, error.to_string()))
    }
}

/// What the registry of a dependency means to whoever reads rows beside cargo.
fn target_of(registry: Option<&str>) -> Result<Target, AddressError> {
    Ok(match registry.map(Address::parse).transpose()? {
        None => Target::Own,
        Some(Address::CratesIo) => Target::CratesIo,
        Some(address) => Target::Elsewhere(address),
    })
}

fn client_for(url: &Url) -> Result<Client, ReadError> {
    let redirects = reqwest::redirect::Policy::limited(REDIRECTS_MAX);
    client(url, redirects).map_err(|error| not_there(url, error))
}

async fn body(mut response: Response, url: &Url, bytes_max: usize) -> Result<Bytes, ReadError> {
    let status = response.status();
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|e| not_there(url, e))? {
        if bytes.len() + chunk.len() > bytes_max {
            return Err(nonsense(
                url,
                format!("it is longer than {bytes_max} bytes"),
            ));
        }
        bytes.extend_from_slice(&chunk);
    }
    if status != StatusCode::OK {
        return Err(ReadError::Refused {
            url: url.to_string(),
            status,
            detail: crate::server::detail(&bytes),
        });
    }
    Ok(bytes.into())
}

fn not_there(url: &Url, error: reqwest::Error) -> ReadError {
    ReadError::NotThere {
        url: url.to_string(),
        source: error.without_url(),
    }
}

fn nonsense(url: &Url, why: String) -> ReadError {
    ReadError::Nonsense {
        url: url.to_string(),
        why,
    }
}
