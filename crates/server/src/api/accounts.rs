//! `/api/v1/users`, `/api/v1/teams`, `/api/v1/tokens`, `/api/v1/me`: who is known here,
//! and what they may do.
//!
//! All of it is for who administers the server, but that everybody may see who they are,
//! and see and revoke their own tokens: revoking is what one does with a token that got
//! lost, and a thief gains nothing by it. Nobody issues tokens for themselves: whoever
//! found a token could make it last.
//!
//! The text of a token is in one answer, that to the request which issued it.

use crate::app::App;
use crate::problem::Problem;
use crate::respond::{self, ApiProblem, Routed};
use crate::upload;
use axum::body::Body;
use axum::extract::{Path, State};
use crossdock_core::access::TOKEN_RANDOM_BYTES;
use crossdock_core::account::{TeamName, Token, UserName};
use crossdock_core::actor::Actor;
use crossdock_core::decision::Words;
use crossdock_core::timestamp::Timestamp;
use crossdock_registry::{Bearer, Holder, TokenWish};
use http::HeaderMap;
use serde::{Deserialize, Serialize};
use std::fmt::Display;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    name: String,
}

#[derive(Serialize)]
struct UserTold {
    name: String,
    since: String,
    is_there: bool,
    teams: Vec<String>,
}

#[derive(Serialize)]
struct TeamTold {
    name: String,
    members: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    user: String,
    grants: Vec<String>,
    /// RFC 3339; without it the token does not expire.
    expires: Option<String>,
    label: Option<String>,
}

#[derive(Serialize)]
struct TokenTold {
    id: String,
    user: String,
    grants: Vec<String>,
    since: String,
    by: String,
    expires: Option<String>,
    revoked: Option<String>,
    label: Option<String>,
    issuer: Option<String>,
    counts: bool,
}

#[derive(Serialize)]
struct Issued {
    token: String,
    #[serde(flatten)]
    told: TokenTold,
}

#[derive(Serialize)]
struct Me {
    user: String,
    /// Nothing of the admin token, which is no user's.
    token: Option<TokenTold>,
}

/// `GET /api/v1/users`
pub(crate) async fn users(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Routed, ApiProblem> {
    app.access.writer(&headers)?;
    let teams = app.federation.teams();
    let users = app.federation.users().into_iter().map(|(name, user)| {
        let of_user = teams.iter().filter(|(_, members)| members.contains(&name));
        UserTold {
            since: user.since.to_string(),
            is_there: user.is_there,
            teams: of_user.map(|(team, _)| team.as_str().to_owned()).collect(),
            name: name.to_string(),
        }
    });
    Ok(respond::json(&users.collect::<Vec<_>>()))
}

/// `POST /api/v1/users`
pub(crate) async fn add_user(
    State(app): State<App>,
    headers: HeaderMap,
    body: Body,
) -> Result<Routed, ApiProblem> {
    let by = app.access.writer(&headers)?;
    let named: Named = super::read(&upload::json(&headers, body).await?)?;
    let user = app.federation.add_user(&by, &user(&named.name)?).await?;
    Ok(respond::json(&user.as_str()))
}

/// `DELETE /api/v1/users/{name}`
pub(crate) async fn remove_user(
    State(app): State<App>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Routed, ApiProblem> {
    let by = app.access.writer(&headers)?;
    app.federation.remove_user(&by, &user(&name)?).await?;
    Ok(respond::json(&name))
}

/// `GET /api/v1/teams`
pub(crate) async fn teams(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Routed, ApiProblem> {
    app.access.writer(&headers)?;
    let teams = app.federation.teams().into_iter();
    let teams = teams.map(|(name, members)| TeamTold {
        name: name.to_string(),
        members: members.iter().map(ToString::to_string).collect(),
    });
    Ok(respond::json(&teams.collect::<Vec<_>>()))
}

/// `POST /api/v1/teams`
pub(crate) async fn make_team(
    State(app): State<App>,
    headers: HeaderMap,
    body: Body,
) -> Result<Routed, ApiProblem> {
    let by = app.access.writer(&headers)?;
    let named: Named = super::read(&upload::json(&headers, body).await?)?;
    app.federation.make_team(&by, &team(&named.name)?).await?;
    Ok(respond::json(&named.name))
}

/// `DELETE /api/v1/teams/{name}`
pub(crate) async fn remove_team(
    State(app): State<App>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Routed, ApiProblem> {
    let by = app.access.writer(&headers)?;
    app.federation.remove_team(&by, &team(&name)?).await?;
    Ok(respond::json(&name))
}

/// `PUT /api/v1/teams/{team}/members/{user}`
pub(crate) async fn join(
    State(app): State<App>,
    membership: Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Routed, ApiProblem> {
    set_member(&app, membership, &headers, true).await
}

/// `DELETE /api/v1/teams/{team}/members/{user}`
pub(crate) async fn leave(
    State(app): State<App>,
    membership: Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Routed, ApiProblem> {
    set_member(&app, membership, &headers, false).await
}

async fn set_member(
    app: &App,
    Path((of, who)): Path<(String, String)>,
    headers: &HeaderMap,
    is_member: bool,
) -> Result<Routed, ApiProblem> {
    let by = app.access.writer(headers)?;
    let (of, who) = (team(&of)?, user(&who)?);
    app.federation.set_member(&by, &of, &who, is_member).await?;
    Ok(respond::json(&who.as_str()))
}

/// `GET /api/v1/tokens`: all of them for who administers the server, else one's own.
pub(crate) async fn tokens(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Routed, ApiProblem> {
    let bearer = app.access.bearer(&headers)?;
    let sees_all = app.access.writer(&headers).is_ok();
    let now = app.federation.now();
    let tokens = app.federation.tokens();
    let shown = tokens
        .iter()
        .filter(|token| sees_all || token.issued.holder == *bearer.actor());
    let told: Vec<_> = shown.map(|token| tell(token, now)).collect();
    Ok(respond::json(&told))
}

/// `POST /api/v1/tokens`
pub(crate) async fn issue(
    State(app): State<App>,
    headers: HeaderMap,
    body: Body,
) -> Result<Routed, ApiProblem> {
    let by = app.access.writer(&headers)?;
    let wanted: Wanted = super::read(&upload::json(&headers, body).await?)?;
    let grants: Result<Vec<_>, _> = wanted.grants.iter().map(|text| text.parse()).collect();
    let expires = wanted.expires.as_deref().map(Timestamp::parse_rfc3339);
    let label = wanted.label.as_deref().map(Words::parse).transpose();
    let wish = TokenWish {
        holder: Holder::User(user(&wanted.user)?),
        grants: grants.map_err(invalid)?,
        expires: expires.transpose().map_err(invalid)?,
        label: label.map_err(|error| invalid(format!("the label {error}")))?,
    };
    let mut random = [0; TOKEN_RANDOM_BYTES];
    getrandom::fill(&mut random).map_err(|error| {
        tracing::error!(%error, "the system gives no random bytes: {error}");
        Problem::NoRandomness
    })?;
    let issued = app.federation.issue_token(&by, wish, random).await?;
    let told = tell(&issued.token, app.federation.now());
    let token = issued.text;
    Ok(respond::json(&Issued { token, told }))
}

/// `DELETE /api/v1/tokens/{id}`: any for who administers the server, else one's own.
pub(crate) async fn revoke(
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Routed, ApiProblem> {
    let bearer = app.access.bearer(&headers)?;
    let is_own = app
        .federation
        .token_of(&id)
        .is_some_and(|token| token.issued.holder == *bearer.actor());
    let by: Actor = match is_own {
        true => bearer.actor().clone(),
        // Whose it is, and whether it is there, is told to nobody else.
        false => app.access.writer(&headers)?,
    };
    let revoked = app.federation.revoke_token(&by, &id).await?;
    Ok(respond::json(&tell(&revoked, app.federation.now())))
}

/// `GET /api/v1/me`: whose token the request shows, and what it may do.
pub(crate) async fn me(State(app): State<App>, headers: HeaderMap) -> Result<Routed, ApiProblem> {
    let bearer = app.access.bearer(&headers)?;
    let token = match &bearer {
        Bearer::Trusted(_) => None,
        Bearer::Token(token) => Some(tell(token, app.federation.now())),
    };
    let user = bearer.actor().to_string();
    Ok(respond::json(&Me { user, token }))
}

fn tell(token: &Token, now: Timestamp) -> TokenTold {
    let issued = &token.issued;
    TokenTold {
        id: token.id(),
        user: issued.holder.to_string(),
        grants: issued.grants.iter().map(ToString::to_string).collect(),
        since: token.since.to_string(),
        by: token.by.to_string(),
        expires: issued.expires.map(|at| at.to_string()),
        revoked: token.revoked.map(|at| at.to_string()),
        label: issued.label.as_ref().map(ToString::to_string),
        issuer: issued.issuer.as_ref().map(ToString::to_string),
        counts: token.fit(now).is_ok(),
    }
}

fn user(text: &str) -> Result<UserName, Problem> {
    UserName::parse(text).map_err(invalid)
}

fn team(text: &str) -> Result<TeamName, Problem> {
    // As lists of owners have it, too.
    let text = text.strip_prefix("team:").unwrap_or(text);
    TeamName::parse(text).map_err(invalid)
}

fn invalid(error: impl Display) -> Problem {
    Problem::Invalid(error.to_string())
}
