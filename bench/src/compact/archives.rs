//! Real archives, through our own mirror of crates.io.
//!
//! One at a time, so that crates.io is asked no more than a `cargo fetch` asks. What was
//! fetched is kept in `CROSSDOCK_BENCH_ARCHIVES`, if that names a folder, for another run.
//!
//! Absent: pre-releases, which few depend on.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use crossdock_core::checksum::Checksum;
use crossdock_core::timestamp::Timestamp;
use crossdock_core::version::Version;
use serde::{Deserialize, Serialize};

use crate::crossdock;
use crate::get;
use crate::server::Server;

/// Which versions of a crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Selection {
    /// From the first to the newest, as far apart as there are versions.
    Spread,
    /// The newest, one after the other.
    Adjacent,
}

impl Selection {
    pub(crate) const ALL: [Self; 2] = [Self::Spread, Self::Adjacent];
}

/// One archive.
#[derive(Debug)]
pub(crate) struct Archive {
    pub(crate) name: String,
    pub(crate) version: Version,
    pub(crate) checksum: Checksum,
    pub(crate) published: Option<Timestamp>,
    pub(crate) bytes: Bytes,
    pub(crate) selections: BTreeSet<Selection>,
}

/// What is read of a row.
#[derive(Deserialize)]
struct Row {
    vers: String,
    cksum: String,
    pubtime: Option<String>,
}

/// Fetches `many` versions of each crate, in both selections.
pub(crate) fn fetch(
    names: &[&str],
    many: usize,
    scratch: &Path,
    progress: &impl Fn(&str),
) -> Result<Vec<Archive>> {
    let kept = std::env::var_os("CROSSDOCK_BENCH_ARCHIVES").map(PathBuf::from);
    let data = kept.unwrap_or_else(|| scratch.join("mirror"));
    let mut server = crossdock::start(crossdock::Start {
        scratch: &scratch.join("server"),
        data: &data,
        settings: None,
        core: None,
        listen: None,
    })?;
    let mut archives = Vec::new();
    for name in names {
        progress(&format!("fetching {name}"));
        archives.extend(of_crate(&server, name, many).with_context(|| format!("of {name}"))?);
    }
    server.stop()?;
    Ok(archives)
}

fn of_crate(server: &Server, name: &str, many: usize) -> Result<Vec<Archive>> {
    let rows = asked(server, &format!("/crates-io/index/{}", index_path(name)))?;
    let mut releases = Vec::new();
    for line in std::str::from_utf8(&rows)?.lines() {
        let row: Row = serde_json::from_str(line)?;
        let version = Version::parse(&row.vers)?;
        if !version.is_prerelease() {
            releases.push((version, row));
        }
    }
    releases.sort_by(|one, other| one.0.cmp(&other.0));
    ensure!(releases.len() >= many, "fewer than {many} versions");
    let last = releases.len() - 1;
    let spread: BTreeSet<_> = (0..many)
        .map(|n| (n * last + (many - 1) / 2) / (many - 1))
        .collect();
    let adjacent = releases.len() - many..releases.len();
    let mut archives = Vec::new();
    for (position, (version, row)) in releases.into_iter().enumerate() {
        let mut selections = BTreeSet::new();
        if spread.contains(&position) {
            selections.insert(Selection::Spread);
        }
        if adjacent.contains(&position) {
            selections.insert(Selection::Adjacent);
        }
        if selections.is_empty() {
            continue;
        }
        let checksum = Checksum::parse(&row.cksum)?;
        let path = format!("/crates-io/dl/{name}/{version}/{checksum}");
        let published = row.pubtime.as_deref().map(Timestamp::parse_rfc3339);
        archives.push(Archive {
            name: name.to_owned(),
            checksum,
            published: published.transpose()?,
            bytes: asked(server, &path)?.into(),
            version,
            selections,
        });
    }
    Ok(archives)
}

fn asked(server: &Server, path: &str) -> Result<Vec<u8>> {
    let answer = get::get(server.address, path, &[])?;
    ensure!(
        answer.status == 200,
        "{path} was answered {}",
        answer.status
    );
    Ok(answer.body)
}

/// Where a crate lies in an index (Cargo Book, "Index files"); names here are lower-case.
fn index_path(name: &str) -> String {
    match name.len() {
        1 | 2 => format!("{}/{name}", name.len()),
        3 => format!("3/{}/{name}", &name[..1]),
        _ => format!("{}/{}/{name}", &name[..2], &name[2..4]),
    }
}
