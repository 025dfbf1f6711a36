//! `crossdock explain`: why a view answers as it does for a crate.
//!
//! Absent: the reasons, which the server gives.

use crate::asked_server;
use crate::command_line::Explain;
use crate::report::{Failure, Outcome, out};
use crossdock_client::server::Server;
use crossdock_client::{explain, setup};

/// Asks the server and tells its answer; found is a name that is not served.
pub(crate) fn explain(arguments: Explain) -> Result<Outcome, Failure> {
    let server = asked_server::find(&arguments.server)?;
    let (name, version) = match arguments.krate.split_once('@') {
        Some((name, version)) => (name, Some(version)),
        None => (arguments.krate.as_str(), None),
    };
    if version.is_some_and(str::is_empty) {
        let hint = format!(
            "write `{name}` for all of its versions, or one of them behind the `@`, as in {name}@1.0.0"
        );
        return Err(Failure::hinted(NoVersion(arguments.krate), hint));
    }
    let answer = crate::runtime::wait(async {
        let view = match arguments.view {
            Some(view) => view,
            None => first_view(&server).await?,
        };
        match explain::ask(&server, &view, name, version).await {
            Ok(answer) => Ok(answer),
            Err(error) => Err(asked_server::failed_in_view(&server, &view, error).await),
        }
    })??;
    match arguments.json {
        true => out(&format!("{answer:#}")),
        false => out(&explain::told(&answer).map_err(Failure::plain)?),
    }
    Ok(match answer["outcome"] == "served" {
        true => Outcome::Done,
        false => Outcome::Found,
    })
}

/// Which version is meant is not said.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` names no version")]
struct NoVersion(String);

async fn first_view(server: &Server) -> Result<String, Failure> {
    let info = setup::ask(server, None)
        .await
        .map_err(asked_server::failed)?;
    Ok(info.view)
}
