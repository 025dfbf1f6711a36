//! `crossdock import` from places that are not of the server: a live registry, a
//! local registry, a folder.
//!
//! Absent: what is checked and how it is sent (`crossdock_client::import_releases`).

use crate::asked_server;
use crate::import::{Import, told};
use crate::local_releases;
use crate::progress;
use crate::publish;
use crate::report::{Failure, Outcome, error, out};
use crossdock_client::gather::Judged;
use crossdock_client::import::Imported;
use crossdock_client::import_name::{NameTaken, admit_name};
use crossdock_client::import_releases::{self, import};
use crossdock_client::local_registry;
use crossdock_client::offered::{NotOffered, Offered, Wanted};
use crossdock_client::server::{AskError, Token, TokenError};
use crossdock_client::sparse_source::{SourceError, SparseSource};
use crossdock_core::name::{CrateName, NameError, NameKey};
use serde_json::json;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Why what is to be imported is not clear.
#[derive(Debug, thiserror::Error)]
enum Unclear {
    /// An index cannot be listed over the network.
    #[error("{0} does not tell which crates it has")]
    NoNames(String),
    /// The list of names cannot be read.
    #[error("could not read {}", path.display())]
    List {
        path: PathBuf,
        source: std::io::Error,
    },
    /// A line of the list is no name.
    #[error("{}, line {line}: {why}", path.display())]
    Line {
        path: PathBuf,
        line: usize,
        why: String,
    },
    /// The variable for the token is not set.
    #[error("the variable {0} is not set")]
    NoToken(String),
    /// What it holds cannot be sent.
    #[error("the variable {0} holds no token")]
    BadToken(String, #[source] TokenError),
    /// The new name is none.
    #[error("--as")]
    Name(#[from] NameError),
    /// One new name for several crates.
    #[error("--as gives one name, and there are several crates: {}", .0.join(", "))]
    SeveralNames(Vec<String>),
    /// There is nothing of the kind.
    #[error("{} is no folder", .0.display())]
    NoFolder(PathBuf),
    /// The source does not answer.
    #[error(transparent)]
    Source(#[from] SourceError),
}

/// What is offered, and what of the place is not.
type Offer = (Vec<Offered>, Vec<NotOffered>);

/// Imports from a live registry.
pub(crate) fn sparse(arguments: &Import, address: &str) -> Result<Outcome, Failure> {
    let wanted = wanted(arguments)?;
    if wanted.is_empty() {
        let hint = "name crates after it, or give a list with --names";
        return Err(Failure::hinted(Unclear::NoNames(address.to_owned()), hint));
    }
    let token = token(arguments.from_token_env.as_deref()).map_err(Failure::plain)?;
    let asked = async {
        let source = SparseSource::open(address, token).await?;
        let bar = progress::of_things("asking", wanted.len());
        let mut offer = Offer::default();
        for wanted in &wanted {
            bar.set_message(wanted.name.to_string());
            let found = source.offered(&wanted.name).await;
            let found = found.map_err(|error| error.to_string());
            add_wanted(&mut offer, found, wanted);
            bar.inc(1);
        }
        bar.finish_and_clear();
        Ok::<_, SourceError>((source, offer))
    };
    let (source, offer) = crate::runtime::wait(asked)?.map_err(Failure::plain)?;
    bring(arguments, address, Some(&source), offer)
}

/// Adds what is meant of a crate; one that there is not is told.
fn add_wanted(offer: &mut Offer, found: Result<Vec<Offered>, String>, wanted: &Wanted) {
    let found = match found {
        Ok(found) => found,
        Err(why) => return offer.1.push(not(wanted.name.as_str(), &why)),
    };
    let had = !found.is_empty();
    let is_meant = |it: &Offered| wanted.means(&it.name.key(), &it.version);
    let meant: Vec<_> = found.into_iter().filter(is_meant).collect();
    if meant.is_empty() {
        let why = match had {
            true => "no version of it is meant",
            false => "there is no such crate",
        };
        offer.1.push(not(wanted.name.as_str(), &why));
    }
    let known: BTreeSet<_> = offer.0.iter().map(release).collect();
    let new = meant.into_iter().filter(|it| !known.contains(&release(it)));
    offer.0.extend(new.collect::<Vec<_>>());
}

fn release(offered: &Offered) -> (String, String) {
    (offered.name.to_string(), offered.version.to_string())
}

fn not(what: &str, why: &dyn ToString) -> NotOffered {
    NotOffered {
        krate: None,
        what: what.to_owned(),
        why: why.to_string(),
    }
}

/// Imports from a folder.
pub(crate) fn folder(arguments: &Import, folder: &Path) -> Result<Outcome, Failure> {
    if !folder.is_dir() {
        return Err(Failure::plain(Unclear::NoFolder(folder.to_owned())));
    }
    let wanted = wanted(arguments)?;
    let (offered, mut missing) = match local_registry::is_one(folder) {
        true => local_registry::offered(folder),
        false => {
            let paths = [folder.to_owned()];
            let read = local_releases::read(&paths, Judged::AsUploads, &arguments.server)?;
            let read = read.each_once();
            let problems = read.problems.iter();
            let missing = problems.map(|it| not(&it.path.display().to_string(), &it.rule));
            let missing = missing.collect();
            (
                read.crates.into_iter().map(Offered::from).collect(),
                missing,
            )
        }
    };
    let is_meant = |it: &Offered| {
        wanted.is_empty()
            || wanted
                .iter()
                .any(|one| one.means(&it.name.key(), &it.version))
    };
    let offered: Vec<_> = offered.into_iter().filter(is_meant).collect();
    missing.retain(|it| {
        let is_named = |key: &NameKey| wanted.iter().any(|one| one.name.key() == *key);
        wanted.is_empty() || it.krate.as_ref().is_none_or(is_named)
    });
    for wanted in &wanted {
        if !offered
            .iter()
            .any(|it| wanted.means(&it.name.key(), &it.version))
        {
            missing.push(not(
                wanted.name.as_str(),
                &"the folder has nothing of it that is meant",
            ));
        }
    }
    bring(
        arguments,
        &folder.display().to_string(),
        None,
        (offered, missing),
    )
}

fn taken(error: NameTaken) -> Failure {
    match error {
        NameTaken::Ask(error) => asked_server::failed(error),
        NameTaken::Other { .. } => {
            let hint =
                "choose another name with --as, or say that it is meant with --into-existing";
            Failure::hinted(error, hint)
        }
    }
}

fn wanted(arguments: &Import) -> Result<Vec<Wanted>, Failure> {
    let mut wanted = arguments.names.clone();
    let Some(path) = arguments.list.clone() else {
        return Ok(wanted);
    };
    let text = std::fs::read_to_string(&path).map_err(|source| {
        let path = path.clone();
        Failure::plain(Unclear::List { path, source })
    })?;
    for (number, line) in (1..).zip(text.lines()) {
        let name = line.split('#').next().unwrap_or_default().trim();
        if !name.is_empty() {
            wanted.push(Wanted::parse(name).map_err(|why| {
                let (path, line) = (path.clone(), number);
                Failure::plain(Unclear::Line { path, line, why })
            })?);
        }
    }
    Ok(wanted)
}

fn token(variable: Option<&str>) -> Result<Option<Token>, Unclear> {
    let Some(variable) = variable else {
        return Ok(None);
    };
    let held = std::env::var(variable).map_err(|_| Unclear::NoToken(variable.to_owned()))?;
    let token = Token::new(&held);
    token
        .map(Some)
        .map_err(|error| Unclear::BadToken(variable.to_owned(), error))
}

/// Sends what is offered, and tells of all, in the order in which it is settled.
fn bring(
    arguments: &Import,
    from: &str,
    source: Option<&SparseSource>,
    (offered, missing): Offer,
) -> Result<Outcome, Failure> {
    let rename = arguments
        .rename
        .as_deref()
        .map(CrateName::parse)
        .transpose();
    let rename = rename.map_err(|error| Failure::plain(Unclear::from(error)))?;
    let names: BTreeSet<_> = offered.iter().map(|it| it.name.to_string()).collect();
    if rename.is_some() && names.len() > 1 {
        let names = names.into_iter().collect();
        return Err(Failure::plain(Unclear::SeveralNames(names)));
    }
    let server = asked_server::find(&arguments.server)?;
    let (mut done, many) = (Vec::new(), offered.len());
    let ended = crate::runtime::wait(async {
        let to = publish::find(&server, arguments.to.as_deref()).await?;
        let job = import_releases::Import {
            server: &server,
            to: &to.name,
            to_registry: to.is_registry,
            from,
            source,
            rename: rename.as_ref(),
            dry_run: arguments.dry_run,
        };
        if !arguments.into_existing {
            admit_name(&job, &offered).await.map_err(taken)?;
        }
        let bar = progress::of_things("importing", many);
        let mut tell = |release: Imported| {
            if !arguments.json {
                bar.suspend(|| out(&told(&release, &to.name, done.len() + 1, many)));
            }
            bar.inc(1);
            done.push(release);
        };
        let ended: Result<(), AskError> = import(&job, &offered, &mut tell).await;
        bar.finish_and_clear();
        ended.map_err(asked_server::failed)
    })?;
    let missing: Vec<_> = missing
        .iter()
        .map(|it| json!({"what": it.what, "reason": it.why}))
        .collect();
    match arguments.json {
        true => out(&format!(
            "{:#}",
            json!({"crates": done, "not_offered": missing})
        )),
        false => missing.iter().for_each(|it| {
            let word = |key: &str| it[key].as_str().unwrap_or_default().to_owned();
            out(&format!(
                "{} was not copied: {}",
                word("what"),
                word("reason")
            ));
        }),
    }
    ended?;
    if missing.is_empty() && done.is_empty() {
        error("there is nothing to import");
        return Ok(Outcome::Found);
    }
    Ok(
        match missing.is_empty() && done.iter().all(|it| it.outcome != "failed") {
            true => Outcome::Done,
            false => Outcome::Found,
        },
    )
}
