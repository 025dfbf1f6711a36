//! `crossdock pack`: canonical archives, the same bytes for the same files.
//!
//! Absent: what makes an archive canonical, which is `crossdock_archive::pack`.

use crate::command_line::ServerArguments;
use crate::local_releases;
use crate::progress;
use crate::report::{Failure, Outcome, error, out};
use clap::Args;
use crossdock_client::unpacked::Unpacked;
use crossdock_client::whole_file;
use crossdock_core::checksum::Checksum;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// `crossdock pack`
#[derive(Debug, Args)]
#[command(after_help = "\
Of a package cargo selects the files and writes the manifest, without lock and commit. An
archive that exists is packed again with all its files but .cargo_vcs_info.json. The same
files are the same bytes on every machine; cargo takes them like its own.

Exit code 1 if one of the sources cannot be packed; the others are.

Examples:
  crossdock pack . --out petal-1.0.0.crate
  crossdock pack ../workspace --out archives/
  crossdock pack target/package/petal-1.0.0.crate --out archives/ --json")]
pub(crate) struct Pack {
    /// Package, workspace, `.crate` file, or folder of such.
    #[arg(value_name = "SOURCE", required = true)]
    sources: Vec<PathBuf>,
    /// File to write, ending in `.crate`, or folder to write NAME-VERSION.crate to.
    #[arg(long, value_name = "FILE|DIR")]
    out: PathBuf,
    #[command(flatten)]
    server: ServerArguments,
    /// Print what was written as JSON.
    #[arg(long)]
    json: bool,
}

/// Several archives would be written to one file.
#[derive(Debug, thiserror::Error)]
#[error("{} releases cannot be written to the one file {}", many, file.display())]
struct OneFile {
    many: usize,
    file: PathBuf,
}

/// The system does not let an archive be written.
#[derive(Debug, thiserror::Error)]
#[error("could not write {}", file.display())]
struct Unwritable {
    file: PathBuf,
    source: std::io::Error,
}

/// Packs what the sources have.
pub(crate) fn pack(arguments: &Pack) -> Result<Outcome, Failure> {
    let (releases, mut problems) = local_releases::unpacked(&arguments.sources, &arguments.server)?;
    let is_file =
        arguments.out.extension().is_some_and(|it| it == "crate") && !arguments.out.is_dir();
    if is_file && releases.len() > 1 {
        let (many, file) = (releases.len(), arguments.out.clone());
        return Err(Failure::hinted(
            OneFile { many, file },
            "give a folder to --out",
        ));
    }
    let (bar, mut written) = (progress::of_things("packing", releases.len()), Vec::new());
    let mut packed: BTreeMap<PathBuf, Checksum> = BTreeMap::new();
    for release in &releases {
        bar.set_message(release.name.to_string());
        bar.inc(1);
        let file = match is_file {
            true => arguments.out.clone(),
            false => arguments
                .out
                .join(format!("{}-{}.crate", release.name, release.version)),
        };
        let bytes = match release.canonical() {
            Ok(bytes) => bytes,
            Err(error) => {
                problems.push(format!("{}: {error}", release.origin));
                continue;
            }
        };
        let checksum = Checksum::of(&bytes);
        match packed.get(&file) {
            // Another packing of the same files.
            Some(there) if *there == checksum => continue,
            Some(_) => {
                let (origin, file) = (&release.origin, file.display());
                problems.push(format!(
                    "{origin}: {file} was written of other files; pack one of them"
                ));
                continue;
            }
            None => {}
        }
        whole_file::write(&file, &bytes).map_err(|source| {
            let file = file.clone();
            Failure::plain(Unwritable { file, source })
        })?;
        written.push(said(release, &bytes, &file));
        packed.insert(file, checksum);
    }
    bar.finish_and_clear();
    match arguments.json {
        true => out(&format!(
            "{:#}",
            json!({"crates": written, "problems": problems})
        )),
        false => {
            written.iter().for_each(|it| out(&told(it)));
            problems.iter().for_each(|problem| error(problem));
        }
    }
    Ok(match problems.is_empty() {
        true => Outcome::Done,
        false => Outcome::Found,
    })
}

fn said(release: &Unpacked, bytes: &[u8], file: &Path) -> Value {
    json!({
        "name": release.name.as_str(),
        "vers": release.version.to_string(),
        "sha256": Checksum::of(bytes).to_string(),
        "bytes": bytes.len(),
        "file": file.display().to_string(),
        "origin": release.origin,
    })
}

fn told(written: &Value) -> String {
    let word = |key: &str| written[key].as_str().unwrap_or_default().to_owned();
    format!(
        "{} {}  {}  {}",
        word("name"),
        word("vers"),
        word("sha256"),
        word("file")
    )
}
