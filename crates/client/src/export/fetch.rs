//! Rows and archives, asked for as cargo does: some at once, more than once if need be.
//!
//! Absent: what is kept of them.

use super::closure::{Closure, Wanted};
use super::contents::{Exported, Source};
use super::edges::Held;
use super::error::ExportError;
use super::index_files::{self, Served};
use super::origin::{Origin, Origins};
use crate::server::{AskError, Server};
use crossdock_core::checksum::Checksum;
use crossdock_core::name::CrateName;
use crossdock_wire::{config_json, download_template, index_path};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use std::collections::BTreeSet;
use std::future::Future;
use std::time::Duration;
use url::Url;

/// Index files asked for at once: a page or two each.
const ROWS_AT_ONCE: usize = 16;

/// Largest index file, in bytes: the largest of crates.io has some 10 MB.
const INDEX_BYTES_MAX: usize = 128 * 1024 * 1024;

/// Largest archive, in bytes: what cargo would unpack at most.
const ARCHIVE_BYTES_MAX: usize = 512 * 1024 * 1024;

/// How long to wait before asking again, for each time: a server that says 503 means a
/// second, a dropped connection less.
const PAUSES: [Duration; 3] = [
    Duration::from_millis(300),
    Duration::from_secs(1),
    Duration::from_secs(3),
];

/// How far it is.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// Index files: this many of so many are there.
    Rows(usize, usize),
    /// Archives: this many of so many are there.
    Archives(usize, usize),
}

/// What a source has of a lock.
#[derive(Debug)]
pub struct Found {
    /// The source with the releases of the lock.
    pub source: Source,
    /// All rows of the names in it.
    pub served: Served,
    /// What is not there as it is locked, in words.
    missing: Vec<String>,
    server: Server,
    download: String,
}

/// Asks for the rows of all that is wanted.
///
/// # Errors
/// [`ExportError::Missing`] lists all that is not there as it is locked.
pub async fn rows(
    server: &Server,
    origins: &Origins,
    closure: &Closure,
    step: &dyn Fn(Step),
) -> Result<Vec<Found>, ExportError> {
    let of: usize = closure.wanted.values().map(|it| names(it).len()).sum();
    let (mut all, mut missing, mut done) = (Vec::new(), Vec::new(), 0);
    let held = Held::of_locks(closure);
    for (identity, wanted) in &closure.wanted {
        let origin = origins.of(identity)?;
        let mut ask = || {
            done += 1;
            step(Step::Rows(done.min(of), of));
        };
        let mut found = read(server, &origin, identity, wanted, &mut ask).await?;
        let lacks = |found: &Found| held.lacking(&found.source).len() + found.missing.len();
        // The lock may have been made by rows of the face (`setup --faces`).
        if let (Some(face), true) = (origin.face, lacks(&found) > 0) {
            let index = face;
            let origin = Origin {
                index,
                face: None,
                called: origin.called,
            };
            let by_face = read(server, &origin, identity, wanted, &mut ask).await;
            if let Some(by_face) = by_face.ok().filter(|it| lacks(it) < lacks(&found)) {
                found = by_face;
            }
        }
        missing.append(&mut found.missing);
        all.push(found);
    }
    match missing.is_empty() {
        true => Ok(all),
        false => Err(ExportError::Missing(missing)),
    }
}

/// Asks one source for what is wanted of it.
async fn read(
    server: &Server,
    origin: &Origin,
    identity: &str,
    wanted: &[Wanted],
    step: &mut impl FnMut(),
) -> Result<Found, ExportError> {
    let server = server.for_address(&origin.index)?;
    let download = download_template(&server, origin).await?;
    let mut served = Served::new();
    let mut asked = stream::iter(names(wanted))
        .map(|name| entry(&server, &origin.index, name))
        .buffer_unordered(ROWS_AT_ONCE);
    while let Some((name, rows)) = asked.try_next().await? {
        step();
        served.insert(name, rows);
    }
    drop(asked);
    let mut source = Source {
        identity: identity.to_owned(),
        called: origin.called.clone(),
        releases: Vec::new(),
    };
    let mut missing = Vec::new();
    for wanted in wanted {
        match locked(wanted, &served, identity) {
            Ok(exported) => source.put(exported),
            Err(why) => missing.push(why),
        }
    }
    Ok(Found {
        source,
        served,
        missing,
        server,
        download,
    })
}

fn names(wanted: &[Wanted]) -> BTreeSet<CrateName> {
    wanted.iter().map(|it| it.name.clone()).collect()
}

/// Fetches an archive and holds it against its row.
///
/// # Errors
/// [`ExportError::Corrupt`] if it never had the right checksum.
pub async fn archive(
    found: &Found,
    origins: &Origins,
    wanted: &Exported,
) -> Result<Vec<u8>, ExportError> {
    let row = &wanted.release;
    let given = download_template::expand(&found.download, &row.name, &row.version, &row.checksum);
    let url = origins.asked(&given).map_err(|error| AskError::Nonsense {
        url: given,
        why: error.to_string(),
    })?;
    patiently(|| async {
        let bytes = found.server.file(&url, ARCHIVE_BYTES_MAX).await?;
        let sum = row.checksum;
        let hashed = tokio::task::spawn_blocking(move || (Checksum::of(&bytes) == sum, bytes));
        match hashed.await {
            Ok((true, bytes)) => Ok(bytes),
            _ => Err(ExportError::Corrupt(format!(
                "{} {}",
                row.name, row.version
            ))),
        }
    })
    .await
}

async fn download_template(server: &Server, origin: &Origin) -> Result<String, ExportError> {
    let url = below(&origin.index, "config.json")?;
    let bytes = patiently(|| async { Ok(server.file(&url, config_json::CONFIG_BYTES_MAX).await?) });
    let config = config_json::decode(&bytes.await?).map_err(|error| AskError::Nonsense {
        url: url.to_string(),
        why: error.to_string(),
    })?;
    Ok(config.dl)
}

/// Asks for the rows of a name; a name that is not there has none.
async fn entry(
    server: &Server,
    index: &Url,
    name: CrateName,
) -> Result<(CrateName, Vec<Exported>), ExportError> {
    let url = below(index, &index_path::path(&name.index_name()))?;
    let asked = patiently(|| async { Ok(server.file(&url, INDEX_BYTES_MAX).await?) });
    match asked.await {
        Ok(bytes) => {
            let rows = index_files::read(&bytes, &name);
            Ok((name, rows))
        }
        Err(ExportError::Ask(AskError::Absent { .. })) => Ok((name, Vec::new())),
        Err(error) => Err(error),
    }
}

/// Finds the row of what is wanted, as it is locked.
fn locked(wanted: &Wanted, served: &Served, identity: &str) -> Result<Exported, String> {
    let Wanted {
        name,
        version,
        checksum,
    } = wanted;
    let rows = served.get(name).map(Vec::as_slice).unwrap_or_default();
    let row = rows.iter().find(|it| it.release.version == *version);
    let row = row.ok_or_else(|| format!("{name} {version} of {identity} is not there"))?;
    match checksum {
        Some(locked) if *locked != row.release.checksum => Err(format!(
            "{name} {version} of {identity} is locked with the checksum {locked}, and there it is {} \
             (if that build is meant, `crossdock lock refresh {name}` brings the lock to it)",
            row.release.checksum
        )),
        None => Err(format!(
            "{name} {version} of {identity} has no checksum in the lock, so cargo would not build \
             it with --locked (`cargo generate-lockfile` or `cargo update {name}` writes one)"
        )),
        _ => Ok(row.clone()),
    }
}

fn below(index: &Url, path: &str) -> Result<Url, AskError> {
    index.join(path).map_err(|error| AskError::Nonsense {
        url: index.to_string(),
        why: error.to_string(),
    })
}

/// Asks again while there is hope.
async fn patiently<T, F>(ask: impl Fn() -> F) -> Result<T, ExportError>
where
    F: Future<Output = Result<T, ExportError>>,
{
    for pause in PAUSES {
        match ask().await {
            Err(ExportError::Ask(error)) if error.may_pass() => {}
            Err(ExportError::Corrupt(_)) => {}
            answered => return answered,
        }
        tokio::time::sleep(pause).await;
    }
    ask().await
}
