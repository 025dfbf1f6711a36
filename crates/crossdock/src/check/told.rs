//! What `crossdock check` tells, for people and as JSON.
//!
//! Absent: what is an error (`asked.rs`).

use super::Warned;
use super::asked::{Asked, OfView, is_error};
use crate::settings::SettingsFile;
use crossdock_client::alarms::{self, Alarms};
use crossdock_client::server::Server;
use crossdock_client::{aliases, conflicts, gates, policy, standing};
use serde_json::{Map, Value, json};

/// Releases stopped by gates that are told of each view; `crossdock gates` has all.
const GATED_LINES_MAX: usize = 20;

/// Writes all of it for machines.
pub(super) fn as_json(asked: &Asked, warned: &Warned) -> Value {
    let by_view = |of: fn(&OfView) -> Value| -> Map<String, Value> {
        let views = asked.views.iter().flatten();
        views.map(|view| (view.view.clone(), of(view))).collect()
    };
    let conflicts = by_view(|view| Value::Array(view.conflicts.clone()));
    let alarms = asked.alarms.as_ref();
    let alarms = alarms.map(|found| json!({ "alarms": found.alarms, "unlisted": found.unlisted }));
    json!({
        "settings": [],
        "secrets": warned.secrets,
        "cleartext": warned.cleartext,
        "exempt": warned.exempt,
        "differences": warned.differences,
        "conflicts": asked.views.is_some().then_some(conflicts),
        "aliases": by_view(|view| view.aliases.clone()),
        "gates": by_view(|view| view.gates.clone()),
        "frozen": by_view(|view| view.standing.clone()),
        "alarms": alarms,
        "policies": asked.policies,
        "refused": asked.unretired,
    })
}

/// Writes all of it for people, but for warnings.
pub(super) fn as_text(
    file: &SettingsFile,
    server: &Server,
    asked: &Asked,
) -> Result<String, serde_json::Error> {
    let mut lines = vec![match file {
        SettingsFile::None => "settings: there is no file, the defaults hold".to_owned(),
        SettingsFile::At(path) => format!("settings: {} is valid", path.display()),
    }];
    match &asked.views {
        None => lines.push(format!(
            "conflicts: not looked at, no server answers at {}",
            server.url()
        )),
        Some(views) => {
            for view in views {
                lines.extend(of_view(view)?);
            }
        }
    }
    lines.push(alarms_as_text(asked.alarms.as_ref())?);
    for report in asked.policies.iter().filter(|report| is_error(report)) {
        lines.push(policy::told(report)?);
    }
    let unretired = asked.unretired.iter();
    lines.extend(unretired.map(|line| format!("refused: {line}")));
    Ok(lines.join("\n"))
}

fn of_view(of: &OfView) -> Result<Vec<String>, serde_json::Error> {
    let view = &of.view;
    let mut lines = vec![match of.conflicts.len() {
        0 => format!("view {view}: no conflicts"),
        1 => format!("view {view}: 1 conflict"),
        many => format!("view {view}: {many} conflicts"),
    }];
    if let Some(told) = standing::told_frozen(&of.standing)? {
        lines.push(format!(
            "  frozen: it stands still at {told}; `crossdock thaw {view}` lets it go"
        ));
    }
    for conflict in &of.conflicts {
        lines.push(conflicts::told(conflict)?.replace('\n', "\n  "));
    }
    lines.extend(aliases::left_alone(&of.aliases)?);
    lines.extend(gates::held(&of.gates, GATED_LINES_MAX)?);
    Ok(lines)
}

fn alarms_as_text(found: Option<&Alarms>) -> Result<String, serde_json::Error> {
    let Some(Alarms { alarms, unlisted }) = found else {
        return Ok("alarms: not looked at, which takes a server and a token that may write".into());
    };
    let mut lines = vec![match (alarms.len(), *unlisted) {
        (0, _) => "no alarms".to_owned(),
        (1, 0) => "1 alarm".to_owned(),
        (many, 0) => format!("{many} alarms"),
        (many, unlisted) => format!("{many} alarms, and {unlisted} that found no room"),
    }];
    for alarm in alarms {
        lines.push(alarms::told(alarm)?.replace('\n', "\n  "));
    }
    Ok(lines.join("\n"))
}
