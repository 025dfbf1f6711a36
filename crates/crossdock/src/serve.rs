//! `crossdock serve`: the one place where ports meet adapters.
//!
//! Opens in an order in which nothing is left behind when a later step fails: the
//! socket first, since that is what most often is taken, then the store, then the
//! upstreams. Closes in the opposite order, so that what was acknowledged is kept.
//!
//! Absent: what is served (`server`), what it means (`registry`, `core`).

mod changes;
mod live;

pub(crate) use changes::shown;

use crate::announce::{self, Announcement};
use crate::command_line::Serve;
use crate::egress_keeper::EgressKeeper;
use crate::report::{Failure, Outcome, out};
use crate::scratch::ScratchesIn;
use crate::settings::{
    self, Mirror, Reading, RegistrySettings, Settings, SettingsFile, Surroundings, UpstreamSettings,
};
use crate::signals::{Request, Signals};
use crate::stores::Stores;
use crate::{
    admin_token, asked_server, certificate, configuration, folders, installation, logging,
    public_lists, runtime, secrets,
};
use crossdock_core::actor::Actor;
use crossdock_core::address::Address;
use crossdock_core::registry_name::RegistryName;
use crossdock_registry::ports::Upstream;
use crossdock_registry::{Packer, Ports};
use crossdock_server::{AdminToken, App, Limits, Socket};
use crossdock_store::{DataLock, EgressTable, FileKeepsake};
use crossdock_upstream::{Egress, PublicNames, SparseSettings, SparseUpstream};
use live::{Live, Made};
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpListener;
use url::Url;

/// The database of what left, in the data folder.
const EGRESS: &str = "egress.sqlite";

/// What one run leaves to the next, in the data folder.
const KEEPSAKE: &str = "served-files";

/// How much longer than an index request a download may take: with the default of
/// 30 s, 120 s fetch 128 MiB at about 10 Mbit/s.
const DOWNLOAD_TIMES_LONGER: u32 = 4;

/// Serves until a signal says to stop.
pub(crate) fn serve(arguments: Serve) -> Result<Outcome, Failure> {
    logging::begin()?;
    let around = Surroundings {
        listen: arguments.listen,
        data: arguments.data,
        ..asked_server::surroundings()
    };
    let named = arguments.settings.config;
    let reading = settings::read_again(named.clone(), around.clone())?;
    runtime::allow_many_files();
    let run = run(reading, named, around, arguments.empty_database);
    runtime::on_all_cores()?.block_on(run)?;
    Ok(Outcome::Done)
}

async fn run(
    reading: Reading,
    named: Option<PathBuf>,
    around: Surroundings,
    allow_empty: bool,
) -> Result<(), Failure> {
    let settings = &reading.settings.clone();
    let mut signals = Signals::listen()
        .map_err(|error| Failure::hinted(error, "the system takes no signal handlers"))?;
    let front = &settings.server.front;
    let tls = front.tls.as_ref().map(certificate::open).transpose()?;
    let listener = bind(settings.server.listen).await?;
    let socket = listener.local_addr().map_err(Failure::plain)?;
    let url = match &settings.server.public_url {
        Some(url) => url.clone(),
        None => asked_server::socket_url(socket).map_err(Failure::plain)?,
    };
    let data = data_folder(&settings.server.data)?;
    let lock = DataLock::take(&data).map_err(Failure::plain)?;
    let stores = Arc::new(Stores::open(&settings.server, &data, allow_empty).await?);
    let blobs = &stores.blobs;
    let token = admin_token::read_or_make(&data).map_err(unusable_token)?;
    let token = AdminToken::new(&token).map_err(unusable_token)?;
    let installation = installation::read_or_make(&data).map_err(unusable_name)?;
    let egress = Arc::new(Egress::default());
    let kept = EgressTable::open(&data.join(EGRESS)).await;
    let keeper = EgressKeeper::start(egress.clone(), kept.map_err(Failure::plain)?);
    let lists = public_lists::open(settings)?;
    for (name, list) in &lists {
        let (names, bytes) = list.size();
        tracing::info!(registry = %name, names, bytes, "{names} names of {name} are on its list, others are not asked for");
    }
    let crates_io = Address::Sparse(crossdock_upstream::crates_io_index());
    let keepsake = FileKeepsake::new(data.join(KEEPSAKE));
    let directories = folders::open(
        settings,
        &configuration::of(
            settings,
            url.clone(),
            crates_io.clone(),
            installation.clone(),
        ),
        &data,
        blobs,
    );
    let packer = stores.tiers.as_ref().map(|tiers| Packer {
        store: tiers.clone(),
        registries: settings.compact.clone(),
        every: settings.server.compact.every,
    });
    let ports = Ports {
        ledger: stores.ledger(),
        blobs: blobs.clone(),
        upstreams: upstreams(settings, &egress, &lists)?,
        directories,
        keepsake: Some(Arc::new(keepsake.map_err(Failure::plain)?)),
    };
    let made = Made {
        named,
        around,
        url: url.clone(),
        crates_io,
        installation,
        ports,
        packer,
        stores: stores.clone(),
        scratches: Arc::new(ScratchesIn(data.clone())),
    };
    let federation = made.open(settings).await?;
    federation
        .adopt_policies(&Actor::server())
        .await
        .map_err(|refusal| {
            Failure::hinted(
                refusal,
                "change the settings, or take the decision again the other way by command",
            )
        })?;
    announce(&reading.file, settings, socket, &url, &data);
    let first_look = folders::look_first(&federation);
    let watched: Vec<_> = lists.values().map(PublicNames::watch).collect();
    let limits = Limits {
        pace: front.pace,
        trusted_proxies: front.trusted_proxies.clone(),
        ..Limits::default()
    };
    let app = App::new(federation.clone(), keeper.clone(), token, limits);
    let live = Live::begin(made, reading, federation, app);
    let renewed = tls.clone().map(certificate::watch);
    let drained = until_stopped(Socket { listener, tls }, &live, &mut signals).await;
    first_look.abort();
    if let Some(renewed) = renewed {
        renewed.abort();
    }
    live.end(drained).await;
    for list in watched {
        list.close().await;
    }
    keeper.close().await;
    stores.close().await;
    // Held up to here: the next process finds everything written.
    drop(lock);
    Ok(())
}

/// Serves until the first signal to stop, then drains; a second one ends it at once.
/// Tells whether all that was begun was brought to its end.
async fn until_stopped(socket: Socket, live: &Arc<Live>, signals: &mut Signals) -> bool {
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = crossdock_server::serve(socket, live.answering(), async {
        // Stopped as well if the sender is gone, since nobody could say so later.
        let _said_or_gone = stopped.await;
    });
    tokio::pin!(serving);
    let signal = loop {
        tokio::select! {
            drained = &mut serving => {
                tracing::warn!(cut = drained.cut, "serving ended by itself");
                return drained.cut == 0;
            }
            request = signals.next() => match request {
                Request::Stop(signal) => break signal,
                // Ends before `Live::end`, which waits for its turn.
                Request::Reload => drop(tokio::spawn(live.clone().apply_by_signal())),
            },
        }
    };
    tracing::info!(
        signal,
        "{signal}: requests under way may finish; once more to stop at once"
    );
    drop(stop);
    tokio::select! {
        drained = &mut serving => match drained.cut {
            0 => {
                tracing::info!("drained");
                true
            }
            cut => {
                tracing::warn!(cut, "{cut} connections were cut off");
                false
            }
        },
        signal = signals.stop() => {
            tracing::warn!(signal, "{signal}: stopped at once");
            false
        }
    }
}

fn announce(file: &SettingsFile, settings: &Settings, socket: SocketAddr, url: &Url, data: &Path) {
    if let Some(exposed) = announce::exposure(socket, settings, url) {
        tracing::warn!("{exposed}");
    }
    out(&announce::ready(
        socket,
        settings.server.front.tls.is_some(),
    ));
    out("");
    out(&announce::told(&Announcement {
        url: url.as_str().trim_end_matches('/'),
        settings,
        file,
        data,
        program: &announce::program(),
    }));
}

async fn bind(socket: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(socket).await.map_err(|source| {
        let hint = match source.kind() {
            io::ErrorKind::AddrInUse => {
                "something listens there already: stop it, or choose another with --listen"
            }
            io::ErrorKind::PermissionDenied => {
                "ports below 1024 need a privilege: choose another with --listen"
            }
            _ => "choose an address of this machine with --listen",
        };
        Failure::hinted(
            System {
                what: "listen on",
                subject: socket.to_string(),
                source,
            },
            hint,
        )
    })
}

/// Makes the data folder if need be, for its owner only, and returns its full path.
pub(crate) fn data_folder(path: &Path) -> Result<PathBuf, Failure> {
    use std::os::unix::fs::DirBuilderExt as _;
    let made = std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path);
    made.and_then(|()| path.canonicalize()).map_err(|source| {
        let subject = path.display().to_string();
        Failure::hinted(
            System {
                what: "use the data folder",
                subject,
                source,
            },
            "choose another with --data",
        )
    })
}

/// One upstream for each mirror.
fn upstreams(
    settings: &Settings,
    egress: &Arc<Egress>,
    lists: &BTreeMap<RegistryName, Arc<PublicNames>>,
) -> Result<BTreeMap<RegistryName, Arc<dyn Upstream>>, Failure> {
    let mut upstreams: BTreeMap<_, Arc<dyn Upstream>> = BTreeMap::new();
    for (name, registry) in &settings.registries {
        let RegistrySettings::Mirror(mirror) = registry else {
            continue;
        };
        let mut settings = upstream_settings(name, mirror)?;
        settings.public_names = lists.get(name).cloned();
        let upstream = SparseUpstream::new(name.clone(), settings, egress.clone());
        let upstream = upstream.map_err(|error| {
            Failure::hinted(
                error,
                format!("look at [registries.{name}] in the settings"),
            )
        })?;
        upstreams.insert(name.clone(), Arc::new(upstream));
    }
    Ok(upstreams)
}

fn upstream_settings(name: &RegistryName, mirror: &Mirror) -> Result<SparseSettings, Failure> {
    let address = match &mirror.upstream {
        UpstreamSettings::CratesIo { via: Some(url) } | UpstreamSettings::Sparse(url) => {
            url.clone()
        }
        UpstreamSettings::CratesIo { via: None } => crossdock_upstream::crates_io_index(),
    };
    let mut settings = SparseSettings::new(address);
    settings.timeout_total = mirror.timeout;
    settings.download_timeout_total = mirror.timeout.saturating_mul(DOWNLOAD_TIMES_LONGER);
    settings.proxy = mirror.proxy.clone();
    settings.retries = mirror.retries;
    if let Some(variable) = &mirror.token_env {
        settings.token = Some(secrets::read(name, variable)?);
    }
    Ok(settings)
}

fn unusable_token(error: impl std::error::Error + Send + Sync + 'static) -> Failure {
    Failure::hinted(
        error,
        "correct the file, or remove it and a new token is made at the next start",
    )
}

fn unusable_name(error: installation::InstallationError) -> Failure {
    Failure::hinted(
        error,
        "remove the file, and another name is made at the next start",
    )
}

/// The system refuses something that serving needs.
#[derive(Debug, thiserror::Error)]
#[error("could not {what} {subject}")]
struct System {
    what: &'static str,
    subject: String,
    source: io::Error,
}
