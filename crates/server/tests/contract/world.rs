//! The small worlds in which scripts run: a federation in memory behind the server.
//!
//! | world | registries | views |
//! |---|---|---|
//! | `open` | hosted `local`, mirror `crates-io` (has rose 1.0.0, tulip 1.0.0) | `main` of both |
//! | `closed` | the same, and hosted `vault`, read by token | `secret` of `vault`, read by token |
//!
//! The clock stands still, so equal scripts give equal bytes. Mirrors revalidate
//! after an hour, which is never.

use crate::package;
use crossdock_core::address::Address;
use crossdock_core::name::CrateName;
use crossdock_core::policy::{Identity, Member, MemberKind, Side, ViewPolicy};
use crossdock_core::rebuilds::{Lockfile, Rebuilds};
use crossdock_core::registry_name::RegistryName;
use crossdock_core::timestamp::Timestamp;
use crossdock_registry::configuration::{Configuration, Read, Registry, RegistryKind, View};
use crossdock_registry::memory::{
    ManualClock, MemoryBlobs, MemoryEgress, MemoryLedger, MemoryUpstream, Validating,
};
use crossdock_registry::ports::{Departed, ErrandKind, Reason, Upstream};
use crossdock_registry::{Federation, Ports};
use crossdock_server::{AdminToken, Answering, App, Drained, Limits, Socket, serve};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// The admin token of every world.
pub(crate) const TOKEN: &str = "the-admin-token-of-this-world";

/// Longest wait for anything in a world; all is local and takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(60);

/// A federation and the server before it.
pub(crate) struct World {
    runtime: Runtime,
    upstream: Arc<MemoryUpstream>,
    federation: Arc<Federation>,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<Drained>,
}

/// What left, as every world has it.
fn egress() -> MemoryEgress {
    let moment = |hour: i64| Timestamp::from_unix_seconds(1_800_000_000 + 3600 * hour).unwrap();
    let sum = |kind, name: &str, reason, last: i64, count| Departed {
        registry: registry_name("crates-io"),
        kind,
        name: name.to_owned(),
        reason,
        first: moment(0),
        last: moment(last),
        count,
    };
    let dependent = "petal".parse().unwrap();
    let evidence = Reason::Evidence { dependent };
    let departed = vec![
        sum(ErrandKind::Index, "stem_cell", evidence, 1, 2),
        sum(ErrandKind::Config, "", Reason::Prefetch, 0, 1),
    ];
    MemoryEgress { departed }
}

impl World {
    /// Starts the world called `name`.
    pub(crate) fn start(name: &str) -> Self {
        Self::with_limits(name, Limits::default())
    }

    /// Starts a world whose server has these limits.
    pub(crate) fn with_limits(name: &str, limits: Limits) -> Self {
        let configuration = match name {
            "open" => open(),
            "closed" => closed(),
            other => panic!("there is no world `{other}`"),
        };
        let runtime = Runtime::new().unwrap();
        let upstream = Arc::new(upstream());
        let clock = ManualClock::at(Timestamp::from_unix_seconds(1_800_000_000).unwrap());
        let ports = Ports {
            keepsake: None,
            ledger: Arc::new(MemoryLedger::new(clock.reading())),
            blobs: Arc::new(MemoryBlobs::default()),
            upstreams: BTreeMap::from([(
                registry_name("crates-io"),
                Arc::clone(&upstream) as Arc<dyn Upstream>,
            )]),
            directories: BTreeMap::new(),
        };
        let federation = runtime
            .block_on(Federation::open(configuration, ports))
            .unwrap();
        let token = AdminToken::new(TOKEN).unwrap();
        let app = App::new(Arc::clone(&federation), Arc::new(egress()), token, limits);
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let socket = Socket {
            listener,
            tls: None,
        };
        let (stop, stopped) = oneshot::channel();
        let serving = runtime.spawn(async move {
            let stopped = async { stopped.await.unwrap() };
            serve(socket, &Answering::new(app), stopped).await
        });
        Self {
            runtime,
            upstream,
            federation,
            address,
            stop: Some(stop),
            serving,
        }
    }

    /// Returns where the server listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Makes something happen.
    pub(crate) fn happen(&mut self, event: &str) {
        match event {
            "upstream hesitates" => self.upstream.hold(),
            "upstream goes on" => self.upstream.release(),
            "upstream is silent" => self.upstream.set_silent(true),
            "upstream answers" => self.upstream.set_silent(false),
            other => panic!("what is it that happens: `{other}`?"),
        }
    }

    /// Waits until the upstream was asked something.
    pub(crate) fn await_question(&self) {
        let limit = Instant::now() + PATIENCE;
        while self.upstream.take_requests().is_empty() {
            assert!(Instant::now() < limit, "nobody asks the upstream");
            std::thread::yield_now();
        }
    }

    /// Tells the server to stop, and does not wait for it.
    pub(crate) fn begin_to_stop(&mut self) {
        let stop = self.stop.take().expect("a world is stopped once");
        stop.send(()).unwrap();
    }

    /// Stops the server, if nobody did, and returns how it ended.
    pub(crate) fn stop(mut self) -> Drained {
        if self.stop.is_some() {
            self.begin_to_stop();
        }
        let serving = async { tokio::time::timeout(PATIENCE, self.serving).await };
        let drained = self.runtime.block_on(serving);
        self.runtime.block_on(self.federation.shutdown());
        drained.expect("a server stops").unwrap()
    }
}

fn open() -> Configuration {
    let registries = [hosted("local", Read::Anyone), mirror("crates-io")];
    let members = [
        member("local", Side::Inside, MemberKind::Hosted),
        member("crates-io", Side::Outside, MemberKind::CratesIo),
    ];
    Configuration {
        public_url: "http://crates.example".parse().unwrap(),
        former_urls: Vec::new(),
        installation: "here".to_owned(),
        registries: BTreeMap::from(registries),
        views: BTreeMap::from([view("main", Read::Anyone, Identity::CratesIo, members)]),
        crates_io: vec![Address::parse("sparse+http://crates-io.example/").unwrap()],
    }
}

fn closed() -> Configuration {
    let mut configuration = open();
    let (name, vault) = hosted("vault", Read::Token);
    configuration.registries.insert(name, vault);
    let members = [member("vault", Side::Inside, MemberKind::Hosted)];
    let (name, secret) = view("secret", Read::Token, Identity::Split, members);
    configuration.views = BTreeMap::from([(name, secret)]);
    configuration
}

fn hosted(name: &str, read: Read) -> (RegistryName, Registry) {
    let kind = RegistryKind::Hosted {
        resolve_in: None,
        rebuilds: Rebuilds::default(),
        lockfile: Lockfile::default(),
    };
    (registry_name(name), Registry { read, kind })
}

fn mirror(name: &str) -> (RegistryName, Registry) {
    let kind = RegistryKind::Mirror {
        address: Address::CratesIo,
        revalidate_after: Duration::from_secs(3600),
        confirm_removals_after: Duration::from_secs(600),
        sync: None,
    };
    let read = Read::Anyone;
    (registry_name(name), Registry { read, kind })
}

fn member(name: &str, side: Side, kind: MemberKind) -> (RegistryName, Member) {
    let only = None;
    (registry_name(name), Member { side, kind, only })
}

fn view<const N: usize>(
    name: &str,
    read: Read,
    identity: Identity,
    members: [(RegistryName, Member); N],
) -> (RegistryName, View) {
    let policy = ViewPolicy::new(registry_name(name), identity, BTreeMap::from(members));
    (
        registry_name(name),
        View {
            place: 0,
            read,
            policy,
        },
    )
}

fn upstream() -> MemoryUpstream {
    let upstream = MemoryUpstream::new(Validating::ETag);
    for name in ["rose", "tulip"] {
        let krate = CrateName::parse(name).unwrap();
        upstream.set_entry(&krate.index_name(), package::row(name, "1.0.0") + "\n");
        let version = "1.0.0".parse().unwrap();
        upstream.set_archive(&krate, &version, package::archive(name, "1.0.0"));
    }
    upstream
}

fn registry_name(name: &str) -> RegistryName {
    RegistryName::parse(name).unwrap()
}
