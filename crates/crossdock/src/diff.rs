//! `crossdock diff`: how two releases differ, wherever each of them is.
//!
//! Absent: what counts as a difference, which is `crossdock_client::comparison`.

use crate::asked_server;
use crate::command_line::ServerArguments;
use crate::identity::LockfileArgument;
use crate::local_releases;
use crate::report::{Failure, Outcome, out};
use clap::Args;
use crossdock_client::comparison::{compare, lines, told};
use crossdock_client::released::{self, ReleasedError};
use crossdock_client::setup;
use crossdock_client::unpacked::Unpacked;
use crossdock_core::name::CrateName;
use crossdock_core::version::Version;
use std::path::PathBuf;

/// `crossdock diff`
#[derive(Debug, Args)]
#[command(after_help = "\
Each side is a .crate file, a package folder, or NAME@VERSION, which is fetched from the
server and checked against its index; REGISTRY/NAME@VERSION says from where.

Exit codes:
  0  the source content is the same
  1  the source content differs
  2  one of them cannot be read

Examples:
  crossdock diff petal@1.0.0 petal@1.0.1 --text
  crossdock diff acme/petal@1.0.0 target/package/petal-1.0.0.crate
  crossdock diff petal@1.0.0 . --json")]
pub(crate) struct Diff {
    /// The earlier one.
    #[arg(value_name = "A", value_parser = side)]
    old: Side,
    /// The later one.
    #[arg(value_name = "B", value_parser = side)]
    new: Side,
    /// Registry or view for NAME@VERSION; if it is not named the view that cargo uses here,
    /// else the server's first one.
    #[arg(long, value_name = "REGISTRY|VIEW")]
    from: Option<String>,
    /// Show the lines of text that differ.
    #[arg(long)]
    text: bool,
    /// Whether the embedded Cargo.lock of a crate with programs counts.
    #[arg(long, value_enum, default_value_t)]
    lockfile: LockfileArgument,
    #[command(flatten)]
    server: ServerArguments,
    /// Print what differs as JSON.
    #[arg(long)]
    json: bool,
}

/// Where one of the two is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Side {
    /// On this machine.
    Path(PathBuf),
    /// At the server.
    Release {
        surface: Option<String>,
        name: CrateName,
        version: Version,
    },
}

/// A path names no release, or several.
#[derive(Debug, thiserror::Error)]
#[error("{} is not one release: {what}", path.display())]
struct NotOne {
    path: PathBuf,
    what: String,
}

/// Reads a side by its spelling: with an `@`, and not like a path, it is a release.
fn side(text: &str) -> Result<Side, String> {
    let is_path = text.starts_with(['.', '/']) || text.ends_with(".crate");
    let Some((krate, version)) = text.split_once('@').filter(|_| !is_path) else {
        return Ok(Side::Path(PathBuf::from(text)));
    };
    let (surface, name) = match krate.split_once('/') {
        Some((surface, name)) => (Some(surface.to_owned()), name),
        None => (None, krate),
    };
    Ok(Side::Release {
        surface,
        name: CrateName::parse(name).map_err(|error| error.to_string())?,
        version: Version::parse(version).map_err(|error| error.to_string())?,
    })
}

/// Compares two releases.
pub(crate) fn diff(arguments: &Diff) -> Result<Outcome, Failure> {
    let old = release(&arguments.old, arguments)?;
    let new = release(&arguments.new, arguments)?;
    let comparison = compare(&old, &new, arguments.lockfile.into());
    let text = match arguments.text {
        true => lines(&comparison, &old.tree, &new.tree),
        false => String::new(),
    };
    match arguments.json {
        true => {
            let mut value = serde_json::to_value(&comparison).map_err(Failure::plain)?;
            if arguments.text {
                value["text"] = text.into();
            }
            out(&format!("{value:#}"));
        }
        false => {
            out(&told(&comparison));
            if !text.is_empty() {
                out(text.trim_end_matches('\n'));
            }
        }
    }
    Ok(match comparison.same_source {
        true => Outcome::Done,
        false => Outcome::Found,
    })
}

fn release(side: &Side, arguments: &Diff) -> Result<Unpacked, Failure> {
    match side {
        Side::Path(path) => local(path, arguments),
        Side::Release {
            surface,
            name,
            version,
        } => {
            let surface = surface.as_deref().or(arguments.from.as_deref());
            fetched(surface, name, version, arguments)
        }
    }
}

fn local(path: &PathBuf, arguments: &Diff) -> Result<Unpacked, Failure> {
    let paths = std::slice::from_ref(path);
    let (mut releases, mut problems) = local_releases::unpacked(paths, &arguments.server)?;
    let what = match (releases.pop(), releases.is_empty(), problems.pop()) {
        (Some(release), true, None) => return Ok(release),
        (_, _, Some(problem)) => problem,
        _ => "name a .crate file or the folder of one package".to_owned(),
    };
    let path = path.clone();
    Err(Failure::plain(NotOne { path, what }))
}

fn fetched(
    surface: Option<&str>,
    name: &CrateName,
    version: &Version,
    arguments: &Diff,
) -> Result<Unpacked, Failure> {
    let server = asked_server::find(&arguments.server)?;
    let (surface, bytes) = crate::runtime::wait(async {
        let surface = match surface {
            Some(surface) => surface.to_owned(),
            None => {
                let info = setup::ask(&server, None).await;
                info.map_err(asked_server::failed)?.view
            }
        };
        let release = released::release(&server, &surface, name, version).await;
        let release = release.map_err(failed)?;
        let bytes = released::archive(&server, &surface, &release).await;
        Ok::<_, Failure>((surface, bytes.map_err(failed)?))
    })??;
    Unpacked::of(name, version, &bytes, surface).map_err(Failure::plain)
}

fn failed(error: ReleasedError) -> Failure {
    match error {
        ReleasedError::Ask(error) => asked_server::failed(error),
        other => Failure::plain(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_side_is_known_by_its_spelling() {
        for path in [
            "petal.crate",
            "./petal@1.0.0",
            "/a/b@1",
            "petal",
            "a/petal",
            "a@1.crate",
        ] {
            assert_eq!(side(path), Ok(Side::Path(PathBuf::from(path))), "{path}");
        }
        let release = |surface: Option<&str>| Side::Release {
            surface: surface.map(str::to_owned),
            name: CrateName::parse("petal").unwrap(),
            version: Version::parse("1.0.0+b.1").unwrap(),
        };
        assert_eq!(side("petal@1.0.0+b.1"), Ok(release(None)));
        assert_eq!(side("acme/petal@1.0.0+b.1"), Ok(release(Some("acme"))));
        assert!(side("petal@1").is_err() && side("a b@1.0.0").is_err());
    }
}
