//! Whether an export is still what it says: every byte, its configuration, and what
//! locks need of it.
//!
//! Nothing is asked of any server and nothing is written.
//!
//! Absent: mending, which another `crossdock export` does.

use super::closure::closure;
use super::contents::{Contents, Format, Source};
use super::edges::Held;
use super::error::ExportError;
use super::place::Place;
use super::there::{fault, strays};
use super::{configuration, git, index_files, layout};
use crossdock_core::checksum::Checksum;
use crossdock_wire::lockfile::Lockfile;
use serde::Serialize;
use std::path::Path;

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The path below the export, or the release of the lock.
    pub at: String,
    /// What is wrong.
    pub what: String,
}

/// What a check saw.
#[derive(Clone, Debug, Serialize)]
pub struct Verified {
    /// How many releases were read.
    pub releases: usize,
    /// What is not as it should be.
    pub findings: Vec<Finding>,
}

/// Reads all of an export; `step` is told how many releases of how many.
///
/// # Errors
/// [`ExportError`] if there is no export, or it cannot be read.
pub fn verify(
    out: &Path,
    locks: &[Lockfile],
    step: &dyn Fn(usize, usize),
) -> Result<Verified, ExportError> {
    let (place, contents) = Place::look(out)?;
    let mut findings = Vec::new();
    let of = contents.sources.iter().map(|it| it.releases.len()).sum();
    let mut done = 0;
    for source in &contents.sources {
        for exported in &source.releases {
            let path = layout::release(contents.format, source, &exported.release);
            if let Some(what) = fault(&place, contents.format, source, exported)? {
                findings.push(Finding { at: path, what });
            }
            done += 1;
            step(done, of);
        }
        if contents.format != Format::Directory {
            index(&place, &contents, source, &mut findings)?;
        }
        if contents.full {
            outdated(&place, &contents, source, &mut findings)?;
        }
    }
    for (path, text) in configuration::files(&contents, place.root()) {
        same(&place, path, &text, MOVED, &mut findings)?;
    }
    findings.extend(left_over(&strays(&place, &contents)?));
    let held = Held::of_export(&contents);
    for lacking in contents.sources.iter().flat_map(|it| held.lacking(it)) {
        let what = format!(
            "needs {}, which is in no folder; cargo builds that only if the project's [patch] has it",
            lacking.needs
        );
        let at = lacking.dependent;
        findings.push(Finding { at, what });
    }
    lacking(&contents, locks, &mut findings);
    Ok(Verified {
        releases: done,
        findings,
    })
}

/// What to do about addresses of before.
const MOVED: &str = "is not what this export needs where it is now; --relocate writes it anew";

/// Tells of all that is not of the export at once: an export that was interrupted leaves
/// hundreds of files.
fn left_over(strays: &[String]) -> Option<Finding> {
    let (first, others) = strays.split_first()?;
    let (at, is) = match others.len() {
        0 => (first.clone(), "is"),
        more => (format!("{first} and {more} more"), "are"),
    };
    let what = format!(
        "{is} not of this export: left by one that did not come to its end, which the same \
         `crossdock export` finishes, or put there by hand; --prune removes what no lock needs"
    );
    Some(Finding { at, what })
}

fn same(
    place: &Place,
    path: &str,
    expected: &str,
    otherwise: &str,
    findings: &mut Vec<Finding>,
) -> Result<(), ExportError> {
    let what = match place.read(path)? {
        Some(text) if text == expected.as_bytes() => return Ok(()),
        Some(_) => otherwise.to_owned(),
        None => "is not there".to_owned(),
    };
    let at = path.to_owned();
    findings.push(Finding { at, what });
    Ok(())
}

fn index(
    place: &Place,
    contents: &Contents,
    source: &Source,
    findings: &mut Vec<Finding>,
) -> Result<(), ExportError> {
    for (path, expected) in index_files::files(source, None) {
        let text = place.read(&path)?.unwrap_or_default();
        let is_as_written = contents
            .written
            .get(&path)
            .map(|sum| Checksum::of(&text) == *sum);
        let text = String::from_utf8_lossy(&text);
        // A full index goes on with rows that must not be chosen.
        let rest = text.strip_prefix(expected.as_str());
        let right = match contents.full {
            true => {
                is_as_written != Some(false) && rest.is_some_and(|rest| rest.lines().all(is_yanked))
            }
            false => rest == Some(""),
        };
        if !right {
            let what = "does not have the rows of what is there".to_owned();
            findings.push(Finding { at: path, what });
        }
    }
    if let Some(config) = index_files::config(contents, source, place.root()) {
        same(
            place,
            &layout::config_json(source),
            &config,
            MOVED,
            findings,
        )?;
    }
    let folder = format!("{}/index", layout::folder(source));
    if contents.format == Format::Git
        && let Some(what) = git::fault(&place.root().join(&folder))?
    {
        findings.push(Finding { at: folder, what });
    }
    Ok(())
}

/// Holds the files that show what is newer against what was written.
fn outdated(
    place: &Place,
    contents: &Contents,
    source: &Source,
    findings: &mut Vec<Finding>,
) -> Result<(), ExportError> {
    let below = format!("{}/", layout::outdated_folder(source));
    let paths = index_files::full(contents.format, source).into_iter();
    for path in paths.filter(|path| path.starts_with(&below)) {
        let what = match (place.read(&path)?, contents.written.get(&path)) {
            (None, _) => "is not there",
            (Some(bytes), Some(sum)) if Checksum::of(&bytes) != *sum => {
                "is not what was written there"
            }
            _ => continue,
        };
        let what = what.to_owned();
        findings.push(Finding { at: path, what });
    }
    Ok(())
}

fn is_yanked(row: &str) -> bool {
    super::contents::read_row(row).is_ok_and(|row| row.release.yanked)
}

/// Finds what locks need and the export does not have as it is locked.
fn lacking(contents: &Contents, locks: &[Lockfile], findings: &mut Vec<Finding>) {
    for (identity, wanted) in closure(locks).wanted {
        let source = contents.sources.iter().find(|it| it.identity == identity);
        for wanted in wanted {
            let held = source.and_then(|source| source.release(&wanted.name, &wanted.version));
            let what = match (held, &wanted.checksum) {
                (None, _) => "is in the lock and not in the export",
                (Some(held), Some(sum)) if held.release.checksum != *sum => {
                    "has another checksum in the lock than in the export"
                }
                _ => continue,
            };
            findings.push(Finding {
                at: format!("{} {} ({identity})", wanted.name, wanted.version),
                what: what.to_owned(),
            });
        }
    }
}
