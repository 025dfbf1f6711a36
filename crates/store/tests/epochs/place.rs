//! A data folder with a federation on it, and all that it says of its epochs.

use super::package::Package;
use super::row::{self, Row};
use super::world::{BEGIN, ann, index_name, name, version};
use bytes::Bytes;
use crossdock_core::checksum::Checksum;
use crossdock_core::epoch::When;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::timestamp::Timestamp;
use crossdock_registry::configuration::{Configuration, RegistryKind};
use crossdock_registry::memory::{ManualClock, MemoryUpstream, Validating};
use crossdock_registry::ports::{Ledger as _, Upstream};
use crossdock_registry::{Bearer, Federation, Ports, Published, Refusal, Surface};
use crossdock_store::{FileBlobs, SqliteLedger};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What is read at every epoch.
const SURFACES: [&str; 7] = [
    "main",
    "acme",
    "lab",
    "partner",
    "crates-io",
    "main/from/crates-io",
    "main/from/partner",
];

/// Crates that are read at every epoch; nobody has the last one.
pub(crate) const NAMES: [&str; 14] = [
    "petal", "rose", "tool", "serde", "leaf", "bloom", "ovt", "shared", "moving", "stem", "copied",
    "both", "bush", "never",
];

/// What an answer is of: an epoch, a surface, and the file or archive.
pub(crate) type What = (u64, &'static str, String);

/// The bytes, or their checksum, or the kind of the refusal.
pub(crate) type Answers = BTreeMap<What, Result<Vec<u8>, String>>;

pub(crate) type Upstreams = BTreeMap<RegistryName, Arc<MemoryUpstream>>;

/// A data folder, what stands on it, and the upstreams that it asks.
pub(crate) struct Place {
    folder: PathBuf,
    pub(crate) clock: ManualClock,
    pub(crate) ledger: Arc<SqliteLedger>,
    pub(crate) upstreams: Upstreams,
    pub(crate) federation: Arc<Federation>,
}

pub(crate) fn beginning() -> Timestamp {
    Timestamp::parse(BEGIN).unwrap()
}

impl Place {
    pub(crate) async fn open(folder: &Path, clock: ManualClock, settings: Configuration) -> Self {
        let upstreams = upstreams(&settings);
        Self::open_with(folder, clock, settings, upstreams).await
    }

    async fn open_with(
        folder: &Path,
        clock: ManualClock,
        settings: Configuration,
        upstreams: Upstreams,
    ) -> Self {
        let ledger = Self::ledger(folder, &clock).await;
        let asked = upstreams.iter().map(|(name, upstream)| {
            let upstream: Arc<dyn Upstream> = upstream.clone();
            (name.clone(), upstream)
        });
        let ports = Ports {
            keepsake: None,
            ledger: ledger.clone(),
            blobs: Arc::new(FileBlobs::open(folder.join("blobs")).unwrap()),
            upstreams: asked.collect(),
            directories: BTreeMap::new(),
        };
        let federation = Federation::open(settings, ports).await.unwrap();
        federation.adopt_policies(&ann()).await.unwrap();
        Self {
            folder: folder.to_owned(),
            clock,
            ledger,
            upstreams,
            federation,
        }
    }

    pub(crate) async fn ledger(folder: &Path, clock: &ManualClock) -> Arc<SqliteLedger> {
        let path = folder.join("crossdock.sqlite");
        Arc::new(SqliteLedger::open(&path, clock.reading()).await.unwrap())
    }

    pub(crate) async fn close(&self) {
        self.federation.shutdown().await;
        self.ledger.close().await;
    }

    /// Starts again with other settings, as an operator does.
    pub(crate) async fn restart(&mut self, settings: Configuration) {
        self.close().await;
        let mut asked = upstreams(&settings);
        asked.extend(self.upstreams.clone());
        *self = Self::open_with(&self.folder, self.clock.clone(), settings, asked).await;
    }

    /// Lets an hour pass.
    pub(crate) fn later(&self) {
        let now = (self.clock.reading())().unix_seconds();
        let later = Timestamp::from_unix_seconds(now + 3600).unwrap();
        self.clock.set(later);
    }

    pub(crate) async fn epoch(&self) -> u64 {
        self.ledger.latest().await.unwrap().map_or(0, |(at, _)| at)
    }

    pub(crate) async fn kinds(&self) -> BTreeSet<String> {
        let facts = self.ledger.facts(0, u32::MAX).await.unwrap();
        let kinds = facts.iter().map(|(_, fact)| fact.event.kind().to_owned());
        kinds.collect()
    }

    pub(crate) fn shows(&self, mirror: &str, name: &str, rows: &[Row]) {
        let upstream = &self.upstreams[mirror];
        upstream.set_entry(&index_name(name), row::file(rows));
    }

    pub(crate) fn has_archive(&self, mirror: &str, package: &Package) {
        let (name, version) = (name(&package.name), version(&package.version));
        self.upstreams[mirror].set_archive(&name, &version, package.archive());
    }

    pub(crate) fn surface(&self, path: &str) -> Surface {
        let found = match path.split_once("/from/") {
            Some((view, member)) => self.federation.face(view, member),
            None => self.federation.surface(path),
        };
        found.unwrap()
    }

    pub(crate) async fn publish(&self, to: &str, package: &Package) -> Result<Published, Refusal> {
        let (surface, body) = (self.surface(to), package.body());
        self.federation
            .publish(&surface, body, &Bearer::Trusted(ann()))
            .await
    }

    /// Reads a file as it is now; what it records is what counts.
    pub(crate) async fn look(&self, path: &str, krate: &str) -> Result<String, String> {
        let read = self
            .federation
            .read_index(&self.surface(path), &index_name(krate))
            .await;
        read.map(|file| String::from_utf8(file.plain().to_vec()).unwrap())
            .map_err(|refusal| refusal.to_string())
    }

    /// Fetches an archive as it is now.
    pub(crate) async fn fetch(&self, path: &str, package: &Package) -> Result<Bytes, Refusal> {
        let (name, version) = (name(&package.name), version(&package.version));
        let (surface, checksum) = (self.surface(path), package.checksum());
        let fetched = self
            .federation
            .fetch_crate(&surface, &name, &version, &checksum);
        fetched.await
    }

    /// Reads everything at every epoch: index files, archives that they name, and where
    /// these are to be had.
    pub(crate) async fn answers(&mut self, epochs: u64) -> Answers {
        let mut answers = Answers::new();
        for epoch in 1..=epochs {
            let when = When::Epoch(epoch);
            for path in SURFACES {
                let surface = self.surface(path);
                let config = self.federation.config_json_at(&surface, &epoch.to_string());
                let what = (epoch, path, "config.json".to_owned());
                answers.insert(what, Ok(config.to_vec()));
                let moment = self.federation.moment(surface.scope(), &when).await;
                let moment = moment.unwrap();
                for krate in NAMES {
                    let wanted = index_name(krate);
                    let read = self.federation.read_index_at(&surface, &wanted, moment);
                    let read = read.await.map(|file| file.plain().to_vec());
                    let read = read.map_err(|refusal| format!("{:?}", refusal.kind));
                    // Archives of a face are those of its member: one way is enough.
                    if let Ok(file) = &read
                        && path == "main"
                    {
                        for (number, checksum) in named(file) {
                            let (krate, number) = (name(krate), version(&number));
                            let given = self.federation.fetch_crate_at(
                                &surface,
                                (&krate, &number, &checksum),
                                moment,
                            );
                            let given = given.await.map(|bytes| bytes.to_vec());
                            let given = given.map_err(|refusal| format!("{:?}", refusal.kind));
                            let what = format!("{krate}-{number}.crate");
                            answers.insert((epoch, path, what), given);
                        }
                    }
                    answers.insert((epoch, path, krate.to_owned()), read);
                }
            }
        }
        answers
    }
}

/// The releases that an index file names.
fn named(file: &[u8]) -> Vec<(String, Checksum)> {
    let rows = std::str::from_utf8(file).unwrap().lines();
    let rows = rows.map(|line| serde_json::from_str::<Value>(line).unwrap());
    let release = |row: Value| {
        let text = |field: &str| row[field].as_str().unwrap().to_owned();
        (text("vers"), Checksum::parse(&text("cksum")).unwrap())
    };
    rows.map(release).collect()
}

/// One upstream for each mirror, all of them empty.
fn upstreams(settings: &Configuration) -> Upstreams {
    let registries = settings.registries.iter();
    let mirrors = registries.filter(|(_, of)| matches!(of.kind, RegistryKind::Mirror { .. }));
    let empty = || Arc::new(MemoryUpstream::new(Validating::ETag));
    mirrors.map(|(name, _)| (name.clone(), empty())).collect()
}
