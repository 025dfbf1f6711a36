//! An export, from locks to a folder that is finished.
//!
//! Archives first, then the index, then the configuration, then the description: an
//! export that is interrupted is still the old one, with more files, and the next run
//! fetches only what is missing. What the locks do not need any more stays, rows and
//! bytes, until somebody says `prune`: whoever has an older lock builds on.
//!
//! Absent: what is asked of whom (`fetch.rs`), what lies there already (`there.rs`,
//! `earlier.rs`), what files say.

use super::archives::fetch_missing;
use super::closure::closure;
use super::contents::{Contents, Format};
use super::earlier::{keep, prune, unneeded};
use super::edges;
use super::error::ExportError;
use super::fetch::{self, Step};
use super::finish::finish;
use super::layout;
use super::origin::Origins;
use super::place::Place;
use super::report::{Report, report};
use crate::server::Server;
use crossdock_wire::lockfile::Lockfile;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What is to be exported, and how.
#[derive(Clone, Debug)]
pub struct Wish {
    /// The locks.
    pub locks: Vec<Lockfile>,
    /// What the projects of the locks call registries: name and address. They outrank the
    /// server's own names.
    pub names: BTreeMap<String, String>,
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
        registries: registries(origins, wish, old.as_ref()),
        sources: found.iter().map(|found| found.source.clone()).collect(),
        elsewhere: edges::names_elsewhere(&closure),
        written: old.iter().flat_map(|old| old.written.clone()).collect(),
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
    finish(&place, &mut contents, &found)?;
    if wish.prune {
        prune(&place, &contents, old.as_ref())?;
    }
    Ok(report(
        &place, &contents, closure, &fetched, &unneeded, wish,
    ))
}

/// Names registries as the projects do, else as the server does, else as before.
fn registries(origins: &Origins, wish: &Wish, old: Option<&Contents>) -> BTreeMap<String, String> {
    let old = old.filter(|_| !wish.prune);
    let mut registries = old.map_or_else(BTreeMap::new, |old| old.registries.clone());
    registries.extend(origins.registries().clone());
    registries.extend(wish.names.clone());
    registries
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
    finish(&place, &mut contents, &[])?;
    Ok(place.root().join(layout::CONFIG))
}
