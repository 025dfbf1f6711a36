//! The last of an export: its index, its configuration, and its description.

use super::contents::{self, Contents, Format, Source};
use super::error::ExportError;
use super::fetch::Found;
use super::index_files::Served;
use super::place::Place;
use super::{configuration, git, index_files, layout};
use crossdock_core::checksum::Checksum;
use std::collections::{BTreeMap, BTreeSet};

/// Writes index, configuration and description, which then has the checksums of what it
/// does not say by itself.
pub(super) fn finish(
    place: &Place,
    contents: &mut Contents,
    found: &[Found],
) -> Result<(), ExportError> {
    let mut sums = BTreeMap::new();
    for source in &contents.sources {
        let served = found
            .iter()
            .find(|it| it.source.identity == source.identity);
        let served = served.map(|it| &it.served).filter(|_| contents.full);
        let mut new = BTreeSet::new();
        if contents.format != Format::Directory {
            new = write_index(place, contents, source, served)?;
        }
        for (path, text) in served.map_or_else(Default::default, |served| {
            index_files::outdated(source, served)
        }) {
            place.write(&path, text.as_bytes())?;
            new.insert(path);
        }
        if contents.full {
            sums.extend(of_full_index(place, contents, source, &new)?);
        }
    }
    contents.written = sums;
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

/// Writes the index; returns which of its files were written now.
fn write_index(
    place: &Place,
    contents: &Contents,
    source: &Source,
    served: Option<&Served>,
) -> Result<BTreeSet<String>, ExportError> {
    // A full file of a name that was not asked for now is still what was served.
    let asked: BTreeSet<_> = served.map_or_else(Default::default, |served| {
        let folder = layout::folder(source);
        let names = served.keys();
        names
            .map(|name| layout::index_file(&folder, name))
            .collect()
    });
    let mut new = BTreeSet::new();
    for (path, text) in index_files::files(source, served) {
        let pruned = !contents.full;
        if pruned || asked.contains(&path) || place.read(&path)?.is_none() {
            place.write(&path, text.as_bytes())?;
            new.insert(path);
        }
    }
    if let Some(config) = index_files::config(contents, source, place.root()) {
        place.write(&layout::config_json(source), config.as_bytes())?;
    }
    if contents.format == Format::Git {
        git::commit(&place.root().join(layout::folder(source)).join("index"))?;
    }
    Ok(new)
}

/// Sums up the files of a full index: those that are not `new` as they were written.
fn of_full_index(
    place: &Place,
    contents: &Contents,
    source: &Source,
    new: &BTreeSet<String>,
) -> Result<BTreeMap<String, Checksum>, ExportError> {
    let mut sums = BTreeMap::new();
    for path in index_files::full(contents.format, source) {
        let known = contents.written.get(&path).filter(|_| !new.contains(&path));
        let sum = match known {
            Some(known) => Some(*known),
            None => place.read(&path)?.map(|bytes| Checksum::of(&bytes)),
        };
        sums.extend(sum.map(|sum| (path, sum)));
    }
    Ok(sums)
}
