//! Search by name, and what is known of one crate; nothing of it leaves the server.
//!
//! Found is what hosted registries have and what mirrors hold. A view shows a name
//! once, from its owner, and of it what its index shows (`shown_held.rs`).

use crate::federation::Federation;
use crate::refusal::Refusal;
use crate::surface::Surface;
use crossdock_core::entry::Entry;
use crossdock_core::name::{CrateName, NameKey};
use crossdock_core::registry_name::RegistryName;
use crossdock_core::release::Release;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Results of one page at most; cargo asks for at most 100.
const PER_PAGE_MAX: usize = 100;

/// Longest query in bytes; names have 64.
const QUERY_BYTES_MAX: usize = 200;

/// One page of results.
#[derive(Clone, Debug, Default)]
pub struct SearchAnswer {
    /// The crates of this page, exact matches first, then by name.
    pub crates: Vec<Found>,
    /// How many there are on all pages.
    pub total: usize,
}

/// One crate that was found.
#[derive(Clone, Debug)]
pub struct Found {
    /// Its name.
    pub name: String,
    /// Its highest version that is not yanked, else its highest.
    pub max_version: String,
    /// Its description, if it is hosted here.
    pub description: Option<String>,
}

/// What is known of a crate.
#[derive(Clone, Debug, Serialize)]
pub struct KrateInfo {
    /// Its name.
    pub name: String,
    /// The highest version that is not yanked, else the highest.
    pub max_version: String,
    /// The registry it is taken from.
    pub registry: String,
    /// Description, links, keywords of the newest publish, if hosted here.
    pub metadata: serde_json::Value,
    /// All versions, newest first.
    pub versions: Vec<VersionInfo>,
}

/// What is known of a release.
#[derive(Clone, Debug, Serialize)]
pub struct VersionInfo {
    /// The version.
    pub num: String,
    /// SHA-256 of the archive.
    pub checksum: String,
    /// Whether it is yanked.
    pub yanked: bool,
    /// When it was published.
    pub created_at: Option<String>,
    /// The Rust it needs.
    pub rust_version: Option<String>,
}

impl Federation {
    /// Searches names for `query`, `-` and `_` alike.
    ///
    /// # Errors
    /// [`Refusal`] for a query that is too long.
    pub async fn search(
        &self,
        surface: &Surface,
        query: &str,
        per_page: usize,
        page: usize,
    ) -> Result<SearchAnswer, Refusal> {
        if query.len() > QUERY_BYTES_MAX {
            return Err(Refusal::invalid(format!(
                "search query is longer than {QUERY_BYTES_MAX} bytes"
            )));
        }
        let query = query.trim().to_ascii_lowercase().replace('_', "-");
        self.look_at_folders(surface).await;
        let mut names: Vec<(CrateName, RegistryName)> = self
            .searched(surface)
            .await?
            .into_iter()
            .filter(|(key, _)| key.as_str().contains(&query))
            .map(|(_, found)| found)
            .collect();
        names.sort_by_key(|(name, _)| (name.key().as_str() != query, name.key()));
        let mut there = Vec::new();
        for (name, registry) in names {
            if self.had(surface, &registry, &name.key()).await? {
                there.push((name, registry));
            }
        }
        let names = there;
        let (total, per_page) = (names.len(), per_page.clamp(1, PER_PAGE_MAX));
        let mut crates = Vec::new();
        for (name, registry) in names
            .into_iter()
            .skip(page.max(1).saturating_sub(1).saturating_mul(per_page))
            .take(per_page)
        {
            let releases = self.shown_held(surface, &name).await?;
            if !releases.is_empty() {
                let metadata = self.metadata(&registry, &name).await?;
                let description = metadata
                    .get("description")
                    .and_then(|text| text.as_str())
                    .map(str::to_owned);
                crates.push(Found {
                    name: name.to_string(),
                    max_version: highest(&releases),
                    description,
                });
            }
        }
        Ok(SearchAnswer { crates, total })
    }

    /// Tells what is known of one crate, without asking an upstream.
    ///
    /// # Errors
    /// [`Refusal`]: nothing is known of it here.
    pub async fn krate(&self, surface: &Surface, name: &CrateName) -> Result<KrateInfo, Refusal> {
        let absent = || Refusal::absent(format!("no crate `{name}` is held here"));
        self.look_at_folders(surface).await;
        let found = self.searched(surface).await?.remove(&name.key());
        let (name, registry) = found.ok_or_else(absent)?;
        let releases = self.shown_held(surface, &name).await?;
        if releases.is_empty() {
            return Err(absent());
        }
        Ok(KrateInfo {
            name: name.to_string(),
            max_version: highest(&releases),
            registry: registry.to_string(),
            metadata: self.metadata(&registry, &name).await?,
            versions: releases.iter().rev().map(version_info).collect(),
        })
    }

    /// Collects the names a surface could show, each with the registry it is from.
    async fn searched(
        &self,
        surface: &Surface,
    ) -> Result<BTreeMap<NameKey, (CrateName, RegistryName)>, Refusal> {
        let mut found = BTreeMap::new();
        let members: Vec<RegistryName> = match surface {
            Surface::Registry(registry)
            | Surface::Face {
                member: registry, ..
            } => vec![registry.clone()],
            Surface::View(view) => self.policy(view)?.members.keys().cloned().collect(),
        };
        for member in members {
            for name in self.names_of(&member).await? {
                if self.is_shown(surface, &member, &name.key()) {
                    found.entry(name.key()).or_insert((name, member.clone()));
                }
            }
        }
        Ok(found)
    }

    pub(crate) async fn names_of(&self, member: &RegistryName) -> Result<Vec<CrateName>, Refusal> {
        if self.mirrors.contains_key(member) {
            let held = self.ledger.mirrored_names(member).await?;
            return Ok(held.into_iter().map(|name| name.as_crate_name()).collect());
        }
        Ok(self.hosted.all(member))
    }

    /// Tells whether a view shows a member's crate: if it is on record for it, or
    /// if nobody is and the member is the hosted one that has it.
    fn is_shown(&self, surface: &Surface, member: &RegistryName, name: &NameKey) -> bool {
        let Surface::View(view) = surface else {
            return true;
        };
        match self.records.get(view, name) {
            Some(ownership) => ownership.speakers().any(|speaker| speaker == member),
            None => self.hosted.spelling(member, name).is_some(),
        }
    }

    pub(crate) async fn member_entry_held(
        &self,
        member: &RegistryName,
        name: &CrateName,
    ) -> Result<Option<Arc<Entry>>, Refusal> {
        let Some(mirror) = self.mirrors.get(member) else {
            return Ok(Some(Arc::new(
                self.hosted_entry(member, &name.key()).await?,
            )));
        };
        let held = mirror.held(&name.index_name()).await?;
        Ok(held.and_then(|held| mirror.entry(&name.index_name(), &held)))
    }

    async fn metadata(
        &self,
        registry: &RegistryName,
        name: &CrateName,
    ) -> Result<serde_json::Value, Refusal> {
        if self.mirrors.contains_key(registry) {
            return Ok(serde_json::Value::Null);
        }
        let krate = self.ledger.hosted(registry, &name.key()).await?;
        Ok(krate
            .and_then(|krate| serde_json::from_str(&krate.metadata).ok())
            .unwrap_or_default())
    }
}

fn highest(releases: &[Release]) -> String {
    let stable = |release: &&Release| !release.yanked && !release.version.is_prerelease();
    let best = releases
        .iter()
        .rev()
        .find(stable)
        .or_else(|| releases.iter().rev().find(|release| !release.yanked));
    best.or(releases.last())
        .map(|release| release.version.to_string())
        .unwrap_or_default()
}

fn version_info(release: &Release) -> VersionInfo {
    VersionInfo {
        num: release.version.to_string(),
        checksum: release.checksum.to_string(),
        yanked: release.yanked,
        created_at: release.pubtime.map(|time| time.to_string()),
        rust_version: release.rust_version.clone(),
    }
}
