//! The peer's files: what the measured server answers, written down byte for byte.
//!
//! The peer so serves the same plain and the same compressed bytes, and a
//! difference in speed is not a difference in what is sent.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::corpus;

use crate::get::{get, gzip_accepted};

/// Writes the answers of `server` to each of `paths` below `docroot`.
pub(crate) fn copy_answers<'a>(
    server: SocketAddr,
    paths: impl IntoIterator<Item = &'a str>,
    docroot: &Path,
) -> Result<()> {
    for path in paths {
        let plain = get(server, path, &[])?;
        ensure!(
            plain.status == 200,
            "{path} from the measured server: {} instead of 200: {}",
            plain.status,
            String::from_utf8_lossy(&plain.body).trim()
        );
        let file = docroot.join(path.trim_start_matches('/'));
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&file, &plain.body)?;

        let packed = get(server, path, &[gzip_accepted()])?;
        ensure!(
            packed.decoded()? == plain.body,
            "{path}: the compressed answer is not the plain one"
        );
        if packed.header("content-encoding") == Some("gzip") {
            fs::write(file.with_added_extension("gz"), &packed.body)?;
        }
    }
    Ok(())
}

/// Writes `archives`, named `{crate}-{version}.crate` as in cargo's cache, and a
/// `config.json` that sends cargo to them at `address`.
pub(crate) fn write_archives(
    docroot: &Path,
    address: SocketAddr,
    archives: &[PathBuf],
) -> Result<()> {
    let view = corpus::VIEW;
    let folder = docroot.join(view).join("dl");
    fs::create_dir_all(&folder)?;
    for archive in archives {
        let name = archive.file_name().context("a file has a name")?;
        fs::copy(archive, folder.join(name))?;
    }
    let config = format!(r#"{{"dl":"http://{address}/{view}/dl/{{crate}}-{{version}}.crate"}}"#);
    fs::write(docroot.join(view).join("index/config.json"), config)?;
    Ok(())
}
