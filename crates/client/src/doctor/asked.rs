//! What servers say: which addresses are read with a token, and on which names a view
//! does not agree.
//!
//! Asked are the addresses that cargo would ask anyway, `config.json` without a token.
//! Absent: what follows from it (`sources.rs`).

use crate::server::{Server, client};
use crossdock_core::address::Address;
use reqwest::StatusCode;
use reqwest::header::WWW_AUTHENTICATE;
use reqwest::redirect::Policy;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// How long one address may take: somebody is looking at the screen, and a server that is
/// not there must not keep the rest from being told.
const ANSWER: Duration = Duration::from_secs(5);

/// What servers said.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Addresses that are read with a token, and the Crossdock that has them, if it is one.
    pub closed: BTreeMap<Address, Option<String>>,
    /// Names on which the view does not agree.
    pub conflicts: Vec<Conflict>,
    /// Addresses that did not answer, with the reason.
    pub silent: BTreeMap<Address, String>,
}

/// A name on which the members of a view do not agree.
#[derive(Clone, Debug, Deserialize)]
pub struct Conflict {
    /// The name.
    pub name: String,
    /// What is the matter.
    pub text: String,
    /// What settles it.
    #[serde(default)]
    pub cure: String,
}

/// Asks addresses whether they want a token, and the view's server for conflicts.
pub async fn ask(addresses: &[Address], view: Option<(&Server, &str)>) -> Asked {
    let mut asked = Asked::default();
    for address in addresses {
        match wants_token(address).await {
            Ok(None) => {}
            Ok(Some(server)) => drop(asked.closed.insert(address.clone(), server)),
            Err(error) => drop(asked.silent.insert(address.clone(), error)),
        }
    }
    if let Some((server, view)) = view
        && let Ok(conflicts) = server.ask(&[view, "api", "v1", "conflicts"], &[]).await
    {
        asked.conflicts = conflicts;
    }
    asked
}

/// Asks one address; if it wants a token, says which Crossdock it belongs to.
async fn wants_token(address: &Address) -> Result<Option<Option<String>>, String> {
    let Address::Sparse(url) = address else {
        return Ok(None);
    };
    let shown = |error: reqwest::Error| error.without_url().to_string();
    let url = url.join("config.json").map_err(|error| error.to_string())?;
    let client = client(&url, Policy::none()).map_err(shown)?;
    let answer = client.get(url.clone()).timeout(ANSWER).send().await;
    let answer = answer.map_err(shown)?;
    if answer.status() != StatusCode::UNAUTHORIZED {
        return Ok(None);
    }
    // A Crossdock says where it is: `Cargo login_url="https://HOST/"`.
    let challenge = answer.headers().get(WWW_AUTHENTICATE);
    let challenge = challenge.and_then(|challenge| challenge.to_str().ok());
    let server = challenge
        .and_then(|challenge| challenge.split("login_url=\"").nth(1)?.split('"').next())
        .filter(|server| url.as_str().starts_with(server))
        .map(|server| server.trim_end_matches('/').to_owned());
    Ok(Some(server))
}
