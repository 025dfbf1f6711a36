//! Ledger and archives as the settings have them: in the data folder, or in PostgreSQL
//! and an object store that other nodes have, too.
//!
//! Absent: the lock of the data folder, which every node has to itself whatever is kept
//! elsewhere.

use crate::kept_line;
use crate::report::Failure;
use crate::settings::{ObjectSettings, ServerSettings};
use crossdock_core::timestamp::Timestamp;
use crossdock_registry::ports::{Blobs, Ledger, StoreError};
use crossdock_registry::{Derived, Federation};
use crossdock_store::{
    CredentialsError, Listening, PostgresLedger, PostgresUrl, S3Blobs, S3Credentials, SqliteLedger,
    TieredBlobs,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// The database in the data folder.
const DATABASE: &str = "crossdock.sqlite";

/// There while a restore fills the data folder, or what its settings name.
const RESTORING: &str = "restoring";

/// The folder of archives in the data folder.
const BLOBS: &str = "blobs";

/// What is kept, opened.
pub(crate) struct Stores {
    ledger: Opened,
    /// The archives.
    pub(crate) blobs: Arc<dyn Blobs>,
    /// The same, if archives may be packed there.
    pub(crate) tiers: Option<Arc<TieredBlobs>>,
}

enum Opened {
    Sqlite(Arc<SqliteLedger>),
    Postgres(Arc<PostgresLedger>),
}

impl Stores {
    /// Opens what the settings name; what is in the data folder is made if need be,
    /// unless archives there have lost their database and `allow_empty` is not said.
    ///
    /// # Errors
    /// [`Failure`] says which of them cannot be used.
    pub(crate) async fn open(
        server: &ServerSettings,
        data: &Path,
        allow_empty: bool,
    ) -> Result<Self, Failure> {
        if is_being_restored(data) {
            return Err(Failure::hinted(
                HalfRestored(data.to_owned()),
                "start `crossdock restore` again: it goes on where it was",
            ));
        }
        let ledger = match &server.stores.database {
            Some(url) => {
                let ledger = postgres(url).await?;
                refuse_forgotten_ledger(&ledger, data, allow_empty).await?;
                Opened::Postgres(Arc::new(ledger))
            }
            None => {
                if server.stores.objects.is_none() {
                    refuse_lost_database(data, allow_empty)?;
                }
                let ledger = sqlite(data).await?;
                Opened::Sqlite(Arc::new(ledger))
            }
        };
        let (blobs, tiers): (Arc<dyn Blobs>, _) = match &server.stores.objects {
            Some(objects) => (Arc::new(open_objects(objects).await?), None),
            None => {
                let tiers = folder(data, server.compact.hot_bytes_max)?;
                (tiers.clone(), Some(tiers))
            }
        };
        Ok(Self {
            ledger,
            blobs,
            tiers,
        })
    }

    /// The ledger.
    pub(crate) fn ledger(&self) -> Arc<dyn Ledger> {
        match &self.ledger {
            Opened::Sqlite(ledger) => ledger.clone(),
            Opened::Postgres(ledger) => ledger.clone(),
        }
    }

    /// Puts what a scratch ledger derived of something in place of what is kept.
    pub(crate) async fn take_derived(
        &self,
        from: &SqliteLedger,
        what: &Derived,
    ) -> Result<(), StoreError> {
        match &self.ledger {
            Opened::Sqlite(ledger) => ledger.take_derived(from, what).await,
            Opened::Postgres(ledger) => ledger.take_derived(from, what).await,
        }
    }

    /// Wakes the federation's follower whenever another node records something, as long
    /// as the outcome is held.
    pub(crate) fn wake(&self, federation: &Arc<Federation>) -> Option<Listening> {
        let Opened::Postgres(ledger) = &self.ledger else {
            return None;
        };
        let federation = Arc::downgrade(federation);
        Some(ledger.listen(move || {
            if let Some(federation) = federation.upgrade() {
                federation.wake_follower();
            }
        }))
    }

    /// Writes what is waiting and closes the ledger.
    pub(crate) async fn close(&self) {
        match &self.ledger {
            Opened::Sqlite(ledger) => ledger.close().await,
            Opened::Postgres(ledger) => ledger.close().await,
        }
    }
}

/// Finds the data folder of a server that ran before.
///
/// # Errors
/// [`Failure`] if there is none.
pub(crate) fn existing_data(server: &ServerSettings) -> Result<PathBuf, Failure> {
    server.data.canonicalize().map_err(|source| {
        let subject = server.data.display().to_string();
        Failure::hinted(
            NoData { subject, source },
            "name the folder with --data, or the settings with --config",
        )
    })
}

/// Opens the archives in a data folder, packed ones too.
pub(crate) fn folder(data: &Path, hot_bytes_max: u64) -> Result<Arc<TieredBlobs>, Failure> {
    let blobs = TieredBlobs::open(data.join(BLOBS), hot_bytes_max);
    Ok(Arc::new(blobs.map_err(Failure::plain)?))
}

/// Tells whether a data folder has a ledger of its own.
pub(crate) fn has_ledger(data: &Path) -> bool {
    data.join(DATABASE).exists()
}

/// Where the database of a data folder is.
pub(crate) fn database(data: &Path) -> PathBuf {
    data.join(DATABASE)
}

/// Tells whether a restore into a data folder was begun and not ended.
pub(crate) fn is_being_restored(data: &Path) -> bool {
    data.join(RESTORING).exists()
}

/// Says that a restore begins, durably.
pub(crate) fn begin_restoring(data: &Path) -> std::io::Result<()> {
    kept_line::keep(data, RESTORING, "crossdock restore fills this place")
}

/// Says that it is done.
pub(crate) fn end_restoring(data: &Path) -> std::io::Result<()> {
    std::fs::remove_file(data.join(RESTORING))?;
    std::fs::File::open(data)?.sync_all()
}

/// Opens the ledger in a data folder.
pub(crate) async fn sqlite(data: &Path) -> Result<SqliteLedger, Failure> {
    let ledger = SqliteLedger::open(&data.join(DATABASE), Arc::new(now)).await;
    ledger.map_err(Failure::plain)
}

/// Opens the ledger in a PostgreSQL database.
pub(crate) async fn postgres(url: &PostgresUrl) -> Result<PostgresLedger, Failure> {
    let ledger = PostgresLedger::open(url, Arc::new(now)).await;
    ledger.map_err(|error| Failure::hinted(error, format!("look at `database`, which is {url}")))
}

/// Opens an object store and tries whether it takes archives.
pub(crate) async fn open_objects(objects: &ObjectSettings) -> Result<S3Blobs, Failure> {
    let hint = "look at `objects` and the keys beside it in [server]";
    let credentials = credentials(objects).map_err(|error| {
        let hint = "set both AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a file as \
                    Amazon's tools have it with objects-credentials in [server]";
        Failure::hinted(error, hint)
    })?;
    let blobs = S3Blobs::open(&objects.s3, credentials);
    let blobs = blobs.map_err(|error| Failure::hinted(error, hint))?;
    let tried = blobs.probe().await;
    tried.map_err(|error| Failure::hinted(error, hint))?;
    Ok(blobs)
}

pub(crate) fn credentials(objects: &ObjectSettings) -> Result<S3Credentials, CredentialsError> {
    match &objects.credentials {
        Some(path) => S3Credentials::from_file(path),
        None => S3Credentials::from_environment(),
    }
}

/// Tells which credentials `serve` would miss.
pub(crate) fn missing(server: &ServerSettings) -> Option<String> {
    let objects = server.stores.objects.as_ref()?;
    let failed = credentials(objects).err()?;
    Some(format!(
        "{} cannot be reached, because {failed}: `crossdock serve` does not start in this environment",
        objects.s3.address
    ))
}

/// Refuses to begin with an empty ledger in PostgreSQL beside one that was used so far.
async fn refuse_forgotten_ledger(
    ledger: &PostgresLedger,
    data: &Path,
    allow_empty: bool,
) -> Result<(), Failure> {
    let is_empty = ledger.position().await.map_err(Failure::plain)? == 0;
    if allow_empty || !is_empty || !has_ledger(data) {
        return Ok(());
    }
    Err(Failure::hinted(
        Forgotten(data.join(DATABASE)),
        "take it over with `crossdock migrate`; or, to begin anew, start once with --empty-database",
    ))
}

/// Refuses to begin with an empty ledger beside archives that one once named: who
/// lost the database wants it back, not a registry that has forgotten everything.
fn refuse_lost_database(data: &Path, allow_empty: bool) -> Result<(), Failure> {
    let (database, blobs) = (data.join(DATABASE), data.join(BLOBS));
    if allow_empty || database.exists() || !has_archives(&blobs) {
        return Ok(());
    }
    Err(Failure::hinted(
        Lost { database, blobs },
        "bring the database back from a backup; or, to begin anew and keep the archives, \
         start once with --empty-database",
    ))
}

/// Tells whether any folder of a store of archives has a file in it.
fn has_archives(blobs: &Path) -> bool {
    let folders = std::fs::read_dir(blobs).into_iter().flatten().flatten();
    let mut folders = folders.filter(|folder| folder.file_name() != "incoming");
    folders.any(|folder| {
        std::fs::read_dir(folder.path()).is_ok_and(|mut files| files.next().is_some())
    })
}

/// The time of day to the second; 1970 where the machine's clock makes no sense.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let seconds = i64::try_from(since.unwrap_or_default().as_secs()).unwrap_or_default();
    Timestamp::from_unix_seconds(seconds)
        .or_else(|| Timestamp::from_unix_seconds(0))
        .expect("1970 is a year between 0 and 9999")
}

/// The settings lead to an empty ledger, and there is another one.
#[derive(Debug, thiserror::Error)]
#[error("`database` is empty, and {} is the ledger so far", .0.display())]
struct Forgotten(PathBuf);

/// There are archives, and no database that names them.
#[derive(Debug, thiserror::Error)]
#[error(
    "the database {} is gone, and {} holds archives that it named",
    database.display(),
    blobs.display()
)]
struct Lost {
    database: PathBuf,
    blobs: PathBuf,
}

/// There is nothing to look at.
#[derive(Debug, thiserror::Error)]
#[error("the data folder {subject} cannot be opened")]
struct NoData {
    subject: String,
    source: std::io::Error,
}

/// A restore did not come to its end.
#[derive(Debug, thiserror::Error)]
#[error("a restore into {} was begun and is not done", .0.display())]
struct HalfRestored(PathBuf);
