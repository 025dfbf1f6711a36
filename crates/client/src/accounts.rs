//! Users, teams and tokens of a server: asked for, changed, told.
//!
//! Absent: what a token may do, which the server knows.

use crate::server::{AskError, Server};
use reqwest::Method;
use serde_json::{Value, json};

/// What can be said to a server about users, teams and tokens.
#[derive(Clone, Debug)]
pub enum AccountOrder<'a> {
    /// Somebody is a user.
    AddUser(&'a str),
    /// Somebody is none any more.
    RemoveUser(&'a str),
    /// There is a team.
    AddTeam(&'a str),
    /// There is none of that name any more.
    RemoveTeam(&'a str),
    /// A user is in a team: the team, the user.
    Join(&'a str, &'a str),
    /// A user is in a team no more: the team, the user.
    Leave(&'a str, &'a str),
    /// A token counts no more, by its short name.
    Revoke(&'a str),
}

/// A token that somebody wants.
#[derive(Clone, Debug)]
pub struct TokenOrder<'a> {
    /// Whose it is.
    pub user: &'a str,
    /// What it may do, each as a sentence.
    pub grants: &'a [String],
    /// RFC 3339; without it the token does not expire.
    pub expires: Option<&'a str>,
    /// What it is for.
    pub label: Option<&'a str>,
}

/// Tells a server what shall be.
///
/// # Errors
/// [`AskError`].
pub async fn order(server: &Server, order: &AccountOrder<'_>) -> Result<Value, AskError> {
    let (method, path, name) = match order {
        AccountOrder::AddUser(name) => (Method::POST, vec!["users"], Some(*name)),
        AccountOrder::RemoveUser(name) => (Method::DELETE, vec!["users", name], None),
        AccountOrder::AddTeam(name) => (Method::POST, vec!["teams"], Some(*name)),
        AccountOrder::RemoveTeam(name) => (Method::DELETE, vec!["teams", name], None),
        AccountOrder::Join(team, user) => (Method::PUT, vec!["teams", team, "members", user], None),
        AccountOrder::Leave(team, user) => {
            (Method::DELETE, vec!["teams", team, "members", user], None)
        }
        AccountOrder::Revoke(id) => (Method::DELETE, vec!["tokens", id], None),
    };
    let body = match name {
        Some(name) => json!({ "name": name }),
        None => json!({}),
    };
    let segments = [vec!["api", "v1"], path].concat();
    server.send(method, &segments, &body).await
}

/// Has a token issued; its text is in the answer, and nowhere else ever.
///
/// # Errors
/// [`AskError`].
pub async fn issue(server: &Server, wanted: &TokenOrder<'_>) -> Result<Value, AskError> {
    let body = json!({
        "user": wanted.user,
        "grants": wanted.grants,
        "expires": wanted.expires,
        "label": wanted.label,
    });
    server
        .send(Method::POST, &["api", "v1", "tokens"], &body)
        .await
}

/// Lists `users`, `teams` or `tokens`.
///
/// # Errors
/// [`AskError`].
pub async fn list(server: &Server, what: &str) -> Result<Vec<Value>, AskError> {
    server.ask(&["api", "v1", what], &[]).await
}
