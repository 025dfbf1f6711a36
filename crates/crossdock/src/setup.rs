//! `crossdock setup`: cargo's configuration for a view, shown before it is written.
//!
//! Absent: what has to stand there and how it is merged (`client`).

use crate::asked_server;
use crate::command_line::Setup;
use crate::doctor;
use crate::report::{Failure, Outcome, error, out};
use crossdock_client::cargo_config::{MergeError, merge};
use crossdock_client::cargo_sources::{CargoSources, cargo_home};
use crossdock_client::config_file::{self, Place};
use crossdock_client::difference;
use crossdock_client::pin::{self, Moment, Pin};
use crossdock_client::server::Server;
use crossdock_client::setup::{
    Choice, MemberInfo, SetupInfo, Tokens, Unify, ask, needs_tokens, plan, warnings,
};
use crossdock_client::unify;
use crossdock_core::address::Address;
use std::path::Path;

/// Asks the server, shows the difference, writes it.
pub(crate) fn setup(arguments: Setup) -> Result<Outcome, Failure> {
    let server = asked_server::find(&arguments.server)?;
    let info = crate::runtime::wait(about(&server, arguments.view.as_deref()))??;
    let unify = unify(&arguments, &info)?;
    let place = match arguments.user {
        true => Place::User,
        false => Place::Project(arguments.project),
    };
    let path = config_file::find(&place).map_err(Failure::plain)?;
    let old = config_file::read(&path).map_err(Failure::plain)?;
    let called = arguments.name.as_deref().unwrap_or(&info.view);
    let base = match &arguments.at {
        Some(_) => old.clone(),
        None => pin::let_go(&old, &info.view, called).map_err(|error| refused(error, &path))?,
    };
    let pin = match &arguments.at {
        Some(when) => {
            let moment = crate::runtime::wait(pin::ask(&server, &info.view, when))?;
            let moment = moment.map_err(asked_server::failed)?;
            let Moment { epoch, time } = &moment;
            out(&format!("{when} is epoch {epoch}, {time}"));
            Some(Pin::new(when, &moment))
        }
        None => None,
    };
    // What a pin leads to has to be of the kind that the lock was made by.
    let had_faces = pin.is_some() && pin::uses_faces(&old, &info, called);
    let choice = Choice {
        faces: arguments.faces || had_faces,
        name: arguments.name,
        strict: arguments.strict,
        pin,
        tokens: match arguments.plain {
            true => Tokens::Plain,
            false => Tokens::Provider,
        },
        unify,
    };
    let wanted = plan(&info, &choice)
        .map_err(|error| Failure::hinted(error, "choose another name with --name"))?;
    let new = merge(&base, &wanted, arguments.force).map_err(|error| refused(error, &path))?;
    for warning in warnings(&new, &info) {
        error(&format!("warning: {warning}"));
    }
    let name = path.display().to_string();
    if new == old {
        out(&format!("nothing to change in {name}"));
        return Ok(Outcome::Done);
    }
    out(difference::unified(&name, &old, &new).trim_end());
    if arguments.dry_run {
        out("nothing was written (--dry-run)");
        return Ok(Outcome::Done);
    }
    config_file::write(&path, &new).map_err(Failure::plain)?;
    out(&format!("\n{name} is written; it holds no secret"));
    out(&next(&info, &choice));
    Ok(Outcome::Done)
}

/// Finds what manifests take from the registries that are to be one with the view.
fn unify(arguments: &Setup, info: &SetupInfo) -> Result<Vec<Unify>, Failure> {
    let alias = |registry: &String| Unify::Alias {
        registry: registry.clone(),
    };
    let mut unify: Vec<Unify> = arguments.unify_by_alias.iter().map(alias).collect();
    if arguments.unify.is_empty() {
        return Ok(unify);
    }
    let sources = CargoSources::load(&arguments.project, cargo_home().as_deref());
    let sources = sources.map_err(Failure::plain)?;
    // What this command is about to write is not there yet, and cargo wants to know it.
    let named = info.registries.iter().filter(|member| member.is_named());
    let known: Vec<_> = named
        .map(|member| (member.name.clone(), member.index.clone()))
        .collect();
    let needs = doctor::needs_of(&arguments.project, &known)?;
    for registry in &arguments.unify {
        let member = known.iter().find(|(name, _)| name == registry);
        let address = match member {
            Some((_, index)) => Address::parse(index).ok(),
            None => sources.registry(registry),
        };
        let Some(address) = address else {
            let known: Vec<_> = known.iter().map(|(name, _)| name.as_str()).collect();
            let hint = format!("the view's are: {}", known.join(", "));
            return Err(Failure::hinted(UnknownRegistry(registry.clone()), hint));
        };
        let crates = unify::crates(&needs, &address);
        if crates.is_empty() {
            error(&format!(
                "note: no manifest takes a crate from `{registry}`"
            ));
        }
        unify.push(Unify::Patch {
            registry: registry.clone(),
            crates,
        });
    }
    Ok(unify)
}

/// Neither the view nor cargo's configuration has a registry of this name.
#[derive(Debug, thiserror::Error)]
#[error("there is no registry `{0}`")]
struct UnknownRegistry(String);

async fn about(server: &Server, view: Option<&str>) -> Result<SetupInfo, Failure> {
    match (ask(server, view).await, view) {
        (Ok(info), _) => Ok(info),
        (Err(error), Some(view)) => Err(asked_server::failed_in_view(server, view, error).await),
        (Err(error), None) => Err(asked_server::failed_at(server, error).await),
    }
}

fn refused(error: MergeError, path: &Path) -> Failure {
    let hint = match &error {
        MergeError::Clashes(_) => {
            "take these out yourself, or let --force replace them; nothing was written"
        }
        MergeError::NotToml(_) | MergeError::NotTable { .. } => {
            "mend the file first; nothing was written"
        }
    };
    Failure::hinted(
        InFile {
            path: path.display().to_string(),
            source: error,
        },
        hint,
    )
}

/// Says in which file something is wrong.
#[derive(Debug, thiserror::Error)]
#[error("{path} cannot be changed")]
struct InFile {
    path: String,
    source: MergeError,
}

/// Says what to do with the configuration.
fn next(info: &SetupInfo, choice: &Choice) -> String {
    let mut lines = Vec::new();
    let view = choice.name.as_deref().unwrap_or(&info.view);
    let is_closed = needs_tokens(info);
    if is_closed {
        lines.push(match choice.tokens {
            Tokens::Provider => format!(
                "reading needs a token: `cargo login --registry {view}` keeps one on this machine \
                 for all of the server; whoever builds needs `crossdock` on the search path, or \
                 `crossdock setup --plain`"
            ),
            Tokens::Plain => format!(
                "reading needs a token for each registry above: `cargo login --registry {view}` \
                 and so on, or {} and so on",
                crate::announce::token_variable(view)
            ),
        });
    }
    let hosted = info.registries.iter().filter(|member| member.hosted);
    for MemberInfo { name, .. } in hosted {
        lines.push(match is_closed && choice.tokens == Tokens::Provider {
            true => format!("publish with `cargo publish --registry {name}`"),
            false => format!(
                "publish with `cargo publish --registry {name}` and a token in {}",
                crate::announce::token_variable(name)
            ),
        });
    }
    lines.join("\n")
}
