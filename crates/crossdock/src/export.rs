//! `crossdock export`: what a lock needs, as a folder that cargo builds from.
//!
//! Absent: what is fetched, how it lies there and how it is checked (`client`).

use crate::asked_server;
use crate::command_line::ServerArguments;
use crate::progress;
use crate::report::{Failure, Outcome, out};
use clap::{Args, ValueEnum};
use crossdock_client::export::closure;
use crossdock_client::export::contents::{ContentsError, Format};
use crossdock_client::export::error::ExportError;
use crossdock_client::export::fetch::Step;
use crossdock_client::export::names;
use crossdock_client::export::origin::Origins;
use crossdock_client::export::report::Report;
use crossdock_client::export::run::{self, Wish};
use crossdock_client::export::verify::{self, Verified};
use crossdock_client::pin::{self, Pin};
use crossdock_client::server::Server;
use crossdock_client::setup;
use indicatif::{HumanBytes, ProgressBar};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use url::Url;

/// `crossdock export`
#[derive(Debug, Args)]
#[command(after_help = "\
Fetched is exactly what the lock has, each release held against its checksum; what is
there already is not fetched again. Every registry of the lock has a folder of its own.
Build with the configuration that is written, from anywhere:

  cargo --config DIR/config.toml build --locked --offline

The formats `directory` and `local-registry` can be moved. cargo 1.95 takes `--offline` to
mean that a git index is not read either: with the format `git` build once without it,
no network is needed. The format `sparse` wants a web server that shows DIR at --base-url.

With --index full this lists what is newer; cargo-outdated cannot, because it unpacks the
newest versions, which are not there, and cargo gives it no --config:

  cargo --config DIR/outdated.toml update --dry-run --verbose --offline

Exit codes:
  0  exported; git and path sources are listed, and left where they are
  1  --verify found something
  2  could not: the export that was there can be used as before

Examples:
  crossdock export --lock Cargo.lock --format directory --out vendor
  crossdock export --view main --at 2026-11-01T00:00:00Z --format local-registry --out /mnt/usb/crates
  crossdock export --format sparse --base-url https://static.acme.example/crates --out /srv/crates
  crossdock export --index full --format local-registry --out crates
  crossdock export --verify --out vendor --lock Cargo.lock")]
pub(crate) struct Export {
    /// Lock to export; may be given more than once. ./Cargo.lock if nothing is said.
    #[arg(long, value_name = "PATH")]
    lock: Vec<PathBuf>,
    /// How the crates shall lie there.
    #[arg(long, value_name = "FORMAT", required_unless_present_any = ["verify", "relocate"])]
    format: Option<FormatArgument>,
    /// Folder of the export.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// View to export from; if it is not named the one that cargo uses here, else the server's first one.
    #[arg(long, value_name = "VIEW")]
    view: Option<String>,
    /// Registry to take for crates.io, instead of a view.
    #[arg(long, value_name = "REGISTRY", conflicts_with = "view")]
    registry: Option<String>,
    /// Export as of an epoch, a time such as 2026-11-01T00:00:00Z or a snapshot.
    #[arg(long, value_name = "EPOCH|TIME|NAME")]
    at: Option<String>,
    /// Which versions the index shall list.
    #[arg(long, value_name = "INDEX", default_value = "pruned")]
    index: IndexArgument,
    /// Address at which a web server will show DIR; for `sparse`, and `git` if it shall not
    /// name the folder.
    #[arg(long, value_name = "URL", value_parser = base_url)]
    base_url: Option<Url>,
    /// Remove what the lock does not need any more.
    #[arg(long)]
    prune: bool,
    /// Read every byte of an export again, and hold it against --lock if one is given.
    #[arg(long, conflicts_with_all = ["format", "prune", "relocate"])]
    verify: bool,
    /// Write the configuration anew for where the export is now.
    #[arg(long, conflicts_with_all = ["format", "prune"])]
    relocate: bool,
    #[command(flatten)]
    server: ServerArguments,
    /// Print what was done or found as JSON.
    #[arg(long)]
    json: bool,
}

/// How crates lie in an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FormatArgument {
    /// Archives beside an index.
    LocalRegistry,
    /// Unpacked, as `cargo vendor` has them.
    Directory,
    /// A tree for a web server.
    Sparse,
    /// An index in a git repository.
    Git,
}

/// Which versions an index lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum IndexArgument {
    /// Those that are there.
    Pruned,
    /// All; those that are not there yanked, and once more as they are for `cargo update --dry-run`.
    Full,
}

/// Exports, checks an export, or writes its configuration anew.
pub(crate) fn export(arguments: &Export) -> Result<Outcome, Failure> {
    if arguments.verify {
        return verified(arguments);
    }
    if arguments.relocate {
        let base = arguments.base_url.clone().map(String::from);
        let config = run::relocate(&arguments.out, base).map_err(failed)?;
        match arguments.json {
            true => out(&serde_json::json!({ "config": config }).to_string()),
            false => out(&format!("{} is written", config.display())),
        }
        return Ok(Outcome::Done);
    }
    let Some(format) = arguments.format.map(Format::from) else {
        return Err(Failure::plain(Usage("say how with --format")));
    };
    if format == Format::Sparse && arguments.base_url.is_none() {
        return Err(Failure::plain(Usage(
            "the format `sparse` wants --base-url: cargo reads it from a web server only",
        )));
    }
    let paths = match arguments.lock.is_empty() {
        true => vec![PathBuf::from("Cargo.lock")],
        false => arguments.lock.clone(),
    };
    let locks = closure::read(&paths).map_err(failed)?;
    let folder = |path: &PathBuf| path.parent().unwrap_or(Path::new("")).join(".");
    let names = paths.iter().zip(&locks);
    let names = names.flat_map(|(path, lock)| names::names(&folder(path), lock));
    let names: BTreeMap<String, String> = names.collect();
    let server = asked_server::find(&arguments.server)?;
    let bars = Bars::new();
    let exported = crate::runtime::wait(async {
        let (origins, epoch) = origins(&server, arguments).await?;
        let wish = Wish {
            locks,
            names,
            format,
            full: arguments.index == IndexArgument::Full,
            base_url: arguments.base_url.clone().map(String::from),
            out: arguments.out.clone(),
            prune: arguments.prune,
            from: origins.through().to_owned(),
            epoch,
        };
        let step = |step| bars.show(step);
        let exported = run::export(&server, &origins, &wish, &step).await;
        exported.map_err(failed)
    })?;
    bars.gone();
    let report = exported?;
    match arguments.json {
        true => out(&format!("{:#}", serde_json::json!(report))),
        false => out(&told(&report)),
    }
    Ok(match report.unmet.is_empty() {
        true => Outcome::Done,
        false => Outcome::Found,
    })
}

/// Says where sources are read, and as of which epoch.
async fn origins(server: &Server, arguments: &Export) -> Result<(Origins, Option<u64>), Failure> {
    let view = arguments.view.as_deref();
    let info = match (setup::ask(server, view).await, view) {
        (Ok(info), _) => info,
        (Err(error), Some(view)) => {
            return Err(asked_server::failed_in_view(server, view, error).await);
        }
        (Err(error), None) => return Err(asked_server::failed_at(server, error).await),
    };
    if let Some(registry) = &arguments.registry {
        asked_server::there_is(server, registry).await?;
    }
    let (mut at, mut epoch) = (None, None);
    if let Some(when) = &arguments.at {
        let moment = pin::ask(server, &info.view, when).await;
        let moment = moment.map_err(asked_server::failed)?;
        at = Some(Pin::new(when, &moment).anywhere);
        epoch = Some(moment.epoch);
    }
    let at = at.as_deref();
    let origins = match &arguments.registry {
        Some(registry) => Origins::registry(registry, &info, server.url(), at),
        None => Origins::view(&info, server.url(), at),
    };
    Ok((origins.map_err(Failure::plain)?, epoch))
}

fn verified(arguments: &Export) -> Result<Outcome, Failure> {
    let locks = closure::read(&arguments.lock).map_err(failed)?;
    let bars = Bars::new();
    let step = |done, of| bars.show(Step::Archives(done, of));
    let verified = verify::verify(&arguments.out, &locks, &step);
    bars.gone();
    let verified = verified.map_err(failed)?;
    let Verified { releases, findings } = &verified;
    if arguments.json {
        out(&format!("{:#}", serde_json::json!(verified)));
    } else {
        for finding in findings {
            out(&format!("{}: {}", finding.at, finding.what));
        }
        out(&format!(
            "{releases} releases read, {} found to be wrong",
            findings.len()
        ));
        if !findings.is_empty() {
            out(
                "the same `crossdock export` again fetches and writes anew what is missing or damaged",
            );
        }
    }
    Ok(match findings.is_empty() {
        true => Outcome::Done,
        false => Outcome::Found,
    })
}

fn told(report: &Report) -> String {
    let mut lines = vec![format!(
        "{} releases, {} of them fetched now ({})",
        report.releases,
        report.fetched,
        HumanBytes(report.fetched_bytes)
    )];
    for source in &report.sources {
        lines.push(format!(
            "  {}: {} of {}",
            source.folder, source.releases, source.identity
        ));
    }
    if !report.unneeded.is_empty() {
        let what = match report.pruned {
            true => "removed, since no lock needs them",
            false => "no lock needs these; --prune removes them",
        };
        lines.push(format!("{what}: {}", report.unneeded.join(", ")));
    }
    if !report.left.is_empty() {
        lines.push(format!(
            "not exported, since no registry has them: {}",
            report.left.join(", ")
        ));
    }
    if !report.unmet.is_empty() {
        lines.push(format!(
            "in no folder, so cargo refuses unless the project's [patch] has it: {}",
            report.unmet.join("; ")
        ));
    }
    let config = typed(&report.config);
    lines.push(match report.format {
        Format::LocalRegistry | Format::Directory => {
            format!("build with: cargo --config {config} build --locked --offline")
        }
        Format::Git => format!(
            "build with: cargo --config {config} build --locked\n\
             the first time without --offline, by which cargo means git indexes too"
        ),
        Format::Sparse => format!("build with: cargo --config {config} build --locked"),
    });
    lines.join("\n")
}

/// A path as it is typed into a shell.
fn typed(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+=:@%,".contains(c);
    match text.chars().all(is_plain) {
        true => text,
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

/// How far it is, on a terminal alone.
struct Bars {
    rows: ProgressBar,
    archives: ProgressBar,
}

impl Bars {
    fn new() -> Self {
        Self {
            rows: progress::of_things("rows", 0),
            archives: progress::of_things("archives", 0),
        }
    }

    fn show(&self, step: Step) {
        let (bar, done, of) = match step {
            Step::Rows(done, of) => (&self.rows, done, of),
            Step::Archives(done, of) => (&self.archives, done, of),
        };
        bar.set_length(of as u64);
        bar.set_position(done as u64);
        if done == of {
            bar.finish_and_clear();
        }
    }

    fn gone(&self) {
        self.rows.finish_and_clear();
        self.archives.finish_and_clear();
    }
}

/// Options that do not go together in a way that they do not show by themselves.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Usage(&'static str);

fn base_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    let plain = url.username().is_empty() && url.password().is_none();
    match url.scheme() {
        "http" | "https" if plain && url.query().is_none() && url.fragment().is_none() => Ok(url),
        "http" | "https" => Err("no user, query or fragment can stand in it".to_owned()),
        other => Err(format!(
            "an index is read by http or https, not by `{other}`"
        )),
    }
}

fn failed(error: ExportError) -> Failure {
    let error = match error {
        ExportError::Ask(error) => return asked_server::failed(error),
        other => other,
    };
    let hint = match &error {
        ExportError::Missing(_) => {
            "`crossdock explain NAME@VERSION` says why; `--at` exports as of the day of the lock"
        }
        ExportError::Contents(ContentsError::Json(_) | ContentsError::Part(_)) => {
            "export the locks again with --prune, which writes it anew and keeps what is whole of \
             theirs; or export to another folder"
        }
        ExportError::Corrupt(_) => "try again; if it stays so, the server's archive is damaged",
        _ => return Failure::plain(error),
    };
    Failure::hinted(error, hint)
}

impl From<FormatArgument> for Format {
    fn from(argument: FormatArgument) -> Self {
        match argument {
            FormatArgument::LocalRegistry => Self::LocalRegistry,
            FormatArgument::Directory => Self::Directory,
            FormatArgument::Sparse => Self::Sparse,
            FormatArgument::Git => Self::Git,
        }
    }
}
