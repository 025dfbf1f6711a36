//! One identity out of two, by cargo's `[patch]`.
//!
//! A manifest that says `registry = "inhouse-a"` means another package than a row of the
//! view does, and no index can change that. cargo itself can: a patch of `inhouse-a` puts
//! the view's crate in its place (cargo-facts, section 2; both `--locked` and offline).
//!
//! Absent: writing the file (`setup.rs`), finding the trouble (`doctor`).

use crate::cargo_sources::{CargoSources, Replaced};
use crate::needs::{Need, NeedSource};
use crossdock_core::address::Address;
use std::collections::BTreeMap;
use url::Url;

/// What cargo calls crates.io in a patch and in a manifest.
const CRATES_IO: &str = "crates-io";

/// A patch, as lines of a table of cargo's configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patch {
    /// The table: `patch.inhouse-a`.
    pub table: String,
    /// One line for each crate.
    pub lines: Vec<String>,
}

/// Returns the address that takes the place of crates.io, if one does.
pub fn view(sources: &CargoSources) -> Option<Address> {
    match sources.replacement(&Address::CratesIo) {
        Replaced::By(Address::CratesIo) | Replaced::ByOther(_) => None,
        Replaced::By(address) => Some(address),
    }
}

/// Patches what manifests take from `from`, so that it comes from `to`; nothing if one of
/// them has no name in cargo's configuration, or nothing is taken.
pub fn by_patch(
    sources: &CargoSources,
    needs: &[Need],
    from: &Address,
    to: &Address,
) -> Option<Patch> {
    let table = format!("patch.{}", called(sources, from)?);
    let to = called(sources, to)?;
    let lines = crates(needs, from)
        .into_iter()
        .map(|(krate, version)| format!("{krate} = {{ version = {version:?}, registry = {to:?} }}"))
        .collect::<Vec<_>>();
    (!lines.is_empty()).then_some(Patch { table, lines })
}

/// Patches a crate of `instead_of`, so that everybody gets the one from git.
pub fn by_git(
    sources: &CargoSources,
    krate: &str,
    git: &str,
    instead_of: &Address,
) -> Option<Patch> {
    let table = format!("patch.{}", called(sources, instead_of)?);
    let mut url = Url::parse(git.strip_prefix("git+")?).ok()?;
    let chosen: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(key, _)| ["branch", "tag", "rev"].contains(&key.as_ref()))
        .map(|(key, value)| (key.into_owned(), value.into_owned()))
        .collect();
    url.set_query(None);
    url.set_fragment(None);
    let mut line = format!("{krate} = {{ git = {:?}", url.as_str());
    for (key, value) in chosen {
        line += &format!(", {key} = {value:?}");
    }
    Some(Patch {
        table,
        lines: vec![line + " }"],
    })
}

/// The crates that manifests take from a registry, each with one requirement.
pub fn crates(needs: &[Need], from: &Address) -> BTreeMap<String, String> {
    let mut crates = BTreeMap::new();
    for need in needs {
        if need.source == NeedSource::Registry(from.clone()) {
            let requirement = need.requirement.clone();
            crates.entry(need.krate.clone()).or_insert(requirement);
        }
    }
    crates
}

/// What cargo calls a registry.
pub fn called(sources: &CargoSources, address: &Address) -> Option<String> {
    match address {
        Address::CratesIo => Some(CRATES_IO.to_owned()),
        address => sources.name_of(address),
    }
}
