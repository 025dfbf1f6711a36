//! cargo's configuration for an export.
//!
//! Each identity is replaced by its folder, whatever the project's own configuration
//! says: what `--config` gives outranks it. Registries get their names too, since
//! manifests may say `registry = "NAME"`, and cargo must know the address to know what
//! is replaced.
//!
//! Absent: where the files lie (`layout.rs`), writing them.

use super::contents::{Contents, Format, Source};
use super::layout;
use super::origin::CRATES_IO;
use crossdock_core::address::CRATES_IO_IDENTITY;
use std::path::Path;
use toml_edit::{DocumentMut, Item, Table, value};
use url::Url;

/// Returns the configuration files of an export, by path. `root` is where the export is;
/// it gets into the text in the format `git` alone.
pub fn files(contents: &Contents, root: &Path) -> Vec<(&'static str, String)> {
    let usual = |source: &Source| place(contents, source, root);
    let mut files = vec![
        (layout::INNER_CONFIG, text(contents, USE, &usual)),
        (layout::CONFIG, leads_to(layout::INNER_CONFIG)),
    ];
    if contents.full {
        let all = |source: &Source| ("local-registry", layout::outdated_folder(source));
        files.push((layout::INNER_OUTDATED, text(contents, LOOK, &all)));
        files.push((layout::OUTDATED, leads_to(layout::INNER_OUTDATED)));
    }
    files
}

const USE: &str = "\
# Written by `crossdock export`, and written anew by the next one.
# Use: cargo --config DIR/config.toml build --locked --offline
";

const LOOK: &str = "\
# Written by `crossdock export`: all versions that there were, without their archives.
# Use: cargo --config DIR/outdated.toml update --dry-run --verbose --offline
";

fn leads_to(inner: &str) -> String {
    format!(
        "# Written by `crossdock export`. A cargo before 1.94 does not read `include`:\n\
         # give it the file named here.\n\
         include = [\"{inner}\"]\n"
    )
}

/// Where cargo finds a source: the key, and what it says.
fn place(contents: &Contents, source: &Source, root: &Path) -> (&'static str, String) {
    let folder = layout::folder(source);
    match (contents.format, &contents.base_url) {
        (Format::LocalRegistry, _) => ("local-registry", folder),
        (Format::Directory, _) => ("directory", folder),
        (Format::Sparse, base) => {
            let base = base.as_deref().unwrap_or_default().trim_end_matches('/');
            ("registry", format!("sparse+{base}/{folder}/index/"))
        }
        (Format::Git, _) => {
            let index = root.join(&folder).join("index");
            let url = Url::from_directory_path(index).map(String::from);
            let url = url.unwrap_or_default();
            ("registry", url.trim_end_matches('/').to_owned())
        }
    }
}

fn text(
    contents: &Contents,
    opening: &str,
    place: &dyn Fn(&Source) -> (&'static str, String),
) -> String {
    let mut document = DocumentMut::new();
    let mut registries = tables();
    for (name, index) in &contents.registries {
        registries.insert(name, table(&[("index", index.as_str())]));
    }
    if !contents.registries.is_empty() {
        document.insert("registries", Item::Table(registries));
    }
    let mut sources = tables();
    for source in &contents.sources {
        let stand_in = format!("crossdock-{}", source.called);
        let mut replaced = Vec::new();
        if source.identity != CRATES_IO_IDENTITY {
            replaced.push(("registry", source.identity.as_str()));
        }
        replaced.push(("replace-with", &stand_in));
        let called = match source.identity == CRATES_IO_IDENTITY {
            true => CRATES_IO,
            false => source.called.as_str(),
        };
        sources.insert(called, table(&replaced));
        let (key, there) = place(source);
        sources.insert(&stand_in, table(&[(key, there.as_str())]));
    }
    document.insert("source", Item::Table(sources));
    format!("{opening}\n{document}")
}

fn tables() -> Table {
    let mut tables = Table::new();
    tables.set_implicit(true);
    tables
}

fn table(lines: &[(&str, &str)]) -> Item {
    let mut table = Table::new();
    for (key, text) in lines {
        table.insert(key, value(*text));
    }
    Item::Table(table)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    fn contents(format: Format) -> Contents {
        let source = |identity: &str, called: &str| Source {
            identity: identity.to_owned(),
            called: called.to_owned(),
            releases: Vec::new(),
        };
        let main = "sparse+http://h/main/index/";
        Contents {
            format,
            full: true,
            base_url: (format == Format::Sparse).then(|| "https://static.example/x/".to_owned()),
            from: "main".to_owned(),
            epoch: None,
            registries: BTreeMap::from([("main".to_owned(), main.to_owned())]),
            sources: vec![
                source(CRATES_IO_IDENTITY, "crates-io"),
                source(main, "main"),
            ],
            elsewhere: BTreeSet::new(),
            written: BTreeMap::new(),
        }
    }

    fn inner(format: Format, at: usize) -> String {
        files(&contents(format), Path::new("/srv/it"))[at].1.clone()
    }

    #[test]
    fn paths_do_not_say_where_the_export_is() {
        insta::assert_snapshot!(inner(Format::Directory, 0), @r#"
        # Written by `crossdock export`, and written anew by the next one.
        # Use: cargo --config DIR/config.toml build --locked --offline

        [registries.main]
        index = "sparse+http://h/main/index/"

        [source.crates-io]
        replace-with = "crossdock-crates-io"

        [source.crossdock-crates-io]
        directory = "sources/crates-io"

        [source.main]
        registry = "sparse+http://h/main/index/"
        replace-with = "crossdock-main"

        [source.crossdock-main]
        directory = "sources/main"
        "#);
        insta::assert_snapshot!(inner(Format::Directory, 1), @r#"
        # Written by `crossdock export`. A cargo before 1.94 does not read `include`:
        # give it the file named here.
        include = ["cargo/config.toml"]
        "#);
        let outdated = inner(Format::Directory, 2);
        let index = "local-registry = \"outdated/main\"";
        assert!(outdated.contains(index), "{outdated}");
    }

    #[test]
    fn what_is_reached_by_an_address_says_it() {
        let sparse = inner(Format::Sparse, 0);
        let index = "\"sparse+https://static.example/x/sources/main/index/\"";
        assert!(sparse.contains(index), "{sparse}");
        let git = inner(Format::Git, 0);
        assert!(
            git.contains("\"file:///srv/it/sources/main/index\""),
            "{git}"
        );
    }
}
