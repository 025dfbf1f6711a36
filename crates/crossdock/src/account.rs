//! `crossdock user`, `crossdock team`, `crossdock token`: who may do what on a server.
//!
//! Absent: what a token may do, and every rule about names, which the server knows.

use crate::asked_server;
use crate::command_line::ServerArguments;
use crate::report::{Failure, Outcome, out};
use clap::{Args, Subcommand};
use crossdock_client::accounts::{self, AccountOrder, TokenOrder};
use serde_json::Value;
use std::time::{Duration, SystemTime};

/// How long a token counts if nothing is said: long enough not to be a chore, short
/// enough that a forgotten one ends; crates.io suggests the same.
const DAYS: u32 = 90;

/// What a token may do if nothing is said: what a developer does with cargo.
const USUAL: &str = "read,publish-new,publish-update,yank,owners";

/// `crossdock user`
#[derive(Debug, Args)]
#[command(after_help = "\
A user who is removed loses every token and membership at once; added again, it is the
same user, owner of the same crates, without the old tokens.

Examples:
  crossdock user add ann
  crossdock user list --json")]
pub(crate) struct User {
    #[command(subcommand)]
    what: UserWhat,
    #[command(flatten)]
    server: ServerArguments,
    /// Print the server's answer as JSON.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum UserWhat {
    /// Make somebody a user.
    Add {
        /// Name of the user.
        name: String,
    },
    /// Remove a user and all their tokens.
    Remove {
        /// Name of the user.
        name: String,
    },
    /// List all users.
    List,
}

/// `crossdock team`
#[derive(Debug, Args)]
#[command(after_help = "\
A team owns a crate as `team:NAME`. Its members may publish and yank, but only an owner
by name says who owns the crate.

Examples:
  crossdock team add core
  crossdock team join core ann
  cargo owner --add team:core --registry acme petal")]
pub(crate) struct Team {
    #[command(subcommand)]
    what: TeamWhat,
    #[command(flatten)]
    server: ServerArguments,
    /// Print the server's answer as JSON.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum TeamWhat {
    /// Make a team.
    Add {
        /// Name of the team, without `team:`.
        name: String,
    },
    /// Remove a team.
    Remove {
        /// Name of the team.
        name: String,
    },
    /// Put a user into a team.
    Join {
        /// Name of the team.
        team: String,
        /// Name of the user.
        user: String,
    },
    /// Take a user out of a team.
    Leave {
        /// Name of the team.
        team: String,
        /// Name of the user.
        user: String,
    },
    /// List all teams and their members.
    List,
}

/// `crossdock token`
#[derive(Debug, Args)]
#[command(after_help = "\
A grant is a sentence: SCOPES [on REGISTRY|VIEW] [crates PATTERN,…] [of-any-owner], where
the scopes are read, publish-new, publish-update, yank, owners, admin. Updates, yanks and
owners are of crates that the user owns, unless the grant says of-any-owner.

Examples:
  crossdock token create ann
  crossdock token create ci --grant 'read on main' \\
      --grant 'publish-new,publish-update on acme crates acme-*' --days 30
  crossdock token revoke 0123456789ab")]
pub(crate) struct Token {
    #[command(subcommand)]
    what: TokenWhat,
    #[command(flatten)]
    server: ServerArguments,
    /// Print the server's answer as JSON.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum TokenWhat {
    /// Issue a token and print it, this one time.
    Create {
        /// Whose token it is.
        user: String,
        /// What it may do; may be given several times. Without it: read, publish-new,
        /// publish-update, yank and owners, everywhere.
        #[arg(long = "grant", value_name = "GRANT")]
        grants: Vec<String>,
        /// How many days it counts.
        #[arg(long, value_name = "DAYS", default_value_t = DAYS, conflicts_with_all = ["expires", "never_expires"])]
        days: u32,
        /// Second from which on it does not count (RFC 3339).
        #[arg(long, value_name = "TIME")]
        expires: Option<String>,
        /// Let it count until it is revoked.
        #[arg(long, conflicts_with = "expires")]
        never_expires: bool,
        /// What it is for.
        #[arg(long, value_name = "TEXT")]
        label: Option<String>,
    },
    /// Revoke a token, at once and for good.
    Revoke {
        /// Its short name, as `token list` prints it.
        id: String,
    },
    /// List tokens, without their texts.
    List,
}

/// Adds, removes and lists users.
pub(crate) fn user(arguments: &User) -> Result<Outcome, Failure> {
    let (order, done) = match &arguments.what {
        UserWhat::Add { name } => (
            AccountOrder::AddUser(name),
            format!("`{name}` is a user; `crossdock token create {name}` issues a token"),
        ),
        UserWhat::Remove { name } => (
            AccountOrder::RemoveUser(name),
            format!("`{name}` is no user any more, and none of their tokens counts"),
        ),
        UserWhat::List => return listed(&arguments.server, "users", arguments.json, user_line),
    };
    ordered(&arguments.server, &order, arguments.json, &done)
}

/// Makes, changes and lists teams.
pub(crate) fn team(arguments: &Team) -> Result<Outcome, Failure> {
    let (order, done) = match &arguments.what {
        TeamWhat::Add { name } => (
            AccountOrder::AddTeam(name),
            format!("there is a team `{name}`; `crossdock team join {name} USER` fills it"),
        ),
        TeamWhat::Remove { name } => (
            AccountOrder::RemoveTeam(name),
            format!("there is no team `{name}` any more"),
        ),
        TeamWhat::Join { team, user } => (
            AccountOrder::Join(team, user),
            format!("`{user}` is in `{team}`"),
        ),
        TeamWhat::Leave { team, user } => (
            AccountOrder::Leave(team, user),
            format!("`{user}` is not in `{team}`"),
        ),
        TeamWhat::List => return listed(&arguments.server, "teams", arguments.json, team_line),
    };
    ordered(&arguments.server, &order, arguments.json, &done)
}

/// Issues, revokes and lists tokens.
pub(crate) fn token(arguments: &Token) -> Result<Outcome, Failure> {
    match &arguments.what {
        TokenWhat::Create {
            user,
            grants,
            days,
            expires,
            never_expires,
            label,
        } => {
            let usual = [USUAL.to_owned()];
            let in_days = in_days(*days)?;
            let expires = match (expires, never_expires) {
                (Some(at), _) => Some(at.as_str()),
                (None, true) => None,
                (None, false) => Some(in_days.as_str()),
            };
            let wanted = TokenOrder {
                user,
                grants: if grants.is_empty() { &usual } else { grants },
                expires,
                label: label.as_deref(),
            };
            let server = asked_server::find(&arguments.server)?;
            let issued = crate::runtime::wait(accounts::issue(&server, &wanted))?;
            let issued = issued.map_err(asked_server::failed)?;
            match arguments.json {
                true => out(&format!("{issued:#}")),
                false => out(&created(&issued)),
            }
            Ok(Outcome::Done)
        }
        TokenWhat::Revoke { id } => {
            let done = format!("token {id} does not count any more");
            let order = AccountOrder::Revoke(id);
            ordered(&arguments.server, &order, arguments.json, &done)
        }
        TokenWhat::List => listed(&arguments.server, "tokens", arguments.json, token_line),
    }
}

/// The token on a line of its own, so that it can be taken from there; around it what
/// a person has to know.
fn created(issued: &Value) -> String {
    let until = match issued["expires"].as_str() {
        Some(at) => format!("until {at}"),
        None => "until it is revoked".to_owned(),
    };
    format!(
        "{}\n\ntoken {} of `{}`, {until}; it is shown this once. It may:\n  {}",
        text(&issued["token"]),
        text(&issued["id"]),
        text(&issued["user"]),
        texts(&issued["grants"], "\n  "),
    )
}

fn user_line(user: &Value) -> String {
    let mut line = format!("{} since {}", text(&user["name"]), text(&user["since"]));
    if user["is_there"] == false {
        line += ", removed";
    }
    let teams = texts(&user["teams"], ", ");
    if !teams.is_empty() {
        line += &format!(", in {teams}");
    }
    line
}

fn team_line(team: &Value) -> String {
    format!(
        "team:{}: {}",
        text(&team["name"]),
        texts(&team["members"], ", ")
    )
}

fn token_line(token: &Value) -> String {
    let ends = match (token["revoked"].as_str(), token["expires"].as_str()) {
        (Some(at), _) => format!("revoked {at}"),
        (None, Some(at)) if token["counts"] == false => format!("expired {at}"),
        (None, Some(at)) => format!("until {at}"),
        (None, None) => "never expires".to_owned(),
    };
    let label = token["label"].as_str().map(|label| format!(" ({label})"));
    format!(
        "{} {}, {ends}: {}{}",
        text(&token["id"]),
        text(&token["user"]),
        texts(&token["grants"], "; "),
        label.unwrap_or_default()
    )
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("?")
}

fn texts(value: &Value, between: &str) -> String {
    let texts = value.as_array().into_iter().flatten().map(text);
    texts.collect::<Vec<_>>().join(between)
}

/// A token shall count longer than dates go.
#[derive(Debug, thiserror::Error)]
#[error("that many days have no date; use --never-expires")]
struct NoDate;

fn in_days(days: u32) -> Result<String, Failure> {
    let end = SystemTime::now() + Duration::from_secs(u64::from(days) * 24 * 3600);
    let seconds = end.duration_since(SystemTime::UNIX_EPOCH).ok();
    let seconds = seconds.and_then(|since| i64::try_from(since.as_secs()).ok());
    let end = seconds.and_then(crossdock_core::timestamp::Timestamp::from_unix_seconds);
    end.map(|end| end.to_string())
        .ok_or_else(|| Failure::plain(NoDate))
}

fn ordered(
    server: &ServerArguments,
    order: &AccountOrder<'_>,
    json: bool,
    done: &str,
) -> Result<Outcome, Failure> {
    let server = asked_server::find(server)?;
    let answer = crate::runtime::wait(accounts::order(&server, order))?;
    let answer = answer.map_err(asked_server::failed)?;
    match json {
        true => out(&format!("{answer:#}")),
        false => out(done),
    }
    Ok(Outcome::Done)
}

fn listed(
    server: &ServerArguments,
    what: &str,
    json: bool,
    line: fn(&Value) -> String,
) -> Result<Outcome, Failure> {
    let server = asked_server::find(server)?;
    let listed = crate::runtime::wait(accounts::list(&server, what))?;
    let listed = listed.map_err(asked_server::failed)?;
    match json {
        true => out(&format!("{:#}", Value::Array(listed))),
        false if listed.is_empty() => out(&format!("there are no {what}")),
        false => listed.iter().for_each(|one| out(&line(one))),
    }
    Ok(Outcome::Done)
}
