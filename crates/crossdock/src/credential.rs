//! `crossdock credential`: tokens for cargo and for people, and the call that cargo makes.
//!
//! cargo calls the program with `--cargo-plugin` alone, before there is a command line to
//! speak of; what it says then comes through standard input.
//!
//! Absent: which token is for which address (`client`).

use crate::asked_server;
use crate::command_line::ServerArguments;
use crate::report::{Failure, Outcome, error, out};
use clap::{Args, Subcommand};
use crossdock_client::cargo_sources::cargo_home;
use crossdock_client::credential::{self, CALLED_BY_CARGO, Given, Kept, Provider, Reach};
use std::ffi::OsString;
use std::io::{IsTerminal as _, Read as _};

/// `crossdock credential`
#[derive(Debug, Args)]
#[command(after_help = "\
cargo starts the provider itself, as its configuration says (`crossdock setup` writes it):
  [registry]
  global-credential-providers = [\"cargo:token\", \"crossdock credential https://HOST\"]
One token then opens every registry, view, face and epoch of that server, and is given
for no other address; `cargo login`, `cargo logout` work as ever. CROSSDOCK_TOKEN
outranks what is kept.

Examples:
  crossdock credential login --url https://crates.acme.example < token
  crossdock credential show
  crossdock credential logout")]
pub(crate) struct Credential {
    #[command(flatten)]
    server: ServerArguments,
    #[command(subcommand)]
    what: What,
}

#[derive(Clone, Copy, Debug, Subcommand)]
enum What {
    /// Keeps a token for a server, from standard input, for its owner alone.
    #[command(
        after_help = "Example:\n  crossdock credential login --url https://crates.acme.example"
    )]
    Login,
    /// Forgets the token for a server.
    #[command(after_help = "Example:\n  crossdock credential logout")]
    Logout,
    /// Says where the token for a server comes from; exit code 1 if there is none.
    #[command(after_help = "Example:\n  crossdock credential show --json")]
    Show {
        /// Print it as JSON.
        #[arg(long)]
        json: bool,
    },
}

/// The system does not say where cargo keeps its things.
#[derive(Debug, thiserror::Error)]
#[error("neither CARGO_HOME nor a home folder is known")]
struct NoHome;

/// Answers cargo, if it is cargo that called.
pub(crate) fn answer_cargo(arguments: &[OsString]) -> bool {
    let is_called = arguments
        .get(1)
        .is_some_and(|argument| argument == CALLED_BY_CARGO);
    if is_called {
        credential::serve(Provider {
            given: Given::by_environment(),
            kept: cargo_home().map(|home| Kept::below(&home)),
            tell: error,
        });
    }
    is_called
}

/// Keeps, forgets or shows.
pub(crate) fn credential(arguments: &Credential) -> Result<Outcome, Failure> {
    let server = asked_server::find(&arguments.server)?;
    let reach = Reach::parse(server.url().as_str()).map_err(Failure::plain)?;
    let home = cargo_home().ok_or_else(|| Failure::plain(NoHome))?;
    let kept = Kept::below(&home);
    match arguments.what {
        What::Login => login(&kept, &reach),
        What::Logout => logout(&kept, &reach),
        What::Show { json } => show(arguments, &kept, &reach, json),
    }
}

fn login(kept: &Kept, reach: &Reach) -> Result<Outcome, Failure> {
    let mut token = String::new();
    let mut stdin = std::io::stdin().lock();
    let read = if stdin.is_terminal() {
        error(&format!("paste the token for {reach} and press return:"));
        std::io::BufRead::read_line(&mut stdin, &mut token).map(|_| ())
    } else {
        stdin
            .take(TOKEN_BYTES_MAX)
            .read_to_string(&mut token)
            .map(|_| ())
    };
    read.map_err(Failure::plain)?;
    let path = kept.keep(reach, &token).map_err(Failure::plain)?;
    out(&format!("the token for {reach} is in {}", path.display()));
    Ok(Outcome::Done)
}

/// What is longer is no token, and refused as such.
const TOKEN_BYTES_MAX: u64 = 64 * 1024;

fn logout(kept: &Kept, reach: &Reach) -> Result<Outcome, Failure> {
    match kept.forget(reach).map_err(Failure::plain)? {
        true => {
            out(&format!(
                "the token for {reach} is removed from this machine; the server still knows it"
            ));
            Ok(Outcome::Done)
        }
        false => {
            out(&format!("no token for {reach} is kept on this machine"));
            Ok(Outcome::Found)
        }
    }
}

fn show(
    arguments: &Credential,
    kept: &Kept,
    reach: &Reach,
    json: bool,
) -> Result<Outcome, Failure> {
    let path = kept.path(reach);
    let from = match &arguments.server.token {
        Some(_) => Some("CROSSDOCK_TOKEN".to_owned()),
        None => kept
            .read(reach)
            .map_err(Failure::plain)?
            .map(|_| path.display().to_string()),
    };
    if json {
        let told = serde_json::json!({ "server": reach.to_string(), "token_from": from });
        out(&format!("{told:#}"));
    } else {
        match &from {
            Some(from) => out(&format!("the token for {reach} is that of {from}")),
            None => out(&format!(
                "there is no token for {reach}: `crossdock credential login --url {reach}`, or \
                 CROSSDOCK_TOKEN"
            )),
        }
    }
    Ok(match from {
        Some(_) => Outcome::Done,
        None => Outcome::Found,
    })
}
