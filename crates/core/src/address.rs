//! Addresses of registries in all the spellings cargo writes, and whose they are.
//!
//! Two steps, two types. [`Address`] is one spelling brought to its canonical
//! form. [`AddressBook`] knows which addresses are ours, former ones included, and
//! says which [`Place`] an address means. crates.io's sparse address arrives as a
//! value, because it is written nowhere in this repository.
//!
//! Absent: what to do about a place, which is `settle.rs`.

use crate::registry_name::RegistryName;
use std::collections::BTreeMap;
use std::fmt;
use url::Url;

/// The registry string under which cargo knows crates.io, whatever serves it.
pub const CRATES_IO_IDENTITY: &str = "https://github.com/rust-lang/crates.io-index";

/// Longest address in bytes; beyond any real one, short enough to be kept in rows.
pub const ADDRESS_BYTES_MAX: usize = 2000;

/// The address of a registry's index in canonical form.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Address {
    /// The crates.io identity ([`CRATES_IO_IDENTITY`]).
    CratesIo,
    /// A sparse index: `sparse+http(s)://…/`. The URL ends with a slash.
    Sparse(Url),
    /// A git index: `http(s)://…`.
    Git(Url),
}

/// Why a string is no address a row may carry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Longer than [`ADDRESS_BYTES_MAX`] bytes.
    #[error("registry address is longer than {ADDRESS_BYTES_MAX} bytes")]
    TooLong,
    /// No URL at all.
    #[error("registry address `{0}` is not a URL")]
    NotUrl(String),
    /// Another scheme than http and https; cargo would try to load `file:` and `ssh:`.
    #[error("registry address `{0}` must be http or https")]
    Scheme(String),
    /// A user name or password stands in the address and would get into locks.
    #[error("registry address on host `{0}` must not carry a user name or password")]
    Credentials(String),
    /// A query or fragment, which no index address has.
    #[error("registry address `{0}` must not have a query or fragment")]
    Suffix(String),
}

impl Address {
    /// Parses any spelling: with `registry+` or `sparse+`, with or without the
    /// final slash, a default port, `.git`, upper-case hosts.
    ///
    /// # Errors
    /// [`AddressError`] names the rule that was broken.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        if text.len() > ADDRESS_BYTES_MAX {
            return Err(AddressError::TooLong);
        }
        let text = text.strip_prefix("registry+").unwrap_or(text);
        let (sparse, rest) = match text.strip_prefix("sparse+") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let mut url =
            Url::parse(rest).map_err(|_| AddressError::NotUrl(text.escape_debug().to_string()))?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err(AddressError::Scheme(text.escape_debug().to_string()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(AddressError::Credentials(
                url.host_str().unwrap_or_default().to_owned(),
            ));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(AddressError::Suffix(text.escape_debug().to_string()));
        }
        if !sparse && is_crates_io(&url) {
            return Ok(Self::CratesIo);
        }
        let path = url.path().trim_end_matches('/').to_owned();
        if sparse {
            url.set_path(&format!("{path}/"));
            return Ok(Self::Sparse(url));
        }
        url.set_path(path.strip_suffix(".git").unwrap_or(&path));
        Ok(Self::Git(url))
    }
}

/// Recognises the crates.io identity as cargo does: host and path of its git
/// index without regard to case, `.git` or a final slash.
fn is_crates_io(url: &Url) -> bool {
    let path = url.path().trim_end_matches('/');
    url.host_str() == Some("github.com")
        && path
            .strip_suffix(".git")
            .unwrap_or(path)
            .eq_ignore_ascii_case("/rust-lang/crates.io-index")
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CratesIo => f.write_str(CRATES_IO_IDENTITY),
            Self::Sparse(url) => write!(f, "sparse+{url}"),
            Self::Git(url) => write!(f, "{url}"),
        }
    }
}

/// Whose registry an address means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// crates.io, by identity or by its sparse address.
    CratesIo,
    /// A registry of this installation, by our address or by its upstream's.
    Registry(RegistryName),
    /// A view of this installation.
    View(RegistryName),
    /// One member as seen inside a view.
    Face {
        /// The view.
        view: RegistryName,
        /// The member.
        member: RegistryName,
    },
    /// Our origin, but nothing that exists there.
    Nowhere(Address),
    /// Somebody else's registry.
    Elsewhere(Address),
}

/// Every address that means something to this installation.
#[derive(Clone, Debug, Default)]
pub struct AddressBook {
    origins: Vec<Url>,
    registries: BTreeMap<RegistryName, Option<Address>>,
    views: Vec<RegistryName>,
    crates_io: Vec<Address>,
}

impl AddressBook {
    /// Writes the book.
    ///
    /// `origins` are the public URL and all former ones; `registries` maps each
    /// registry to its upstream's address, if it is a mirror; `crates_io` holds
    /// the sparse addresses under which crates.io is known.
    pub fn new(
        origins: Vec<Url>,
        registries: BTreeMap<RegistryName, Option<Address>>,
        views: Vec<RegistryName>,
        crates_io: Vec<Address>,
    ) -> Self {
        Self {
            origins,
            registries,
            views,
            crates_io,
        }
    }

    /// Says which place `address` means.
    pub fn place(&self, address: &Address) -> Place {
        if *address == Address::CratesIo || self.crates_io.contains(address) {
            return Place::CratesIo;
        }
        for (name, upstream) in &self.registries {
            if upstream.as_ref() == Some(address) {
                return Place::Registry(name.clone());
            }
        }
        let (Address::Sparse(url) | Address::Git(url)) = address else {
            return Place::CratesIo;
        };
        for origin in &self.origins {
            if let Some(path) = below(origin, url) {
                return self
                    .own_place(path)
                    .unwrap_or_else(|| Place::Nowhere(address.clone()));
            }
        }
        Place::Elsewhere(address.clone())
    }

    /// Reads a path below our origin: `R/index/`, `V/from/M/index/`, `V/at/E/index/`.
    fn own_place(&self, path: &str) -> Option<Place> {
        let segments: Vec<&str> = path.trim_matches('/').split('/').collect();
        let known_view = |name: &str| {
            self.views
                .iter()
                .find(|view| view.as_str() == name)
                .cloned()
        };
        let known_registry = |name: &str| {
            self.registries
                .get_key_value(name)
                .map(|(name, _)| name.clone())
        };
        match segments.as_slice() {
            [name, "index"] => match known_registry(name) {
                Some(registry) => Some(Place::Registry(registry)),
                None => known_view(name).map(Place::View),
            },
            [view, "from", member, "index"] | [view, "at", _, "from", member, "index"] => {
                Some(Place::Face {
                    view: known_view(view)?,
                    member: known_registry(member)?,
                })
            }
            [name, "at", _, "index"] => match known_registry(name) {
                Some(registry) => Some(Place::Registry(registry)),
                None => known_view(name).map(Place::View),
            },
            _ => None,
        }
    }
}

/// Returns the path of `url` below `origin`, if it lies there.
fn below<'u>(origin: &Url, url: &'u Url) -> Option<&'u str> {
    let same_host = origin.scheme() == url.scheme()
        && origin.host_str() == url.host_str()
        && origin.port_or_known_default() == url.port_or_known_default();
    let base = origin.path().trim_end_matches('/');
    let rest = url.path().strip_prefix(base)?;
    (same_host && rest.starts_with('/')).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Address {
        Address::parse(text).unwrap()
    }

    #[test]
    fn spellings_of_one_address_are_one() {
        for (left, right) in [
            (
                "sparse+https://Crates.Acme.example:443/acme/index",
                "sparse+https://crates.acme.example/acme/index/",
            ),
            (
                "registry+https://git.example/index.git",
                "https://git.example/index",
            ),
            (
                "registry+https://github.com/rust-lang/crates.io-index",
                CRATES_IO_IDENTITY,
            ),
            (
                "https://GitHub.com/Rust-Lang/crates.io-index.git/",
                CRATES_IO_IDENTITY,
            ),
        ] {
            assert_eq!(address(left), address(right), "{left}");
        }
    }

    #[test]
    fn what_cargo_must_not_be_sent_to_is_refused() {
        for bad in [
            "not a url",
            "file:///etc",
            "git+ssh://h/x",
            "ssh://h/x",
            "sparse+file:///x",
            "https://u:p@h/",
            "https://h/?q",
            "sparse+",
        ] {
            assert!(Address::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_book_knows_our_places_at_former_addresses_too() {
        let name = |text: &str| RegistryName::parse(text).unwrap();
        let book = AddressBook::new(
            vec![
                Url::parse("https://new.example/c").unwrap(),
                Url::parse("http://127.0.0.1:7878").unwrap(),
            ],
            BTreeMap::from([
                (name("acme"), None),
                (
                    name("partner"),
                    Some(address("sparse+https://partner.example/i/")),
                ),
            ]),
            vec![name("main")],
            vec![address("sparse+https://sparse.example/")],
        );
        let place = |text: &str| book.place(&address(text));
        assert_eq!(
            place("sparse+https://new.example/c/acme/index"),
            Place::Registry(name("acme"))
        );
        assert_eq!(
            place("sparse+http://127.0.0.1:7878/main/index/"),
            Place::View(name("main"))
        );
        assert_eq!(
            place("sparse+https://partner.example/i/"),
            Place::Registry(name("partner"))
        );
        assert_eq!(place("sparse+https://sparse.example/"), Place::CratesIo);
        assert_eq!(
            place("sparse+http://127.0.0.1:7878/main/at/5/from/acme/index/"),
            Place::Face {
                view: name("main"),
                member: name("acme")
            }
        );
        assert!(matches!(
            place("sparse+https://new.example/c/gone/index/"),
            Place::Nowhere(_)
        ));
        assert!(matches!(
            place("sparse+https://new.example/cx/acme/index/"),
            Place::Elsewhere(_)
        ));
    }
}
