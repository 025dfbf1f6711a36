//! A live sparse registry that releases are imported from.
//!
//! Apart from `sparse_index.rs`, because who imports hundreds of releases wants one
//! that fails once to be asked for again.
//!
//! Absent: which of its releases are wanted, and mirrors, which a server keeps.

use crate::offered::{Offered, of_rows};
use crate::server::Token;
use crate::sparse_index::{ReadError, SparseIndex};
use bytes::Bytes;
use crossdock_core::address::{Address, AddressError};
use crossdock_core::name::CrateName;
use crossdock_core::origin::Shows;
use crossdock_core::release::Release;
use crossdock_wire::config_json::ConfigJson;
use std::time::Duration;

/// How often one thing is asked for if there is no answer or one of 5xx.
const TRIES: u32 = 3;

/// How long to wait before the second try; twice as long before the third.
const PAUSE: Duration = Duration::from_millis(500);

/// A sparse registry that is there.
#[derive(Clone, Debug)]
pub struct SparseSource {
    index: SparseIndex,
    config: ConfigJson,
}

/// Why a registry cannot be imported from.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The address is none.
    #[error("write the address of a sparse registry as sparse+https://HOST/PATH/")]
    Address(#[from] AddressError),
    /// It does not answer as a registry.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It is a view or a face: nobody can tell whose its crates' dependencies are.
    #[error(
        "{address} is a {} of a Crossdock, whose rows and archives do not say whose a \
         dependency is: import from the registry that has the crate, whose address is that \
         of the server with /REGISTRY/index/",
        shows.word()
    )]
    NoRegistry {
        /// The address.
        address: String,
        /// What stands there.
        shows: Shows,
    },
}

impl SparseSource {
    /// Reads the configuration of the registry at `sparse+http(s)://…`.
    ///
    /// # Errors
    /// [`SourceError`].
    pub async fn open(address: &str, token: Option<Token>) -> Result<Self, SourceError> {
        let index = SparseIndex::new(&Address::parse(address)?, token)?;
        let config = again(async || index.config().await).await?;
        if let Some(origin) = &config.crossdock
            && origin.shows != Shows::Registry
        {
            let (address, shows) = (address.to_owned(), origin.shows);
            return Err(SourceError::NoRegistry { address, shows });
        }
        Ok(Self { index, config })
    }

    /// Lists the releases of a crate; none if there is no such crate.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn offered(&self, name: &CrateName) -> Result<Vec<Offered>, ReadError> {
        let rows = again(async || self.index.rows(name).await).await?;
        Ok(of_rows(rows))
    }

    /// Fetches an archive, verified.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn archive(&self, release: &Release) -> Result<Bytes, ReadError> {
        again(async || self.index.archive(&self.config, release).await).await
    }
}

/// Asks until there is an answer; a refusal is one.
async fn again<T>(ask: impl AsyncFn() -> Result<T, ReadError>) -> Result<T, ReadError> {
    let mut pause = PAUSE;
    for _ in 1..TRIES {
        match ask().await {
            Err(ReadError::NotThere { .. }) => {}
            Err(ReadError::Refused { status, .. }) if status.is_server_error() => {}
            other => return other,
        }
        tokio::time::sleep(pause).await;
        pause *= 2;
    }
    ask().await
}
