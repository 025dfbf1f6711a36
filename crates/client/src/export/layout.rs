//! Where things lie in an export, as paths below it.
//!
//! ```text
//! config.toml                    what cargo is given; leads to the next one
//! cargo/config.toml              the configuration, with paths below the export
//! sources/NAME/                  a folder for each identity
//! outdated.toml, cargo/outdated.toml, outdated/NAME/index/    for `cargo update --dry-run`
//! ```
//!
//! cargo takes relative paths in a configuration file to be below the folder *above* the
//! file's own (Cargo Book, "Config-relative paths"; measured for `--config FILE` too).
//! Hence the folder `cargo`: the paths do not say where the export is, nor its name, and
//! it can be moved. The two lines at the top lead there by `include` (cargo 1.94).
//!
//! Absent: what is in the files.

use super::contents::{Format, Source};
use crossdock_core::name::CrateName;
use crossdock_core::release::Release;
use crossdock_wire::index_path;

/// What cargo is given.
pub const CONFIG: &str = "config.toml";

/// The configuration that it leads to.
pub const INNER_CONFIG: &str = "cargo/config.toml";

/// What cargo is given to see what is newer.
pub const OUTDATED: &str = "outdated.toml";

/// The configuration that it leads to.
pub const INNER_OUTDATED: &str = "cargo/outdated.toml";

/// Where the folders of sources are.
pub const SOURCES: &str = "sources";

/// Where the indexes of all versions are.
pub const ALL: &str = "outdated";

/// Returns the folder of a source.
pub fn folder(source: &Source) -> String {
    format!("{SOURCES}/{}", source.called)
}

/// Returns the folder whose index shows all there is.
pub fn outdated_folder(source: &Source) -> String {
    format!("{ALL}/{}", source.called)
}

/// Returns the path of a release's archive, or of its unpacked folder.
pub fn release(format: Format, source: &Source, release: &Release) -> String {
    let folder = folder(source);
    let called = format!("{}-{}", release.name, release.version);
    match format {
        Format::LocalRegistry => format!("{folder}/{called}.crate"),
        Format::Directory => format!("{folder}/{called}"),
        Format::Sparse | Format::Git => format!("{folder}/crates/{called}.crate"),
    }
}

/// Returns the path of a name's rows below a folder that has an index.
pub fn index_file(folder: &str, name: &CrateName) -> String {
    format!("{folder}/index/{}", index_path::path(&name.index_name()))
}

/// Returns the path of a source's `config.json`.
pub fn config_json(source: &Source) -> String {
    format!("{}/index/config.json", folder(source))
}

/// The end of the template by which archives are found below the folder of a source.
pub const TEMPLATE: &str = "crates/{crate}-{version}.crate";
