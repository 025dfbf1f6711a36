//! Every line of a lock held against the registry or view it is from.
//!
//! Absent: which findings make a build fail; whoever asks says what is denied.

use super::cached::is_stale;
use super::{Line, Lookup, REQUESTS_AT_ONCE};
use crate::gates;
use crate::server::{AskError, Server};
use crate::sparse_index::{ReadError, SparseIndex};
use crossdock_core::address::Address;
use crossdock_core::name::CrateName;
use crossdock_core::release::Release;
use crossdock_wire::lockfile::{LockedPackage, LockedSource, Lockfile};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use url::Url;

/// What a lock's lines came out as.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Verified {
    /// Lines that a registry was asked about.
    pub checked: usize,
    /// Packages of the project itself, which no registry has.
    pub path: usize,
    /// Packages from git and the like, which are not looked at.
    pub elsewhere: usize,
    /// What was found, in the order of the lock.
    pub findings: Vec<Found>,
    /// Views whose gates could not be asked for, and why.
    pub gates_unknown: Vec<String>,
}

/// One thing that was found.
#[derive(Clone, Debug, Serialize)]
pub struct Found {
    /// The package's name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Where the lock says it is from.
    pub source: String,
    /// What it is.
    pub finding: Finding,
    /// It, in words.
    pub detail: String,
}

/// What can be found of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Finding {
    /// The registry does not have the version.
    Unknown,
    /// The registry has other bytes.
    Checksum,
    /// The lock has no checksum to compare.
    ChecksumMissing,
    /// The registry refuses to say.
    Refused,
    /// The version is yanked.
    Yanked,
    /// A gate of the view holds the version back.
    Gates,
    /// The line leads to a registry that is not ours; nobody was asked.
    NotOurs,
    /// cargo keeps another archive of the version on this machine, and builds that.
    OldArchive,
}

/// Holds the lines against what registries say, and against the archives that cargo has
/// in its home, if that is given; `step` is told of each name.
///
/// # Errors
/// [`ReadError`] if a registry does not answer. That it refuses one name is a finding.
pub async fn verify(
    lock: &Lockfile,
    lookup: &Lookup,
    cargo_home: Option<&Path>,
    step: &dyn Fn(u64, u64),
) -> Result<Verified, ReadError> {
    let lines: Vec<_> = lock
        .packages
        .iter()
        .map(|package| (package, lookup.line(&package.source)))
        .collect();
    let asked: BTreeSet<(Address, CrateName)> = lines
        .iter()
        .filter_map(|(package, line)| match line {
            Line::Registry(address) => Some((address.clone(), package.name.clone())),
            _ => None,
        })
        .collect();
    let rows = ask(&asked, lookup, step).await?;
    let addresses: BTreeSet<_> = asked.iter().map(|(address, _)| address.clone()).collect();
    let mut verified = Verified::default();
    let held = held(&addresses, lookup, &mut verified.gates_unknown).await;
    for (package, line) in lines {
        match line {
            Line::Path => verified.path += 1,
            Line::Elsewhere(_) => verified.elsewhere += 1,
            Line::NotOurs(source) => {
                let detail = "from a registry that is not ours; nobody was asked".to_owned();
                verified.found(package, source, Finding::NotOurs, detail);
            }
            Line::Registry(address) => {
                verified.checked += 1;
                let source = address.to_string();
                let key = (address.clone(), package.name.clone());
                let answer = &rows[&key];
                for (finding, detail) in judge(package, answer, held.get(&address)) {
                    verified.found(package, source.clone(), finding, detail);
                }
                if let Some(detail) = cargo_home.and_then(|home| old(home, package, &address)) {
                    verified.found(package, source, Finding::OldArchive, detail);
                }
            }
        }
    }
    Ok(verified)
}

/// Says that cargo has another archive than is locked: it takes a version for its bytes.
fn old(cargo_home: &Path, package: &LockedPackage, read_at: &Address) -> Option<String> {
    let own = match &package.source {
        LockedSource::Registry(source) => Address::parse(source).ok(),
        LockedSource::Path | LockedSource::Elsewhere(_) => None,
    };
    let release = (&package.name, &package.version);
    let locked = package.checksum?;
    let mut addresses = own.iter().chain([read_at]);
    let is_old = addresses.any(|address| is_stale(cargo_home, address, release, &locked));
    is_old.then(|| {
        let (name, version) = release;
        format!(
            "cargo still has another archive of {name} {version} than the lock says, and builds \
             that; `crossdock lock refresh {name}@{version} --clean` removes it"
        )
    })
}

/// The rows of a name, or why the registry does not tell.
type Answer = Result<Vec<Release>, String>;

/// What the gates of a view hold back: name and version to words.
type Held = BTreeMap<(String, String), String>;

fn judge(package: &LockedPackage, answer: &Answer, held: Option<&Held>) -> Vec<(Finding, String)> {
    let rows = match answer {
        Ok(rows) => rows,
        Err(words) => return vec![(Finding::Refused, words.clone())],
    };
    let Some(row) = rows.iter().find(|row| row.version == package.version) else {
        let detail = match rows.len() {
            0 => "the registry does not have the crate".to_owned(),
            versions => format!("the registry does not have it among {versions} versions"),
        };
        return vec![(Finding::Unknown, detail)];
    };
    let mut found = Vec::new();
    match package.checksum {
        None => found.push((
            Finding::ChecksumMissing,
            format!(
                "the lock has no checksum; the registry has {}",
                row.checksum
            ),
        )),
        Some(locked) if locked != row.checksum => found.push((
            Finding::Checksum,
            format!("locked is {locked}, the registry has {}", row.checksum),
        )),
        Some(_) => {}
    }
    let key = (row.name.to_string(), row.version.to_string());
    match held.and_then(|held| held.get(&key)) {
        Some(words) => found.push((Finding::Gates, words.clone())),
        None if row.yanked => found.push((Finding::Yanked, "yanked".to_owned())),
        None => {}
    }
    found
}

async fn ask(
    asked: &BTreeSet<(Address, CrateName)>,
    lookup: &Lookup,
    step: &dyn Fn(u64, u64),
) -> Result<BTreeMap<(Address, CrateName), Answer>, ReadError> {
    let indexes = lookup.open(asked.iter().map(|(address, _)| address.clone()))?;
    let total = asked.len() as u64;
    let mut done = 0;
    step(done, total);
    let answers = stream::iter(asked.iter().cloned()).map(|key| {
        let index: SparseIndex = indexes[&key.0].clone();
        async move {
            let answer = match index.rows(&key.1).await {
                Ok(rows) => Ok(rows),
                Err(ReadError::Refused { status, detail, .. }) if status.as_u16() == 403 => {
                    Err(detail)
                }
                Err(error) => return Err(error),
            };
            Ok((key, answer))
        }
    });
    let answers = answers.buffer_unordered(REQUESTS_AT_ONCE).inspect(|_| {
        done += 1;
        step(done, total);
    });
    answers.try_collect().await
}

/// Asks each view for what its gates hold back; what is no view has none.
async fn held(
    addresses: &BTreeSet<Address>,
    lookup: &Lookup,
    unknown: &mut Vec<String>,
) -> BTreeMap<Address, Held> {
    let mut held = BTreeMap::new();
    for address in addresses {
        let Some((base, view)) = view_of(address) else {
            continue;
        };
        let report = match Server::new(base, lookup.token(address)) {
            Ok(server) => gates::ask(&server, &view).await,
            Err(error) => Err(error),
        };
        match report {
            Ok(report) => {
                let found = report["held"].as_array().into_iter().flatten();
                let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
                let found =
                    found.filter(|one| one["outcome"] == "yanked" || one["outcome"] == "blocked");
                let found = found.filter_map(|one| {
                    let key = (text(&one["name"])?, text(&one["version"])?);
                    let (gate, outcome) = (text(&one["gate"])?, text(&one["outcome"])?);
                    let reason = text(&one["reason"]).unwrap_or_default();
                    Some((key, format!("{outcome} by gate {gate}: {reason}")))
                });
                held.insert(address.clone(), found.collect());
                if report["more"].as_u64().unwrap_or(0) > 0 || report["complete"] == false {
                    unknown.push(format!(
                        "view `{view}` holds back more than it lists; `crossdock explain NAME@VERSION` tells of each"
                    ));
                }
            }
            // A registry that is no view, or another product.
            Err(AskError::Absent { .. } | AskError::Nonsense { .. }) => {}
            Err(error) => unknown.push(format!("gates of `{view}`: {error}")),
        }
    }
    held
}

/// The server and the view that an index address is of: `BASE/VIEW/[from/…|at/…/]index/`.
fn view_of(address: &Address) -> Option<(Url, String)> {
    let Address::Sparse(url) = address else {
        return None;
    };
    let path: Vec<_> = url
        .path()
        .split('/')
        .filter(|part| !part.is_empty())
        .collect();
    let (_index, mut rest) = path.split_last().filter(|(last, _)| **last == "index")?;
    for word in ["from", "at"] {
        if let [before @ .., said, _] = rest
            && *said == word
            && !before.is_empty()
        {
            rest = before;
        }
    }
    let (view, base) = rest.split_last()?;
    let mut server = url.clone();
    server.set_path(&base.join("/"));
    Some((server, (*view).to_owned()))
}

impl Verified {
    fn found(&mut self, package: &LockedPackage, source: String, finding: Finding, detail: String) {
        self.findings.push(Found {
            name: package.name.to_string(),
            version: package.version.to_string(),
            source,
            finding,
            detail,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_view_of_an_address_is_found() {
        for (address, expected) in [
            (
                "sparse+http://h:1/main/index/",
                Some(("http://h:1/", "main")),
            ),
            (
                "sparse+http://h/c/main/from/b/index/",
                Some(("http://h/c", "main")),
            ),
            (
                "sparse+http://h/main/at/7/from/b/index/",
                Some(("http://h/", "main")),
            ),
            (
                "sparse+http://h/main/at/7/index/",
                Some(("http://h/", "main")),
            ),
            ("sparse+http://h/at/index/", Some(("http://h/", "at"))),
            ("sparse+http://h/api/cargo/x/", None),
        ] {
            let found = view_of(&Address::parse(address).unwrap());
            let found = found
                .as_ref()
                .map(|(url, view)| (url.as_str(), view.as_str()));
            assert_eq!(found, expected, "{address}");
        }
    }
}
