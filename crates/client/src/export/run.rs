//! An export, from locks to a folder that is finished.
//!
//! Archives first, then the index, then the configuration, then the description: an
//! export that is interrupted is still the old one, with more files, and the next run
//! fetches only what is missing. What the locks do not need any more stays, rows and
//! bytes, until somebody says `prune`: whoever has an older lock builds on.
//!
//! Absent: what is asked of whom (`fetch.rs`), what files say.

use super::closure::{Closure, closure};
use super::contents::{self, Contents, Exported, Format, Source};
use super::edges::{self, Held};
use super::error::ExportError;
use super::fetch::{self, Found, Step};
use super::origin::Origins;
use super::place::{Place, files_below};
use super::{configuration, git, index_files, layout, vendor};
use crate::server::Server;
use crossdock_core::address::Address;
use crossdock_core::checksum::Checksum;
use crossdock_wire::lockfile::Lockfile;
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use serde::Serialize;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Archives fetched and written at once; each is in memory as a whole.
const ARCHIVES_AT_ONCE: usize = 8;

/// What is to be exported, and how.
#[derive(Clone, Debug)]
pub struct Wish {
    /// The locks.
    pub locks: Vec<Lockfile>,
    /// How it shall lie there.
    pub format: Format,
    /// Whether the index shall have all versions.
    pub full: bool,
    /// The address below which a web server will show it.
    pub base_url: Option<String>,
    /// The folder.
    pub out: PathBuf,
    /// Whether what the locks do not need goes.
    pub prune: bool,
    /// What is told of where it is from.
    pub from: String,
    /// The epoch, told likewise.
    pub epoch: Option<u64>,
}

/// What became of an export.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The file that cargo is given.
    pub config: PathBuf,
    /// How it lies there.
    pub format: Format,
    /// The sources.
    pub sources: Vec<SourceReport>,
    /// Releases of the locks.
    pub releases: usize,
    /// How many of them were fetched now.
    pub fetched: usize,
    /// The bytes of their archives.
    pub fetched_bytes: u64,
    /// What is there and no lock needs; removed if it was wished.
    pub unneeded: Vec<String>,
    /// Whether that was removed.
    pub pruned: bool,
    /// Members of workspaces and path dependencies, which are where they are.
    pub local: Vec<String>,
    /// What is from git repositories and elsewhere, and not in the export.
    pub left: Vec<String>,
    /// Dependencies that rows lead to where the export has nothing for them.
    pub unmet: Vec<String>,
}

/// One source of an export.
#[derive(Clone, Debug, Serialize)]
pub struct SourceReport {
    /// The address that locks have.
    pub identity: String,
    /// Its folder below the export.
    pub folder: String,
    /// How many releases are there.
    pub releases: usize,
}

/// Makes an export, or brings one up to date.
///
/// # Errors
/// [`ExportError`]; an export that was there can be used as before.
pub async fn export(
    server: &Server,
    origins: &Origins,
    wish: &Wish,
    step: &dyn Fn(Step),
) -> Result<Report, ExportError> {
    let closure = closure(&wish.locks);
    let place = Arc::new(Place::open(&wish.out)?);
    let old = match place.contents() {
        // What it said is not needed for what is to be alone.
        Err(ExportError::Contents(_)) if wish.prune => None,
        old => old?,
    };
    let found = fetch::rows(server, origins, &closure, step).await?;
    let mut contents = Contents {
        format: wish.format,
        full: wish.full,
        base_url: wish.base_url.clone(),
        from: wish.from.clone(),
        epoch: wish.epoch,
        registries: origins.registries().clone(),
        sources: found.iter().map(|found| found.source.clone()).collect(),
        elsewhere: edges::names_elsewhere(&closure),
    };
    let unneeded = match &old {
        Some(old) => unneeded(&place, old, &contents, wish.prune)?,
        None => Vec::new(),
    };
    let fetched = fetch_missing(&place, origins, wish.format, &found, step).await?;
    if !wish.prune {
        keep(&mut contents, &unneeded);
        contents
            .elsewhere
            .extend(old.iter().flat_map(|old| old.elsewhere.clone()));
    }
    finish(&place, &contents, &found)?;
    if wish.prune {
        prune(&place, &contents, old.as_ref())?;
    }
    Ok(report(
        &place, &contents, closure, &fetched, &unneeded, wish,
    ))
}

/// Writes the configuration of an export anew where it is now, and the addresses that
/// say so. `base_url` replaces that of before.
///
/// # Errors
/// [`ExportError`].
pub fn relocate(out: &Path, base_url: Option<String>) -> Result<PathBuf, ExportError> {
    Place::look(out)?;
    let place = Place::open(out)?;
    let Some(mut contents) = place.contents()? else {
        let why = "is no export".to_owned();
        let path = out.to_owned();
        return Err(ExportError::Folder { path, why });
    };
    contents.base_url = base_url.or(contents.base_url);
    finish(&place, &contents, &[])?;
    Ok(place.root().join(layout::CONFIG))
}

/// A release that is there and that no lock needs.
struct Unneeded {
    identity: String,
    called: String,
    exported: Exported,
}

/// Finds what an old export has beyond a new one and is still whole.
fn unneeded(
    place: &Place,
    old: &Contents,
    new: &Contents,
    prune: bool,
) -> Result<Vec<Unneeded>, ExportError> {
    let refuse = |why: String| ExportError::Folder {
        path: place.root().to_owned(),
        why,
    };
    if old.format != new.format {
        return Err(refuse(format!(
            "holds an export in the format {}; name another folder",
            old.format.word()
        )));
    }
    let mut all = Vec::new();
    for was in &old.sources {
        let other = new
            .sources
            .iter()
            .find(|is| is.called == was.called && is.identity != was.identity);
        if let (Some(other), false) = (other, prune) {
            return Err(refuse(format!(
                "has {} in sources/{}, where {} is to be; name another folder, or give the old \
                 one up with --prune",
                was.identity, was.called, other.identity
            )));
        }
        let is = new.sources.iter().find(|is| is.identity == was.identity);
        for exported in &was.releases {
            let release = &exported.release;
            let needed = is.and_then(|is| is.release(&release.name, &release.version));
            let rebuilt = needed.filter(|it| it.release.checksum != release.checksum);
            if rebuilt.is_some() && !prune && fault(place, old.format, was, exported)?.is_none() {
                return Err(refuse(format!(
                    "has another build of {} {} ({}) than the lock, and older locks build from \
                     it; name another folder, or give the old one up with --prune",
                    release.name, release.version, was.identity
                )));
            }
            if needed.is_none() && (prune || fault(place, old.format, was, exported)?.is_none()) {
                all.push(Unneeded {
                    identity: was.identity.clone(),
                    called: was.called.clone(),
                    exported: exported.clone(),
                });
            }
        }
    }
    Ok(all)
}

/// Adds what no lock needs any more to what is there.
fn keep(contents: &mut Contents, unneeded: &[Unneeded]) {
    for kept in unneeded {
        let of = |source: &Source| source.identity == kept.identity;
        let place = contents.sources.iter().position(of).unwrap_or_else(|| {
            contents.sources.push(Source {
                identity: kept.identity.clone(),
                called: kept.called.clone(),
                releases: Vec::new(),
            });
            contents.sources.len() - 1
        });
        contents.sources[place].put(kept.exported.clone());
    }
}

/// Says what is wrong with a release that should be there; nothing if it is.
///
/// # Errors
/// [`ExportError::System`].
pub(crate) fn fault(
    place: &Place,
    format: Format,
    source: &Source,
    exported: &Exported,
) -> Result<Option<String>, ExportError> {
    let path = layout::release(format, source, &exported.release);
    if format == Format::Directory {
        let identity = address(source)?;
        return vendor::fault(place, &path, &exported.release, &identity);
    }
    Ok(match place.read(&path)? {
        None => Some("is not there".to_owned()),
        Some(bytes) if Checksum::of(&bytes) == exported.release.checksum => None,
        Some(_) => Some("does not have the checksum of its row".to_owned()),
    })
}

fn address(source: &Source) -> Result<Address, ExportError> {
    Address::parse(&source.identity).map_err(|error| {
        ExportError::Origin(super::origin::OriginError::Source {
            source_text: source.identity.clone(),
            why: error.to_string(),
        })
    })
}

/// Fetches what is not there; returns how many bytes each had.
async fn fetch_missing(
    place: &Arc<Place>,
    origins: &Origins,
    format: Format,
    found: &[Found],
    step: &dyn Fn(Step),
) -> Result<Vec<usize>, ExportError> {
    let wanted: Vec<_> = found
        .iter()
        .flat_map(|found| found.source.releases.iter().map(move |it| (found, it)))
        .collect();
    let (of, mut done, mut fetched) = (wanted.len(), 0, Vec::new());
    let mut running = stream::iter(wanted)
        .map(|(found, exported)| one(place, origins, format, found, exported))
        .buffer_unordered(ARCHIVES_AT_ONCE);
    while let Some(bytes) = running.try_next().await? {
        done += 1;
        step(Step::Archives(done, of));
        fetched.extend(bytes);
    }
    Ok(fetched)
}

/// Sees that one release is there; returns the bytes of its archive if it was fetched.
async fn one(
    place: &Arc<Place>,
    origins: &Origins,
    format: Format,
    found: &Found,
    exported: &Exported,
) -> Result<Option<usize>, ExportError> {
    // What is read is large, and what is asked of the source is its names.
    let source = Source {
        releases: Vec::new(),
        ..found.source.clone()
    };
    let looked = {
        let (place, source, exported) = (place.clone(), source.clone(), exported.clone());
        aside(move || fault(&place, format, &source, &exported)).await?
    };
    if looked.is_none() {
        return Ok(None);
    }
    let bytes = fetch::archive(found, origins, exported).await?;
    let length = bytes.len();
    let (place, release) = (place.clone(), exported.release.clone());
    aside(move || {
        let path = layout::release(format, &source, &release);
        match format {
            Format::Directory => {
                let tree = vendor::vendored(&bytes, &release, &address(&source)?)?;
                place.write_folder(&path, &tree)
            }
            Format::LocalRegistry | Format::Sparse | Format::Git => place.write(&path, &bytes),
        }
    })
    .await?;
    Ok(Some(length))
}

/// Hashes, unpacks and writes beside the requests that are under way.
async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ExportError> + Send + 'static,
) -> Result<T, ExportError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(error) => Err(ExportError::Folder {
                path: PathBuf::new(),
                why: format!("was left in the middle: {error}"),
            }),
        },
    }
}

/// Writes index, configuration and description.
fn finish(place: &Place, contents: &Contents, found: &[Found]) -> Result<(), ExportError> {
    for source in &contents.sources {
        let served = found
            .iter()
            .find(|it| it.source.identity == source.identity);
        let served = served.map(|it| &it.served).filter(|_| contents.full);
        if contents.format != Format::Directory {
            write_index(place, contents, source, served)?;
        }
        for (path, text) in served.map_or_else(Default::default, |served| {
            index_files::outdated(source, served)
        }) {
            place.write(&path, text.as_bytes())?;
        }
    }
    for (path, text) in configuration::files(contents, place.root()) {
        place.write(path, text.as_bytes())?;
    }
    if !contents.full {
        for path in [layout::OUTDATED, layout::INNER_OUTDATED, layout::ALL] {
            place.remove(path)?;
        }
    }
    place.write(contents::FILE_NAME, contents::encode(contents).as_bytes())?;
    place.finish()
}

fn write_index(
    place: &Place,
    contents: &Contents,
    source: &Source,
    served: Option<&index_files::Served>,
) -> Result<(), ExportError> {
    // A full file of a name that was not asked for now is still what was served.
    let asked: Option<BTreeSet<_>> = served.map(|served| {
        let folder = layout::folder(source);
        let names = served.keys();
        names
            .map(|name| layout::index_file(&folder, name))
            .collect()
    });
    for (path, text) in index_files::files(source, served) {
        let is_asked = asked.as_ref().is_none_or(|asked| asked.contains(&path));
        let pruned = !contents.full;
        if pruned || (is_asked && asked.is_some()) || place.read(&path)?.is_none() {
            place.write(&path, text.as_bytes())?;
        }
    }
    if let Some(config) = index_files::config(contents, source, place.root()) {
        place.write(&layout::config_json(source), config.as_bytes())?;
    }
    if contents.format == Format::Git {
        git::commit(&place.root().join(layout::folder(source)).join("index"))?;
    }
    Ok(())
}

/// Removes what is not of the export any more.
fn prune(place: &Place, contents: &Contents, old: Option<&Contents>) -> Result<(), ExportError> {
    for path in strays(place, contents)? {
        place.remove(&path)?;
    }
    for was in old.into_iter().flat_map(|old| &old.sources) {
        if !contents.sources.iter().any(|is| is.called == was.called) {
            place.remove(&layout::folder(was))?;
            place.remove(&layout::outdated_folder(was))?;
        }
    }
    for source in &contents.sources {
        if contents.format == Format::Git {
            git::commit(&place.root().join(layout::folder(source)).join("index"))?;
        }
    }
    place.finish()
}

/// Lists what lies among the sources and is not of the export: files, and in the format
/// `directory` whole folders of crates.
///
/// # Errors
/// [`ExportError::System`].
pub(crate) fn strays(place: &Place, contents: &Contents) -> Result<Vec<String>, ExportError> {
    let mut known: BTreeSet<String> = BTreeSet::new();
    for source in &contents.sources {
        for exported in &source.releases {
            known.insert(layout::release(contents.format, source, &exported.release));
        }
        if contents.format != Format::Directory {
            known.extend(index_files::files(source, None).into_keys());
            known.insert(layout::config_json(source));
        }
    }
    let is_known = |path: &str| match contents.format {
        // `sources/NAME/CRATE` of `sources/NAME/CRATE/…`; what is below is told by its
        // own checksums.
        Format::Directory => known.contains(&crate_folder(path)),
        Format::LocalRegistry | Format::Sparse | Format::Git => known.contains(path),
    };
    let mut strays: Vec<_> = files_below(place, layout::SOURCES)?
        .into_iter()
        .filter(|path| !is_known(path))
        .map(|path| match contents.format {
            Format::Directory => crate_folder(&path),
            Format::LocalRegistry | Format::Sparse | Format::Git => path,
        })
        .collect();
    strays.dedup();
    Ok(strays)
}

fn crate_folder(path: &str) -> String {
    let parts: Vec<_> = path.splitn(4, '/').take(3).collect();
    parts.join("/")
}

fn report(
    place: &Place,
    contents: &Contents,
    closure: Closure,
    fetched: &[usize],
    unneeded: &[Unneeded],
    wish: &Wish,
) -> Report {
    let source = |source: &Source| SourceReport {
        identity: source.identity.clone(),
        folder: layout::folder(source),
        releases: source.releases.len(),
    };
    let told = |it: &Unneeded| {
        let release = &it.exported.release;
        format!("{} {} ({})", release.name, release.version, it.identity)
    };
    let held = Held::of_export(contents);
    Report {
        config: place.root().join(layout::CONFIG),
        format: contents.format,
        sources: contents.sources.iter().map(source).collect(),
        releases: closure.wanted.values().map(Vec::len).sum(),
        fetched: fetched.len(),
        fetched_bytes: fetched.iter().map(|bytes| *bytes as u64).sum(),
        unneeded: unneeded.iter().map(told).collect(),
        pruned: wish.prune,
        local: closure.local,
        left: closure.left,
        unmet: contents
            .sources
            .iter()
            .flat_map(|source| held.lacking(source))
            .map(|lacking| format!("{} needs {}", lacking.dependent, lacking.needs))
            .collect(),
    }
}
