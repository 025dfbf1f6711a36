//! The last of an export: its index, its configuration, and its description.

use super::contents::{self, Contents, Format, Source};
use super::error::ExportError;
use super::fetch::Found;
use super::place::Place;
use super::{configuration, git, index_files, layout};
use std::collections::BTreeSet;

/// Writes index, configuration and description.
pub(super) fn finish(
    place: &Place,
    contents: &Contents,
    found: &[Found],
) -> Result<(), ExportError> {
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
