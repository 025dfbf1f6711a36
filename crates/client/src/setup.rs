//! What cargo's configuration has to say so that a project builds through a view.
//!
//! The server is asked, because it alone knows its public address and what the
//! view is made of. No secret is written: the file is meant to be committed.
//!
//! Absent: the text of the file (`cargo_config.rs`), its place (`config_file.rs`).

mod tokens;
mod unify;

use crate::cargo_config::{Setting, Wanted, text_at};
use crate::pin::{self, Pin};
use crate::server::{AskError, Server};
use crossdock_core::address::Address;
use crossdock_core::registry_name::RegistryName;
use serde::Deserialize;

pub use tokens::{needs_tokens, reach};
pub use unify::Unify;

/// The name that cargo keeps for crates.io in `[registries]` and `[source]`.
const RESERVED_BY_CARGO: &str = "crates-io";

/// What a server says of one of its views.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct SetupInfo {
    /// The view.
    pub view: String,
    /// How its rows name each other: `crates-io` or `split`.
    pub identity: String,
    /// Whether clients take the view for crates.io.
    pub replaces_crates_io: bool,
    /// The address of its index.
    pub view_index: String,
    /// The registries in it.
    pub registries: Vec<MemberInfo>,
    /// All views that the asker may read.
    #[serde(default)]
    pub views: Vec<String>,
    /// All hosted registries that the asker may read.
    #[serde(default)]
    pub hosted: Vec<HostedInfo>,
    /// The hosted registry that takes new names published to the view.
    #[serde(default)]
    pub publish_to: Option<String>,
    /// Whether reading needs a token.
    pub auth_required: bool,
}

/// What a server says of a registry that crates are published to.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct HostedInfo {
    /// Its name.
    pub name: String,
    /// The address of its index.
    pub index: String,
}

/// What a server says of a member of a view.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct MemberInfo {
    /// Its name.
    pub name: String,
    /// The address of its own index.
    pub index: String,
    /// The address of its face in the view.
    pub face: String,
    /// Whether crates are published to it here.
    pub hosted: bool,
    /// Whether it is a folder of the server's machine; an older server has none.
    #[serde(default)]
    pub directory: bool,
    /// Whether its own address is read with a token; an older server does not say.
    #[serde(default)]
    pub auth_required: bool,
}

impl MemberInfo {
    /// Whether manifests name it by its own address, `registry = "NAME"`. A mirror is
    /// named by that of its upstream, if at all.
    pub fn is_named(&self) -> bool {
        self.hosted || self.directory
    }
}

/// What the person at the keyboard chose.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// What cargo calls the view; its own name if nothing is said.
    pub name: Option<String>,
    /// Replace crates.io even by a view that has no crates.io in it, so that cargo
    /// asks nobody but this server.
    pub strict: bool,
    /// Replace the address of each hosted registry and folder by its face in the view.
    ///
    /// Off by default: cargo 1.95 looks for crates that `publish --workspace` is
    /// about to upload beside the original address only (docs/decisions).
    pub faces: bool,
    /// Lead the sources to a moment.
    pub pin: Option<Pin>,
    /// How cargo comes by tokens.
    pub tokens: Tokens,
    /// Registries that are to be one with the view.
    pub unify: Vec<Unify>,
}

/// How cargo comes by tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tokens {
    /// One token for all of the server, by `crossdock credential`, which then has to be
    /// on the search path of everybody who builds.
    #[default]
    Provider,
    /// A token for each address, by cargo alone; so each face has a name.
    Plain,
}

/// Why an answer cannot be written into a configuration.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// cargo or another entry has the name already.
    #[error("cargo's configuration cannot call the view `{name}`: {why}")]
    Name {
        /// The name.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// A registry has a name that cargo keeps for itself.
    #[error("registry `{0}` cannot be set up: cargo keeps that name for crates.io")]
    Registry(String),
    /// A registry cannot stand for crates.io in a view that tells the two apart.
    #[error(
        "`{0}` cannot be called by the address of crates.io: in this view crates of yours have \
         the view's own address; use --unify {0}"
    )]
    Alias(String),
    /// The server names something that is no name or address.
    #[error("the server's answer cannot be written down: {0}")]
    Answer(String),
}

/// Asks a server about a view; about its first if none is named.
///
/// # Errors
/// [`AskError`].
pub async fn ask(server: &Server, view: Option<&str>) -> Result<SetupInfo, AskError> {
    let path = ["api", "v1", "setup"];
    if let (None, Some(here)) = (view, server.view()) {
        match server.ask(&path, &[("view", here)]).await {
            // What cargo uses here is a registry, or a view that is gone.
            Err(AskError::Refused { .. } | AskError::Absent { .. }) => {}
            answer => return answer,
        }
    }
    let query: Vec<_> = view.map(|view| ("view", view)).into_iter().collect();
    server.ask(&path, &query).await
}

/// Lists what the configuration has to say.
///
/// # Errors
/// [`PlanError`] if a name or address cannot stand there.
pub fn plan(info: &SetupInfo, choice: &Choice) -> Result<Vec<Wanted>, PlanError> {
    let view = view_name(info, choice)?;
    let mut wanted = vec![index(&view, &info.view_index)?];
    for member in info.registries.iter().filter(|member| member.is_named()) {
        let name = registry_name(&member.name)?;
        if name == RESERVED_BY_CARGO {
            return Err(PlanError::Registry(name));
        }
        if unify::is_alias(&choice.unify, &name) {
            continue;
        }
        wanted.push(index(&name, &member.index)?);
        if choice.faces && choice.pin.is_none() {
            let face = format!("{view}-from-{name}");
            wanted.push(index(&face, &member.face)?);
            // cargo matches replaced sources by address, not by name.
            wanted.push(text(["source", &name], "registry", &member.index));
            wanted.push(text(["source", &name], "replace-with", &face));
        }
    }
    let crates_io = info.replaces_crates_io || choice.strict;
    if let Some(pin) = &choice.pin {
        wanted.extend(pin::plan(info, &view, crates_io, choice.faces, pin)?);
    } else if crates_io {
        wanted.push(text(["source", RESERVED_BY_CARGO], "replace-with", &view));
    }
    wanted.extend(tokens::plan(info, &view, choice)?);
    wanted.extend(unify::plan(info, &view, &choice.unify)?);
    Ok(wanted)
}

/// Lists what a configuration says that will not go well with the view.
pub fn warnings(config: &str, info: &SetupInfo) -> Vec<String> {
    let mut warnings = Vec::new();
    if let Some(default) = text_at(config, &["registry"], "default")
        && info.replaces_crates_io
    {
        warnings.push(format!(
            "`registry.default = \"{default}\"` makes `cargo add` write registry = \"{default}\" beside \
             crates that come through the replacement of crates.io: such crates are built twice; \
             take the line out"
        ));
    }
    warnings
}

fn view_name(info: &SetupInfo, choice: &Choice) -> Result<String, PlanError> {
    let name = choice.name.as_ref().unwrap_or(&info.view);
    let refuse = |why: &str| PlanError::Name {
        name: name.clone(),
        why: why.to_owned(),
    };
    if RegistryName::parse(name).is_err() {
        return Err(refuse("a name is 1 to 63 of a-z, 0-9 and `-`"));
    }
    if name == RESERVED_BY_CARGO {
        return Err(refuse("cargo keeps that name for crates.io"));
    }
    let named = |member: &&MemberInfo| member.is_named() && member.name == *name;
    match info.registries.iter().find(named) {
        Some(_) => Err(refuse("a registry of the view is called so")),
        None => Ok(name.clone()),
    }
}

fn registry_name(name: &str) -> Result<String, PlanError> {
    RegistryName::parse(name)
        .map(|name| name.to_string())
        .map_err(|error| PlanError::Answer(error.to_string()))
}

pub(crate) fn index(name: &str, address: &str) -> Result<Wanted, PlanError> {
    match Address::parse(address) {
        // cargo refuses a sparse address without the final slash; ours has it.
        Ok(address @ Address::Sparse(_)) => {
            Ok(text(["registries", name], "index", &address.to_string()))
        }
        Ok(_) => Err(PlanError::Answer(format!("`{address}` is not sparse"))),
        Err(error) => Err(PlanError::Answer(error.to_string())),
    }
}

fn text(tables: [&str; 2], key: &'static str, value: &str) -> Wanted {
    Wanted {
        tables: tables.map(str::to_owned).into(),
        key,
        value: Setting::Text(value.to_owned()),
    }
}

#[cfg(test)]
mod tests;
