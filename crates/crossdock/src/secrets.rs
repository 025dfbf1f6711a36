//! Tokens of upstreams: named in the settings, kept in the environment.
//!
//! Apart because two commands look: `serve` needs them, and `check` says beforehand
//! which ones it would miss.
//!
//! Absent: to whom a token is sent (`upstream`).

use crate::report::Failure;
use crate::settings::{RegistrySettings, Settings, is_loopback};
use crossdock_core::registry_name::RegistryName;
use crossdock_upstream::Secret;
use std::env::VarError;

/// Reads the token of a registry's upstream from its variable.
///
/// # Errors
/// [`Failure`] if it is not set or cannot be sent.
pub(crate) fn read(name: &RegistryName, variable: &str) -> Result<Secret, Failure> {
    let text = std::env::var(variable).map_err(|source| {
        let hint = format!("set {variable}, or take `token-env` out of [registries.{name}]");
        let subject = format!("the environment variable {variable}");
        Failure::hinted(Unset { subject, source }, hint)
    })?;
    Secret::parse(&text).map_err(|error| {
        Failure::hinted(
            error,
            format!("look at the environment variable {variable}"),
        )
    })
}

/// Tells of each token that `serve` would not start without, in the order of the
/// registries' names.
pub(crate) fn missing(settings: &Settings) -> Vec<String> {
    let mirrors = settings
        .registries
        .iter()
        .filter_map(|(name, registry)| match registry {
            RegistrySettings::Mirror(mirror) => Some((name, mirror.token_env.as_ref()?)),
            RegistrySettings::Hosted(_) | RegistrySettings::Directory(_) => None,
        });
    let missed = mirrors.filter_map(|(name, variable)| {
        let why = why_unusable(variable)?;
        Some(format!(
            "[registries.{name}] takes its upstream's token from {variable}, which {why}: \
             `crossdock serve` does not start in this environment"
        ))
    });
    missed.collect()
}

/// Tells of each token that would go to its upstream in the clear, over a network.
pub(crate) fn sent_in_clear(settings: &Settings) -> Vec<String> {
    let sent = settings
        .registries
        .iter()
        .filter_map(|(name, registry)| match registry {
            RegistrySettings::Mirror(mirror) => {
                let variable = mirror.token_env.as_ref()?;
                let url = mirror.upstream.url()?;
                let is_clear = url.scheme() == "http" && !is_loopback(url);
                is_clear.then(|| {
                    format!(
                        "[registries.{name}] sends the token in {variable} to {url} in the clear, for \
                         everybody on the way: mirror an https address"
                    )
                })
            }
            RegistrySettings::Hosted(_) | RegistrySettings::Directory(_) => None,
        });
    sent.collect()
}

fn why_unusable(variable: &str) -> Option<&'static str> {
    match std::env::var(variable).as_deref().map(Secret::parse) {
        Ok(Ok(_)) => None,
        Err(VarError::NotPresent) => Some("is not set"),
        Ok(Err(_)) | Err(VarError::NotUnicode(_)) => Some("holds nothing that can be sent"),
    }
}

/// The token of an upstream is not there.
#[derive(Debug, thiserror::Error)]
#[error("could not read {subject}")]
struct Unset {
    subject: String,
    source: VarError,
}
