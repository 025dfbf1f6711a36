//! What an older export has beyond a new one: it stays, is refused, or is pruned.

use super::contents::{Contents, Exported, Format, Source};
use super::error::ExportError;
use super::place::Place;
use super::there::{fault, strays};
use super::{git, layout};

/// A release that is there and that no lock needs.
pub(super) struct Unneeded {
    pub(super) identity: String,
    called: String,
    pub(super) exported: Exported,
}

/// Finds what an old export has beyond a new one and is still whole.
pub(super) fn unneeded(
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
pub(super) fn keep(contents: &mut Contents, unneeded: &[Unneeded]) {
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

/// Removes what is not of the export any more.
pub(super) fn prune(
    place: &Place,
    contents: &Contents,
    old: Option<&Contents>,
) -> Result<(), ExportError> {
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
