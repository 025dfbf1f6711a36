//! A registry that manifests name, made one with the view.
//!
//! By a patch of the crates that are named; or by calling the registry by the address of
//! crates.io, which unifies all of it and turns a publish to it into one to the real
//! crates.io. So the second never comes without a provider that refuses crates.io any
//! token; without a token cargo sends neither name nor bytes (cargo-facts, section 2).
//!
//! Absent: which crates manifests name (`needs.rs`).

use crate::cargo_config::{Setting, Wanted};
use crate::credential::{COMMAND, REFUSE};
use crate::setup::{PlanError, SetupInfo, text};
use crossdock_core::address::CRATES_IO_IDENTITY;
use std::collections::BTreeMap;

/// How a registry is made one with the view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unify {
    /// By a patch of each crate that manifests take from it, with their requirement.
    Patch {
        /// What cargo calls the registry.
        registry: String,
        /// The crates, each with a requirement.
        crates: BTreeMap<String, String>,
    },
    /// By the address of crates.io, with a guard.
    Alias {
        /// What cargo calls the registry.
        registry: String,
    },
}

/// Lists what is to be said so that registries are one with the view.
pub(super) fn plan(
    info: &SetupInfo,
    view: &str,
    unify: &[Unify],
) -> Result<Vec<Wanted>, PlanError> {
    let mut wanted = Vec::new();
    for one in unify {
        match one {
            Unify::Patch { registry, crates } => {
                let to = identity(info, view, registry);
                for (krate, version) in crates {
                    let tables = ["patch", registry.as_str(), krate.as_str()];
                    wanted.push(set(&tables, "version", version));
                    wanted.push(set(&tables, "registry", to));
                }
            }
            Unify::Alias { registry } => {
                if info.identity != "crates-io" {
                    return Err(PlanError::Alias(registry.clone()));
                }
                wanted.push(text(["registries", registry], "index", CRATES_IO_IDENTITY));
                let guard = ["crossdock", COMMAND, REFUSE];
                wanted.push(Wanted {
                    tables: vec!["registry".to_owned()],
                    key: "credential-provider",
                    value: Setting::List(guard.map(str::to_owned).into()),
                });
            }
        }
    }
    Ok(wanted)
}

/// Tells whether a registry is called by the address of crates.io.
pub(super) fn is_alias(unify: &[Unify], name: &str) -> bool {
    let mut unify = unify.iter();
    unify.any(|one| matches!(one, Unify::Alias { registry } if registry == name))
}

/// By which registry the view's rows name what a member has: where private crates have
/// the view's own address, that; else crates.io's.
fn identity<'a>(info: &SetupInfo, view: &'a str, registry: &str) -> &'a str {
    let mut members = info.registries.iter();
    let is_private = members.any(|member| member.name == *registry && member.is_named());
    match info.identity.as_str() {
        "crates-io" => "crates-io",
        _ if is_private || !info.replaces_crates_io => view,
        _ => "crates-io",
    }
}

fn set(tables: &[&str], key: &'static str, value: &str) -> Wanted {
    Wanted {
        tables: tables.iter().map(ToString::to_string).collect(),
        key,
        value: Setting::Text(value.to_owned()),
    }
}
