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
    let packings = packings(&releases, arguments, is_file, &mut problems);
    let mut written = Vec::new();
    for (file, packings) in packings {
        let [(release, bytes)] = packings.as_slice() else {
            problems.extend(several(&packings));
            continue;
        };
        whole_file::write(&file, bytes).map_err(|source| {
            let file = file.clone();
            Failure::plain(Unwritable { file, source })
        })?;
        written.push(said(release, bytes, &file));
    }
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

/// The archives that would be written to one file, each other content once.
type Packings<'r> = Vec<(&'r Unpacked, Vec<u8>)>;

/// Packs each release, by the file that it is to be written to.
fn packings<'r>(
    releases: &'r [Unpacked],
    arguments: &Pack,
    is_file: bool,
    problems: &mut Vec<String>,
) -> BTreeMap<PathBuf, Packings<'r>> {
    let bar = progress::of_things("packing", releases.len());
    let mut packings: BTreeMap<PathBuf, Packings<'r>> = BTreeMap::new();
    for release in releases {
        bar.set_message(release.name.to_string());
        bar.inc(1);
        let file = match is_file {
            true => arguments.out.clone(),
            false => arguments
                .out
                .join(format!("{}-{}.crate", release.name, release.version)),
        };
        match release.canonical() {
            Ok(bytes) => {
                let known = packings.entry(file).or_default();
                if known.iter().all(|(_, other)| *other != bytes) {
                    known.push((release, bytes));
                }
            }
            Err(error) => problems.push(format!("{}: {error}", release.origin)),
        }
    }
    bar.finish_and_clear();
    packings
}

/// Says that none of several was written: the order of a folder decides nothing.
fn several(packings: &Packings<'_>) -> Vec<String> {
    let told = |(at, (release, _)): (usize, &(&Unpacked, Vec<u8>))| {
        let other = packings[if at == 0 { 1 } else { 0 }].0;
        format!(
            "{}: it is {} {}, and so is {} with other files; name one of them",
            release.origin, release.name, release.version, other.origin
        )
    };
    packings.iter().enumerate().map(told).collect()
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
