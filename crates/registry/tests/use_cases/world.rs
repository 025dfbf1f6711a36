//! Small worlds: a federation, its ports in memory, and what one does to them.

use super::package::Package;
use super::plan::Plan;
use super::row::{self, Row};
use bytes::Bytes;
use crossdock_core::actor::Actor;
use crossdock_core::checksum::Checksum;
use crossdock_core::fact::Event;
use crossdock_core::name::{CrateName, IndexName};
use crossdock_core::registry_name::RegistryName;
use crossdock_core::version::Version;
use crossdock_registry::configuration::Configuration;
use crossdock_registry::memory::{
    ManualClock, MemoryBlobs, MemoryKeepsake, MemoryLedger, MemoryUpstream, Request,
};
use crossdock_registry::ports::{Ledger, Upstream};
use crossdock_registry::{
    Bearer, Explanation, Federation, IndexFile, Ports, Published, Refusal, Surface,
};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The time at which worlds begin.
pub(crate) const BEGIN: &str = "2026-11-21T10:00:00Z";

/// The address of worlds.
pub(crate) const HERE: &str = "https://crates.acme.example";

/// What crates.io is called in rows.
pub(crate) const CRATES_IO: &str = "https://github.com/rust-lang/crates.io-index";

/// A federation and what it stands on: a ledger in memory, or another.
pub(crate) struct World<L = MemoryLedger> {
    pub(crate) clock: ManualClock,
    pub(crate) ledger: Arc<L>,
    pub(crate) blobs: Arc<MemoryBlobs>,
    pub(crate) upstreams: BTreeMap<RegistryName, Arc<MemoryUpstream>>,
    /// What one run leaves to the next.
    pub(crate) keepsake: Arc<MemoryKeepsake>,
    pub(crate) federation: Arc<Federation>,
}

/// Opens a federation over ports in memory.
pub(crate) async fn federation<L: Ledger + 'static>(
    configuration: &Configuration,
    ledger: &Arc<L>,
    blobs: &Arc<MemoryBlobs>,
    upstreams: &BTreeMap<RegistryName, Arc<MemoryUpstream>>,
    keepsake: Option<&Arc<MemoryKeepsake>>,
) -> Arc<Federation> {
    let ports = ports(ledger, blobs, upstreams, keepsake);
    let opened = Federation::open(configuration.clone(), ports).await;
    opened.unwrap()
}

/// What a federation over ports in memory stands on.
fn ports<L: Ledger + 'static>(
    ledger: &Arc<L>,
    blobs: &Arc<MemoryBlobs>,
    upstreams: &BTreeMap<RegistryName, Arc<MemoryUpstream>>,
    keepsake: Option<&Arc<MemoryKeepsake>>,
) -> Ports {
    let upstreams = upstreams.iter().map(|(name, upstream)| {
        let upstream: Arc<dyn Upstream> = upstream.clone();
        (name.clone(), upstream)
    });
    Ports {
        ledger: ledger.clone(),
        blobs: blobs.clone(),
        upstreams: upstreams.collect(),
        directories: BTreeMap::new(),
        keepsake: keepsake.map(|keepsake| keepsake.clone() as _),
    }
}

impl<L: Ledger + 'static> World<L> {
    /// Starts again, from what was kept alone.
    pub(crate) async fn restart(&mut self) {
        let configuration = self.federation.configuration().clone();
        self.restart_as(configuration).await;
    }

    /// Starts again with other settings.
    pub(crate) async fn restart_with(&mut self, plan: Plan) {
        self.restart_as(plan.configuration).await;
    }

    /// Starts again after it was killed: nothing was recorded for that.
    pub(crate) async fn restart_killed(&mut self) {
        let configuration = self.federation.configuration().clone();
        self.start(configuration).await;
    }

    /// Opens another federation with other settings in the place of this one; the one
    /// before goes on until it is dropped.
    pub(crate) async fn succeed(&mut self, plan: Plan) -> Result<Arc<Federation>, Refusal> {
        let ports = ports(&self.ledger, &self.blobs, &self.upstreams, None);
        let actor = ann();
        let next = self.federation.succeed(plan.configuration, ports, &actor);
        let next = next.await?;
        Ok(std::mem::replace(&mut self.federation, next))
    }

    async fn restart_as(&mut self, configuration: Configuration) {
        self.federation.shutdown().await;
        self.federation.leave_files().await;
        self.start(configuration).await;
    }

    async fn start(&mut self, configuration: Configuration) {
        let (ledger, blobs, upstreams) = (&self.ledger, &self.blobs, &self.upstreams);
        let keepsake = Some(&self.keepsake);
        self.federation = federation(&configuration, ledger, blobs, upstreams, keepsake).await;
    }

    pub(crate) fn upstream(&self, mirror: &str) -> &MemoryUpstream {
        &self.upstreams[mirror]
    }

    /// Lets an upstream show rows and have the archives of packages.
    pub(crate) fn shows(&self, mirror: &str, name: &str, rows: &[Row]) {
        let upstream = self.upstream(mirror);
        upstream.set_entry(&index_name(name), row::file(rows));
    }

    pub(crate) fn has_archive(&self, mirror: &str, package: &Package) {
        let (name, version) = (name(&package.name), version(&package.version));
        let upstream = self.upstream(mirror);
        upstream.set_archive(&name, &version, package.archive());
    }

    /// Tells which names an upstream was asked for since the last look.
    pub(crate) fn asked(&self, mirror: &str) -> Vec<String> {
        let requests = self.upstream(mirror).take_requests();
        let name = |request: &Request| match request {
            Request::Index { name, .. } => name.to_string(),
            Request::Download { name, version, .. } => format!("{name}@{version}"),
        };
        requests.iter().map(name).collect()
    }

    pub(crate) async fn publish(
        &self,
        path: &str,
        package: &Package,
    ) -> Result<Published, Refusal> {
        let surface = self.surface(path);
        self.federation
            .publish(&surface, package.body(), &Bearer::Trusted(ann()))
            .await
    }

    /// Reads an index file.
    pub(crate) async fn index(&self, path: &str, name: &str) -> Result<Arc<IndexFile>, Refusal> {
        let (surface, name) = (self.surface(path), index_name(name));
        self.federation.read_index(&surface, &name).await
    }

    /// Reads the rows of an index file.
    pub(crate) async fn rows(&self, path: &str, name: &str) -> Vec<Value> {
        let file = self.index(path, name).await.unwrap();
        let text = std::str::from_utf8(file.plain()).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// Lists the versions an index file shows; a yanked one ends in `!`.
    pub(crate) async fn versions(&self, path: &str, name: &str) -> Vec<String> {
        let rows = self.rows(path, name).await;
        let shown = rows.iter().map(|row| {
            let mark = if row["yanked"] == true { "!" } else { "" };
            format!("{}{mark}", row["vers"].as_str().unwrap())
        });
        shown.collect()
    }

    /// Tells where the first row of a file points to for a dependency.
    pub(crate) async fn points_to(&self, path: &str, name: &str, dependency: &str) -> Value {
        let rows = self.rows(path, name).await;
        let dependencies = rows[0]["deps"].as_array().unwrap();
        let found = dependencies.iter().find(|one| one["name"] == dependency);
        found.unwrap()["registry"].clone()
    }

    /// Fetches the archive of a package.
    pub(crate) async fn fetch(&self, path: &str, package: &Package) -> Result<Bytes, Refusal> {
        let checksum = package.checksum();
        self.fetch_as(path, &package.name, &package.version, &checksum)
            .await
    }

    pub(crate) async fn fetch_as(
        &self,
        path: &str,
        of: &str,
        number: &str,
        checksum: &Checksum,
    ) -> Result<Bytes, Refusal> {
        let (surface, name, version) = (self.surface(path), name(of), version(number));
        let fetched = self
            .federation
            .fetch_crate(&surface, &name, &version, checksum);
        fetched.await
    }

    /// Finds `NAME` or `VIEW/from/MEMBER`.
    pub(crate) fn surface(&self, path: &str) -> Surface {
        let found = match path.split_once("/from/") {
            Some((view, member)) => self.federation.face(view, member),
            None => self.federation.surface(path),
        };
        found.unwrap()
    }

    pub(crate) async fn explain(&self, of: &str) -> Explanation {
        let explained = self
            .federation
            .explain(&registry("main"), &name(of), None)
            .await;
        explained.unwrap()
    }

    /// Lists the kinds of all facts, in order.
    pub(crate) async fn facts(&self) -> Vec<&'static str> {
        self.events().await.iter().map(Event::kind).collect()
    }

    pub(crate) async fn events(&self) -> Vec<Event> {
        let facts = self.ledger.facts(0, u32::MAX).await.unwrap();
        facts.into_iter().map(|(_, fact)| fact.event).collect()
    }

    /// Says who owns a name on record: one, or several with blanks between.
    pub(crate) async fn owner_on_record(&self, view: &str, name: &str) -> Option<String> {
        let records = self.ledger.ownerships(&registry(view)).await.unwrap();
        let key = self::name(name).key();
        let (_, ownership) = records.into_iter().find(|(name, _)| *name == key)?;
        let speakers: Vec<_> = ownership.speakers().map(ToString::to_string).collect();
        Some(speakers.join(" "))
    }
}

pub(crate) fn ann() -> Actor {
    Actor::parse("ann").unwrap()
}

pub(crate) fn registry(text: &str) -> RegistryName {
    RegistryName::parse(text).unwrap()
}

pub(crate) fn name(text: &str) -> CrateName {
    CrateName::parse(text).unwrap()
}

pub(crate) fn index_name(text: &str) -> IndexName {
    IndexName::parse(text).unwrap()
}

pub(crate) fn version(text: &str) -> Version {
    Version::parse(text).unwrap()
}

/// The address of something here, as rows carry it.
pub(crate) fn address(path: &str) -> String {
    format!("sparse+{HERE}/{path}/index/")
}
