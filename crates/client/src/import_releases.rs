//! Importing releases from elsewhere: checked, perhaps renamed, sent in batches.
//!
//! What is there with the same content is left as it is, so that a second run goes on
//! where a broken first one stopped. Nothing is sent whose bytes are not what the
//! source's index promises. What a batch refuses is taken out of it and told, and the
//! rest is sent again.
//!
//! Absent: whether the name that they get is another crate's (`import_name.rs`), where a
//! dependency of an import is found, which the server settles by its
//! manifest, and where a release is from, which the server has no field for.

use crate::batch::{self, Parcel, Settled};
use crate::import::Imported;
use crate::local_registry;
use crate::offered::{Archive, Offered};
use crate::publish_order::order;
use crate::released::{self, Released};
use crate::server::{AskError, Server};
use crate::sparse_source::SparseSource;
use bytes::Bytes;
use crossdock_archive::{Limits, rename};
use crossdock_core::checksum::Checksum;
use crossdock_core::name::{CrateName, NameKey};
use crossdock_core::version::Version;
use crossdock_wire::publish_body;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Most releases of one batch: what is refused is told soon, and little is sent twice.
const RELEASES_AT_ONCE: usize = 100;

/// Bytes of archives in one batch, and so about what is in memory; a single larger
/// archive goes alone.
const BYTES_AT_ONCE: usize = 32 * 1024 * 1024;

/// What is imported, and to where.
#[derive(Debug)]
pub struct Import<'i> {
    /// The server.
    pub server: &'i Server,
    /// The registry or view.
    pub to: &'i str,
    /// Where the releases are from, for people.
    pub from: &'i str,
    /// The registry that is asked for the archives of its rows.
    pub source: Option<&'i SparseSource>,
    /// Whether `to` is a registry, whose index may be asked what is there; a view would
    /// ask others about names it does not know.
    pub to_registry: bool,
    /// The name that all of them get.
    pub rename: Option<&'i CrateName>,
    /// Say what would be done and do nothing.
    pub dry_run: bool,
}

/// Imports releases, what others need first; `tell` hears of each as it is settled.
///
/// # Errors
/// [`AskError`] if the server cannot be reached or wants another token; what was told
/// before is done.
pub async fn import(
    import: &Import<'_>,
    offered: &[Offered],
    tell: &mut dyn FnMut(Imported),
) -> Result<(), AskError> {
    let needs: Vec<_> = offered.iter().map(|it| it.needs.clone()).collect();
    let mut held = Held::default();
    let mut chunk = Vec::new();
    for at in order(&needs) {
        let offered = &offered[at];
        let name = import.rename.unwrap_or(&offered.name);
        let there = held.release(import, name, &offered.version).await?.cloned();
        let same = |there: &Released| Some(there.checksum) == offered.promised;
        if import.rename.is_none() && there.as_ref().is_some_and(same) {
            let yanked = there.is_some_and(|it| it.yanked);
            let outcome = settle(import, offered, "already-there", Vec::new(), yanked).await?;
            tell(outcome);
            continue;
        }
        if import.dry_run {
            tell(told(import, offered, "planned", Vec::new()));
            continue;
        }
        match ready(import, offered).await {
            Ok(parcel) => chunk.push((offered, parcel, there.is_some_and(|it| it.yanked))),
            Err(why) => tell(failed(import, offered, why)),
        }
        if chunk.len() == RELEASES_AT_ONCE || bytes_of(&chunk) >= BYTES_AT_ONCE {
            send(import, std::mem::take(&mut chunk), tell).await?;
        }
    }
    send(import, chunk, tell).await
}

/// A release that is ready to be sent, and whether it is there, yanked.
type Ready<'o> = (&'o Offered, Parcel, bool);

fn bytes_of(chunk: &[Ready<'_>]) -> usize {
    chunk.iter().map(|(_, parcel, _)| parcel.bytes.len()).sum()
}

/// Sends a batch, without those that are refused, until what is left is taken. Each
/// turn has fewer than the one before.
async fn send(
    import: &Import<'_>,
    mut chunk: Vec<Ready<'_>>,
    tell: &mut dyn FnMut(Imported),
) -> Result<(), AskError> {
    while !chunk.is_empty() {
        let parcels: Vec<_> = chunk.iter().map(|(_, parcel, _)| parcel.clone()).collect();
        let crates = match batch::send(import.server, import.to, &parcels, |_| {}).await {
            Ok(batch) if batch.taken => {
                for ((offered, _, yanked), settled) in chunk.into_iter().zip(batch.crates) {
                    tell(taken(import, offered, settled, yanked).await?);
                }
                return Ok(());
            }
            Ok(batch) => batch.crates,
            Err(AskError::Refused { detail, .. }) if chunk.len() == 1 => {
                vec![refused(&chunk[0].1, detail)]
            }
            // Nothing is said of the single releases: each is tried by itself.
            Err(AskError::Refused { .. }) => {
                for one in chunk {
                    Box::pin(send(import, vec![one], tell)).await?;
                }
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let before = chunk.len();
        let mut left = Vec::new();
        for one in chunk {
            let (offered, parcel, _) = &one;
            let is_it = |it: &&Settled| it.name == parcel.name && it.vers == parcel.vers;
            match crates.iter().find(is_it).filter(|it| it.is_refused()) {
                Some(settled) => {
                    let why = settled.detail.clone();
                    let why = why.unwrap_or_else(|| "the server does not say why".to_owned());
                    tell(failed(import, offered, why));
                }
                None => left.push(one),
            }
        }
        if left.len() == before {
            // A refusal of all that names none of them.
            for (offered, ..) in &left {
                let why = "the server took nothing of its batch and does not say why";
                tell(failed(import, offered, why.to_owned()));
            }
            return Ok(());
        }
        chunk = left;
    }
    Ok(())
}

fn refused(parcel: &Parcel, detail: String) -> Settled {
    Settled {
        name: parcel.name.clone(),
        vers: parcel.vers.clone(),
        checksum: None,
        status: "refused".to_owned(),
        minted: None,
        detail: Some(detail),
        ignored: Vec::new(),
        warnings: Vec::new(),
        difference: None,
    }
}

async fn taken(
    import: &Import<'_>,
    offered: &Offered,
    settled: Settled,
    yanked: bool,
) -> Result<Imported, AskError> {
    let outcome = match settled.status.as_str() {
        "present" | "same-content" => "already-there",
        _ => "imported",
    };
    let told = settle(import, offered, outcome, settled.warnings, yanked).await?;
    let minted = settled.minted;
    Ok(Imported { minted, ..told })
}

/// Yanks what is there and yanked where it came from.
async fn settle(
    import: &Import<'_>,
    offered: &Offered,
    outcome: &str,
    mut warnings: Vec<String>,
    yanked: bool,
) -> Result<Imported, AskError> {
    if offered.yanked && !yanked && !import.dry_run {
        let name = import.rename.unwrap_or(&offered.name);
        let version = offered.version.to_string();
        let path = [
            import.to,
            "api",
            "v1",
            "crates",
            name.as_str(),
            &version,
            "yank",
        ];
        let _done: Value = import
            .server
            .send(Method::DELETE, &path, &json!({}))
            .await?;
        warnings.push("it is yanked, as it is where it is from".to_owned());
    }
    Ok(told(import, offered, outcome, warnings))
}

/// Fetches, checks and perhaps renames an archive.
pub(crate) async fn ready(import: &Import<'_>, offered: &Offered) -> Result<Parcel, String> {
    let bytes = bytes(import, &offered.archive).await?;
    let found = Checksum::of(&bytes);
    if let Some(promised) = offered.promised.filter(|promised| *promised != found) {
        return Err(format!(
            "its archive has checksum {found}, the index says {promised}; nothing of it was sent"
        ));
    }
    let (name, version) = (&offered.name, &offered.version);
    let (name, bytes) = match import.rename {
        None => (name, bytes),
        Some(new) => {
            let renamed = rename(&bytes, name, version, new, &Limits::default());
            (new, renamed.map_err(|error| error.to_string())?.into())
        }
    };
    Ok(Parcel {
        name: name.to_string(),
        vers: version.to_string(),
        bytes,
    })
}

async fn bytes(import: &Import<'_>, archive: &Archive) -> Result<Bytes, String> {
    let bytes_max = publish_body::Limits::default().archive_bytes_max as u64;
    match (archive, import.source) {
        (Archive::Bytes(bytes), _) => Ok(bytes.clone()),
        (Archive::File(path), _) => local_registry::read(path, bytes_max)
            .map(Bytes::from)
            .map_err(|error| format!("{}: {error}", path.display())),
        (Archive::Row(release), Some(source)) => {
            let archive = source.archive(release).await;
            archive.map_err(|error| error.to_string())
        }
        (Archive::Row(_), None) => Err("its registry is not asked".to_owned()),
    }
}

/// What the target has, a name at a time.
#[derive(Default)]
struct Held {
    names: BTreeMap<NameKey, Vec<Released>>,
}

impl Held {
    async fn release(
        &mut self,
        import: &Import<'_>,
        name: &CrateName,
        version: &Version,
    ) -> Result<Option<&Released>, AskError> {
        let key = name.key();
        if import.to_registry && !self.names.contains_key(&key) {
            let releases = match released::releases(import.server, import.to, name).await {
                // A registry that refuses to tell says nothing of what is there.
                Err(AskError::Refused { .. }) => Vec::new(),
                other => other?,
            };
            self.names.insert(key.clone(), releases);
        }
        let releases = self.names.get(&key).into_iter().flatten();
        Ok(releases.into_iter().find(|it| it.version == *version))
    }
}

fn failed(import: &Import<'_>, offered: &Offered, why: String) -> Imported {
    Imported {
        reason: Some(why),
        ..told(import, offered, "failed", Vec::new())
    }
}

fn told(import: &Import<'_>, offered: &Offered, outcome: &str, warnings: Vec<String>) -> Imported {
    Imported {
        name: import.rename.unwrap_or(&offered.name).to_string(),
        version: offered.version.to_string(),
        from: import.from.to_owned(),
        outcome: outcome.to_owned(),
        minted: None,
        warnings,
        reason: None,
    }
}
