//! `Cargo.lock` beside a registry: where its lines are from, verified and refreshed.
//!
//! cargo keeps original addresses in a lock, whatever took their place when it was
//! made; so cargo's configuration, or a view that was named, says where to look.
//!
//! Absent: the format of locks (`wire::lockfile`), the command line.

mod archives;
pub mod built;
pub mod cached;
pub mod dependencies;
pub mod refresh;
pub mod verify;

use crate::cargo_sources::{CargoSources, Replaced};
use crate::server::Token;
use crate::sparse_index::{ReadError, SparseIndex};
use crossdock_core::address::Address;
use crossdock_wire::lockfile::LockedSource;
use std::collections::BTreeMap;
use url::Url;

/// How many requests are under way at once: enough to hide the time on the way, and
/// few enough for any server.
pub(crate) const REQUESTS_AT_ONCE: usize = 24;

/// Where the lines of a lock are looked up.
#[derive(Clone, Debug)]
pub struct Lookup {
    /// What cargo is configured with.
    pub sources: CargoSources,
    /// What takes the place of crates.io, if somebody named it.
    pub view: Option<Address>,
    /// The server that is asked, and the token for it alone.
    pub server: Option<(Url, Option<Token>)>,
}

/// Where one line of a lock leads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Line {
    /// To the registry that is read at this address.
    Registry(Address),
    /// To a registry that neither the server has nor cargo's configuration names.
    NotOurs(String),
    /// To a git repository or another source without a registry.
    Elsewhere(String),
    /// To a package of the project itself.
    Path,
}

impl Lookup {
    /// Says where a line leads.
    pub fn line(&self, source: &LockedSource) -> Line {
        let written = match source {
            LockedSource::Path => return Line::Path,
            LockedSource::Elsewhere(source) => return Line::Elsewhere(source.clone()),
            LockedSource::Registry(written) => written,
        };
        let not_ours = || Line::NotOurs(written.clone());
        let Ok(address) = Address::parse(written) else {
            return not_ours();
        };
        let read = match (&self.view, &address) {
            (Some(view), Address::CratesIo) => view.clone(),
            _ => match self.sources.replacement(&address) {
                Replaced::By(address) => address,
                Replaced::ByOther(_) => return not_ours(),
            },
        };
        match self.is_ours(&read) {
            true => Line::Registry(read),
            false => not_ours(),
        }
    }

    fn is_ours(&self, address: &Address) -> bool {
        let Address::Sparse(url) = address else {
            return false;
        };
        let is_here = |other: &Url| other.origin() == url.origin();
        let mut known = self.sources.known().into_iter().chain(self.view.clone());
        self.server
            .as_ref()
            .is_some_and(|(server, _)| is_here(server))
            || known.any(|known| matches!(known, Address::Sparse(known) if is_here(&known)))
    }

    /// Opens the registries that lines lead to.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn open(
        &self,
        addresses: impl IntoIterator<Item = Address>,
    ) -> Result<BTreeMap<Address, SparseIndex>, ReadError> {
        let open = |address: Address| {
            let index = SparseIndex::new(&address, self.token(&address))?;
            Ok((address, index))
        };
        addresses.into_iter().map(open).collect()
    }

    fn token(&self, address: &Address) -> Option<Token> {
        let Address::Sparse(url) = address else {
            return None;
        };
        let servers = self
            .server
            .as_ref()
            .filter(|(server, _)| server.origin() == url.origin());
        servers
            .and_then(|(_, token)| token.clone())
            .or_else(|| Token::new(&self.sources.token(address)?).ok())
    }
}
