//! What lies in the folder, held against what should lie there.
//!
//! Absent: what is done about it, which is to fetch it, to prune it or to tell of it.

use super::contents::{Contents, Exported, Format, Source};
use super::error::ExportError;
use super::place::{Place, files_below};
use super::{index_files, layout, vendor};
use crossdock_core::address::Address;
use crossdock_core::checksum::Checksum;
use std::collections::BTreeSet;

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

pub(super) fn address(source: &Source) -> Result<Address, ExportError> {
    Address::parse(&source.identity).map_err(|error| {
        ExportError::Origin(super::origin::OriginError::Source {
            source_text: source.identity.clone(),
            why: error.to_string(),
        })
    })
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
    let full = |source| index_files::full(contents.format, source);
    let all: BTreeSet<_> = match contents.full {
        true => contents.sources.iter().flat_map(full).collect(),
        false => BTreeSet::new(),
    };
    let below = files_below(place, layout::ALL)?;
    strays.extend(below.into_iter().filter(|path| !all.contains(path)));
    Ok(strays)
}

fn crate_folder(path: &str) -> String {
    let parts: Vec<_> = path.splitn(4, '/').take(3).collect();
    parts.join("/")
}
