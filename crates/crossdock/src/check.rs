//! `crossdock check`: settings that are not valid, names in conflict.
//!
//! Absent: the rules for settings (`settings`), what a conflict is (`core`).

use crate::asked_server;
use crate::command_line::{Check, Denied};
use crate::report::{Failure, Outcome, error, out, text_of};
use crate::settings::{self, SettingsError, SettingsFile};
use crossdock_client::server::{AskError, Server};
use crossdock_client::{aliases, conflicts, setup};
use serde_json::{Map, Value, json};

/// Checks the settings, then asks the server for conflicts.
///
/// Found are invalid settings, settings that contradict what is on record, and
/// conflicts if they are denied. A server that
/// does not answer is a failure only then: settings can be checked without one.
pub(crate) fn check(arguments: &Check) -> Result<Outcome, Failure> {
    let config = arguments.server.settings.config.clone();
    let file = match settings::load(config, asked_server::surroundings()) {
        Ok((file, _)) => file,
        Err(invalid @ SettingsError::Invalid { .. }) => {
            return Ok(not_valid(invalid, arguments.json));
        }
        Err(unreadable) => return Err(unreadable.into()),
    };
    let denied = arguments.deny.contains(&Denied::Conflicts);
    let server = asked_server::find(&arguments.server)?;
    let found = match crate::runtime::wait(all_conflicts(&server))? {
        Ok(found) => Some(found),
        Err(AskError::NotThere { .. }) if !denied => None,
        Err(error) => return Err(asked_server::failed(error)),
    };
    let aliased = match &found {
        Some(found) => {
            crate::runtime::wait(all_aliases(&server, found))?.map_err(asked_server::failed)?
        }
        None => Aliased::new(),
    };
    let is_found = found
        .iter()
        .flatten()
        .flat_map(|(_, list)| list)
        .any(|conflict| denied || conflicts::is_error(conflict));
    match arguments.json {
        true => out(&format!("{:#}", as_json(found, aliased))),
        false => out(&as_text(&file, &server, found, &aliased).map_err(Failure::plain)?),
    }
    Ok(match is_found {
        true => Outcome::Found,
        false => Outcome::Done,
    })
}

/// The conflicts of each view, by its name.
type Found = Vec<(String, Vec<Value>)>;

async fn all_conflicts(server: &Server) -> Result<Found, AskError> {
    let mut found = Vec::new();
    for view in setup::ask(server, None).await?.views {
        let list = conflicts::ask(server, &view).await?;
        found.push((view, list));
    }
    Ok(found)
}

/// What each view says of its aliases, by the view's name.
type Aliased = Map<String, Value>;

async fn all_aliases(server: &Server, found: &Found) -> Result<Aliased, AskError> {
    let mut aliased = Aliased::new();
    for (view, _) in found {
        aliased.insert(view.clone(), aliases::ask(server, view).await?);
    }
    Ok(aliased)
}

fn not_valid(invalid: SettingsError, as_json: bool) -> Outcome {
    if as_json {
        let faults = invalid.faults();
        out(&format!("{:#}", json!({ "settings": faults })));
    } else {
        error(&text_of(&Failure::from(invalid)));
    }
    Outcome::Found
}

fn as_json(found: Option<Found>, aliased: Aliased) -> Value {
    let by_view = |found: Found| -> Map<String, Value> {
        let entries = found.into_iter();
        entries
            .map(|(view, list)| (view, Value::Array(list)))
            .collect()
    };
    json!({ "settings": [], "conflicts": found.map(by_view), "aliases": aliased })
}

fn as_text(
    file: &SettingsFile,
    server: &Server,
    found: Option<Found>,
    aliased: &Aliased,
) -> Result<String, serde_json::Error> {
    let mut lines = vec![match file {
        SettingsFile::None => "settings: there is no file, the defaults hold".to_owned(),
        SettingsFile::At(path) => format!("settings: {} is valid", path.display()),
    }];
    let Some(found) = found else {
        lines.push(format!(
            "conflicts: not looked at, no server answers at {}",
            server.url()
        ));
        return Ok(lines.join("\n"));
    };
    for (view, list) in found {
        match list.len() {
            0 => lines.push(format!("view {view}: no conflicts")),
            1 => lines.push(format!("view {view}: 1 conflict")),
            many => lines.push(format!("view {view}: {many} conflicts")),
        }
        for conflict in &list {
            lines.push(conflicts::told(conflict)?.replace('\n', "\n  "));
        }
        if let Some(report) = aliased.get(&view) {
            lines.extend(aliases::left_alone(report)?);
        }
    }
    Ok(lines.join("\n"))
}
