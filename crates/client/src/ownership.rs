//! Names that get another owner, mirrors that are retired, releases that are purged:
//! the server is asked to do it, and what it did is told.
//!
//! Absent: what may be done, which the server knows.

use crate::server::{AskError, Server};
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

/// Asks for a transfer within `view`.
///
/// # Errors
/// [`AskError`]; refused with the list of what the receiver lacks.
pub async fn transfer(
    server: &Server,
    view: &str,
    name: &str,
    from: &str,
    to: &str,
) -> Result<Value, AskError> {
    let body = json!({"name": name, "from": from, "to": to});
    let path = [view, "api", "v1", "transfer"];
    server.send(Method::POST, &path, &body).await
}

/// Asks for a reassignment within `view`, or for what it would break.
///
/// # Errors
/// [`AskError`].
pub async fn reassign(
    server: &Server,
    view: &str,
    name: &str,
    to: &str,
    breaks_locks: bool,
) -> Result<Value, AskError> {
    let body = json!({"name": name, "to": to, "breaks_locks": breaks_locks});
    let path = [view, "api", "v1", "reassign"];
    server.send(Method::POST, &path, &body).await
}

/// Asks to retire a mirror.
///
/// # Errors
/// [`AskError`].
pub async fn retire(server: &Server, registry: &str) -> Result<Value, AskError> {
    let path = [registry, "api", "v1", "retire"];
    server.send(Method::POST, &path, &json!({})).await
}

/// Asks to purge a release of a registry.
///
/// # Errors
/// [`AskError`].
pub async fn purge(
    server: &Server,
    registry: &str,
    name: &str,
    version: &str,
    reason: &str,
) -> Result<Value, AskError> {
    let body = json!({"name": name, "version": version, "reason": reason});
    let path = [registry, "api", "v1", "purge"];
    server.send(Method::POST, &path, &body).await
}

/// Tells a transfer.
///
/// # Errors
/// If it is not what a server of this version says.
pub fn told_transfer(answer: &Value) -> Result<String, serde_json::Error> {
    #[derive(Deserialize)]
    struct Transfer {
        view: String,
        name: String,
        from: String,
        to: String,
        releases: usize,
    }
    let Transfer {
        view,
        name,
        from,
        to,
        releases,
    } = Transfer::deserialize(answer)?;
    Ok(format!(
        "{name} is {to}'s in view {view}; {releases} releases of {from} are shown as before"
    ))
}

/// Tells what a reassignment breaks, or broke.
///
/// # Errors
/// If it is not what a server of this version says.
pub fn told_reassignment(answer: &Value) -> Result<String, serde_json::Error> {
    #[derive(Deserialize)]
    struct Reassignment {
        view: String,
        name: String,
        from: String,
        to: String,
        vanishing: Vec<String>,
        changing: Vec<String>,
        rewritten: Vec<Row>,
        done: bool,
    }
    #[derive(Deserialize)]
    struct Row {
        member: String,
        name: String,
        version: String,
        face: String,
    }
    let told = Reassignment::deserialize(answer)?;
    let (name, view, from, to) = (&told.name, &told.view, &told.from, &told.to);
    let mut lines = vec![match told.done {
        true => format!("{name} is {to}'s in view {view}; it was {from}'s"),
        false => format!("{name} is {from}'s in view {view}; giving it to {to} would break:"),
    }];
    let versions = |what: &str, versions: &[String]| match versions {
        [] => format!("  no version {what}"),
        versions => format!("  {what}: {}", versions.join(", ")),
    };
    lines.push(versions("vanishes from the view", &told.vanishing));
    lines.push(versions("gets other bytes", &told.changing));
    for row in &told.rewritten {
        lines.push(format!(
            "  {} {} of {} leads to the face of {}",
            row.name, row.version, row.member, row.face
        ));
    }
    if !told.done {
        lines.push("nothing was changed; --breaks-locks does it".to_owned());
    }
    Ok(lines.join("\n"))
}

/// Tells a retirement.
///
/// # Errors
/// If it is not what a server of this version says.
pub fn told_retirement(answer: &Value) -> Result<String, serde_json::Error> {
    #[derive(Deserialize)]
    struct Retirement {
        registry: String,
        names: usize,
        already: bool,
    }
    let told = Retirement::deserialize(answer)?;
    let how = match told.already {
        true => "was retired before",
        false => "is retired",
    };
    Ok(format!(
        "{} {how}: it is not asked any more, and {} names are held of it",
        told.registry, told.names
    ))
}

/// Tells a purge.
///
/// # Errors
/// If it is not what a server of this version says.
pub fn told_purge(answer: &Value) -> Result<String, serde_json::Error> {
    #[derive(Deserialize)]
    struct Before {
        time: String,
        actor: String,
        reason: String,
    }
    #[derive(Deserialize)]
    struct Purge {
        registry: String,
        name: String,
        version: String,
        kept_for: Vec<String>,
        before: Option<Before>,
    }
    let told = Purge::deserialize(answer)?;
    let bytes = match told.kept_for.as_slice() {
        [] => "its bytes are deleted".to_owned(),
        others => format!("its bytes stay for {}", others.join(", ")),
    };
    let (name, version, registry) = (&told.name, &told.version, &told.registry);
    Ok(match &told.before {
        None => format!("{name} {version} of {registry} is not given any more; {bytes}"),
        Some(Before {
            time,
            actor,
            reason,
        }) => format!(
            "{name} {version} of {registry} was purged before, on {time} by {actor}: {reason}; \
             that reason stands, and {bytes}"
        ),
    })
}
