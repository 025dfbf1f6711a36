//! `crossdock import`: copies releases into a hosted registry, renamed if so wished.
//!
//! Absent: what may be copied, which the server decides, and sources that are not of
//! the server (`import_from.rs`).

use crate::command_line::ServerArguments;
use crate::report::{Failure, Outcome, out};
use crate::{asked_server, import_from, publish};
use clap::Args;
use crossdock_client::comparison::visible;
use crossdock_client::import::{self, Imported};
use crossdock_client::offered::Wanted;
use serde_json::json;
use std::path::PathBuf;

/// `crossdock import`
#[derive(Debug, Args)]
#[command(after_help = "\
FROM is one of
  REGISTRY/NAME[@VERSIONS]   a crate of a registry or view of the same server
  sparse+https://…           a live registry; name the crates, or list them with --names
  ./FOLDER or /FOLDER        a local registry (`index` beside .crate files), or a folder
                             of .crate files, packages and workspaces

VERSIONS is an exact version or a requirement. Of a crate of the same server all are
copied that are not yanked there: of a view what it shows, overlays, gates and a freeze
included. A yanked one is copied by its exact version, and its copy is yanked. From
elsewhere all are copied, and what is yanked there is yanked. With
--as the crate is packed again under another name, and its library keeps the name that
code uses. Archives are checked against the index of where they are from before anything
is sent. What is there already is left as it is, so an import can be run again; if the
server has releases under the copy's name that are not from the same crate, nothing is
copied without --into-existing.

Without --to: the server's only hosted registry, else the one that `publish-to` names of
the view that cargo uses here, else of the server's first view. Exit code 1 if something could not be imported; it is listed.

Examples:
  crossdock import crates-io/hc128 --as rand_hc128 --to acme
  crossdock import partner/petal@^1.2 --to acme --dry-run
  crossdock import sparse+https://crates.partner.example/index/ petal stem@^2 --to acme \\
      --from-token-env PARTNER_TOKEN
  crossdock import ./local-registry --to acme
  crossdock import ./built --to acme --json")]
pub(crate) struct Import {
    /// Where to copy from.
    #[arg(value_name = "FROM", value_parser = from)]
    from: From,
    /// Crates to copy from a registry or folder elsewhere, perhaps with versions.
    #[arg(value_name = "NAME[@VERSIONS]", value_parser = Wanted::parse)]
    pub(crate) names: Vec<Wanted>,
    /// File with one NAME[@VERSIONS] on each line; `#` begins a comment.
    #[arg(long = "names", value_name = "FILE")]
    pub(crate) list: Option<PathBuf>,
    /// Variable of the environment that holds the token of the registry copied from.
    #[arg(long, value_name = "VARIABLE")]
    pub(crate) from_token_env: Option<String>,
    /// Name of the copy.
    #[arg(long = "as", value_name = "NAME")]
    pub(crate) rename: Option<String>,
    /// Copy also among releases of that name which are not from the same crate.
    #[arg(long)]
    pub(crate) into_existing: bool,
    /// Hosted registry to copy into.
    #[arg(long, value_name = "REGISTRY")]
    pub(crate) to: Option<String>,
    #[command(flatten)]
    pub(crate) server: ServerArguments,
    /// Say what would be copied and copy nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Print what was done as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Where releases are copied from.
#[derive(Clone, Debug, PartialEq, Eq)]
enum From {
    /// A registry or view of the same server.
    Server(Source),
    /// A live registry, by its address.
    Sparse(String),
    /// A folder.
    Folder(PathBuf),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Source {
    registry: String,
    name: String,
    versions: Option<String>,
}

/// Reads where to copy from by its spelling: no file that happens to lie about may
/// change what is meant.
fn from(text: &str) -> Result<From, String> {
    if text.starts_with("sparse+") {
        return Ok(From::Sparse(text.to_owned()));
    }
    if text.starts_with(['.', '/']) || text.ends_with('/') {
        return Ok(From::Folder(PathBuf::from(text)));
    }
    source(text).map(From::Server)
}

fn source(text: &str) -> Result<Source, String> {
    let hint = "write REGISTRY/NAME or REGISTRY/NAME@VERSION, as in crates-io/hc128@0.3.2; \
                a folder as ./FOLDER, a registry elsewhere as sparse+https://…";
    let (registry, krate) = text.split_once('/').ok_or(hint)?;
    let (name, versions) = match krate.split_once('@') {
        Some((name, versions)) => (name, Some(versions.to_owned())),
        None => (krate, None),
    };
    if registry.is_empty() || name.is_empty() || name.contains('/') {
        return Err(hint.to_owned());
    }
    Ok(Source {
        registry: registry.to_owned(),
        name: name.to_owned(),
        versions,
    })
}

/// Copies releases from wherever they are.
pub(crate) fn import(arguments: Import) -> Result<Outcome, Failure> {
    match arguments.from.clone() {
        From::Server(source) => of_server(arguments, source),
        _ if arguments.into_existing && arguments.rename.is_none() => {
            let hint = "leave --into-existing out: nothing is asked there";
            Err(Failure::hinted(UnderAnotherName, hint))
        }
        From::Sparse(address) => import_from::sparse(&arguments, &address),
        From::Folder(folder) => import_from::folder(&arguments, &folder),
    }
}

/// Plans the import, then copies one release after the other, told as they come.
fn of_server(arguments: Import, from: Source) -> Result<Outcome, Failure> {
    let server = asked_server::find(&arguments.server)?;
    if !arguments.names.is_empty() || arguments.list.is_some() {
        let hint = "write REGISTRY/NAME alone, once for each crate";
        return Err(Failure::hinted(NamedTwice, hint));
    }
    let to = crate::runtime::wait(publish::find(&server, arguments.to.as_deref()))??;
    let to = &to.name;
    let wanted = import::Import {
        from: from.registry,
        name: from.name,
        versions: from.versions,
        rename: arguments.rename,
        into_existing: arguments.into_existing,
    };
    let mut done = Vec::new();
    crate::runtime::wait(async {
        let planned = import::plan(&server, to, &wanted).await;
        let planned = planned.map_err(asked_server::failed)?;
        let many = planned.len();
        for (number, release) in (1..).zip(planned) {
            let outcome = match arguments.dry_run {
                true => vec![release],
                false => import::one(&server, to, &wanted, &release.version)
                    .await
                    .map_err(asked_server::failed)?,
            };
            for release in &outcome {
                if !arguments.json {
                    out(&told(release, to, number, many));
                }
            }
            done.extend(outcome);
        }
        Ok::<_, Failure>(())
    })??;
    if arguments.json {
        out(&format!("{:#}", json!(done)));
    }
    Ok(Outcome::Done)
}

/// Crates are named beside one that FROM names already.
#[derive(Debug, thiserror::Error)]
#[error("FROM names a crate of this server already")]
struct NamedTwice;

/// What is asked where names change is said where they do not.
#[derive(Debug, thiserror::Error)]
#[error("--into-existing is about another name (--as), or crates of the server itself")]
struct UnderAnotherName;

/// Tells what became of a release.
pub(crate) fn told(release: &Imported, to: &str, number: usize, many: usize) -> String {
    let Imported {
        name,
        version,
        from,
        outcome,
        minted,
        warnings,
        reason,
    } = release;
    let what = match outcome.as_str() {
        "planned" => format!("would copy {name} {version} from {from} to {to}"),
        "already-there" => format!("{name} {version} is in {to} already"),
        "failed" => format!(
            "{name} {version} was not copied: {}",
            visible(reason.as_deref().unwrap_or_default())
        ),
        _ => match minted {
            Some(minted) => {
                format!("copied {name} {version} from {from} to {to}, where it is {minted}")
            }
            None => format!("copied {name} {version} from {from} to {to}"),
        },
    };
    let warnings: String = warnings
        .iter()
        .map(|it| format!("\n  note: {it}"))
        .collect();
    format!("[{number}/{many}] {what}{warnings}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_to_copy_from_is_known_by_its_spelling() {
        let folder = |path: &str| Ok(From::Folder(PathBuf::from(path)));
        for path in [".", "./a/b", "/a", "../a", "vendor/"] {
            assert_eq!(from(path), folder(path));
        }
        assert!(matches!(from("sparse+http://h/"), Ok(From::Sparse(_))));
        assert!(matches!(from("acme/petal@^1"), Ok(From::Server(_))));
        assert!(from("vendor").is_err() && from("a/b/c").is_err());
    }
}
