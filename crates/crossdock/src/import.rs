//! `crossdock import`: copies releases into a hosted registry, renamed if so wished.
//!
//! Absent: what may be copied, which the server decides.

use crate::asked_server;
use crate::command_line::ServerArguments;
use crate::report::{Failure, Outcome, out};
use clap::Args;
use crossdock_client::import::{self, Imported};
use serde_json::json;

/// `crossdock import`
#[derive(Debug, Args)]
#[command(after_help = "\
FROM names a crate of a registry or view of the same server, and perhaps versions: an
exact one, or a requirement. Without, all are copied that are not yanked. With --as the
crate is packed again under another name, and its library keeps the name that code
uses. What is there already is left as it is, so an import can be run again.

Examples:
  crossdock import crates-io/hc128 --as rand_hc128 --to acme
  crossdock import partner/petal@^1.2 --to acme --dry-run")]
pub(crate) struct Import {
    /// Crate to copy.
    #[arg(value_name = "REGISTRY/NAME[@VERSIONS]", value_parser = source)]
    from: Source,
    /// Name of the copy.
    #[arg(long = "as", value_name = "NAME")]
    rename: Option<String>,
    /// Hosted registry to copy into.
    #[arg(long, value_name = "REGISTRY")]
    to: String,
    #[command(flatten)]
    server: ServerArguments,
    /// Say what would be copied and copy nothing.
    #[arg(long)]
    dry_run: bool,
    /// Print what was done as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Debug)]
struct Source {
    registry: String,
    name: String,
    versions: Option<String>,
}

fn source(text: &str) -> Result<Source, String> {
    let hint = "write REGISTRY/NAME or REGISTRY/NAME@VERSION, as in crates-io/hc128@0.3.2";
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

/// Plans the import, then copies one release after the other, told as they come.
pub(crate) fn import(arguments: Import) -> Result<Outcome, Failure> {
    let server = asked_server::find(&arguments.server)?;
    let (to, from) = (&arguments.to, arguments.from);
    let wanted = import::Import {
        from: from.registry,
        name: from.name,
        versions: from.versions,
        rename: arguments.rename,
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

fn told(release: &Imported, to: &str, number: usize, many: usize) -> String {
    let Imported {
        name,
        version,
        from,
        outcome,
        warnings,
    } = release;
    let what = match outcome.as_str() {
        "planned" => format!("would copy {name} {version} from {from} to {to}"),
        "already-there" => format!("{name} {version} is in {to} already"),
        _ => format!("copied {name} {version} from {from} to {to}"),
    };
    let warnings: String = warnings
        .iter()
        .map(|it| format!("\n  note: {it}"))
        .collect();
    format!("[{number}/{many}] {what}{warnings}")
}
