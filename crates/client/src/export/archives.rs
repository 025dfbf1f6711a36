//! Archives that are not there are fetched and written, several at once.

use super::contents::{Exported, Format, Source};
use super::error::ExportError;
use super::fetch::{self, Found, Step};
use super::origin::Origins;
use super::place::Place;
use super::there::{address, fault};
use super::{layout, vendor};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use std::path::PathBuf;
use std::sync::Arc;

/// Archives fetched and written at once; each is in memory as a whole.
const ARCHIVES_AT_ONCE: usize = 8;

/// Fetches what is not there; returns how many bytes each had.
pub(super) async fn fetch_missing(
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
