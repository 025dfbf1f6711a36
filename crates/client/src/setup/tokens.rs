//! How cargo comes by tokens for a server that is read with one.
//!
//! cargo finds a token by the name that a registry has in its configuration, and the
//! addresses of faces, to which rows lead, have none. So either a provider answers for
//! all of the server, or each face gets a name.
//!
//! Absent: tokens themselves; the file is meant to be committed.

use crate::cargo_config::{Setting, Wanted};
use crate::credential::{self, Reach};
use crate::setup::{Choice, PlanError, SetupInfo, Tokens, index};

/// cargo's own provider, which looks into the environment and `credentials.toml`.
///
/// It stands before ours, which cargo asks first: "Providers are listed in ascending
/// order of precedence" [cargo goes from the end of the list to its beginning].
const CARGOS_OWN: &str = "cargo:token";

/// Lists what is to be said about tokens.
pub(super) fn plan(
    info: &SetupInfo,
    view: &str,
    choice: &Choice,
) -> Result<Vec<Wanted>, PlanError> {
    if !needs_tokens(info) {
        return Ok(Vec::new());
    }
    let ours = credential::named(&reach(info)?);
    let mut wanted = Vec::new();
    if choice.tokens == Tokens::Provider {
        wanted.push(providers(Setting::ListWith {
            one: ours,
            behind: CARGOS_OWN,
        }));
        return Ok(wanted);
    }
    wanted.push(providers(Setting::ListWithout(ours)));
    // Without a list cargo does not use the token it has (cargo 1.95).
    wanted.push(providers(Setting::ListIfAbsent(vec![
        CARGOS_OWN.to_owned(),
    ])));
    if choice.pin.is_none() {
        for member in &info.registries {
            wanted.push(index(
                &format!("{view}-from-{}", member.name),
                &member.face,
            )?);
        }
    }
    Ok(wanted)
}

/// Tells whether something of the view is read with a token.
pub fn needs_tokens(info: &SetupInfo) -> bool {
    let mut members = info.registries.iter();
    info.auth_required || members.any(|member| member.is_named() && member.auth_required)
}

/// The server, which is what stands before the name of the view in its address.
pub fn reach(info: &SetupInfo) -> Result<Reach, PlanError> {
    let below = format!("/{}/index/", info.view);
    let address = info.view_index.strip_prefix("sparse+");
    let server = address.and_then(|address| address.strip_suffix(&below));
    server
        .and_then(|server| Reach::parse(server).ok())
        .ok_or_else(|| PlanError::Answer(format!("`{}` is no index of a view", info.view_index)))
}

fn providers(value: Setting) -> Wanted {
    Wanted {
        tables: vec!["registry".to_owned()],
        key: "global-credential-providers",
        value,
    }
}
