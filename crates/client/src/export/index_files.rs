//! The index of an export: rows of what is there, or of all there is.
//!
//! A local registry whose index lists what it has no bytes of makes cargo choose it and
//! fail on opening the file (measured); so in a full index such rows are yanked, which
//! new locks pass over, and the rows as they were served lie in an index of their own.
//!
//! Absent: files and requests.

use super::contents::{Contents, Exported, Format, Source};
use super::layout;
use crossdock_core::name::CrateName;
use crossdock_wire::config_json::{self, ConfigJson};
use crossdock_wire::{index_file, index_line};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use url::Url;

/// The rows of names as they were served, by name.
pub type Served = BTreeMap<CrateName, Vec<Exported>>;

/// Reads what was served for a name; rows that no cargo could use are left out.
pub fn read(bytes: &[u8], name: &CrateName) -> Vec<Exported> {
    let read = index_file::decode(bytes, &name.index_name(), &super::contents::target_of);
    let rows = read.rows.into_iter();
    rows.map(|(row, release)| Exported { row, release })
        .collect()
}

/// Returns the index files of a source, by path; with `served`, those names have all
/// versions, the ones that are not there yanked.
pub fn files(source: &Source, served: Option<&Served>) -> BTreeMap<String, String> {
    let folder = layout::folder(source);
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    for exported in &source.releases {
        let path = layout::index_file(&folder, &exported.release.name);
        files
            .entry(path)
            .or_default()
            .push_str(&line(&exported.row));
    }
    for (name, rows) in served.into_iter().flatten() {
        let path = layout::index_file(&folder, name);
        let missing = rows.iter().filter(|it| {
            source
                .release(&it.release.name, &it.release.version)
                .is_none()
        });
        let file = files.entry(path).or_default();
        for exported in missing {
            // The row was read before, so it is an object.
            if let Ok(row) = index_line::with_yanked(&exported.row, true) {
                file.push_str(&line(&row));
            }
        }
    }
    files
}

/// Returns index files with what was served and nothing else, by path.
pub fn outdated(source: &Source, served: &Served) -> BTreeMap<String, String> {
    let folder = layout::outdated_folder(source);
    let file = |(name, rows): (&CrateName, &Vec<Exported>)| {
        let text: String = rows.iter().map(|it| line(&it.row)).collect();
        (layout::index_file(&folder, name), text)
    };
    served.iter().map(file).collect()
}

/// Returns the paths of the files of a source that list all versions there are.
pub fn full(format: Format, source: &Source) -> BTreeSet<String> {
    let outdated = layout::outdated_folder(source);
    let usual = (format != Format::Directory).then(|| layout::folder(source));
    let folders = usual.into_iter().chain([outdated]);
    let names = || source.releases.iter().map(|it| &it.release.name);
    folders
        .flat_map(|folder| names().map(move |name| layout::index_file(&folder, name)))
        .collect()
}

fn line(row: &str) -> String {
    format!("{row}\n")
}

/// Returns the `config.json` of a source, in the formats that have one. `root` is where
/// the export is.
pub fn config(contents: &Contents, source: &Source, root: &Path) -> Option<String> {
    let below = match (contents.format, &contents.base_url) {
        (Format::LocalRegistry | Format::Directory, _) => return None,
        (Format::Sparse | Format::Git, Some(base)) => base.clone(),
        (Format::Sparse | Format::Git, None) => Url::from_directory_path(root).ok()?.into(),
    };
    let dl = format!(
        "{}/{}/{}",
        below.trim_end_matches('/'),
        layout::folder(source),
        layout::TEMPLATE
    );
    Some(config_json::encode(&ConfigJson {
        dl,
        api: None,
        auth_required: false,
        crossdock: None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::contents::read_row;

    fn row(name: &str, version: &str) -> Exported {
        let sum = "0".repeat(64);
        read_row(&format!(
            r#"{{"name":"{name}","vers":"{version}","deps":[],"cksum":"{sum}","features":{{}},"yanked":false}}"#
        ))
        .unwrap()
    }

    #[test]
    fn what_is_not_there_is_yanked() {
        let mut source = Source {
            identity: String::new(),
            called: "main".to_owned(),
            releases: Vec::new(),
        };
        source.put(row("foo", "1.0.0"));
        source.put(row("bar", "1.0.0"));
        let foo = row("foo", "1.0.0").release.name;
        let served = Served::from([(foo, vec![row("foo", "1.0.0"), row("foo", "2.0.0")])]);
        let pruned = files(&source, None);
        assert_eq!(pruned["sources/main/index/3/f/foo"].lines().count(), 1);
        let full = files(&source, Some(&served));
        assert_eq!(
            full["sources/main/index/3/b/bar"],
            pruned["sources/main/index/3/b/bar"]
        );
        let lines: Vec<_> = full["sources/main/index/3/f/foo"].lines().collect();
        assert!(lines[0].contains("1.0.0") && lines[0].contains(r#""yanked":false"#));
        assert!(lines[1].contains("2.0.0") && lines[1].contains(r#""yanked":true"#));
        let outdated = outdated(&source, &served);
        assert_eq!(outdated.len(), 1);
        assert!(!outdated["outdated/main/index/3/f/foo"].contains("true"));
    }
}
