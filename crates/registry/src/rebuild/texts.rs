//! Facts together with the texts that they name: all that a ledger is made of.
//!
//! A fact names rows by their SHA-256; the rows themselves are kept beside the
//! projections, and are found here. What is not there any more, or has another
//! checksum, is told as lost.
//!
//! Absent: archives and policy texts, which are named by checksum and kept as blobs.

use crate::ports::{Ledger, StoreError};
use bytes::Bytes;
use crossdock_core::checksum::Checksum;
use crossdock_core::fact::{Event, Fact};
use crossdock_core::name::{IndexName, NameKey};
use crossdock_core::registry_name::RegistryName;
use std::collections::HashMap;

/// Most facts that are read at one time.
pub(crate) const PAGE_FACTS: u32 = 1000;

/// Texts after which a page ends: an entry of a mirror may have half a megabyte.
pub(crate) const PAGE_BYTES: usize = 16 << 20;

/// Crates whose rows are remembered from fact to fact.
const CRATES_MAX: usize = 1000;

/// A fact, with the text that it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The position of the fact.
    pub sequence: u64,
    /// What happened.
    pub fact: Fact,
    /// What was kept of it beside the fact.
    pub text: Text,
}

/// The text that a fact names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Text {
    /// It names none.
    None,
    /// The row of a hosted release.
    Row {
        /// The row as it was given.
        row: String,
        /// Metadata of the newest publish, as JSON.
        metadata: String,
    },
    /// The rows that a mirror observed.
    Rows(Bytes),
    /// What has this checksum is not there.
    Lost(Checksum),
}

impl Text {
    /// How many bytes it has.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::None | Self::Lost(_) => 0,
            Self::Row { row, metadata } => row.len() + metadata.len(),
            Self::Rows(rows) => rows.len(),
        }
    }
}

/// Rows by checksum, and metadata, of one crate.
type Rows = (HashMap<Checksum, String>, String);

/// Reads facts with their texts.
pub struct Texts<'l> {
    from: &'l dyn Ledger,
    /// Of the hosted crates met lately.
    hosted: HashMap<(RegistryName, NameKey), Rows>,
}

impl<'l> Texts<'l> {
    /// Reads of a ledger.
    pub fn of(from: &'l dyn Ledger) -> Self {
        let hosted = HashMap::new();
        Self { from, hosted }
    }

    /// Reads facts after a position, at most `limit`, and fewer if their texts are long.
    ///
    /// # Errors
    /// [`StoreError`] if facts cannot be read; a text that cannot is lost.
    pub async fn page(&mut self, after: u64, limit: u32) -> Result<Vec<Told>, StoreError> {
        let facts = self.from.facts(after, limit).await?;
        let (mut page, mut bytes) = (Vec::with_capacity(facts.len()), 0);
        for (sequence, fact) in facts {
            let text = self.text(sequence, &fact).await?;
            bytes += text.bytes();
            page.push(Told {
                sequence,
                fact,
                text,
            });
            if bytes >= PAGE_BYTES {
                break;
            }
        }
        Ok(page)
    }

    async fn text(&mut self, sequence: u64, fact: &Fact) -> Result<Text, StoreError> {
        match &fact.event {
            Event::Published {
                registry,
                name,
                row,
                ..
            }
            | Event::Rebuilt {
                registry,
                name,
                row,
                ..
            } => self.row(registry, &name.key(), *row).await,
            Event::Observed {
                registry,
                name,
                rows,
                ..
            } => self.observed(sequence, registry, name, *rows).await,
            _ => Ok(Text::None),
        }
    }

    async fn observed(
        &self,
        sequence: u64,
        registry: &RegistryName,
        name: &IndexName,
        rows: Checksum,
    ) -> Result<Text, StoreError> {
        let observed = self.from.observed(registry, name, sequence).await;
        let observed = whole(observed)?.flatten();
        let observed = observed.filter(|observed| Checksum::of(&observed.rows) == rows);
        Ok(observed.map_or(Text::Lost(rows), |observed| Text::Rows(observed.rows)))
    }

    async fn row(
        &mut self,
        registry: &RegistryName,
        name: &NameKey,
        checksum: Checksum,
    ) -> Result<Text, StoreError> {
        let place = (registry.clone(), name.clone());
        // What was read before may have been before this fact: then it is read again.
        for is_remembered in [true, false] {
            if !is_remembered || !self.hosted.contains_key(&place) {
                let rows = self.rows(registry, name).await?;
                if self.hosted.len() >= CRATES_MAX {
                    self.hosted.clear();
                }
                self.hosted.insert(place.clone(), rows);
            }
            let (rows, metadata) = &self.hosted[&place];
            if let Some(row) = rows.get(&checksum) {
                let (row, metadata) = (row.clone(), metadata.clone());
                return Ok(Text::Row { row, metadata });
            }
        }
        Ok(Text::Lost(checksum))
    }

    async fn rows(&self, registry: &RegistryName, name: &NameKey) -> Result<Rows, StoreError> {
        let krate = whole(self.from.hosted(registry, name).await)?.flatten();
        let earlier = whole(self.from.earlier_builds(registry, name).await)?;
        let metadata = krate.as_ref().map(|krate| krate.metadata.clone());
        let releases = krate.map(|krate| krate.releases).unwrap_or_default();
        let rows = releases.into_iter().chain(earlier.unwrap_or_default());
        let rows = rows.map(|release| (Checksum::of(release.row.as_bytes()), release.row));
        Ok((rows.collect(), metadata.unwrap_or_default()))
    }
}

/// Takes what is corrupt for absent.
fn whole<T>(read: Result<T, StoreError>) -> Result<Option<T>, StoreError> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(StoreError::Corrupt(_)) => Ok(None),
        Err(error) => Err(error),
    }
}
